//! The name book: a pure state machine with an authenticated map and proofs.
//!
//! [`Directory`] judges operations in the order in which blocks bring them, keeps the records in a map whose root every
//! block's header carries, and proves names from it. Time comes with the blocks. NOT its concern: who decides on the
//! order, and who asks.

mod directory;
mod map;
mod rules;
pub mod store;

pub use directory::{Directory, DirectoryError, Executed, Head};
pub use rules::{RESERVED_NAMES, claimed_name, judge};
