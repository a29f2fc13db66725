//! Stories of people with real messengers, over real QUIC, through a real node.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

#[path = "messenger/acts.rs"]
mod acts;
#[path = "messenger/calls.rs"]
mod calls;
#[path = "messenger/exposure.rs"]
mod exposure;
#[path = "messenger/files.rs"]
mod files;
#[path = "messenger/library.rs"]
mod library;
#[path = "messenger/logs.rs"]
mod logs;
#[path = "messenger/machines.rs"]
mod machines;
#[path = "messenger/names.rs"]
mod names;
#[path = "../../app/tests/product/not_tested.rs"]
mod not_tested;
#[path = "messenger/operators.rs"]
mod operators;
#[path = "messenger/passes.rs"]
mod passes;
#[path = "messenger/relay.rs"]
mod relay;
#[path = "messenger/transfers.rs"]
mod transfers;
#[path = "messenger/world.rs"]
mod world;

use xchat_client::{
    CallError, ContactError, Event, MachineError, MessageState, Messenger, MessengerConfig, NameStanding,
    Phrase, Profile, ProfileError, RegistrationError, Update,
};

use world::{Person, World, settle};

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_accepted_and_both_talk() {
    let world = World::new().await;
    let mut alice = world.person("alice").await;
    let mut bob = world.person("bob").await;
    let at_alice = alice.messenger.contact("@Bob".parse().unwrap()).await.unwrap();
    let first = alice.send(at_alice, "hello Bob").await;
    assert_eq!(first.state, MessageState::Waiting);
    let view = alice.messenger.conversation(at_alice).await.unwrap().unwrap();
    assert!(!view.is_accepted);
    let at_bob = bob.accept_from("alice").await;
    let view = bob.messenger.conversation(at_bob).await.unwrap().unwrap();
    assert!(view.is_accepted);
    alice
        .event("the acceptance", |event| match event {
            Event::Conversation(view) if view.is_accepted => Some(()),
            _ => None,
        })
        .await;
    bob.has_texts(at_bob, &["hello Bob"]).await;
    alice.reaches(&first, MessageState::Delivered).await;
    let answer = bob.send(at_bob, "hello Alice").await;
    alice.has_texts(at_alice, &["hello Bob", "hello Alice"]).await;
    bob.reaches(&answer, MessageState::Delivered).await;
    let again = alice.messenger.contact("bob".parse().unwrap()).await.unwrap();
    assert_eq!(again, at_alice, "there is one conversation with a person");
    alice.stop().await;
    bob.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_goes_forward_through_its_states() {
    let world = World::new().await;
    let (mut alice, mut bob, at_alice, at_bob) = world.friends().await;
    let message = alice.send(at_alice, "read me").await;
    let row = bob
        .event("the message", |event| match event {
            Event::Message(message) if message.text == "read me" => Some(message.row),
            _ => None,
        })
        .await;
    bob.messenger.mark_read(at_bob, row).await.unwrap();
    let mut states = vec![message.state];
    while states.last() != Some(&MessageState::Read) {
        let state = alice
            .event("the next state", |event| match event {
                Event::State { id, state, .. } if *id == message.id => Some(*state),
                _ => None,
            })
            .await;
        assert!(Some(&state) > states.last(), "{state:?} after {states:?}");
        states.push(state);
    }
    assert_eq!(states.first(), Some(&MessageState::Waiting));
    assert!(states.contains(&MessageState::Delivered), "{states:?}");
    let view = bob.messenger.conversation(at_bob).await.unwrap().unwrap();
    assert_eq!(view.unread, 0);
    alice.stop().await;
    bob.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_while_somebody_was_away_arrives_once_and_in_order() {
    let world = World::new().await;
    let (mut alice, mut bob, at_alice, at_bob) = world.friends().await;
    bob.stop().await;
    let texts: Vec<String> = (0..10).map(|number| format!("number {number}")).collect();
    let mut last = None;
    for text in &texts {
        last = Some(alice.send(at_alice, text).await);
    }
    alice.reaches(&last.unwrap(), MessageState::Sent).await;
    alice.stop().await;
    bob.start().await;
    let expected: Vec<&str> = texts.iter().map(String::as_str).collect();
    bob.has_texts(at_bob, &expected).await;
    alice.start().await;
    let answer = alice.send(at_alice, "that was all").await;
    bob.has_texts(at_bob, &[expected.as_slice(), &["that was all"]].concat())
        .await;
    alice.reaches(&answer, MessageState::Delivered).await;
    alice.stop().await;
    bob.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn either_may_restart_at_any_time() {
    let world = World::new().await;
    let (mut alice, mut bob, at_alice, at_bob) = world.friends().await;
    let mut expected = Vec::new();
    for round in ["one", "two", "three"] {
        alice.send(at_alice, round).await;
        alice.stop().await;
        alice.start().await;
        expected.push(round);
        bob.has_texts(at_bob, &expected).await;
        bob.stop().await;
        bob.start().await;
    }
    bob.send(at_bob, "four").await;
    expected.push("four");
    alice.has_texts(at_alice, &expected).await;
    alice.stop().await;
    bob.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_flow_directly_while_the_node_is_away() {
    let mut world = World::new().await;
    let (mut alice, mut bob, at_alice, at_bob) = world.friends().await;
    settle((&mut alice, at_alice), (&mut bob, at_bob), "with the node").await;
    alice.direct(at_alice).await;
    bob.direct(at_bob).await;
    world.stop_node().await;
    let without = alice.send(at_alice, "without it").await;
    bob.has_texts(at_bob, &["with the node", "without it"]).await;
    alice.reaches(&without, MessageState::Delivered).await;
    bob.stop().await;
    world.start_node().await;
    // Now the log alone can bring it, and it brings what went directly before, which Bob has.
    let back = alice.send(at_alice, "the node is back").await;
    alice.reaches(&back, MessageState::Sent).await;
    bob.start().await;
    bob.has_texts(at_bob, &["with the node", "without it", "the node is back"])
        .await;
    alice.reaches(&back, MessageState::Delivered).await;
    alice.stop().await;
    bob.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_and_presence_are_seen() {
    let world = World::new().await;
    let (mut alice, mut bob, at_alice, at_bob) = world.friends().await;
    // Signs are never stored: whoever is to see them must be there.
    alice.direct(at_alice).await;
    bob.direct(at_bob).await;
    alice.messenger.set_present(true).await.unwrap();
    bob.see("presence", async |messenger| {
        let view = messenger.conversation(at_bob).await.unwrap().unwrap();
        view.online.then_some(())
    })
    .await;
    alice.messenger.set_typing(at_alice, true).await.unwrap();
    bob.see("typing", async |messenger| {
        let view = messenger.conversation(at_bob).await.unwrap().unwrap();
        view.typing.then_some(())
    })
    .await;
    alice.messenger.set_typing(at_alice, false).await.unwrap();
    bob.see("no more typing", async |messenger| {
        let view = messenger.conversation(at_bob).await.unwrap().unwrap();
        (!view.typing).then_some(())
    })
    .await;
    alice.stop().await;
    bob.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_request_is_gone() {
    let world = World::new().await;
    let alice = world.person("alice").await;
    let mut bob = world.person("bob").await;
    alice.messenger.contact("bob".parse().unwrap()).await.unwrap();
    let request = bob
        .event("the request", |event| match event {
            Event::Request(request) => Some(request.id),
            _ => None,
        })
        .await;
    bob.messenger.decline(request).await.unwrap();
    assert!(bob.messenger.requests().await.unwrap().is_empty());
    assert!(bob.messenger.conversations().await.unwrap().is_empty());
    alice.stop().await;
    bob.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_name_what_is_wrong() {
    let world = World::new().await;
    let alice = world.person("alice").await;
    let nobody = alice.messenger.contact("nobody_here".parse().unwrap()).await;
    assert!(
        matches!(nobody, Err(CallError::Refused(ContactError::UnknownName))),
        "{nobody:?}"
    );
    assert_eq!(nobody.unwrap_err().code(), "unknown-name");
    let herself = alice.messenger.contact("alice".parse().unwrap()).await;
    assert!(
        matches!(herself, Err(CallError::Refused(ContactError::Myself))),
        "{herself:?}"
    );
    let stranger = Person::new("mallory").await;
    let early = stranger.messenger.register("mallory".parse().unwrap()).await;
    assert!(matches!(
        early,
        Err(CallError::Refused(
            RegistrationError::NoAccount | RegistrationError::NoNetwork
        ))
    ));
    assert!(stranger.messenger.network_report().await.is_err());
    stranger.stop().await;
    alice.stop().await;
    let late = alice.messenger.conversations().await;
    assert!(matches!(late, Err(CallError::Stopped)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_name_is_refused() {
    let world = World::new().await;
    let alice = world.person("alice").await;
    let mallory = Person::new("mallory").await;
    mallory.messenger.create_account().await.unwrap();
    let network = alice.messenger.network().await.unwrap().unwrap();
    mallory.messenger.join_network(network).await.unwrap();
    let taken = mallory.messenger.register("alice".parse().unwrap()).await;
    assert!(
        matches!(taken, Err(CallError::Refused(RegistrationError::NameTaken))),
        "{taken:?}"
    );
    mallory
        .messenger
        .register("mallory".parse().unwrap())
        .await
        .unwrap();
    alice.stop().await;
    mallory.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_looked_up_before_there_is_an_account() {
    let mut world = World::new().await;
    let alice = world.person("alice").await;
    let newcomer = Person::new("newcomer").await;
    let look_up = async |name: &str| newcomer.messenger.look_up(name.parse().unwrap()).await;
    assert_eq!(look_up("alice").await.unwrap_err().code(), "no-network");
    let network = alice.messenger.network().await.unwrap().unwrap();
    newcomer.messenger.join_network(network).await.unwrap();
    assert_eq!(look_up("alice").await.unwrap(), NameStanding::Taken);
    assert_eq!(look_up("free_so_far").await.unwrap(), NameStanding::Free);
    assert_eq!(look_up("support").await.unwrap(), NameStanding::Reserved);
    world.stop_node().await;
    assert_eq!(look_up("alice").await.unwrap_err().code(), "unreachable");
    newcomer.stop().await;
    alice.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_messenger_holds_its_profile() {
    let world = World::new().await;
    let alice = world.person("alice").await;
    let second = Profile::open(&alice.profile_folder(), None);
    assert!(matches!(second, Err(ProfileError::InUse)), "{second:?}");
    alice
        .messenger
        .set_passphrase(Some("open sesame".to_owned()))
        .await
        .unwrap();
    alice.stop().await;
    let without = Profile::open(&alice.profile_folder(), None);
    assert!(
        matches!(without, Err(ProfileError::PassphraseNeeded)),
        "{without:?}"
    );
    Profile::open(&alice.profile_folder(), Some("open sesame")).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_tells_who_answers() {
    let mut world = World::new().await;
    let alice = world.person("alice").await;
    let report = alice.messenger.network_report().await.unwrap();
    assert!(report.nodes.iter().all(xchat_client::NodeReport::is_reachable));
    assert_eq!(report.nodes.len(), 1);
    assert!(!report.sockets.is_empty());
    world.stop_node().await;
    let report = alice.messenger.network_report().await.unwrap();
    assert!(!report.nodes.iter().any(xchat_client::NodeReport::is_reachable));
    alice.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn new_nodes_of_the_network_are_learned() {
    let world = World::new().await;
    let (mut alice, bob, at_alice, at_bob) = world.friends().await;
    let more = world.invitation_by_more_nodes();
    alice.messenger.join_network(more.clone()).await.unwrap();
    assert_eq!(alice.messenger.network().await.unwrap(), Some(more));
    bob.send(at_bob, "still there?").await;
    alice.has_texts(at_alice, &["still there?"]).await;
    // The first node of the list doesn't exist: the next is asked.
    let unknown = alice.messenger.contact("nobody_here".parse().unwrap()).await;
    assert!(
        matches!(unknown, Err(CallError::Refused(ContactError::UnknownName))),
        "{unknown:?}"
    );
    let elsewhere = World::new().await;
    let other = alice.messenger.join_network(elsewhere.invitation()).await;
    assert!(
        matches!(other, Err(CallError::Refused(MachineError::ApiMisuse(_)))),
        "{other:?}"
    );
    alice.stop().await;
    bob.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_waits_while_the_profile_can_not_be_written() {
    let world = World::new().await;
    let (mut alice, mut bob, at_alice, at_bob) = world.friends().await;
    // A folder in the place of the file that the mark is written to.
    let obstacle = alice.profile_folder().join("mark.new");
    std::fs::create_dir(&obstacle).unwrap();
    for number in 0..64 {
        alice.send(at_alice, &format!("number {number}")).await;
    }
    alice.update(&Update::StorageFailed { is_full: false }).await;
    bob.send(at_bob, "for later").await;
    alice.stop().await;
    let failed = Messenger::start(MessengerConfig::new(
        Profile::open(&alice.profile_folder(), None).unwrap(),
    ));
    assert!(matches!(failed.await, Err(ProfileError::Storage(_))));
    std::fs::remove_dir(&obstacle).unwrap();
    alice.start().await;
    alice
        .see("what Bob wrote", async |messenger| {
            let messages = messenger.messages(at_alice, None, 500).await.unwrap();
            messages
                .iter()
                .any(|message| message.text == "for later")
                .then_some(())
        })
        .await;
    alice.send(at_alice, "and on it goes").await;
    bob.see("all", async |messenger| {
        let messages = messenger.messages(at_bob, None, 500).await.unwrap();
        (messages.len() == 66).then_some(())
    })
    .await;
    std::fs::create_dir(&obstacle).unwrap();
    for number in 0..64 {
        alice.send(at_alice, &format!("number {number}")).await;
    }
    alice.update(&Update::StorageFailed { is_full: false }).await;
    std::fs::remove_dir(&obstacle).unwrap();
    alice.update(&Update::StorageRecovered).await;
    alice.stop().await;
    bob.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn words_and_name_must_belong_together() {
    let world = World::new().await;
    let alice = world.person("alice").await;
    let other = Person::new("mallory").await;
    other.messenger.join_network(world.invitation()).await.unwrap();
    let phrase = || Phrase::parse(&format!("{}art", "abandon ".repeat(23))).unwrap();
    let nobody = other
        .messenger
        .restore(phrase(), "nobody_here".parse().unwrap())
        .await;
    assert!(
        matches!(nobody, Err(CallError::Refused(RegistrationError::UnknownName))),
        "{nobody:?}"
    );
    let hers = other.messenger.restore(phrase(), "alice".parse().unwrap()).await;
    assert!(
        matches!(hers, Err(CallError::Refused(RegistrationError::OtherPhrase))),
        "{hers:?}"
    );
    let report = other.messenger.network_report().await.unwrap();
    assert_eq!(report.own, None, "without an account nobody can dial");
    alice.stop().await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_comes_back_with_its_words() {
    let world = World::new().await;
    let first = Person::new("alice").await;
    let words = first.messenger.create_account().await.unwrap().words().join(" ");
    first.messenger.join_network(world.invitation()).await.unwrap();
    first.messenger.register("alice".parse().unwrap()).await.unwrap();
    let account = first.messenger.identity().await.unwrap().unwrap().account;
    first.stop().await;
    let second = Person::new("alice").await;
    second.messenger.join_network(world.invitation()).await.unwrap();
    let phrase = || Phrase::parse(&words).unwrap();
    let wrong = second
        .messenger
        .restore(phrase(), "nobody_here".parse().unwrap())
        .await;
    assert!(
        matches!(wrong, Err(CallError::Refused(RegistrationError::UnknownName))),
        "{wrong:?}"
    );
    second
        .messenger
        .restore(phrase(), "alice".parse().unwrap())
        .await
        .unwrap();
    let identity = second.messenger.identity().await.unwrap().unwrap();
    assert_eq!(identity.account, account);
    assert!(identity.registered);
    let report = second.messenger.network_report().await.unwrap();
    assert!(report.own.is_some(), "the device can be dialled");
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_asks_all_the_time_holds_up_neither_messages_nor_receipts() {
    let world = World::new().await;
    let (mut alice, mut bob, at_alice, _) = world.friends().await;
    let asking: Vec<_> = (0..512)
        .map(|_| {
            let messenger = bob.messenger.clone();
            tokio::spawn(async move { while messenger.conversations().await.is_ok() {} })
        })
        .collect();
    let message = alice.send(at_alice, "through the crowd").await;
    bob.event("the message", |event| match event {
        Event::Message(message) if message.text == "through the crowd" => Some(()),
        _ => None,
    })
    .await;
    alice.reaches(&message, MessageState::Delivered).await;
    alice.stop().await;
    bob.stop().await;
    for asking in asking {
        asking.await.unwrap();
    }
}
