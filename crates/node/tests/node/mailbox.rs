//! The mailbox over the network.

use xchat_proto::codec::Blob;
use xchat_proto::decision::verify_decision;
use xchat_proto::ids::LogId;
use xchat_proto::keys::SigningKey;
use xchat_proto::mailbox_wire::{EntryBody, Refusal, Reply, Request, SubscriptionFrame};

use super::device::{Device, append, body_of, commit};
use super::node;

const LOG: LogId = LogId([7; 32]);

fn key(epoch: u8) -> SigningKey {
    SigningKey::from_seed(&[100 + epoch; 32])
}

#[tokio::test]
async fn what_alice_appends_bob_reads_and_is_told() {
    let (node, _dir) = node().await;
    let mut alice = Device::new(1, &node).await;
    let mut bob = Device::new(2, &node).await;
    alice.create(LOG, &key(0)).await;
    assert_eq!(
        alice.ask(append(LOG, 0, b"one")).await,
        Reply::Appended { index: 0 }
    );

    bob.prove(LOG, 0, &key(0)).await;
    let entries = bob.read(LOG, 0, 0).await;
    assert_eq!(entries.iter().map(body_of).collect::<Vec<_>>(), [b"one"]);
    let mut news = bob.subscribe(LOG, 0).await;
    assert_eq!(body_of(&news.next_entry().await), b"one");
    assert_eq!(news.next().await, Some(SubscriptionFrame::CaughtUp));

    let replies = alice
        .ask_all(vec![append(LOG, 0, b"two"), append(LOG, 0, b"one")])
        .await;
    assert_eq!(
        replies,
        [Reply::Appended { index: 1 }, Reply::Appended { index: 0 }]
    );
    assert_eq!(body_of(&news.next_entry().await), b"two");
    assert_eq!(node.stats().subscriptions, 1);
    node.shutdown().await;
}

#[tokio::test]
async fn trn_04_a_proof_serves_only_the_connection_that_it_was_made_for() {
    let (node, _dir) = node().await;
    let mut alice = Device::new(1, &node).await;
    alice.create(LOG, &key(0)).await;
    let claim = alice.claim(LOG, 0, &key(0));
    let mut mallory = Device::new(3, &node).await;
    let replies = mallory
        .ask_all(vec![
            Request::Prove { claim: claim.clone() },
            append(LOG, 0, b"x"),
        ])
        .await;
    assert_eq!(replies, vec![Reply::Refused(Refusal::NotProved); 2]);
    let mut news = mallory.subscribe(LOG, 0).await;
    assert_eq!(
        news.next().await,
        Some(SubscriptionFrame::Refused(Refusal::NotProved))
    );
    assert_eq!(news.next().await, None);
    assert_eq!(alice.ask(Request::Prove { claim }).await, Reply::Done);
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trn_05_pipelined_appends_of_many_share_their_commits() {
    const DEVICES: u8 = 8;
    const APPENDS: u64 = 600;
    let (node, _dir) = node().await;
    let mut first = Device::new(1, &node).await;
    first.create(LOG, &key(0)).await;
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..DEVICES {
        let mut device = Device::new(10 + number, &node).await;
        tasks.spawn(async move {
            device.prove(LOG, 0, &key(0)).await;
            let bytes = |append: u64| [vec![number; 1000], append.to_be_bytes().to_vec()].concat();
            let requests = (0..APPENDS).map(|number| append(LOG, 0, &bytes(number)));
            device.ask_all(requests.collect()).await
        });
    }
    let mut indices = Vec::new();
    for replies in tasks.join_all().await {
        let own: Vec<u64> = replies
            .into_iter()
            .map(|reply| match reply {
                Reply::Appended { index } => index,
                other => panic!("{other:?}"),
            })
            .collect();
        assert!(own.is_sorted(), "the requests of a stream stay in order");
        indices.extend(own);
    }
    indices.sort_unstable();
    let all = u64::from(DEVICES) * APPENDS;
    assert_eq!(indices, (0..all).collect::<Vec<_>>());
    let read = first.read(LOG, 0, 0).await;
    assert_eq!(u64::try_from(read.len()).unwrap(), all);
    let stats = node.stats();
    assert!(
        stats.commands >= all && stats.commits * 4 < stats.commands,
        "{stats:?}"
    );
    node.shutdown().await;
}

#[tokio::test]
async fn trn_06_a_subscription_ends_with_the_commit_of_its_segment() {
    let (node, _dir) = node().await;
    let mut alice = Device::new(1, &node).await;
    alice.create(LOG, &key(0)).await;
    let mut news = alice.subscribe(LOG, 0).await;
    assert_eq!(news.next().await, Some(SubscriptionFrame::CaughtUp));
    let request = commit(node.endpoint(), LOG, 0, &key(1));
    let Reply::Decided { value, certificate } = alice.ask(request).await else {
        panic!("the commit is decided");
    };
    let home = node.endpoint().id;
    assert_eq!(
        verify_decision(&certificate, &[home], &LOG, 0, &value.hash()),
        Ok(())
    );
    let last = news.next_entry().await;
    assert_eq!(last.body, EntryBody::Commit { value, certificate });
    assert_eq!(news.next().await, None, "the stream has ended");

    let stale = alice.ask(append(LOG, 0, b"late")).await;
    assert_eq!(stale, Reply::Refused(Refusal::StaleEpoch { open: 1 }));
    alice.prove(LOG, 1, &key(1)).await;
    assert_eq!(
        alice.ask(append(LOG, 1, b"next")).await,
        Reply::Appended { index: 1 }
    );
    node.shutdown().await;
}

#[tokio::test]
async fn an_ephemeral_envelope_reaches_subscribers_and_no_disk() {
    let (node, _dir) = node().await;
    let mut alice = Device::new(1, &node).await;
    let mut bob = Device::new(2, &node).await;
    alice.create(LOG, &key(0)).await;
    bob.prove(LOG, 0, &key(0)).await;
    let mut news = bob.subscribe(LOG, 0).await;
    assert_eq!(news.next().await, Some(SubscriptionFrame::CaughtUp));
    let envelope = Blob::new(b"typing".to_vec()).unwrap();
    let request = Request::Ephemeral {
        log: LOG,
        epoch: 0,
        envelope: envelope.clone(),
    };
    assert_eq!(alice.ask(request).await, Reply::Done);
    assert_eq!(news.next().await, Some(SubscriptionFrame::Ephemeral(envelope)));
    assert_eq!(bob.read(LOG, 0, 0).await, []);
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trn_07_a_slow_subscriber_holds_up_nobody_and_misses_nothing() {
    const APPENDS: u64 = 160;
    let (node, _dir) = node().await;
    let mut alice = Device::new(1, &node).await;
    let mut bob = Device::new(2, &node).await;
    alice.create(LOG, &key(0)).await;
    bob.prove(LOG, 0, &key(0)).await;
    let mut news = bob.subscribe(LOG, 0).await;
    assert_eq!(news.next().await, Some(SubscriptionFrame::CaughtUp));
    // More than all windows hold together, while Bob reads nothing of it.
    for number in 0..APPENDS {
        let bytes = [vec![0; 64 * 1024], number.to_be_bytes().to_vec()].concat();
        assert_eq!(
            alice.ask(append(LOG, 0, &bytes)).await,
            Reply::Appended { index: number }
        );
    }
    assert!(node.stats().lags > 0, "{:?}", node.stats());
    for number in 0..APPENDS {
        assert_eq!(news.next_entry().await.index, number);
    }
    assert_eq!(
        alice.ask(append(LOG, 0, b"live")).await,
        Reply::Appended { index: APPENDS }
    );
    assert_eq!(body_of(&news.next_entry().await), b"live");
    node.shutdown().await;
}

#[tokio::test]
async fn a_subscription_that_is_left_is_forgotten() {
    let (node, _dir) = node().await;
    let mut alice = Device::new(1, &node).await;
    alice.create(LOG, &key(0)).await;
    let mut news = alice.subscribe(LOG, 0).await;
    assert_eq!(news.next().await, Some(SubscriptionFrame::CaughtUp));
    assert_eq!(node.stats().subscriptions, 1);
    drop(news);
    while node.stats().subscriptions > 0 {
        assert_eq!(alice.read(LOG, 0, 0).await, []);
    }
    node.shutdown().await;
}
