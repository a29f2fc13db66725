//! What becomes of files whose message is gone on one device only.

use xchat_core::content::MediaKind;
use xchat_core::io::{GalleryKind, MessageState};
use xchat_core::machine::DeleteFor;
use xchat_proto::limits::{DAY_MS, TIMER_S_MIN};
use xchat_sim::world::{BlobVice, World};

use super::{MIB, MINUTE_MS, delete, fetch, file, friends, newest, on_disk, restart, send, state};
use crate::people::{ALICE, BOB, look_into, machine, with};

/// How many files a device knows, and how many it can open.
const FILES: &str = "SELECT count(*) FROM blob WHERE ?1 = ''";
const KEYS: &str = "SELECT count(*) FROM blob WHERE ?1 = '' AND hex(key) <> hex(zeroblob(32))";

/// A number out of Alice's database.
fn look(world: &mut World, sql: &str) -> i64 {
    let found = look_into(world, ALICE, sql, "");
    restart(world, ALICE);
    found
}

#[test]
fn trf_14_what_the_others_have_not_fetched_stays_at_the_home() {
    let mut world = friends(20);
    let conversation = with(&world, ALICE, "bob");
    let clear = |world: &mut World| {
        let cleared = world.call(ALICE, |machine, now_ms, rng| {
            machine.clear_chat(now_ms, rng, conversation)
        });
        cleared.unwrap().unwrap();
    };
    let delete_here = |world: &mut World| delete(world, ALICE, DeleteFor::Me);
    let both: [&dyn Fn(&mut World); 2] = [&clear, &delete_here];
    for gone_here in both {
        send(&mut world, MediaKind::File, MIB);
        world.run_for(5_000);
        assert_eq!(state(&world), MessageState::Delivered);
        gone_here(&mut world);
        restart(&mut world, ALICE);
        world.run_for(5_000);
        assert_eq!((on_disk(&world, ALICE), world.files.home.len()), (0, 1));
        fetch(&mut world, BOB);
        world.run_for(10_000);
        assert!(file(&world, BOB).is_here);
        assert!(world.files.home.is_empty(), "they have it");
        assert_eq!(look(&mut world, FILES), 0);
    }
    // One that waits for its file does not go without it.
    world.files.vice = Some(BlobVice::Refuses);
    world.separate(ALICE, BOB);
    send(&mut world, MediaKind::Photo, MIB);
    world.run_for(5_000);
    let row = newest(&world, ALICE).row;
    delete(&mut world, ALICE, DeleteFor::Me);
    assert_eq!((on_disk(&world, ALICE), look(&mut world, KEYS)), (1, 0));
    assert!(
        machine(&world, ALICE).sealed_file(row, 0).is_err(),
        "not for this user"
    );
    world.files.vice = None;
    world.run_for(13 * MINUTE_MS);
    assert!(file(&world, BOB).is_here);
    assert_eq!((on_disk(&world, ALICE), world.files.home.len()), (0, 0));
}

#[test]
fn trf_14_what_disappears_here_first_can_still_be_fetched() {
    let mut world = friends(21);
    let conversation = with(&world, ALICE, "bob");
    world.set_timer(ALICE, conversation, Some(TIMER_S_MIN));
    world.switch_off(BOB);
    world.run_for(20_000);
    send(&mut world, MediaKind::Photo, MIB);
    world.run_for(2 * u64::from(TIMER_S_MIN) * 1000);
    assert_eq!((on_disk(&world, ALICE), look(&mut world, KEYS)), (0, 0));
    world.switch_on(BOB);
    world.run_for(20_000);
    assert!(file(&world, BOB).is_here, "his clock has not begun");
    world.run_for(5_000);
    assert!(world.files.home.is_empty());
    // What no home takes is not kept for ever.
    world.files.vice = Some(BlobVice::TakesNone);
    world.switch_off(BOB);
    send(&mut world, MediaKind::Photo, MIB);
    world.run_for(2 * u64::from(TIMER_S_MIN) * 1000);
    assert_eq!((on_disk(&world, ALICE), look(&mut world, KEYS)), (1, 0));
    world.skip(31 * DAY_MS);
    restart(&mut world, ALICE);
    assert_eq!((on_disk(&world, ALICE), look(&mut world, FILES)), (0, 0));
}

#[test]
fn fnd_15_files_are_found_by_what_they_are() {
    let mut world = friends(22);
    let sent = [
        MediaKind::Photo,
        MediaKind::File,
        MediaKind::Voice,
        MediaKind::Sticker,
        MediaKind::Video,
        MediaKind::Audio,
        MediaKind::Gif,
    ];
    for kind in sent {
        send(&mut world, kind, MIB);
        world.run_for(2_000);
    }
    let found = |world: &World, device, kind, before, limit| -> Vec<(i64, MediaKind)> {
        let conversation = with(world, device, ["bob", "alice"][device]);
        let views = machine(world, device).messages_with_files(conversation, kind, before, limit);
        let both = views
            .unwrap()
            .into_iter()
            .map(|view| (view.row, view.files[0].kind));
        both.collect()
    };
    let kinds =
        |found: Vec<(i64, MediaKind)>| -> Vec<MediaKind> { found.into_iter().map(|one| one.1).collect() };
    for device in [ALICE, BOB] {
        let media = found(&world, device, GalleryKind::Media, None, 2);
        let older = found(&world, device, GalleryKind::Media, Some(media[1].0), 2);
        assert_eq!(kinds(media), [MediaKind::Gif, MediaKind::Video]);
        assert_eq!(kinds(older), [MediaKind::Photo]);
        let sounds = found(&world, device, GalleryKind::Sounds, None, 9);
        assert_eq!(kinds(sounds), [MediaKind::Audio, MediaKind::Voice]);
        let files = found(&world, device, GalleryKind::Files, None, 9);
        assert_eq!(kinds(files), [MediaKind::File]);
    }
    delete(&mut world, ALICE, DeleteFor::Everyone);
    world.run_for(2_000);
    for device in [ALICE, BOB] {
        let media = found(&world, device, GalleryKind::Media, None, 9);
        assert_eq!(kinds(media), [MediaKind::Video, MediaKind::Photo]);
    }
}
