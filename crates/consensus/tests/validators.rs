//! Real validators: the engine decides, `proto` believes it.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use xchat_consensus::{ConfigError, Consensus, ConsensusError, Role};
use xchat_proto::directory_wire::RejectReason;
use xchat_proto::light::LightError;

use eye::{alone, look_up};
use testing::{NOON_MS, key, name, registration};
use watch::Watch;

#[path = "../src/certifying.rs"]
mod certifying;
#[path = "validators/eye.rs"]
mod eye;
#[path = "validators/follower.rs"]
mod follower;
#[expect(dead_code, reason = "the other tests of this crate use the rest")]
#[path = "../src/testing.rs"]
mod testing;
#[path = "validators/vectors.rs"]
mod vectors;
#[path = "validators/watch.rs"]
mod watch;

#[tokio::test]
async fn a_registration_is_final_and_proved() {
    let folder = tempfile::tempdir().unwrap();
    let watch = Watch::at(NOON_MS);
    let node = Consensus::spawn(alone(folder.path(), watch.clock())).unwrap();
    node.certified_above(0).await.unwrap();
    assert_eq!(
        look_up(&node, "alice", watch.now_ms(), 0).unwrap().record,
        None,
        "a free name is proved free"
    );

    let operation = registration(node.genesis().id(), "alice", 1);
    let height = node.submit(operation.clone()).await.unwrap();
    let alice = look_up(&node, "alice", watch.now_ms(), height).unwrap();
    assert_eq!(alice.record.unwrap().record.name, name("alice"));
    assert_eq!(
        node.submit(operation).await,
        Ok(height),
        "a lost answer can be asked for again"
    );

    let taken = node.submit(registration(node.genesis().id(), "alice", 5)).await;
    assert_eq!(taken, Err(RejectReason::NameTaken));
    node.shutdown().await;
}

#[tokio::test]
async fn of_two_who_want_a_name_at_once_one_gets_it() {
    let folder = tempfile::tempdir().unwrap();
    let node = Consensus::spawn(alone(folder.path(), Watch::at(NOON_MS).clock())).unwrap();
    let first = node.submit(registration(node.genesis().id(), "alice", 1));
    let second = node.submit(registration(node.genesis().id(), "alice", 5));
    let outcomes = tokio::join!(first, second);
    assert!(matches!(
        outcomes,
        (Ok(_), Err(RejectReason::NameTaken)) | (Err(RejectReason::NameTaken), Ok(_))
    ));
    node.shutdown().await;
}

#[tokio::test]
async fn a_network_goes_on_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let watch = Watch::at(NOON_MS);
    let node = Consensus::spawn(alone(folder.path(), watch.clock())).unwrap();
    let height = node
        .submit(registration(node.genesis().id(), "alice", 1))
        .await
        .unwrap();
    let header = node.latest().unwrap().header;
    node.shutdown().await;

    let node = Consensus::spawn(alone(folder.path(), watch.clock())).unwrap();
    let alice = look_up(&node, "alice", watch.now_ms(), height).unwrap();
    assert!(alice.record.is_some(), "the proof is there before the engine is");
    watch.put(NOON_MS + 3_600_000);
    let next = node
        .submit(registration(node.genesis().id(), "bob", 3))
        .await
        .unwrap();
    assert!(next > height);
    node.certified_above(height).await.unwrap();
    assert!(node.latest().unwrap().header.time_ms > header.time_ms);
    node.shutdown().await;
}

#[tokio::test]
async fn a_chain_at_rest_stays_fresh() {
    let folder = tempfile::tempdir().unwrap();
    let watch = Watch::at(NOON_MS);
    let mut config = alone(folder.path(), watch.clock());
    config.heartbeat = Duration::from_millis(50);
    let node = Consensus::spawn(config).unwrap();
    let first = node.certified_above(0).await.unwrap();
    watch.put(NOON_MS + 7_200_000);
    let later = node.certified_above(first + 1).await.unwrap();
    assert!(look_up(&node, "alice", watch.now_ms(), later).is_ok());
    node.shutdown().await;
}

#[tokio::test]
async fn old_blocks_go_and_a_restart_does_not_miss_them_slow() {
    let folder = tempfile::tempdir().unwrap();
    let watch = Watch::at(NOON_MS);
    let mut config = alone(folder.path(), watch.clock());
    config.heartbeat = Duration::from_millis(1);
    config.blocks_kept = 1;
    let node = Consensus::spawn(config.clone()).unwrap();
    node.submit(registration(node.genesis().id(), "alice", 1))
        .await
        .unwrap();
    let seen = node.certified_above(600).await.unwrap();
    node.shutdown().await;
    // Blocks lie in sections of 256, a file for each.
    let sections = std::fs::read_dir(folder.path().join("engine/blocks-values"))
        .unwrap()
        .count();
    assert!(sections <= 2, "{sections} sections of blocks are kept");

    let node = Consensus::spawn(config).unwrap();
    let height = node
        .submit(registration(node.genesis().id(), "bob", 3))
        .await
        .unwrap();
    assert!(height > seen);
    assert!(
        look_up(&node, "alice", watch.now_ms(), seen)
            .unwrap()
            .record
            .is_some()
    );
    node.shutdown().await;
}

#[tokio::test]
async fn blocks_are_monotone_when_the_clock_goes_back_a_little_and_wait_when_it_goes_back_a_lot() {
    let folder = tempfile::tempdir().unwrap();
    let watch = Watch::at(NOON_MS);
    let mut config = alone(folder.path(), watch.clock());
    config.heartbeat = Duration::from_millis(50);
    let node = Consensus::spawn(config.clone()).unwrap();
    node.submit(registration(node.genesis().id(), "alice", 1))
        .await
        .unwrap();
    let before = node.latest().unwrap().header;
    node.shutdown().await;

    watch.put(NOON_MS - 60_000);
    let node = Consensus::spawn(config.clone()).unwrap();
    node.submit(registration(node.genesis().id(), "bob", 3))
        .await
        .unwrap();
    let after = node.latest().unwrap().header;
    assert!(after.time_ms > before.time_ms, "block time never goes back");
    assert!(after.time_ms < before.time_ms + 60_000);

    // A day back: whoever made those blocks had a wrong clock, and so has this validator or that one.
    watch.put(NOON_MS - 86_400_000);
    let seen = node.latest().unwrap().header.height;
    let waiting = node.submit(registration(node.genesis().id(), "carol", 5));
    let waiting = tokio::time::timeout(Duration::from_millis(500), waiting).await;
    assert!(waiting.is_err(), "no block is made a day ahead of the clock");
    assert!(node.latest().unwrap().header.height <= seen + 1);
    assert!(matches!(
        look_up(&node, "alice", watch.now_ms(), 0),
        Err(LightError::ClockOff { .. })
    ));
    watch.put(NOON_MS + 60_000);
    let height = node
        .submit(registration(node.genesis().id(), "carol", 5))
        .await
        .unwrap();
    node.certified_above(height - 1).await.unwrap();
    node.shutdown().await;
}

#[tokio::test]
async fn a_folder_of_another_network_and_a_key_of_none_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let watch = Watch::at(NOON_MS);
    let config = alone(folder.path(), watch.clock());
    let node = Consensus::spawn(config.clone()).unwrap();
    assert!(
        Consensus::spawn(config.clone()).is_err(),
        "one folder, one validator"
    );
    node.shutdown().await;
    let mut other = config.clone();
    other.genesis.created_ms += 1;
    assert!(matches!(
        Consensus::spawn(other),
        Err(ConsensusError::Directory(_))
    ));
    let mut strangers = config.clone();
    strangers.operators = Default::default();
    assert!(matches!(
        Consensus::spawn(strangers),
        Err(ConsensusError::Config(ConfigError::Genesis(_)))
    ));
}

/// The child of the next test: registers names for as long as it lives, and says each once it is final.
#[ignore = "a child process of the next test"]
#[tokio::test]
async fn a_validator_that_is_going_to_be_killed() {
    let folder = std::env::var_os("XCHAT_TEST_FOLDER").unwrap();
    let start: u64 = std::env::var("XCHAT_TEST_START").unwrap().parse().unwrap();
    let watch = Watch::at(NOON_MS + start);
    let node = Consensus::spawn(alone(Path::new(&folder), watch.clock())).unwrap();
    for number in start.. {
        let text = format!("name_{number}");
        node.submit(registration(node.genesis().id(), &text, 1))
            .await
            .unwrap();
        let mut out = std::io::stdout().lock();
        writeln!(out, "\nfinal {number}").unwrap();
        out.flush().unwrap();
    }
}

#[tokio::test]
async fn nothing_final_is_lost_when_the_process_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let mut next = 0;
    for round in 0..4_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "a_validator_that_is_going_to_be_killed",
                "--nocapture",
                "--ignored",
            ])
            .env("XCHAT_TEST_FOLDER", folder.path())
            .env("XCHAT_TEST_START", next.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let finals = lines.map_while(Result::ok).filter_map(|line| {
            line.strip_prefix("final ")
                .map(|number| number.parse::<u64>().unwrap())
        });
        // Another number of names each time, so that the kill meets another moment.
        for number in finals.take(3 + 2 * usize::try_from(round).unwrap()) {
            next = number + 1;
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert!(next >= 3 + 5 + 7 + 9);
    let watch = Watch::at(NOON_MS + 1000);
    let node = Consensus::spawn(alone(folder.path(), watch.clock())).unwrap();
    for number in 0..next {
        let found = look_up(&node, &format!("name_{number}"), watch.now_ms(), 0).unwrap();
        assert!(found.record.is_some(), "name_{number} was final");
    }
    node.submit(registration(node.genesis().id(), "alice", 1))
        .await
        .unwrap();
    node.shutdown().await;
}

#[tokio::test]
async fn a_node_says_how_it_fares() {
    let folder = tempfile::tempdir().unwrap();
    let node = Consensus::spawn(alone(folder.path(), Watch::at(NOON_MS).clock())).unwrap();
    let network = node.genesis().id();
    let height = node.submit(registration(network, "alice", 1)).await.unwrap();
    let stats = node.stats();
    assert!(stats.height >= height);
    assert_eq!(stats.epoch, (stats.height + 1) / 64);
    assert_eq!(stats.role, Role::Validator);
    assert!(!node.is_following());
    assert_eq!(stats.operations_committed, 1);
    assert_eq!(stats.waiting, 0);
    assert!(stats.blocks_committed >= height);
    let signed = stats.validators[&key(200).public()].unwrap();
    assert!(signed.height >= height && signed.time_ms >= NOON_MS);
    node.shutdown().await;
}
