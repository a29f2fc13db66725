//! Safety numbers between whole machines, also when a contact comes back with the recovery words.

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use xchat_core::database;
use xchat_core::io::{ConversationId, ConversationState, ConversationView, Input, MessageState, Output};
use xchat_core::machine::{DeleteFor, Machine, SendError};
use xchat_core::phrase::Phrase;
use xchat_core::safety::{SafetyError, SafetyView, Verification};
use xchat_proto::directory_wire::DirectoryRequest;
use xchat_proto::limits::{DAY_MS, UNACKNOWLEDGED_MAX};
use xchat_sim::device::DeviceId;
use xchat_sim::weather::Weather;
use xchat_sim::world::World;

use crate::people::{ALICE, BOB, CAROL, contact, look_into, machine, name};

/// Longer than an answer of the directory is good enough.
const A_WHILE_MS: u64 = 120_000;

/// A device with an empty profile in the place of the one it had.
fn wipe(world: &mut World, device: DeviceId, seed: u8) {
    world.crash(device);
    let mut rng = ChaCha20Rng::from_seed([seed; 32]);
    let empty = Machine::open(database::in_memory().unwrap(), None, world.now_ms, &mut rng).unwrap();
    world.devices[device].machine = Some(empty);
    world.devices[device].mark = None;
    world.run_for(30_000);
    let invitation = world.invitation().unwrap();
    let joined = world.call(device, |machine, now_ms, rng| {
        machine.join_network(now_ms, rng, &invitation)
    });
    joined.unwrap().unwrap();
}

fn words(phrase: &Phrase) -> String {
    phrase.words().join(" ")
}

/// Alice, Bob and Carol, of whom Alice and Bob talk, and Bob's words.
fn talking(seed: u64) -> (World, String) {
    let mut world = World::new(seed, Weather::fine()).unwrap();
    for name in ["alice", "bob", "carol"] {
        world.add_device(name, 0).unwrap();
    }
    wipe(&mut world, BOB, 1);
    let phrase = world.call(BOB, |machine, now_ms, rng| machine.create_account(now_ms, rng));
    let phrase = phrase.unwrap().unwrap();
    world
        .call(BOB, |machine, now_ms, rng| {
            machine.register(now_ms, rng, name("bob"))
        })
        .unwrap()
        .unwrap();
    world.run_for(10_000);
    contact(&mut world, ALICE, "bob");
    (world, words(&phrase))
}

fn come_back(world: &mut World, words: &str) {
    come_back_on(world, BOB, words);
}

/// Bob's account on a device, whatever that was before.
fn come_back_on(world: &mut World, device: DeviceId, words: &str) {
    wipe(world, device, 2);
    let phrase = Phrase::parse(words).unwrap();
    let begun = world.call(device, |machine, now_ms, rng| {
        machine.restore(now_ms, rng, phrase, name("bob"))
    });
    begun.unwrap().unwrap();
    world.run_for(20_000);
    assert!(world.devices[device].is_registered());
}

fn views(world: &World, device: DeviceId, with: &str) -> Vec<ConversationView> {
    let mut views = machine(world, device).conversations().unwrap();
    views.retain(|view| view.peer == name(with));
    views.sort_by_key(|view| view.id);
    views
}

fn id(world: &World, device: DeviceId, with: &str) -> ConversationId {
    views(world, device, with).last().unwrap().id
}

fn safety(world: &mut World, device: DeviceId, id: ConversationId) -> SafetyView {
    let safety = world.call(device, |machine, now_ms, rng| machine.safety(now_ms, rng, id));
    safety.unwrap().unwrap()
}

fn compare(world: &mut World, device: DeviceId, id: ConversationId, code: &str) -> Result<bool, SafetyError> {
    let same = world.call(device, |machine, now_ms, rng| {
        machine.compare(now_ms, rng, id, code)
    });
    same.unwrap()
}

fn set_verified(world: &mut World, device: DeviceId, id: ConversationId, is_verified: bool) {
    world
        .call(device, |machine, now_ms, rng| {
            machine.set_verified(now_ms, rng, id, is_verified)
        })
        .unwrap()
        .unwrap();
}

fn send(world: &mut World, device: DeviceId, id: ConversationId) -> Result<(), SendError> {
    let sent = world.call(device, |machine, now_ms, rng| {
        machine.send_text(now_ms, rng, id, "hello")
    });
    sent.unwrap().map(|_| ())
}

fn standing(world: &World, device: DeviceId, with: &str) -> Vec<Verification> {
    let views = views(world, device, with);
    views.iter().map(|view| view.verification).collect()
}

#[test]
fn saf_03_both_sides_see_one_number_and_what_the_directory_proved() {
    let (mut world, _) = talking(1);
    let (at_alice, at_bob) = (id(&world, ALICE, "bob"), id(&world, BOB, "alice"));
    let (hers, his) = (
        safety(&mut world, ALICE, at_alice),
        safety(&mut world, BOB, at_bob),
    );
    assert_eq!(hers.groups, his.groups);
    assert_eq!(hers.verification, Verification::None);
    for view in [hers, his] {
        let proof = view.proof.unwrap();
        assert_eq!(proof.operators, 1);
        assert!(proof.height > 0 && proof.checked_ms <= world.now_ms);
    }
    contact(&mut world, CAROL, "alice");
    let at_carol = id(&world, CAROL, "alice");
    let other = safety(&mut world, CAROL, at_carol);
    let first = safety(&mut world, ALICE, at_alice);
    assert_ne!(other.groups, first.groups);
    assert_eq!(views(&world, ALICE, "carol")[0].account, account(&world, CAROL));
}

fn account(world: &World, device: DeviceId) -> xchat_proto::ids::AccountId {
    let machine = world.devices[device].machine.as_ref().unwrap();
    machine.identity().unwrap().account
}

#[test]
fn saf_04_a_code_verifies_the_one_who_shows_it() {
    let (mut world, _) = talking(2);
    contact(&mut world, CAROL, "alice");
    let (at_alice, at_bob, at_carol) = (
        id(&world, ALICE, "bob"),
        id(&world, BOB, "alice"),
        id(&world, CAROL, "alice"),
    );
    let of_carol = safety(&mut world, CAROL, at_carol).code;
    let wrong = compare(&mut world, ALICE, at_alice, &of_carol).unwrap_err();
    assert_eq!(wrong.code(), "other-person");
    let own = safety(&mut world, ALICE, at_alice).code;
    assert_eq!(
        compare(&mut world, ALICE, at_alice, &own).unwrap_err().code(),
        "other-person"
    );
    let noise = compare(&mut world, ALICE, at_alice, "hello").unwrap_err();
    assert_eq!(noise.code(), "malformed-code");
    assert_eq!(standing(&world, ALICE, "bob"), [Verification::None]);
    let of_bob = safety(&mut world, BOB, at_bob).code;
    assert!(compare(&mut world, ALICE, at_alice, &of_bob).unwrap());
    assert_eq!(standing(&world, ALICE, "bob"), [Verification::Verified]);
    assert_eq!(standing(&world, BOB, "alice"), [Verification::None]);
    // It is kept on disk.
    world.crash(ALICE);
    world.run_for(30_000);
    assert_eq!(standing(&world, ALICE, "bob"), [Verification::Verified]);
    set_verified(&mut world, ALICE, at_alice, false);
    assert_eq!(standing(&world, ALICE, "bob"), [Verification::None]);
}

#[test]
fn saf_05_another_identity_key_shows_and_stops_what_is_written() {
    let (mut world, words) = talking(3);
    let (before, at_bob) = (id(&world, ALICE, "bob"), id(&world, BOB, "alice"));
    let old_code = safety(&mut world, BOB, at_bob).code;
    assert!(compare(&mut world, ALICE, before, &old_code).unwrap());
    send(&mut world, ALICE, before).unwrap();
    come_back(&mut world, &words);
    contact(&mut world, BOB, "alice");
    // It is Bob's account, so the new conversation stands by itself: with another key than the one that was compared.
    let now = id(&world, ALICE, "bob");
    assert_ne!(now, before);
    assert_eq!(
        standing(&world, ALICE, "bob"),
        [Verification::Changed, Verification::Changed]
    );
    for conversation in [before, now] {
        let refused = send(&mut world, ALICE, conversation).unwrap_err();
        assert_eq!(refused.code(), "identity-changed");
    }
    assert!(
        !compare(&mut world, ALICE, now, &old_code).unwrap(),
        "the old key is not this one"
    );
    let at_bob = id(&world, BOB, "alice");
    let new_code = safety(&mut world, BOB, at_bob).code;
    assert!(compare(&mut world, ALICE, now, &new_code).unwrap());
    assert_eq!(
        standing(&world, ALICE, "bob"),
        [Verification::Changed, Verification::Verified]
    );
    send(&mut world, ALICE, now).unwrap();
    assert!(send(&mut world, ALICE, before).is_err());
}

#[test]
fn saf_05_a_change_can_be_accepted_without_comparing() {
    let (mut world, words) = talking(4);
    let before = id(&world, ALICE, "bob");
    set_verified(&mut world, ALICE, before, true);
    come_back(&mut world, &words);
    contact(&mut world, BOB, "alice");
    let now = id(&world, ALICE, "bob");
    assert!(send(&mut world, ALICE, now).is_err());
    set_verified(&mut world, ALICE, now, false);
    assert_eq!(
        standing(&world, ALICE, "bob"),
        [Verification::Changed, Verification::None]
    );
    send(&mut world, ALICE, now).unwrap();
}

#[test]
fn saf_05_somebody_who_was_never_compared_is_shown_changed_and_written_to() {
    let (mut world, words) = talking(5);
    come_back(&mut world, &words);
    contact(&mut world, BOB, "alice");
    let now = id(&world, ALICE, "bob");
    assert_eq!(views(&world, ALICE, "bob")[1].verification, Verification::Changed);
    send(&mut world, ALICE, now).unwrap();
}

#[test]
fn saf_08_whoever_came_back_is_written_to_under_the_newest_key() {
    // The names of logs are random: no order of theirs tells which chat is the newer one.
    for seed in 20..26 {
        let (mut world, words) = talking(seed);
        let before = id(&world, ALICE, "bob");
        come_back(&mut world, &words);
        contact(&mut world, BOB, "alice");
        let now = id(&world, ALICE, "bob");
        assert_ne!(before, now);
        let found = world.call(ALICE, |machine, now_ms, rng| {
            machine.contact(now_ms, rng, name("bob")).unwrap();
            machine.conversation_with(&name("bob")).unwrap()
        });
        assert_eq!(found, Some(Some(now)), "seed {seed}");
    }
}

#[test]
fn saf_06_what_the_directory_names_beside_the_leaves_shows() {
    let (mut world, words) = talking(6);
    let before = id(&world, ALICE, "bob");
    set_verified(&mut world, ALICE, before, true);
    world.run_for(A_WHILE_MS);
    safety(&mut world, ALICE, before);
    world.run_for(10_000);
    assert_eq!(standing(&world, ALICE, "bob"), [Verification::Verified]);
    assert!(safety(&mut world, ALICE, before).proof.is_some());
    come_back(&mut world, &words);
    world.run_for(A_WHILE_MS);
    // Looking at the number asks the directory, whose answer changes what is shown.
    assert_eq!(
        safety(&mut world, ALICE, before).verification,
        Verification::Verified
    );
    world.run_for(10_000);
    let view = safety(&mut world, ALICE, before);
    assert_eq!((view.verification, view.proof), (Verification::Changed, None));
    assert!(send(&mut world, ALICE, before).is_err());
}

/// Has Alice asked the directory about Bob, also while she is cut off, and answers.
fn check(world: &mut World, conversation: ConversationId) {
    let lookup = DirectoryRequest::Lookup {
        name: name("bob"),
        known: 0,
    };
    let reply = world.book.answer(world.now_ms, lookup).unwrap();
    world
        .call(ALICE, |machine, now_ms, rng| {
            machine.safety(now_ms, rng, conversation).unwrap();
            let mut asked = None;
            while let Some(output) = machine.poll_output() {
                if let Output::Directory { tag, .. } = output {
                    asked = Some(tag);
                }
            }
            let (tag, outcome) = (asked.unwrap(), Ok(reply));
            let input = Input::Directory { tag, outcome };
            machine.handle(now_ms, rng, input).unwrap();
        })
        .unwrap();
}

fn waiting(world: &World, conversation: ConversationId) -> usize {
    let machine = world.devices[ALICE].machine.as_ref().unwrap();
    let messages = machine.messages(conversation, None, 500).unwrap();
    let waiting = messages
        .iter()
        .filter(|message| message.state == MessageState::Waiting);
    waiting.count()
}

#[test]
fn saf_05_what_waits_is_not_encrypted_before_the_user_has_decided() {
    let (mut world, words) = talking(7);
    let conversation = id(&world, ALICE, "bob");
    set_verified(&mut world, ALICE, conversation, true);
    come_back(&mut world, &words);
    world.run_for(A_WHILE_MS);
    world.cut(ALICE, None);
    // More than may be encrypted without an acknowledgement.
    for _ in 0..UNACKNOWLEDGED_MAX + 6 {
        send(&mut world, ALICE, conversation).unwrap();
    }
    check(&mut world, conversation);
    assert_eq!(standing(&world, ALICE, "bob"), [Verification::Changed]);
    world.run_for(A_WHILE_MS);
    assert_eq!(waiting(&world, conversation), 6);
    world.crash(ALICE);
    world.run_for(A_WHILE_MS);
    assert_eq!(waiting(&world, conversation), 6);
    set_verified(&mut world, ALICE, conversation, false);
    world.run_for(10_000);
    assert_eq!(waiting(&world, conversation), 0);
}

#[test]
fn act_07_what_somebody_may_have_is_deleted_there_too() {
    let (mut world, words) = talking(9);
    // Bob's device tells where it is.
    world.crash(BOB);
    world.run_for(60_000);
    let (conversation, at_bob) = (id(&world, ALICE, "bob"), id(&world, BOB, "alice"));
    set_verified(&mut world, ALICE, conversation, true);
    world.cut_off(ALICE);
    world.write(ALICE, conversation).unwrap();
    world.run_for(5_000);
    let his = |world: &World| {
        let found = machine(world, BOB).messages(at_bob, None, 9).unwrap();
        found
            .into_iter()
            .map(|message| message.is_deleted)
            .collect::<Vec<_>>()
    };
    assert_eq!(his(&world), [false], "directly");
    // Bob's words are used elsewhere, and the conversation goes on to its next epoch while Alice doubts.
    come_back_on(&mut world, CAROL, &words);
    world.run_for(A_WHILE_MS);
    check(&mut world, conversation);
    assert_eq!(standing(&world, ALICE, "bob"), [Verification::Changed]);
    world.skip(8 * DAY_MS);
    world.run_for(A_WHILE_MS);
    world.reunite_all();
    world.run_for(A_WHILE_MS);
    let sql = "SELECT count(*) FROM outbox WHERE envelope IS NULL AND ?1 = ''";
    assert_eq!(look_into(&mut world, ALICE, sql, ""), 1, "it waits once more");
    let row = machine(&world, ALICE).messages(conversation, None, 1).unwrap()[0].row;
    let deleted = world.call(ALICE, |machine, now_ms, rng| {
        machine.delete(now_ms, rng, row, DeleteFor::Everyone)
    });
    deleted.unwrap().unwrap();
    set_verified(&mut world, ALICE, conversation, false);
    world.run_for(A_WHILE_MS);
    assert_eq!(his(&world), [true]);
}

#[test]
fn saf_05_a_new_conversation_with_another_key_shows_before_it_is_set_up() {
    let (mut world, words) = talking(8);
    let before = id(&world, ALICE, "bob");
    set_verified(&mut world, ALICE, before, true);
    come_back(&mut world, &words);
    // The old conversation is no longer of use, so that looking for Bob begins another.
    let connection = world.devices[ALICE].machine.take().unwrap().into_connection();
    connection
        .execute("UPDATE conversation SET state = 5", [])
        .unwrap();
    let mut rng = ChaCha20Rng::from_seed([3; 32]);
    let (mark, now_ms) = (world.devices[ALICE].mark, world.now_ms);
    let opened = Machine::open(connection, mark, now_ms, &mut rng).unwrap();
    world.devices[ALICE].machine = Some(opened);
    world
        .call(ALICE, |machine, now_ms, rng| {
            machine.contact(now_ms, rng, name("bob")).unwrap();
        })
        .unwrap();
    let begun = |world: &World| views(world, ALICE, "bob").len() == 2;
    while !begun(&world) {
        world.run_for(1);
    }
    let now = id(&world, ALICE, "bob");
    assert_eq!(views(&world, ALICE, "bob")[1].state, ConversationState::Starting);
    assert_eq!(safety(&mut world, ALICE, now).verification, Verification::Changed);
    assert!(send(&mut world, ALICE, now).is_err());
}
