//! Killed while a blob comes, a home goes on where it was; and what it said is stored is.

use xchat_node::spawn;
use xchat_proto::blob_wire::{BlobReply, GroupRanges};

use super::client::{self, BlobDevice, File, MIB};
use super::{LOG, key};
use crate::config;
use crate::device::Device;
use crate::kill::start;

#[tokio::test]
async fn blb_05_a_put_goes_on_after_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let (whole, torn) = (File::new(20, MIB), File::new(21, 64 * MIB));
    let (mut child, endpoint) = start(dir.path());
    let mut alice = Device::at(1, &endpoint).await;
    alice.create(LOG, &key(0)).await;
    let device = BlobDevice::member(2, &endpoint, LOG, 0, &key(0)).await;
    device.store(&whole, LOG, 0).await;
    assert_eq!(device.ask(torn.reserve(LOG, 0)).await, BlobReply::Done);
    let (mut reader, mut writer) = device.open(vec![torn.put(LOG, 0)]).await;
    let BlobReply::Wanted { groups } = client::reply(&mut reader).await else {
        panic!("all of it is wanted");
    };
    // Not to the end: what is written is with the home, but for the few MiB that are under way.
    let bytes = torn.stream(&groups);
    writer
        .stream()
        .write_all(&bytes[..usize::try_from(56 * MIB).unwrap()])
        .await
        .unwrap();
    child.kill().unwrap();
    child.wait().unwrap();

    let (mut child, endpoint) = start(dir.path());
    let device = BlobDevice::member(3, &endpoint, LOG, 0, &key(0)).await;
    assert_eq!(
        device.fetch(&whole, LOG, 0, &GroupRanges::all()).await,
        whole.plain()
    );
    let (mut reader, mut writer) = device.open(vec![torn.put(LOG, 0)]).await;
    let BlobReply::Wanted { groups } = client::reply(&mut reader).await else {
        panic!("the rest of it is wanted");
    };
    let wanted: u64 = groups
        .as_slice()
        .iter()
        .map(|range| range.end - range.start)
        .sum();
    let all = torn.size().groups();
    assert!(wanted > 0 && wanted < all * 3 / 4, "{wanted} of {all}");
    torn.send(&mut writer, &groups, u64::MAX).await;
    assert_eq!(client::reply(&mut reader).await, BlobReply::Stored);
    child.kill().unwrap();
    child.wait().unwrap();

    let node = spawn(config(dir.path())).await.unwrap();
    let device = BlobDevice::member(4, node.endpoint(), LOG, 0, &key(0)).await;
    assert!(device.fetch(&torn, LOG, 0, &GroupRanges::all()).await == torn.plain());
    node.shutdown().await;
}

#[tokio::test]
async fn blb_17_a_newer_put_takes_the_place_of_one_that_hangs() {
    let (node, _dir) = crate::node().await;
    let mut alice = Device::new(1, &node).await;
    alice.create(LOG, &key(0)).await;
    let file = File::new(23, 4 * MIB);
    let device = BlobDevice::member(2, node.endpoint(), LOG, 0, &key(0)).await;
    assert_eq!(device.ask(file.reserve(LOG, 0)).await, BlobReply::Done);
    let (mut reader, mut writer) = device.open(vec![file.put(LOG, 0)]).await;
    let BlobReply::Wanted { groups } = client::reply(&mut reader).await else {
        panic!("all of it is wanted");
    };
    let bytes = file.stream(&groups);
    writer
        .stream()
        .write_all(&bytes[..bytes.len() / 2])
        .await
        .unwrap();
    let newer = BlobDevice::member(3, node.endpoint(), LOG, 0, &key(0)).await;
    assert_eq!(newer.bring(&file, LOG, 0).await, BlobReply::Stored);
    assert_eq!(
        reader.next::<BlobReply>().await.unwrap(),
        None,
        "the older is ended"
    );
    assert_eq!(node.stats().blob_bytes, file.sealed_bytes());
    assert_eq!(
        newer.fetch(&file, LOG, 0, &GroupRanges::all()).await,
        file.plain()
    );
    node.shutdown().await;
}

#[tokio::test]
async fn blb_05_a_put_goes_on_where_the_connection_broke() {
    let (node, _dir) = crate::node().await;
    let mut alice = Device::new(1, &node).await;
    alice.create(LOG, &key(0)).await;
    let file = File::new(22, 8 * MIB);
    let device = BlobDevice::member(2, node.endpoint(), LOG, 0, &key(0)).await;
    assert_eq!(device.ask(file.reserve(LOG, 0)).await, BlobReply::Done);
    let mut wanted = u64::MAX;
    for _ in 0..3 {
        let (mut reader, mut writer) = device.open(vec![file.put(LOG, 0)]).await;
        let BlobReply::Wanted { groups } = client::reply(&mut reader).await else {
            panic!("the rest of it is wanted");
        };
        let now = groups
            .as_slice()
            .iter()
            .map(|range| range.end - range.start)
            .sum();
        assert!(now < wanted, "{now} of {wanted}");
        wanted = now;
        file.send(&mut writer, &groups, 2 * MIB).await;
        // The home ends the stream when it has written what came.
        assert_eq!(reader.next::<BlobReply>().await.unwrap(), None);
    }
    let counted = node.stats().blob_bytes;
    assert!(
        counted < 7 * MIB,
        "{counted}: what has come is counted, not what was announced"
    );
    assert_eq!(device.bring(&file, LOG, 0).await, BlobReply::Stored);
    let received = node.stats().blob_bytes_received;
    let most = file.sealed_bytes() + MIB / 4;
    assert!(received < most, "{received}: nothing but torn groups came twice");
    node.shutdown().await;
}
