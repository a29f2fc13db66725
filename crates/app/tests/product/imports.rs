//! Archives of other messengers, taken over by the command and over the interface.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::wire::ask_with_token;
use super::xchat::{Running, World};

/// A profile that runs.
struct Home {
    world: World,
    running: Running,
    port: u16,
    token: String,
}

impl Home {
    fn new() -> Self {
        Self::at(World::new())
    }

    fn at(world: World) -> Self {
        let (running, _) = world.serve("default", &["--loopback", "--name", "alice", "--no-confirm"]);
        let daemon = world.daemon("default");
        Self {
            world,
            running,
            port: u16::try_from(daemon["port"].as_u64().unwrap()).unwrap(),
            token: daemon["token"].as_str().unwrap().to_owned(),
        }
    }

    /// Kills the process, and starts it again.
    fn killed(self) -> Self {
        self.running.kill();
        Self::at(self.world)
    }

    /// All that a conversation has, the oldest first: texts and times.
    fn items(&self, id: &Value) -> Vec<(Value, Value)> {
        let mut all = Vec::new();
        let mut before = String::new();
        loop {
            let (_, page) = self.ask(
                &format!("GET /api/imports/{id}/messages?limit=500{before}"),
                &json!({}),
            );
            let page = page.as_array().unwrap();
            let Some(oldest) = page.first() else {
                return all;
            };
            before = format!("&before={}", oldest["row"]);
            let items = page
                .iter()
                .map(|item| (item["text"].clone(), item["at_ms"].clone()));
            all.splice(0..0, items);
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

/// A group in Telegram, with more than one part takes, and a few things that are no messages.
fn telegram_export(folder: &std::path::Path, messages: u32) {
    fs::create_dir_all(folder.join("photos")).unwrap();
    fs::write(folder.join("photos/photo_1.jpg"), "a photo").unwrap();
    let people = [
        ("Alice", "user11"),
        ("Bob", "user22"),
        ("\u{644}\u{64a}\u{644}\u{649}", "user33"),
    ];
    let message = |id: u32| {
        let (from, from_id) = people[id as usize % 3];
        json!({
            "id": id, "type": "message", "date": "2023-03-01T12:00:00", "from": from, "from_id": from_id,
            "date_unixtime": (1_677_668_400 + u64::from(id)).to_string(),
            "text": [format!("number {id} "), {"type": "bold", "text": "of many"}], "text_entities": [],
        })
    };
    let mut all: Vec<Value> = (1..=messages).map(message).collect();
    all[1]["photo"] = json!("photos/photo_1.jpg");
    all[2]["reply_to_message_id"] = json!(1);
    all.push(json!({
        "id": messages + 1, "type": "service", "actor": "Bob", "actor_id": "user22", "action": "pin_message",
        "date": "2023-03-01T12:00:00", "date_unixtime": "1677999999", "message_id": 1, "text": "",
        "text_entities": [],
    }));
    // Not all that somebody has in their hands is sound.
    all.push(json!({ "id": "what?", "type": "message" }));
    // In Telegram's own order: what a chat is stands before its messages.
    let export = format!(
        "{{\"about\": \"\", \"personal_information\": {{\"user_id\": 11, \"first_name\": \"Alice\"}},
          \"chats\": {{\"about\": \"\", \"list\": [
            {{\"name\": \"Friends\", \"type\": \"private_supergroup\", \"id\": 7, \"messages\": {}}}]}}}}",
        Value::from(all)
    );
    fs::write(folder.join("result.json"), export).unwrap();
}

#[test]
fn imp_01_an_export_of_telegram_is_taken_over_with_what_is_sound_of_it() {
    let home = Home::new();
    let folder = home.world.path().join("DataExport_2023-03-02");
    telegram_export(&folder, 700);
    let path = folder.to_str().unwrap();
    let done = home.world.json("default", &["import", path]);
    assert_eq!(
        (&done[0]["source"], &done[0]["items"]),
        (&json!("telegram"), &json!(701)),
        "{done:?}"
    );
    assert_eq!(done[0]["problems_count"], json!(1), "{done:?}");
    let again = home.world.json("default", &["import", path]);
    assert_eq!(again[0]["new_items"], json!(0), "{again:?}");
    let (_, all) = home.ask("GET /api/imports", &json!({}));
    let import = &all["conversations"][0];
    assert_eq!(
        (&import["title"], &import["group"]),
        (&json!("Friends"), &json!(true)),
        "{import}"
    );
    let items = home.items(&import["id"]);
    assert_eq!(items.len(), 701);
    assert_eq!(items[699].0, json!("number 700 of many"));
    let found = home
        .ask("GET /api/search/imported?text=number%20345", &json!({}))
        .1;
    assert_eq!(found["found"].as_array().unwrap().len(), 1, "{found}");
}

#[test]
fn imp_02_who_is_killed_while_taking_over_ends_where_others_do_slow() {
    const MESSAGES: u32 = 12_000;
    let calm = Home::new();
    let folder = calm.world.path().join("DataExport");
    telegram_export(&folder, MESSAGES);
    let wish = json!({ "path": folder.to_str().unwrap() });
    calm.ask("POST /api/imports", &wish);
    calm.done();
    let (_, expected) = calm.ask("GET /api/imports", &json!({}));
    let expected = &expected["conversations"][0];
    assert_eq!(expected["items"], json!(MESSAGES + 1));

    let mut home = Home::new();
    let mut cut_short = 0;
    for items in [1, 700, 2_500, 6_000, 11_000] {
        assert_eq!(home.ask("POST /api/imports", &wish).0, 200);
        let reached = |progress: &Value| {
            progress["items"].as_u64() >= Some(items) || progress["running"] == json!(false)
        };
        while !reached(&home.ask("GET /api/imports", &json!({})).1["progress"]) {
            std::thread::yield_now();
        }
        home = home.killed();
        // What is there is whole: no item without its words, none twice.
        let (_, now) = home.ask("GET /api/imports", &json!({}));
        if let Some(now) = now["conversations"].get(0) {
            let there = now["items"].as_u64().unwrap();
            assert_eq!(home.items(&now["id"]).len() as u64, there);
            cut_short += u32::from(there < u64::from(MESSAGES));
        }
    }
    assert!(cut_short > 0, "each time it had ended before");
    home.ask("POST /api/imports", &wish);
    let done = home.done();
    assert_eq!(done["failure"], Value::Null, "{done}");
    let (_, now) = home.ask("GET /api/imports", &json!({}));
    let now = &now["conversations"][0];
    assert_eq!(
        (&now["items"], &now["title"]),
        (&expected["items"], &expected["title"])
    );
    assert_eq!(home.items(&now["id"]), calm.items(&expected["id"]));
    let found = home
        .ask("GET /api/search/imported?text=number%2011999", &json!({}))
        .1;
    assert_eq!(found["found"].as_array().unwrap().len(), 1, "{found}");
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
