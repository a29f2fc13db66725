//! A home that shows one member another commit than the decided one.

use xchat_core::io::ConversationState;
use xchat_proto::codec::Bounded;
use xchat_proto::decision::{CommitValue, Decision, DecisionCertificate};
use xchat_proto::ids::{LogId, NodeId};
use xchat_proto::keys::{PublicKey, SigningKey};
use xchat_proto::mailbox_wire::{EntryBody, SubscriptionFrame};
use xchat_proto::signed::Signed;
use xchat_sim::villain::Villain;

use super::lab::Lab;
use crate::people::{ALICE, BOB};

struct Equivocator {
    /// Whether it also certifies what it shows, against its own earlier word.
    certifies: bool,
    shown: u32,
}

fn certify(key: &SigningKey, log: LogId, epoch: u64, value: &CommitValue) -> DecisionCertificate {
    let decision = Decision {
        home: NodeId(key.public().0),
        log,
        epoch,
        value: value.hash(),
    };
    DecisionCertificate {
        decisions: Bounded::new(vec![Signed::new(&decision, key).unwrap()]).unwrap(),
    }
}

impl Villain for Equivocator {
    fn frames(
        &mut self,
        key: &SigningKey,
        log: LogId,
        epoch: u64,
        mut frames: Vec<SubscriptionFrame>,
    ) -> Vec<SubscriptionFrame> {
        for frame in &mut frames {
            if let SubscriptionFrame::Entry(entry) = frame
                && let EntryBody::Commit { value, certificate } = &mut entry.body
            {
                self.shown += 1;
                value.next_capability = PublicKey([7; 32]);
                if self.certifies {
                    *certificate = certify(key, log, epoch, value);
                }
            }
        }
        frames
    }
}

/// Eight days later both renew their leaves.
fn renew(lab: &mut Lab) {
    lab.world.skip(8 * 24 * 60 * 60 * 1000);
    lab.pass(60_000);
}

fn epoch(lab: &Lab, device: usize) -> u64 {
    let epochs = &lab.world.devices[device].epochs;
    epochs.values().copied().max().unwrap()
}

#[test]
fn sim_12_a_commit_without_its_certificate_is_not_merged() {
    let mut lab = Lab::friends(false);
    let before = epoch(&lab, BOB);
    lab.world.home.villain = Some(Box::new(Equivocator {
        certifies: false,
        shown: 0,
    }));
    renew(&mut lab);
    for device in [ALICE, BOB] {
        assert_eq!(epoch(&lab, device), before, "nobody follows a forged decision");
        assert_eq!(lab.view(device).state, ConversationState::Active);
    }
    // Once it is honest again, nothing is lost.
    lab.world.home.villain = None;
    lab.pass(60_000);
    assert!(epoch(&lab, BOB) > before);
    assert_eq!(epoch(&lab, ALICE), epoch(&lab, BOB));
    let text = lab.write(ALICE);
    lab.pass(5_000);
    assert_eq!(lab.texts(BOB), [text]);
}

#[test]
fn sim_13_a_certified_commit_that_leads_nowhere_is_refused_and_told() {
    let mut lab = Lab::friends(false);
    let before = epoch(&lab, BOB);
    lab.world.home.villain = Some(Box::new(Equivocator {
        certifies: true,
        shown: 0,
    }));
    renew(&mut lab);
    for device in [ALICE, BOB] {
        let view = lab.view(device);
        assert_eq!(epoch(&lab, device), before);
        assert_eq!(view.state, ConversationState::Broken);
        assert!(view.trouble.is_some());
    }
}
