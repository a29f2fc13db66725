//! Message request rows.

use rusqlite::{Connection, OptionalExtension as _, Row};
use xchat_proto::ids::{AccountId, LogId};
use xchat_proto::name::Name;

use crate::error::MachineError;
use crate::io::{RequestId, RequestView};
use crate::rows::{damaged, id32, name, signed, unsigned};

/// How a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RequestState {
    /// The sender's name has not been checked with the directory yet: not shown.
    Unchecked,
    /// Shown, and waiting for the user.
    Waiting,
    /// Accepted or declined.
    Done,
}

/// A sealed invitation that was opened.
#[derive(Debug, Clone)]
pub(crate) struct StoredRequest {
    pub(crate) id: RequestId,
    pub(crate) log: LogId,
    pub(crate) from: Name,
    pub(crate) account: AccountId,
    pub(crate) since_ms: Option<u64>,
    pub(crate) received_ms: u64,
    pub(crate) state: RequestState,
    /// The opened [`xchat_proto::invitation::SealedContent`].
    pub(crate) sealed: Vec<u8>,
}

const COLUMNS: &str = "id, log, from_name, from_account, since_ms, received_ms, state, sealed";

fn number(state: RequestState) -> i64 {
    match state {
        RequestState::Unchecked => 0,
        RequestState::Waiting => 1,
        RequestState::Done => 2,
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<StoredRequest> {
    Ok(StoredRequest {
        id: RequestId(row.get(0)?),
        log: LogId(id32(row, 1)?),
        from: name(row, 2)?,
        account: AccountId(id32(row, 3)?),
        since_ms: row.get::<_, Option<i64>>(4)?.map(unsigned),
        received_ms: unsigned(row.get(5)?),
        state: match row.get(6)? {
            0 => RequestState::Unchecked,
            1 => RequestState::Waiting,
            2 => RequestState::Done,
            _ => return Err(damaged(6, "a state")),
        },
        sealed: row.get(7)?,
    })
}

impl StoredRequest {
    pub(crate) fn view(&self) -> RequestView {
        RequestView {
            id: self.id,
            from: self.from.clone(),
            account: self.account,
            name_since_ms: self.since_ms,
            received_ms: self.received_ms,
        }
    }

    pub(crate) fn by_id(connection: &Connection, id: RequestId) -> Result<Option<Self>, MachineError> {
        let sql = format!("SELECT {COLUMNS} FROM request WHERE id = ?1");
        Ok(connection
            .prepare_cached(&sql)?
            .query_row([id.0], read)
            .optional()?)
    }

    pub(crate) fn in_state(connection: &Connection, state: RequestState) -> Result<Vec<Self>, MachineError> {
        let sql = format!("SELECT {COLUMNS} FROM request WHERE state = ?1 ORDER BY id");
        let mut statement = connection.prepare_cached(&sql)?;
        Ok(statement
            .query_map([number(state)], read)?
            .collect::<Result<_, _>>()?)
    }

    /// Stores a new one, unless one for this log is there; gives whether it was new.
    pub(crate) fn insert(&mut self, connection: &Connection) -> Result<bool, MachineError> {
        let mut statement = connection.prepare_cached(
            "INSERT OR IGNORE INTO request (log, from_name, from_account, since_ms, received_ms, state, sealed)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        let inserted = statement.execute((
            self.log.as_bytes(),
            self.from.as_str(),
            self.account.as_bytes(),
            self.since_ms.map(signed),
            signed(self.received_ms),
            number(self.state),
            self.sealed.as_slice(),
        ))?;
        self.id = RequestId(connection.last_insert_rowid());
        Ok(inserted > 0)
    }

    pub(crate) fn save(&self, connection: &Connection) -> Result<(), MachineError> {
        let mut statement = connection
            .prepare_cached("UPDATE request SET since_ms = ?2, state = ?3, sealed = ?4 WHERE id = ?1")?;
        statement.execute((
            self.id.0,
            self.since_ms.map(signed),
            number(self.state),
            self.sealed.as_slice(),
        ))?;
        Ok(())
    }
}

/// Whether a conversation began with a request to this account.
pub(crate) fn was_received(connection: &Connection, log: &LogId) -> Result<bool, MachineError> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM request WHERE log = ?1")?;
    Ok(statement.exists([log.as_bytes()])?)
}
