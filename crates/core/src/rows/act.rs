//! Act rows: what people did to messages, and what is shown of them for it.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension as _};
use xchat_proto::ids::{AccountId, Hash, MessageId};
use xchat_proto::keys::PublicKey;
use xchat_proto::limits::ACTS_MAX;

use crate::error::MachineError;
use crate::io::ConversationId;
use crate::rows::message::Kind;
use crate::rows::{answer, attachment, pin, poll};
use crate::rows::{id32, signed, unsigned};

/// A message that acts are about.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) row: i64,
    pub(crate) conversation: ConversationId,
    pub(crate) id: MessageId,
    /// Whose it is; nothing for one's own.
    pub(crate) author: Option<AccountId>,
    /// This device's count of it, when this device sent it.
    pub(crate) counter: u64,
    /// Whether it has a text that can be changed, as files have.
    pub(crate) has_text: bool,
    pub(crate) has_files: bool,
    pub(crate) is_poll: bool,
    /// Whether it only tells what somebody has set.
    pub(crate) is_notice: bool,
    pub(crate) is_gone: bool,
    /// Whether nothing at all is to be seen of it.
    pub(crate) is_removed: bool,
    /// Whether all devices have it.
    pub(crate) is_delivered: bool,
    /// As it was written.
    pub(crate) content: Vec<u8>,
    pub(crate) text: String,
    pub(crate) edited_ms: Option<u64>,
    /// How long after it was read it disappears, in seconds.
    pub(crate) timer_s: Option<u32>,
}

const ITEM: &str =
    "SELECT id, conversation, message_id, author, counter, kind, gone OR kind = 99, state, content, text, edited_ms,
        timer_s
    FROM message WHERE (kind < 32 OR kind = 99) AND ";

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Item> {
    let author: Option<[u8; 32]> = row.get(3)?;
    let (kind, state): (i64, i64) = (row.get(5)?, row.get(7)?);
    Ok(Item {
        row: row.get(0)?,
        conversation: ConversationId(row.get(1)?),
        id: MessageId(id32(row, 2)?),
        author: author.map(AccountId),
        counter: unsigned(row.get(4)?),
        has_files: kind == Kind::Files as i64,
        is_poll: kind == Kind::Poll as i64,
        is_notice: kind == Kind::Notice as i64,
        has_text: kind == Kind::Text as i64 || kind == Kind::Files as i64,
        is_removed: kind == Kind::Void as i64,
        is_gone: row.get(6)?,
        is_delivered: state >= 2,
        content: row.get(8)?,
        text: row.get(9)?,
        edited_ms: row.get::<_, Option<i64>>(10)?.map(unsigned),
        timer_s: row.get(11)?,
    })
}

impl Item {
    /// The message with an id, when it is or was here.
    pub(crate) fn by_id(
        connection: &Connection,
        conversation: ConversationId,
        id: &MessageId,
    ) -> Result<Option<Self>, MachineError> {
        let sql = format!("{ITEM} conversation = ?1 AND message_id = ?2");
        let mut statement = connection.prepare_cached(&sql)?;
        let found = statement.query_row((conversation.0, id.as_bytes()), read);
        Ok(found.optional()?)
    }

    /// The message that is or was in a row.
    pub(crate) fn by_row(connection: &Connection, row: i64) -> Result<Option<Self>, MachineError> {
        let sql = format!("{ITEM} id = ?1");
        let mut statement = connection.prepare_cached(&sql)?;
        Ok(statement.query_row([row], read).optional()?)
    }
}

/// An act as it is stored.
pub(crate) struct StoredAct {
    pub(crate) id: MessageId,
    pub(crate) author: Option<AccountId>,
    pub(crate) device: PublicKey,
    pub(crate) counter: u64,
    pub(crate) clock_ms: u64,
    pub(crate) stored_ms: u64,
    pub(crate) content: Vec<u8>,
}

/// All acts on a message, whether it is here or not.
pub(crate) fn on(
    connection: &Connection,
    conversation: ConversationId,
    target: &MessageId,
) -> Result<Vec<StoredAct>, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT message_id, author, device, counter, clock_ms, stored_ms, content FROM message
         WHERE conversation = ?1 AND target = ?2 AND kind BETWEEN 32 AND 63",
    )?;
    let rows = statement.query_map((conversation.0, target.as_bytes()), |row| {
        let author: Option<[u8; 32]> = row.get(1)?;
        Ok(StoredAct {
            id: MessageId(id32(row, 0)?),
            author: author.map(AccountId),
            device: PublicKey(id32(row, 2)?),
            counter: unsigned(row.get(3)?),
            clock_ms: unsigned(row.get(4)?),
            stored_ms: unsigned(row.get(5)?),
            content: row.get(6)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Keeps the first of a device's acts on a message, and one deletion: nothing but their places is left of the others.
pub(crate) fn keep_first(
    connection: &Connection,
    conversation: ConversationId,
    device: &PublicKey,
    target: &MessageId,
) -> Result<(), MachineError> {
    let mut statement = connection.prepare_cached(
        "UPDATE message SET kind = ?4, target = NULL, content = x'', expires_ms = NULL WHERE id IN
            (SELECT id FROM
                (SELECT id, kind, row_number() OVER (ORDER BY counter, message_id) AS place,
                    row_number() OVER (PARTITION BY kind ORDER BY counter, message_id) AS place_of_kind
                 FROM message WHERE conversation = ?1 AND target = ?2 AND device = ?3 AND kind BETWEEN 32 AND 63
                    AND NOT mine)
             WHERE place > ?5 AND (kind <> ?6 OR place_of_kind > 1))",
    )?;
    statement.execute((
        conversation.0,
        target.as_bytes(),
        device.0.as_slice(),
        Kind::Hidden as i64,
        i64::try_from(ACTS_MAX).unwrap_or(i64::MAX),
        Kind::Delete as i64,
    ))?;
    Ok(())
}

/// Shows another text in a message's place.
pub(crate) fn show(
    connection: &Connection,
    row: i64,
    text: &str,
    edited_ms: Option<u64>,
) -> Result<(), MachineError> {
    let mut statement =
        connection.prepare_cached("UPDATE message SET text = ?2, edited_ms = ?3 WHERE id = ?1")?;
    statement.execute((row, text, edited_ms.map(signed)))?;
    Ok(())
}

/// Who reacted with what, the emojis in their order.
pub(crate) fn reactions(connection: &Connection, row: i64) -> Result<Vec<(String, AccountId)>, MachineError> {
    let mut statement = connection
        .prepare_cached("SELECT emoji, account FROM reaction WHERE message = ?1 ORDER BY emoji, account")?;
    let rows = statement.query_map([row], |row| Ok((row.get(0)?, AccountId(id32(row, 1)?))))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Stores who reacted with what; gives whether that is another than before.
pub(crate) fn set_reactions(
    connection: &Connection,
    row: i64,
    wanted: &BTreeMap<String, BTreeSet<AccountId>>,
) -> Result<bool, MachineError> {
    let pairs = wanted
        .iter()
        .flat_map(|(emoji, accounts)| accounts.iter().map(move |account| (emoji.clone(), *account)));
    let wanted: Vec<(String, AccountId)> = pairs.collect();
    if reactions(connection, row)? == wanted {
        return Ok(false);
    }
    connection
        .prepare_cached("DELETE FROM reaction WHERE message = ?1")?
        .execute([row])?;
    let mut statement =
        connection.prepare_cached("INSERT INTO reaction (message, emoji, account) VALUES (?1, ?2, ?3)")?;
    for (emoji, account) in wanted {
        statement.execute((row, emoji, account.0.as_slice()))?;
    }
    Ok(true)
}

/// What is left of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Left {
    /// People see that something was there.
    Trace,
    /// Nothing is to be seen.
    Place,
    /// Nothing is to be seen, and the content is kept until all devices have it.
    Content,
}

/// Leaves nothing of a message but what is said: its text, versions and reactions go. Gives whether it was pinned.
pub(crate) fn erase(connection: &Connection, item: &Item, left: Left) -> Result<bool, MachineError> {
    connection
        .prepare_cached(
            "UPDATE message SET gone = 1, text = '', edited_ms = NULL, 
                 expires_ms = CASE WHEN ?3 THEN expires_ms END, kind = CASE WHEN ?2 THEN kind ELSE 99 END,
                 content = CASE WHEN ?3 THEN content ELSE x'' END WHERE id = ?1",
        )?
        .execute((item.row, left == Left::Trace, left == Left::Content))?;
    connection
        .prepare_cached("DELETE FROM reaction WHERE message = ?1")?
        .execute([item.row])?;
    connection
        .prepare_cached("DELETE FROM star WHERE message = ?1")?
        .execute([item.row])?;
    attachment::remove(connection, item.row)?;
    poll::remove(connection, item.row)?;
    answer::remove(connection, item.row)?;
    forget(connection, item, left)?;
    pin::remove(connection, item.row)
}

/// Leaves nothing of what was done to a message, but that it was deleted. Whoever may still ask for an own message gets
/// it as this device has changed it.
pub(crate) fn forget(connection: &Connection, item: &Item, left: Left) -> Result<(), MachineError> {
    let mut statement = connection.prepare_cached(
        "UPDATE message SET content = x'', expires_ms = NULL
         WHERE conversation = ?1 AND target = ?2 AND kind BETWEEN 32 AND 63 AND kind <> 33
             AND NOT (?3 AND mine AND state < 2)",
    )?;
    let is_kept = left == Left::Content;
    statement.execute((item.conversation.0, item.id.as_bytes(), is_kept))?;
    Ok(())
}

/// Gives a count of a device a place that nothing will come to.
pub(crate) fn void(
    connection: &Connection,
    conversation: ConversationId,
    (device, account): (&PublicKey, &AccountId),
    counter: u64,
    now_ms: u64,
) -> Result<(), MachineError> {
    let id = Hash::of("xchat v1 void", &[&device.0, &counter.to_be_bytes()]);
    let mut statement = connection.prepare_cached(
        "INSERT OR IGNORE INTO message
            (conversation, device, message_id, counter, clock_ms, stored_ms, mine, state, content, text, kind, author)
         SELECT ?1, ?2, ?3, ?4, ?5, ?5, 0, 9, x'', '', ?6, ?7
         WHERE NOT EXISTS (SELECT 1 FROM message WHERE conversation = ?1 AND device = ?2 AND counter = ?4)",
    )?;
    statement.execute((
        conversation.0,
        device.0.as_slice(),
        id.as_bytes(),
        signed(counter),
        signed(now_ms),
        Kind::Void as i64,
        account.0.as_slice(),
    ))?;
    Ok(())
}

#[cfg(test)]
mod tests;
