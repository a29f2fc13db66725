//! Blob rows: the sealed files of messages, with what opens them.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _, Row};
use xchat_proto::ids::Hash;
use xchat_proto::keys::PublicKey;
use zeroize::Zeroizing;

use crate::content::MediaKind;
use crate::error::MachineError;
use crate::io::{BlobFile, ConversationId, FileSweep, FileUse, SealedFile};
use crate::rows::{damaged, id32, signed, unsigned};

/// A file as stored.
#[derive(Clone)]
pub(crate) struct Blob {
    pub(crate) id: i64,
    /// The row of its message, and which of the message's files it is.
    pub(crate) place: (i64, u32),
    pub(crate) sealed: SealedFile,
    /// Whether all of it is here.
    pub(crate) is_whole: bool,
}

impl Blob {
    /// Whether its message is gone here, and others may still want it: then nothing here opens it.
    pub(crate) fn is_forgotten(&self) -> bool {
        *self.sealed.key == [0; 32]
    }
}

/// Most files that are found at once to be erased.
pub(crate) const SWEPT_MAX: u32 = 300;

const COLUMNS: &str =
    "blob.id, blob.file, blob.message, blob.part, blob.hash, blob.key, blob.nonce, blob.size, blob.is_whole";

fn read(row: &Row<'_>) -> rusqlite::Result<Blob> {
    Ok(Blob {
        id: row.get(0)?,
        place: (row.get(2)?, row.get(3)?),
        sealed: SealedFile {
            blob: BlobFile {
                file: row.get(1)?,
                hash: Hash(id32(row, 4)?),
                size: unsigned(row.get(7)?),
            },
            key: Zeroizing::new(id32(row, 5)?),
            nonce: row.get(6)?,
        },
        is_whole: row.get(8)?,
    })
}

/// Stores a file of a message; gives its id.
pub(crate) fn insert(
    connection: &Connection,
    sealed: &SealedFile,
    is_whole: bool,
    (message, part): (i64, u32),
    now_ms: u64,
) -> Result<i64, MachineError> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO blob (file, message, part, hash, key, nonce, size, is_whole, made_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    statement.execute((
        sealed.blob.file.as_slice(),
        message,
        part,
        sealed.blob.hash.as_bytes(),
        sealed.key.as_slice(),
        sealed.nonce.as_slice(),
        signed(sealed.blob.size),
        is_whole,
        signed(now_ms),
    ))?;
    Ok(connection.last_insert_rowid())
}

/// A file.
pub(crate) fn by_id(connection: &Connection, id: i64) -> Result<Option<Blob>, MachineError> {
    let sql = format!("SELECT {COLUMNS} FROM blob WHERE id = ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    Ok(statement.query_row([id], read).optional()?)
}

/// One of the files of a message that is not gone.
pub(crate) fn by_place(
    connection: &Connection,
    (message, part): (i64, u32),
) -> Result<Option<Blob>, MachineError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM blob JOIN message ON message.id = blob.message
         WHERE blob.message = ?1 AND blob.part = ?2 AND message.kind < 32"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    Ok(statement.query_row((message, part), read).optional()?)
}

/// A message's files, in their order. One that is gone here may have some for others.
pub(crate) fn of_message(connection: &Connection, message: i64) -> Result<Vec<Blob>, MachineError> {
    let sql = format!("SELECT {COLUMNS} FROM blob WHERE message = ?1 ORDER BY part");
    let mut statement = connection.prepare_cached(&sql)?;
    Ok(statement.query_map([message], read)?.collect::<Result<_, _>>()?)
}

/// Files with an address in a conversation.
pub(crate) fn by_hash(
    connection: &Connection,
    conversation: ConversationId,
    hash: &Hash,
) -> Result<Vec<Blob>, MachineError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM blob JOIN message ON message.id = blob.message
         WHERE blob.hash = ?1 AND message.conversation = ?2 ORDER BY blob.id"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map((hash.as_bytes(), conversation.0), read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The same, of own messages.
pub(crate) fn own_by_hash(
    connection: &Connection,
    conversation: ConversationId,
    hash: &Hash,
) -> Result<Vec<Blob>, MachineError> {
    let mut own = Vec::new();
    for blob in by_hash(connection, conversation, hash)? {
        if message(connection, blob.place.0)?.is_some_and(|(_, mine)| mine) {
            own.push(blob);
        }
    }
    Ok(own)
}

/// Where a message is, and whether it is an own one.
pub(crate) fn message(
    connection: &Connection,
    row: i64,
) -> Result<Option<(ConversationId, bool)>, MachineError> {
    let mut statement = connection.prepare_cached("SELECT conversation, mine FROM message WHERE id = ?1")?;
    let found = statement.query_row([row], |row| Ok((ConversationId(row.get(0)?), row.get(1)?)));
    Ok(found.optional()?)
}

/// The device that wrote a message.
pub(crate) fn author(connection: &Connection, row: i64) -> Result<Option<PublicKey>, MachineError> {
    let mut statement = connection.prepare_cached("SELECT device FROM message WHERE id = ?1")?;
    let found = statement.query_row([row], |row| Ok(PublicKey(id32(row, 0)?)));
    Ok(found.optional()?)
}

/// Notes whether all of a file is here.
pub(crate) fn set_whole(connection: &Connection, id: i64, is_whole: bool) -> Result<(), MachineError> {
    let mut statement = connection.prepare_cached("UPDATE blob SET is_whole = ?2 WHERE id = ?1")?;
    statement.execute((id, is_whole))?;
    Ok(())
}

/// Forgets what opens a file: the database overwrites it.
pub(crate) fn forget(connection: &Connection, id: i64) -> Result<(), MachineError> {
    let mut statement =
        connection.prepare_cached("UPDATE blob SET key = zeroblob(32), nonce = zeroblob(7) WHERE id = ?1")?;
    statement.execute([id])?;
    Ok(())
}

/// Forgets a file and what opens it: the database overwrites what it deletes.
pub(crate) fn remove(connection: &Connection, id: i64) -> Result<(), MachineError> {
    let mut statement = connection.prepare_cached("DELETE FROM blob WHERE id = ?1")?;
    statement.execute([id])?;
    Ok(())
}

/// What the files are called on the disk that are here or come here. Any other file there is of no use to anybody.
pub(crate) fn files(connection: &Connection) -> Result<BTreeSet<[u8; 16]>, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT file FROM blob WHERE is_whole
             OR EXISTS (SELECT 1 FROM transfer WHERE transfer.blob = blob.id AND transfer.kind = 1)",
    )?;
    Ok(statement
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?)
}

/// Own messages that are gone here, and nobody asks for any more, with a file that still can be opened here, or that
/// the others can have or have.
pub(crate) fn let_go(connection: &Connection) -> Result<Vec<i64>, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT DISTINCT message.id FROM blob CROSS JOIN message ON message.id = blob.message
         WHERE message.kind = 99 AND message.mine AND (message.state >= 2 OR length(message.content) = 0)
             AND (blob.key <> zeroblob(32) OR NOT EXISTS
                 (SELECT 1 FROM transfer WHERE transfer.blob = blob.id AND transfer.kind = 0
                     AND (transfer.state <> 2 OR transfer.is_placed AND NOT blob.is_whole)))",
    )?;
    Ok(statement
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?)
}

/// Messages that are gone here, and whose files are as old as this.
pub(crate) fn kept_since(connection: &Connection, made_ms: u64) -> Result<Vec<i64>, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT DISTINCT message.id FROM blob CROSS JOIN message ON message.id = blob.message
         WHERE blob.made_ms <= ?1 AND message.kind = 99",
    )?;
    Ok(statement
        .query_map([signed(made_ms)], |row| row.get(0))?
        .collect::<Result<_, _>>()?)
}

/// Whether there are files here of messages that are gone.
pub(crate) fn are_kept(connection: &Connection) -> Result<bool, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT 1 FROM blob CROSS JOIN message ON message.id = blob.message
         WHERE message.kind = 99 AND blob.is_whole",
    )?;
    Ok(statement.exists([])?)
}

/// What the files take that are here.
pub(crate) fn uses(connection: &Connection) -> Result<Vec<FileUse>, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT message.conversation, coalesce(attachment.kind, 0), message.mine, count(*), sum(blob.size)
         FROM blob JOIN message ON message.id = blob.message
             LEFT JOIN attachment ON attachment.message = blob.message AND attachment.part = blob.part
         WHERE blob.is_whole GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(FileUse {
            conversation: ConversationId(row.get(0)?),
            kind: MediaKind::of_number(row.get(1)?).ok_or_else(|| damaged(1, "a kind of file"))?,
            is_mine: row.get(2)?,
            files: unsigned(row.get(3)?),
            bytes: unsigned(row.get(4)?),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Some of the files of others that are here and fit, at most [`SWEPT_MAX`].
pub(crate) fn swept(connection: &Connection, sweep: &FileSweep) -> Result<Vec<Blob>, MachineError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM blob JOIN message ON message.id = blob.message
         WHERE blob.is_whole AND NOT message.mine AND message.kind < 32
             AND (?1 IS NULL OR message.conversation = ?1) AND blob.size >= ?2 AND blob.made_ms < ?3
         ORDER BY blob.id LIMIT ?4"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let conversation = sweep.conversation.map(|id| id.0);
    let before_ms = sweep.before_ms.map_or(i64::MAX, signed);
    let rows = statement.query_map(
        (conversation, signed(sweep.bytes_min), before_ms, SWEPT_MAX),
        read,
    )?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A member device has a file.
pub(crate) fn set_fetched(connection: &Connection, id: i64, device: &PublicKey) -> Result<(), MachineError> {
    let mut statement =
        connection.prepare_cached("INSERT OR IGNORE INTO fetched (blob, device) VALUES (?1, ?2)")?;
    statement.execute((id, device.0.as_slice()))?;
    Ok(())
}

/// Whether every other device of the conversation has a file.
pub(crate) fn is_fetched_by_all(
    connection: &Connection,
    id: i64,
    conversation: ConversationId,
) -> Result<bool, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT 1 FROM member WHERE conversation = ?2 AND NOT EXISTS
             (SELECT 1 FROM fetched WHERE fetched.blob = ?1 AND fetched.device = member.device)",
    )?;
    Ok(!statement.exists((id, conversation.0))?)
}
