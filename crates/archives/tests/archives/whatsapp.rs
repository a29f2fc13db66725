//! The chat export of WhatsApp.

use std::io::Cursor;
use std::ops::ControlFlow;

use xchat_archives::{
    Choices, DateOrder, Edited, Entry, MediaKind, Notice, ReadError, What, ZipFiles, Zone, read, recognise,
};

use crate::builder::{Folder, Heard, hear, hear_files};

const IPHONE: &str = "\u{feff}[31/12/2023, 21:58:07] Friends: \u{200e}Messages and calls are end-to-end encrypted.\r\n\
[31/12/2023, 21:58:08] Alice: Happy\n\
\n\
new year\r\n\
\u{200e}[31/12/2023, 21:58:09] \u{202a}+1\u{a0}(555)\u{a0}010-2030\u{202c}: look \
\u{200e}<attached: 00000012-PHOTO-2023-12-31-21-58-09.jpg>\r\n\
\u{200e}[31/12/2023, 21:59:00] ~\u{202f}Bob: \u{200e}image omitted\r\n\
[31/12/2023, 21:59:01] ~\u{202f}Bob: fixed \u{200e}<This message was edited>\r\n\
\u{200e}[31/12/2023, 21:59:02] ~\u{202f}Bob: \u{200e}This message was deleted.\r\n\
\u{200e}[01/01/2024, 00:00:00] Alice: \u{200e}<attached: 00000013-AUDIO-2024-01-01-00-00-00.opus>\r\n";

const ANDROID: &str = "12/31/23, 9:58\u{202f}PM - Messages and calls are end-to-end encrypted. Tap to learn more.\n\
12/31/23, 9:58\u{202f}PM - Alice created group \"Old: friends\"\n\
12/31/23, 9:59\u{202f}PM - Alice: IMG-20231231-WA0001.jpg (file attached)\nwith a caption\nof two lines\n\
12/31/23, 9:59\u{202f}PM - Bob: PTT-20231231-WA0002.opus (file attached)\n\
12/31/23, 9:59\u{202f}PM - Bob: <Media omitted>\n\
12/31/23, 9:59\u{202f}PM - Bob: ok\n\
12/31/23, 9:59\u{202f}PM - Bob: ok\n\
1/1/24, 12:00\u{202f}AM - Alice: budget.xlsx (Datei angehängt)\n\
1/1/24, 12:01\u{202f}AM - Alice: tell me (please)\n\
1/1/24, 12:02\u{202f}AM - Alice changed the subject from \"a: b\" to \"c\"\n\
1/1/24, 12:03\u{202f}AM - Alice: he said \"x: y\"\n";

fn iphone() -> Folder {
    Folder::default()
        .with("_chat.txt", IPHONE)
        .with("00000012-PHOTO-2023-12-31-21-58-09.jpg", "jpeg")
        .with("00000013-AUDIO-2024-01-01-00-00-00.opus", "opus")
        .with(
            "notes.txt",
            "[31/12/2023, 21:58:07] an attached file that looks like a chat: yes",
        )
}

fn android() -> Folder {
    Folder::default()
        .with("WhatsApp Chat with Old friends.txt", ANDROID)
        .with("IMG-20231231-WA0001.jpg", "jpeg")
}

fn choices(name: &str) -> Choices {
    Choices {
        name: Some(name.to_owned()),
        ..Choices::default()
    }
}

fn chat(text: &str) -> Heard {
    hear(&Folder::default().with("WhatsApp Chat with Bob.txt", text))
}

fn ambiguous(text: &str) -> bool {
    let folder = Folder::default().with("WhatsApp Chat with Bob.txt", text);
    let found = recognise(&mut folder.listing()).unwrap();
    let mut take = |entry: Entry| -> ControlFlow<()> { panic!("told before it was asked: {entry:?}") };
    let mut told = |_: Entry| ControlFlow::Continue(());
    match read(&mut folder.listing(), &found, &Choices::default(), &mut told) {
        Ok(_) => false,
        Err(ReadError::Ambiguous { .. }) => {
            read(&mut folder.listing(), &found, &Choices::default(), &mut take).unwrap_err();
            true
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn arc_40_a_chat_of_an_iphone_is_read_from_its_zip() {
    let bytes = iphone().to_zip();
    let mut files = ZipFiles::new(Cursor::new(&bytes)).unwrap();
    assert_eq!(recognise(&mut files).unwrap().files, ["_chat.txt"]);
    let heard = hear_files(&mut files, &choices("exports/WhatsApp Chat - Friends (2).zip")).unwrap();
    assert_eq!(heard.problems, []);
    assert_eq!(heard.progress.bytes, IPHONE.len() as u64);
    let told = heard.conversation("Friends");
    assert_eq!(told.title.as_deref(), Some("Friends"));
    let people: Vec<_> = told.people.iter().map(|person| person.id.as_str()).collect();
    assert_eq!(people, ["+1 (555) 010-2030", "Alice", "Bob"]);
    assert!(told.is_group);
    assert_eq!(heard.texts(), ["Happy\n\nnew year", "look", "", "fixed", ""]);
    assert_eq!(heard.items[1].at_ms, 1_704_059_888_000);
    let photo = &heard.messages()[1].media[0];
    assert_eq!(
        photo.file.as_deref(),
        Some("00000012-PHOTO-2023-12-31-21-58-09.jpg")
    );
    assert_eq!(photo.kind, MediaKind::Image);
    let omitted = &heard.messages()[2].media[0];
    assert_eq!((&omitted.file, omitted.kind), (&None, MediaKind::Image));
    assert_eq!(heard.messages()[3].edited, Edited::Yes);
    assert_eq!(heard.messages()[4].media[0].kind, MediaKind::Voice);
    let other = |words: &str, by: Option<&str>| Notice::Other {
        words: words.into(),
        by: by.map(str::to_owned),
    };
    assert_eq!(
        heard.notices(),
        [
            &other("Messages and calls are end-to-end encrypted.", None),
            &other("This message was deleted.", Some("Bob")),
        ]
    );
}

#[test]
fn arc_40_a_chat_of_an_android_telephone_is_read() {
    let heard = hear(&android());
    assert_eq!(heard.problems, []);
    let told = heard.conversation("Old friends");
    let people: Vec<_> = told.people.iter().map(|person| person.id.as_str()).collect();
    assert_eq!(people, ["Alice", "Bob"]);
    let texts = [
        "with a caption\nof two lines",
        "",
        "",
        "ok",
        "ok",
        "",
        "tell me (please)",
        "he said \"x: y\"",
    ];
    assert_eq!(heard.texts(), texts);
    let media: Vec<_> = heard
        .messages()
        .iter()
        .flat_map(|message| message.media.clone())
        .collect();
    let seen: Vec<_> = media
        .iter()
        .map(|media| (media.name.as_str(), media.kind, media.file.is_some()))
        .collect();
    assert_eq!(
        seen,
        [
            ("IMG-20231231-WA0001.jpg", MediaKind::Image, true),
            ("PTT-20231231-WA0002.opus", MediaKind::Voice, false),
            ("", MediaKind::File, false),
            ("budget.xlsx", MediaKind::File, false),
        ]
    );
    assert_eq!(heard.notices().len(), 3);
    // The same words of the same person in the same minute are two messages.
    let same: Vec<_> = heard
        .items
        .iter()
        .filter(|item| item.at_ms == 1_704_059_940_000)
        .collect();
    assert_eq!(same.len(), 5);
    assert_ne!(same[3].id, same[4].id);
}

#[test]
fn arc_40_the_title_is_in_the_name_of_the_file() {
    for (name, title) in [
        ("WhatsApp Chat with Bob.txt", "Bob"),
        ("WhatsApp Chat with Bob (1).txt", "Bob"),
        ("WhatsApp-Chat mit Bob.txt", "Bob"),
        ("Chat de WhatsApp con Bob.txt", "Bob"),
        ("محادثة واتساب مع Bob.txt", "Bob"),
        ("Bob.txt", "Bob"),
        ("_chat.txt", "Alice, Bob"),
    ] {
        let text = "31/12/23, 10:00 - Bob: x\n31/12/23, 10:00 - Alice: y\n";
        let heard = hear(&Folder::default().with(&format!("folder/{name}"), text));
        assert_eq!(heard.told[0].title.as_deref(), Some(title), "{name}");
        assert_eq!(heard.told[0].id, title);
    }
    assert!(recognise(&mut Folder::default().with("notes.txt", "just a text\n").listing()).is_none());
    assert!(recognise(&mut Folder::default().with("WhatsApp.jpg", IPHONE).listing()).is_none());
    let two = Folder::default()
        .with("WhatsApp Chat with A.txt", ANDROID)
        .with("WhatsApp Chat with B.txt", ANDROID);
    assert_eq!(hear(&two).progress.conversations, 2);
}

#[test]
fn arc_42_the_order_of_day_and_month_is_that_of_the_whole_file() {
    let lines = |dates: &[&str]| -> String {
        dates
            .iter()
            .map(|date| format!("{date}, 10:00 - Bob: x\n"))
            .collect()
    };
    let day = |dates: &[&str]| chat(&lines(dates)).items.last().unwrap().at_ms / 86_400_000;
    // 1 February 2023 and 2 January 2023 are days 19389 and 19359.
    assert_eq!(day(&["13/1/23", "1/2/23"]), 19_389);
    assert_eq!(day(&["1/13/23", "2/1/23"]), 19_389);
    assert_eq!(day(&["1/2/23", "13/2/23", "1/2/23"]), 19_389);
    assert_eq!(day(&["2023/12/1", "2023/2/1"]), 19_389);
    // Otherwise by what doesn't go back in time.
    assert_eq!(day(&["1/1/23", "2/1/23", "1/2/23"]), 19_389);
    assert_eq!(day(&["1/1/23", "1/2/23", "1/3/23", "2/1/23"]), 19_389);
    assert_eq!(day(&["23/01/30", "23/01/31", "23/02/01"]), 19_389);
    assert_eq!(day(&["1/1/23", "2/2/23"]), 19_390);
    // A clock that was set back once doesn't make a year of a day.
    assert_eq!(day(&["13/2/2023", "12/2/2023", "1/2/2023"]), 19_389);
    // Or not at all.
    assert!(ambiguous(&lines(&["1/2/23", "2/3/23"])));
    assert!(ambiguous(&lines(&["1/2/23"])));
    assert!(!ambiguous(&lines(&["2/2/23"])));
    let folder = Folder::default().with("WhatsApp Chat with Bob.txt", lines(&["1/2/23"]));
    let read = |order| {
        let choices = Choices {
            date_order: Some(order),
            ..Choices::default()
        };
        let heard = hear_files(&mut folder.listing(), &choices).unwrap();
        (heard.items[0].at_ms / 86_400_000, heard.items[0].id.clone())
    };
    let (day_first, month_first) = (read(DateOrder::DayFirst), read(DateOrder::MonthFirst));
    assert_eq!((day_first.0, month_first.0), (19_389, 19_359));
    // However it is understood, it is the same message.
    assert_eq!(day_first.1, month_first.1);
    // Who chose is not believed against the file.
    let choices = Choices {
        date_order: Some(DateOrder::DayFirst),
        ..Choices::default()
    };
    let clear = Folder::default().with("WhatsApp Chat with Bob.txt", lines(&["1/13/23", "2/1/23"]));
    assert_eq!(
        hear_files(&mut clear.listing(), &choices).unwrap().items[1].at_ms / 86_400_000,
        19_389
    );
}

#[test]
fn arc_43_what_the_app_says_in_a_talk_of_two_is_of_the_person() {
    let text = "[31/12/23, 21:58:07] Bob: hi\n\u{200e}[31/12/23, 21:59:02] Bob: \u{200e}This message was deleted.\n\
                [31/12/23, 21:59:03] \u{200e}Bob changed the subject to \u{201c}A: B\u{201d}\n";
    let heard = chat(text);
    let other = |words: &str, by: Option<&str>| Notice::Other {
        words: words.into(),
        by: by.map(str::to_owned),
    };
    assert_eq!(
        heard.notices(),
        [
            &other("This message was deleted.", Some("Bob")),
            &other("Bob changed the subject to \u{201c}A: B\u{201d}", None),
        ]
    );
    assert_eq!(heard.conversation("Bob").people.len(), 1);
}

#[test]
fn arc_44_arabic_chats_are_read() {
    let text = "\u{200f}٣١\u{200f}/١٢\u{200f}/٢٠٢٣، ٩:٥٨ م - \u{200f}الرسائل والمكالمات مشفرة\n\
                \u{200f}٣١\u{200f}/١٢\u{200f}/٢٠٢٣، ٩:٥٩ م - علي: كل عام وأنتم بخير\n\u{200f}سطر ثان\n\
                \u{200f}١\u{200f}/١\u{200f}/٢٠٢٤، ١٢:٠٠ ص - Bob: <تم استبعاد الوسائط>\n";
    let heard = hear(&Folder::default().with("محادثة واتساب مع علي.txt", text));
    assert_eq!(heard.problems, []);
    assert_eq!(heard.texts(), ["كل عام وأنتم بخير\n\u{200f}سطر ثان", ""]);
    assert_eq!(heard.messages()[0].person, "علي");
    assert_eq!(heard.items[1].at_ms, 1_704_059_940_000);
    assert_eq!(heard.items[2].at_ms, 1_704_067_200_000);
    assert_eq!(heard.notices().len(), 1);
}

#[test]
fn arc_45_lines_without_a_head_go_on_with_the_text() {
    let heard = chat(
        "31/12/23, 10:00 - Bob: one\n31/31/31, 10:00 - no such day: x\n10:30 - lunch\n\n31/12/23, 10:00 - Bob:\n",
    );
    assert_eq!(
        heard.texts(),
        ["one\n31/31/31, 10:00 - no such day: x\n10:30 - lunch", ""]
    );
    let strange = chat("something else\nand more\n31/12/23, 10:00 - Bob: one\n");
    assert_eq!(strange.texts(), ["one"]);
    let said = "WhatsApp Chat with Bob.txt, line 1: this is not what such a file holds";
    assert_eq!(strange.problems_said(), [said]);
}

#[test]
fn arc_46_local_times_are_of_the_zone_that_the_caller_gives() {
    let folder = Folder::default().with("_chat.txt", "[31/12/2023, 21:58:07] Bob: x\n");
    let read = |zone| {
        let heard = hear_files(
            &mut folder.listing(),
            &Choices {
                zone,
                ..Choices::default()
            },
        )
        .unwrap();
        (heard.items[0].at_ms, heard.items[0].id.clone())
    };
    let (utc, utc_id) = read(Zone::default());
    let (berlin, berlin_id) = read(Zone::fixed(60));
    assert_eq!((utc, berlin), (1_704_059_887_000, 1_704_056_287_000));
    assert_eq!(utc_id, berlin_id);
}

#[test]
fn arc_47_lines_and_texts_are_bounded() {
    let long = "y".repeat(700_000);
    let many = "z\n".repeat(400_000);
    let heard = chat(&format!(
        "31/12/23, 10:00 - Bob: {long}\nmore\n31/12/23, 10:01 - Bob: {many}31/12/23, 10:02 - Bob: ok"
    ));
    let lengths: Vec<_> = heard.texts().iter().map(|text| text.len()).collect();
    assert!(lengths[0] > 260_000 && lengths[1] > 260_000, "{lengths:?}");
    assert!(
        lengths
            .iter()
            .all(|length| *length <= xchat_archives::limits::TEXT_BYTES_MAX),
        "{lengths:?}"
    );
    assert_eq!(heard.texts()[2], "ok");
    let cut = heard
        .problems
        .iter()
        .filter(|problem| problem.what == What::TextCut)
        .count();
    assert_eq!(cut, 2);
    // Names are looked up in the folder of the chat only.
    let slip = "31/12/23, 10:00 - Bob: ../secret.jpg (file attached)\n\
                31/12/23, 10:00 - Bob: \u{200e}<attached: ../secret.jpg>\n";
    let folder = Folder::default()
        .with("chat/WhatsApp Chat with Bob.txt", slip)
        .with("secret.jpg", "x");
    for message in hear(&folder).messages() {
        assert_eq!(
            (message.media[0].name.as_str(), &message.media[0].file),
            ("secret.jpg", &None)
        );
    }
}

#[test]
fn arc_48_a_chat_cut_at_any_byte_gives_what_stands_before() {
    for (name, whole) in [("_chat.txt", IPHONE), ("WhatsApp Chat with Bob.txt", ANDROID)] {
        let full = hear(&Folder::default().with(name, whole));
        for at in 0..whole.len() {
            let folder = Folder::default().with(name, &whole.as_bytes()[..at]);
            let Some(heard) = hear_files(&mut folder.listing(), &choices("Friends")) else {
                assert!(at < 40, "{at}");
                continue;
            };
            let whole_ones = heard.items.len().saturating_sub(1);
            assert!(
                full.items
                    .iter()
                    .zip(&heard.items)
                    .take(whole_ones)
                    .all(|(a, b)| a.at_ms == b.at_ms),
                "{at}"
            );
        }
    }
}

#[test]
fn an_unknown_word_beside_the_time_is_told_once() {
    let heard = chat("31/12/23, 9:00 xyz - Bob: a\n31/12/23, 9:01 xyz - Bob: b\n");
    assert_eq!(heard.texts(), ["a", "b"]);
    assert_eq!(heard.problems.len(), 1);
    assert!(
        heard.problems_said()[0].contains("\u{201c}xyz\u{201d} beside a time"),
        "{:?}",
        heard.problems_said()
    );
}
