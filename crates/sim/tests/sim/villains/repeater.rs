//! A home that says everything twice, and old things again as if they were new.

use std::collections::BTreeMap;

use xchat_proto::ids::LogId;
use xchat_proto::keys::SigningKey;
use xchat_proto::mailbox_wire::{Entry, EntryBody, SubscriptionFrame};
use xchat_sim::villain::Villain;

use super::lab::Lab;
use crate::people::{ALICE, BOB};

#[derive(Default)]
struct Repeater {
    first: BTreeMap<(LogId, u64), Entry>,
}

impl Villain for Repeater {
    fn frames(
        &mut self,
        _: &SigningKey,
        log: LogId,
        epoch: u64,
        frames: Vec<SubscriptionFrame>,
    ) -> Vec<SubscriptionFrame> {
        let mut all = Vec::new();
        for frame in frames {
            let SubscriptionFrame::Entry(entry) = &frame else {
                all.push(frame);
                continue;
            };
            if let EntryBody::Envelope(_) = entry.body {
                let first = self.first.entry((log, epoch)).or_insert_with(|| entry.clone());
                // An old envelope in the place of the new one, which comes right after it once more.
                let old = Entry {
                    index: entry.index.saturating_sub(1),
                    body: first.body.clone(),
                };
                all.push(SubscriptionFrame::Entry(old));
                all.push(frame.clone());
            }
            all.push(frame);
        }
        all
    }
}

#[test]
fn sim_11_nothing_is_shown_twice() {
    let mut lab = Lab::friends(false);
    lab.world.home.villain = Some(Box::new(Repeater::default()));
    let mut written = Vec::new();
    for _ in 0..10 {
        written.push(lab.write(ALICE));
        lab.pass(1_000);
        written.push(lab.write(BOB));
        lab.pass(1_000);
    }
    lab.pass(20_000);
    assert_eq!(lab.texts(ALICE), written);
    assert_eq!(lab.texts(BOB), written);
}
