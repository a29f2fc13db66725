//! Comparing what two operators show.

use xchat_proto::directory_wire::DirectoryRequest;
use xchat_proto::ids::NodeId;
use xchat_proto::light::{LightClient, LightError, Lineage, verify_certified};
use xchat_proto::name_proof::Certified;

use super::{Care, PATIENCE_MS, Query, SILENT_PATIENCE_MS, Waiting};
use crate::directory::NodeFault;
use crate::error::MachineError;
use crate::machine::directory::{self, NoAnswer};
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
        let genesis = step.genesis()?;
        let parameters = genesis.parameters;
        let mut anchor = best.anchor.clone();
        if let (Some(shown), Some(newest)) = (with, &mut anchor.newest) {
            let validators = &newest.validators;
            if verify_certified(&genesis, &genesis.id(), shown, validators).is_err() {
                // Of an epoch before, or nobody's block: then there is nothing to compare.
                return Ok(());
            }
            newest.certified = shown.clone();
        }
        let height = with.map_or(best.anchor.seen(), |shown| shown.header.height);
        let light = LightClient::new(genesis, anchor);
        let light = light.map_err(|error| MachineError::Storage(error.to_string()))?;
        match light.confirm(lineage) {
            Ok(()) => {
                best.checked.agreed = best.checked.agreed.saturating_add(1);
                Ok(())
            }
            Err(LightError::Conflict(evidence)) => {
                directory::convict(step, &evidence)?;
                self.trouble = Some(NoAnswer::Forked);
                Ok(())
            }
            // Certified in an epoch whose validators are not known here yet: that says nothing about the node.
            Err(_) if parameters.epoch_of(lineage.certified.header.height) != parameters.epoch_of(height) => {
                Ok(())
            }
            Err(_) => nodes::blame(step, node, NodeFault::Forged),
        }
    }
}
