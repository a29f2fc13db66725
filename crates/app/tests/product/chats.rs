//! What is set about conversations and people: over the local interface, and with the commands.

use serde_json::{Value, json};

use super::wire::ask_with_token;
use super::xchat::World;

/// In seconds.
const FIVE_MINUTES: u64 = 300;

#[test]
fn what_is_set_is_kept_and_shown() {
    let world = World::new();
    let (running, _) = world.serve("default", &["--loopback", "--name", "alice", "--no-confirm"]);
    let daemon = world.daemon("default");
    let port = u16::try_from(daemon["port"].as_u64().unwrap()).unwrap();
    let token = daemon["token"].as_str().unwrap().to_owned();
    let ask = |line: &str, body: &Value| {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let answer = ask_with_token(port, line, &token, &body);
        assert_eq!(answer.status, 200, "{line}: {answer:?}");
        answer.body
    };
    let note = ask("POST /api/note", &Value::Null)["conversation"]
        .as_i64()
        .unwrap();
    let chat = format!("/api/conversations/{note}");
    // Disappearing, for the conversation and for one message.
    ask(&format!("PUT {chat}/timer"), &json!({"timer_s": FIVE_MINUTES}));
    let sent = ask(&format!("POST {chat}/messages"), &json!({"text": "soon gone"}));
    assert_eq!(sent["timer_s"], FIVE_MINUTES);
    assert!(sent["expires_ms"].as_u64().unwrap() > sent["sent_ms"].as_u64().unwrap());
    let kept = ask(
        &format!("POST {chat}/messages"),
        &json!({"text": "stays", "timer_s": 0}),
    );
    assert_eq!(kept["timer_s"], Value::Null);
    let messages = ask(&format!("GET {chat}/messages"), &Value::Null);
    assert_eq!(
        messages[0]["notice"],
        json!({"kind": "timer", "timer_s": FIVE_MINUTES})
    );
    let short = ask_with_token(port, &format!("PUT {chat}/timer"), &token, "{\"timer_s\": 5}");
    assert_eq!(
        (short.status, &short.body["error"]["code"]),
        (422, &json!("no-timer"))
    );
    // For this device alone.
    for change in [
        json!({"pinned": true, "archived": true}),
        json!({"muted_until_ms": 9, "nickname": "me", "marked_unread": true}),
    ] {
        ask(&format!("PATCH {chat}"), &change);
    }
    ask(&format!("PUT {chat}/draft"), &json!({"text": "I began"}));
    assert_eq!(ask(&format!("GET {chat}/draft"), &Value::Null)["text"], "I began");
    let settings = ask(&format!("GET {chat}"), &Value::Null)["settings"].clone();
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
    let row = kept["row"].as_i64().unwrap();
    ask(&format!("POST /api/messages/{row}/star"), &json!({"on": true}));
    assert_eq!(ask("GET /api/starred", &Value::Null)[0]["text"], "stays");
    let folders = json!([{"name": "own", "conversations": [note]}]);
    ask("PUT /api/folders", &folders);
    assert_eq!(ask("GET /api/folders", &Value::Null), folders);
    let due_ms = sent["sent_ms"].as_u64().unwrap() + 3_600_000;
    let later = json!({"conversation": note, "text": "later", "due_ms": due_ms});
    let scheduled = ask("POST /api/scheduled", &later);
    assert_eq!(ask("GET /api/scheduled", &Value::Null), json!([scheduled]));
    ask(
        &format!("DELETE /api/scheduled/{}", scheduled["id"]),
        &Value::Null,
    );
    let switches = json!({"privacy": {"read": false}, "requests": "nobody"});
    ask("PATCH /api/settings", &switches);
    let all = ask("GET /api/settings", &Value::Null);
    assert_eq!(
        (&all["privacy"]["read"], &all["privacy"]["typing"]),
        (&json!(false), &json!(true))
    );
    ask(&format!("DELETE {chat}"), &Value::Null);
    assert_eq!(ask("GET /api/conversations", &Value::Null), json!([]));
    // A bot that may write reaches none of what is its owner's.
    let made = ask(
        "POST /api/tokens",
        &json!({"label": "bot", "scopes": ["read", "send"]}),
    );
    let bot = made["secret"].as_str().unwrap();
    for line in [
        format!("PATCH {chat}"),
        format!("DELETE {chat}"),
        "PATCH /api/settings".to_owned(),
    ] {
        let refused = ask_with_token(port, &line, bot, "{}");
        assert_eq!(refused.body["error"]["code"], "owner-only", "{line}");
    }
    // The commands see the same.
    let shown = world.json(
        "default",
        &["--json", "privacy", "--read", "on", "--typing", "off"],
    );
    assert_eq!(shown[0]["privacy"]["read"], true);
    assert_eq!(
        (&shown[0]["privacy"]["typing"], &shown[0]["requests"]),
        (&json!(false), &json!("nobody"))
    );
    assert_eq!(world.run("default", &["blocked"]).out, "Nobody is blocked.\n");
    let nobody = world.run("default", &["unblock", "@bob"]);
    assert_eq!(nobody.code, 3, "{nobody:?}");
    assert_eq!(world.run("default", &["timer", "@bob", "5"]).code, 2);
    running.terminate();
}
