//! What monitoring reads of a node: numbers, and nothing about anybody.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use super::machines::Network;

fn read(address: SocketAddr) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .write_all(
            format!("GET /metrics HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes(),
        )
        .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

/// The value of a number.
fn value(text: &str, name: &str) -> f64 {
    let line = text
        .lines()
        .find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')));
    line.and_then(|line| line.rsplit_once(' ')?.1.parse().ok())
        .unwrap_or_else(|| panic!("no {name} in {text}"))
}

#[test]
fn the_numbers_are_right_and_point_to_nobody() {
    let network = Network::of(1);
    let machine = &network.machines[0];
    let before = read(machine.metrics);
    network.person("alice", 0);
    network.person("bob_the_second", 0);
    let (_alice, _) = network.world.serve("alice", &[]);
    network.world.json(
        "alice",
        &["send", "@bob_the_second", "a text that nobody else reads"],
    );
    let after = read(machine.metrics);
    assert!(after.starts_with("HTTP/1.1 200"), "{after}");
    assert!(value(&after, "xchat_height") >= value(&before, "xchat_height") + 2.0);
    assert!(value(&after, "xchat_registrations_total") >= 2.0, "{after}");
    assert_eq!(value(&after, "xchat_validators"), 1.0);
    assert_eq!(value(&after, "xchat_validators_missing"), 0.0);
    assert_eq!(value(&after, "xchat_validates"), 1.0);
    assert_eq!(value(&after, "xchat_relay"), 0.0);
    assert!(value(&after, "xchat_mailbox_commands_total") > value(&before, "xchat_mailbox_commands_total"));
    assert!(value(&after, "xchat_block_age_seconds") < 60.0);

    // Every line is a comment of ours, or a name of ours and one number.
    let body = after.split_once("\r\n\r\n").unwrap().1;
    for line in body.lines().filter(|line| !line.starts_with('#')) {
        let (name, number) = line.split_once(' ').unwrap();
        assert!(
            name.starts_with("xchat_")
                && name
                    .chars()
                    .all(|letter| letter.is_ascii_lowercase() || letter == '_')
        );
        assert!(number.parse::<f64>().is_ok(), "{line}");
    }
    let mut private = vec![
        "alice".to_owned(),
        "bob_the".to_owned(),
        "nobody else reads".to_owned(),
    ];
    private.extend(machine.line.split([',', '@', ':']).map(str::to_owned));
    for profile in ["alice", "bob_the_second"] {
        let who = network.world.json(profile, &["whoami"]).remove(0);
        private.extend(["account", "device"].map(|key| who[key].as_str().unwrap().to_owned()));
    }
    let is_number = |word: &str| word.chars().all(|letter| letter.is_ascii_digit());
    for word in private.iter().filter(|word| word.len() > 4 && !is_number(word)) {
        assert!(!body.contains(word.as_str()), "{word} in {body}");
        let beginning = word.get(..8).unwrap_or(word);
        assert!(!body.contains(beginning), "{beginning} in {body}");
    }
}
