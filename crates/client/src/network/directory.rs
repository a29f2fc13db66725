//! The directory, as any node of the network answers for it.
//!
//! The endpoint is of its own: whoever is looked up is not linked to inbox or conversations.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use iroh::endpoint::Connection;
use tokio::sync::{Mutex, Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::timeout;
use xchat_core::io::{Input, Price, Tag, Unreachable};
use xchat_net::address;
use xchat_net::close::CloseCode;
use xchat_net::frame::{FrameReader, FrameWriter};
use xchat_proto::address::Endpoint;
use xchat_proto::directory_wire::{DIRECTORY_ALPN, DirectoryReply, DirectoryRequest};
use xchat_proto::ids::NodeId;
use xchat_proto::record::Operation;
use xchat_proto::work::Work;

use super::farewell;
use super::labour::Labour;

/// How long a node may take to be reached.
const DIAL: Duration = Duration::from_secs(5);
/// How long a node may take to look something up.
const LOOKUP: Duration = Duration::from_secs(10);
/// How long a change may take to become final.
const SUBMIT: Duration = Duration::from_secs(30);
/// Requests at the same time.
const AT_ONCE: usize = 64;

/// Asks the nodes of the network.
pub(super) struct Directory {
    asker: Arc<Asker>,
    permits: Arc<Semaphore>,
    running: JoinSet<()>,
}

struct Asker {
    endpoint: iroh::Endpoint,
    nodes: Vec<Endpoint>,
    /// The place of the node that answered last: it is asked first.
    answered_last: AtomicUsize,
    connections: Mutex<BTreeMap<NodeId, Connection>>,
    labour: Labour,
    inputs: mpsc::Sender<Input>,
}

/// What a node said to a probe.
pub(super) struct Probe {
    pub(super) node: NodeId,
    /// The newest finalised height; `None` when the node doesn't answer.
    pub(super) height: Option<u64>,
}

impl Directory {
    pub(super) fn new(
        endpoint: iroh::Endpoint,
        nodes: Vec<Endpoint>,
        labour: Labour,
        inputs: mpsc::Sender<Input>,
    ) -> Self {
        let asker = Asker {
            endpoint,
            nodes,
            answered_last: AtomicUsize::new(0),
            connections: Mutex::default(),
            labour,
            inputs,
        };
        Self {
            asker: Arc::new(asker),
            permits: Arc::new(Semaphore::new(AT_ONCE)),
            running: JoinSet::new(),
        }
    }

    /// Asks the nodes in turn until one answers. What can't be begun is answered at once.
    pub(super) fn request(
        &mut self,
        tag: Tag,
        price: Option<Price>,
        request: DirectoryRequest,
    ) -> Option<Input> {
        while self.running.try_join_next().is_some() {}
        let Ok(permit) = self.permits.clone().try_acquire_owned() else {
            let outcome = Err(Unreachable);
            return Some(Input::Directory { tag, outcome });
        };
        let asker = self.asker.clone();
        self.running.spawn(async move {
            tokio::select! {
                () = asker.carry_out(tag, price, request) => {}
                // The body is ending: no proof of work may hold it up.
                () = asker.inputs.closed() => {}
            }
            drop(permit);
        });
        None
    }

    /// Asks every node how the network is, for a report.
    pub(super) fn probe(&self) -> impl Future<Output = Vec<Probe>> + Send + use<> {
        let asker = self.asker.clone();
        async move {
            let mut probes = JoinSet::new();
            for node in asker.nodes.clone() {
                let asker = asker.clone();
                probes.spawn(async move {
                    let height = match asker.ask(&node, &DirectoryRequest::Status).await {
                        Some(DirectoryReply::Status { height, .. }) => Some(height),
                        _ => None,
                    };
                    Probe {
                        node: node.id,
                        height,
                    }
                });
            }
            probes.join_all().await
        }
    }

    /// Closes the connections. Whatever is under way fails, and is told as far as inputs are still taken.
    pub(super) async fn shut_down(mut self) {
        self.running.detach_all();
        farewell::close(self.asker.endpoint.clone()).await;
    }
}

impl Asker {
    async fn carry_out(&self, tag: Tag, price: Option<Price>, request: DirectoryRequest) {
        let outcome = self.paid(price, request).await;
        // Nobody is left to be told when the body is ending.
        let _ = self.inputs.send(Input::Directory { tag, outcome }).await;
    }

    async fn paid(
        &self,
        price: Option<Price>,
        mut request: DirectoryRequest,
    ) -> Result<DirectoryReply, Unreachable> {
        if let Some(price) = price {
            let paid = self.labour.pay(price).await.ok_or(Unreachable)?;
            write_work(&mut request, paid);
        }
        let mut unavailable = None;
        let first = self.answered_last.load(Ordering::Relaxed);
        let nodes = self.nodes.iter().enumerate();
        for (index, node) in nodes.clone().skip(first).chain(nodes.take(first)) {
            match self.ask(node, &request).await {
                None => {}
                Some(DirectoryReply::Unavailable) => unavailable = Some(DirectoryReply::Unavailable),
                Some(reply) => {
                    self.answered_last.store(index, Ordering::Relaxed);
                    return Ok(reply);
                }
            }
        }
        unavailable.ok_or(Unreachable)
    }

    /// The node's answer. A connection that has gone stale unnoticed is made anew, once.
    async fn ask(&self, node: &Endpoint, request: &DirectoryRequest) -> Option<DirectoryReply> {
        for is_fresh in [false, true] {
            let (connection, is_new) = self.connection(node, is_fresh).await?;
            let patience = match request {
                DirectoryRequest::Submit { .. } => SUBMIT,
                _ => LOOKUP,
            };
            match timeout(patience, exchange(&connection, request)).await {
                Ok(Some(reply)) => return Some(reply),
                Ok(None) if is_new => return None,
                Ok(None) => {}
                Err(_) => {
                    CloseCode::Idle.close(&connection);
                    return None;
                }
            }
        }
        None
    }

    async fn connection(&self, node: &Endpoint, is_fresh: bool) -> Option<(Connection, bool)> {
        // Held over the dial: requests that come meanwhile share the connection that it makes.
        let mut connections = self.connections.lock().await;
        if let Some(connection) = connections.get(&node.id)
            && connection.close_reason().is_none()
            && !is_fresh
        {
            return Some((connection.clone(), false));
        }
        let address = address::dialled(node).ok()?;
        let connection = match timeout(DIAL, self.endpoint.connect(address, DIRECTORY_ALPN)).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => {
                tracing::debug!(%error, "a node is not reached");
                return None;
            }
            Err(_) => return None,
        };
        if let Some(stale) = connections.insert(node.id, connection.clone()) {
            CloseCode::Done.close(&stale);
        }
        Some((connection, true))
    }
}

async fn exchange(connection: &Connection, request: &DirectoryRequest) -> Option<DirectoryReply> {
    let (send, receive) = connection.open_bi().await.ok()?;
    let mut writer = FrameWriter::new(send);
    writer.send(request).await.ok()?;
    writer.stream().finish().ok()?;
    let mut reader = FrameReader::new(receive);
    match reader.next().await {
        Ok(reply) => reply,
        Err(error) => {
            if error.is_misbehaviour() {
                CloseCode::Misbehaved.close(connection);
            }
            None
        }
    }
}

fn write_work(request: &mut DirectoryRequest, paid: Work) {
    if let DirectoryRequest::Submit {
        operation: Operation::Register { work, .. },
    } = request
    {
        *work = paid;
    }
}
