//! Direct connections between devices: one for each pair, whoever dialled.
//!
//! Each side's first stream is for what it sends (PER-01), every further one is a question for a
//! file (PER-05). Two devices that dial each other at the same moment keep the
//! connection that the one with the smaller id dialled (PER-02).

mod accept;
mod book;
mod peer;

use std::sync::Arc;
use std::time::Duration;

use iroh::EndpointAddr;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use xchat_core::io::Input;
use xchat_net::address;
use xchat_proto::address::Endpoint;
use xchat_proto::ids::NodeId;
use xchat_proto::peer_wire::{PEER_ALPN, PeerFrame};

use super::farewell;
use super::transfers::Asks;
pub(super) use book::Book;
use book::{Dial, Dialler};

/// How long a device may take to be reached; also how old a connection may be to have been dialled at the same moment.
const DIAL: Duration = Duration::from_secs(5);

/// All direct connections.
pub(super) struct Peers {
    endpoint: iroh::Endpoint,
    book: Arc<Book>,
    accepting: JoinHandle<()>,
}

impl Peers {
    pub(super) fn new(endpoint: iroh::Endpoint, inputs: mpsc::Sender<Input>, asks: Arc<Asks>) -> Self {
        let me = address::node_id(&endpoint.id());
        let book = Arc::new(Book::new(me, inputs, asks));
        let accepting = tokio::spawn(accept::run(endpoint.clone(), book.clone()));
        Self {
            endpoint,
            book,
            accepting,
        }
    }

    /// Who is connected.
    pub(super) fn book(&self) -> Arc<Book> {
        self.book.clone()
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
        // If there is none to begin, the one under way will tell.
        if let Some(dial) = self.book.begin_dial(&device) {
            tokio::spawn(carry_out(dial, address, self.endpoint.clone(), self.book.clone()));
        }
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
        farewell::close(self.endpoint).await;
    }
}

async fn carry_out(mut dial: Dial, address: EndpointAddr, endpoint: iroh::Endpoint, book: Arc<Book>) {
    let dialled = tokio::select! {
        dialled = timeout(DIAL, endpoint.connect(address, PEER_ALPN)) => dialled,
        _ = &mut dial.given_up => return,
    };
    match dialled {
        Ok(Ok(connection)) => book.admit(connection, Dialler::Us).await,
        Ok(Err(error)) => {
            tracing::debug!(%error, "a device is not reached");
            book.dial_failed(&dial).await;
        }
        Err(_) => book.dial_failed(&dial).await,
    }
}

#[cfg(test)]
mod tests;
