//! Nodes as child processes, and the passing of blocks to those who follow.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::net::TcpListener;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use tempfile::TempDir;
use xchat_proto::operator::NetworkFile;

use crate::child::ANSWER;
use crate::testing::{key, network, operator};

/// Blocks in an epoch.
pub(crate) const EPOCH: u64 = 20;
/// How much faster than time the nodes' clocks run.
pub(crate) const SPEED: u64 = 5;

/// More nodes than any test has.
const NODES_MAX: usize = 8;

/// The network of the first `validators` of the nodes with these ports.
pub(crate) fn network_file(ports: &[u16], validators: usize, start_ms: u64) -> NetworkFile {
    let operators = ports.iter().zip(1..).take(validators);
    let operators = operators
        .map(|(port, seed)| operator(&key(seed), *port))
        .collect();
    network(operators, u32::try_from(EPOCH).unwrap(), start_ms)
}

struct Process {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

/// Nodes as child processes. They are killed when this is dropped.
pub(crate) struct Network {
    validators: usize,
    ports: Vec<u16>,
    start_ms: u64,
    folders: Vec<TempDir>,
    processes: Vec<Option<Process>>,
}

impl Drop for Network {
    fn drop(&mut self) {
        for process in self.processes.iter_mut().flatten() {
            // It may have ended by itself.
            let _ = process.child.kill();
            let _ = process.child.wait();
        }
    }
}

impl Network {
    #[expect(clippy::disallowed_methods, reason = "the clock of real processes")]
    pub(crate) fn new(validators: usize) -> Self {
        let listeners: Vec<TcpListener> = (0..NODES_MAX)
            .map(|_| TcpListener::bind("127.0.0.1:0").unwrap())
            .collect();
        let ports = listeners
            .iter()
            .map(|listener| listener.local_addr().unwrap().port())
            .collect();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Self {
            validators,
            ports,
            start_ms: u64::try_from(now.as_millis()).unwrap() - 1_000,
            folders: (0..NODES_MAX).map(|_| tempfile::tempdir().unwrap()).collect(),
            processes: (0..NODES_MAX).map(|_| None).collect(),
        }
    }

    pub(crate) fn start_untold(&mut self, index: usize) {
        let ports: Vec<String> = self.ports.iter().map(u16::to_string).collect();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "a_node_that_is_going_to_be_killed",
                "--nocapture",
                "--ignored",
            ])
            .env("XCHAT_TEST_FOLDER", self.folders[index].path())
            .env("XCHAT_TEST_START", self.start_ms.to_string())
            .env("XCHAT_TEST_INDEX", index.to_string())
            .env("XCHAT_TEST_VALIDATORS", self.validators.to_string())
            .env("XCHAT_TEST_PORTS", ports.join(" "))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap()).lines();
        self.processes[index] = Some(Process { child, input, output });
    }

    /// Starts a node, and tells it that nobody has more blocks.
    pub(crate) fn start(&mut self, index: usize) {
        self.start_untold(index);
        self.ask(index, "nobody");
    }

    /// Starts nodes, and tells them once all run: nobody has a block yet, or each has its own.
    pub(crate) fn start_all(&mut self, nodes: &[usize]) {
        for node in nodes {
            self.start_untold(*node);
        }
        for node in nodes {
            self.ask(*node, "nobody");
        }
    }

    /// Kills a node by SIGKILL.
    pub(crate) fn kill(&mut self, index: usize) {
        let mut process = self.processes[index].take().unwrap();
        process.child.kill().unwrap();
        process.child.wait().unwrap();
    }

    /// Gives a killed node an empty folder.
    pub(crate) fn wipe(&mut self, index: usize) {
        assert!(self.processes[index].is_none());
        self.folders[index] = tempfile::tempdir().unwrap();
    }

    /// Says a line to a node, and returns what it answers.
    pub(crate) fn ask(&mut self, index: usize, line: &str) -> String {
        self.say(index, line);
        self.hear(index)
    }

    /// Says a line to a node.
    pub(crate) fn say(&mut self, index: usize, line: &str) {
        let process = self.processes[index].as_mut().unwrap();
        writeln!(process.input, "{line}").unwrap();
    }

    /// What a node answers.
    pub(crate) fn hear(&mut self, index: usize) -> String {
        let process = self.processes[index].as_mut().unwrap();
        let mut answers = process.output.by_ref().map_while(Result::ok);
        let answer = answers.find_map(|line| line.strip_prefix(ANSWER).map(str::to_owned));
        answer.unwrap_or_else(|| panic!("node {index} has ended"))
    }

    /// Registers a name through a node.
    pub(crate) fn register(&mut self, through: usize, name: &str) {
        let answer = self.ask(through, &format!("submit {name}"));
        assert!(answer.parse::<u64>().is_ok(), "{name}: {answer}");
    }

    /// Waits until each of these nodes has the name.
    pub(crate) fn everybody_has(&mut self, nodes: &[usize], name: &str) {
        for node in nodes {
            self.ask(*node, &format!("until has {name}"));
        }
    }

    /// Passes each new block of one node to another, until it is so.
    pub(crate) fn feed(&mut self, from: usize, to: usize, is_so: impl Fn(&mut Self) -> bool) {
        while !is_so(self) {
            let height = self.ask(to, "height");
            self.ask(from, &format!("until height {height}"));
            self.pass(from, to);
        }
    }

    /// Passes the blocks that one node has beyond another.
    pub(crate) fn pass(&mut self, from: usize, to: usize) {
        let height = self.ask(to, "height");
        let blocks = self.ask(from, &format!("blocks {height}"));
        let answer = self.ask(to, &format!("import {blocks}"));
        assert!(answer.parse::<u64>().is_ok(), "{answer}");
    }
}
