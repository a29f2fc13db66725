//! Receipts: cumulative, coalesced, one for all that came in a moment.

use xchat_proto::codec::Bounded;

use crate::content::{Mark, Part, Receipt};
use crate::error::MachineError;
use crate::io::{ConversationId, Event, MessageState};
use crate::machine::step::Step;
use crate::machine::{blobs, expiry, outgoing, privacy, witness};
use crate::rows::conversation::Conversation;
use crate::rows::member::Member;
use crate::rows::{message, transfer};

/// How long receipts wait for company, in milliseconds.
const DELAY_MS: u64 = 50;

/// A receipt is to be sent soon.
pub(crate) fn due(step: &mut Step<'_>, conversation: ConversationId) -> Result<(), MachineError> {
    let at = step.now_ms.saturating_add(DELAY_MS);
    step.live.receipts_at.entry(conversation).or_insert(at);
    Ok(())
}

/// Sends the receipts whose time has come.
pub(crate) fn wake(step: &mut Step<'_>) -> Result<(), MachineError> {
    let now_ms = step.now_ms;
    let ready: Vec<ConversationId> = step
        .live
        .receipts_at
        .iter()
        .filter(|(_, at)| **at <= now_ms)
        .map(|(id, _)| *id)
        .collect();
    for id in ready {
        step.live.receipts_at.remove(&id);
        if let Some(mut conversation) = Conversation::by_id(step.connection, id)? {
            send(step, &mut conversation)?;
        }
    }
    Ok(())
}

/// Whether a conversation owes its members a receipt.
pub(crate) fn is_owed(step: &Step<'_>, conversation: &Conversation) -> Result<bool, MachineError> {
    let members = Member::all(step.connection, conversation.id)?;
    Ok(members
        .iter()
        .any(|member| member.seen > member.told_seen || member.read > member.told_read))
}

fn send(step: &mut Step<'_>, conversation: &mut Conversation) -> Result<(), MachineError> {
    if !conversation.is_active() {
        return Ok(());
    }
    let privacy = privacy::of(step.connection, conversation)?;
    let mut marks = Vec::new();
    for mut member in Member::all(step.connection, conversation.id)? {
        let (is_here, is_read) = (member.seen > member.told_seen, member.read > member.told_read);
        if (is_here && privacy.delivery) || (is_read && privacy.read) {
            marks.push(Mark {
                device: member.device,
                delivered: if privacy.delivery { member.seen } else { 0 },
                read: if privacy.read { member.read } else { 0 },
            });
        }
        if is_here || is_read {
            // What is not to be told is settled too.
            (member.told_seen, member.told_read) = (member.seen, member.read);
            member.save(step.connection)?;
        }
    }
    if marks.is_empty() {
        return Ok(());
    }
    let seen = witness::to_tell(step, conversation.id)?;
    outgoing::write(
        step,
        conversation,
        Part::Receipt(Receipt {
            marks: Bounded::new(marks)?,
            seen,
        }),
    )?;
    Ok(())
}

/// A member says how far our messages have come with it.
pub(crate) fn received(
    step: &mut Step<'_>,
    conversation: &Conversation,
    member: &mut Member,
    receipt: &Receipt,
) -> Result<(), MachineError> {
    let own = step.account()?.device_key().public();
    let before = reached(step, conversation)?;
    for mark in receipt.marks.as_slice().iter().filter(|mark| mark.device == own) {
        // Nobody has more than was sent.
        member.has = member.has.max(mark.delivered.min(conversation.counter));
        member.has_read = member.has_read.max(mark.read.min(conversation.counter));
    }
    member.save(step.connection)?;
    raise(step, conversation, before)?;
    match &receipt.seen {
        Some(shown) => witness::told(step, shown),
        None => Ok(()),
    }
}

/// How far own messages have come: on all other devices, and read on at least one of them.
pub(crate) fn reached(step: &Step<'_>, conversation: &Conversation) -> Result<(u64, u64), MachineError> {
    let members = Member::all(step.connection, conversation.id)?;
    let theirs = || {
        members
            .iter()
            .filter(|member| member.account == conversation.account)
    };
    let delivered = theirs().map(|member| member.has).min().unwrap_or(0);
    let read = theirs().map(|member| member.has_read).max().unwrap_or(0);
    Ok((delivered, read))
}

/// Raises the states of own messages to how far they have come since `before`.
pub(crate) fn raise(
    step: &mut Step<'_>,
    conversation: &Conversation,
    before: (u64, u64),
) -> Result<(), MachineError> {
    let own = step.account()?.device_key().public();
    let (delivered, read) = reached(step, conversation)?;
    for (from, to, state) in [
        (before.0, delivered, MessageState::Delivered),
        (before.1, read, MessageState::Read),
    ] {
        if to <= from {
            continue;
        }
        let (changed, has_erased) =
            message::raise_between(step.connection, conversation.id, &own, (from, to), state)?;
        if has_erased {
            expiry::scrub(step);
        }
        for id in changed {
            if transfer::is_waited_for(step.connection, conversation.id, &id)? {
                continue;
            }
            step.emit(Event::State {
                conversation: conversation.id,
                id,
                state,
            });
        }
    }
    blobs::let_go(step)
}
