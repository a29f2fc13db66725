//! Message rows: the history.

mod raise;

use rusqlite::{Connection, OptionalExtension as _, Row};
use xchat_proto::ids::{AccountId, MessageId};
use xchat_proto::keys::PublicKey;
use xchat_proto::name::Name;

use crate::error::MachineError;
use crate::io::{ConversationId, MessageState, MessageView, NoticeView, ReactionView, ReplyView};
use crate::rows::{act, answer, attachment, damaged, id32, poll, signed, unsigned};

pub(crate) use raise::{own_state, raise_between, raise_state};

/// How much of a message is shown where it is answered, in letters.
const QUOTE_LETTERS: usize = 200;

/// What a row is. Those from 32 on are counted, and nobody sees them as messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text = 0,
    Files = 1,
    Poll = 2,
    /// What somebody has set for the conversation.
    Notice = 4,
    /// Something that this version doesn't know.
    Unknown = 9,
    Edit = 32,
    Delete = 33,
    Reaction = 34,
    Unreact = 35,
    Vote = 36,
    PollEnd = 37,
    Pin = 38,
    /// What its sender says of themselves.
    Profile = 40,
    /// Something that this version doesn't know, and that isn't for people.
    Hidden = 98,
    /// A place that nothing is shown in: deleted here, before it was sent, or before it came.
    Void = 99,
}

impl Kind {
    pub(crate) fn is_shown(self) -> bool {
        matches!(
            self,
            Self::Text | Self::Files | Self::Poll | Self::Notice | Self::Unknown
        )
    }
}

/// The people of a conversation, as its messages name them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct People<'a> {
    pub(crate) own: &'a Name,
    pub(crate) own_account: &'a AccountId,
    pub(crate) peer: &'a Name,
}

impl People<'_> {
    pub(crate) fn name(&self, is_own: bool) -> Name {
        if is_own {
            self.own.clone()
        } else {
            self.peer.clone()
        }
    }
}

/// A message to be stored.
pub(crate) struct NewMessage<'a> {
    pub(crate) conversation: ConversationId,
    pub(crate) device: PublicKey,
    pub(crate) id: MessageId,
    pub(crate) counter: u64,
    pub(crate) clock_ms: u64,
    pub(crate) stored_ms: u64,
    pub(crate) kind: Kind,
    /// Whose it is; nothing for one's own.
    pub(crate) author: Option<&'a AccountId>,
    /// The message that it is about.
    pub(crate) target: Option<&'a MessageId>,
    pub(crate) is_forwarded: bool,
    pub(crate) content: &'a [u8],
    pub(crate) text: &'a str,
}

fn state_number(state: MessageState) -> i64 {
    match state {
        MessageState::Waiting => 0,
        MessageState::Sent => 1,
        MessageState::Delivered => 2,
        MessageState::Read => 3,
        MessageState::Received => 9,
    }
}

fn state_of(number: i64) -> Option<MessageState> {
    Some(match number {
        0 => MessageState::Waiting,
        1 => MessageState::Sent,
        2 => MessageState::Delivered,
        3 => MessageState::Read,
        9 => MessageState::Received,
        _ => return None,
    })
}

/// Stores a message, unless it is there: (conversation, device, id) is known once. Gives its row when it is new.
pub(crate) fn insert(connection: &Connection, message: &NewMessage<'_>) -> Result<Option<i64>, MachineError> {
    let mine = message.author.is_none();
    let state = if mine {
        MessageState::Waiting
    } else {
        MessageState::Received
    };
    let mut statement = connection.prepare_cached(
        "INSERT OR IGNORE INTO message
            (conversation, device, message_id, counter, clock_ms, stored_ms, mine, state, content, text, kind, author,
             target, is_forwarded)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )?;
    let inserted = statement.execute((
        message.conversation.0,
        message.device.0.as_slice(),
        message.id.as_bytes(),
        signed(message.counter),
        signed(message.clock_ms),
        signed(message.stored_ms),
        mine,
        state_number(state),
        message.content,
        message.text,
        message.kind as i64,
        message.author.map(|author| author.0.as_slice()),
        message.target.map(|target| target.as_bytes().as_slice()),
        message.is_forwarded,
    ))?;
    Ok((inserted > 0).then(|| connection.last_insert_rowid()))
}

const COUNTER: &str = "SELECT counter FROM message WHERE conversation = ?1 AND message_id = ?2 AND mine";

/// Gives an own message that nobody has yet a new device, id, count and content.
pub(crate) fn renumber(
    connection: &Connection,
    conversation: ConversationId,
    before: &MessageId,
    device: &PublicKey,
    (id, target, counter, content): (&MessageId, Option<&MessageId>, u64, &[u8]),
) -> Result<(), MachineError> {
    let mut statement = connection.prepare_cached(
        "UPDATE message SET device = ?3, message_id = ?4, counter = ?5, content = ?6, target = ?7
         WHERE conversation = ?1 AND message_id = ?2 AND mine",
    )?;
    statement.execute((
        conversation.0,
        before.as_bytes(),
        device.0.as_slice(),
        id.as_bytes(),
        signed(counter),
        content,
        target.map(|target| target.as_bytes().as_slice()),
    ))?;
    Ok(())
}

/// Whether nothing is left of a message or an act.
pub(crate) fn is_erased(
    connection: &Connection,
    conversation: ConversationId,
    id: &MessageId,
) -> Result<bool, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT 1 FROM message WHERE conversation = ?1 AND message_id = ?2 AND length(content) = 0",
    )?;
    Ok(statement.exists((conversation.0, id.as_bytes()))?)
}

/// The count of an own message.
pub(crate) fn counter_of(
    connection: &Connection,
    conversation: ConversationId,
    id: &MessageId,
) -> Result<Option<u64>, MachineError> {
    let mut statement = connection.prepare_cached(COUNTER)?;
    let counter = statement
        .query_row((conversation.0, id.as_bytes()), |row| row.get::<_, i64>(0))
        .optional()?;
    Ok(counter.map(unsigned))
}

/// How far a device's messages are here without a gap, starting after `from`.
pub(crate) fn contiguous(
    connection: &Connection,
    conversation: ConversationId,
    device: &PublicKey,
    from: u64,
) -> Result<u64, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT counter FROM message WHERE conversation = ?1 AND device = ?2 AND counter > ?3 ORDER BY counter",
    )?;
    let mut rows = statement.query((conversation.0, device.0.as_slice(), signed(from)))?;
    let mut reached = from;
    while let Some(row) = rows.next()? {
        let counter = unsigned(row.get(0)?);
        if counter > reached.saturating_add(1) {
            break;
        }
        reached = counter;
    }
    Ok(reached)
}

/// The first gap in a device's messages, when there is one: the first and last missing count.
pub(crate) fn first_gap(
    connection: &Connection,
    conversation: ConversationId,
    device: &PublicKey,
    seen: u64,
) -> Result<Option<(u64, u64)>, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT min(counter) FROM message WHERE conversation = ?1 AND device = ?2 AND counter > ?3",
    )?;
    let next: Option<i64> = statement
        .query_row((conversation.0, device.0.as_slice(), signed(seen)), |row| {
            row.get(0)
        })?;
    Ok(next.map(|next| (seen.saturating_add(1), unsigned(next).saturating_sub(1))))
}

/// Own messages by count, for sending them again: id, count, content. Of those that were deleted nothing is left.
pub(crate) fn own_range(
    connection: &Connection,
    conversation: ConversationId,
    device: &PublicKey,
    from: u64,
    to: u64,
) -> Result<Vec<(MessageId, u64, Vec<u8>)>, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT message_id, counter, content FROM message
         WHERE conversation = ?1 AND device = ?2 AND mine AND counter BETWEEN ?3 AND ?4 ORDER BY counter LIMIT 64",
    )?;
    let parameters = (conversation.0, device.0.as_slice(), signed(from), signed(to));
    let rows = statement.query_map(parameters, |row| {
        Ok((MessageId(id32(row, 0)?), unsigned(row.get(1)?), row.get(2)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// An own message waits for as long as its files aren't where the others can have them.
pub(super) const VIEW: &str = "message.id, message.message_id, message.conversation, message.mine, message.text, \
                    message.clock_ms, \
                    CASE WHEN message.mine AND EXISTS (SELECT 1 FROM blob JOIN transfer ON transfer.blob = blob.id \
                        WHERE blob.message = message.id AND transfer.kind = 0 AND transfer.state <> 2) \
                    THEN 0 ELSE message.state END, message.target, message.edited_ms, message.gone, \
                    message.is_forwarded, message.kind, message.timer_s, message.expires_ms, \
                    EXISTS (SELECT 1 FROM star WHERE star.message = message.id), \
                    EXISTS (SELECT 1 FROM pin WHERE pin.message = message.id AND pin.is_shown)";
const ORDER: &str = "ORDER BY message.clock_ms DESC, message.device DESC, message.counter DESC LIMIT ?2";

/// A view, and what it answers.
pub(super) type Read = (MessageView, Option<MessageId>);

pub(super) fn view(row: &Row<'_>, people: &People<'_>) -> rusqlite::Result<Read> {
    let mine: bool = row.get(3)?;
    let target: Option<[u8; 32]> = row.get(7)?;
    let is_notice = row.get::<_, i64>(11)? == Kind::Notice as i64;
    let timer_s: Option<u32> = row.get(12)?;
    let view = MessageView {
        row: row.get(0)?,
        id: MessageId(id32(row, 1)?),
        conversation: ConversationId(row.get(2)?),
        from: people.name(mine),
        mine,
        text: row.get(4)?,
        sent_ms: unsigned(row.get(5)?),
        state: state_of(row.get(6)?).ok_or_else(|| damaged(6, "a state"))?,
        edited_ms: row.get::<_, Option<i64>>(8)?.map(unsigned),
        is_deleted: row.get(9)?,
        is_forwarded: row.get(10)?,
        notice: is_notice.then(|| NoticeView::Timer(timer_s.filter(|timer_s| *timer_s > 0))),
        timer_s: timer_s.filter(|_| !is_notice),
        expires_ms: row.get::<_, Option<i64>>(13)?.map(unsigned),
        is_starred: row.get(14)?,
        is_pinned: row.get(15)?,
        reply: None,
        reactions: Vec::new(),
        files: Vec::new(),
        poll: None,
        answers: Vec::new(),
    };
    Ok((view, target.map(MessageId)))
}

/// What stands in other rows.
pub(super) fn whole(
    connection: &Connection,
    people: &People<'_>,
    (mut view, target): Read,
) -> Result<MessageView, MachineError> {
    if view.is_deleted {
        return Ok(view);
    }
    if let Some(target) = target {
        view.reply = Some(quote(connection, people, view.conversation, &target)?);
    }
    view.files = attachment::of_message(connection, view.row)?;
    view.poll = poll::view(connection, view.row, people)?;
    view.answers = answer::of_message(connection, view.row)?;
    for (emoji, account) in act::reactions(connection, view.row)? {
        let mine = account == *people.own_account;
        match view.reactions.last_mut().filter(|last| last.emoji == emoji) {
            Some(last) => {
                last.names.push(people.name(mine));
                last.mine |= mine;
            }
            None => view.reactions.push(ReactionView {
                emoji,
                names: vec![people.name(mine)],
                mine,
            }),
        }
    }
    Ok(view)
}

fn quote(
    connection: &Connection,
    people: &People<'_>,
    conversation: ConversationId,
    id: &MessageId,
) -> Result<ReplyView, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, mine, text, gone FROM message WHERE conversation = ?1 AND message_id = ?2 AND kind < 32",
    )?;
    let found = statement
        .query_row((conversation.0, id.as_bytes()), |row| {
            let text: String = row.get(2)?;
            Ok(ReplyView {
                row: Some(row.get(0)?),
                file: None,
                from: Some(people.name(row.get(1)?)),
                text: text.chars().take(QUOTE_LETTERS).collect(),
                is_deleted: row.get(3)?,
            })
        })
        .optional()?;
    let mut quote: ReplyView = found.unwrap_or_default();
    if let Some(row) = quote.row {
        quote.file = attachment::first_kind(connection, row)?;
    }
    Ok(quote)
}

/// One message.
pub(crate) fn by_row(
    connection: &Connection,
    row: i64,
    people: &People<'_>,
) -> Result<Option<MessageView>, MachineError> {
    let sql = format!("SELECT {VIEW} FROM message WHERE id = ?1 AND kind < 32");
    let mut statement = connection.prepare_cached(&sql)?;
    let found = statement.query_row([row], |row| view(row, people)).optional()?;
    found.map(|read| whole(connection, people, read)).transpose()
}

/// The newest `limit` messages that stand before `before` in the conversation's order, oldest first.
pub(crate) fn page(
    connection: &Connection,
    conversation: ConversationId,
    before: Option<i64>,
    limit: usize,
    people: &People<'_>,
) -> Result<Vec<MessageView>, MachineError> {
    let limit = i64::try_from(limit.min(500)).unwrap_or(500);
    let read = |row: &Row<'_>| view(row, people);
    let mut found: Vec<Read> = match before {
        None => {
            let sql = format!("SELECT {VIEW} FROM message WHERE conversation = ?1 AND kind < 32 {ORDER}");
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map((conversation.0, limit), read)?;
            rows.collect::<Result<_, _>>()?
        }
        Some(before) => {
            let sql = format!(
                "SELECT {VIEW} FROM message WHERE conversation = ?1 AND kind < 32 AND (clock_ms, device, counter) <
                    (SELECT clock_ms, device, counter FROM message WHERE id = ?3) {ORDER}"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map((conversation.0, limit, before), read)?;
            rows.collect::<Result<_, _>>()?
        }
    };
    found.reverse();
    found
        .into_iter()
        .map(|read| whole(connection, people, read))
        .collect()
}

/// The sending device and count of a received message.
pub(crate) fn received(
    connection: &Connection,
    conversation: ConversationId,
    row: i64,
) -> Result<Option<(PublicKey, u64)>, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT device, counter FROM message WHERE id = ?1 AND conversation = ?2 AND NOT mine",
    )?;
    let found = statement
        .query_row((row, conversation.0), |row| {
            Ok((PublicKey(id32(row, 0)?), unsigned(row.get(1)?)))
        })
        .optional()?;
    Ok(found)
}

/// How many messages of a device come after a count, and how many of them people can read.
pub(crate) fn count_after(
    connection: &Connection,
    conversation: ConversationId,
    device: &PublicKey,
    counter: u64,
) -> Result<(u64, u64), MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT count(*), count(*) FILTER (WHERE kind < 32 AND kind <> 4 AND gone = 0) FROM message
         WHERE conversation = ?1 AND device = ?2 AND counter > ?3 AND NOT mine",
    )?;
    let parameters = (conversation.0, device.0.as_slice(), signed(counter));
    let counts = statement.query_row(parameters, |row| {
        Ok((unsigned(row.get(0)?), unsigned(row.get(1)?)))
    })?;
    Ok(counts)
}

/// Of the messages of a device after a count that people can read, the one that it wrote first: its clock and its row.
pub(crate) fn first_after(
    connection: &Connection,
    conversation: ConversationId,
    device: &PublicKey,
    counter: u64,
) -> Result<Option<(u64, i64)>, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT clock_ms, id FROM message
         WHERE conversation = ?1 AND device = ?2 AND counter > ?3 AND NOT mine AND kind < 32 AND kind <> 4 AND gone = 0
         ORDER BY counter LIMIT 1",
    )?;
    let parameters = (conversation.0, device.0.as_slice(), signed(counter));
    let first = statement
        .query_row(parameters, |row| Ok((unsigned(row.get(0)?), row.get(1)?)))
        .optional()?;
    Ok(first)
}

/// The highest count of a device.
pub(crate) fn highest(
    connection: &Connection,
    conversation: ConversationId,
    device: &PublicKey,
) -> Result<u64, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT coalesce(max(counter), 0) FROM message WHERE conversation = ?1 AND device = ?2",
    )?;
    let highest: i64 = statement.query_row((conversation.0, device.0.as_slice()), |row| row.get(0))?;
    Ok(unsigned(highest))
}

#[cfg(test)]
mod tests;
