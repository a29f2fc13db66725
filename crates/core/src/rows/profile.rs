//! What people say of themselves, this account among them.

use rusqlite::{Connection, OptionalExtension as _};
use xchat_proto::ids::{AccountId, MessageId};
use xchat_proto::keys::PublicKey;

use crate::error::MachineError;
use crate::io::{ConversationId, ProfileView};
use crate::rows::{id32, signed, unsigned};

/// When something was said: clock and device.
pub(crate) type Since = (u64, PublicKey);

/// When an account's was said.
pub(crate) fn since(connection: &Connection, account: &AccountId) -> Result<Option<Since>, MachineError> {
    let mut statement =
        connection.prepare_cached("SELECT clock_ms, device FROM profile WHERE account = ?1")?;
    let found = statement.query_row([account.as_bytes()], |row| {
        Ok((unsigned(row.get(0)?), PublicKey(id32(row, 1)?)))
    });
    Ok(found.optional()?)
}

/// What an account says of itself, without its picture.
pub(crate) fn view(
    connection: &Connection,
    account: &AccountId,
) -> Result<Option<ProfileView>, MachineError> {
    let mut statement = connection
        .prepare_cached("SELECT name, bio, clock_ms, length(avatar) > 0 FROM profile WHERE account = ?1")?;
    let found = statement.query_row([account.as_bytes()], |row| {
        Ok(ProfileView {
            name: row.get(0)?,
            bio: row.get(1)?,
            avatar_ms: row.get::<_, bool>(3)?.then_some(unsigned(row.get(2)?)),
        })
    });
    Ok(found.optional()?)
}

/// An account's picture; empty when it has none.
pub(crate) fn avatar(connection: &Connection, account: &AccountId) -> Result<Vec<u8>, MachineError> {
    let mut statement = connection.prepare_cached("SELECT avatar FROM profile WHERE account = ?1")?;
    let found = statement
        .query_row([account.as_bytes()], |row| row.get(0))
        .optional()?;
    Ok(found.unwrap_or_default())
}

/// Stores what an account says of itself.
pub(crate) fn save(
    connection: &Connection,
    account: &AccountId,
    (clock_ms, device): Since,
    (name, bio, avatar): (&str, &str, &[u8]),
) -> Result<(), MachineError> {
    let mut statement = connection.prepare_cached(
        "INSERT OR REPLACE INTO profile (account, clock_ms, device, name, bio, avatar)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    statement.execute((
        account.as_bytes(),
        signed(clock_ms),
        device.0.as_slice(),
        name,
        bio,
        avatar,
    ))?;
    Ok(())
}

/// Which of the own ones was written into a conversation last, by its clock; 0 for none.
pub(crate) fn told(connection: &Connection, conversation: ConversationId) -> Result<u64, MachineError> {
    let mut statement = connection.prepare_cached("SELECT profile_ms FROM chat WHERE conversation = ?1")?;
    let found = statement
        .query_row([conversation.0], |row| row.get(0))
        .optional()?;
    Ok(found.map_or(0, unsigned))
}

/// Remembers which of the own ones was written into a conversation last.
pub(crate) fn set_told(
    connection: &Connection,
    conversation: ConversationId,
    clock_ms: u64,
) -> Result<(), MachineError> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO chat (conversation, profile_ms) VALUES (?1, ?2)
         ON CONFLICT (conversation) DO UPDATE SET profile_ms = excluded.profile_ms",
    )?;
    statement.execute((conversation.0, signed(clock_ms)))?;
    Ok(())
}

/// Own ones that were written into a conversation, and of which something is left: row, id and count.
pub(crate) fn written(
    connection: &Connection,
    conversation: ConversationId,
) -> Result<Vec<(i64, MessageId, u64)>, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, message_id, counter FROM message
         WHERE conversation = ?1 AND kind = 40 AND mine AND length(content) > 0",
    )?;
    let rows = statement.query_map([conversation.0], |row| {
        Ok((row.get(0)?, MessageId(id32(row, 1)?), unsigned(row.get(2)?)))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
