//! Files on their way: rules of docs/spec/transfers.md, with whole machines.

mod blocked;
mod day;
mod kept;
mod room;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use xchat_core::content::MediaKind;
use xchat_core::io::{BlobFailure, BlobInput, FileView, Input, MessageState, MessageView, TransferState};
use xchat_core::machine::DeleteFor;
use xchat_proto::ids::Hash;
use xchat_sim::device::DeviceId;
use xchat_sim::world::{BlobVice, Pieces, World};

use crate::people::{ALICE, BOB, CAROL, contact, log, machine, people, with};

const MIB: u64 = 1024 * 1024;
const MINUTE_MS: u64 = 60_000;

/// Alice and Bob, who know each other.
fn friends(seed: u64) -> World {
    let mut world = people(seed, 2);
    contact(&mut world, ALICE, "bob");
    world
}

fn peer(device: DeviceId) -> &'static str {
    ["bob", "alice"][device]
}

fn send(world: &mut World, kind: MediaKind, size: u64) {
    let conversation = with(world, ALICE, "bob");
    world.send_file(ALICE, conversation, kind, size).unwrap();
}

/// The newest message of the two, as one of them sees it.
fn newest(world: &World, device: DeviceId) -> MessageView {
    let conversation = with(world, device, peer(device));
    let messages = machine(world, device).messages(conversation, None, 1);
    messages.unwrap().pop().unwrap()
}

fn file(world: &World, device: DeviceId) -> FileView {
    newest(world, device).files.remove(0)
}

fn state(world: &World) -> MessageState {
    newest(world, ALICE).state
}

/// How many files are on a disk.
fn on_disk(world: &World, device: DeviceId) -> usize {
    world.devices[device].disk.len()
}

fn fetch(world: &mut World, device: DeviceId) {
    let row = newest(world, device).row;
    let fetched = world.call(device, |machine, now_ms, rng| {
        machine.fetch_file(now_ms, rng, row, 0)
    });
    fetched.unwrap().unwrap();
}

fn pause(world: &mut World, device: DeviceId) {
    let row = newest(world, device).row;
    let paused = world.call(device, |machine, now_ms, rng| {
        machine.pause_file(now_ms, rng, row, 0)
    });
    paused.unwrap().unwrap();
}

fn resume(world: &mut World, device: DeviceId) {
    let row = newest(world, device).row;
    let resumed = world.call(device, |machine, now_ms, rng| {
        machine.resume_file(now_ms, rng, row, 0)
    });
    resumed.unwrap().unwrap();
}

fn delete(world: &mut World, device: DeviceId, whom: DeleteFor) {
    let row = newest(world, device).row;
    let deleted = world.call(device, |machine, now_ms, rng| {
        machine.delete(now_ms, rng, row, whom)
    });
    deleted.unwrap().unwrap();
}

fn restart(world: &mut World, device: DeviceId) {
    world.switch_off(device);
    world.switch_on(device);
}

#[test]
fn trf_01_a_transfer_goes_on_after_a_crash_and_what_was_paused_stays_paused() {
    let mut world = friends(1);
    world.separate(ALICE, BOB);
    send(&mut world, MediaKind::File, 300 * MIB);
    // Dies on the way, again and again.
    for _ in 0..6 {
        world.run_for(120);
        restart(&mut world, ALICE);
    }
    world.run_for(20_000);
    assert_eq!(file(&world, ALICE).transfer, TransferState::Done);
    fetch(&mut world, BOB);
    for _ in 0..6 {
        world.run_for(120);
        restart(&mut world, BOB);
    }
    pause(&mut world, BOB);
    let paused = file(&world, BOB);
    assert_eq!(paused.transfer, TransferState::Paused);
    restart(&mut world, BOB);
    world.run_for(20 * MINUTE_MS);
    let still = file(&world, BOB);
    assert_eq!((still.transfer, still.is_here), (TransferState::Paused, false));
    assert_eq!(still.bytes, paused.bytes, "how far it came is kept");
    resume(&mut world, BOB);
    world.run_for(20_000);
    assert!(file(&world, BOB).is_here);
}

#[test]
fn trf_02_a_message_waits_until_the_others_can_have_its_files() {
    let mut world = friends(2);
    world.files.vice = Some(BlobVice::Refuses);
    // The message itself is at Bob at once. Its file is on this device only.
    send(&mut world, MediaKind::File, MIB);
    world.run_for(5_000);
    assert_eq!(file(&world, BOB).transfer, TransferState::Offered);
    assert_eq!(state(&world), MessageState::Waiting);
    assert_eq!(
        file(&world, ALICE).transfer,
        TransferState::Waiting(Some(BlobFailure::NoRoom))
    );
    // Bob has it: that is as good.
    fetch(&mut world, BOB);
    world.run_for(5_000);
    assert_eq!(state(&world), MessageState::Delivered);
    assert_eq!(file(&world, ALICE).transfer, TransferState::Done);
    // And so is the home, when it has room.
    send(&mut world, MediaKind::File, MIB);
    world.run_for(5_000);
    assert_eq!(state(&world), MessageState::Waiting);
    world.files.vice = None;
    world.run_for(13 * MINUTE_MS);
    assert_eq!(state(&world), MessageState::Delivered);
    assert!(!file(&world, BOB).is_here);
}

#[test]
fn trf_03_connected_devices_are_asked_first_and_one_that_lied_never_again() {
    let mut world = friends(3);
    // By themselves the two need no home.
    send(&mut world, MediaKind::Photo, MIB);
    world.run_for(5_000);
    assert!(file(&world, BOB).is_here);
    let asked = world.files.asked_home_ms.len();
    assert!(asked <= 2, "it was put there, and erased again: {asked}");
    // From the home it comes when they can't reach each other; what it lies about is not taken.
    world.separate(ALICE, BOB);
    world.files.vice = Some(BlobVice::Lies);
    send(&mut world, MediaKind::Photo, 8 * MIB);
    world.run_for(MINUTE_MS);
    let lied = file(&world, BOB);
    assert_eq!(lied.transfer, TransferState::Waiting(Some(BlobFailure::Corrupt)));
    let asked = world.files.asked_home_ms.len();
    world.run_for(60 * MINUTE_MS);
    assert_eq!(world.files.asked_home_ms.len(), asked, "it lied");
    world.reunite_all();
    world.run_for(2 * MINUTE_MS);
    assert!(file(&world, BOB).is_here);
    assert_eq!(world.files.asked_home_ms.len(), asked + 1, "to erase it there");
}

#[test]
fn trf_04_what_failed_is_tried_again_later_each_time_and_at_once_when_somebody_comes() {
    let mut world = friends(4);
    world.separate(ALICE, BOB);
    world.files.vice = Some(BlobVice::Truncates);
    send(&mut world, MediaKind::Photo, 8 * MIB);
    let from = world.files.asked_home_ms.len();
    world.run_for(3 * 60 * MINUTE_MS);
    assert!(!file(&world, BOB).is_here);
    let asked = &world.files.asked_home_ms[from..];
    assert!((20..60).contains(&asked.len()), "{}", asked.len());
    let pauses: Vec<u64> = asked.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let longest = pauses.iter().max().unwrap();
    assert!((10 * MINUTE_MS..=13 * MINUTE_MS).contains(longest), "{longest}");
    assert!(pauses.first().unwrap() < &4_000, "{pauses:?}");
    world.reunite_all();
    world.run_for(MINUTE_MS + 5_000);
    assert!(
        file(&world, BOB).is_here,
        "a device that can be asked is asked at once"
    );
}

#[test]
fn trf_05_four_are_under_way_and_those_that_waited_longest_go_first() {
    let mut world = friends(5);
    for _ in 0..9 {
        send(&mut world, MediaKind::Photo, 8 * MIB);
    }
    world.run_for(30_000);
    assert_eq!(world.files.most_at_once, 4);
    let conversation = with(&world, BOB, "alice");
    let all = machine(&world, BOB).messages(conversation, None, 20).unwrap();
    assert_eq!(all.iter().filter(|message| message.files[0].is_here).count(), 9);
}

#[test]
fn trf_06_a_download_that_is_given_up_leaves_nothing() {
    let mut world = friends(6);
    send(&mut world, MediaKind::File, 60 * MIB);
    world.run_for(2 * MINUTE_MS);
    fetch(&mut world, BOB);
    world.run_for(150);
    let row = newest(&world, BOB).row;
    let cancelled = world.call(BOB, |machine, now_ms, rng| {
        machine.cancel_file(now_ms, rng, row, 0)
    });
    cancelled.unwrap().unwrap();
    world.run_for(5_000);
    assert_eq!(file(&world, BOB).transfer, TransferState::Offered);
    assert_eq!(on_disk(&world, BOB), 0);
    fetch(&mut world, BOB);
    world.run_for(150);
    // Also when the device dies before it has erased anything.
    let (now_ms, machine) = (world.now_ms, world.devices[BOB].machine.as_mut().unwrap());
    let mut rng = ChaCha20Rng::from_seed([6; 32]);
    machine.cancel_file(now_ms, &mut rng, row, 0).unwrap();
    restart(&mut world, BOB);
    assert_eq!(on_disk(&world, BOB), 0);
    fetch(&mut world, BOB);
    world.run_for(10_000);
    assert!(file(&world, BOB).is_here);
}

#[test]
fn trf_07_a_file_is_given_to_those_who_are_in_its_conversation() {
    let mut world = people(7, 3);
    contact(&mut world, ALICE, "bob");
    let log = log(&world);
    contact(&mut world, ALICE, "carol");
    send(&mut world, MediaKind::File, MIB);
    world.run_for(5_000);
    let row = newest(&world, ALICE).row;
    let (sealed, _) = machine(&world, ALICE).sealed_file(row, 0).unwrap();
    let node = |world: &World, device: DeviceId| world.devices[device].endpoint().unwrap().id;
    let ask = |world: &mut World, device, hash| {
        let asked = BlobInput::Asked {
            ask: 1 << 40,
            peer: node(world, device),
            log,
            hash,
        };
        let handled = world.call(ALICE, |machine, now_ms, rng| {
            machine.handle(now_ms, rng, Input::Blob(asked))
        });
        handled.unwrap().unwrap();
        world.files.answers.pop().unwrap()
    };
    assert!(ask(&mut world, BOB, sealed.blob.hash));
    assert!(!ask(&mut world, BOB, Hash([9; 32])), "another file");
    assert!(!ask(&mut world, CAROL, sealed.blob.hash), "another conversation");
    delete(&mut world, ALICE, DeleteFor::Everyone);
    assert!(!ask(&mut world, BOB, sealed.blob.hash), "deleted");
}

#[test]
fn trf_08_what_is_deleted_is_erased_everywhere() {
    let mut world = friends(8);
    world.separate(ALICE, BOB);
    send(&mut world, MediaKind::Photo, MIB);
    world.run_for(4_000);
    assert_eq!((on_disk(&world, ALICE), on_disk(&world, BOB)), (1, 1));
    delete(&mut world, ALICE, DeleteFor::Everyone);
    assert_eq!(on_disk(&world, ALICE), 0, "at once");
    world.run_for(5_000);
    assert_eq!(on_disk(&world, BOB), 0);
    assert!(newest(&world, BOB).is_deleted);
    assert!(world.files.home.is_empty());
    // What is at the home is erased as soon as it can be reached, whatever happens in between.
    send(&mut world, MediaKind::File, MIB);
    world.run_for(4_000);
    assert_eq!(world.files.home.len(), 1);
    world.cut_off(ALICE);
    delete(&mut world, ALICE, DeleteFor::Everyone);
    restart(&mut world, ALICE);
    world.run_for(MINUTE_MS);
    assert_eq!(world.files.home.len(), 1);
    world.reunite_all();
    world.run_for(2 * MINUTE_MS);
    assert!(world.files.home.is_empty());
    // In the middle of it.
    send(&mut world, MediaKind::File, 15 * MIB);
    world.run_for(30);
    delete(&mut world, ALICE, DeleteFor::Everyone);
    world.run_for(5_000);
    assert!(world.files.home.is_empty());
    assert_eq!(on_disk(&world, ALICE), 0);
}

#[test]
fn trf_14_what_is_deleted_here_alone_stays_until_the_others_have_it() {
    let mut world = friends(9);
    world.switch_off(BOB);
    world.run_for(20_000);
    world.files.vice = Some(BlobVice::Refuses);
    send(&mut world, MediaKind::Photo, MIB);
    world.run_for(5_000);
    delete(&mut world, ALICE, DeleteFor::Me);
    restart(&mut world, ALICE);
    world.run_for(5_000);
    assert_eq!(on_disk(&world, ALICE), 1);
    world.switch_on(BOB);
    world.run_for(2 * MINUTE_MS);
    assert!(file(&world, BOB).is_here);
    assert_eq!(on_disk(&world, ALICE), 0);
}

#[test]
fn trf_09_what_no_message_has_is_removed_at_the_start() {
    let mut world = friends(10);
    send(&mut world, MediaKind::File, MIB);
    let row = newest(&world, ALICE).row;
    let (sealed, _) = machine(&world, ALICE).sealed_file(row, 0).unwrap();
    world.devices[ALICE]
        .disk
        .insert([7; 16], Pieces::all_of(&sealed.blob));
    restart(&mut world, ALICE);
    assert!(world.devices[ALICE].disk.keys().eq([&sealed.blob.file]));
}

#[test]
fn trf_10_a_large_file_goes_to_the_home_only_when_somebody_does_not_fetch_it() {
    let mut world = friends(11);
    send(&mut world, MediaKind::File, 100 * MIB);
    world.run_for(50_000);
    assert!(world.files.home.is_empty());
    assert_eq!(state(&world), MessageState::Waiting);
    world.run_for(30_000);
    assert_eq!(world.files.home.len(), 1, "nobody has fetched it");
    assert_eq!(state(&world), MessageState::Delivered);
    fetch(&mut world, BOB);
    world.run_for(20_000);
    assert!(file(&world, BOB).is_here);
    assert!(world.files.home.is_empty(), "nobody needs it there any more");
    // Fetched in time it never goes there.
    let asked = world.files.asked_home_ms.len();
    send(&mut world, MediaKind::File, 100 * MIB);
    world.run_for(2_000);
    fetch(&mut world, BOB);
    world.run_for(5 * MINUTE_MS);
    assert!(file(&world, BOB).is_here);
    assert_eq!(world.files.asked_home_ms.len(), asked);
    // Somebody who goes away can only have it from there.
    send(&mut world, MediaKind::File, 100 * MIB);
    world.run_for(1_000);
    world.switch_off(BOB);
    world.run_for(25_000);
    assert_eq!(world.files.home.len(), 1);
}

#[test]
fn trf_11_what_is_small_comes_by_itself_and_nothing_before_a_request_is_accepted() {
    let mut world = people(12, 2);
    let found = world.call(ALICE, |machine, now_ms, rng| {
        machine.contact(now_ms, rng, crate::people::name("bob"))
    });
    found.unwrap().unwrap();
    world.run_for(10_000);
    send(&mut world, MediaKind::Photo, MIB);
    world.run_for(MINUTE_MS);
    assert_eq!(machine(&world, BOB).requests().unwrap().len(), 1);
    assert_eq!(on_disk(&world, BOB), 0);
    xchat_sim::story::answer_requests(&mut world, BOB, false);
    world.run_for(20_000);
    assert!(file(&world, BOB).is_here);
    for (kind, size, comes) in [
        (MediaKind::Photo, 10 * MIB, true),
        (MediaKind::Photo, 10 * MIB + 1, false),
        (MediaKind::Voice, MIB, true),
        (MediaKind::Video, 20 * MIB, true),
        (MediaKind::Video, 20 * MIB + 1, false),
        (MediaKind::Audio, 1, false),
        (MediaKind::File, 1, false),
    ] {
        send(&mut world, kind, size);
        world.run_for(20_000);
        assert_eq!(file(&world, BOB).is_here, comes, "{kind:?} of {size}");
    }
    // Not even what is small comes without an end.
    for _ in 0..60 {
        send(&mut world, MediaKind::Video, 20 * MIB);
        world.run_for(10_000);
    }
    assert_eq!(file(&world, BOB).transfer, TransferState::Offered);
    let bytes: u64 = world.devices[BOB].disk.values().map(|pieces| pieces.of).sum();
    assert!(bytes * 2 <= 600, "{bytes}");
}

#[test]
fn trf_12_a_refusal_for_good_is_said_and_tried_again_when_the_user_says_so() {
    let mut world = friends(13);
    world.files.vice = Some(BlobVice::TakesNone);
    send(&mut world, MediaKind::File, MIB);
    world.run_for(60 * MINUTE_MS);
    let refused = TransferState::Refused(BlobFailure::TooLarge);
    assert_eq!(file(&world, ALICE).transfer, refused);
    assert_eq!(state(&world), MessageState::Waiting);
    let asked = world.files.asked_home_ms.len();
    world.run_for(60 * MINUTE_MS);
    restart(&mut world, ALICE);
    world.run_for(MINUTE_MS);
    assert_eq!(world.files.asked_home_ms.len(), asked);
    world.files.vice = None;
    resume(&mut world, ALICE);
    world.run_for(5_000);
    assert_eq!(state(&world), MessageState::Delivered);
}

#[test]
fn sim_22_a_file_is_whole_or_why_it_is_not_is_said() {
    for (vice, reason) in [
        (BlobVice::Lies, BlobFailure::Corrupt),
        (BlobVice::Truncates, BlobFailure::Unreachable),
        (BlobVice::Loses, BlobFailure::Unknown),
    ] {
        let mut world = friends(14);
        world.separate(ALICE, BOB);
        world.files.vice = Some(vice);
        send(&mut world, MediaKind::Photo, 8 * MIB);
        world.run_for(MINUTE_MS);
        // The sender vanishes.
        world.switch_off(ALICE);
        world.run_for(24 * 60 * MINUTE_MS);
        let found = file(&world, BOB);
        assert_eq!(found.transfer, TransferState::Waiting(Some(reason)), "{vice:?}");
        assert!(!found.is_here);
        let row = newest(&world, BOB).row;
        let (sealed, is_whole) = machine(&world, BOB).sealed_file(row, 0).unwrap();
        assert!(!is_whole && !world.devices[BOB].disk[&sealed.blob.file].is_whole());
        // With the sender everything comes back.
        world.reunite_all();
        world.switch_on(ALICE);
        world.run_for(3 * MINUTE_MS);
        assert!(file(&world, BOB).is_here, "{vice:?}");
    }
}
