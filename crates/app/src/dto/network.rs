//! The network and the way into it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::directory::{NodeFault, OperatorRef};

/// From where a node can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Reach {
    /// From this machine only.
    Machine,
    /// From this network: same Wi-Fi, same office.
    Network,
    /// From anywhere.
    Anywhere,
}

/// A node of the network, as this client sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Node {
    /// Its id, in hexadecimal digits.
    pub(crate) id: String,
    /// Where it says that it can be dialled.
    pub(crate) sockets: Vec<String>,
    /// Its relay.
    pub(crate) relay: Option<String>,
    /// Whether it answers; `null` while nobody has asked it yet.
    pub(crate) reachable: Option<bool>,
    /// Whose it is, when it is an operator's.
    pub(crate) operator: Option<OperatorRef>,
    /// The newest height of its directory, as it says.
    pub(crate) height: Option<u64>,
    /// Whether it says that it decides, rather than follow.
    pub(crate) validates: bool,
    /// How many of its answers were not believed.
    pub(crate) faults: u64,
    /// Why the last of them was not.
    pub(crate) last_fault: Option<NodeFault>,
}

/// What is reachable and what isn't.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Report {
    /// Whether this profile belongs to a network.
    pub(crate) in_network: bool,
    /// The nodes of the network.
    pub(crate) nodes: Vec<Node>,
    /// From where the network's nodes can be reached, by their addresses.
    pub(crate) reach: Reach,
    /// Where this device can be dialled directly.
    pub(crate) own_sockets: Vec<String>,
    /// The people who are connected directly, without the `@`.
    pub(crate) direct: Vec<String>,
    /// This machine's clock less the network's, in milliseconds, once the network has been heard.
    pub(crate) clock_difference_ms: Option<i64>,
}

/// An invitation into the network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Invitation {
    /// The link.
    pub(crate) link: String,
    /// From where its nodes can be reached.
    pub(crate) reach: Reach,
    /// The link as a QR code.
    pub(crate) qr: Qr,
}

/// A QR code, without the quiet zone around it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Qr {
    /// Dots in each direction.
    pub(crate) size: usize,
    /// From top to bottom, each dot `1` if it is dark and `0` if it is light.
    pub(crate) rows: Vec<String>,
}

/// An invitation link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct Link {
    /// The link.
    pub(crate) link: String,
}
