//! The directory over the network: requests of a stream are answered in their order.
//!
//! What is answered carries its own proof; the client believes that, not the node.

use std::sync::Arc;

use iroh::endpoint::{Connection, RecvStream, SendStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time;
use xchat_consensus::Consensus;
use xchat_net::close::CloseCode;
use xchat_net::frame::{FrameReadError, FrameReader, FrameWriter};
use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest};
use xchat_proto::genesis::Genesis;
use xchat_proto::name::Name;

use crate::limits::{DIRECTORY_STREAMS_MAX, FRAME_TIMEOUT, IDLE_CHECK};
use crate::stats::Counters;

/// Look-ups that read the disk at the same time.
const LOOKUPS_MAX: usize = 4;

/// The directory of a validator, for clients.
pub(crate) struct DirectoryService {
    consensus: Consensus,
    lookups: Arc<Semaphore>,
    counters: Arc<Counters>,
}

impl DirectoryService {
    pub(crate) fn new(consensus: Consensus, counters: Arc<Counters>) -> Self {
        Self {
            consensus,
            lookups: Arc::new(Semaphore::new(LOOKUPS_MAX)),
            counters,
        }
    }

    /// The network's genesis.
    pub(crate) fn genesis(&self) -> &Genesis {
        self.consensus.genesis()
    }

    /// Stops the validator and waits for it.
    pub(crate) async fn shutdown(self) {
        self.consensus.shutdown().await;
    }

    /// Serves a connection until it ends, or nobody asks any more.
    pub(crate) async fn serve(self: Arc<Self>, connection: Connection) {
        let mut streams = JoinSet::new();
        loop {
            let has_room = streams.len() < DIRECTORY_STREAMS_MAX;
            let is_idle = streams.is_empty();
            tokio::select! {
                accepted = connection.accept_bi(), if has_room => {
                    let Ok((send, recv)) = accepted else {
                        return;
                    };
                    streams.spawn(Arc::clone(&self).serve_stream(send, recv));
                }
                Some(ended) = streams.join_next() => {
                    if matches!(ended, Err(_) | Ok(Err(Misbehaved))) {
                        self.counters.misbehaved.one_more();
                        return CloseCode::Misbehaved.close(&connection);
                    }
                }
                () = time::sleep(IDLE_CHECK.saturating_mul(2)), if is_idle => {
                    return CloseCode::Idle.close(&connection);
                }
            }
        }
    }

    async fn serve_stream(self: Arc<Self>, send: SendStream, recv: RecvStream) -> Result<(), Misbehaved> {
        let (mut reader, mut writer) = (FrameReader::new(recv), FrameWriter::new(send));
        loop {
            let request = match time::timeout(FRAME_TIMEOUT, reader.next()).await {
                Ok(Ok(Some(request))) => request,
                // A stream that stands still is let go of; the connection stays.
                Ok(Ok(None) | Err(FrameReadError::Gone(_))) | Err(_) => {
                    let _ = writer.stream().finish();
                    return Ok(());
                }
                Ok(Err(_)) => return Err(Misbehaved),
            };
            let reply = self.answer(request).await;
            if writer.send(&reply).await.is_err() {
                return Ok(());
            }
        }
    }

    async fn answer(self: &Arc<Self>, request: DirectoryRequest) -> DirectoryReply {
        match request {
            DirectoryRequest::Genesis => DirectoryReply::Genesis {
                genesis: self.consensus.genesis().clone(),
            },
            DirectoryRequest::Lookup { name } => self.look_up(name).await,
            DirectoryRequest::Submit { operation } => match self.consensus.submit(operation).await {
                Ok(height) => DirectoryReply::Accepted { height },
                Err(reason) => DirectoryReply::Rejected { reason },
            },
            DirectoryRequest::Status => match self.consensus.latest() {
                Some((header, _)) => DirectoryReply::Status {
                    height: header.height,
                    time_ms: header.time_ms,
                    validators: self.validators(),
                },
                None => DirectoryReply::Unavailable,
            },
        }
    }

    fn validators(&self) -> u32 {
        let validators = self.consensus.genesis().validators.as_slice();
        u32::try_from(validators.len()).unwrap_or(u32::MAX)
    }

    async fn look_up(self: &Arc<Self>, name: Name) -> DirectoryReply {
        let Ok(permit) = Arc::clone(&self.lookups).acquire_owned().await else {
            return DirectoryReply::Unavailable;
        };
        let service = Arc::clone(self);
        let proof = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            service.consensus.proof(&name)
        });
        match proof.await {
            Ok(Ok(proof)) => DirectoryReply::Name { proof },
            Ok(Err(error)) => {
                tracing::debug!(%error, "a name can't be proved");
                DirectoryReply::Unavailable
            }
            Err(_) => DirectoryReply::Unavailable,
        }
    }
}

/// The peer sent what the protocol doesn't allow.
struct Misbehaved;
