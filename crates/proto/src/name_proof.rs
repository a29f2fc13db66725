//! Proofs from the directory's map: the record of a name, that nobody has it, or the committee. Headers and
//! certificates are checked by [`crate::light`]; here is what follows from a header that is believed.

use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::certificate::Certificate;
use crate::codec::{self, Blob, DecodeError};
use crate::genesis::Parameters;
use crate::header::Header;
use crate::ids::Hash;
use crate::limits::{COMMITTEE_BYTES_MAX, STORED_RECORD_BYTES_MAX};
use crate::map_proof::{MapProof, MapProofError, committee_key, name_key};
use crate::name::Name;
use crate::operator::Committee;
use crate::record::{Record, RecordError, verify_record};
use crate::signed::Signed;

/// A header with the certificate that makes it final.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Certified {
    /// The header.
    #[n(0)]
    pub header: Header,
    /// The validators' certificate of it.
    #[n(1)]
    pub certificate: Certificate,
}

/// A record as the map holds it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct StoredRecord {
    /// The record, as its owner signed it.
    #[n(0)]
    pub record: Signed<Record>,
    /// The time of the block that registered the name, in Unix milliseconds.
    #[n(1)]
    pub registered_ms: u64,
    /// The height of the block that last changed the record.
    #[n(2)]
    pub height: u64,
    /// The time of that block, in Unix milliseconds: every change renews the name.
    #[n(3)]
    pub renewed_ms: u64,
    /// How many updates there were on the day of that time (UTC).
    #[n(4)]
    pub updates: u32,
}

/// What the map holds at a name's place.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Entry {
    /// Somebody has, or had, the name.
    #[n(0)]
    Held(#[n(0)] StoredRecord),
    /// It was given up with the present identity key. The key after that one takes it back while it rests.
    #[n(1)]
    Released {
        /// As it was before.
        #[n(0)]
        stored: StoredRecord,
        /// The time of the block that released it, in Unix milliseconds.
        #[n(1)]
        released_ms: u64,
        /// The height of that block.
        #[n(2)]
        height: u64,
    },
}

/// How a name's place stands at some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It has an owner.
    Held {
        /// Until when, in Unix milliseconds, unless the owner changes the record before.
        until_ms: u64,
    },
    /// Its owner let it lapse, and may still renew it.
    Lapsed {
        /// Until when, in Unix milliseconds. Then it is anybody's.
        until_ms: u64,
    },
    /// It was given up, and rests.
    Resting {
        /// Until when, in Unix milliseconds. Then it is anybody's.
        until_ms: u64,
    },
    /// It is anybody's.
    Free,
}

impl Entry {
    /// The record that stands here, or stood here last.
    pub fn stored(&self) -> &StoredRecord {
        match self {
            Self::Held(stored) | Self::Released { stored, .. } => stored,
        }
    }

    /// How the place stands at a time.
    pub fn standing(&self, parameters: &Parameters, now_ms: u64) -> Standing {
        match self {
            Self::Held(stored) => {
                let term_ms = stored.renewed_ms.saturating_add(parameters.term_ms);
                let grace_ms = term_ms.saturating_add(parameters.grace_ms);
                match now_ms {
                    now_ms if now_ms < term_ms => Standing::Held { until_ms: term_ms },
                    now_ms if now_ms < grace_ms => Standing::Lapsed { until_ms: grace_ms },
                    _ => Standing::Free,
                }
            }
            Self::Released { released_ms, .. } => {
                let until_ms = released_ms.saturating_add(parameters.grace_ms);
                if now_ms < until_ms {
                    Standing::Resting { until_ms }
                } else {
                    Standing::Free
                }
            }
        }
    }
}

/// What a node answers about a key of the map: what is there, or that nothing is.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct MapAnswer<const MAX: usize> {
    /// The header whose map is proved from, and its certificate.
    #[n(0)]
    pub certified: Certified,
    /// The encoded value, or nothing.
    #[n(1)]
    pub value: Option<Blob<MAX>>,
    /// The proof that leads from the value, or its absence, to the header's root.
    #[n(2)]
    pub proof: MapProof,
}

/// What a node answers about a name: an encoded [`Entry`], or nothing.
pub type NameProof = MapAnswer<STORED_RECORD_BYTES_MAX>;

/// What a node answers about the operators: an encoded [`Committee`].
pub type CommitteeProof = MapAnswer<COMMITTEE_BYTES_MAX>;

/// What a quorum of validators has finalised of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedName {
    /// The height of the proof: remember it, and refuse lower ones.
    pub height: u64,
    /// The time of the block in Unix milliseconds.
    pub time_ms: u64,
    /// The root of the map: two readers of one height compare it.
    pub state_root: Hash,
    /// What a registration costs now, in bits of proof of work.
    pub work_bits: u8,
    /// How the name's place stands.
    pub standing: Standing,
    /// The record, when the name has one that still counts.
    pub record: Option<VerifiedRecord>,
    /// The record that was given up, while the name rests: a rotation brings it back.
    pub released: Option<VerifiedRecord>,
    /// The name that is in the way though this one has no record: it is taken for this one.
    pub similar: Option<Name>,
}

/// A record whose chain and place in the map have been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedRecord {
    /// The record.
    pub record: Record,
    /// As stored, signatures included.
    pub stored: StoredRecord,
}

/// Why an answer does not follow from a header that is believed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NameProofError {
    /// The map proof is bad.
    #[error("{0}")]
    Map(#[from] MapProofError),
    /// What the map holds can't be read.
    #[error("what the directory holds is malformed: {0}")]
    Malformed(#[from] DecodeError),
    /// The record's own signatures are bad.
    #[error("{0}")]
    Record(#[from] RecordError),
    /// The record is for a name that has another place.
    #[error("the record is for another name")]
    OtherName,
    /// There is always a committee.
    #[error("the committee is missing")]
    NoCommittee,
}

impl<const MAX: usize> MapAnswer<MAX> {
    fn proved(&self, key: &Hash) -> Result<Option<&[u8]>, MapProofError> {
        let value = self.value.as_ref().map(Blob::as_slice);
        self.proof.verify(&self.certified.header.state_root, key, value)?;
        Ok(value)
    }
}

impl NameProof {
    /// What follows from the header about `name`, down to the record's own signatures. The header itself is checked by
    /// [`crate::light::LightClient::name`].
    ///
    /// # Errors
    /// [`NameProofError`] with the first thing that is wrong.
    pub fn name(&self, parameters: &Parameters, name: &Name) -> Result<VerifiedName, NameProofError> {
        let header = &self.certified.header;
        let value = self.proved(&name_key(&header.network, name))?;
        let mut verified = VerifiedName {
            height: header.height,
            time_ms: header.time_ms,
            state_root: header.state_root,
            work_bits: header.work_bits,
            standing: Standing::Free,
            record: None,
            released: None,
            similar: None,
        };
        let Some(value) = value else {
            return Ok(verified);
        };
        let entry: Entry = codec::decode(value, STORED_RECORD_BYTES_MAX)?;
        verified.standing = entry.standing(parameters, header.time_ms);
        let is_released = matches!(entry, Entry::Released { .. });
        let stored = entry.stored().clone();
        let (record, _) = verify_record(&stored.record, &header.network)?;
        let holder = record.name.clone();
        if holder.skeleton() != name.skeleton() {
            return Err(NameProofError::OtherName);
        }
        if verified.standing == Standing::Free {
            return Ok(verified);
        }
        let found = Some(VerifiedRecord { record, stored });
        match (holder == *name, is_released) {
            (true, false) => verified.record = found,
            (true, true) => verified.released = found,
            (false, _) => verified.similar = Some(holder),
        }
        Ok(verified)
    }
}

impl CommitteeProof {
    /// The committee that follows from the header.
    ///
    /// # Errors
    /// [`NameProofError`] with the first thing that is wrong.
    pub fn committee(&self) -> Result<Committee, NameProofError> {
        let value = self.proved(&committee_key(&self.certified.header.network))?;
        let value = value.ok_or(NameProofError::NoCommittee)?;
        Ok(codec::decode(value, COMMITTEE_BYTES_MAX)?)
    }
}
