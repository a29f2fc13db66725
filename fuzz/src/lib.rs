//! What each target does with its bytes. The same functions replay the corpora as plain tests in the crates.

pub mod archive_targets;
#[cfg(feature = "blobs")]
pub mod blobs_targets;
pub mod chain;
#[cfg(feature = "core")]
pub mod core_targets;
pub mod light_target;
pub mod media_targets;
#[cfg(feature = "net")]
pub mod net_targets;
pub mod proto_targets;
