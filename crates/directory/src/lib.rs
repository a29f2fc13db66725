//! The name book: a pure state machine with an authenticated map and proofs.
//!
//! [`Directory`] judges operations in the order in which blocks bring them, keeps the records in a map whose root every
//! block's header carries, and proves names from it. Time comes with the blocks. NOT its concern: who decides on the
//! order, and who asks.

mod archive;
mod ballots;
mod directory;
mod error;
mod executed;
mod facts;
mod load;
mod map;
mod reader;
mod restore;
mod retention;
mod rules;
mod snapshot;
pub mod store;
#[cfg(test)]
mod testing;
mod transition;

pub use ballots::has_decided;
pub use directory::Directory;
pub use error::DirectoryError;
pub use executed::Executed;
pub use facts::{Base, Head};
pub use reader::Reader;
pub use restore::{Restore, RestoreError, Wanted, join_handovers};
pub use retention::Retention;
pub use rules::{Checked, Rules};
