//! Beginning from a snapshot: part by part, from whoever has the next, each proved before anything of it is kept.
//!
//! It is filled beside the directory that is here. That is set aside when a part has proved itself, and goes when the
//! snapshot is complete: no word of another node is enough to lose it.

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};
use xchat_consensus::Consensus;
use xchat_directory::store::DiskStore;
use xchat_directory::{Restore, RestoreError};
use xchat_proto::address::Endpoint;
use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest, SnapshotPart};
use xchat_proto::light::{Anchor, Handovers, LightError};

use super::peers::Fault;
use super::questions::Questions;
use super::{PAUSE, Sync};
use crate::asker::AskError;
use crate::clock;
use crate::network::NetworkError;

/// How long the others may take to show their snapshots, once one has answered.
const STRAGGLE: Duration = Duration::from_secs(5);
/// How often a snapshot is looked for, with a pause between, before there is taken to be none.
const SEARCHES_MAX: u32 = 5;
/// How often the next part is asked for, with a pause between, before the snapshot is given up: some minutes.
const TRIES_MAX: u32 = 600;

/// Why a restoration has to be begun again later.
#[derive(Debug, thiserror::Error)]
enum RestorationError {
    #[error("{0}")]
    Restore(#[from] RestoreError),
    #[error("{0}")]
    Network(#[from] NetworkError),
    #[error("the task was cut short")]
    Bug,
}

/// What came of looking for a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Found {
    /// Nobody serves one.
    Nothing,
    /// What is served doesn't follow from what is known.
    Unproved,
    /// There are none but old ones.
    Older,
    /// One has been begun.
    Begun,
}

/// What came of a part.
enum Part {
    /// The map is complete.
    Complete,
    /// It brought something.
    Added,
    /// It is not taken.
    Refused,
}

type Filling = Restore<DiskStore>;
type Beginning = (Endpoint, SnapshotPart, Handovers);

impl Sync {
    /// Begins with a snapshot of more than a height, and sets aside the directory that is here.
    pub(super) async fn replace(&mut self, consensus: Arc<Consensus>, anchor: Anchor, above: u64) -> Found {
        let found = self.try_begin(anchor, above).await.unwrap_or_else(|error| {
            tracing::error!(%error, "no snapshot can be begun");
            Found::Nothing
        });
        if found == Found::Begun {
            self.set_aside(consensus).await;
        }
        found
    }

    async fn try_begin(&mut self, anchor: Anchor, above: u64) -> Result<Found, RestorationError> {
        let member = self.member.clone();
        let filling = blocking(move || {
            member.discard_filling()?;
            Ok(member.restoration(anchor)?)
        });
        let (filling, found, _) = self.begin(filling.await?, above).await?;
        drop(filling);
        if found != Found::Begun {
            self.discard().await?;
        }
        Ok(found)
    }

    /// Goes on with the snapshot that was begun, also after a restart, and starts the engine on it.
    pub(super) async fn go_on(&mut self) {
        if let Err(error) = self.try_go_on().await {
            tracing::warn!(%error, "the snapshot waits");
            sleep(PAUSE).await;
        }
    }

    async fn try_go_on(&mut self) -> Result<(), RestorationError> {
        if !self.member.is_filling() {
            // It has been put in its place already, and the engine could not be started.
            return self.start().await;
        }
        let member = self.member.clone();
        let genesis = Anchor::genesis(&member.network().genesis);
        let is_complete = match blocking(move || Ok(member.restoration(genesis)?)).await {
            Ok(filling) => self.fill(filling).await?,
            // It is a directory: the node was stopped before it could take its place.
            Err(RestorationError::Network(NetworkError::Restore(RestoreError::NotEmpty))) => true,
            Err(RestorationError::Network(NetworkError::Restore(error)))
                if !matches!(error, RestoreError::Store(_)) =>
            {
                tracing::error!(%error, "the snapshot that was begun is given up");
                false
            }
            Err(error) => return Err(error),
        };
        if is_complete {
            let member = self.member.clone();
            blocking(move || Ok(member.adopt_filling()?)).await?;
            tracing::info!("the snapshot is complete");
        } else {
            self.discard().await?;
        }
        self.start().await
    }

    async fn start(&self) -> Result<(), RestorationError> {
        let member = self.member.clone();
        let consensus = blocking(move || Ok(member.spawn()?)).await?;
        self.current.send_replace(Some(Arc::new(consensus)));
        Ok(())
    }

    async fn discard(&self) -> Result<(), RestorationError> {
        let member = self.member.clone();
        blocking(move || Ok(member.discard_filling()?)).await
    }

    /// Fetches what is missing. Returns whether the map is complete; otherwise nobody has it.
    async fn fill(&mut self, mut filling: Filling) -> Result<bool, RestorationError> {
        let mut fruitless = 0_u32;
        loop {
            let is_begun = filling.wanted().height.is_some();
            let (kept, part) = if is_begun {
                self.next_part(filling).await?
            } else {
                let (kept, found, part) = self.begin(filling, self.above).await?;
                tracing::debug!(?found, "a snapshot was looked for");
                (kept, part)
            };
            filling = kept;
            match part {
                Part::Complete => return Ok(true),
                Part::Added => fruitless = 0,
                Part::Refused => {
                    fruitless = fruitless.saturating_add(1);
                    if fruitless >= if is_begun { TRIES_MAX } else { SEARCHES_MAX } {
                        return Ok(false);
                    }
                    sleep(PAUSE).await;
                }
            }
        }
    }

    /// Begins with the newest snapshot that proves itself, of all that are there: an old one would be of no use.
    async fn begin(
        &mut self,
        mut filling: Filling,
        above: u64,
    ) -> Result<(Filling, Found, Part), RestorationError> {
        loop {
            let mut parts = self.beginnings(filling.wanted().known).await;
            parts.sort_by_key(|(_, part, _)| Reverse(part.certified.header.height));
            let (mut found, known) = (Found::Nothing, filling.wanted().known);
            for (node, part, handovers) in parts {
                if part.certified.header.height <= above {
                    found = found.max(Found::Older);
                    continue;
                }
                let (kept, part) = self.add(filling, &node, part, handovers).await?;
                filling = kept;
                if matches!(part, Part::Complete) || filling.wanted().height.is_some() {
                    self.begun_with = Some(node.id);
                    return Ok((filling, Found::Begun, part));
                }
                if matches!(part, Part::Added) {
                    break;
                }
                found = found.max(Found::Unproved);
            }
            // Changes of the validators that lead on are worth another question.
            if filling.wanted().known == known {
                return Ok((filling, found, Part::Refused));
            }
        }
    }

    /// The first parts of everybody's newest snapshots.
    async fn beginnings(&mut self, known: u64) -> Vec<Beginning> {
        let request = DirectoryRequest::Snapshot {
            height: None,
            after: None,
            known,
        };
        let nodes = self.peers.in_turn(self.nodes.clone());
        let count = nodes.len();
        let mut questions = Questions::new(&self.forwarder, request, nodes, count);
        let mut parts = Vec::new();
        let mut until = None;
        loop {
            let next = questions.next();
            let answer = match until {
                Some(until) => timeout_at(until, next).await.unwrap_or(None),
                None => next.await,
            };
            let Some((node, reply)) = answer else {
                return parts;
            };
            if let Some((part, handovers)) = self.part_of(&node, reply) {
                parts.push((node, part, handovers));
            }
            until = until.or_else(|| Instant::now().checked_add(STRAGGLE));
        }
    }

    /// Asks until one node has the next part. Another begins each time: who gives little at a time holds up little.
    async fn next_part(&mut self, mut filling: Filling) -> Result<(Filling, Part), RestorationError> {
        let wanted = filling.wanted();
        let request = DirectoryRequest::Snapshot {
            height: wanted.height,
            after: wanted.after,
            known: wanted.known,
        };
        let mut nodes = self.peers.in_turn(self.nodes.clone());
        let count = nodes.len();
        self.turn = self.turn.checked_add(1).unwrap_or(0);
        nodes.rotate_left(self.turn.checked_rem(count).unwrap_or(0));
        let mut questions = Questions::new(&self.forwarder, request, nodes, 1);
        let mut refused = 0_usize;
        while let Some((node, reply)) = questions.next().await {
            refused = refused.saturating_add(usize::from(matches!(reply, Ok(DirectoryReply::Unavailable))));
            let Some((part, handovers)) = self.part_of(&node, reply) else {
                continue;
            };
            let (kept, part) = self.add(filling, &node, part, handovers).await?;
            filling = kept;
            if !matches!(part, Part::Refused) {
                for slow in questions.unanswered() {
                    self.peers.failed(slow, Fault::Silent);
                }
                return Ok((filling, part));
            }
        }
        if count > 0 && refused == count && self.is_another_served(&wanted.height).await {
            tracing::info!("nobody has the rest of the snapshot any more: a newer one is begun");
            if let Some(node) = self.begun_with.take() {
                self.peers.failed(&node, Fault::Lies);
            }
            filling = blocking(move || {
                filling.restart()?;
                Ok(filling)
            })
            .await?;
        }
        Ok((filling, Part::Refused))
    }

    /// Whether somebody has a snapshot, but not this one: whoever has it no longer has a newer one.
    async fn is_another_served(&mut self, height: &Option<u64>) -> bool {
        let parts = self.beginnings(0).await;
        let mut heights = parts
            .iter()
            .map(|(_, part, _)| Some(part.certified.header.height));
        heights.any(|served| served != *height)
    }

    /// The part in an answer.
    fn part_of(
        &mut self,
        node: &Endpoint,
        reply: Result<DirectoryReply, AskError>,
    ) -> Option<(SnapshotPart, Handovers)> {
        let fault = match reply {
            Ok(DirectoryReply::Snapshot { part, handovers }) => return Some((part, handovers)),
            Ok(DirectoryReply::Unavailable) => return None,
            Ok(_) | Err(AskError::Malformed) => Fault::Lies,
            Err(_) => Fault::Silent,
        };
        self.peers.failed(&node.id, fault);
        None
    }

    async fn add(
        &mut self,
        mut filling: Filling,
        node: &Endpoint,
        part: SnapshotPart,
        handovers: Handovers,
    ) -> Result<(Filling, Part), RestorationError> {
        let before = filling.wanted();
        let (filling, added) = blocking(move || {
            let added = filling.add(&part, handovers.as_slice(), clock::now_ms());
            Ok((filling, added))
        })
        .await?;
        let part = match added {
            Ok(true) => Part::Complete,
            Ok(false) if filling.wanted() != before => {
                self.peers.was_good(&node.id);
                Part::Added
            }
            Ok(false) => {
                tracing::warn!("a node serves a part of a snapshot that brings nothing");
                self.peers.failed(&node.id, Fault::Lies);
                Part::Refused
            }
            Err(error @ RestoreError::Store(_)) => return Err(error.into()),
            // That is this node's clock, or its memory.
            Err(
                error @ RestoreError::Light(LightError::TrustExpired { .. } | LightError::ClockOff { .. }),
            ) => {
                tracing::warn!(%error, "a snapshot can't be followed");
                Part::Refused
            }
            Err(error) => {
                tracing::warn!(%error, "a node serves a snapshot that does not hold");
                self.peers.failed(&node.id, Fault::Lies);
                Part::Refused
            }
        };
        Ok((filling, part))
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, RestorationError> + Send + 'static,
) -> Result<T, RestorationError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or(Err(RestorationError::Bug))
}
