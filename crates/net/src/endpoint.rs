//! Endpoints under our rules.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use iroh::dns::DnsResolver;
use iroh::endpoint::{BindOpts, Builder, NetReportConfig, PortmapperConfig, presets};
use iroh::{Endpoint, RelayConfig, RelayMap, RelayMode, RelayUrl, SecretKey};
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::{self, kx_group};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::transport;

/// How often, and how many times, it is looked whether a port is free again.
const RELEASE_CHECK: Duration = Duration::from_millis(5);
const RELEASE_CHECKS: usize = 400;

/// Which part an endpoint plays; it decides how much memory a connection may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Serves thousands of connections of strangers.
    Node,
    /// Has a few connections, to its nodes and its peers.
    Client,
}

/// Where an endpoint listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listen {
    /// On all interfaces, IPv4 and, where there is one, IPv6. Port 0 takes a free one.
    Everywhere {
        /// The port.
        port: u16,
    },
    /// On exactly these, at most one of each family.
    Sockets(Vec<SocketAddr>),
    /// Nowhere: it is reached, and reaches others, through relays only.
    RelayOnly,
}

/// What makes an endpoint.
#[derive(Clone)]
pub struct EndpointConfig {
    /// The seed of its Ed25519 key.
    pub seed: Zeroizing<[u8; 32]>,
    /// The protocols that it accepts; none for an endpoint that only dials.
    pub alpns: Vec<Vec<u8>>,
    /// Where it listens.
    pub listen: Listen,
    /// URLs of its relays. It uses these and, to reach a peer, the one in the peer's address; never others.
    pub relays: Vec<String>,
    /// Addresses under which it is known to be reached besides those of its interfaces.
    pub external: Vec<SocketAddr>,
    /// Which part it plays.
    pub part: Part,
}

impl std::fmt::Debug for EndpointConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EndpointConfig")
            .field("listen", &self.listen)
            .field("part", &self.part)
            .finish_non_exhaustive()
    }
}

/// Why there is no endpoint.
#[derive(Debug, Error)]
pub enum BindError {
    /// Another program has the port.
    #[error("another program uses the port")]
    PortInUse,
    /// A relay's URL can't be read.
    #[error("the relay URL {0:?} is not valid")]
    InvalidRelay(String),
    /// The sockets can't be used together.
    #[error("the addresses to listen on can't be used together")]
    InvalidSockets,
    /// The operating system refuses, or the library is built without what it needs.
    #[error("the network can't be used: {0}")]
    Failed(String),
}

/// Makes an endpoint.
///
/// # Errors
/// [`BindError`] when a socket can't be had or a URL is wrong.
pub async fn bind(config: EndpointConfig) -> Result<Endpoint, BindError> {
    let mut builder = Endpoint::builder(presets::Empty)
        .secret_key(SecretKey::from_bytes(&config.seed))
        .alpns(config.alpns)
        .crypto_provider(crypto_provider())
        .dns_resolver(resolver())
        .portmapper_config(PortmapperConfig::Disabled)
        .net_report_config(net_report())
        .clear_address_lookup()
        .relay_mode(relay_mode(&config.relays)?)
        .transport_config(transport::config(config.part));
    for address in config.external {
        builder = builder.external_addr(address);
    }
    listen(builder, &config.listen)?.bind().await.map_err(bind_error)
}

/// Closes an endpoint: its peers are told, and its ports are free again when this returns, provided that this was the
/// last handle to it.
pub async fn close(endpoint: Endpoint) {
    let sockets = endpoint.bound_sockets();
    endpoint.close().await;
    drop(endpoint);
    // The library closes its sockets in the background and tells nobody when it has.
    for _ in 0..RELEASE_CHECKS {
        if sockets.iter().all(|socket| UdpSocket::bind(socket).is_ok()) {
            return;
        }
        tokio::time::sleep(RELEASE_CHECK).await;
    }
    tracing::warn!("a port is still in use after its endpoint was closed");
}

/// X25519MLKEM768 first, X25519 for peers without it: what is recorded today stays closed to tomorrow's computers.
fn crypto_provider() -> Arc<CryptoProvider> {
    Arc::new(CryptoProvider {
        kx_groups: vec![kx_group::X25519MLKEM768, kx_group::X25519],
        ..aws_lc_rs::default_provider()
    })
}

/// The system's resolver, for the host name of a relay that the owner has named; never a public one beside it.
fn resolver() -> DnsResolver {
    DnsResolver::builder()
        .with_system_defaults()
        .disable_fallback()
        .build()
}

/// A request to our own relay tells whether it is there. Nobody else is asked whether we are online.
fn net_report() -> NetReportConfig {
    let mut config = NetReportConfig::default();
    config.https_probes = true;
    config.captive_portal_check = false;
    config
}

fn relay_mode(urls: &[String]) -> Result<RelayMode, BindError> {
    if urls.is_empty() {
        return Ok(RelayMode::Disabled);
    }
    let relays: Vec<RelayConfig> = urls
        .iter()
        .map(|text| {
            let url: RelayUrl = text.parse().map_err(|_| BindError::InvalidRelay(text.clone()))?;
            // Our relays don't serve QUIC address discovery: to probe for it would only delay the start.
            Ok(RelayConfig::new(url, None))
        })
        .collect::<Result<_, BindError>>()?;
    Ok(RelayMode::Custom(RelayMap::from_iter(relays)))
}

fn listen(builder: Builder, listen: &Listen) -> Result<Builder, BindError> {
    let builder = builder.clear_ip_transports();
    match listen {
        Listen::RelayOnly => Ok(builder),
        Listen::Everywhere { port } => {
            let v4 = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), *port);
            let v6 = SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), *port);
            let optional = BindOpts::default().set_is_required(false);
            builder
                .bind_addr(v4)
                .and_then(|builder| builder.bind_addr_with_opts(v6, optional))
                .map_err(|_| BindError::InvalidSockets)
        }
        Listen::Sockets(sockets) => sockets.iter().try_fold(builder, |builder, socket| {
            builder.bind_addr(*socket).map_err(|_| BindError::InvalidSockets)
        }),
    }
}

fn bind_error(error: iroh::endpoint::BindError) -> BindError {
    match error {
        iroh::endpoint::BindError::Sockets { source, .. }
        | iroh::endpoint::BindError::CreateQuicEndpoint { source, .. }
            if source.kind() == std::io::ErrorKind::AddrInUse =>
        {
            BindError::PortInUse
        }
        other => BindError::Failed(other.to_string()),
    }
}

#[cfg(test)]
mod tests;
