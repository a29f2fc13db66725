//! How the network looks from here, for people who look for a fault.

use std::net::SocketAddr;

use xchat_proto::address::Endpoint;
use xchat_proto::ids::NodeId;

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

/// How a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeReport {
    /// The node.
    pub node: NodeId,
    /// The newest height of its directory; `None` when it doesn't answer.
    pub height: Option<u64>,
}

impl NodeReport {
    /// Whether it answers.
    pub fn is_reachable(&self) -> bool {
        self.height.is_some()
    }
}
