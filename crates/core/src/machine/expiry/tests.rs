//! What is left of a message that went, byte by byte, in a database whose pages can be read.

use std::path::Path;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use xchat_proto::ids::{AccountId, LogId, MessageId};
use xchat_proto::limits::TIMER_S_MIN;

use super::*;
use crate::database;
use crate::io::Input;
use crate::machine::{DeleteFor, Outgoing};
use crate::meta::{self, Key};
use crate::rows::message::{self, NewMessage};

const NOW_MS: u64 = 1_800_000_000_000;
const TIMER_MS: u64 = TIMER_S_MIN as u64 * 1000;
const BOB: AccountId = AccountId([9; 32]);

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::from_seed([1; 32])
}

/// Alice's machine on a file that is not encrypted, and her conversation with Bob, which has not come to stand: what is
/// written waits.
fn machine(path: &Path) -> (Machine, ConversationId) {
    let mut machine = Machine::open(database::unencrypted(path), None, NOW_MS, &mut rng()).unwrap();
    machine.create_account(NOW_MS, &mut rng()).unwrap();
    machine.account.as_mut().unwrap().name = Some("alice".parse().unwrap());
    meta::put(&machine.connection, Key::Account, &machine.account).unwrap();
    let (log, homes) = (LogId([7; 32]), crate::rows::conversation::Homes::default());
    let mut conversation = Conversation::new(log, homes, "bob".parse().unwrap(), BOB, NOW_MS);
    conversation.insert(&machine.connection).unwrap();
    (machine, conversation.id)
}

fn write(machine: &mut Machine, conversation: ConversationId, text: &str, timer_s: u32) -> i64 {
    let outgoing = Outgoing {
        text: text.to_owned(),
        timer_s: Some(timer_s),
        ..Outgoing::default()
    };
    let view = machine.send(NOW_MS, &mut rng(), conversation, outgoing);
    view.unwrap().row
}

/// A content of Bob's, as it is stored when it comes.
fn receive(machine: &mut Machine, conversation: ConversationId, content: &Content) -> (i64, MessageId) {
    let (device, bytes) = (PublicKey([3; 32]), content.encode().unwrap());
    let id = content.id(&device, &LogId([7; 32]), &bytes);
    let row = machine.step(NOW_MS, &mut rng(), |step| {
        let (kind, target) = acts::kind(content);
        let new = NewMessage {
            conversation,
            device,
            id,
            counter: content.counter,
            clock_ms: content.clock_ms,
            stored_ms: NOW_MS,
            kind,
            author: Some(&BOB),
            target: target.as_ref(),
            is_forwarded: false,
            content: &bytes,
            text: &acts::text(content, kind),
        };
        let row = message::insert(step.connection, &new)?.unwrap();
        expiry::set(step.connection, row, TIMER_S_MIN, NOW_MS + TIMER_MS)?;
        plan(step)?;
        let conversation = Conversation::by_id(step.connection, conversation)?.unwrap();
        acts::stored(step, &conversation, (kind, target))?;
        Ok::<_, MachineError>(row)
    });
    (row.unwrap(), id)
}

fn content(counter: u64, replaces: Option<MessageId>, text: &str) -> Content {
    Content {
        salt: [5; 16],
        replaces,
        timer_s: Some(TIMER_S_MIN),
        in_reply_to: None,
        counter,
        clock_ms: NOW_MS + counter,
        is_forwarded: false,
        answers: Vec::new(),
        part: Part::Text(text.to_owned()),
    }
}

/// Which of these words the files of a folder hold, in whatever place.
fn found<'w>(folder: &Path, words: &[&'w str]) -> Vec<&'w str> {
    let files = std::fs::read_dir(folder).unwrap();
    let bytes: Vec<Vec<u8>> = files
        .map(|file| std::fs::read(file.unwrap().path()).unwrap())
        .collect();
    let holds = |word: &str| {
        bytes
            .iter()
            .any(|bytes| bytes.windows(word.len()).any(|part| part == word.as_bytes()))
    };
    words.iter().copied().filter(|word| holds(word)).collect()
}

#[test]
fn db_03_nothing_of_what_went_is_left_on_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let (mut machine, chat) = machine(&folder.path().join("profile.db"));
    let long = "narwhal ".repeat(8_000);
    let expiring = ["albatross", "bumblebee", "cormorant", "dromedary", "narwhal"];
    let deleted = ["elephant", "flamingo", "guineafowl"];
    let row = write(&mut machine, chat, expiring[0], TIMER_S_MIN);
    machine.edit(NOW_MS, &mut rng(), row, expiring[1]).unwrap();
    write(&mut machine, chat, &long, TIMER_S_MIN);
    let (_, theirs) = receive(&mut machine, chat, &content(1, None, expiring[2]));
    receive(&mut machine, chat, &content(2, Some(theirs), expiring[3]));
    let row = write(&mut machine, chat, deleted[0], 0);
    machine.edit(NOW_MS, &mut rng(), row, deleted[1]).unwrap();
    let for_me = receive(&mut machine, chat, &content(3, None, deleted[2])).0;
    write(&mut machine, chat, "hippopotamus", 0);
    // Some of it gets from the log into the database itself.
    machine
        .connection
        .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
        .unwrap();
    write(&mut machine, chat, "iguana", 0);
    assert_eq!(found(folder.path(), &expiring), expiring);
    assert_eq!(found(folder.path(), &deleted), deleted);
    machine
        .delete(NOW_MS, &mut rng(), row, DeleteFor::Everyone)
        .unwrap();
    machine.delete(NOW_MS, &mut rng(), for_me, DeleteFor::Me).unwrap();
    assert_eq!(found(folder.path(), &deleted), [""; 0]);
    assert_eq!(found(folder.path(), &expiring), expiring);
    machine
        .handle(NOW_MS + TIMER_MS, &mut rng(), Input::Wake)
        .unwrap();
    assert_eq!(found(folder.path(), &expiring), [""; 0]);
    let others = ["hippopotamus", "iguana"];
    assert_eq!(found(folder.path(), &others), others);
}

#[test]
fn db_03_what_somebody_reads_at_the_moment_goes_when_they_have_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("profile.db");
    let (mut machine, chat) = machine(&path);
    write(&mut machine, chat, "jackdaw", TIMER_S_MIN);
    let reader = database::unencrypted(&path);
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM message")
        .unwrap();
    let later_ms = NOW_MS + TIMER_MS;
    machine.handle(later_ms, &mut rng(), Input::Wake).unwrap();
    assert_eq!(found(folder.path(), &["jackdaw"]), ["jackdaw"]);
    assert_eq!(machine.wake_at(), Some(later_ms + SCRUB_AGAIN_MS));
    reader.execute_batch("COMMIT").unwrap();
    machine
        .handle(later_ms + SCRUB_AGAIN_MS, &mut rng(), Input::Wake)
        .unwrap();
    assert_eq!(found(folder.path(), &["jackdaw"]), [""; 0]);
}

#[test]
fn db_03_a_crash_before_the_log_is_emptied_leaves_it_to_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("profile.db");
    let (mut machine, chat) = machine(&path);
    write(&mut machine, chat, "kingfisher", TIMER_S_MIN);
    let reader = database::unencrypted(&path);
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM message")
        .unwrap();
    let later_ms = NOW_MS + TIMER_MS;
    machine.handle(later_ms, &mut rng(), Input::Wake).unwrap();
    let connection = machine.into_connection();
    reader.execute_batch("COMMIT").unwrap();
    assert_eq!(found(folder.path(), &["kingfisher"]), ["kingfisher"]);
    let opened = Machine::open(connection, None, later_ms, &mut rng()).unwrap();
    assert_eq!(found(folder.path(), &["kingfisher"]), [""; 0]);
    assert!(opened.messages(chat, None, 9).unwrap().is_empty());
}

#[test]
fn cht_02_nothing_of_a_deleted_conversation_is_left_on_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let (mut machine, chat) = machine(&folder.path().join("profile.db"));
    let words = ["lobster", "mongoose", "nightingale", "ocelot", "porcupine"];
    let (_, theirs) = receive(&mut machine, chat, &content(1, None, words[0]));
    receive(&mut machine, chat, &content(2, Some(theirs), words[1]));
    // The message that it changes never comes.
    receive(
        &mut machine,
        chat,
        &content(3, Some(MessageId([2; 32])), words[2]),
    );
    machine.set_draft(NOW_MS, &mut rng(), chat, words[3]).unwrap();
    let due_ms = NOW_MS + TIMER_MS;
    machine
        .schedule(NOW_MS, &mut rng(), chat, words[4].into(), due_ms)
        .unwrap();
    assert_eq!(found(folder.path(), &words), words);
    machine.clear_chat(NOW_MS, &mut rng(), chat).unwrap();
    assert_eq!(found(folder.path(), &words), [""; 0]);
}

#[test]
fn cht_02_what_had_only_begun_to_be_written_goes_too() {
    let folder = tempfile::tempdir().unwrap();
    let (mut machine, chat) = machine(&folder.path().join("profile.db"));
    machine.set_draft(NOW_MS, &mut rng(), chat, "quokka").unwrap();
    machine.clear_chat(NOW_MS, &mut rng(), chat).unwrap();
    assert_eq!(found(folder.path(), &["quokka"]), [""; 0]);
}
