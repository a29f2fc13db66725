//! Answers that a message offers to its readers.

use rusqlite::Connection;

use crate::error::MachineError;

/// Stores what a message offers.
pub(crate) fn insert(connection: &Connection, row: i64, answers: &[String]) -> Result<(), MachineError> {
    let mut statement =
        connection.prepare_cached("INSERT INTO answer (message, place, text) VALUES (?1, ?2, ?3)")?;
    for (answer, place) in answers.iter().zip(0_i64..) {
        statement.execute((row, place, answer))?;
    }
    Ok(())
}

/// What a message offers, in its order.
pub(crate) fn of_message(connection: &Connection, row: i64) -> Result<Vec<String>, MachineError> {
    let mut statement =
        connection.prepare_cached("SELECT text FROM answer WHERE message = ?1 ORDER BY place")?;
    Ok(statement
        .query_map([row], |row| row.get(0))?
        .collect::<Result<_, _>>()?)
}

/// A message offers nothing any more.
pub(crate) fn remove(connection: &Connection, row: i64) -> Result<(), MachineError> {
    let mut statement = connection.prepare_cached("DELETE FROM answer WHERE message = ?1")?;
    statement.execute([row])?;
    Ok(())
}
