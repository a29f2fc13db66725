//! The keys under which a mailbox keeps its records.
//!
//! A tag, then fields of fixed length, numbers big-endian: so keys sort by log, then by index or epoch.

use xchat_proto::ids::{Hash, LogId};
use xchat_proto::keys::PublicKey;

fn key(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length = parts
        .iter()
        .fold(1_usize, |sum, part| sum.saturating_add(part.len()));
    let mut key = Vec::with_capacity(length);
    key.push(tag);
    for part in parts {
        key.extend_from_slice(part);
    }
    key
}

/// Main: the home that the store belongs to.
pub(crate) fn home() -> Vec<u8> {
    key(b'I', &[])
}

/// Main: the state of a log.
pub(crate) fn log(log: &LogId) -> Vec<u8> {
    key(b'L', &[log.as_bytes()])
}

/// Main: a closed segment.
pub(crate) fn segment(log: &LogId, epoch: u64) -> Vec<u8> {
    key(b'S', &[log.as_bytes(), &epoch.to_be_bytes()])
}

/// Main: the contact card of an inbox.
pub(crate) fn card(log: &LogId) -> Vec<u8> {
    key(b'C', &[log.as_bytes()])
}

/// Main: which devices have KeyPackages at an inbox.
pub(crate) fn devices(log: &LogId) -> Vec<u8> {
    key(b'D', &[log.as_bytes()])
}

/// Main: a one-time KeyPackage.
pub(crate) fn one_time(log: &LogId, device: &PublicKey, number: u64) -> Vec<u8> {
    key(b'P', &[log.as_bytes(), &device.0, &number.to_be_bytes()])
}

/// Main: the last-resort KeyPackage of a device.
pub(crate) fn last_resort(log: &LogId, device: &PublicKey) -> Vec<u8> {
    key(b'R', &[log.as_bytes(), &device.0])
}

/// Main: the hashes of the KeyPackages that a device published lately.
pub(crate) fn published(log: &LogId, device: &PublicKey) -> Vec<u8> {
    key(b'U', &[log.as_bytes(), &device.0])
}

/// Main: a blob of a log.
pub(crate) fn blob(log: &LogId, hash: &Hash) -> Vec<u8> {
    key(b'B', &[log.as_bytes(), hash.as_bytes()])
}

/// Between which keys all blobs are.
pub(crate) fn every_blob() -> (Vec<u8>, Vec<u8>) {
    (vec![b'B'], vec![b'B' + 1])
}

/// Main: that a blob may have its last day on this one.
pub(crate) fn blob_end(day: u64, log: &LogId, hash: &Hash) -> Vec<u8> {
    key(b'Y', &[&day.to_be_bytes(), log.as_bytes(), hash.as_bytes()])
}

/// Between which keys the ends of all blobs are, by day.
pub(crate) fn every_blob_end() -> (Vec<u8>, Vec<u8>) {
    (vec![b'Y'], vec![b'Y' + 1])
}

/// The day, the log and the address of a blob's end.
pub(crate) fn blob_end_of(key: &[u8]) -> Option<(u64, LogId, Hash)> {
    let (day, rest) = key.strip_prefix(b"Y")?.split_at_checked(8)?;
    let (log, hash) = rest.split_at_checked(32)?;
    let day = u64::from_be_bytes(day.try_into().ok()?);
    Some((day, LogId::from_slice(log)?, Hash::from_slice(hash)?))
}

/// Main: the bytes that are counted for the blobs of a log.
pub(crate) fn blobs_of_log(log: &LogId) -> Vec<u8> {
    key(b'F', &[log.as_bytes()])
}

/// Main: the bytes that are counted for all blobs.
pub(crate) fn all_blobs() -> Vec<u8> {
    key(b'T', &[])
}

/// Day: an entry.
pub(crate) fn entry(log: &LogId, index: u64) -> Vec<u8> {
    key(b'E', &[log.as_bytes(), &index.to_be_bytes()])
}

/// The log and index of an entry's key.
pub(crate) fn entry_of(key: &[u8]) -> Option<(LogId, u64)> {
    let (log, index) = key.strip_prefix(b"E")?.split_at_checked(32)?;
    Some((
        LogId::from_slice(log)?,
        u64::from_be_bytes(index.try_into().ok()?),
    ))
}

/// Day: where an envelope of a segment lies.
pub(crate) fn envelope(log: &LogId, epoch: u64, hash: &Hash) -> Vec<u8> {
    key(b'H', &[log.as_bytes(), &epoch.to_be_bytes(), hash.as_bytes()])
}

/// Day: that a salt has paid for a KeyPackage.
pub(crate) fn salt(log: &LogId, device: &PublicKey, salt: u64) -> Vec<u8> {
    key(b'W', &[log.as_bytes(), &device.0, &salt.to_be_bytes()])
}
