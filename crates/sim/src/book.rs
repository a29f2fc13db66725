//! The directory of a simulated network: the real state machine, certified by the keys of its validators.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use xchat_directory::store::MemoryStore;
use xchat_directory::{Checked, Directory, DirectoryError, has_decided};
use xchat_proto::address::{Endpoint, Socket};
use xchat_proto::certificate::{Certificate, Proposal, quorum};
use xchat_proto::codec::{Bounded, Text};
use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest, NetworkStatus, RejectReason};
use xchat_proto::genesis::{Genesis, Parameters, Validators};
use xchat_proto::header::Header;
use xchat_proto::ids::{Hash, NodeId};
use xchat_proto::keys::{PublicKey, SigningKey};
use xchat_proto::name_proof::Certified;
use xchat_proto::operator::{Change, Operator, Operators, Vote, operators};
use xchat_proto::record::Operation;
use xchat_proto::signed::Signed;

/// How often the network makes a block though nothing has changed, in milliseconds.
const BLOCK_EVERY_MS: u64 = 5_000;
/// How long a ballot is open, in milliseconds.
const BALLOT_MS: u64 = 60_000;

/// Somebody who runs a node of a simulated network.
#[derive(Clone)]
pub struct SimOperator {
    /// The validator's key.
    pub key: SigningKey,
    /// The node.
    pub node: NodeId,
}

impl SimOperator {
    /// What the committee says of it.
    pub fn described(&self) -> Operator {
        let consensus = Socket(SocketAddr::from(([127, 0, 0, 1], 1)));
        Operator {
            name: Text::new(format!("operator {}", self.node.0[0])).unwrap_or_default(),
            consensus: Some(consensus),
            node: Some(endpoint(self.node)),
            ..Operator::unknown(self.key.public())
        }
    }
}

/// Where a simulated node is.
pub fn endpoint(id: NodeId) -> Endpoint {
    Endpoint {
        id,
        sockets: Bounded::default(),
        relay: None,
    }
}

/// A directory that decides at once.
pub struct Book {
    directory: Directory<MemoryStore>,
    first: Operators,
    keys: BTreeMap<PublicKey, SigningKey>,
}

impl Book {
    /// The directory of a new network.
    ///
    /// # Errors
    /// [`DirectoryError`] when the genesis makes no network.
    pub fn new(
        run_by: &[SimOperator],
        parameters: Parameters,
        created_ms: u64,
        salt: Hash,
    ) -> Result<Self, DirectoryError> {
        let first = operators(run_by.iter().map(SimOperator::described).collect());
        let first = first.unwrap_or_default();
        let genesis = Genesis::new(&first, parameters, created_ms, salt)?;
        let keys = run_by
            .iter()
            .map(|operator| (operator.key.public(), operator.key.clone()));
        let mut book = Self {
            directory: Directory::open(MemoryStore::default(), genesis, &first)?,
            first,
            keys: keys.collect(),
        };
        book.block(created_ms.saturating_add(1), &[])?;
        Ok(book)
    }

    /// Another truth of the same network, by the same keys: as if nothing had happened in it since its beginning.
    ///
    /// # Errors
    /// [`DirectoryError`] when it can't be made.
    pub fn twin(&self) -> Result<Self, DirectoryError> {
        let genesis = self.genesis().clone();
        let created_ms = genesis.created_ms;
        let mut twin = Self {
            directory: Directory::open(MemoryStore::default(), genesis, &self.first)?,
            first: self.first.clone(),
            keys: self.keys.clone(),
        };
        twin.block(created_ms.saturating_add(2), &[])?;
        Ok(twin)
    }

    /// The genesis.
    pub fn genesis(&self) -> &Genesis {
        self.directory.genesis()
    }

    /// The newest height.
    pub fn height(&self) -> u64 {
        self.directory.head().header.height
    }

    /// The newest block.
    pub fn latest(&self) -> Option<&Certified> {
        self.directory.latest()
    }

    /// Who decides the next height.
    pub fn validators(&self) -> Validators {
        self.directory.committee().validators()
    }

    /// Makes a block, whatever time it is.
    ///
    /// # Errors
    /// [`DirectoryError`] when the directory can't go on.
    pub fn advance(&mut self, now_ms: u64) -> Result<(), DirectoryError> {
        self.block(now_ms, &[]).map(|_| ())
    }

    /// A certificate of a header by some of a set of validators.
    pub fn certify(&self, header: &Header, validators: &Validators, votes: usize) -> Option<Certificate> {
        let (network, parameters) = (self.genesis().id(), self.genesis().parameters);
        let proposal = Proposal::of(header, &parameters);
        let places = validators.as_slice().iter().enumerate();
        let votes: Vec<_> = places
            .filter_map(|(place, key)| {
                let key = self.keys.get(key)?;
                Some((place, proposal.vote(&network, validators, key)))
            })
            .take(votes)
            .collect();
        Certificate::from_votes(&proposal, validators.as_slice().len(), &votes).ok()
    }

    fn block(&mut self, now_ms: u64, operations: &[Checked]) -> Result<Option<RejectReason>, DirectoryError> {
        let parent = self.directory.head().header.clone();
        let time_ms = now_ms.max(parent.time_ms.saturating_add(1));
        let height = parent.height.saturating_add(1);
        let executed = self.directory.execute(&[], height, time_ms, operations)?;
        let refused = executed.outcomes().iter().find_map(|outcome| outcome.err());
        let header = self.directory.header(&parent, &executed);
        let validators = self.validators();
        let certificate = self.certify(&header, &validators, quorum(validators.as_slice().len()));
        self.directory.commit(&header, certificate, &executed)?;
        Ok(refused)
    }

    fn submit(
        &mut self,
        now_ms: u64,
        operation: Operation,
    ) -> Result<Result<u64, RejectReason>, DirectoryError> {
        let checked = match self.directory.rules().check(operation) {
            Ok(checked) => checked,
            Err(reason) => return Ok(Err(reason)),
        };
        if let Some(height) = self.directory.made(&checked)? {
            return Ok(Ok(height));
        }
        let refused = self.block(now_ms, &[checked])?;
        Ok(match refused {
            None => Ok(self.height()),
            Some(reason) => Err(reason),
        })
    }

    /// Changes the operators, as a quorum of them has it, and goes on until the change is in force.
    ///
    /// # Errors
    /// A text, when it can't be made.
    pub fn change(
        &mut self,
        now_ms: u64,
        change: &Change,
        joins: Option<&SimOperator>,
    ) -> Result<(), String> {
        if let Some(operator) = joins {
            self.keys.insert(operator.key.public(), operator.key.clone());
        }
        let validators = self.validators();
        let keys: Vec<PublicKey> = validators.as_slice().to_vec();
        for key in keys.iter().take(quorum(keys.len())) {
            let voter = self.keys.get(key).ok_or("a validator without a key")?;
            let vote = Vote {
                network: self.genesis().id(),
                validators: xchat_proto::genesis::validators_hash(&validators),
                change: change.clone(),
                closes_ms: now_ms.saturating_add(BALLOT_MS),
                voter: *key,
            };
            let vote = Signed::new(&vote, voter).map_err(|error| error.to_string())?;
            let made = self.submit(now_ms, Operation::Vote { vote });
            made.map_err(|e| e.to_string())?
                .map_err(|reason| reason.to_string())?;
        }
        while has_decided(self.directory.committee()) {
            self.advance(now_ms).map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// Answers a request at a time.
    ///
    /// # Errors
    /// [`DirectoryError`] when the directory can't go on, which is a bug.
    pub fn answer(
        &mut self,
        now_ms: u64,
        request: DirectoryRequest,
    ) -> Result<DirectoryReply, DirectoryError> {
        let newest_ms = self.directory.head().header.time_ms;
        if now_ms.saturating_sub(newest_ms) >= BLOCK_EVERY_MS {
            self.advance(now_ms)?;
        }
        let directory = &self.directory;
        Ok(match request {
            DirectoryRequest::Genesis => DirectoryReply::Genesis {
                genesis: self.genesis().clone(),
            },
            DirectoryRequest::Lookup { name, known } => DirectoryReply::Name {
                proof: directory.lookup(&name)?,
                handovers: directory.handovers(known)?,
            },
            DirectoryRequest::Operators { known } => DirectoryReply::Operators {
                proof: directory.lookup_committee()?,
                handovers: directory.handovers(known)?,
            },
            DirectoryRequest::Header { height } => match directory.lineage(height)? {
                Some(lineage) => DirectoryReply::Header { lineage },
                None => DirectoryReply::Unavailable,
            },
            DirectoryRequest::Submit { operation } => match self.submit(now_ms, operation)? {
                Ok(height) => DirectoryReply::Accepted { height },
                Err(reason) => DirectoryReply::Rejected { reason },
            },
            DirectoryRequest::Status => DirectoryReply::Status {
                status: NetworkStatus {
                    network: self.genesis().id(),
                    height: self.height(),
                    time_ms: newest_ms,
                    validates: true,
                    validators: Bounded::default(),
                    oldest: 0,
                    waiting: 0,
                },
            },
            // Nodes follow each other by other ways here.
            DirectoryRequest::Blocks { .. } | DirectoryRequest::Snapshot { .. } => {
                DirectoryReply::Unavailable
            }
        })
    }
}
