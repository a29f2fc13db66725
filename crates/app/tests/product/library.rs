//! The library of GIFs and stickers, by commands and over the local interface.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::wire::{ask_with_token, patiently};
use super::xchat::World;

fn vector(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../media/tests/vectors/encoders");
    folder.join(name)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn lib_02_pictures_of_files_and_folders_are_kept_found_and_sent_by_commands() {
    let world = World::new();
    let (_running, _) = world.serve("default", &["--loopback", "--name", "alice", "--no-confirm"]);
    let daemon = world.daemon("default");
    let port = u16::try_from(daemon["port"].as_u64().unwrap()).unwrap();
    let token = daemon["token"].as_str().unwrap();
    let ask = |line: &str, body: &Value| ask_with_token(port, line, token, &body.to_string());
    let note = ask("POST /api/note", &json!({})).body["conversation"].clone();

    let folder = tempfile::tempdir().unwrap();
    let within = folder.path().join("deep/er");
    std::fs::create_dir_all(&within).unwrap();
    std::fs::copy(vector("moving.gif"), within.join("Party.GIF")).unwrap();
    std::fs::copy(vector("photo.png"), folder.path().join("photo.png")).unwrap();
    std::fs::copy(vector("film.mp4"), folder.path().join("film.gif")).unwrap();
    std::fs::write(folder.path().join("broken.png"), b"\x89PNG\r\n\x1a\n").unwrap();
    std::fs::write(folder.path().join("words.txt"), b"words").unwrap();
    let add = ["library", "add", text(folder.path()), "--tag", "fun"];
    let added = world.json("default", &add);
    let names: Vec<_> = added
        .iter()
        .map(|added| added["item"]["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["Party.GIF", "photo.png"]);
    assert_eq!(added[0]["new"], true);
    let film = world.run("default", &["library", "add", text(&vector("film.mp4"))]);
    assert_eq!(film.code, 5, "{}", film.err);
    let gif = vector("moving.gif");
    let again = world.json("default", &["library", "add", text(&gif), "--tag", "cat"]);
    assert_eq!(
        (&again[0]["new"], &again[0]["item"]["tags"]),
        (&json!(false), &json!(["fun", "cat"]))
    );

    let listed = |arguments: &[&str]| world.json("default", &[&["library", "list"], arguments].concat());
    assert_eq!(listed(&[]).len(), 2);
    assert_eq!(listed(&["ca"])[0]["kind"], "gif");
    assert_eq!(listed(&["--kind", "sticker"])[0]["name"], "photo.png");
    let (gif, png) = (
        added[0]["item"]["id"].to_string(),
        added[1]["item"]["id"].to_string(),
    );
    assert_eq!(world.run("default", &["library", "favourite", &gif]).code, 0);
    assert_eq!(listed(&[])[0]["favourite"], true);
    assert_eq!(world.run("default", &["library", "tag", &png, "hill"]).code, 0);
    assert_eq!(listed(&["hill"]).len(), 1);
    let sent = world.json("default", &["library", "send", "@alice", &png]);
    assert_eq!(
        (
            &sent[0]["attachments"][0]["kind"],
            &sent[0]["attachments"][0]["name"]
        ),
        (&json!("sticker"), &json!("sticker.png"))
    );
    let row = sent[0]["row"].to_string();
    let kept = world.json("default", &["library", "keep", &row]);
    assert_eq!(
        (&kept[0]["new"], &kept[0]["item"]["id"]),
        (&json!(false), &added[1]["item"]["id"])
    );
    let storage = ask("GET /api/storage", &json!({})).body;
    assert_eq!(storage["library"]["items"], 2);
    let told = world.run("default", &["storage"]).out;
    assert!(
        told.contains("the library of GIFs and stickers: 2 files"),
        "{told}"
    );

    refusals(&ask, &note, &gif);
    by_ticket(&ask, port, &gif);
    assert_eq!(world.run("default", &["library", "remove", &gif, &png]).code, 0);
    assert!(listed(&[]).is_empty());
    assert_eq!(world.run("default", &["library", "remove", &gif]).code, 3);
}

fn refusals(ask: &dyn Fn(&str, &Value) -> super::wire::Answer, note: &Value, gif: &str) {
    let send = format!("POST /api/conversations/{note}/messages");
    let gif: i64 = gif.parse().unwrap();
    for (line, wish, status) in [
        (send.as_str(), json!({"text": "", "library": 99}), 404),
        (
            &send,
            json!({"text": "", "library": gif, "attachments": [1]}),
            400,
        ),
        ("POST /api/library", json!({}), 400),
        ("POST /api/library", json!({"upload": 1, "row": 1}), 400),
        ("POST /api/library", json!({"upload": 1}), 404),
        ("POST /api/library", json!({"row": 99}), 404),
        ("GET /api/library?limit=0", json!({}), 400),
        ("GET /api/library?limit=201", json!({}), 400),
        ("PATCH /api/library/99", json!({"favourite": true}), 404),
    ] {
        assert_eq!(ask(line, &wish).status, status, "{line} {wish}");
    }
    let tags: Vec<_> = (0..17).map(|tag| tag.to_string()).collect();
    let many = ask(&format!("PATCH /api/library/{gif}"), &json!({ "tags": tags }));
    assert_eq!(
        (many.status, &many.body["error"]["code"]),
        (422, &json!("too-many-tags"))
    );
}

/// A picture is shown by the ticket, as what it is, and by no other path.
fn by_ticket(ask: &dyn Fn(&str, &Value) -> super::wire::Answer, port: u16, gif: &str) {
    let ticket = ask("POST /api/media-ticket", &json!({})).body["ticket"].clone();
    let ticket = ticket.as_str().unwrap();
    let get = |path: &str| {
        let head = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
        String::from_utf8_lossy(&patiently(port, head.as_bytes())).to_lowercase()
    };
    let shown = get(&format!("/media/{ticket}/library/{gif}"));
    assert!(
        shown.starts_with("http/1.1 200") && shown.contains("content-type: image/gif"),
        "{shown:.300}"
    );
    assert!(shown.contains("content-security-policy: sandbox"), "{shown:.600}");
    assert!(get(&format!("/media/x{ticket}/library/{gif}")).starts_with("http/1.1 401"));
    assert!(get(&format!("/media/{ticket}/library/99")).starts_with("http/1.1 404"));
}
