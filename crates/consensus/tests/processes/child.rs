//! One node in a process of its own: it answers each line of its standard input by one of its standard output.

use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use data_encoding::HEXLOWER;
use futures_util::{StreamExt as _, stream};
use xchat_consensus::{Clock, Config, Consensus, Role, Validator};
use xchat_proto::codec::{self, Bounded};
use xchat_proto::directory_wire::FinalBlock;
use xchat_proto::limits::{BLOCKS_MAX, DAY_MS, SYNC_BYTES_MAX};
use xchat_proto::operator::Change;

use crate::network::{SPEED, network_file};
use crate::testing::{key, name, operator, registration, vote};

/// What precedes an answer among the lines of the test runner.
pub(crate) const ANSWER: &str = "= ";

type Blocks = Bounded<FinalBlock, BLOCKS_MAX>;

fn variable(name: &str) -> String {
    std::env::var(name).unwrap()
}

/// A clock that all processes share, and that runs faster than time.
#[expect(clippy::disallowed_methods, reason = "the clock of a real process")]
fn clock(start_ms: u64) -> Clock {
    Arc::new(move || {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let now_ms = u64::try_from(now.as_millis()).unwrap();
        start_ms + (now_ms - start_ms) * SPEED
    })
}

struct Child {
    node: Consensus,
    clock: Clock,
    born_ms: u64,
    ports: Vec<u16>,
    index: usize,
}

pub(crate) async fn run() {
    let start_ms: u64 = variable("XCHAT_TEST_START").parse().unwrap();
    let index: usize = variable("XCHAT_TEST_INDEX").parse().unwrap();
    let validators: usize = variable("XCHAT_TEST_VALIDATORS").parse().unwrap();
    let ports: Vec<u16> = variable("XCHAT_TEST_PORTS")
        .split(' ')
        .map(|port| port.parse().unwrap())
        .collect();
    let clock = clock(start_ms);
    let folder = PathBuf::from(variable("XCHAT_TEST_FOLDER"));
    let mut config = Config::among(
        Validator {
            unused: None,
            key: key(u8::try_from(index).unwrap() + 1),
            listen: ([127, 0, 0, 1], ports[index]).into(),
        },
        network_file(&ports, validators, start_ms),
        folder,
        Arc::clone(&clock),
    );
    config.heartbeat = Duration::from_millis(400);
    let child = Child {
        node: Consensus::spawn(config).unwrap(),
        born_ms: clock(),
        clock,
        ports,
        index,
    };
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let words: Vec<&str> = line.split(' ').collect();
        let answer = child.answer(&words).await;
        let mut out = std::io::stdout().lock();
        writeln!(out, "\n{ANSWER}{answer}").unwrap();
        out.flush().unwrap();
    }
}

impl Child {
    async fn answer(&self, words: &[&str]) -> String {
        let node = &self.node;
        match words {
            ["role"] => {
                // What it is when it has made up its mind.
                let mut role = node.role();
                let _ = tokio::time::timeout(
                    Duration::from_secs(1),
                    role.wait_for(|role| *role != Role::Waiting),
                )
                .await;
                format!("{:?}", *node.role().borrow())
            }
            ["nobody"] => {
                node.quorum_is_new();
                String::new()
            }
            ["age"] => ((self.clock)() - self.born_ms).to_string(),
            ["height"] => node.stats().height.to_string(),
            ["submit", text] => self.submit(text).await,
            ["load", count, at_once] => self.load(count.parse().unwrap(), at_once.parse().unwrap()).await,
            ["has", text] => node.reader().record(&name(text)).unwrap().is_some().to_string(),
            ["until", "height", height] => node
                .certified_above(height.parse().unwrap())
                .await
                .unwrap()
                .to_string(),
            ["until", "has", text] => {
                self.until(|node| node.reader().record(&name(text)).unwrap().is_some())
                    .await
            }
            ["until", "validators", count] => {
                let count: usize = count.parse().unwrap();
                self.until(|node| node.stats().validators.len() == count).await
            }
            ["until", "role", wanted] => {
                let mut role = node.role();
                role.wait_for(|role| format!("{role:?}") == *wanted)
                    .await
                    .unwrap();
                String::new()
            }
            ["vote", what, others @ ..] => {
                let votes = others.iter().map(|other| self.vote(what, other.parse().unwrap()));
                futures_util::future::join_all(votes).await.join(" ")
            }
            ["blocks", above] => {
                let above: u64 = above.parse().unwrap();
                let (blocks, _) = node.reader().final_blocks(above + 1, SYNC_BYTES_MAX / 2).unwrap();
                HEXLOWER.encode(&codec::encode(&Blocks::new(blocks).unwrap()))
            }
            ["import", hex] => {
                let bytes = HEXLOWER.decode(hex.as_bytes()).unwrap();
                let blocks = codec::decode::<Blocks>(&bytes, SYNC_BYTES_MAX);
                match blocks.map(|blocks| node.import(blocks.as_slice(), None)) {
                    Ok(Ok(height)) => height.to_string(),
                    Ok(Err(error)) => format!("refused {error}"),
                    Err(error) => format!("refused {error}"),
                }
            }
            _ => "what?".to_owned(),
        }
    }

    /// Registers a name; asked for again while the validators don't decide.
    async fn submit(&self, text: &str) -> String {
        match self
            .node
            .submit(registration(self.node.genesis().id(), text, 1))
            .await
        {
            Ok(height) => height.to_string(),
            Err(reason) => format!("refused {reason:?}"),
        }
    }

    /// Registers many names, so many at once. Answers how long each took, in microseconds.
    #[expect(clippy::disallowed_methods, reason = "real time is measured")]
    async fn load(&self, count: usize, at_once: usize) -> String {
        let genesis = self.node.genesis().id();
        let names = (0..count).map(|number| format!("l{}_{at_once}_{number}", self.index));
        let operations: Vec<_> = names.map(|text| registration(genesis, &text, 1)).collect();
        let submit = async |operation| {
            let start = std::time::Instant::now();
            self.node.submit(operation).await.unwrap();
            start.elapsed().as_micros().to_string()
        };
        let took: Vec<String> = stream::iter(operations)
            .map(submit)
            .buffer_unordered(at_once)
            .collect()
            .await;
        took.join(" ")
    }

    /// Waits until it is so after some certified block.
    async fn until(&self, is_so: impl Fn(&Consensus) -> bool) -> String {
        while !is_so(&self.node) {
            let height = self.node.latest().map_or(0, |certified| certified.header.height);
            self.node.certified_above(height).await.unwrap();
        }
        String::new()
    }

    async fn vote(&self, what: &str, other: usize) -> String {
        let operator = operator(&key(u8::try_from(other).unwrap() + 1), self.ports[other]);
        let change = match what {
            "add" => Change::Add { operator },
            _ => Change::Remove { key: operator.key },
        };
        let genesis = self.node.genesis();
        let committee = self.node.reader().committee().clone();
        let own = key(u8::try_from(self.index).unwrap() + 1);
        let closes_ms = genesis.created_ms + DAY_MS;
        let operation = vote(genesis.id(), &committee, &change, closes_ms, &own);
        format!("{:?}", self.node.submit(operation).await)
    }
}
