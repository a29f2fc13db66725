//! The note to oneself: rules of docs/spec/conversation.md, with a whole machine and its home.

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use xchat_core::contacts::ContactError;
use xchat_core::database;
use xchat_core::io::{ConversationId, ConversationState, ConversationView, MessageState};
use xchat_core::machine::{Machine, NoteError};
use xchat_core::safety::{SafetyError, Verification};
use xchat_proto::limits::{DAY_MS, GENERATION_MAX, RETENTION_MS};
use xchat_sim::world::World;
use xchat_sim::{run, story};

use crate::people::{ALICE, machine, people};

fn alone(seed: u64) -> (World, ConversationId) {
    let mut world = people(seed, 1);
    let note = note(&mut world);
    world.run_for(5_000);
    (world, note)
}

fn note(world: &mut World) -> ConversationId {
    let note = world.call(ALICE, |machine, now_ms, rng| machine.note(now_ms, rng));
    note.unwrap().unwrap()
}

fn view(world: &World, note: ConversationId) -> ConversationView {
    machine(world, ALICE).conversation(note).unwrap().unwrap()
}

fn texts(world: &World, note: ConversationId) -> Vec<(String, MessageState)> {
    let messages = machine(world, ALICE).messages(note, None, 500).unwrap();
    messages
        .into_iter()
        .map(|message| (message.text, message.state))
        .collect()
}

fn number(world: &mut World, sql: &str) -> i64 {
    let connection = world.devices[ALICE].machine.take().unwrap().into_connection();
    let found = connection.query_row(sql, [], |row| row.get(0)).unwrap();
    let (now_ms, mark) = (world.now_ms, world.devices[ALICE].mark);
    let mut rng = ChaCha20Rng::from_seed([4; 32]);
    world.devices[ALICE].machine = Some(Machine::open(connection, mark, now_ms, &mut rng).unwrap());
    found
}

#[test]
fn nte_01_a_note_is_one_conversation_that_comes_as_far_as_sent() {
    let (mut world, id) = alone(1);
    assert_eq!(note(&mut world), id, "there is one");
    let found = view(&world, id);
    assert_eq!(found.state, ConversationState::Active);
    assert!(found.is_note && !found.online && !found.direct);
    assert_eq!((found.verification, found.unread), (Verification::None, 0));
    let first = world.write(ALICE, id).unwrap();
    world.run_for(5_000);
    world.cut(ALICE, None);
    let second = world.write(ALICE, id).unwrap();
    assert_eq!(
        texts(&world, id),
        [
            (first.clone(), MessageState::Sent),
            (second.clone(), MessageState::Waiting)
        ]
    );
    run::rest(&mut world).unwrap();
    story::read_all(&mut world, ALICE, id);
    world.crash(ALICE);
    run::rest(&mut world).unwrap();
    assert_eq!(
        texts(&world, id),
        [(first, MessageState::Sent), (second, MessageState::Sent)]
    );
}

#[test]
fn nte_01_there_is_nobody_to_find_or_to_compare_with() {
    let (mut world, id) = alone(2);
    let name = world.devices[ALICE].name.clone();
    let found = world.call(ALICE, |machine, now_ms, rng| machine.contact(now_ms, rng, name));
    assert_eq!(found.unwrap(), Err(ContactError::Myself));
    let safety = world.call(ALICE, |machine, now_ms, rng| machine.safety(now_ms, rng, id));
    assert!(matches!(safety.unwrap(), Err(SafetyError::NobodyElse)));
    let mut rng = ChaCha20Rng::from_seed([1; 32]);
    let connection = database::in_memory().unwrap();
    let mut unnamed = Machine::open(connection, None, world.now_ms, &mut rng).unwrap();
    unnamed.create_account(world.now_ms, &mut rng).unwrap();
    let refused = unnamed.note(world.now_ms, &mut rng);
    assert!(matches!(refused, Err(NoteError::NotRegistered)));
}

#[test]
fn nte_01_nothing_is_announced_to_nobody() {
    let (mut world, id) = alone(3);
    world
        .call(ALICE, |machine, now_ms, rng| {
            machine.set_present(now_ms, rng, true).unwrap();
            machine.set_typing(now_ms, rng, id, true).unwrap();
        })
        .unwrap();
    world.run_for(60_000);
    world.crash(ALICE);
    world.run_for(60_000);
    assert_eq!(number(&mut world, "SELECT generation FROM conversation"), 0);
}

#[test]
fn nte_02_a_notes_keys_are_renewed_like_others() {
    let (mut world, id) = alone(4);
    for _ in 0..12 {
        for _ in 0..100 {
            world.write(ALICE, id).unwrap();
        }
        world.run_for(2_000);
    }
    run::rest(&mut world).unwrap();
    let epoch = number(&mut world, "SELECT epoch FROM conversation");
    assert!(epoch >= 3, "{epoch}");
    let generation = number(&mut world, "SELECT generation FROM conversation");
    assert!(generation < i64::from(GENERATION_MAX));
    world.crash(ALICE);
    world.skip(8 * DAY_MS);
    run::rest(&mut world).unwrap();
    assert!(number(&mut world, "SELECT epoch FROM conversation") > epoch);
}

#[test]
fn nte_03_an_old_copy_goes_on_in_a_new_log_and_keeps_what_was_written() {
    let (mut world, id) = alone(5);
    for _ in 0..3 {
        world.write(ALICE, id).unwrap();
    }
    world.run_for(5_000);
    world.cut(ALICE, None);
    world.write(ALICE, id).unwrap();
    let before = world.devices[ALICE].epochs.clone();
    world.has_villains = true;
    world.devices[ALICE].mark = Some([9; 32]);
    world.crash(ALICE);
    run::rest(&mut world).unwrap();
    world.write(ALICE, id).unwrap();
    run::rest(&mut world).unwrap();
    assert_eq!(view(&world, id).trouble, None);
    let written = texts(&world, id);
    assert_eq!(written.len(), 5);
    assert!(written.iter().all(|(_, state)| *state == MessageState::Sent));
    let added = world.devices[ALICE]
        .epochs
        .keys()
        .filter(|log| !before.contains_key(log));
    assert_eq!(added.count(), 1, "a log of its own");
}

#[test]
fn nte_03_who_was_away_for_longer_than_the_retention_goes_on_writing() {
    let (mut world, id) = alone(6);
    for _ in 0..3 {
        world.write(ALICE, id).unwrap();
    }
    world.run_for(5_000);
    world.switch_off(ALICE);
    for _ in 0..2 {
        world.skip(RETENTION_MS + DAY_MS);
        world.run_for(30_000);
    }
    world.switch_on(ALICE);
    world.run_for(30_000);
    world.write(ALICE, id).unwrap();
    run::rest(&mut world).unwrap();
    let written = texts(&world, id);
    assert_eq!(written.len(), 4);
    assert!(written.iter().all(|(_, state)| *state == MessageState::Sent));
}
