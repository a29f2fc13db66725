//! Memory of a node for each idle client, beside a bare iroh server with as many idle connections.
//!
//! Server and clients are processes of their own, made of this same program; both tell their parent on standard output
//! when they are ready, and end when their standard input does.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::Subcommand;
use data_encoding::HEXLOWER;
use iroh::endpoint::{Connection, RecvStream, SendStream};
use iroh::{EndpointAddr, EndpointId, TransportAddr};
use tokio::task::JoinSet;
use xchat_net::endpoint::Part;
use xchat_proto::address::{Endpoint, Socket};
use xchat_proto::codec::Bounded;
use xchat_proto::ids::NodeId;

use crate::Plan;
use crate::device::{Device, numbered};
use crate::people::node_config;
use crate::process::{self, Process};
use crate::raw::quic::{ALPN, Tuning, endpoint};
use crate::report::{Figure, Report, Target};

/// Clients that connect at the same time.
const AT_ONCE: usize = 16;
/// How long the server may settle before its memory is read: handshakes leave garbage behind.
const SETTLE: Duration = Duration::from_secs(5);

/// A process that the measurement of memory starts.
#[derive(Debug, Subcommand)]
pub(crate) enum Child {
    /// A node.
    #[command(hide = true)]
    Node { folder: PathBuf },
    /// An iroh endpoint that accepts connections and answers one request on each.
    #[command(hide = true)]
    Bare { tuning: Tuning },
    /// Clients of a node or, with a tuning, of a bare endpoint.
    #[command(hide = true)]
    Clients {
        id: String,
        socket: SocketAddr,
        count: usize,
        #[arg(long)]
        bare: Option<Tuning>,
    },
}

impl Child {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Node { folder } => {
                let node = xchat_node::spawn(node_config(&folder)).await?;
                let told = node.endpoint();
                let socket = told
                    .sockets
                    .as_slice()
                    .first()
                    .context("the node has no socket")?;
                process::ready(&format!("{} {}", HEXLOWER.encode(told.id.as_bytes()), socket.0))?;
                process::until_let_go().await?;
                node.shutdown().await;
                Ok(())
            }
            Self::Bare { tuning } => serve_bare(tuning).await,
            Self::Clients {
                id,
                socket,
                count,
                bare,
            } => clients(&id, socket, count, bare).await,
        }
    }
}

async fn serve_bare(tuning: Tuning) -> anyhow::Result<()> {
    let server = endpoint(tuning, Part::Node, [7; 32]).await?;
    let socket = server.bound_sockets().first().copied().context("no socket")?;
    process::ready(&format!("{} {socket}", HEXLOWER.encode(server.id().as_bytes())))?;
    let serving = async {
        let mut connections = JoinSet::new();
        while let Some(incoming) = server.accept().await {
            connections.spawn(async move {
                let connection = incoming.await?;
                let (mut send, mut receive) = connection.accept_bi().await?;
                let mut byte = [0; 1];
                receive.read_exact(&mut byte).await?;
                send.write_all(&byte).await?;
                // Both ends keep the stream, as a client keeps its stream of requests.
                connection.closed().await;
                anyhow::Ok((send, receive))
            });
        }
    };
    tokio::select! {
        () = serving => Ok(()),
        let_go = process::until_let_go() => let_go,
    }
}

/// What a client of a bare endpoint holds.
type Bare = (iroh::Endpoint, Connection, SendStream, RecvStream);

async fn bare_client(number: usize, server: EndpointAddr, tuning: Tuning) -> anyhow::Result<Bare> {
    let client = endpoint(tuning, Part::Client, numbered(5, number)).await?;
    let connection = client.connect(server, ALPN).await?;
    let (mut send, mut receive) = connection.open_bi().await?;
    send.write_all(&[1]).await?;
    receive.read_exact(&mut [0; 1]).await?;
    Ok((client, connection, send, receive))
}

async fn idle_client(
    number: usize,
    home: &Endpoint,
) -> anyhow::Result<(Device, xchat_net::frame::FrameReader)> {
    let mut device = Device::new(number, home).await?;
    device.open_log().await?;
    let subscription = device.subscribe().await?;
    Ok((device, subscription))
}

async fn clients(id: &str, socket: SocketAddr, count: usize, bare: Option<Tuning>) -> anyhow::Result<()> {
    let id: [u8; 32] = HEXLOWER
        .decode(id.as_bytes())?
        .try_into()
        .map_err(|_| anyhow::anyhow!("an id has 32 bytes"))?;
    let home = Endpoint {
        id: NodeId(id),
        sockets: Bounded::new(vec![Socket(socket)])?,
        relay: None,
    };
    let server = EndpointAddr::from_parts(EndpointId::from_bytes(&id)?, [TransportAddr::Ip(socket)]);
    let (mut held, mut held_bare) = (Vec::new(), Vec::new());
    for first in (0..count).step_by(AT_ONCE) {
        let numbers = first..first.saturating_add(AT_ONCE).min(count);
        match bare {
            Some(tuning) => {
                let mut joining = JoinSet::new();
                for number in numbers {
                    joining.spawn(bare_client(number, server.clone(), tuning));
                }
                for client in joining.join_all().await {
                    held_bare.push(client?);
                }
            }
            None => {
                let mut joining = JoinSet::new();
                for number in numbers {
                    let home = home.clone();
                    joining.spawn(async move { idle_client(number, &home).await });
                }
                for client in joining.join_all().await {
                    held.push(client?);
                }
            }
        }
    }
    process::ready("connected")?;
    process::until_let_go().await?;
    // Thousands of goodbyes would take longer than the measurement.
    std::process::exit(0)
}

/// What a server takes.
struct Taken {
    empty_kib: f64,
    each_kib: f64,
}

async fn taken(server: &[&str], bare: Option<&str>, clients: usize) -> anyhow::Result<Taken> {
    let mut server = Process::start(server)?;
    let told = server.line().await?;
    let (id, socket) = told
        .split_once(' ')
        .context("the server's address can't be read")?;
    // One client first: what is made once is not counted for each.
    let first = connect(id, socket, 1, bare).await?;
    first.end().await?;
    let empty_kib = server.resident_kib()?;
    let clients_of = connect(id, socket, clients, bare).await?;
    tokio::time::sleep(SETTLE).await;
    let full_kib = server.resident_kib()?;
    clients_of.end().await?;
    server.end().await?;
    let each_kib = (full_kib - empty_kib) / f64::from(u32::try_from(clients)?);
    Ok(Taken { empty_kib, each_kib })
}

async fn connect(id: &str, socket: &str, count: usize, bare: Option<&str>) -> anyhow::Result<Process> {
    let count = count.to_string();
    let mut arguments = vec!["clients", id, socket, &count];
    if let Some(tuning) = bare {
        arguments.extend(["--bare", tuning]);
    }
    let mut process = Process::start(&arguments)?;
    process.line().await?;
    Ok(process)
}

pub(crate) async fn measure(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    let clients = plan.pick(1000, 200);
    let library = taken(&["bare", "library"], Some("library"), clients).await?;
    let tuned = taken(&["bare", "ours"], Some("ours"), clients).await?;
    let folder = plan.folder()?;
    let path = folder.path().to_str().context("the folder's name is not UTF-8")?;
    let node = taken(&["node", path], None, clients).await?;
    report.add(Figure::new(
        "raw.iroh_library_default.per_idle_client",
        "KiB",
        library.each_kib,
    ))?;
    let figure = Figure::new("raw.iroh_tuned.per_idle_client", "KiB", tuned.each_kib);
    report.add(figure.beside("bare iroh as the library has it", library.each_kib))?;
    report.add(Figure::new(
        "memory.node_without_clients",
        "MiB",
        node.empty_kib / 1024.0,
    ))?;
    let figure = Figure::new(
        format!("memory.per_idle_client_of_{clients}"),
        "KiB",
        node.each_kib,
    );
    let least = library.each_kib.min(tuned.each_kib);
    report.add(
        figure
            .beside("bare iroh, the better tuning", least)
            .held_to(Target::TimesRaw(1.3)),
    )
}
