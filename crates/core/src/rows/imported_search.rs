//! The index of messages that were taken over from other messengers: as [`super::search`], with places of their own.
//! Triggers keep it. A row that waits to be put into it anew has a number up to `imported_rest`.

use std::ops::Range;

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::{Connection, OptionalExtension as _};

use crate::error::MachineError;
use crate::io::ImportId;
use crate::words;

/// Gives a connection the function that the triggers call.
pub(crate) fn equip(connection: &Connection) -> rusqlite::Result<()> {
    let flags =
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function("imported_words", 2, flags, imported_words)
}

fn imported_words(context: &Context<'_>) -> rusqlite::Result<String> {
    let conversation: i64 = context.get(0)?;
    let text = context.get_raw(1).as_str().unwrap_or_default();
    let mut all = words::joined(text);
    all.push(' ');
    all.push(words::TAG);
    all.push_str(&in_conversation(ImportId(conversation)));
    Ok(all)
}

/// The tag of the messages of a conversation.
pub(crate) fn in_conversation(conversation: ImportId) -> String {
    format!("i{}", conversation.0)
}

/// Empties the index: its words are made otherwise than before. Gives whether rows wait to be put into it.
pub(crate) fn empty(connection: &Connection) -> Result<bool, MachineError> {
    connection.execute_batch("INSERT INTO imported_search (imported_search) VALUES ('delete-all');")?;
    let rest: i64 = connection.query_row(
        "UPDATE found_state SET imported_rest = (SELECT coalesce(max(id), 0) FROM imported_message)
         RETURNING imported_rest",
        [],
        |row| row.get(0),
    )?;
    Ok(rest > 0)
}

/// The newest row that waits, and with it all that are older; 0 when none does.
pub(crate) fn rest(connection: &Connection) -> Result<i64, MachineError> {
    let mut statement = connection.prepare_cached("SELECT imported_rest FROM found_state")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

/// Puts the newest `count` rows that wait into the index; gives whether more wait.
pub(crate) fn build(connection: &Connection, count: u32) -> Result<bool, MachineError> {
    let rest = rest(connection)?;
    let least: Option<i64> = connection
        .prepare_cached(
            "SELECT min(id) FROM (SELECT id FROM imported_message WHERE id <= ?1 ORDER BY id DESC LIMIT ?2)",
        )?
        .query_row((rest, count), |row| row.get(0))?;
    let Some(least) = least else {
        connection.execute("UPDATE found_state SET imported_rest = 0", [])?;
        return Ok(false);
    };
    connection
        .prepare_cached(
            "INSERT INTO imported_search (rowid, words)
             SELECT place, imported_words(conversation, text) FROM imported_message WHERE id BETWEEN ?1 AND ?2",
        )?
        .execute((least, rest))?;
    connection
        .prepare_cached("UPDATE found_state SET imported_rest = ?1")?
        .execute([least.saturating_sub(1)])?;
    Ok(least > 1)
}

/// The places of the newest `count` entries that fit an expression.
pub(crate) fn newest(
    connection: &Connection,
    expression: &str,
    places: &Range<i64>,
    count: usize,
) -> Result<Vec<i64>, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT rowid FROM imported_search WHERE imported_search MATCH ?1 AND rowid >= ?2 AND rowid < ?3
         ORDER BY rowid DESC LIMIT ?4",
    )?;
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let rows = statement.query_map((expression, places.start, places.end, count), |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The row at a place.
pub(crate) fn at(connection: &Connection, place: i64) -> Result<Option<i64>, MachineError> {
    let mut statement = connection.prepare_cached("SELECT id FROM imported_message WHERE place = ?1")?;
    Ok(statement.query_row([place], |row| row.get(0)).optional()?)
}
