//! Nodes that stop, come back, lose their disks, or are cut off.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use commonware_runtime::Clock as _;

use super::world::{EPOCH, story};
use crate::duty::Role;

#[test]
fn four_honest_validators_decide_through_many_epochs() {
    for seed in 0..3 {
        story(seed, 4, 0, async |mut world| {
            world.start_all().await;
            let all = world.all();
            for node in all.clone() {
                world.register(node, &all).await;
            }
            world
                .until("three epochs", 60, |world| {
                    all.iter().all(|node| world.epoch(*node) >= 3)
                })
                .await;
            assert!(all.iter().all(|node| world.role(*node) == Role::Validator));
            world
        });
    }
}

#[test]
fn f_of_four_and_of_seven_crash_and_come_back() {
    for (validators, faulty) in [(4, vec![2]), (7, vec![0, 5])] {
        for seed in 0..2 {
            let faulty = faulty.clone();
            story(seed, validators, 0, async |mut world| {
                world.start_all().await;
                let all = world.all();
                world.register(1, &all).await;
                for node in &faulty {
                    world.crash(*node).await;
                }
                let rest: Vec<usize> = all
                    .iter()
                    .copied()
                    .filter(|node| !faulty.contains(node))
                    .collect();
                world.register(rest[0], &rest).await;
                let top = world.top(&rest);
                world
                    .until("two epochs without them", 120, |world| {
                        world.top(&rest) > top + 2 * EPOCH
                    })
                    .await;
                let timeouts = &world.chain(rest[0]).counters.timeouts;
                assert!(
                    timeouts.load(Ordering::Relaxed) > 0,
                    "their turns were passed over"
                );
                for node in &faulty {
                    world.start(*node).await;
                }
                world.register(faulty[0], &all).await;
                world
                    .until("they vote again", 60, |world| {
                        all.iter().all(|node| world.role(*node) == Role::Validator)
                    })
                    .await;
                world
            });
        }
    }
}

#[test]
fn all_crash_at_any_moment_and_go_on() {
    for seed in 0..4 {
        story(seed, 4, 0, async |mut world| {
            world.start_all().await;
            let all = world.all();
            world.register(0, &all).await;
            // Another moment each time, also around the end of an epoch.
            let height = EPOCH - 2 + seed;
            world
                .until("the moment", 60, |world| world.top(&all) >= height)
                .await;
            for node in all.clone() {
                world.crash(node).await;
            }
            world.start_all().await;
            world.register(3, &all).await;
            world
        });
    }
}

#[test]
fn a_network_that_is_cut_in_two_decides_nothing_and_heals() {
    for seed in 0..2 {
        story(seed, 4, 0, async |mut world| {
            world.start_all().await;
            let all = world.all();
            world.register(0, &all).await;
            world.partition(&[&[0, 1], &[2, 3]]).await;
            world.pass(2).await;
            let top = world.top(&all);
            world.pass(20).await;
            assert_eq!(world.top(&all), top, "no half has a quorum");
            world.heal().await;
            world.register(2, &all).await;
            world
        });
    }
}

#[test]
fn one_who_is_cut_off_misses_epochs_and_catches_up() {
    for seed in 0..2 {
        story(seed, 4, 0, async |mut world| {
            world.start_all().await;
            let all = world.all();
            world.register(0, &all).await;
            world.partition(&[&[0, 1, 2]]).await;
            let top = world.top(&[0, 1, 2]);
            world
                .until("epochs without it", 180, |world| {
                    world.height(0) > top + 3 * EPOCH
                })
                .await;
            assert!(world.height(3) <= top + 1);
            world.heal().await;
            world.register(3, &all).await;
            world
        });
    }
}

#[test]
fn a_validator_with_a_wiped_disk_votes_only_above_a_block_that_is_younger_than_its_disk() {
    for seed in 0..3 {
        story(seed, 4, 0, async |mut world| {
            world.start_all().await;
            let all = world.all();
            world.register(0, &all).await;
            world
                .until("some epoch", 60, |world| world.height(1) > 3 + 7 * seed)
                .await;
            world.crash(1).await;
            world.wipe(1);
            world.start(1).await;
            let woken_ms = world.chain(0).now_ms();
            let woken = world.top(&[0, 2, 3]);
            world
                .until("it has caught up", 30, |world| world.height(1) >= woken)
                .await;
            assert_eq!(world.role(1), Role::Recovering);
            world.register(2, &all).await;
            world
                .until("it votes again", 120, |world| world.role(1) == Role::Validator)
                .await;
            let since = world.height(1);
            world
                .until("it is heard", 60, |world| {
                    world.height(0) > since + 8 && !world.signed_by(1, 0, since..world.height(0)).is_empty()
                })
                .await;
            let first = world.signed_by(1, 0, woken + 1..world.height(0))[0];
            let blocks = world.chain(0).reader().blocks(first - 1, 0).unwrap();
            assert!(
                blocks[0].header.time_ms > woken_ms + 45_000,
                "it stayed silent before"
            );
            world
        });
    }
}

#[test]
fn a_validator_that_was_away_decides_again_above_a_snapshot_of_any_height() {
    let mut places = BTreeSet::new();
    for seed in 0..6 {
        let place = Arc::new(AtomicU64::new(0));
        let noted = Arc::clone(&place);
        story(seed, 4, 0, async |mut world| {
            world.start_all().await;
            let all = world.all();
            world.register(3, &all).await;
            world.crash(3).await;
            let rest = [0, 1, 2];
            let height = (2 + seed % 2) * EPOCH + 5 * seed;
            world
                .until("some epochs without it", 240, |world| world.top(&rest) >= height)
                .await;
            noted.store(world.put_snapshot(3, 0) + 1, Ordering::Relaxed);
            world.start(3).await;
            // It finds out where it stands before it hears of a block.
            world.context().sleep(Duration::from_millis(500)).await;
            assert_ne!(world.role(3), Role::Waiting);
            world
                .until("it decides", 120, |world| world.role(3) == Role::Validator)
                .await;
            // Without one of the others it is needed for every block.
            world.crash(2).await;
            world.register(0, &[0, 1, 3]).await;
            world.start(2).await;
            world
        });
        places.insert(place.load(Ordering::Relaxed) % EPOCH);
    }
    assert!(places.len() > 3, "places in an epoch: {places:?}");
}

#[test]
fn cns_05_a_validator_with_a_wiped_disk_that_nobody_answers_does_not_vote() {
    for seed in 0..2 {
        story(seed, 4, 0, async |mut world| {
            world.start_all().await;
            let all = world.all();
            world.register(0, &all).await;
            world.crash(3).await;
            world.wipe(3);
            world.partition(&[&[0, 1, 2]]).await;
            world.start(3).await;
            let woken_ms = world.chain(0).now_ms();
            world.pass(40).await;
            assert_eq!(world.role(3), Role::Waiting, "silence is no answer");
            world.heal().await;
            let top = world.top(&all);
            world
                .until("it has caught up", 30, |world| world.height(3) >= top)
                .await;
            assert_eq!(world.role(3), Role::Recovering, "it was not there from the start");
            world
                .until("it votes again", 120, |world| world.role(3) == Role::Validator)
                .await;
            let since = world.height(3);
            world
                .until("it is heard", 60, |world| {
                    world.height(0) > since + 8 && !world.signed_by(3, 0, since..world.height(0)).is_empty()
                })
                .await;
            let first = world.signed_by(3, 0, top + 1..world.height(0))[0];
            let blocks = world.chain(0).reader().blocks(first - 1, 0).unwrap();
            assert!(blocks[0].header.time_ms > woken_ms + 45_000);
            world
        });
    }
}

#[test]
fn cns_05_a_new_network_begins_as_soon_as_a_quorum_is_there() {
    story(1, 4, 0, async |mut world| {
        for (node, pause) in [(2, 120), (0, 240)] {
            world.start(node).await;
            world.pass(pause).await;
            assert_eq!(world.role(node), Role::Waiting);
        }
        world.start(3).await;
        world.register(3, &[0, 2, 3]).await;
        world.start(1).await;
        world.register(1, &[0, 1, 2, 3]).await;
        world
    });
}

#[test]
fn the_disks_of_f_are_lost_and_another_f_falls_silent_once_they_vote_again() {
    story(5, 4, 0, async |mut world| {
        world.start_all().await;
        let all = world.all();
        world.register(0, &all).await;
        world.crash(1).await;
        world.wipe(1);
        world.start(1).await;
        world
            .until("it votes again", 120, |world| world.role(1) == Role::Validator)
            .await;
        world.crash(3).await;
        world.register(1, &[0, 1, 2]).await;
        world
    });
}
