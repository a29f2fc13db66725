//! One direct connection: a task that writes, and one that reads.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use iroh::endpoint::Connection;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};
use xchat_core::io::Input;
use xchat_net::close::CloseCode;
use xchat_net::frame::{FrameReader, FrameWriter};
use xchat_proto::ids::NodeId;
use xchat_proto::peer_wire::PeerFrame;

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

/// Writes frames on a stream that is opened with the first, until nobody can send any more or the connection ends.
pub(super) async fn write(connection: Connection, mut frames: mpsc::Receiver<PeerFrame>) {
    let Some(first) = frames.recv().await else {
        return;
    };
    let Ok((send, _)) = connection.open_bi().await else {
        return;
    };
    let mut writer = FrameWriter::new(send);
    let mut next = Some(first);
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

/// Hands the frames of a device to the machine until the connection ends. A stranger is slowed down.
pub(super) async fn read(
    connection: Connection,
    peer: NodeId,
    is_welcome: Arc<AtomicBool>,
    inputs: mpsc::Sender<Input>,
) {
    let Ok((_, receive)) = connection.accept_bi().await else {
        return;
    };
    let mut reader = FrameReader::new(receive);
    let mut allowance = Allowance::new(STRANGER_BURST, STRANGER_INTERVAL);
    let close = loop {
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
    };
    close.close(&connection);
}
