//! Sizes of what a blob is made of, and the largest blob.

/// Plaintext in one sealed chunk.
pub const CHUNK_PLAIN_BYTES: usize = 65_520;
/// What sealing adds to a chunk.
pub const TAG_BYTES: usize = 16;
/// One sealed chunk: four groups of the tree exactly, so a range of chunks is a range of groups.
pub const CHUNK_BYTES: usize = CHUNK_PLAIN_BYTES + TAG_BYTES;
/// What the tree verifies at once, and the least that goes over the wire.
pub const GROUP_BYTES: usize = 16 * 1024;
/// Groups in one sealed chunk.
pub const GROUPS_PER_CHUNK: u64 = 4;
/// The largest file that can be sealed.
pub const PLAIN_BYTES_MAX: u64 = 4 << 30;
/// What the largest file is padded to.
pub const CHUNKS_MAX: u64 = 67_584;
/// What `serve` gives, and `receive` writes, at a time; a little more with the hashes.
pub const PIECE_BYTES: usize = 256 * 1024;
