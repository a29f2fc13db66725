//! Evidence rows: proofs that a network's operators have signed two truths. They are kept for ever.

use rusqlite::Connection;
use xchat_proto::codec;
use xchat_proto::light::Evidence;

use crate::error::MachineError;
use crate::rows::{signed, unsigned};

const EVIDENCE_BYTES_MAX: usize = 64 * 1024;
/// Operators who lie on and on fill no disk: what counts is that they do.
const EVIDENCE_MAX: i64 = 64;

/// A proof that was found.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) evidence: Evidence,
    pub(crate) found_ms: u64,
    pub(crate) is_acknowledged: bool,
}

/// Keeps a proof. Says whether it is a new one.
pub(crate) fn keep(connection: &Connection, evidence: &Evidence, now_ms: u64) -> Result<bool, MachineError> {
    let mut statement = connection.prepare_cached(
        "INSERT OR IGNORE INTO evidence (digests, height, body, found_ms)
         SELECT ?1, ?2, ?3, ?4 WHERE (SELECT count(*) FROM evidence) < ?5",
    )?;
    let changed = statement.execute((
        evidence.digests().map(|digest| digest.0).concat(),
        signed(evidence.height()),
        codec::encode(evidence),
        signed(now_ms),
        EVIDENCE_MAX,
    ))?;
    Ok(changed > 0)
}

/// All that was found, the oldest first.
pub(crate) fn all(connection: &Connection) -> Result<Vec<Found>, MachineError> {
    let mut statement =
        connection.prepare_cached("SELECT body, found_ms, is_acknowledged FROM evidence ORDER BY id")?;
    let rows = statement.query_map([], |row| {
        let body: Vec<u8> = row.get(0)?;
        Ok((body, unsigned(row.get(1)?), row.get(2)?))
    })?;
    let mut all = Vec::new();
    for row in rows {
        let (body, found_ms, is_acknowledged) = row?;
        all.push(Found {
            evidence: codec::decode(&body, EVIDENCE_BYTES_MAX)?,
            found_ms,
            is_acknowledged,
        });
    }
    Ok(all)
}

/// Whether there is a proof that the user has not seen.
pub(crate) fn is_unseen(connection: &Connection) -> Result<bool, MachineError> {
    let mut statement =
        connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM evidence WHERE is_acknowledged = 0)")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

/// The user has seen them.
pub(crate) fn acknowledge(connection: &Connection) -> Result<(), MachineError> {
    connection.execute("UPDATE evidence SET is_acknowledged = 1", [])?;
    Ok(())
}
