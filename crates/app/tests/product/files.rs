//! Files over the local interface and the commands: taken in, sent, read and saved.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::wire::{ask_with_token, patiently, raw};
use super::xchat::{Running, World};

/// What others' encoders wrote; it tells where it was made.
fn vector(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../media/tests/vectors/encoders");
    std::fs::read(folder.join(name)).unwrap()
}

fn holds(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|part| part == text)
}

fn tells(bytes: &[u8]) -> bool {
    [&b"48.85"[..], b"2.29448", b"SECRET"]
        .iter()
        .any(|text| holds(bytes, text))
}

/// A running profile, spoken to as its page does.
struct Page {
    port: u16,
    token: String,
    _running: Running,
}

impl Page {
    fn of(world: &World, profile: &str, running: Running) -> Self {
        let daemon = world.daemon(profile);
        Self {
            port: u16::try_from(daemon["port"].as_u64().unwrap()).unwrap(),
            token: daemon["token"].as_str().unwrap().to_owned(),
            _running: running,
        }
    }

    fn json(&self, line: &str, body: &str) -> Value {
        let answer = ask_with_token(self.port, line, &self.token, body);
        assert_eq!(answer.status, 200, "{line}: {answer:?}");
        answer.body
    }

    /// Asks with a raw body, and gives status, head and body.
    fn bytes(&self, line: &str, headers: &str, body: &[u8]) -> (u16, String, Vec<u8>) {
        let head = format!(
            "{line} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n",
            self.port,
            body.len()
        );
        let answer = patiently(self.port, &[head.as_bytes(), body].concat());
        let end = answer.windows(4).position(|part| part == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(answer[..end].to_vec()).unwrap().to_lowercase();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, head, answer[end + 4..].to_vec())
    }

    fn bearer(&self) -> String {
        format!("Authorization: Bearer {}\r\n", self.token)
    }

    fn upload(&self, query: &str, body: &[u8]) -> (u16, Value) {
        let line = format!("POST /api/uploads?{query}");
        let (status, _, answer) = self.bytes(&line, &self.bearer(), body);
        (status, serde_json::from_slice(&answer).unwrap())
    }
}

/// Alice with a network of her own and a note to herself.
fn alice(world: &World) -> (Page, i64) {
    let (running, _) = world.serve("default", &["--loopback", "--name", "alice", "--no-confirm"]);
    let page = Page::of(world, "default", running);
    let note = page.json("POST /api/note", "")["conversation"].as_i64().unwrap();
    (page, note)
}

#[test]
fn api_15_a_photo_that_is_given_is_upright_and_tells_nothing_and_its_ticket_shows_it() {
    let world = World::new();
    let (page, note) = alice(&world);
    let photo = vector("photo.jpg");
    assert!(tells(&photo));
    let (status, given) = page.upload("name=Holiday%20%2F..%2Fcat.JPG&quality=standard", &photo);
    assert_eq!(status, 200, "{given}");
    assert_eq!(
        (&given["kind"], &given["name"]),
        (&json!("photo"), &json!("cat.JPG"))
    );
    assert!(given["height"].as_u64() > given["width"].as_u64(), "{given}");
    assert!(given["preview"].is_string() && given["thumbhash"].is_string());
    let wish = json!({"text": "look", "attachments": [given["id"]]}).to_string();
    let line = format!("POST /api/conversations/{note}/messages");
    let sent = page.json(&line, &wish);
    let row = sent["row"].as_i64().unwrap();
    assert_eq!(sent["attachments"][0]["state"], "here");
    // Gone once it is sent.
    let again = ask_with_token(page.port, &line, &page.token, &wish);
    assert_eq!(
        (again.status, &again.body["error"]["code"]),
        (404, &json!("unknown-upload"))
    );

    let ticket = page.json("POST /api/media-ticket", "")["ticket"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("GET /media/{ticket}/{row}/0");
    let (status, head, shown) = page.bytes(&path, "", b"");
    assert_eq!(status, 200, "{head}");
    assert_eq!(
        shown.len() as u64,
        sent["attachments"][0]["size"].as_u64().unwrap()
    );
    assert!(shown.starts_with(b"\xff\xd8\xff") && !tells(&shown));
    for header in [
        "content-type: image/jpeg",
        "content-security-policy: sandbox; default-src 'none'",
        "x-content-type-options: nosniff",
        "cache-control: no-store",
        "referrer-policy: no-referrer",
        "cross-origin-resource-policy: same-origin",
        "accept-ranges: bytes",
        "content-disposition: inline; filename*=utf-8''cat.jpg",
    ] {
        assert!(head.contains(header), "{head} lacks {header}");
    }
    let by_token = format!("GET /api/attachments/{row}/0");
    assert_eq!(page.bytes(&by_token, &page.bearer(), b"").2, shown);
    // A ticket is good for nothing else, and nothing else is a ticket.
    for (line, headers) in [
        (format!("GET /media/{}/{row}/0", page.token), String::new()),
        (format!("GET /media/x/{row}/0"), page.bearer()),
        (by_token, format!("Authorization: Bearer {ticket}\r\n")),
        (
            "GET /api/profile".to_owned(),
            format!("Authorization: Bearer {ticket}\r\n"),
        ),
    ] {
        assert_eq!(page.bytes(&line, &headers, b"").0, 401, "{line}");
    }
    assert_eq!(
        page.bytes(&format!("GET /media/{ticket}/{row}/1"), "", b"").0,
        404
    );
    assert_eq!(page.bytes(&format!("GET /media/{ticket}/9999/0"), "", b"").0, 404);
}

#[test]
fn fnd_15_the_files_of_a_chat_are_listed_by_what_they_are() {
    let world = World::new();
    let (page, note) = alice(&world);
    let send = |name: &str, body: &[u8]| {
        let (status, given) = page.upload(&format!("name={name}"), body);
        assert_eq!(status, 200, "{given}");
        let wish = json!({"text": "", "attachments": [given["id"]]}).to_string();
        page.json(&format!("POST /api/conversations/{note}/messages"), &wish)["row"].clone()
    };
    let photo = send("cat.jpg", &vector("photo.jpg"));
    let first = send("a.txt", b"one");
    let second = send("b.txt", b"two");
    let files = format!("GET /api/conversations/{note}/files");
    let rows = |query: &str| -> Vec<Value> {
        let found = page.json(&format!("{files}?{query}"), "");
        let found = found.as_array().unwrap().iter();
        found.map(|message| message["row"].clone()).collect()
    };
    assert_eq!(rows("kind=media"), [photo]);
    assert_eq!(rows("kind=files"), [second.clone(), first.clone()]);
    assert_eq!(rows(&format!("kind=files&before={second}&limit=1")), [first]);
    assert!(rows("kind=sounds").is_empty());
    for (line, status) in [
        (format!("{files}?kind=films"), 400),
        (format!("{files}?kind=files&limit=501"), 400),
        ("GET /api/conversations/9999/files?kind=media".to_owned(), 404),
    ] {
        let answer = ask_with_token(page.port, &line, &page.token, "");
        assert_eq!(answer.status, status, "{line}");
    }
}

#[test]
fn trf_17_what_takes_space_is_told_and_erased_by_command() {
    let world = World::new();
    let (page, note) = alice(&world);
    let (status, given) = page.upload("name=a.txt", &[7; 5_000]);
    assert_eq!(status, 200, "{given}");
    let wish = json!({"text": "", "attachments": [given["id"]]}).to_string();
    page.json(&format!("POST /api/conversations/{note}/messages"), &wish);
    let told = world.run("default", &["storage"]).out;
    assert!(told.contains("@alice: 1 file, 5.0 kB"), "{told}");
    assert_eq!(
        world.run("default", &["storage", "clear"]).code,
        2,
        "nothing goes unasked"
    );
    let badly = world.run("default", &["storage", "clear", "--before", "yesterday"]);
    assert_eq!(badly.code, 2, "{}", badly.err);
    // Own files stay: there is nobody to have them from.
    let swept = world.json("default", &["storage", "clear", "--all"]);
    assert_eq!(swept[0], json!({"files": 0, "bytes": 0}));
    assert_eq!(
        world.run("default", &["storage", "clear", "--chat", "@bob"]).code,
        3
    );
}

#[test]
fn api_16_ranges_are_what_was_asked_for_and_scripts_are_never_shown() {
    let world = World::new();
    let (page, note) = alice(&world);
    let ticket = page.json("POST /api/media-ticket", "")["ticket"]
        .as_str()
        .unwrap()
        .to_owned();
    let send = |name: &str, body: &[u8]| {
        let (status, given) = page.upload(&format!("name={name}"), body);
        assert_eq!(status, 200, "{given}");
        let wish = json!({"text": "", "attachments": [given["id"]]}).to_string();
        let sent = page.json(&format!("POST /api/conversations/{note}/messages"), &wish);
        sent["row"].as_i64().unwrap()
    };
    let content: Vec<u8> = (0..400_000_u32).map(|number| (number % 251) as u8).collect();
    let row = send("notes.bin", &content);
    let path = format!("GET /media/{ticket}/{row}/0");
    for (asked, status, wanted) in [
        ("bytes=0-9", 206, 0..10),
        ("bytes=65519-65521", 206, 65_519..65_522),
        ("bytes=-5", 206, 399_995..400_000),
        ("bytes=399999-", 206, 399_999..400_000),
        ("bytes=0-1,5-6", 200, 0..400_000),
    ] {
        let (found, head, body) = page.bytes(&path, &format!("Range: {asked}\r\n"), b"");
        assert_eq!(
            (found, body.as_slice()),
            (status, &content[wanted.clone()]),
            "{asked}"
        );
        let told = format!("content-range: bytes {}-{}/400000", wanted.start, wanted.end - 1);
        assert_eq!(head.contains(&told), status == 206, "{head}");
    }
    let (status, head, body) = page.bytes(&path, "Range: bytes=400000-\r\n", b"");
    assert_eq!((status, body.len()), (416, 0));
    assert!(head.contains("content-range: bytes */400000"), "{head}");

    for (name, body) in [
        (
            "a.svg",
            &b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"[..],
        ),
        ("a.jpg", b"<!doctype html><script>alert(1)</script>"),
        ("a.pdf", b"%PDF-1.7 .."),
    ] {
        let row = send(name, body);
        let (status, head, shown) = page.bytes(&format!("GET /media/{ticket}/{row}/0"), "", b"");
        assert_eq!((status, shown.as_slice()), (200, body));
        assert!(
            head.contains("content-type: application/octet-stream"),
            "{name}: {head}"
        );
        assert!(head.contains("content-disposition: attachment"), "{name}: {head}");
    }
}

#[test]
fn api_17_uploads_are_closed_to_strangers_bounded_and_leave_nothing_when_cut_off() {
    let world = World::new();
    let (page, _) = alice(&world);
    assert_eq!(page.bytes("POST /api/uploads?name=a", "", b"x").0, 401);
    let reader = world
        .json("default", &["token", "create", "r", "--scopes", "read"])
        .remove(0);
    let reader = format!("Authorization: Bearer {}\r\n", reader["secret"].as_str().unwrap());
    assert_eq!(page.bytes("POST /api/uploads?name=a", &reader, b"x").0, 403);
    assert_eq!(page.upload("quality=better", b"x").0, 400);
    // More than any other body may have.
    let large = vec![7; 3_000_000];
    let (status, given) = page.upload("name=large.bin", &large);
    assert_eq!((status, given["size"].as_u64()), (200, Some(3_000_000)));
    let id = given["id"].as_u64().unwrap();
    page.json(&format!("PATCH /api/uploads/{id}"), r#"{"description":"zeros"}"#);
    page.json(&format!("DELETE /api/uploads/{id}"), "");
    let gone = ask_with_token(page.port, &format!("DELETE /api/uploads/{id}"), &page.token, "");
    assert_eq!(gone.status, 404);
    // Cut off in the middle: a body that says that it is longer.
    let head = format!(
        "POST /api/uploads?name=a HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n{}Content-Length: 9000000\r\n\r\n",
        page.port,
        page.bearer()
    );
    raw(page.port, &[head.as_bytes(), &large].concat());
    let (status, refused) = page.upload("name=a.jpg", &vector("photo.jpg")[..300]);
    assert_eq!(
        (status, &refused["error"]["code"]),
        (422, &json!("picture-damaged"))
    );
    assert_eq!(files_in(&world.file("default", "client/blobs")), 0);
}

fn files_in(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .map(|path| if path.is_dir() { files_in(&path) } else { 1 })
        .sum()
}

#[test]
fn cli_05_files_go_from_one_command_to_another() {
    let world = World::new();
    let (_alice, link) = world.serve("alice", &["--loopback", "--name", "alice", "--no-confirm"]);
    let (_bob, _) = world.serve(
        "bob",
        &["--loopback", "--name", "bob", "--no-confirm", "--join", &link],
    );
    let mut bob_sees = world.start("bob", &["tail"]);
    bob_sees.wait_for(|line| line["type"] == "ready");
    world.json("alice", &["send", "@bob", "hello"]);
    bob_sees.wait_for(|line| line["type"] == "request");
    world.json("bob", &["accept", "@alice"]);
    let photo = world.path().join("photo.jpg");
    std::fs::write(&photo, vector("photo.jpg")).unwrap();
    let letter = world.path().join("letter.txt");
    std::fs::write(&letter, "dear bob").unwrap();
    let (photo, letter) = (photo.to_str().unwrap(), letter.to_str().unwrap());
    world.json(
        "alice",
        &["send", "@bob", "look", "--file", photo, "--file", letter],
    );
    let seen = bob_sees.wait_for(|line| line["type"] == "message" && line["message"]["text"] == "look");
    let row = seen["message"]["row"].as_i64().unwrap().to_string();
    let read = world.run("bob", &["read", "@alice", "--peek"]);
    assert!(
        read.out.contains(&format!("{row}/1  letter.txt (8 bytes")),
        "{read:?}"
    );
    let saved = world.path().join("saved");
    std::fs::create_dir(&saved).unwrap();
    let paths = world.json("bob", &["save", &row, saved.to_str().unwrap()]);
    assert_eq!(paths.len(), 2);
    assert_eq!(
        std::fs::read_to_string(saved.join("letter.txt")).unwrap(),
        "dear bob"
    );
    let photo = std::fs::read(saved.join("photo.jpg")).unwrap();
    assert!(photo.starts_with(b"\xff\xd8\xff") && !tells(&photo));
    world.json("bob", &["save", &row, "--part", "1", saved.to_str().unwrap()]);
    assert!(saved.join("letter (2).txt").exists());
    assert_eq!(world.run("bob", &["save", "9999"]).code, 3);
    assert_eq!(
        world
            .run("alice", &["send", "@bob", "x", "--file", "/no/such/file"])
            .code,
        3
    );
}

/// The worker, once it says that it is ready.
fn worker() -> Child {
    let mut worker = Command::new(env!("CARGO_BIN_EXE_xchat"))
        .arg("media-worker")
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut ready = [0];
    worker.stdout.as_mut().unwrap().read_exact(&mut ready).unwrap();
    worker
}

/// What a worker makes of a picture, after its first byte, which says how it went.
fn answer(picture: &[u8]) -> Vec<u8> {
    let mut worker = worker();
    let mut stdin = worker.stdin.take().unwrap();
    stdin.write_all(&[0]).unwrap();
    stdin.write_all(picture).unwrap();
    drop(stdin);
    let mut answer = Vec::new();
    worker.stdout.take().unwrap().read_to_end(&mut answer).unwrap();
    assert!(worker.wait().unwrap().success());
    answer
}

#[test]
fn med_61_the_worker_prepares_a_picture_and_refuses_a_bomb() {
    let prepared = answer(&vector("photo.jpg"));
    assert_eq!(prepared[0], 0);
    assert!(holds(&prepared, b"\xff\xd8\xff") && !tells(&prepared));
    // 50,000 by 50,000 points.
    let mut bomb = vector("photo.png");
    bomb[16..24].copy_from_slice(&[0, 0, 0xc3, 0x50, 0, 0, 0xc3, 0x50]);
    assert_eq!(answer(&bomb).len(), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn med_61_the_worker_has_given_up_what_it_does_not_need() {
    let mut worker = worker();
    let process = Path::new("/proc").join(worker.id().to_string());
    let limits = std::fs::read_to_string(process.join("limits")).unwrap();
    for (name, most) in [
        ("Max address space", "805306368"),
        ("Max cpu time", "10"),
        ("Max open files", "8"),
        ("Max file size", "0"),
        ("Max core file size", "0"),
    ] {
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
        let limits: Vec<_> = line[name.len()..].split_whitespace().take(2).collect();
        assert_eq!(limits, [most, most], "{line}");
    }
    let status = std::fs::read_to_string(process.join("status")).unwrap();
    assert!(status.contains("NoNewPrivs:\t1"), "{status}");
    assert_eq!(std::fs::read(process.join("environ")).unwrap(), b"");
    worker.kill().unwrap();
    worker.wait().unwrap();
}
