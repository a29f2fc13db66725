//! Nodes: the one of a profile's own network, and the stand-alone one.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use xchat_client::Listen;
use xchat_node::{NodeConfig, NodeHandle, SpawnError, spawn};

use super::failures::not_started;
use super::twins;
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

/// A node that runs without a messenger.
#[derive(Debug)]
pub(crate) struct Node {
    handle: NodeHandle,
}

impl Node {
    /// Starts it. On all interfaces it relays too; on one address it doesn't unless that is public.
    ///
    /// # Errors
    /// When its port is in use or its folder can't be used.
    pub(crate) async fn start(folder: PathBuf, listen: SocketAddr) -> Result<Self, Failure> {
        let config = if listen.ip().is_loopback() {
            NodeConfig {
                listen: Listen::Sockets(vec![listen]),
                ..NodeConfig::local(folder)
            }
        } else if listen.ip().is_unspecified() {
            NodeConfig {
                listen: Listen::Everywhere { port: listen.port() },
                ..NodeConfig::single(folder)
            }
        } else {
            NodeConfig {
                listen: Listen::Sockets(vec![listen]),
                ..NodeConfig::single(folder)
            }
        };
        let handle = spawn(config).await.map_err(|error| not_started(&error))?;
        Ok(Self { handle })
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
