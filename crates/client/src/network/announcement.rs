//! The announcement of where this device can be dialled.

use std::time::Duration;

use iroh::Watcher as _;
use tokio::sync::mpsc;
use tokio::time::timeout;
use xchat_core::io::Input;
use xchat_net::address;

/// How long the first one waits for a relay. What is told earlier would be dialled in vain where only the relay leads
/// here, and each change costs an envelope in every conversation; a relay that is there takes a fraction of this.
const RELAY: Duration = Duration::from_secs(1);

/// Tells the machine where this device can be dialled, now and whenever it changes.
pub(super) async fn run(device: iroh::Endpoint, has_relays: bool, inputs: mpsc::Sender<Input>) {
    if has_relays && timeout(RELAY, device.online()).await.is_err() {
        tracing::debug!("no relay is connected yet");
    }
    let mut addresses = device.watch_addr();
    let mut told = None;
    loop {
        let own = address::told(&addresses.get());
        if told.as_ref() != Some(&own) && (!own.sockets.as_slice().is_empty() || own.relay.is_some()) {
            told = Some(own.clone());
            if inputs.send(Input::OwnEndpoint(own)).await.is_err() {
                return;
            }
        }
        if addresses.updated().await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests;
