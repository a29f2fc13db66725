//! QUIC as iroh gives it, without us.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Context as _;
use iroh::endpoint::{Connection, PortmapperConfig, presets};
use iroh::{Endpoint, EndpointAddr, RelayMode, TransportAddr};
use xchat_net::endpoint::{EndpointConfig, Listen, Part, bind};
use zeroize::Zeroizing;

use crate::clock::Stopwatch;
use crate::sample::Sample;

pub(crate) const ALPN: &[u8] = b"xchat-bench/raw";
/// As many bytes as an envelope.
const MESSAGE: [u8; 1024] = [0x5a; 1024];

/// How QUIC is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Tuning {
    /// As the library has it.
    Library,
    /// As our nodes and clients have it.
    Ours,
}

/// Any port on loopback.
pub(crate) fn loopback() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

/// An endpoint on loopback.
pub(crate) async fn endpoint(tuning: Tuning, part: Part, seed: [u8; 32]) -> anyhow::Result<Endpoint> {
    match tuning {
        Tuning::Ours => Ok(bind(EndpointConfig {
            seed: Zeroizing::new(seed),
            alpns: vec![ALPN.to_vec()],
            listen: Listen::Sockets(vec![loopback()]),
            relays: Vec::new(),
            external: Vec::new(),
            part,
        })
        .await?),
        Tuning::Library => Ok(Endpoint::builder(presets::Minimal)
            .secret_key(iroh::SecretKey::from_bytes(&seed))
            .alpns(vec![ALPN.to_vec()])
            .relay_mode(RelayMode::Disabled)
            .portmapper_config(PortmapperConfig::Disabled)
            .clear_ip_transports()
            .bind_addr(loopback())?
            .bind()
            .await?),
    }
}

/// Where an endpoint is dialled.
pub(crate) fn address(endpoint: &Endpoint) -> anyhow::Result<EndpointAddr> {
    let socket = endpoint.bound_sockets().first().copied();
    let socket = socket.context("the endpoint has no socket")?;
    Ok(EndpointAddr::from_parts(
        endpoint.id(),
        [TransportAddr::Ip(socket)],
    ))
}

/// Sends back what comes on the first stream.
async fn echo(connection: Connection) -> anyhow::Result<()> {
    let (mut send, mut receive) = connection.accept_bi().await?;
    let mut message = [0; MESSAGE.len()];
    while receive.read_exact(&mut message).await.is_ok() {
        send.write_all(&message).await?;
    }
    Ok(())
}

/// Round trips of 1 KiB on one stream between two endpoints set up as ours.
pub(crate) async fn round_trips(count: usize) -> anyhow::Result<Sample> {
    let server = endpoint(Tuning::Ours, Part::Node, [1; 32]).await?;
    let client = endpoint(Tuning::Ours, Part::Client, [2; 32]).await?;
    let serving = tokio::spawn({
        let server = server.clone();
        async move {
            let incoming = server.accept().await.context("the endpoint is closed")?;
            echo(incoming.await?).await
        }
    });
    let connection = client.connect(address(&server)?, ALPN).await?;
    let (mut send, mut receive) = connection.open_bi().await?;
    let mut sample = Sample::default();
    let mut answer = [0; MESSAGE.len()];
    for round in 0..count.saturating_add(count / 10) {
        let watch = Stopwatch::start();
        send.write_all(&MESSAGE).await?;
        receive.read_exact(&mut answer).await?;
        // The first ones warm the path up.
        if round >= count / 10 {
            sample.add(watch.elapsed());
        }
    }
    send.finish()?;
    serving.await??;
    client.close().await;
    server.close().await;
    Ok(sample)
}
