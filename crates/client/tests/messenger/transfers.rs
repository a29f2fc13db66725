//! Files between two real messengers and a real node: rules of docs/spec/transfers.md.

use std::path::PathBuf;

use tokio::time::Instant;
use xchat_client::{
    CallError, ConversationId, DeleteFor, Event, FileView, MessageState, MessageView, OpenFileError,
    Outgoing, Quality, TransferState, UploadId,
};

use crate::world::{Person, World};

/// Bytes that nobody takes for a picture.
fn bytes(count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    blake3::Hasher::new().finalize_xof().fill(&mut bytes);
    bytes
}

impl Person {
    async fn upload(&self, count: usize) -> UploadId {
        let bytes = bytes(count);
        let upload = self
            .messenger
            .upload(bytes.as_slice(), "some.bin", Quality::Original)
            .await;
        upload.unwrap().id
    }

    async fn send_bytes(&self, id: ConversationId, count: usize) -> MessageView {
        let upload = self.upload(count).await;
        let sent = self
            .messenger
            .send_files(id, Outgoing::default(), &[upload])
            .await;
        sent.unwrap()
    }

    /// The newest message with a file, as soon as its file stands as wanted.
    async fn has_file(
        &mut self,
        id: ConversationId,
        what: &str,
        is_it: impl Fn(&FileView) -> bool,
    ) -> MessageView {
        self.see(what, async |messenger| {
            let all = messenger.messages(id, None, 500).await.unwrap();
            let mut with = all.into_iter().rev().filter(|message| !message.files.is_empty());
            with.next()
                .filter(|message| message.files.first().is_some_and(&is_it))
        })
        .await
    }

    async fn saved(&self, message: &MessageView) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let saved = self.messenger.save_file(message.row, 0, folder.path()).await;
        std::fs::read(saved.unwrap()).unwrap()
    }

    /// The files of the profile's sealed files.
    fn sealed(&self) -> Vec<PathBuf> {
        let folder = self.profile_folder().join("blobs");
        let folders = std::fs::read_dir(folder).unwrap();
        let files = folders.flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap());
        files.map(|file| file.unwrap().path()).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn per_06_messages_pass_a_file_on_its_way() {
    let world = World::new().await;
    let (mut alice, mut bob, at_alice, at_bob) = world.friends().await;
    alice.direct(at_alice).await;
    bob.direct(at_bob).await;
    alice.send_bytes(at_alice, 50_000_000).await;
    let offered = bob
        .has_file(at_bob, "the offer", |file| {
            file.transfer == TransferState::Offered
        })
        .await;
    bob.messenger.fetch_file(offered.row, 0).await.unwrap();
    let mut passed = 0;
    loop {
        let (text, began) = (format!("{passed}"), Instant::now());
        alice.send(at_alice, &text).await;
        bob.event("the text", |event| match event {
            Event::Message(view) if view.text == text => Some(()),
            _ => None,
        })
        .await;
        tracing::info!(took = ?began.elapsed(), "a text has passed the file");
        let now = bob.messenger.messages(at_bob, None, 500).await.unwrap();
        let with = now.iter().find(|message| message.row == offered.row).unwrap();
        if with.files[0].is_here {
            break;
        }
        passed += 1;
    }
    assert!(passed > 0, "at least one came before the file");
    let whole = bob.has_file(at_bob, "the file", |file| file.is_here).await;
    assert_eq!(bob.saved(&whole).await, bytes(50_000_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn trf_18_who_reads_a_file_before_it_has_come_waits_for_it() {
    let world = World::new().await;
    let (mut alice, mut bob, at_alice, at_bob) = world.friends().await;
    alice.direct(at_alice).await;
    bob.direct(at_bob).await;
    alice.send_bytes(at_alice, 40_000_000).await;
    let offered = bob
        .has_file(at_bob, "the offer", |file| {
            file.transfer == TransferState::Offered
        })
        .await;
    let open = async || bob.messenger.open_file(offered.row, 0).await;
    assert!(
        matches!(open().await, Err(CallError::Refused(OpenFileError::NotHere))),
        "nobody has wanted it yet"
    );
    alice.stop().await;
    bob.messenger.fetch_file(offered.row, 0).await.unwrap();
    let file = open().await.unwrap();
    let (mut end, mut middle) = (
        file.pieces(39_999_000..u64::MAX),
        file.pieces(20_000_000..20_000_100),
    );
    let read = tokio::spawn(async move {
        let ends = (
            end.next().await.unwrap().unwrap(),
            middle.next().await.unwrap().unwrap(),
        );
        (ends, end.next().await.unwrap(), middle.next().await.unwrap())
    });
    alice.start().await;
    alice.direct(at_alice).await;
    let ((end, middle), .., None) = read.await.unwrap() else {
        panic!("the parts are longer than was asked for");
    };
    let all = bytes(40_000_000);
    assert_eq!(
        (end.as_slice(), middle.as_slice()),
        (&all[39_999_000..], &all[20_000_000..20_000_100])
    );
    let whole = bob.has_file(at_bob, "the file", |file| file.is_here).await;
    assert_eq!(bob.saved(&whole).await, all);
    alice.stop().await;
    bob.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn trf_01_what_is_paused_stays_paused_and_goes_on_where_it_was() {
    let world = World::new().await;
    let (mut alice, mut bob, at_alice, at_bob) = world.friends().await;
    alice.direct(at_alice).await;
    alice.send_bytes(at_alice, 40_000_000).await;
    let offered = bob
        .has_file(at_bob, "the offer", |file| {
            file.transfer == TransferState::Offered
        })
        .await;
    bob.direct(at_bob).await;
    bob.messenger.fetch_file(offered.row, 0).await.unwrap();
    bob.messenger.pause_file(offered.row, 0).await.unwrap();
    bob.stop().await;
    bob.start().await;
    bob.direct(at_bob).await;
    let paused = bob
        .has_file(at_bob, "the pause", |file| file.transfer == TransferState::Paused)
        .await;
    assert!(!paused.files[0].is_here);
    bob.messenger.resume_file(offered.row, 0).await.unwrap();
    let whole = bob.has_file(at_bob, "the file", |file| file.is_here).await;
    assert_eq!(bob.saved(&whole).await, bytes(40_000_000));
    // Alice knows that nobody needs it any more.
    let sent = alice
        .has_file(at_alice, "that it is there", |file| {
            file.transfer == TransferState::Done
        })
        .await;
    alice.reaches(&sent, MessageState::Delivered).await;
    // And when it is deleted nothing is left of it.
    assert_eq!((alice.sealed().len(), bob.sealed().len()), (2, 2));
    alice
        .messenger
        .delete(sent.row, DeleteFor::Everyone)
        .await
        .unwrap();
    bob.see("that it is deleted", async |messenger| {
        let all = messenger.messages(at_bob, None, 500).await.unwrap();
        all.iter().any(|message| message.is_deleted).then_some(())
    })
    .await;
    // Erasing is ordered before whatever ends the messengers.
    alice.stop().await;
    bob.stop().await;
    assert!(alice.sealed().is_empty() && bob.sealed().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn trf_02_a_file_is_there_though_its_sender_is_not() {
    let world = World::new().await;
    let (mut alice, mut bob, at_alice, at_bob) = world.friends().await;
    bob.stop().await;
    let sent = alice.send_bytes(at_alice, 5_000_000).await;
    assert_eq!(sent.state, MessageState::Waiting);
    alice.reaches(&sent, MessageState::Sent).await;
    alice
        .has_file(at_alice, "that it is at the home", |file| {
            file.transfer == TransferState::Done
        })
        .await;
    alice.stop().await;
    bob.start().await;
    let offered = bob
        .has_file(at_bob, "the offer", |file| {
            file.transfer == TransferState::Offered
        })
        .await;
    bob.messenger.fetch_file(offered.row, 0).await.unwrap();
    let whole = bob.has_file(at_bob, "the file", |file| file.is_here).await;
    assert_eq!(bob.saved(&whole).await, bytes(5_000_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn trf_15_a_file_that_was_damaged_on_the_disk_is_fetched_again() {
    let world = World::new().await;
    let (alice, mut bob, at_alice, at_bob) = world.friends().await;
    bob.direct(at_bob).await;
    alice.send_bytes(at_alice, 3_000_000).await;
    let offered = bob
        .has_file(at_bob, "the offer", |file| {
            file.transfer == TransferState::Offered
        })
        .await;
    bob.messenger.fetch_file(offered.row, 0).await.unwrap();
    let whole = bob.has_file(at_bob, "the file", |file| file.is_here).await;
    let largest = |path: &PathBuf| std::fs::metadata(path).unwrap().len();
    let path = bob.sealed().into_iter().max_by_key(largest).unwrap();
    let mut sealed = std::fs::read(&path).unwrap();
    sealed[1_000_000] ^= 1;
    std::fs::write(&path, sealed).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let damaged = bob.messenger.save_file(whole.row, 0, folder.path()).await;
    assert!(matches!(damaged, Err(CallError::Refused(OpenFileError::NotHere))));
    let again = bob
        .has_file(at_bob, "that it is damaged", |file| {
            file.transfer == TransferState::Offered && !file.is_here
        })
        .await;
    bob.messenger.fetch_file(again.row, 0).await.unwrap();
    let whole = bob.has_file(at_bob, "the file", |file| file.is_here).await;
    assert_eq!(bob.saved(&whole).await, bytes(3_000_000));
}
