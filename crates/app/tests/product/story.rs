//! What a newcomer does, from the first message to the day that the node dies.

use std::collections::BTreeSet;

use serde_json::Value;

use super::wire::ask_with_token;
use super::xchat::{Running, World};

fn is_message(line: &Value, text: &str) -> bool {
    line["type"] == "message" && line["message"]["text"] == text
}

fn is_state(line: &Value, id: &Value, state: &str) -> bool {
    line["type"] == "state" && line["id"] == *id && line["state"] == state
}

fn tail(world: &World, profile: &str) -> Running {
    let mut tail = world.start(profile, &["tail"]);
    tail.wait_for(|line| line["type"] == "ready");
    tail
}

/// The texts of a conversation, as its reader sees them.
fn texts(world: &World, profile: &str, peer: &str) -> Vec<String> {
    let lines = world.json(profile, &["read", peer, "--limit", "500", "--peek"]);
    lines
        .iter()
        .map(|line| line["text"].as_str().unwrap().to_owned())
        .collect()
}

fn send(world: &World, profile: &str, peer: &str, text: &str) -> Value {
    world.json(profile, &["send", peer, text]).remove(0)
}

/// Alice and Bob with a conversation, each with a running profile.
fn acquainted(world: &World, link: &str) -> (Running, Running) {
    world.init("alice", "alice", link);
    world.init("bob", "bob", link);
    let (alice, _) = world.serve("alice", &[]);
    let (bob, _) = world.serve("bob", &[]);
    let mut bob_sees = tail(world, "bob");
    send(world, "alice", "@bob", "hello");
    bob_sees.wait_for(|line| line["type"] == "request" && line["request"]["from"] == "alice");
    world.json("bob", &["accept", "@alice"]);
    bob_sees.wait_for(|line| is_message(line, "hello"));
    let mut alice_sees = tail(world, "alice");
    send(world, "bob", "@alice", "hello yourself");
    if !texts(world, "alice", "@bob").contains(&"hello yourself".to_owned()) {
        alice_sees.wait_for(|line| is_message(line, "hello yourself"));
    }
    (alice, bob)
}

#[test]
fn two_people_meet_talk_and_restart() {
    let world = World::new();
    let (alice, link) = world.serve("alice", &["--loopback", "--name", "alice", "--no-confirm"]);
    let (bob, _) = world.serve(
        "bob",
        &["--loopback", "--name", "bob", "--no-confirm", "--join", &link],
    );
    let (mut alice_sees, mut bob_sees) = (tail(&world, "alice"), tail(&world, "bob"));

    let hello = send(&world, "alice", "@bob", "hello");
    let request = bob_sees.wait_for(|line| line["type"] == "request");
    assert_eq!(request["request"]["from"], "alice");
    assert!(
        texts_or_none(&world, "bob", "@alice").is_empty(),
        "nothing is shown before it is accepted"
    );
    world.json("bob", &["accept", "@alice"]);
    let shown = bob_sees.wait_for(|line| is_message(line, "hello"));
    assert_eq!(shown["message"]["from"], "alice");
    assert_eq!(shown["message"]["state"], "received");
    alice_sees.wait_for(|line| is_state(line, &hello["id"], "delivered"));
    assert_eq!(world.run("bob", &["read", "@alice"]).code, 0);
    alice_sees.wait_for(|line| is_state(line, &hello["id"], "read"));
    alice_sees.see(|line| line["conversation"]["online"] == true);
    types(&world, "bob", "@alice");
    alice_sees.wait_for(|line| line["conversation"]["typing"] == true);
    send(&world, "bob", "@alice", "hello yourself");
    alice_sees.wait_for(|line| is_message(line, "hello yourself"));

    drop((alice_sees, bob_sees));
    alice.kill();
    bob.kill();
    let (_alice, again) = world.serve("alice", &[]);
    assert_eq!(again, link, "invitations stay good");
    let (_bob, _) = world.serve("bob", &[]);
    assert_eq!(texts(&world, "alice", "@bob"), ["hello", "hello yourself"]);
    assert_eq!(texts(&world, "bob", "@alice"), ["hello", "hello yourself"]);
    let mut bob_sees = tail(&world, "bob");
    send(&world, "alice", "@bob", "still here");
    bob_sees.wait_for(|line| is_message(line, "still here"));
}

/// As the page does while somebody types.
fn types(world: &World, profile: &str, peer: &str) {
    let daemon = world.daemon(profile);
    let port = u16::try_from(daemon["port"].as_u64().unwrap()).unwrap();
    let chats = world.json(profile, &["chats"]);
    let chat = chats
        .iter()
        .find(|chat| peer.strip_prefix('@') == chat["peer"].as_str())
        .unwrap();
    let line = format!("POST /api/conversations/{}/typing", chat["id"]);
    let answer = ask_with_token(port, &line, daemon["token"].as_str().unwrap(), r#"{"on":true}"#);
    assert_eq!(answer.status, 200, "{answer:?}");
}

/// As [`texts`], where there may be no conversation yet.
fn texts_or_none(world: &World, profile: &str, peer: &str) -> Vec<String> {
    let outcome = world.run(profile, &["--json", "read", peer, "--peek"]);
    match outcome.code {
        3 => Vec::new(),
        _ => outcome.out.lines().map(str::to_owned).collect(),
    }
}

#[test]
fn ten_messages_wait_for_who_was_away() {
    let world = World::new();
    let (_node, link) = world.node("127.0.0.1:0");
    let (_alice, bob) = acquainted(&world, &link);
    assert!(bob.terminate().success());
    let wanted: Vec<_> = (1..=10).map(|number| format!("message {number}")).collect();
    for text in &wanted {
        let sent = send(&world, "alice", "@bob", text);
        assert_ne!(sent["state"], "waiting");
    }
    let (_bob, _) = world.serve("bob", &[]);
    let mut bob_sees = tail(&world, "bob");
    if texts(&world, "bob", "@alice").last() != wanted.last() {
        bob_sees.wait_for(|line| is_message(line, "message 10"));
    }
    let shown = texts(&world, "bob", "@alice");
    assert_eq!(shown[2..], wanted, "all ten, in order, once");
}

#[test]
fn a_node_that_is_killed_loses_and_repeats_nothing() {
    let world = World::new();
    let (node, link) = world.node("127.0.0.1:0");
    let (_alice, _bob) = acquainted(&world, &link);
    let (mut alice_sees, mut bob_sees) = (tail(&world, "alice"), tail(&world, "bob"));
    let write = |profile: &str, peer: &str, range: std::ops::RangeInclusive<u32>| {
        for number in range {
            let outcome = world.run(
                profile,
                &["send", peer, &format!("{profile} {number}"), "--no-wait"],
            );
            assert_eq!(outcome.code, 0, "{outcome:?}");
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(|| write("alice", "@bob", 1..=20));
        scope.spawn(|| write("bob", "@alice", 1..=20));
        bob_sees.wait_for(|line| is_message(line, "alice 5"));
        node.kill();
    });
    let (_node, again) = world.node("127.0.0.1:0");
    assert_eq!(again, link);
    let last = send(&world, "alice", "@bob", "alice last");
    assert_ne!(last["state"], "waiting", "the log has caught up");
    send(&world, "bob", "@alice", "bob last");
    let has = |profile: &str, peer: &str, text: &str| texts(&world, profile, peer).contains(&text.to_owned());
    if !has("bob", "@alice", "alice last") {
        bob_sees.wait_for(|line| is_message(line, "alice last"));
    }
    if !has("alice", "@bob", "bob last") {
        alice_sees.wait_for(|line| is_message(line, "bob last"));
    }
    for (profile, peer) in [("alice", "@bob"), ("bob", "@alice")] {
        let shown = texts(&world, profile, peer);
        let distinct: BTreeSet<_> = shown.iter().collect();
        assert_eq!(distinct.len(), shown.len(), "twice at {profile}: {shown:?}");
        assert_eq!(shown.len(), 2 + 2 * 21, "lost at {profile}: {shown:?}");
        for author in ["alice", "bob"] {
            let own: Vec<_> = shown
                .iter()
                .filter_map(|text| text.strip_prefix(author)?.trim().parse::<u32>().ok())
                .collect();
            assert!(own.is_sorted(), "out of order at {profile}: {own:?}");
        }
    }
}

#[test]
fn a_combined_process_that_is_killed_loses_and_repeats_nothing() {
    let world = World::new();
    let own = ["--loopback", "--name", "alice", "--no-confirm"];
    let (alice, link) = world.serve("alice", &own);
    world.init("bob", "bob", &link);
    let (_bob, _) = world.serve("bob", &[]);
    let mut bob_sees = tail(&world, "bob");
    send(&world, "alice", "@bob", "hello");
    bob_sees.see(|line| line["type"] == "request");
    world.json("bob", &["accept", "@alice"]);
    bob_sees.wait_for(|line| is_message(line, "hello"));
    let write = || {
        for number in 1..=20 {
            let text = format!("bob {number}");
            assert_eq!(world.run("bob", &["send", "@alice", &text, "--no-wait"]).code, 0);
        }
    };
    let mut kept = Vec::new();
    std::thread::scope(|scope| {
        scope.spawn(write);
        for number in 1..=5 {
            kept.push(format!("alice {number}"));
            assert_eq!(
                world
                    .run("alice", &["send", "@bob", &kept[number - 1], "--no-wait"])
                    .code,
                0
            );
        }
        alice.kill();
    });
    let (_alice, _) = world.serve("alice", &[]);
    let last = send(&world, "bob", "@alice", "bob last");
    assert_ne!(last["state"], "waiting");
    send(&world, "alice", "@bob", "alice last");
    if !texts(&world, "bob", "@alice").contains(&"alice last".to_owned()) {
        bob_sees.wait_for(|line| is_message(line, "alice last"));
    }
    let mut alice_sees = tail(&world, "alice");
    if !texts(&world, "alice", "@bob").contains(&"bob last".to_owned()) {
        alice_sees.wait_for(|line| is_message(line, "bob last"));
    }
    for (profile, peer) in [("alice", "@bob"), ("bob", "@alice")] {
        let shown = texts(&world, profile, peer);
        let distinct: BTreeSet<_> = shown.iter().collect();
        assert_eq!(distinct.len(), shown.len(), "twice at {profile}: {shown:?}");
        assert_eq!(shown.len(), 1 + 5 + 1 + 20 + 1, "lost at {profile}: {shown:?}");
        assert!(kept.iter().all(|text| shown.contains(text)), "{shown:?}");
    }
}

#[test]
fn without_the_node_messages_flow_directly() {
    let world = World::new();
    let (node, link) = world.node("127.0.0.1:0");
    let (_alice, _bob) = acquainted(&world, &link);
    let (mut alice_sees, mut bob_sees) = (tail(&world, "alice"), tail(&world, "bob"));
    if world.json("alice", &["chats"])[0]["direct"] != true {
        alice_sees.wait_for(|line| line["conversation"]["direct"] == true);
    }
    node.kill();
    let sent = world
        .json("alice", &["send", "@bob", "without a node", "--no-wait"])
        .remove(0);
    bob_sees.wait_for(|line| is_message(line, "without a node"));
    let doctor = world.run("alice", &["doctor"]);
    assert_eq!(doctor.code, 4, "{doctor:?}");
    assert!(
        doctor.out.contains("out of reach") && doctor.out.contains("Direct connections: @bob"),
        "{doctor:?}"
    );
    let (_node, _) = world.node("127.0.0.1:0");
    // On its way to the log it may pass through "delivered", which says more than "sent".
    let caught_up = send(&world, "alice", "@bob", "with a node again");
    assert_ne!(caught_up["state"], "waiting");
    assert!(sent["id"].is_string());
    assert_eq!(world.run("alice", &["doctor"]).code, 0);
    bob_sees.wait_for(|line| is_message(line, "with a node again"));
    assert_eq!(
        texts(&world, "bob", "@alice")[2..],
        ["without a node", "with a node again"]
    );
}
