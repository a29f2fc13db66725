//! The network side of the body: carries out what the machine puts out, and hands in what comes back.
//!
//! Four endpoints, so that nobody links what must not be linked: one for the own inbox, one for conversations, one for
//! the directory (the keys of these three live as long as the process), and one with a lasting key for direct
//! connections.
//!
//! NOT its concern: what any of it means, and what to try again.

mod announcement;
mod blobs;
mod bytes;
mod course;
mod directory;
mod farewell;
mod homes;
mod labour;
mod peers;
mod transfers;

use std::net::SocketAddr;
use std::sync::Arc;

use iroh::Watcher as _;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use xchat_blobs::BlobStore;
use xchat_core::directory::NodeView;
use xchat_core::io::{Input, Output};
use xchat_net::address;
use xchat_net::endpoint::{BindError, EndpointConfig, Listen, Part, bind};
use xchat_proto::address::Endpoint;
use xchat_proto::peer_wire::PEER_ALPN;
use zeroize::Zeroizing;

use crate::report::{Lanes, NetworkReport, NodeReport, RelayReport};
use crate::window::Windows;
use blobs::BlobHomes;
use directory::Directory;
use homes::{HomeRequest, Homes, LaneEndpoints, SubscriptionRequest};
use labour::Labour;
use peers::Peers;
use transfers::Transfers;

/// What the network side needs to start.
pub(crate) struct NetworkStart {
    /// Where direct connections are taken; the other endpoints use the same interfaces.
    pub(crate) listen: Listen,
    /// The nodes of the network.
    pub(crate) nodes: Vec<Endpoint>,
    /// Where the files of messages are.
    pub(crate) files: BlobStore,
    /// Which of them are read while they come.
    pub(crate) windows: Windows,
    /// Seeds of the endpoints for inbox, conversations and directory.
    pub(crate) seeds: [Zeroizing<[u8; 32]>; 3],
}

/// The network side of the body.
pub(crate) struct Network {
    homes: Homes,
    directory: Directory,
    /// Where direct connections are taken, and through which relays.
    listen: Listen,
    relays: Vec<String>,
    inputs: mpsc::Sender<Input>,
    transfers: Transfers,
    /// There is none until there is an account.
    device: Option<Device>,
}

/// The endpoint for direct connections, and who is connected.
struct Device {
    endpoint: iroh::Endpoint,
    peers: Peers,
    announcing: JoinHandle<()>,
}

impl Network {
    pub(crate) async fn start(start: NetworkStart, inputs: mpsc::Sender<Input>) -> Result<Self, BindError> {
        let [inbox, conversations, directory] = start.seeds;
        // A node behind a relay is reached only by endpoints that may use relays; the others keep to themselves.
        let relays = relays_of(
            start
                .nodes
                .iter()
                .filter(|node| node.sockets.as_slice().is_empty()),
        );
        let dialling = |seed| dialling_only(seed, &start.listen, relays.clone());
        let (inbox, conversations, directory) = tokio::try_join!(
            bind(dialling(inbox)),
            bind(dialling(conversations)),
            bind(dialling(directory))
        )?;
        let labour = Labour::new();
        let blob_homes = BlobHomes::new(conversations.clone(), labour.clone());
        Ok(Self {
            transfers: Transfers::new(start.files, start.windows, Arc::new(blob_homes), inputs.clone()),
            homes: Homes::new(
                LaneEndpoints { inbox, conversations },
                labour.clone(),
                inputs.clone(),
            ),
            listen: start.listen,
            relays: relays_of(start.nodes.iter()),
            directory: Directory::new(directory, labour, inputs.clone()),
            inputs,
            device: None,
        })
    }

    /// Under which ids nodes see this device.
    pub(crate) fn lanes(&self) -> Lanes {
        let (inbox, conversations) = self.homes.ids();
        Lanes {
            inbox,
            conversations,
            directory: self.directory.id(),
        }
    }

    /// Opens the endpoint for direct connections, on `port` if that is free. The port that it has comes back.
    pub(crate) async fn open_device(
        &mut self,
        seed: &Zeroizing<[u8; 32]>,
        port: Option<u16>,
    ) -> Result<Option<u16>, BindError> {
        if let Some(device) = self.device.take() {
            device.shut_down().await;
        }
        let endpoint = self.bind_device(seed, port).await?;
        let bound = endpoint.bound_sockets().first().map(SocketAddr::port);
        let peers = Peers::new(endpoint.clone(), self.inputs.clone(), self.transfers.asks.clone());
        self.transfers.set_peers(peers.book());
        self.device = Some(Device {
            peers,
            announcing: tokio::spawn(announcement::run(
                endpoint.clone(),
                !self.relays.is_empty(),
                self.inputs.clone(),
            )),
            endpoint,
        });
        Ok(bound)
    }

    async fn bind_device(
        &self,
        seed: &Zeroizing<[u8; 32]>,
        port: Option<u16>,
    ) -> Result<iroh::Endpoint, BindError> {
        let config = |listen| EndpointConfig {
            seed: seed.clone(),
            alpns: vec![PEER_ALPN.to_vec()],
            listen,
            relays: self.relays.clone(),
            external: Vec::new(),
            // Anybody may dial a device: a connection may take no more memory than at a node.
            part: Part::Node,
        };
        if let Some(listen) = port.and_then(|port| with_port(&self.listen, port)) {
            match bind(config(listen)).await {
                Err(BindError::PortInUse) => {}
                bound => return bound,
            }
        }
        bind(config(self.listen.clone())).await
    }

    /// Carries out an output, except a mark and an event. What is known at once comes back at once. Never waits.
    pub(crate) fn carry_out(&mut self, output: Output) -> Option<Input> {
        match output {
            Output::Home {
                tag,
                home,
                lane,
                capability,
                price,
                request,
            } => self.homes.request(
                lane,
                HomeRequest {
                    tag,
                    home,
                    capability,
                    price,
                    request,
                },
            ),
            Output::Subscribe {
                home,
                lane,
                capability,
                log,
                epoch,
                from,
            } => self.homes.subscribe(
                lane,
                SubscriptionRequest {
                    home,
                    capability,
                    log,
                    epoch,
                    from,
                },
            ),
            Output::Directory {
                tag,
                node,
                price,
                request,
            } => self.directory.request(tag, node, price, request),
            Output::Dial(other) => match &self.device {
                Some(device) => device.peers.dial(other),
                None => Some(Input::PeerDown(other.id)),
            },
            Output::Peer { peer, frame } => match &self.device {
                Some(device) => device.peers.send(peer, frame),
                None => Some(Input::PeerDown(peer)),
            },
            Output::Blob(output) => {
                self.transfers.carry_out(output);
                None
            }
            Output::Mark(_) | Output::Event(_) => None,
        }
    }

    /// Drops the subscription to a log.
    pub(crate) fn unsubscribe(&mut self, log: &xchat_proto::ids::LogId) {
        self.homes.unsubscribe(log);
    }

    /// How the network is, for people who look for a fault. It asks the nodes, so it may take seconds.
    pub(crate) fn report(&self, nodes: Vec<NodeView>) -> impl Future<Output = NetworkReport> + Send + use<> {
        let probes = self.directory.probe(nodes);
        let device = self.device.as_ref().map(|device| device.endpoint.clone());
        let peers = self.device.as_ref().map(|device| device.peers.connected());
        let homes = self.homes.links();
        async move {
            let probes = probes.await.into_iter();
            let nodes = probes.map(|(view, status)| NodeReport::new(view, status));
            NetworkReport {
                own: device.as_ref().map(|device| address::told(&device.addr())),
                sockets: device
                    .as_ref()
                    .map(iroh::Endpoint::bound_sockets)
                    .unwrap_or_default(),
                relays: device.as_ref().map(relay_reports).unwrap_or_default(),
                nodes: nodes.collect(),
                home_connections: homes,
                direct_connections: peers.unwrap_or_default(),
            }
        }
    }

    /// Closes all connections, and waits until the other ends have had the time to hear of it.
    pub(crate) async fn shut_down(self) {
        let device = async {
            if let Some(device) = self.device {
                device.shut_down().await;
            }
        };
        self.transfers.shut_down().await;
        tokio::join!(self.homes.shut_down(), self.directory.shut_down(), device);
    }
}

impl Device {
    async fn shut_down(self) {
        self.announcing.abort();
        self.peers.shut_down().await;
    }
}

fn relay_reports(device: &iroh::Endpoint) -> Vec<RelayReport> {
    let relays = device.home_relay_status().get();
    let reports = relays.iter().map(|relay| RelayReport {
        url: relay.url().to_string(),
        is_connected: relay.is_connected(),
    });
    reports.collect()
}

fn relays_of<'n>(nodes: impl Iterator<Item = &'n Endpoint>) -> Vec<String> {
    let relays = nodes.filter_map(|node| node.relay.as_ref());
    relays.map(|relay| relay.as_str().to_owned()).collect()
}

/// The same places with this port, where any would do.
fn with_port(listen: &Listen, port: u16) -> Option<Listen> {
    match listen {
        Listen::Everywhere { port: 0 } => Some(Listen::Everywhere { port }),
        Listen::Sockets(sockets) if sockets.iter().all(|socket| socket.port() == 0) => {
            Some(Listen::Sockets(moved(sockets, port)))
        }
        _ => None,
    }
}

fn moved(sockets: &[SocketAddr], port: u16) -> Vec<SocketAddr> {
    sockets
        .iter()
        .map(|socket| SocketAddr::new(socket.ip(), port))
        .collect()
}

/// An endpoint that accepts nothing, on the same interfaces.
fn dialling_only(seed: Zeroizing<[u8; 32]>, listen: &Listen, relays: Vec<String>) -> EndpointConfig {
    EndpointConfig {
        seed,
        alpns: Vec::new(),
        listen: match listen {
            Listen::Sockets(sockets) => Listen::Sockets(moved(sockets, 0)),
            Listen::Everywhere { .. } | Listen::RelayOnly => Listen::Everywhere { port: 0 },
        },
        relays,
        external: Vec::new(),
        part: Part::Client,
    }
}
