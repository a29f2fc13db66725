//! What is refused is answered as refused, with its own code: never as a failure of ours.

use serde_json::{Value, json};

use super::wire::{Answer, ask_with_token};
use super::xchat::{Running, World};

/// A running profile, asked as its page asks.
struct Person<'w> {
    world: &'w World,
    profile: &'static str,
    running: Running,
    sees: Running,
}

impl<'w> Person<'w> {
    /// Takes up a profile that has its name.
    fn serve(world: &'w World, profile: &'static str) -> Self {
        let (running, _) = world.serve(profile, &[]);
        let mut sees = world.start(profile, &["tail"]);
        sees.wait_for(|line| line["type"] == "ready");
        Self {
            world,
            profile,
            running,
            sees,
        }
    }

    fn ask(&self, line: &str, body: &Value) -> Answer {
        let daemon = self.world.daemon(self.profile);
        let port = u16::try_from(daemon["port"].as_u64().unwrap()).unwrap();
        ask_with_token(port, line, daemon["token"].as_str().unwrap(), &body.to_string())
    }

    fn get(&self, path: &str) -> Value {
        let answer = self.ask(&format!("GET {path}"), &Value::Null);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.body
    }

    fn is_refused(&self, line: &str, body: &Value, code: &str) {
        let answer = self.ask(line, body);
        let error = &answer.body["error"];
        assert_eq!(
            (answer.status, &error["code"], &error["kind"]),
            (422, &code.into(), &"refused".into()),
            "{line}: {answer:?}"
        );
    }

    /// The conversation with somebody, begun if it must be.
    fn conversation(&self, peer: &str) -> i64 {
        let found = self.ask("POST /api/conversations", &json!({ "name": peer }));
        assert_eq!(found.status, 200, "{found:?}");
        found.body["conversation"].as_i64().unwrap()
    }
}

/// Makes the profile of somebody, and gives the words of the account.
fn words(world: &World, name: &'static str, link: &str) -> String {
    let made = world.json(
        name,
        &[
            "init",
            "--loopback",
            "--name",
            name,
            "--print-words",
            "--join",
            link,
        ],
    );
    let words: Vec<String> = serde_json::from_value(made[0]["words"].clone()).unwrap();
    words.join(" ")
}

/// Brings an account back in another profile.
fn restore(world: &World, profile: &'static str, name: &str, words: &str, link: &str) {
    let file = world.path().join("words");
    std::fs::write(&file, words).unwrap();
    let file = file.to_str().unwrap();
    let arguments = [
        "init",
        "--loopback",
        "--name",
        name,
        "--restore",
        file,
        "--join",
        link,
    ];
    let restored = world.run(profile, &arguments);
    assert_eq!(restored.code, 0, "{restored:?}");
}

#[test]
fn what_people_do_wrong_with_a_safety_number_is_refused() {
    let world = World::new();
    let (_node, link) = world.node("127.0.0.1:0");
    world.init("alice", "alice", &link);
    let words = words(&world, "bob", &link);
    let mut alice = Person::serve(&world, "alice");
    let mut bob = Person::serve(&world, "bob");
    let chat = alice.conversation("bob");
    bob.sees
        .wait_for(|line| line["type"] == "request" && line["request"]["from"] == "alice");
    world.json("bob", &["accept", "@alice"]);
    alice
        .sees
        .see(|line| line["conversation"]["id"] == chat && line["conversation"]["state"] == "active");

    let number = alice.get(&format!("/api/conversations/{chat}/safety"));
    let comparison = format!("POST /api/conversations/{chat}/comparison");
    let own = json!({ "code": number["code"] });
    alice.is_refused(&comparison, &own, "other-person");
    alice.is_refused(&comparison, &json!({ "code": "no code" }), "malformed-code");
    let note = alice.ask("POST /api/note", &Value::Null).body["conversation"].clone();
    let of_the_note = format!("GET /api/conversations/{note}/safety");
    alice.is_refused(&of_the_note, &Value::Null, "nobody-else");
    let messages = format!("POST /api/conversations/{chat}/messages");
    alice.is_refused(&messages, &json!({ "text": "" }), "empty");

    // Whoever was verified comes back with the words: nothing is written to the new key unseen.
    let verified = alice.ask(
        &format!("POST /api/conversations/{chat}/verification"),
        &json!({ "on": true }),
    );
    assert_eq!(verified.status, 200, "{verified:?}");
    assert!(bob.running.terminate().success());
    restore(&world, "again", "bob", &words, &link);
    let again = Person::serve(&world, "again");
    again.conversation("alice");
    let new = alice.sees.wait_for(|line| {
        let conversation = &line["conversation"];
        conversation["peer"] == "bob" && conversation["id"] != chat
    });
    let messages = format!("POST /api/conversations/{}/messages", new["conversation"]["id"]);
    alice.is_refused(&messages, &json!({ "text": "is it you?" }), "identity-changed");
    let typed = world.run("alice", &["send", "@bob", "is it you?"]);
    assert_eq!(typed.code, 5, "{typed:?}");
}
