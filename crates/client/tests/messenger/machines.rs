//! A network of several operators, each with a machine, and nodes that answer what the test tells them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use iroh::endpoint::{Connection, RecvStream, SendStream};
use tokio::task::JoinHandle;
use xchat_client::{Endpoint, Listen, NetworkInvitation, Socket, invitation};
use xchat_net::address;
use xchat_net::endpoint::{EndpointConfig, Part, bind};
use xchat_net::frame::{FrameReader, FrameWriter};
use xchat_node::{
    DirectoryRole, NetworkFile, NodeConfig, NodeHandle, OperatorKey, Parameters, create_network,
    read_operator, write_key,
};
use xchat_proto::codec::Bounded;
use xchat_proto::directory_wire::{DIRECTORY_ALPN, DirectoryReply, DirectoryRequest};
use xchat_proto::invitation::Pass;

use crate::world::{PATIENCE, V4, free_port};

/// An operator's machine with its node.
struct Machine {
    folder: tempfile::TempDir,
    listen: SocketAddr,
    consensus: SocketAddr,
    node: Option<NodeHandle>,
}

impl Machine {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            listen: free_port(),
            consensus: free_port(),
            node: None,
        }
    }

    fn keys(&self) -> OperatorKey {
        OperatorKey::open(self.folder.path()).unwrap()
    }

    /// What the operator mails to the others.
    fn line(&self, name: &str) -> String {
        let keys = self.keys();
        let node: String = keys
            .node()
            .as_bytes()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let Self {
            listen, consensus, ..
        } = self;
        format!("{name},{},{consensus},{node}@{listen}", write_key(&keys.public()))
    }

    async fn start(&mut self, network: &NetworkFile) {
        let config = NodeConfig {
            listen: Listen::Sockets(vec![self.listen]),
            directory: DirectoryRole::Member {
                network: network.clone(),
                consensus_listen: Some(self.consensus),
                checkpoint: None,
            },
            ..NodeConfig::local(self.folder.path().to_owned())
        };
        self.node = Some(xchat_node::spawn(config).await.unwrap());
    }
}

/// Operators who decide together.
pub(crate) struct Operators {
    network: NetworkFile,
    machines: Vec<Machine>,
}

impl Operators {
    /// So many of them, in a network where a name costs so many bits of work.
    pub(crate) async fn new(count: usize, registration_work_bits: u8) -> Self {
        let names = ["alpha", "beta", "gamma", "delta"];
        let mut machines: Vec<Machine> = names.iter().take(count).map(|_| Machine::new()).collect();
        let lines = machines
            .iter()
            .zip(names)
            .map(|(machine, name)| machine.line(name));
        let operators = lines.map(|line| read_operator(&line).unwrap()).collect();
        let parameters = Parameters {
            registration_work_bits,
            ..Parameters::default()
        };
        let network = create_network(operators, parameters).unwrap();
        for machine in &mut machines {
            machine.start(&network).await;
        }
        let operators = Self { network, machines };
        for place in 0..count {
            operators.decides(place).await;
        }
        operators
    }

    /// Waits until the node of an operator has the first block.
    async fn decides(&self, place: usize) {
        let (_endpoint, connection) = self.connect(place).await;
        let first = DirectoryRequest::Blocks { from: 1 };
        let begun = async {
            loop {
                // The node holds the question open until it has the block.
                if let DirectoryReply::Blocks { blocks, .. } = ask(&connection, &first).await
                    && !blocks.as_slice().is_empty()
                {
                    return;
                }
            }
        };
        tokio::time::timeout(PATIENCE, begun).await.unwrap();
    }

    async fn connect(&self, place: usize) -> (iroh::Endpoint, Connection) {
        let endpoint = endpoint(Vec::new()).await;
        let address = address::dialled(self.node(place)).unwrap();
        let connection = endpoint.connect(address, DIRECTORY_ALPN).await.unwrap();
        (endpoint, connection)
    }

    pub(crate) fn node(&self, place: usize) -> &Endpoint {
        self.machines[place].node.as_ref().unwrap().endpoint()
    }

    /// The invitation by these nodes; the first becomes the home of whoever is invited.
    pub(crate) fn invitation(&self, nodes: Vec<Endpoint>) -> NetworkInvitation {
        invitation(&self.network.genesis, nodes, None).unwrap()
    }

    /// The invitation by the node of one operator.
    pub(crate) fn by(&self, place: usize) -> NetworkInvitation {
        self.invitation(vec![self.node(place).clone()])
    }

    /// A token of one operator's.
    pub(crate) fn pass(&self, place: usize) -> Pass {
        let keys = self.machines[place].keys();
        keys.pass(&self.network.genesis, expiry_ms()).unwrap()
    }

    pub(crate) async fn stop(&mut self, place: usize) {
        self.machines[place].node.take().unwrap().shutdown().await;
    }

    /// What the node of an operator answers about a name at the moment, with its proof.
    pub(crate) async fn look_up(&self, place: usize, name: &str) -> DirectoryReply {
        let (_endpoint, connection) = self.connect(place).await;
        let request = DirectoryRequest::Lookup {
            name: name.parse().unwrap(),
            known: 0,
        };
        let reply = ask(&connection, &request).await;
        assert!(matches!(reply, DirectoryReply::Name { .. }), "{reply:?}");
        reply
    }
}

async fn ask(connection: &Connection, request: &DirectoryRequest) -> DirectoryReply {
    let (send, receive) = connection.open_bi().await.unwrap();
    FrameWriter::new(send).send(request).await.unwrap();
    FrameReader::new(receive).next().await.unwrap().unwrap()
}

/// Tomorrow, in Unix milliseconds.
#[expect(clippy::disallowed_methods, reason = "tokens are of the real time")]
fn expiry_ms() -> u64 {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    u64::try_from(now.as_millis()).unwrap() + 86_400_000
}

/// An endpoint on loopback.
async fn endpoint(alpns: Vec<Vec<u8>>) -> iroh::Endpoint {
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    let number = u8::try_from(NEXT.fetch_add(1, Ordering::Relaxed)).unwrap();
    let config = EndpointConfig {
        seed: zeroize::Zeroizing::new([number; 32]),
        alpns,
        listen: Listen::Sockets(vec![V4]),
        relays: Vec::new(),
        external: Vec::new(),
        part: Part::Node,
    };
    bind(config).await.unwrap()
}

/// A node that answers every question about a name with one and the same reply, and can't answer anything else.
pub(crate) struct Parrot {
    endpoint: Endpoint,
    asked: Arc<AtomicUsize>,
    serving: JoinHandle<()>,
}

impl Parrot {
    pub(crate) async fn new(reply: DirectoryReply) -> Self {
        let bound = endpoint(vec![DIRECTORY_ALPN.to_vec()]).await;
        let sockets = bound.bound_sockets().into_iter().map(Socket).collect();
        let asked = Arc::<AtomicUsize>::default();
        Self {
            endpoint: Endpoint {
                id: address::node_id(&bound.id()),
                sockets: Bounded::new(sockets).unwrap(),
                relay: None,
            },
            asked: asked.clone(),
            serving: tokio::spawn(async move {
                while let Some(incoming) = bound.accept().await {
                    if let Ok(connection) = incoming.await {
                        tokio::spawn(serve(connection, reply.clone(), asked.clone()));
                    }
                }
            }),
        }
    }

    pub(crate) fn endpoint(&self) -> Endpoint {
        self.endpoint.clone()
    }

    /// How often it has been asked about a name.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Drop for Parrot {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(connection: Connection, reply: DirectoryReply, asked: Arc<AtomicUsize>) {
    while let Ok((send, receive)) = connection.accept_bi().await {
        tokio::spawn(answer(send, receive, reply.clone(), asked.clone()));
    }
}

async fn answer(send: SendStream, receive: RecvStream, reply: DirectoryReply, asked: Arc<AtomicUsize>) {
    let (mut reader, mut writer) = (FrameReader::new(receive), FrameWriter::new(send));
    while let Ok(Some(request)) = reader.next().await {
        let reply = match request {
            DirectoryRequest::Lookup { .. } => {
                asked.fetch_add(1, Ordering::Relaxed);
                reply.clone()
            }
            _ => DirectoryReply::Unavailable,
        };
        if writer.send(&reply).await.is_err() {
            return;
        }
    }
    // Who asks no more may still read the last answer.
    let _gone = writer.stream().finish();
}
