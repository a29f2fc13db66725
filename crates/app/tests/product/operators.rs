//! The operators' manual, followed word by word: every command of docs/operators.md, in its order.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use serde_json::Value;

use super::machines::{free_port, validator};
use super::xchat::{PATIENCE, Running, World};

const MANUAL: &str = "../../docs/operators.md";
const FOLDER: &str = "/var/lib/xchat-node";

/// The commands of a manual, as they stand in its shell blocks.
fn commands(manual: &str) -> Vec<String> {
    let mut commands = Vec::new();
    let mut is_shell = false;
    for line in manual.lines() {
        match line {
            "```sh" => is_shell = true,
            "```" => is_shell = false,
            line if is_shell => commands.push(line.strip_prefix("xchat ").unwrap().to_owned()),
            _ => {}
        }
    }
    commands
}

/// A machine of the manual: what stands there for its folder and addresses, and what is meant here.
struct Site {
    name: &'static str,
    words: BTreeMap<&'static str, String>,
    ports: [String; 2],
    running: Option<Running>,
}

impl Site {
    fn new(world: &World, name: &'static str) -> Self {
        let (listen, consensus) = (free_port(), free_port());
        let folder = world.path().join(name).to_str().unwrap().to_owned();
        let file = world.path().join("network.txt").to_str().unwrap().to_owned();
        let words = [
            (FOLDER, folder),
            ("network.txt", file),
            ("0.0.0.0:7480", listen.to_string()),
            ("203.0.113.9:7480", listen.to_string()),
            ("203.0.113.9:7482", consensus.to_string()),
            ("127.0.0.1:9464", free_port().to_string()),
            ("203.0.113.1", "127.0.0.1".to_owned()),
            ("alpha", name.to_owned()),
        ];
        Self {
            name,
            words: words.into(),
            ports: [listen.port().to_string(), consensus.port().to_string()],
            running: None,
        }
    }

    /// The words of a command of the manual, as they are typed on this machine.
    fn typed(&self, command: &str, others: &BTreeMap<&str, String>) -> Vec<String> {
        let word = |word: &str| {
            let here = self.words.get(word).or_else(|| others.get(word));
            here.map_or_else(|| word.to_owned(), Clone::clone)
        };
        command.split_whitespace().map(word).collect()
    }

    fn run(&self, world: &World, command: &str, others: &BTreeMap<&str, String>) -> String {
        let typed = self.typed(command, others);
        let typed: Vec<&str> = typed.iter().map(String::as_str).collect();
        let outcome = world.run("default", &[&["--json"], typed.as_slice()].concat());
        assert_eq!(outcome.code, 0, "{} typed {typed:?}: {outcome:?}", self.name);
        outcome.out
    }

    fn start(&mut self, world: &World, command: &str) {
        let typed = self.typed(command, &BTreeMap::new());
        let typed: Vec<&str> = typed.iter().map(String::as_str).collect();
        let mut running = world.start("default", &typed);
        running.wait_for(|line| line["type"] == "started");
        self.running = Some(running);
    }
}

/// The test's progress through the manual.
struct Reader {
    world: World,
    sites: Vec<Site>,
    /// What the manual writes in capitals.
    meant: BTreeMap<&'static str, String>,
}

impl Reader {
    fn key(&self, site: &Site, command: &str) -> String {
        // One machine has all of these nodes: its ports can't all be the usual ones.
        let [listen, consensus] = &site.ports;
        let command = format!("{command} --port {listen} --consensus-port {consensus}");
        let keys: Value = serde_json::from_str(&site.run(&self.world, &command, &self.meant)).unwrap();
        keys["operator"].as_str().unwrap().to_owned()
    }

    /// On these machines, one after the other; gives what the last says.
    fn on(&self, sites: &[usize], command: &str) -> Value {
        let said: Vec<String> = sites
            .iter()
            .map(|site| self.sites[*site].run(&self.world, command, &self.meant))
            .collect();
        serde_json::from_str(said.last().unwrap().lines().next().unwrap_or("null")).unwrap()
    }

    fn wait_for(&self, wanted: impl Fn(&Value) -> bool) {
        let until = Instant::now() + PATIENCE;
        loop {
            let arguments = [
                "--json",
                "network",
                "status",
                "--node-dir",
                &self.sites[0].words[FOLDER],
            ];
            let outcome = self.world.run("default", &arguments);
            if outcome.code == 0 && wanted(&serde_json::from_str(&outcome.out).unwrap()) {
                return;
            }
            assert!(Instant::now() < until, "waited in vain: {outcome:?}");
        }
    }

    fn follow(&mut self, command: &str) {
        let verb: Vec<&str> = command.split_whitespace().take(2).collect();
        match verb[..] {
            ["node", "key"] => {
                let names = ["ALPHA", "BETA", "GAMMA", "DELTA", "EPSILON"];
                for (index, name) in names.into_iter().enumerate() {
                    let line = self.key(&self.sites[index], command);
                    self.meant.insert(name, line);
                }
            }
            ["node", _] if command.contains("network.txt") => {
                for site in &mut self.sites {
                    site.start(&self.world, command);
                }
                self.wait_for(|view| view["height"].as_u64() > Some(0));
            }
            ["node", _] => {
                let mut alone = Site::new(&self.world, "alone");
                alone.start(&self.world, command);
                assert!(alone.running.unwrap().terminate().success());
            }
            ["network", "create"] | ["network", "status"] => drop(self.on(&[0], command)),
            ["network", "add"] => {
                let ballot = self.on(&[0], command);
                self.meant
                    .insert("BALLOT", ballot["ballot"].as_str().unwrap().to_owned());
            }
            ["network", "ballots"] => assert_eq!(self.on(&[1], command)["votes"], 1),
            ["network", "approve"] => {
                self.on(&[1, 2], command);
                self.wait_for(|view| validator(view, "epsilon")["node"]["validates"] == true);
            }
            ["network", "remove"] => {
                self.on(&[0, 1, 2, 4], command);
                self.wait_for(|view| validator(view, "epsilon").is_null());
            }
            ["network", "describe"] => assert_eq!(self.on(&[3], command)["name"], "delta"),
            ["network", "token"] => {
                let link = self.on(&[2], command)["link"].as_str().unwrap().to_owned();
                self.world.init("alice", "alice", &link);
            }
            _ => panic!("the test does not know {command}"),
        }
    }
}

#[test]
fn the_manual_says_what_works() {
    let manual = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(MANUAL)).unwrap();
    let commands = commands(&manual);
    assert!(commands.len() >= 10, "{commands:?}");
    let world = World::new();
    let names = ["alpha", "beta", "gamma", "delta", "epsilon"];
    let mut reader = Reader {
        sites: names.map(|name| Site::new(&world, name)).into(),
        world,
        meant: BTreeMap::new(),
    };
    for command in &commands {
        reader.follow(command);
    }
}

#[test]
fn the_service_runs_a_command_that_there_is() {
    let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contrib/xchat-node.service");
    let unit = std::fs::read_to_string(unit).unwrap();
    let started = unit
        .lines()
        .find_map(|line| line.strip_prefix("ExecStart=/usr/local/bin/xchat "));
    assert_eq!(started, Some("node $XCHAT_NODE_OPTIONS"));
    let folder = unit
        .lines()
        .find_map(|line| line.strip_prefix("Environment=XCHAT_NODE_DIR="));
    assert_eq!(folder, Some(FOLDER), "the manual names the service's folder");
    let help = World::new().run("default", &["node", "--help"]);
    assert!(help.out.contains("XCHAT_NODE_DIR"), "{help:?}");
}
