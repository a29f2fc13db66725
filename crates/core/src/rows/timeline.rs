//! Pages of a conversation's messages, from anywhere in it.

use rusqlite::{Connection, OptionalExtension as _, Params};

use crate::error::MachineError;
use crate::io::{ConversationId, MessageView};
use crate::rows::message::{People, VIEW, view, whole};
use crate::rows::signed;

const SHOWN: &str = "FROM message WHERE conversation = ?1 AND kind < 32 AND";
const HERE: &str = "(SELECT clock_ms, device, counter FROM message WHERE id = ?3)";
const OLDEST_FIRST: &str = "ORDER BY clock_ms, device, counter LIMIT ?2";

/// Whether a conversation has, or had, a message in a row.
pub(crate) fn holds(
    connection: &Connection,
    conversation: ConversationId,
    row: i64,
) -> Result<bool, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT 1 FROM message WHERE id = ?1 AND conversation = ?2 AND (kind < 32 OR kind = 99)",
    )?;
    let found: Option<i64> = statement
        .query_row((row, conversation.0), |row| row.get(0))
        .optional()?;
    Ok(found.is_some())
}

/// The first messages after the one in a row, and with it where `is_included`; oldest first.
pub(crate) fn from_row(
    connection: &Connection,
    conversation: ConversationId,
    (row, is_included): (i64, bool),
    limit: i64,
    people: &People<'_>,
) -> Result<Vec<MessageView>, MachineError> {
    let than = if is_included { ">=" } else { ">" };
    let sql = format!("SELECT {VIEW} {SHOWN} (clock_ms, device, counter) {than} {HERE} {OLDEST_FIRST}");
    read(connection, &sql, (conversation.0, limit, row), people)
}

/// The first messages from a time on; oldest first.
pub(crate) fn from_time(
    connection: &Connection,
    conversation: ConversationId,
    at_ms: u64,
    limit: i64,
    people: &People<'_>,
) -> Result<Vec<MessageView>, MachineError> {
    let sql = format!("SELECT {VIEW} {SHOWN} clock_ms >= ?3 {OLDEST_FIRST}");
    read(connection, &sql, (conversation.0, limit, signed(at_ms)), people)
}

/// The last messages before a time; oldest first.
pub(crate) fn until_time(
    connection: &Connection,
    conversation: ConversationId,
    at_ms: u64,
    limit: i64,
    people: &People<'_>,
) -> Result<Vec<MessageView>, MachineError> {
    let sql = format!(
        "SELECT {VIEW} {SHOWN} clock_ms < ?3 ORDER BY clock_ms DESC, device DESC, counter DESC LIMIT ?2"
    );
    let mut found = read(connection, &sql, (conversation.0, limit, signed(at_ms)), people)?;
    found.reverse();
    Ok(found)
}

fn read(
    connection: &Connection,
    sql: &str,
    parameters: impl Params,
    people: &People<'_>,
) -> Result<Vec<MessageView>, MachineError> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(parameters, |row| view(row, people))?;
    rows.map(|read| whole(connection, people, read?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database;

    #[test]
    fn a_page_is_found_by_an_index_from_anywhere() {
        let connection = database::in_memory().unwrap();
        for which in [&format!("(clock_ms, device, counter) > {HERE}"), "clock_ms >= ?3"] {
            let sql = format!("EXPLAIN QUERY PLAN SELECT {VIEW} {SHOWN} {which} {OLDEST_FIRST}");
            let mut statement = connection.prepare(&sql).unwrap();
            let plan: String = statement
                .raw_query()
                .next()
                .unwrap()
                .unwrap()
                .get("detail")
                .unwrap();
            assert!(plan.contains("message_order (conversation=? AND"), "{plan}");
        }
    }
}
