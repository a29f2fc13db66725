//! Starting and stopping a node.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use iroh::Watcher as _;
use thiserror::Error;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time;
use xchat_net::address;
use xchat_net::endpoint::{self, BindError, EndpointConfig, Part};
use xchat_proto::address::Endpoint;
use xchat_proto::blob_wire::BLOB_ALPN;
use xchat_proto::codec::Text;
use xchat_proto::directory_wire::DIRECTORY_ALPN;
use xchat_proto::genesis::Genesis;
use xchat_proto::invitation::NetworkInvitation;
use xchat_proto::keys::SigningKey;
use xchat_proto::mailbox_wire::MAILBOX_ALPN;
use zeroize::Zeroizing;

use crate::accept::{self, Guests, Services};
use crate::asker::Asker;
use crate::blob_service::{BlobService, BlobsError, Disk};
use crate::clock;
use crate::config::NodeConfig;
use crate::data_dir::{DataDir, DataDirError};
use crate::directory_service::{Current, DirectoryService};
use crate::forwarder::Forwarder;
use crate::invite;
use crate::mailbox_service::{MailboxError, MailboxService, WriterThread};
use crate::metrics::{self, NodeMetrics};
use crate::network::{Member, NetworkError};
use crate::ports::with_port;
use crate::relay::{Relay, RelayError, RelayOptions};
use crate::stats::{Counters, NodeStats};
use crate::sync::{self, Sync};

pub(crate) const KEY: &str = "node.key";
const PORT: &str = "port";
const RELAY_PORT: &str = "relay-port";
const MAILBOX: &str = "mailbox";
const BLOBS: &str = "blobs";
/// The file of a data directory in which a running node leaves its invitation, for the commands on its machine.
pub const INVITATION_FILE: &str = "invitation";
/// How long the start waits for the addresses of the interfaces.
const ADDRESSES_TIMEOUT: Duration = Duration::from_secs(2);
/// How long the start waits for the first block of a network of its own.
const FIRST_BLOCK_TIMEOUT: Duration = Duration::from_secs(10);
/// How often another free port is tried, when somebody takes one between the look and the bind.
const PORT_ATTEMPTS: usize = 8;

/// Why a node does not start.
#[derive(Debug, Error)]
pub enum SpawnError {
    /// A node runs on the data directory.
    #[error("a node is already running on this data directory")]
    AlreadyRunning,
    /// Another program has the node's port.
    #[error("another program uses the node's port; choose another port, or stop that program")]
    PortInUse,
    /// The data directory can't be used.
    #[error("{0}")]
    DataDir(DataDirError),
    /// The network can't be used.
    #[error("{0}")]
    Bind(BindError),
    /// The relay does not start.
    #[error("{0}")]
    Relay(#[from] RelayError),
    /// The mailbox does not start.
    #[error("the mailbox can't be opened: {0}")]
    Mailbox(#[from] MailboxError),
    /// The blob service does not start.
    #[error("the files can't be used: {0}")]
    Blobs(#[from] BlobsError),
    /// The validator does not start.
    #[error("{0}")]
    Network(#[from] NetworkError),
    /// A part has failed in a way that it should not: an error of ours.
    #[error("the start was cut short")]
    Bug,
}

impl From<DataDirError> for SpawnError {
    fn from(error: DataDirError) -> Self {
        match error {
            DataDirError::AlreadyRunning => Self::AlreadyRunning,
            other => Self::DataDir(other),
        }
    }
}

impl From<BindError> for SpawnError {
    fn from(error: BindError) -> Self {
        match error {
            BindError::PortInUse => Self::PortInUse,
            other => Self::Bind(other),
        }
    }
}

/// A running node. Dropped, it stops at once, as a crash would stop it; [`NodeHandle::shutdown`] stops it in order.
pub struct NodeHandle {
    told: Endpoint,
    genesis: Genesis,
    endpoint: iroh::Endpoint,
    started_ms: u64,
    current: watch::Sender<Current>,
    forwarder: Arc<Forwarder>,
    stop: watch::Sender<()>,
    accepting: JoinSet<()>,
    chores: JoinSet<()>,
    directory: Arc<DirectoryService>,
    writer: WriterThread,
    relay: Option<Relay>,
    counters: Arc<Counters>,
    // Last: the directory is free only when nothing uses it.
    data: Arc<DataDir>,
}

impl std::fmt::Debug for NodeHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NodeHandle")
            .field("id", &self.told.id)
            .finish_non_exhaustive()
    }
}

/// Starts a node. When this returns, it serves.
///
/// # Errors
/// [`SpawnError`] says which part does not start, and why.
pub async fn spawn(config: NodeConfig) -> Result<NodeHandle, SpawnError> {
    let data = Arc::new(DataDir::open(&config.data_dir)?);
    let seed = data.seed(KEY)?;
    let counters = Arc::new(Counters::default());
    let relay = match &config.relay {
        Some(options) => Some(spawn_relay(&data, options).await?),
        None => None,
    };
    let endpoint = match bind(&data, &config, &seed, relay.as_ref()).await {
        Ok(endpoint) => endpoint,
        Err(error) => return Err(given_up(error, relay).await),
    };
    let opened = open_stores(&data, &config, &seed, &counters).await;
    let Opened {
        mailbox,
        blobs,
        writer,
        member,
        current,
    } = match opened {
        Ok(opened) => opened,
        Err(error) => {
            endpoint::close(endpoint).await;
            return Err(given_up(error, relay).await);
        }
    };
    let told = told(&endpoint, relay.as_ref(), config.relay.as_ref()).await;
    let genesis = member.network().genesis.clone();
    let first = member.network().operators.as_slice().iter();
    let first = first.filter_map(|operator| operator.node.clone()).collect();
    let forwarder = Arc::new(Forwarder::new(Asker::new(endpoint.clone()), told.id, first));
    let directory = Arc::new(DirectoryService::new(
        genesis.clone(),
        current.subscribe(),
        Arc::clone(&forwarder),
        Arc::clone(&counters),
    ));
    let mut chores = chores(member, &current, &forwarder, &counters);
    chores.spawn(Arc::clone(&mailbox).expire());
    chores.spawn(Arc::clone(&blobs).expire());
    let (stop, stopping) = watch::channel(());
    let services = Services {
        mailbox,
        directory: Arc::clone(&directory),
        blobs,
        stop: stopping,
    };
    let guests = Arc::new(Guests::new(config.connections_max, Arc::clone(&counters)));
    let mut accepting = JoinSet::new();
    accepting.spawn(accept::run(endpoint.clone(), services, guests));
    tracing::info!(id = ?told.id, network = ?genesis.id(), relay = relay.is_some(), "the node serves");
    let handle = NodeHandle {
        told,
        genesis,
        endpoint,
        started_ms: clock::now_ms(),
        current,
        forwarder,
        stop,
        accepting,
        chores,
        directory,
        writer,
        relay,
        counters,
        data,
    };
    handle.leave_invitation()?;
    Ok(handle)
}

/// What a node does besides serving.
fn chores(
    member: Member,
    current: &watch::Sender<Current>,
    forwarder: &Arc<Forwarder>,
    counters: &Arc<Counters>,
) -> JoinSet<()> {
    let mut chores = JoinSet::new();
    chores.spawn(metrics::count_registrations(
        current.subscribe(),
        Arc::clone(counters),
    ));
    if !member.is_alone() {
        let sync = Sync::new(
            member,
            Arc::clone(forwarder),
            current.clone(),
            Arc::clone(counters),
        );
        chores.spawn(sync.run());
    }
    chores
}

impl NodeHandle {
    /// Where the node is reached.
    pub fn endpoint(&self) -> &Endpoint {
        &self.told
    }

    /// The genesis of the network whose directory it serves.
    pub fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// The invitation into its network, with itself as the node to begin with, and others of the network after it.
    pub fn invitation(&self) -> Option<NetworkInvitation> {
        let consensus = self.current.borrow().clone();
        let reader = consensus.as_ref().map(|consensus| consensus.reader());
        let others = self.forwarder.nodes(consensus.as_deref());
        let checkpoint = reader.and_then(|reader| {
            let header = &reader.head().header;
            invite::checkpoint(&self.genesis, header, reader.committee())
        });
        let nodes = std::iter::once(self.told.clone()).chain(others);
        invite::invitation(&self.genesis, nodes, checkpoint, None).ok()
    }

    fn leave_invitation(&self) -> Result<(), DataDirError> {
        match self.invitation() {
            Some(invitation) => self
                .data
                .write(INVITATION_FILE, format!("{}\n", invitation.link()).as_bytes()),
            None => Ok(()),
        }
    }

    /// How it fares, in numbers about nobody.
    pub fn metrics(&self) -> NodeMetrics {
        let consensus = self.current.borrow().clone();
        NodeMetrics {
            now_ms: clock::now_ms(),
            started_ms: self.started_ms,
            directory: consensus.map(|consensus| consensus.stats()),
            node: self.stats(),
            relays: self.relay.is_some(),
        }
    }

    /// Resolves when the directory's engine has stopped by itself; the log says why.
    pub async fn failed(&self) {
        let mut current = self.current.subscribe();
        loop {
            let consensus = current.borrow_and_update().clone();
            tokio::select! {
                changed = current.changed() => if changed.is_err() { return },
                () = ended(consensus) => {
                    // It is stopped in order too, to make place for a snapshot.
                    if self.current.borrow().is_some() {
                        return;
                    }
                }
            }
        }
    }

    /// What it has counted since its start.
    pub fn stats(&self) -> NodeStats {
        self.counters.stats()
    }

    /// Stops: clients are told, what was begun is finished, the stores are closed.
    pub async fn shutdown(mut self) {
        drop(self.stop);
        while self.accepting.join_next().await.is_some() {}
        self.chores.shutdown().await;
        // Whoever asks other nodes has the endpoint too, and its port is free only without any.
        drop((self.directory, self.forwarder));
        endpoint::close(self.endpoint).await;
        let writer = self.writer;
        match tokio::task::spawn_blocking(move || writer.join()).await {
            Ok(Ok(())) => {}
            _ => tracing::error!("the mailbox did not stop in order"),
        }
        if let Some(consensus) = self.current.send_replace(None) {
            sync::stop(consensus).await;
        }
        if let Some(relay) = self.relay {
            relay.shutdown().await;
        }
        tracing::info!(id = ?self.told.id, "the node has stopped");
    }
}

/// Resolves when this engine ends; never without one. It is not held meanwhile, so that it can be stopped.
async fn ended(consensus: Current) {
    let Some(mut role) = consensus.map(|consensus| consensus.role()) else {
        return std::future::pending().await;
    };
    // The engine says what it does for as long as it runs.
    while role.changed().await.is_ok() {}
}

/// A relay that is only dropped stops some time later, and whoever tries again finds its port in use.
async fn given_up(error: SpawnError, relay: Option<Relay>) -> SpawnError {
    if let Some(relay) = relay {
        relay.shutdown().await;
    }
    error
}

async fn spawn_relay(data: &DataDir, options: &RelayOptions) -> Result<Relay, SpawnError> {
    let mut listen = options.listen;
    if listen.port() == 0 {
        listen.set_port(data.port(RELAY_PORT)?.unwrap_or(0));
    }
    let relay = Relay::spawn(listen, options).await?;
    data.keep_port(RELAY_PORT, relay.address().port())?;
    Ok(relay)
}

/// The stores of a node, and what runs on them.
struct Opened {
    mailbox: Arc<MailboxService>,
    blobs: Arc<BlobService>,
    writer: WriterThread,
    member: Member,
    current: watch::Sender<Current>,
}

async fn open_stores(
    data: &Arc<DataDir>,
    config: &NodeConfig,
    seed: &Zeroizing<[u8; 32]>,
    counters: &Arc<Counters>,
) -> Result<Opened, SpawnError> {
    let (data, counters) = (Arc::clone(data), Arc::clone(counters));
    let key = SigningKey::from_seed(seed);
    let blob_config = config.blobs;
    let (quotas, role, retention) = (config.quotas, config.directory.clone(), config.retention);
    let opened = tokio::task::spawn_blocking(move || {
        let member = Member::open(&data, role, retention)?;
        let current = watch::Sender::new(Some(Arc::new(member.spawn()?)));
        let path = data.part(MAILBOX);
        let disk = Disk::open(&data.part(BLOBS), blob_config).map_err(BlobsError::from)?;
        let all_quotas = (quotas, blob_config.quotas);
        let (mailbox, writer) = MailboxService::spawn(&key, &path, all_quotas, data, Arc::clone(&counters))?;
        let mailbox = Arc::new(mailbox);
        let blobs = BlobService::open(Arc::clone(&mailbox), disk, counters)?;
        Ok(Opened {
            mailbox,
            blobs: Arc::new(blobs),
            writer,
            member,
            current,
        })
    });
    let opened = opened.await.unwrap_or(Err(SpawnError::Bug))?;
    let consensus = opened.current.borrow().clone();
    if let (true, Some(consensus)) = (opened.member.is_alone(), consensus) {
        // Before the first block nothing can be proved. A validator among others can't wait: they may not be there yet.
        let first = time::timeout(FIRST_BLOCK_TIMEOUT, consensus.certified_above(0));
        if let Ok(first) = first.await {
            first.map_err(NetworkError::from)?;
        }
    }
    Ok(opened)
}

async fn bind(
    data: &DataDir,
    config: &NodeConfig,
    seed: &Zeroizing<[u8; 32]>,
    relay: Option<&Relay>,
) -> Result<iroh::Endpoint, SpawnError> {
    let kept = data.port(PORT)?;
    let mut attempts = 0;
    loop {
        let (listen, is_free_choice) = with_port(&config.listen, kept).map_err(DataDirError::Storage)?;
        let bound = endpoint::bind(EndpointConfig {
            seed: seed.clone(),
            alpns: vec![MAILBOX_ALPN.to_vec(), DIRECTORY_ALPN.to_vec(), BLOB_ALPN.to_vec()],
            listen,
            relays: relay
                .map(|relay| local_url(relay.address()))
                .into_iter()
                .collect(),
            external: config.external.clone(),
            part: Part::Node,
        });
        match bound.await {
            Err(BindError::PortInUse) if is_free_choice && attempts < PORT_ATTEMPTS => attempts += 1,
            Err(error) => return Err(error.into()),
            Ok(endpoint) => {
                if let Some(socket) = endpoint.bound_sockets().first() {
                    data.keep_port(PORT, socket.port())?;
                }
                return Ok(endpoint);
            }
        }
    }
}

/// The URL by which the node reaches its own relay.
fn local_url(listen: SocketAddr) -> String {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    format!("http://{}/", SocketAddr::new(ip, listen.port()))
}

/// What others are told of the node. Its addresses become known shortly after the bind.
async fn told(endpoint: &iroh::Endpoint, relay: Option<&Relay>, options: Option<&RelayOptions>) -> Endpoint {
    let mut watched = endpoint.watch_addr();
    let known = async {
        loop {
            let address = watched.get();
            if address.ip_addrs().next().is_some() {
                return address;
            }
            if watched.updated().await.is_err() {
                return endpoint.addr();
            }
        }
    };
    let listens = !endpoint.bound_sockets().is_empty();
    let address = match listens {
        true => time::timeout(ADDRESSES_TIMEOUT, known)
            .await
            .unwrap_or_else(|_| endpoint.addr()),
        false => endpoint.addr(),
    };
    let told = address::told(&address);
    let public = options.and_then(|options| options.public_url.clone());
    let url = relay.map(|relay| {
        let first = told
            .sockets
            .as_slice()
            .iter()
            .map(|socket| socket.0.ip())
            .find(IpAddr::is_ipv4);
        public.unwrap_or_else(|| match first {
            Some(ip) if relay.address().ip().is_unspecified() => {
                format!("http://{}/", SocketAddr::new(ip, relay.address().port()))
            }
            _ => local_url(relay.address()),
        })
    });
    Endpoint {
        relay: url.and_then(|url| Text::new(url).ok()),
        ..told
    }
}
