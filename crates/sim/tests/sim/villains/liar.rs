//! A node that lies about the directory, beside others that don't.

use xchat_core::contacts::ContactError;
use xchat_core::directory::NodeFault;
use xchat_core::io::Event;
use xchat_proto::operator::Change;
use xchat_sim::villain::liar::{Liar, Lie, TwoFaced};

use super::lab::Lab;
use crate::people::{ALICE, BOB};

const CAROL: usize = 2;

/// Alice finds Bob, and Carol gets her name, though the node of one operator lies.
fn among_liars(operators: usize, lie: Lie) -> Lab {
    let mut lab = Lab::among(operators);
    let liar = lab.world.operators[1].node;
    lab.world.liars.insert(liar, Box::new(Liar::new(lie)));
    if lie == Lie::Replays {
        // It answers once, and what it said is old by then.
        lab.contact(ALICE, "nobody");
        lab.contact(BOB, "nobody");
        lab.pass(5_000);
        lab.world.devices[ALICE].contact_errors.clear();
        lab.world.skip(30 * 60_000);
    }
    lab.pass(10_000);
    lab.contact(ALICE, "bob");
    lab.world.add_device("carol", 0).unwrap();
    lab.pass(30_000);
    lab
}

#[test]
fn wat_01_one_node_that_lies_hinders_nobody_and_is_found_out() {
    for operators in [2, 4] {
        for lie in Lie::ALL {
            let mut lab = among_liars(operators, lie);
            let errors = &lab.world.devices[ALICE].contact_errors;
            assert_eq!(errors.as_slice(), [], "{lie:?} among {operators}");
            assert_eq!(
                lab.world.devices[BOB].requests.len(),
                1,
                "{lie:?} among {operators}"
            );
            assert!(
                lab.world.devices[CAROL].is_registered(),
                "{lie:?} among {operators}"
            );
            // Among two the other one is asked each time, among four sooner or later.
            lab.pass(20 * 60_000);
            let fault = lab.fault(ALICE, 1);
            let expected = match lie {
                Lie::Replays => Some(NodeFault::Stale),
                Lie::OtherNetwork => Some(NodeFault::OtherNetwork),
                Lie::Foreign => Some(NodeFault::Foreign),
                Lie::Withholds | Lie::Untrue => None,
                Lie::NobodyHasIt | Lie::OtherTime | Lie::OtherSignature | Lie::OwnValidators => {
                    Some(NodeFault::Forged)
                }
            };
            assert_eq!(fault, expected, "{lie:?} among {operators}");
        }
    }
}

#[test]
fn wat_01_a_home_that_lies_about_names_hinders_nobody_who_knows_another_node() {
    for lie in Lie::ALL {
        let mut lab = Lab::among(2);
        let home = lab.world.operators[0].node;
        lab.world.liars.insert(home, Box::new(Liar::new(lie)));
        lab.pass(10_000);
        lab.contact(ALICE, "bob");
        lab.pass(30_000);
        assert_eq!(lab.world.devices[ALICE].contact_errors.as_slice(), [], "{lie:?}");
        assert_eq!(lab.world.devices[BOB].requests.len(), 1, "{lie:?}");
    }
}

#[test]
fn wat_02_nobody_waits_long_for_a_node_that_is_silent() {
    let mut lab = Lab::among(3);
    let silent = [lab.world.operators[1].node, lab.world.operators[2].node];
    lab.world.silent_nodes.extend(silent);
    lab.contact(ALICE, "bob");
    lab.pass(12_000);
    assert_eq!(lab.world.devices[BOB].requests.len(), 1);
    let nodes = lab.machine(ALICE).directory().unwrap().unwrap().nodes;
    assert!(nodes.iter().any(|node| node.is_silent));
    assert!(
        nodes.iter().all(|node| node.faults == 0),
        "to be silent is no lie"
    );
}

#[test]
fn wat_03_those_who_have_left_decide_nothing_for_whoever_has_followed() {
    let mut lab = Lab::among(4);
    let mut past = lab.world.book.twin().unwrap();
    // Three of the four leave, and three others come.
    for leaver in 1..4 {
        lab.world.change_operator(None);
        let key = lab.world.operators[leaver].key.public();
        let now_ms = lab.world.now_ms;
        lab.world
            .book
            .change(now_ms, &Change::Remove { key }, None)
            .unwrap();
    }
    lab.pass(60_000);
    lab.contact(ALICE, "bob");
    lab.pass(10_000);
    assert_eq!(lab.world.devices[BOB].requests.len(), 1);
    // The four of before go on among themselves, and one of the new shows their truth.
    while past.height() <= lab.world.book.height() + 100 {
        past.advance(lab.world.now_ms).unwrap();
    }
    let liar = lab.world.operators[4].node;
    lab.world.liars.insert(liar, Box::new(TwoFaced(past)));
    for _ in 0..10 {
        lab.contact(ALICE, "nobody");
        lab.pass(60_000);
    }
    let errors = &lab.world.devices[ALICE].contact_errors;
    assert!(
        errors.iter().all(|error| *error == ContactError::UnknownName),
        "{errors:?}"
    );
    assert_eq!(lab.fault(ALICE, 4), Some(NodeFault::Forged));
    assert!(lab.machine(ALICE).evidence().unwrap().is_empty());
}

#[test]
fn lgt_16_whoever_was_away_follows_any_number_of_changes() {
    let mut lab = Lab::among(2);
    lab.world.switch_off(ALICE);
    for _ in 0..20 {
        lab.world.change_operator(None);
        let newest = lab.world.operators.len() - 1;
        let key = lab.world.operators[newest].key.public();
        let now_ms = lab.world.now_ms;
        lab.world
            .book
            .change(now_ms, &Change::Remove { key }, None)
            .unwrap();
    }
    lab.world.change_operator(None);
    lab.pass(60_000);
    lab.world.switch_on(ALICE);
    lab.pass(10_000);
    lab.contact(ALICE, "bob");
    lab.pass(10_000);
    assert_eq!(lab.world.devices[BOB].requests.len(), 1);
    let view = lab.machine(ALICE).directory().unwrap().unwrap();
    assert_eq!(view.operators.len(), 3);
    assert!(
        view.operators
            .iter()
            .all(|operator| operator.name.starts_with("operator "))
    );
    assert!(view.nodes.iter().all(|node| node.last_fault.is_none()));
    assert!(
        !lab.world.devices[ALICE]
            .alarms
            .iter()
            .any(|event| matches!(event, Event::ClockOff { .. }))
    );
}
