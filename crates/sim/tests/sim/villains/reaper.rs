//! Death at the worst moment, again and again.

use xchat_core::io::ConversationState;

use super::lab::Lab;
use crate::people::{ALICE, BOB};

#[test]
fn sim_17_a_sound_database_is_not_taken_for_an_old_copy() {
    let mut lab = Lab::friends(true);
    let first = lab.write(ALICE);
    lab.pass(5_000);
    for _ in 0..3 {
        // What it would keep outside never gets there.
        lab.world.die_at_start(ALICE);
    }
    lab.pass(10_000);
    assert_eq!(lab.view(ALICE).state, ConversationState::Active);
    let second = lab.write(ALICE);
    lab.pass(10_000);
    assert_eq!(lab.texts(BOB), [first, second]);
}
