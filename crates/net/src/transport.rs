//! The tuning of QUIC. Every figure is explained in docs/spec/transport.md.

use std::time::Duration;

use iroh::endpoint::{QuicTransportConfig, VarInt};
use xchat_proto::limits::{FRAME_BYTES_MAX, SUBSCRIPTIONS_PER_CONNECTION_MAX};

use crate::endpoint::Part;

/// A connection whose paths are all silent for so long is over.
const IDLE: Duration = Duration::from_secs(30);
/// What one stream may bring before it is read: a largest frame and its header fit.
const STREAM_WINDOW_BYTES: u32 = 1024 * 1024 + 64 * 1024;
/// What one connection may bring to a node before it is read.
const NODE_WINDOW_BYTES: u32 = 2 * 1024 * 1024;
/// What one connection may bring to a client before it is read: blobs and many subscriptions come this way.
const CLIENT_WINDOW_BYTES: u32 = 16 * 1024 * 1024;
/// What waits to be acknowledged on a node's connection.
const NODE_SEND_BYTES: u64 = 2 * 1024 * 1024;
/// What waits to be acknowledged on a client's connection.
const CLIENT_SEND_BYTES: u64 = 8 * 1024 * 1024;
/// Streams of requests beside the subscriptions.
const REQUEST_STREAMS: u32 = 4;
/// Streams that a peer may open to a client: one of frames, and room for transfers.
const PEER_STREAMS: u32 = 32;

const _: () = assert!(
    STREAM_WINDOW_BYTES as usize > FRAME_BYTES_MAX + 4,
    "a frame must fit the window of a stream"
);

pub(crate) fn config(part: Part) -> QuicTransportConfig {
    let (streams, receive_bytes, send_bytes) = match part {
        Part::Node => (node_streams(), NODE_WINDOW_BYTES, NODE_SEND_BYTES),
        Part::Client => (PEER_STREAMS, CLIENT_WINDOW_BYTES, CLIENT_SEND_BYTES),
    };
    let mut builder = QuicTransportConfig::builder()
        .max_concurrent_bidi_streams(VarInt::from_u32(streams))
        .max_concurrent_uni_streams(VarInt::from_u32(0))
        .stream_receive_window(VarInt::from_u32(STREAM_WINDOW_BYTES))
        .receive_window(VarInt::from_u32(receive_bytes))
        .send_window(send_bytes)
        .datagram_receive_buffer_size(None);
    if let Ok(timeout) = IDLE.try_into() {
        builder = builder.max_idle_timeout(Some(timeout));
    }
    builder.build()
}

fn node_streams() -> u32 {
    u32::try_from(SUBSCRIPTIONS_PER_CONNECTION_MAX)
        .map_or(u32::MAX, |most| most.saturating_add(REQUEST_STREAMS))
}
