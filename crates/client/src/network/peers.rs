//! Direct connections between devices: one for each pair, whoever dialled.
//!
//! Each side opens one stream for what it sends (PER-01). Two devices that dial each other at the same moment keep the
//! connection that the one with the smaller id dialled (PER-02).

mod accept;
mod book;
mod peer;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use xchat_core::io::Input;
use xchat_net::address;
use xchat_proto::address::Endpoint;
use xchat_proto::ids::NodeId;
use xchat_proto::peer_wire::{PEER_ALPN, PeerFrame};

use book::{Book, Dialler};

/// How long a device may take to be reached; also how old a connection may be to have been dialled at the same moment.
const DIAL: Duration = Duration::from_secs(5);

/// All direct connections.
pub(super) struct Peers {
    endpoint: iroh::Endpoint,
    book: Arc<Book>,
    accepting: JoinHandle<()>,
}

impl Peers {
    pub(super) fn new(endpoint: iroh::Endpoint, inputs: mpsc::Sender<Input>) -> Self {
        let book = Arc::new(Book::new(address::node_id(&endpoint.id()), inputs));
        let accepting = tokio::spawn(accept::run(endpoint.clone(), book.clone()));
        Self {
            endpoint,
            book,
            accepting,
        }
    }

    /// Tries to reach a device. What is known at once is told at once.
    pub(super) fn dial(&self, device: Endpoint) -> Option<Input> {
        let peer = device.id;
        if self.book.welcome(&peer) {
            return Some(Input::PeerUp(peer));
        }
        let Ok(address) = address::dialled(&device) else {
            return Some(Input::PeerDown(peer));
        };
        if !self.book.begin_dial(peer) {
            // The dial under way will tell.
            return None;
        }
        let (endpoint, book) = (self.endpoint.clone(), self.book.clone());
        tokio::spawn(async move {
            let dialled = timeout(DIAL, endpoint.connect(address, PEER_ALPN)).await;
            match dialled {
                Ok(Ok(connection)) => book.admit(connection, Dialler::Us).await,
                Ok(Err(error)) => {
                    tracing::debug!(%error, "a device is not reached");
                    book.dial_failed(peer).await;
                }
                Err(_) => book.dial_failed(peer).await,
            }
        });
        None
    }

    /// Sends a frame. When it can't be sent, the connection is given up, and that is what comes back.
    pub(super) fn send(&self, peer: NodeId, frame: PeerFrame) -> Option<Input> {
        match self.book.send(&peer, frame) {
            true => None,
            false => Some(Input::PeerDown(peer)),
        }
    }

    /// How many devices are connected.
    pub(super) fn connected(&self) -> usize {
        self.book.connected()
    }

    pub(super) async fn shut_down(self) {
        self.accepting.abort();
        self.endpoint.close().await;
    }
}

#[cfg(test)]
mod tests;
