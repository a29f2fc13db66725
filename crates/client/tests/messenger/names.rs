//! Names and the directory, as a host program sees them, on a real node.

use xchat_client::{Event, NameStanding, Phrase, RecordPart};

use crate::world::{Person, World};

#[tokio::test(flavor = "multi_thread")]
async fn wat_07_a_name_is_given_up_and_found_by_nobody() {
    let world = World::new().await;
    let (alice, mut bob, at_alice, at_bob) = world.friends().await;
    alice.messenger.release_name().await.unwrap();
    let identity = alice.messenger.identity().await.unwrap().unwrap();
    assert!(identity.released && !identity.registered);
    let carol = world.person("carol").await;
    let standing = carol.messenger.look_up("alice".parse().unwrap()).await.unwrap();
    assert!(matches!(standing, NameStanding::Resting { .. }), "{standing:?}");
    let refused = carol
        .messenger
        .contact("alice".parse().unwrap())
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "unknown-name");
    let again = alice.messenger.release_name().await.unwrap_err();
    assert_eq!(again.code(), "not-registered");
    alice.send(at_alice, "still here").await;
    bob.has_texts(at_bob, &["still here"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wat_05_whoever_has_the_words_is_noticed_by_the_one_whose_name_it_is() {
    let world = World::new().await;
    let mut alice = Person::new("alice").await;
    let phrase = alice.messenger.create_account().await.unwrap();
    alice.messenger.join_network(world.invitation()).await.unwrap();
    alice.messenger.register("alice".parse().unwrap()).await.unwrap();
    assert_eq!(alice.messenger.own_record_change().await.unwrap(), None);
    let thief = Person::new("thief").await;
    thief.messenger.join_network(world.invitation()).await.unwrap();
    let words = Phrase::parse(&phrase.words().join(" ")).unwrap();
    thief
        .messenger
        .restore(words, "alice".parse().unwrap())
        .await
        .unwrap();
    // Any lookup shows a newer block, and so does time.
    alice
        .messenger
        .look_up("somebody".parse().unwrap())
        .await
        .unwrap();
    let change = alice
        .event("that her record has changed", |event| match event {
            Event::OwnRecordChanged(change) => Some(change.clone()),
            _ => None,
        })
        .await;
    assert!(change.parts.contains(&RecordPart::IdentityKey));
    assert_eq!(alice.messenger.own_record_change().await.unwrap(), Some(change));
    alice.messenger.acknowledge_own_record_change().await.unwrap();
    assert_eq!(alice.messenger.own_record_change().await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_says_whose_a_node_is_and_what_it_did() {
    let world = World::new().await;
    let alice = world.person("alice").await;
    let view = alice.messenger.directory().await.unwrap().unwrap();
    assert!(view.height > 0);
    assert_eq!((view.operators.len(), view.trusted_until_ms), (1, None));
    let report = alice.messenger.network_report().await.unwrap();
    let node = &report.nodes[0];
    assert!(node.is_reachable() && node.validates);
    assert_eq!((node.faults, node.last_fault), (0, None));
    assert!(alice.messenger.evidence().await.unwrap().is_empty());
    let onward = alice.messenger.invitation().await.unwrap().unwrap();
    assert_eq!(onward.checkpoint, None, "the genesis tells it all");
    assert_eq!(onward.from, Some("alice".parse().unwrap()));
}
