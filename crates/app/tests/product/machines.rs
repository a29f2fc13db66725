//! Operators' machines: a folder, ports and a running node for each, made with the binary alone.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Instant;

use serde_json::Value;
use xchat_proto::codec::Bounded;
use xchat_proto::invitation::NetworkInvitation;

use super::xchat::{Outcome, PATIENCE, Running, World};

#[path = "../../../node/tests/support/ports.rs"]
mod ports;

pub(crate) use ports::free_port;

/// An operator's machine.
pub(crate) struct Machine {
    pub(crate) folder: PathBuf,
    pub(crate) listen: SocketAddr,
    pub(crate) metrics: SocketAddr,
    consensus: SocketAddr,
    /// What the operator mails to the others.
    pub(crate) line: String,
    running: Option<Running>,
}

impl Machine {
    /// A machine whose operator has made its keys.
    pub(crate) fn new(world: &World, name: &str) -> Self {
        let folder = world.path().join(format!("machine-{name}"));
        let (listen, consensus) = (free_port(), free_port());
        let (port, consensus_port) = (listen.port().to_string(), consensus.port().to_string());
        let node_dir = folder.to_str().unwrap();
        let outcome = world.run(
            "default",
            &[
                "node",
                "key",
                "--node-dir",
                node_dir,
                "--name",
                name,
                "--at",
                "127.0.0.1",
                "--port",
                &port,
                "--consensus-port",
                &consensus_port,
            ],
        );
        assert_eq!(outcome.code, 0, "{outcome:?}");
        Self {
            folder,
            listen,
            metrics: free_port(),
            consensus,
            line: outcome.out.trim().to_owned(),
            running: None,
        }
    }

    pub(crate) fn node_dir(&self) -> &str {
        self.folder.to_str().unwrap()
    }

    /// Starts the node, in the network of a file at the first time, and waits until it serves. Gives its invitation.
    pub(crate) fn start(&mut self, world: &World, file: Option<&str>) -> String {
        let (listen, metrics) = (self.listen.to_string(), self.metrics.to_string());
        let consensus = self.consensus.to_string();
        let mut arguments = vec![
            "node",
            "--node-dir",
            self.node_dir(),
            "--listen",
            &listen,
            "--metrics",
            &metrics,
        ];
        if let Some(file) = file {
            arguments.extend(["--network", file, "--consensus-listen", &consensus]);
        }
        let (running, link) = world.serve("default", &arguments);
        self.running = Some(running);
        link
    }

    /// As a power cut ends it.
    pub(crate) fn kill(&mut self) {
        self.running.take().unwrap().kill();
    }

    /// As a service manager ends it.
    pub(crate) fn stop(&mut self) {
        assert!(self.running.take().unwrap().terminate().success());
    }

    /// A command with this operator's keys.
    pub(crate) fn operator(&self, world: &World, arguments: &[&str]) -> Outcome {
        let with_keys = [
            &["--json", "network"],
            arguments,
            &["--node-dir", self.node_dir()],
        ]
        .concat();
        world.run("default", &with_keys)
    }
}

/// Several machines in one network.
pub(crate) struct Network {
    pub(crate) world: World,
    pub(crate) machines: Vec<Machine>,
    pub(crate) file: String,
    pub(crate) links: Vec<String>,
}

impl Network {
    /// A running network of so many validators. Names cost next to nothing in it, and epochs are short.
    pub(crate) fn of(count: usize) -> Self {
        Self::with(count, "2")
    }

    /// The same, in which a name costs so many bits of work.
    pub(crate) fn with(count: usize, bits: &str) -> Self {
        let world = World::new();
        let names = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta"];
        let machines: Vec<Machine> = names
            .iter()
            .take(count)
            .map(|name| Machine::new(&world, name))
            .collect();
        let file = world.path().join("network.txt").to_str().unwrap().to_owned();
        let mut arguments = vec!["network", "create", "--out", &file, "--registration-bits", bits];
        arguments.extend(["--epoch-blocks", "16"]);
        for machine in &machines {
            arguments.extend(["--operator", &machine.line]);
        }
        let outcome = world.run("default", &arguments);
        assert_eq!(outcome.code, 0, "{outcome:?}");
        let mut network = Self {
            world,
            machines,
            links: Vec::new(),
            file,
        };
        for machine in &mut network.machines {
            network
                .links
                .push(machine.start(&network.world, Some(&network.file)));
        }
        network.wait_for(|view| view["height"].as_u64() > Some(0));
        network
    }

    /// How the network is, or why nobody says.
    pub(crate) fn status(&self) -> Result<Value, Outcome> {
        let arguments = ["--json", "network", "status", "--network", &self.file];
        let outcome = self.world.run("default", &arguments);
        match outcome.code {
            0 => Ok(serde_json::from_str(&outcome.out).unwrap()),
            _ => Err(outcome),
        }
    }

    /// Asks how the network is until it is so.
    pub(crate) fn wait_for(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        let until = Instant::now() + PATIENCE;
        loop {
            let seen = self.status();
            if let Ok(view) = &seen
                && wanted(view)
            {
                return view.clone();
            }
            assert!(Instant::now() < until, "waited in vain: {seen:#?}");
        }
    }

    /// Makes a profile with a name, through the node of one machine alone.
    pub(crate) fn person(&self, name: &str, machine: usize) {
        self.world.init(name, name, &self.only(machine));
    }

    /// The invitation of one machine, with no other node in it.
    pub(crate) fn only(&self, machine: usize) -> String {
        only_first_node(&self.links[machine])
    }
}

/// The same invitation with its first node alone.
pub(crate) fn only_first_node(link: &str) -> String {
    let mut invitation: NetworkInvitation = link.parse().unwrap();
    let first = invitation.nodes.into_vec().into_iter().take(1);
    invitation.nodes = Bounded::new(first.collect()).unwrap();
    invitation.link()
}

/// What a validator looks like in the network's status.
pub(crate) fn validator<'a>(view: &'a Value, name: &str) -> &'a Value {
    let validators = view["validators"].as_array().unwrap();
    validators
        .iter()
        .find(|validator| validator["name"] == name)
        .unwrap_or(&Value::Null)
}
