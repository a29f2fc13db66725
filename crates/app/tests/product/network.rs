//! A network of several operators, each a process of its own: people on different nodes, nodes that die, come back,
//! join
//! and leave.

use super::machines::{Machine, Network, only_first_node, validator};
use super::wire::ask_with_token;
use super::xchat::{Running, World};

fn tail(world: &World, profile: &str) -> Running {
    let mut tail = world.start(profile, &["tail"]);
    tail.wait_for(|line| line["type"] == "ready");
    tail
}

/// How a name stands, as a running profile finds out.
fn standing(world: &World, profile: &str, name: &str) -> String {
    let daemon = world.daemon(profile);
    let port = u16::try_from(daemon["port"].as_u64().unwrap()).unwrap();
    let line = format!("GET /api/names/{name}");
    let answer = ask_with_token(port, &line, daemon["token"].as_str().unwrap(), "");
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["standing"].as_str().unwrap().to_owned()
}

/// Alice and Bob, each through another machine, write to each other.
fn two_people_write(network: &Network, first: usize, second: usize) {
    let world = &network.world;
    network.person("alice", first);
    network.person("bob", second);
    let (_alice, _) = world.serve("alice", &[]);
    let (_bob, _) = world.serve("bob", &[]);
    let (mut alice_sees, mut bob_sees) = (tail(world, "alice"), tail(world, "bob"));
    world.json("alice", &["send", "@bob", "hello"]);
    bob_sees.wait_for(|line| line["type"] == "request" && line["request"]["from"] == "alice");
    world.json("bob", &["accept", "@alice"]);
    bob_sees.wait_for(|line| line["type"] == "message" && line["message"]["text"] == "hello");
    world.json("bob", &["send", "@alice", "hello yourself"]);
    alice_sees.wait_for(|line| line["type"] == "message" && line["message"]["text"] == "hello yourself");
}

#[test]
fn people_on_two_nodes_find_each_other_and_a_killed_node_stops_nobody() {
    let mut network = Network::of(4);
    two_people_write(&network, 0, 3);
    let view = network.wait_for(|view| {
        let all = view["validators"].as_array().unwrap();
        all.iter()
            .all(|validator| validator["missing"] == false && validator["node"]["validates"] == true)
    });
    assert_eq!(
        (view["validators"].as_array().unwrap().len(), &view["may_fail"]),
        (4, &1.into())
    );
    assert_eq!(view["work_bits"], 2);

    network.machines[2].kill();
    network.person("carol", 0);
    network.person("dave", 3);
    let without = network.wait_for(|view| validator(view, "gamma")["missing"] == true);
    let others = ["alpha", "beta", "delta"].map(|name| validator(&without, name)["missing"].clone());
    assert!(others.iter().all(|missing| missing == false), "{without:#}");
    assert!(
        validator(&without, "gamma")["node"]["problem"].is_string(),
        "{without:#}"
    );

    let height = without["height"].as_u64();
    let Network { world, machines, .. } = &mut network;
    machines[2].start(world, None);
    network.wait_for(|view| {
        let back = validator(view, "gamma");
        back["missing"] == false
            && back["node"]["validates"] == true
            && back["node"]["height"].as_u64() >= height
    });
    network.machines[0].kill();
    network.person("erin", 2);
}

#[test]
fn a_follower_serves_proofs_also_when_nobody_decides() {
    let mut network = Network::of(4);
    network.person("alice", 1);
    let mut follower = Machine::new(&network.world, "follower");
    let link = follower.start(&network.world, Some(&network.file));
    network.world.init("bob", "bob", &only_first_node(&link));
    let (_bob, _) = network.world.serve("bob", &[]);
    assert_eq!(standing(&network.world, "bob", "alice"), "taken");

    for machine in &mut network.machines {
        machine.stop();
    }
    assert_eq!(standing(&network.world, "bob", "alice"), "taken");
    assert_eq!(standing(&network.world, "bob", "nobody_yet"), "free");
    let view = follower.operator(&network.world, &["status"]);
    assert_eq!(view.code, 0, "{view:?}");
    let view: serde_json::Value = serde_json::from_str(&view.out).unwrap();
    assert_eq!(view["followers"][0]["validates"], false);
    let all = view["validators"].as_array().unwrap();
    assert!(
        all.iter()
            .all(|validator| validator["node"]["problem"].is_string()),
        "{view:#}"
    );

    // A network that stood still goes on.
    let Network { world, machines, .. } = &mut network;
    for machine in machines.iter_mut() {
        machine.start(world, None);
    }
    let height = view["height"].as_u64();
    network.wait_for(|view| view["height"].as_u64() > height);
    network.world.init("carol", "carol", &only_first_node(&link));
}

#[test]
fn a_validator_is_added_and_another_removed_by_a_quorum_slow() {
    let mut network = Network::of(4);
    let mut fifth = Machine::new(&network.world, "epsilon");
    fifth.start(&network.world, Some(&network.file));
    let line = fifth.line.clone();
    let vote = |network: &Network, machine: usize, arguments: &[&str]| {
        let outcome = network.machines[machine].operator(&network.world, arguments);
        assert_eq!(outcome.code, 0, "{outcome:?}");
        serde_json::from_str::<serde_json::Value>(&outcome.out).unwrap()
    };
    let first = vote(&network, 0, &["add", &line]);
    assert_eq!(
        (&first["votes"], &first["needed"], &first["decided"]),
        (&1.into(), &3.into(), &false.into())
    );
    let number = first["ballot"].as_str().unwrap().to_owned();
    let listed = vote(&network, 1, &["ballots"]);
    assert_eq!(listed["ballot"], number.as_str());
    let again = network.machines[0].operator(&network.world, &["add", &line]);
    assert_eq!(again.code, 5, "nobody votes twice: {again:?}");
    let stranger = fifth.operator(&network.world, &["approve", &number]);
    assert_eq!(stranger.code, 5, "who is no validator has no vote: {stranger:?}");
    vote(&network, 1, &["approve", &number]);
    let last = vote(&network, 2, &["approve", &number]);
    assert_eq!(last["decided"], true, "{last}");
    network.wait_for(|view| {
        let new = validator(view, "epsilon");
        new["missing"] == false && new["node"]["validates"] == true
    });

    network.machines[3].stop();
    network.person("alice", 0);
    let Network { world, machines, .. } = &mut network;
    machines[3].start(world, None);
    vote(&network, 0, &["remove", "alpha"]);
    let ballots = vote(&network, 1, &["remove", "alpha"]);
    assert_eq!((&ballots["votes"], &ballots["needed"]), (&2.into(), &4.into()));
    vote(&network, 2, &["remove", "alpha"]);
    let newcomer = fifth.operator(&network.world, &["approve", ballots["ballot"].as_str().unwrap()]);
    assert_eq!(newcomer.code, 0, "{newcomer:?}");
    network.wait_for(|view| validator(view, "alpha").is_null());
    let removed = network.machines[0].operator(&network.world, &["status"]);
    let view: serde_json::Value = serde_json::from_str(&removed.out).unwrap();
    let port = network.machines[0].listen.to_string();
    let followers = view["followers"].as_array().unwrap();
    assert!(
        followers
            .iter()
            .any(|node| node["address"] == port.as_str() && node["validates"] == false),
        "who was removed follows: {view:#}"
    );
    network.person("bob", 0);
}

#[test]
fn all_are_killed_at_once_and_go_on() {
    let mut network = Network::of(4);
    network.person("alice", 0);
    let before = network.status().unwrap()["height"].as_u64();
    for machine in &mut network.machines {
        machine.kill();
    }
    let nobody = network.status().unwrap_err();
    assert_eq!(nobody.code, 4, "{nobody:?}");
    assert!(
        nobody.err.contains("no node of the network answers") || nobody.err.contains("No node"),
        "{nobody:?}"
    );
    let Network { world, machines, .. } = &mut network;
    for machine in machines.iter_mut() {
        machine.start(world, None);
    }
    network.wait_for(|view| view["height"].as_u64() > before);
    let taken = network.world.run(
        "second",
        &[
            "init",
            "--name",
            "alice",
            "--no-confirm",
            "--loopback",
            "--join",
            &network.only(1),
        ],
    );
    assert_eq!(taken.code, 5, "{taken:?}");
    network.person("bob", 1);
}

#[test]
fn another_network_is_refused_in_words() {
    let mut network = Network::of(1);
    let other = network
        .world
        .path()
        .join("other.txt")
        .to_str()
        .unwrap()
        .to_owned();
    let made = network.world.run(
        "default",
        &[
            "network",
            "create",
            "--out",
            &other,
            "--operator",
            &network.machines[0].line,
        ],
    );
    assert_eq!(made.code, 0, "{made:?}");
    assert!(made.err.contains("One validator alone"), "{made:?}");
    let again = network.world.run(
        "default",
        &[
            "network",
            "create",
            "--out",
            &other,
            "--operator",
            &network.machines[0].line,
        ],
    );
    assert_eq!(again.code, 5, "a network is made once: {again:?}");

    // Over the wire: the node at this address is of another network than the file's.
    let seen = network
        .world
        .run("default", &["network", "status", "--network", &other]);
    assert_eq!(seen.code, 5, "{seen:?}");
    assert!(seen.err.contains("of another network"), "{seen:?}");

    network.machines[0].stop();
    let machine = &network.machines[0];
    let started = network.world.run(
        "default",
        &[
            "node",
            "--node-dir",
            machine.node_dir(),
            "--network",
            &other,
            "--listen",
            &machine.listen.to_string(),
        ],
    );
    assert_eq!(started.code, 5, "{started:?}");
    assert!(started.err.contains("belongs to network"), "{started:?}");

    let damaged = std::fs::read_to_string(&other).unwrap().replacen("A", "B", 40);
    std::fs::write(&other, damaged).unwrap();
    let outcome = network
        .world
        .run("default", &["network", "status", "--network", &other]);
    assert_eq!(outcome.code, 5, "{outcome:?}");
    assert!(outcome.err.contains("damaged"), "{outcome:?}");
}

#[test]
fn a_token_pays_for_one_name() {
    // Nobody could work so much in the time of this test.
    let network = Network::with(1, "20");
    let made = network.machines[0].operator(&network.world, &["token", "--count", "2"]);
    assert_eq!(made.code, 0, "{made:?}");
    let links: Vec<String> = made
        .out
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["link"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(links.len(), 2);
    network.world.init("alice", "alice", &links[0]);
    network.world.init("bob", "bob", &links[1]);
    let (_alice, _) = network.world.serve("alice", &[]);
    assert_eq!(standing(&network.world, "alice", "bob"), "taken");
}

#[test]
fn wat_08_a_link_with_a_spent_token_is_an_invitation_still() {
    let network = Network::of(1);
    let made = network.machines[0].operator(&network.world, &["token"]);
    let made: serde_json::Value = serde_json::from_str(&made.out).unwrap();
    let link = made["link"].as_str().unwrap();
    network.world.init("alice", "alice", link);
    // The link is good as an invitation still. That its token pays no second time shows in the SDK's tests, where the
    // work of the second name is counted.
    network.world.init("bob", "bob", link);
    let (_alice, _) = network.world.serve("alice", &[]);
    assert_eq!(standing(&network.world, "alice", "bob"), "taken");
    let onward = network.world.json("alice", &["invite"]);
    assert_ne!(onward[0]["link"], link, "the token is not handed on");
}

#[test]
fn the_page_is_told_who_decides_and_what_became_of_the_own_record() {
    let network = Network::of(4);
    network.person("alice", 0);
    network.person("bob", 1);
    let (_alice, _) = network.world.serve("alice", &[]);
    let daemon = network.world.daemon("alice");
    let port = u16::try_from(daemon["port"].as_u64().unwrap()).unwrap();
    let ask = |line: &str, body: &str| ask_with_token(port, line, daemon["token"].as_str().unwrap(), body);
    let directory = ask("GET /api/network/directory", "").body;
    assert_eq!(
        directory["operators"].as_array().unwrap().len(),
        4,
        "{directory:#}"
    );
    assert!(
        directory["height"].as_u64() > Some(0) && directory["trusted_until_ms"].is_u64(),
        "{directory:#}"
    );
    let named = |node: &serde_json::Value| node["operator"]["name"] == "alpha";
    assert!(
        directory["nodes"].as_array().unwrap().iter().any(named),
        "{directory:#}"
    );
    assert_eq!(ask("GET /api/network/evidence", "").body, serde_json::json!([]));
    assert_eq!(
        ask("GET /api/record", "").body,
        serde_json::json!({ "change": null })
    );
    for path in [
        "/api/record/acknowledgement",
        "/api/network/evidence/acknowledgement",
    ] {
        assert_eq!(
            ask(&format!("POST {path}"), "").status,
            200,
            "nothing is there to be seen"
        );
    }
    let trusted = ask(
        "POST /api/network/trust",
        &serde_json::json!({ "link": network.links[1] }).to_string(),
    );
    assert_eq!(
        (trusted.status, &trusted.body["error"]["code"]),
        (422, &"not-needed".into()),
        "{trusted:?}"
    );

    let look = |name: &str| ask(&format!("GET /api/names/{name}"), "").body;
    assert_eq!(look("bob")["standing"], "taken");
    assert_eq!(look("b0b")["standing"], "similar", "{:?}", look("b0b"));
    assert_eq!(look("b0b")["similar"], "bob");
    let wrong = ask("POST /api/release", r#"{"name":"bob"}"#);
    assert_eq!(
        (wrong.status, &wrong.body["error"]["code"]),
        (422, &"other-name".into()),
        "{wrong:?}"
    );

    let chat = ask("POST /api/conversations", r#"{"name":"bob"}"#).body["conversation"].clone();
    assert_eq!(
        ask(&format!("POST /api/conversations/{chat}/open"), "").status,
        200
    );
    assert_eq!(
        ask(&format!("GET /api/conversations/{chat}"), "").body["change"],
        serde_json::Value::Null
    );
    assert_eq!(ask("POST /api/release", r#"{"name":"@alice"}"#).status, 200);
    let late = look("alice");
    assert_eq!(late["standing"], "resting");
    assert!(late["until_ms"].is_u64(), "{late:#}");
}

#[test]
fn a_name_is_given_up_by_whoever_types_it() {
    let network = Network::of(1);
    network.person("alice", 0);
    let unsure = network.world.run("alice", &["release"]);
    assert_eq!(unsure.code, 5, "nothing was typed: {unsure:?}");
    assert_eq!(network.world.json("alice", &["whoami"])[0]["registered"], true);
    let sure = network.world.run("alice", &["release", "--yes"]);
    assert_eq!(sure.code, 0, "{sure:?}");
    let late = network.world.run(
        "second",
        &[
            "init",
            "--name",
            "alice",
            "--no-confirm",
            "--loopback",
            "--join",
            &network.only(0),
        ],
    );
    assert_eq!(late.code, 5, "the name rests: {late:?}");
    assert_eq!(network.world.run("alice", &["evidence"]).code, 0);
}

#[test]
fn a_validator_whose_disk_was_wiped_waits_and_votes_again_slow() {
    let mut network = Network::of(4);
    network.person("alice", 0);
    network.machines[1].stop();
    std::fs::remove_dir_all(network.machines[1].folder.join("directory")).unwrap();
    let Network { world, machines, .. } = &mut network;
    machines[1].start(world, None);
    // It has all blocks again, and does not vote with what it has forgotten.
    let view = network.wait_for(|view| validator(view, "beta")["node"]["height"].as_u64() > Some(1));
    assert_eq!(validator(&view, "beta")["node"]["validates"], false, "{view:#}");
    network.person("bob", 1);
    network.wait_for(|view| validator(view, "beta")["node"]["validates"] == true);
    network.machines[0].kill();
    network.person("carol", 1);
}

#[test]
fn of_seven_two_may_fail_slow() {
    let mut network = Network::of(7);
    network.machines[0].kill();
    network.machines[4].kill();
    network.person("alice", 2);
    let view = network.wait_for(|view| {
        validator(view, "alpha")["missing"] == true && validator(view, "epsilon")["missing"] == true
    });
    assert_eq!(view["may_fail"], 2);
    let Network { world, machines, .. } = &mut network;
    for place in [0, 4] {
        machines[place].start(world, None);
    }
    network.wait_for(|view| {
        let all = view["validators"].as_array().unwrap();
        all.iter().all(|validator| validator["node"]["validates"] == true)
    });
    two_people_write_elsewhere(&network);
}

/// Bob and Carol, through the two that came back.
fn two_people_write_elsewhere(network: &Network) {
    network.person("bob", 0);
    network.person("carol", 4);
}
