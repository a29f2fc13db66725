//! Looking a name up for whoever might choose it: a question, a proof, an answer.

use rand_core::CryptoRng;
use xchat_proto::name::Name;
use xchat_proto::name_proof::{Standing, VerifiedName};

use crate::io::{Event, Tag};
use crate::lookup::{LookupError, NameStanding};
use crate::machine::Machine;
use crate::machine::directory::{Answered, NoAnswer};
use crate::machine::live::Purpose;
use crate::machine::query::{self, Care};
use crate::machine::step::Step;

/// Most questions at a time. People type faster than a network answers; the oldest gives way.
const LOOKUPS_MAX: usize = 16;

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
    if step.live.questions.lookups.len() >= LOOKUPS_MAX
        && let Some((oldest, _)) = step.live.questions.lookups.pop_first()
    {
        answer(step, oldest, Err(LookupError::Superseded));
    }
    step.live.questions.lookups.insert(tag, name.clone());
    query::look_up(step, Purpose::Standing(tag), name, Care::One)?;
    Ok(tag)
}

/// The directory answered. A question that gave way is answered already.
pub(crate) fn answered(step: &mut Step<'_>, tag: Tag, outcome: Result<Box<Answered>, NoAnswer>) {
    if step.live.questions.lookups.remove(&tag).is_none() {
        return;
    }
    let standing = match outcome {
        Ok(answered) => Ok(standing(&answered.name)),
        Err(reason) => Err(reason.into()),
    };
    answer(step, tag, standing);
}

fn standing(verified: &VerifiedName) -> NameStanding {
    match (&verified.similar, verified.standing) {
        (_, Standing::Free) => NameStanding::Free,
        (Some(other), _) => NameStanding::Similar(other.clone()),
        (None, Standing::Held { .. } | Standing::Lapsed { .. }) => NameStanding::Taken,
        (None, Standing::Resting { until_ms }) => NameStanding::Resting { until_ms },
    }
}

fn answer(step: &mut Step<'_>, tag: Tag, standing: Result<NameStanding, LookupError>) {
    step.emit(Event::NameLookedUp { tag, standing });
}
