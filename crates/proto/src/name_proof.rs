//! The whole proof of a name: certificate, header, map proof and record, checked from the genesis alone.

use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::certificate::{Certificate, CertificateError};
use crate::codec::{self, Blob, DecodeError};
use crate::genesis::{Genesis, GenesisError, validators_hash};
use crate::header::Header;
use crate::ids::Hash;
use crate::limits::{CLOCK_AHEAD_MS_MAX, FRESHNESS_MS_MAX, STORED_RECORD_BYTES_MAX};
use crate::map_proof::{MapProof, MapProofError, name_key};
use crate::name::Name;
use crate::record::{Record, RecordError, verify_record};
use crate::signed::Signed;

/// What the map holds under a name.
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
}

/// What a node answers about a name: it has a record, or nobody has it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct NameProof {
    /// The header whose map is proved from.
    #[n(0)]
    pub header: Header,
    /// The validators' certificate of that header.
    #[n(1)]
    pub certificate: Certificate,
    /// The encoded [`StoredRecord`], or nothing when the name is free.
    #[n(2)]
    pub value: Option<Blob<STORED_RECORD_BYTES_MAX>>,
    /// The proof that leads from the value, or its absence, to the header's root.
    #[n(3)]
    pub proof: MapProof,
}

/// What a reader demands of a proof besides being right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freshness {
    /// The reader's time in Unix milliseconds.
    pub now_ms: u64,
    /// The most that the header's time may lie back.
    pub age_ms_max: u64,
    /// The newest height that the reader has seen.
    pub height_min: u64,
}

impl Freshness {
    /// What first contact demands, and whatever else decides whom a message goes to.
    pub fn first_contact(now_ms: u64, height_min: u64) -> Self {
        Self {
            now_ms,
            age_ms_max: FRESHNESS_MS_MAX,
            height_min,
        }
    }
}

/// A name's state that a quorum of validators has finalised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedName {
    /// The height of the proof: remember it, and refuse lower ones.
    pub height: u64,
    /// The time of the block in Unix milliseconds.
    pub time_ms: u64,
    /// The root of the map: two readers of one height compare it.
    pub state_root: Hash,
    /// The record, or nothing when the name is free.
    pub record: Option<VerifiedRecord>,
}

/// A record whose chain and place in the map have been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedRecord {
    /// The record.
    pub record: Record,
    /// As stored, signatures included.
    pub stored: StoredRecord,
}

/// Why a proof of a name is not believed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NameProofError {
    /// The genesis itself is bad.
    #[error("genesis: {0}")]
    Genesis(#[from] GenesisError),
    /// The proof is of another network.
    #[error("the proof is of another network")]
    OtherNetwork,
    /// The validators have changed since the genesis, which this version can't follow.
    #[error("the network's validators are not those of the genesis")]
    ValidatorsChanged,
    /// The certificate is bad.
    #[error("{0}")]
    Certificate(#[from] CertificateError),
    /// The header is of the future: this device's clock is behind, or the validators' are ahead.
    #[error("the newest block is {ahead_ms} ms in the future: check this device's clock")]
    ClockOff {
        /// How far the block is ahead of the reader's clock, in milliseconds.
        ahead_ms: u64,
    },
    /// The proof is older than the reader accepts.
    #[error("the proof is {age_ms} ms old")]
    Stale {
        /// Its age in milliseconds.
        age_ms: u64,
    },
    /// The reader has seen a newer block: somebody shows it an old state.
    #[error("the proof is of height {found}, height {seen} has been seen")]
    WentBack {
        /// The proof's height.
        found: u64,
        /// The height that has been seen.
        seen: u64,
    },
    /// The map proof is bad.
    #[error("{0}")]
    Map(#[from] MapProofError),
    /// What the map holds is no record.
    #[error("the stored record is malformed: {0}")]
    Malformed(#[from] DecodeError),
    /// The record's own signatures are bad.
    #[error("{0}")]
    Record(#[from] RecordError),
    /// The record is for another name.
    #[error("the record is for another name")]
    OtherName,
}

impl NameProof {
    /// Checks everything, from the certificate to the record's own signatures.
    ///
    /// # Errors
    /// [`NameProofError`] with the first thing that is wrong.
    pub fn verify(
        &self,
        genesis: &Genesis,
        name: &Name,
        freshness: Freshness,
    ) -> Result<VerifiedName, NameProofError> {
        verify_header(&self.header, &self.certificate, genesis, freshness)?;
        let header = &self.header;
        let value = self.value.as_ref().map(Blob::as_slice);
        self.proof
            .verify(&header.state_root, &name_key(&header.network, name), value)?;
        let record = value.map(|value| read_record(value, name, header)).transpose()?;
        Ok(VerifiedName {
            height: header.height,
            time_ms: header.time_ms,
            state_root: header.state_root,
            record,
        })
    }
}

/// Checks a header without any name: that a quorum finalised it, and that it is fresh.
///
/// # Errors
/// [`NameProofError`] with the first thing that is wrong.
pub fn verify_header(
    header: &Header,
    certificate: &Certificate,
    genesis: &Genesis,
    freshness: Freshness,
) -> Result<(), NameProofError> {
    genesis.check()?;
    if header.network != genesis.id() {
        return Err(NameProofError::OtherNetwork);
    }
    certificate.verify(&header.network, &genesis.validators, &header.digest())?;
    if header.validators != validators_hash(&genesis.validators) {
        return Err(NameProofError::ValidatorsChanged);
    }
    let ahead_ms = header.time_ms.saturating_sub(freshness.now_ms);
    if ahead_ms > CLOCK_AHEAD_MS_MAX {
        return Err(NameProofError::ClockOff { ahead_ms });
    }
    let age_ms = freshness.now_ms.saturating_sub(header.time_ms);
    if age_ms > freshness.age_ms_max {
        return Err(NameProofError::Stale { age_ms });
    }
    if header.height < freshness.height_min {
        return Err(NameProofError::WentBack {
            found: header.height,
            seen: freshness.height_min,
        });
    }
    Ok(())
}

fn read_record(value: &[u8], name: &Name, header: &Header) -> Result<VerifiedRecord, NameProofError> {
    let stored: StoredRecord = codec::decode(value, STORED_RECORD_BYTES_MAX)?;
    let (record, _) = verify_record(&stored.record, &header.network)?;
    if record.name != *name {
        return Err(NameProofError::OtherName);
    }
    Ok(VerifiedRecord { record, stored })
}
