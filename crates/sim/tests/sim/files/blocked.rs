//! Files and somebody who is blocked.

use xchat_core::content::MediaKind;
use xchat_core::io::{FileView, TransferState, Whom};
use xchat_sim::device::DeviceId;
use xchat_sim::world::World;

use super::{MIB, MINUTE_MS, friends};
use crate::people::{ALICE, BOB, machine, with};

/// The file of the message with a text.
fn file_of(world: &World, device: DeviceId, text: &str) -> Option<FileView> {
    let conversation = with(world, device, ["bob", "alice"][device]);
    let messages = machine(world, device).messages(conversation, None, 9).unwrap();
    let mut found = messages.into_iter().filter(|message| message.text == text);
    found.next().and_then(|message| message.files.into_iter().next())
}

#[test]
fn ban_01_nothing_goes_on_its_way_to_or_from_somebody_blocked() {
    let mut world = friends(30);
    let (at_alice, at_bob) = (with(&world, ALICE, "bob"), with(&world, BOB, "alice"));
    world.separate(ALICE, BOB);
    world.run_for(20_000);
    let film = world.send_file(BOB, at_bob, MediaKind::File, 900 * MIB).unwrap();
    let photo = world
        .send_file(ALICE, at_alice, MediaKind::Photo, 10 * MIB)
        .unwrap();
    let state = |world: &World, text: &str| file_of(world, BOB, text).map(|file| file.transfer);
    while state(&world, &photo) != Some(TransferState::Running) {
        world.run_for(10);
    }
    assert_eq!(state(&world, &film), Some(TransferState::Running));
    // A text that is encrypted already, and at no home yet.
    world.cut_off(BOB);
    let text = world.write(BOB, at_bob).unwrap();
    let block = world.call(BOB, |machine, now_ms, rng| {
        machine.block(now_ms, rng, Whom::Conversation(at_bob))
    });
    block.unwrap().unwrap();
    let asked = world.files.asked_home_ms.len();
    for _ in 0..2 {
        world.reunite_all();
        world.run_for(20 * MINUTE_MS);
        world.switch_off(BOB);
        world.switch_on(BOB);
    }
    assert_eq!(world.files.asked_home_ms.len(), asked);
    assert!(matches!(state(&world, &film), Some(TransferState::Waiting(_))));
    assert!(!file_of(&world, BOB, &photo).unwrap().is_here);
    let came = |world: &World| {
        let hers = machine(world, ALICE).messages(at_alice, None, 9).unwrap();
        hers.iter().any(|message| message.text == text)
    };
    assert!(!came(&world));
    let account = machine(&world, BOB).blocks().unwrap()[0].account;
    let undone = world.call(BOB, |machine, now_ms, rng| machine.unblock(now_ms, rng, &account));
    undone.unwrap().unwrap();
    world.run_for(5 * MINUTE_MS);
    assert!(came(&world));
    assert_eq!(state(&world, &film), Some(TransferState::Done));
    assert!(file_of(&world, BOB, &photo).unwrap().is_here);
}
