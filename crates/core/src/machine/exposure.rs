//! What others could know: counted where it leaves, and read from what they are known to keep.

use std::collections::BTreeMap;

use rand_core::CryptoRng;
use xchat_proto::address::Endpoint;
use xchat_proto::codec;
use xchat_proto::directory_wire::DirectoryRequest;
use xchat_proto::ids::{LogId, NodeId};
use xchat_proto::mailbox_wire::Request;
use xchat_proto::name::Name;

use crate::error::MachineError;
use crate::exposure::{Exposure, LogExposure, LogRole, NameAsked, NodeExposure, Sample, Tally};
use crate::io::{BlobOutput, BlobSource, Output};
use crate::machine::Machine;
use crate::machine::nodes;
use crate::machine::step::Step;
use crate::rows::conversation::Conversation;
use crate::rows::transfer;

/// Names that are counted for a node, and logs. What is beyond is not: the list is for people.
const COUNTED_MAX: usize = 1_024;
/// Bytes of a sample.
const SAMPLE_BYTES: usize = 48;

/// What was told to whom since the program began. In memory only: a list on the disk would tell more than it warns of.
#[derive(Debug, Default)]
pub(crate) struct Told {
    since_ms: u64,
    nodes: BTreeMap<NodeId, ToldNode>,
}

#[derive(Debug)]
struct ToldNode {
    endpoint: Endpoint,
    names: BTreeMap<Name, Tally>,
    logs: BTreeMap<LogId, ToldLog>,
    changes: Tally,
    blocks: Tally,
}

#[derive(Debug, Clone, Default)]
struct ToldLog {
    appended: Tally,
    signs: Tally,
    asked: Tally,
    sample: Option<Sample>,
}

impl ToldLog {
    fn append(&mut self, now_ms: u64, bytes: &[u8]) {
        self.appended.count(now_ms, bytes.len() as u64);
        self.sample = Some(Sample {
            at_ms: now_ms,
            bytes: bytes.len() as u64,
            start: bytes.iter().copied().take(SAMPLE_BYTES).collect(),
        });
    }
}

impl Told {
    /// Counts what goes out.
    pub(crate) fn count(&mut self, now_ms: u64, outputs: &[Output]) {
        if self.since_ms == 0 {
            self.since_ms = now_ms;
        }
        for output in outputs {
            match output {
                Output::Home { home, request, .. } => self.home(now_ms, home, request),
                Output::Subscribe { home, log, .. } => self.log(home, log, |log| log.asked.count(now_ms, 0)),
                Output::Directory { node, request, .. } => self.directory(now_ms, node, request),
                Output::Blob(output) => self.blob(now_ms, output),
                // Devices are told what people write to each other.
                Output::Dial(_) | Output::Peer { .. } | Output::Mark(_) | Output::Event(_) => {}
            }
        }
    }

    fn node(&mut self, endpoint: &Endpoint) -> &mut ToldNode {
        self.nodes.entry(endpoint.id).or_insert_with(|| ToldNode {
            endpoint: endpoint.clone(),
            names: BTreeMap::new(),
            logs: BTreeMap::new(),
            changes: Tally::default(),
            blocks: Tally::default(),
        })
    }

    fn log(&mut self, home: &Endpoint, log: &LogId, count: impl FnOnce(&mut ToldLog)) {
        if let Some(log) = counted(&mut self.node(home).logs, log) {
            count(log);
        }
    }

    fn home(&mut self, now_ms: u64, home: &Endpoint, request: &Request) {
        match request {
            Request::Append { log, envelope, .. } | Request::Deposit { log, envelope, .. } => {
                self.log(home, log, |log| log.append(now_ms, envelope.as_slice()));
            }
            Request::SubmitCommit { log, value, .. } => {
                self.log(home, log, |log| log.append(now_ms, &codec::encode(value)));
            }
            Request::Ephemeral { log, envelope, .. } => {
                let bytes = envelope.as_slice().len() as u64;
                self.log(home, log, |log| log.signs.count(now_ms, bytes));
            }
            Request::CreateConversation { log, .. }
            | Request::CreateInbox { log, .. }
            | Request::Read { log, .. }
            | Request::Subscribe { log, .. }
            | Request::TrimInbox { log, .. }
            | Request::PublishCard { log, .. }
            | Request::PublishKeyPackages { log, .. }
            | Request::FetchCard { log }
            | Request::FetchKeyPackage { log, .. }
            | Request::CountKeyPackages { log, .. } => {
                self.log(home, log, |log| log.asked.count(now_ms, 0));
            }
            // The body proves what it must, with the request that needs it.
            Request::Prove { .. } => {}
        }
    }

    fn directory(&mut self, now_ms: u64, node: &Endpoint, request: &DirectoryRequest) {
        let node = self.node(node);
        match request {
            DirectoryRequest::Lookup { name, .. } => {
                if let Some(tally) = counted(&mut node.names, name) {
                    tally.count(now_ms, 0);
                }
            }
            DirectoryRequest::Submit { operation } => {
                node.changes.count(now_ms, codec::encode(operation).len() as u64);
            }
            DirectoryRequest::Genesis
            | DirectoryRequest::Status
            | DirectoryRequest::Operators { .. }
            | DirectoryRequest::Header { .. }
            | DirectoryRequest::Blocks { .. }
            | DirectoryRequest::Snapshot { .. } => node.blocks.count(now_ms, 0),
        }
    }

    fn blob(&mut self, now_ms: u64, output: &BlobOutput) {
        match output {
            BlobOutput::Put { home, capability, .. }
            | BlobOutput::Get {
                from: BlobSource::Home { home, capability },
                ..
            } => self.log(home, &capability.log, |log| log.asked.count(now_ms, 0)),
            BlobOutput::Withdraw { home, log, .. } => {
                self.log(home, log, |log| log.asked.count(now_ms, 0));
            }
            BlobOutput::Get { .. }
            | BlobOutput::Stop { .. }
            | BlobOutput::Erase { .. }
            | BlobOutput::Grant { .. }
            | BlobOutput::Deny { .. } => {}
        }
    }
}

/// The counter of a key, as long as there aren't too many.
fn counted<'a, K: Ord + Clone, V: Default>(all: &'a mut BTreeMap<K, V>, key: &K) -> Option<&'a mut V> {
    let has_room = all.len() < COUNTED_MAX || all.contains_key(key);
    has_room.then(|| all.entry(key.clone()).or_default())
}

impl Machine {
    /// What others could know about this account.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn exposure(&mut self, now_ms: u64, rng: &mut dyn CryptoRng) -> Result<Exposure, MachineError> {
        self.step(now_ms, rng, exposure)
    }
}

fn exposure(step: &mut Step<'_>) -> Result<Exposure, MachineError> {
    let own = step.account.as_ref().and_then(|account| account.record.as_ref());
    let record = own.and_then(|own| {
        let record = own.unverified().ok()?;
        Some((record, codec::encode(own).len() as u64))
    });
    let mut nodes = Found::default();
    for known in nodes::views(step.connection, step.network.as_ref(), &step.live.silent)? {
        nodes.node(&known.endpoint).operator = known.operator;
    }
    kept(step, &mut nodes)?;
    told(&step.live.told, &mut nodes);
    let (record, record_bytes) = record.unzip();
    Ok(Exposure {
        since_ms: step.live.told.since_ms,
        record,
        record_bytes: record_bytes.unwrap_or_default(),
        nodes: nodes.0,
    })
}

/// Nodes in the order in which they were found.
#[derive(Default)]
struct Found(Vec<NodeExposure>);

impl Found {
    fn node(&mut self, endpoint: &Endpoint) -> &mut NodeExposure {
        let at = self.0.iter().position(|node| node.endpoint.id == endpoint.id);
        let at = at.unwrap_or(self.0.len());
        if at == self.0.len() {
            self.0.push(NodeExposure {
                endpoint: endpoint.clone(),
                operator: None,
                logs: Vec::new(),
                names: Vec::new(),
                changes: Tally::default(),
                blocks: Tally::default(),
            });
        }
        &mut self.0[at]
    }
}

fn log_of(log: LogId, role: LogRole) -> LogExposure {
    LogExposure {
        log,
        role,
        epoch: 0,
        capability: None,
        entries: 0,
        entry_bytes: 0,
        files: Vec::new(),
        appended: Tally::default(),
        signs: Tally::default(),
        asked: Tally::default(),
        sample: None,
    }
}

/// What homes keep, as far as this device has seen it.
fn kept(step: &mut Step<'_>, nodes: &mut Found) -> Result<(), MachineError> {
    if let Some(account) = step.account.as_ref().filter(|account| account.record.is_some()) {
        for home in account.homes.as_slice() {
            nodes.node(home).logs.push(LogExposure {
                capability: Some(account.inbox_owner().public()),
                ..log_of(account.inbox, LogRole::Inbox)
            });
        }
    }
    for conversation in Conversation::all(step.connection)? {
        let capability = match conversation.is_active() {
            true => Some(step.capability(&conversation)?.key.public()),
            false => None,
        };
        for home in conversation.homes.as_slice() {
            nodes.node(home).logs.push(LogExposure {
                epoch: conversation.epoch,
                capability,
                entries: conversation.cursor,
                entry_bytes: conversation.log_bytes,
                files: transfer::placed(step.connection, conversation.id)?,
                ..log_of(conversation.log, LogRole::Conversation(conversation.id))
            });
        }
    }
    Ok(())
}

/// What was told since the program began.
fn told(told: &Told, nodes: &mut Found) {
    for told in told.nodes.values() {
        let node = nodes.node(&told.endpoint);
        (node.changes, node.blocks) = (told.changes, told.blocks);
        let names = told.names.iter().map(|(name, tally)| NameAsked {
            name: name.clone(),
            tally: *tally,
        });
        node.names = names.collect();
        node.names
            .sort_by_key(|asked| (std::cmp::Reverse(asked.tally.times), asked.name.clone()));
        for (log, told) in &told.logs {
            let at = node.logs.iter().position(|known| known.log == *log);
            let at = at.unwrap_or_else(|| {
                node.logs.push(log_of(*log, LogRole::Foreign));
                node.logs.len() - 1
            });
            let known = &mut node.logs[at];
            (known.appended, known.signs, known.asked) = (told.appended, told.signs, told.asked);
            known.sample.clone_from(&told.sample);
        }
    }
}
