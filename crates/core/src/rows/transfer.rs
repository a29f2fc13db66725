//! Transfer rows: files on their way, and those that are to be erased at a home.

use rusqlite::{Connection, OptionalExtension as _, Row};
use xchat_proto::ids::{Hash, MessageId};

use crate::error::MachineError;
use crate::io::{BlobFailure, ConversationId};
use crate::rows::{damaged, id32, signed, unsigned};

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An own file goes to the conversation's home.
    Upload = 0,
    /// A file comes here, from wherever it is.
    Download = 1,
    /// A file at the home is erased.
    Withdrawal = 2,
}

/// How it stands. What is under way is due, and known in memory only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Due = 0,
    /// The user has stopped it.
    Paused = 1,
    /// Of an upload: all others can have it. Other rows go when they are done.
    Done = 2,
    /// It is not tried again.
    Refused = 3,
}

/// A transfer.
#[derive(Debug, Clone)]
pub(crate) struct Transfer {
    pub(crate) id: i64,
    /// The file; a withdrawal has none any more.
    pub(crate) blob: Option<i64>,
    pub(crate) conversation: ConversationId,
    pub(crate) kind: Kind,
    pub(crate) state: State,
    pub(crate) hash: Hash,
    /// What erases it at the home.
    pub(crate) secret: Option<[u8; 32]>,
    /// Whether something of it may be at the home.
    pub(crate) is_placed: bool,
    /// How much was where it should be when it was last looked at.
    pub(crate) bytes: u64,
    /// When it is tried next.
    pub(crate) at_ms: u64,
    pub(crate) attempt: u32,
    /// What was wrong at last.
    pub(crate) reason: Option<BlobFailure>,
}

const COLUMNS: &str =
    "id, blob, conversation, kind, state, hash, secret, is_placed, bytes, at_ms, attempt, reason";

fn read(row: &Row<'_>) -> rusqlite::Result<Transfer> {
    let reason: Option<i64> = row.get(11)?;
    Ok(Transfer {
        id: row.get(0)?,
        blob: row.get(1)?,
        conversation: ConversationId(row.get(2)?),
        kind: match row.get(3)? {
            0 => Kind::Upload,
            1 => Kind::Download,
            2 => Kind::Withdrawal,
            _ => return Err(damaged(3, "a kind")),
        },
        state: match row.get(4)? {
            0 => State::Due,
            1 => State::Paused,
            2 => State::Done,
            3 => State::Refused,
            _ => return Err(damaged(4, "a state")),
        },
        hash: Hash(id32(row, 5)?),
        secret: row.get(6)?,
        is_placed: row.get(7)?,
        bytes: unsigned(row.get(8)?),
        at_ms: unsigned(row.get(9)?),
        attempt: row.get(10)?,
        reason: reason.and_then(BlobFailure::of_number),
    })
}

/// The own files of a conversation of which something may be at its home: addresses, and sizes before sealing.
pub(crate) fn placed(
    connection: &Connection,
    conversation: ConversationId,
) -> Result<Vec<(Hash, u64)>, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT transfer.hash, blob.size FROM transfer JOIN blob ON blob.id = transfer.blob
         WHERE transfer.conversation = ?1 AND transfer.kind = 0 AND transfer.is_placed ORDER BY transfer.id",
    )?;
    let rows = statement.query_map([conversation.0], |row| {
        Ok((Hash(id32(row, 0)?), unsigned(row.get(1)?)))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Transfer {
    /// One that is due at a time, and is not stored yet.
    pub(crate) fn new(kind: Kind, conversation: ConversationId, hash: Hash, at_ms: u64) -> Self {
        Self {
            id: 0,
            blob: None,
            conversation,
            kind,
            state: State::Due,
            hash,
            secret: None,
            is_placed: false,
            bytes: 0,
            at_ms,
            attempt: 0,
            reason: None,
        }
    }

    pub(crate) fn insert(&mut self, connection: &Connection) -> Result<(), MachineError> {
        let mut statement = connection.prepare_cached(
            "INSERT INTO transfer
                (blob, conversation, kind, state, hash, secret, is_placed, bytes, at_ms, attempt, reason)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?;
        statement.execute((
            self.blob,
            self.conversation.0,
            self.kind as i64,
            self.state as i64,
            self.hash.as_bytes(),
            self.secret.as_ref().map(<[u8; 32]>::as_slice),
            self.is_placed,
            signed(self.bytes),
            signed(self.at_ms),
            self.attempt,
            self.reason.map(BlobFailure::number),
        ))?;
        self.id = connection.last_insert_rowid();
        Ok(())
    }

    pub(crate) fn save(&self, connection: &Connection) -> Result<(), MachineError> {
        let mut statement = connection.prepare_cached(
            "UPDATE transfer SET state = ?2, is_placed = ?3, bytes = ?4, at_ms = ?5, attempt = ?6, reason = ?7
             WHERE id = ?1",
        )?;
        statement.execute((
            self.id,
            self.state as i64,
            self.is_placed,
            signed(self.bytes),
            signed(self.at_ms),
            self.attempt,
            self.reason.map(BlobFailure::number),
        ))?;
        Ok(())
    }

    pub(crate) fn remove(&self, connection: &Connection) -> Result<(), MachineError> {
        let mut statement = connection.prepare_cached("DELETE FROM transfer WHERE id = ?1")?;
        statement.execute([self.id])?;
        Ok(())
    }

    pub(crate) fn by_id(connection: &Connection, id: i64) -> Result<Option<Self>, MachineError> {
        let sql = format!("SELECT {COLUMNS} FROM transfer WHERE id = ?1");
        let mut statement = connection.prepare_cached(&sql)?;
        Ok(statement.query_row([id], read).optional()?)
    }

    /// The transfer of a file.
    pub(crate) fn of_blob(
        connection: &Connection,
        blob: i64,
        kind: Kind,
    ) -> Result<Option<Self>, MachineError> {
        let sql = format!("SELECT {COLUMNS} FROM transfer WHERE blob = ?1 AND kind = ?2");
        let mut statement = connection.prepare_cached(&sql)?;
        Ok(statement.query_row((blob, kind as i64), read).optional()?)
    }

    /// Those whose time has come, the one that has waited longest first.
    pub(crate) fn due(connection: &Connection, now_ms: u64, limit: usize) -> Result<Vec<Self>, MachineError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM transfer WHERE state = 0 AND at_ms <= ?1 ORDER BY at_ms, id LIMIT ?2"
        );
        let mut statement = connection.prepare_cached(&sql)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement.query_map((signed(now_ms), limit), read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// When the next one is due.
pub(crate) fn next_ms(connection: &Connection) -> Result<Option<u64>, MachineError> {
    let mut statement = connection
        .prepare_cached("SELECT at_ms FROM transfer WHERE state = 0 AND at_ms < ?1 ORDER BY at_ms LIMIT 1")?;
    let next: Option<i64> = statement
        .query_row([signed(UNDER_WAY_MS)], |row| row.get(0))
        .optional()?;
    Ok(next.map(unsigned))
}

/// The time of what is under way: it is not due.
pub(crate) const UNDER_WAY_MS: u64 = i64::MAX.unsigned_abs();

/// Nothing is under way: all is due at once.
pub(crate) fn reset(connection: &Connection, now_ms: u64) -> Result<(), MachineError> {
    let mut statement = connection
        .prepare_cached("UPDATE transfer SET at_ms = ?1, attempt = 0 WHERE state = 0 AND at_ms > ?1")?;
    statement.execute([signed(now_ms)])?;
    Ok(())
}

/// What waits in a conversation is tried again at once; gives whether there is any.
pub(crate) fn hasten(
    connection: &Connection,
    conversation: ConversationId,
    now_ms: u64,
) -> Result<bool, MachineError> {
    let mut statement = connection.prepare_cached(
        "UPDATE transfer SET at_ms = ?2, attempt = 0
         WHERE conversation = ?1 AND state = 0 AND at_ms > ?2 AND at_ms < ?3",
    )?;
    Ok(statement.execute((conversation.0, signed(now_ms), signed(UNDER_WAY_MS)))? > 0)
}

/// Whether an own message waits for its files to be where the others can have them.
pub(crate) fn is_waited_for(
    connection: &Connection,
    conversation: ConversationId,
    id: &MessageId,
) -> Result<bool, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT 1 FROM message JOIN blob ON blob.message = message.id JOIN transfer ON transfer.blob = blob.id
         WHERE message.conversation = ?1 AND message.message_id = ?2 AND message.mine
             AND transfer.kind = 0 AND transfer.state <> 2",
    )?;
    Ok(statement.exists((conversation.0, id.as_bytes()))?)
}
