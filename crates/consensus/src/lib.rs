//! The body that hosts the BFT engine and drives the directory; nothing else names the engine.
//!
//! A [`Consensus`] is one validator: it runs commonware's simplex in a thread of its own, executes finalised blocks in
//! the [`xchat_directory`] machine and answers with proofs that `proto` verifies. One validator alone runs the same
//! code as many. NOT its concern: clients, and what the names are for.

mod application;
mod block;
mod chain;
mod config;
mod consensus;
mod engine;
mod pool;

pub use config::{Clock, Config, ConfigError};
pub use consensus::{Consensus, ConsensusError};
