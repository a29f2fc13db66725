//! How much comes by itself in a day.

use xchat_core::content::MediaKind;
use xchat_core::io::TransferState;
use xchat_core::machine::DeleteFor;
use xchat_proto::limits::DAY_MS;

use super::{ALICE, BOB, MIB, delete, file, friends, send};

#[test]
fn trf_11_what_was_deleted_meanwhile_has_come_all_the_same() {
    let mut world = friends(40);
    let mut comes = |is_deleted: bool| {
        send(&mut world, MediaKind::Video, 20 * MIB);
        world.run_for(10_000);
        let came = file(&world, BOB);
        assert_eq!(came.is_here, came.transfer != TransferState::Offered);
        if is_deleted {
            delete(&mut world, ALICE, DeleteFor::Everyone);
            world.run_for(5_000);
        }
        came.is_here
    };
    for _ in 0..25 {
        assert!(comes(true));
    }
    for _ in 0..5 {
        assert!(!comes(true), "500 MiB have come, and 20 are more than is left");
    }
    assert!(!comes(false));
    world.skip(DAY_MS);
    world.run_for(20_000);
    send(&mut world, MediaKind::Video, 20 * MIB);
    world.run_for(10_000);
    assert!(file(&world, BOB).is_here, "another day");
}
