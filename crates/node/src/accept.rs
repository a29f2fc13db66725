//! Who may come in: handshakes, connection limits, protocols.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use iroh::endpoint::{Connection, Incoming};
use iroh::{Endpoint, EndpointId};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time;
use xchat_net::close::CloseCode;
use xchat_proto::blob_wire::BLOB_ALPN;
use xchat_proto::directory_wire::DIRECTORY_ALPN;
use xchat_proto::mailbox_wire::MAILBOX_ALPN;

use crate::blob_service::BlobService;
use crate::directory_service::DirectoryService;
use crate::limits::{CONNECTIONS_PER_ENDPOINT_MAX, HANDSHAKE_TIMEOUT, HANDSHAKES_MAX};
use crate::mailbox_service::MailboxService;
use crate::stats::Counters;

/// What a node serves, until it stops.
#[derive(Clone)]
pub(crate) struct Services {
    pub(crate) mailbox: Arc<MailboxService>,
    pub(crate) directory: Arc<DirectoryService>,
    pub(crate) blobs: Arc<BlobService>,
    /// Its sender goes when the node stops.
    pub(crate) stop: watch::Receiver<()>,
}

/// The connections that are there.
pub(crate) struct Guests {
    connections_max: usize,
    open: Mutex<Open>,
    counters: Arc<Counters>,
}

#[derive(Default)]
struct Open {
    count: usize,
    endpoints: BTreeMap<EndpointId, usize>,
}

/// A connection's place, given back when dropped.
struct Guest {
    guests: Arc<Guests>,
    endpoint: EndpointId,
}

impl Guests {
    pub(crate) fn new(connections_max: usize, counters: Arc<Counters>) -> Self {
        Self {
            connections_max,
            open: Mutex::default(),
            counters,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_full(&self) -> bool {
        self.lock().count >= self.connections_max
    }

    fn admit(self: &Arc<Self>, endpoint: EndpointId) -> Option<Guest> {
        let mut open = self.lock();
        if open.count >= self.connections_max {
            return None;
        }
        let of_endpoint = open.endpoints.entry(endpoint).or_default();
        if *of_endpoint >= CONNECTIONS_PER_ENDPOINT_MAX {
            return None;
        }
        *of_endpoint = of_endpoint.saturating_add(1);
        open.count = open.count.saturating_add(1);
        self.counters.connections.one_more();
        self.counters.connections_accepted.one_more();
        Some(Guest {
            guests: Arc::clone(self),
            endpoint,
        })
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut open = self.guests.lock();
        open.count = open.count.saturating_sub(1);
        if let Some(count) = open.endpoints.get_mut(&self.endpoint) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                open.endpoints.remove(&self.endpoint);
            }
        }
        self.guests.counters.connections.one_less();
    }
}

/// Accepts connections until the node stops. All that it started ends with it.
pub(crate) async fn run(endpoint: Endpoint, services: Services, guests: Arc<Guests>) {
    let mut stop = services.stop.clone();
    let handshakes = Arc::new(Semaphore::new(HANDSHAKES_MAX));
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            incoming = endpoint.accept() => {
                let Some(incoming) = incoming else { break };
                if guests.is_full() {
                    guests.counters.connections_refused.one_more();
                    incoming.refuse();
                    continue;
                }
                match Arc::clone(&handshakes).try_acquire_owned() {
                    Ok(permit) => {
                        let (services, guests) = (services.clone(), Arc::clone(&guests));
                        connections.spawn(serve(incoming, permit, services, guests));
                    }
                    Err(_) => turn_away(incoming),
                }
            }
            Some(_) = connections.join_next() => {}
            _ = stop.changed() => break,
        }
    }
    // Each says goodbye to its client.
    while connections.join_next().await.is_some() {}
}

/// Under pressure a dialler must show that its address is its own before it costs anything.
fn turn_away(incoming: Incoming) {
    if incoming.remote_addr_validated() {
        return incoming.refuse();
    }
    if let Err(error) = incoming.retry() {
        error.into_incoming().refuse();
    }
}

async fn serve(incoming: Incoming, handshake: OwnedSemaphorePermit, services: Services, guests: Arc<Guests>) {
    let mut stop = services.stop.clone();
    let shaken = time::timeout(HANDSHAKE_TIMEOUT, incoming.into_future());
    let connection = tokio::select! {
        Ok(Ok(connection)) = shaken => connection,
        _ = stop.changed() => return,
        else => return,
    };
    drop(handshake);
    let Some(_guest) = guests.admit(connection.remote_id()) else {
        guests.counters.connections_refused.one_more();
        return CloseCode::TooMany.close(&connection);
    };
    tokio::select! {
        () = dispatch(connection.clone(), services) => {}
        _ = stop.changed() => CloseCode::ShuttingDown.close(&connection),
    }
}

async fn dispatch(connection: Connection, services: Services) {
    match connection.alpn() {
        MAILBOX_ALPN => services.mailbox.serve(connection).await,
        BLOB_ALPN => services.blobs.serve(connection).await,
        DIRECTORY_ALPN => services.directory.serve(connection).await,
        // The handshake lets no other protocol through.
        _ => CloseCode::Misbehaved.close(&connection),
    }
}
