//! The link to one home on one lane: takes jobs in order, pays prices beside, connects when there is something to do.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::sleep;
use xchat_core::io::{Input, Price};
use xchat_proto::address::Endpoint;
use xchat_proto::ids::LogId;
use xchat_proto::work::Work;

use super::priced::{log_of, write_work};
use super::standing::Standing;
use super::{Cancelled, HomeRequest, Job, SubscriptionRequest, lost, unreachable};
use crate::network::labour::Labour;

/// A connection that nothing has used for so long is closed.
const IDLE: Duration = Duration::from_secs(60);
/// Jobs that are gathered before the stream is flushed.
const BATCH: usize = 64;
/// Requests that may wait for the work of one before them.
const GATED_MAX: usize = 256;

/// Requests for one log that wait for the work of the first.
struct Gate {
    first: HomeRequest,
    behind: VecDeque<HomeRequest>,
}

pub(super) struct Link {
    endpoint: iroh::Endpoint,
    labour: Labour,
    inputs: mpsc::Sender<Input>,
    jobs: mpsc::Receiver<Job>,
    gates: BTreeMap<LogId, Gate>,
    /// One for each gate.
    labourers: JoinSet<(LogId, Option<Work>)>,
    standing: Option<Standing>,
}

#[expect(
    clippy::large_enum_variant,
    reason = "one at a time, on the stack: a box would cost each request an allocation"
)]
enum Step {
    Job(Option<Job>),
    Worked(LogId, Option<Work>),
    Broke,
    Idle,
}

impl Link {
    pub(super) fn new(
        endpoint: iroh::Endpoint,
        labour: Labour,
        inputs: mpsc::Sender<Input>,
        jobs: mpsc::Receiver<Job>,
    ) -> Self {
        Self {
            endpoint,
            labour,
            inputs,
            jobs,
            gates: BTreeMap::new(),
            labourers: JoinSet::new(),
            standing: None,
        }
    }

    /// Runs until it is idle, or the body lets go of it.
    pub(super) async fn run(mut self) {
        loop {
            match self.step().await {
                Step::Job(None) => return self.end().await,
                Step::Job(Some(job)) => self.batch(job).await,
                Step::Worked(log, work) => self.open_gate(log, work).await,
                Step::Broke => self.standing = None,
                Step::Idle if self.is_idle() => return self.end().await,
                Step::Idle => {}
            }
            self.flush().await;
        }
    }

    async fn step(&mut self) -> Step {
        let broke = async {
            match &self.standing {
                Some(standing) => standing.over().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            job = self.jobs.recv() => Step::Job(job),
            // A labourer that panicked leaves its gate closed: the process has a bug then, and says so.
            Some(Ok((log, work))) = self.labourers.join_next() => Step::Worked(log, work),
            () = broke => Step::Broke,
            () = sleep(IDLE) => Step::Idle,
        }
    }

    fn is_idle(&self) -> bool {
        self.gates.is_empty() && self.standing.as_ref().is_none_or(Standing::is_idle)
    }

    async fn batch(&mut self, job: Job) {
        self.take(job).await;
        for _ in 1..BATCH {
            let Ok(job) = self.jobs.try_recv() else {
                return;
            };
            self.take(job).await;
        }
    }

    async fn take(&mut self, job: Job) {
        let mut request = match job {
            Job::Subscribe(request, cancelled) => return self.subscribe(request, cancelled).await,
            Job::Request(request) => request,
        };
        let Some(log) = log_of(&request.request) else {
            return self.send(request).await;
        };
        if let Some(gate) = self.gates.get_mut(&log) {
            if gate.behind.len() < GATED_MAX {
                gate.behind.push_back(request);
            } else {
                self.tell(unreachable(request.tag)).await;
            }
        } else if let Some(price) = request.price.take() {
            self.close_gate(log, price, request, VecDeque::new());
        } else {
            self.send(request).await;
        }
    }

    fn close_gate(&mut self, log: LogId, price: Price, first: HomeRequest, behind: VecDeque<HomeRequest>) {
        let labour = self.labour.clone();
        self.labourers
            .spawn(async move { (log, labour.pay(price).await) });
        self.gates.insert(log, Gate { first, behind });
    }

    /// The work for the first request of a gate is done: it goes out, and those behind it up to the next price.
    async fn open_gate(&mut self, log: LogId, work: Option<Work>) {
        let Some(Gate {
            mut first,
            mut behind,
        }) = self.gates.remove(&log)
        else {
            return;
        };
        match work {
            None => self.tell(unreachable(first.tag)).await,
            Some(work) => {
                write_work(&mut first.request, work);
                self.send(first).await;
            }
        }
        while let Some(mut request) = behind.pop_front() {
            if let Some(price) = request.price.take() {
                return self.close_gate(log, price, request, behind);
            }
            self.send(request).await;
        }
    }

    async fn send(&mut self, request: HomeRequest) {
        let failed = unreachable(request.tag);
        let sent = match self.connected(&request.home).await {
            Some(standing) => standing.request(request).await.is_ok(),
            None => false,
        };
        if !sent {
            self.give_up(failed).await;
        }
    }

    async fn subscribe(&mut self, request: SubscriptionRequest, cancelled: Cancelled) {
        let failed = lost(&request);
        let sent = match self.connected(&request.home).await {
            Some(standing) => standing.subscribe(request, cancelled).await.is_ok(),
            None => false,
        };
        if !sent {
            self.give_up(failed).await;
        }
    }

    async fn connected(&mut self, home: &Endpoint) -> Option<&mut Standing> {
        if self.standing.as_ref().is_none_or(Standing::is_over) {
            self.standing = match Standing::dial(&self.endpoint, home, self.inputs.clone()).await {
                Ok(standing) => Some(standing),
                Err(error) => {
                    tracing::debug!(%error, "a home is not reached");
                    None
                }
            };
        }
        self.standing.as_mut()
    }

    /// The home can't be reached, and what was asked meanwhile has failed too: else each would wait for its own dial.
    async fn give_up(&mut self, failed: Input) {
        self.standing = None;
        self.tell(failed).await;
        for _ in 0..self.jobs.len() {
            if let Ok(job) = self.jobs.try_recv() {
                self.tell(job.failed()).await;
            }
        }
    }

    async fn flush(&mut self) {
        if let Some(standing) = &mut self.standing
            && standing.flush().await.is_err()
        {
            self.standing = None;
        }
    }

    async fn tell(&self, input: Input) {
        // Nobody is left to be told when the body is ending.
        let _ = self.inputs.send(input).await;
    }

    /// Takes no more jobs. What has not been sent has failed.
    async fn end(mut self) {
        for Gate { first, behind } in std::mem::take(&mut self.gates).into_values() {
            for request in std::iter::once(first).chain(behind) {
                self.tell(unreachable(request.tag)).await;
            }
        }
        self.jobs.close();
        while let Some(job) = self.jobs.recv().await {
            self.tell(job.failed()).await;
        }
    }
}
