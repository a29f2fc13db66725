//! Four validators, each a process, and those who register names with them.

use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use clap::Subcommand;
use data_encoding::HEXLOWER;
use iroh::endpoint::Connection;
use tokio::task::JoinSet;
use tokio::time::timeout;
use xchat_net::endpoint::{EndpointConfig, Listen, Part, bind};
use xchat_net::frame::{FrameReader, FrameWriter};
use xchat_node::{DirectoryRole, NodeConfig, OperatorKey};
use xchat_proto::address::{Endpoint, Socket};
use xchat_proto::codec::{self, Bounded};
use xchat_proto::directory_wire::{DIRECTORY_ALPN, DirectoryReply, DirectoryRequest};
use xchat_proto::genesis::{Genesis, Parameters};
use xchat_proto::ids::Hash;
use xchat_proto::operator::{NetworkFile, Operator, operators};
use xchat_proto::record::Operation;
use zeroize::Zeroizing;

use super::names::Owner;
use crate::Plan;
use crate::clock::{Stopwatch, now_ms};
use crate::people::node_config;
use crate::process::{self, Process};
use crate::raw::quic::loopback;
use crate::report::{Figure, Report, Target, float};
use crate::sample::Sample;

const VALIDATORS: u8 = 4;
/// Connections to each validator, and streams on each.
const CONNECTIONS: u8 = 5;
const STREAMS: usize = 32;
/// The price of a name where speed is measured: the check costs the same at every price.
const WORK_BITS: u8 = 1;
/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A process that this measurement starts.
#[derive(Debug, Subcommand)]
pub(crate) enum Child {
    /// A node of a network: a validator when its key is one, else a follower.
    #[command(hide = true)]
    Member {
        folder: PathBuf,
        network: PathBuf,
        /// Where it listens to clients.
        listen: SocketAddr,
        /// Where it listens to other validators.
        consensus: SocketAddr,
    },
}

impl Child {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let Self::Member {
            folder,
            network,
            listen,
            consensus,
        } = self;
        let network: NetworkFile = codec::decode(&std::fs::read(network)?, usize::MAX)?;
        let node = xchat_node::spawn(NodeConfig {
            directory: DirectoryRole::Member {
                network,
                consensus_listen: Some(consensus),
                checkpoint: None,
            },
            listen: Listen::Sockets(vec![listen]),
            ..node_config(&folder)
        })
        .await?;
        process::ready(&HEXLOWER.encode(&codec::encode(node.endpoint())))?;
        process::until_let_go().await?;
        node.shutdown().await;
        Ok(())
    }
}

/// Four validators.
struct Network {
    genesis: Genesis,
    file: PathBuf,
    validators: Vec<Process>,
    nodes: Vec<Endpoint>,
}

/// Where a validator listens.
#[derive(Debug, Clone, Copy)]
struct Sockets {
    /// To clients.
    node: SocketAddr,
    /// To other validators.
    consensus: SocketAddr,
}

/// Free ports; all are taken before any is let go, so that none is given twice.
fn free(count: u8) -> anyhow::Result<Vec<Sockets>> {
    let mut held = Vec::new();
    for _ in 0..count {
        held.push((UdpSocket::bind(loopback())?, TcpListener::bind(loopback())?));
    }
    let sockets = held.iter().map(|(node, consensus)| {
        let (node, consensus) = (node.local_addr()?, consensus.local_addr()?);
        Ok(Sockets { node, consensus })
    });
    sockets.collect()
}

async fn member(folder: &Path, file: &Path, at: Sockets) -> anyhow::Result<(Process, Endpoint)> {
    let text = |path: &Path| {
        path.to_str()
            .map(str::to_owned)
            .context("a folder's name is not UTF-8")
    };
    let (folder, file) = (text(folder)?, text(file)?);
    let (node, consensus) = (at.node.to_string(), at.consensus.to_string());
    let mut process = Process::start(&["member", &folder, &file, &node, &consensus])?;
    let told = HEXLOWER.decode(process.line().await?.as_bytes())?;
    Ok((process, codec::decode(&told, usize::MAX)?))
}

impl Network {
    async fn new(folder: &Path, epoch_blocks: u32) -> anyhow::Result<Self> {
        let folders: Vec<PathBuf> = (0..VALIDATORS)
            .map(|number| folder.join(number.to_string()))
            .collect();
        let places = free(VALIDATORS)?;
        let mut list = Vec::new();
        for (folder, at) in folders.iter().zip(&places) {
            let keys = OperatorKey::open(folder)?;
            list.push(Operator {
                consensus: Some(Socket(at.consensus)),
                node: Some(Endpoint {
                    id: keys.node(),
                    sockets: Bounded::new(vec![Socket(at.node)])?,
                    relay: None,
                }),
                ..Operator::unknown(keys.public())
            });
        }
        let operators = operators(list)?;
        let parameters = Parameters {
            registration_work_bits: WORK_BITS,
            registrations_per_hour: u32::MAX,
            epoch_blocks,
            ..Parameters::default()
        };
        let genesis = Genesis::new(&operators, parameters, now_ms(), Hash([5; 32]))?;
        let file = folder.join("network");
        let network = NetworkFile {
            genesis: genesis.clone(),
            operators,
        };
        std::fs::write(&file, codec::encode(&network))?;
        let (mut validators, mut nodes) = (Vec::new(), Vec::new());
        let mut starting = JoinSet::new();
        for (folder, at) in folders.into_iter().zip(places) {
            let file = file.clone();
            starting.spawn(async move { member(&folder, &file, at).await });
        }
        for started in starting.join_all().await {
            let (process, endpoint) = started?;
            validators.push(process);
            nodes.push(endpoint);
        }
        Ok(Self {
            genesis,
            file,
            validators,
            nodes,
        })
    }

    async fn end(self) -> anyhow::Result<()> {
        for validator in self.validators {
            validator.end().await?;
        }
        Ok(())
    }
}

/// Connections to one node.
struct Client {
    endpoint: iroh::Endpoint,
    connections: Vec<Connection>,
}

impl Client {
    async fn new(seed: u8, node: &Endpoint, connections: u8) -> anyhow::Result<Self> {
        let endpoint = bind(EndpointConfig {
            seed: Zeroizing::new([seed; 32]),
            alpns: Vec::new(),
            listen: Listen::Sockets(vec![loopback()]),
            relays: Vec::new(),
            external: Vec::new(),
            part: Part::Client,
        })
        .await?;
        let mut made = Vec::new();
        for _ in 0..connections {
            let address = xchat_net::address::dialled(node)?;
            made.push(endpoint.connect(address, DIRECTORY_ALPN).await?);
        }
        Ok(Self {
            endpoint,
            connections: made,
        })
    }

    async fn height(&self) -> anyhow::Result<u64> {
        let connection = self.connections.first().context("a client has a connection")?;
        match (Stream::new(connection).await?)
            .ask(&DirectoryRequest::Status)
            .await?
        {
            DirectoryReply::Status { status } => Ok(status.height),
            DirectoryReply::Unavailable => Ok(0),
            other => anyhow::bail!("a node answers a question for its height by {other:?}"),
        }
    }
}

struct Stream {
    reader: FrameReader,
    writer: FrameWriter,
}

impl Stream {
    async fn new(connection: &Connection) -> anyhow::Result<Self> {
        let (send, receive) = connection.open_bi().await?;
        Ok(Self {
            reader: FrameReader::new(receive),
            writer: FrameWriter::new(send),
        })
    }

    async fn ask(&mut self, request: &DirectoryRequest) -> anyhow::Result<DirectoryReply> {
        self.writer.send(request).await?;
        let reply = timeout(PATIENCE, self.reader.next()).await?;
        reply?.context("a node ends the stream")
    }
}

/// Registers names over one stream, one after the other, until there are none left.
async fn register(
    connection: Connection,
    operations: Arc<Vec<Operation>>,
    next: Arc<AtomicU64>,
) -> anyhow::Result<Sample> {
    let mut stream = Stream::new(&connection).await?;
    let mut sample = Sample::default();
    loop {
        let place = usize::try_from(next.fetch_add(1, Ordering::Relaxed))?;
        let Some(operation) = operations.get(place).cloned() else {
            return Ok(sample);
        };
        let watch = Stopwatch::start();
        match stream.ask(&DirectoryRequest::Submit { operation }).await? {
            DirectoryReply::Accepted { .. } => sample.add(watch.elapsed()),
            other => anyhow::bail!("a registration is answered by {other:?}"),
        }
    }
}

/// Registers all, `streams` at a time over each connection, and returns how long it took.
async fn register_all(
    clients: &[Client],
    streams: usize,
    operations: Vec<Operation>,
) -> anyhow::Result<(Sample, f64)> {
    let (operations, next) = (Arc::new(operations), Arc::new(AtomicU64::new(0)));
    let mut running = JoinSet::new();
    let watch = Stopwatch::start();
    for client in clients {
        for connection in &client.connections {
            for _ in 0..streams {
                running.spawn(register(
                    connection.clone(),
                    Arc::clone(&operations),
                    Arc::clone(&next),
                ));
            }
        }
    }
    let mut all = Sample::default();
    for sample in running.join_all().await {
        all.extend(sample?);
    }
    Ok((all, watch.seconds()))
}

fn made(genesis: &Genesis, numbers: std::ops::Range<u64>) -> anyhow::Result<Vec<Operation>> {
    let owner = Owner::new(1)?;
    numbers.map(|number| owner.registers(genesis, number)).collect()
}

pub(crate) async fn measure(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    let folder = plan.folder()?;
    let network = Network::new(folder.path(), 256).await?;
    let mut clients = Vec::new();
    for (number, node) in (100..).zip(&network.nodes) {
        clients.push(Client::new(number, node, CONNECTIONS).await?);
    }
    let (few, many) = (plan.pick(400, 100), plan.pick(40_000, 4_000));
    // First names: what is made once is not counted.
    register_all(&clients, 1, made(&network.genesis, 0..64)?).await?;

    let one_by_one = [Client {
        endpoint: clients.first().context("four clients")?.endpoint.clone(),
        connections: clients
            .first()
            .context("four clients")?
            .connections
            .iter()
            .take(1)
            .cloned()
            .collect(),
    }];
    let (alone, _) = register_all(&one_by_one, 1, made(&network.genesis, 64..64 + few)?).await?;
    report.add(
        Figure::new("directory.finality_alone.p50", "ms", alone.p50_ms()).held_to(Target::Below(500.0)),
    )?;
    report.add(Figure::new("directory.finality_alone.p99", "ms", alone.p99_ms()))?;

    let first = 64 + few;
    let (loaded, seconds) =
        register_all(&clients, STREAMS, made(&network.genesis, first..first + many)?).await?;
    report.add(
        Figure::new("directory.registrations.rate", "/s", float(many) / seconds)
            .held_to(Target::Above(1_500.0)),
    )?;
    report.add(
        Figure::new("directory.finality_under_load.p50", "ms", loaded.p50_ms()).held_to(Target::Below(500.0)),
    )?;
    report.add(Figure::new(
        "directory.finality_under_load.p99",
        "ms",
        loaded.p99_ms(),
    ))?;
    catch_up(folder.path(), &network, &clients, report).await?;
    network.end().await
}

/// How fast a follower that has nothing takes all blocks.
async fn catch_up(
    folder: &Path,
    network: &Network,
    clients: &[Client],
    report: &mut Report,
) -> anyhow::Result<()> {
    let tip = clients.first().context("four clients")?.height().await?;
    let at = free(1)?.first().copied().context("a place for the follower")?;
    let watch = Stopwatch::start();
    let (process, node) = member(&folder.join("follower"), &network.file, at).await?;
    let client = Client::new(99, &node, 1).await?;
    timeout(PATIENCE, async {
        while client.height().await? < tip {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        anyhow::Ok(())
    })
    .await
    .context("the follower never catches up")??;
    let seconds = watch.seconds();
    report.add(Figure::new("directory.catch_up", "s", seconds))?;
    report.add(Figure::new(
        "directory.catch_up.rate",
        "blocks/s",
        float(tip) / seconds,
    ))?;
    process.end().await
}
