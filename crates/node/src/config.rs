//! What an operator decides.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use xchat_mailbox::Quotas;
use xchat_net::endpoint::Listen;
use xchat_proto::genesis::Genesis;
use xchat_proto::keys::PublicKey;
use xchat_proto::limits::REGISTRATION_WORK_BITS;

use crate::relay::{RELAY_BYTES_PER_SECOND, RelayOptions};

/// The node's part in the directory.
#[derive(Debug, Clone)]
pub enum DirectoryRole {
    /// The only validator of a network of its own, which is made at the first start.
    Alone {
        /// What a registration costs in that network, in bits of proof of work.
        registration_work_bits: u8,
    },
    /// A validator among others.
    Validator {
        /// The network.
        genesis: Genesis,
        /// Where it listens to the others, over TCP.
        listen: SocketAddr,
        /// Where the others listen.
        peers: BTreeMap<PublicKey, SocketAddr>,
    },
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
    /// Most connections at the same time; each takes about 100 KiB.
    pub connections_max: usize,
    /// How much one log may hold.
    pub quotas: Quotas,
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
                registration_work_bits: REGISTRATION_WORK_BITS,
            },
            connections_max: 8192,
            quotas: Quotas::default(),
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
