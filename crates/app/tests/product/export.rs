//! Conversations, taken out by the command.

use std::fs;

use serde_json::{Value, json};

use super::wire::ask_with_token;
use super::xchat::World;

#[test]
fn a_conversation_is_taken_out_with_its_files_and_texts_stay_texts() {
    let world = World::new();
    let (_running, _) = world.serve("default", &["--loopback", "--name", "alice", "--no-confirm"]);
    let daemon = world.daemon("default");
    let (port, token) = (
        daemon["port"].as_u64().unwrap(),
        daemon["token"].as_str().unwrap(),
    );
    // A note to oneself.
    ask_with_token(u16::try_from(port).unwrap(), "POST /api/note", token, "{}");
    let file = world.path().join("a \"b\" <c>.txt");
    fs::write(&file, "what is in it").unwrap();
    let hostile = "</p><script>alert(1)</script> & \"x\"";
    world.run("default", &["send", "@alice", hostile]);
    world.run(
        "default",
        &["send", "@alice", "look", "--file", file.to_str().unwrap()],
    );
    world.run(
        "default",
        &["send", "@alice", "\u{645}\u{631}\u{62d}\u{628}\u{627}"],
    );

    let asked = world.json(
        "default",
        &["poll", "ask", "@alice", "<b>Where?", "Here", "There"],
    );
    world.run("default", &["poll", "vote", &asked[0]["row"].to_string(), "2"]);

    let out = world.path().join("out");
    let out_path = out.to_str().unwrap();
    let told = world.json("default", &["export", out_path, "--chat", "@alice"]);
    let counted = (&told[0]["messages"], &told[0]["files"], &told[0]["missing"]);
    assert_eq!(counted, (&json!(4), &json!(1), &json!(0)), "{told:?}");
    let folder = out.join("alice");
    let html = fs::read_to_string(folder.join("messages.html")).unwrap();
    assert!(
        !html.contains("<script") && html.contains("&lt;script&gt;"),
        "{html}"
    );
    assert!(
        html.contains("<b>&lt;b&gt;Where?</b>") && html.contains("There</span> <bdi class=\"aside\">@alice<")
    );
    assert!(html.contains("default-src 'none'") && html.contains("dir=\"auto\""));
    let all: Vec<Value> =
        serde_json::from_str(&fs::read_to_string(folder.join("messages.json")).unwrap()).unwrap();
    assert_eq!(all[0]["message"]["text"], json!(hostile));
    let saved = all[1]["files"][0].as_str().unwrap();
    assert_eq!(fs::read_to_string(folder.join(saved)).unwrap(), "what is in it");
    assert_eq!(world.run("default", &["export", out_path]).code, 5);
    assert_eq!(
        world.run("default", &["export", out_path, "--chat", "@bob"]).code,
        3
    );
}
