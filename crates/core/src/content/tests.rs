//! Contents: ours, and what others might write.

use minicbor::Encoder;
use xchat_proto::address::Endpoint;
use xchat_proto::codec::Bounded;
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
        part,
    }
}

fn text(text: &str) -> Content {
    content(Part::Text(text.to_owned()))
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
        Part::Setting(Setting { timer_s: None }),
        Part::Setting(Setting { timer_s: Some(300) }),
    ] {
        for (replaces, timer_s, in_reply_to, is_forwarded) in [
            (None, None, None, false),
            (Some(MessageId([3; 32])), Some(TIMER_S_MAX), None, true),
            (None, Some(TIMER_S_MIN), Some(MessageId([4; 32])), false),
        ] {
            let content = Content {
                replaces,
                timer_s,
                in_reply_to,
                is_forwarded,
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
