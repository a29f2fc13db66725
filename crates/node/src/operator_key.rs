//! What an operator does with the validator's key, beside the running node: votes, descriptions, registration tokens.

use std::net::SocketAddr;
use std::path::Path;

use thiserror::Error;
use xchat_proto::address::{Endpoint, SOCKETS_MAX, Socket};
use xchat_proto::codec::{Bounded, DecodeError, Text};
use xchat_proto::genesis::{Genesis, validators_hash};
use xchat_proto::header::Header;
use xchat_proto::ids::{Hash, NodeId};
use xchat_proto::invitation::Pass;
use xchat_proto::keys::{PublicKey, SigningKey};
use xchat_proto::limits::{DAY_MS, OPERATOR_NAME_BYTES_MAX};
use xchat_proto::operator::{Ballot, Change, Committee, Description, Operator, OperatorsError, Vote};
use xchat_proto::record::Operation;
use xchat_proto::signed::Signed;
use xchat_proto::token::Token;

use crate::clock::{self, NoEntropy};
use crate::data_dir::{self, DataDirError};
use crate::network::{KEY, UNUSED};
use crate::node::KEY as NODE_KEY;
use crate::operator_line::{self, OperatorLineError};

/// How long a new ballot is open.
const BALLOT_MS: u64 = 7 * DAY_MS;

/// Why an operator's word can't be given.
#[derive(Debug, Error)]
pub enum OperatorError {
    /// The key is none of the network's validators.
    #[error("the key in this data directory is no validator's of the network")]
    NotAValidator,
    /// The change can't be made.
    #[error("{0}")]
    Change(#[from] OperatorsError),
    /// Longer than it may be: an error of ours.
    #[error("{0}")]
    TooLong(#[from] DecodeError),
    /// No key can be made.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
}

/// What an operator says anew of itself.
#[derive(Debug, Clone)]
pub struct Relocation {
    id: NodeId,
    name: Option<Text<OPERATOR_NAME_BYTES_MAX>>,
    consensus: Option<Socket>,
    node: Vec<Socket>,
}

impl Relocation {
    /// Nothing yet, of the operator with this node.
    pub fn new(id: NodeId) -> Self {
        Self {
            id,
            name: None,
            consensus: None,
            node: Vec::new(),
        }
    }

    /// It is called so.
    ///
    /// # Errors
    /// [`OperatorLineError`] when that is no name.
    pub fn called(self, name: &str) -> Result<Self, OperatorLineError> {
        let name = Some(operator_line::name(name)?);
        Ok(Self { name, ..self })
    }

    /// Other validators reach it here.
    ///
    /// # Errors
    /// [`OperatorLineError`] when nobody could.
    pub fn consensus(self, socket: Option<SocketAddr>) -> Result<Self, OperatorLineError> {
        let consensus = socket.map(operator_line::reachable).transpose()?;
        Ok(Self { consensus, ..self })
    }

    /// Clients and other nodes reach it here.
    ///
    /// # Errors
    /// [`OperatorLineError`] when nobody could, or there are too many.
    pub fn reached(self, sockets: &[SocketAddr]) -> Result<Self, OperatorLineError> {
        if sockets.len() > SOCKETS_MAX {
            return Err(OperatorLineError::TooManyAddresses);
        }
        let node = sockets.iter().copied().map(operator_line::reachable);
        let node = node.collect::<Result<_, _>>()?;
        Ok(Self { node, ..self })
    }

    /// The operator afterwards.
    pub fn apply(self, operator: Operator) -> Operator {
        let relay = operator.node.as_ref().and_then(|node| node.relay.clone());
        let node = match self.node.is_empty() {
            true => operator.node.clone(),
            false => Some(Endpoint {
                id: self.id,
                sockets: Bounded::new(self.node).unwrap_or_default(),
                relay,
            }),
        };
        Operator {
            name: self.name.unwrap_or_else(|| operator.name.clone()),
            consensus: self.consensus.or(operator.consensus),
            node,
            ..operator
        }
    }
}

/// The keys of a data directory: by which its node validates, and by which it is known.
#[derive(Debug)]
pub struct OperatorKey {
    key: SigningKey,
    node: NodeId,
}

/// A ballot's number, by which people name it.
pub fn ballot_number(ballot: &Ballot) -> String {
    let bytes = xchat_proto::codec::encode(&ballot.change);
    let hash = Hash::of(
        "xchat v1 ballot number",
        &[&bytes, &ballot.closes_ms.to_be_bytes()],
    );
    let [a, b, c, d, ..] = hash.0;
    data_encoding::HEXLOWER.encode(&[a, b, c, d])
}

/// The validator's key in a data directory, made when there is none. A new one is marked: nothing was ever signed with
/// it (docs/spec/directory.md, CNS-06).
pub(crate) fn validator_key(data_dir: &Path) -> Result<SigningKey, DataDirError> {
    let (seed, is_new) = data_dir::seed_or_new(data_dir, KEY)?;
    let key = SigningKey::from_seed(&seed);
    if is_new {
        data_dir::write_file(data_dir, UNUSED, &key.public().0)?;
    }
    Ok(key)
}

impl OperatorKey {
    /// The keys in this data directory, made when there are none. The node may run.
    ///
    /// # Errors
    /// [`DataDirError`] when the directory can't be used.
    pub fn open(data_dir: &Path) -> Result<Self, DataDirError> {
        let key = validator_key(data_dir)?;
        let node = SigningKey::from_seed(&*data_dir::seed(data_dir, NODE_KEY)?);
        Ok(Self {
            key,
            node: NodeId(node.public().0),
        })
    }

    /// The validator's public key.
    pub fn public(&self) -> PublicKey {
        self.key.public()
    }

    /// The node's id.
    pub fn node(&self) -> NodeId {
        self.node
    }

    /// A vote for a change, as an operation. An open ballot for the same change is joined; otherwise it is the first.
    ///
    /// # Errors
    /// [`OperatorError`] when this key may not vote, or the change can't be made.
    pub fn vote(
        &self,
        committee: &Committee,
        header: &Header,
        change: Change,
    ) -> Result<Operation, OperatorError> {
        let me = self.public();
        if committee.operator(&me).is_none() {
            return Err(OperatorError::NotAValidator);
        }
        committee.changed(&change)?;
        let open = committee
            .ballots
            .as_slice()
            .iter()
            .find(|ballot| ballot.change == change);
        let closes_ms = open.map_or(header.time_ms.saturating_add(BALLOT_MS), |ballot| {
            ballot.closes_ms
        });
        let vote = Vote {
            network: header.network,
            validators: validators_hash(&committee.validators()),
            change,
            closes_ms,
            voter: me,
        };
        Ok(Operation::Vote {
            vote: Signed::new(&vote, &self.key)?,
        })
    }

    /// Describes the own operator anew.
    ///
    /// # Errors
    /// [`OperatorError`] when this key is no operator's.
    pub fn describe(
        &self,
        committee: &Committee,
        genesis: &Genesis,
        change: impl FnOnce(Operator) -> Operator,
    ) -> Result<Operation, OperatorError> {
        let present = committee
            .operator(&self.public())
            .ok_or(OperatorError::NotAValidator)?;
        let operator = Operator {
            key: present.key,
            revision: present.revision.saturating_add(1),
            ..change(present.clone())
        };
        let description = Description {
            network: genesis.id(),
            operator,
        };
        Ok(Operation::Describe {
            description: Signed::new(&description, &self.key)?,
        })
    }

    /// A registration token with the key that spends it.
    ///
    /// # Errors
    /// [`OperatorError`] when no key can be made.
    pub fn pass(&self, genesis: &Genesis, expires_ms: u64) -> Result<Pass, OperatorError> {
        let bearer = Hash(clock::random_bytes()?);
        let token = Token {
            network: genesis.id(),
            operator: self.public(),
            bearer: SigningKey::from_seed(bearer.as_bytes()).public(),
            expires_ms,
        };
        Ok(Pass {
            token: Signed::new(&token, &self.key)?,
            bearer,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use xchat_proto::genesis::Parameters;
    use xchat_proto::map_proof::EMPTY_ROOT;
    use xchat_proto::operator::operators;

    fn operator(key: PublicKey) -> Operator {
        Operator {
            consensus: Some(Socket(([127, 0, 0, 1], 7482).into())),
            ..Operator::unknown(key)
        }
    }

    #[test]
    fn a_second_vote_joins_the_ballot() {
        let dir = tempfile::tempdir().unwrap();
        let mine = OperatorKey::open(dir.path()).unwrap();
        assert_eq!(OperatorKey::open(dir.path()).unwrap().public(), mine.public());
        let members = operators(vec![operator(mine.public()), operator(PublicKey([7; 32]))]).unwrap();
        let genesis = Genesis::new(&members, Parameters::default(), 5, Hash([1; 32])).unwrap();
        let header = Header::genesis(&genesis, EMPTY_ROOT);
        let change = Change::Add {
            operator: operator(PublicKey([9; 32])),
        };
        let mut committee = Committee::new(members);
        let closes_of = |committee: &Committee| {
            let operation = mine.vote(committee, &header, change.clone()).unwrap();
            let Operation::Vote { vote } = operation else {
                panic!("a vote")
            };
            vote.verify(&mine.public()).unwrap().closes_ms
        };
        assert_eq!(closes_of(&committee), 5 + BALLOT_MS);
        committee.ballots = Bounded::new(vec![Ballot {
            change: change.clone(),
            closes_ms: 77,
            voters: Bounded::default(),
        }])
        .unwrap();
        assert_eq!(closes_of(&committee), 77);
        let present = Change::Add {
            operator: operator(PublicKey([7; 32])),
        };
        assert!(matches!(
            mine.vote(&committee, &header, present),
            Err(OperatorError::Change(OperatorsError::Present))
        ));
    }
}
