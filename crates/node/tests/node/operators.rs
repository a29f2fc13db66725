//! Operators' machines, their network and its nodes.
#![expect(clippy::panic, reason = "tests fail by panicking")]

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;
use xchat_node::{
    Change, Checkpoint, DirectoryRole, NetworkFile, NodeConfig, NodeHandle, Observer, OperatorKey,
    Parameters, create_network, read_operator, spawn, write_key,
};
use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest, RejectReason};

use super::device::{ask_directory, dialler, directory};
use super::directory::{look_up, reader, registration};

#[path = "../support/ports.rs"]
mod ports;

pub(crate) use ports::free_port;

pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// An operator's machine.
pub(crate) struct Machine {
    pub(crate) dir: TempDir,
    pub(crate) consensus: SocketAddr,
    pub(crate) listen: SocketAddr,
    pub(crate) line: String,
}

pub(crate) fn machine(name: &str) -> Machine {
    let consensus = free_port();
    let listen = free_port();
    let dir = tempfile::tempdir().unwrap();
    let keys = OperatorKey::open(dir.path()).unwrap();
    let node = data_encoding::HEXLOWER.encode(keys.node().as_bytes());
    let line = format!("{name},{},{consensus},{node}@{listen}", write_key(&keys.public()));
    Machine {
        dir,
        consensus,
        listen,
        line,
    }
}

pub(crate) fn parameters(epoch_blocks: u32) -> Parameters {
    Parameters {
        registration_work_bits: 2,
        epoch_blocks,
        ..Parameters::default()
    }
}

pub(crate) fn network(machines: &[Machine], epoch_blocks: u32) -> NetworkFile {
    network_with(machines, parameters(epoch_blocks))
}

pub(crate) fn network_with(machines: &[Machine], parameters: Parameters) -> NetworkFile {
    let operators = machines
        .iter()
        .map(|machine| read_operator(&machine.line).unwrap());
    create_network(operators.collect(), parameters).unwrap()
}

pub(crate) fn config(dir: &Path, machine: &Machine, network: &NetworkFile) -> NodeConfig {
    NodeConfig {
        listen: xchat_node::Listen::Sockets(vec![machine.listen]),
        directory: DirectoryRole::Member {
            network: network.clone(),
            consensus_listen: Some(machine.consensus),
            checkpoint: None,
        },
        ..NodeConfig::local(dir.to_owned())
    }
}

pub(crate) async fn start(machine: &Machine, network: &NetworkFile) -> NodeHandle {
    spawn(config(machine.dir.path(), machine, network)).await.unwrap()
}

/// Waits until a node has the state of this height, and returns the one that it has. It may have begun there with a
/// snapshot, without the block.
pub(crate) async fn reaches(node: &NodeHandle, height: u64) -> u64 {
    let reached = async {
        let endpoint = dialler(200).await;
        let connection = directory(&endpoint, node).await;
        loop {
            // There is no answer while a snapshot is fetched.
            let reply = ask_directory(&connection, &DirectoryRequest::Status).await;
            let DirectoryReply::Status { status } = reply else {
                continue;
            };
            if status.height >= height {
                return status.height;
            }
            // The node holds the question open until it has its next block.
            let next = status.height + 1;
            ask_directory(&connection, &DirectoryRequest::Blocks { from: next }).await;
        }
    };
    tokio::time::timeout(PATIENCE, reached).await.unwrap()
}

pub(crate) async fn register(node: &NodeHandle, name: &str, owner: u8) -> u64 {
    let endpoint = dialler(owner).await;
    let connection = directory(&endpoint, node).await;
    let request = DirectoryRequest::Submit {
        operation: registration(node.genesis(), &name.parse().unwrap(), owner),
    };
    let registered = async {
        loop {
            match ask_directory(&connection, &request).await {
                DirectoryReply::Accepted { height } => return height,
                DirectoryReply::Rejected {
                    reason: RejectReason::Busy | RejectReason::Undecided,
                }
                | DirectoryReply::Unavailable => {}
                other => panic!("{other:?}"),
            }
        }
    };
    tokio::time::timeout(PATIENCE, registered).await.unwrap()
}

pub(crate) async fn is_registered(node: &NodeHandle, name: &str, height: u64) -> bool {
    reaches(node, height).await;
    let endpoint = dialler(201).await;
    let connection = directory(&endpoint, node).await;
    let mut light = reader(node.genesis());
    let found = look_up(&connection, &mut light, &name.parse().unwrap()).await;
    found.height >= height && found.record.is_some()
}

/// These operators vote for a change, in a network that is known from the genesis or a block. Returns the height of the
/// last vote.
pub(crate) async fn vote(
    node: &NodeHandle,
    network: &NetworkFile,
    known: Option<&Checkpoint>,
    operators: &[Machine],
    change: &Change,
) -> u64 {
    let mut observer = Observer::open(network.genesis.clone(), [node.endpoint().clone()], known)
        .await
        .unwrap();
    let mut voted = 0;
    for operator in operators {
        let keys = OperatorKey::open(operator.dir.path()).unwrap();
        let proved = observer.committee_from(voted).await.unwrap();
        let vote = keys
            .vote(&proved.committee, &proved.header, change.clone())
            .unwrap();
        voted = observer.submit(None, &vote).await.unwrap();
    }
    observer.close().await;
    voted
}
