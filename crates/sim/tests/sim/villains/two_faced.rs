//! Operators who sign two truths.

use xchat_core::contacts::ContactError;
use xchat_core::io::Event;
use xchat_proto::codec;
use xchat_proto::light::Evidence;
use xchat_sim::villain::liar::TwoFaced;

use super::lab::Lab;
use crate::people::{ALICE, BOB};

/// The second operator's node shows another truth, as high as the first.
fn two_truths(lab: &mut Lab) {
    let mut other = lab.world.book.twin().unwrap();
    while other.height() < lab.world.book.height() {
        other.advance(lab.world.now_ms).unwrap();
    }
    let node = lab.world.operators[1].node;
    lab.world.liars.insert(node, Box::new(TwoFaced(other)));
}

fn forks(lab: &Lab) -> usize {
    let alarms = lab.world.devices[ALICE].alarms.iter();
    alarms
        .filter(|event| matches!(event, Event::NetworkForked { .. }))
        .count()
}

#[test]
fn wat_04_operators_who_show_two_truths_are_found_out_and_nobody_new_is_looked_up() {
    let mut lab = Lab::among(2);
    lab.contact(ALICE, "bob");
    lab.pass(5_000);
    let request = lab.world.devices[BOB].requests[0];
    lab.call(BOB, |machine, now_ms, rng| machine.accept(now_ms, rng, request))
        .unwrap();
    lab.world.add_device("carol", 0).unwrap();
    lab.pass(30_000);
    two_truths(&mut lab);
    lab.contact(ALICE, "carol");
    lab.pass(10_000);
    assert_eq!(
        lab.world.devices[ALICE].contact_errors.as_slice(),
        [ContactError::NetworkForked]
    );
    assert_eq!(forks(&lab), 1, "it is told once");
    // The evidence convinces whoever knows the operators, and names them.
    let found = lab.machine(ALICE).evidence().unwrap().pop().unwrap();
    let evidence: Evidence = codec::decode(&found.proof, 64 * 1024).unwrap();
    let validators = lab.world.book.validators();
    evidence.verify(lab.world.book.genesis(), &validators).unwrap();
    assert_eq!(found.signers.len(), 2);
    assert!(!found.is_acknowledged);
    // It is kept, and stands between Alice and new people until she has seen it.
    lab.world.crash(ALICE);
    lab.pass(30_000);
    let carol = || "carol".parse().unwrap();
    let refused = lab.call(ALICE, |machine, now_ms, rng| {
        machine.contact(now_ms, rng, carol())
    });
    assert_eq!(refused, Err(ContactError::NetworkForked));
    // With Bob she goes on.
    let text = lab.write(ALICE);
    lab.pass(10_000);
    assert!(lab.texts(BOB).contains(&text));
    lab.call(ALICE, |machine, now_ms, rng| {
        machine.acknowledge_evidence(now_ms, rng)
    })
    .unwrap();
    assert!(
        lab.machine(ALICE)
            .evidence()
            .unwrap()
            .iter()
            .all(|found| found.is_acknowledged)
    );
    lab.world.liars.clear();
    lab.pass(10_000);
    lab.contact(ALICE, "carol");
    lab.pass(10_000);
    assert_eq!(lab.world.devices[2].requests.len(), 1);
}

#[test]
fn wat_04_two_truths_of_other_heights_are_found_out_too() {
    // What one node shows is never as high as what the other does: only the block of its height tells.
    for ahead in [false, true] {
        let mut lab = Lab::among(2);
        lab.pass(30_000);
        let mut other = lab.world.book.twin().unwrap();
        let height = match ahead {
            true => lab.world.book.height() + 1_000,
            false => lab.world.book.height() - 2,
        };
        while other.height() < height {
            other.advance(lab.world.now_ms).unwrap();
        }
        let node = lab.world.operators[1].node;
        lab.world.liars.insert(node, Box::new(TwoFaced(other)));
        lab.contact(ALICE, "bob");
        lab.pass(60_000);
        let found = lab.machine(ALICE).evidence().unwrap();
        assert!(ahead || !found.is_empty(), "a lower truth is found out");
        let is_misled = lab.world.devices[BOB].requests.is_empty();
        assert!(
            is_misled || !ahead,
            "nobody is found whom the higher truth does not know"
        );
    }
}

/// Whichever node Bob asks, he is shown another truth than everybody else.
fn apart(lab: &mut Lab) {
    let mut other = lab.world.book.twin().unwrap();
    while other.height() < lab.world.book.height() + 3 {
        other.advance(lab.world.now_ms).unwrap();
    }
    lab.world.truths.insert(BOB, other);
}

#[test]
fn wat_11_contacts_who_are_shown_two_truths_find_out_inside_their_conversation() {
    for operators in [1, 4] {
        let mut lab = Lab::befriended(operators);
        apart(&mut lab);
        // Each hears of the other's block when they write to each other. Nobody else could tell them.
        lab.pass(4 * 3_600_000);
        assert_eq!(forks(&lab), 0, "every answer holds by itself");
        lab.write(ALICE);
        lab.pass(20_000);
        lab.write(BOB);
        lab.pass(10 * 60_000);
        for device in [ALICE, BOB] {
            let found = lab.machine(device).evidence().unwrap();
            let found = found.first().expect("both find out");
            let evidence: Evidence = codec::decode(&found.proof, 64 * 1024).unwrap();
            let validators = lab.world.book.validators();
            evidence.verify(lab.world.book.genesis(), &validators).unwrap();
        }
        assert_eq!(forks(&lab), 1, "it is told once");
    }
}

#[test]
fn wat_11_contacts_who_are_shown_one_truth_have_nothing_to_tell() {
    let mut lab = Lab::befriended(4);
    for _ in 0..6 {
        lab.write(ALICE);
        lab.write(BOB);
        lab.pass(3_600_000);
    }
    for device in [ALICE, BOB] {
        assert!(lab.machine(device).evidence().unwrap().is_empty());
        for operator in 0..4 {
            assert_eq!(lab.fault(device, operator), None);
        }
    }
}
