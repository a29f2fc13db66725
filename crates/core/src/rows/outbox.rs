//! Outbox rows: contents that the conversation's home has not acknowledged.

use rusqlite::{Connection, OptionalExtension as _, Row};
use xchat_proto::ids::{Hash, MessageId};

use crate::error::MachineError;
use crate::io::ConversationId;
use crate::rows::{id32, signed};

/// An encrypted content on its way.
#[derive(Debug, Clone)]
pub(crate) struct Sealed {
    pub(crate) row: i64,
    pub(crate) conversation: ConversationId,
    pub(crate) message: MessageId,
    pub(crate) envelope: Vec<u8>,
    /// Whether every device has it, directly.
    pub(crate) direct: bool,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Sealed> {
    Ok(Sealed {
        row: row.get(0)?,
        conversation: ConversationId(row.get(1)?),
        message: MessageId(id32(row, 2)?),
        envelope: row.get(3)?,
        direct: row.get(4)?,
    })
}

const COLUMNS: &str = "id, conversation, message_id, envelope, direct";

/// Adds a content that waits for encryption.
pub(crate) fn insert(
    connection: &Connection,
    conversation: ConversationId,
    message: &MessageId,
    content: &[u8],
) -> Result<i64, MachineError> {
    let mut statement = connection
        .prepare_cached("INSERT INTO outbox (conversation, message_id, content) VALUES (?1, ?2, ?3)")?;
    statement.execute((conversation.0, message.as_bytes(), content))?;
    Ok(connection.last_insert_rowid())
}

/// Notes that somebody may have it, since it was encrypted once.
pub(crate) fn mark_left(connection: &Connection, row: i64) -> Result<(), MachineError> {
    connection
        .prepare_cached("UPDATE outbox SET has_left = 1 WHERE id = ?1")?
        .execute([row])?;
    Ok(())
}

/// Whether a message waits that was never encrypted.
pub(crate) fn never_left(
    connection: &Connection,
    conversation: ConversationId,
    message: &MessageId,
) -> Result<bool, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT 1 FROM outbox WHERE conversation = ?1 AND message_id = ?2 AND NOT has_left",
    )?;
    Ok(statement.exists((conversation.0, message.as_bytes()))?)
}

/// Puts another content in the place of one that was never encrypted; gives whether it did.
pub(crate) fn withdraw(
    connection: &Connection,
    conversation: ConversationId,
    message: &MessageId,
    instead: &[u8],
) -> Result<bool, MachineError> {
    let mut statement = connection.prepare_cached(
        "UPDATE outbox SET content = ?3 WHERE conversation = ?1 AND message_id = ?2 AND NOT has_left",
    )?;
    Ok(statement.execute((conversation.0, message.as_bytes(), instead))? > 0)
}

/// Puts another content in the place of one that has not been acknowledged, encrypted or not.
pub(crate) fn silence(
    connection: &Connection,
    conversation: ConversationId,
    message: &MessageId,
    instead: &[u8],
) -> Result<(), MachineError> {
    let mut statement = connection
        .prepare_cached("UPDATE outbox SET content = ?3 WHERE conversation = ?1 AND message_id = ?2")?;
    statement.execute((conversation.0, message.as_bytes(), instead))?;
    Ok(())
}

/// Whether a message is on its way.
pub(crate) fn holds(
    connection: &Connection,
    conversation: ConversationId,
    message: &MessageId,
) -> Result<bool, MachineError> {
    let mut statement =
        connection.prepare_cached("SELECT 1 FROM outbox WHERE conversation = ?1 AND message_id = ?2")?;
    Ok(statement.exists((conversation.0, message.as_bytes()))?)
}

/// The oldest content that waits for encryption.
pub(crate) fn next_open(
    connection: &Connection,
    conversation: ConversationId,
) -> Result<Option<(i64, MessageId, Vec<u8>)>, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, message_id, content FROM outbox WHERE conversation = ?1 AND envelope IS NULL ORDER BY id LIMIT 1",
    )?;
    let found = statement
        .query_row([conversation.0], |row| {
            Ok((row.get(0)?, MessageId(id32(row, 1)?), row.get(2)?))
        })
        .optional()?;
    Ok(found)
}

/// All contents that wait for encryption, oldest first.
pub(crate) fn all_open(
    connection: &Connection,
    conversation: ConversationId,
) -> Result<Vec<(i64, MessageId, Vec<u8>)>, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, message_id, content FROM outbox WHERE conversation = ?1 AND envelope IS NULL ORDER BY id",
    )?;
    let rows = statement.query_map([conversation.0], |row| {
        Ok((row.get(0)?, MessageId(id32(row, 1)?), row.get(2)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// All contents, encrypted or not, oldest first.
pub(crate) fn contents(
    connection: &Connection,
    conversation: ConversationId,
) -> Result<Vec<Vec<u8>>, MachineError> {
    let mut statement =
        connection.prepare_cached("SELECT content FROM outbox WHERE conversation = ?1 ORDER BY id")?;
    let rows = statement.query_map([conversation.0], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Stores the encryption of a content.
pub(crate) fn seal(
    connection: &Connection,
    row: i64,
    epoch: u64,
    envelope: &[u8],
    hash: &Hash,
) -> Result<(), MachineError> {
    let mut statement = connection.prepare_cached(
        "UPDATE outbox SET epoch = ?2, envelope = ?3, hash = ?4, has_left = 1 WHERE id = ?1",
    )?;
    statement.execute((row, signed(epoch), envelope, hash.as_bytes()))?;
    Ok(())
}

/// All encrypted contents, oldest first.
pub(crate) fn sealed(
    connection: &Connection,
    conversation: ConversationId,
) -> Result<Vec<Sealed>, MachineError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM outbox WHERE conversation = ?1 AND envelope IS NOT NULL ORDER BY id LIMIT 4096"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    Ok(statement
        .query_map([conversation.0], read)?
        .collect::<Result<_, _>>()?)
}

/// How many envelopes neither the home nor every device has acknowledged.
pub(crate) fn unacknowledged(
    connection: &Connection,
    conversation: ConversationId,
) -> Result<usize, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT count(*) FROM outbox WHERE conversation = ?1 AND envelope IS NOT NULL AND NOT direct",
    )?;
    let count: i64 = statement.query_row([conversation.0], |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

/// The encrypted content in a row.
pub(crate) fn by_row(connection: &Connection, row: i64) -> Result<Option<Sealed>, MachineError> {
    let sql = format!("SELECT {COLUMNS} FROM outbox WHERE id = ?1 AND envelope IS NOT NULL");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row([row], read)
        .optional()?)
}

/// The encrypted content with this hash.
pub(crate) fn by_hash(connection: &Connection, hash: &Hash) -> Result<Option<Sealed>, MachineError> {
    let sql = format!("SELECT {COLUMNS} FROM outbox WHERE hash = ?1");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row([hash.as_bytes()], read)
        .optional()?)
}

/// Notes that every device has it.
pub(crate) fn mark_direct(connection: &Connection, row: i64) -> Result<(), MachineError> {
    connection
        .prepare_cached("UPDATE outbox SET direct = 1 WHERE id = ?1")?
        .execute([row])?;
    Ok(())
}

/// Takes an acknowledged content out; gives whether it was there.
pub(crate) fn remove(connection: &Connection, row: i64) -> Result<bool, MachineError> {
    Ok(connection
        .prepare_cached("DELETE FROM outbox WHERE id = ?1")?
        .execute([row])?
        > 0)
}

/// The epoch is over: what the home has not acknowledged is encrypted again.
pub(crate) fn unseal_all(connection: &Connection, conversation: ConversationId) -> Result<(), MachineError> {
    let mut statement = connection.prepare_cached(
        "UPDATE outbox SET epoch = NULL, envelope = NULL, hash = NULL WHERE conversation = ?1",
    )?;
    statement.execute([conversation.0])?;
    Ok(())
}

/// Notes an envelope as known: an own one with the message inside it, or a received one.
pub(crate) fn see(
    connection: &Connection,
    conversation: ConversationId,
    hash: &Hash,
    own: Option<&MessageId>,
) -> Result<(), MachineError> {
    let mut statement = connection
        .prepare_cached("INSERT OR IGNORE INTO seen (conversation, hash, message_id) VALUES (?1, ?2, ?3)")?;
    statement.execute((conversation.0, hash.as_bytes(), own.map(MessageId::as_bytes)))?;
    Ok(())
}

/// The message inside an own envelope of the present epoch, whether it still waits in the outbox or not.
pub(crate) fn own_message(
    connection: &Connection,
    conversation: ConversationId,
    hash: &Hash,
) -> Result<Option<MessageId>, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT message_id FROM seen WHERE conversation = ?1 AND hash = ?2 AND message_id IS NOT NULL",
    )?;
    let found = statement.query_row((conversation.0, hash.as_bytes()), |row| {
        Ok(MessageId(id32(row, 0)?))
    });
    Ok(found.optional()?)
}

/// Whether an envelope is known.
pub(crate) fn is_seen(
    connection: &Connection,
    conversation: ConversationId,
    hash: &Hash,
) -> Result<bool, MachineError> {
    let mut statement =
        connection.prepare_cached("SELECT 1 FROM seen WHERE conversation = ?1 AND hash = ?2")?;
    Ok(statement.exists((conversation.0, hash.as_bytes()))?)
}

/// Forgets the envelopes of a past epoch: none of it is accepted any more.
pub(crate) fn forget_seen(connection: &Connection, conversation: ConversationId) -> Result<(), MachineError> {
    connection
        .prepare_cached("DELETE FROM seen WHERE conversation = ?1")?
        .execute([conversation.0])?;
    Ok(())
}
