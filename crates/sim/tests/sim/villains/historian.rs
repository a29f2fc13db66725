//! A directory that shows the past.

use xchat_core::contacts::ContactError;
use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest};
use xchat_sim::villain::Villain;

use super::lab::Lab;
use crate::people::ALICE;

/// Answers as it answered first.
#[derive(Default)]
struct Historian {
    first: Option<DirectoryReply>,
}

impl Villain for Historian {
    fn directory(&mut self, _: u64, _: &DirectoryRequest, reply: DirectoryReply) -> DirectoryReply {
        self.first.get_or_insert(reply).clone()
    }
}

#[test]
fn sim_15_the_past_is_not_believed_once_the_present_was_seen() {
    let mut lab = Lab::strangers();
    let mut historian = Historian::default();
    // Carol's absence is true now, and will be false.
    let request = DirectoryRequest::Lookup {
        name: "carol".parse().unwrap(),
        known: 0,
    };
    let reply = lab.world.book.answer(lab.world.now_ms, request.clone()).unwrap();
    historian.directory(0, &request, reply);
    lab.world.add_device("carol", 0).unwrap();
    lab.pass(20_000);
    lab.contact(ALICE, "bob");
    lab.pass(5_000);
    lab.world.home.villain = Some(Box::new(historian));
    lab.contact(ALICE, "carol");
    lab.pass(5_000);
    let errors = &lab.world.devices[ALICE].contact_errors;
    assert!(
        matches!(errors.as_slice(), [ContactError::ProofRefused(_)]),
        "{errors:?}"
    );
}

#[test]
fn sim_16_an_answer_of_yesterday_is_not_good_enough() {
    let mut lab = Lab::strangers();
    let mut historian = Historian::default();
    let request = DirectoryRequest::Lookup {
        name: "bob".parse().unwrap(),
        known: 0,
    };
    let reply = lab.world.book.answer(lab.world.now_ms, request.clone()).unwrap();
    historian.directory(0, &request, reply);
    lab.world.home.villain = Some(Box::new(historian));
    lab.world.skip(24 * 60 * 60 * 1000);
    lab.contact(ALICE, "bob");
    lab.pass(20_000);
    let errors = &lab.world.devices[ALICE].contact_errors;
    assert_eq!(errors.as_slice(), [ContactError::ClockOff]);
}
