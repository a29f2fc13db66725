//! Disks that fail.

use xchat_mailbox::{Mailbox, OpenError};
use xchat_proto::mailbox_wire::{Refusal, Reply};

use super::lab::{
    CONVERSATION, Disk, EPOCH, Home, Lab, append, appended, deposit, home_id, key, list, refused, submit,
};

pub(crate) fn log_15_a_full_disk_acknowledges_nothing_and_loses_nothing<L: Lab>() {
    let mut home = Home::<L>::new();
    home.one(append(EPOCH, "a"));
    home.disk.set(Disk::Full);
    for _ in 0..2 {
        let failed = home.batch(vec![
            append(EPOCH, "b"),
            submit(EPOCH, "c"),
            append(EPOCH, "a"),
            deposit("d"),
        ]);
        assert_eq!(failed.replies, vec![refused(Refusal::StorageFailed); 4]);
        assert!(failed.notices.is_empty());
    }
    assert_eq!(
        home.read(CONVERSATION, EPOCH, 0),
        Ok(list(&[(0, "a")])),
        "nothing half visible"
    );
    assert_eq!(home.mailbox().open_epoch(&CONVERSATION), Ok(EPOCH));
    home.disk.set(Disk::Sound);
    assert_eq!(
        home.one(append(EPOCH, "e")),
        appended(1),
        "it serves again when there is room again"
    );
    assert!(matches!(home.one(submit(EPOCH, "c")), Reply::Decided { .. }));
    home.restart();
    assert_eq!(
        home.read(CONVERSATION, EPOCH, 0),
        Ok(list(&[(0, "a"), (1, "e"), (2, "commit c")]))
    );
}

pub(crate) fn log_15_a_batch_that_was_written_unknown_is_settled_by_the_disk<L: Lab>() {
    let mut home = Home::<L>::new();
    home.one(append(EPOCH, "a"));
    home.disk.set(Disk::WritesAndFails);
    let failed = home.batch(vec![append(EPOCH, "b"), submit(EPOCH, "c")]).replies;
    assert_eq!(failed, vec![refused(Refusal::StorageFailed); 2]);
    assert_eq!(
        home.mailbox().open_epoch(&CONVERSATION),
        Ok(EPOCH + 1),
        "it goes by the disk"
    );
    assert_eq!(
        home.one(append(EPOCH, "b")),
        appended(1),
        "sent again: there it lies"
    );
    assert!(matches!(home.one(submit(EPOCH, "c")), Reply::Decided { .. }));
    assert_eq!(home.one(append(EPOCH + 1, "d")), appended(3));
}

pub(crate) fn log_15_a_disk_that_cannot_be_read_is_said_so<L: Lab>() {
    let mut home = Home::<L>::new();
    home.one(append(EPOCH, "a"));
    home.disk.set(Disk::Gone);
    assert_eq!(home.one(append(EPOCH, "b")), refused(Refusal::StorageFailed));
    assert_eq!(home.read(CONVERSATION, EPOCH, 0), Err(Refusal::StorageFailed));
    let now_ms = home.now_ms;
    assert!(home.mailbox().expire(now_ms).is_err());
    home.disk.set(Disk::Sound);
    assert_eq!(home.one(append(EPOCH, "b")), appended(1));
    assert_eq!(home.read(CONVERSATION, EPOCH, 0), Ok(list(&[(0, "a"), (1, "b")])));
}

pub(crate) fn log_18_a_store_has_one_home<L: Lab>() {
    let lab = L::new();
    let mailbox = Mailbox::open(key(99), lab.open()).unwrap();
    assert_eq!(mailbox.home(), home_id());
    let store = lab.reopen(mailbox.into_store());
    let mailbox = Mailbox::open(key(99), store).unwrap();
    let store = lab.reopen(mailbox.into_store());
    let refused = Mailbox::open(key(98), store).err();
    assert_eq!(refused, Some(OpenError::OtherHome { found: home_id() }));
}
