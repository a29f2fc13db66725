//! Beginning from a snapshot: part by part, from whoever has the next, each proved before anything of it is kept.

use std::sync::Arc;

use tokio::time::sleep;
use xchat_directory::store::DiskStore;
use xchat_directory::{Restore, RestoreError};
use xchat_proto::address::Endpoint;
use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest};

use super::peers::Fault;
use super::{PAUSE, Sync};
use crate::asker::AskError;
use crate::clock;
use crate::network::NetworkError;

/// Why a restoration has to be begun again later.
#[derive(Debug, thiserror::Error)]
enum RestorationError {
    #[error("{0}")]
    Restore(#[from] RestoreError),
    #[error("{0}")]
    Network(#[from] NetworkError),
    #[error("nobody serves a snapshot")]
    Nobody,
    #[error("the task was cut short")]
    Bug,
}

/// What came of asking for a part.
enum Asked {
    /// The map is complete.
    Complete,
    /// The part was added.
    Added,
    /// Nothing, from this node.
    Nothing,
}

type Filling = Restore<DiskStore>;

impl Sync {
    /// Fills the directory from a snapshot and starts the engine on it. Goes on where it was left, also after a
    /// restart.
    pub(super) async fn restore(&mut self) {
        if let Err(error) = self.try_restore().await {
            tracing::warn!(%error, "the snapshot waits");
            sleep(PAUSE).await;
        }
    }

    async fn try_restore(&mut self) -> Result<(), RestorationError> {
        let member = self.member.clone();
        let mut filling = Some(blocking(move || Ok(member.restoration()?)).await?);
        // Nobody who answers has a snapshot: then there are all blocks, from the first.
        let mut silent = 0_usize;
        while let Some(open) = filling.take() {
            let nodes = self.peers.in_turn(self.forwarder.nodes(None));
            let count = nodes.len();
            let (kept, asked) = self.one_round(open, nodes).await?;
            match asked {
                Asked::Complete => {
                    drop(kept);
                    tracing::info!("the snapshot is complete");
                    break;
                }
                Asked::Added => silent = 0,
                Asked::Nothing => silent = silent.saturating_add(count.max(1)),
            }
            filling = Some(kept);
            if silent > self.forwarder.nodes(None).len().saturating_mul(4) {
                drop(filling);
                return self.without_snapshot().await;
            }
            if silent > 0 {
                sleep(PAUSE).await;
            }
        }
        self.start()
    }

    /// Asks each node in turn until one has the next part.
    async fn one_round(
        &mut self,
        mut filling: Filling,
        nodes: Vec<Endpoint>,
    ) -> Result<(Filling, Asked), RestorationError> {
        let (mut refused, count) = (0_usize, nodes.len());
        for node in nodes {
            let wanted = filling.wanted();
            let request = DirectoryRequest::Snapshot {
                height: wanted.height,
                after: wanted.after,
                known: wanted.known,
            };
            let reply = self.forwarder.asker().ask(&node, &request).await;
            let (part, handovers) = match reply {
                Ok(DirectoryReply::Snapshot { part, handovers }) => (part, handovers),
                Ok(DirectoryReply::Unavailable) => {
                    refused = refused.saturating_add(1);
                    continue;
                }
                Ok(_) | Err(AskError::Malformed) => {
                    self.peers.failed(&node.id, Fault::Lies);
                    continue;
                }
                Err(_) => {
                    self.peers.failed(&node.id, Fault::Silent);
                    continue;
                }
            };
            let (kept, added) = blocking(move || {
                let added = filling.add(&part, handovers.as_slice(), clock::now_ms());
                Ok((filling, added))
            })
            .await?;
            filling = kept;
            match added {
                Ok(true) => return Ok((filling, Asked::Complete)),
                Ok(false) => {
                    self.peers.was_good(&node.id);
                    return Ok((filling, Asked::Added));
                }
                Err(error @ RestoreError::Store(_)) => return Err(error.into()),
                Err(error) => {
                    tracing::warn!(%error, "a node serves a snapshot that does not hold");
                    self.peers.failed(&node.id, Fault::Lies);
                }
            }
        }
        // Whoever has it no longer has a newer one.
        if count > 0 && refused == count && filling.wanted().height.is_some() {
            filling = blocking(move || {
                filling.restart()?;
                Ok(filling)
            })
            .await?;
        }
        Ok((filling, Asked::Nothing))
    }

    /// Begins from the genesis after all.
    async fn without_snapshot(&mut self) -> Result<(), RestorationError> {
        let forwarder = &self.forwarder;
        let asked = forwarder.nodes(None).into_iter().map(|node| async move {
            let reply = forwarder
                .asker()
                .ask(&node, &DirectoryRequest::Blocks { from: 1 })
                .await;
            matches!(reply, Ok(DirectoryReply::Blocks { oldest, .. }) if oldest <= 1)
        });
        if !futures_util::future::join_all(asked).await.contains(&true) {
            return Err(RestorationError::Nobody);
        }
        self.member.remove_directory()?;
        self.start()
    }

    fn start(&mut self) -> Result<(), RestorationError> {
        let consensus = self.member.spawn()?.ok_or(RestorationError::Bug)?;
        self.current.send_replace(Some(Arc::new(consensus)));
        Ok(())
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, RestorationError> + Send + 'static,
) -> Result<T, RestorationError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or(Err(RestorationError::Bug))
}
