//! The farewell of an endpoint: whoever is connected hears of it, and nobody who is away is waited for.

use std::time::Duration;

use tokio::time::timeout;

/// How long the other ends have to confirm that they have heard. The library would give three seconds to one that was
/// never reached, as it knows no round trip to it.
const FAREWELL: Duration = Duration::from_millis(500);

/// Closes an endpoint: all connections and dials end at once, and those who are connected are told.
pub(super) async fn close(endpoint: iroh::Endpoint) {
    // In a task, which goes on for those who take longer: a close that is broken off leaves the sockets open.
    let closing = tokio::spawn(async move { endpoint.close().await });
    if timeout(FAREWELL, closing).await.is_err() {
        tracing::debug!("an endpoint closes behind our back");
    }
}
