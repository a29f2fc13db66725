//! Validators as processes of their own, which are killed for real.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use network::{EPOCH, Network};

#[path = "processes/child.rs"]
mod child;
#[path = "processes/network.rs"]
mod network;
#[expect(dead_code, reason = "the other tests of this crate use the rest")]
#[path = "../src/testing.rs"]
mod testing;

/// What the tests below start. It does what its standard input says.
#[ignore = "a child process of the other tests"]
#[tokio::test]
async fn a_node_that_is_going_to_be_killed() {
    child::run().await;
}

fn f_are_killed(validators: usize, faulty: &[usize]) {
    let mut network = Network::new(validators);
    let all: Vec<usize> = (0..validators).collect();
    network.start_all(&all);
    network.register(0, "alice");
    network.everybody_has(&all, "alice");
    for node in faulty {
        network.kill(*node);
    }
    let rest: Vec<usize> = all
        .iter()
        .copied()
        .filter(|node| !faulty.contains(node))
        .collect();
    network.register(rest[0], "bob");
    network.everybody_has(&rest, "bob");
    for node in faulty {
        network.start(*node);
    }
    network.register(faulty[0], "carol");
    network.everybody_has(&all, "carol");
    for node in &all {
        network.kill(*node);
    }
    network.start_all(&all);
    for name in ["alice", "bob", "carol"] {
        network.everybody_has(&all, name);
    }
    network.register(1, "dave");
    network.everybody_has(&all, "dave");
}

#[test]
fn one_of_four_is_killed_and_then_all_slow() {
    f_are_killed(4, &[2]);
}

#[test]
fn two_of_seven_are_killed_and_then_all_slow() {
    f_are_killed(7, &[1, 5]);
}

#[test]
fn a_fifth_is_added_to_a_running_four_and_one_removed_slow() {
    let mut network = Network::new(4);
    network.start_all(&[0, 1, 2, 3]);
    network.register(0, "alice");
    // The fifth follows, until it is let in.
    network.start(4);
    network.ask(4, "until role Follower");
    network.feed(0, 4, |network| {
        network.ask(4, "age").parse::<u64>().unwrap() > 46_000
    });
    for voter in [0, 1, 3] {
        network.ask(voter, "vote add 4");
    }
    network.ask(0, "until validators 5");
    network.feed(0, 4, |network| network.ask(4, "role") == "Validator");
    network.register(4, "bob");
    network.everybody_has(&[0, 1, 2, 3, 4], "bob");
    // Four of five decide, and the fifth is one of them.
    network.kill(1);
    network.register(0, "carol");
    network.everybody_has(&[0, 2, 3, 4], "carol");
    network.start(1);
    for voter in [0, 2, 3, 4] {
        network.ask(voter, "vote remove 0");
    }
    network.ask(2, "until validators 4");
    network.ask(0, "until role Follower");
    network.register(3, "dave");
    network.everybody_has(&[1, 2, 3, 4], "dave");
    network.feed(2, 0, |network| network.ask(0, "has dave") == "true");
}

#[test]
fn one_grows_to_six_at_once_and_makes_room_for_them_slow() {
    let mut network = Network::new(1);
    network.start_all(&[0]);
    network.register(0, "alice");
    let others = [1, 2, 3, 4, 5];
    for node in others {
        network.start(node);
    }
    for node in others {
        network.feed(0, node, |network| {
            network.ask(node, "age").parse::<u64>().unwrap() > 46_000
        });
    }
    // All in one epoch, and so from its beginning.
    let height: u64 = network.ask(0, "height").parse().unwrap();
    network.ask(0, &format!("until height {}", (height / EPOCH + 1) * EPOCH));
    network.ask(0, "vote add 1 2 3 4 5");
    network.ask(0, "until validators 6");
    // Five of the six must decide now, so nobody waits for a block before all have been let in.
    while others
        .iter()
        .any(|node| network.ask(*node, "role") != "Validator")
    {
        for node in others {
            network.pass(0, node);
        }
    }
    network.register(5, "bob");
    network.everybody_has(&[0, 1, 2, 3, 4, 5], "bob");
}

#[test]
fn a_validator_whose_disk_is_wiped_follows_and_votes_again_slow() {
    let mut network = Network::new(4);
    network.start_all(&[0, 1, 2, 3]);
    network.register(0, "alice");
    network.ask(0, &format!("until height {}", EPOCH + 2));
    network.kill(3);
    network.wipe(3);
    network.start_untold(3);
    network.feed(0, 3, |network| network.ask(3, "has alice") == "true");
    assert_eq!(network.ask(3, "role"), "Recovering");
    network.feed(0, 3, |network| network.ask(3, "role") == "Validator");
    // Without its vote nothing would be decided now.
    network.kill(1);
    network.register(3, "bob");
    network.everybody_has(&[0, 2, 3], "bob");
}

#[test]
fn a_follower_takes_only_what_the_validators_have_decided_slow() {
    let mut network = Network::new(1);
    network.start_all(&[0]);
    network.register(0, "alice");
    network.start(1);
    assert_eq!(network.ask(1, "role"), "Follower");
    let blocks = network.ask(0, "blocks 0");
    // The last bytes are those of the newest block's certificate.
    for (turned, from_end) in [(1, 0), (0x80, 20)] {
        let mut bytes = data_encoding::HEXLOWER.decode(blocks.as_bytes()).unwrap();
        let place = bytes.len() - 1 - from_end;
        bytes[place] ^= turned;
        let forged = data_encoding::HEXLOWER.encode(&bytes);
        let answer = network.ask(1, &format!("import {forged}"));
        assert!(answer.starts_with("refused"), "{answer}");
    }
    assert_eq!(network.ask(1, "submit erin"), "refused Busy", "it can't decide");
    network.feed(0, 1, |network| network.ask(1, "has alice") == "true");
    assert_eq!(network.ask(1, "submit alice"), network.ask(0, "submit alice"));
}

/// Registrations at each of four validators: `XCHAT_TEST_LOAD` asks for another number.
#[test]
#[expect(clippy::disallowed_methods, reason = "it measures, too")]
fn many_registrations_at_once_are_all_decided_slow() {
    let each = std::env::var("XCHAT_TEST_LOAD").map_or(200, |count| count.parse().unwrap());
    let mut network = Network::new(4);
    let all = [0, 1, 2, 3];
    network.start_all(&all);
    network.register(0, "alice");
    network.everybody_has(&all, "alice");
    for at_once in [1, each / 8, each] {
        let start = std::time::Instant::now();
        for node in all {
            network.say(node, &format!("load {each} {at_once}"));
        }
        let mut took: Vec<u64> = Vec::new();
        for node in all {
            took.extend(
                network
                    .hear(node)
                    .split(' ')
                    .map(|took| took.parse::<u64>().unwrap()),
            );
        }
        let elapsed = start.elapsed();
        assert_eq!(took.len(), 4 * each);
        took.sort_unstable();
        let part = |share: usize| took[took.len() * share / 100] / 1000;
        let rate = took.len() as f64 / elapsed.as_secs_f64();
        eprintln!(
            "{at_once} at once: p50 {} ms, p99 {} ms, {rate:.0}/s with making them",
            part(50),
            part(99)
        );
    }
}
