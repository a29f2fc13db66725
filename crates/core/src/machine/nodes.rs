//! The nodes that answer for the directory: who they are, and whom to ask first.

use std::collections::BTreeSet;

use minicbor::{Decode, Encode};
use rusqlite::Connection;
use xchat_proto::address::Endpoint;
use xchat_proto::ids::NodeId;
use xchat_proto::invitation::NetworkInvitation;
use xchat_proto::keys::PublicKey;
use xchat_proto::limits::DAY_MS;
use xchat_proto::operator::{Operator, Operators};

use crate::directory::{NodeFault, NodeView, OperatorView};
use crate::error::MachineError;
use crate::machine::step::Step;
use crate::meta::{self, Key};
use crate::rows::node;

/// How long a node is asked last after an answer that was not believed, in milliseconds.
const BLAMED_MS: u64 = DAY_MS;

/// Who decides in the network, as it was proved.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct KnownOperators {
    #[n(0)]
    pub(crate) operators: Operators,
    /// The height that proves it.
    #[n(1)]
    pub(crate) height: u64,
    /// When it was proved, in Unix milliseconds.
    #[n(2)]
    pub(crate) checked_ms: u64,
}

impl KnownOperators {
    pub(crate) fn of(connection: &Connection) -> Result<Option<Self>, MachineError> {
        meta::fetch(connection, Key::Committee)
    }
}

/// What an operator is called.
pub(crate) fn operator_view(operators: Option<&KnownOperators>, key: &PublicKey) -> OperatorView {
    let list = operators.map_or(&[][..], |known| known.operators.as_slice());
    let found = list.iter().find(|operator| operator.key == *key);
    OperatorView {
        key: *key,
        name: found.map_or_else(String::new, |operator| operator.name.as_str().to_owned()),
    }
}

/// A node that can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) endpoint: Endpoint,
    /// Whose it is, when it is an operator's.
    pub(crate) operator: Option<PublicKey>,
}

impl Node {
    /// Whether both are one party's, as far as is known.
    pub(crate) fn is_kin(&self, other: &Self) -> bool {
        self.endpoint.id == other.endpoint.id || (self.operator.is_some() && self.operator == other.operator)
    }
}

/// All nodes that are known: those of the invitation, then the operators'.
fn all(network: Option<&NetworkInvitation>, operators: Option<&KnownOperators>) -> Vec<Node> {
    let operators = operators.map_or(&[][..], |known| known.operators.as_slice());
    let runs = |id: &NodeId| {
        let is_theirs =
            |operator: &&Operator| operator.node.as_ref().is_some_and(|endpoint| endpoint.id == *id);
        operators.iter().find(is_theirs).map(|operator| operator.key)
    };
    let invited = network.map_or(&[][..], |network| network.nodes.as_slice());
    let mut nodes: Vec<Node> = invited
        .iter()
        .map(|endpoint| Node {
            operator: runs(&endpoint.id),
            endpoint: endpoint.clone(),
        })
        .collect();
    for operator in operators {
        if let Some(endpoint) = &operator.node {
            nodes.push(Node {
                endpoint: endpoint.clone(),
                operator: Some(operator.key),
            });
        }
    }
    let mut seen = BTreeSet::new();
    nodes.retain(|node| seen.insert(node.endpoint.id));
    nodes
}

/// The nodes, those first that are asked first. All but the first are in an order that nobody can foresee: whoever lies
/// can't count on not being compared.
pub(crate) fn in_turn(step: &mut Step<'_>) -> Result<Vec<Node>, MachineError> {
    let operators = KnownOperators::of(step.connection)?;
    let nodes = all(step.network.as_ref(), operators.as_ref());
    let faults = node::faults(step.connection)?;
    let now_ms = step.now_ms;
    let mut ranked: Vec<((bool, bool, u32), Node)> = Vec::new();
    for (place, node) in nodes.into_iter().enumerate() {
        let id = node.endpoint.id;
        let is_blamed = faults
            .get(&id)
            .is_some_and(|fault| now_ms.saturating_sub(fault.at_ms) < BLAMED_MS);
        let chance = match place {
            0 => 0,
            _ => u32::from_be_bytes(step.random()) | 1,
        };
        ranked.push(((is_blamed, step.live.silent.contains(&id), chance), node));
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    Ok(ranked.into_iter().map(|(_, node)| node).collect())
}

/// A node's answer was not believed.
pub(crate) fn blame(step: &Step<'_>, node: &NodeId, fault: NodeFault) -> Result<(), MachineError> {
    tracing::debug!(code = fault.code(), "a node's answer is not believed");
    node::blame(step.connection, node, fault, step.now_ms)
}

/// The nodes as people may see them.
pub(crate) fn views(
    connection: &Connection,
    network: Option<&NetworkInvitation>,
    silent: &BTreeSet<NodeId>,
) -> Result<Vec<NodeView>, MachineError> {
    let operators = KnownOperators::of(connection)?;
    let faults = node::faults(connection)?;
    let nodes = all(network, operators.as_ref());
    Ok(nodes
        .into_iter()
        .map(|node| {
            let fault = faults.get(&node.endpoint.id);
            NodeView {
                operator: node
                    .operator
                    .map(|operator| operator_view(operators.as_ref(), &operator)),
                faults: fault.map_or(0, |fault| fault.count),
                last_fault: fault.map(|fault| (fault.last, fault.at_ms)),
                is_silent: silent.contains(&node.endpoint.id),
                endpoint: node.endpoint,
            }
        })
        .collect())
}
