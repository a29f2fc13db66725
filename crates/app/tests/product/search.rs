//! Finding messages, over the interface and by the command.

use serde_json::{Value, json};

use super::wire::ask_with_token;
use super::xchat::{Running, World};

/// A profile with notes to oneself.
struct Notes {
    world: World,
    _running: Running,
    port: u16,
    token: String,
    messages: String,
    /// The rows of the notes.
    written: Vec<i64>,
}

const TEXTS: [&str; 5] = [
    "😀 the ÉCLAIR",
    "tea",
    "see https://tea.example",
    "مُحَمَّد",
    "東京都",
];

impl Notes {
    fn new() -> Self {
        let world = World::new();
        let (running, _) = world.serve("default", &["--loopback", "--name", "alice", "--no-confirm"]);
        let daemon = world.daemon("default");
        let mut notes = Self {
            world,
            _running: running,
            port: u16::try_from(daemon["port"].as_u64().unwrap()).unwrap(),
            token: daemon["token"].as_str().unwrap().to_owned(),
            messages: String::new(),
            written: Vec::new(),
        };
        let note = notes.ask("POST /api/note", &json!({})).1["conversation"].clone();
        notes.messages = format!("/api/conversations/{note}/messages");
        for text in TEXTS {
            let sent = notes.ask(&format!("POST {}", notes.messages), &json!({ "text": text }));
            notes.written.push(sent.1["row"].as_i64().unwrap());
        }
        notes
    }

    fn ask(&self, line: &str, body: &Value) -> (u16, Value) {
        let answer = ask_with_token(self.port, line, &self.token, &body.to_string());
        (answer.status, answer.body)
    }

    fn search(&self, query: &str) -> (u16, Value) {
        self.ask(&format!("GET /api/search?{query}"), &json!({}))
    }

    fn found(&self, query: &str) -> Vec<i64> {
        let (status, page) = self.search(query);
        assert_eq!(status, 200, "{query}: {page}");
        rows(&page["found"])
    }

    fn page(&self, query: &str) -> (u16, Value) {
        self.ask(&format!("GET {}?{query}", self.messages), &json!({}))
    }
}

fn rows(messages: &Value) -> Vec<i64> {
    let messages = messages.as_array().unwrap().iter();
    messages.map(|message| message["row"].as_i64().unwrap()).collect()
}

#[test]
fn fnd_10_notes_are_found_however_they_are_written() {
    let notes = Notes::new();
    let written = &notes.written;
    let (_, page) = notes.search("text=eclair");
    let hit = &page["found"][0];
    let told = (&hit["row"], &hit["from"], &hit["with"], &page["partial"]);
    assert_eq!(
        told,
        (
            &json!(written[0]),
            &json!("alice"),
            &json!("alice"),
            &json!(false)
        )
    );
    // As JavaScript counts: the emoji is two.
    assert_eq!(hit["marks"], json!([{ "from": 7, "to": 13 }]));
    assert_eq!(notes.found("text=%D9%85%D8%AD%D9%85%D8%AF"), [written[3]]);
    assert_eq!(notes.found("text=%E4%BA%AC%E9%83%BD"), [written[4]]);
    assert_eq!(notes.found("kind=link"), [written[2]]);
    assert_eq!(
        notes.found("text=tea&from=alice&from_ms=1"),
        [written[2], written[1]]
    );
    assert!(notes.found("text=tea&to_ms=1").is_empty());
    let (_, first) = notes.search("text=tea&limit=1");
    let next = format!("text=tea&limit=1&before={}", first["next"]);
    assert_eq!(notes.found(&next), [written[1]]);
    for wrong in ["text=tea&limit=0", "text=tea&limit=101", "kind=song", "words=tea"] {
        assert_eq!(notes.search(wrong).0, 400, "{wrong}");
    }
    assert_eq!(notes.search(&format!("text={}", "x".repeat(1025))).0, 422);
}

#[test]
fn fnd_14_a_page_is_read_around_what_was_found() {
    let notes = Notes::new();
    let written = &notes.written;
    let page = |query: &str| rows(&notes.page(query).1);
    assert_eq!(page(&format!("around={}&limit=2", written[2])), written[1..3]);
    assert_eq!(page(&format!("after={}", written[2])), written[3..]);
    assert_eq!(page(&format!("before={}", written[1])), written[..1]);
    assert_eq!(page("at_ms=1&limit=4"), written[..2]);
    assert_eq!(notes.page("before=1&after=1").0, 400);
    assert_eq!(notes.page("around=999999").0, 404);
}

#[test]
fn fnd_01_what_was_edited_or_deleted_is_found_no_more() {
    let notes = Notes::new();
    let written = &notes.written;
    let row = format!("/api/messages/{}", written[1]);
    assert_eq!(
        notes.ask(&format!("PUT {row}"), &json!({ "text": "cocoa" })).0,
        200
    );
    assert_eq!(notes.found("text=tea"), [written[2]]);
    assert_eq!(notes.found("text=coc"), [written[1]]);
    assert_eq!(notes.ask(&format!("DELETE {row}"), &json!({})).0, 200);
    assert!(notes.found("text=cocoa").is_empty());

    let search = |arguments: &[&str]| notes.world.run("default", &[&["search"], arguments].concat());
    let lines = notes.world.json(
        "default",
        &["search", "tea", "--in", "@alice", "--since", "2026-01-01"],
    );
    assert_eq!(lines[0]["row"], written[2]);
    let nothing = search(&["cocoa"]);
    assert_eq!((nothing.code, nothing.out.as_str()), (0, "Nothing was found.\n"));
    assert_eq!(search(&["tea", "--since", "today"]).code, 2);
    assert_eq!(search(&["tea", "--in", "@nobody"]).code, 3);
}
