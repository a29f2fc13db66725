//! People who are blocked.

use rusqlite::Connection;
use xchat_proto::ids::AccountId;
use xchat_proto::name::Name;

use crate::error::MachineError;
use crate::io::BlockView;
use crate::rows::{id32, name, signed, unsigned};

/// Whether somebody is blocked.
pub(crate) fn is_blocked(connection: &Connection, account: &AccountId) -> Result<bool, MachineError> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM block WHERE account = ?1")?;
    Ok(statement.exists([account.as_bytes()])?)
}

/// Blocks somebody.
pub(crate) fn insert(
    connection: &Connection,
    account: &AccountId,
    name: &Name,
    now_ms: u64,
) -> Result<(), MachineError> {
    let mut statement = connection
        .prepare_cached("INSERT OR IGNORE INTO block (account, name, at_ms) VALUES (?1, ?2, ?3)")?;
    statement.execute((account.as_bytes(), name.as_str(), signed(now_ms)))?;
    Ok(())
}

/// Blocks somebody no more.
pub(crate) fn remove(connection: &Connection, account: &AccountId) -> Result<(), MachineError> {
    connection
        .prepare_cached("DELETE FROM block WHERE account = ?1")?
        .execute([account.as_bytes()])?;
    Ok(())
}

/// All who are blocked, the latest first.
pub(crate) fn all(connection: &Connection) -> Result<Vec<BlockView>, MachineError> {
    let mut statement =
        connection.prepare_cached("SELECT account, name, at_ms FROM block ORDER BY at_ms DESC, account")?;
    let rows = statement.query_map([], |row| {
        Ok(BlockView {
            account: AccountId(id32(row, 0)?),
            name: name(row, 1)?,
            since_ms: unsigned(row.get(2)?),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
