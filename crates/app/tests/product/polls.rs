//! Polls and answers, by commands and over the local interface.

use serde_json::{Value, json};

use super::wire::ask_with_token;
use super::xchat::World;

#[test]
fn act_11_a_poll_is_asked_voted_on_and_ended_by_commands() {
    let world = World::new();
    let (_running, _) = world.serve("default", &["--loopback", "--name", "alice", "--no-confirm"]);
    let daemon = world.daemon("default");
    let port = u16::try_from(daemon["port"].as_u64().unwrap()).unwrap();
    let token = daemon["token"].as_str().unwrap();
    let ask = |line: &str, body: &Value| ask_with_token(port, line, token, &body.to_string());
    // A note to oneself.
    let note = ask("POST /api/note", &json!({})).body["conversation"].clone();
    let asked = world.json(
        "default",
        &["poll", "ask", "@alice", "Where?", "Here", "There", "--several"],
    );
    let row = asked[0]["row"].to_string();
    assert_eq!(asked[0]["poll"]["voters"], 0);
    assert_eq!(world.run("default", &["poll", "vote", &row, "1", "2"]).code, 0);
    let told = world.run("default", &["read", "@alice"]).out;
    assert!(
        told.contains(&format!("Where?  (poll {row}, choose any)")),
        "{told}"
    );
    assert!(
        told.contains("1. Here  @alice") && told.contains("2. There  @alice"),
        "{told}"
    );
    assert_eq!(
        world.run("default", &["poll", "vote", &row, "3"]).code,
        5,
        "no such choice"
    );
    assert_eq!(world.run("default", &["poll", "vote", &row]).code, 0);
    assert_eq!(world.run("default", &["poll", "end", &row]).code, 0);
    let over = world.run("default", &["poll", "vote", &row, "1"]);
    assert_eq!(over.code, 5, "{}", over.err);
    let message = ask(&format!("GET /api/messages/{row}"), &json!({})).body;
    assert_eq!(
        (&message["poll"]["ended"], &message["poll"]["choices"][0]["names"]),
        (&json!(true), &json!([]))
    );

    let line = format!("POST /api/conversations/{note}/messages");
    for (wish, code) in [
        (
            json!({"text": "", "poll": {"question": "?", "choices": ["a", "a"]}}),
            "malformed-poll",
        ),
        (
            json!({"text": "x", "poll": {"question": "?", "choices": ["a", "b"]}}),
            "malformed-poll",
        ),
        (json!({"text": "x", "answers": ["a", "a"]}), "malformed-answers"),
    ] {
        let refused = ask(&line, &wish);
        assert_eq!(
            (refused.status, &refused.body["error"]["code"]),
            (422, &json!(code)),
            "{wish}"
        );
    }
    let text = ask(&line, &json!({"text": "Tea?", "answers": ["Yes", "No"]})).body;
    assert_eq!(text["answers"], json!(["Yes", "No"]));
    let no_poll = ask(
        &format!("PUT /api/messages/{}/vote", text["row"]),
        &json!({"choices": [0]}),
    );
    assert_eq!(
        (no_poll.status, &no_poll.body["error"]["code"]),
        (422, &json!("no-poll"))
    );
}
