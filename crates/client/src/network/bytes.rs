//! The bytes of a sealed file on a stream: given from the disk, and taken to it.
//!
//! The disk blocks, so a thread of its own reads or writes it, a few pieces ahead of the network or behind it. It ends
//! when the stream does; whoever must know that waits for [`Gone`].

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use iroh::endpoint::{ReadError, SendStream};
use thiserror::Error;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{Instant, timeout, timeout_at};
use xchat_blobs::limits::{GROUP_BYTES, PIECE_BYTES};
use xchat_blobs::{Blob, DiskError, Groups, PeerFault, ReceiveError, ServeError};
use xchat_core::io::{BlobInput, Input, Tag};
use xchat_net::frame::FrameReader;

use super::course::Course;

/// Pieces between the disk and the network.
const PIECES: usize = 2;
/// How long the other end may take for a piece, or to give [`STALL_BYTES`].
const STALL: Duration = Duration::from_secs(30);
/// Who gives less than this in [`STALL`] is not waited for: a profile has few transfers at a time, and nobody may hold
/// them all.
const STALL_BYTES: usize = 64 * 1024;
/// How often progress is told at most.
const TELL: Duration = Duration::from_millis(250);

/// Held by whatever uses the files of a blob. When all are dropped, nobody does any more.
#[derive(Clone)]
pub(super) struct InUse {
    _held: mpsc::Sender<()>,
}

/// Resolves when a blob's files are not used any more.
pub(super) struct Gone(mpsc::Receiver<()>);

/// A pair of both.
pub(super) fn usage() -> (InUse, Gone) {
    let (held, gone) = mpsc::channel(1);
    (InUse { _held: held }, Gone(gone))
}

impl Gone {
    pub(super) async fn wait(mut self) {
        while self.0.recv().await.is_some() {}
    }
}

/// Tells how a transfer goes on, not too often.
pub(super) struct Meter {
    tag: Tag,
    inputs: mpsc::Sender<Input>,
    /// What was where it should be before this stream, in bytes.
    before: u64,
    told: Instant,
}

impl Meter {
    pub(super) fn new(tag: Tag, inputs: mpsc::Sender<Input>, before: u64) -> Self {
        let told = Instant::now();
        Self {
            tag,
            inputs,
            before,
            told,
        }
    }

    /// So many bytes of the sealed file more than before are where they should be.
    pub(super) fn tell(&mut self, bytes: u64) {
        if self.told.elapsed() < TELL {
            return;
        }
        self.told = Instant::now();
        let bytes = self.before.saturating_add(bytes);
        let tag = self.tag;
        // Nobody misses one that finds no room: the next says more.
        let _ = self
            .inputs
            .try_send(Input::Blob(BlobInput::Progress { tag, bytes }));
    }
}

/// Why not all was given.
#[derive(Debug, Error)]
pub(super) enum GiveError {
    /// The other end is gone, or takes nothing.
    #[error("the other end is gone")]
    Gone,
    /// The own disk hasn't got it, not all or not right.
    #[error(transparent)]
    Here(#[from] ServeError),
}

/// Gives groups of a blob to a stream, to their end. The stream is not finished.
pub(super) async fn give(
    blob: Blob,
    groups: Groups,
    stream: &mut SendStream,
    in_use: InUse,
    mut meter: Option<Meter>,
) -> Result<(), GiveError> {
    let (pieces, mut read) = mpsc::channel(PIECES);
    spawn_blocking(move || {
        let _in_use = in_use;
        for piece in blob.serve(&groups) {
            let is_last = piece.is_err();
            if pieces.blocking_send(piece).is_err() || is_last {
                break;
            }
        }
    });
    let mut given = 0_u64;
    while let Some(piece) = read.recv().await {
        let piece = piece?;
        given = given.saturating_add(piece.len() as u64);
        match timeout(STALL, stream.write_chunk(piece)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return Err(GiveError::Gone),
        }
        if let Some(meter) = &mut meter {
            meter.tell(given);
        }
    }
    Ok(())
}

/// Why not all was taken. What was verified is kept in every case.
#[derive(Debug)]
pub(super) enum TakeError {
    /// The stream ended early, or nothing comes.
    CutOff,
    /// What came doesn't hold.
    Lie(PeerFault),
    /// The own disk fails.
    Disk(DiskError),
}

/// Takes what was asked for of a blob from what follows the frames of a stream: to its end, or until somebody waits for
/// something else. Gives how many groups have come. They are on the disk for certain only after `Blob::sync`.
pub(super) async fn take(
    blob: &Blob,
    course: &Course,
    reader: &mut FrameReader,
    in_use: InUse,
    mut meter: Option<Meter>,
) -> Result<u64, TakeError> {
    let verified = Arc::new(AtomicU64::new(0));
    let (pieces, writer) = write(blob, course, in_use, verified.clone());
    let mut is_elsewhere = false;
    let ended = loop {
        let (piece, flow) = tokio::select! {
            gathered = gathered(reader) => gathered,
            () = course.elsewhere(&verified) => {
                is_elsewhere = true;
                break Ok(());
            }
        };
        if !piece.is_empty() && pieces.send(piece).await.is_err() {
            // The writer says why.
            break Ok(());
        }
        match flow {
            Flow::More => {}
            Flow::End => break Ok(()),
            Flow::CutOff => break Err(TakeError::CutOff),
        }
        if let Some(meter) = &mut meter {
            meter.tell(
                verified
                    .load(Ordering::Relaxed)
                    .saturating_mul(GROUP_BYTES as u64),
            );
        }
    };
    drop(pieces);
    match (ended, writer.await) {
        (_, Ok(Err(ReceiveError::Peer(fault)))) => Err(TakeError::Lie(fault)),
        (_, Ok(Err(ReceiveError::Disk(error)))) => Err(TakeError::Disk(error)),
        (Ok(()), Ok(Ok(()))) => Ok(verified.load(Ordering::Relaxed)),
        (Ok(()), Ok(Err(ReceiveError::CutOff))) if is_elsewhere => Ok(verified.load(Ordering::Relaxed)),
        (Err(error), _) => Err(error),
        (Ok(()), Ok(Err(ReceiveError::CutOff)) | Err(_)) => Err(TakeError::CutOff),
    }
}

/// The thread that verifies and writes what it is given, until nothing more is.
fn write(
    blob: &Blob,
    course: &Course,
    in_use: InUse,
    verified: Arc<AtomicU64>,
) -> (mpsc::Sender<Vec<u8>>, JoinHandle<Result<(), ReceiveError>>) {
    let (pieces, mut waiting) = mpsc::channel::<Vec<u8>>(PIECES);
    let mut receiving = blob.receive(course.asked());
    let window = Arc::clone(course.window());
    let writer = spawn_blocking(move || {
        let _in_use = in_use;
        while let Some(piece) = waiting.blocking_recv() {
            receiving.push(&piece)?;
            if window.wanted().is_some() {
                receiving.flush()?;
            }
            verified.store(receiving.groups(), Ordering::Relaxed);
            window.arrived();
        }
        let finished = receiving.finish();
        window.arrived();
        finished
    });
    (pieces, writer)
}

/// How the stream is after what was gathered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    /// There may be more.
    More,
    /// That was all.
    End,
    /// It is broken, or too slow to be waited for.
    CutOff,
}

/// Where bytes come from.
trait Incoming: Send {
    /// The next ones; nothing at the end. An error when the stream is broken.
    fn next(&mut self) -> impl Future<Output = Result<Option<Bytes>, ReadError>> + Send;
}

impl Incoming for FrameReader {
    fn next(&mut self) -> impl Future<Output = Result<Option<Bytes>, ReadError>> + Send {
        self.bytes()
    }
}

/// Some of what follows the frames. What has come before the stream broke is not lost.
async fn gathered(reader: &mut impl Incoming) -> (Vec<u8>, Flow) {
    let stalled = Instant::now() + STALL;
    let mut piece = Vec::new();
    while piece.len() < PIECE_BYTES {
        match timeout_at(stalled, reader.next()).await {
            Ok(Ok(Some(bytes))) => piece.extend_from_slice(&bytes),
            Ok(Ok(None)) => return (piece, Flow::End),
            Ok(Err(_)) => return (piece, Flow::CutOff),
            Err(_) if piece.len() < STALL_BYTES => return (piece, Flow::CutOff),
            Err(_) => return (piece, Flow::More),
        }
    }
    (piece, Flow::More)
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    /// Gives so many bytes each time, after so many seconds, so often; then nothing more comes, or the stream breaks.
    struct Other {
        bytes: usize,
        seconds: u64,
        times: usize,
        breaks: bool,
    }

    impl Incoming for Other {
        async fn next(&mut self) -> Result<Option<Bytes>, ReadError> {
            sleep(Duration::from_secs(self.seconds)).await;
            if self.times == 0 && self.breaks {
                return Err(ReadError::ClosedStream);
            }
            let bytes = (self.times > 0).then(|| Bytes::from(vec![7; self.bytes]));
            self.times = self.times.saturating_sub(1);
            Ok(bytes)
        }
    }

    async fn from(bytes: usize, seconds: u64, times: usize, breaks: bool) -> (usize, Flow) {
        let mut other = Other {
            bytes,
            seconds,
            times,
            breaks,
        };
        let (piece, flow) = gathered(&mut other).await;
        (piece.len(), flow)
    }

    #[tokio::test(start_paused = true)]
    async fn trf_16_who_gives_a_little_now_and_then_is_not_waited_for() {
        assert_eq!(
            from(1, 29, 1_000, false).await,
            (1, Flow::CutOff),
            "what came is kept"
        );
        assert_eq!(from(1, 60, 1_000, false).await, (0, Flow::CutOff));
        // Slow, and honest.
        assert_eq!(
            from(STALL_BYTES, 29, 1_000, false).await,
            (STALL_BYTES, Flow::More)
        );
        assert_eq!(from(100, 1, 10, false).await, (1_000, Flow::End));
        assert_eq!(
            from(STALL_BYTES, 0, 1_000, false).await,
            (PIECE_BYTES, Flow::More)
        );
        assert_eq!(from(100, 1, 10, true).await, (1_000, Flow::CutOff));
    }
}
