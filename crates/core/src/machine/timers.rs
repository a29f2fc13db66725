//! Timers: whatever is due is done.

use crate::error::MachineError;
use crate::machine::step::Step;
use crate::machine::{
    blobs, ephemeral, inbox, incoming, indexing, keypackages, lacking, peers, query, receipts, registration,
    rejoin, replies, resume, rotation, scheduled, subscriptions, watch,
};
use crate::rows::conversation::Conversation;

/// The time has come for something.
pub(crate) fn wake(step: &mut Step<'_>) -> Result<(), MachineError> {
    if step.live.recover_at.is_some_and(|at| at <= step.now_ms) {
        indexing::resume(step)?;
        resume::resume(step)?;
        step.live.recover_at = None;
    }
    receipts::wake(step)?;
    subscriptions::wake(step)?;
    replies::wake(step)?;
    registration::wake(step)?;
    rejoin::wake(step)?;
    ephemeral::wake(step)?;
    scheduled::wake(step)?;
    peers::wake(step);
    blobs::wake(step)?;
    gaps(step)?;
    lacking::wake(step)?;
    query::wake(step)?;
    watch::wake(step)?;
    indexing::wake(step)?;
    if step.live.upkeep_at.is_some_and(|at| at <= step.now_ms) {
        keypackages::plan(step);
        inbox::check_unchecked(step)?;
        keypackages::look_after(step)?;
        rotation::renew_if_due(step)?;
    }
    Ok(())
}

fn gaps(step: &mut Step<'_>) -> Result<(), MachineError> {
    let now_ms = step.now_ms;
    let due: Vec<_> = step
        .live
        .gaps_at
        .iter()
        .filter(|(_, at)| **at <= now_ms)
        .map(|(id, _)| *id)
        .collect();
    for id in due {
        step.live.gaps_at.remove(&id);
        if let Some(mut conversation) = Conversation::by_id(step.connection, id)? {
            incoming::ask_for_missing(step, &mut conversation)?;
        }
    }
    Ok(())
}
