//! One direct connection: a task that writes, and one that reads.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use iroh::endpoint::{Connection, SendStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{Instant, sleep};
use xchat_core::io::Input;
use xchat_net::close::CloseCode;
use xchat_net::frame::{FrameReader, FrameWriter};
use xchat_proto::ids::NodeId;
use xchat_proto::peer_wire::PeerFrame;

use crate::network::transfers::Asks;

/// Bytes that are gathered before they are handed to QUIC.
const GATHERED_BYTES_MAX: usize = 64 * 1024;
/// Frames that a device may send at once before the machine has had anything to do with it.
const STRANGER_BURST: u32 = 64;
/// In the long run such a device may send a frame in so much time.
const STRANGER_INTERVAL: Duration = Duration::from_millis(250);

/// So many at once, and then one in each interval.
pub(super) struct Allowance {
    most: u32,
    left: u32,
    interval: Duration,
    filled: Instant,
}

impl Allowance {
    pub(super) fn new(most: u32, interval: Duration) -> Self {
        Self {
            most,
            left: most,
            interval,
            filled: Instant::now(),
        }
    }

    /// Takes one, if there is one.
    pub(super) fn take(&mut self) -> bool {
        let since = self.filled.elapsed();
        let earned = since.as_millis() / self.interval.as_millis().max(1);
        if earned > 0 {
            self.left = self
                .left
                .saturating_add(u32::try_from(earned).unwrap_or(u32::MAX))
                .min(self.most);
            self.filled = Instant::now();
        }
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                true
            }
            None => false,
        }
    }

    async fn taken(&mut self) {
        while !self.take() {
            sleep(self.interval).await;
        }
    }
}

/// Writes frames on the first stream, until nobody can send any more or the connection ends.
pub(super) async fn write(connection: Connection, stream: SendStream, mut frames: mpsc::Receiver<PeerFrame>) {
    let mut writer = FrameWriter::new(stream);
    let mut next = frames.recv().await;
    while let Some(frame) = next {
        let mut is_written = writer.push(&frame).is_ok();
        while writer.gathered_bytes() < GATHERED_BYTES_MAX
            && let Ok(frame) = frames.try_recv()
        {
            is_written &= writer.push(&frame).is_ok();
        }
        if !is_written || writer.flush().await.is_err() {
            CloseCode::Done.close(&connection);
            return;
        }
        next = frames.recv().await;
    }
}

/// Hands what a device says and asks to the machine until the connection ends. A stranger is slowed down.
pub(super) async fn read(
    connection: Connection,
    peer: NodeId,
    is_welcome: Arc<AtomicBool>,
    inputs: &mpsc::Sender<Input>,
    asks: &Arc<Asks>,
) {
    // Streams are accepted in the order of their numbers: the first is for frames.
    let Ok((_, receive)) = connection.accept_bi().await else {
        return;
    };
    let frames = frames(FrameReader::new(receive), peer, is_welcome.clone(), inputs);
    let close = tokio::select! {
        close = frames => close,
        () = questions(&connection, peer, is_welcome, asks) => CloseCode::Done,
    };
    close.close(&connection);
}

/// Hears one question for a file after another: bytes of one stream leave room in the connection's window for frames.
async fn questions(connection: &Connection, peer: NodeId, is_welcome: Arc<AtomicBool>, asks: &Arc<Asks>) {
    let turns = Arc::new(Semaphore::new(1));
    let mut allowance = Allowance::new(STRANGER_BURST, STRANGER_INTERVAL);
    while let Ok(turn) = turns.clone().acquire_owned().await
        && let Ok(streams) = connection.accept_bi().await
    {
        if !is_welcome.load(Ordering::Relaxed) {
            allowance.taken().await;
        }
        let asks = asks.clone();
        tokio::spawn(async move { asks.hear(peer, streams, turn).await });
    }
}

async fn frames(
    mut reader: FrameReader,
    peer: NodeId,
    is_welcome: Arc<AtomicBool>,
    inputs: &mpsc::Sender<Input>,
) -> CloseCode {
    let mut allowance = Allowance::new(STRANGER_BURST, STRANGER_INTERVAL);
    loop {
        match reader.next::<PeerFrame>().await {
            Ok(Some(frame)) => {
                if !is_welcome.load(Ordering::Relaxed) {
                    allowance.taken().await;
                }
                if inputs.send(Input::Peer { peer, frame }).await.is_err() {
                    break CloseCode::Done;
                }
            }
            Err(error) if error.is_misbehaviour() => break CloseCode::Misbehaved,
            Ok(None) | Err(_) => break CloseCode::Done,
        }
    }
}
