//! What is set about conversations and people: over the local interface, and with the commands.

use serde_json::{Value, json};

use super::wire::{ask_with_token, patiently};
use super::xchat::{Running, World};

/// In seconds.
const FIVE_MINUTES: u64 = 300;

/// Alice's running profile, and her note to herself.
struct Stage {
    world: World,
    _running: Running,
    port: u16,
    token: String,
    chat: String,
    note: i64,
}

impl Stage {
    fn new() -> Self {
        let world = World::new();
        let (running, _) = world.serve("default", &["--loopback", "--name", "alice", "--no-confirm"]);
        let daemon = world.daemon("default");
        let mut stage = Self {
            world,
            _running: running,
            port: u16::try_from(daemon["port"].as_u64().unwrap()).unwrap(),
            token: daemon["token"].as_str().unwrap().to_owned(),
            chat: String::new(),
            note: 0,
        };
        stage.note = stage.ask("POST /api/note", &Value::Null)["conversation"]
            .as_i64()
            .unwrap();
        stage.chat = format!("/api/conversations/{}", stage.note);
        stage
    }

    fn ask(&self, line: &str, body: &Value) -> Value {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let answer = ask_with_token(self.port, line, &self.token, &body);
        assert_eq!(answer.status, 200, "{line}: {answer:?}");
        answer.body
    }

    fn read(&self, path: &str) -> Value {
        self.ask(&format!("GET {path}"), &Value::Null)
    }

    /// Writes a message, and gives it as it is shown.
    fn write(&self, message: &Value) -> Value {
        self.ask(&format!("POST {}/messages", self.chat), message)
    }
}

#[test]
fn messages_disappear_as_is_set() {
    let stage = Stage::new();
    let chat = &stage.chat;
    stage.ask(&format!("PUT {chat}/timer"), &json!({"timer_s": FIVE_MINUTES}));
    let sent = stage.write(&json!({"text": "soon gone"}));
    assert_eq!(sent["timer_s"], FIVE_MINUTES);
    assert!(sent["expires_ms"].as_u64().unwrap() > sent["sent_ms"].as_u64().unwrap());
    let kept = stage.write(&json!({"text": "stays", "timer_s": 0}));
    assert_eq!(kept["timer_s"], Value::Null);
    let messages = stage.read(&format!("{chat}/messages"));
    assert_eq!(
        messages[0]["notice"],
        json!({"kind": "timer", "timer_s": FIVE_MINUTES})
    );
    let line = format!("PUT {chat}/timer");
    let short = ask_with_token(stage.port, &line, &stage.token, "{\"timer_s\": 5}");
    assert_eq!(
        (short.status, &short.body["error"]["code"]),
        (422, &json!("no-timer"))
    );
}

#[test]
fn what_is_set_for_this_device_is_kept_and_shown() {
    let stage = Stage::new();
    let (chat, note) = (&stage.chat, stage.note);
    for change in [
        json!({"pinned": true, "archived": true}),
        json!({"muted_until_ms": 9, "nickname": "me", "marked_unread": true}),
    ] {
        stage.ask(&format!("PATCH {chat}"), &change);
    }
    stage.ask(&format!("PUT {chat}/draft"), &json!({"text": "I began"}));
    assert_eq!(stage.read(&format!("{chat}/draft"))["text"], "I began");
    let settings = stage.read(chat)["settings"].clone();
    for (field, value) in [
        ("place", json!(0)),
        ("archived", json!(true)),
        ("marked_unread", json!(true)),
        ("muted_until_ms", json!(9)),
        ("nickname", json!("me")),
        ("draft", json!("I began")),
    ] {
        assert_eq!(settings[field], value, "{field}");
    }
    let kept = stage.write(&json!({"text": "stays"}));
    stage.ask(
        &format!("POST /api/messages/{}/star", kept["row"]),
        &json!({"on": true}),
    );
    assert_eq!(stage.read("/api/starred")[0]["text"], "stays");
    let folders = json!([{"name": "own", "conversations": [note]}]);
    stage.ask("PUT /api/folders", &folders);
    assert_eq!(stage.read("/api/folders"), folders);
    let due_ms = kept["sent_ms"].as_u64().unwrap() + 3_600_000;
    let later = json!({"conversation": note, "text": "later", "due_ms": due_ms});
    let scheduled = stage.ask("POST /api/scheduled", &later);
    assert_eq!(stage.read("/api/scheduled"), json!([scheduled]));
    let one = format!("/api/scheduled/{}", scheduled["id"]);
    let changed = stage.ask(
        &format!("PATCH {one}"),
        &json!({"text": "even later", "due_ms": due_ms + 1}),
    );
    assert_eq!(
        (&changed["text"], &changed["due_ms"]),
        (&json!("even later"), &json!(due_ms + 1))
    );
    stage.ask(&format!("DELETE {one}"), &Value::Null);
    let scheduled = stage.ask("POST /api/scheduled", &later);
    let sent = stage.ask(
        &format!("POST /api/scheduled/{}/send", scheduled["id"]),
        &Value::Null,
    );
    assert_eq!(sent["text"], "later");
    assert_eq!(stage.read("/api/scheduled"), json!([]));
    stage.ask(&format!("DELETE {chat}"), &Value::Null);
    assert_eq!(stage.read("/api/conversations"), json!([]));
}

#[test]
fn messages_are_pinned_and_listed() {
    let stage = Stage::new();
    let chat = &stage.chat;
    let rows = ["one", "two", "three"].map(|text| stage.write(&json!({"text": text}))["row"].clone());
    for row in [&rows[2], &rows[0]] {
        stage.ask(&format!("PUT /api/messages/{row}/pin"), &Value::Null);
    }
    let pinned = |stage: &Stage| {
        let pins = stage.read(&format!("{chat}/pins"));
        let pins = pins.as_array().unwrap().clone();
        assert!(pins.iter().all(|pin| pin["pinned"] == true));
        pins.iter().map(|pin| pin["text"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(pinned(&stage), ["one", "three"], "the latest first");
    stage.ask(&format!("DELETE /api/messages/{}/pin", rows[0]), &Value::Null);
    assert_eq!(pinned(&stage), ["three"]);
    let message = stage.read(&format!("/api/messages/{}", rows[0]));
    assert_eq!(message["pinned"], false);
    stage.ask(&format!("DELETE /api/messages/{}", rows[2]), &Value::Null);
    assert!(pinned(&stage).is_empty());
    let line = format!("PUT /api/messages/{}/pin", rows[2]);
    let gone = ask_with_token(stage.port, &line, &stage.token, "");
    assert_eq!(gone.body["error"]["code"], "message-deleted");
}

#[test]
fn what_the_owner_says_of_themselves_is_set_with_a_picture() {
    let stage = Stage::new();
    let command = |arguments: &[&str]| {
        let told = stage.world.json("default", &[&["profile"], arguments].concat());
        told.last().unwrap().clone()
    };
    assert_eq!(
        stage.read("/api/me"),
        json!({"name": "", "bio": "", "avatar": null})
    );
    stage.ask(
        "PATCH /api/me",
        &json!({"name": " Alice A. ", "bio": "here\nand there"}),
    );
    let told = stage.read("/api/me");
    assert_eq!(
        (&told["name"], &told["bio"]),
        (&json!("Alice A."), &json!("here\nand there"))
    );

    let vectors = concat!(env!("CARGO_MANIFEST_DIR"), "/../media/tests/vectors/encoders");
    let told = command(&["--picture", &format!("{vectors}/photo.png")]);
    assert_eq!(told["name"], "Alice A.", "what is not named stays");
    let shown = file(&stage, told["avatar"].as_str().unwrap());
    assert!(shown.starts_with(&[0xff, 0xd8, 0xff]) && shown.len() <= 24 * 1024);
    let told = command(&["--no-picture", "--name", ""]);
    assert_eq!((&told["name"], &told["avatar"]), (&json!(""), &Value::Null));

    // What is refused says why, and changes nothing.
    let long = json!({"name": "x".repeat(65)}).to_string();
    let refused = ask_with_token(stage.port, "PATCH /api/me", &stage.token, &long);
    assert_eq!(
        (refused.status, &refused.body["error"]["code"]),
        (422, &json!("too-long"))
    );
    for other in [format!("{vectors}/none.png"), format!("{vectors}/README.md")] {
        let refused = stage.world.run("default", &["profile", "--picture", &other]);
        assert!(
            refused.code != 0 && !refused.err.is_empty(),
            "{other}: {refused:?}"
        );
    }
    assert_eq!(stage.read("/api/me")["bio"], "here\nand there");
}

/// The bytes of a file of the interface.
fn file(stage: &Stage, path: &str) -> Vec<u8> {
    let request = format!(
        "GET /api/{path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\r\n",
        stage.port, stage.token
    );
    let answer = patiently(stage.port, request.as_bytes());
    let head = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    answer[head + 4..].to_vec()
}

#[test]
fn what_others_are_told_is_its_owners_to_say() {
    let stage = Stage::new();
    let switches = json!({"privacy": {"read": false}, "requests": "nobody"});
    stage.ask("PATCH /api/settings", &switches);
    let all = stage.read("/api/settings");
    assert_eq!(
        (&all["privacy"]["read"], &all["privacy"]["typing"]),
        (&json!(false), &json!(true))
    );
    let wish = json!({"label": "bot", "scopes": ["read", "send"]});
    let made = stage.ask("POST /api/tokens", &wish);
    let bot = made["secret"].as_str().unwrap();
    let chat = &stage.chat;
    for line in [
        format!("PATCH {chat}"),
        format!("DELETE {chat}"),
        "PATCH /api/settings".to_owned(),
        "GET /api/exposure".to_owned(),
    ] {
        let refused = ask_with_token(stage.port, &line, bot, "{}");
        assert_eq!(refused.body["error"]["code"], "owner-only", "{line}");
    }
    let seen = stage.read("/api/exposure");
    let logs = seen["nodes"][0]["logs"].as_array().unwrap();
    let roles: Vec<&str> = logs.iter().map(|log| log["role"].as_str().unwrap()).collect();
    assert!(
        roles.contains(&"inbox") && roles.contains(&"conversation"),
        "{seen}"
    );
    // The commands see the same.
    let world = &stage.world;
    let told = world.run("default", &["seen"]);
    assert_eq!(told.code, 0, "{}", told.err);
    assert!(told.out.contains("everybody: @"), "{}", told.out);
    assert!(told.out.contains("your inbox"), "{}", told.out);
    let shown = world.json("default", &["privacy", "--read", "on", "--typing", "off"]);
    assert_eq!(shown[0]["privacy"]["read"], true);
    assert_eq!(
        (&shown[0]["privacy"]["typing"], &shown[0]["requests"]),
        (&json!(false), &json!("nobody"))
    );
    assert_eq!(world.run("default", &["blocked"]).out, "Nobody is blocked.\n");
    let nobody = world.run("default", &["unblock", "@bob"]);
    assert_eq!(nobody.code, 3, "{nobody:?}");
    assert_eq!(world.run("default", &["timer", "@bob", "5"]).code, 2);
}

#[test]
fn sch_04_messages_wait_and_have_stars_by_command() {
    let stage = Stage::new();
    let world = &stage.world;
    let name = stage.read(&stage.chat)["peer"].as_str().unwrap().to_owned();
    let whom = format!("@{name}");
    let waits = world.json("default", &["later", "add", &whom, "see you", "--in", "2h"]);
    let id = waits[0]["id"].to_string();
    let now_ms = u64::try_from(
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap()
            .as_millis(),
    )
    .unwrap();
    let ahead = waits[0]["due_ms"].as_u64().unwrap() - now_ms;
    assert!((7_100_000..=7_200_000).contains(&ahead), "{waits:?}");
    let listed = world.run("default", &["later"]);
    assert!(
        listed.out.contains(&format!("{id} {whom} ")) && listed.out.contains("see you"),
        "{}",
        listed.out
    );
    assert_eq!(
        world
            .run("default", &["later", "add", &whom, "x", "--in", "soon"])
            .code,
        2
    );
    assert_eq!(
        world
            .run("default", &["later", "add", "@nobody_here", "x", "--in", "1h"])
            .code,
        3
    );
    let sent = world.json("default", &["later", "send", &id]);
    assert_eq!(sent[0]["text"], "see you");
    assert!(world.json("default", &["later"]).is_empty());
    let row = sent[0]["row"].to_string();
    assert_eq!(world.run("default", &["star", &row]).code, 0);
    assert_eq!(world.json("default", &["starred"])[0]["text"], "see you");
    assert_eq!(world.run("default", &["star", &row, "--undo"]).code, 0);
    assert!(world.json("default", &["starred"]).is_empty());
    let waits = world.json("default", &["later", "add", &whom, "never mind", "--in", "3d"]);
    let id = waits[0]["id"].to_string();
    assert_eq!(world.run("default", &["later", "remove", &id]).code, 0);
    assert!(world.json("default", &["later"]).is_empty());
    assert_eq!(world.run("default", &["later", "remove", &id]).code, 3);
}
