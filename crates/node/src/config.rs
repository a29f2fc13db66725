//! What an operator decides.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use xchat_directory::Retention;
use xchat_mailbox::{BlobQuotas, Quotas};
use xchat_net::endpoint::Listen;
use xchat_proto::genesis::Parameters;
use xchat_proto::light::Checkpoint;
use xchat_proto::operator::NetworkFile;

use crate::relay::{RELAY_BYTES_PER_SECOND, RelayOptions};

/// The node's part in the directory.
#[derive(Debug, Clone)]
pub enum DirectoryRole {
    /// The only validator of a network of its own, which is made at the first start.
    Alone {
        /// What that network agrees on.
        parameters: Parameters,
    },
    /// One of several: it votes whenever its validator key is in the set of the present epoch, and follows otherwise.
    Member {
        /// The network.
        network: NetworkFile,
        /// Where it listens to other validators, over TCP; else on all interfaces, at the port that the network knows
        /// it by.
        consensus_listen: Option<SocketAddr>,
        /// A newer block to begin from than the genesis, for a network that is older than it trusts its first
        /// validators.
        checkpoint: Option<Checkpoint>,
    },
}

/// How much room a node has for blobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlobConfig {
    /// How much may be kept. All blobs together never get more than half of what is free at the start.
    pub quotas: BlobQuotas,
    /// How many bytes of the disk stay free: nothing is taken that would leave less.
    pub free_bytes: u64,
}

impl Default for BlobConfig {
    fn default() -> Self {
        Self {
            quotas: BlobQuotas::default(),
            free_bytes: 2 << 30,
        }
    }
}

/// What an operator decides.
#[derive(Debug, Clone)]
pub struct NodeConfig {
    /// Where the node keeps everything. Nobody else may use it.
    pub data_dir: PathBuf,
    /// Where it listens. Port 0 takes a free one at the first start and keeps it.
    pub listen: Listen,
    /// Addresses under which it is reached besides those of its interfaces.
    pub external: Vec<SocketAddr>,
    /// Whether and how it relays.
    pub relay: Option<RelayOptions>,
    /// Its part in the directory.
    pub directory: DirectoryRole,
    /// How many blocks are kept, and how often a snapshot is taken; nothing for what is usual.
    pub retention: Option<Retention>,
    /// Most connections at the same time; each takes about 100 KiB.
    pub connections_max: usize,
    /// How much one log may hold.
    pub quotas: Quotas,
    /// How much room there is for blobs.
    pub blobs: BlobConfig,
}

impl NodeConfig {
    /// A node that is a whole network: mailbox, relay and the only validator, on all interfaces.
    pub fn single(data_dir: PathBuf) -> Self {
        Self {
            data_dir,
            listen: Listen::Everywhere { port: 0 },
            external: Vec::new(),
            relay: Some(RelayOptions {
                listen: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
                public_url: None,
                bytes_per_second: RELAY_BYTES_PER_SECOND,
            }),
            directory: DirectoryRole::Alone {
                parameters: Parameters::alone(),
            },
            retention: None,
            connections_max: 8192,
            quotas: Quotas::default(),
            blobs: BlobConfig::default(),
        }
    }

    /// The same for this machine alone: on loopback, without a relay.
    pub fn local(data_dir: PathBuf) -> Self {
        Self {
            listen: Listen::Sockets(vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))]),
            relay: None,
            ..Self::single(data_dir)
        }
    }
}
