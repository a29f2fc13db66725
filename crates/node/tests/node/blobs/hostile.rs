//! Strangers with a log of their own, who send what they like.

use iroh::endpoint::Connection;
use xchat_net::close::CloseCode;
use xchat_proto::blob_wire::{BlobRefusal, BlobReply, GroupRanges};

use super::client::{self, BlobDevice, File, MIB, SECRET, refused};
use super::{LOG, files, key};
use crate::device::Device;

async fn is_thrown_out(connection: &Connection) {
    let closed = connection.closed().await;
    assert_eq!(CloseCode::of(&closed), Some(CloseCode::Misbehaved));
}

#[tokio::test]
async fn blb_09_who_lies_is_thrown_out_and_what_was_right_stays() {
    let (node, _dir) = crate::node().await;
    let mut alice = Device::new(1, &node).await;
    alice.create(LOG, &key(0)).await;
    let file = File::new(30, 4 * MIB);
    let honest = BlobDevice::member(2, node.endpoint(), LOG, 0, &key(0)).await;
    assert_eq!(honest.ask(file.reserve(LOG, 0)).await, BlobReply::Done);
    let all = GroupRanges::first_of(std::iter::once(0..file.size().groups()));
    let sound = file.stream(&all);
    let mut late = sound.clone();
    let place = late.len() * 3 / 4;
    late[place] ^= 1;
    let mut early = sound.clone();
    early[0] ^= 1;
    let cases = [
        (early, "a wrong root"),
        ([&b"x"[..], &sound].concat(), "shifted"),
        (late, "wrong in the middle"),
        (vec![0; 3 * 1024 * 1024], "zeros"),
    ];
    for (number, (bytes, case)) in (100..).zip(cases) {
        let liar = BlobDevice::member(number, node.endpoint(), LOG, 0, &key(0)).await;
        let (mut reader, mut writer) = liar.open(vec![file.put(LOG, 0)]).await;
        let BlobReply::Wanted { groups } = client::reply(&mut reader).await else {
            panic!("{case}: it is wanted");
        };
        assert_eq!(groups, all, "{case}");
        // The node may close before all is sent.
        let _ = writer.stream().write_all(&bytes).await;
        let _ = writer.stream().finish();
        is_thrown_out(&liar.connection).await;
        if case == "wrong in the middle" {
            break;
        }
    }
    let (mut reader, mut writer) = honest.open(vec![file.put(LOG, 0)]).await;
    let BlobReply::Wanted { groups } = client::reply(&mut reader).await else {
        panic!("the rest is wanted");
    };
    let wanted: u64 = groups
        .as_slice()
        .iter()
        .map(|range| range.end - range.start)
        .sum();
    assert!(wanted < file.size().groups() / 2, "{wanted} are left");
    file.send(&mut writer, &groups, u64::MAX).await;
    assert_eq!(client::reply(&mut reader).await, BlobReply::Stored);
    assert_eq!(
        honest.fetch(&file, LOG, 0, &GroupRanges::all()).await,
        file.plain()
    );
    assert_eq!(node.stats().misbehaved, 3);
    node.shutdown().await;
}

#[tokio::test]
async fn blb_09_a_stream_without_end_is_cut() {
    let (node, dir) = crate::node().await;
    let mut alice = Device::new(1, &node).await;
    alice.create(LOG, &key(0)).await;
    let file = File::new(31, MIB);
    let liar = BlobDevice::member(2, node.endpoint(), LOG, 0, &key(0)).await;
    assert_eq!(liar.ask(file.reserve(LOG, 0)).await, BlobReply::Done);
    let (mut reader, mut writer) = liar.open(vec![file.put(LOG, 0)]).await;
    let BlobReply::Wanted { groups } = client::reply(&mut reader).await else {
        panic!("it is wanted");
    };
    writer.stream().write_all(&file.stream(&groups)).await.unwrap();
    while writer.stream().write_all(&[0; 65_536]).await.is_ok() {}
    is_thrown_out(&liar.connection).await;
    let on_disk: u64 = files(dir.path())
        .iter()
        .map(|file| std::fs::metadata(file).unwrap().len())
        .sum();
    assert!(on_disk < file.sealed_bytes() * 2, "{on_disk}");
    let honest = BlobDevice::member(3, node.endpoint(), LOG, 0, &key(0)).await;
    assert_eq!(honest.bring(&file, LOG, 0).await, BlobReply::Stored);
    node.shutdown().await;
}

#[tokio::test]
async fn blb_17_sizes_that_no_blob_has_get_no_room_and_false_ones_no_bytes() {
    let (node, dir) = crate::node().await;
    let mut alice = Device::new(1, &node).await;
    alice.create(LOG, &key(0)).await;
    let file = File::new(32, MIB);
    let device = BlobDevice::member(2, node.endpoint(), LOG, 0, &key(0)).await;
    let chunk = 65_536;
    for size in [0, 1, chunk - 1, 9 * chunk, 67_585 * chunk, 1 << 40] {
        let mut request = file.reserve(LOG, 0);
        if let xchat_proto::blob_wire::BlobRequest::Reserve { sealed_bytes, .. } = &mut request {
            *sealed_bytes = size;
        }
        assert_eq!(
            device.ask(request).await,
            refused(BlobRefusal::Malformed),
            "{size}"
        );
    }
    // Four times as large as it is: nobody can bring that.
    let false_size = file.reserve_as(LOG, 0, 64 * chunk);
    assert_eq!(device.ask(false_size).await, BlobReply::Done);
    assert_eq!(
        device.ask(file.reserve(LOG, 0)).await,
        refused(BlobRefusal::Taken)
    );
    let (mut reader, mut writer) = device.open(vec![file.put(LOG, 0)]).await;
    let BlobReply::Wanted { groups } = client::reply(&mut reader).await else {
        panic!("it is wanted");
    };
    assert_eq!(groups.as_slice().first(), Some(&(0..256)));
    let own = GroupRanges::first_of(std::iter::once(0..file.size().groups()));
    file.send(&mut writer, &own, u64::MAX).await;
    is_thrown_out(&device.connection).await;
    let data = files(dir.path()).remove(0);
    assert_eq!(std::fs::metadata(data).unwrap().len(), 0);
    let device = BlobDevice::member(3, node.endpoint(), LOG, 0, &key(0)).await;
    assert_eq!(device.ask(file.erase(LOG, SECRET)).await, BlobReply::Done);
    device.store(&file, LOG, 0).await;
    node.shutdown().await;
}

/// The name of a file is random, but who has put something knows which it is.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn blb_14_a_full_disk_is_said_so_and_nothing_is_acknowledged() {
    let (node, dir) = crate::node().await;
    let mut alice = Device::new(1, &node).await;
    alice.create(LOG, &key(0)).await;
    let file = File::new(33, 4 * MIB);
    let device = BlobDevice::member(2, node.endpoint(), LOG, 0, &key(0)).await;
    assert_eq!(device.ask(file.reserve(LOG, 0)).await, BlobReply::Done);
    let (mut reader, mut writer) = device.open(vec![file.put(LOG, 0)]).await;
    assert!(matches!(
        client::reply(&mut reader).await,
        BlobReply::Wanted { .. }
    ));
    writer.stream().finish().unwrap();
    assert_eq!(reader.next::<BlobReply>().await.unwrap(), None);
    let data = files(dir.path()).remove(0);
    std::fs::remove_file(&data).unwrap();
    std::os::unix::fs::symlink("/dev/full", &data).unwrap();
    assert_eq!(
        device.bring(&file, LOG, 0).await,
        refused(BlobRefusal::StorageFailed)
    );
    assert_eq!(device.ask(file.have(LOG, 0)).await, refused(BlobRefusal::NotYet));
    std::fs::remove_file(&data).unwrap();
    assert_eq!(
        device.bring(&file, LOG, 0).await,
        BlobReply::Stored,
        "there is room again"
    );
    assert_eq!(
        device.fetch(&file, LOG, 0, &GroupRanges::all()).await,
        file.plain()
    );
    node.shutdown().await;
}

#[tokio::test]
async fn blb_22_who_stands_still_holds_up_nobody() {
    let (node, _dir) = crate::node().await;
    let mut alice = Device::new(1, &node).await;
    alice.create(LOG, &key(0)).await;
    let (file, other) = (File::new(34, 8 * MIB), File::new(35, MIB));
    let slow = BlobDevice::member(2, node.endpoint(), LOG, 0, &key(0)).await;
    slow.store(&file, LOG, 0).await;
    // More streams than are served, none of which is read.
    let mut kept = Vec::new();
    for _ in 0..12 {
        kept.push(slow.open(vec![file.get(LOG, 0)]).await);
    }
    let quick = BlobDevice::member(3, node.endpoint(), LOG, 0, &key(0)).await;
    quick.store(&other, LOG, 0).await;
    assert_eq!(
        quick.fetch(&other, LOG, 0, &GroupRanges::all()).await,
        other.plain()
    );
    assert_eq!(slow.connection.close_reason(), None);
    node.shutdown().await;
}
