//! The messenger as a machine: account, MLS conversations, outbox, history and sync policy in one SQLite file.
//!
//! Time, randomness and what happens outside are arguments; what is to be done outside comes out. One input is one
//! transaction: MLS state, message rows and outbox change together, and outputs come out only after it is on disk.

pub mod account;
pub mod acts;
pub mod contacts;
pub mod content;
pub mod database;
pub mod directory;
pub mod envelope;
pub mod error;
pub mod exposure;
pub mod group;
pub mod io;
pub mod leaf;
pub mod limits;
pub mod lookup;
pub mod machine;
pub mod mls_store;
pub mod phrase;
pub mod policy;
pub mod provider;
pub mod reader;
pub mod safety;
pub mod seal;
pub mod sign;
pub mod words;

mod meta;
mod rows;
mod stored_key;
