//! A node that answers what a test wants: an operator's node for those who ask, and none behind it.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use iroh::endpoint::{Connection, SendStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use xchat_net::endpoint::{EndpointConfig, Listen, Part, bind};
use xchat_net::frame::{FrameReader, push_frame};
use xchat_node::{NetworkFile, NodeConfig, NodeHandle, OperatorKey, Retention, spawn, write_key};
use xchat_proto::codec::Bounded;
use xchat_proto::directory_wire::{DIRECTORY_ALPN, DirectoryReply, DirectoryRequest, NetworkStatus};
use xchat_proto::ids::NetworkId;
use xchat_proto::keys::SigningKey;

use super::device::{ask_directory, dialler, directory};
use super::operators::{Machine, PATIENCE, config, free_port, machine, network};

/// What it does with a request.
pub(crate) enum Answer {
    Reply(DirectoryReply),
    /// Nothing, for ever.
    Silence,
    /// So many bytes of the reply, one at a time.
    Drip(DirectoryReply),
}

/// Two operators. The node of one is a stranger, as far as others know; its validator votes.
pub(crate) struct Pair {
    pub(crate) network: NetworkFile,
    pub(crate) stranger: Stranger,
    pub(crate) nodes: Vec<NodeHandle>,
    machines: [Machine; 2],
    retention: Option<Retention>,
}

impl Pair {
    pub(crate) async fn new(epoch_blocks: u32, retention: Option<Retention>) -> Self {
        let stranger = Stranger::new(220).await;
        let alpha = machine("alpha");
        let beta = stranger.in_front_of("beta", std::slice::from_ref(&alpha));
        let machines = [alpha, beta];
        let network = network(&machines, epoch_blocks);
        stranger.is_new_in(&network);
        let config = |machine: &Machine| NodeConfig {
            retention,
            ..config(machine.dir.path(), machine, &network)
        };
        let (one, other) = tokio::join!(spawn(config(&machines[0])), spawn(config(&machines[1])));
        Self {
            network,
            stranger,
            nodes: vec![one.unwrap(), other.unwrap()],
            machines,
            retention,
        }
    }

    pub(crate) fn config(&self, machine: &Machine) -> NodeConfig {
        NodeConfig {
            retention: self.retention,
            ..config(machine.dir.path(), machine, &self.network)
        }
    }

    /// Starts the honest node again.
    pub(crate) async fn start_again(&mut self) {
        let again = spawn(self.config(&self.machines[0])).await.unwrap();
        self.nodes.insert(0, again);
    }

    pub(crate) async fn shutdown(self) {
        for node in self.nodes {
            node.shutdown().await;
        }
    }
}

type Answering = Pin<Box<dyn Future<Output = Answer> + Send>>;
type Behaviour = Arc<dyn Fn(DirectoryRequest) -> Answering + Send + Sync>;

/// The node. It stops when it is dropped.
pub(crate) struct Stranger {
    id: String,
    socket: SocketAddr,
    behaviour: watch::Sender<Behaviour>,
    asked: watch::Sender<Vec<DirectoryRequest>>,
    _serving: JoinSet<()>,
}

/// A node that knows nothing yet, as all are when a network begins.
fn new(network: NetworkId, request: DirectoryRequest) -> Answer {
    Answer::Reply(match request {
        DirectoryRequest::Status => claims_in(network, 0),
        DirectoryRequest::Blocks { .. } => no_blocks(1),
        _ => DirectoryReply::Unavailable,
    })
}

/// What a node says that claims to have this height.
pub(crate) fn claims(height: u64) -> DirectoryReply {
    claims_in(NetworkId([0; 32]), height)
}

fn claims_in(network: NetworkId, height: u64) -> DirectoryReply {
    DirectoryReply::Status {
        status: NetworkStatus {
            network,
            height,
            time_ms: 0,
            validates: true,
            validators: Bounded::default(),
            oldest: 1,
            waiting: 0,
        },
    }
}

/// No blocks, and a claim about which is the oldest.
pub(crate) fn no_blocks(oldest: u64) -> DirectoryReply {
    DirectoryReply::Blocks {
        blocks: Bounded::default(),
        oldest,
        above: None,
    }
}

impl Stranger {
    pub(crate) async fn new(seed: u8) -> Self {
        let socket = free_port();
        let config = EndpointConfig {
            seed: zeroize::Zeroizing::new([seed; 32]),
            alpns: vec![DIRECTORY_ALPN.to_vec()],
            listen: Listen::Sockets(vec![socket]),
            relays: Vec::new(),
            external: Vec::new(),
            part: Part::Node,
        };
        let endpoint = bind(config).await.unwrap();
        let first: Behaviour =
            Arc::new(|_| Box::pin(std::future::ready(Answer::Reply(DirectoryReply::Unavailable))));
        let (behaviour, asked) = (watch::Sender::new(first), watch::Sender::default());
        let mut serving = JoinSet::new();
        serving.spawn(accept(endpoint, behaviour.clone(), asked.clone()));
        let key = SigningKey::from_seed(&[seed; 32]).public();
        Self {
            id: data_encoding::HEXLOWER.encode(&key.0),
            socket,
            behaviour,
            asked,
            _serving: serving,
        }
    }

    /// From now on it is a node of this network that has just begun.
    pub(crate) fn is_new_in(&self, network: &NetworkFile) {
        let network = network.genesis.id();
        self.does(move |request| new(network, request));
    }

    /// From now on it does this, and counts anew what it is asked.
    pub(crate) fn does(&self, behaviour: impl Fn(DirectoryRequest) -> Answer + Send + Sync + 'static) {
        self.does_async(move |request| std::future::ready(behaviour(request)));
    }

    pub(crate) fn does_async<F: Future<Output = Answer> + Send + 'static>(
        &self,
        behaviour: impl Fn(DirectoryRequest) -> F + Send + Sync + 'static,
    ) {
        self.asked.send_modify(Vec::clear);
        self.behaviour
            .send_replace(Arc::new(move |request| Box::pin(behaviour(request))));
    }

    /// What it has been asked.
    pub(crate) fn asked(&self) -> Vec<DirectoryRequest> {
        self.asked.borrow().clone()
    }

    /// Waits until it has been asked so much.
    pub(crate) async fn is_asked(&self, is_enough: impl Fn(&[DirectoryRequest]) -> bool) {
        let mut asked = self.asked.subscribe();
        let enough = asked.wait_for(|asked| is_enough(asked));
        tokio::time::timeout(PATIENCE, enough).await.unwrap().unwrap();
    }

    /// An operator's machine whose node is this one, as far as others know. Others are asked after it.
    pub(crate) fn in_front_of(&self, name: &str, others: &[Machine]) -> Machine {
        loop {
            let machine = machine(name);
            let key = |machine: &Machine| OperatorKey::open(machine.dir.path()).unwrap().public();
            // Operators stand in the order of their keys.
            if others.iter().any(|other| key(other).0 < key(&machine).0) {
                continue;
            }
            let line = format!(
                "{name},{},{},{}@{}",
                write_key(&key(&machine)),
                machine.consensus,
                self.id,
                self.socket
            );
            return Machine { line, ..machine };
        }
    }
}

/// Asks a node in the place of somebody else.
#[derive(Clone)]
pub(crate) struct Upstream {
    connection: Connection,
    _endpoint: iroh::Endpoint,
}

impl Upstream {
    pub(crate) async fn new(seed: u8, node: &NodeHandle) -> Self {
        let endpoint = dialler(seed).await;
        Self {
            connection: directory(&endpoint, node).await,
            _endpoint: endpoint,
        }
    }

    pub(crate) async fn ask(&self, request: &DirectoryRequest) -> DirectoryReply {
        ask_directory(&self.connection, request).await
    }
}

async fn accept(
    endpoint: iroh::Endpoint,
    behaviour: watch::Sender<Behaviour>,
    asked: watch::Sender<Vec<DirectoryRequest>>,
) {
    let mut connections = JoinSet::new();
    while let Some(incoming) = endpoint.accept().await {
        let (behaviour, asked) = (behaviour.clone(), asked.clone());
        connections.spawn(async move {
            if let Ok(connection) = incoming.await {
                serve(connection, behaviour, asked).await;
            }
        });
    }
}

async fn serve(
    connection: Connection,
    behaviour: watch::Sender<Behaviour>,
    asked: watch::Sender<Vec<DirectoryRequest>>,
) {
    let mut streams = JoinSet::new();
    while let Ok((send, receive)) = connection.accept_bi().await {
        let behaviour = behaviour.borrow().clone();
        let asked = asked.clone();
        streams.spawn(async move {
            if let Ok(Some(request)) = FrameReader::new(receive).next::<DirectoryRequest>().await {
                asked.send_modify(|all| all.push(request.clone()));
                // Whoever asked may have gone away.
                let _ = send_answer(send, behaviour(request).await).await;
            }
        });
    }
}

async fn send_answer(mut send: SendStream, answer: Answer) -> Result<(), iroh::endpoint::WriteError> {
    let mut bytes = Vec::new();
    match answer {
        Answer::Reply(reply) => {
            push_frame(&mut bytes, &reply).unwrap();
            send.write_all(&bytes).await?;
            let _ = send.finish();
            // The stream lives until the other side has it.
            let _ = send.stopped().await;
        }
        Answer::Silence => std::future::pending().await,
        Answer::Drip(reply) => {
            push_frame(&mut bytes, &reply).unwrap();
            for byte in bytes {
                send.write_all(&[byte]).await?;
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
    Ok(())
}
