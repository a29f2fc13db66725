//! When messages disappear.

use rusqlite::{Connection, OptionalExtension as _};
use xchat_proto::ids::MessageId;
use xchat_proto::keys::PublicKey;

use crate::error::MachineError;
use crate::io::ConversationId;
use crate::rows::{id32, signed, unsigned};

const NEXT: &str = "SELECT min(expires_ms) FROM message WHERE expires_ms IS NOT NULL";
const DUE: &str =
    "SELECT id, conversation, kind < 32 FROM message WHERE expires_ms <= ?1 ORDER BY expires_ms LIMIT ?2";
/// Most that disappear in one step.
const BATCH: usize = 200;

/// Something whose time is over.
pub(crate) struct Due {
    pub(crate) row: i64,
    pub(crate) conversation: ConversationId,
    /// Whether people see it as a message.
    pub(crate) is_shown: bool,
}

/// Sets when a row disappears.
pub(crate) fn set(connection: &Connection, row: i64, timer_s: u32, end_ms: u64) -> Result<(), MachineError> {
    let mut statement =
        connection.prepare_cached("UPDATE message SET timer_s = ?2, expires_ms = ?3 WHERE id = ?1")?;
    statement.execute((row, timer_s, signed(end_ms)))?;
    Ok(())
}

/// Keeps what a row says is set.
pub(crate) fn note(connection: &Connection, row: i64, timer_s: u32) -> Result<(), MachineError> {
    let mut statement = connection.prepare_cached("UPDATE message SET timer_s = ?2 WHERE id = ?1")?;
    statement.execute((row, timer_s))?;
    Ok(())
}

/// A device's messages after one count and up to another have been read: the clocks of those that disappear start.
/// Gives their rows.
pub(crate) fn start(
    connection: &Connection,
    conversation: ConversationId,
    device: &PublicKey,
    (from, to): (u64, u64),
    now_ms: u64,
) -> Result<Vec<i64>, MachineError> {
    let mut statement = connection.prepare_cached(
        "UPDATE message SET expires_ms = min(expires_ms, ?5 + timer_s * 1000)
         WHERE conversation = ?1 AND device = ?2 AND counter > ?3 AND counter <= ?4 AND kind < 32
            AND expires_ms IS NOT NULL RETURNING id",
    )?;
    let parameters = (
        conversation.0,
        device.0.as_slice(),
        signed(from),
        signed(to),
        signed(now_ms),
    );
    let rows = statement.query_map(parameters, |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// When the next disappears.
pub(crate) fn next(connection: &Connection) -> Result<Option<u64>, MachineError> {
    let mut statement = connection.prepare_cached(NEXT)?;
    let next: Option<i64> = statement.query_row([], |row| row.get(0))?;
    Ok(next.map(unsigned))
}

/// What is to disappear now, a step's worth of it.
pub(crate) fn due(connection: &Connection, now_ms: u64) -> Result<Vec<Due>, MachineError> {
    let mut statement = connection.prepare_cached(DUE)?;
    let limit = i64::try_from(BATCH).unwrap_or(i64::MAX);
    let rows = statement.query_map((signed(now_ms), limit), |row| {
        Ok(Due {
            row: row.get(0)?,
            conversation: ConversationId(row.get(1)?),
            is_shown: row.get(2)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Leaves nothing of an act but its place.
pub(crate) fn empty(connection: &Connection, row: i64) -> Result<(), MachineError> {
    let mut statement =
        connection.prepare_cached("UPDATE message SET content = x'', expires_ms = NULL WHERE id = ?1")?;
    statement.execute([row])?;
    Ok(())
}

/// An own message or act by its row: id and count.
pub(crate) fn own(connection: &Connection, row: i64) -> Result<Option<(MessageId, u64)>, MachineError> {
    let mut statement =
        connection.prepare_cached("SELECT message_id, counter FROM message WHERE id = ?1 AND mine")?;
    let found = statement.query_row([row], |row| Ok((MessageId(id32(row, 0)?), unsigned(row.get(1)?))));
    Ok(found.optional()?)
}

/// Own edits of and reactions to a message: ids and counts.
pub(crate) fn own_acts(
    connection: &Connection,
    conversation: ConversationId,
    target: &MessageId,
) -> Result<Vec<(MessageId, u64)>, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT message_id, counter FROM message
         WHERE conversation = ?1 AND target = ?2 AND kind BETWEEN 32 AND 63 AND kind <> 33 AND mine",
    )?;
    let rows = statement.query_map((conversation.0, target.as_bytes()), |row| {
        Ok((MessageId(id32(row, 0)?), unsigned(row.get(1)?)))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database;

    #[test]
    fn what_is_due_is_found_however_long_the_history_is() {
        let connection = database::in_memory().unwrap();
        for sql in [NEXT, DUE] {
            let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let plan: String = statement
                .raw_query()
                .next()
                .unwrap()
                .unwrap()
                .get("detail")
                .unwrap();
            assert!(plan.contains("message_expiry"), "{plan}");
        }
    }
}
