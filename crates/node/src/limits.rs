//! What a node allows itself. Limits that two parties must agree on are in `proto`.

use std::time::Duration;

/// Handshakes at the same time; beyond, a dialler must prove its address first.
pub(crate) const HANDSHAKES_MAX: usize = 256;
/// A handshake that takes longer is given up.
pub(crate) const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections of one endpoint id.
pub(crate) const CONNECTIONS_PER_ENDPOINT_MAX: usize = 16;
/// The rest of a frame that has begun must come within this.
pub(crate) const FRAME_TIMEOUT: Duration = Duration::from_secs(30);
/// How often a connection is asked whether it still serves anything.
pub(crate) const IDLE_CHECK: Duration = Duration::from_secs(30);
/// So many checks in a row without a stream, and a connection is closed.
pub(crate) const IDLE_CHECKS_MAX: u32 = 2;

/// Bytes of all requests that wait for the disk.
pub(crate) const WAITING_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Jobs that wait for the writer.
pub(crate) const WAITING_JOBS_MAX: usize = 1024;
/// Commands of one durable commit: as many as queue up, but a reader doesn't wait for more than these.
pub(crate) const COMMANDS_PER_COMMIT_MAX: usize = 1024;
/// Bytes of one durable commit.
pub(crate) const BYTES_PER_COMMIT_MAX: usize = 4 * 1024 * 1024;
/// Requests of one connection that are looked up in one go.
pub(crate) const LOOKUPS_PER_RUN_MAX: usize = 16;

/// Live items that wait for one subscriber; when it has not taken them, it reads from the store again.
pub(crate) const LIVE_ITEMS_MAX: usize = 8;
/// New entries up to so many bytes are handed to subscribers; of more they are only told.
pub(crate) const LIVE_BYTES_MAX: usize = 8 * 1024;

/// Streams of one directory connection at the same time.
pub(crate) const DIRECTORY_STREAMS_MAX: usize = 32;

/// Streams of one blob connection that are served at the same time; others wait.
pub(crate) const BLOB_STREAMS_MAX: usize = 8;
/// Blobs that move over one connection at the same time.
pub(crate) const BLOBS_PER_CONNECTION_MAX: usize = 4;
/// Blobs that move at the same time; each has two files open.
pub(crate) const BLOBS_AT_ONCE_MAX: usize = 192;
/// How long one waits for its turn.
pub(crate) const BLOB_TURN_TIMEOUT: Duration = Duration::from_secs(20);
/// Pieces of blobs that are read or written at the same time.
pub(crate) const BLOB_PIECES_MAX: usize = 4;
/// Blobs that are looked through at the same time.
pub(crate) const BLOB_LOOKS_MAX: usize = 2;
/// What one connection may move of blobs in a second, in bytes: 64 MiB. What is read to see what is missing counts a
/// quarter.
pub(crate) const BLOB_BYTES_PER_SECOND: f64 = 64.0 * 1024.0 * 1024.0;
/// A blob of which fewer bytes than this come in [`BLOB_STALL_TIMEOUT`] is given up.
pub(crate) const BLOB_STALL_BYTES: usize = 64 * 1024;
/// See [`BLOB_STALL_BYTES`].
pub(crate) const BLOB_STALL_TIMEOUT: Duration = Duration::from_secs(30);
/// A client that doesn't take a piece of a blob (a quarter of a MiB) in this time is given no more.
pub(crate) const BLOB_GIVE_TIMEOUT: Duration = Duration::from_secs(120);
/// The least that is counted for a blob ahead of what has come, in bytes.
pub(crate) const BLOB_AHEAD_MIN: u64 = 1024 * 1024;
/// The most.
pub(crate) const BLOB_AHEAD_MAX: u64 = 64 * 1024 * 1024;

/// Look-ups in the directory that read the disk at the same time.
pub(crate) const LOOKUPS_MAX: usize = 4;
/// Look-ups of one directory connection that are being answered; the rest of it waits.
pub(crate) const LOOKUPS_PER_CONNECTION_MAX: usize = 8;
/// Answers of many blocks, or of a part of a snapshot, that are being read at the same time.
pub(crate) const BULK_AT_ONCE_MAX: usize = 2;
/// What one connection is given of those in a second, in bytes: 16 MiB.
pub(crate) const BULK_BYTES_PER_SECOND: f64 = 16.0 * 1024.0 * 1024.0;

/// How often what has expired is removed.
pub(crate) const EXPIRY_INTERVAL: Duration = Duration::from_secs(60 * 60);
