//! Who may vote when.

use super::*;

const NOON_MS: u64 = 1_800_000_000_000;

fn at(height: u64, epoch: u64, began_ms: u64) -> Input {
    Input::Chain(Standing {
        height,
        epoch,
        began_ms: Some(began_ms),
        certified_ms: None,
        is_member: true,
    })
}

fn role_of(outputs: &[Output]) -> Option<Role> {
    outputs.iter().find_map(|output| match output {
        Output::Become { role, .. } => Some(*role),
        Output::Remember(_) => None,
    })
}

fn memory_of(outputs: &[Output]) -> Option<Memory> {
    outputs.iter().find_map(|output| match output {
        Output::Remember(memory) => Some(*memory),
        Output::Become { .. } => None,
    })
}

#[test]
fn the_only_validator_of_a_network_votes_at_once() {
    let mut duty = Duty::new(NOON_MS, None, true);
    let outputs = duty.handle(NOON_MS, at(0, 0, NOON_MS - 1));
    assert_eq!(role_of(&outputs), Some(Role::Validator));
    let memory = memory_of(&outputs).unwrap();
    assert!(memory.from_start);
    assert_eq!(memory.voted, Some(0));
    assert!(
        matches!(outputs.first(), Some(Output::Remember(_))),
        "the memory is on disk before the first vote"
    );
}

#[test]
fn an_empty_folder_waits_until_nobody_has_more_or_the_wait_is_over() {
    let mut told = Duty::new(NOON_MS, None, false);
    assert_eq!(role_of(&told.handle(NOON_MS, at(0, 0, 0))), Some(Role::Waiting));
    assert_eq!(
        role_of(&told.handle(NOON_MS + 1, Input::NobodyHasMore)),
        Some(Role::Validator)
    );

    let mut patient = Duty::new(NOON_MS, None, false);
    patient.handle(NOON_MS, at(0, 0, 0));
    let wakes_ms = patient.wakes_ms().unwrap();
    assert_eq!(role_of(&patient.handle(wakes_ms - 1, Input::Tick)), None);
    assert_eq!(
        role_of(&patient.handle(wakes_ms, Input::Tick)),
        Some(Role::Validator)
    );
    assert_eq!(patient.wakes_ms(), None);
}

#[test]
fn a_wiped_validator_votes_in_an_epoch_that_began_after_it_woke() {
    let mut duty = Duty::new(NOON_MS, None, false);
    duty.handle(NOON_MS, at(0, 0, 0));
    // Others have blocks: it catches up through epochs that it may have voted in, and into the present one.
    for epoch in 0..5 {
        let began_ms = NOON_MS - 1000 * (5 - epoch);
        duty.handle(NOON_MS + 10, at(epoch * 10 + 3, epoch, began_ms));
        assert_eq!(duty.role(), Role::Recovering, "epoch {epoch}");
    }
    // Being told that nobody has more is no permission once there are blocks.
    assert!(duty.handle(NOON_MS + 20, Input::NobodyHasMore).is_empty());
    duty.handle(NOON_MS + 30, at(50, 5, NOON_MS + BIRTH_MARGIN_MS));
    assert_eq!(duty.role(), Role::Recovering, "clocks may differ");
    duty.handle(NOON_MS + 40, at(60, 6, NOON_MS + BIRTH_MARGIN_MS + 1));
    assert_eq!(duty.role(), Role::Validator);
}

#[test]
fn a_wiped_validator_votes_above_a_certified_block_that_is_younger_than_itself() {
    let mut duty = Duty::new(NOON_MS, None, false);
    let at = |certified_ms: u64| {
        Input::Chain(Standing {
            height: 7,
            epoch: 0,
            began_ms: Some(0),
            certified_ms: Some(certified_ms),
            is_member: true,
        })
    };
    duty.handle(NOON_MS + 90_000, at(NOON_MS + BIRTH_MARGIN_MS));
    assert_eq!(
        duty.role(),
        Role::Recovering,
        "not its own clock counts, but the block's time"
    );
    duty.handle(NOON_MS + 90_000, at(NOON_MS + BIRTH_MARGIN_MS + 1));
    assert_eq!(duty.role(), Role::Validator);
}

#[test]
fn a_restart_goes_on_where_it_voted_and_only_forward() {
    let memory = Memory {
        born_ms: NOON_MS,
        from_start: false,
        voted: Some(7),
    };
    let mut duty = Duty::new(NOON_MS + 5, Some(memory), false);
    duty.handle(NOON_MS + 5, at(75, 7, NOON_MS - 5));
    assert_eq!(duty.role(), Role::Validator, "its votes of epoch 7 are on disk");

    let mut behind = Duty::new(NOON_MS + 5, Some(memory), false);
    behind.handle(NOON_MS + 5, at(65, 6, NOON_MS + 10 * BIRTH_MARGIN_MS));
    assert_eq!(behind.role(), Role::Recovering, "an older copy of the directory");
}

#[test]
fn a_key_outside_the_set_follows_and_votes_when_it_is_let_in() {
    let mut duty = Duty::new(NOON_MS, None, false);
    let outside = Standing {
        height: 12,
        epoch: 1,
        began_ms: Some(NOON_MS - 9),
        certified_ms: None,
        is_member: false,
    };
    assert_eq!(
        role_of(&duty.handle(NOON_MS, Input::Chain(outside))),
        Some(Role::Follower)
    );
    duty.handle(NOON_MS, at(20, 2, NOON_MS + BIRTH_MARGIN_MS + 1));
    assert_eq!(duty.role(), Role::Validator);
    let removed = Standing {
        height: 30,
        epoch: 3,
        ..outside
    };
    assert_eq!(
        role_of(&duty.handle(NOON_MS, Input::Chain(removed))),
        Some(Role::Follower)
    );
}

#[test]
fn an_epoch_whose_beginning_is_forgotten_is_followed() {
    let mut duty = Duty::new(NOON_MS, None, false);
    let standing = Standing {
        height: 1_000,
        epoch: 9,
        began_ms: None,
        certified_ms: None,
        is_member: true,
    };
    duty.handle(NOON_MS, Input::Chain(standing));
    assert_eq!(duty.role(), Role::Recovering);
}
