//! The set of validators changes while things go wrong.

use super::world::{EPOCH, World, operator_of, story};
use crate::duty::Role;
use xchat_proto::operator::Change;

fn add(operator: usize) -> Change {
    Change::Add {
        operator: operator_of(operator),
    }
}

fn remove(operator: usize) -> Change {
    Change::Remove {
        key: operator_of(operator).key,
    }
}

async fn agree(world: &mut World, voters: &[usize], change: Change, operator: usize, seen_by: &[usize]) {
    let is_there = matches!(change, Change::Add { .. });
    world.vote(voters, &change);
    world
        .until("the change", 240, |world| {
            seen_by
                .iter()
                .all(|node| world.validates(operator, &[*node]) == is_there)
        })
        .await;
}

#[test]
fn one_is_added_and_one_removed_on_a_running_network() {
    for seed in 0..3 {
        story(seed, 4, 1, async |mut world| {
            world.start_all().await;
            let all = world.all();
            world.until("it follows", 60, |world| world.height(4) > 2).await;
            assert_eq!(world.role(4), Role::Follower);
            agree(&mut world, &[0, 1, 2], add(4), 4, &all).await;
            world
                .until("it votes", 60, |world| world.role(4) == Role::Validator)
                .await;
            world.register(4, &all).await;
            let top = world.top(&all);
            world
                .until("it is heard", 60, |world| {
                    world.height(0) > top + 10 && !world.signed_by(4, 0, top + 1..world.height(0)).is_empty()
                })
                .await;
            agree(&mut world, &[1, 2, 3, 4], remove(0), 0, &all).await;
            world
                .until("it follows", 60, |world| world.role(0) == Role::Follower)
                .await;
            world.register(2, &all).await;
            // It may come back.
            agree(&mut world, &[1, 2, 3], add(0), 0, &all).await;
            world
                .until("it votes again", 60, |world| world.role(0) == Role::Validator)
                .await;
            world.register(0, &all).await;
            world
        });
    }
}

#[test]
fn the_set_changes_while_one_is_down() {
    for seed in 0..2 {
        story(seed, 4, 1, async |mut world| {
            world.start_all().await;
            let all = world.all();
            world.register(0, &all).await;
            world.grow_up().await;
            world.crash(3).await;
            agree(&mut world, &[0, 1, 2], add(4), 4, &[0, 1, 2, 4]).await;
            world.register(1, &[0, 1, 2, 4]).await;
            world.start(3).await;
            world.register(3, &all).await;
            world
        });
    }
}

#[test]
fn the_set_changes_while_one_is_cut_off_and_all_crash_after_it() {
    for seed in 0..2 {
        story(seed, 4, 1, async |mut world| {
            world.start_all().await;
            let all = world.all();
            world.register(0, &all).await;
            world.grow_up().await;
            world.partition(&[&[0, 1, 2, 4]]).await;
            agree(&mut world, &[0, 1, 2], add(4), 4, &[0, 1, 2, 4]).await;
            for node in all.clone() {
                world.crash(node).await;
            }
            world.heal().await;
            world.start_all().await;
            world.register(3, &all).await;
            world
        });
    }
}

#[test]
fn the_set_changes_while_a_disk_is_lost() {
    for seed in 0..2 {
        story(seed, 4, 1, async |mut world| {
            world.start_all().await;
            let all = world.all();
            world.register(0, &all).await;
            world.grow_up().await;
            world.crash(2).await;
            world.wipe(2);
            world.start(2).await;
            agree(&mut world, &[0, 1, 3], add(4), 4, &all).await;
            world
                .until("all vote", 240, |world| {
                    all.iter().all(|node| world.role(*node) == Role::Validator)
                })
                .await;
            world.register(2, &all).await;
            world
        });
    }
}

#[test]
fn a_chain_at_rest_ends_an_epoch_quickly_when_a_change_waits_for_it() {
    story(1, 4, 1, async |mut world| {
        world.start_all().await;
        let all = world.all();
        world.register(0, &all).await;
        world
            .until("the middle of an epoch", 60, |world| world.height(0) % EPOCH == 2)
            .await;
        world.vote(&[0, 1, 2], &add(4));
        // Ten blocks at rest take four seconds.
        world
            .until("the change", 3, |world| world.validates(4, &all))
            .await;
        world
    });
}
