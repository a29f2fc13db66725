//! What the tests share: people with keys, a network with validators who certify, a chain of blocks.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use xchat_proto::address::Socket;
use xchat_proto::certificate::{Certificate, Proposal, quorum};
use xchat_proto::codec::{Bounded, Text};
use xchat_proto::directory_wire::RejectReason;
use xchat_proto::genesis::{Genesis, Parameters, Validators, validators_hash};
use xchat_proto::header::Header;
use xchat_proto::identity::{IdentityLink, account_of, sign_link};
use xchat_proto::ids::{Hash, LogId, NetworkId};
use xchat_proto::keys::{PublicKey, SigningKey};
use xchat_proto::name::Name;
use xchat_proto::operator::{Change, Committee, Description, Operator, Operators, Vote, operators};
use xchat_proto::record::{Fee, Inbox, Operation, Record, Release, registration_challenge};
use xchat_proto::signed::Signed;
use xchat_proto::token::{Spending, SpentToken, Token};
use xchat_proto::work::Work;

use crate::store::{MemoryStore, Store};
use crate::{Checked, Directory, DirectoryError, Executed, Retention};

pub(crate) const BITS: u8 = 2;
pub(crate) const NOON_MS: u64 = 1_800_000_000_000;
pub(crate) const TERM_MS: u64 = 1_000_000;
pub(crate) const GRACE_MS: u64 = 300_000;

/// A network for tests: short epochs and terms, a constant price.
pub(crate) fn parameters() -> Parameters {
    Parameters {
        registration_work_bits: BITS,
        registrations_per_hour: u32::MAX,
        epoch_blocks: 4,
        trust_ms: 0,
        term_ms: TERM_MS,
        grace_ms: GRACE_MS,
        tokens_per_day: 2,
        updates_per_day: 0,
    }
}

pub(crate) fn validator(number: u8) -> SigningKey {
    SigningKey::from_seed(&[100 + number; 32])
}

fn validator_of(key: &PublicKey) -> SigningKey {
    static KEYS: LazyLock<BTreeMap<PublicKey, SigningKey>> = LazyLock::new(|| {
        let keys = (0..80).map(validator);
        keys.map(|key| (key.public(), key)).collect()
    });
    KEYS[key].clone()
}

pub(crate) fn operator(number: u8) -> Operator {
    Operator {
        name: Text::new(format!("Operator {number}")).unwrap(),
        consensus: Some(Socket("127.0.0.1:4000".parse().unwrap())),
        ..Operator::unknown(validator(number).public())
    }
}

pub(crate) fn first_operators(count: u8) -> Operators {
    operators((0..count).map(operator).collect()).unwrap()
}

pub(crate) fn genesis_of(validators: u8, parameters: Parameters) -> Genesis {
    Genesis::new(&first_operators(validators), parameters, NOON_MS, Hash([7; 32])).unwrap()
}

/// The network of one validator that most tests are about.
pub(crate) fn genesis() -> Genesis {
    genesis_of(1, parameters())
}

pub(crate) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// Identity key `number` of a person.
pub(crate) fn key(person: u8, number: u32) -> SigningKey {
    let [.., a, b] = number.to_be_bytes();
    let mut seed = [person; 32];
    (seed[0], seed[1]) = (a, b);
    SigningKey::from_seed(&seed)
}

pub(crate) fn link(person: u8, number: u32) -> Signed<IdentityLink> {
    sign_link(number, &key(person, number), &key(person, number + 1).public()).unwrap()
}

/// A person's record of a name, with identity key `number`.
pub(crate) fn record_of(network: NetworkId, text: &str, person: u8, number: u32, sequence: u64) -> Record {
    Record {
        network,
        name: name(text),
        account: account_of(&link(person, 0)),
        identity: link(person, number),
        devices: Hash([1; 32]),
        inbox: Inbox {
            homes: Bounded::default(),
            log: LogId([2; 32]),
            key: Hash([3; 32]),
        },
        sequence,
    }
}

/// Person 1's record of @alice.
pub(crate) fn record(number: u32, sequence: u64) -> Record {
    record_of(genesis().id(), "alice", 1, number, sequence)
}

pub(crate) fn sign(record: &Record, key: &SigningKey) -> Signed<Record> {
    Signed::new(record, key).unwrap()
}

/// A solution of so many bits, and not one more.
pub(crate) fn solved(record: &Signed<Record>, bits: u8) -> Work {
    let challenge = registration_challenge(record);
    (0..)
        .map(Work)
        .find(|work| challenge.solved_bits(*work) == bits)
        .unwrap()
}

pub(crate) fn register_with(record: &Record, key: &SigningKey, bits: u8) -> Operation {
    let record = sign(record, key);
    Operation::Register {
        fee: Fee::Work(solved(&record, bits)),
        record,
    }
}

pub(crate) fn register(record: &Record, key: &SigningKey) -> Operation {
    register_with(record, key, BITS)
}

pub(crate) fn update(record: &Record, key: &SigningKey) -> Operation {
    let record = sign(record, key);
    Operation::Update { record }
}

pub(crate) fn rotate(record: &Record, key: &SigningKey) -> Operation {
    let record = sign(record, key);
    Operation::Rotate { record }
}

pub(crate) fn release(network: NetworkId, text: &str, sequence: u64, key: &SigningKey) -> Operation {
    let release = Release {
        network,
        name: name(text),
        sequence,
    };
    let release = Signed::new(&release, key).unwrap();
    Operation::Release { release }
}

/// A token of an operator for the bearer of this number.
pub(crate) fn token(network: NetworkId, operator: u8, bearer: u8, expires_ms: u64) -> Token {
    Token {
        network,
        operator: validator(operator).public(),
        bearer: SigningKey::from_seed(&[200, bearer].repeat(16).try_into().unwrap()).public(),
        expires_ms,
    }
}

/// A token of an operator, spent by its bearer on a record.
pub(crate) fn spend(record: &Signed<Record>, token: &Token, operator: u8, bearer: u8) -> SpentToken {
    let bearer = SigningKey::from_seed(&[200, bearer].repeat(16).try_into().unwrap());
    SpentToken {
        token: Signed::new(token, &validator(operator)).unwrap(),
        spending: Signed::new(&Spending::on(record), &bearer).unwrap(),
    }
}

pub(crate) fn register_by_token(
    record: &Record,
    key: &SigningKey,
    operator: u8,
    bearer: u8,
    expires_ms: u64,
) -> Operation {
    let signed = sign(record, key);
    let token = token(record.network, operator, bearer, expires_ms);
    Operation::Register {
        fee: Fee::Token(spend(&signed, &token, operator, bearer)),
        record: signed,
    }
}

pub(crate) fn vote(
    network: NetworkId,
    validators: &Validators,
    change: &Change,
    closes_ms: u64,
    voter: u8,
) -> Operation {
    let key = validator(voter);
    let vote = Vote {
        network,
        validators: validators_hash(validators),
        change: change.clone(),
        closes_ms,
        voter: key.public(),
    };
    let vote = Signed::new(&vote, &key).unwrap();
    Operation::Vote { vote }
}

pub(crate) fn describe(network: NetworkId, operator: &Operator, key: &SigningKey) -> Operation {
    let description = Description {
        network,
        operator: operator.clone(),
    };
    let description = Signed::new(&description, key).unwrap();
    Operation::Describe { description }
}

/// The certificate by which a quorum of a committee finalises a header.
pub(crate) fn certify(genesis: &Genesis, committee: &Committee, header: &Header) -> Certificate {
    let validators = committee.validators();
    let proposal = Proposal::of(header, &genesis.parameters);
    let keys = validators
        .as_slice()
        .iter()
        .take(quorum(validators.as_slice().len()));
    let votes = keys.map(|key| proposal.vote(&header.network, &validators, &validator_of(key)));
    let votes: Vec<_> = votes.enumerate().collect();
    Certificate::from_votes(&proposal, validators.as_slice().len(), &votes).unwrap()
}

/// A chain whose blocks are certified.
pub(crate) struct Chain<S> {
    pub(crate) directory: Directory<S>,
}

pub(crate) type Outcomes = Vec<Result<(), RejectReason>>;

impl Chain<MemoryStore> {
    pub(crate) fn new(genesis: Genesis, validators: u8) -> Self {
        Self::open(MemoryStore::default(), genesis, validators)
    }
}

impl<S: Store> Chain<S> {
    pub(crate) fn open(store: S, genesis: Genesis, validators: u8) -> Self {
        let directory = Directory::open(store, genesis, &first_operators(validators)).unwrap();
        Self { directory }
    }

    pub(crate) fn retaining(mut self, blocks: u64, snapshot_every: u64) -> Self {
        self.directory.retain(Retention {
            blocks,
            snapshot_every,
        });
        self
    }

    pub(crate) fn network(&self) -> NetworkId {
        *self.directory.rules().network()
    }

    pub(crate) fn height(&self) -> u64 {
        self.directory.head().header.height
    }

    pub(crate) fn time_ms(&self) -> u64 {
        self.directory.head().header.time_ms
    }

    /// Executes the next block.
    pub(crate) fn execute(&self, time_ms: u64, operations: &[Operation]) -> (Executed, Header, Outcomes) {
        let checks: Vec<Result<Checked, RejectReason>> = operations
            .iter()
            .map(|operation| self.directory.rules().check(operation.clone()))
            .collect();
        let checked: Vec<Checked> = checks.iter().flatten().cloned().collect();
        let executed = self
            .directory
            .execute(&[], self.height() + 1, time_ms, &checked)
            .unwrap();
        let mut judged = executed.outcomes().iter();
        let outcomes = checks
            .iter()
            .map(|check| {
                check
                    .as_ref()
                    .map_err(|reason| *reason)
                    .and_then(|_| *judged.next().unwrap())
            })
            .collect();
        let header = self.directory.header(&self.directory.head().header, &executed);
        (executed, header, outcomes)
    }

    /// Makes the next block at a time, and certifies it.
    pub(crate) fn block_at(&mut self, time_ms: u64, operations: &[Operation]) -> Outcomes {
        let (executed, header, outcomes) = self.execute(time_ms, operations);
        let certificate = self.certificate(&header);
        assert!(
            self.directory
                .commit(&header, Some(certificate), &executed)
                .unwrap()
        );
        outcomes
    }

    /// Makes the next block a second later.
    pub(crate) fn block(&mut self, operations: &[Operation]) -> Outcomes {
        self.block_at(self.time_ms() + 1_000, operations)
    }

    /// Makes the next block a second later, without a certificate of its own.
    pub(crate) fn uncertified(&mut self, operations: &[Operation]) -> Result<bool, DirectoryError> {
        let (executed, header, _) = self.execute(self.time_ms() + 1_000, operations);
        self.directory.commit(&header, None, &executed)
    }

    /// Makes the next block with one operation.
    pub(crate) fn one(&mut self, operation: Operation) -> Result<(), RejectReason> {
        self.block(&[operation])[0]
    }

    pub(crate) fn certificate(&self, header: &Header) -> Certificate {
        certify(self.directory.genesis(), self.directory.committee(), header)
    }

    /// Makes empty blocks up to and including the last one of the epoch.
    pub(crate) fn end_epoch(&mut self) {
        loop {
            self.block(&[]);
            if self.directory.genesis().parameters.ends_epoch(self.height()) {
                return;
            }
        }
    }
}

/// A chain of one validator.
pub(crate) fn chain() -> Chain<MemoryStore> {
    Chain::new(genesis(), 1)
}

/// A chain of one validator in which person 1 has @alice.
pub(crate) fn with_alice() -> Chain<MemoryStore> {
    let mut chain = chain();
    assert_eq!(chain.one(register(&record(0, 0), &key(1, 0))), Ok(()));
    chain
}
