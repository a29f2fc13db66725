//! Pinned messages.

use rusqlite::{Connection, OptionalExtension as _};
use xchat_proto::keys::PublicKey;

use crate::acts::Order;
use crate::error::MachineError;
use crate::io::ConversationId;
use crate::limits::PINS_MAX;
use crate::rows::{id32, signed, unsigned};

/// The latest of a conversation.
const LATEST: &str = "SELECT message FROM pin WHERE conversation = ?1
    ORDER BY clock_ms DESC, device DESC, counter DESC LIMIT ?2";

/// Since when a message is pinned, if it is, and whether it is among those that are shown.
pub(crate) fn of(connection: &Connection, row: i64) -> Result<Option<(Order, bool)>, MachineError> {
    let mut statement = connection
        .prepare_cached("SELECT clock_ms, device, counter, is_shown FROM pin WHERE message = ?1")?;
    let found = statement.query_row([row], |row| {
        let order = (
            unsigned(row.get(0)?),
            PublicKey(id32(row, 1)?),
            unsigned(row.get(2)?),
        );
        Ok((order, row.get(3)?))
    });
    Ok(found.optional()?)
}

/// Stores since when a message is pinned, or that it is not; gives whether that is another than before.
pub(crate) fn set(
    connection: &Connection,
    conversation: ConversationId,
    row: i64,
    wanted: Option<Order>,
) -> Result<bool, MachineError> {
    if of(connection, row)?.map(|(order, _)| order) == wanted {
        return Ok(false);
    }
    remove(connection, row)?;
    if let Some((clock_ms, device, counter)) = wanted {
        let mut statement = connection.prepare_cached(
            "INSERT INTO pin (message, conversation, clock_ms, device, counter) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        statement.execute((
            row,
            conversation.0,
            signed(clock_ms),
            device.0.as_slice(),
            signed(counter),
        ))?;
    }
    Ok(true)
}

/// A message is pinned no more; gives whether it was.
pub(crate) fn remove(connection: &Connection, row: i64) -> Result<bool, MachineError> {
    let mut statement = connection.prepare_cached("DELETE FROM pin WHERE message = ?1")?;
    Ok(statement.execute([row])? > 0)
}

/// Shows the latest of a conversation, as many as there may be; gives the messages that were not shown before, or are
/// not any more.
pub(crate) fn arrange(
    connection: &Connection,
    conversation: ConversationId,
) -> Result<Vec<i64>, MachineError> {
    let mut changed = Vec::new();
    for (which, is_shown) in [
        ("is_shown AND message NOT IN", 0),
        ("NOT is_shown AND message IN", 1),
    ] {
        let sql = format!(
            "UPDATE pin SET is_shown = {is_shown} WHERE conversation = ?1 AND {which} ({LATEST}) RETURNING message"
        );
        let mut statement = connection.prepare_cached(&sql)?;
        let rows = statement.query_map((conversation.0, most()), |row| row.get(0))?;
        for row in rows {
            changed.push(row?);
        }
    }
    Ok(changed)
}

/// The pinned messages of a conversation, the latest first.
pub(crate) fn shown(connection: &Connection, conversation: ConversationId) -> Result<Vec<i64>, MachineError> {
    let mut statement = connection.prepare_cached(LATEST)?;
    let rows = statement.query_map((conversation.0, most()), |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn most() -> i64 {
    i64::try_from(PINS_MAX).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database;

    #[test]
    fn the_latest_are_found_however_many_are_pinned() {
        let connection = database::in_memory().unwrap();
        let mut statement = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {LATEST}"))
            .unwrap();
        let mut rows = statement.raw_query();
        let mut plan = String::new();
        while let Some(row) = rows.next().unwrap() {
            plan += &row.get::<_, String>("detail").unwrap();
        }
        assert!(plan.contains("pin_order") && !plan.contains("TEMP"), "{plan}");
    }
}
