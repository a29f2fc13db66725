//! What the library keeps, finds, sends and forgets.

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use xchat_proto::codec::{Blob, Text};
use xchat_proto::ids::{AccountId, Hash, LogId};

use super::*;
use crate::content::{FileKey, Media, MediaKind};
use crate::database;
use crate::io::LibraryKind;
use crate::machine::writing::NewFile;
use crate::meta::{self, Key};
use crate::rows::conversation::{Conversation, Homes};

const NOW_MS: u64 = 1_800_000_000_000;

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::from_seed([1; 32])
}

/// Alice's machine, and her conversation with Bob.
fn machine() -> (Machine, ConversationId) {
    let connection = database::in_memory().unwrap();
    let mut machine = Machine::open(connection, None, NOW_MS, &mut rng()).unwrap();
    machine.create_account(NOW_MS, &mut rng()).unwrap();
    machine.account.as_mut().unwrap().name = Some("alice".parse().unwrap());
    meta::put(&machine.connection, Key::Account, &machine.account).unwrap();
    let (log, bob) = (LogId([7; 32]), AccountId([9; 32]));
    let mut conversation = Conversation::new(log, Homes::default(), "bob".parse().unwrap(), bob, NOW_MS);
    conversation.insert(&machine.connection).unwrap();
    while machine.poll_output().is_some() {}
    (machine, conversation.id)
}

fn picture(number: u16, file: u8) -> NewLibraryItem {
    let [high, low] = number.to_be_bytes();
    let mut digest = [0; 32];
    (digest[0], digest[1]) = (high, low);
    let mut on_disk = [file; 16];
    (on_disk[0], on_disk[1]) = (high, low);
    NewLibraryItem {
        file: on_disk,
        content: File {
            name: Text::new("Party Cat.gif".to_owned()).unwrap(),
            media_type: Text::new("image/gif".to_owned()).unwrap(),
            description: Text::default(),
            size: 1000,
            hash: Hash([file; 32]),
            key: FileKey {
                key: [file; 32],
                nonce: [file; 7],
            },
            media: Media {
                kind: MediaKind::Gif,
                width: 40,
                height: 30,
                preview: Blob::new(vec![1; 20]).unwrap(),
                ..Media::default()
            },
        },
        digest,
        kind: LibraryKind::Gif,
        tags: Vec::new(),
    }
}

fn tagged(number: u16, tags: &[&str]) -> NewLibraryItem {
    NewLibraryItem {
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        ..picture(number, 1)
    }
}

fn add(machine: &mut Machine, now_ms: u64, item: NewLibraryItem) -> LibraryItem {
    machine.add_to_library(now_ms, &mut rng(), item).unwrap().0
}

fn found(machine: &Machine, text: &str) -> Vec<i64> {
    let query = LibraryQuery {
        text: text.to_owned(),
        limit: 100,
        ..LibraryQuery::default()
    };
    let page = machine.library(&query).unwrap();
    assert_eq!(page.total, page.items.len());
    page.items.into_iter().map(|item| item.id.0).collect()
}

fn erased(machine: &mut Machine) -> Vec<[u8; 16]> {
    let mut files = Vec::new();
    while let Some(output) = machine.poll_output() {
        if let Output::Blob(BlobOutput::Erase { file }) = output {
            files.push(file);
        }
    }
    files
}

#[test]
fn lib_01_what_is_added_again_is_there_once() {
    let (mut machine, _) = machine();
    let first = tagged(1, &["party", "  blue   cat "]);
    let before = first.file;
    let (kept, is_new) = machine.add_to_library(NOW_MS, &mut rng(), first).unwrap();
    assert!(is_new);
    assert_eq!(kept.tags, ["party", "blue cat"]);
    let again = NewLibraryItem {
        tags: vec!["PARTY".to_owned(), "yes".to_owned()],
        ..picture(1, 2)
    };
    let now = again.file;
    let (known, is_new) = machine.add_to_library(NOW_MS + 5, &mut rng(), again).unwrap();
    assert!(!is_new);
    assert_eq!((known.id, known.used_ms), (kept.id, NOW_MS));
    assert_eq!(known.tags, ["party", "blue cat", "yes"]);
    // The newer file is kept, so that one that was damaged is whole again.
    let (_, told, sealed) = machine.library_item(kept.id).unwrap();
    assert_eq!((sealed.blob.file, told.key.key), (now, [2; 32]));
    assert_eq!(erased(&mut machine), [before]);
    assert_eq!(
        machine.blob_files().unwrap().into_iter().collect::<Vec<_>>(),
        [now]
    );
    assert_eq!(found(&machine, "").len(), 1);
}

#[test]
fn lib_02_limits_hold() {
    let (mut machine, _) = machine();
    let refused = |machine: &mut Machine, item| {
        let refusal = machine.add_to_library(NOW_MS, &mut rng(), item).unwrap_err();
        refusal.code()
    };
    let mut large = picture(1, 1);
    large.content.size = LIBRARY_ITEM_BYTES_MAX + 1;
    assert_eq!(refused(&mut machine, large), "item-too-large");
    for media_type in ["image/svg+xml", "image/avif", "video/mp4", ""] {
        let mut other = picture(1, 1);
        other.content.media_type = Text::new(media_type.to_owned()).unwrap();
        assert_eq!(refused(&mut machine, other), "no-picture");
    }
    let mut flat = picture(1, 1);
    flat.content.media.width = 0;
    assert_eq!(refused(&mut machine, flat), "no-picture");
    let long = "x".repeat(LIBRARY_TAG_BYTES_MAX + 1);
    assert_eq!(refused(&mut machine, tagged(1, &[long.as_str()])), "too-long");
    let many: Vec<String> = (0..=LIBRARY_TAGS_MAX).map(|tag| tag.to_string()).collect();
    let many = NewLibraryItem {
        tags: many,
        ..picture(1, 1)
    };
    assert_eq!(refused(&mut machine, many), "too-many-tags");
    let too_long = LibraryQuery {
        text: "x".repeat(LIBRARY_QUERY_BYTES_MAX + 1),
        ..LibraryQuery::default()
    };
    assert_eq!(machine.library(&too_long).unwrap_err().code(), "too-long");
    assert_eq!(found(&machine, ""), [0; 0]);

    // All in one transaction, which is quicker.
    machine
        .step(NOW_MS, &mut rng(), |step| {
            for number in 0..LIBRARY_ITEMS_MAX {
                let number = u16::try_from(number).unwrap();
                library::insert(step.connection, &picture(number, 1), NOW_MS)?;
            }
            Ok::<_, MachineError>(())
        })
        .unwrap();
    assert_eq!(refused(&mut machine, picture(u16::MAX, 1)), "library-full");
    // What is there can be added again.
    assert!(
        !machine
            .add_to_library(NOW_MS, &mut rng(), picture(7, 2))
            .unwrap()
            .1
    );
}

#[test]
fn lib_04_what_is_sent_stands_first_and_tells_neither_name_nor_tags() {
    let (mut machine, conversation) = machine();
    let old = add(&mut machine, NOW_MS, tagged(1, &["secret"])).id;
    let new = add(&mut machine, NOW_MS + 1, picture(2, 1)).id;
    assert_eq!(found(&machine, ""), [new.0, old.0]);
    let (_, told, _) = machine.library_item(old).unwrap();
    assert_eq!(
        (told.name.as_str(), told.media.kind),
        ("animation.gif", MediaKind::Gif)
    );
    let outgoing = |copies: u8| Outgoing {
        files: (0..copies)
            .map(|_| NewFile {
                file: [8; 16],
                content: told.clone(),
            })
            .collect(),
        ..Outgoing::default()
    };
    // What is not taken is not noted as used.
    let refused = machine.send_from_library(NOW_MS + 2, &mut rng(), ConversationId(99), outgoing(1), old);
    assert_eq!(refused.unwrap_err().code(), "unknown-conversation");
    let empty = machine.send_from_library(NOW_MS + 2, &mut rng(), conversation, outgoing(0), old);
    assert_eq!(empty.unwrap_err().code(), "empty");
    assert_eq!(found(&machine, ""), [new.0, old.0]);
    let sent = machine.send_from_library(NOW_MS + 2, &mut rng(), conversation, outgoing(1), old);
    let sent = sent.unwrap();
    assert_eq!(
        (sent.files[0].kind, sent.files[0].name.as_str()),
        (MediaKind::Gif, "animation.gif")
    );
    assert_eq!(found(&machine, ""), [old.0, new.0]);
    // The message has a file of its own, and stays what it is.
    machine.remove_library_item(NOW_MS, &mut rng(), old).unwrap();
    let files = machine.blob_files().unwrap();
    assert!(files.contains(&[8; 16]));
    assert!(machine.message(sent.row).unwrap().unwrap().files[0].is_here);
    // A clock that goes back takes no place away.
    let mut other = outgoing(1);
    other.files[0].file = [9; 16];
    let before = machine.send_from_library(NOW_MS, &mut rng(), conversation, other, new);
    before.unwrap();
    assert_eq!(machine.library_item(new).unwrap().0.used_ms, NOW_MS + 1);
}

#[test]
fn lib_05_what_is_removed_is_erased() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("profile.db");
    let mut machine = Machine::open(database::unencrypted(&path), None, NOW_MS, &mut rng()).unwrap();
    let mut item = tagged(1, &["word-that-goes"]);
    item.content.key.key = *b"this key opens it, and nothing s";
    let file = item.file;
    let kept = add(&mut machine, NOW_MS, item).id;
    assert!(erased(&mut machine).is_empty());
    machine.remove_library_item(NOW_MS, &mut rng(), kept).unwrap();
    assert_eq!(erased(&mut machine), [file]);
    assert!(machine.blob_files().unwrap().is_empty());
    assert_eq!(machine.library_item(kept).unwrap_err().code(), "unknown-item");
    let again = machine.remove_library_item(NOW_MS, &mut rng(), kept);
    assert_eq!(again.unwrap_err().code(), "unknown-item");
    for file in ["profile.db", "profile.db-wal"] {
        let bytes = std::fs::read(folder.path().join(file)).unwrap();
        for gone in ["word-that-goes", "this key opens it"] {
            let is_there = bytes.windows(gone.len()).any(|part| part == gone.as_bytes());
            assert!(!is_there, "{gone} is left in {file}");
        }
    }
}

#[test]
fn lib_06_words_find_pictures_and_favourites_stand_first() {
    let (mut machine, _) = machine();
    let add = |machine: &mut Machine, number: u16, tags: &[&str]| {
        add(machine, NOW_MS + u64::from(number), tagged(number, tags))
            .id
            .0
    };
    let cat = add(&mut machine, 1, &["قِطّة", "Straße"]);
    let dog = add(&mut machine, 2, &["dog", "party time"]);
    let both = add(&mut machine, 3, &["🎉", "dog"]);
    assert_eq!(found(&machine, "dog"), [both, dog]);
    assert_eq!(found(&machine, "قطه"), [cat]);
    assert_eq!(found(&machine, "STRASSE"), [cat]);
    assert_eq!(found(&machine, "🎉"), [both]);
    assert_eq!(found(&machine, "\"party time\" do"), [dog]);
    assert_eq!(
        found(&machine, "party cat dog"),
        [both, dog],
        "the name counts too"
    );
    assert_eq!(found(&machine, "horse"), [0; 0]);
    let change = |machine: &mut Machine, id, change| {
        machine.change_library_item(NOW_MS, &mut rng(), LibraryId(id), change)
    };
    let favourite = LibraryChange {
        is_favourite: Some(true),
        ..LibraryChange::default()
    };
    assert!(change(&mut machine, cat, favourite.clone()).unwrap().is_favourite);
    assert_eq!(found(&machine, ""), [cat, both, dog]);
    let said = LibraryChange {
        tags: Some(vec![String::new(), "\u{7}horse".to_owned()]),
        description: Some("A  horse\nruns".to_owned()),
        ..LibraryChange::default()
    };
    let said = change(&mut machine, dog, said).unwrap();
    assert_eq!(
        (said.tags, said.description.as_str()),
        (vec!["horse".to_owned()], "A horse runs")
    );
    assert_eq!(found(&machine, "runs"), [dog]);
    assert_eq!(found(&machine, "dog"), [both]);
    assert_eq!(
        change(&mut machine, 99, favourite).unwrap_err().code(),
        "unknown-item"
    );
    let second = LibraryQuery {
        from: 1,
        limit: 1,
        ..LibraryQuery::default()
    };
    let page = machine.library(&second).unwrap();
    assert_eq!((page.items[0].id.0, page.total), (both, 3));
    let none = LibraryQuery {
        kind: Some(LibraryKind::Sticker),
        ..LibraryQuery::default()
    };
    assert_eq!(machine.library(&none).unwrap().total, 0);
}

#[test]
fn lib_07_what_the_library_takes_is_counted_by_itself() {
    let (mut machine, _) = machine();
    add(&mut machine, NOW_MS, picture(1, 1));
    add(&mut machine, NOW_MS, picture(2, 1));
    let used = machine.storage().unwrap();
    assert_eq!((used.library.items, used.library.bytes), (2, 2000));
    assert!(used.files.is_empty());
}
