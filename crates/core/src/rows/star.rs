//! Stars that the user has put on messages.

use rusqlite::Connection;

use crate::error::MachineError;
use crate::rows::signed;

/// Puts a star on a message, or takes it away.
pub(crate) fn set(connection: &Connection, row: i64, is_on: bool, now_ms: u64) -> Result<(), MachineError> {
    if is_on {
        connection
            .prepare_cached("INSERT OR IGNORE INTO star (message, at_ms) VALUES (?1, ?2)")?
            .execute((row, signed(now_ms)))?;
    } else {
        connection
            .prepare_cached("DELETE FROM star WHERE message = ?1")?
            .execute([row])?;
    }
    Ok(())
}

/// Messages with a star before a row, the newest row first, with their conversations.
pub(crate) fn before(
    connection: &Connection,
    row: Option<i64>,
    limit: usize,
) -> Result<Vec<(i64, i64)>, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT message.id, message.conversation FROM star JOIN message ON message.id = star.message
         WHERE star.message < ?1 ORDER BY star.message DESC LIMIT ?2",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map((row.unwrap_or(i64::MAX), limit), |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
