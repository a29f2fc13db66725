//! Targets of `archives`: whatever an archive holds is read or refused, within its limits, and twice alike.
//!
//! Included by `crates/archives/tests/corpus.rs` too, so it names nothing but `archives` and what its tests have.

use std::collections::BTreeSet;
use std::io::{Cursor, Read};
use std::ops::ControlFlow;

use xchat_archives::limits::{LABEL_BYTES_MAX, PROBLEMS_MAX, TEXT_BYTES_MAX, TIME_MS_MAX};
use xchat_archives::{Body, Choices, DateOrder, Entry, Files, Item, Listing, ZipFiles, read, recognise};

/// A target: its name, which its corpus has too, and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// All targets of this file.
pub const TARGETS: [Target; 4] = [
    ("archive_telegram", archive_telegram),
    ("archive_whatsapp", archive_whatsapp),
    ("archive_x", archive_x),
    ("archive_zip", archive_zip),
];

/// No packed file is read further by these targets.
const READ_BYTES_MAX: u64 = 1 << 20;

/// Reads one file under a name, twice.
fn read_as(name: &str, bytes: &[u8]) {
    let heard = || {
        let list = [
            (name.to_owned(), 0),
            ("data/account.js".to_owned(), 0),
            ("a.jpg".to_owned(), 0),
        ];
        hear(&mut Listing::new(list, |asked| {
            let bytes = if asked == name {
                bytes
            } else {
                b"[{\"account\":{\"accountId\":\"1\"}}]"
            };
            Ok(Box::new(bytes))
        }))
    };
    assert_eq!(heard(), heard(), "a file is read alike twice");
}

/// What is told holds what the specification says of it.
fn hear(files: &mut dyn Files) -> Vec<Item> {
    let Some(archive) = recognise(files) else {
        return Vec::new();
    };
    let mut items = Vec::new();
    let mut conversations = BTreeSet::new();
    let mut ids = BTreeSet::new();
    let mut problems = 0;
    let mut take = |entry: Entry| {
        match entry {
            Entry::Conversation(conversation) => {
                assert!(conversation.id.len() <= LABEL_BYTES_MAX);
                conversations.insert(conversation.id);
            }
            Entry::Item(item) => {
                assert!(
                    conversations.contains(&item.conversation),
                    "a conversation comes before its items"
                );
                assert!(
                    ids.insert((item.conversation.clone(), item.id.clone())),
                    "an id comes once"
                );
                assert!(item.at_ms <= TIME_MS_MAX);
                if let Body::Message(message) = &item.body {
                    assert!(
                        message
                            .text
                            .as_ref()
                            .is_none_or(|text| text.len() <= TEXT_BYTES_MAX)
                    );
                }
                items.push(item);
            }
            Entry::Problem(problem) => {
                problems += 1;
                assert!(!problem.to_string().is_empty());
            }
            Entry::Own(_) | Entry::Progress(_) => {}
        }
        ControlFlow::Continue(())
    };
    let choices = Choices {
        date_order: Some(DateOrder::DayFirst),
        name: Some("WhatsApp Chat - Bob.zip".to_owned()),
        ..Choices::default()
    };
    let progress = read(files, &archive, &choices, &mut take).expect("nothing is left to choose");
    assert!(problems <= PROBLEMS_MAX && problems <= progress.problems);
    items
}

/// The messages of an archive of X.
pub fn archive_x(bytes: &[u8]) {
    read_as("data/direct-messages.js", bytes);
    read_as("data/direct-messages-group.js", bytes);
}

/// A chat of WhatsApp.
pub fn archive_whatsapp(bytes: &[u8]) {
    read_as("WhatsApp Chat with Bob.txt", bytes);
}

/// An export of Telegram.
pub fn archive_telegram(bytes: &[u8]) {
    read_as("result.json", bytes);
}

/// A zip, and whatever archive is in it.
pub fn archive_zip(bytes: &[u8]) {
    let Ok(mut files) = ZipFiles::new(Cursor::new(bytes)) else {
        return;
    };
    let directory = files.directory();
    for name in directory.names("").take(20) {
        if let Ok(file) = files.open(name) {
            // That it fails is its right.
            let _ = std::io::copy(&mut file.take(READ_BYTES_MAX), &mut std::io::sink());
        }
    }
    hear(&mut files);
}
