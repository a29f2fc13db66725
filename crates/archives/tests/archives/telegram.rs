//! The JSON export of Telegram Desktop.

use serde_json::{Value, json};
use xchat_archives::{Choices, Edited, MediaKind, Notice, Person, Reaction, What, Zone, recognise};

use crate::builder::{Folder, Heard, hear, hear_files, hear_zip, ordered};

fn message(id: i64, from: (&str, &str), text: &Value) -> Value {
    json!({
        "id": id, "type": "message", "date": "2023-03-01T12:00:00", "date_unixtime": (1_677_668_400 + id).to_string(),
        "from": from.0, "from_id": from.1, "text": text, "text_entities": [],
    })
}

const ALICE: (&str, &str) = ("Alice", "user11");
const BOB: (&str, &str) = ("Bob", "user22");

fn changed(mut message: Value, changes: Value) -> Value {
    for (key, value) in changes.as_object().unwrap().clone() {
        message[key] = value;
    }
    message
}

fn service(id: i64, action: &str, changes: Value) -> Value {
    let service = json!({
        "id": id, "type": "service", "date": "2023-03-01T12:00:00", "date_unixtime": (1_677_668_400 + id).to_string(),
        "actor": "Alice", "actor_id": "user11", "action": action, "text": "", "text_entities": [],
    });
    changed(service, changes)
}

fn chat() -> Value {
    json!({ "name": "Bob", "type": "personal_chat", "id": 22, "messages": [
        message(1, BOB, &json!("hello")),
        changed(message(2, ALICE, &json!([
            "see ", { "type": "link", "text": "https://a.example" }, " and ",
            { "type": "text_link", "text": "this", "href": "https://b.example/" },
            " ", { "type": "bold", "text": "now" }, { "type": "text_link", "text": "x", "href": "javascript:1" },
        ])), json!({ "reply_to_message_id": 1, "edited": "2023-03-01T12:05:00", "edited_unixtime": "1677668700" })),
        changed(message(3, BOB, &json!("a photo")), json!({
            "photo": "photos/photo_1@01-03-2023_12-00-00.jpg", "photo_file_size": 10, "width": 640, "height": 480,
            "forwarded_from": "Carol",
            "reactions": [
                { "type": "emoji", "count": 3, "emoji": "👍", "recent": [
                    { "from": "Alice", "from_id": "user11", "date": "2023-03-01T12:06:00" } ] },
                { "type": "paid", "count": 2 },
            ],
        })),
        changed(message(4, BOB, &json!("")), json!({
            "file": "voice_messages/audio_1.ogg", "media_type": "voice_message", "mime_type": "audio/ogg",
            "duration_seconds": 36,
        })),
        changed(message(5, BOB, &json!("")), json!({
            "file": "(File not included. Change data exporting settings to download.)", "file_name": "report.pdf",
            "mime_type": "application/pdf",
        })),
        changed(message(6, BOB, &json!("")), json!({
            "file": "../../../etc/passwd", "thumbnail": "x", "media_type": "sticker", "sticker_emoji": "😄",
        })),
        changed(message(7, BOB, &json!("")), json!({ "poll": { "question": "Tea?", "closed": false, "total_voters": 3,
            "answers": [{ "text": "yes", "voters": 2, "chosen": true }, { "text": "no", "voters": 1 }] } })),
        changed(message(8, BOB, &json!("")), json!({
            "contact_information": { "first_name": "Dan", "last_name": "", "phone_number": "+1 555" },
            "edited": "1970-01-01T01:00:00",
        })),
        changed(message(9, BOB, &json!("")), json!({
            "place_name": "Café", "location_information": { "latitude": 31.5, "longitude": 35.25 } })),
        service(10, "phone_call", json!({ "duration_seconds": 65, "discard_reason": "hangup" })),
    ]})
}

fn export() -> Folder {
    Folder::default()
        .with_json("ChatExport_2023-03-02/result.json", &chat())
        .with(
            "ChatExport_2023-03-02/photos/photo_1@01-03-2023_12-00-00.jpg",
            "jpeg",
        )
        .with("ChatExport_2023-03-02/voice_messages/audio_1.ogg", "ogg")
        .with("etc/passwd", "no")
}

fn single(chat: &Value) -> Heard {
    hear(&Folder::default().with_json("result.json", chat))
}

#[test]
fn arc_30_one_chat_is_read() {
    let folder = export();
    let found = recognise(&mut folder.listing()).unwrap();
    assert_eq!(found.files, ["ChatExport_2023-03-02/result.json"]);
    let heard = hear(&folder);
    assert_eq!(heard.problems, []);
    assert_eq!(heard.progress.bytes, found.bytes);
    let chat = heard.conversation("user22");
    assert_eq!((chat.title.as_deref(), chat.is_group), (Some("Bob"), false));
    let people: Vec<_> = chat
        .people
        .iter()
        .map(|person| (person.id.as_str(), person.name.as_deref()))
        .collect();
    assert_eq!(people, [("user11", Some("Alice")), ("user22", Some("Bob"))]);
    let item = heard.item("1");
    assert_eq!(item.at_ms, 1_677_668_401_000);
    assert_eq!(heard.message("1").person, "user22");
    assert_eq!(heard.message("1").text.as_deref(), Some("hello"));
    assert_eq!(hear_zip(&folder.to_zip()).unwrap(), heard);
}

#[test]
fn arc_31_texts_in_pieces_replies_edits_forwards_and_reactions() {
    let heard = hear(&export());
    let pieces = heard.message("2");
    let text = "see https://a.example and this (https://b.example/) nowx";
    assert_eq!(pieces.text.as_deref(), Some(text));
    assert_eq!(pieces.reply_to.as_deref(), Some("1"));
    assert_eq!(pieces.edited, Edited::AtMs(1_677_668_700_000));
    let photo = heard.message("3");
    assert_eq!(photo.forwarded_from.as_deref(), Some("Carol"));
    let thumbs = |person: Option<&str>, emoji: &str, count| Reaction {
        person: person.map(str::to_owned),
        emoji: emoji.to_owned(),
        count,
        at_ms: person.map(|_| 1_677_672_360_000),
    };
    let meant = [
        thumbs(Some("user11"), "👍", 1),
        thumbs(None, "👍", 2),
        thumbs(None, "paid", 2),
    ];
    assert_eq!(photo.reactions, meant);
    assert_eq!(
        heard.message("7").text.as_deref(),
        Some("Tea?\n- yes (2)\n- no (1)")
    );
    assert_eq!(heard.message("8").text.as_deref(), Some("Dan +1 555"));
    assert_eq!(heard.message("8").edited, Edited::No);
    assert_eq!(heard.message("9").text.as_deref(), Some("Café\ngeo:31.5,35.25"));
    // An answer to a message of another chat answers none of this one.
    let elsewhere = changed(
        message(1, BOB, &json!("x")),
        json!({
        "reply_to_message_id": 7, "reply_to_peer_id": "channel5" }),
    );
    let heard = single(&json!({ "name": "B", "type": "personal_chat", "id": 22, "messages": [elsewhere] }));
    assert_eq!(heard.message("1").reply_to, None);
}

#[test]
fn arc_32_media_are_files_of_the_export_or_missing() {
    let heard = hear(&export());
    let media = |id: &str| heard.message(id).media[0].clone();
    let photo = media("3");
    assert_eq!(
        photo.file.as_deref(),
        Some("ChatExport_2023-03-02/photos/photo_1@01-03-2023_12-00-00.jpg")
    );
    assert_eq!((photo.kind, photo.size), (MediaKind::Image, Some((640, 480))));
    let voice = media("4");
    assert_eq!(
        (voice.kind, voice.duration_ms, voice.file.is_some()),
        (MediaKind::Voice, Some(36_000), true)
    );
    let missing = media("5");
    assert_eq!(
        (missing.name.as_str(), missing.file, missing.kind),
        ("report.pdf", None, MediaKind::File)
    );
    let outside = media("6");
    assert_eq!(
        (outside.name.as_str(), outside.file, outside.kind),
        ("passwd", None, MediaKind::Sticker)
    );
}

#[test]
fn arc_33_services_are_notices() {
    let group = json!({ "name": "Friends", "type": "private_group", "id": 22, "messages": [
        service(1, "create_group", json!({ "title": "First", "members": ["Bob"] })),
        service(2, "invite_members", json!({ "members": ["Carol", null] })),
        service(3, "edit_group_title", json!({ "title": "Second" })),
        service(4, "pin_message", json!({ "message_id": 9 })),
        service(5, "remove_members", json!({ "members": ["Carol"] })),
        service(6, "remove_members", json!({ "members": ["Alice"] })),
        service(7, "join_group_by_link", json!({ "inviter": "Bob" })),
        service(8, "set_messages_ttl", json!({ "period": 86400 })),
        service(9, "edit_group_title", json!({})),
    ]});
    let heard = single(&group);
    let by = Some("user11".to_owned());
    let carol = vec!["name:Carol".to_owned()];
    assert_eq!(
        heard.notices(),
        [
            &Notice::Created {
                title: Some("First".into()),
                by: by.clone()
            },
            &Notice::Joined {
                people: carol.clone(),
                by: by.clone()
            },
            &Notice::Renamed {
                title: "Second".into(),
                by: by.clone()
            },
            &Notice::Pinned {
                item: "9".into(),
                by: by.clone()
            },
            &Notice::Left {
                people: carol,
                by: by.clone()
            },
            &Notice::Left {
                people: vec!["user11".into()],
                by: None
            },
            &Notice::Joined {
                people: vec!["user11".into()],
                by: None
            },
            &Notice::Other {
                words: "set_messages_ttl".into(),
                by
            },
        ]
    );
    assert_eq!(heard.problems[0].what, What::Field("title"));
    // A group's number may be a person's too, so it is not the whole id.
    let told = heard.conversation("group22");
    assert!(told.is_group);
    assert_eq!(told.title.as_deref(), Some("Second"));
    let called = hear(&export());
    let meant = Notice::Called {
        by: Some("user11".into()),
        duration_ms: 65_000,
    };
    assert_eq!(called.notices(), [&meant]);
}

#[test]
fn arc_34_a_whole_account_is_read() {
    let mut other = chat();
    other["type"] = json!("private_group");
    let channel = json!({ "name": null, "type": "public_channel", "id": 7, "messages": [
        message(1, ("News", "channel7"), &json!("news")) ] });
    let saved =
        json!({ "type": "saved_messages", "id": 11, "messages": [ message(1, ALICE, &json!("note")) ] });
    let folder = Folder::default().with_json("DataExport/result.json", &json!({
        "about": "Here is the data you requested.",
        "personal_information": { "user_id": 11, "first_name": "Alice", "last_name": "A.", "username": "@alice" },
        "contacts": { "about": "", "list": [{ "first_name": "id", "messages": [] }] },
        "chats": { "about": "", "list": [chat(), saved, other] },
        "left_chats": { "about": "", "list": [channel] },
    }));
    let heard = hear(&folder);
    assert_eq!(heard.problems, []);
    let own = Person {
        id: "user11".into(),
        name: Some("Alice A.".into()),
        username: Some("alice".into()),
    };
    assert_eq!(heard.own, Some(own));
    assert_eq!((heard.progress.conversations, heard.progress.items), (4, 22));
    assert_eq!(heard.conversation("channel7").title, None);
    assert_eq!(heard.conversation("saved11").people.len(), 1);
}

#[test]
fn arc_35_early_exports_have_local_times_and_bare_numbers() {
    let old = json!({ "name": "Bob", "type": "personal_chat", "id": 22, "messages": [
        { "id": 5, "type": "message", "date": "2020-01-29T11:41:46", "edited": "1970-01-01T01:00:00",
          "from": "Bob", "from_id": 22, "text": "hi" },
        { "id": 6, "type": "message", "date": "2020-07-29T11:41:46", "from": null, "from_id": null, "text": "?" },
        { "id": 7, "type": "message", "date": "2020-07-29T11:41:46", "from": "Eve", "text": "by name" },
    ]});
    let folder = Folder::default().with_json("result.json", &old);
    let winter_and_summer = Zone {
        offsets: vec![(0, 60), (1_585_443_600_000, 120)],
    };
    for (zone, winter, summer) in [
        (Zone::default(), 1_580_298_106_000, 1_596_022_906_000),
        (Zone::fixed(-90), 1_580_303_506_000, 1_596_028_306_000),
        (winter_and_summer, 1_580_294_506_000, 1_596_015_706_000),
    ] {
        let choices = Choices {
            zone,
            ..Choices::default()
        };
        let heard = hear_files(&mut folder.listing(), &choices).unwrap();
        assert_eq!((heard.item("5").at_ms, heard.item("7").at_ms), (winter, summer));
        assert_eq!(heard.message("5").person, "user22");
        assert_eq!(heard.message("5").edited, Edited::No);
        assert_eq!(heard.message("7").person, "name:Eve");
        assert_eq!(heard.problems_said().len(), 1);
    }
}

#[test]
fn arc_36_what_is_wrong_is_told_and_the_rest_is_read() {
    let bad = json!({ "name": ["x"], "type": "personal_chat", "id": 22, "messages": [
        message(1, BOB, &json!("one")),
        changed(message(2, BOB, &json!("x")), json!({ "id": "no number" })),
        changed(message(3, BOB, &json!("x")), json!({ "date_unixtime": "soon", "date": 5 })),
        changed(message(4, BOB, &json!("x")), json!({ "date_unixtime": "99999999999999", "date": "" })),
        changed(message(5, BOB, &json!("x")), json!({ "type": "advertisement" })),
        changed(message(6, BOB, &json!(7)), json!({})),
        message(1, BOB, &json!("again")),
        json!([]), json!(null),
        changed(message(7, BOB, &json!([5, null, { "text": 6 }, "seven"])), json!({ "reactions": 5, "photo": [] })),
    ]});
    let heard = single(&bad);
    assert_eq!(heard.texts(), ["one", "seven"]);
    assert_eq!(heard.problems.len(), 8, "{:?}", heard.problems_said());
    let said = "result.json, conversation user22, message 3: date is missing, or not what it should be";
    assert!(heard.problems_said().iter().any(|problem| problem == said));
    for other in [
        json!({}),
        json!([]),
        json!(5),
        json!({ "messages": [message(1, BOB, &json!("x"))] }),
    ] {
        let heard = single(&other);
        assert_eq!((heard.items.len(), heard.problems.len()), (0, 1), "{other}");
    }
    // A name that comes after the messages is told afterwards; an id may not come so late.
    let late = r#"{"id":22,"type":"personal_chat","messages":[],"name":"Bob"}"#;
    let one = serde_json::to_string(&message(1, BOB, &json!("x"))).unwrap();
    let late = late.replace("[]", &format!("[{one}]"));
    let heard = hear(&Folder::default().with("result.json", late));
    assert_eq!(heard.conversation("user22").title.as_deref(), Some("Bob"));
}

#[test]
fn arc_37_an_export_cut_at_any_byte_gives_what_stands_before() {
    let whole = ordered(&chat());
    let full = single(&chat());
    let mut most = 0;
    for at in 0..whole.len() {
        let heard = hear(&Folder::default().with("result.json", &whole.as_bytes()[..at]));
        assert_eq!(
            heard.items.len(),
            heard
                .items
                .iter()
                .zip(&full.items)
                .filter(|(a, b)| a.id == b.id)
                .count()
        );
        assert!(heard.items.len() >= most, "cut at {at}");
        most = heard.items.len();
        assert_eq!(heard.problems[0].what, What::CutShort, "cut at {at}");
    }
    assert_eq!(most, 10);
}
