//! What can be said of an operation from itself alone (docs/spec/directory.md, DIR-02 to DIR-09, VOT-01).
//!
//! Everything dear is here: signatures and proof of work. It is done once for an operation; the type [`Checked`] shows
//! that it was, and only [`Rules::check`] makes one. What depends on the state is judged by `transition`.

use std::sync::Arc;

use xchat_proto::codec;
use xchat_proto::directory_wire::RejectReason;
use xchat_proto::genesis::{Genesis, GenesisError, Parameters};
use xchat_proto::header::operation_hash;
use xchat_proto::identity::{ChainError, IdentityLink};
use xchat_proto::ids::{Hash, NetworkId};
use xchat_proto::limits::{IDENTITY_LINKS_MAX, OPERATION_BYTES_MAX, RECORD_BYTES_MAX};
use xchat_proto::map_proof::{committee_key, name_key};
use xchat_proto::name::Name;
use xchat_proto::operator::{Change, Description, Operator, Vote};
use xchat_proto::record::{
    Fee, Operation, Record, RecordError, Release, registration_challenge, verify_record,
};
use xchat_proto::signed::{Signed, SignedBody, VerifyError};
use xchat_proto::token::{Spending, SpentToken, Token};

use crate::load;

/// The rules of one network. A clone is cheap.
#[derive(Debug, Clone)]
pub struct Rules {
    genesis: Arc<Genesis>,
    network: NetworkId,
}

/// An operation of which everything has been checked that needs no state. A clone is cheap.
#[derive(Debug, Clone)]
pub struct Checked(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    network: NetworkId,
    operation: Operation,
    hash: Hash,
    length: usize,
    place: Hash,
    claim: Claim,
}

/// What a checked operation wants.
#[derive(Debug)]
pub(crate) enum Claim {
    Register {
        record: Record,
        paid: Paid,
    },
    Update {
        record: Record,
    },
    Rotate {
        record: Record,
        link: IdentityLink,
    },
    /// Its signature is by a key that only the state knows.
    Release(Release),
    Vote(Vote),
    Describe(Operator),
}

/// What a registration is paid with.
#[derive(Debug)]
pub(crate) enum Paid {
    /// Proof of work of so many bits.
    Work(u8),
    /// A token whose signatures are right.
    Token(Token),
}

impl Checked {
    /// The operation.
    pub fn operation(&self) -> &Operation {
        &self.0.operation
    }

    /// Its hash, by which a submitter recognises it.
    pub fn hash(&self) -> Hash {
        self.0.hash
    }

    /// The length of its encoding, in bytes.
    pub fn length(&self) -> usize {
        self.0.length
    }

    /// The key of the map whose value it changes: a name's place, or the committee. Operations of different places are
    /// in each other's way only by price and tokens.
    pub fn place(&self) -> Hash {
        self.0.place
    }

    /// The name that it is about, if any.
    pub fn name(&self) -> Option<&Name> {
        match &self.0.claim {
            Claim::Register { record, .. } | Claim::Update { record } | Claim::Rotate { record, .. } => {
                Some(&record.name)
            }
            Claim::Release(release) => Some(&release.name),
            Claim::Vote(_) | Claim::Describe(_) => None,
        }
    }

    pub(crate) fn network(&self) -> &NetworkId {
        &self.0.network
    }

    pub(crate) fn claim(&self) -> &Claim {
        &self.0.claim
    }
}

fn read<T: SignedBody>(signed: &Signed<T>) -> Result<T, RejectReason> {
    signed.unverified().map_err(|_| RejectReason::Malformed)
}

pub(crate) fn verify_reason(error: &VerifyError) -> RejectReason {
    match error {
        VerifyError::BadSignature => RejectReason::BadSignature,
        VerifyError::Malformed(_) => RejectReason::Malformed,
    }
}

fn record_reason(error: &RecordError) -> RejectReason {
    match error {
        RecordError::OtherNetwork => RejectReason::OtherNetwork,
        RecordError::NotFirst => RejectReason::NotFirst,
        RecordError::Chain(ChainError::Unverified(error)) => verify_reason(error),
        RecordError::Chain(_) => RejectReason::Malformed,
    }
}

impl Rules {
    /// The rules of the network that this genesis makes.
    ///
    /// # Errors
    /// [`GenesisError`] when it makes none.
    pub fn new(genesis: Genesis) -> Result<Self, GenesisError> {
        genesis.check()?;
        let network = genesis.id();
        Ok(Self {
            genesis: Arc::new(genesis),
            network,
        })
    }

    /// The genesis.
    pub fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// The network.
    pub fn network(&self) -> &NetworkId {
        &self.network
    }

    /// What the network has agreed on.
    pub fn parameters(&self) -> &Parameters {
        &self.genesis.parameters
    }

    /// Checks everything of an operation that needs no state. Cheap questions come first, proof of work last.
    ///
    /// # Errors
    /// The [`RejectReason`] for which no block of this network can ever hold it.
    pub fn check(&self, operation: Operation) -> Result<Checked, RejectReason> {
        let length = codec::encode(&operation).len();
        if length > OPERATION_BYTES_MAX {
            return Err(RejectReason::Malformed);
        }
        let claim = match &operation {
            Operation::Register { record, fee } => self.check_registration(record, fee)?,
            Operation::Update { record } => {
                let (record, _) = self.check_change(record)?;
                Claim::Update { record }
            }
            Operation::Rotate { record } => {
                let (record, link) = self.check_change(record)?;
                if link.number as usize >= IDENTITY_LINKS_MAX {
                    return Err(RejectReason::TooManyRotations);
                }
                Claim::Rotate { record, link }
            }
            Operation::Release { release } => {
                let release = read(release)?;
                self.same_network(&release.network)?;
                Claim::Release(release)
            }
            Operation::Vote { vote } => self.check_vote(vote)?,
            Operation::Describe { description } => self.check_description(description)?,
        };
        let place = self.place(&claim);
        Ok(Checked(Arc::new(Inner {
            network: self.network,
            hash: operation_hash(&operation),
            operation,
            length,
            place,
            claim,
        })))
    }

    fn place(&self, claim: &Claim) -> Hash {
        match claim {
            Claim::Register { record, .. } | Claim::Update { record } | Claim::Rotate { record, .. } => {
                name_key(&self.network, &record.name)
            }
            Claim::Release(release) => name_key(&self.network, &release.name),
            Claim::Vote(_) | Claim::Describe(_) => committee_key(&self.network),
        }
    }

    fn same_network(&self, network: &NetworkId) -> Result<(), RejectReason> {
        if *network == self.network {
            Ok(())
        } else {
            Err(RejectReason::OtherNetwork)
        }
    }

    fn claimed(&self, signed: &Signed<Record>) -> Result<Record, RejectReason> {
        if codec::encode(signed).len() > RECORD_BYTES_MAX {
            return Err(RejectReason::Malformed);
        }
        let record = read(signed)?;
        self.same_network(&record.network)?;
        Ok(record)
    }

    fn verified(&self, signed: &Signed<Record>) -> Result<(Record, IdentityLink), RejectReason> {
        verify_record(signed, &self.network).map_err(|error| record_reason(&error))
    }

    fn check_registration(&self, signed: &Signed<Record>, fee: &Fee) -> Result<Claim, RejectReason> {
        let claimed = self.claimed(signed)?;
        if claimed.name.is_reserved() {
            return Err(RejectReason::NameReserved);
        }
        if claimed.sequence != 0 {
            return Err(RejectReason::NotFirst);
        }
        let (record, _) = self.verified(signed)?;
        let paid = match fee {
            Fee::Token(spent) => Paid::Token(self.check_token(signed, spent)?),
            Fee::Work(work) => {
                let least = self.parameters().registration_work_bits;
                let bits = if least == 0 && load::is_constant(self.parameters()) {
                    0
                } else {
                    registration_challenge(signed).solved_bits(*work)
                };
                if bits < least {
                    return Err(RejectReason::BadWork);
                }
                Paid::Work(bits)
            }
        };
        Ok(Claim::Register { record, paid })
    }

    fn check_token(&self, record: &Signed<Record>, spent: &SpentToken) -> Result<Token, RejectReason> {
        let claimed = read(&spent.token)?;
        let spending = read(&spent.spending)?;
        if claimed.network != self.network || spending != Spending::on(record) {
            return Err(RejectReason::BadToken);
        }
        let reason = |error: VerifyError| verify_reason(&error);
        let token = spent.token.verify(&claimed.operator).map_err(reason)?;
        spent.spending.verify(&token.bearer).map_err(reason)?;
        Ok(token)
    }

    fn check_change(&self, signed: &Signed<Record>) -> Result<(Record, IdentityLink), RejectReason> {
        if self.claimed(signed)?.sequence == 0 {
            return Err(RejectReason::BadSequence);
        }
        self.verified(signed)
    }

    fn check_vote(&self, signed: &Signed<Vote>) -> Result<Claim, RejectReason> {
        let claimed = read(signed)?;
        self.same_network(&claimed.network)?;
        if matches!(&claimed.change, Change::Add { operator } if operator.revision != 0) {
            return Err(RejectReason::BadChange);
        }
        let vote = signed
            .verify(&claimed.voter)
            .map_err(|error| verify_reason(&error))?;
        Ok(Claim::Vote(vote))
    }

    fn check_description(&self, signed: &Signed<Description>) -> Result<Claim, RejectReason> {
        let claimed = read(signed)?;
        self.same_network(&claimed.network)?;
        let description = signed
            .verify(&claimed.operator.key)
            .map_err(|error| verify_reason(&error))?;
        Ok(Claim::Describe(description.operator))
    }
}
