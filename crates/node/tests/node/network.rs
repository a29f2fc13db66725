//! Nodes of several operators: who votes, who follows, who comes back.

use std::net::TcpListener;

use xchat_node::{
    Change, NetworkError, NodeConfig, Observer, OperatorKey, Retention, SpawnError, kept_network,
    read_operator, spawn,
};
use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest};

use super::device::{dialler, directory};
use super::directory::status;
use super::operators::{
    Machine, PATIENCE, config, is_registered, machine, network, reaches, register, start, vote,
};
use super::snapshots::make_blocks;
use super::stranger::{Answer, Stranger, claims};

#[tokio::test(flavor = "multi_thread")]
async fn four_decide_together_and_a_follower_takes_part_without_a_vote() {
    let machines: Vec<Machine> = ["alpha", "beta", "gamma", "delta"].map(machine).into();
    let network = network(&machines, 64);
    let mut nodes = Vec::new();
    for machine in &machines {
        nodes.push(start(machine, &network).await);
    }
    let height = register(&nodes[0], "alice", 1).await;
    for node in &nodes {
        assert!(is_registered(node, "alice", height).await);
    }

    let outside = machine("outside");
    let follower = start(&outside, &network).await;
    assert!(
        is_registered(&follower, "alice", height).await,
        "it fetches what was before it"
    );
    let later = register(&follower, "bob", 3).await;
    assert!(
        is_registered(&follower, "bob", later).await,
        "what it passes on is known to it"
    );
    assert!(is_registered(&nodes[3], "bob", later).await);
    let endpoint = dialler(9).await;
    let seen = status(&directory(&endpoint, &follower).await).await;
    assert_eq!((seen.validates, seen.network), (false, network.genesis.id()));
    assert_eq!(seen.validators.as_slice().len(), 4);

    // One of four may fail, and comes back.
    nodes.pop().unwrap().shutdown().await;
    let without = register(&nodes[1], "carol", 5).await;
    let back = start(&machines[3], &network).await;
    assert!(is_registered(&back, "carol", without).await);
    assert!(follower.metrics().directory.is_some());
    assert_eq!(follower.metrics().missing(), 0, "nobody can be missed so early");
    for node in nodes.into_iter().chain([back, follower]) {
        node.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cns_05_a_network_begins_with_the_first_quorum_and_no_claim_holds_it_up() {
    let stranger = Stranger::new(223).await;
    let mut machines: Vec<Machine> = ["alpha", "beta", "gamma"].map(machine).into();
    machines.push(stranger.in_front_of("delta", &machines));
    let network = network(&machines, 64);
    // As with keys from a backup: the disks of all may have been lost.
    for machine in &machines {
        std::fs::remove_file(machine.dir.path().join("validator.unused")).unwrap();
    }
    // The fourth has no validator, and a node that claims blocks which it never gives.
    stranger.does(|request| {
        Answer::Reply(match request {
            DirectoryRequest::Status => claims(u64::MAX),
            _ => DirectoryReply::Unavailable,
        })
    });
    let first = start(&machines[0], &network).await;
    let second = start(&machines[1], &network).await;
    stranger.is_asked(|asked| asked.len() > 4).await;
    let endpoint = dialler(9).await;
    for node in [&first, &second] {
        let seen = status(&directory(&endpoint, node).await).await;
        assert_eq!((seen.height, seen.validates), (0, false), "two are no quorum");
    }
    let third = start(&machines[2], &network).await;
    let height = register(&third, "alice", 1).await;
    for node in [first, second, third] {
        assert!(is_registered(&node, "alice", height).await);
        node.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cns_06_a_network_of_one_grows_though_each_is_let_in_before_its_node_first_runs() {
    let machines = ["alpha", "beta", "gamma"].map(machine);
    let network = network(&machines[..1], 2);
    let mut nodes = vec![start(&machines[0], &network).await];
    register(&nodes[0], "alice", 1).await;
    for (count, machine) in (1..).zip(&machines[1..]) {
        let change = Change::Add {
            operator: read_operator(&machine.line).unwrap(),
        };
        let voted = vote(&nodes[0], &network, None, &machines[..count], &change).await;
        nodes.push(start(machine, &network).await);
        // All are needed for a block from the next epoch on.
        make_blocks(&nodes[0], voted + 3, &machine.line[..4]).await;
        for node in &nodes {
            reaches(node, voted + 3).await;
        }
    }
    let endpoint = dialler(9).await;
    let seen = status(&directory(&endpoint, &nodes[2]).await).await;
    assert_eq!((seen.validates, seen.validators.as_slice().len()), (true, 3));
    for machine in &machines {
        assert!(!machine.dir.path().join("validator.unused").exists());
    }
    for node in nodes {
        node.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn validators_come_and_go_by_the_others_votes() {
    let machines: Vec<Machine> = ["alpha", "beta", "gamma", "delta"].map(machine).into();
    let network = network(&machines, 16);
    let mut nodes = Vec::new();
    for machine in &machines {
        nodes.push(start(machine, &network).await);
    }
    let fifth = machine("epsilon");
    let newcomer = start(&fifth, &network).await;
    let endpoints: Vec<_> = nodes.iter().map(|node| node.endpoint().clone()).collect();
    let mut observer = Observer::open(network.genesis.clone(), endpoints, None)
        .await
        .unwrap();
    register(&nodes[0], "alice", 1).await;

    let change = Change::Add {
        operator: read_operator(&fifth.line).unwrap(),
    };
    let mut height = 0;
    for machine in &machines[..3] {
        let proved = observer.committee_from(height).await.unwrap();
        let keys = OperatorKey::open(machine.dir.path()).unwrap();
        let vote = keys
            .vote(&proved.committee, &proved.header, change.clone())
            .unwrap();
        height = observer.submit(Some(keys.node()), &vote).await.unwrap();
    }
    let voted = tokio::time::timeout(PATIENCE, async {
        loop {
            height += 1;
            let proved = observer.committee_from(height).await.unwrap();
            if proved.committee.operators.as_slice().len() == 5 {
                return proved;
            }
            height = proved.header.height;
        }
    });
    let proved = voted.await.unwrap();
    assert!(proved.committee.ballots.as_slice().is_empty());

    // The newcomer votes for its own removal, with three others.
    let key = OperatorKey::open(fifth.dir.path()).unwrap().public();
    let change = Change::Remove { key };
    let mut height = proved.header.height;
    for machine in machines[..3].iter().chain([&fifth]) {
        let proved = observer.committee_from(height).await.unwrap();
        let keys = OperatorKey::open(machine.dir.path()).unwrap();
        let vote = keys
            .vote(&proved.committee, &proved.header, change.clone())
            .unwrap();
        height = observer.submit(None, &vote).await.unwrap();
    }
    let removed = tokio::time::timeout(PATIENCE, async {
        loop {
            height += 1;
            let proved = observer.committee_from(height).await.unwrap();
            if proved.committee.operators.as_slice().len() == 4 {
                return proved.header.height;
            }
            height = proved.header.height;
        }
    });
    let removed = removed.await.unwrap();
    let after = register(&nodes[0], "bob", 3).await;
    assert!(after > removed);
    assert!(
        is_registered(&newcomer, "bob", after).await,
        "who was removed follows"
    );
    observer.close().await;
    for node in nodes.into_iter().chain([newcomer]) {
        node.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_of_another_network_is_told_apart() {
    let [one, other] = ["one", "other"].map(machine);
    let (first, second) = (
        network(std::slice::from_ref(&one), 64),
        network(std::slice::from_ref(&other), 64),
    );
    let node = start(&one, &first).await;
    let genesis = second.genesis.clone();
    let mut observer = Observer::open(genesis, [node.endpoint().clone()], None)
        .await
        .unwrap();
    let error = observer.committee().await.unwrap_err();
    assert_eq!(error.to_string(), "the node is of another network");
    observer.close().await;
    node.shutdown().await;

    assert_eq!(kept_network(one.dir.path()).unwrap(), Some(first));
    let error = spawn(config(one.dir.path(), &one, &second)).await.unwrap_err();
    assert!(
        matches!(&error, SpawnError::Network(NetworkError::OtherNetwork { .. })),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .starts_with("the data directory belongs to network "),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_for_validators_that_is_taken_is_named() {
    let one = machine("one");
    let network = network(std::slice::from_ref(&one), 64);
    let holder = TcpListener::bind(one.consensus).unwrap();
    let error = spawn(config(one.dir.path(), &one, &network)).await.unwrap_err();
    assert!(
        matches!(error, SpawnError::Network(NetworkError::ConsensusPortInUse(taken)) if taken == one.consensus),
        "{error}"
    );
    drop(holder);
    start(&one, &network).await.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_follower_begins_with_a_snapshot_when_old_blocks_are_gone() {
    // The snapshot is of the newest block once, and of the block before it.
    for registered in [23, 24] {
        begins_with_a_snapshot(registered).await;
    }
}

async fn begins_with_a_snapshot(registered: usize) {
    let [one, follower] = ["one", "follower"].map(machine);
    let network = network(std::slice::from_ref(&one), 2);
    let retention = Retention {
        blocks: 1,
        snapshot_every: 8,
    };
    let config_of = |machine: &Machine| NodeConfig {
        retention: Some(retention),
        ..config(machine.dir.path(), machine, &network)
    };
    let node = spawn(config_of(&one)).await.unwrap();
    for number in 1..=registered {
        register(
            &node,
            &format!("person_{}", "x".repeat(number)),
            u8::try_from(number * 2).unwrap(),
        )
        .await;
    }
    let endpoint = dialler(100).await;
    let seen = status(&directory(&endpoint, &node).await).await;
    assert!(seen.oldest > 1, "old blocks are gone: {seen:?}");
    let late = spawn(config_of(&follower)).await.unwrap();
    assert!(
        is_registered(&late, "person_x", seen.height).await,
        "what is older than all blocks"
    );
    let begun = status(&directory(&endpoint, &late).await).await;
    assert!(begun.oldest > 1, "it has no block below its snapshot: {begun:?}");
    let height = register(&late, "person_later", 201).await;
    assert!(
        is_registered(&late, "person_later", height).await,
        "it goes on with blocks"
    );
    late.shutdown().await;
    let again = spawn(config_of(&follower)).await.unwrap();
    assert!(is_registered(&again, "person_x", height).await);
    again.shutdown().await;
    node.shutdown().await;
}
