//! A real node, real QUIC on loopback, real disks.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

#[path = "node/blobs.rs"]
mod blobs;
#[path = "node/device.rs"]
mod device;
#[path = "node/directory.rs"]
mod directory;
#[path = "node/hostile.rs"]
mod hostile;
#[path = "node/kill.rs"]
mod kill;
#[path = "node/log.rs"]
mod log;
#[path = "node/mailbox.rs"]
mod mailbox;
#[path = "node/network.rs"]
mod network;
#[path = "node/operators.rs"]
mod operators;
#[path = "node/relay.rs"]
mod relay;
#[path = "node/snapshots.rs"]
mod snapshots;
#[path = "node/start.rs"]
mod start;
#[path = "node/stranger.rs"]
mod stranger;
#[path = "node/sync.rs"]
mod sync;
#[path = "node/trust.rs"]
mod trust;
#[path = "node/verdicts.rs"]
mod verdicts;

use std::path::Path;

use tempfile::TempDir;
use xchat_node::{BlobConfig, DirectoryRole, NodeConfig, NodeHandle, Parameters, spawn};

/// Room for blobs, however full the disk of the tests is.
fn blobs() -> BlobConfig {
    BlobConfig {
        free_bytes: 0,
        ..BlobConfig::default()
    }
}

/// A node for this machine alone, in whose network a name costs little.
fn config(data_dir: &Path) -> NodeConfig {
    NodeConfig {
        directory: DirectoryRole::Alone {
            parameters: Parameters {
                registration_work_bits: 2,
                ..Parameters::alone()
            },
        },
        blobs: blobs(),
        ..NodeConfig::local(data_dir.to_owned())
    }
}

async fn node() -> (NodeHandle, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let node = spawn(config(dir.path())).await.unwrap();
    (node, dir)
}
