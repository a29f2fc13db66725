//! Keeping up with the network: fetches what this node lacks from other nodes, believes what the validators have
//! certified, and goes to the next node when one is slow or lies.
//!
//! Whoever follows hears of every block this way; a validator only what its engine missed. NOT its concern: deciding.

mod peers;
mod restoration;

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use xchat_consensus::{Consensus, ImportError, Role};
use xchat_proto::address::Endpoint;
use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest, FinalBlock};
use xchat_proto::header::Header;

use self::peers::{Fault, Peers};
use crate::clock;
use crate::directory_service::Current;
use crate::forwarder::Forwarder;
use crate::network::Member;
use crate::stats::Counters;

/// How long a validator's engine may be silent before other nodes are asked for blocks.
const SILENCE: Duration = Duration::from_secs(3);
/// Between two rounds in which nobody answers.
const PAUSE: Duration = Duration::from_millis(500);
/// Between two times that the operator is told of a network that was not seen for too long.
const TRUST_PAUSE: Duration = Duration::from_secs(60);
/// Nodes that are asked at the same time: one that hides what is new then hides nothing.
const ASKED_AT_ONCE: usize = 2;
/// A node that lacks more blocks than this fetches a snapshot instead, when it is new.
const WORTH_A_SNAPSHOT: u64 = 20_000;

/// Keeps one node's directory up to date.
pub(crate) struct Sync {
    member: Member,
    forwarder: Arc<Forwarder>,
    current: watch::Sender<Current>,
    counters: Arc<Counters>,
    peers: Peers,
}

/// What a round of questions has brought.
enum Round {
    /// New blocks.
    Progress,
    /// Everyone has been asked, and has nothing more.
    NothingNew,
    /// Nobody has the next block any more, or the way is too long: only a snapshot helps.
    TooFarBehind,
    /// Some have not answered, and the others have nothing more.
    Unclear,
}

/// What to do when the newest block is older than the network trusts its validators.
enum Trust {
    /// Begin anew above the block that the operator trusts.
    Snapshot,
    /// Wait for the operator to trust one.
    Expired,
}

impl Sync {
    pub(crate) fn new(
        member: Member,
        forwarder: Arc<Forwarder>,
        current: watch::Sender<Current>,
        counters: Arc<Counters>,
    ) -> Self {
        Self {
            member,
            forwarder,
            current,
            counters,
            peers: Peers::default(),
        }
    }

    /// Keeps up until it is dropped.
    pub(crate) async fn run(mut self) {
        if self.begins_with_snapshot().await {
            let consensus = self.current.borrow().clone();
            if let Some(consensus) = consensus {
                self.give_up(consensus).await;
            }
        }
        loop {
            let consensus = self.current.borrow().clone();
            let Some(consensus) = consensus else {
                self.restore().await;
                continue;
            };
            let mut role = consensus.role();
            let waits = *role.borrow_and_update() == Role::Waiting;
            if waits && self.are_all_new(&consensus).await {
                consensus.nobody_has_more();
                let _unchanged = timeout(PAUSE, role.changed()).await;
                continue;
            }
            let head = consensus.reader().head().header.clone();
            let decides = !consensus.is_following();
            if decides
                && timeout(SILENCE, consensus.certified_above(head.height))
                    .await
                    .is_ok()
            {
                continue;
            }
            if let Some(trust) = self.trust(&head) {
                match trust {
                    Trust::Snapshot => self.give_up(consensus).await,
                    Trust::Expired => {
                        tracing::error!(
                            "nothing was seen of the network for too long: start with --trust and a new invitation"
                        );
                        sleep(TRUST_PAUSE).await;
                    }
                }
                continue;
            }
            match self.round(&consensus, head.height).await {
                Round::Progress => {}
                Round::NothingNew => consensus.nobody_has_more(),
                Round::TooFarBehind => self.give_up(consensus).await,
                Round::Unclear => sleep(PAUSE).await,
            }
        }
    }

    /// Whether all others say that they are new too. The first who isn't ends the wait: its blocks must be here before
    /// this node begins by itself.
    async fn are_all_new(&self, consensus: &Consensus) -> bool {
        let forwarder = &self.forwarder;
        let asked = forwarder
            .nodes(Some(consensus))
            .into_iter()
            .map(|node| async move { forwarder.asker().ask(&node, &DirectoryRequest::Status).await });
        let mut asked: FuturesUnordered<_> = asked.collect();
        let mut is_sure = true;
        while let Some(reply) = asked.next().await {
            match reply {
                Ok(DirectoryReply::Status { status }) if status.height > 0 => return false,
                Ok(DirectoryReply::Status { .. }) => {}
                _ => is_sure = false,
            }
        }
        is_sure
    }

    /// What stands against following blocks from here: those who decided them may have lost their keys since.
    fn trust(&self, head: &Header) -> Option<Trust> {
        let known = self
            .member
            .checkpoint()
            .filter(|known| known.height > head.height);
        let trust_ms = self.member.network().genesis.parameters.trust_ms;
        let is_expired = trust_ms != 0 && clock::now_ms().saturating_sub(head.time_ms) > trust_ms;
        match (is_expired, known) {
            (false, _) => None,
            (true, Some(_)) => Some(Trust::Snapshot),
            (true, None) => Some(Trust::Expired),
        }
    }

    /// Asks two nodes at a time for the next blocks, until one has them or all have been asked.
    async fn round(&mut self, consensus: &Arc<Consensus>, head: u64) -> Round {
        let nodes = self.forwarder.nodes(Some(consensus));
        let count = nodes.len();
        let mut waiting = self.peers.in_turn(nodes).into_iter();
        let request = DirectoryRequest::Blocks {
            from: head.saturating_add(1),
        };
        let forwarder = Arc::clone(&self.forwarder);
        let ask = |node: Endpoint| {
            let (forwarder, request) = (&forwarder, &request);
            async move {
                let reply = forwarder.asker().ask(&node, request).await;
                (node, reply)
            }
        };
        let mut asked: FuturesUnordered<_> = waiting.by_ref().take(ASKED_AT_ONCE).map(ask).collect();
        let (mut empty, mut too_far) = (0_usize, 0_usize);
        while let Some((node, reply)) = asked.next().await {
            match reply {
                Ok(DirectoryReply::Blocks { blocks, oldest }) if blocks.as_slice().is_empty() => {
                    empty = empty.saturating_add(1);
                    self.peers.was_empty(&node.id);
                    too_far = too_far.saturating_add(usize::from(oldest > head.saturating_add(1)));
                }
                Ok(DirectoryReply::Blocks { blocks, .. }) => {
                    if self.import(consensus, &node, blocks.into_vec()).await {
                        return Round::Progress;
                    }
                }
                Ok(DirectoryReply::Unavailable) | Err(_) => self.peers.failed(&node.id, Fault::Silent),
                Ok(_) => self.peers.failed(&node.id, Fault::Lies),
            }
            // What its own engine has decided meanwhile is progress too.
            if consensus.reader().head().header.height > head {
                return Round::Progress;
            }
            asked.extend(waiting.next().map(ask));
        }
        // One node's word is not enough to throw away what is here.
        if too_far == empty && empty.saturating_mul(2) > count {
            return Round::TooFarBehind;
        }
        if empty == count {
            Round::NothingNew
        } else {
            Round::Unclear
        }
    }

    async fn import(&mut self, consensus: &Arc<Consensus>, node: &Endpoint, blocks: Vec<FinalBlock>) -> bool {
        let count = blocks.len();
        let taking = Arc::clone(consensus);
        let taken = tokio::task::spawn_blocking(move || taking.import(&blocks)).await;
        match taken {
            Ok(Ok(_)) => {
                self.counters.blocks_fetched.add(count);
                self.peers.was_good(&node.id);
                return true;
            }
            Ok(Err(error @ ImportError::Directory(_))) => tracing::error!(%error, "blocks can't be taken"),
            // The engine may have decided some of them meanwhile.
            Ok(Err(ImportError::OutOfPlace(_))) => self.peers.failed(&node.id, Fault::Silent),
            Ok(Err(error)) => {
                tracing::warn!(%error, "a node serves blocks that don't hold");
                self.peers.failed(&node.id, Fault::Lies);
            }
            Err(_) => tracing::error!("blocks could not be taken"),
        }
        false
    }

    /// Whether this node is new, and others are so far ahead that it does better with a snapshot.
    async fn begins_with_snapshot(&self) -> bool {
        let is_new = |consensus: &Arc<Consensus>| consensus.reader().head().header.height == 0;
        if !self.current.borrow().as_ref().is_some_and(is_new) {
            return false;
        }
        let forwarder = &self.forwarder;
        let asked = forwarder.nodes(None).into_iter().map(|node| async move {
            let reply = forwarder.asker().ask(&node, &DirectoryRequest::Status).await;
            matches!(reply, Ok(DirectoryReply::Status { status })
                if status.height > WORTH_A_SNAPSHOT || status.oldest > 1)
        });
        futures_util::future::join_all(asked).await.contains(&true)
    }

    /// Stops the engine and removes the directory, so that a snapshot can take its place.
    async fn give_up(&mut self, consensus: Arc<Consensus>) {
        tracing::info!("too far behind for blocks: a snapshot is fetched");
        self.current.send_replace(None);
        stop(consensus).await;
        if let Err(error) = self.member.remove_directory() {
            tracing::error!(%error, "the directory can't be removed");
            sleep(PAUSE).await;
        }
    }
}

/// Stops the engine once those who are using it are done.
pub(crate) async fn stop(mut consensus: Arc<Consensus>) {
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        match Arc::try_unwrap(consensus) {
            Ok(consensus) => return consensus.shutdown().await,
            Err(shared) if Instant::now() < until => consensus = shared,
            Err(_) => return tracing::error!("the directory is still in use"),
        }
        sleep(Duration::from_millis(10)).await;
    }
}
