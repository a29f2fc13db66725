//! The page's way in: from the printed address to an open profile.

use serde_json::{Value, json};

#[cfg(target_os = "linux")]
use super::not_tested;
use super::wire::{Answer, ask, ask_with_token};
use super::xchat::{PATIENCE, Running, World};

/// A page that was opened by the printed address.
struct Page {
    running: Running,
    port: u16,
    token: String,
}

impl Page {
    fn open(world: &World, profile: &str) -> Self {
        let mut running = world.start(profile, &["--loopback", "--no-open"]);
        let started = running.wait_for(|line| line["type"] == "started");
        let address = started["page"].as_str().unwrap();
        let rest = address.strip_prefix("http://127.0.0.1:").unwrap();
        let (port, code) = rest.split_once("/#").unwrap();
        let port = port.parse().unwrap();
        let host = format!("127.0.0.1:{port}");
        let headers = [("Host", host.as_str()), ("Content-Type", "application/json")];
        let session = ask(
            port,
            "POST /api/session",
            &headers,
            &json!({ "code": code }).to_string(),
        );
        let token = session.body["token"].as_str().unwrap().to_owned();
        Self { running, port, token }
    }

    fn ask(&self, line: &str, body: &Value) -> Answer {
        ask_with_token(self.port, line, &self.token, &body.to_string())
    }

    fn get(&self, path: &str) -> Value {
        let answer = self.ask(&format!("GET {path}"), &Value::Null);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.body
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let answer = self.ask(&format!("POST {path}"), body);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.body
    }

    fn refusal(&self, line: &str, body: &Value) -> String {
        let answer = self.ask(line, body);
        assert!((400..500).contains(&answer.status), "{line}: {answer:?}");
        answer.body["error"]["code"].as_str().unwrap().to_owned()
    }

    fn stage(&self) -> String {
        self.get("/api/profile")["stage"].as_str().unwrap().to_owned()
    }

    /// Takes a name as the page does.
    fn register(&self, name: &str) -> Vec<String> {
        self.post("/api/account", &Value::Null);
        self.post("/api/registration", &json!({ "name": name }));
        let words = self.get("/api/words")["words"].clone();
        serde_json::from_value(words).unwrap()
    }
}

#[test]
fn api_13_a_profile_is_begun_on_its_page() {
    let world = World::new();
    let page = Page::open(&world, "default");
    assert_eq!(page.stage(), "new");
    assert_eq!(page.refusal("GET /api/conversations", &Value::Null), "not-begun");
    let broken = json!({ "invitation": "xchat:NONSENSE" });
    assert_eq!(page.refusal("POST /api/begin", &broken), "broken-invitation");
    assert_eq!(page.stage(), "new");
    page.post("/api/begin", &json!({ "invitation": null }));
    assert_eq!(page.stage(), "open");
    for (name, standing) in [("alice", "free"), ("@Alice", "free"), ("admin", "reserved")] {
        let found = page.get(&format!("/api/names/{name}"));
        assert_eq!(found["standing"], standing, "{name}");
    }
    assert_eq!(
        page.refusal("GET /api/names/a--b", &Value::Null),
        "malformed-name"
    );
    let words = page.register("alice");
    assert_eq!(words.len(), 24);
    assert_eq!(page.get("/api/names/alice")["standing"], "taken");
    assert_eq!(page.ask("DELETE /api/words", &Value::Null).status, 200);
    assert_eq!(page.get("/api/words")["words"], Value::Null, "forgotten");
    let invitation = page.get("/api/network");
    let size = invitation["qr"]["size"].as_u64().unwrap();
    assert_eq!(invitation["qr"]["rows"].as_array().unwrap().len() as u64, size);

    let second = Page::open(&world, "second");
    let link = json!({ "invitation": invitation["link"] });
    second.post("/api/begin", &link);
    assert_eq!(second.get("/api/names/alice")["standing"], "taken");
    assert_eq!(
        second.refusal("POST /api/registration", &json!({ "name": "alice" })),
        "no-account"
    );
    second.register("bob");
    let profile = second.get("/api/profile");
    assert_eq!(profile["identity"]["registered"], true);
    assert_eq!(profile["runs_node"], false);
}

#[test]
fn api_14_a_locked_profile_is_unlocked_on_its_page() {
    let world = World::new();
    let page = Page::open(&world, "default");
    page.post("/api/begin", &json!({ "invitation": null }));
    let settings = std::fs::read(world.file("default", "settings.json")).unwrap();
    let settings: Value = serde_json::from_slice(&settings).unwrap();
    assert_eq!(settings["page_port"], page.port, "the next start tries it first");
    page.register("alice");
    assert_eq!(
        page.refusal("POST /api/passphrase", &json!({ "passphrase": "" })),
        "usage"
    );
    page.post("/api/passphrase", &json!({ "passphrase": "correct horse" }));
    assert_eq!(page.get("/api/profile")["has_passphrase"], true);
    page.running.kill();

    let page = Page::open(&world, "default");
    assert_eq!(page.stage(), "locked");
    assert_eq!(page.get("/api/profile")["identity"], Value::Null);
    assert_eq!(page.refusal("GET /api/conversations", &Value::Null), "locked");
    for _ in 0..2 {
        let wrong = json!({ "passphrase": "battery staple" });
        assert_eq!(page.refusal("POST /api/unlock", &wrong), "wrong-passphrase");
    }
    let told = world.run("default", &["chats"]);
    assert!(told.err.contains("Unlock it on its page"), "{told:?}");
    page.post("/api/unlock", &json!({ "passphrase": "correct horse" }));
    assert_eq!(page.get("/api/profile")["identity"]["name"], "alice");
    page.post("/api/passphrase", &json!({ "passphrase": null }));
    assert!(page.running.terminate().success());
    assert_eq!(Page::open(&world, "default").stage(), "open");
}

/// A desktop whose browser writes down what it is given, and a profile that has opened it.
#[cfg(target_os = "linux")]
struct Desktop {
    told: String,
    started: Value,
    _running: Running,
}

#[cfg(target_os = "linux")]
impl Desktop {
    /// `act` is what the browser does, as a shell does it, with `$seen` for the file that it tells in.
    fn new(world: &World, browser: &str, act: &str, options: &[&str]) -> Self {
        use std::os::unix::fs::PermissionsExt as _;

        let tools = world.path().join("tools");
        std::fs::create_dir(&tools).unwrap();
        let (browser, seen) = (tools.join(browser), tools.join("seen"));
        let script = format!("#!/bin/sh\nseen={}\n{act}\n", seen.display());
        std::fs::write(&browser, script).unwrap();
        std::fs::set_permissions(&browser, std::fs::Permissions::from_mode(0o700)).unwrap();
        let mut command = world.command("default", &[&["--json", "--loopback"], options].concat());
        let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap());
        command.env("PATH", path).env("DISPLAY", ":0");
        let mut running = Running::start(command);
        let started = running.wait_for(|line| line["type"] == "started");
        let until = std::time::Instant::now() + PATIENCE;
        let told = loop {
            match std::fs::read_to_string(&seen) {
                Ok(told) => break told,
                Err(_) if std::time::Instant::now() < until => std::thread::yield_now(),
                Err(error) => panic!("no browser was opened: {error}"),
            }
        };
        Self {
            told,
            started,
            _running: running,
        }
    }
}

/// What a user of this machine is answered who tries a code. Nothing when nobody else can be tried.
#[cfg(target_os = "linux")]
fn tried_by_another_user(port: u16, code: &str) -> Option<String> {
    use std::os::unix::process::CommandExt as _;

    let body = json!({ "code": code }).to_string();
    let request = format!(
        "POST /api/session HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let mut command = std::process::Command::new("bash");
    command
        .args([
            "-c",
            "exec 3<>/dev/tcp/127.0.0.1/$1 && printf %s \"$2\" >&3 && cat <&3",
            "bash",
        ])
        .args([port.to_string(), request])
        .current_dir("/")
        .uid(65_534);
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).unwrap())
}

#[cfg(target_os = "linux")]
#[test]
fn api_18_a_window_of_its_own_is_opened_and_its_address_is_of_no_use_to_others() {
    let world = World::new();
    let desktop = Desktop::new(
        &world,
        "chromium",
        "echo \"$@\" > $seen.new && mv $seen.new $seen",
        &["--window"],
    );
    let address = desktop.told.trim().strip_prefix("--app=").unwrap();
    let (place, code) = address.split_once('#').unwrap();
    let port = place
        .rsplit_once(':')
        .unwrap()
        .1
        .trim_end_matches('/')
        .parse()
        .unwrap();
    match tried_by_another_user(port, code) {
        Some(answer) => {
            assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
            assert!(answer.contains("unknown-code"), "{answer}");
        }
        None => not_tested::tell("api_18", "only root can try a code as another user"),
    }
    let host = format!("127.0.0.1:{port}");
    let headers = [("Host", host.as_str()), ("Content-Type", "application/json")];
    let body = json!({ "code": code }).to_string();
    assert_eq!(ask(port, "POST /api/session", &headers, &body).status, 200);
    assert_eq!(
        ask(port, "POST /api/session", &headers, &body).status,
        401,
        "once"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn api_09_a_browser_gets_the_address_in_a_file_of_the_owner() {
    let world = World::new();
    let read = "stat -c %a \"$1\" > $seen.new && cat \"$1\" >> $seen.new && mv $seen.new $seen";
    let desktop = Desktop::new(&world, "xdg-open", read, &[]);
    let (told, started) = (&desktop.told, &desktop.started);
    assert!(told.starts_with("600\n"), "{told}");
    let (_, rest) = told.split_once("content=\"0;url=").unwrap();
    let (address, _) = rest.split_once('"').unwrap();
    let printed = started["page"].as_str().unwrap();
    assert_ne!(address, printed, "each address opens the page once");
    let (place, _) = printed.split_once('#').unwrap();
    let code = address.strip_prefix(place).unwrap().strip_prefix('#').unwrap();
    let port = place
        .rsplit_once(':')
        .unwrap()
        .1
        .trim_end_matches('/')
        .parse()
        .unwrap();
    let host = format!("127.0.0.1:{port}");
    let headers = [("Host", host.as_str()), ("Content-Type", "application/json")];
    let body = json!({ "code": code }).to_string();
    assert_eq!(ask(port, "POST /api/session", &headers, &body).status, 200);
}

#[test]
fn api_12_the_page_is_served_to_its_own_address_only() {
    let world = World::new();
    let page = Page::open(&world, "default");
    let own = format!("127.0.0.1:{}", page.port);
    let index = ask(page.port, "GET /", &[("Host", &own)], "");
    assert_eq!(index.status, 200);
    assert!(index.head.contains("content-type: text/html; charset=utf-8"));
    assert!(
        index.head.contains("script-src 'self'; style-src 'self'"),
        "{}",
        index.head
    );
    assert!(index.head.contains("cache-control: no-store"));
    assert!(index.head.contains("x-content-type-options: nosniff"));
    assert!(!index.head.contains("set-cookie"));
    let rebound = ask(page.port, "GET /", &[("Host", "evil.example")], "");
    assert_eq!(rebound.status, 403);
    for outside in [
        "/assets/..%2Findex.html",
        "/assets/none.js",
        "/index.html",
        "/assets/",
    ] {
        let answer = ask(page.port, &format!("GET {outside}"), &[("Host", &own)], "");
        assert_eq!(answer.status, 404, "{outside}");
    }
}
