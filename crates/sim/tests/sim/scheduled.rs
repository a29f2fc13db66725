//! Texts that are sent later, and folders: rules of docs/spec/privacy.md.

use xchat_core::io::{ConversationId, FolderView, Whom};
use xchat_core::machine::{ChatError, Outgoing, ScheduleError};
use xchat_proto::limits::{DAY_MS, TIMER_S_MIN};
use xchat_sim::run;
use xchat_sim::weather::Weather;
use xchat_sim::world::World;

use crate::people::{ALICE, BOB, contact, machine, people, with};

const HOUR_MS: u64 = 3_600_000;

fn pair(seed: u64) -> (World, ConversationId, ConversationId) {
    let mut world = people(seed, 2);
    contact(&mut world, ALICE, "bob");
    let (at_alice, at_bob) = (with(&world, ALICE, "bob"), with(&world, BOB, "alice"));
    (world, at_alice, at_bob)
}

fn schedule(
    world: &mut World,
    conversation: ConversationId,
    outgoing: Outgoing,
    due_ms: u64,
) -> Result<i64, ScheduleError> {
    let wish = world.call(ALICE, |machine, now_ms, rng| {
        machine.schedule(now_ms, rng, conversation, outgoing, due_ms)
    });
    wish.unwrap().map(|wish| wish.id)
}

/// Has a text sent later that the world knows.
fn later(world: &mut World, conversation: ConversationId, due_ms: u64) -> (i64, String) {
    let text = world.announce_text(ALICE, conversation);
    let id = schedule(world, conversation, text.as_str().into(), due_ms);
    (id.unwrap(), text)
}

fn texts(world: &World, device: usize, conversation: ConversationId) -> Vec<String> {
    let messages = machine(world, device).messages(conversation, None, 500).unwrap();
    messages.into_iter().map(|message| message.text).collect()
}

#[test]
fn sch_01_a_text_is_sent_at_its_time_and_once_whatever_crashes() {
    for seed in 0..6 {
        let (mut world, at_alice, at_bob) = pair(seed);
        let now_ms = world.now_ms;
        let expected: Vec<String> = (1..=30)
            .map(|place| later(&mut world, at_alice, now_ms + HOUR_MS + place * 700).1)
            .collect();
        world.run_for(HOUR_MS);
        assert!(texts(&world, BOB, at_bob).is_empty(), "not before");
        world.weather = Weather {
            crashes: 200,
            ..Weather::fine()
        };
        world.run_for(40_000);
        run::rest(&mut world).unwrap();
        assert_eq!(texts(&world, BOB, at_bob), expected);
        assert_eq!(texts(&world, ALICE, at_alice), expected);
        assert!(machine(&world, ALICE).scheduled().unwrap().is_empty());
    }
}

#[test]
fn sch_01_what_came_due_while_the_device_was_off_is_sent_at_its_start() {
    let (mut world, at_alice, at_bob) = pair(7);
    let now_ms = world.now_ms;
    let taken_back = schedule(&mut world, at_alice, "taken back".into(), now_ms + HOUR_MS).unwrap();
    let (_, first) = later(&mut world, at_alice, now_ms + HOUR_MS + 1);
    let (_, second) = later(&mut world, at_alice, now_ms + 2 * HOUR_MS);
    let undo = |world: &mut World| {
        let done = world.call(ALICE, |machine, now_ms, rng| {
            machine.unschedule(now_ms, rng, taken_back)
        });
        done.unwrap()
    };
    undo(&mut world).unwrap();
    assert!(matches!(undo(&mut world), Err(ScheduleError::Unknown)));
    world.switch_off(ALICE);
    world.skip(DAY_MS);
    world.switch_on(ALICE);
    run::rest(&mut world).unwrap();
    assert_eq!(texts(&world, BOB, at_bob), [first, second]);
}

#[test]
fn sch_02_how_many_wait_and_for_how_long_has_an_end() {
    let (mut world, at_alice, _) = pair(8);
    let now_ms = world.now_ms;
    for due_ms in [0, now_ms, now_ms + 365 * DAY_MS + 1] {
        let refused = schedule(&mut world, at_alice, "text".into(), due_ms);
        assert!(matches!(refused, Err(ScheduleError::NotThen)));
    }
    let empty = schedule(&mut world, at_alice, " ".into(), now_ms + 1);
    assert!(matches!(empty, Err(ScheduleError::Send(_))));
    for place in 0..1_000 {
        schedule(&mut world, at_alice, "text".into(), now_ms + 365 * DAY_MS - place).unwrap();
    }
    let refused = schedule(&mut world, at_alice, "text".into(), now_ms + HOUR_MS);
    assert!(matches!(refused, Err(ScheduleError::TooMany)));
    let waiting = machine(&world, ALICE).scheduled().unwrap();
    assert!(waiting.windows(2).all(|pair| pair[0].due_ms <= pair[1].due_ms));
    // With the conversation they go.
    world.call(ALICE, |machine, now_ms, rng| {
        machine.clear_chat(now_ms, rng, at_alice).unwrap();
    });
    assert!(machine(&world, ALICE).scheduled().unwrap().is_empty());
}

#[test]
fn sch_03_what_can_not_be_sent_at_its_time_stays_and_says_why() {
    let (mut world, at_alice, at_bob) = pair(9);
    let due_ms = world.now_ms + HOUR_MS;
    later(&mut world, at_alice, due_ms);
    world.call(ALICE, |machine, now_ms, rng| {
        machine.block(now_ms, rng, Whom::Conversation(at_alice)).unwrap();
    });
    world.run_for(2 * HOUR_MS);
    let waiting = machine(&world, ALICE).scheduled().unwrap();
    assert_eq!(waiting[0].refusal.as_deref(), Some("blocked"));
    assert!(texts(&world, BOB, at_bob).is_empty());
}

#[test]
fn sch_04_what_waits_gets_another_time_and_text_or_goes_at_once() {
    let (mut world, at_alice, at_bob) = pair(12);
    let due_ms = world.now_ms + HOUR_MS;
    let (second, at_once) = later(&mut world, at_alice, due_ms);
    let id = schedule(&mut world, at_alice, "too soon".into(), due_ms).unwrap();
    let text = world.announce_text(ALICE, at_alice);
    let change = |world: &mut World, id, text: Option<String>, due_ms| {
        let changed = world.call(ALICE, |machine, now_ms, rng| {
            machine.reschedule(now_ms, rng, id, text, due_ms)
        });
        changed.unwrap()
    };
    let past = change(&mut world, id, None, Some(0));
    assert!(matches!(past, Err(ScheduleError::NotThen)));
    let empty = change(&mut world, id, Some(" ".to_owned()), None);
    assert!(matches!(empty, Err(ScheduleError::Send(_))));
    change(&mut world, id, Some(text.clone()), Some(due_ms + HOUR_MS)).unwrap();
    let send = |world: &mut World| {
        let sent = world.call(ALICE, |machine, now_ms, rng| {
            machine.send_scheduled(now_ms, rng, second)
        });
        sent.unwrap()
    };
    assert_eq!(send(&mut world).unwrap().text, at_once);
    assert!(matches!(send(&mut world), Err(ScheduleError::Unknown)));
    let gone = change(&mut world, second, None, Some(due_ms));
    assert!(matches!(gone, Err(ScheduleError::Unknown)));
    world.run_for(HOUR_MS + 5_000);
    assert_eq!(
        texts(&world, BOB, at_bob),
        std::slice::from_ref(&at_once),
        "the other one has another time"
    );
    world.run_for(HOUR_MS);
    run::rest(&mut world).unwrap();
    assert_eq!(texts(&world, BOB, at_bob), [at_once, text]);
}

#[test]
fn sch_03_what_it_answers_may_be_gone_and_its_own_timer_counts() {
    let (mut world, at_alice, at_bob) = pair(10);
    world.write(ALICE, at_alice).unwrap();
    let answered = machine(&world, ALICE)
        .messages(at_alice, None, 1)
        .unwrap()
        .remove(0);
    let text = world.announce_text(ALICE, at_alice);
    let outgoing = Outgoing {
        text: text.clone(),
        reply_to: Some(answered.row),
        timer_s: Some(TIMER_S_MIN),
        ..Outgoing::default()
    };
    let due_ms = world.now_ms + HOUR_MS;
    schedule(&mut world, at_alice, outgoing, due_ms).unwrap();
    world.delete(ALICE, &answered);
    world.run_for(HOUR_MS + 5_000);
    let came = machine(&world, BOB).messages(at_bob, None, 1).unwrap().remove(0);
    assert_eq!((came.text, came.timer_s), (text, Some(TIMER_S_MIN)));
    assert!(came.reply.is_none());
}

#[test]
fn cht_01_folders_are_kept_in_their_order() {
    let (mut world, at_alice, _) = pair(11);
    let folder = |name: &str, conversations: Vec<ConversationId>| FolderView {
        name: name.to_owned(),
        conversations,
    };
    let set = |world: &mut World, folders: Vec<FolderView>| {
        let set = world.call(ALICE, |machine, now_ms, rng| {
            machine.set_folders(now_ms, rng, folders)
        });
        set.unwrap()
    };
    let folders = vec![folder("work", vec![]), folder("family", vec![at_alice])];
    set(&mut world, folders.clone()).unwrap();
    world.crash(ALICE);
    run::rest(&mut world).unwrap();
    assert_eq!(machine(&world, ALICE).folders().unwrap(), folders);
    let many = set(&mut world, vec![folder("x", vec![]); 51]);
    assert!(matches!(many, Err(ChatError::TooManyFolders)));
    let full = set(&mut world, vec![folder("x", vec![at_alice; 501])]);
    assert!(matches!(full, Err(ChatError::TooManyFolders)));
    let unknown = set(&mut world, vec![folder("x", vec![ConversationId(99)])]);
    assert!(matches!(unknown, Err(ChatError::UnknownConversation)));
    assert_eq!(machine(&world, ALICE).folders().unwrap(), folders);
}
