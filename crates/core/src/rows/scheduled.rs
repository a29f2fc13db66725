//! Texts that wait for their time.

use rusqlite::{Connection, OptionalExtension as _, Row};

use crate::error::MachineError;
use crate::io::{ConversationId, ScheduledView};
use crate::rows::{signed, unsigned};

const COLUMNS: &str = "id, conversation, due_ms, text, reply_to, timer_s, refusal";

fn read(row: &Row<'_>) -> rusqlite::Result<ScheduledView> {
    Ok(ScheduledView {
        id: row.get(0)?,
        conversation: ConversationId(row.get(1)?),
        due_ms: unsigned(row.get(2)?),
        text: row.get(3)?,
        reply_to: row.get(4)?,
        timer_s: row.get(5)?,
        refusal: row.get(6)?,
    })
}

/// Stores one, and gives it its number, which is never used again.
pub(crate) fn insert(connection: &Connection, wish: &mut ScheduledView) -> Result<(), MachineError> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO scheduled (conversation, due_ms, text, reply_to, timer_s) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    statement.execute((
        wish.conversation.0,
        signed(wish.due_ms),
        &wish.text,
        wish.reply_to,
        wish.timer_s,
    ))?;
    wish.id = connection.last_insert_rowid();
    Ok(())
}

/// All of them, the earliest first.
pub(crate) fn all(connection: &Connection) -> Result<Vec<ScheduledView>, MachineError> {
    let sql = format!("SELECT {COLUMNS} FROM scheduled ORDER BY due_ms, id");
    let mut statement = connection.prepare_cached(&sql)?;
    Ok(statement.query_map([], read)?.collect::<Result<_, _>>()?)
}

/// How many there are.
pub(crate) fn count(connection: &Connection) -> Result<u64, MachineError> {
    let mut statement = connection.prepare_cached("SELECT count(*) FROM scheduled")?;
    Ok(unsigned(statement.query_row([], |row| row.get(0))?))
}

/// The one whose time came first.
pub(crate) fn due(connection: &Connection, now_ms: u64) -> Result<Option<ScheduledView>, MachineError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM scheduled WHERE refusal IS NULL AND due_ms <= ?1 ORDER BY due_ms, id LIMIT 1"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    Ok(statement.query_row([signed(now_ms)], read).optional()?)
}

/// When the next is due.
pub(crate) fn next(connection: &Connection) -> Result<Option<u64>, MachineError> {
    let mut statement =
        connection.prepare_cached("SELECT min(due_ms) FROM scheduled WHERE refusal IS NULL")?;
    let next: Option<i64> = statement.query_row([], |row| row.get(0))?;
    Ok(next.map(unsigned))
}

/// The one of a number.
pub(crate) fn by_id(connection: &Connection, id: i64) -> Result<Option<ScheduledView>, MachineError> {
    let sql = format!("SELECT {COLUMNS} FROM scheduled WHERE id = ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    Ok(statement.query_row([id], read).optional()?)
}

/// Keeps another text and another time; it waits again.
pub(crate) fn update(connection: &Connection, wish: &ScheduledView) -> Result<(), MachineError> {
    let mut statement = connection
        .prepare_cached("UPDATE scheduled SET text = ?2, due_ms = ?3, refusal = NULL WHERE id = ?1")?;
    statement.execute((wish.id, &wish.text, signed(wish.due_ms)))?;
    Ok(())
}

/// Keeps why one was not sent.
pub(crate) fn refuse(connection: &Connection, id: i64, why: &str) -> Result<(), MachineError> {
    let mut statement = connection.prepare_cached("UPDATE scheduled SET refusal = ?2 WHERE id = ?1")?;
    statement.execute((id, why))?;
    Ok(())
}

/// Takes one out; gives where it was to go, when it was there.
pub(crate) fn remove(connection: &Connection, id: i64) -> Result<Option<ConversationId>, MachineError> {
    let mut statement =
        connection.prepare_cached("DELETE FROM scheduled WHERE id = ?1 RETURNING conversation")?;
    let found = statement.query_row([id], |row| row.get(0).map(ConversationId));
    Ok(found.optional()?)
}

/// Takes out all of a conversation.
pub(crate) fn remove_all(connection: &Connection, conversation: ConversationId) -> Result<(), MachineError> {
    connection
        .prepare_cached("DELETE FROM scheduled WHERE conversation = ?1")?
        .execute([conversation.0])?;
    Ok(())
}
