//! A profile on disk, and the binary run on it.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Nothing that is waited for takes this long, unless it never comes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(180);

/// A folder of profiles.
pub(crate) struct World {
    root: tempfile::TempDir,
}

/// What a command left behind.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            root: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.root.path()
    }

    /// The binary on a profile.
    pub(crate) fn command(&self, profile: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xchat"));
        command
            .args(["--profile", profile])
            .args(arguments)
            .env("XCHAT_DATA_DIR", self.root.path())
            .env_remove("XCHAT_PROFILE")
            .stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, profile: &str, arguments: &[&str]) -> Outcome {
        let output = self.command(profile, arguments).output().unwrap();
        Outcome {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs a command that must succeed, and gives its lines as JSON.
    pub(crate) fn json(&self, profile: &str, arguments: &[&str]) -> Vec<Value> {
        let outcome = self.run(profile, &[&["--json"], arguments].concat());
        assert_eq!(outcome.code, 0, "{profile} {arguments:?}: {outcome:?}");
        outcome
            .out
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Starts something that runs on, and reads its lines as JSON.
    pub(crate) fn start(&self, profile: &str, arguments: &[&str]) -> Running {
        Running::start(self.command(profile, &[&["--json"], arguments].concat()))
    }

    /// Starts a profile, waits until it serves, and gives its invitation too.
    pub(crate) fn serve(&self, profile: &str, arguments: &[&str]) -> (Running, String) {
        let mut running = self.start(profile, arguments);
        let started = running.wait_for(|line| line["type"] == "started");
        let link = started["invitation"]["link"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        (running, link)
    }

    /// Starts a stand-alone node.
    pub(crate) fn node(&self, listen: &str) -> (Running, String) {
        self.serve("default", &["node", "--listen", listen])
    }

    /// Makes a profile with a name in a network.
    pub(crate) fn init(&self, profile: &str, name: &str, invitation: &str) {
        let outcome = self.run(
            profile,
            &[
                "init",
                "--name",
                name,
                "--no-confirm",
                "--loopback",
                "--join",
                invitation,
            ],
        );
        assert_eq!(outcome.code, 0, "{outcome:?}");
    }

    /// What a running profile wrote for its commands.
    pub(crate) fn daemon(&self, profile: &str) -> Value {
        let path = self.file(profile, "daemon.json");
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    }

    pub(crate) fn file(&self, profile: &str, name: &str) -> PathBuf {
        self.root.path().join(profile).join(name)
    }
}

/// A process that runs on.
pub(crate) struct Running {
    child: Child,
    lines: Receiver<String>,
    pub(crate) seen: Vec<Value>,
    errors: Receiver<String>,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = lines_of(child.stdout.take().unwrap());
        let errors = lines_of(child.stderr.take().unwrap());
        Self {
            child,
            lines,
            seen: Vec::new(),
            errors,
        }
    }

    /// A line that is `wanted`, seen already or still to come.
    pub(crate) fn see(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        match self.seen.iter().find(|line| wanted(line)) {
            Some(line) => line.clone(),
            None => self.wait_for(wanted),
        }
    }

    /// The next line that is `wanted`; those before it are kept in `seen`.
    pub(crate) fn wait_for(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        let until = Instant::now() + PATIENCE;
        loop {
            match self
                .lines
                .recv_timeout(until.saturating_duration_since(Instant::now()))
            {
                Ok(line) => {
                    let value: Value = serde_json::from_str(&line).unwrap();
                    self.seen.push(value.clone());
                    if wanted(&value) {
                        return value;
                    }
                }
                Err(RecvTimeoutError::Timeout) => panic!("waited in vain; seen: {:#?}", self.seen),
                Err(RecvTimeoutError::Disconnected) => {
                    let errors: Vec<_> = self.errors.iter().collect();
                    panic!("it ended: {errors:?}; seen: {:#?}", self.seen);
                }
            }
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// As a crash ends it.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// As a service manager ends it.
    pub(crate) fn terminate(mut self) -> ExitStatus {
        let sent = Command::new("kill")
            .args(["-TERM", &self.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
        self.child.wait().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

fn lines_of(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    lines
}
