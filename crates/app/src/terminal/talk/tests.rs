//! What the terminal says.

use super::*;
use crate::dto::{MessageState, Verification};

fn hello() -> Message {
    Message {
        row: 1,
        id: "ab".to_owned(),
        conversation: 1,
        from: "bob".to_owned(),
        mine: true,
        text: "hello\n\u{1b}[2Jworld".to_owned(),
        sent_ms: 0,
        state: MessageState::Sent,
        edited_ms: None,
        deleted: false,
        forwarded: false,
        notice: None,
        timer_s: None,
        starred: false,
        pinned: false,
        expires_ms: None,
        reply: None,
        reactions: Vec::new(),
        attachments: Vec::new(),
        poll: None,
        answers: Vec::new(),
    }
}

#[test]
fn sizes_read_as_people_say_them() {
    for (bytes, text) in [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1_000, "1.0 kB"),
        (25_400, "25 kB"),
        (2_345_678, "2.3 MB"),
        (4_294_967_296, "4.2 GB"),
    ] {
        assert_eq!(size(bytes), text);
    }
}

#[test]
fn cli_05_a_message_lists_its_files_with_what_saves_them() {
    let file = Attachment {
        part: 1,
        kind: crate::dto::FileKind::Photo,
        name: "c\u{1b}at.jpg".to_owned(),
        media_type: "image/jpeg".to_owned(),
        description: None,
        size: 25_400,
        width: None,
        height: None,
        duration_ms: None,
        thumbhash: None,
        preview: None,
        waveform: None,
        state: FileState::Waiting,
        bytes: 0,
        going: None,
        trouble: None,
    };
    let message = Message {
        attachments: vec![file],
        ..hello()
    };
    assert!(
        self::message(&message)
            .ends_with("[sent]\n       1/1  c\u{fffd}at.jpg (25 kB, waits for somebody who has it)")
    );
}

#[test]
fn a_message_reads_in_one_look() {
    assert_eq!(
        message(&hello()),
        "00:00  @bob  hello\n    \u{fffd}[2Jworld  [sent]"
    );
}

#[test]
fn a_state_is_told_of_messages_that_were_seen() {
    let mut known = Known::default();
    let state = Event::State {
        conversation: 1,
        id: "ab".to_owned(),
        state: MessageState::Read,
    };
    assert_eq!(event(&state, &mut known), None);
    event(&Event::Message { message: hello() }, &mut known);
    assert_eq!(
        event(&state, &mut known).unwrap(),
        "       read: hello \u{fffd}[2Jworld"
    );
}

#[test]
fn only_news_of_a_person_is_told() {
    let mut known = Known::default();
    let mut bob = Conversation {
        account: "00".to_owned(),
        is_note: false,
        is_accepted: true,
        profile: None,
        timer_s: None,
        settings: crate::dto::ChatSettings::default(),
        verification: Verification::None,
        change: None,
        id: 1,
        peer: "bob".to_owned(),
        state: ConversationState::Active,
        trouble: None,
        unread: 0,
        first_unread: None,
        last: None,
        online: true,
        typing: false,
        direct: false,
        missing: 0,
    };
    let tell = |bob: &Conversation, known: &mut Known| {
        event(
            &Event::Conversation {
                conversation: Box::new(bob.clone()),
            },
            known,
        )
    };
    assert_eq!(tell(&bob, &mut known).unwrap(), "@bob is online");
    bob.unread = 3;
    assert_eq!(tell(&bob, &mut known), None);
    bob.typing = true;
    assert_eq!(tell(&bob, &mut known).unwrap(), "@bob is typing ...");
    bob.online = false;
    bob.typing = false;
    assert_eq!(tell(&bob, &mut known).unwrap(), "@bob is offline");
    bob.state = ConversationState::Broken;
    assert!(tell(&bob, &mut known).unwrap().contains("broken"));
}

#[test]
fn a_home_that_answers_from_the_beginning_is_no_news() {
    let mut known = Known::default();
    let home = |reachable| Event::Home {
        home: "h".to_owned(),
        reachable,
    };
    assert!(!known.is_news(&home(true)));
    assert!(known.is_news(&home(false)));
    assert!(!known.is_news(&home(false)));
    assert!(known.is_news(&home(true)));
}

fn said(text: &str) -> Message {
    Message {
        text: text.to_owned(),
        ..hello()
    }
}

fn liked(mut message: Message) -> Message {
    message.reactions.push(Reaction {
        emoji: "👍".to_owned(),
        names: vec!["bob".to_owned()],
        mine: false,
    });
    message
}

fn tell(message: Message, known: &mut Known) -> String {
    event(&Event::Changed { message }, known).unwrap()
}

#[test]
fn an_edit_far_behind_the_beginning_is_told_as_an_edit() {
    let mut known = Known::default();
    let long = "a".repeat(100);
    event(&Event::Message { message: said(&long) }, &mut known);
    let edited = Message {
        edited_ms: Some(1),
        ..said(&format!("{long}!"))
    };
    assert!(tell(edited.clone(), &mut known).contains("edited"), "once");
    assert!(tell(liked(edited), &mut known).contains("👍 @bob"), "then liked");
}

#[test]
fn a_reaction_to_what_came_before_the_start_is_told_as_one() {
    let told = tell(liked(said("hello")), &mut Known::default());
    assert!(told.contains("👍 @bob") && told.contains("hello"), "{told}");
}

#[test]
fn a_deletion_names_what_was_there() {
    let mut known = Known::default();
    event(
        &Event::Message {
            message: said("hello"),
        },
        &mut known,
    );
    let gone = Message {
        deleted: true,
        text: String::new(),
        ..said("")
    };
    assert!(tell(gone, &mut known).contains("deleted: hello"));
}
