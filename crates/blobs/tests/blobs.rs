//! The rules of docs/spec/blobs.md, on real files.
#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "tests fail by panicking, and their numbers are small"
)]

#[path = "blobs/support.rs"]
mod support;

#[path = "blobs/crash.rs"]
mod crash;
#[path = "blobs/erasing.rs"]
mod erasing;
#[path = "blobs/importing.rs"]
mod importing;
#[path = "blobs/memory.rs"]
mod memory;
#[path = "blobs/reading.rs"]
mod reading;
#[path = "blobs/receiving.rs"]
mod receiving;
#[path = "blobs/serving.rs"]
mod serving;
#[path = "blobs/wire.rs"]
mod wire;
