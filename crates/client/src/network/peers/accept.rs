//! Devices that dial us: everybody may, so nobody may often.

use std::sync::Arc;
use std::time::Duration;

use iroh::Endpoint;
use iroh::endpoint::Incoming;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::book::{Book, Dialler};
use super::peer::Allowance;

/// Handshakes at the same time; more are refused before they cost anything.
const HANDSHAKES_MAX: usize = 32;
const HANDSHAKE: Duration = Duration::from_secs(5);
/// Connections that may come in a burst.
const BURST: u32 = 64;
/// In the long run one connection may come in so much time.
const INTERVAL: Duration = Duration::from_millis(100);

/// Takes connections until the endpoint closes.
pub(super) async fn run(endpoint: Endpoint, book: Arc<Book>) {
    let handshakes = Arc::new(Semaphore::new(HANDSHAKES_MAX));
    let mut allowance = Allowance::new(BURST, INTERVAL);
    while let Some(incoming) = endpoint.accept().await {
        let Ok(permit) = handshakes.clone().try_acquire_owned() else {
            incoming.refuse();
            continue;
        };
        if !allowance.take() {
            incoming.refuse();
            continue;
        }
        let book = book.clone();
        tokio::spawn(async move {
            shake_hands(incoming, &book).await;
            drop(permit);
        });
    }
}

async fn shake_hands(incoming: Incoming, book: &Arc<Book>) {
    if let Ok(Ok(connection)) = timeout(HANDSHAKE, incoming).await {
        book.admit(connection, Dialler::Them).await;
    }
}
