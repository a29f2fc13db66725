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
