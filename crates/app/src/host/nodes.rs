//! Nodes: the one of a profile's own network, and the stand-alone one.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use xchat_client::Listen;
use xchat_node::{
    BlobConfig, BlobQuotas, DirectoryRole, NodeConfig, NodeHandle, NodeMetrics, Parameters,
    RELAY_BYTES_PER_SECOND, RelayOptions, SpawnError, kept_network, spawn,
};

use super::failures::not_started;
use super::{operators, twins};
use crate::cli::Node as Wish;
use crate::dto::Invitation;
use crate::failure::Failure;
use crate::profile::Profile;

/// The UDP port of a first start, if it is free.
const PORT: u16 = 7480;

/// An address of this machine only.
pub(super) fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// Starts the node of a profile's own network.
///
/// # Errors
/// When its port is in use or its folder can't be used.
pub(super) async fn start_own(
    profile: &Profile,
    is_local: bool,
    wanted: Option<u16>,
) -> Result<NodeHandle, Failure> {
    let folder = profile.node_folder();
    let is_first = !folder.exists();
    let config = |port| match is_local {
        true => NodeConfig {
            listen: Listen::Sockets(vec![loopback(port)]),
            ..NodeConfig::local(folder.clone())
        },
        false => NodeConfig {
            listen: Listen::Everywhere { port },
            ..NodeConfig::single(folder.clone())
        },
    };
    let started = match wanted {
        Some(port) => spawn(config(port)).await,
        None if is_first => match spawn(config(PORT)).await {
            Err(SpawnError::PortInUse) => spawn(config(0)).await,
            started => started,
        },
        // Port 0 is the one of the last start: invitations carry it.
        None => spawn(config(0)).await,
    };
    started.map_err(|error| not_started(&error))
}

/// What part the node takes: in the network of the file, or of the last start, or in one of its own.
fn role(folder: &Path, wish: &Wish) -> Result<DirectoryRole, Failure> {
    let network = match &wish.network {
        Some(file) => Some(operators::network_file(file)?),
        None => kept_network(folder).map_err(|error| not_started(&SpawnError::Network(error)))?,
    };
    let Some(network) = network else {
        if wish.consensus_listen.is_some() || wish.trust.is_some() {
            return Err(Failure::usage("a network of its own has no other validators")
                .advise("Name the network with --network FILE"));
        }
        return Ok(DirectoryRole::Alone {
            parameters: Parameters::alone(),
        });
    };
    let checkpoint = match &wish.trust {
        Some(link) => Some(operators::checkpoint_of(link, &network.genesis)?),
        None => None,
    };
    Ok(DirectoryRole::Member {
        network,
        consensus_listen: wish.consensus_listen,
        checkpoint,
    })
}

/// A node that runs without a messenger.
#[derive(Debug)]
pub(crate) struct Node {
    handle: NodeHandle,
}

impl Node {
    /// Starts it. On loopback it doesn't relay: everybody there is reached directly.
    ///
    /// # Errors
    /// When a port is in use, its folder can't be used, or it belongs to another network.
    pub(crate) async fn start(folder: PathBuf, wish: &Wish) -> Result<Self, Failure> {
        let listen = match wish.listen.ip().is_unspecified() {
            true => Listen::Everywhere {
                port: wish.listen.port(),
            },
            false => Listen::Sockets(vec![wish.listen]),
        };
        let directory = role(&folder, wish)?;
        let relay_at = |ip| RelayOptions {
            listen: SocketAddr::new(ip, wish.relay_port.unwrap_or(0)),
            public_url: wish.relay_url.clone(),
            bytes_per_second: RELAY_BYTES_PER_SECOND,
        };
        let relay = match wish.listen.ip() {
            _ if wish.no_relay => None,
            ip if ip.is_loopback() && wish.relay_port.is_none() => None,
            ip if ip.is_loopback() => Some(relay_at(ip)),
            _ => Some(relay_at(Ipv4Addr::UNSPECIFIED.into())),
        };
        let config = NodeConfig {
            listen,
            external: wish.external.clone(),
            relay,
            directory,
            blobs: BlobConfig {
                quotas: BlobQuotas {
                    bytes: u64::from(wish.files_gib) << 30,
                    ..BlobQuotas::default()
                },
                ..BlobConfig::default()
            },
            ..NodeConfig::single(folder)
        };
        let handle = spawn(config).await.map_err(|error| not_started(&error))?;
        Ok(Self { handle })
    }

    /// The number of its network.
    pub(crate) fn network(&self) -> String {
        xchat_node::network_number(self.handle.genesis())
    }

    /// How it fares.
    pub(crate) fn metrics(&self) -> NodeMetrics {
        self.handle.metrics()
    }

    /// Resolves when the directory's engine has stopped by itself.
    pub(crate) async fn failed(&self) {
        self.handle.failed().await;
    }

    /// The invitation into its network.
    ///
    /// # Errors
    /// Never in practice: a genesis of one validator fits an invitation.
    pub(crate) fn invitation(&self) -> Result<Invitation, Failure> {
        let network = self
            .handle
            .invitation()
            .ok_or_else(|| Failure::bug("the genesis fits no invitation"))?;
        twins::invitation(&network)
    }

    /// Stops it in order.
    pub(crate) async fn shutdown(self) {
        self.handle.shutdown().await;
    }
}
