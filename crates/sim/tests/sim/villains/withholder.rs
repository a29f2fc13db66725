//! A home that keeps entries from their readers.

use xchat_proto::ids::LogId;
use xchat_proto::keys::SigningKey;
use xchat_proto::mailbox_wire::{EntryBody, SubscriptionFrame};
use xchat_sim::villain::Villain;

use super::lab::Lab;
use crate::people::{ALICE, BOB};

/// Withholds the next few envelopes of conversations.
struct Withholder {
    left: u32,
}

impl Villain for Withholder {
    fn frames(
        &mut self,
        _: &SigningKey,
        _: LogId,
        epoch: u64,
        mut frames: Vec<SubscriptionFrame>,
    ) -> Vec<SubscriptionFrame> {
        frames.retain(|frame| {
            let is_envelope = match frame {
                SubscriptionFrame::Entry(entry) => matches!(entry.body, EntryBody::Envelope(_)),
                _ => false,
            };
            let withheld = is_envelope && epoch > 0 && self.left > 0;
            self.left -= u32::from(withheld);
            !withheld
        });
        frames
    }
}

#[test]
fn sim_10_what_a_home_withholds_is_missed_and_sent_again() {
    let mut lab = Lab::friends(false);
    let before = lab.write(ALICE);
    lab.pass(2_000);
    // Each of the two envelopes has two readers.
    lab.world.home.villain = Some(Box::new(Withholder { left: 4 }));
    let withheld = [lab.write(ALICE), lab.write(ALICE)];
    lab.pass(2_000);
    assert_eq!(lab.texts(BOB), std::slice::from_ref(&before), "nothing shows yet");
    let after = lab.write(ALICE);
    lab.pass(2_000);
    assert_eq!(lab.texts(BOB), [before.clone(), after.clone()]);
    assert_eq!(lab.view(BOB).missing, 2, "the gap shows");
    lab.pass(20_000);
    let [first, second] = withheld;
    assert_eq!(lab.texts(BOB), [before, first, second, after], "in their places");
    assert_eq!(lab.view(BOB).missing, 0);
}
