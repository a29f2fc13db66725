//! The library of GIFs and stickers, as far as a host program sees it.

use std::path::Path;

use xchat_client::{
    CallError, Event, LibraryItem, LibraryKind, LibraryQuery, MediaKind, Messenger, Outgoing, Quality,
};
use xchat_media::{Kind, sniff, strip};

use crate::world::{Person, World};

fn vector(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../media/tests/vectors/encoders");
    std::fs::read(folder.join(name)).unwrap()
}

fn tells(bytes: &[u8]) -> bool {
    let tells: [&[u8]; 3] = [b"48.85", b"2.29448", b"SECRET"];
    let holds = |text: &&[u8]| bytes.windows(text.len()).any(|part| part == *text);
    tells.iter().any(holds)
}

async fn add(messenger: &Messenger, bytes: &[u8], name: &str) -> (LibraryItem, bool) {
    let given = messenger.upload(bytes, name, Quality::Standard).await.unwrap();
    let tags = vec!["party".to_owned()];
    messenger.add_to_library(given.id, tags).await.unwrap()
}

async fn items(messenger: &Messenger) -> Vec<LibraryItem> {
    let query = LibraryQuery {
        limit: 10,
        ..LibraryQuery::default()
    };
    messenger.library(query).await.unwrap().items
}

/// The first file of the next message that brings one is here.
async fn receives(person: &mut Person) -> (i64, MediaKind, String) {
    let row = person
        .event("a picture", |event| match event {
            Event::Message(view) if !view.files.is_empty() => Some(view.row),
            _ => None,
        })
        .await;
    person
        .see("the picture", async |messenger| {
            let view = messenger.message(row).await.unwrap().unwrap();
            let file = view.files.into_iter().next().unwrap();
            file.is_here.then_some((row, file.kind, file.name))
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn lib_03_pictures_tell_nothing_and_go_from_hand_to_hand_as_they_are() {
    let world = World::new().await;
    let (mut alice, mut bob, at_alice, _) = world.friends().await;
    let (photo, moving) = (vector("photo.webp"), vector("moving.gif"));
    assert!(tells(&photo) && tells(&moving));
    let (sticker, _) = add(&alice.messenger, &photo, "me/Berlin.webp").await;
    let (gif, is_new) = add(&alice.messenger, &moving, "Party.gif").await;
    assert!(is_new);
    assert_eq!(
        (sticker.kind, gif.kind, gif.name.as_str()),
        (LibraryKind::Sticker, LibraryKind::Gif, "Party.gif")
    );
    assert!(!gif.preview.is_empty() && gif.width > 0);
    let (_, kept) = alice.messenger.library_picture(gif.id).await.unwrap();
    assert_eq!(kept, strip(&moving, Kind::Gif).unwrap());
    for item in [&sticker, &gif] {
        let (_, bytes) = alice.messenger.library_picture(item.id).await.unwrap();
        assert!(!tells(&bytes));
    }
    assert_eq!(
        add(&alice.messenger, &moving, "again.gif").await,
        (gif.clone(), false)
    );

    // Nobody else hears of name and tags; what comes can be kept, and is the same picture again.
    let sent = alice
        .messenger
        .send_from_library(at_alice, Outgoing::default(), gif.id)
        .await
        .unwrap();
    let (row, kind, name) = receives(&mut bob).await;
    assert_eq!((kind, name.as_str()), (MediaKind::Gif, "animation.gif"));
    let received = bob
        .messenger
        .add_received_to_library(row, 0, vec!["Alice".to_owned()])
        .await;
    let (received, is_new) = received.unwrap();
    assert!(is_new);
    assert_eq!(
        (received.tags.as_slice(), received.kind),
        (&["Alice".to_owned()][..], LibraryKind::Gif)
    );
    assert_eq!(bob.messenger.library_picture(received.id).await.unwrap().1, kept);
    assert!(!add(&bob.messenger, &moving, "x.gif").await.1);

    // A restart erases nothing of it, and a message keeps its picture when the library loses it.
    alice.stop().await;
    alice.start().await;
    assert_eq!(alice.messenger.library_picture(gif.id).await.unwrap().1, kept);
    assert_eq!(items(&alice.messenger).await[0].id, gif.id, "it was used last");
    alice.messenger.remove_library_item(gif.id).await.unwrap();
    assert_eq!(items(&alice.messenger).await.len(), 1);
    let gone = alice.messenger.library_picture(gif.id).await;
    assert_eq!(gone.unwrap_err().code(), "unknown-item");
    let own = alice.messenger.open_file(sent.row, 0).await.unwrap();
    assert_eq!(own.pieces(0..u64::MAX).next().await.unwrap().unwrap(), kept);
}

#[tokio::test(flavor = "multi_thread")]
async fn lib_02_what_is_no_picture_is_refused_and_not_kept() {
    let alice = Person::new("alice").await;
    for (bytes, name) in [
        (vector("film.mp4"), "film.gif"),
        (vector("photo.heic"), "photo.heic"),
        (b"just words".to_vec(), "words.png"),
    ] {
        let given = alice
            .messenger
            .upload(bytes.as_slice(), name, Quality::Standard)
            .await
            .unwrap();
        for code in ["no-picture", "unknown-upload"] {
            let refused = alice.messenger.add_to_library(given.id, Vec::new()).await;
            assert_eq!(refused.unwrap_err().code(), code, "{name}");
        }
    }
    // Not even looked at when it is sent untouched: nobody knows what it tells.
    let gif = vector("moving.gif");
    let untouched = alice
        .messenger
        .upload(gif.as_slice(), "a.gif", Quality::Untouched)
        .await;
    let refused = alice
        .messenger
        .add_to_library(untouched.unwrap().id, Vec::new())
        .await;
    assert!(matches!(&refused, Err(CallError::Refused(_))));
    assert_eq!(refused.unwrap_err().code(), "no-picture");
    assert_eq!(sniff(gif.as_slice()), Kind::Gif);
    assert!(items(&alice.messenger).await.is_empty());
}
