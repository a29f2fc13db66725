//! What waits for the next flush, and what is on disk before it comes out.

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use xchat_proto::codec::Blob;
use xchat_proto::ids::NodeId;

use super::*;
use crate::database;
use crate::io::{ConversationId, MessageState, Unreachable};
use xchat_proto::ids::MessageId;

const LOG: LogId = LogId([7; 32]);

fn machine() -> Machine {
    let connection = database::in_memory().unwrap();
    connection
        .execute(
            "INSERT INTO conversation (id, log, homes, peer_name, peer_account, state, epoch, cursor)
             VALUES (1, ?1, x'80', 'bob', zeroblob(32), 2, 0, 0)",
            [LOG.as_bytes()],
        )
        .unwrap();
    let hash = Hash::of_envelope(b"known");
    connection
        .execute(
            "INSERT INTO seen (conversation, hash) VALUES (1, ?1)",
            [hash.as_bytes()],
        )
        .unwrap();
    Machine::open(connection, None, 1, &mut ChaCha20Rng::from_seed([1; 32])).unwrap()
}

fn entry(envelope: &[u8]) -> Input {
    Input::Subscription {
        log: LOG,
        epoch: 0,
        frame: SubscriptionFrame::Entry(Entry {
            index: 3,
            body: EntryBody::Envelope(Blob::new(envelope.to_vec()).unwrap()),
        }),
    }
}

fn level(machine: &Machine) -> i64 {
    machine
        .connection
        .query_row("PRAGMA synchronous", [], |row| row.get(0))
        .unwrap()
}

#[test]
fn only_what_can_be_learnt_again_waits_for_the_next_flush() {
    let machine = machine();
    let of = |input: &Input| of(&machine.connection, input).unwrap();
    let reply = |outcome| Input::Home { tag: 1, outcome };
    assert_eq!(of(&entry(b"known")), Durability::WithTheNext);
    assert_eq!(
        of(&reply(Ok(Reply::Appended { index: 0 }))),
        Durability::WithTheNext
    );
    assert_eq!(of(&entry(b"new")), Durability::OnDisk);
    assert_eq!(of(&reply(Ok(Reply::Done))), Durability::OnDisk);
    assert_eq!(of(&reply(Err(Unreachable))), Durability::OnDisk);
    assert_eq!(of(&Input::Wake), Durability::OnDisk);
    assert_eq!(of(&Input::PeerUp(NodeId([1; 32]))), Durability::OnDisk);
}

#[test]
fn the_database_follows_each_time() {
    const FULL: i64 = 2;
    const NORMAL: i64 = 1;
    let mut machine = machine();
    for _ in 0..3 {
        machine.set_durability(Durability::WithTheNext).unwrap();
        assert_eq!(level(&machine), NORMAL);
        machine.set_durability(Durability::OnDisk).unwrap();
        assert_eq!(level(&machine), FULL);
    }
}

#[test]
fn what_leaves_the_device_is_on_disk_first() {
    let state = Output::Event(Event::State {
        conversation: ConversationId(1),
        id: MessageId([1; 32]),
        state: MessageState::Sent,
    });
    let flushes = |machine: &Machine| -> Option<Vec<u8>> {
        let sql = "SELECT value FROM meta WHERE key = 'flushed'";
        machine
            .connection
            .query_row(sql, [], |row| row.get(0))
            .optional()
            .unwrap()
    };
    let mut machine = machine();
    machine.set_durability(Durability::WithTheNext).unwrap();
    machine.ensure_durable(&[state]).unwrap();
    assert_eq!(machine.durability, Durability::WithTheNext);
    assert_eq!(flushes(&machine), None);
    for _ in 0..2 {
        let before = flushes(&machine);
        machine.set_durability(Durability::WithTheNext).unwrap();
        machine.ensure_durable(&[Output::Mark([1; 32])]).unwrap();
        assert_eq!(machine.durability, Durability::OnDisk);
        assert_ne!(
            flushes(&machine),
            before,
            "a commit that changes nothing is not flushed"
        );
    }
}
