//! What goes wrong, and is said clearly: each with its exit code, and nothing lost.

use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::process::{Command, Stdio};

use super::not_tested;
use super::xchat::World;

#[test]
fn names_that_are_taken_or_nobodys_are_said() {
    let world = World::new();
    let (_node, link) = world.node("127.0.0.1:0");
    world.init("alice", "alice", &link);
    let taken = world.run(
        "bob",
        &["init", "--name", "Alice", "--no-confirm", "--join", &link],
    );
    assert_eq!(taken.code, 5, "{taken:?}");
    assert!(
        taken.err.contains("The name is taken; choose another one."),
        "{taken:?}"
    );
    let other = world.run("bob", &["init", "--name", "bob", "--no-confirm"]);
    assert_eq!(
        other.code, 0,
        "the account is there, another name suffices: {other:?}"
    );
    let twice = world.run("bob", &["init", "--name", "bob2", "--no-confirm"]);
    assert_eq!(twice.code, 5, "{twice:?}");

    for command in [["add", "@nobody_here"].as_slice(), &["send", "@nobody_here", "x"]] {
        let unknown = world.run("bob", command);
        assert_eq!(unknown.code, 3, "{unknown:?}");
        assert_eq!(unknown.err.lines().count(), 1, "{unknown:?}");
    }
    let myself = world.run("bob", &["add", "@bob"]);
    assert_eq!(myself.code, 5, "{myself:?}");
    assert_eq!(world.run("bob", &["read", "@alice"]).code, 3);
    assert_eq!(world.run("bob", &["accept", "@alice"]).code, 3);
}

#[test]
fn wrong_words_say_what_is_wrong() {
    let world = World::new();
    let (_node, link) = world.node("127.0.0.1:0");
    let made = world.json(
        "old",
        &[
            "init",
            "--loopback",
            "--name",
            "alice",
            "--print-words",
            "--join",
            &link,
        ],
    );
    let words: Vec<_> = made[0]["words"]
        .as_array()
        .unwrap()
        .iter()
        .map(|word| word.as_str().unwrap())
        .collect();
    assert_eq!(words.len(), 24);
    let file = world.path().join("words");
    let restore = |text: String| {
        std::fs::write(&file, text).unwrap();
        let file = file.to_str().unwrap();
        world.run(
            "new",
            &[
                "init",
                "--loopback",
                "--name",
                "alice",
                "--restore",
                file,
                "--join",
                &link,
            ],
        )
    };
    let short = restore(words[1..].join(" "));
    assert_eq!(short.code, 5, "{short:?}");
    assert!(short.err.contains("24 words, here are 23"), "{short:?}");
    let misspelt = restore(words.join(" ").replacen(words[4], "zzzz", 1));
    assert_eq!(misspelt.code, 5, "{misspelt:?}");
    assert!(misspelt.err.contains("not in the word list"), "{misspelt:?}");
    let mut swapped = words.clone();
    swapped.rotate_left(1);
    let swapped = restore(swapped.join(" "));
    assert_eq!(swapped.code, 5, "{swapped:?}");
}

#[test]
fn a_message_that_is_too_long_is_refused_whole() {
    let world = World::new();
    let (_node, link) = world.node("127.0.0.1:0");
    world.init("alice", "alice", &link);
    world.init("bob", "bob", &link);
    world.json("alice", &["add", "@bob"]);
    let send = |text: &str| {
        let mut child = world
            .command("alice", &["send", "@bob", "-"])
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), text.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    let long = send(&"a".repeat(64 * 1024 + 1));
    assert_eq!(long.status.code(), Some(5), "{long:?}");
    let empty = send("\n");
    assert_eq!(empty.status.code(), Some(5), "{empty:?}");
    assert!(world.json("alice", &["read", "@bob", "--peek"]).is_empty());
    let fits = send(&"a".repeat(64 * 1024));
    assert!(fits.status.success(), "{fits:?}");
    assert_eq!(world.json("alice", &["read", "@bob", "--peek"]).len(), 1);
}

#[test]
fn a_port_in_use_is_named() {
    let world = World::new();
    let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = tcp.local_addr().unwrap().port().to_string();
    let outcome = world.run(
        "default",
        &[
            "--api-port",
            &port,
            "--loopback",
            "--name",
            "alice",
            "--no-confirm",
        ],
    );
    assert_eq!(outcome.code, 6, "{outcome:?}");
    assert!(outcome.err.contains(&port), "{outcome:?}");
    let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = udp.local_addr().unwrap().port().to_string();
    let outcome = world.run(
        "default",
        &[
            "--loopback",
            "--node-port",
            &port,
            "--name",
            "alice",
            "--no-confirm",
        ],
    );
    assert_eq!(outcome.code, 6, "{outcome:?}");
    assert!(
        outcome.err.contains("Another program uses the node's port"),
        "{outcome:?}"
    );
    drop(udp);
    let (_running, _) = world.serve("default", &["--loopback", "--name", "alice", "--no-confirm"]);
}

#[test]
fn a_wrong_passphrase_opens_nothing() {
    let world = World::new();
    let (_node, link) = world.node("127.0.0.1:0");
    let right = world.path().join("right");
    let wrong = world.path().join("wrong");
    std::fs::write(&right, "correct horse\n").unwrap();
    std::fs::write(&wrong, "battery staple\n").unwrap();
    let with = |file: &std::path::Path, arguments: &[&str]| {
        world.run(
            "alice",
            &[&["--passphrase-file", file.to_str().unwrap()], arguments].concat(),
        )
    };
    let made = with(
        &right,
        &[
            "init",
            "--loopback",
            "--name",
            "alice",
            "--no-confirm",
            "--join",
            &link,
        ],
    );
    assert_eq!(made.code, 0, "{made:?}");
    let refused = with(&wrong, &["whoami"]);
    assert_eq!((refused.code, refused.out.as_str()), (5, ""), "{refused:?}");
    assert!(refused.err.contains("This is not the passphrase"), "{refused:?}");
    let missing = world.run("alice", &["whoami"]);
    assert_eq!(missing.code, 5, "{missing:?}");
    assert!(missing.err.contains("--passphrase-file"), "{missing:?}");
    assert_eq!(with(&right, &["whoami"]).code, 0);
}

/// A library that sets the clock of one process a day ahead: nobody may set the machine's for a test.
const CLOCK_SHIM: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
int clock_gettime(clockid_t id, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(id, now);
    if (result == 0 && id == CLOCK_REALTIME) now->tv_sec += 86400;
    return result;
}
"#;

#[test]
#[cfg(target_os = "linux")]
fn a_clock_that_is_off_by_a_day_is_said() {
    let world = World::new();
    let (_node, link) = world.node("127.0.0.1:0");
    let (source, library) = (world.path().join("clock.c"), world.path().join("clock.so"));
    std::fs::write(&source, CLOCK_SHIM).unwrap();
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .args([&library, &source])
        .arg("-ldl")
        .status()
        .unwrap();
    assert!(built.success());
    let init = [
        "init",
        "--loopback",
        "--name",
        "alice",
        "--no-confirm",
        "--join",
        &link,
    ];
    let output = world
        .command("alice", &init)
        .env("LD_PRELOAD", &library)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(8), "{output:?}");
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("clock"),
        "{output:?}"
    );
    let again = world.run("alice", &["init", "--name", "alice", "--no-confirm"]);
    assert_eq!(again.code, 0, "with the right time it goes on: {again:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_loses_nothing() {
    let world = World::new();
    let (_node, link) = world.node("127.0.0.1:0");
    let small = world.path().join("alice");
    std::fs::create_dir(&small).unwrap();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=8m", "tmpfs"])
        .arg(&small)
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !mounted {
        not_tested::tell(
            "a_full_disk_loses_nothing",
            "This test needs the right to mount a small file system (root).",
        );
        return;
    }
    let _mount = Mount(small.clone());
    world.init("alice", "alice", &link);
    world.init("bob", "bob", &link);
    let first = world.run("alice", &["send", "@bob", "before"]);
    assert_eq!(first.code, 0, "{first:?}");
    let filler = small.join("filler");
    let _until_full = std::io::copy(
        &mut std::io::repeat(0),
        &mut std::fs::File::create(&filler).unwrap(),
    );
    let mut failed = 0;
    for number in 0..40 {
        let outcome = world.run(
            "alice",
            &["send", "@bob", &"x".repeat(60_000), "--no-wait", "--timeout", "5"],
        );
        if outcome.code != 0 {
            assert_eq!(outcome.code, 7, "{number}: {outcome:?}");
            assert!(
                outcome.err.contains("disk is full") || outcome.err.contains("Free some space"),
                "{outcome:?}"
            );
            failed += 1;
        }
    }
    assert!(failed > 0, "the disk was full");
    std::fs::remove_file(&filler).unwrap();
    let after = world.run("alice", &["send", "@bob", "after"]);
    assert_eq!(after.code, 0, "{after:?}");
    let shown = world.json("alice", &["read", "@bob", "--peek", "--limit", "500"]);
    assert_eq!(shown.first().unwrap()["text"], "before");
    assert_eq!(shown.last().unwrap()["text"], "after");
    assert_eq!(
        shown.len(),
        2 + 40 - failed,
        "what was said to be kept is there, and nothing else"
    );
}

struct Mount(std::path::PathBuf);

impl Drop for Mount {
    fn drop(&mut self) {
        let _lazily = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
