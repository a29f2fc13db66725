//! What people say of themselves, and to whom: rules of docs/spec/privacy.md, with whole machines and their home.

use xchat_core::io::{ConversationId, ProfileChange, ProfileView, Whom};
use xchat_core::limits::{AVATAR_BYTES_MAX, BIO_BYTES_MAX, DISPLAY_NAME_BYTES_MAX};
use xchat_core::machine::AboutError;
use xchat_sim::device::DeviceId;
use xchat_sim::world::World;
use xchat_sim::{run, story};

use crate::people::{ALICE, BOB, CAROL, contact, look_into, machine, name, people, with};

/// A JPEG of so many points, without what is between its frame and its end but for some bytes that tell it from others.
fn picture(side: u16, mark: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xd8, 0xff, 0xe0, 0, 4, b'J', b'F', 0xff, 0xc0, 0, 17, 8];
    bytes.extend(side.to_be_bytes());
    bytes.extend(side.to_be_bytes());
    bytes.extend([3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]);
    bytes.extend(mark);
    bytes.extend([0xff, 0xd9]);
    bytes
}

fn set(world: &mut World, device: DeviceId, name: &str, bio: &str, avatar: Option<Vec<u8>>) {
    let change = ProfileChange {
        name: Some(name.to_owned()),
        bio: Some(bio.to_owned()),
        avatar,
    };
    let set = world.call(device, |machine, now_ms, rng| {
        machine.set_profile(now_ms, rng, &change)
    });
    set.unwrap().unwrap();
}

/// What a device knows of the other person of a conversation.
fn known(world: &World, device: DeviceId, conversation: ConversationId) -> Option<ProfileView> {
    let view = machine(world, device).conversation(conversation).unwrap();
    view.unwrap().profile
}

fn known_name(world: &World, device: DeviceId, conversation: ConversationId) -> String {
    known(world, device, conversation).unwrap_or_default().name
}

/// Rows of a device that hold, as content of a message or on its way, what somebody says of themselves.
fn written(world: &mut World, device: DeviceId, text: &str) -> i64 {
    let sql = "SELECT (SELECT count(*) FROM message WHERE instr(content, CAST(?1 AS BLOB)) > 0)
        + (SELECT count(*) FROM outbox WHERE instr(content, CAST(?1 AS BLOB)) > 0)";
    look_into(world, device, sql, text)
}

#[test]
fn abt_01_nobody_is_told_before_they_have_accepted() {
    let mut world = people(1, 2);
    set(&mut world, ALICE, "Alice A.", "to be found", None);
    set(&mut world, BOB, "Bob B.", "here", None);
    let asked = world.call(ALICE, |machine, now_ms, rng| {
        machine.contact(now_ms, rng, name("bob"))
    });
    asked.unwrap().unwrap();
    world.run_for(20_000);
    let at_alice = with(&world, ALICE, "bob");
    world.write(ALICE, at_alice).unwrap();
    set(&mut world, ALICE, "Alice", "to be found", None);
    world.run_for(60_000);
    world.crash(ALICE);
    world.run_for(30_000);
    // The request waits at Bob's. Alice's device has written it nowhere that leads to him, nor his to her.
    assert_eq!(machine(&world, BOB).requests().unwrap().len(), 1);
    assert_eq!(written(&mut world, ALICE, "to be found"), 0);
    assert_eq!(written(&mut world, BOB, "here"), 0);
    let all = "SELECT count(*) FROM request WHERE instr(sealed, CAST(?1 AS BLOB)) > 0";
    assert_eq!(look_into(&mut world, BOB, all, "to be found"), 0);
    story::answer_requests(&mut world, BOB, false);
    run::rest(&mut world).unwrap();
    let at_bob = with(&world, BOB, "alice");
    assert_eq!(known_name(&world, BOB, at_bob), "Alice");
    assert_eq!(known_name(&world, ALICE, at_alice), "Bob B.");
    assert_eq!(written(&mut world, ALICE, "to be found"), 1);
}

#[test]
fn abt_01_who_declines_or_is_blocked_is_told_nothing() {
    let mut world = people(2, 3);
    set(&mut world, ALICE, "Alice", "to be found", None);
    let asked = world.call(ALICE, |machine, now_ms, rng| {
        machine.contact(now_ms, rng, name("bob"))
    });
    asked.unwrap().unwrap();
    world.run_for(20_000);
    story::answer_requests(&mut world, BOB, true);
    world.run_for(60_000);
    assert_eq!(written(&mut world, ALICE, "to be found"), 0);
    contact(&mut world, CAROL, "alice");
    run::rest(&mut world).unwrap();
    let (at_alice, at_carol) = (with(&world, ALICE, "carol"), with(&world, CAROL, "alice"));
    assert_eq!(known_name(&world, CAROL, at_carol), "Alice");
    let block = world.call(ALICE, |machine, now_ms, rng| {
        machine.block(now_ms, rng, Whom::Conversation(at_alice))
    });
    block.unwrap().unwrap();
    set(&mut world, ALICE, "Another", "", None);
    set(&mut world, CAROL, "Carol", "", None);
    world.run_for(60_000);
    assert_eq!(known_name(&world, CAROL, at_carol), "Alice");
    assert_eq!(known(&world, ALICE, at_alice), None);
}

#[test]
fn abt_02_the_last_word_is_kept_with_its_picture_and_nothing_before_it() {
    let mut world = people(3, 2);
    contact(&mut world, ALICE, "bob");
    let at_bob = with(&world, BOB, "alice");
    assert_eq!(known(&world, BOB, at_bob), None);
    set(
        &mut world,
        ALICE,
        " Al\u{7}ice ",
        "first words",
        Some(picture(256, b"one")),
    );
    run::rest(&mut world).unwrap();
    let account = machine(&world, ALICE).identity().unwrap().account;
    let first = known(&world, BOB, at_bob).unwrap();
    assert_eq!(
        (first.name.as_str(), first.bio.as_str()),
        ("Alice", "first words")
    );
    assert!(first.avatar_ms.is_some());
    assert_eq!(
        machine(&world, BOB).avatar(&account).unwrap(),
        picture(256, b"one")
    );
    // Several while she is away: the last comes, and what was not sent never does.
    world.cut_off(ALICE);
    world.separate(ALICE, BOB);
    for text in ["second words", "third words"] {
        set(
            &mut world,
            ALICE,
            "Alice",
            text,
            Some(picture(256, text.as_bytes())),
        );
    }
    assert_eq!(written(&mut world, ALICE, "second words"), 0);
    world.crash(ALICE);
    world.reunite_all();
    world.heal();
    run::rest(&mut world).unwrap();
    let last = known(&world, BOB, at_bob).unwrap();
    assert_eq!(last.bio, "third words");
    assert_eq!(
        machine(&world, BOB).avatar(&account).unwrap(),
        picture(256, b"third words")
    );
    assert_eq!(machine(&world, ALICE).own_profile().unwrap().bio, "third words");
    for (device, text) in [(ALICE, "first words"), (BOB, "first words"), (BOB, "third words")] {
        assert_eq!(written(&mut world, device, text), 0, "{text}");
    }
    // Nobody sees any of it as a message.
    assert!(
        machine(&world, BOB)
            .messages(at_bob, None, 50)
            .unwrap()
            .is_empty()
    );
    let view = machine(&world, BOB).conversation(at_bob).unwrap().unwrap();
    assert_eq!((view.unread, view.missing), (0, 0));
    set(&mut world, ALICE, "", "", Some(Vec::new()));
    run::rest(&mut world).unwrap();
    assert_eq!(known(&world, BOB, at_bob), Some(ProfileView::default()));
}

#[test]
fn abt_02_a_device_that_came_back_is_told_again() {
    let mut world = people(4, 2);
    contact(&mut world, ALICE, "bob");
    set(&mut world, BOB, "Bob", "kept", None);
    run::rest(&mut world).unwrap();
    let at_alice = with(&world, ALICE, "bob");
    assert_eq!(known_name(&world, ALICE, at_alice), "Bob");
    let forget = "DELETE FROM profile WHERE name = ?1 RETURNING 1";
    assert_eq!(look_into(&mut world, ALICE, forget, "Bob"), 1);
    world.has_villains = true;
    world.devices[ALICE].mark = Some([9; 32]);
    world.crash(ALICE);
    world.run_for(145_000);
    // What is a disaster elsewhere is the beginning of this story.
    world.violations.retain(|what| !what.contains("Restored"));
    run::rest(&mut world).unwrap();
    assert_eq!(known_name(&world, ALICE, at_alice), "Bob");
}

#[test]
fn abt_03_what_is_too_long_or_no_picture_is_refused() {
    let mut world = people(5, 1);
    let mut refusal = |change: ProfileChange| {
        let set = world.call(ALICE, |machine, now_ms, rng| {
            machine.set_profile(now_ms, rng, &change)
        });
        set.unwrap().unwrap_err()
    };
    let long = |length| Some("x".repeat(length + 1));
    let name = ProfileChange {
        name: long(DISPLAY_NAME_BYTES_MAX),
        ..ProfileChange::default()
    };
    assert!(matches!(
        refusal(name),
        AboutError::TooLong(DISPLAY_NAME_BYTES_MAX)
    ));
    let bio = ProfileChange {
        bio: long(BIO_BYTES_MAX),
        ..ProfileChange::default()
    };
    assert!(matches!(refusal(bio), AboutError::TooLong(BIO_BYTES_MAX)));
    for avatar in [
        picture(512, b""),
        picture(256, &vec![0; AVATAR_BYTES_MAX]),
        b"<svg/>".to_vec(),
    ] {
        let change = ProfileChange {
            avatar: Some(avatar),
            ..ProfileChange::default()
        };
        assert!(matches!(refusal(change), AboutError::NoPicture));
    }
    assert_eq!(
        machine(&world, ALICE).own_profile().unwrap(),
        ProfileView::default()
    );
}
