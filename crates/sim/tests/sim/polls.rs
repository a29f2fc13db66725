//! Polls: rules of docs/spec/content.md, with whole machines and their home.

use xchat_core::io::{ConversationId, MessageView};
use xchat_core::machine::{ActError, Outgoing};
use xchat_proto::limits::TIMER_S_MIN;
use xchat_sim::device::DeviceId;
use xchat_sim::world::World;
use xchat_sim::{run, story};

use crate::people::{ALICE, BOB, contact, machine, people, with};

fn pair(seed: u64) -> (World, ConversationId, ConversationId) {
    let mut world = people(seed, 2);
    contact(&mut world, ALICE, "bob");
    let (at_alice, at_bob) = (with(&world, ALICE, "bob"), with(&world, BOB, "alice"));
    (world, at_alice, at_bob)
}

fn newest(world: &World, device: DeviceId) -> MessageView {
    let conversation = with(world, device, ["bob", "alice"][device]);
    let messages = machine(world, device).messages(conversation, None, 1);
    messages.unwrap().remove(0)
}

fn vote(world: &mut World, device: DeviceId, choices: &[u8]) -> Result<(), ActError> {
    let row = newest(world, device).row;
    let voted = world.call(device, |machine, now_ms, rng| {
        machine.vote(now_ms, rng, row, choices)
    });
    voted.unwrap()
}

fn end(world: &mut World, device: DeviceId) -> Result<(), ActError> {
    let row = newest(world, device).row;
    let ended = world.call(device, |machine, now_ms, rng| machine.end_poll(now_ms, rng, row));
    ended.unwrap()
}

/// Who has chosen what, the choices in their order.
fn tally(world: &World, device: DeviceId) -> Vec<Vec<String>> {
    let poll = newest(world, device).poll.unwrap();
    let names = poll.choices.into_iter().map(|choice| {
        let mut names: Vec<String> = choice.names.iter().map(|name| name.as_str().to_owned()).collect();
        names.sort();
        names
    });
    names.collect()
}

#[test]
fn act_11_both_see_the_same_votes_and_the_author_alone_ends_a_poll() {
    let (mut world, at_alice, _) = pair(1);
    world.ask(ALICE, at_alice, false).unwrap();
    run::rest(&mut world).unwrap();
    vote(&mut world, ALICE, &[1]).unwrap();
    vote(&mut world, BOB, &[1]).unwrap();
    run::rest(&mut world).unwrap();
    vote(&mut world, BOB, &[2]).unwrap();
    world.crash(ALICE);
    run::rest(&mut world).unwrap();
    for device in [ALICE, BOB] {
        assert_eq!(tally(&world, device), [vec![], vec!["alice"], vec!["bob"]]);
    }
    // Once more is nothing new, and goes nowhere.
    let before = world.devices[BOB].sent;
    vote(&mut world, BOB, &[2, 2]).unwrap();
    assert_eq!(world.devices[BOB].sent.since(before).envelopes, 0);
    assert!(matches!(vote(&mut world, BOB, &[3]), Err(ActError::NoChoice)));
    assert!(matches!(vote(&mut world, BOB, &[0, 1]), Err(ActError::NoChoice)));
    assert!(matches!(end(&mut world, BOB), Err(ActError::NotYours)));
    vote(&mut world, BOB, &[]).unwrap();
    run::rest(&mut world).unwrap();
    assert_eq!(tally(&world, ALICE), [vec![], vec!["alice"], vec![]]);

    // A vote that crosses the end on its way came too late, or not: both agree.
    world.separate(ALICE, BOB);
    end(&mut world, ALICE).unwrap();
    vote(&mut world, BOB, &[0]).unwrap();
    run::rest(&mut world).unwrap();
    assert_eq!(tally(&world, ALICE), tally(&world, BOB));
    assert!(newest(&world, BOB).poll.unwrap().is_ended);
    assert!(matches!(vote(&mut world, BOB, &[1]), Err(ActError::PollEnded)));
    end(&mut world, ALICE).unwrap();
}

#[test]
fn act_11_several_may_be_chosen_where_that_was_said_and_nothing_is_left_of_a_deleted_poll() {
    let (mut world, at_alice, at_bob) = pair(2);
    world.ask(BOB, at_bob, true).unwrap();
    run::rest(&mut world).unwrap();
    vote(&mut world, ALICE, &[0, 2]).unwrap();
    run::rest(&mut world).unwrap();
    assert_eq!(tally(&world, BOB), [vec!["alice"], vec![], vec!["alice"]]);
    assert_eq!(newest(&world, BOB).poll.unwrap().voters, 1);
    let poll = newest(&world, BOB);
    world.delete(BOB, &poll);
    run::rest(&mut world).unwrap();
    for device in [ALICE, BOB] {
        let gone = newest(&world, device);
        assert!(gone.is_deleted && gone.poll.is_none() && gone.text.is_empty());
    }
    // What disappears takes its votes with it.
    world.set_timer(ALICE, at_alice, Some(TIMER_S_MIN));
    world.ask(ALICE, at_alice, false).unwrap();
    run::rest(&mut world).unwrap();
    vote(&mut world, BOB, &[0]).unwrap();
    story::read_all(&mut world, BOB, at_bob);
    world.run_for(2 * u64::from(TIMER_S_MIN) * 1000);
    assert!(newest(&world, ALICE).poll.is_none() && newest(&world, BOB).poll.is_none());
}

#[test]
fn cnt_11_answers_are_offered_as_they_were_given() {
    let (mut world, at_alice, at_bob) = pair(3);
    let answers = vec!["Tea".to_owned(), "قهوة".to_owned()];
    let outgoing = Outgoing {
        answers: answers.clone(),
        ..Outgoing::default()
    };
    world.send(ALICE, at_alice, outgoing).unwrap();
    run::rest(&mut world).unwrap();
    let offered = newest(&world, BOB);
    assert_eq!(offered.answers, answers);
    world.answer(BOB, at_bob, Some(offered.row)).unwrap();
    run::rest(&mut world).unwrap();
    assert!(newest(&world, ALICE).answers.is_empty());
}
