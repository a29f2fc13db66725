//! Asking other nodes about the directory: dials, sends a request, takes the answer, and believes nothing of it.

use std::collections::BTreeMap;
use std::time::Duration;

use iroh::endpoint::Connection;
use thiserror::Error;
use tokio::sync::Mutex;
use tokio::time::timeout;
use xchat_net::address;
use xchat_net::close::CloseCode;
use xchat_net::frame::{FrameReader, FrameWriter};
use xchat_proto::address::Endpoint;
use xchat_proto::directory_wire::{DIRECTORY_ALPN, DirectoryReply, DirectoryRequest};
use xchat_proto::ids::NodeId;

/// How long a node may take to be reached.
const DIAL: Duration = Duration::from_secs(5);
/// How long it may take to answer.
const ANSWER: Duration = Duration::from_secs(15);
/// How long a change may take to become final.
const SUBMIT: Duration = Duration::from_secs(30);

/// Why a node gives no answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AskError {
    /// It has no address that can be dialled.
    #[error("it has no address that can be dialled")]
    NoAddress,
    /// It is not there, or something stands between.
    #[error("it can't be reached")]
    Unreachable,
    /// It speaks another version of the protocol, or isn't a node.
    #[error("it doesn't speak this version of the directory")]
    OtherVersion,
    /// It began and did not end.
    #[error("it doesn't answer in time")]
    TooSlow,
    /// It is a node of another network.
    #[error("it is a node of another network")]
    OtherNetwork,
    /// What it sent is no answer.
    #[error("its answer makes no sense")]
    Malformed,
}

/// Asks nodes. Connections are kept, one to a node.
#[derive(Debug)]
pub(crate) struct Asker {
    endpoint: iroh::Endpoint,
    connections: Mutex<BTreeMap<NodeId, Connection>>,
}

impl Asker {
    pub(crate) fn new(endpoint: iroh::Endpoint) -> Self {
        Self {
            endpoint,
            connections: Mutex::default(),
        }
    }

    /// The node's answer. A connection that has gone stale unnoticed is made anew, once.
    pub(crate) async fn ask(
        &self,
        node: &Endpoint,
        request: &DirectoryRequest,
    ) -> Result<DirectoryReply, AskError> {
        let kept = self.kept(&node.id).await;
        let patience = match request {
            DirectoryRequest::Submit { .. } => SUBMIT,
            _ => ANSWER,
        };
        if let Some(connection) = kept {
            match timeout(patience, exchange(&connection, request)).await {
                Ok(Err(AskError::Unreachable)) => {}
                Ok(answer) => return answer,
                Err(_) => return Err(self.given_up(node, &connection).await),
            }
        }
        let connection = self.dial(node).await?;
        match timeout(patience, exchange(&connection, request)).await {
            Ok(answer) => answer,
            Err(_) => Err(self.given_up(node, &connection).await),
        }
    }

    async fn given_up(&self, node: &Endpoint, connection: &Connection) -> AskError {
        CloseCode::Idle.close(connection);
        self.connections.lock().await.remove(&node.id);
        AskError::TooSlow
    }

    async fn kept(&self, node: &NodeId) -> Option<Connection> {
        let connections = self.connections.lock().await;
        let connection = connections.get(node)?;
        connection.close_reason().is_none().then(|| connection.clone())
    }

    async fn dial(&self, node: &Endpoint) -> Result<Connection, AskError> {
        let address = address::dialled(node).map_err(|_| AskError::NoAddress)?;
        let connection = match timeout(DIAL, self.endpoint.connect(address, DIRECTORY_ALPN)).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => {
                tracing::debug!(%error, "a node is not reached");
                // The handshake's own alert (RFC 7301): the node is there and has no such protocol.
                let is_alpn = error.to_string().contains("application protocol");
                return Err(if is_alpn {
                    AskError::OtherVersion
                } else {
                    AskError::Unreachable
                });
            }
            Err(_) => return Err(AskError::Unreachable),
        };
        let stale = self.connections.lock().await.insert(node.id, connection.clone());
        if let Some(stale) = stale {
            CloseCode::Done.close(&stale);
        }
        Ok(connection)
    }
}

async fn exchange(connection: &Connection, request: &DirectoryRequest) -> Result<DirectoryReply, AskError> {
    let gone = || AskError::Unreachable;
    let (send, receive) = connection.open_bi().await.map_err(|_| gone())?;
    let mut writer = FrameWriter::new(send);
    writer.send(request).await.map_err(|_| gone())?;
    writer.stream().finish().map_err(|_| gone())?;
    match FrameReader::new(receive).next().await {
        Ok(Some(reply)) => Ok(reply),
        Ok(None) => Err(AskError::Malformed),
        Err(error) if error.is_misbehaviour() => {
            CloseCode::Misbehaved.close(connection);
            Err(AskError::Malformed)
        }
        Err(_) => Err(gone()),
    }
}
