//! The rules: which operation may follow which record (docs/spec/directory.md, DIR-01 to DIR-09).

use xchat_proto::codec;
use xchat_proto::directory_wire::RejectReason;
use xchat_proto::genesis::Genesis;
use xchat_proto::identity::{ChainError, IdentityLink, key_commitment};
use xchat_proto::limits::{IDENTITY_LINKS_MAX, OPERATION_BYTES_MAX, RECORD_BYTES_MAX};
use xchat_proto::name::Name;
pub use xchat_proto::name::RESERVED_NAMES;
use xchat_proto::name_proof::StoredRecord;
use xchat_proto::record::{Operation, Record, RecordError, registration_challenge, verify_record};
use xchat_proto::signed::{Signed, SignedBody, VerifyError};

/// The record that an operation brings.
fn record_of(operation: &Operation) -> &Signed<Record> {
    match operation {
        Operation::Register { record, .. } | Operation::Update { record } | Operation::Rotate { record } => {
            record
        }
    }
}

fn read<T: SignedBody>(signed: &Signed<T>) -> Result<T, RejectReason> {
    signed.unverified().map_err(|_| RejectReason::Malformed)
}

/// The name that an operation is about, before anything is checked.
///
/// # Errors
/// [`RejectReason::Malformed`] when it can't be read.
pub fn claimed_name(operation: &Operation) -> Result<Name, RejectReason> {
    read(record_of(operation)).map(|record| record.name)
}

/// Whether `operation` may follow `present`, what the map has under its name. Cheap questions come first.
///
/// # Errors
/// The [`RejectReason`] when it may not.
pub fn judge(
    genesis: &Genesis,
    present: Option<&StoredRecord>,
    operation: &Operation,
) -> Result<(), RejectReason> {
    let signed = record_of(operation);
    if codec::encode(operation).len() > OPERATION_BYTES_MAX || codec::encode(signed).len() > RECORD_BYTES_MAX
    {
        return Err(RejectReason::Malformed);
    }
    let record = read(signed)?;
    match operation {
        Operation::Register { work, .. } => {
            if record.name.is_reserved() {
                return Err(RejectReason::NameReserved);
            }
            if present.is_some() {
                return Err(RejectReason::NameTaken);
            }
            if record.sequence != 0 {
                return Err(RejectReason::NotFirst);
            }
            if !registration_challenge(signed).is_solved_by(*work, genesis.registration_work_bits) {
                return Err(RejectReason::BadWork);
            }
        }
        Operation::Update { .. } => {
            let before = follows(present, &record)?;
            if record.identity != before.identity {
                return Err(RejectReason::OtherIdentity);
            }
        }
        Operation::Rotate { .. } => {
            let before = follows(present, &record)?;
            committed(&read(&before.identity)?, &read(&record.identity)?)?;
        }
    }
    verify_record(signed, &genesis.id()).map(drop).map_err(reason)
}

/// What every change of a registered record must keep and count. Returns the present record.
fn follows(present: Option<&StoredRecord>, record: &Record) -> Result<Record, RejectReason> {
    let present = present.ok_or(RejectReason::NotRegistered)?;
    let before = read(&present.record)?;
    if before.sequence.checked_add(1) != Some(record.sequence) {
        return Err(RejectReason::BadSequence);
    }
    if before.account != record.account {
        return Err(RejectReason::OtherAccount);
    }
    Ok(before)
}

fn committed(before: &IdentityLink, after: &IdentityLink) -> Result<(), RejectReason> {
    if before.number.checked_add(1) != Some(after.number) || key_commitment(&after.key) != before.next {
        return Err(RejectReason::NotCommitted);
    }
    if after.number as usize >= IDENTITY_LINKS_MAX {
        return Err(RejectReason::TooManyRotations);
    }
    Ok(())
}

fn reason(error: RecordError) -> RejectReason {
    match error {
        RecordError::OtherNetwork => RejectReason::OtherNetwork,
        RecordError::NotFirst => RejectReason::NotFirst,
        RecordError::Chain(ChainError::Unverified(VerifyError::BadSignature)) => RejectReason::BadSignature,
        RecordError::Chain(_) => RejectReason::Malformed,
    }
}
