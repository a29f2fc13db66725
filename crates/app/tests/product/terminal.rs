//! A person at a terminal: the first start, asked and answered on a real pseudo-terminal, and a chat.

use std::io::{Read as _, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use super::not_tested;
use super::xchat::{PATIENCE, World};

/// The binary on a terminal of its own, which `script` makes, and who sits there.
struct Terminal {
    child: Child,
    pieces: Receiver<Vec<u8>>,
    /// All that came on the screen.
    screen: Vec<u8>,
    /// How much of it was looked at.
    seen: usize,
}

impl Terminal {
    /// Runs `command`, whose arguments hold no spaces.
    fn start(command: &Command) -> Self {
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        let line: Vec<_> = words.map(|word| word.to_str().unwrap()).collect();
        let mut script = Command::new("script");
        script.args([
            "--quiet",
            "--return",
            "--flush",
            "--command",
            &line.join(" "),
            "/dev/null",
        ]);
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => script.env(name, value),
                None => script.env_remove(name),
            };
        }
        let mut child = script
            .env("SHELL", "/bin/sh")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let (sender, pieces) = channel();
        std::thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(count) = stdout.read(&mut piece) {
                if count == 0 || sender.send(piece[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self {
            child,
            pieces,
            screen: Vec::new(),
            seen: 0,
        }
    }

    /// Waits until this stands on the screen, below what was looked at before. What stands before it comes back.
    fn see(&mut self, expected: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let new = &self.screen[self.seen..];
            let found = new
                .windows(expected.len())
                .position(|window| window == expected.as_bytes());
            if let Some(at) = found {
                let before = String::from_utf8_lossy(&new[..at]).into_owned();
                self.seen += at + expected.len();
                return before;
            }
            match self
                .pieces
                .recv_timeout(until.saturating_duration_since(Instant::now()))
            {
                Ok(piece) => self.screen.extend(piece),
                Err(error) => panic!(
                    "{expected:?} is never on the screen ({error}):\n{}",
                    String::from_utf8_lossy(&self.screen)
                ),
            }
        }
    }

    fn type_line(&mut self, line: &str) {
        let stdin = self.child.stdin.as_mut().unwrap();
        stdin.write_all(format!("{line}\n").as_bytes()).unwrap();
        stdin.flush().unwrap();
    }

    /// Waits until the program has ended by itself.
    fn ended(mut self) -> ExitStatus {
        // Whatever it still shows must have a reader.
        while let Ok(piece) = self.pieces.recv_timeout(PATIENCE) {
            self.screen.extend(piece);
        }
        self.child.wait().unwrap()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// Words in numbered columns, in the order of their numbers.
fn words_on(screen: &str) -> Vec<String> {
    let cells: Vec<&str> = screen.split_whitespace().collect();
    let mut words: Vec<(usize, String)> = cells
        .chunks(2)
        .map(|cell| (cell[0].parse().unwrap(), cell[1].to_owned()))
        .collect();
    words.sort();
    let places: Vec<usize> = words.iter().map(|(place, _)| *place).collect();
    assert_eq!(places, (1..=24).collect::<Vec<_>>(), "{screen}");
    words.into_iter().map(|(_, word)| word).collect()
}

/// Whether there is a terminal to be had. BSD's `script` takes its arguments in another way, and fails here.
fn has_terminals() -> bool {
    let tried = Command::new("script")
        .args(["--quiet", "--return", "--command", "test -t 0", "/dev/null"])
        .stdin(Stdio::null())
        .output();
    tried.is_ok_and(|tried| tried.status.success())
}

#[test]
fn a_first_start_at_a_terminal_asks_for_a_name_and_three_of_the_words_and_then_chats() {
    if !has_terminals() {
        not_tested::tell(
            "a_first_start_at_a_terminal_asks_for_a_name_and_three_of_the_words_and_then_chats",
            "This test needs the script command of util-linux, and a pseudo-terminal.",
        );
        return;
    }
    let world = World::new();
    let (_node, link) = world.node("127.0.0.1:0");
    world.init("bob", "bob", &link);
    let mut alice = Terminal::start(&world.command("alice", &["chat", "--loopback", "--join", &link]));

    alice.see("Choose a username: @");
    alice.type_line("a!");
    alice.see("Choose a username: @");
    alice.type_line("Bob");
    let refused = alice.see("Choose a username: @");
    assert!(refused.contains("taken"), "{refused}");
    alice.type_line("alice");

    alice.see("They are shown this once.");
    let mut shown = alice.see("Word ");
    let words = words_on(&shown);
    for question in 0..3 {
        let place: usize = alice.see(" (Enter to skip): ").parse().unwrap();
        if question == 1 {
            alice.type_line("wrong");
            alice.see("That is another word.");
            let again = alice.see(" (Enter to skip): ");
            assert!(again.ends_with(&format!("Word {place}")), "{again}");
        }
        alice.type_line(&words[place - 1]);
        if question < 2 {
            shown = alice.see("Word ");
            assert!(!shown.contains("another word"), "{shown}");
        }
    }
    alice.see("They are right. Keep the paper safe.");
    alice.see("You are @alice.");
    alice.see("Type /help for what you can do here.");

    alice.type_line("@bob hello from a terminal");
    alice.see("sent: hello from a terminal");
    let accepted = world.run("bob", &["accept", "@alice"]);
    assert_eq!(accepted.code, 0, "{accepted:?}");
    let read = world.json("bob", &["read", "@alice"]);
    assert_eq!(read.last().unwrap()["text"], "hello from a terminal");
    let answered = world.run("bob", &["send", "@alice", "seen here too"]);
    assert_eq!(answered.code, 0, "{answered:?}");
    alice.see("@bob  seen here too");
    alice.type_line("/quit");
    assert!(alice.ended().success());
    let again = world.json("alice", &["whoami"]);
    assert_eq!(again[0]["name"], "alice", "{again:?}");
}
