//! Disappearing messages over virtual days: rules of docs/spec/content.md, with whole machines and their home.

use xchat_core::io::{ConversationId, MessageView, NoticeView};
use xchat_core::machine::{Outgoing, SendError};
use xchat_proto::limits::{DAY_MS, TIMER_S_MAX, TIMER_S_MIN, UNACKNOWLEDGED_MAX, UNREAD_MS_MAX};
use xchat_sim::device::DeviceId;
use xchat_sim::world::World;
use xchat_sim::{run, story};

use crate::people::{ALICE, BOB, contact, look_into, machine, people, with};

const TIMER_MS: u64 = TIMER_S_MIN as u64 * 1000;

/// Alice and Bob, whose messages disappear after five minutes.
fn pair(seed: u64) -> (World, ConversationId, ConversationId) {
    let mut world = people(seed, 2);
    contact(&mut world, ALICE, "bob");
    let (at_alice, at_bob) = (with(&world, ALICE, "bob"), with(&world, BOB, "alice"));
    world.set_timer(ALICE, at_alice, Some(TIMER_S_MIN));
    world.run_for(5_000);
    (world, at_alice, at_bob)
}

/// What is shown but notices.
fn shown(world: &World, device: DeviceId, conversation: ConversationId) -> Vec<MessageView> {
    let messages = machine(world, device).messages(conversation, None, 500).unwrap();
    messages
        .into_iter()
        .filter(|message| message.notice.is_none())
        .collect()
}

fn texts(world: &World, device: DeviceId, conversation: ConversationId) -> Vec<String> {
    let shown = shown(world, device, conversation);
    shown.into_iter().map(|message| message.text).collect()
}

/// How many rows of a device's database hold a text, in whatever column.
fn rows_with(world: &mut World, device: DeviceId, text: &str) -> i64 {
    look_into(
        world,
        device,
        "SELECT (SELECT count(*) FROM message WHERE text = ?1 OR instr(content, CAST(?1 AS BLOB)) > 0)
            + (SELECT count(*) FROM outbox WHERE instr(content, CAST(?1 AS BLOB)) > 0)",
        text,
    )
}

#[test]
fn exp_01_what_is_due_is_gone_before_anything_is_shown() {
    let (mut world, at_alice, at_bob) = pair(1);
    let text = world.write(ALICE, at_alice).unwrap();
    world.run_for(5_000);
    story::read_all(&mut world, BOB, at_bob);
    assert_eq!(texts(&world, BOB, at_bob), [text.as_str()]);
    for device in [ALICE, BOB] {
        world.switch_off(device);
    }
    world.skip(DAY_MS);
    // Alice dies once more before anything comes out.
    world.die_at_start(ALICE);
    world.switch_on(BOB);
    for (device, conversation) in [(ALICE, at_alice), (BOB, at_bob)] {
        assert!(shown(&world, device, conversation).is_empty());
        let view = machine(&world, device)
            .conversation(conversation)
            .unwrap()
            .unwrap();
        assert_eq!(view.unread, 0);
        assert!(view.last.is_some_and(|last| last.notice.is_some()));
        assert_eq!(rows_with(&mut world, device, &text), 0);
    }
    run::rest(&mut world).unwrap();
}

#[test]
fn exp_01_all_that_is_due_goes_at_once() {
    let (mut world, at_alice, at_bob) = pair(2);
    for _ in 0..450 {
        world.write(ALICE, at_alice).unwrap();
        world.run_for(200);
    }
    world.run_for(5_000);
    story::read_all(&mut world, BOB, at_bob);
    world.skip(DAY_MS);
    world.run_for(1);
    assert!(shown(&world, ALICE, at_alice).is_empty() && shown(&world, BOB, at_bob).is_empty());
    run::rest(&mut world).unwrap();
}

#[test]
fn exp_02_the_clock_starts_at_writing_here_and_at_reading_there() {
    let (mut world, at_alice, at_bob) = pair(3);
    let text = world.write(ALICE, at_alice).unwrap();
    let hers = shown(&world, ALICE, at_alice).remove(0);
    assert_eq!(hers.expires_ms, Some(world.now_ms + TIMER_MS));
    world.run_for(TIMER_MS - 1_000);
    assert_eq!(texts(&world, ALICE, at_alice), [text.as_str()]);
    world.run_for(2_000);
    assert!(texts(&world, ALICE, at_alice).is_empty());
    assert_eq!(texts(&world, BOB, at_bob), [text.as_str()], "not read yet");
    story::read_all(&mut world, BOB, at_bob);
    world.run_for(TIMER_MS - 1_000);
    assert_eq!(texts(&world, BOB, at_bob), [text.as_str()]);
    world.run_for(2_000);
    assert!(texts(&world, BOB, at_bob).is_empty());
    assert_eq!(rows_with(&mut world, BOB, &text), 0);
}

#[test]
fn exp_02_what_is_never_read_goes_after_four_weeks_more() {
    let (mut world, at_alice, at_bob) = pair(4);
    let text = world.write(ALICE, at_alice).unwrap();
    world.run_for(5_000);
    world.skip(UNREAD_MS_MAX);
    world.run_for(5_000);
    assert_eq!(texts(&world, BOB, at_bob), [text.as_str()]);
    world.skip(TIMER_MS);
    world.run_for(1);
    assert!(texts(&world, BOB, at_bob).is_empty());
}

#[test]
fn exp_02_a_message_has_a_time_of_its_own() {
    let (mut world, at_alice, at_bob) = pair(5);
    let mut send = |timer_s| {
        let outgoing = Outgoing {
            timer_s: Some(timer_s),
            ..Outgoing::default()
        };
        world.send(ALICE, at_alice, outgoing).unwrap()
    };
    let (stays, later) = (send(0), send(2 * TIMER_S_MIN));
    let sooner = world.write(ALICE, at_alice).unwrap();
    world.run_for(5_000);
    assert_eq!(texts(&world, BOB, at_bob), [&*stays, &*later, &*sooner]);
    story::read_all(&mut world, BOB, at_bob);
    for timer_s in [1, TIMER_S_MIN - 1, TIMER_S_MAX + 1] {
        let outgoing = Outgoing {
            text: "no".to_owned(),
            timer_s: Some(timer_s),
            ..Outgoing::default()
        };
        let refused = world.call(ALICE, |machine, now_ms, rng| {
            machine.send(now_ms, rng, at_alice, outgoing)
        });
        assert!(matches!(refused.unwrap(), Err(SendError::NoTimer)));
    }
    for left in [vec![stays.clone(), later], vec![stays]] {
        world.run_for(TIMER_MS);
        assert_eq!(texts(&world, ALICE, at_alice), left);
        assert_eq!(texts(&world, BOB, at_bob), left);
    }
}

#[test]
fn exp_03_what_was_done_to_a_message_goes_with_it() {
    let (mut world, at_alice, at_bob) = pair(6);
    world.write(ALICE, at_alice).unwrap();
    world.run_for(5_000);
    story::read_all(&mut world, BOB, at_bob);
    let end_ms = shown(&world, BOB, at_bob).remove(0).expires_ms;
    world.run_for(60_000);
    let hers = shown(&world, ALICE, at_alice).remove(0);
    world.edit(ALICE, &hers);
    world.run_for(5_000);
    let his = shown(&world, BOB, at_bob).remove(0);
    assert!(his.edited_ms.is_some());
    assert_eq!(his.expires_ms, end_ms, "an edit does not prolong");
    world.react(BOB, &his, "👍", true);
    world.run_for(5_000);
    // An edit that comes when the message is gone there leaves nothing either.
    world.cut(ALICE, None);
    world.separate(ALICE, BOB);
    let hers = shown(&world, ALICE, at_alice).remove(0);
    world.edit(ALICE, &hers);
    let late = shown(&world, ALICE, at_alice).remove(0).text;
    world.switch_off(ALICE);
    world.skip(TIMER_MS);
    world.switch_on(ALICE);
    run::rest(&mut world).unwrap();
    for text in [&hers.text, &late, "👍"] {
        for device in [ALICE, BOB] {
            assert_eq!(rows_with(&mut world, device, text), 0, "{text}");
        }
    }
    assert!(shown(&world, ALICE, at_alice).is_empty() && shown(&world, BOB, at_bob).is_empty());
}

#[test]
fn exp_04_what_went_before_it_was_sent_is_never_missed() {
    let (mut world, at_alice, at_bob) = pair(7);
    world.cut(ALICE, None);
    world.separate(ALICE, BOB);
    let more = UNACKNOWLEDGED_MAX + 6;
    let written: Vec<String> = (0..more).map(|_| world.write(ALICE, at_alice).unwrap()).collect();
    world.skip(TIMER_MS);
    run::rest(&mut world).unwrap();
    let came = texts(&world, BOB, at_bob);
    assert_eq!(came, written[..UNACKNOWLEDGED_MAX], "those that were encrypted");
    let view = machine(&world, BOB).conversation(at_bob).unwrap().unwrap();
    assert_eq!(view.missing, 0);
    for text in &written {
        assert_eq!(rows_with(&mut world, ALICE, text), 0);
    }
    // What comes after them is not held up.
    let after = world.write(ALICE, at_alice).unwrap();
    world.run_for(5_000);
    assert_eq!(texts(&world, BOB, at_bob).last(), Some(&after));
}

#[test]
fn exp_05_the_last_word_on_the_timer_counts_on_both_sides() {
    let (mut world, at_alice, at_bob) = pair(8);
    world.cut(ALICE, None);
    world.separate(ALICE, BOB);
    world.set_timer(ALICE, at_alice, Some(TIMER_S_MAX));
    world.run_for(1_000);
    world.set_timer(BOB, at_bob, None);
    run::rest(&mut world).unwrap();
    let mut lines = Vec::new();
    for (device, conversation) in [(ALICE, at_alice), (BOB, at_bob)] {
        let view = machine(&world, device)
            .conversation(conversation)
            .unwrap()
            .unwrap();
        assert_eq!((view.timer_s, view.unread), (None, 0), "notices are not unread");
        let all = machine(&world, device).messages(conversation, None, 500).unwrap();
        let notices = all
            .into_iter()
            .filter_map(|message| Some((message.from, message.notice?)));
        lines.push(notices.collect::<Vec<_>>());
    }
    assert_eq!(lines[0], lines[1]);
    let timers: Vec<NoticeView> = lines[0].iter().map(|(_, notice)| *notice).collect();
    let timer = NoticeView::Timer;
    assert_eq!(
        timers,
        [timer(Some(TIMER_S_MIN)), timer(Some(TIMER_S_MAX)), timer(None)]
    );
    let text = world.write(BOB, at_bob).unwrap();
    world.run_for(5_000);
    world.skip(90 * DAY_MS);
    world.run_for(1);
    assert_eq!(texts(&world, ALICE, at_alice), [text]);
}

#[test]
fn exp_06_a_clock_that_is_set_back_delays_and_brings_nothing_back() {
    let (mut world, at_alice, at_bob) = pair(9);
    let text = world.write(ALICE, at_alice).unwrap();
    world.run_for(5_000);
    story::read_all(&mut world, BOB, at_bob);
    world.set_clock(BOB, -600_000);
    world.run_for(TIMER_MS);
    assert_eq!(texts(&world, BOB, at_bob), [text.as_str()], "it waits");
    world.set_clock(BOB, 0);
    world.run_for(1);
    assert!(texts(&world, BOB, at_bob).is_empty());
    world.set_clock(BOB, -600_000);
    world.crash(BOB);
    run::rest(&mut world).unwrap();
    assert!(texts(&world, BOB, at_bob).is_empty());
    assert_eq!(rows_with(&mut world, BOB, &text), 0);
}
