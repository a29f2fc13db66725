//! Calls of the SDK beside writing and reading: safety numbers, the note to oneself, having caught up.

use xchat_client::{CallError, Event, MessageState, SafetyError, SendError, Verification};

use crate::world::{Person, World};

#[tokio::test(flavor = "multi_thread")]
async fn two_people_compare_their_safety_number() {
    let world = World::new().await;
    let (mut alice, bob, at_alice, at_bob) = world.friends().await;
    let hers = alice.messenger.safety(at_alice).await.unwrap();
    let his = bob.messenger.safety(at_bob).await.unwrap();
    assert_eq!(hers.groups, his.groups);
    assert_ne!(hers.code, his.code);
    assert_eq!(hers.proof.map(|proof| proof.operators), Some(1));
    assert!(
        his.proof.is_some(),
        "whoever was asked has looked the sender up as well"
    );
    let own = alice.messenger.compare(at_alice, &hers.code).await;
    assert!(
        matches!(own, Err(CallError::Refused(SafetyError::OtherPerson))),
        "{own:?}"
    );
    assert!(alice.messenger.compare(at_alice, &his.code).await.unwrap());
    let shown = alice
        .event("the verification", |event| match event {
            Event::Conversation(view) if view.verification == Verification::Verified => Some(view.clone()),
            _ => None,
        })
        .await;
    assert_eq!(shown.id, at_alice);
    let bobs = bob.messenger.identity().await.unwrap().unwrap();
    assert_eq!(shown.account, bobs.account);
    alice.messenger.set_verified(at_alice, false).await.unwrap();
    let view = alice.messenger.safety(at_alice).await.unwrap();
    assert_eq!(view.verification, Verification::None);
    alice.stop().await;
    bob.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_to_oneself_is_kept_by_the_home() {
    let mut world = World::new().await;
    let mut alice = world.person("alice").await;
    let note = alice.messenger.note().await.unwrap();
    let first = alice.send(note, "milk").await;
    alice.reaches(&first, MessageState::Sent).await;
    world.stop_node().await;
    alice.send(note, "bread").await;
    alice.stop().await;
    world.start_node().await;
    alice.start().await;
    assert_eq!(alice.messenger.note().await.unwrap(), note);
    let third = alice.send(note, "salt").await;
    alice.reaches(&third, MessageState::Sent).await;
    let messages = alice.messenger.messages(note, None, 10).await.unwrap();
    let seen: Vec<_> = messages
        .iter()
        .map(|message| (message.text.as_str(), message.state))
        .collect();
    let sent = MessageState::Sent;
    assert_eq!(seen, [("milk", sent), ("bread", sent), ("salt", sent)]);
    let view = alice.messenger.conversation(note).await.unwrap().unwrap();
    assert!(view.is_note);
    let nobody = alice.messenger.safety(note).await;
    assert!(
        matches!(nobody, Err(CallError::Refused(SafetyError::NobodyElse))),
        "{nobody:?}"
    );
    alice.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_caught_up_has_all_that_lay_at_the_home() {
    let world = World::new().await;
    let (mut alice, mut bob, at_alice, at_bob) = world.friends().await;
    let carol = world.person("carol").await;
    bob.stop().await;
    let mut last = None;
    for number in 0..20 {
        last = Some(alice.send(at_alice, &number.to_string()).await);
    }
    alice.reaches(&last.unwrap(), MessageState::Sent).await;
    let mut carol = carol;
    let at_carol = carol.messenger.contact("bob".parse().unwrap()).await.unwrap();
    carol.active(at_carol).await;
    bob.start().await;
    bob.messenger.caught_up().await.unwrap();
    assert_eq!(bob.texts(at_bob).await.len(), 20);
    let requests = bob.messenger.requests().await.unwrap();
    assert_eq!(requests.len(), 1);
    let carols = carol.messenger.identity().await.unwrap().unwrap();
    assert_eq!(
        requests.first().map(|request| request.account),
        Some(carols.account)
    );
    let nameless = Person::new("nameless").await;
    nameless.messenger.caught_up().await.unwrap();
    nameless.stop().await;
    alice.stop().await;
    bob.stop().await;
    carol.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_verified_who_comes_back_with_the_words_is_not_written_to_unseen() {
    let world = World::new().await;
    let mut alice = world.person("alice").await;
    let bob = Person::new("bob").await;
    let phrase = bob.messenger.create_account().await.unwrap();
    bob.messenger.join_network(world.invitation()).await.unwrap();
    bob.messenger.register("bob".parse().unwrap()).await.unwrap();
    let at_bob = bob.messenger.contact("alice".parse().unwrap()).await.unwrap();
    let before = alice.accept_from("bob").await;
    alice.active(before).await;
    let code = bob.messenger.safety(at_bob).await.unwrap().code;
    assert!(alice.messenger.compare(before, &code).await.unwrap());
    bob.stop().await;
    let mut again = Person::new("bob").await;
    again.messenger.join_network(world.invitation()).await.unwrap();
    again
        .messenger
        .restore(phrase, "bob".parse().unwrap())
        .await
        .unwrap();
    let at_again = again.messenger.contact("alice".parse().unwrap()).await.unwrap();
    let now = alice
        .event("the new conversation", |event| match event {
            Event::Conversation(view) if view.id != before => Some(view.id),
            _ => None,
        })
        .await;
    let refused = alice.messenger.send_text(now, "is it you?").await;
    assert!(
        matches!(refused, Err(CallError::Refused(SendError::IdentityChanged))),
        "{refused:?}"
    );
    assert!(!alice.messenger.compare(now, &code).await.unwrap());
    again.active(at_again).await;
    let code = again.messenger.safety(at_again).await.unwrap().code;
    assert!(alice.messenger.compare(now, &code).await.unwrap());
    alice.send(now, "so it is").await;
    again.has_texts(at_again, &["so it is"]).await;
    alice.stop().await;
    again.stop().await;
}
