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
    let outputs = duty.handle(at(0, 0, NOON_MS - 1));
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
fn cns_05_an_empty_folder_waits_until_a_quorum_says_that_it_has_no_block() {
    let mut duty = Duty::new(NOON_MS, None, false);
    assert_eq!(role_of(&duty.handle(at(0, 0, 0))), Some(Role::Waiting));
    assert!(duty.handle(at(0, 0, 0)).is_empty(), "however often it looks");
    let outputs = duty.handle(Input::QuorumIsNew);
    assert_eq!(role_of(&outputs), Some(Role::Validator));
    assert!(memory_of(&outputs).unwrap().from_start);
}

#[test]
fn cns_05_blocks_of_others_end_the_wait_and_show_that_the_folder_is_not_from_the_start() {
    let mut duty = Duty::new(NOON_MS, None, false);
    duty.handle(at(0, 0, 0));
    let outputs = duty.handle(at(3, 0, 0));
    assert_eq!(role_of(&outputs), Some(Role::Recovering));
    assert!(duty.handle(Input::QuorumIsNew).is_empty());
    duty.handle(at(12, 1, NOON_MS));
    assert_eq!(duty.role(), Role::Recovering, "in the next epoch too");
}

#[test]
fn a_wiped_validator_votes_in_an_epoch_that_began_after_it_woke() {
    let mut duty = Duty::new(NOON_MS, None, false);
    duty.handle(at(0, 0, 0));
    // Others have blocks: it catches up through epochs that it may have voted in, and into the present one.
    for epoch in 0..5 {
        let began_ms = NOON_MS - 1000 * (5 - epoch);
        duty.handle(at(epoch * 10 + 3, epoch, began_ms));
        assert_eq!(duty.role(), Role::Recovering, "epoch {epoch}");
    }
    duty.handle(at(50, 5, NOON_MS + BIRTH_MARGIN_MS));
    assert_eq!(duty.role(), Role::Recovering, "clocks may differ");
    duty.handle(at(60, 6, NOON_MS + BIRTH_MARGIN_MS + 1));
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
    duty.handle(at(NOON_MS + BIRTH_MARGIN_MS));
    assert_eq!(
        duty.role(),
        Role::Recovering,
        "not its own clock counts, but the block's time"
    );
    duty.handle(at(NOON_MS + BIRTH_MARGIN_MS + 1));
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
    duty.handle(at(75, 7, NOON_MS - 5));
    assert_eq!(duty.role(), Role::Validator, "its votes of epoch 7 are on disk");

    let mut behind = Duty::new(NOON_MS + 5, Some(memory), false);
    behind.handle(at(65, 6, NOON_MS + 10 * BIRTH_MARGIN_MS));
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
    assert_eq!(role_of(&duty.handle(Input::Chain(outside))), Some(Role::Follower));
    duty.handle(at(20, 2, NOON_MS + BIRTH_MARGIN_MS + 1));
    assert_eq!(duty.role(), Role::Validator);
    let removed = Standing {
        height: 30,
        epoch: 3,
        ..outside
    };
    assert_eq!(role_of(&duty.handle(Input::Chain(removed))), Some(Role::Follower));
}

#[test]
fn cns_06_a_key_that_was_never_used_votes_in_whatever_epoch_it_is_let_into() {
    let mut duty = Duty::new(NOON_MS, Some(Memory::of_unused(NOON_MS)), false);
    // Let in before its node ran first.
    duty.handle(at(20, 2, NOON_MS - 3_600_000));
    assert_eq!(duty.role(), Role::Validator);
    let mut first = Duty::new(NOON_MS, Some(Memory::of_unused(NOON_MS)), false);
    first.handle(at(0, 0, 0));
    assert_eq!(first.role(), Role::Validator, "nobody needs to be asked");
}

#[test]
fn right_after_a_snapshot_even_one_that_was_there_from_the_start_follows() {
    for voted in [3, 40] {
        let memory = Memory {
            born_ms: NOON_MS,
            from_start: true,
            voted: Some(voted),
        };
        let mut duty = Duty::new(NOON_MS + 5, Some(memory), false);
        let standing = Standing {
            height: 403,
            epoch: 40,
            began_ms: None,
            certified_ms: None,
            is_member: true,
        };
        duty.handle(Input::Chain(standing));
        assert_eq!(duty.role(), Role::Recovering, "nothing to start from");
        let next = Standing {
            height: 404,
            certified_ms: Some(NOON_MS + 6),
            ..standing
        };
        duty.handle(Input::Chain(next));
        assert_eq!(duty.role(), Role::Validator, "it remembers its votes");
    }
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
    duty.handle(Input::Chain(standing));
    assert_eq!(duty.role(), Role::Recovering);
}
