//! Keeping up with the network: fetches what this node lacks from other nodes, believes what the validators have
//! certified, and goes to the next node when one is slow or lies.
//!
//! Whoever follows hears of every block this way; a validator only what its engine missed. NOT its concern: deciding.

mod beginning;
mod peers;
mod questions;
mod restoration;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use xchat_consensus::{Consensus, ImportError, Role};
use xchat_proto::address::Endpoint;
use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest, FinalBlock};
use xchat_proto::ids::NodeId;
use xchat_proto::light::{Anchor, Checkpoint, Lineage};

use self::peers::{Fault, Peers};
use self::questions::Questions;
use self::restoration::Found;
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
/// How long the others may take to say how far they are, once one has said so.
const STRAGGLE: Duration = Duration::from_secs(2);

/// Keeps one node's directory up to date.
pub(crate) struct Sync {
    member: Member,
    forwarder: Arc<Forwarder>,
    current: watch::Sender<Current>,
    counters: Arc<Counters>,
    peers: Peers,
    /// Whom a snapshot is fetched from while there is no directory that names them.
    nodes: Vec<Endpoint>,
    /// The height of the directory that was set aside: no older snapshot takes its place.
    above: u64,
    /// Who gave the first part of the snapshot that is being fetched.
    begun_with: Option<NodeId>,
    /// Who has claimed to have blocks while this node waited to begin.
    claimed: BTreeSet<NodeId>,
    /// Counts the parts, so that it is another node's turn each time.
    turn: usize,
}

/// What a round of questions has brought.
enum Round {
    /// New blocks have come from a node.
    Fetched,
    /// The own engine has decided on new blocks.
    Decided,
    /// Everyone has been asked, and has nothing more.
    NothingNew,
    /// These say that they don't have the next block any more, and nobody has given it.
    TooFarBehind(Vec<NodeId>),
    /// Some have not answered, and the others have nothing more.
    Unclear,
}

impl Sync {
    pub(crate) fn new(
        member: Member,
        forwarder: Arc<Forwarder>,
        current: watch::Sender<Current>,
        counters: Arc<Counters>,
    ) -> Self {
        Self {
            nodes: forwarder.nodes(None),
            member,
            forwarder,
            current,
            counters,
            peers: Peers::default(),
            above: 0,
            begun_with: None,
            claimed: BTreeSet::new(),
            turn: 0,
        }
    }

    /// Keeps up until it is dropped.
    pub(crate) async fn run(mut self) {
        let (mut has_begun, mut is_fetching) = (false, false);
        loop {
            let consensus = self.current.borrow().clone();
            let Some(consensus) = consensus else {
                self.go_on().await;
                continue;
            };
            self.nodes = self.forwarder.nodes(Some(&consensus));
            if self.member.is_filling() {
                self.set_aside(consensus).await;
                continue;
            }
            let mut role = consensus.role();
            let waits = *role.borrow_and_update() == Role::Waiting;
            if waits && self.is_quorum_new(&consensus).await {
                consensus.quorum_is_new();
                let _unchanged = timeout(PAUSE, role.changed()).await;
                continue;
            }
            let height = consensus.reader().head().header.height;
            // Who is behind goes on until nobody has more: the engine's silence is for those who have caught up.
            if !is_fetching && !consensus.is_following() {
                match timeout(SILENCE, consensus.certified_above(height)).await {
                    Ok(Ok(_)) => continue,
                    // The engine has ended, and the node ends with it.
                    Ok(Err(_)) => return,
                    Err(_) => {}
                }
            }
            is_fetching = false;
            let Some(anchor) = self.anchor(&consensus) else {
                self.begin_above_trusted(consensus).await;
                continue;
            };
            if !std::mem::replace(&mut has_begun, true) && self.begins_with_snapshot(height).await {
                self.replace(consensus, anchor, height).await;
                continue;
            }
            is_fetching = self.keep_up(consensus, anchor, height).await;
        }
    }

    /// One round of questions, and what follows from it. Returns whether there may be more at once.
    async fn keep_up(&mut self, consensus: Arc<Consensus>, anchor: Anchor, height: u64) -> bool {
        let begun = Instant::now();
        match self.round(&consensus, height).await {
            Round::Fetched => return true,
            Round::Decided => {}
            Round::NothingNew => {
                // An honest node holds the question open; others must not make this one ask without end.
                sleep(PAUSE.saturating_sub(begun.elapsed())).await;
            }
            Round::TooFarBehind(who) => {
                let found = self.replace(consensus, anchor, height).await;
                if found == Found::Begun {
                    return false;
                }
                // Whoever has no more blocks than these has a newer snapshot, unless it is fetching one itself.
                let fault = match found {
                    Found::Nothing => Fault::Silent,
                    _ => Fault::Lies,
                };
                for node in who {
                    self.peers.failed(&node, fault);
                }
                sleep(PAUSE).await;
            }
            Round::Unclear => sleep(PAUSE).await,
        }
        false
    }

    /// What the network is followed from: the own newest block. Nothing when it is older than the network trusts its
    /// validators, since those who decided it may have lost their keys since.
    fn anchor(&self, consensus: &Consensus) -> Option<Anchor> {
        let reader = consensus.reader();
        let head = &reader.head().header;
        let trust_ms = self.member.network().genesis.parameters.trust_ms;
        let is_expired = trust_ms != 0 && clock::now_ms().saturating_sub(head.time_ms) > trust_ms;
        (!is_expired).then(|| {
            Anchor::checkpoint(&Checkpoint {
                height: head.height,
                time_ms: head.time_ms,
                validators: reader.committee().validators(),
            })
        })
    }

    /// Begins anew above the block that the operator trusts, or tells the operator why not.
    async fn begin_above_trusted(&mut self, consensus: Arc<Consensus>) {
        let height = consensus.reader().head().header.height;
        let trusted = self.member.checkpoint().filter(|known| known.height > height);
        let Some(trusted) = trusted.cloned() else {
            tracing::error!(
                "nothing was seen of the network for too long: start with --trust and a new invitation"
            );
            return sleep(TRUST_PAUSE).await;
        };
        match self
            .replace(consensus, Anchor::checkpoint(&trusted), trusted.height)
            .await
        {
            Found::Begun => {}
            Found::Older => {
                tracing::warn!(
                    height = trusted.height,
                    "no snapshot is newer than the block that --trust names: the next one is waited for"
                );
                sleep(TRUST_PAUSE).await;
            }
            Found::Unproved => {
                tracing::error!(
                    height = trusted.height,
                    "no snapshot follows from the block that --trust names: is the invitation one of this network?"
                );
                sleep(TRUST_PAUSE).await;
            }
            Found::Nothing => sleep(PAUSE).await,
        }
    }

    /// Asks two nodes at a time for the next blocks, until one has them or all have been asked.
    async fn round(&mut self, consensus: &Arc<Consensus>, head: u64) -> Round {
        let nodes = self.forwarder.nodes(Some(consensus));
        let count = nodes.len();
        let next = head.saturating_add(1);
        let request = DirectoryRequest::Blocks { from: next };
        let in_turn = self.peers.in_turn(nodes);
        let mut unanswered = in_turn.len();
        let mut questions = Questions::new(&self.forwarder, request, in_turn, ASKED_AT_ONCE);
        let (mut empty, mut too_far) = (BTreeSet::new(), Vec::new());
        while let Some((node, reply)) = questions.next().await {
            let is_again = empty.contains(&node.id);
            let mut is_fetched = false;
            match reply {
                Ok(DirectoryReply::Blocks { blocks, oldest, .. }) if blocks.as_slice().is_empty() => {
                    self.peers.was_empty(&node.id);
                    if oldest > next && !is_again {
                        too_far.push(node.id);
                    }
                    empty.insert(node.id);
                }
                Ok(DirectoryReply::Blocks { blocks, above, .. }) => {
                    let blocks = (blocks.into_vec(), above);
                    is_fetched = self.import(consensus, &node, head, blocks).await;
                }
                Ok(DirectoryReply::Unavailable) | Err(_) => self.peers.failed(&node.id, Fault::Silent),
                Ok(_) => self.peers.failed(&node.id, Fault::Lies),
            }
            // What its own engine has decided meanwhile is progress too.
            if consensus.reader().head().header.height > head {
                return if is_fetched {
                    Round::Fetched
                } else {
                    Round::Decided
                };
            }
            unanswered = unanswered.saturating_sub(usize::from(!is_again));
            if unanswered == 0 {
                break;
            }
            questions.ask_another();
            if empty.contains(&node.id) {
                // While others are slow, it is here that the next block is heard of.
                questions.ask_after(node, PAUSE);
            }
        }
        if !too_far.is_empty() {
            Round::TooFarBehind(too_far)
        } else if empty.len() == count {
            Round::NothingNew
        } else {
            Round::Unclear
        }
    }

    /// Takes blocks of a node, and says whether they led on.
    async fn import(
        &mut self,
        consensus: &Arc<Consensus>,
        node: &Endpoint,
        head: u64,
        (blocks, above): (Vec<FinalBlock>, Option<Lineage>),
    ) -> bool {
        let count = blocks.len();
        let taking = Arc::clone(consensus);
        let taken = tokio::task::spawn_blocking(move || taking.import(&blocks, above.as_ref())).await;
        // What its own engine has decided meanwhile is not the node's fault.
        let has_moved = consensus.reader().head().header.height > head;
        match taken {
            Ok(Ok(_)) if has_moved => {
                self.counters.blocks_fetched.add(count);
                self.peers.was_good(&node.id);
                return true;
            }
            Ok(Err(ImportError::OutOfPlace(_))) if has_moved => {}
            Ok(Ok(height)) => {
                tracing::warn!(height, "a node serves blocks that are known");
                self.peers.failed(&node.id, Fault::Lies);
            }
            Ok(Err(error @ ImportError::Directory(_))) => tracing::error!(%error, "blocks can't be taken"),
            Ok(Err(error)) => {
                tracing::warn!(%error, "a node serves blocks that don't hold");
                self.peers.failed(&node.id, Fault::Lies);
            }
            Err(_) => tracing::error!("blocks could not be taken"),
        }
        false
    }

    /// Whether this node is new, and others say that they are so far ahead that it does better with a snapshot.
    async fn begins_with_snapshot(&self, height: u64) -> bool {
        if height > 0 {
            return false;
        }
        let count = self.nodes.len();
        let mut questions = Questions::new(
            &self.forwarder,
            DirectoryRequest::Status,
            self.nodes.clone(),
            count,
        );
        let mut until = None;
        loop {
            let next = questions.next();
            let answer = match until {
                Some(until) => tokio::time::timeout_at(until, next).await.unwrap_or(None),
                None => next.await,
            };
            let Some((_, reply)) = answer else {
                return false;
            };
            if let Ok(DirectoryReply::Status { status }) = reply {
                if status.height > WORTH_A_SNAPSHOT || status.oldest > 1 {
                    return true;
                }
                until = until.or_else(|| Instant::now().checked_add(STRAGGLE));
            }
        }
    }

    /// Stops the engine, so that a snapshot can take the place of its directory. What it remembers of its own votes
    /// stays.
    async fn set_aside(&mut self, consensus: Arc<Consensus>) {
        tracing::info!("too far behind for blocks: a snapshot is fetched");
        self.above = consensus.reader().head().header.height;
        self.current.send_replace(None);
        stop(consensus).await;
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
