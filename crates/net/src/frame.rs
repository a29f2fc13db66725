//! Framed streams: a length of four bytes, big-endian, and that many bytes of CBOR.
//!
//! A reader holds what has arrived and no more: the length that a peer announces allocates nothing. An idle reader
//! holds little. A writer gathers frames and hands them to QUIC in one piece.

use bytes::Bytes;
use iroh::endpoint::{ReadError, RecvStream, SendStream, WriteError};
use minicbor::{Decode, Encode};
use thiserror::Error;
use xchat_proto::codec::{self, DecodeError};
use xchat_proto::limits::FRAME_BYTES_MAX;

const HEADER_BYTES: usize = 4;
/// Pieces that one read takes from the stream; each is at most a packet.
const PIECES: usize = 32;
/// The most that is read at once of what are no frames.
const CHUNK_BYTES_MAX: usize = 256 * 1024;
/// What a reader keeps allocated between two frames.
const KEPT_BYTES: usize = 64 * 1024;

/// Why no frame comes.
#[derive(Debug, Error)]
pub enum FrameReadError {
    /// The peer announced a frame larger than any may be.
    #[error("a frame of {0} bytes is announced")]
    TooLong(usize),
    /// The stream ended inside a frame.
    #[error("the stream ended inside a frame")]
    CutOff,
    /// The frame is not what the protocol says.
    #[error("the frame is {0}")]
    Malformed(#[from] DecodeError),
    /// The stream or the connection is gone.
    #[error("the stream is gone: {0}")]
    Gone(#[from] ReadError),
}

impl FrameReadError {
    /// Whether the peer is to blame, rather than the network.
    pub fn is_misbehaviour(&self) -> bool {
        !matches!(self, Self::Gone(_))
    }
}

/// Why a frame can't be written.
#[derive(Debug, Error)]
pub enum FrameWriteError {
    /// Larger than any frame may be: an error of ours.
    #[error("a frame of {0} bytes is larger than any may be")]
    TooLong(usize),
    /// The stream or the connection is gone.
    #[error("the stream is gone: {0}")]
    Gone(#[from] WriteError),
}

/// The frames of bytes that arrive in pieces: a [`FrameReader`] without its stream.
#[derive(Debug, Default)]
pub struct Arrived {
    bytes: Vec<u8>,
    taken: usize,
}

impl Arrived {
    fn rest(&self) -> &[u8] {
        self.bytes.get(self.taken..).unwrap_or_default()
    }

    /// Whether all that has arrived is taken.
    pub fn is_empty(&self) -> bool {
        self.rest().is_empty()
    }

    /// The next frame's bytes, when they are all there.
    ///
    /// # Errors
    /// [`FrameReadError::TooLong`] when it is announced to be larger than any may be.
    pub fn take(&mut self) -> Result<Option<&[u8]>, FrameReadError> {
        let Some((header, body)) = self.rest().split_first_chunk::<HEADER_BYTES>() else {
            return Ok(None);
        };
        let length = usize::try_from(u32::from_be_bytes(*header)).unwrap_or(usize::MAX);
        if length > FRAME_BYTES_MAX {
            return Err(FrameReadError::TooLong(length));
        }
        if body.len() < length {
            return Ok(None);
        }
        let start = self.taken.saturating_add(HEADER_BYTES);
        self.taken = start.saturating_add(length);
        Ok(self.bytes.get(start..self.taken))
    }

    /// More has arrived.
    pub fn add(&mut self, pieces: &[Bytes]) {
        self.bytes.drain(..self.taken);
        self.taken = 0;
        for piece in pieces {
            self.bytes.extend_from_slice(piece);
        }
    }

    /// All that has arrived and isn't taken.
    fn take_rest(&mut self) -> Bytes {
        let rest = Bytes::copy_from_slice(self.rest());
        (self.taken, self.bytes) = (0, Vec::new());
        rest
    }

    /// Gives memory back when all is taken.
    pub fn release(&mut self) {
        if self.is_empty() {
            self.taken = 0;
            self.bytes.clear();
            if self.bytes.capacity() > KEPT_BYTES {
                self.bytes = Vec::new();
            }
        }
    }

    /// How much memory it holds.
    pub fn allocated_bytes(&self) -> usize {
        self.bytes.capacity()
    }
}

/// Reads frames from a stream.
#[derive(Debug)]
pub struct FrameReader {
    stream: RecvStream,
    arrived: Arrived,
}

impl FrameReader {
    /// A reader of this stream.
    pub fn new(stream: RecvStream) -> Self {
        Self {
            stream,
            arrived: Arrived::default(),
        }
    }

    /// The next frame; `None` when the peer has finished the stream. Nothing is lost when the future is dropped.
    ///
    /// # Errors
    /// [`FrameReadError`] when no frame can come any more.
    pub async fn next<T>(&mut self) -> Result<Option<T>, FrameReadError>
    where
        T: for<'b> Decode<'b, ()>,
    {
        loop {
            if let Some(frame) = self.arrived()? {
                return Ok(Some(frame));
            }
            if !self.fill().await? {
                return Ok(None);
            }
        }
    }

    /// The next frame if it has arrived already: what comes in one piece is worked off in one go.
    ///
    /// # Errors
    /// [`FrameReadError`] when what arrived is no frame.
    pub fn arrived<T>(&mut self) -> Result<Option<T>, FrameReadError>
    where
        T: for<'b> Decode<'b, ()>,
    {
        match self.arrived.take()? {
            Some(bytes) => Ok(Some(codec::decode(bytes, FRAME_BYTES_MAX)?)),
            None => Ok(None),
        }
    }

    /// Whether a frame has begun to arrive and is not whole yet.
    pub fn is_inside_frame(&self) -> bool {
        !self.arrived.is_empty()
    }

    /// The stream, when what follows is not frames, and what has arrived of it already.
    pub fn into_rest(self) -> (Vec<u8>, RecvStream) {
        (self.arrived.rest().to_vec(), self.stream)
    }

    /// Waits until more of the stream has arrived; `false` at its end. Nothing is lost when the future is dropped.
    ///
    /// # Errors
    /// [`FrameReadError`] when the stream is gone, or ends inside a frame.
    pub async fn fill(&mut self) -> Result<bool, FrameReadError> {
        self.arrived.release();
        let mut pieces: [Bytes; PIECES] = Default::default();
        let Some(count) = self.stream.read_many_chunks(&mut pieces).await? else {
            return match self.arrived.is_empty() {
                true => Ok(false),
                false => Err(FrameReadError::CutOff),
            };
        };
        self.arrived.add(pieces.get(..count).unwrap_or_default());
        Ok(true)
    }

    /// The next bytes of what follows the frames on this stream, as they arrive; `None` at its end. Nothing is lost
    /// when the future is dropped.
    ///
    /// # Errors
    /// [`ReadError`] when the stream is gone.
    pub async fn bytes(&mut self) -> Result<Option<Bytes>, ReadError> {
        match self.arrived.take_rest() {
            rest if rest.is_empty() => self.stream.read_chunk(CHUNK_BYTES_MAX).await,
            rest => Ok(Some(rest)),
        }
    }
}

/// Writes frames to a stream.
#[derive(Debug)]
pub struct FrameWriter {
    stream: SendStream,
    gathered: Vec<u8>,
}

impl FrameWriter {
    /// A writer to this stream.
    pub fn new(stream: SendStream) -> Self {
        Self {
            stream,
            gathered: Vec::new(),
        }
    }

    /// Adds a frame to those gathered. It is sent by [`FrameWriter::flush`].
    ///
    /// # Errors
    /// [`FrameWriteError::TooLong`] when it is larger than any frame may be; the others stay.
    pub fn push<T: Encode<()>>(&mut self, frame: &T) -> Result<(), FrameWriteError> {
        push_frame(&mut self.gathered, frame)
    }

    /// Adds bytes that [`push_frame`] has made.
    pub fn push_framed(&mut self, framed: &[u8]) {
        self.gathered.extend_from_slice(framed);
    }

    /// How many bytes are gathered.
    pub fn gathered_bytes(&self) -> usize {
        self.gathered.len()
    }

    /// Sends what is gathered; waits while the peer's window is full.
    ///
    /// # Errors
    /// [`FrameWriteError::Gone`] when the stream or the connection is gone.
    pub async fn flush(&mut self) -> Result<(), FrameWriteError> {
        if !self.gathered.is_empty() {
            let bytes = Bytes::from(std::mem::take(&mut self.gathered));
            self.stream.write_chunk(bytes).await?;
        }
        Ok(())
    }

    /// Sends one frame now.
    ///
    /// # Errors
    /// [`FrameWriteError`] when it is too long or the stream is gone.
    pub async fn send<T: Encode<()>>(&mut self, frame: &T) -> Result<(), FrameWriteError> {
        self.push(frame)?;
        self.flush().await
    }

    /// The stream, when what follows is not frames. What is gathered must have been sent.
    pub fn into_stream(self) -> SendStream {
        self.stream
    }

    /// The stream, to finish or to reset it.
    pub fn stream(&mut self) -> &mut SendStream {
        &mut self.stream
    }
}

/// Appends one frame to `bytes`.
///
/// # Errors
/// [`FrameWriteError::TooLong`] when it is larger than any frame may be; `bytes` is as before.
pub fn push_frame<T: Encode<()>>(bytes: &mut Vec<u8>, frame: &T) -> Result<(), FrameWriteError> {
    let start = bytes.len();
    bytes.extend_from_slice(&[0; HEADER_BYTES]);
    // Writing to a vector is infallible, and none of our types refuses to be encoded.
    let written = minicbor::encode(frame, &mut *bytes);
    debug_assert!(written.is_ok());
    let length = bytes.len().saturating_sub(start.saturating_add(HEADER_BYTES));
    let header = match u32::try_from(length) {
        Ok(header) if length <= FRAME_BYTES_MAX => header.to_be_bytes(),
        _ => {
            bytes.truncate(start);
            return Err(FrameWriteError::TooLong(length));
        }
    };
    if let Some(place) = bytes
        .get_mut(start..)
        .and_then(|frame| frame.first_chunk_mut::<HEADER_BYTES>())
    {
        *place = header;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
