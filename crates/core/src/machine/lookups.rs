//! Looking a name up for whoever might choose it: a question, a proof, an answer.

use rand_core::CryptoRng;
use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest};
use xchat_proto::name::Name;

use crate::error::MachineError;
use crate::io::{Event, Output, Tag, Unreachable};
use crate::lookup::{LookupError, NameStanding};
use crate::machine::Machine;
use crate::machine::directory::{self, NoAnswer};
use crate::machine::step::Step;

/// Most questions at a time. People type faster than a network answers; the oldest gives way.
const LOOKUPS_MAX: usize = 16;

impl From<NoAnswer> for LookupError {
    fn from(reason: NoAnswer) -> Self {
        match reason {
            NoAnswer::Unreachable => Self::Unreachable,
            NoAnswer::ClockOff => Self::ClockOff,
            NoAnswer::Refused(why) => Self::ProofRefused(why),
        }
    }
}

impl Machine {
    /// Asks how a name stands; [`crate::io::Event::NameLookedUp`] tells, with this tag. It needs no account.
    ///
    /// # Errors
    /// [`LookupError::NoNetwork`] when there is nobody to ask.
    pub fn look_up(&mut self, now_ms: u64, rng: &mut dyn CryptoRng, name: Name) -> Result<Tag, LookupError> {
        self.step(now_ms, rng, |step| begin(step, name))
    }
}

/// Asks. A reserved name needs no asking.
fn begin(step: &mut Step<'_>, name: Name) -> Result<Tag, LookupError> {
    if step.network.is_none() {
        return Err(LookupError::NoNetwork);
    }
    let tag = step.live.fresh_tag();
    if name.is_reserved() {
        answer(step, tag, Ok(NameStanding::Reserved));
        return Ok(tag);
    }
    if step.live.lookups.len() >= LOOKUPS_MAX
        && let Some((oldest, _)) = step.live.lookups.pop_first()
    {
        answer(step, oldest, Err(LookupError::Superseded));
    }
    step.live.lookups.insert(tag, name.clone());
    step.outputs.push(Output::Directory {
        tag,
        price: None,
        request: DirectoryRequest::Lookup { name },
    });
    Ok(tag)
}

/// The directory answered. A question that gave way is answered already.
pub(crate) fn answered(
    step: &mut Step<'_>,
    tag: Tag,
    outcome: Result<DirectoryReply, Unreachable>,
) -> Result<(), MachineError> {
    let Some(name) = step.live.lookups.get(&tag).cloned() else {
        return Ok(());
    };
    let standing = match directory::verify(step, &name, outcome)? {
        Ok(verified) if verified.record.is_some() => Ok(NameStanding::Taken),
        Ok(_) => Ok(NameStanding::Free),
        Err(reason) => Err(reason.into()),
    };
    // Only now: when the answer could not be kept, the body says that there was none, and somebody still waits.
    step.live.lookups.remove(&tag);
    answer(step, tag, standing);
    Ok(())
}

fn answer(step: &mut Step<'_>, tag: Tag, standing: Result<NameStanding, LookupError>) {
    step.emit(Event::NameLookedUp { tag, standing });
}
