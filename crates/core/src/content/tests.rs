//! Contents: ours, and what others might write.

use minicbor::Encoder;
use xchat_proto::address::Endpoint;
use xchat_proto::codec::{self, Blob, Bounded, Text};
use xchat_proto::ids::Hash;

use super::*;

fn content(part: Part) -> Content {
    Content {
        salt: [7; 16],
        replaces: None,
        timer_s: None,
        in_reply_to: None,
        counter: 3,
        clock_ms: 1_000,
        is_forwarded: false,
        answers: Vec::new(),
        part,
    }
}

fn text(text: &str) -> Content {
    content(Part::Text(text.to_owned()))
}

fn file(name: &str) -> File {
    File {
        name: Text::new(name.to_owned()).unwrap(),
        media_type: Text::new("image/jpeg".to_owned()).unwrap(),
        description: Text::new("a cat".to_owned()).unwrap(),
        size: 70_000,
        hash: Hash([1; 32]),
        key: FileKey {
            key: [2; 32],
            nonce: [3; 7],
        },
        media: Media {
            kind: MediaKind::Photo,
            width: 640,
            height: 480,
            duration_ms: 0,
            thumbhash: Blob::new(vec![4; 25]).unwrap(),
            preview: Blob::new(vec![5; 6 * 1024]).unwrap(),
            waveform: Blob::default(),
        },
    }
}

fn files(caption: &str, count: usize) -> Files {
    Files {
        caption: caption.to_owned(),
        files: vec![file("cat.jpg"); count],
    }
}

/// A content whose nested part somebody else writes.
fn foreign(counter: u64, nested: impl Fn(&mut Encoder<&mut Vec<u8>>)) -> Result<Content, ContentError> {
    let mut bytes = Vec::new();
    let mut e = Encoder::new(&mut bytes);
    e.array(7).unwrap().bytes(&[7; 16]).unwrap();
    e.null().unwrap().bytes(b"topic").unwrap();
    e.array(2)
        .unwrap()
        .bool(true)
        .unwrap()
        .u32(60)
        .unwrap()
        .null()
        .unwrap();
    e.map(3).unwrap();
    e.str("theirs").unwrap().array(1).unwrap().u8(1).unwrap();
    e.i64(-1).unwrap().u64(counter).unwrap();
    e.i64(-70_000).unwrap().str("x").unwrap();
    nested(&mut e);
    Content::decode(&bytes)
}

#[test]
fn cnt_01_content_survives_the_way() {
    let endpoint = Endpoint {
        id: xchat_proto::ids::NodeId([1; 32]),
        sockets: Bounded::default(),
        relay: None,
    };
    let mark = Mark {
        device: PublicKey([2; 32]),
        delivered: 5,
        read: 4,
    };
    for part in [
        Part::Text("مرحبا 👋".to_owned()),
        Part::Reaction("👋🏽".to_owned()),
        Part::Files(files("", 1)),
        Part::Files(files("الصور 👋", FILES_MAX)),
        Part::Void,
        Part::Fetched(Fetched {
            hashes: Bounded::new(vec![Hash([7; 32]), Hash([8; 32])]).unwrap(),
        }),
        Part::Endpoint(endpoint),
        Part::Receipt(Receipt {
            marks: Bounded::new(vec![mark]).unwrap(),
            seen: None,
        }),
        Part::Resend(Resend {
            device: PublicKey([2; 32]),
            from: 1,
            to: 2,
        }),
        Part::Gone(Gone { from: 1, to: 2 }),
        Part::Pin(Pin { is_on: true }),
        Part::Pin(Pin { is_on: false }),
        Part::Profile(Profile {
            name: Text::new("أليس".to_owned()).unwrap(),
            bio: Text::new("here\nand there".to_owned()).unwrap(),
            avatar: Blob::default(),
        }),
        Part::Poll(Poll::new("Où ?", &["là".to_owned(), "ici".to_owned()], true).unwrap()),
        Part::Vote(Vote {
            choices: Bounded::new(vec![0, 11]).unwrap(),
        }),
        Part::Vote(Vote::default()),
        Part::PollEnd,
        Part::Setting(Setting { timer_s: None }),
        Part::Setting(Setting { timer_s: Some(300) }),
    ] {
        for (replaces, timer_s, in_reply_to, is_forwarded, answers) in [
            (None, None, None, false, vec![]),
            (Some(MessageId([3; 32])), Some(TIMER_S_MAX), None, true, vec![]),
            (
                None,
                Some(TIMER_S_MIN),
                Some(MessageId([4; 32])),
                false,
                vec!["نعم", "no"],
            ),
            (None, None, None, true, vec!["yes"]),
        ] {
            let content = Content {
                replaces,
                timer_s,
                in_reply_to,
                is_forwarded,
                answers: answers.into_iter().map(str::to_owned).collect(),
                ..content(part.clone())
            };
            assert_eq!(Content::decode(&content.encode().unwrap()), Ok(content));
        }
    }
}

#[test]
fn cnt_02_the_limits_hold_on_both_sides() {
    let long = text(&"x".repeat(MESSAGE_TEXT_BYTES_MAX + 1));
    assert!(matches!(long.encode(), Err(ContentError::TextTooLong(_))));
    assert!(matches!(
        Content::decode(&vec![0; CONTENT_BYTES_MAX + 1]),
        Err(ContentError::TooLarge(_))
    ));
    for timer_s in [0, TIMER_S_MIN - 1, TIMER_S_MAX + 1] {
        let timed = Content {
            timer_s: Some(timer_s),
            ..text("x")
        };
        assert_eq!(timed.encode(), Err(ContentError::NoTimer));
        let setting = content(Part::Setting(Setting {
            timer_s: Some(timer_s),
        }));
        assert_eq!(setting.encode(), Err(ContentError::NoTimer));
    }
    for no_emoji in ["", "a", "ok", "1", "é", " ", "👋 👋", "\u{7}", &"👋".repeat(17)] {
        let reaction = content(Part::Reaction(no_emoji.to_owned()));
        assert_eq!(reaction.encode(), Err(ContentError::NoReaction), "{no_emoji:?}");
    }
    for emoji in ["👍", "❤️", "1️⃣", "🏳️‍🌈", "👨‍👩‍👧‍👦", "🇪🇬", "☝🏿", "🅰️", "ℹ️", "㊙️"]
    {
        assert!(
            content(Part::Reaction(emoji.to_owned())).encode().is_ok(),
            "{emoji}"
        );
    }
}

#[test]
fn cnt_03_a_message_id_binds_sender_log_and_bytes() {
    let (alice, log) = (PublicKey([1; 32]), LogId([2; 32]));
    let hello = text("hello");
    let bytes = hello.encode().unwrap();
    let id = hello.id(&alice, &log, &bytes);
    assert_eq!(id.as_bytes()[0], 1, "SHA-256");
    assert_ne!(id, hello.id(&PublicKey([3; 32]), &log, &bytes));
    assert_ne!(id, hello.id(&alice, &LogId([3; 32]), &bytes));
    let hullo = text("hullo");
    assert_ne!(id, hullo.id(&alice, &log, &hullo.encode().unwrap()));
    let salted = Content {
        salt: [8; 16],
        ..hello
    };
    assert_ne!(id, salted.id(&alice, &log, &bytes));
}

#[test]
fn cnt_04_any_cut_is_refused_without_panic() {
    let bytes = text("hello").encode().unwrap();
    for length in 0..bytes.len() {
        assert!(Content::decode(&bytes[..length]).is_err());
    }
    let mut longer = bytes;
    longer.push(0);
    assert!(Content::decode(&longer).is_err());
}

#[test]
fn cnt_05_what_is_counted_keeps_its_place_though_it_is_not_known() {
    let multipart = |e: &mut Encoder<&mut Vec<u8>>| {
        e.array(5).unwrap().u8(1).unwrap().str("").unwrap().u8(3).unwrap();
        e.u8(2).unwrap().array(1).unwrap();
        e.array(3).unwrap().u8(1).unwrap().str("").unwrap().u8(0).unwrap();
    };
    let single = |disposition: u8, kind: &'static str, body: &'static [u8]| {
        move |e: &mut Encoder<&mut Vec<u8>>| {
            e.array(5).unwrap().u8(disposition).unwrap().str("en").unwrap();
            e.u8(1).unwrap().str(kind).unwrap().bytes(body).unwrap();
        }
    };
    let unknown = |kind: &str, is_shown| Part::Unknown {
        kind: kind.to_owned(),
        is_shown,
    };
    let found = foreign(9, multipart).unwrap();
    assert_eq!((found.counter, found.part), (9, unknown("multipart", true)));
    let found = foreign(9, single(1, "image/png", b"..")).unwrap();
    assert_eq!(found.part, unknown("image/png", true));
    let found = foreign(9, single(0, "application/vnd.xchat.new+cbor", b"..")).unwrap();
    assert_eq!(found.part, unknown("application/vnd.xchat.new+cbor", false));
    // Known, and it does not hold.
    let found = foreign(9, single(1, "text/plain;charset=utf-8", b"\xff")).unwrap();
    assert_eq!(found.part, unknown("text/plain;charset=utf-8", true));
    let found = foreign(9, single(2, "text/plain;charset=utf-8", b"no")).unwrap();
    assert_eq!(found.part, unknown("text/plain;charset=utf-8", false));
    // A minute from reading on, which is too short.
    assert_eq!(found.timer_s, Some(TIMER_S_MIN));
    let found = foreign(9, single(0, "application/vnd.xchat.setting+cbor", b"\x81\x01")).unwrap();
    assert_eq!(found.part, unknown("application/vnd.xchat.setting+cbor", false));
    // What is not counted has no place to keep.
    assert!(foreign(0, single(7, "application/vnd.xchat.resend+cbor", b"\xff")).is_err());
    let found = foreign(9, single(1, "text/plain;charset=utf-8", b"plain")).unwrap();
    assert_eq!(found.part, Part::Text("plain".to_owned()));
}

#[test]
fn cnt_02_files_and_their_captions_have_limits() {
    let encode = |files: Files| content(Part::Files(files)).encode();
    assert_eq!(encode(files("", 0)), Err(ContentError::FileCount(0)));
    let many = FILES_MAX + 1;
    assert_eq!(encode(files("", many)), Err(ContentError::FileCount(many)));
    let long = "x".repeat(CAPTION_BYTES_MAX + 1);
    assert_eq!(
        encode(files(&long, 1)),
        Err(ContentError::CaptionTooLong(long.len()))
    );
    let mut large = files("", 1);
    large.files[0].size = FILE_BYTES_MAX + 1;
    assert_eq!(encode(large), Err(ContentError::FileTooLarge(FILE_BYTES_MAX + 1)));
    // The most of everything is still a content.
    let mut most = file(&"n".repeat(255));
    most.media_type = Text::new("t".repeat(127)).unwrap();
    most.description = Text::new("d".repeat(1024)).unwrap();
    most.size = FILE_BYTES_MAX;
    most.media.thumbhash = Blob::new(vec![4; 28]).unwrap();
    most.media.waveform = Blob::new(vec![6; 64]).unwrap();
    (most.media.width, most.media.height) = (u32::MAX, u32::MAX);
    most.media.duration_ms = u64::MAX;
    let most = Files {
        caption: "c".repeat(CAPTION_BYTES_MAX),
        files: vec![most; FILES_MAX],
    };
    let mut most = content(Part::Files(most));
    (most.counter, most.clock_ms) = (i64::MAX.unsigned_abs(), i64::MAX.unsigned_abs());
    (most.replaces, most.in_reply_to) = (Some(MessageId([3; 32])), Some(MessageId([4; 32])));
    let bytes = most.encode().unwrap();
    assert!(bytes.len() <= CONTENT_BYTES_MAX, "{}", bytes.len());
    assert_eq!(Content::decode(&bytes), Ok(most));
}

/// Writes a multipart of parts that somebody else made.
fn multipart(semantics: u8, parts: &[Vec<u8>]) -> impl Fn(&mut Encoder<&mut Vec<u8>>) {
    move |e| {
        e.array(5).unwrap().u8(1).unwrap().str("").unwrap().u8(3).unwrap();
        e.u8(semantics).unwrap().array(parts.len() as u64).unwrap();
        for part in parts {
            e.writer_mut().extend(part);
        }
    }
}

fn part(write: impl Fn(&mut Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut Encoder::new(&mut bytes));
    bytes
}

fn single_part(kind: &'static str, body: &[u8]) -> Vec<u8> {
    part(|e| {
        e.array(5).unwrap().u8(1).unwrap().str("en").unwrap();
        e.u8(1).unwrap().str(kind).unwrap().bytes(body).unwrap();
    })
}

/// An ExternalPart with another sealing, hash and size of the key.
fn external(sealing: u64, hashing: u64, key: &[u8], name: &str) -> Vec<u8> {
    part(|e| {
        e.array(15)
            .unwrap()
            .u8(1)
            .unwrap()
            .str("")
            .unwrap()
            .u8(2)
            .unwrap();
        e.str("image/jpeg").unwrap().str("https://x.example").unwrap();
        e.u8(0).unwrap().u32(9).unwrap().u64(sealing).unwrap();
        e.bytes(key).unwrap().bytes(&[3; 7]).unwrap().bytes(&[]).unwrap();
        e.u64(hashing).unwrap().bytes(&[1; 32]).unwrap();
        e.str("").unwrap().str(name).unwrap();
    })
}

#[test]
fn cnt_06_files_stand_in_their_order_and_what_comes_later_is_read_over() {
    let ours = |name: &str| external(0xf0c1, 0x1e, &[2; 32], name);
    let media = |kind: MediaKind| {
        let media = Media {
            kind,
            ..Media::default()
        };
        single_part("application/vnd.xchat.media+cbor", &codec::encode(&media))
    };
    let parts = [
        single_part("text/plain;charset=utf-8", b"look"),
        ours("one.jpg"),
        media(MediaKind::Photo),
        media(MediaKind::Video),
        single_part("application/vnd.xchat.later+cbor", b".."),
        ours("two.jpg"),
        single_part("application/vnd.xchat.media+cbor", b"\xff"),
        single_part("text/plain;charset=utf-8", b"more"),
        part(|e| {
            e.array(3).unwrap().u8(0).unwrap().str("").unwrap().u8(0).unwrap();
        }),
    ];
    let found = foreign(3, multipart(2, &parts)).unwrap();
    let Part::Files(found) = found.part else {
        panic!("no files: {:?}", found.part);
    };
    assert_eq!(found.caption, "look");
    let names: Vec<_> = found.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["one.jpg", "two.jpg"]);
    // Each is described by what follows it, once; what does not hold describes nothing.
    let kinds: Vec<_> = found.files.iter().map(|file| file.media.kind).collect();
    assert_eq!(kinds, [MediaKind::Photo, MediaKind::File]);
    assert!(!format!("{found:?}").contains("2, 2"), "keys are never printed");
}

#[test]
fn cnt_07_a_multipart_that_is_not_all_ours_keeps_its_place() {
    let unknown = Ok(Part::Unknown {
        kind: "multipart".to_owned(),
        is_shown: true,
    });
    let ours = external(0xf0c1, 0x1e, &[2; 32], "a");
    let is_unknown = |semantics, parts: &[Vec<u8>]| {
        let found = foreign(3, multipart(semantics, parts)).map(|content| content.part);
        assert_eq!(found, unknown);
    };
    is_unknown(0, std::slice::from_ref(&ours));
    is_unknown(2, &[]);
    is_unknown(2, &[single_part("text/plain;charset=utf-8", b"only text")]);
    is_unknown(2, &vec![ours.clone(); FILES_MAX + 1]);
    is_unknown(2, &vec![ours.clone(); 49]);
    for foreign in [
        external(1, 0x1e, &[2; 32], "another cipher"),
        external(0xf0c1, 1, &[2; 32], "another hash"),
        external(0xf0c1, 0x1e, &[2; 16], "another key"),
        external(0xf0c1, 0x1e, &[2; 32], &"long".repeat(64)),
        single_part("text/plain;charset=utf-8", b"\xff"),
    ] {
        is_unknown(2, &[foreign, ours.clone()]);
    }
    // What is too deep, or no part at all, is no panic.
    is_unknown(2, &[vec![1]]);
}

#[test]
fn cnt_10_a_poll_is_a_question_with_different_choices() {
    let strings =
        |choices: &[&str]| -> Vec<String> { choices.iter().map(|choice| (*choice).to_owned()).collect() };
    assert!(Poll::new(" Where? ", &strings(&[" here", "there "]), false).is_ok());
    let long = "x".repeat(POLL_CHOICE_BYTES_MAX + 1);
    let question = "x".repeat(POLL_QUESTION_BYTES_MAX + 1);
    let many: Vec<String> = (0..=POLL_CHOICES_MAX).map(|number| number.to_string()).collect();
    for (question, choices) in [
        (" ", strings(&["a", "b"])),
        (question.as_str(), strings(&["a", "b"])),
        ("?", strings(&["a"])),
        ("?", strings(&["a", " "])),
        ("?", strings(&["a", "b", " a"])),
        ("?", strings(&["a", &long])),
        ("?", many),
    ] {
        assert_eq!(Poll::new(question, &choices, true), Err(ContentError::NoPoll));
    }
    // One that others wrote keeps its place, and shows nothing.
    let same = Poll {
        question: Text::new("?".to_owned()).unwrap(),
        choices: Bounded::new(vec![Text::new("a".to_owned()).unwrap(); 2]).unwrap(),
        is_multiple: false,
    };
    assert_eq!(
        content(Part::Poll(same.clone())).encode(),
        Err(ContentError::NoPoll)
    );
    let body = codec::encode(&same);
    let kind = "application/vnd.xchat.poll+cbor";
    let foreign = foreign(1, |e| {
        e.array(5).unwrap().u8(1).unwrap().str("").unwrap().u8(1).unwrap();
        e.str(kind).unwrap().bytes(&body).unwrap();
    });
    let unknown = Part::Unknown {
        kind: kind.to_owned(),
        is_shown: true,
    };
    assert_eq!(foreign.unwrap().part, unknown);
}

#[test]
fn cnt_11_answers_that_can_not_be_offered_are_none() {
    let of = |answers: &[&str]| Content {
        answers: answers.iter().map(|answer| (*answer).to_owned()).collect(),
        ..text("Tea or coffee?")
    };
    let long = "x".repeat(ANSWER_BYTES_MAX + 1);
    for bad in [
        &["", "a"][..],
        &["a", "a"],
        &["a\nb"],
        &[long.as_str()],
        &["1", "2", "3", "4", "5", "6", "7", "8", "9"],
    ] {
        assert_eq!(of(bad).encode(), Err(ContentError::NoAnswers));
        // As somebody else might write them.
        let mut bytes = Vec::new();
        of(bad).write(&mut Encoder::new(&mut bytes)).unwrap();
        assert_eq!(Content::decode(&bytes), Ok(text("Tea or coffee?")));
    }
    let good = of(&["Tea", "Coffee"]);
    assert_eq!(Content::decode(&good.encode().unwrap()), Ok(good));
}
