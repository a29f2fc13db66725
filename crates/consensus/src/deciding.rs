//! The engine of one epoch: it decides on the epoch's blocks, and ends with the epoch.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use commonware_actor::Feedback;
use commonware_consensus::Reporter;
use commonware_consensus::marshal::standard::Inline;
use commonware_consensus::simplex;
use commonware_consensus::simplex::config::{Floor, ForwardPolicy, SkipBudget, SkipPolicy};
use commonware_consensus::simplex::elector::RoundRobin;
use commonware_consensus::simplex::scheme::ed25519::Scheme;
use commonware_consensus::simplex::types::Activity;
use commonware_consensus::types::{Epoch, FixedEpocher};
use commonware_cryptography::Sha256;
use commonware_cryptography::blake3::Digest;
use commonware_parallel::Sequential;
use commonware_runtime::Handle;
use commonware_runtime::buffer::paged::CacheRef;
use commonware_utils::NZDuration;

use crate::application::Application;
use crate::block::Block;
use crate::chain::Chain;
use crate::links::{Network, Part, Runtime};
use crate::marshalling::{BUFFER_BYTES, Blocks, FETCH_RETRY, FETCH_TIMEOUT, MAILBOX, VIEWS_KEPT};

/// What the engine of an epoch is made of.
pub(crate) struct Materials<N: Network> {
    pub(crate) chain: Arc<Chain>,
    pub(crate) epoch: u64,
    pub(crate) scheme: Scheme,
    pub(crate) floor: Floor<Scheme, Digest>,
    pub(crate) application: Application,
    pub(crate) marshal: Blocks,
    pub(crate) epocher: FixedEpocher,
    pub(crate) blocker: N::Blocker,
    pub(crate) channels: [Part<N>; 3],
    pub(crate) heartbeat: Duration,
    pub(crate) prefix: String,
}

/// The running engine of an epoch. It ends when this is dropped.
pub(crate) struct Deciding {
    pub(crate) epoch: u64,
    pub(crate) ended: Handle<()>,
}

impl Drop for Deciding {
    fn drop(&mut self) {
        self.ended.abort();
    }
}

/// Where the votes of an epoch are kept.
pub(crate) fn partition(prefix: &str, epoch: u64) -> String {
    format!("{prefix}votes-{epoch}")
}

/// Passes on what the engine reports, and counts views that came to nothing.
#[derive(Clone)]
struct Counting<R> {
    inline: R,
    chain: Arc<Chain>,
}

impl<R> Reporter for Counting<R>
where
    R: Reporter<Activity = Activity<Scheme, Digest>>,
{
    type Activity = Activity<Scheme, Digest>;

    fn report(&mut self, activity: Self::Activity) -> Feedback {
        if matches!(activity, Activity::Nullification(_)) {
            self.chain.counters.timeouts.fetch_add(1, Ordering::Relaxed);
        }
        self.inline.report(activity)
    }
}

impl Deciding {
    /// Starts the engine of an epoch, from the votes that its partition holds.
    pub(crate) fn start<E: Runtime, N: Network>(
        context: &E,
        materials: Materials<N>,
        page_cache: CacheRef,
    ) -> Self {
        let Materials {
            chain,
            epoch,
            scheme,
            floor,
            application,
            marshal,
            epocher,
            blocker,
            channels: [votes, certificates, resolver],
            heartbeat,
            prefix,
        } = materials;
        let inline = Inline::<E, Scheme, Application, Block, FixedEpocher>::new(
            context.child("inline"),
            application,
            marshal,
            epocher,
        );
        // A leader at rest proposes after a heartbeat, so only one that takes longer has failed.
        let leader_timeout = heartbeat.saturating_mul(3) / 2;
        let certification_timeout = heartbeat.saturating_mul(2);
        let settings = simplex::Config {
            scheme,
            elector: RoundRobin::<Sha256>::default(),
            blocker,
            automaton: inline.clone(),
            relay: inline.clone(),
            reporter: Counting { inline, chain },
            track_historical_votes: false,
            strategy: Sequential,
            partition: partition(&prefix, epoch),
            mailbox_size: MAILBOX,
            epoch: Epoch::new(epoch),
            floor,
            replay_buffer: BUFFER_BYTES,
            write_buffer: BUFFER_BYTES,
            page_cache,
            leader_timeout,
            certification_timeout,
            timeout_retry: heartbeat,
            view_retention: VIEWS_KEPT,
            skip: SkipPolicy::Enabled {
                timeout: certification_timeout.saturating_add(heartbeat),
                budget: SkipBudget::Participants,
            },
            fetch_timeout: NZDuration!(FETCH_TIMEOUT),
            fetch_retry_delay: FETCH_RETRY,
            forward: ForwardPolicy::SilentVoters,
        };
        let engine = simplex::Engine::new(context.child("simplex"), settings);
        Self {
            epoch,
            ended: engine.start(votes, certificates, resolver),
        }
    }
}
