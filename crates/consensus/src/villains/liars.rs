//! Validators who sign what they must not, or nothing.

use commonware_consensus::simplex::mocks::{conflicter, nuller, outdated, reconfigurer};
use commonware_consensus::simplex::scheme::ed25519::Scheme;
use commonware_consensus::types::ViewDelta;
use commonware_cryptography::Blake3;
use commonware_runtime::Supervisor as _;

use super::world::{EPOCH, Plain, World, operator_of, story};
use crate::links::Lines;
use xchat_proto::operator::Change;

/// How many epochs a mock lies in.
const EPOCHS: u64 = 40;

#[derive(Debug, Clone, Copy)]
enum Lie {
    /// Votes for what it is asked, and for something else.
    Conflicts,
    /// Votes to skip a view and for its block.
    Nulls,
    /// Votes for what is long past.
    Outdated,
    /// Votes in another epoch's name.
    Reconfigures,
}

/// Lets a validator lie in the first epochs, for as long as what is returned is kept.
async fn lie(world: &World, liar: usize, lie: Lie) -> impl Sized + use<> {
    let links = world.plain_links(liar).await;
    let (mut lines, operations, strays) = Lines::<Plain>::divide(world.context(), links);
    let scheme = world.keys(liar).scheme(&world.file.genesis.validators).unwrap();
    let mut unheard = Vec::new();
    for epoch in 0..EPOCHS {
        let [votes, certificates, resolver] = lines.of_epoch(epoch).await.unwrap();
        let context = world.context().child("liar").with_attribute("epoch", epoch);
        let scheme: Scheme = scheme.clone();
        let _ended = match lie {
            Lie::Conflicts => {
                conflicter::Conflicter::<_, _, Blake3>::new(context, conflicter::Config { scheme })
                    .start(votes)
            }
            Lie::Nulls => {
                nuller::Nuller::<_, _, Blake3>::new(context, nuller::Config { scheme }).start(votes)
            }
            Lie::Outdated => {
                let view_delta = ViewDelta::new(5);
                let config = outdated::Config { scheme, view_delta };
                outdated::Outdated::<_, _, Blake3>::new(context, config).start(votes)
            }
            Lie::Reconfigures => {
                let config = reconfigurer::Config { scheme };
                reconfigurer::Reconfigurer::<_, _, Blake3>::new(context, config).start(votes)
            }
        };
        unheard.push((certificates, resolver));
    }
    (lines, operations, strays, unheard)
}

/// The honest go on for epochs, and let a fifth in meanwhile.
async fn go_on(world: &mut World, honest: &[usize], newcomer: usize) {
    world.register(honest[0], honest).await;
    world.start(newcomer).await;
    world.grow_up().await;
    let change = Change::Add {
        operator: operator_of(newcomer),
    };
    world.vote(honest, &change);
    world
        .until("the change", 240, |world| world.validates(newcomer, honest))
        .await;
    let mut more = honest.to_vec();
    more.push(newcomer);
    let top = world.top(honest);
    world
        .until("a block of the new set", 240, |world| {
            more.iter().all(|node| world.height(*node) > top)
        })
        .await;
    world.register(newcomer, &more).await;
}

#[test]
fn two_blocks_of_one_leader_and_votes_for_both_come_to_nothing() {
    for (validators, liars) in [(4_u8, vec![0]), (7, vec![1, 4])] {
        for seed in 0..2 {
            let liars = liars.clone();
            story(seed, validators, 1, async |mut world| {
                let newcomer = usize::from(validators);
                let all = world.all();
                let honest: Vec<usize> = all
                    .into_iter()
                    .filter(|node| !liars.contains(node) && *node != newcomer)
                    .collect();
                for liar in &liars {
                    let half: Vec<usize> = honest.iter().copied().step_by(2).collect();
                    world.start_twins(*liar, &half).await;
                }
                for node in &honest {
                    world.start(*node).await;
                }
                go_on(&mut world, &honest, newcomer).await;
                world
            });
        }
    }
}

#[test]
fn conflicting_outdated_and_foreign_votes_come_to_nothing() {
    let lies = [Lie::Conflicts, Lie::Nulls, Lie::Outdated, Lie::Reconfigures];
    for (seed, one) in (0..).zip(lies) {
        story(seed, 4, 1, async |mut world| {
            let _lying = lie(&world, 3, one).await;
            for node in 0..3 {
                world.start(node).await;
            }
            go_on(&mut world, &[0, 1, 2], 4).await;
            world
        });
    }
}

#[test]
fn two_liars_of_seven_come_to_nothing() {
    story(9, 7, 1, async |mut world| {
        let _lying = (
            lie(&world, 2, Lie::Conflicts).await,
            lie(&world, 6, Lie::Nulls).await,
        );
        let honest = [0, 1, 3, 4, 5];
        for node in honest {
            world.start(node).await;
        }
        go_on(&mut world, &honest, 7).await;
        world
    });
}

#[test]
fn who_withholds_votes_stops_nobody() {
    for seed in 0..2 {
        story(seed, 4, 1, async |mut world| {
            world.start_withholding(1).await;
            for node in [0, 2, 3] {
                world.start(node).await;
            }
            go_on(&mut world, &[0, 2, 3], 4).await;
            world
                .until("it follows", 60, |world| {
                    world.height(1) + EPOCH > world.height(0)
                })
                .await;
            world
        });
    }
}
