//! The directory, as the nodes of the network answer for it. Which of them is asked is the machine's choice.
//!
//! The endpoint is of its own: whoever is looked up is not linked to inbox or conversations.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use iroh::endpoint::Connection;
use tokio::sync::{Mutex, Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::timeout;
use xchat_core::directory::NodeView;
use xchat_core::io::{Input, Price, Tag, Unreachable};
use xchat_net::address;
use xchat_net::close::CloseCode;
use xchat_net::frame::{FrameReader, FrameWriter};
use xchat_proto::address::Endpoint;
use xchat_proto::directory_wire::{DIRECTORY_ALPN, DirectoryReply, DirectoryRequest, NetworkStatus};
use xchat_proto::ids::NodeId;
use xchat_proto::record::{Fee, Operation};
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
    connections: Mutex<BTreeMap<NodeId, Connection>>,
    labour: Labour,
    /// The last proof of work: another node may be asked for the same.
    paid: Mutex<Option<(Price, Work)>>,
    inputs: mpsc::Sender<Input>,
}

impl Directory {
    /// Under which id nodes see this device.
    pub(super) fn id(&self) -> NodeId {
        address::node_id(&self.asker.endpoint.id())
    }

    pub(super) fn new(endpoint: iroh::Endpoint, labour: Labour, inputs: mpsc::Sender<Input>) -> Self {
        let asker = Asker {
            endpoint,
            connections: Mutex::default(),
            labour,
            paid: Mutex::default(),
            inputs,
        };
        Self {
            asker: Arc::new(asker),
            permits: Arc::new(Semaphore::new(AT_ONCE)),
            running: JoinSet::new(),
        }
    }

    /// Asks a node. What can't be begun is answered at once.
    pub(super) fn request(
        &mut self,
        tag: Tag,
        node: Endpoint,
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
                () = asker.carry_out(tag, &node, price, request) => {}
                // The body is ending: no proof of work may hold it up.
                () = asker.inputs.closed() => {}
            }
            drop(permit);
        });
        None
    }

    /// Asks these nodes how the network is, for a report.
    pub(super) fn probe(
        &self,
        nodes: Vec<NodeView>,
    ) -> impl Future<Output = Vec<(NodeView, Option<NetworkStatus>)>> + Send + use<> {
        let asker = self.asker.clone();
        async move {
            let mut probes = JoinSet::new();
            for node in nodes {
                let asker = asker.clone();
                probes.spawn(async move {
                    let status = match asker.ask(&node.endpoint, &DirectoryRequest::Status).await {
                        Some(DirectoryReply::Status { status }) => Some(status),
                        _ => None,
                    };
                    (node, status)
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
    async fn carry_out(
        &self,
        tag: Tag,
        node: &Endpoint,
        price: Option<Price>,
        mut request: DirectoryRequest,
    ) {
        let outcome = match self.pay(price, &mut request).await {
            Some(()) => self.ask(node, &request).await.ok_or(Unreachable),
            None => Err(Unreachable),
        };
        // Nobody is left to be told when the body is ending.
        let _ = self.inputs.send(Input::Directory { tag, outcome }).await;
    }

    async fn pay(&self, price: Option<Price>, request: &mut DirectoryRequest) -> Option<()> {
        let Some(price) = price else {
            return Some(());
        };
        let mut paid = self.paid.lock().await;
        let work = match *paid {
            Some((before, work)) if before == price => work,
            _ => self.labour.pay(price).await?,
        };
        *paid = Some((price, work));
        write_work(request, work);
        Some(())
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
        operation: Operation::Register { fee, .. },
    } = request
    {
        *fee = Fee::Work(paid);
    }
}
