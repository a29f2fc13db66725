//! A node that was away for longer than the network trusts its validators, and what a node knows of them.

use xchat_node::{
    Change, Checkpoint, DirectoryRole, NetworkFile, NodeConfig, NodeHandle, OperatorKey, Parameters,
    Retention, read_operator, spawn,
};
use xchat_proto::codec::Bounded;
use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest, NetworkStatus};
use xchat_proto::keys::SigningKey;
use xchat_proto::light::{Anchor, LightClient};
use xchat_proto::name::Name;

use super::device::{ask_directory, dialler, directory};
use super::directory::{look_up, reader, status};
use super::log::{is_told, listen};
use super::operators::{
    Machine, config, machine, network, network_with, parameters, reaches, register, vote,
};
use super::snapshots::make_blocks;

const RETENTION: Retention = Retention {
    blocks: 1,
    snapshot_every: 8,
};
/// How long the network trusts its validators.
const TRUST_MS: u64 = 12_000;

fn config_of(machine: &Machine, network: &NetworkFile, checkpoint: Option<Checkpoint>) -> NodeConfig {
    NodeConfig {
        retention: Some(RETENTION),
        directory: DirectoryRole::Member {
            network: network.clone(),
            consensus_listen: Some(machine.consensus),
            checkpoint,
        },
        ..config(machine.dir.path(), machine, network)
    }
}

fn trusting() -> Parameters {
    Parameters {
        trust_ms: TRUST_MS,
        ..parameters(2)
    }
}

/// Waits until who has seen nothing since this time trusts the network no more.
async fn outlives_trust(node: &NodeHandle, since_ms: u64) -> NetworkStatus {
    let mut seen = status_of(node).await;
    while seen.time_ms <= since_ms + TRUST_MS {
        reaches(node, seen.height + 1).await;
        seen = status_of(node).await;
    }
    seen
}

async fn status_of(node: &NodeHandle) -> NetworkStatus {
    let endpoint = dialler(202).await;
    status(&directory(&endpoint, node).await).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_was_away_for_too_long_goes_on_only_from_a_block_that_its_operator_trusts() {
    listen();
    let [one, outside] = ["one", "outside"].map(machine);
    let network = network_with(std::slice::from_ref(&one), trusting());
    let node = spawn(config_of(&one, &network, None)).await.unwrap();
    let height = register(&node, "alice", 1).await;
    let follower = spawn(config_of(&outside, &network, None)).await.unwrap();
    reaches(&follower, height).await;
    follower.shutdown().await;
    let last_ms = status_of(&node).await.time_ms;
    let seen = outlives_trust(&node, last_ms).await;

    // Nobody's word: it says so, and stays where it is.
    let stays = async |checkpoint: Option<Checkpoint>, told: &str| {
        let follower = spawn(config_of(&outside, &network, checkpoint)).await.unwrap();
        is_told(told).await;
        let stands = status_of(&follower).await.height;
        assert!((height..seen.height).contains(&stands), "{told}: {stands}");
        follower.shutdown().await;
    };
    stays(None, "nothing was seen of the network for too long").await;

    // A block of another chain.
    make_blocks(&node, seen.height + 16, "person").await;
    let trusted = node.invitation().unwrap().checkpoint.unwrap();
    let others = vec![SigningKey::from_seed(&[9; 32]).public()];
    let foreign = Checkpoint {
        height: seen.height,
        validators: Bounded::new(others).unwrap(),
        ..trusted.clone()
    };
    stays(
        Some(foreign),
        "no snapshot follows from the block that --trust names",
    )
    .await;

    // A block that is newer than all snapshots.
    stays(Some(trusted.clone()), "no snapshot is newer than the block").await;
    make_blocks(&node, trusted.height + 8, "later").await;
    let trusted = Some(trusted);
    let follower = spawn(config_of(&outside, &network, trusted.clone()))
        .await
        .unwrap();
    let newest = status_of(&node).await.height;
    let reached = reaches(&follower, newest).await;
    assert!(reached >= newest);
    let mut light = LightClient::new(
        network.genesis.clone(),
        Anchor::checkpoint(trusted.as_ref().unwrap()),
    )
    .unwrap();
    let endpoint = dialler(203).await;
    let connection = directory(&endpoint, &follower).await;
    let found = look_up(&connection, &mut light, &"alice".parse().unwrap()).await;
    assert!(found.height >= newest && found.record.is_some());
    follower.shutdown().await;
    node.shutdown().await;
}

fn addition(machine: &Machine) -> Change {
    Change::Add {
        operator: read_operator(&machine.line).unwrap(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hnd_03_a_node_that_began_above_a_trusted_block_decides_and_misleads_nobody_who_knows_less() {
    let machines = ["one", "two", "three"].map(machine);
    let network = network_with(&machines[..1], trusting());
    let config = |machine: &Machine, checkpoint| config_of(machine, &network, checkpoint);
    let first = spawn(config(&machines[0], None)).await.unwrap();
    let second = spawn(config(&machines[1], None)).await.unwrap();
    let voted = vote(&first, &network, None, &machines[..1], &addition(&machines[1])).await;
    let changed = reaches(&second, voted + 2).await;

    // The third knows of no change below the block that it trusts.
    let seen = outlives_trust(&first, network.genesis.created_ms).await;
    let trusted = first.invitation().unwrap().checkpoint.unwrap();
    assert!(trusted.height >= seen.height && seen.height > changed + 1);
    assert_eq!(trusted.validators.as_slice().len(), 2);
    make_blocks(&first, trusted.height + 16, "later").await;
    let third = spawn(config(&machines[2], Some(trusted.clone()))).await.unwrap();
    let height = register(&first, "alice", 1).await;
    reaches(&third, height).await;
    let endpoint = dialler(203).await;
    let connection = directory(&endpoint, &third).await;
    let name: Name = "alice".parse().unwrap();
    for known in [0, trusted.height - 1] {
        let request = DirectoryRequest::Lookup {
            name: name.clone(),
            known,
        };
        let reply = ask_directory(&connection, &request).await;
        assert_eq!(reply, DirectoryReply::Unavailable, "known up to {known}");
    }
    let mut light = LightClient::new(network.genesis.clone(), Anchor::checkpoint(&trusted)).unwrap();
    let found = look_up(&connection, &mut light, &name).await;
    assert!(found.height >= height && found.record.is_some());

    // As one of three, nothing is decided without it; and the first two alone were before it.
    let voted = vote(
        &first,
        &network,
        Some(&trusted),
        &machines[..2],
        &addition(&machines[2]),
    )
    .await;
    reaches(&third, voted + 2).await;
    let later = register(&first, "bob", 250).await;
    reaches(&third, later).await;
    assert_eq!(status_of(&third).await.validators.as_slice().len(), 3);
    for node in [first, second, third] {
        node.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_knows_only_the_genesis_believes_nodes_that_began_with_a_snapshot() {
    let operators = ["one", "other"].map(machine);
    let [outside, late] = ["outside", "late"].map(machine);
    let network = network(&operators, 2);
    let (node, other) = tokio::join!(
        spawn(config_of(&operators[0], &network, None)),
        spawn(config_of(&operators[1], &network, None))
    );
    let (node, other) = (node.unwrap(), other.unwrap());
    let follower = spawn(config_of(&outside, &network, None)).await.unwrap();
    register(&node, "alice", 1).await;

    let leaver = OperatorKey::open(operators[1].dir.path()).unwrap();
    let change = Change::Remove { key: leaver.public() };
    let voted = vote(&node, &network, None, &operators, &change).await;
    // The change is made with the last block of the epoch.
    let changed = reaches(&follower, voted + 2).await;
    follower.shutdown().await;
    make_blocks(&node, changed + 32, "person").await;
    let seen = status_of(&node).await;
    assert!(seen.oldest > changed + 1, "{seen:?}");
    assert_eq!(seen.validators.as_slice().len(), 1);

    // One knew of the change before it fell behind, the other has never known anything.
    for (number, machine) in [&outside, &late].into_iter().enumerate() {
        let follower = spawn(config_of(machine, &network, None)).await.unwrap();
        reaches(&follower, seen.height).await;
        let begun = status_of(&follower).await;
        assert!(
            begun.oldest > changed + 1,
            "{number}: it began with a snapshot: {begun:?}"
        );
        let endpoint = dialler(203).await;
        let connection = directory(&endpoint, &follower).await;
        let mut light = reader(&network.genesis);
        let found = look_up(&connection, &mut light, &"alice".parse().unwrap()).await;
        assert!(found.height >= seen.height && found.record.is_some());
        assert_eq!(light.anchor().validators.as_slice().len(), 1);
        follower.shutdown().await;
    }
    for node in [node, other] {
        node.shutdown().await;
    }
}
