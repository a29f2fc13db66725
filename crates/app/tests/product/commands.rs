//! What scripts rely on: exit codes, one line on stderr, completions and the man page.

use super::xchat::World;

#[test]
fn cli_01_messages_are_one_line_and_codes_are_stable() {
    let world = World::new();
    let outcome = world.run("default", &["whoami"]);
    assert_eq!(outcome.code, 5);
    assert_eq!(outcome.out, "");
    assert_eq!(
        outcome.err,
        "xchat: There is no account in this profile yet. Create one with xchat init.\n"
    );
    let outcome = world.run("default", &["--json", "whoami"]);
    let error: serde_json::Value = serde_json::from_str(&outcome.err).unwrap();
    assert_eq!(error["error"]["code"], "no-account");
    for (arguments, code) in [
        (&["send"][..], 2),
        (&["no-such-command"], 2),
        (&["--name", "alice", "whoami"], 2),
        (&["init"], 2),
        (&["init", "--name", "alice"], 2),
        (&["add", "no"], 5),
        (&["send", "@not a name", "x"], 5),
        (&["init", "--name", "Zo\u{eb}", "--no-confirm"], 5),
        (
            &["init", "--name", "alice", "--no-confirm", "--join", "xchat:AAAA"],
            5,
        ),
        (&["open"], 1),
    ] {
        let outcome = world.run("default", arguments);
        assert_eq!(outcome.code, code, "{arguments:?}: {outcome:?}");
        assert!(!outcome.err.is_empty(), "{arguments:?}");
    }
    assert_eq!(world.run("../up", &["whoami"]).code, 2);
}

#[test]
fn cli_02_completions_and_the_man_page_come_from_the_same_definitions() {
    let world = World::new();
    let commands = [
        "init", "whoami", "add", "send", "chats", "read", "tail", "requests", "accept", "invite", "node",
        "doctor", "search",
    ];
    for shell in ["bash", "zsh", "fish"] {
        let script = world.run("default", &["completions", shell]);
        assert_eq!(script.code, 0);
        for command in commands {
            assert!(script.out.contains(command), "{shell} lacks {command}");
        }
    }
    let page = world.run("default", &["man"]);
    assert!(
        page.out.starts_with(".ie") || page.out.starts_with(".TH"),
        "{}",
        &page.out[..80]
    );
    assert!(page.out.contains("Exit codes"));
    for command in commands {
        assert!(
            page.out
                .contains(&format!(".SH \"XCHAT {}\"", command.to_uppercase())),
            "{command}"
        );
    }
    assert!(!world.path().join("default").exists(), "neither needs a profile");
}

#[test]
fn cli_04_a_command_goes_through_the_running_profile() {
    let world = World::new();
    let (running, link) = world.serve("default", &["--loopback", "--name", "alice", "--no-confirm"]);
    assert!(link.starts_with("xchat:"), "{link}");
    let who = world.json("default", &["whoami"]);
    assert_eq!(who[0]["name"], "alice");
    assert_eq!(who[0]["registered"], true);
    let second = world.run("default", &[]);
    assert_eq!(second.code, 6, "{second:?}");
    assert!(second.err.contains("is already running"), "{second:?}");
    assert!(running.terminate().success());
    assert!(!world.file("default", "daemon.json").exists());
    let alone = world.json("default", &["whoami"]);
    assert_eq!(alone[0], who[0], "started for this command alone");
}
