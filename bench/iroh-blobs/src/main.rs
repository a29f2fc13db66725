//! Moves a file between two stores of iroh-blobs on loopback, and says how fast: `import` and `transfer`, in MiB/s.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context as _;
use iroh::endpoint::{PortmapperConfig, presets};
use iroh::protocol::Router;
use iroh::{Endpoint, EndpointAddr, RelayMode, TransportAddr};
use iroh_blobs::BlobsProtocol;
use iroh_blobs::store::fs::FsStore;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let usage = "usage: xchat-bench-iroh-blobs FILE FOLDER";
    let (file, folder) = (arguments.next().context(usage)?, arguments.next().context(usage)?);
    let mebibytes = std::fs::metadata(&file)?.len() as f64 / f64::from(1 << 20);
    let (import_s, transfer_s) = moved(&file, &folder).await?;
    println!("import {:.1}", mebibytes / import_s);
    println!("transfer {:.1}", mebibytes / transfer_s);
    Ok(())
}

/// How long it takes to take the file into a store, and from there into another one, in seconds.
async fn moved(file: &Path, folder: &Path) -> anyhow::Result<(f64, f64)> {
    let (from, to) = (
        FsStore::load(folder.join("from")).await?,
        FsStore::load(folder.join("to")).await?,
    );
    let began = Instant::now();
    let tag = from.blobs().add_path(file).await?;
    let import_s = began.elapsed().as_secs_f64();

    let giving = endpoint().await?;
    let socket = *giving.bound_sockets().first().context("no socket")?;
    let address = EndpointAddr::from_parts(giving.id(), [TransportAddr::Ip(socket)]);
    let router = Router::builder(giving)
        .accept(iroh_blobs::ALPN, BlobsProtocol::new(&from, None))
        .spawn();
    let taking = endpoint().await?;
    let connection = taking.connect(address, iroh_blobs::ALPN).await?;
    let began = Instant::now();
    to.remote().fetch(connection, tag.hash_and_format()).await?;
    // What is acknowledged of ours is on the disk.
    to.sync_db().await?;
    let transfer_s = began.elapsed().as_secs_f64();

    taking.close().await;
    router.shutdown().await?;
    Ok((import_s, transfer_s))
}

async fn endpoint() -> anyhow::Result<Endpoint> {
    Ok(Endpoint::builder(presets::Minimal)
        .relay_mode(RelayMode::Disabled)
        .portmapper_config(PortmapperConfig::Disabled)
        .clear_ip_transports()
        .bind_addr(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?
        .bind()
        .await?)
}
