//! An operator's node: serves mailbox, directory and relay over iroh.
//!
//! [`spawn`] starts one from a [`NodeConfig`]; the [`NodeHandle`] tells where it is and stops it. Clock, randomness,
//! disk and sockets enter here; what is decided is decided by the machines in `mailbox` and `directory`.
//!
//! Architecture Invariant: nothing here can read a message, and no log line names a log, a name or an address of
//! anybody.

mod accept;
mod clock;
mod config;
mod data_dir;
mod directory_service;
mod limits;
mod mailbox_service;
mod network;
mod node;
mod relay;
mod stats;

pub use clock::NoEntropy;
pub use config::{DirectoryRole, NodeConfig};
pub use data_dir::DataDirError;
pub use mailbox_service::MailboxError;
pub use network::{NetworkError, validator_key};
pub use node::{NodeHandle, SpawnError, spawn};
pub use relay::{RELAY_BYTES_PER_SECOND, RelayError, RelayOptions};
pub use stats::NodeStats;
pub use xchat_mailbox::Quotas;
pub use xchat_net::endpoint::Listen;
