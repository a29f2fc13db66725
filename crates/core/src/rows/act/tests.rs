//! What is kept of acts.

use xchat_proto::ids::LogId;

use super::*;
use crate::database;
use crate::rows::conversation::{Conversation, Homes};
use crate::rows::message::{self, NewMessage};

const BOB: AccountId = AccountId([9; 32]);
const TARGET: MessageId = MessageId([1; 32]);

/// An act of a device, as it is stored when it comes.
fn comes(connection: &Connection, conversation: ConversationId, device: u8, counter: u64, kind: Kind) {
    let device = PublicKey([device; 32]);
    let id = Hash::of("an act", &[&device.0, &counter.to_be_bytes()]);
    let new = NewMessage {
        conversation,
        device,
        id: MessageId(id.0),
        counter,
        clock_ms: counter,
        stored_ms: 0,
        kind,
        author: Some(&BOB),
        target: Some(&TARGET),
        is_forwarded: false,
        content: b"narwhal",
        text: "",
    };
    message::insert(connection, &new).unwrap().unwrap();
    keep_first(connection, conversation, &device, &TARGET).unwrap();
}

#[test]
fn act_06_nothing_is_kept_of_acts_that_do_not_count() {
    let connection = database::in_memory().unwrap();
    let homes = Homes::default();
    let mut conversation = Conversation::new(LogId([7; 32]), homes, "bob".parse().unwrap(), BOB, 0);
    conversation.insert(&connection).unwrap();
    let most = u64::try_from(ACTS_MAX).unwrap();
    // The later half comes first.
    for counter in (most..2 * most).chain(1..most) {
        comes(&connection, conversation.id, 3, counter, Kind::Edit);
    }
    for counter in 2 * most..2 * most + 9 {
        comes(&connection, conversation.id, 3, counter, Kind::Delete);
    }
    comes(&connection, conversation.id, 4, 2 * most, Kind::Reaction);
    let mut kept = on(&connection, conversation.id, &TARGET).unwrap();
    kept.sort_by_key(|act| (act.device, act.counter));
    let counters: Vec<u64> = kept.iter().map(|act| act.counter).collect();
    let wanted: Vec<u64> = (1..=most).chain([2 * most, 2 * most]).collect();
    assert_eq!(counters, wanted);
    let sql = "SELECT count(*) FROM message WHERE content = CAST('narwhal' AS BLOB)";
    let texts: i64 = connection.query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(texts, i64::try_from(most).unwrap() + 2);
    let places = message::contiguous(&connection, conversation.id, &PublicKey([3; 32]), 0);
    assert_eq!(places.unwrap(), 2 * most + 8);
}
