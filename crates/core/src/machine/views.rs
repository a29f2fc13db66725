//! Views: what people see, read from the rows.

use crate::error::MachineError;
use crate::io::{ConversationView, Event, MessageView};
use crate::machine::incoming::names;
use crate::machine::live::Live;
use crate::machine::step::Step;
use crate::machine::{chats, files, privacy, safety};
use crate::rows::chat::Chat;
use crate::rows::conversation::Conversation;
use crate::rows::member::Member;
use crate::rows::message::People;
use crate::rows::{message, profile, request};
use rusqlite::Connection;
use xchat_proto::ids::AccountId;
use xchat_proto::name::Name;

/// One message.
pub(crate) fn message(
    step: &Step<'_>,
    conversation: &Conversation,
    row: i64,
) -> Result<Option<MessageView>, MachineError> {
    let (own, peer) = names(step, conversation)?;
    let own_account = step.account()?.id();
    let people = People {
        own: &own,
        own_account: &own_account,
        peer: &peer,
    };
    let mut found = message::by_row(step.connection, row, &people)?;
    if let Some(view) = &mut found {
        files::stand(step.connection, step.live, view)?;
    }
    Ok(found)
}

/// Says that a conversation changed.
pub(crate) fn changed(step: &mut Step<'_>, conversation: &Conversation) -> Result<(), MachineError> {
    let (own, _) = names(step, conversation)?;
    let account = step.account()?.id();
    let view = self::conversation(step.connection, step.live, conversation, (&own, &account))?;
    step.emit(Event::Conversation(Box::new(view)));
    Ok(())
}

/// Whether the other person has accepted a conversation, as far as is known here; or this account has.
pub(crate) fn is_accepted(
    connection: &Connection,
    conversation: &Conversation,
    own_account: &AccountId,
) -> Result<bool, MachineError> {
    if conversation.is_note(own_account) || request::was_received(connection, &conversation.log)? {
        return Ok(true);
    }
    for member in Member::all(connection, conversation.id)? {
        // Only a device that has joined says where it is, what it has, or anything at all.
        if member.endpoint.is_some()
            || member.has > 0
            || message::highest(connection, conversation.id, &member.device)? > 0
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A conversation as people see it.
pub(crate) fn conversation(
    connection: &Connection,
    live: &Live,
    conversation: &Conversation,
    (own, own_account): (&Name, &AccountId),
) -> Result<ConversationView, MachineError> {
    let id = conversation.id;
    let (mut unread, mut missing) = (0_u64, 0_u64);
    let mut first_unread = None;
    let (mut online, mut typing, mut direct) = (false, false, false);
    let is_note = conversation.is_note(own_account);
    let goes_directly = privacy::of(connection, conversation)?.delivery;
    for member in Member::all(connection, id)? {
        let (_, to_read) = message::count_after(connection, id, &member.device, member.read)?;
        unread = unread.saturating_add(to_read);
        if to_read > 0 {
            let first = message::first_after(connection, id, &member.device, member.read)?;
            first_unread = first.into_iter().chain(first_unread).min();
        }
        let (beyond, _) = message::count_after(connection, id, &member.device, member.seen)?;
        let highest = message::highest(connection, id, &member.device)?;
        missing = missing.saturating_add(highest.saturating_sub(member.seen).saturating_sub(beyond));
        direct |= goes_directly
            && member
                .endpoint
                .is_some_and(|endpoint| live.peers.contains(&endpoint.id));
        if let Some(presence) = live.presence.get(&(id, member.device)) {
            online |= presence.online_until_ms > 0;
            typing |= presence.typing_until_ms > 0;
        }
    }
    let people = People {
        own,
        own_account,
        peer: &conversation.peer,
    };
    let chat = Chat::of(connection, id)?;
    let mut last = message::page(connection, id, None, 1, &people)?.pop();
    if let Some(last) = &mut last {
        files::stand(connection, live, last)?;
    }
    Ok(ConversationView {
        id,
        peer: conversation.peer.clone(),
        state: conversation.state,
        trouble: conversation.trouble.clone(),
        unread,
        first_unread: first_unread.map(|(_, row)| row),
        last,
        online: online || direct,
        typing,
        direct,
        missing,
        account: conversation.account,
        is_note,
        is_accepted: is_accepted(connection, conversation, own_account)?,
        profile: match is_note {
            true => None,
            false => profile::view(connection, &conversation.account)?,
        },
        timer_s: chat.timer_s,
        settings: chats::view(connection, conversation, &chat)?,
        verification: safety::verification(connection, conversation)?,
        change: safety::change(connection, conversation)?,
    })
}
