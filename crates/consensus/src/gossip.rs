//! Shares operations with the other validators, since only the leader of a view can put them into a block.

use std::sync::Arc;
use std::time::Duration;

use commonware_cryptography::ed25519::PublicKey;
use commonware_p2p::{Receiver, Recipients, Sender};
use tokio::sync::{Mutex, mpsc};
use tracing::debug;
use xchat_proto::codec::{self, Bounded};
use xchat_proto::limits::OPERATION_BYTES_MAX;
use xchat_proto::record::Operation;

use crate::chain::Chain;
use crate::links::Runtime;

/// Most operations in one message.
const OPERATIONS_PER_MESSAGE_MAX: usize = 256;
/// Largest message, in bytes: full of the smallest operations or of a few of the largest.
pub(crate) const MESSAGE_BYTES_MAX: usize = 128 * 1024;
/// Kept free in a message for its own framing.
const MESSAGE_OVERHEAD_BYTES: usize = 16;

/// Operations that were submitted here. The lock passes from one run of the engine to the next.
pub(crate) type OwnOperations = Arc<Mutex<mpsc::Receiver<Operation>>>;

type Message = Bounded<Operation, OPERATIONS_PER_MESSAGE_MAX>;

/// Runs until the network or the chain is gone. Own operations go out together, a `pause` after the first of them.
pub(crate) async fn run<E, S, R>(
    context: E,
    chain: Arc<Chain>,
    own: OwnOperations,
    (mut sender, mut receiver): (S, R),
    pause: Duration,
) where
    E: Runtime,
    S: Sender<PublicKey = PublicKey>,
    R: Receiver<PublicKey = PublicKey>,
{
    let mut own = own.lock().await;
    loop {
        tokio::select! {
            operation = own.recv() => {
                let Some(operation) = operation else { return };
                context.sleep(pause).await;
                let mut held = Some(operation);
                while held.is_some() {
                    let (message, next) = gather(held, &mut own);
                    sender.send(Recipients::All, codec::encode(&message), false);
                    held = next;
                }
            }
            message = receiver.recv() => {
                let Ok((_, bytes)) = message else { return };
                let Ok(operations) = codec::decode::<Message>(bytes.as_ref(), MESSAGE_BYTES_MAX) else {
                    debug!("a peer's operations are malformed");
                    continue;
                };
                chain.take_from_peer(operations.as_slice());
            }
        }
    }
}

/// As many of the operations that wait as fit into a message, and the first that didn't.
fn gather(mut held: Option<Operation>, own: &mut mpsc::Receiver<Operation>) -> (Message, Option<Operation>) {
    let mut room = MESSAGE_BYTES_MAX - MESSAGE_OVERHEAD_BYTES;
    let mut operations = Vec::new();
    while let Some(operation) = held.take().or_else(|| own.try_recv().ok()) {
        let bytes = codec::encode(&operation).len();
        debug_assert!(bytes <= OPERATION_BYTES_MAX);
        match room.checked_sub(bytes) {
            Some(left) if operations.len() < OPERATIONS_PER_MESSAGE_MAX => room = left,
            _ => {
                held = Some(operation);
                break;
            }
        }
        operations.push(operation);
    }
    // There are never more than the bound.
    (Bounded::new(operations).unwrap_or_default(), held)
}
