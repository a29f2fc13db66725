//! What there is to see of a network, in plain words and numbers.

use std::collections::BTreeMap;

use serde::Serialize;
use xchat_client::Endpoint;
use xchat_node::{
    Ballot, Change, Genesis, NetworkStatus, Operator, Proved, Said, ballot_number, may_fail, network_number,
    write_key,
};

/// A validator that has signed none of so many blocks, and whose node doesn't answer or is as far behind, is missing.
const MISSING_BLOCKS: u64 = 10;

/// A network.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct NetworkView {
    /// Its number.
    pub(crate) network: String,
    /// The newest height that is proved.
    pub(crate) height: u64,
    /// When that block was made, in Unix milliseconds.
    pub(crate) time_ms: u64,
    /// How long ago that is.
    pub(crate) age_ms: u64,
    /// The epoch, and the height that ends it.
    pub(crate) epoch: u64,
    /// The height that ends the epoch.
    pub(crate) epoch_ends: u64,
    /// How many validators may fail.
    pub(crate) may_fail: usize,
    /// What a registration costs now, in bits of proof of work.
    pub(crate) work_bits: u8,
    /// The validators.
    pub(crate) validators: Vec<ValidatorView>,
    /// Nodes that are no validator's.
    pub(crate) followers: Vec<NodeView>,
    /// What is being voted on.
    pub(crate) ballots: Vec<BallotView>,
}

/// A node.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct NodeView {
    /// Its id.
    pub(crate) id: String,
    /// Where it is reached.
    pub(crate) address: Option<String>,
    /// Its newest height, when it answers.
    pub(crate) height: Option<u64>,
    /// How long ago its newest block was made, in milliseconds.
    pub(crate) age_ms: Option<u64>,
    /// Whether it votes.
    pub(crate) validates: bool,
    /// Changes that wait at it.
    pub(crate) waiting: u32,
    /// Why it says nothing.
    pub(crate) problem: Option<String>,
}

/// A validator.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ValidatorView {
    /// What its operator calls it.
    pub(crate) name: String,
    /// Its key.
    pub(crate) key: String,
    /// Where other validators reach it.
    pub(crate) consensus: Option<String>,
    /// Its node.
    pub(crate) node: Option<NodeView>,
    /// The newest height whose certificate it has signed; 0 when nobody knows of one.
    pub(crate) signed: u64,
    /// Whether it takes no part at the moment.
    pub(crate) missing: bool,
}

/// What is being voted on.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct BallotView {
    /// The ballot's number; nothing when the change is in effect already.
    pub(crate) ballot: Option<String>,
    /// `add` or `remove`.
    pub(crate) change: &'static str,
    /// Whom it is about.
    pub(crate) name: String,
    /// The validator's key.
    pub(crate) key: String,
    /// How many have voted for it.
    pub(crate) votes: usize,
    /// How many must.
    pub(crate) needed: usize,
    /// Who has, by name.
    pub(crate) voters: Vec<String>,
    /// Until when votes are counted, in Unix milliseconds.
    pub(crate) closes_ms: Option<u64>,
    /// Whether it is decided.
    pub(crate) decided: bool,
    /// After which height it takes effect, when it is decided.
    pub(crate) takes_effect: Option<u64>,
}

/// What the nodes say of a validator.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    signed: u64,
    node: Option<NodeView>,
}

fn node(endpoint: &Endpoint, said: &Said, now_ms: u64) -> NodeView {
    let status = said.as_ref().ok();
    NodeView {
        id: data_encoding::HEXLOWER.encode(endpoint.id.as_bytes()),
        address: endpoint
            .sockets
            .as_slice()
            .first()
            .map(|socket| socket.0.to_string()),
        height: status.map(|status| status.height),
        age_ms: status.map(|status| now_ms.saturating_sub(status.time_ms)),
        validates: status.is_some_and(|status| status.validates),
        waiting: status.map_or(0, |status| status.waiting),
        problem: said.as_ref().err().map(ToString::to_string),
    }
}

/// The whole view.
pub(super) fn network(
    proved: &Proved,
    genesis: &Genesis,
    statuses: &[(Endpoint, Said)],
    now_ms: u64,
) -> NetworkView {
    let header = &proved.header;
    let mut signed = BTreeMap::new();
    let answers = statuses.iter().filter_map(|(_, said)| said.as_ref().ok());
    for status in answers.filter(|status| status.network == header.network) {
        for seen in status.validators.as_slice() {
            let newest: &mut u64 = signed.entry(seen.key).or_default();
            *newest = (*newest).max(seen.height);
        }
    }
    let operators = proved.committee.operators.as_slice();
    let validators = operators.iter().map(|operator| {
        let id = operator.node.as_ref().map(|node| node.id);
        let said = statuses.iter().find(|(endpoint, _)| Some(endpoint.id) == id);
        let seen = Seen {
            signed: signed.get(&operator.key).copied().unwrap_or(0),
            node: said.map(|(endpoint, said)| node(endpoint, &of_network(said, proved), now_ms)),
        };
        validator(operator, &seen, header.height)
    });
    let is_validators = |endpoint: &Endpoint| {
        let mut nodes = operators.iter().filter_map(|operator| operator.node.as_ref());
        nodes.any(|node| node.id == endpoint.id)
    };
    let followers = statuses.iter().filter(|(endpoint, _)| !is_validators(endpoint));
    NetworkView {
        network: network_number(genesis),
        height: header.height,
        time_ms: header.time_ms,
        age_ms: now_ms.saturating_sub(header.time_ms),
        epoch: genesis.parameters.epoch_of(header.height),
        epoch_ends: epoch_end(genesis, header.height),
        may_fail: may_fail(operators.len()),
        work_bits: header.work_bits,
        validators: validators.collect(),
        followers: followers
            .map(|(endpoint, said)| node(endpoint, &of_network(said, proved), now_ms))
            .collect(),
        ballots: ballots(proved, genesis),
    }
}

/// A node of another network says nothing about this one.
fn of_network(said: &Said, proved: &Proved) -> Said {
    match said {
        Ok(NetworkStatus { network, .. }) if *network != proved.header.network => {
            Err(xchat_node::AskError::OtherNetwork)
        }
        said => said.clone(),
    }
}

pub(super) fn validator(operator: &Operator, seen: &Seen, height: u64) -> ValidatorView {
    let is_near = |found: u64| found.saturating_add(MISSING_BLOCKS) >= height;
    let takes_part = seen
        .node
        .as_ref()
        .is_some_and(|node| node.validates && node.height.is_some_and(is_near));
    ValidatorView {
        name: operator.name.as_str().to_owned(),
        key: write_key(&operator.key),
        consensus: operator.consensus.map(|socket| socket.0.to_string()),
        node: seen.node.clone(),
        signed: seen.signed,
        missing: !(takes_part || seen.signed > 0 && is_near(seen.signed)),
    }
}

/// The last height of this height's epoch.
fn epoch_end(genesis: &Genesis, height: u64) -> u64 {
    let blocks = u64::from(genesis.parameters.epoch_blocks);
    let epoch = genesis.parameters.epoch_of(height);
    epoch.saturating_add(1).saturating_mul(blocks).saturating_sub(1)
}

/// What is being voted on.
pub(super) fn ballots(proved: &Proved, genesis: &Genesis) -> Vec<BallotView> {
    let of = |ballot: &Ballot| ballot_view(proved, genesis, ballot);
    proved.committee.ballots.as_slice().iter().map(of).collect()
}

fn ballot_view(proved: &Proved, genesis: &Genesis, ballot: &Ballot) -> BallotView {
    let committee = &proved.committee;
    let needed = committee.operators.as_slice().len() - may_fail(committee.operators.as_slice().len());
    let (change, name, key) = about(proved, &ballot.change);
    let votes = ballot.voters.as_slice().len();
    let decided = votes >= needed;
    let named = |key| match committee.operator(key) {
        Some(operator) => operator.name.as_str().to_owned(),
        None => write_key(key),
    };
    BallotView {
        ballot: Some(ballot_number(ballot)),
        change,
        name,
        key,
        votes,
        needed,
        voters: ballot.voters.as_slice().iter().map(named).collect(),
        closes_ms: Some(ballot.closes_ms),
        decided,
        takes_effect: decided.then(|| epoch_end(genesis, proved.header.height.saturating_add(1))),
    }
}

/// A change that was decided and is in effect already.
pub(super) fn effective(proved: &Proved, change: &Change) -> BallotView {
    let (change, name, key) = about(proved, change);
    BallotView {
        ballot: None,
        change,
        name,
        key,
        votes: 0,
        needed: 0,
        voters: Vec::new(),
        closes_ms: None,
        decided: true,
        takes_effect: Some(proved.header.height),
    }
}

fn about(proved: &Proved, change: &Change) -> (&'static str, String, String) {
    match change {
        Change::Add { operator } => ("add", operator.name.as_str().to_owned(), write_key(&operator.key)),
        Change::Remove { key } => {
            let operator = proved.committee.operator(key);
            let name = operator.map(|operator| operator.name.as_str().to_owned());
            ("remove", name.unwrap_or_default(), write_key(key))
        }
    }
}
