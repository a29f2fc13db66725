//! Acts on messages, as they come in: each is stored like a message, and what is shown of its target is worked out anew
//! from all of them. Whichever of them comes first, the end is the same (ACT-01).

use std::borrow::Cow;

use rusqlite::Connection;
use xchat_proto::ids::{AccountId, MessageId};

use crate::acts::{Act, Deed, Shown, reduce};
use crate::content::{Content, Part};
use crate::error::MachineError;
use crate::io::Event;
use crate::limits::WORD_AHEAD_MS_MAX;
use crate::machine::step::Step;
use crate::machine::{blobs, expiry, pins, views};
use crate::rows::act::{self, Item, Left, StoredAct};
use crate::rows::conversation::Conversation;
use crate::rows::message::Kind;
use crate::rows::{answer, pin, poll};

/// What row a counted content becomes, and which message it is about.
pub(crate) fn kind(content: &Content) -> (Kind, Option<MessageId>) {
    match (&content.part, content.replaces, content.in_reply_to) {
        (Part::Text(_), None, target) => (Kind::Text, target),
        (Part::Text(_), target @ Some(_), _) => (Kind::Edit, target),
        (Part::Files(_), None, target) => (Kind::Files, target),
        (Part::Poll(_), None, target) => (Kind::Poll, target),
        (Part::Vote(_), None, target @ Some(_)) => (Kind::Vote, target),
        (Part::PollEnd, None, target @ Some(_)) => (Kind::PollEnd, target),
        (Part::Reaction(_), None, target @ Some(_)) => (Kind::Reaction, target),
        (Part::Void, Some(_), target @ Some(_)) => (Kind::Unreact, target),
        (Part::Void, target @ Some(_), None) => (Kind::Delete, target),
        (Part::Setting(_), None, None) => (Kind::Notice, None),
        (Part::Pin(_), None, target @ Some(_)) => (Kind::Pin, target),
        (Part::Profile(_), None, None) => (Kind::Profile, None),
        (Part::Unknown { is_shown: true, .. }, None, target) => (Kind::Unknown, target),
        _ => (Kind::Hidden, None),
    }
}

/// The text of a row of this kind before anything was done to it; empty when it shows none.
pub(crate) fn text(content: &Content, kind: Kind) -> Cow<'_, str> {
    match &content.part {
        Part::Text(text) if kind.is_shown() => Cow::Borrowed(text),
        Part::Setting(setting) if kind.is_shown() => match setting.timer_s {
            Some(timer_s) => format!("[Messages disappear {} after they are read]", span(timer_s)).into(),
            None => Cow::Borrowed("[Messages stay]"),
        },
        Part::Files(files) if kind.is_shown() => Cow::Borrowed(&files.caption),
        Part::Poll(poll) if kind.is_shown() => poll.text().into(),
        Part::Unknown { kind: unknown, .. } if kind.is_shown() => {
            format!("[This message needs a newer version of X Chat: {unknown}]").into()
        }
        _ => Cow::Borrowed(""),
    }
}

/// A time in words, for those who are shown nothing better.
fn span(seconds: u32) -> String {
    let units = [
        ("weeks", 604_800),
        ("days", 86_400),
        ("hours", 3600),
        ("minutes", 60),
    ];
    let fitting = units
        .iter()
        .find(|(_, length)| seconds.is_multiple_of(*length) && seconds / length > 1);
    match fitting {
        Some((unit, length)) => format!("{} {unit}", seconds / length),
        None => format!("{seconds} seconds"),
    }
}

/// Keeps what a message asks its readers, when it has come to a row.
pub(crate) fn asked(connection: &Connection, row: i64, content: &Content) -> Result<(), MachineError> {
    match &content.part {
        Part::Poll(poll) => poll::insert(connection, row, poll),
        Part::Text(_) | Part::Files(_) => answer::insert(connection, row, &content.answers),
        _ => Ok(()),
    }
}

/// What a stored act does, unless nothing is left of it.
fn deed(stored: &StoredAct) -> Option<Deed> {
    let content = Content::decode(&stored.content).ok()?;
    Some(match (content.part, content.replaces, content.in_reply_to) {
        (Part::Text(text), Some(_), _) => Deed::Edit(text),
        (Part::Reaction(emoji), None, Some(_)) => Deed::React(emoji),
        (Part::Void, Some(reaction), Some(_)) => Deed::Unreact(reaction),
        (Part::Void, Some(_), None) => Deed::Delete,
        (Part::Pin(pin), None, Some(_)) => Deed::Pin(pin.is_on),
        (Part::Vote(vote), None, Some(_)) => Deed::Vote(vote.choices.as_slice().iter().copied().collect()),
        (Part::PollEnd, None, Some(_)) => Deed::End,
        _ => return None,
    })
}

/// All acts on a message.
pub(crate) fn on(connection: &Connection, own: &AccountId, item: &Item) -> Result<Vec<Act>, MachineError> {
    let stored = act::on(connection, item.conversation, &item.id)?;
    let acts = stored.iter().filter_map(|stored| {
        let deed = deed(stored)?;
        let latest_ms = stored.stored_ms.saturating_add(WORD_AHEAD_MS_MAX);
        Some(Act {
            id: stored.id,
            account: stored.author.unwrap_or(*own),
            device: stored.device,
            counter: stored.counter,
            clock_ms: match deed {
                // Everybody has a word here: none is the last because of a clock alone.
                Deed::Pin(_) => stored.clock_ms.min(latest_ms),
                _ => stored.clock_ms,
            },
            deed,
        })
    });
    Ok(acts.collect())
}

/// Something has come that is, or is about, a message: shows it as it is now, and says whether that is new.
pub(crate) fn settle(
    step: &mut Step<'_>,
    conversation: &Conversation,
    id: &MessageId,
) -> Result<bool, MachineError> {
    let Some(item) = Item::by_id(step.connection, conversation.id, id)? else {
        return Ok(false);
    };
    if item.is_gone {
        // Nothing of what came later is kept.
        let is_kept = item.is_removed && !item.content.is_empty();
        let left = if is_kept { Left::Content } else { Left::Place };
        act::forget(step.connection, &item, left)?;
        expiry::scrub(step);
        return Ok(false);
    }
    let own = step.account()?.id();
    let shown = reduce(&item.author.unwrap_or(own), &on(step.connection, &own, &item)?);
    if shown.is_deleted {
        expiry::silence_acts(step, &item)?;
        if act::erase(step.connection, &item, Left::Trace)? {
            pins::arrange(step, item.conversation, item.row)?;
        }
        blobs::erased(step, item.row)?;
        expiry::scrub(step);
        return Ok(true);
    }
    show(step, &item, shown)
}

fn show(step: &mut Step<'_>, item: &Item, shown: Shown) -> Result<bool, MachineError> {
    let mut is_new = act::set_reactions(step.connection, item.row, &shown.reactions)?;
    if let Some((text, edited_ms)) = shown.edited
        && item.has_text
        && (text != item.text || Some(edited_ms) != item.edited_ms)
    {
        act::show(step.connection, item.row, &text, Some(edited_ms))?;
        is_new = true;
    }
    if item.is_poll {
        is_new |= poll::set(step.connection, item.row, &shown.votes, shown.is_ended)?;
    }
    let pinned = shown.pinned.filter(|_| !item.is_notice);
    if pin::set(step.connection, item.conversation, item.row, pinned)? {
        pins::arrange(step, item.conversation, item.row)?;
        is_new = true;
    }
    Ok(is_new)
}

/// A counted content of a kind is stored: what it is about may read otherwise now.
pub(crate) fn stored(
    step: &mut Step<'_>,
    conversation: &Conversation,
    (kind, target): (Kind, Option<MessageId>),
) -> Result<(), MachineError> {
    let Some(target) = target.filter(|_| !kind.is_shown()) else {
        return Ok(());
    };
    if settle(step, conversation, &target)? {
        tell(step, conversation, &target)?;
    }
    Ok(())
}

/// Says how a message reads now.
pub(crate) fn tell(
    step: &mut Step<'_>,
    conversation: &Conversation,
    id: &MessageId,
) -> Result<(), MachineError> {
    let Some(item) = Item::by_id(step.connection, conversation.id, id)? else {
        return Ok(());
    };
    if let Some(view) = views::message(step, conversation, item.row)? {
        step.emit(Event::Changed(view));
    }
    Ok(())
}

/// Takes a message out of this device's history.
pub(crate) fn remove(step: &mut Step<'_>, item: &Item, left: Left) -> Result<(), MachineError> {
    erase(step, item, left)?;
    step.emit(Event::Removed {
        conversation: item.conversation,
        row: item.row,
    });
    Ok(())
}

/// Leaves nothing of a message but what is said, with its files.
pub(crate) fn erase(step: &mut Step<'_>, item: &Item, left: Left) -> Result<(), MachineError> {
    if act::erase(step.connection, item, left)? {
        pins::arrange(step, item.conversation, item.row)?;
    }
    match left {
        Left::Content => blobs::kept_for_others(step),
        Left::Trace | Left::Place => blobs::gone_here(step, item.row)?,
    }
    expiry::scrub(step);
    Ok(())
}
