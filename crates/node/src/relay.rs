//! The relay: carries the sealed packets of endpoints that can't reach each other.
//!
//! Open to everybody, at a limited rate for each. Plain HTTP: the packets are encrypted from end to end, and an
//! operator who wants TLS puts a proxy before it. NOT its concern: who the endpoints are.

use std::net::SocketAddr;
use std::num::NonZeroU32;

use iroh_relay::server::{ClientRateLimit, RelayConfig, Server, ServerConfig};
use thiserror::Error;

/// How a node relays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayOptions {
    /// Where it listens. Port 0 takes a free one at the first start and keeps it.
    pub listen: SocketAddr,
    /// The URL under which others reach it; `None` makes one of the address that it listens on.
    pub public_url: Option<String>,
    /// What one endpoint may send in a second.
    pub bytes_per_second: NonZeroU32,
}

/// What one endpoint may send in a second, unless the operator says otherwise: a video call in full quality.
pub const RELAY_BYTES_PER_SECOND: NonZeroU32 = match NonZeroU32::new(4 * 1024 * 1024) {
    Some(rate) => rate,
    None => NonZeroU32::MIN,
};

/// Why the relay does not run.
#[derive(Debug, Error)]
pub enum RelayError {
    /// Another program has the port.
    #[error("another program uses the relay's port")]
    PortInUse,
    /// It could not be started.
    #[error("the relay can't be started: {0}")]
    Failed(String),
}

/// A running relay. It stops when dropped.
#[derive(Debug)]
pub(crate) struct Relay {
    server: Server,
    address: SocketAddr,
}

impl Relay {
    pub(crate) async fn spawn(listen: SocketAddr, options: &RelayOptions) -> Result<Self, RelayError> {
        let mut limit = ClientRateLimit::new(options.bytes_per_second);
        limit.max_burst_bytes = Some(options.bytes_per_second);
        let mut relay = RelayConfig::new(listen);
        relay.limits.client_rx = Some(limit);
        let mut config = ServerConfig::default();
        config.relay = Some(relay);
        let server = Server::spawn(config).await.map_err(spawn_error)?;
        let address = server.http_addr().unwrap_or(listen);
        Ok(Self { server, address })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) async fn shutdown(self) {
        if let Err(error) = self.server.shutdown().await {
            tracing::warn!(%error, "the relay did not stop in order");
        }
    }
}

fn spawn_error(error: iroh_relay::server::SpawnError) -> RelayError {
    match error {
        iroh_relay::server::SpawnError::BindTcpListener { source, .. }
            if source.kind() == std::io::ErrorKind::AddrInUse =>
        {
            RelayError::PortInUse
        }
        other => RelayError::Failed(other.to_string()),
    }
}
