//! The body that hosts the BFT engine and drives the directory; nothing else names the engine.
//!
//! A [`Consensus`] is one node: it runs commonware's simplex in a thread of its own, an engine for each epoch in which
//! its key is in the set, executes final blocks in the [`xchat_directory`] machine and answers with proofs that `proto`
//! verifies. A node outside the set follows: it takes certified blocks from whoever has them. One validator alone runs
//! the same code as many. NOT its concern: clients, what the names are for, and how followers get their blocks.

mod application;
mod block;
#[cfg(test)]
mod certifying;
mod chain;
mod config;
mod consensus;
mod deciding;
mod duty;
mod error;
mod gossip;
mod host;
mod import;
mod keys;
mod known;
mod ledger;
mod links;
mod marshalling;
mod memories;
mod pool;
mod stats;
mod tcp;
#[cfg(test)]
mod testing;
mod unused;
#[cfg(test)]
mod villains;

pub use config::{Clock, Config, ConfigError, Validator};
pub use consensus::{Consensus, ConsensusError};
pub use duty::Role;
pub use import::ImportError;
pub use stats::{ConsensusStats, LastSigned};
