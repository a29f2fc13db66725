//! A change that the directory is asked for, from the first node to the last.
//!
//! One node after the other is asked until one says that the change is final. What it says decides nothing: a lookup
//! does.

use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest, RejectReason};
use xchat_proto::ids::NodeId;
use xchat_proto::record::Operation;

use crate::directory::NodeFault;
use crate::error::MachineError;
use crate::io::{Output, Price, Tag, Unreachable};
use crate::machine::live::Purpose;
use crate::machine::nodes::{self, Node};
use crate::machine::replies;
use crate::machine::step::Step;

/// Most nodes that are asked for one change.
const ASKED_MAX: usize = 8;

/// See the module's documentation.
#[derive(Debug, Clone)]
pub(crate) struct Submission {
    purpose: Purpose,
    operation: Operation,
    price: Option<Price>,
    node: NodeId,
    /// Whom to ask next, the last first.
    left: Vec<Node>,
    rejected: Option<RejectReason>,
}

/// What came of it: a node says that it is final, at this height; or it was refused; or nobody answers.
pub(crate) type Submitted = Result<Result<(NodeId, u64), RejectReason>, Unreachable>;

impl Submission {
    /// What it is for.
    pub(crate) fn purpose(&self) -> &Purpose {
        &self.purpose
    }
}

/// Asks for a change.
pub(crate) fn begin(
    step: &mut Step<'_>,
    purpose: Purpose,
    price: Option<Price>,
    operation: Operation,
) -> Result<(), MachineError> {
    let mut left = nodes::in_turn(step)?;
    left.truncate(ASKED_MAX);
    left.reverse();
    let submission = Submission {
        purpose,
        operation,
        price,
        node: NodeId([0; 32]),
        left,
        rejected: None,
    };
    ask_next(step, submission)
}

fn ask_next(step: &mut Step<'_>, mut submission: Submission) -> Result<(), MachineError> {
    let Some(node) = submission.left.pop() else {
        let outcome = submission.rejected.map(Err).ok_or(Unreachable);
        return replies::submitted(step, &submission.purpose, outcome);
    };
    let tag = step.live.fresh_tag();
    step.outputs.push(Output::Directory {
        tag,
        node: node.endpoint.clone(),
        price: submission.price,
        request: DirectoryRequest::Submit {
            operation: submission.operation.clone(),
        },
    });
    submission.node = node.endpoint.id;
    step.live.questions.submissions.insert(tag, submission);
    Ok(())
}

/// Whether a lookup shows if it is true, so that nobody else needs to be asked.
fn is_shown_by_proof(reason: RejectReason) -> bool {
    matches!(
        reason,
        RejectReason::NameTaken
            | RejectReason::NameSimilar
            | RejectReason::NameResting
            | RejectReason::NotRegistered
            | RejectReason::BadSequence
            | RejectReason::Undecided
    )
}

/// A node answered, or can't be reached.
pub(crate) fn answered(
    step: &mut Step<'_>,
    tag: Tag,
    outcome: Result<DirectoryReply, Unreachable>,
) -> Result<(), MachineError> {
    let Some(mut submission) = step.live.questions.submissions.remove(&tag) else {
        return Ok(());
    };
    let node = submission.node;
    match outcome {
        Err(Unreachable) => {
            step.live.silent.insert(node);
            ask_next(step, submission)
        }
        Ok(DirectoryReply::Accepted { height }) => {
            replies::submitted(step, &submission.purpose, Ok(Ok((node, height))))
        }
        Ok(DirectoryReply::Rejected { reason }) if is_shown_by_proof(reason) => {
            replies::submitted(step, &submission.purpose, Ok(Err(reason)))
        }
        // One node may say so for no reason: the others are asked too.
        Ok(DirectoryReply::Rejected { reason }) => {
            submission.rejected = Some(reason);
            ask_next(step, submission)
        }
        Ok(DirectoryReply::Unavailable) => ask_next(step, submission),
        Ok(_) => {
            nodes::blame(step, &node, NodeFault::Foreign)?;
            ask_next(step, submission)
        }
    }
}
