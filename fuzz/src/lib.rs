//! What each target does with its bytes. The same functions replay the corpora as plain tests in the crates.

#[cfg(feature = "core")]
pub mod core_targets;
#[cfg(feature = "net")]
pub mod net_targets;
pub mod proto_targets;
