//! Witnesses: inside their conversations people tell each other which block of the directory they were shown. Operators
//! who sign two truths and show each person one, whichever node is asked, are found out by it.

use std::collections::BTreeMap;

use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest};
use xchat_proto::ids::NodeId;
use xchat_proto::light::{Lineage, verify_certified};
use xchat_proto::name_proof::Certified;

use crate::directory::NodeFault;
use crate::error::MachineError;
use crate::io::{ConversationId, Output, Tag, Unreachable};
use crate::machine::directory::{self, Opinion};
use crate::machine::nodes;
use crate::machine::step::Step;

/// How often the members of a conversation are told which block this device has seen, in milliseconds.
const TOLD_EVERY_MS: u64 = 3_600_000;
/// Most blocks that wait to be compared, and as many that a node is asked about.
const HELD_MAX: usize = 32;
/// How many nodes are asked about one block, until one has an answer.
const ASKED_MAX: usize = 3;

/// A block that somebody else was shown, certified by the validators whom this device knows.
#[derive(Debug, Clone)]
struct Witness {
    shown: Certified,
    /// Who was asked for the block of that height.
    asked: Vec<NodeId>,
}

/// What has been told and heard since the start.
#[derive(Debug, Clone, Default)]
pub(crate) struct Witnesses {
    told_ms: BTreeMap<ConversationId, u64>,
    /// The latest comer last.
    waiting: Vec<Witness>,
    asked: BTreeMap<Tag, Witness>,
}

impl Witnesses {
    /// Whether a node was asked with this tag.
    pub(crate) fn is_asked(&self, tag: Tag) -> bool {
        self.asked.contains_key(&tag)
    }

    fn hold(&mut self, witness: Witness) {
        let digest = witness.shown.header.digest();
        let mut all = self.waiting.iter().chain(self.asked.values());
        if all.any(|held| held.shown.header.digest() == digest) {
            return;
        }
        if self.waiting.len() >= HELD_MAX {
            self.waiting.remove(0);
        }
        self.waiting.push(witness);
    }
}

/// The block that the members of a conversation are told of, when it is time to.
pub(crate) fn to_tell(
    step: &mut Step<'_>,
    conversation: ConversationId,
) -> Result<Option<Box<Certified>>, MachineError> {
    let told_ms = step.live.questions.witnesses.told_ms.get(&conversation);
    if told_ms.is_some_and(|told_ms| step.now_ms.saturating_sub(*told_ms) < TOLD_EVERY_MS) {
        return Ok(None);
    }
    let Some(newest) = directory::light(step)?.anchor().newest.clone() else {
        return Ok(None);
    };
    let told = &mut step.live.questions.witnesses.told_ms;
    told.insert(conversation, step.now_ms);
    Ok(Some(Box::new(newest.certified)))
}

/// A contact was shown this block.
pub(crate) fn told(step: &mut Step<'_>, shown: &Certified) -> Result<(), MachineError> {
    let light = directory::light(step)?;
    let Some(newest) = &light.anchor().newest else {
        return Ok(());
    };
    let (genesis, validators) = (light.genesis(), &newest.validators);
    let is_known = newest.certified.header.digest() == shown.header.digest();
    // Of other validators than those of today, or nobody's block: then there is nothing to compare.
    if is_known || verify_certified(genesis, &genesis.id(), shown, validators).is_err() {
        return Ok(());
    }
    if newest.certified.header.height == shown.header.height {
        let (anchor, lineage) = (light.anchor().clone(), Lineage::of(shown.clone()));
        return directory::compare(step, anchor, None, &lineage).map(|_| ());
    }
    step.live.questions.witnesses.hold(Witness {
        shown: shown.clone(),
        asked: Vec::new(),
    });
    compare(step)
}

/// Asks nodes for the blocks of the heights that this device has reached by now.
pub(crate) fn compare(step: &mut Step<'_>) -> Result<(), MachineError> {
    if step.live.questions.witnesses.waiting.is_empty() {
        return Ok(());
    }
    let seen = directory::light(step)?.anchor().seen();
    let waiting = std::mem::take(&mut step.live.questions.witnesses.waiting);
    for witness in waiting {
        let is_full = step.live.questions.witnesses.asked.len() >= HELD_MAX;
        if is_full || witness.shown.header.height > seen {
            step.live.questions.witnesses.waiting.push(witness);
        } else {
            ask(step, witness)?;
        }
    }
    Ok(())
}

fn ask(step: &mut Step<'_>, mut witness: Witness) -> Result<(), MachineError> {
    if witness.asked.len() >= ASKED_MAX {
        return Ok(());
    }
    let mut nodes = nodes::in_turn(step)?.into_iter();
    let Some(node) = nodes.find(|node| !witness.asked.contains(&node.endpoint.id)) else {
        return Ok(());
    };
    witness.asked.push(node.endpoint.id);
    let tag = step.live.fresh_tag();
    step.outputs.push(Output::Directory {
        tag,
        node: node.endpoint,
        price: None,
        request: DirectoryRequest::Header {
            height: witness.shown.header.height,
        },
    });
    step.live.questions.witnesses.asked.insert(tag, witness);
    Ok(())
}

/// A node says which block it knows at that height, or can't be reached.
pub(crate) fn answered(
    step: &mut Step<'_>,
    tag: Tag,
    outcome: Result<DirectoryReply, Unreachable>,
) -> Result<(), MachineError> {
    let Some(witness) = step.live.questions.witnesses.asked.remove(&tag) else {
        return Ok(());
    };
    let fault = match outcome {
        Ok(DirectoryReply::Header { lineage }) => {
            let anchor = directory::light(step)?.anchor().clone();
            match directory::compare(step, anchor, Some(&witness.shown), &lineage)? {
                Opinion::Same | Opinion::Forked => return Ok(()),
                Opinion::Unknown => None,
                Opinion::Forged => Some(NodeFault::Forged),
            }
        }
        Ok(DirectoryReply::Unavailable) | Err(Unreachable) => None,
        Ok(_) => Some(NodeFault::Foreign),
    };
    if let (Some(fault), Some(node)) = (fault, witness.asked.last()) {
        nodes::blame(step, node, fault)?;
    }
    ask(step, witness)
}
