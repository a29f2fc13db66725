//! The homes: one connection for each lane and home, made when it is needed and closed when it is idle.
//!
//! NOT its concern: whether and when to try again; that is the machine's policy.

mod in_flight;
mod link;
mod priced;
mod standing;
mod subscription;

use std::collections::BTreeMap;

use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};
use xchat_core::io::{Capability, Input, Lane, Price, Tag, Unreachable};
use xchat_net::address;
use xchat_proto::address::Endpoint;
use xchat_proto::ids::{LogId, NodeId};
use xchat_proto::mailbox_wire::Request;

use super::farewell;
use super::labour::Labour;
use link::Link;

/// Requests and subscriptions that wait for one link. When it is full, the home doesn't keep up.
const JOBS_MAX: usize = 1024;

/// A request to a home.
pub(super) struct HomeRequest {
    pub(super) tag: Tag,
    pub(super) home: Endpoint,
    pub(super) capability: Option<Capability>,
    pub(super) price: Option<Price>,
    pub(super) request: Request,
}

/// A subscription at a home.
pub(super) struct SubscriptionRequest {
    pub(super) home: Endpoint,
    pub(super) capability: Capability,
    pub(super) log: LogId,
    pub(super) epoch: u64,
    pub(super) from: u64,
}

enum Job {
    Request(HomeRequest),
    Subscribe(SubscriptionRequest, Cancelled),
}

/// Resolves when the subscription is not wanted any more; with an error when the whole network side is let go.
type Cancelled = oneshot::Receiver<()>;

impl Job {
    fn home(&self) -> &Endpoint {
        match self {
            Self::Request(request) => &request.home,
            Self::Subscribe(request, _) => &request.home,
        }
    }

    /// What the machine is told when the job can't be done.
    fn failed(self) -> Input {
        match self {
            Self::Request(request) => unreachable(request.tag),
            Self::Subscribe(request, _) => lost(&request),
        }
    }
}

fn lost(request: &SubscriptionRequest) -> Input {
    Input::SubscriptionLost {
        log: request.log,
        epoch: request.epoch,
    }
}

fn unreachable(tag: Tag) -> Input {
    Input::Home {
        tag,
        outcome: Err(Unreachable),
    }
}

/// The endpoints of the two lanes. Their keys are of this process only, so that nothing links them over time either.
pub(super) struct LaneEndpoints {
    pub(super) inbox: iroh::Endpoint,
    pub(super) conversations: iroh::Endpoint,
}

impl LaneEndpoints {
    fn ids(&self) -> (NodeId, NodeId) {
        (
            address::node_id(&self.inbox.id()),
            address::node_id(&self.conversations.id()),
        )
    }

    fn of(&self, lane: Lane) -> &iroh::Endpoint {
        match lane {
            Lane::Inbox => &self.inbox,
            Lane::Conversations => &self.conversations,
        }
    }
}

/// All links to homes.
pub(super) struct Homes {
    endpoints: LaneEndpoints,
    links: BTreeMap<(Lane, NodeId), mpsc::Sender<Job>>,
    subscriptions: BTreeMap<LogId, oneshot::Sender<()>>,
    labour: Labour,
    inputs: mpsc::Sender<Input>,
}

impl Homes {
    /// Under which ids nodes see both lanes.
    pub(super) fn ids(&self) -> (NodeId, NodeId) {
        self.endpoints.ids()
    }

    pub(super) fn new(endpoints: LaneEndpoints, labour: Labour, inputs: mpsc::Sender<Input>) -> Self {
        Self {
            endpoints,
            links: BTreeMap::new(),
            subscriptions: BTreeMap::new(),
            labour,
            inputs,
        }
    }

    /// Sends a request. Requests of one lane and home go out in this order. What can't be begun is answered at once.
    pub(super) fn request(&mut self, lane: Lane, request: HomeRequest) -> Option<Input> {
        self.give(lane, Job::Request(request))
    }

    /// Opens a subscription, and drops the standing one to the same log.
    pub(super) fn subscribe(&mut self, lane: Lane, request: SubscriptionRequest) -> Option<Input> {
        let (replaced, cancelled) = oneshot::channel();
        self.subscriptions
            .retain(|_, subscription| !subscription.is_closed());
        self.unsubscribe(&request.log);
        self.subscriptions.insert(request.log, replaced);
        self.give(lane, Job::Subscribe(request, cancelled))
    }

    /// Drops the standing subscription to a log.
    pub(super) fn unsubscribe(&mut self, log: &LogId) {
        if let Some(subscription) = self.subscriptions.remove(log) {
            // It may have ended by itself.
            let _ = subscription.send(());
        }
    }

    /// How many links there are at the moment.
    pub(super) fn links(&self) -> usize {
        self.links.values().filter(|link| !link.is_closed()).count()
    }

    /// Closes the connections. Whatever is under way fails, and is told as far as inputs are still taken.
    pub(super) async fn shut_down(self) {
        drop(self.links);
        drop(self.subscriptions);
        tokio::join!(
            farewell::close(self.endpoints.inbox),
            farewell::close(self.endpoints.conversations)
        );
    }

    fn give(&mut self, lane: Lane, job: Job) -> Option<Input> {
        let place = (lane, job.home().id);
        let job = match self.links.get(&place) {
            None => job,
            Some(link) => match link.try_send(job) {
                Ok(()) => return None,
                Err(TrySendError::Full(job)) => return Some(job.failed()),
                Err(TrySendError::Closed(job)) => job,
            },
        };
        self.links.retain(|_, link| !link.is_closed());
        let (jobs, waiting) = mpsc::channel(JOBS_MAX);
        // A new channel has room; should it not, the machine hears of it.
        let failed = jobs.try_send(job).err().map(|error| error.into_inner().failed());
        let link = Link::new(
            self.endpoints.of(lane).clone(),
            self.labour.clone(),
            self.inputs.clone(),
            waiting,
        );
        tokio::spawn(link.run());
        self.links.insert(place, jobs);
        failed
    }
}

#[cfg(test)]
mod tests;
