//! The seam to what operators do: makes networks, looks at them from outside, votes, and makes registration tokens.

mod known;
mod view;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use xchat_node::{
    Change, ObserveError, Observer, Operation, Operator, OperatorKey, Parameters, Proved, SubmitError,
    ballot_number, create_network, may_fail, network_invitation, read_key, read_operator, write_key,
    write_network_file, write_operator,
};

pub(crate) use self::known::{Known, checkpoint_of, network_file, network_of_file, network_of_link};
use self::view::Seen;
pub(crate) use self::view::{BallotView, NetworkView, ValidatorView};
use super::failures::not_usable;
use super::texts::parse_link;
use crate::cli::{NetworkCreate, NodeKey};
use crate::clock;
use crate::dto;
use crate::failure::{Failure, Kind};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// The keys of a node's folder, as operators tell them to each other.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Keys {
    /// The validator's public key.
    pub(crate) validator: String,
    /// The node's id.
    pub(crate) node: String,
    /// The whole line for `network create` and `network add`.
    pub(crate) operator: Option<String>,
}

/// The public keys of the node in this folder, made when there are none.
///
/// # Errors
/// When the folder can't be used, or the name is none.
pub(crate) fn keys(folder: &Path, wish: &NodeKey) -> Result<Keys, Failure> {
    let keys = OperatorKey::open(folder).map_err(|error| not_usable(&error))?;
    let operator = match (&wish.name, wish.at) {
        (Some(name), Some(at)) => {
            let line = format!(
                "{name},{},{},{}@{}",
                write_key(&keys.public()),
                SocketAddr::new(at, wish.consensus_port),
                data_encoding::HEXLOWER.encode(keys.node().as_bytes()),
                SocketAddr::new(at, wish.port),
            );
            Some(write_operator(
                &read_operator(&line).map_err(|error| bad_operator(&error))?,
            ))
        }
        _ => None,
    };
    Ok(Keys {
        validator: write_key(&keys.public()),
        node: data_encoding::HEXLOWER.encode(keys.node().as_bytes()),
        operator,
    })
}

fn bad_operator(error: &impl std::fmt::Display) -> Failure {
    Failure::new(Kind::Usage, "malformed-operator", error)
}

/// A network that was made.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Created {
    /// The network's number.
    pub(crate) network: String,
    /// How many validators it has.
    pub(crate) validators: usize,
    /// How many of them may fail.
    pub(crate) may_fail: usize,
    /// The text of the network file.
    #[serde(skip)]
    pub(crate) text: String,
    /// What is to be said about the number of validators.
    pub(crate) advice: Option<String>,
}

/// Makes a network.
///
/// # Errors
/// When an operator is malformed, or they make no network.
pub(crate) fn create(wish: &NetworkCreate) -> Result<Created, Failure> {
    let operators = wish.operators.iter().map(|line| read_operator(line));
    let operators: Vec<Operator> = operators
        .collect::<Result<_, _>>()
        .map_err(|error| bad_operator(&error))?;
    for (index, operator) in operators.iter().enumerate() {
        let others = operators.get(..index).unwrap_or_default();
        if others.iter().any(|other| other.key == operator.key) {
            let message = format!("two operators have the key {}", write_key(&operator.key));
            return Err(Failure::new(Kind::Usage, "operator-twice", message)
                .advise("Each machine has its own: xchat node key prints it"));
        }
    }
    let count = operators.len();
    let file = create_network(operators, parameters(wish, count)).map_err(|error| bad_operator(&error))?;
    Ok(Created {
        network: xchat_node::network_number(&file.genesis),
        validators: count,
        may_fail: may_fail(count),
        text: write_network_file(&file),
        advice: advice(count),
    })
}

fn parameters(wish: &NetworkCreate, count: usize) -> Parameters {
    let usual = match count {
        1 => Parameters::alone(),
        _ => Parameters::default(),
    };
    let days =
        |wished: Option<u32>, usual| wished.map_or(usual, |days| u64::from(days).saturating_mul(DAY_MS));
    Parameters {
        registration_work_bits: wish.registration_bits.unwrap_or(usual.registration_work_bits),
        registrations_per_hour: wish
            .registrations_per_hour
            .unwrap_or(usual.registrations_per_hour),
        epoch_blocks: wish.epoch_blocks.unwrap_or(usual.epoch_blocks),
        trust_ms: days(wish.trust_days, usual.trust_ms),
        term_ms: days(wish.term_days, usual.term_ms),
        grace_ms: days(wish.grace_days, usual.grace_ms),
        tokens_per_day: wish.tokens_per_day.unwrap_or(usual.tokens_per_day),
        updates_per_day: wish.updates_per_day.unwrap_or(usual.updates_per_day),
    }
}

/// What is to be said about a number of validators.
fn advice(count: usize) -> Option<String> {
    let fails = may_fail(count);
    if count == 1 {
        return Some("One validator alone decides for everybody. With four, one may fail or lie.".to_owned());
    }
    let enough = 3 * fails + 1;
    if count == enough {
        return None;
    }
    let next = enough + 3;
    Some(format!(
        "Of {count} validators {fails} may fail, no more than of {enough}: {next} would let {} fail",
        fails + 1
    ))
}

fn other_network(message: &str) -> Failure {
    Failure::new(Kind::Refused, "other-network", message)
}

/// The invitation that a node leaves in its folder, and the folder.
pub(crate) fn invitation_file(folder: &Path) -> PathBuf {
    folder.join(xchat_node::INVITATION_FILE)
}

/// A network, seen from outside, with the keys of the operator who looks.
pub(crate) struct Desk {
    observer: Observer,
    keys: Option<OperatorKey>,
    proved: Proved,
}

impl Desk {
    /// Looks at a network through whichever node answers. `folder` holds the operator's keys, where there are any.
    ///
    /// # Errors
    /// When no node answers, or the one that does can't prove what it says.
    pub(crate) async fn open(known: Known, folder: Option<&Path>) -> Result<Self, Failure> {
        let keys = folder.map(OperatorKey::open).transpose();
        let keys = keys.map_err(|error| not_usable(&error))?;
        let mut observer = Observer::open(known.genesis, known.nodes, known.checkpoint.as_ref())
            .await
            .map_err(|error| not_seen(&error))?;
        match observer.committee().await {
            Ok(proved) => Ok(Self {
                observer,
                keys,
                proved,
            }),
            Err(error) => {
                observer.close().await;
                Err(not_seen(&error))
            }
        }
    }

    /// How the network is.
    pub(crate) async fn look(&self) -> NetworkView {
        let statuses = self.observer.statuses().await;
        view::network(&self.proved, self.observer.genesis(), &statuses, clock::now_ms())
    }

    /// What is being voted on.
    pub(crate) fn ballots(&self) -> Vec<BallotView> {
        view::ballots(&self.proved, self.observer.genesis())
    }

    /// Ends the connections.
    pub(crate) async fn close(self) {
        self.observer.close().await;
    }

    fn keys(&self) -> Result<&OperatorKey, Failure> {
        self.keys.as_ref().ok_or_else(|| {
            Failure::new(
                Kind::NotFound,
                "no-operator-key",
                "there is no node's folder on this machine",
            )
            .advise("Name it with --node-dir")
        })
    }

    /// Votes for one more validator.
    pub(crate) async fn add(&mut self, line: &str) -> Result<BallotView, Failure> {
        let operator = read_operator(line).map_err(|error| bad_operator(&error))?;
        self.vote(Change::Add { operator }).await
    }

    /// Votes for removing a validator.
    pub(crate) async fn remove(&mut self, validator: &str) -> Result<BallotView, Failure> {
        let operators = self.proved.committee.operators.as_slice();
        let by_key = read_key(validator).ok();
        let is_meant = |operator: &&Operator| match by_key {
            Some(key) => operator.key == key,
            None => operator.name.as_str() == validator,
        };
        let meant: Vec<_> = operators
            .iter()
            .filter(is_meant)
            .map(|operator| operator.key)
            .collect();
        match meant.as_slice() {
            [key] => self.vote(Change::Remove { key: *key }).await,
            [] => Err(Failure::new(
                Kind::NotFound,
                "unknown-validator",
                format!("the network has no validator {validator:?}"),
            )
            .advise("xchat network status lists them")),
            _ => Err(
                Failure::usage(format!("several validators are called {validator:?}"))
                    .advise("Name the key; xchat network status shows it"),
            ),
        }
    }

    /// Votes for what is proposed already.
    pub(crate) async fn approve(&mut self, number: &str) -> Result<BallotView, Failure> {
        let ballots = self.proved.committee.ballots.as_slice();
        let ballot = ballots.iter().find(|ballot| ballot_number(ballot) == number);
        let change = ballot.map(|ballot| ballot.change.clone()).ok_or_else(|| {
            Failure::new(
                Kind::NotFound,
                "unknown-ballot",
                format!("there is no ballot {number}"),
            )
            .advise("xchat network ballots lists them")
        })?;
        self.vote(change).await
    }

    async fn vote(&mut self, change: Change) -> Result<BallotView, Failure> {
        let keys = self.keys()?;
        let vote = keys
            .vote(&self.proved.committee, &self.proved.header, change.clone())
            .map_err(|error| refused_vote(&error))?;
        let height = self.submit(&vote).await?;
        self.refresh(height).await?;
        let ballots = self.ballots();
        let found = self.proved.committee.ballots.as_slice().iter().zip(&ballots);
        let ballot = found.into_iter().find(|(ballot, _)| ballot.change == change);
        Ok(match ballot {
            Some((_, view)) => view.clone(),
            None => view::effective(&self.proved, &change),
        })
    }

    /// Tells the network where this operator is now.
    pub(crate) async fn describe(
        &mut self,
        name: Option<&str>,
        consensus: Option<SocketAddr>,
        node: &[SocketAddr],
    ) -> Result<ValidatorView, Failure> {
        let keys = self.keys()?;
        let mut change = xchat_node::Relocation::new(keys.node());
        if let Some(name) = name {
            change = change.called(name).map_err(|error| bad_operator(&error))?;
        }
        let change = change
            .consensus(consensus)
            .and_then(|change| change.reached(node));
        let change = change.map_err(|error| bad_operator(&error))?;
        let operation = keys
            .describe(&self.proved.committee, self.observer.genesis(), |operator| {
                change.apply(operator)
            })
            .map_err(|error| refused_vote(&error))?;
        let me = keys.public();
        let height = self.submit(&operation).await?;
        self.refresh(height).await?;
        let committee = &self.proved.committee;
        let operator = committee.operator(&me);
        operator
            .map(|operator| view::validator(operator, &Seen::default(), self.proved.header.height))
            .ok_or_else(|| Failure::bug("the operator is gone"))
    }

    /// Invitations that pay for a username.
    pub(crate) fn invitations(&self, count: u16, days: u16) -> Result<Vec<dto::Invitation>, Failure> {
        let keys = self.keys()?;
        if self.proved.committee.operator(&keys.public()).is_none() {
            return Err(refused_vote(&xchat_node::OperatorError::NotAValidator));
        }
        let expires_ms = clock::now_ms().saturating_add(u64::from(days).saturating_mul(DAY_MS));
        (0..count)
            .map(|_| {
                let pass = keys
                    .pass(self.observer.genesis(), expires_ms)
                    .map_err(|error| refused_vote(&error))?;
                let invitation = network_invitation(&self.observer, &self.proved, keys.node(), pass)
                    .map_err(Failure::bug)?;
                super::twins::invitation(&invitation)
            })
            .collect()
    }

    async fn submit(&self, operation: &Operation) -> Result<u64, Failure> {
        let own = self.keys.as_ref().map(OperatorKey::node);
        self.observer
            .submit(own, operation)
            .await
            .map_err(|error| match &error {
                SubmitError::Rejected(reason) if reason.is_temporary() => Failure {
                    retryable: true,
                    ..Failure::new(Kind::Unreachable, "undecided", reason)
                }
                .advise("xchat network status says who is missing"),
                SubmitError::Rejected(reason) => Failure::new(Kind::Refused, "rejected", reason),
                SubmitError::NobodyAnswers => unreachable_network(&error),
            })
    }

    /// What the network says after a change in the block of this height.
    async fn refresh(&mut self, height: u64) -> Result<(), Failure> {
        let proved = self.observer.committee_from(height).await;
        self.proved = proved.map_err(|error| not_seen(&error))?;
        Ok(())
    }
}

fn unreachable_network(error: &impl std::fmt::Display) -> Failure {
    Failure::new(Kind::Unreachable, "unreachable", error)
        .advise("Check that a node of the network runs, and this machine's network")
}

fn not_seen(error: &ObserveError) -> Failure {
    match error {
        ObserveError::NobodyAnswers | ObserveError::NoNodes | ObserveError::Bind(_) => {
            unreachable_network(error)
        }
        ObserveError::NotReady => Failure::new(Kind::Unreachable, "not-ready", error)
            .advise("Wait until enough validators run; xchat network status says who is missing"),
        ObserveError::OtherNetwork => other_network("the node that answers is of another network")
            .advise("Compare the network's number with its operators"),
        ObserveError::Genesis(_) => Failure::new(Kind::Refused, "bad-network-file", error),
        ObserveError::Light(error) => Failure::new(Kind::Refused, "not-proved", error),
        ObserveError::NoEntropy(_) => Failure::new(Kind::Failed, "no-entropy", error),
    }
}

fn refused_vote(error: &xchat_node::OperatorError) -> Failure {
    let failure = Failure::new(Kind::Refused, "not-a-vote", error);
    match error {
        xchat_node::OperatorError::NotAValidator => Failure {
            code: "not-a-validator".to_owned(),
            ..failure
        }
        .advise("Use the folder of a validator's node with --node-dir"),
        _ => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_validators_is_judged() {
        assert_eq!(advice(4), None);
        assert_eq!(advice(7), None);
        assert!(advice(1).unwrap().contains("alone"));
        assert_eq!(
            advice(5).unwrap(),
            "Of 5 validators 1 may fail, no more than of 4: 7 would let 2 fail"
        );
        assert_eq!(
            advice(3).unwrap(),
            "Of 3 validators 0 may fail, no more than of 1: 4 would let 1 fail"
        );
    }
}
