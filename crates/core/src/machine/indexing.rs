//! The index of messages that were here before it, or before its words were made as they are now: it is built in steps,
//! between which other things have their turn.

use crate::error::MachineError;
use crate::machine::step::Step;
use crate::rows::search;

/// Rows of one step.
const ROWS: u32 = 2000;

/// Takes up what is to be built.
pub(crate) fn resume(step: &mut Step<'_>) -> Result<(), MachineError> {
    plan(step, search::prepare(step.connection)?);
    Ok(())
}

/// Builds a part of the index, when there is something to build.
pub(crate) fn wake(step: &mut Step<'_>) -> Result<(), MachineError> {
    if step.live.index_at.is_some_and(|at| at <= step.now_ms) {
        let has_more = search::build(step.connection, ROWS)?;
        plan(step, has_more);
    }
    Ok(())
}

fn plan(step: &mut Step<'_>, has_more: bool) {
    step.live.index_at = has_more.then_some(step.now_ms);
}
