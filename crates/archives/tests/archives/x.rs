//! The archive of X.

use serde_json::{Value, json};
use xchat_archives::{Body, Edited, MediaKind, Notice, Person, What, people_mentioned, recognise};

use crate::builder::{Folder, Heard, hear};

const ALICE: &str = "813286";
const BOB: &str = "4196983835";
const CAROL: &str = "84279963";
const PAIR: &str = "813286-4196983835";
const GROUP: &str = "697110123456789012";

fn message(id: &str, sender: &str, at: &str, text: &str) -> Value {
    json!({ "messageCreate": {
        "recipientId": if sender == ALICE { BOB } else { ALICE },
        "reactions": [], "urls": [], "text": text, "mediaUrls": [], "senderId": sender, "id": id, "createdAt": at,
    }})
}

/// A message with some fields changed; null takes one away.
fn changed(mut message: Value, changes: Value) -> Value {
    let fields = message["messageCreate"].as_object_mut().unwrap();
    for (key, value) in changes.as_object().unwrap().clone() {
        if value.is_null() {
            fields.remove(&key)
        } else {
            fields.insert(key, value)
        };
    }
    message
}

fn conversation(id: &str, messages: &[Value]) -> Value {
    json!({ "dmConversation": { "conversationId": id, "messages": messages } })
}

fn account() -> Value {
    json!([{ "account": {
        "email": "alice@example.org", "createdVia": "web", "username": "alice", "accountId": ALICE,
        "createdAt": "2008-01-01T00:00:00.000Z", "accountDisplayName": "Alice A.",
    }}])
}

fn pair() -> Vec<Value> {
    vec![
        changed(
            message(
                "104",
                BOB,
                "2019-05-01T10:00:04.000Z",
                "Look https://t.co/abc https://t.co/pic",
            ),
            json!({
                "urls": [
                    { "url": "https://t.co/abc", "expanded": "https://example.org/a?b=1", "display": "example.org/a" },
                    { "url": "https://t.co/pic", "expanded": "https://twitter.com/messages/media/104",
                  "display": "pic" },
                ],
                "mediaUrls": ["https://ton.twitter.com/dm/104/103/AbC-d_1.jpg"],
                "reactions": [
                    { "senderId": ALICE, "reactionKey": "funny",
                  "eventId": "1", "createdAt": "2019-05-01T10:01:00.000Z" },
                ],
            }),
        ),
        message(
            "103",
            ALICE,
            "2019-05-01T10:00:03.000Z",
            "See https://t.co/abcd, not https://t.co/abc?",
        ),
        changed(
            message("102", BOB, "2019-05-01T10:00:02.500Z", ""),
            json!({
                "mediaUrls": ["https://video.twimg.com/dm_video/102/vid/640x360/film.mp4?tag=1",
                "https://ton.twitter.com/x/gone.png"],
                "editHistory": [{ "createdAtSec": "1556704810", "editedText": "b" }],
            }),
        ),
        message("101", ALICE, "2019-05-01T10:00:01.000Z", "مرحبا 👋\nsecond line"),
    ]
}

fn group() -> Vec<Value> {
    let with_group = |message| changed(message, json!({ "recipientId": null }));
    vec![
        json!({ "participantsLeave": { "userIds": [CAROL], "createdAt": "2019-06-01T08:00:05.000Z" } }),
        with_group(message("204", CAROL, "2019-06-01T08:00:04.000Z", "bye")),
        json!({ "conversationNameUpdate": {
            "initiatingUserId": BOB, "name": "Old friends", "createdAt": "2019-06-01T08:00:03.000Z" } }),
        json!({ "participantsJoin": {
            "initiatingUserId": BOB, "userIds": [CAROL], "createdAt": "2019-06-01T08:00:02.000Z" } }),
        json!({ "joinConversation": {
            "initiatingUserId": BOB, "participantsSnapshot": [ALICE, BOB], "createdAt": "2019-06-01T08:00:01.000Z" } }),
    ]
}

/// A whole archive, as the service writes it.
pub(crate) fn archive() -> Folder {
    let headers = json!([conversation(
        PAIR,
        &[
            changed(
                message("104", BOB, "2019-05-01T10:00:04.000Z", ""),
                json!({ "text": null })
            ),
            changed(
                message("99", BOB, "2019-05-01T09:00:00.000Z", ""),
                json!({ "text": null })
            ),
        ]
    )]);
    let older = json!([conversation(
        PAIR,
        &[message("100", BOB, "2019-05-01T10:00:00.000Z", "from part 1")]
    )]);
    let second = serde_json::to_string(&older).unwrap();
    let posts = json!([{ "tweet": { "id_str": "5", "entities": { "user_mentions": [
        { "name": "Bob B.", "screen_name": "bob", "indices": ["0", "4"], "id_str": BOB, "id": BOB } ] } } }]);
    Folder::default()
        .with("Your archive.html", "<html>")
        .with_script("data/account.js", "account", &account())
        .with_script("data/tweets.js", "tweets", &posts)
        .with_script(
            "data/direct-messages.js",
            "direct_messages",
            &json!([conversation(PAIR, &pair())]),
        )
        .with(
            "data/direct-messages-part1.js",
            format!("\u{feff}window.YTD.direct_messages.part1 = {second}"),
        )
        .with_script(
            "data/direct-messages-group.js",
            "direct_messages_group",
            &json!([conversation(GROUP, &group())]),
        )
        .with_script(
            "data/direct-message-headers.js",
            "direct_message_headers",
            &headers,
        )
        .with_script(
            "data/direct-message-group-headers.js",
            "direct_message_group_headers",
            &json!([]),
        )
        .with("data/direct_messages_media/104-AbC-d_1.jpg", "jpeg")
        .with("data/direct_messages_media/102-other.mp4", "film")
        .with("data/direct_messages_group_media/204-x.jpg", "unused")
}

fn script(messages: &[Value]) -> Heard {
    let list = json!([conversation(PAIR, messages)]);
    hear(
        &Folder::default()
            .with_script("data/account.js", "account", &account())
            .with_script("data/direct-messages.js", "direct_messages", &list),
    )
}

#[test]
fn arc_10_the_files_of_messages_are_found_and_announced() {
    let folder = archive();
    let found = recognise(&mut folder.listing()).unwrap();
    let names: Vec<_> = found
        .files
        .iter()
        .map(|name| name.trim_start_matches("data/"))
        .collect();
    assert_eq!(
        names,
        [
            "direct-messages.js",
            "direct-messages-part1.js",
            "direct-messages-group.js",
            "direct-message-headers.js",
            "direct-message-group-headers.js",
        ]
    );
    let bytes = folder
        .0
        .iter()
        .filter(|(name, _)| found.files.contains(name))
        .map(|(_, bytes)| bytes.len());
    assert_eq!(found.bytes, bytes.sum::<usize>() as u64);
    let heard = hear(&folder);
    assert_eq!(heard.problems, []);
    assert_eq!(heard.progress.bytes, found.bytes);
    assert_eq!((heard.progress.conversations, heard.progress.items), (2, 11));
    // In a folder of its own, as some unpackers make one, beside a copy that lies deeper.
    let deeper = folder.0.iter().fold(Folder::default(), |deeper, (name, bytes)| {
        deeper
            .with(&format!("twitter-2024/{name}"), bytes.clone())
            .with(&format!("a/b/{name}"), "")
    });
    assert_eq!(hear(&deeper).items.len(), 11);
    assert!(recognise(&mut Folder::default().with("data/tweets.js", "").listing()).is_none());
}

#[test]
fn arc_11_messages_come_with_person_time_text_and_reactions() {
    let heard = hear(&archive());
    let alice = Person {
        id: ALICE.into(),
        name: Some("Alice A.".into()),
        username: Some("alice".into()),
    };
    assert_eq!(heard.own, Some(alice.clone()));
    let pair = heard.conversation(PAIR);
    assert!(!pair.is_group);
    assert_eq!(pair.people, [Person::of_id(BOB), alice]);
    let item = heard.item("101");
    assert_eq!(
        (item.conversation.as_str(), item.at_ms),
        (PAIR, 1_556_704_801_000)
    );
    let message = heard.message("101");
    assert_eq!(message.person, ALICE);
    assert_eq!(message.text.as_deref(), Some("مرحبا 👋\nsecond line"));
    let reaction = &heard.message("104").reactions[0];
    assert_eq!(
        (reaction.person.as_deref(), reaction.emoji.as_str()),
        (Some(ALICE), "😂")
    );
    assert_eq!(heard.message("102").edited, Edited::AtMs(1_556_704_810_000));
}

#[test]
fn arc_12_short_links_are_put_back() {
    let heard = hear(&archive());
    // The link to its own file is gone; a link that begins as another does is not the other.
    assert_eq!(
        heard.message("104").text.as_deref(),
        Some("Look https://example.org/a?b=1")
    );
    let text = "See https://t.co/abcd, not https://t.co/abc?";
    assert_eq!(heard.message("103").text.as_deref(), Some(text));
    let urls = json!({ "urls": [
        { "url": "https://t.co/abc", "expanded": "https://one.example" },
        { "url": "https://t.co/abcd", "expanded": "https://two.example/https://t.co/abc" },
        { "url": "", "expanded": "https://three.example" },
        { "url": "https://t.co/x", "expanded": "javascript:alert(1)" },
    ]});
    let heard = script(&[changed(message("1", BOB, "2019-05-01T10:00:00.000Z", text), urls)]);
    assert_eq!(
        heard.texts(),
        ["See https://two.example/https://t.co/abc, not https://one.example?"]
    );
}

#[test]
fn arc_13_media_are_found_by_the_message() {
    let heard = hear(&archive());
    let photo = &heard.message("104").media[0];
    assert_eq!(
        photo.file.as_deref(),
        Some("data/direct_messages_media/104-AbC-d_1.jpg")
    );
    assert_eq!(
        (photo.name.as_str(), photo.kind),
        ("AbC-d_1.jpg", MediaKind::Image)
    );
    let [film, gone] = &heard.message("102").media[..] else {
        panic!()
    };
    assert_eq!(
        film.file.as_deref(),
        Some("data/direct_messages_media/102-other.mp4")
    );
    assert_eq!((film.name.as_str(), film.kind), ("film.mp4", MediaKind::Video));
    assert_eq!((gone.name.as_str(), &gone.file), ("gone.png", &None));
}

#[test]
fn arc_14_headers_count_only_for_what_the_full_files_lack() {
    let heard = hear(&archive());
    assert_eq!(heard.items.iter().filter(|item| item.id == "104").count(), 1);
    assert!(heard.message("104").text.is_some());
    assert_eq!(heard.message("99").text, None);
}

#[test]
fn arc_15_joins_leaves_and_names_are_notices() {
    let heard = hear(&archive());
    let by = Some(BOB.to_owned());
    let carol = vec![CAROL.to_owned()];
    assert_eq!(
        heard.notices(),
        [
            &Notice::Left {
                people: carol.clone(),
                by: None
            },
            &Notice::Renamed {
                title: "Old friends".into(),
                by: by.clone()
            },
            &Notice::Joined {
                people: carol,
                by: by.clone()
            },
            &Notice::Joined {
                people: vec![ALICE.into()],
                by
            },
        ]
    );
    let group = heard.conversation(GROUP);
    assert!(group.is_group);
    assert_eq!(group.title.as_deref(), Some("Old friends"));
    let people: Vec<_> = group.people.iter().map(|person| person.id.as_str()).collect();
    assert_eq!(people, [BOB, ALICE, CAROL]);
}

#[test]
fn arc_16_what_is_wrong_is_told_with_its_place_and_the_rest_is_read() {
    let good = |id: &str| message(id, BOB, "2019-05-01T10:00:00.000Z", id);
    let heard = script(&[
        good("1"),
        changed(good("2"), json!({ "senderId": ["not", "an", "id"] })),
        changed(good("3"), json!({ "createdAt": "yesterday" })),
        changed(good("4"), json!({ "text": 5 })),
        changed(good("5"), json!({ "id": "../../x" })),
        json!("no message"),
        json!({ "somethingNew": { "createdAt": "2019-05-01T10:00:00.000Z" } }),
        good("1"),
        changed(good("9"), json!({ "createdAt": "99999-05-01T10:00:00.000Z" })),
        good("10"),
    ]);
    assert_eq!(heard.texts(), ["1", "10"]);
    let file = "data/direct-messages.js, conversation 813286-4196983835, message";
    assert_eq!(
        heard.problems_said(),
        [
            format!("{file} 2: senderId is missing, or not what it should be"),
            format!("{file} 3: createdAt is missing, or not what it should be"),
            format!("{file} 4: text is missing, or not what it should be"),
            format!("{file} ../../x: id is missing, or not what it should be"),
            format!("{file} #5: this is not what such a file holds"),
            format!("{file} #6: somethingNew is not known and was left out"),
            format!("{file} 1: the same id came twice; the first was kept"),
            format!("{file} 9: createdAt is missing, or not what it should be"),
        ]
    );
}

#[test]
fn arc_16_conversations_without_an_id_are_left_out() {
    let one = message("1", BOB, "2019-05-01T10:00:00.000Z", "one");
    let list = json!([
        { "dmConversation": { "messages": [one] } },
        { "dmConversation": { "conversationId": 7, "messages": [one] } },
        { "dmConversation": [] }, 5, null, { "other": [] },
        conversation(PAIR, std::slice::from_ref(&one)),
    ]);
    let heard = hear(&Folder::default().with_script("direct-messages.js", "direct_messages", &list));
    assert_eq!(heard.texts(), ["one"]);
    assert_eq!(heard.problems[0].what, What::Field("accountId"));
    assert!(heard.problems.len() >= 4, "{:?}", heard.problems_said());
}

#[test]
fn arc_17_a_file_cut_at_any_byte_gives_what_stands_before() {
    let list = json!([conversation(PAIR, &pair())]);
    let whole = format!(
        "window.YTD.direct_messages.part0 = {}",
        serde_json::to_string_pretty(&list).unwrap()
    );
    let full = hear(&Folder::default().with("direct-messages.js", whole.as_str()));
    let mut most = 0;
    for at in 0..whole.len() - 1 {
        let heard = hear(&Folder::default().with("direct-messages.js", &whole.as_bytes()[..at]));
        assert_eq!(heard.items, full.items[..heard.items.len()], "cut at {at}");
        assert!(heard.items.len() >= most);
        most = heard.items.len();
        assert!(
            heard
                .problems
                .iter()
                .any(|problem| problem.file == "direct-messages.js"),
            "cut at {at}"
        );
    }
    assert_eq!(most, 4);
}

#[test]
fn arc_18_one_bad_letter_or_number_does_not_cost_the_rest() {
    let text = |text: &str| {
        format!(
            r#"{{"messageCreate":{{"id":"1","senderId":"2","createdAt":"2019-05-01T10:00:00Z","text":{text}}}}}"#
        )
    };
    let read = |text_1: &str| {
        let list = format!(
            r#"[{{"dmConversation":{{"conversationId":"2-3","messages":[{},{}]}}}}]"#,
            text(text_1),
            text("\"last\"").replace("\"1\"", "\"9\"")
        );
        hear(&Folder::default().with(
            "direct-messages.js",
            format!("window.YTD.direct_messages.part0 = {list}"),
        ))
    };
    for (written, meant) in [
        (r#""a\ud83d\ude00b""#, "a😀b"),
        (r#""a\ud83db""#, "a\u{fffd}b"),
        (r#""a\ud83d\u0041b""#, "a\u{fffd}Ab"),
        (r#""a\ud83d\ud83d\ude00b""#, "a\u{fffd}😀b"),
        (r#""a\ude00b""#, "a\u{fffd}b"),
        (r#""a\uZb""#, "a\u{fffd}Zb"),
        (r#""a\qb""#, "a\u{fffd}qb"),
        (r#""a\ud83d\nb""#, "a\u{fffd}\nb"),
        (r#""a\ud83d""#, "a\u{fffd}"),
        ("\"a\nb\tc\"", "a b c"),
    ] {
        assert_eq!(read(written).texts(), [meant, "last"], "{written}");
    }
    for number in [
        "1e999",
        "-",
        "12345678901234567890123456789012345678901234567890",
        "0x1",
        "1.5",
    ] {
        let heard = read(number);
        assert_eq!(
            heard.texts().last(),
            Some(&"last").filter(|_| number != "0x1"),
            "{number}"
        );
    }
    let mut bytes = Vec::from(
        "window.YTD.direct_messages.part0 = [{\"dmConversation\":{\"conversationId\":\"2-3\",\"messages\":[",
    );
    bytes.extend_from_slice(text("\"a~b\"").replace('~', "\u{1}").as_bytes());
    let at = bytes.iter().rposition(|byte| *byte == 1).unwrap();
    for bad in [
        &[0xff][..],
        &[0xc3],
        &[0xe2, 0x82],
        &[0xf0, 0x9f, 0x98],
        &[0xed, 0xa0, 0x80],
        &[0xc0, 0x80],
    ] {
        let mut bytes = bytes.clone();
        bytes.splice(at..=at, bad.iter().copied());
        bytes.extend_from_slice(b"]}}]");
        let heard = hear(&Folder::default().with("direct-messages.js", bytes));
        let text = heard.texts()[0].trim_matches(['a', 'b']);
        assert!(
            !text.is_empty() && text.chars().all(|letter| letter == '\u{fffd}'),
            "{bad:?}: {text}"
        );
    }
}

#[test]
fn arc_19_texts_and_nests_are_bounded() {
    let long = "é".repeat(400_000);
    let heard = script(&[
        message("1", BOB, "2019-05-01T10:00:00.000Z", &long),
        changed(
            message("2", BOB, "2019-05-01T10:00:00.000Z", "x"),
            json!({ "unknown": vec![0; 50_000] }),
        ),
        message("3", BOB, "2019-05-01T10:00:00.000Z", "after"),
    ]);
    let texts = heard.texts();
    assert_eq!(texts[0].len(), xchat_archives::limits::TEXT_BYTES_MAX);
    assert!(long.starts_with(texts[0]));
    assert_eq!(texts[1..], ["x", "after"]);
    assert!(heard.problems.iter().any(|problem| problem.what == What::TextCut));
    // A nest of a million lists is an error long before it fills a stack or memory.
    let begin =
        "window.YTD.direct_messages.part0 = [{\"dmConversation\":{\"conversationId\":\"2-3\",\"messages\":[";
    let nested = format!("{begin}{}", "[".repeat(1_000_000));
    let heard = hear(&Folder::default().with("direct-messages.js", nested));
    assert!(
        heard
            .problems
            .iter()
            .any(|problem| problem.what == What::TooMany("levels")),
        "{heard:?}"
    );
}

#[test]
fn arc_20_names_are_offered_from_posts() {
    let folder = archive();
    let mut files = folder.listing();
    let found = recognise(&mut files).unwrap();
    let people = people_mentioned(&mut files, &found);
    assert_eq!(people.len(), 1);
    assert_eq!(
        (people[BOB].name.as_deref(), people[BOB].username.as_deref()),
        (Some("Bob B."), Some("bob"))
    );
}

#[test]
fn arc_21_ids_are_the_sources_own_where_it_has_any() {
    let heard = hear(&archive());
    for item in &heard.items {
        match item.body {
            Body::Message(_) => assert!(item.id.bytes().all(|byte| byte.is_ascii_digit())),
            Body::Notice(_) => assert!(item.id.starts_with('h') && item.id.len() == 33),
        }
    }
    // The same notice twice in one file are two; read twice they are the same two.
    let leave =
        json!({ "participantsLeave": { "userIds": [CAROL], "createdAt": "2019-06-01T08:00:05.000Z" } });
    let two = script(&[leave.clone(), leave]);
    assert_eq!(two.items.len(), 2);
    assert_ne!(two.items[0].id, two.items[1].id);
}

#[test]
fn arc_22_a_conversation_in_many_pieces_is_told_a_few_times_and_wholly_at_the_end() {
    let pieces: Vec<Value> = (0..200)
        .map(|number| {
            let sender = (1_000 + number).to_string();
            conversation(
                GROUP,
                &[message(
                    &number.to_string(),
                    &sender,
                    "2019-05-01T10:00:00.000Z",
                    "x",
                )],
            )
        })
        .collect();
    let heard = hear(&Folder::default().with_script(
        "direct-messages-group.js",
        "direct_messages_group",
        &json!(pieces),
    ));
    assert_eq!((heard.items.len(), heard.progress.conversations), (200, 1));
    assert!(heard.told.len() < 10, "{}", heard.told.len());
    assert_eq!(heard.conversation(GROUP).people.len(), 200);
}
