//! Finding messages, over the interface and by the command.

use serde_json::{Value, json};

use super::wire::ask_with_token;
use super::xchat::World;

/// The rows of an answer.
fn rows(answer: &Value) -> Vec<i64> {
    let found = answer["found"].as_array().unwrap().iter();
    found.map(|found| found["row"].as_i64().unwrap()).collect()
}

#[test]
fn fnd_10_notes_are_found_and_the_page_around_them_read() {
    let world = World::new();
    let (_running, _) = world.serve("default", &["--loopback", "--name", "alice", "--no-confirm"]);
    let daemon = world.daemon("default");
    let port = u16::try_from(daemon["port"].as_u64().unwrap()).unwrap();
    let ask = |line: &str, body: Value| {
        let answer = ask_with_token(port, line, daemon["token"].as_str().unwrap(), &body.to_string());
        (answer.status, answer.body)
    };
    let note = ask("POST /api/note", json!({})).1["conversation"]
        .as_i64()
        .unwrap();
    let messages = format!("/api/conversations/{note}/messages");
    let texts = [
        "😀 the ÉCLAIR",
        "tea",
        "see https://tea.example",
        "مُحَمَّد",
        "東京都",
    ];
    let written: Vec<i64> = texts
        .iter()
        .map(|text| {
            let sent = ask(&format!("POST {messages}"), json!({ "text": text }));
            sent.1["row"].as_i64().unwrap()
        })
        .collect();

    let search = |query: &str| ask(&format!("GET /api/search?{query}"), json!({}));
    let (_, found) = search("text=eclair");
    assert_eq!(rows(&found), [written[0]]);
    assert_eq!(found["partial"], false);
    let hit = &found["found"][0];
    assert_eq!(
        (hit["from"].as_str(), hit["with"].as_str()),
        (Some("alice"), Some("alice"))
    );
    // As JavaScript counts: the emoji is two.
    assert_eq!(hit["marks"], json!([{ "from": 7, "to": 13 }]));
    assert_eq!(rows(&search("text=%D9%85%D8%AD%D9%85%D8%AF").1), [written[3]]);
    assert_eq!(rows(&search("text=%E4%BA%AC%E9%83%BD").1), [written[4]]);
    assert_eq!(rows(&search("kind=link").1), [written[2]]);
    assert_eq!(
        rows(&search("text=tea&from=alice&from_ms=1").1),
        [written[2], written[1]]
    );
    assert!(rows(&search("text=tea&to_ms=1").1).is_empty());
    let (_, first) = search("text=tea&limit=1");
    let next = format!("text=tea&limit=1&before={}", first["next"]);
    assert_eq!(rows(&search(&next).1), [written[1]]);
    for wrong in ["text=tea&limit=0", "text=tea&limit=101", "kind=song", "words=tea"] {
        assert_eq!(search(wrong).0, 400, "{wrong}");
    }
    assert_eq!(search(&format!("text={}", "x".repeat(1025))).0, 422);

    let page = |query: &str| {
        let (status, page) = ask(&format!("GET {messages}?{query}"), json!({}));
        assert_eq!(status, 200, "{query}: {page}");
        let rows = page.as_array().unwrap().iter();
        rows.map(|message| message["row"].as_i64().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(page(&format!("around={}&limit=2", written[2])), written[1..3]);
    assert_eq!(page(&format!("after={}", written[2])), written[3..]);
    assert_eq!(page(&format!("before={}", written[1])), written[..1]);
    assert_eq!(page("at_ms=1&limit=4"), written[..2]);
    assert_eq!(ask(&format!("GET {messages}?before=1&after=1"), json!({})).0, 400);
    assert_eq!(ask(&format!("GET {messages}?around=999999"), json!({})).0, 404);

    let edit = format!("PUT /api/messages/{}", written[1]);
    assert_eq!(ask(&edit, json!({ "text": "cocoa" })).0, 200);
    assert_eq!(rows(&search("text=tea").1), [written[2]]);
    assert_eq!(rows(&search("text=coc").1), [written[1]]);
    assert_eq!(
        ask(&format!("DELETE /api/messages/{}", written[1]), json!({})).0,
        200
    );
    assert!(rows(&search("text=cocoa").1).is_empty());

    let lines = world.json(
        "default",
        &["search", "tea", "--in", "@alice", "--since", "2026-01-01"],
    );
    assert_eq!(lines[0]["row"], written[2]);
    let nothing = world.run("default", &["search", "cocoa"]);
    assert_eq!((nothing.code, nothing.out.as_str()), (0, "Nothing was found.\n"));
    assert_eq!(
        world.run("default", &["search", "tea", "--since", "today"]).code,
        2
    );
    assert_eq!(
        world.run("default", &["search", "tea", "--in", "@nobody"]).code,
        3
    );
}
