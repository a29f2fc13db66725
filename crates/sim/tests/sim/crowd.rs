//! Many conversations at once: a rule of docs/spec/conversation.md.

use xchat_core::io::MessageState;

use crate::people::{ALICE, contact, machine, people, with};

#[test]
fn cnv_07_no_conversation_is_crowded_out_for_good() {
    let mut world = people(1, 3);
    world.add_device("dave", 0).unwrap();
    world.run_for(10_000);
    let others = ["bob", "carol", "dave"];
    for other in others {
        contact(&mut world, ALICE, other);
    }
    let note = world.call(ALICE, |machine, now_ms, rng| machine.note(now_ms, rng));
    world.run_for(5_000);
    let mut conversations = others.map(|other| with(&world, ALICE, other)).to_vec();
    conversations.push(note.unwrap().unwrap());
    // More than may be on their way together, before the first is answered.
    for conversation in &conversations {
        for _ in 0..64 {
            world.write(ALICE, *conversation).unwrap();
        }
    }
    world.run_for(20_000);
    for conversation in conversations {
        let all = machine(&world, ALICE).messages(conversation, None, 500).unwrap();
        assert_eq!(all.len(), 64);
        let waiting = all.iter().filter(|message| message.state < MessageState::Sent);
        assert_eq!(waiting.count(), 0);
    }
}
