//! Comparing what two operators show.

use xchat_proto::directory_wire::DirectoryRequest;
use xchat_proto::ids::NodeId;
use xchat_proto::light::Lineage;
use xchat_proto::name_proof::Certified;

use super::{Care, PATIENCE_MS, Query, SILENT_PATIENCE_MS, Waiting};
use crate::directory::NodeFault;
use crate::error::MachineError;
use crate::machine::directory::{self, NoAnswer, Opinion};
use crate::machine::nodes;
use crate::machine::step::Step;

impl Query {
    /// Asks another operator's node which block the height of the answer has.
    pub(super) fn ask_for_block(&mut self, step: &mut Step<'_>) {
        let Some(best) = &self.best else { return };
        let is_enough = self.care == Care::One || best.checked.agreed > 1 || self.is_compared;
        if is_enough || self.trouble.is_some() {
            return;
        }
        let by = best.by.clone();
        let other = self.others.iter().find(|node| !node.is_kin(&by)).cloned();
        let (waiting, height) = match self.behind.take().filter(|(node, _)| !node.is_kin(&by)) {
            // Whoever lags behind can't say which block it will be: the other way round.
            Some((_, shown)) => {
                let height = shown.header.height;
                let with = Some(shown);
                (Waiting::Block { node: by, with }, height)
            }
            None => {
                let height = best.anchor.seen();
                let Some(node) = other.or_else(|| self.next_node()) else {
                    return;
                };
                (Waiting::Block { node, with: None }, height)
            }
        };
        let id = waiting.node().endpoint.id;
        if !self.asked.contains(&id) {
            self.asked.push(id);
        }
        self.is_compared = true;
        self.send(step, waiting, DirectoryRequest::Header { height });
        self.until_ms = Some(self.patience(step));
    }

    /// Until when those are waited for who have not answered.
    pub(super) fn patience(&self, step: &Step<'_>) -> u64 {
        let mut waiting = self.waiting.values();
        let may_answer = waiting.any(|waiting| !step.live.silent.contains(&waiting.node().endpoint.id));
        let patience_ms = if may_answer {
            PATIENCE_MS
        } else {
            SILENT_PATIENCE_MS
        };
        step.now_ms.saturating_add(patience_ms)
    }

    /// A node says which block it is, at the height of the answer or at that of a block that was a moment behind.
    pub(super) fn compare(
        &mut self,
        step: &mut Step<'_>,
        node: &NodeId,
        with: Option<&Certified>,
        lineage: &Lineage,
    ) -> Result<(), MachineError> {
        let Some(best) = &mut self.best else {
            return Ok(());
        };
        match directory::compare(step, best.anchor.clone(), with, lineage)? {
            Opinion::Same => {
                best.checked.agreed = best.checked.agreed.saturating_add(1);
                Ok(())
            }
            Opinion::Forked => {
                self.trouble = Some(NoAnswer::Forked);
                Ok(())
            }
            Opinion::Unknown => Ok(()),
            Opinion::Forged => nodes::blame(step, node, NodeFault::Forged),
        }
    }
}
