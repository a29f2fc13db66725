//! Message rows: the history.

use rusqlite::{Connection, OptionalExtension as _, Row};
use xchat_proto::ids::MessageId;
use xchat_proto::keys::PublicKey;
use xchat_proto::name::Name;

use crate::error::MachineError;
use crate::io::{ConversationId, MessageState, MessageView};
use crate::rows::{damaged, id32, signed, unsigned};

/// A message to be stored.
pub(crate) struct NewMessage<'a> {
    pub(crate) conversation: ConversationId,
    pub(crate) device: PublicKey,
    pub(crate) id: MessageId,
    pub(crate) counter: u64,
    pub(crate) clock_ms: u64,
    pub(crate) stored_ms: u64,
    pub(crate) mine: bool,
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
    let state = if message.mine {
        MessageState::Waiting
    } else {
        MessageState::Received
    };
    let mut statement = connection.prepare_cached(
        "INSERT OR IGNORE INTO message
            (conversation, device, message_id, counter, clock_ms, stored_ms, mine, state, content, text)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    let inserted = statement.execute((
        message.conversation.0,
        message.device.0.as_slice(),
        message.id.as_bytes(),
        signed(message.counter),
        signed(message.clock_ms),
        signed(message.stored_ms),
        message.mine,
        state_number(state),
        message.content,
        message.text,
    ))?;
    Ok((inserted > 0).then(|| connection.last_insert_rowid()))
}

const RAISE: &str =
    "UPDATE message SET state = ?3 WHERE conversation = ?1 AND message_id = ?2 AND mine AND state < ?3";
const COUNTER: &str = "SELECT counter FROM message WHERE conversation = ?1 AND message_id = ?2 AND mine";

/// Raises the state of an own message; gives whether it changed.
pub(crate) fn raise_state(
    connection: &Connection,
    conversation: ConversationId,
    id: &MessageId,
    state: MessageState,
) -> Result<bool, MachineError> {
    let mut statement = connection.prepare_cached(RAISE)?;
    Ok(statement.execute((conversation.0, id.as_bytes(), state_number(state)))? > 0)
}

/// Raises the state of own messages after one count and up to another; gives those that changed, oldest first.
pub(crate) fn raise_between(
    connection: &Connection,
    conversation: ConversationId,
    device: &PublicKey,
    (from, to): (u64, u64),
    state: MessageState,
) -> Result<Vec<MessageId>, MachineError> {
    let mut statement = connection.prepare_cached(
        "UPDATE message SET state = ?5
         WHERE conversation = ?1 AND device = ?2 AND counter > ?3 AND counter <= ?4 AND mine AND state < ?5
         RETURNING message_id, counter",
    )?;
    let parameters = (
        conversation.0,
        device.0.as_slice(),
        signed(from),
        signed(to),
        state_number(state),
    );
    let mut changed = statement
        .query_map(parameters, |row| {
            Ok((row.get::<_, i64>(1)?, MessageId(id32(row, 0)?)))
        })?
        .collect::<Result<Vec<_>, _>>()?;
    changed.sort_by_key(|(counter, _)| *counter);
    Ok(changed.into_iter().map(|(_, id)| id).collect())
}

/// Gives an own message that nobody has yet a new device, id, count and content.
pub(crate) fn renumber(
    connection: &Connection,
    conversation: ConversationId,
    before: &MessageId,
    device: &PublicKey,
    (id, counter, content): (&MessageId, u64, &[u8]),
) -> Result<(), MachineError> {
    let mut statement = connection.prepare_cached(
        "UPDATE message SET device = ?3, message_id = ?4, counter = ?5, content = ?6
         WHERE conversation = ?1 AND message_id = ?2 AND mine",
    )?;
    statement.execute((
        conversation.0,
        before.as_bytes(),
        device.0.as_slice(),
        id.as_bytes(),
        signed(counter),
        content,
    ))?;
    Ok(())
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

/// Own messages by count, for sending them again: count, id, content.
pub(crate) fn own_range(
    connection: &Connection,
    conversation: ConversationId,
    device: &PublicKey,
    from: u64,
    to: u64,
) -> Result<Vec<(MessageId, Vec<u8>)>, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT message_id, content FROM message
         WHERE conversation = ?1 AND device = ?2 AND mine AND counter BETWEEN ?3 AND ?4 ORDER BY counter LIMIT 64",
    )?;
    let parameters = (conversation.0, device.0.as_slice(), signed(from), signed(to));
    let rows = statement.query_map(parameters, |row| Ok((MessageId(id32(row, 0)?), row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

const VIEW: &str = "message.id, message.message_id, message.conversation, message.mine, message.text, \
                    message.clock_ms, message.state";

fn view(row: &Row<'_>, own: &Name, peer: &Name) -> rusqlite::Result<MessageView> {
    let mine: bool = row.get(3)?;
    Ok(MessageView {
        row: row.get(0)?,
        id: MessageId(id32(row, 1)?),
        conversation: ConversationId(row.get(2)?),
        from: if mine { own.clone() } else { peer.clone() },
        mine,
        text: row.get(4)?,
        sent_ms: unsigned(row.get(5)?),
        state: state_of(row.get(6)?).ok_or_else(|| damaged(6, "a state"))?,
    })
}

/// One message.
pub(crate) fn by_row(
    connection: &Connection,
    row: i64,
    own: &Name,
    peer: &Name,
) -> Result<Option<MessageView>, MachineError> {
    let sql = format!("SELECT {VIEW} FROM message WHERE id = ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    Ok(statement
        .query_row([row], |row| view(row, own, peer))
        .optional()?)
}

/// The newest `limit` messages that stand before `before` in the conversation's order, oldest first.
pub(crate) fn page(
    connection: &Connection,
    conversation: ConversationId,
    before: Option<i64>,
    limit: usize,
    names: (&Name, &Name),
) -> Result<Vec<MessageView>, MachineError> {
    let order = "ORDER BY message.clock_ms DESC, message.device DESC, message.counter DESC LIMIT ?2";
    let limit = i64::try_from(limit.min(500)).unwrap_or(500);
    let (own, peer) = names;
    let mut views = match before {
        None => {
            let sql = format!("SELECT {VIEW} FROM message WHERE conversation = ?1 {order}");
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map((conversation.0, limit), |row| view(row, own, peer))?;
            rows.collect::<Result<Vec<_>, _>>()?
        }
        Some(before) => {
            let sql = format!(
                "SELECT {VIEW} FROM message WHERE conversation = ?1 AND (clock_ms, device, counter) <
                    (SELECT clock_ms, device, counter FROM message WHERE id = ?3) {order}"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map((conversation.0, limit, before), |row| view(row, own, peer))?;
            rows.collect::<Result<Vec<_>, _>>()?
        }
    };
    views.reverse();
    Ok(views)
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

/// How many messages of a device come after a count.
pub(crate) fn count_after(
    connection: &Connection,
    conversation: ConversationId,
    device: &PublicKey,
    counter: u64,
) -> Result<u64, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT count(*) FROM message WHERE conversation = ?1 AND device = ?2 AND counter > ?3 AND NOT mine",
    )?;
    let count: i64 = statement.query_row((conversation.0, device.0.as_slice(), signed(counter)), |row| {
        row.get(0)
    })?;
    Ok(unsigned(count))
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
mod tests {
    use super::*;
    use crate::database;

    #[test]
    fn an_own_message_is_found_however_long_the_history_is() {
        let connection = database::in_memory().unwrap();
        for sql in [RAISE, COUNTER] {
            let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let plan: String = statement
                .raw_query()
                .next()
                .unwrap()
                .unwrap()
                .get("detail")
                .unwrap();
            assert!(plan.contains("conversation=? AND message_id=?"), "{plan}");
        }
    }
}
