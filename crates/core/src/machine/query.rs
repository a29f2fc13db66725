//! A question to the directory, from the first node that is asked to the answer.
//!
//! Nodes are asked one after the other until enough of them have given an answer that holds. Where much depends on it,
//! two nodes of different operators are asked, and when they don't show the same block, one is asked for that of the
//! other: so operators who show two truths are found out. Nobody waits long for a second opinion.

mod outcome;
mod second_opinion;

use std::collections::BTreeMap;

use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest};
use xchat_proto::ids::NodeId;
use xchat_proto::light::{Anchor, Freshness, Handover, LightClient, LightError};
use xchat_proto::limits::HANDOVERS_MAX;
use xchat_proto::name::Name;
use xchat_proto::name_proof::{Certified, CommitteeProof, VerifiedName};
use xchat_proto::operator::Committee;

use crate::directory::{Checked, NodeFault};
use crate::error::MachineError;
use crate::io::{Output, Tag, Unreachable};
use crate::machine::directory::{self, Answered, NoAnswer, Wrong};
use crate::machine::live::Purpose;
use crate::machine::nodes::{self, Node};
use crate::machine::step::Step;
use crate::machine::{replies, watch};

/// Most nodes that are asked one question.
const ASKED_MAX: usize = 8;
/// How often one node is asked again whose answer was only a part of the way, or a moment behind.
const AGAIN_MAX: u32 = 3;
/// How often one node is asked again that leads from one change of the validators to the next.
const HANDOVERS_AGAIN_MAX: u32 = 1024;
/// How long a second opinion is waited for, in milliseconds.
const PATIENCE_MS: u64 = 2_000;
/// How long those are waited for who did not answer lately, in milliseconds.
const SILENT_PATIENCE_MS: u64 = 300;
/// Most questions whose last answers may come when nobody waits for them any more.
const LATE_MAX: usize = 64;

/// How sure the answer must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Care {
    /// One node's answer that holds.
    One,
    /// A second operator's too, where there is one.
    Two,
}

#[derive(Debug, Clone)]
enum Question {
    Name(Name),
    Operators,
}

/// What a node is waited for with: an answer, or the block of a height.
#[derive(Debug, Clone)]
enum Waiting {
    Answer {
        node: Node,
        again: u32,
        /// The height up to which the validators were known when it was asked.
        known: u64,
    },
    Block {
        node: Node,
        /// What the block is compared with, where it is not that of the answer.
        with: Option<Box<Certified>>,
    },
}

impl Waiting {
    fn node(&self) -> &Node {
        let (Self::Answer { node, .. } | Self::Block { node, .. }) = self;
        node
    }
}

#[derive(Debug, Clone)]
enum Held {
    Name(Box<VerifiedName>),
    Operators(Box<Committee>),
}

/// The newest answer that holds.
#[derive(Debug, Clone)]
struct Best {
    held: Held,
    checked: Checked,
    /// What had been verified with it.
    anchor: Anchor,
    by: Node,
}

/// See the module's documentation.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    purpose: Purpose,
    question: Question,
    care: Care,
    /// Whom to ask next.
    left: Vec<Node>,
    asked: Vec<NodeId>,
    waiting: BTreeMap<Tag, Waiting>,
    best: Option<Best>,
    /// Others who answered what holds: an older block, the same, or one that is a moment behind what has been seen.
    others: Vec<Node>,
    /// An older block than the newest, and who showed it.
    behind: Option<(Node, Box<Certified>)>,
    is_compared: bool,
    /// Why the last answer was not believed that wasn't.
    refused: Option<String>,
    /// The nodes whose answers are of another time, and that time.
    off: Vec<(NodeId, u64)>,
    trouble: Option<NoAnswer>,
    /// Until when others are waited for, once there is an answer.
    until_ms: Option<u64>,
    /// Nobody waits any more. What comes may still show that the operators lie.
    is_late: bool,
}

/// What came of a question.
#[derive(Debug, Clone)]
pub(crate) enum Told {
    Name(Result<Box<Answered>, NoAnswer>),
    Operators(Result<(), NoAnswer>),
}

/// Asks for a name.
pub(crate) fn look_up(
    step: &mut Step<'_>,
    purpose: Purpose,
    name: Name,
    care: Care,
) -> Result<(), MachineError> {
    begin(step, purpose, Question::Name(name), care)
}

/// Asks who the operators are.
pub(crate) fn ask_operators(step: &mut Step<'_>) -> Result<(), MachineError> {
    begin(step, Purpose::Operators, Question::Operators, Care::One)
}

/// Whether such a question is under way.
pub(crate) fn is_asked(step: &Step<'_>, is_it: impl Fn(&Purpose) -> bool) -> bool {
    step.live
        .questions
        .queries
        .values()
        .any(|query| is_it(&query.purpose))
}

/// When somebody has been waited for long enough.
pub(crate) fn wake_at(queries: &BTreeMap<Tag, Query>) -> Option<u64> {
    queries.values().filter_map(|query| query.until_ms).min()
}

impl Query {
    /// What it is for.
    pub(crate) fn purpose(&self) -> &Purpose {
        &self.purpose
    }
}

fn begin(step: &mut Step<'_>, purpose: Purpose, question: Question, care: Care) -> Result<(), MachineError> {
    let mut left = nodes::in_turn(step)?;
    left.truncate(ASKED_MAX);
    let query = Query {
        purpose,
        question,
        care,
        left,
        asked: Vec::new(),
        waiting: BTreeMap::new(),
        best: None,
        others: Vec::new(),
        behind: None,
        is_compared: false,
        refused: None,
        off: Vec::new(),
        trouble: None,
        until_ms: None,
        is_late: false,
    };
    let id = step.live.fresh_tag();
    advance(step, id, query)
}

/// A node answered, or can't be reached.
pub(crate) fn answered(
    step: &mut Step<'_>,
    tag: Tag,
    outcome: Result<DirectoryReply, Unreachable>,
) -> Result<(), MachineError> {
    if let Some(mut query) = step.live.questions.late.remove(&tag) {
        return query.hear(step, tag, outcome);
    }
    let mut queries = step.live.questions.queries.iter();
    let found = queries
        .find(|(_, query)| query.waiting.contains_key(&tag))
        .map(|(id, _)| *id);
    let Some((id, mut query)) = found.and_then(|id| step.live.questions.queries.remove_entry(&id)) else {
        return Ok(());
    };
    query.hear(step, tag, outcome)?;
    advance(step, id, query)
}

/// Goes on where others were waited for long enough.
pub(crate) fn wake(step: &mut Step<'_>) -> Result<(), MachineError> {
    let now_ms = step.now_ms;
    let queries = step.live.questions.queries.iter();
    let due = queries.filter(|(_, query)| query.until_ms.is_some_and(|until_ms| until_ms <= now_ms));
    let due: Vec<Tag> = due.map(|(id, _)| *id).collect();
    for id in due {
        if let Some(query) = step.live.questions.queries.remove(&id) {
            advance(step, id, query)?;
        }
    }
    Ok(())
}

/// Asks whoever is to be asked next, or tells what came of the question.
fn advance(step: &mut Step<'_>, id: Tag, mut query: Query) -> Result<(), MachineError> {
    if !query.is_over(step.now_ms) {
        query.ask_others(step)?;
    }
    if query.waiting.is_empty() || query.is_over(step.now_ms) {
        query.ask_for_block(step);
    }
    if !query.waiting.is_empty() && !query.is_over(step.now_ms) {
        step.live.questions.queries.insert(id, query);
        return Ok(());
    }
    let told = query.settle(step)?;
    let purpose = query.purpose.clone();
    query.leave(step);
    replies::told(step, &purpose, told)?;
    watch::heard(step)
}

impl Query {
    /// Whether nothing more is waited for.
    fn is_over(&self, now_ms: u64) -> bool {
        self.trouble.is_some()
            || (self.best.is_some() && self.until_ms.is_some_and(|until_ms| until_ms <= now_ms))
    }

    /// Asks so many nodes that there may be as many answers as are wanted.
    fn ask_others(&mut self, step: &mut Step<'_>) -> Result<(), MachineError> {
        let wanted: usize = match self.care {
            Care::One => 1,
            Care::Two => 2,
        };
        loop {
            let answers = self
                .best
                .as_ref()
                .map_or(0, |_| self.others.len().saturating_add(1));
            if answers.saturating_add(self.waiting.len()) >= wanted {
                return Ok(());
            }
            let Some(node) = self.next_node() else {
                return Ok(());
            };
            self.asked.push(node.endpoint.id);
            self.ask(step, node, 0)?;
        }
    }

    /// The next node, of another operator than those from whom there is, or may come, an answer.
    fn next_node(&mut self) -> Option<Node> {
        let by = self.best.iter().map(|best| &best.by);
        let waiting = self.waiting.values().map(Waiting::node);
        let heard: Vec<Node> = by.chain(waiting).chain(&self.others).cloned().collect();
        let is_other = |node: &Node| !heard.iter().any(|other| other.is_kin(node));
        let place = self.left.iter().position(is_other)?;
        Some(self.left.remove(place))
    }

    fn ask(&mut self, step: &mut Step<'_>, node: Node, again: u32) -> Result<(), MachineError> {
        let known = directory::known(step)?;
        let request = match &self.question {
            Question::Name(name) => DirectoryRequest::Lookup {
                name: name.clone(),
                known,
            },
            Question::Operators => DirectoryRequest::Operators { known },
        };
        self.send(step, Waiting::Answer { node, again, known }, request);
        Ok(())
    }

    fn send(&mut self, step: &mut Step<'_>, waiting: Waiting, request: DirectoryRequest) {
        let tag = step.live.fresh_tag();
        step.outputs.push(Output::Directory {
            tag,
            node: waiting.node().endpoint.clone(),
            price: None,
            request,
        });
        self.waiting.insert(tag, waiting);
    }

    fn hear(
        &mut self,
        step: &mut Step<'_>,
        tag: Tag,
        outcome: Result<DirectoryReply, Unreachable>,
    ) -> Result<(), MachineError> {
        let Some(waiting) = self.waiting.remove(&tag) else {
            return Ok(());
        };
        let id = waiting.node().endpoint.id;
        let Ok(reply) = outcome else {
            step.live.silent.insert(id);
            return Ok(());
        };
        step.live.silent.remove(&id);
        match (waiting, reply) {
            (_, DirectoryReply::Unavailable) => Ok(()),
            (Waiting::Answer { node, again, known }, reply) => self.take(step, node, (again, known), reply),
            (Waiting::Block { with, .. }, DirectoryReply::Header { lineage }) => {
                self.compare(step, &id, with.as_deref(), &lineage)
            }
            (Waiting::Block { .. }, _) => nodes::blame(step, &id, NodeFault::Foreign),
        }
    }

    /// A node's answer.
    fn take(
        &mut self,
        step: &mut Step<'_>,
        node: Node,
        (again, known): (u32, u64),
        reply: DirectoryReply,
    ) -> Result<(), MachineError> {
        let (verified, handovers, shown) = match (&self.question, reply) {
            (Question::Name(name), DirectoryReply::Name { proof, handovers }) => {
                let shown_ms = proof.certified.header.time_ms;
                let verified = directory::believe(step, shown_ms, |light, now_ms| {
                    let freshness = Freshness::first_contact(now_ms);
                    let found = light.name(&proof, handovers.as_slice(), name, freshness)?;
                    Ok(Held::Name(Box::new(found)))
                })?;
                (verified, handovers, proof.certified)
            }
            (Question::Operators, DirectoryReply::Operators { proof, handovers }) => {
                let shown_ms = proof.certified.header.time_ms;
                let verified = directory::believe(step, shown_ms, |light, now_ms| {
                    verify_operators(light, &proof, handovers.as_slice(), now_ms)
                })?;
                (verified, handovers, proof.certified)
            }
            _ => {
                self.refused = Some(NodeFault::Foreign.to_string());
                return nodes::blame(step, &node.endpoint.id, NodeFault::Foreign);
            }
        };
        let is_part = handovers.as_slice().len() >= HANDOVERS_MAX && directory::known(step)? > known;
        let id = node.endpoint.id;
        match verified {
            Ok(held) => self.hold(step, node, held),
            Err(Wrong::Fault(..)) if is_part && !self.is_late && again < HANDOVERS_AGAIN_MAX => {
                // It leads further than one answer holds.
                self.ask(step, node, again.saturating_add(1))
            }
            Err(Wrong::Fault(fault, why)) => {
                self.refused = Some(why);
                nodes::blame(step, &id, fault)
            }
            Err(Wrong::Behind) if self.best.is_none() && !self.is_late && again < AGAIN_MAX => {
                self.ask(step, node, again.saturating_add(1))
            }
            Err(Wrong::Behind) => {
                self.refused
                    .get_or_insert_with(|| "the node lags behind".to_owned());
                self.others.push(node.clone());
                self.behind = Some((node, Box::new(shown)));
                Ok(())
            }
            Err(Wrong::Time) => {
                self.off.push((id, shown.header.time_ms));
                Ok(())
            }
            Err(Wrong::Forked) => {
                self.trouble = Some(NoAnswer::Forked);
                Ok(())
            }
            Err(Wrong::TrustExpired) => {
                self.trouble = Some(NoAnswer::TrustExpired);
                Ok(())
            }
        }
    }

    /// An answer that holds. The newer one wins.
    fn hold(&mut self, step: &mut Step<'_>, node: Node, held: Held) -> Result<(), MachineError> {
        let light = directory::light(step)?;
        let anchor = light.anchor().clone();
        let mut checked = directory::checked(&light);
        if let Some(before) = self.best.take() {
            // Two headers of one height are one header: else they would have been told apart.
            if before.anchor.seen() == anchor.seen() {
                checked.agreed = before.checked.agreed.saturating_add(1);
            } else if let Some(older) = before.anchor.newest {
                self.behind = Some((before.by.clone(), Box::new(older.certified)));
            }
            self.others.push(before.by);
        } else {
            self.until_ms = Some(self.patience(step));
        }
        self.best = Some(Best {
            held,
            checked,
            anchor,
            by: node,
        });
        Ok(())
    }
}

fn verify_operators(
    light: &mut LightClient,
    proof: &CommitteeProof,
    handovers: &[Handover],
    now_ms: u64,
) -> Result<Held, LightError> {
    let committee = light.committee(proof, handovers, Freshness::first_contact(now_ms))?;
    Ok(Held::Operators(Box::new(committee)))
}
