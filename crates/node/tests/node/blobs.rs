//! The blob service over real QUIC: files come, lie on the disk, go, and nothing that strangers do changes that.

#[path = "blobs/client.rs"]
mod client;
#[path = "blobs/hostile.rs"]
mod hostile;
#[path = "blobs/killed.rs"]
mod killed;

use std::path::{Path, PathBuf};

use xchat_blobs::{BlobStore, Groups};
use xchat_mailbox::store::FjallStore;
use xchat_mailbox::{BlobCommand, BlobDone, Mailbox};
use xchat_node::{BlobConfig, BlobQuotas, NodeConfig, spawn};
use xchat_proto::blob_wire::{BlobRefusal, BlobReply, EraseSecret, GroupRanges};
use xchat_proto::ids::{Hash, LogId};
use xchat_proto::keys::SigningKey;
use xchat_proto::mailbox_wire::Reply;

use self::client::{BlobDevice, File, MIB, SECRET, refused};
use super::device::{Device, append, commit};
use super::{config, node};

const LOG: LogId = LogId([31; 32]);

fn key(epoch: u8) -> SigningKey {
    SigningKey::from_seed(&[40 + epoch; 32])
}

/// The files below the folder of blobs of a node.
fn files(dir: &Path) -> Vec<PathBuf> {
    let folders = std::fs::read_dir(dir.join("blobs")).unwrap();
    let folders = folders
        .map(|folder| folder.unwrap().path())
        .filter(|path| path.is_dir());
    let mut files: Vec<_> = folders
        .flat_map(|folder| {
            std::fs::read_dir(folder)
                .unwrap()
                .map(|file| file.unwrap().path())
        })
        .collect();
    files.sort();
    files
}

#[tokio::test]
async fn blb_05_a_blob_is_brought_and_given() {
    let (node, dir) = node().await;
    let mut alice = Device::new(1, &node).await;
    alice.create(LOG, &key(0)).await;
    let file = File::new(1, 3 * MIB + 5);
    let sender = BlobDevice::member(2, node.endpoint(), LOG, 0, &key(0)).await;
    assert_eq!(
        sender.ask(file.put(LOG, 0)).await,
        refused(BlobRefusal::UnknownBlob)
    );
    assert_eq!(sender.ask(file.reserve(LOG, 0)).await, BlobReply::Done);
    assert_eq!(sender.ask(file.have(LOG, 0)).await, refused(BlobRefusal::NotYet));
    assert_eq!(sender.bring(&file, LOG, 0).await, BlobReply::Stored);
    for request in [file.have(LOG, 0), file.put(LOG, 0), file.reserve(LOG, 0)] {
        assert_eq!(sender.ask(request).await, BlobReply::Stored);
    }
    assert_eq!(files(dir.path()).len(), 2);
    let receiver = BlobDevice::member(3, node.endpoint(), LOG, 0, &key(0)).await;
    assert_eq!(
        receiver.fetch(&file, LOG, 0, &GroupRanges::all()).await,
        file.plain()
    );
    let stats = node.stats();
    assert_eq!(stats.blobs_stored, 1);
    assert_eq!(stats.blob_bytes, file.sealed_bytes());
    assert!(stats.blob_bytes_received >= file.sealed_bytes() && stats.blob_bytes_sent >= file.sealed_bytes());
    node.shutdown().await;
}

#[tokio::test]
async fn blb_05_parts_are_given_as_they_are_asked_for() {
    let (node, _dir) = node().await;
    let mut alice = Device::new(1, &node).await;
    alice.create(LOG, &key(0)).await;
    let file = File::new(2, MIB);
    let device = BlobDevice::member(2, node.endpoint(), LOG, 0, &key(0)).await;
    // All that is sent at once is answered in its order.
    let (reader, mut writer) = device
        .open(vec![file.reserve(LOG, 0), file.have(LOG, 0), file.put(LOG, 0)])
        .await;
    let mut reader = reader;
    assert_eq!(client::reply(&mut reader).await, BlobReply::Done);
    assert_eq!(client::reply(&mut reader).await, refused(BlobRefusal::NotYet));
    let BlobReply::Wanted { groups } = client::reply(&mut reader).await else {
        panic!("the blob is wanted");
    };
    assert_eq!(groups.as_slice().len(), 1);
    file.send(&mut writer, &groups, u64::MAX).await;
    assert_eq!(client::reply(&mut reader).await, BlobReply::Stored);
    let dir = tempfile::tempdir().unwrap();
    let here = BlobStore::new(dir.path()).unwrap();
    let blob = here.create(file.name(), file.blake3(), file.size()).unwrap();
    let parts: [&[(u64, u64)]; 4] = [
        &[(60, 68)],
        &[(0, 1), (3, 4), (7, 9)],
        &[(0, 68)],
        &[(1_000, 2_000)],
    ];
    for part in parts {
        let ranges = || part.iter().map(|(from, to)| *from..*to);
        device
            .take(&file, &blob, LOG, 0, &GroupRanges::first_of(ranges()))
            .await
            .unwrap();
        let wanted = Groups::new(ranges()).before(file.size().groups());
        assert!(blob.missing(&wanted).unwrap().is_empty());
    }
    node.shutdown().await;
}

#[tokio::test]
async fn blb_03_who_is_no_member_any_more_gets_nothing_new() {
    let (node, _dir) = node().await;
    let mut alice = Device::new(1, &node).await;
    alice.create(LOG, &key(0)).await;
    let (old, new) = (File::new(3, 1000), File::new(4, 1000));
    let removed = BlobDevice::member(2, node.endpoint(), LOG, 0, &key(0)).await;
    removed.store(&old, LOG, 0).await;
    let decided = alice.ask(commit(node.endpoint(), LOG, 0, &key(1))).await;
    assert!(matches!(decided, Reply::Decided { .. }));
    let stays = BlobDevice::member(3, node.endpoint(), LOG, 1, &key(1)).await;
    stays.store(&new, LOG, 1).await;
    assert_eq!(
        removed.fetch(&old, LOG, 0, &GroupRanges::all()).await,
        old.plain()
    );
    for epoch in [0, 1] {
        assert_eq!(
            removed.ask(new.get(LOG, epoch)).await,
            refused(BlobRefusal::NotProved)
        );
    }
    let stale = refused(BlobRefusal::StaleEpoch { open: 1 });
    assert_eq!(removed.ask(File::new(5, 10).reserve(LOG, 0)).await, stale);
    assert_eq!(removed.ask(old.put(LOG, 0)).await, stale);
    assert_eq!(stays.fetch(&old, LOG, 1, &GroupRanges::all()).await, old.plain());
    // A proof for another connection proves nothing here.
    let stranger = BlobDevice::new(4, node.endpoint()).await;
    let carried = stranger.ask(stays.proof(LOG, 1, &key(1))).await;
    assert_eq!(carried, refused(BlobRefusal::NotProved));
    assert_eq!(
        stranger.ask(new.get(LOG, 1)).await,
        refused(BlobRefusal::NotProved)
    );
    node.shutdown().await;
}

#[tokio::test]
async fn blb_04_the_address_of_a_blob_opens_nothing_in_another_log() {
    let (node, _dir) = node().await;
    let mut alice = Device::new(1, &node).await;
    let other = LogId([32; 32]);
    alice.create(LOG, &key(0)).await;
    alice.create(other, &key(5)).await;
    let file = File::new(6, 1000);
    let device = BlobDevice::member(2, node.endpoint(), LOG, 0, &key(0)).await;
    device.store(&file, LOG, 0).await;
    let thief = BlobDevice::member(3, node.endpoint(), other, 0, &key(5)).await;
    assert_eq!(
        thief.ask(file.get(other, 0)).await,
        refused(BlobRefusal::UnknownBlob)
    );
    assert_eq!(thief.ask(file.get(LOG, 0)).await, refused(BlobRefusal::NotProved));
    assert_eq!(thief.ask(file.reserve(other, 0)).await, BlobReply::Done);
    assert_eq!(thief.ask(file.get(other, 0)).await, refused(BlobRefusal::NotYet));
    node.shutdown().await;
}

#[tokio::test]
async fn blb_18_what_is_erased_is_gone_from_the_disk() {
    let (node, dir) = node().await;
    let mut alice = Device::new(1, &node).await;
    alice.create(LOG, &key(0)).await;
    let file = File::new(7, 1000);
    let device = BlobDevice::member(2, node.endpoint(), LOG, 0, &key(0)).await;
    device.store(&file, LOG, 0).await;
    let stranger = BlobDevice::new(3, node.endpoint()).await;
    let wrong = file.erase(LOG, EraseSecret([1; 32]));
    assert_eq!(stranger.ask(wrong).await, refused(BlobRefusal::NotProved));
    assert_eq!(files(dir.path()).len(), 2);
    for _ in 0..2 {
        assert_eq!(stranger.ask(file.erase(LOG, SECRET)).await, BlobReply::Done);
        assert!(files(dir.path()).is_empty());
    }
    assert_eq!(
        device.ask(file.get(LOG, 0)).await,
        refused(BlobRefusal::UnknownBlob)
    );
    assert_eq!(node.stats().blob_bytes, 0);
    node.shutdown().await;
}

#[tokio::test]
async fn blb_17_room_has_an_end_and_is_given_back() {
    let dir = tempfile::tempdir().unwrap();
    let blobs = BlobConfig {
        quotas: BlobQuotas {
            log_bytes: 3 * MIB,
            bytes: 8 * MIB,
        },
        free_bytes: 0,
    };
    let config = |blobs| NodeConfig {
        blobs,
        ..config(dir.path())
    };
    let node = spawn(config(blobs)).await.unwrap();
    let mut alice = Device::new(1, &node).await;
    alice.create(LOG, &key(0)).await;
    let (first, second) = (File::new(8, 2 * MIB), File::new(9, 2 * MIB));
    let device = BlobDevice::member(2, node.endpoint(), LOG, 0, &key(0)).await;
    device.store(&first, LOG, 0).await;
    assert_eq!(
        device.ask(second.reserve(LOG, 0)).await,
        BlobReply::Done,
        "as long as nothing comes"
    );
    assert_eq!(
        device.bring(&second, LOG, 0).await,
        refused(BlobRefusal::QuotaExceeded)
    );
    assert!(node.stats().blobs_refused > 0);
    assert_eq!(device.ask(first.erase(LOG, SECRET)).await, BlobReply::Done);
    assert_eq!(device.bring(&second, LOG, 0).await, BlobReply::Stored);
    node.shutdown().await;
    // A disk of which more must stay free than is takes nothing more.
    let full = BlobConfig {
        free_bytes: u64::MAX,
        ..BlobConfig::default()
    };
    let node = spawn(config(full)).await.unwrap();
    let device = BlobDevice::member(2, node.endpoint(), LOG, 0, &key(0)).await;
    assert_eq!(device.ask(first.reserve(LOG, 0)).await, BlobReply::Done);
    assert_eq!(
        device.bring(&first, LOG, 0).await,
        refused(BlobRefusal::QuotaExceeded)
    );
    assert_eq!(
        device.fetch(&second, LOG, 0, &GroupRanges::all()).await,
        second.plain()
    );
    node.shutdown().await;
}

#[tokio::test]
async fn blb_20_a_start_removes_what_belongs_to_no_blob() {
    let dir = tempfile::tempdir().unwrap();
    let node = spawn(config(dir.path())).await.unwrap();
    let mut alice = Device::new(1, &node).await;
    alice.create(LOG, &key(0)).await;
    let file = File::new(10, 1000);
    let device = BlobDevice::member(2, node.endpoint(), LOG, 0, &key(0)).await;
    device.store(&file, LOG, 0).await;
    node.shutdown().await;
    let stray = dir.path().join("blobs/ab");
    std::fs::create_dir_all(&stray).unwrap();
    for end in ["data", "tree"] {
        std::fs::write(stray.join(format!("{}.{end}", "cd".repeat(15))), [0; 100]).unwrap();
    }
    assert_eq!(files(dir.path()).len(), 4);
    let node = spawn(config(dir.path())).await.unwrap();
    assert_eq!(files(dir.path()).len(), 2);
    let device = BlobDevice::member(3, node.endpoint(), LOG, 0, &key(0)).await;
    assert_eq!(
        device.fetch(&file, LOG, 0, &GroupRanges::all()).await,
        file.plain()
    );
    assert_eq!(node.stats().blob_bytes, file.sealed_bytes());
    node.shutdown().await;
}

#[tokio::test]
async fn blb_19_what_has_expired_goes_from_the_disk() {
    let dir = tempfile::tempdir().unwrap();
    let node = spawn(config(dir.path())).await.unwrap();
    let mut alice = Device::new(1, &node).await;
    alice.create(LOG, &key(0)).await;
    let device = BlobDevice::member(2, node.endpoint(), LOG, 0, &key(0)).await;
    let file = File::new(14, 1000);
    device.store(&file, LOG, 0).await;
    node.shutdown().await;
    // As if another had come long ago.
    let seed: [u8; 32] = std::fs::read(dir.path().join("node.key"))
        .unwrap()
        .try_into()
        .unwrap();
    let store = FjallStore::open(&dir.path().join("mailbox")).unwrap();
    let mut mailbox = Mailbox::open(SigningKey::from_seed(&seed), store).unwrap();
    let old = BlobCommand::Reserve {
        log: LOG,
        epoch: 0,
        hash: Hash([1; 32]),
        sealed_bytes: 65_536,
        erase: SECRET.hash(),
        keep_days: 30,
        file: [0xab; 16],
    };
    let (_, made) = mailbox.apply_all(Vec::new(), &[old], 1_700_000_000_000);
    assert_eq!(made, [Ok(BlobDone::Done)]);
    drop(mailbox);
    let folder = dir.path().join("blobs/ab");
    std::fs::create_dir_all(&folder).unwrap();
    for end in ["data", "tree"] {
        std::fs::write(folder.join(format!("{}.{end}", "ab".repeat(15))), [0; 100]).unwrap();
    }
    let node = spawn(config(dir.path())).await.unwrap();
    client::until(async || files(dir.path()).len() == 2).await;
    let device = BlobDevice::member(3, node.endpoint(), LOG, 0, &key(0)).await;
    assert_eq!(
        device.fetch(&file, LOG, 0, &GroupRanges::all()).await,
        file.plain()
    );
    node.shutdown().await;
}

#[tokio::test]
async fn blb_21_what_the_disk_has_lost_is_not_given_and_can_be_brought_again() {
    let (node, dir) = node().await;
    let mut alice = Device::new(1, &node).await;
    alice.create(LOG, &key(0)).await;
    let device = BlobDevice::member(2, node.endpoint(), LOG, 0, &key(0)).await;
    let here = tempfile::tempdir().unwrap();
    let here = BlobStore::new(here.path()).unwrap();
    let spoil: [fn(&[PathBuf]); 2] = [
        |files| {
            // One byte in the middle, as a bad sector would.
            let mut bytes = std::fs::read(&files[0]).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            std::fs::write(&files[0], bytes).unwrap();
        },
        |files| files.iter().for_each(|file| std::fs::remove_file(file).unwrap()),
    ];
    for (seed, spoil) in (11..).zip(spoil) {
        let file = File::new(seed, MIB);
        device.store(&file, LOG, 0).await;
        spoil(&files(dir.path()));
        let blob = here.create(file.name(), file.blake3(), file.size()).unwrap();
        let taken = device.take(&file, &blob, LOG, 0, &GroupRanges::all()).await;
        assert!(taken.is_err(), "not all of it came");
        client::until(async || device.ask(file.have(LOG, 0)).await == refused(BlobRefusal::NotYet)).await;
        assert_eq!(device.bring(&file, LOG, 0).await, BlobReply::Stored);
        let missing = blob.missing(&Groups::all()).unwrap();
        let missing = GroupRanges::first_of(missing.ranges().iter().cloned());
        device.take(&file, &blob, LOG, 0, &missing).await.unwrap();
        assert_eq!(file.read(&blob), file.plain());
        assert_eq!(device.ask(file.erase(LOG, SECRET)).await, BlobReply::Done);
    }
    node.shutdown().await;
}

#[tokio::test]
async fn blb_22_appends_go_on_while_blobs_move() {
    let (node, _dir) = node().await;
    let mut alice = Device::new(1, &node).await;
    alice.create(LOG, &key(0)).await;
    let file = File::new(13, 24 * MIB);
    let device = BlobDevice::member(2, node.endpoint(), LOG, 0, &key(0)).await;
    assert_eq!(device.ask(file.reserve(LOG, 0)).await, BlobReply::Done);
    let mut appended = 0_u64;
    let appending = async {
        loop {
            let reply = alice.ask(append(LOG, 0, &appended.to_be_bytes())).await;
            assert_eq!(reply, Reply::Appended { index: appended });
            appended += 1;
        }
    };
    tokio::select! {
        stored = device.bring(&file, LOG, 0) => assert_eq!(stored, BlobReply::Stored),
        () = appending => {}
    }
    assert!(appended > 10, "{appended} in the meantime");
    node.shutdown().await;
}
