//! Replies, edits, deletions, reactions and forwarding between two people.

use xchat_client::{ActError, CallError, DeleteFor, Event, MessageState, MessageView, Outgoing, SendError};

use crate::world::{Person, World};

/// Waits until somebody's message reads as wanted.
async fn reads(person: &mut Person, what: &str, is_it: impl Fn(&MessageView) -> bool) -> MessageView {
    person
        .event(what, |event| match event {
            Event::Changed(view) if is_it(view) => Some(view.clone()),
            _ => None,
        })
        .await
}

async fn hears(person: &mut Person, text: &str) -> MessageView {
    person
        .event(text, |event| match event {
            Event::Message(view) if view.text == text => Some(view.clone()),
            _ => None,
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_answer_edit_react_forward_and_delete() {
    let world = World::new().await;
    let (mut alice, mut bob, at_alice, at_bob) = world.friends().await;
    let hers = alice.send(at_alice, "lunch at one?").await;
    let seen = hears(&mut bob, "lunch at one?").await;
    let answer = Outgoing {
        text: "yes".to_owned(),
        reply_to: Some(seen.row),
        ..Outgoing::default()
    };
    bob.messenger.send(at_bob, answer).await.unwrap();
    let reply = hears(&mut alice, "yes").await.reply.unwrap();
    assert_eq!(
        (reply.row, reply.text.as_str()),
        (Some(hers.row), "lunch at one?")
    );

    bob.messenger.react(seen.row, "👍", true).await.unwrap();
    let with = reads(&mut alice, "the reaction", |view| !view.reactions.is_empty()).await;
    assert_eq!((with.row, with.reactions[0].emoji.as_str()), (hers.row, "👍"));
    assert_eq!(
        (with.reactions[0].names[0].as_str(), with.reactions[0].mine),
        ("bob", false)
    );
    bob.messenger.react(seen.row, "👍", false).await.unwrap();
    reads(&mut alice, "no reaction", |view| view.reactions.is_empty()).await;

    alice.messenger.edit(hers.row, "lunch at two?").await.unwrap();
    let edited = reads(&mut bob, "the edit", |view| view.edited_ms.is_some()).await;
    assert_eq!((edited.row, edited.text.as_str()), (seen.row, "lunch at two?"));
    let versions = bob.messenger.versions(seen.row).await.unwrap();
    let versions: Vec<_> = versions.iter().map(|version| version.text.as_str()).collect();
    assert_eq!(versions, ["lunch at one?", "lunch at two?"]);
    let theirs = bob.messenger.edit(seen.row, "lunch at midnight").await;
    assert!(
        matches!(theirs, Err(CallError::Refused(ActError::NotYours))),
        "{theirs:?}"
    );

    let note = alice.messenger.note().await.unwrap();
    let forwarded = alice.messenger.forward(hers.row, note).await.unwrap();
    assert!(forwarded.is_forwarded && forwarded.reply.is_none());
    assert_eq!(forwarded.text, "lunch at two?");

    alice
        .messenger
        .delete(hers.row, DeleteFor::Everyone)
        .await
        .unwrap();
    let gone = reads(&mut bob, "the deletion", |view| view.is_deleted).await;
    assert_eq!((gone.row, gone.text.as_str()), (seen.row, ""));
    assert!(bob.messenger.versions(seen.row).await.unwrap().is_empty());
    let late = bob.messenger.react(seen.row, "👍", true).await;
    assert!(
        matches!(late, Err(CallError::Refused(ActError::Deleted))),
        "{late:?}"
    );
    let views = bob.messenger.messages(at_bob, None, 10).await.unwrap();
    let quoted = views.last().unwrap().reply.clone().unwrap();
    assert_eq!((quoted.text.as_str(), quoted.is_deleted), ("", true));

    // Only here, and only the other's view of it stays.
    let yes = views.last().unwrap().row;
    bob.messenger.delete(yes, DeleteFor::Me).await.unwrap();
    bob.event("the removal", |event| {
        matches!(event, Event::Removed { row, .. } if *row == yes).then_some(())
    })
    .await;
    assert_eq!(bob.texts(at_bob).await, [""]);
    assert_eq!(alice.texts(at_alice).await, ["", "yes"]);
    // A trace that nobody wants to see goes too.
    bob.messenger.delete(seen.row, DeleteFor::Me).await.unwrap();
    assert!(bob.texts(at_bob).await.is_empty());
    let view = bob.messenger.conversation(at_bob).await.unwrap().unwrap();
    assert_eq!((view.missing, view.unread), (0, 0));
    alice.stop().await;
    bob.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_deleted_before_it_left_is_never_seen() {
    let mut world = World::new().await;
    let (mut alice, mut bob, at_alice, at_bob) = world.friends().await;
    bob.stop().await;
    world.stop_node().await;
    alice.stop().await;
    alice.start().await;
    let secret = alice.send(at_alice, "never mind").await;
    let kept = alice.send(at_alice, "hello").await;
    let unknown = Outgoing {
        text: "to what?".to_owned(),
        reply_to: Some(9_999),
        ..Outgoing::default()
    };
    let refused = alice.messenger.send(at_alice, unknown).await;
    assert!(
        matches!(refused, Err(CallError::Refused(SendError::UnknownReply))),
        "{refused:?}"
    );
    alice
        .messenger
        .delete(secret.row, DeleteFor::Everyone)
        .await
        .unwrap();
    world.start_node().await;
    bob.start().await;
    alice.reaches(&kept, MessageState::Delivered).await;
    hears(&mut bob, "hello").await;
    let view = bob.messenger.conversation(at_bob).await.unwrap().unwrap();
    assert_eq!(view.missing, 0, "nothing is waited for");
    assert_eq!(bob.texts(at_bob).await, ["hello"]);
    alice.stop().await;
    bob.stop().await;
}
