//! Archives of other messengers, taken over by the command and over the interface.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::wire::ask_with_token;
use super::xchat::{Running, World};

/// A profile that runs.
struct Home {
    world: World,
    _running: Running,
    port: u16,
    token: String,
}

impl Home {
    fn new() -> Self {
        let world = World::new();
        let (running, _) = world.serve("default", &["--loopback", "--name", "alice", "--no-confirm"]);
        let daemon = world.daemon("default");
        Self {
            world,
            _running: running,
            port: u16::try_from(daemon["port"].as_u64().unwrap()).unwrap(),
            token: daemon["token"].as_str().unwrap().to_owned(),
        }
    }

    fn ask(&self, line: &str, body: &Value) -> (u16, Value) {
        let answer = ask_with_token(self.port, line, &self.token, &body.to_string());
        (answer.status, answer.body)
    }

    /// Waits until nothing is under way, and gives how it ended.
    fn done(&self) -> Value {
        let begun = Instant::now();
        loop {
            let (_, all) = self.ask("GET /api/imports", &json!({}));
            if all["progress"]["running"] == json!(false) {
                return all["progress"].clone();
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "{all}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// A chat of WhatsApp, as an Android telephone exports it.
const CHAT: &str = "31/12/2023, 21:57 - Messages and calls are end-to-end encrypted.
31/12/2023, 21:58 - Bob: happy new year <b>Alice</b>
31/12/2023, 21:59 - Alice: \u{643}\u{644} \u{639}\u{627}\u{645} \u{648}\u{623}\u{646}\u{62a}
over two lines
31/12/2023, 22:01 - Bob: IMG-20231231-WA0001.jpg (file attached)
";

/// The archive of X: a folder.
fn x_archive(folder: &std::path::Path) {
    let data = folder.join("data");
    fs::create_dir_all(&data).unwrap();
    let message = |id: &str, sender: &str, text: &str| {
        json!({ "messageCreate": {
            "recipientId": "1", "reactions": [], "urls": [], "text": text, "mediaUrls": [], "senderId": sender,
            "id": id, "createdAt": format!("2019-05-01T10:00:{id}.000Z"),
        }})
    };
    // As X writes it: the id stands before the messages.
    let script = format!(
        "window.YTD.direct_messages.part0 = [{{\"dmConversation\": {{\"conversationId\": \"1-2\",
            \"messages\": [{}, {}]}}}}]",
        message("11", "2", "second"),
        message("10", "1", "first")
    );
    fs::write(data.join("direct-messages.js"), script).unwrap();
    let account =
        json!([{ "account": { "username": "alice", "accountId": "1", "accountDisplayName": "Alice A." } }]);
    fs::write(
        data.join("account.js"),
        format!("window.YTD.account.part0 = {account}"),
    )
    .unwrap();
}

#[test]
fn imp_01_a_chat_is_taken_over_by_the_command_and_found() {
    let home = Home::new();
    let path = home.world.path().join("WhatsApp Chat with Bob.txt");
    fs::write(&path, CHAT).unwrap();
    let path = path.to_str().unwrap();
    let import = ["import", path, "--me", "Alice", "--utc-offset", "+03:00"];
    let first = home.world.json("default", &import);
    assert_eq!(
        (&first[0]["items"], &first[0]["new_items"], &first[0]["source"]),
        (&json!(4), &json!(4), &json!("whatsapp")),
        "{first:?}"
    );
    assert_eq!(home.world.json("default", &import)[0]["new_items"], json!(0));

    let listed = home.world.json("default", &["imported"]);
    assert_eq!((listed.len(), &listed[0]["items"]), (1, &json!(4)), "{listed:?}");
    let id = listed[0]["id"].to_string();
    let lines = home.world.json("default", &["imported", &id]);
    assert_eq!(lines[1]["text"], json!("happy new year <b>Alice</b>"));
    assert_eq!(
        (&lines[2]["mine"], &lines[1]["mine"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(lines[1]["at_ms"], json!(1_704_049_080_000_u64));
    assert_eq!(lines[3]["files"][0]["in_archive"], json!(false));
    let found = home.world.json("default", &["search", "happy", "year"]);
    assert_eq!(
        (found.len(), &found[0]["import"]),
        (1, &listed[0]["id"]),
        "{found:?}"
    );

    let refused = home.world.run("default", &["imported", &id, "--me", "Carol"]);
    assert_eq!(refused.code, 3, "{refused:?}");
    home.world.run("default", &["imported", &id, "--remove"]);
    assert!(home.world.json("default", &["imported"]).is_empty());
}

#[test]
fn imp_06_an_archive_of_x_says_whose_it_is_and_goes_on_in_a_chat() {
    let home = Home::new();
    let folder = home.world.path().join("twitter-archive");
    x_archive(&folder);
    let wish = json!({ "path": folder.to_str().unwrap() });
    assert_eq!(home.ask("POST /api/imports", &wish).0, 200);
    let done = home.done();
    assert_eq!(
        (&done["items"], &done["failure"]),
        (&json!(2), &Value::Null),
        "{done}"
    );
    let (_, all) = home.ask("GET /api/imports", &json!({}));
    let import = &all["conversations"][0];
    assert_eq!((&import["me"], &import["title"]), (&json!("1"), &json!("2")));
    let note = home.ask("POST /api/note", &json!({})).1["conversation"].clone();
    let path = format!("/api/imports/{}", import["id"]);
    let linked = home.ask(&format!("PATCH {path}"), &json!({ "conversation": note }));
    assert_eq!(linked.0, 200);
    assert_eq!(
        home.ask("GET /api/imports", &json!({})).1["conversations"][0]["conversation"],
        note
    );
    let nowhere = home.ask(&format!("PATCH {path}"), &json!({ "conversation": 99 }));
    assert_eq!(nowhere.1["error"]["code"], json!("unknown-conversation"));
    let (_, page) = home.ask(&format!("GET {path}/messages?limit=1"), &json!({}));
    assert_eq!(
        (&page[0]["text"], &page[0]["mine"]),
        (&json!("second"), &json!(false))
    );
    let before = format!("GET {path}/messages?before={}", page[0]["row"]);
    let (_, page) = home.ask(&before, &json!({}));
    assert_eq!(
        (&page[0]["text"], &page[0]["from"]),
        (&json!("first"), &json!("Alice A."))
    );
    assert_eq!(
        home.ask(&format!("GET {path}/messages?limit=501"), &json!({})).0,
        400
    );
}

#[test]
fn imp_07_no_token_reaches_a_path_and_what_is_no_archive_says_so() {
    let home = Home::new();
    let bot = home.ask(
        "POST /api/tokens",
        &json!({ "label": "bot", "scopes": ["read", "send", "requests", "network"] }),
    );
    let bot = bot.1["secret"].as_str().unwrap().to_owned();
    let wish = json!({ "path": "/etc/passwd" }).to_string();
    for line in [
        "POST /api/imports",
        "POST /api/imports/stop",
        "DELETE /api/imports/1",
    ] {
        let answer = ask_with_token(home.port, line, &bot, &wish);
        assert_eq!(answer.body["error"]["code"], json!("owner-only"), "{line}");
    }
    assert_eq!(
        ask_with_token(home.port, "GET /api/imports", &bot, "").status,
        200
    );
    for (wish, code) in [
        (json!({ "path": "/etc/passwd" }), "not-an-archive"),
        (json!({ "path": "/nowhere.zip" }), "no-file"),
        (json!({ "upload": 7 }), "unknown-upload"),
    ] {
        assert_eq!(home.ask("POST /api/imports", &wish).0, 200);
        assert_eq!(home.done()["failure"]["code"], json!(code));
    }
    for wish in [
        json!({}),
        json!({ "path": "here.zip" }),
        json!({ "path": "/a", "upload": 1 }),
    ] {
        assert_eq!(home.ask("POST /api/imports", &wish).0, 400, "{wish}");
    }
}

#[test]
fn imp_08_an_upload_waits_for_what_it_does_not_say_and_is_erased() {
    let home = Home::new();
    let chat = "01/02/2023, 21:58 - Bob: one\n01/02/2023, 21:59 - Bob: two\n";
    let line = "POST /api/uploads?name=_chat.txt&quality=untouched";
    let upload = ask_with_token(home.port, line, &home.token, chat).body;
    let wish = |order: Option<&str>| match order {
        None => json!({ "upload": upload["id"] }),
        Some(order) => json!({ "upload": upload["id"], "date_order": order }),
    };
    home.ask("POST /api/imports", &wish(None));
    assert_eq!(home.done()["failure"]["code"], json!("ambiguous-dates"));
    home.ask("POST /api/imports", &wish(Some("day")));
    let done = home.done();
    assert_eq!(
        (&done["new_items"], &done["failure"]),
        (&json!(2), &Value::Null),
        "{done}"
    );
    home.ask("POST /api/imports", &wish(Some("day")));
    assert_eq!(home.done()["failure"]["code"], json!("unknown-upload"));
}
