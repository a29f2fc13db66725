//! Node rows: which nodes of the network gave answers that were not believed.

use std::collections::BTreeMap;

use rusqlite::Connection;
use xchat_proto::ids::NodeId;

use crate::directory::NodeFault;
use crate::error::MachineError;
use crate::rows::{id32, signed, unsigned};

/// Most nodes of which faults are kept.
const FAULTS_MAX: i64 = 1024;

/// What is held against a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) count: u64,
    pub(crate) last: NodeFault,
    pub(crate) at_ms: u64,
}

/// The faults of all nodes.
pub(crate) fn faults(connection: &Connection) -> Result<BTreeMap<NodeId, Fault>, MachineError> {
    let mut statement = connection.prepare_cached("SELECT node, count, fault, at_ms FROM node_fault")?;
    let rows = statement.query_map([], |row| {
        let last = NodeFault::from_number(row.get(2)?).unwrap_or(NodeFault::Foreign);
        let fault = Fault {
            count: unsigned(row.get(1)?),
            last,
            at_ms: unsigned(row.get(3)?),
        };
        Ok((NodeId(id32(row, 0)?), fault))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Holds a fault against a node.
pub(crate) fn blame(
    connection: &Connection,
    node: &NodeId,
    fault: NodeFault,
    now_ms: u64,
) -> Result<(), MachineError> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO node_fault (node, count, fault, at_ms) VALUES (?1, 1, ?2, ?3)
         ON CONFLICT (node) DO UPDATE SET count = count + 1, fault = excluded.fault, at_ms = excluded.at_ms",
    )?;
    statement.execute((node.0.as_slice(), fault.number(), signed(now_ms)))?;
    let mut forget = connection.prepare_cached(
        "DELETE FROM node_fault WHERE node NOT IN (SELECT node FROM node_fault ORDER BY at_ms DESC LIMIT ?1)",
    )?;
    forget.execute([FAULTS_MAX])?;
    Ok(())
}
