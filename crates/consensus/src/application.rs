//! What the engine asks of us: propose, verify, take what is final.

use std::sync::Arc;
use std::time::Duration;

use commonware_actor::Feedback;
use commonware_consensus::marshal::Update;
use commonware_consensus::marshal::ancestry::Ancestry;
use commonware_consensus::simplex::scheme::ed25519::Scheme;
use commonware_consensus::simplex::types::Context;
use commonware_consensus::{Application as EngineApplication, Reporter};
use commonware_cryptography::blake3::Digest;
use commonware_cryptography::ed25519::PublicKey;
use commonware_cryptography::{Digested, Digestible};
use commonware_utils::acknowledgement::Exact;
use futures_util::StreamExt;
use tokio::sync::mpsc;
use xchat_proto::limits::BLOCK_CLOCK_SKEW_MS_MAX;

use crate::block::{Block, digest_of};
use crate::chain::Chain;
use crate::ledger::Verdict;
use crate::links::Runtime;

/// A finalised block, and the engine's wish to know when it is committed.
pub(crate) type Delivery = (Digested<Block>, Exact);

/// What is waited for so that much can be done at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// How long own operations wait for more before they go to the other validators.
    pub(crate) gossip: Duration,
    /// The least time from one block to the next.
    pub(crate) block: Duration,
    /// The time from one empty block to the next while a change of the validators waits for the epoch's end.
    pub(crate) hurry: Duration,
}

/// Our side of the engine.
#[derive(Clone)]
pub(crate) struct Application {
    chain: Arc<Chain>,
    heartbeat: Duration,
    pace: Pace,
    /// Bounded by the engine, which awaits acknowledgements.
    deliveries: mpsc::UnboundedSender<Delivery>,
}

impl Application {
    /// The application, and the final blocks that it is given.
    pub(crate) fn new(
        chain: Arc<Chain>,
        heartbeat: Duration,
        pace: Pace,
    ) -> (Self, mpsc::UnboundedReceiver<Delivery>) {
        let (deliveries, delivered) = mpsc::unbounded_channel();
        let application = Self {
            chain,
            heartbeat,
            pace,
            deliveries,
        };
        (application, delivered)
    }

    /// The blocks above the directory's head that lead to `tip`, the oldest first.
    async fn unapplied(
        &self,
        tip: &Digested<Block>,
        mut ancestry: impl Ancestry<Block>,
    ) -> Option<Vec<Arc<Block>>> {
        let mut blocks = Vec::new();
        let mut block = tip.clone();
        while block.inner().header.height > self.chain.height() {
            blocks.push(block.inner_shared());
            block = ancestry.next().await?;
        }
        blocks.reverse();
        Some(blocks)
    }

    /// How long a proposer waits: in any case, and then for work before it makes an empty block.
    fn patience(&self, parent: &Block) -> (Duration, Duration) {
        if parent.header.height == 0 {
            return (Duration::ZERO, Duration::ZERO);
        }
        let age_ms = self.chain.now_ms().saturating_sub(parent.header.time_ms);
        let age = Duration::from_millis(age_ms);
        let rest = match self.chain.reader().has_decided() {
            true => self.heartbeat.min(self.pace.hurry),
            false => self.heartbeat,
        };
        (self.pace.block.saturating_sub(age), rest.saturating_sub(age))
    }
}

impl<E: Runtime> EngineApplication<E> for Application {
    type SigningScheme = Scheme;
    type Context = Context<Digest, PublicKey>;
    type Block = Block;
    type Input = ();

    async fn propose(
        &mut self,
        (runtime, _): (E, Self::Context),
        mut ancestry: impl Ancestry<Block>,
        (): (),
    ) -> Option<Digested<Block>> {
        let parent = ancestry.next().await?;
        let blocks = self.unapplied(&parent, ancestry).await?;
        let mut work = self.chain.work();
        let (least, rest) = self.patience(parent.inner());
        if !least.is_zero() {
            runtime.sleep(least).await;
        }
        let mut rest = std::pin::pin!(runtime.sleep(rest.saturating_sub(least)));
        let mut rested = false;
        let block = loop {
            work.mark_unchanged();
            if let Some(block) = self.chain.build(&parent.inner().header, &blocks, rested) {
                break block;
            }
            if rested {
                // It can't be made now. The view ends without it, in no hurry, and the next may do better.
                runtime.sleep(self.heartbeat).await;
                return None;
            }
            tokio::select! {
                () = &mut rest => rested = true,
                changed = work.changed() => changed.ok()?,
            }
        };
        let digest = block.digest();
        Some(Digested::precomputed(block, digest))
    }

    async fn verify(&mut self, (runtime, _): (E, Self::Context), mut ancestry: impl Ancestry<Block>) -> bool {
        let (Some(block), Some(parent)) = (ancestry.next().await, ancestry.next().await) else {
            return false;
        };
        let time_ms = block.inner().header.time_ms;
        loop {
            let now_ms = self.chain.now_ms();
            if now_ms.saturating_sub(time_ms) > BLOCK_CLOCK_SKEW_MS_MAX {
                // Too old to be honest, unless this clock is wrong: abstain, and let the view end without this vote.
                std::future::pending::<()>().await;
            }
            let early_ms = time_ms
                .saturating_sub(now_ms)
                .saturating_sub(BLOCK_CLOCK_SKEW_MS_MAX);
            if early_ms == 0 {
                break;
            }
            runtime.sleep(Duration::from_millis(early_ms)).await;
        }
        let Some(blocks) = self.unapplied(&parent, ancestry).await else {
            return std::future::pending().await;
        };
        match self.chain.judge(block.inner(), &parent.inner().header, &blocks) {
            Verdict::Valid => true,
            Verdict::Invalid => false,
            Verdict::Unknown => std::future::pending().await,
        }
    }
}

impl Reporter for Application {
    type Activity = Update<Block>;

    fn report(&mut self, update: Update<Block>) -> Feedback {
        if let Update::Block(block, committed) = update {
            debug_assert_eq!(block.digest(), digest_of(block.inner().header.digest()));
            if self.deliveries.send((block, committed)).is_err() {
                return Feedback::Closed;
            }
        }
        Feedback::Ok
    }
}
