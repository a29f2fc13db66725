//! One question to several nodes: a few at a time, and one more whenever nobody answers for a while.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::time::sleep;
use xchat_proto::address::Endpoint;
use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest};
use xchat_proto::ids::NodeId;

use crate::asker::AskError;
use crate::forwarder::Forwarder;

/// How long those who are asked may all be silent before one more is asked.
const HEDGE: Duration = Duration::from_secs(2);

/// A node's answer.
pub(super) type Answer = (Endpoint, Result<DirectoryReply, AskError>);

/// A question on its way round.
pub(super) struct Questions {
    forwarder: Arc<Forwarder>,
    request: DirectoryRequest,
    waiting: std::vec::IntoIter<Endpoint>,
    asked: FuturesUnordered<BoxFuture<'static, Answer>>,
    unanswered: Vec<NodeId>,
}

impl Questions {
    pub(super) fn new(
        forwarder: &Arc<Forwarder>,
        request: DirectoryRequest,
        nodes: Vec<Endpoint>,
        at_once: usize,
    ) -> Self {
        let mut questions = Self {
            forwarder: Arc::clone(forwarder),
            request,
            waiting: nodes.into_iter(),
            asked: FuturesUnordered::new(),
            unanswered: Vec::new(),
        };
        for _ in 0..at_once {
            questions.ask_another();
        }
        questions
    }

    /// Asks one more, when there is one.
    pub(super) fn ask_another(&mut self) -> bool {
        let Some(node) = self.waiting.next() else {
            return false;
        };
        self.ask_after(node, Duration::ZERO);
        true
    }

    /// Asks a node, also one that has answered, in a while.
    pub(super) fn ask_after(&mut self, node: Endpoint, pause: Duration) {
        self.unanswered.push(node.id);
        let (forwarder, request) = (Arc::clone(&self.forwarder), self.request.clone());
        self.asked.push(Box::pin(async move {
            if !pause.is_zero() {
                sleep(pause).await;
            }
            let reply = forwarder.asker().ask(&node, &request).await;
            (node, reply)
        }));
    }

    /// Who has been asked and has not answered.
    pub(super) fn unanswered(&self) -> &[NodeId] {
        &self.unanswered
    }

    /// The next answer; nothing when all have answered.
    pub(super) async fn next(&mut self) -> Option<Answer> {
        loop {
            if self.asked.is_empty() && !self.ask_another() {
                return None;
            }
            let has_more = !self.waiting.as_slice().is_empty();
            tokio::select! {
                answer = self.asked.next() => if let Some((node, _)) = &answer {
                    self.unanswered.retain(|id| *id != node.id);
                    return answer;
                },
                () = sleep(HEDGE), if has_more => {
                    self.ask_another();
                }
            }
        }
    }
}
