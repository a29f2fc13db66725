//! What a device may lack without knowing: entries of a log are gone, and with them any trace of what was in them.
//!
//! Every other device is asked for all that it has sent since what is known here. It sends the first of it and the
//! newest, so that the gap between shows and is asked for in turn.

use xchat_proto::keys::PublicKey;

use crate::content::{Content, Part, Resend};
use crate::error::MachineError;
use crate::io::ConversationId;
use crate::machine::live::Retry;
use crate::machine::outgoing;
use crate::machine::step::Step;
use crate::rows::conversation::Conversation;
use crate::rows::member::Member;
use crate::rows::outbox;

/// The pauses between two questions, in milliseconds. A home can make a device ask, and must not make it ask on and on.
const AGAIN_FIRST_MS: u64 = 60_000;
const AGAIN_MOST_MS: u64 = 10 * 60 * 1000;

/// Asks for all that may be missing: now, or in a while when it was asked for before.
pub(crate) fn ask(step: &mut Step<'_>, conversation: &mut Conversation) -> Result<(), MachineError> {
    let chance = u32::from_be_bytes(step.random());
    let before = step.live.lacking.get(&conversation.id).copied();
    let next = match before {
        None => Retry {
            at_ms: u64::MAX,
            attempt: 0,
        },
        Some(asked) if asked.at_ms == u64::MAX => {
            asked.after(step.now_ms, AGAIN_FIRST_MS, AGAIN_MOST_MS, chance)
        }
        Some(_) => return Ok(()),
    };
    step.live.lacking.insert(conversation.id, next);
    match before {
        None => write(step, conversation),
        Some(_) => Ok(()),
    }
}

/// Asks where it is time.
pub(crate) fn wake(step: &mut Step<'_>) -> Result<(), MachineError> {
    let now_ms = step.now_ms;
    let mut due: Vec<ConversationId> = Vec::new();
    for (id, retry) in &mut step.live.lacking {
        if retry.at_ms <= now_ms {
            retry.at_ms = u64::MAX;
            due.push(*id);
        }
    }
    for id in due {
        if let Some(mut conversation) = Conversation::by_id(step.connection, id)? {
            write(step, &mut conversation)?;
        }
    }
    Ok(())
}

/// The devices to which such a question is on its way.
fn waiting(step: &Step<'_>, conversation: &Conversation) -> Result<Vec<PublicKey>, MachineError> {
    let contents = outbox::contents(step.connection, conversation.id)?;
    let asked = contents
        .iter()
        .filter_map(|bytes| match Content::decode(bytes).ok()?.part {
            Part::Resend(resend) if resend.to == u64::MAX => Some(resend.device),
            _ => None,
        });
    Ok(asked.collect())
}

fn write(step: &mut Step<'_>, conversation: &mut Conversation) -> Result<(), MachineError> {
    let waiting = waiting(step, conversation)?;
    for member in Member::all(step.connection, conversation.id)? {
        if waiting.contains(&member.device) {
            continue;
        }
        let part = Part::Resend(Resend {
            device: member.device,
            from: member.seen.saturating_add(1),
            to: u64::MAX,
        });
        outgoing::write(step, conversation, part)?;
    }
    Ok(())
}
