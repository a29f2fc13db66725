//! A real node, files on the disk, and homes that lie.

mod world;

use tokio::sync::mpsc;
use xchat_core::io::{BlobFailure, BlobInput, BlobOutput, BlobSource, Input, Tag};
use xchat_proto::blob_wire::GroupRanges;
use xchat_proto::keys::SigningKey;

use super::*;
use crate::network::transfers::Transfers;
use crate::window::Windows;
use world::{Client, FakeHome, File, MIB, World, capability, peak_bytes, store};

/// Waits until a node has counted so much.
async fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        tokio::task::yield_now().await;
    }
}

async fn until_async(mut is_so: impl AsyncFnMut() -> bool) {
    while !is_so().await {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn blb_23_a_file_is_put_fetched_and_erased() {
    let world = World::new().await;
    let (client, node) = (&world.client, world.node());
    let file = File::new(1, 5 * MIB + 3);
    for _ in 0..2 {
        // The second time there is nothing to do.
        client.put(&file).await.unwrap();
    }
    let stats = node.stats();
    assert_eq!(stats.blobs_stored, 1);
    assert!(stats.blob_bytes_received < file.sealed_bytes() + MIB / 2);
    let (here, _folder) = store();
    let blob = file.create_in(&here);
    client.get(&file, &blob).await.unwrap();
    assert!(file.is_in(&blob));
    for _ in 0..2 {
        client.erase(&file).await.unwrap();
    }
    let (here, _folder) = store();
    let got = client.get(&file, &file.create_in(&here)).await;
    assert!(matches!(got, Err(HomeError::Refused(BlobRefusal::UnknownBlob))));
    // And it can be put once more.
    client.put(&file).await.unwrap();
    world.shut_down().await;
}

#[tokio::test]
async fn blb_23_refusals_are_told_apart() {
    let mut world = World::new().await;
    let (small, large) = (File::new(2, 1000), File::new(3, 3 * MIB));
    for (epoch, seed, expected) in [(9, 9, BlobRefusal::FutureEpoch), (0, 9, BlobRefusal::NotProved)] {
        let wrong = capability(epoch, SigningKey::from_seed(&[seed; 32]));
        let put = world.client.put_as(&small, &wrong).await;
        assert!(matches!(put, Err(HomeError::Refused(refusal)) if refusal == expected));
    }
    world.client.put(&small).await.unwrap();
    world.stop_node().await;
    let put = world.client.put(&large).await;
    assert!(matches!(put, Err(HomeError::Unreachable)), "{put:?}");
    world.start_node(2 * MIB).await;
    let put = world.client.put(&large).await;
    let no_room = matches!(put, Err(HomeError::Refused(BlobRefusal::QuotaExceeded)));
    assert!(no_room, "also in the middle of it: {put:?}");
    let (here, _folder) = store();
    let got = world.client.get(&large, &large.create_in(&here)).await;
    assert!(
        matches!(got, Err(HomeError::Refused(BlobRefusal::NotYet))),
        "{got:?}"
    );
    world.client.get(&small, &small.create_in(&here)).await.unwrap();
    world.shut_down().await;
}

#[tokio::test]
async fn blb_23_a_put_goes_on_where_it_ended() {
    let mut world = World::new().await;
    let file = File::new(4, 24 * MIB);
    let client = world.client.clone();
    let node = world.node();
    let received = || node.stats().blob_bytes_received;
    tokio::select! {
        put = client.put(&file) => panic!("too fast: {put:?}"),
        () = until(|| received() > 6 * MIB) => {}
    }
    let again = async {
        until(|| received() > 12 * MIB).await;
        received()
    };
    let (first, put) = {
        let put = client.put(&file);
        tokio::pin!(put);
        tokio::select! {
            put = &mut put => panic!("too fast: {put:?}"),
            first = again => {
                world.stop_node().await;
                (first, put.await)
            }
        }
    };
    assert!(matches!(put, Err(HomeError::Unreachable)), "{put:?}");
    world.start_node(1 << 30).await;
    client.put(&file).await.unwrap();
    let all = first + world.node().stats().blob_bytes_received;
    assert!(all < file.sealed_bytes() + 6 * MIB, "{all}: little came twice");
    let (here, _folder) = store();
    let blob = file.create_in(&here);
    client.get(&file, &blob).await.unwrap();
    assert!(file.is_in(&blob));
    world.shut_down().await;
}

#[tokio::test]
async fn blb_23_a_get_goes_on_where_it_was_stopped() {
    let world = World::new().await;
    let (client, node) = (&world.client, world.node());
    let file = File::new(5, 24 * MIB);
    client.put(&file).await.unwrap();
    let (here, _folder) = store();
    let blob = file.create_in(&here);
    tokio::select! {
        got = client.get(&file, &blob) => panic!("too fast: {got:?}"),
        () = until(|| node.stats().blob_bytes_sent > 8 * MIB) => {}
    }
    client.is_let_go().await;
    let before = blob.missing(&Groups::all()).unwrap().count();
    assert!(before < file.groups(), "something of it is here");
    client.get(&file, &blob).await.unwrap();
    assert!(file.is_in(&blob));
    let sent = node.stats().blob_bytes_sent;
    assert!(sent < file.sealed_bytes() + 12 * MIB, "{sent}");
    world.shut_down().await;
}

#[tokio::test]
async fn blb_23_what_does_not_hold_is_refused_and_what_was_right_stays() {
    let world = World::new().await;
    let file = File::new(6, 4 * MIB);
    world.client.put(&file).await.unwrap();
    let mut stream = file.stream();
    let middle = stream.len() / 2;
    stream[middle] ^= 1;
    let liar = FakeHome::new(61, vec![BlobReply::Sending], stream).await;
    let (here, _folder) = store();
    let blob = file.create_in(&here);
    let got = liar.client.get(&file, &blob).await;
    let Err(HomeError::Corrupt(PeerFault::WrongGroup { group })) = got else {
        panic!("{got:?}");
    };
    assert!((100..156).contains(&group), "{group} of {}", file.groups());
    assert!(liar.left_as_a_liar().await);
    assert_eq!(
        blob.missing(&Groups::all())
            .unwrap()
            .ranges()
            .first()
            .unwrap()
            .start,
        group
    );
    world.client.get(&file, &blob).await.unwrap();
    assert!(file.is_in(&blob));
    // One that gives less, and one that gives more.
    let mut less = file.stream();
    less.truncate(MIB.try_into().unwrap());
    let liar = FakeHome::new(62, vec![BlobReply::Sending], less).await;
    let (here, _folder) = store();
    let got = liar.client.get(&file, &file.create_in(&here)).await;
    assert!(matches!(got, Err(HomeError::Unreachable)), "{got:?}");
    let more = [file.stream(), vec![0; 100]].concat();
    let liar = FakeHome::new(63, vec![BlobReply::Sending], more).await;
    let (here, _folder) = store();
    let got = liar.client.get(&file, &file.create_in(&here)).await;
    assert!(
        matches!(got, Err(HomeError::Corrupt(PeerFault::TooMuch))),
        "{got:?}"
    );
    world.shut_down().await;
}

#[tokio::test]
async fn blb_23_files_full_of_holes_are_mended_at_both_ends() {
    let world = World::new().await;
    let client = &world.client;
    let file = File::new(13, 4 * MIB);
    client.put(&file).await.unwrap();
    let (here, folder) = store();
    let blob = file.create_in(&here);
    client.get(&file, &blob).await.unwrap();
    // More holes than one message names.
    let holes = file.groups() / 2;
    assert!(holes > 128);
    world.pierce_files(folder.path());
    assert_eq!(blob.missing(&Groups::all()).unwrap().ranges().len() as u64, holes);
    client.get(&file, &blob).await.unwrap();
    assert!(file.is_in(&blob));
    world.pierce_files(&world.folder().join("blobs"));
    let (here, _folder) = store();
    let got = client.get(&file, &file.create_in(&here)).await;
    assert!(
        matches!(got, Err(HomeError::Unreachable)),
        "the home has lost some of it: {got:?}"
    );
    let node = world.node();
    until_async(async || client.put(&file).await.is_ok() && node.stats().blobs_stored == 2).await;
    let blob = file.create_in(&here);
    client.get(&file, &blob).await.unwrap();
    assert!(file.is_in(&blob));
    world.shut_down().await;
}

#[tokio::test]
async fn blb_23_a_home_that_never_has_enough_is_given_up() {
    let file = File::new(7, 1000);
    let wanted = BlobReply::Wanted {
        groups: GroupRanges::all(),
    };
    let greedy = FakeHome::new(71, vec![wanted.clone(), wanted], Vec::new()).await;
    let put = greedy.client.put(&file).await;
    assert!(matches!(put, Err(HomeError::Unreachable)), "{put:?}");
    assert_eq!(greedy.streams(), STREAMS_MAX);
    for nonsense in [BlobReply::Sending, BlobReply::Done] {
        let silly = FakeHome::new(72, vec![nonsense], Vec::new()).await;
        let put = silly.client.put(&file).await;
        assert!(matches!(put, Err(HomeError::Unreachable)), "{put:?}");
    }
}

#[tokio::test]
async fn blb_23_a_file_that_is_spoilt_here_is_not_put() {
    let world = World::new().await;
    let file = File::new(8, MIB);
    file.spoil();
    let put = world.client.put(&file).await;
    assert!(matches!(put, Err(HomeError::Spoilt(_))), "{put:?}");
    world.shut_down().await;
}

/// What came of an order.
async fn done(inputs: &mut mpsc::Receiver<Input>) -> (Tag, Result<(), BlobFailure>) {
    loop {
        match inputs.recv().await {
            Some(Input::Blob(BlobInput::Done { tag, outcome })) => return (tag, outcome),
            Some(Input::Blob(BlobInput::Progress { .. })) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn blb_23_the_orders_of_the_machine_are_carried_out() {
    let world = World::new().await;
    let (here, _folder) = store();
    let (hand_in, mut inputs) = mpsc::channel(64);
    let (sent, got) = (File::new(11, 3 * MIB), File::new(12, 100));
    let ours = Transfers::new(
        sent.store().clone(),
        Windows::default(),
        world.client.homes(),
        hand_in.clone(),
    );
    let theirs = Transfers::new(here.clone(), Windows::default(), world.client.homes(), hand_in);
    let home = world.node().endpoint().clone();
    let put = |tag, capability| BlobOutput::Put {
        tag,
        home: home.clone(),
        capability,
        blob: sent.as_the_machine_knows_it(),
        secret: [4; 32],
    };
    let member = world::member;
    ours.carry_out(put(1, capability(0, SigningKey::from_seed(&[9; 32]))));
    assert_eq!(done(&mut inputs).await, (1, Err(BlobFailure::Denied)));
    ours.carry_out(put(2, member()));
    assert_eq!(done(&mut inputs).await, (2, Ok(())));
    let get = |tag, file: &File| BlobOutput::Get {
        tag,
        from: BlobSource::Home {
            home: home.clone(),
            capability: member(),
        },
        blob: file.as_the_machine_knows_it(),
    };
    theirs.carry_out(get(3, &got));
    assert_eq!(done(&mut inputs).await, (3, Err(BlobFailure::Unknown)));
    theirs.carry_out(get(4, &sent));
    assert_eq!(done(&mut inputs).await, (4, Ok(())));
    assert!(sent.is_in(&sent.create_in(&here)));
    let withdraw = |tag, secret| BlobOutput::Withdraw {
        tag,
        home: home.clone(),
        log: member().log,
        hash: sent.as_the_machine_knows_it().hash,
        secret,
    };
    ours.carry_out(withdraw(5, [1; 32]));
    assert_eq!(done(&mut inputs).await, (5, Err(BlobFailure::Denied)));
    ours.carry_out(withdraw(6, [4; 32]));
    assert_eq!(done(&mut inputs).await, (6, Ok(())));
    ours.carry_out(put(7, member()));
    ours.carry_out(BlobOutput::Stop { tag: 7 });
    ours.carry_out(withdraw(8, [4; 32]));
    assert_eq!(
        done(&mut inputs).await,
        (8, Ok(())),
        "what is stopped tells nothing more"
    );
    ours.shut_down().await;
    theirs.shut_down().await;
    world.shut_down().await;
}

#[tokio::test]
async fn blb_24_memory_does_not_grow_with_the_file() {
    const BYTES: u64 = 128 * MIB;
    /// Windows of both ends and pieces; of the file a third. The node is in this process.
    const GROWTH_MAX: usize = 44 << 20;

    let world = World::new().await;
    let client: &Client = &world.client;
    // Once, so that everything is there that is there once.
    client.put(&File::new(9, MIB)).await.unwrap();
    let file = File::new(10, BYTES);
    let before = peak_bytes();
    client.put(&file).await.unwrap();
    let (here, _folder) = store();
    let blob = file.create_in(&here);
    client.get(&file, &blob).await.unwrap();
    if let (Some(before), Some(after)) = (before, peak_bytes()) {
        let growth = after.saturating_sub(before);
        assert!(growth < GROWTH_MAX, "{growth}");
    }
    assert!(file.is_in(&blob));
    world.shut_down().await;
}
