//! Files from one person to another, as far as a host program sees them.

use std::path::Path;

use xchat_client::{
    ActError, CallError, DeleteFor, Event, MediaKind, MessageState, MessageView, Messenger, OpenFileError,
    Outgoing, Quality, SendFilesError, TransferState, UploadError, UploadNote,
};
use xchat_media::{Kind, sniff, strip};

use crate::world::{Person, World};

/// What others' encoders wrote; all of it tells something beside its content.
fn vector(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../media/tests/vectors");
    std::fs::read(folder.join(name)).unwrap()
}

fn tells(bytes: &[u8]) -> bool {
    let tells: [&[u8]; 4] = [b"48.85", b"2.29448", b"SECRET", b"com.apple"];
    let holds = |text: &&[u8]| bytes.windows(text.len()).any(|part| part == *text);
    tells.iter().any(holds)
}

async fn hears(person: &mut Person, text: &str) -> MessageView {
    person
        .event(text, |event| match event {
            Event::Message(view) if view.text == text => Some(view.clone()),
            _ => None,
        })
        .await
}

async fn content(messenger: &Messenger, row: i64, part: u32) -> Result<Vec<u8>, CallError<OpenFileError>> {
    let file = messenger.open_file(row, part).await?;
    let mut pieces = file.pieces(0..u64::MAX);
    let mut bytes = Vec::new();
    while let Some(piece) = pieces.next().await? {
        bytes.extend(piece);
    }
    assert_eq!(bytes.len() as u64, file.view.size);
    Ok(bytes)
}

fn caption(text: &str) -> Outgoing {
    text.into()
}

#[tokio::test(flavor = "multi_thread")]
async fn med_62_a_photo_arrives_upright_and_tells_nothing() {
    let world = World::new().await;
    let (mut alice, mut bob, at_alice, _) = world.friends().await;
    let (photo, film) = (vector("encoders/photo.jpg"), vector("encoders/film.mp4"));
    assert!(tells(&photo) && tells(&film));
    let give = async |bytes: &[u8], name: &str| {
        let given = alice.messenger.upload(bytes, name, Quality::Standard).await;
        given.unwrap()
    };
    let photo = give(&photo, "C:\\alice\\Holiday.JPG").await;
    assert_eq!(
        (photo.kind, photo.name.as_str()),
        (MediaKind::Photo, "Holiday.JPG")
    );
    assert!(photo.height > photo.width);
    let stripped = strip(&film, Kind::Mp4).unwrap();
    let film = give(&film, "holiday.mp4").await;
    assert_eq!(film.kind, MediaKind::Video);
    assert!(film.width > 0 && film.duration_ms > 0);

    let ids = [photo.id, film.id];
    let sent = alice.messenger.send_files(at_alice, caption("look"), &ids).await;
    let sent = sent.unwrap();
    let seen = hears(&mut bob, "look").await;
    let names: Vec<_> = seen.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["Holiday.JPG", "holiday.mp4"]);
    assert_eq!(seen.files[0].preview, photo.preview);
    assert!(!photo.preview.is_empty());
    let own = content(&alice.messenger, sent.row, 0).await.unwrap();
    assert_eq!(sniff(&own), Kind::Jpeg);
    assert!(!tells(&own));
    assert_eq!(content(&alice.messenger, sent.row, 1).await.unwrap(), stripped);

    // They come by themselves.
    bob.see("both files", async |messenger| {
        let view = messenger.message(seen.row).await.unwrap().unwrap();
        view.files.iter().all(|file| file.is_here).then_some(())
    })
    .await;
    assert_eq!(content(&bob.messenger, seen.row, 0).await.unwrap(), own);
    assert_eq!(content(&bob.messenger, seen.row, 1).await.unwrap(), stripped);
    let folder = tempfile::tempdir().unwrap();
    for name in ["Holiday.JPG", "Holiday (2).JPG"] {
        let saved = bob.messenger.save_file(seen.row, 0, folder.path()).await.unwrap();
        assert_eq!(saved, folder.path().join(name));
        assert_eq!(std::fs::read(saved).unwrap(), own);
    }

    // What is sent is not there to be sent again.
    let again = alice.messenger.send_files(at_alice, caption("again"), &ids).await;
    assert!(
        matches!(
            again,
            Err(CallError::Refused(SendFilesError::Upload(UploadError::Unknown)))
        ),
        "{again:?}"
    );
    are_erased((&mut alice, sent.row), (&mut bob, seen.row)).await;
}

/// The caption goes, then the message, and its files are gone from both disks.
async fn are_erased((alice, hers): (&mut Person, i64), (bob, his): (&mut Person, i64)) {
    alice.messenger.edit(hers, "").await.unwrap();
    bob.event("the caption gone", |event| match event {
        Event::Changed(view) if view.text.is_empty() && view.files.len() == 2 => Some(()),
        _ => None,
    })
    .await;
    alice.messenger.delete(hers, DeleteFor::Everyone).await.unwrap();
    bob.event("the message gone", |event| match event {
        Event::Changed(view) if view.is_deleted && view.files.is_empty() => Some(()),
        _ => None,
    })
    .await;
    for (person, row) in [(alice, hers), (bob, his)] {
        let gone = content(&person.messenger, row, 0).await;
        assert!(
            matches!(gone, Err(CallError::Refused(OpenFileError::Unknown))),
            "{gone:?}"
        );
        // The disk is told after people are: something else happens meanwhile.
        let folder = person.blobs();
        let mut things = 0;
        while !files_in(&folder).is_empty() {
            assert!(things < 50, "{:?}", files_in(&folder));
            let note = person.messenger.note().await.unwrap();
            let thing = person.send(note, "something else").await;
            person.reaches(&thing, MessageState::Sent).await;
            things += 1;
        }
    }
}

/// All files below a folder.
fn files_in(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files_in(&path)),
            false => found.push(path),
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forwarded_file_is_sealed_anew_and_stays_when_the_first_goes() {
    let world = World::new().await;
    let alice = world.person("alice").await;
    let note = alice.messenger.note().await.unwrap();
    let given = alice
        .messenger
        .upload(&b"a letter"[..], "a.txt", Quality::Standard)
        .await;
    let sent = alice
        .messenger
        .send_files(note, caption("first"), &[given.unwrap().id])
        .await;
    let first = sent.unwrap();
    let second = alice.messenger.forward(first.row, note).await.unwrap();
    assert!(second.is_forwarded);
    assert_eq!((second.text.as_str(), second.files.len()), ("first", 1));
    // In the note nobody else is to have them.
    assert_eq!(second.files[0].transfer, TransferState::Done);
    assert_eq!(files_in(&alice.blobs()).len(), 4, "two files, each with its tree");
    alice.messenger.delete(first.row, DeleteFor::Me).await.unwrap();
    assert_eq!(
        content(&alice.messenger, second.row, 0).await.unwrap(),
        b"a letter"
    );
    let gone = alice.messenger.forward(first.row, note).await;
    assert!(
        matches!(
            gone,
            Err(CallError::Refused(ActError::Deleted | ActError::UnknownMessage))
        ),
        "{gone:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn med_63_what_is_not_sent_leaves_nothing() {
    let world = World::new().await;
    let mut alice = world.person("alice").await;
    let folder = alice.blobs();
    let dropped = alice
        .messenger
        .upload(&b"no"[..], "a", Quality::Standard)
        .await
        .unwrap();
    alice.messenger.drop_upload(dropped.id).unwrap();
    let photo = vector("encoders/photo.jpg");
    let mut stopped = alice
        .messenger
        .begin_upload("b", Quality::Standard)
        .await
        .unwrap();
    stopped.push(&[7; 600_000]).await.unwrap();
    drop(stopped);
    let broken = alice.messenger.upload(&photo[..300], "c.jpg", Quality::Standard);
    let broken = broken.await;
    assert!(
        matches!(broken, Err(CallError::Refused(UploadError::PictureDamaged))),
        "{broken:?}"
    );
    assert_eq!(files_in(&folder), Vec::<std::path::PathBuf>::new());
    alice
        .messenger
        .upload(&b"later"[..], "d", Quality::Standard)
        .await
        .unwrap();
    assert_eq!(files_in(&folder).len(), 2);
    alice.stop().await;
    alice.start().await;
    assert_eq!(files_in(&folder), Vec::<std::path::PathBuf>::new());
}

/// A film in fragments with a track of another kind, as cameras write their places into.
fn places() -> Vec<u8> {
    renamed(vector("encoders/fragments.mp4"), b"vide", b"meta")
}

/// A picture whose coded items are of a kind that nobody knows.
fn unknown() -> Vec<u8> {
    renamed(
        renamed(vector("encoders/photo.heic"), b"hvc1", b"what"),
        b"grid",
        b"what",
    )
}

fn renamed(mut bytes: Vec<u8>, name: &[u8; 4], new: &[u8; 4]) -> Vec<u8> {
    let found = bytes.windows(4).enumerate().filter(|(_, at)| at == name);
    for at in found.map(|(at, _)| at).collect::<Vec<_>>() {
        bytes[at..at + 4].copy_from_slice(new);
    }
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn med_62_what_can_not_be_freed_of_what_it_tells_goes_only_as_it_is() {
    let world = World::new().await;
    let alice = world.person("alice").await;
    let film = vector("encoders/film.mp4");
    let broken = &film[..film.len() / 2];
    for (bytes, name) in [(broken, "a.mp4"), (&places(), "b.mp4"), (&unknown(), "c.heic")] {
        for quality in [Quality::Standard, Quality::Original] {
            let refused = alice.messenger.upload(bytes, name, quality).await;
            assert!(
                matches!(refused, Err(CallError::Refused(UploadError::NotStrippable(_)))),
                "{name}: {refused:?}"
            );
        }
    }
    let note = alice.messenger.note().await.unwrap();
    let given = alice
        .messenger
        .upload(broken, "a.mp4", Quality::Untouched)
        .await
        .unwrap();
    assert_eq!(given.kind, MediaKind::File);
    let sent = alice
        .messenger
        .send_files(note, caption(""), &[given.id])
        .await
        .unwrap();
    assert_eq!(content(&alice.messenger, sent.row, 0).await.unwrap(), broken);
    let part = alice.messenger.open_file(sent.row, 0).await.unwrap();
    let middle = part.pieces(100..200).next().await.unwrap().unwrap();
    assert_eq!(middle, broken[100..200]);
}

#[tokio::test(flavor = "multi_thread")]
async fn med_64_files_that_wait_are_bounded_and_described_by_who_gives_them() {
    let world = World::new().await;
    let alice = world.person("alice").await;
    let mut running = Vec::new();
    for _ in 0..4 {
        running.push(
            alice
                .messenger
                .begin_upload("a", Quality::Standard)
                .await
                .unwrap(),
        );
    }
    let fifth = alice.messenger.begin_upload("a", Quality::Standard).await;
    assert!(matches!(fifth, Err(CallError::Refused(UploadError::TooMany))));
    drop(running);
    let mut ids = Vec::new();
    for _ in 0..64 {
        let given = alice.messenger.upload(&b"OggS\0"[..], "a.ogg", Quality::Standard);
        ids.push(given.await.unwrap().id);
    }
    let more = alice.messenger.begin_upload("a", Quality::Standard).await;
    assert!(matches!(
        more,
        Err(CallError::Refused(UploadError::TooManyWaiting))
    ));
    let note = UploadNote {
        description: Some("a song".to_owned()),
        is_voice: true,
        duration_ms: Some(4_000),
        waveform: Some(vec![9; 64]),
    };
    let described = alice.messenger.describe_upload(ids[0], note.clone()).unwrap();
    assert_eq!((described.kind, described.duration_ms), (MediaKind::Voice, 4_000));
    let long = UploadNote {
        waveform: Some(vec![9; 65]),
        ..note
    };
    assert!(matches!(
        alice.messenger.describe_upload(ids[0], long),
        Err(UploadError::BadNote(_))
    ));
    let seen = alice
        .messenger
        .preview_upload(ids[1], vector("encoders/photo.jpg"))
        .await
        .unwrap();
    assert!(!seen.preview.is_empty() && seen.height > seen.width);
    let note = alice.messenger.note().await.unwrap();
    let many = alice.messenger.send_files(note, caption("x"), &ids[..11]).await;
    assert!(
        matches!(many, Err(CallError::Refused(SendFilesError::Send(_)))),
        "{many:?}"
    );
    // What was not taken waits as before.
    alice
        .messenger
        .send_files(note, caption("x"), &ids[..10])
        .await
        .unwrap();
}
