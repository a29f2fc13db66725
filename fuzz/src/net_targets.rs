//! Targets of `net`: the stream below all frames.
//!
//! Included by `crates/net/tests/corpus.rs` too, so it names nothing but `net` and what it depends on.

use bytes::Bytes;
use xchat_net::frame::{Arrived, FrameReadError};
use xchat_proto::limits::FRAME_BYTES_MAX;

/// A target: its name, which its corpus has too, and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// All targets of this file.
pub const TARGETS: [Target; 1] = [("frame_stream", frame_stream)];

/// What an empty vector may allocate when its first bytes come.
const FIRST_BYTES: usize = 64;

/// The frames of a stream, and how it ends.
type Outcome = (Vec<Vec<u8>>, End);

#[derive(Debug, PartialEq, Eq)]
enum End {
    /// All is taken.
    Clean,
    /// In the middle of a frame.
    CutOff,
    /// With a frame larger than any may be.
    TooLong(usize),
}

/// A stream of a peer. The first byte tells how many sizes of pieces follow; the rest is what it sends, and it means
/// the same however it is cut.
pub fn frame_stream(bytes: &[u8]) {
    let Some((count, rest)) = bytes.split_first() else {
        return;
    };
    let count = usize::from(*count % 8).min(rest.len());
    let (sizes, stream) = rest.split_at(count);
    let at_once = read(stream, &[]);
    assert_eq!(read(stream, sizes), at_once, "in pieces of {sizes:?}");
    let taken: usize = at_once.0.iter().map(|frame| frame.len() + 4).sum();
    assert!(taken <= stream.len(), "a frame from nowhere");
}

/// Reads a stream that comes in pieces of these sizes, again and again; in one piece when there are none.
fn read(mut stream: &[u8], sizes: &[u8]) -> Outcome {
    let mut sizes = sizes.iter().map(|size| usize::from(*size).max(1)).cycle();
    let mut arrived = Arrived::default();
    let mut frames = Vec::new();
    while !stream.is_empty() {
        let size = sizes.next().unwrap_or(stream.len()).min(stream.len());
        let (piece, rest) = stream.split_at(size);
        stream = rest;
        let before = arrived.allocated_bytes();
        // Like QUIC, which hands over several packets at a time.
        let (first, second) = piece.split_at(size / 2);
        arrived.add(&[Bytes::copy_from_slice(first), Bytes::copy_from_slice(second)]);
        loop {
            match arrived.take() {
                Ok(Some(frame)) => {
                    assert!(frame.len() <= FRAME_BYTES_MAX);
                    frames.push(frame.to_vec());
                }
                Ok(None) => break,
                Err(FrameReadError::TooLong(length)) => {
                    assert!(length > FRAME_BYTES_MAX);
                    return (frames, End::TooLong(length));
                }
                Err(error) => panic!("the stream can't cause {error}"),
            }
        }
        // A vector doubles; beyond that, what is announced allocates nothing.
        let most = (before + size) * 2 + FIRST_BYTES;
        assert!(
            arrived.allocated_bytes() <= most,
            "{} of {most}",
            arrived.allocated_bytes()
        );
        arrived.release();
    }
    match arrived.is_empty() {
        true => (frames, End::Clean),
        false => (frames, End::CutOff),
    }
}
