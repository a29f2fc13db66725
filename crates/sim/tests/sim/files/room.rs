//! What comes by itself is for the user to say, and so is what stays.

use xchat_core::content::MediaKind;
use xchat_core::io::{Arrivals, FileSweep, TransferState};

use super::{BOB, MIB, fetch, file, friends, machine, on_disk, restart, send};

#[test]
fn trf_11_what_comes_by_itself_is_what_the_user_has_set() {
    let mut world = friends(41);
    let arrivals = Arrivals {
        photos: 0,
        voices: MIB,
        films: 2 * MIB,
        sounds: 3 * MIB,
        files: u64::MAX,
    };
    world.call(BOB, |machine, now_ms, rng| {
        machine.set_arrivals(now_ms, rng, arrivals).unwrap();
    });
    restart(&mut world, BOB);
    assert_eq!(machine(&world, BOB).arrivals().unwrap(), arrivals);
    for (kind, size, comes) in [
        (MediaKind::Photo, 1, false),
        (MediaKind::Sticker, 1, false),
        (MediaKind::Voice, MIB, true),
        (MediaKind::Voice, MIB + 1, false),
        (MediaKind::Video, 2 * MIB, true),
        (MediaKind::Video, 2 * MIB + 1, false),
        (MediaKind::Audio, 3 * MIB, true),
        (MediaKind::File, 30 * MIB, true),
    ] {
        send(&mut world, kind, size);
        world.run_for(30_000);
        assert_eq!(file(&world, BOB).is_here, comes, "{kind:?} of {size}");
    }
}

#[test]
fn trf_17_files_of_others_go_from_here_and_can_be_fetched_again() {
    let mut world = friends(42);
    for size in [MIB, 5 * MIB] {
        send(&mut world, MediaKind::Photo, size);
        world.run_for(20_000);
    }
    assert_eq!(on_disk(&world, BOB), 2);
    let used = machine(&world, BOB).storage().unwrap();
    assert!(used.database_bytes > 0);
    let [photos] = used.files.as_slice() else {
        panic!("of one kind in one conversation");
    };
    assert_eq!((photos.files, photos.is_mine), (2, false));
    assert!(photos.bytes >= 6 * MIB);
    let before_ms = Some(world.now_ms);
    let mut sweep = |sweep: FileSweep, device| {
        let cleared = world.call(device, |machine, now_ms, rng| {
            machine.clear_files(now_ms, rng, sweep)
        });
        let cleared = cleared.unwrap().unwrap();
        assert!(cleared.is_done);
        world.run_for(5_000);
        cleared.files
    };
    let large = FileSweep {
        bytes_min: 2 * MIB,
        ..FileSweep::default()
    };
    let old = FileSweep {
        before_ms: Some(1),
        ..FileSweep::default()
    };
    assert_eq!(sweep(old, BOB), 0);
    assert_eq!(sweep(large, BOB), 1);
    assert_eq!(sweep(FileSweep::default(), super::ALICE), 0, "own files stay");
    let came = file(&world, BOB);
    assert_eq!((came.is_here, came.transfer), (false, TransferState::Offered));
    assert_eq!(on_disk(&world, BOB), 1);
    restart(&mut world, BOB);
    fetch(&mut world, BOB);
    world.run_for(20_000);
    assert!(file(&world, BOB).is_here);
    let all = FileSweep {
        before_ms,
        ..FileSweep::default()
    };
    world.call(BOB, |machine, now_ms, rng| {
        machine.clear_files(now_ms, rng, all).unwrap();
    });
    world.run_for(5_000);
    assert_eq!(on_disk(&world, BOB), 0);
}
