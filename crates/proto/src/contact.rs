//! The contact card: what lies at the homes beside an inbox, and is checked against the directory record.

use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::codec::{Blob, Bounded};
use crate::identity::DeviceCertificate;
use crate::ids::LogId;
use crate::limits::DEVICES_PER_ACCOUNT_MAX;
use crate::record::{Record, part_hash};
use crate::signed::Signed;

/// Largest encoded KEM public key, in bytes: X-Wing has 1216.
pub const KEM_KEY_BYTES_MAX: usize = 2048;

/// The devices of an account.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct DeviceList {
    /// One certificate for each device.
    #[n(0)]
    pub devices: Bounded<Signed<DeviceCertificate>, DEVICES_PER_ACCOUNT_MAX>,
}

/// The key to which invitations are sealed (HPKE with X-Wing).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct InboxKey {
    /// The KEM public key.
    #[n(0)]
    pub public: Blob<KEM_KEY_BYTES_MAX>,
    /// The inbox that it belongs to.
    #[n(1)]
    pub log: LogId,
    /// When it was made, in Unix milliseconds.
    #[n(2)]
    pub created_ms: u64,
}

/// What a stranger needs to write to an account.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ContactCard {
    /// The devices; hashed in the record.
    #[n(0)]
    pub devices: DeviceList,
    /// The inbox key; hashed in the record.
    #[n(1)]
    pub inbox_key: InboxKey,
}

/// Why a card is not the one that the record speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CardError {
    /// Another device list than the record's.
    #[error("the home's device list is not the one in the directory")]
    OtherDevices,
    /// Another inbox key than the record's.
    #[error("the home's inbox key is not the one in the directory")]
    OtherInboxKey,
}

impl ContactCard {
    /// Checks the card against the record.
    ///
    /// # Errors
    /// [`CardError`] when a part is not the one that the record names.
    pub fn verify(&self, record: &Record) -> Result<(), CardError> {
        if part_hash(&self.devices) != record.devices {
            return Err(CardError::OtherDevices);
        }
        if part_hash(&self.inbox_key) != record.inbox.key || self.inbox_key.log != record.inbox.log {
            return Err(CardError::OtherInboxKey);
        }
        Ok(())
    }
}
