//! How the network looks from here, for people who look for a fault.

use std::net::SocketAddr;

use xchat_core::directory::{NodeFault, NodeView, OperatorView};
use xchat_proto::address::Endpoint;
use xchat_proto::directory_wire::NetworkStatus;
use xchat_proto::ids::NodeId;

/// Under which ids nodes see this device. They are made anew each time a messenger starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lanes {
    /// On connections for the inbox.
    pub inbox: NodeId,
    /// On connections for conversations and their files.
    pub conversations: NodeId,
    /// On connections to the directory.
    pub directory: NodeId,
}

/// How the network looks from here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkReport {
    /// Where other devices are told to dial this one; `None` as long as there is no account.
    pub own: Option<Endpoint>,
    /// Local addresses of the endpoint for direct connections.
    pub sockets: Vec<SocketAddr>,
    /// Relays of the network, as far as they are in use.
    pub relays: Vec<RelayReport>,
    /// The nodes of the network, each asked just now.
    pub nodes: Vec<NodeReport>,
    /// Connections to homes.
    pub home_connections: usize,
    /// Devices that are connected directly.
    pub direct_connections: usize,
}

/// How a relay is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayReport {
    /// Its URL.
    pub url: String,
    /// Whether it is connected.
    pub is_connected: bool,
}

/// How a node is, and what it did before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeReport {
    /// The node.
    pub node: NodeId,
    /// Where it is reached.
    pub endpoint: Endpoint,
    /// Whose it is, when it is an operator's.
    pub operator: Option<OperatorView>,
    /// The newest height of its directory, as it says; `None` when it doesn't answer.
    pub height: Option<u64>,
    /// Whether it says that it votes.
    pub validates: bool,
    /// How many of its answers were not believed.
    pub faults: u64,
    /// Why the last of them was not, and when, in Unix milliseconds.
    pub last_fault: Option<(NodeFault, u64)>,
}

impl NodeReport {
    pub(crate) fn new(view: NodeView, status: Option<NetworkStatus>) -> Self {
        Self {
            node: view.endpoint.id,
            endpoint: view.endpoint,
            operator: view.operator,
            height: status.as_ref().map(|status| status.height),
            validates: status.is_some_and(|status| status.validates),
            faults: view.faults,
            last_fault: view.last_fault,
        }
    }

    /// Whether it answers.
    pub fn is_reachable(&self) -> bool {
        self.height.is_some()
    }
}
