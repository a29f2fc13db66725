//! An operator's node: serves mailbox, directory and relay over iroh.
//!
//! [`spawn`] starts one from a [`NodeConfig`]; the [`NodeHandle`] tells where it is and stops it. Clock, randomness,
//! disk and sockets enter here; what is decided is decided by the machines in `mailbox` and `directory`. For operators,
//! an [`Observer`] looks at a network from outside, and an [`OperatorKey`] votes.
//!
//! Architecture Invariant: nothing here can read a message, and no log line names a log, a name or an address of
//! anybody.

mod accept;
mod asker;
mod blob_service;
mod clock;
mod config;
mod data_dir;
mod directory_service;
mod forwarder;
mod invite;
mod limits;
mod mailbox_service;
mod metrics;
mod network;
mod network_file;
mod node;
mod observer;
mod operator_key;
mod operator_line;
mod ports;
mod relay;
mod stats;
mod sync;

pub use asker::AskError;
pub use blob_service::BlobsError;
pub use clock::NoEntropy;
pub use config::{BlobConfig, DirectoryRole, NodeConfig};
pub use data_dir::DataDirError;
pub use invite::network_invitation;
pub use mailbox_service::MailboxError;
pub use metrics::NodeMetrics;
pub use network::{NetworkError, create_network, kept_network, read_genesis};
pub use network_file::{NetworkFileError, may_fail, network_number, read_network_file, write_network_file};
pub use node::{INVITATION_FILE, NodeHandle, SpawnError, spawn};
pub use observer::{ObserveError, Observer, Proved, Said, SubmitError};
pub use operator_key::{OperatorError, OperatorKey, Relocation, ballot_number};
pub use operator_line::{OperatorLineError, read_key, read_operator, write_key, write_operator};
pub use relay::{RELAY_BYTES_PER_SECOND, RelayError, RelayOptions};
pub use stats::NodeStats;
pub use xchat_consensus::{ConsensusStats, Role};
pub use xchat_directory::Retention;
pub use xchat_mailbox::{BlobQuotas, Quotas};
pub use xchat_net::endpoint::Listen;
pub use xchat_proto::directory_wire::NetworkStatus;
pub use xchat_proto::genesis::{Genesis, Parameters};
pub use xchat_proto::light::Checkpoint;
pub use xchat_proto::operator::{Ballot, Change, NetworkFile, Operator};
pub use xchat_proto::record::Operation;
