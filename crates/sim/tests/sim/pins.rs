//! Pinned messages: rules of docs/spec/content.md, with whole machines and their home.

use xchat_core::io::{ConversationId, MessageView};
use xchat_core::limits::PINS_MAX;
use xchat_core::machine::{ActError, DeleteFor, Outgoing};
use xchat_proto::limits::{ACTS_MAX, DAY_MS, TIMER_S_MIN};
use xchat_sim::device::DeviceId;
use xchat_sim::run;
use xchat_sim::world::World;

use crate::people::{ALICE, BOB, contact, look_into, machine, people, with};

fn pair(seed: u64) -> (World, ConversationId, ConversationId) {
    let mut world = people(seed, 2);
    contact(&mut world, ALICE, "bob");
    let (at_alice, at_bob) = (with(&world, ALICE, "bob"), with(&world, BOB, "alice"));
    (world, at_alice, at_bob)
}

fn message(world: &World, device: DeviceId, conversation: ConversationId, text: &str) -> MessageView {
    let messages = machine(world, device).messages(conversation, None, 500).unwrap();
    messages.into_iter().find(|message| message.text == text).unwrap()
}

/// What a device shows as pinned, which the messages themselves say as well.
fn pinned(world: &World, device: DeviceId, conversation: ConversationId) -> Vec<String> {
    let pins = machine(world, device).pins(conversation).unwrap();
    let all = machine(world, device).messages(conversation, None, 500).unwrap();
    let mut said: Vec<i64> = all
        .iter()
        .filter(|message| message.is_pinned)
        .map(|message| message.row)
        .collect();
    let mut listed: Vec<i64> = pins.iter().map(|pin| pin.row).collect();
    said.sort_unstable();
    listed.sort_unstable();
    assert_eq!(listed, said);
    pins.into_iter().map(|pin| pin.text).collect()
}

fn pin(world: &mut World, device: DeviceId, conversation: ConversationId, text: &str, is_on: bool) {
    let message = message(world, device, conversation, text);
    world.pin(device, &message, is_on);
}

#[test]
fn act_09_everybody_pins_and_takes_pins_away() {
    let (mut world, at_alice, at_bob) = pair(1);
    let texts: Vec<String> = (0..3).map(|_| world.write(ALICE, at_alice).unwrap()).collect();
    run::rest(&mut world).unwrap();
    pin(&mut world, ALICE, at_alice, &texts[2], true);
    world.run_for(5_000);
    pin(&mut world, BOB, at_bob, &texts[0], true);
    run::rest(&mut world).unwrap();
    for (device, conversation) in [(ALICE, at_alice), (BOB, at_bob)] {
        let both = [texts[0].clone(), texts[2].clone()];
        assert_eq!(pinned(&world, device, conversation), both, "the latest first");
    }
    pin(&mut world, BOB, at_bob, &texts[2], false);
    // Once more is nothing new.
    let before = world.devices[BOB].sent;
    pin(&mut world, BOB, at_bob, &texts[0], true);
    world.crash(ALICE);
    run::rest(&mut world).unwrap();
    assert_eq!(pinned(&world, ALICE, at_alice), [texts[0].clone()]);
    assert!(world.devices[BOB].sent.since(before).envelopes <= 4);
    let row = message(&world, ALICE, at_alice, &texts[0]).row;
    machine(&world, ALICE).message(row).unwrap().unwrap();
}

#[test]
fn act_09_who_takes_away_what_they_see_speaks_last_whatever_their_clock_says() {
    let (mut world, at_alice, at_bob) = pair(2);
    let text = world.write(ALICE, at_alice).unwrap();
    run::rest(&mut world).unwrap();
    // Hours ahead, and back again: what is far off must not hold for hours.
    world.set_clock(ALICE, i64::try_from(DAY_MS / 8).unwrap());
    pin(&mut world, ALICE, at_alice, &text, true);
    world.run_for(5_000);
    world.set_clock(ALICE, 0);
    assert_eq!(pinned(&world, BOB, at_bob), [text.as_str()]);
    pin(&mut world, BOB, at_bob, &text, false);
    world.run_for(5_000);
    for (device, conversation) in [(ALICE, at_alice), (BOB, at_bob)] {
        assert!(pinned(&world, device, conversation).is_empty());
    }
    pin(&mut world, ALICE, at_alice, &text, true);
    run::rest(&mut world).unwrap();
    assert_eq!(pinned(&world, BOB, at_bob), [text]);
}

#[test]
fn act_10_a_pin_goes_with_its_message() {
    let (mut world, at_alice, at_bob) = pair(3);
    let (deleted, kept) = (
        world.write(ALICE, at_alice).unwrap(),
        world.write(BOB, at_bob).unwrap(),
    );
    let soon = Outgoing {
        timer_s: Some(TIMER_S_MIN),
        ..Outgoing::default()
    };
    let soon = world.send(ALICE, at_alice, soon).unwrap();
    run::rest(&mut world).unwrap();
    for text in [&deleted, &kept, &soon] {
        pin(&mut world, BOB, at_bob, text, true);
    }
    xchat_sim::story::read_all(&mut world, BOB, at_bob);
    world.run_for(5_000);
    assert_eq!(pinned(&world, ALICE, at_alice).len(), 3);
    let hers = message(&world, ALICE, at_alice, &deleted);
    world.delete(ALICE, &hers);
    world.run_for(5_000);
    assert_eq!(pinned(&world, BOB, at_bob), [soon, kept.clone()]);
    world.run_for(2 * u64::from(TIMER_S_MIN) * 1000);
    for (device, conversation) in [(ALICE, at_alice), (BOB, at_bob)] {
        assert_eq!(pinned(&world, device, conversation), [kept.as_str()]);
        // Of the acts on what is gone nothing is left but their places.
        let sql = "SELECT count(*) FROM message WHERE kind = 38 AND length(content) > 0 AND ?1 <> ''";
        assert_eq!(look_into(&mut world, device, sql, "x"), 1);
    }
    let row = message(&world, BOB, at_bob, &kept).row;
    world.call(BOB, |machine, now_ms, rng| {
        machine.delete(now_ms, rng, row, DeleteFor::Me).unwrap();
        let gone = machine.pin(now_ms, rng, row, true);
        assert!(matches!(gone, Err(ActError::Deleted)));
    });
    assert!(pinned(&world, BOB, at_bob).is_empty());
}

#[test]
fn act_10_the_latest_fifty_are_shown() {
    let (mut world, at_alice, at_bob) = pair(4);
    let texts: Vec<String> = (0..PINS_MAX + 2)
        .map(|_| world.write(ALICE, at_alice).unwrap())
        .collect();
    for text in &texts {
        pin(&mut world, ALICE, at_alice, text, true);
    }
    run::rest(&mut world).unwrap();
    let latest = |texts: &[String]| -> Vec<String> { texts.iter().rev().take(PINS_MAX).cloned().collect() };
    for (device, conversation) in [(ALICE, at_alice), (BOB, at_bob)] {
        assert_eq!(pinned(&world, device, conversation), latest(&texts));
    }
    // One goes, the latest of those that were not shown is.
    pin(&mut world, BOB, at_bob, &texts[PINS_MAX + 1], false);
    // And one that is not shown any more is pinned once more.
    pin(&mut world, BOB, at_bob, &texts[0], true);
    run::rest(&mut world).unwrap();
    let mut expected = texts[2..=PINS_MAX].to_vec();
    expected.push(texts[0].clone());
    for (device, conversation) in [(ALICE, at_alice), (BOB, at_bob)] {
        assert_eq!(pinned(&world, device, conversation), latest(&expected));
    }
}

#[test]
fn act_06_pins_have_an_end_as_other_acts_have() {
    let (mut world, at_alice, _) = pair(5);
    let text = world.write(ALICE, at_alice).unwrap();
    let row = message(&world, ALICE, at_alice, &text).row;
    let refused = world.call(ALICE, |machine, now_ms, rng| {
        for number in 0..ACTS_MAX {
            machine.pin(now_ms, rng, row, number.is_multiple_of(2)).unwrap();
        }
        machine.pin(now_ms, rng, row, true)
    });
    assert!(matches!(refused.unwrap(), Err(ActError::TooManyChanges)));
    world.set_timer(ALICE, at_alice, Some(TIMER_S_MIN));
    let last = machine(&world, ALICE).messages(at_alice, None, 1).unwrap();
    let notice = world.call(ALICE, |machine, now_ms, rng| {
        machine.pin(now_ms, rng, last[0].row, true)
    });
    assert!(
        matches!(notice.unwrap(), Err(ActError::UnknownMessage)),
        "a line that tells"
    );
}

#[test]
fn act_09_a_pin_follows_its_message_when_an_old_copy_counts_anew() {
    let (mut world, at_alice, at_bob) = pair(6);
    world.cut_off(ALICE);
    let text = world.write(ALICE, at_alice).unwrap();
    pin(&mut world, ALICE, at_alice, &text, true);
    let before = message(&world, ALICE, at_alice, &text).id;
    world.has_villains = true;
    world.devices[ALICE].mark = Some([9; 32]);
    world.crash(ALICE);
    world.reunite_all();
    world.run_for(145_000);
    // What is a disaster elsewhere is the beginning of this story.
    world.violations.retain(|what| !what.contains("Restored"));
    run::rest(&mut world).unwrap();
    assert_ne!(message(&world, BOB, at_bob, &text).id, before);
    assert_eq!(pinned(&world, BOB, at_bob), [text]);
}
