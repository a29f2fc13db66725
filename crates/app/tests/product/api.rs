//! The local interface against foreign pages, bots and hostile bytes.

use std::net::{Ipv4Addr, TcpStream};

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Message, client};

use super::wire::{ask, ask_with_token, raw};
use super::xchat::{Running, World};

struct Stage {
    world: World,
    _running: Running,
    port: u16,
    token: String,
}

/// A running profile with an account and a network of its own.
fn stage() -> Stage {
    let world = World::new();
    let (running, _) = world.serve("default", &["--loopback", "--name", "alice", "--no-confirm"]);
    let daemon = world.daemon("default");
    let port = u16::try_from(daemon["port"].as_u64().unwrap()).unwrap();
    let token = daemon["token"].as_str().unwrap().to_owned();
    Stage {
        world,
        _running: running,
        port,
        token,
    }
}

/// Every operation that the document lists.
fn operations(stage: &Stage) -> Vec<(String, String)> {
    let host = format!("127.0.0.1:{}", stage.port);
    let document = ask(stage.port, "GET /api/openapi.json", &[("Host", &host)], "");
    assert_eq!(document.status, 200, "{document:?}");
    let paths = document.body["paths"].as_object().unwrap();
    let methods = |path: &Value| path.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    paths
        .iter()
        .flat_map(|(path, item)| {
            methods(item)
                .into_iter()
                .map(move |method| (method.to_uppercase(), path.clone()))
        })
        .collect()
}

#[test]
fn api_01_every_listed_operation_is_there_and_closed_to_strangers() {
    let stage = stage();
    let operations = operations(&stage);
    assert!(operations.len() >= 20, "{operations:?}");
    let host = format!("127.0.0.1:{}", stage.port);
    let headers = [("Host", host.as_str()), ("Content-Type", "application/json")];
    for (method, path) in &operations {
        let path = path.replace("{id}", "1");
        let answer = ask(stage.port, &format!("{method} {path}"), &headers, "{}");
        let open = ["/api/challenge", "/api/session", "/api/events"].contains(&path.as_str());
        assert_eq!(
            answer.status,
            if open { 400 } else { 401 },
            "{method} {path}: {answer:?}"
        );
        assert!(answer.body["error"]["code"].is_string(), "{method} {path}");
    }
}

#[test]
fn api_06_no_answer_can_be_framed_sniffed_or_kept() {
    let stage = stage();
    let own = format!("127.0.0.1:{}", stage.port);
    for (line, host) in [
        ("GET /api/openapi.json", own.as_str()),
        ("GET /api/profile", &own),
        ("GET /nothing", &own),
        ("PUT /api/profile", &own),
        ("GET /api/profile", "evil.example"),
    ] {
        let answer = ask(stage.port, line, &[("Host", host)], "");
        for header in [
            "content-security-policy: default-src 'none'",
            "nosniff",
            "cache-control: no-store",
        ] {
            assert!(answer.head.contains(header), "{line} lacks {header}");
        }
        for header in ["access-control-", "set-cookie"] {
            assert!(!answer.head.contains(header), "{line} has {header}");
        }
    }
}

#[test]
fn api_04_a_rebound_name_reaches_nothing() {
    let stage = stage();
    let bearer = format!("Bearer {}", stage.token);
    for host in [
        "evil.example",
        &format!("evil.example:{}", stage.port),
        "127.0.0.1:1",
        "",
    ] {
        let headers = [("Host", host), ("Authorization", bearer.as_str())];
        let answer = ask(stage.port, "GET /api/profile", &headers, "");
        assert_eq!(answer.status, 403, "{host}: {answer:?}");
        assert_eq!(answer.body["error"]["code"], "foreign-host");
    }
    let host = format!("localhost:{}", stage.port);
    for origin in ["http://evil.example", "null", "https://127.0.0.1"] {
        let headers = [
            ("Host", host.as_str()),
            ("Authorization", bearer.as_str()),
            ("Origin", origin),
        ];
        let answer = ask(stage.port, "GET /api/profile", &headers, "");
        assert_eq!(
            answer.body["error"]["code"], "foreign-origin",
            "{origin}: {answer:?}"
        );
    }
    let own = format!("http://{host}");
    let headers = [
        ("Host", host.as_str()),
        ("Authorization", bearer.as_str()),
        ("Origin", own.as_str()),
    ];
    let answer = ask(stage.port, "GET /api/profile", &headers, "");
    assert_eq!(answer.body["identity"]["name"], "alice", "{answer:?}");
}

#[test]
fn api_08_a_bot_reaches_its_scopes_and_no_further() {
    let stage = stage();
    let made = stage
        .world
        .json("default", &["token", "create", "reader", "--scopes", "read"]);
    let secret = made[0]["secret"].as_str().unwrap();
    let as_bot = |line: &str, body: &str| ask_with_token(stage.port, line, secret, body);
    assert_eq!(as_bot("GET /api/profile", "").status, 200);
    assert_eq!(as_bot("GET /api/conversations", "").status, 200);
    for (line, body) in [
        ("POST /api/account", ""),
        ("POST /api/restoration", r#"{"words":"x","name":"mallory"}"#),
        ("POST /api/registration", r#"{"name":"mallory"}"#),
        ("POST /api/network", r#"{"link":"xchat:AA"}"#),
        ("GET /api/tokens", ""),
        ("POST /api/tokens", r#"{"label":"x","scopes":["send"]}"#),
        ("DELETE /api/tokens/1", ""),
        ("POST /api/codes", ""),
        ("POST /api/presence", r#"{"on":true}"#),
        ("POST /api/conversations", r#"{"name":"bob"}"#),
        ("POST /api/conversations/1/messages", r#"{"text":"x"}"#),
        ("PUT /api/messages/1", r#"{"text":"x"}"#),
        ("DELETE /api/messages/1?everyone=true", ""),
        ("POST /api/messages/1/reactions", r#"{"emoji":"👍","on":true}"#),
        ("POST /api/messages/1/forward", r#"{"conversation":1}"#),
        ("POST /api/requests/1/accept", ""),
        ("GET /api/network", ""),
        ("GET /api/library", ""),
        ("POST /api/library", r#"{"upload":1}"#),
        ("PATCH /api/library/1", r#"{"favourite":true}"#),
        ("DELETE /api/library/1", ""),
    ] {
        assert_eq!(as_bot(line, body).status, 403, "{line}");
    }
    // Who may only write reads nothing on a detour, and takes nothing away.
    let other = stage
        .world
        .json("default", &["token", "create", "writer", "--scopes", "send"]);
    let writer = other[0]["secret"].as_str().unwrap();
    for (line, body) in [
        ("GET /api/conversations", ""),
        ("GET /api/conversations/1/messages", ""),
        (
            "POST /api/conversations/1/messages",
            r#"{"text":"x","reply_to":1}"#,
        ),
        ("POST /api/conversations/1/messages", r#"{"text":"","library":1}"#),
        ("POST /api/messages/1/forward", r#"{"conversation":1}"#),
        ("GET /api/messages/1/versions", ""),
        ("DELETE /api/messages/1?everyone=false", ""),
    ] {
        let answer = ask_with_token(stage.port, line, writer, body);
        assert_eq!(answer.status, 403, "{line}");
    }
    let id = made[0]["id"].as_str().unwrap();
    assert_eq!(stage.world.run("default", &["token", "revoke", id]).code, 0);
    assert_eq!(as_bot("GET /api/profile", "").status, 401);
}

#[test]
fn api_09_a_code_opens_one_session() {
    let stage = stage();
    let opened = stage.world.json("default", &["open"]);
    let code = json!({ "code": opened[0]["code"] }).to_string();
    let session = ask_with_token(stage.port, "POST /api/session", "", &code);
    let token = session.body["token"].as_str().unwrap();
    assert_eq!(
        ask_with_token(stage.port, "GET /api/profile", token, "").status,
        200
    );
    assert_eq!(
        ask_with_token(stage.port, "POST /api/session", "", &code).status,
        401
    );
}

#[test]
fn api_10_the_stream_opens_by_its_first_frame() {
    let stage = stage();
    let connect = || {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, stage.port)).unwrap();
        client(format!("ws://127.0.0.1:{}/api/events", stage.port), stream)
            .unwrap()
            .0
    };
    let mut stranger = connect();
    stranger.send(Message::text(r#"{"token":"guess"}"#)).unwrap();
    let answer = stranger.read().unwrap();
    assert!(
        matches!(&answer, Message::Close(Some(frame)) if u16::from(frame.code) == 4401),
        "{answer:?}"
    );
    let mut owner = connect();
    owner
        .send(Message::text(json!({ "token": stage.token }).to_string()))
        .unwrap();
    assert_eq!(owner.read().unwrap(), Message::text(r#"{"type":"ready"}"#));
}

#[test]
fn api_11_hostile_bytes_end_their_own_connection_only() {
    let stage = stage();
    let long_line = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(100_000));
    let many_headers = format!("GET / HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(10_000));
    let hostile: [&[u8]; 8] = [
        b"",
        b"\0\xff\xfe\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"POST /api/session HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
        long_line.as_bytes(),
        many_headers.as_bytes(),
    ];
    for bytes in hostile {
        let answer = raw(stage.port, bytes);
        let is_refusal = answer.is_empty() || answer.starts_with(b"HTTP/1.1 4");
        assert!(is_refusal, "{:?}", String::from_utf8_lossy(&answer));
    }
    let large = json!({ "text": "a".repeat(600 * 1024) }).to_string();
    let answer = ask_with_token(
        stage.port,
        "POST /api/conversations/1/messages",
        &stage.token,
        &large,
    );
    assert_eq!(answer.body["error"]["code"], "too-large", "{answer:?}");
    for body in [
        "",
        "{",
        "[]",
        r#"{"text":1}"#,
        r#"{"text":"a","more":1}"#,
        "\u{1b}",
    ] {
        let answer = ask_with_token(
            stage.port,
            "POST /api/conversations/1/messages",
            &stage.token,
            body,
        );
        assert_eq!(answer.status, 400, "{body:?}: {answer:?}");
    }
    for path in [
        "/api/conversations/x",
        "/api/conversations/99999999999999999999",
        "/api/conversations/1/messages?limit=0",
    ] {
        let answer = ask_with_token(stage.port, &format!("GET {path}"), &stage.token, "");
        assert_eq!(answer.status, 400, "{path}: {answer:?}");
    }
    assert_eq!(
        ask_with_token(stage.port, "GET /nothing", &stage.token, "").status,
        404
    );
    assert_eq!(
        ask_with_token(stage.port, "DELETE /api/profile", &stage.token, "").status,
        405
    );
    assert_eq!(
        ask_with_token(stage.port, "GET /api/profile", &stage.token, "").status,
        200,
        "it still serves"
    );
}

#[test]
fn api_03_a_foreign_listener_is_shown_no_token() {
    use std::io::{BufRead, BufReader, Write};
    let world = World::new();
    let foreign = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = foreign.local_addr().unwrap().port();
    std::fs::create_dir_all(world.path().join("default")).unwrap();
    let file = json!({ "port": port, "token": "the-secret-token", "pid": 1 });
    std::fs::write(world.file("default", "daemon.json"), file.to_string()).unwrap();
    let listener = std::thread::spawn(move || {
        let (stream, _) = foreign.accept().unwrap();
        let mut heard = String::new();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        while reader.read_line(&mut heard).unwrap() > 2 {}
        let body = r#"{"proof":"00"}"#;
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        (&stream).write_all(format!("{head}{body}").as_bytes()).unwrap();
        heard
    });
    let outcome = world.run("default", &["whoami"]);
    let heard = listener.join().unwrap();
    assert!(heard.starts_with("POST /api/challenge"), "{heard}");
    assert!(!heard.contains("the-secret-token"), "{heard}");
    assert_eq!(outcome.code, 5, "{outcome:?}");
    assert!(
        outcome.err.contains("There is no account in this profile yet"),
        "{outcome:?}"
    );
}
