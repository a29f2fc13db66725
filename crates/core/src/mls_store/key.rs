//! The row keys of the MLS table: one label byte, then the MessagePack values that address the entity.
//!
//! A MessagePack value says where it ends, so no key of one entity is the beginning of another's, and every row
//! of a group, or of a list, is found by one range over the primary key.

use serde::Serialize;

use super::{MlsStoreError, codec};

/// What a row holds. The numbers are stored in users' files: never change or reuse one, only add.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Label {
    JoinConfig = 1,
    OwnLeafNode = 2,
    QueuedProposal = 3,
    Tree = 4,
    InterimTranscriptHash = 5,
    GroupContext = 6,
    ConfirmationTag = 7,
    GroupState = 8,
    MessageSecrets = 9,
    ResumptionPskStore = 10,
    OwnLeafIndex = 11,
    GroupEpochSecrets = 12,
    ApplicationExportTree = 13,
    EpochKeyPairs = 14,
    SignatureKeyPair = 32,
    EncryptionKeyPair = 33,
    KeyPackage = 34,
    Psk = 35,
}

impl Label {
    /// The labels whose keys begin with a group id.
    pub(super) const OF_GROUP: [Self; 14] = [
        Self::JoinConfig,
        Self::OwnLeafNode,
        Self::QueuedProposal,
        Self::Tree,
        Self::InterimTranscriptHash,
        Self::GroupContext,
        Self::ConfirmationTag,
        Self::GroupState,
        Self::MessageSecrets,
        Self::ResumptionPskStore,
        Self::OwnLeafIndex,
        Self::GroupEpochSecrets,
        Self::ApplicationExportTree,
        Self::EpochKeyPairs,
    ];
}

/// The key of one row, or the common beginning of several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RowKey(Vec<u8>);

impl RowKey {
    /// The key of the entity `label` of the thing that `id` names.
    pub(super) fn new(label: Label, id: &impl Serialize) -> Result<Self, MlsStoreError> {
        Self(vec![label as u8]).with(id)
    }

    /// This key, narrowed by one more value.
    pub(super) fn with(mut self, part: &impl Serialize) -> Result<Self, MlsStoreError> {
        codec::encode_into(part, &mut self.0)?;
        Ok(self)
    }

    /// The key of the list item at `position`; big-endian, so that the table's order is the list's.
    pub(super) fn at(&self, position: u64) -> Self {
        let mut key = self.0.clone();
        key.extend_from_slice(&position.to_be_bytes());
        Self(key)
    }

    /// The position in the list of an item's key as read from the table.
    pub(super) fn position(item: &[u8]) -> Option<u64> {
        item.last_chunk().map(|bytes| u64::from_be_bytes(*bytes))
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The smallest key above every key that begins with this one.
    pub(super) fn upper_bound(&self) -> Vec<u8> {
        let mut bound = self.0.clone();
        // No label is 0xff, so this ends at the label byte at the latest.
        while let Some(last) = bound.pop() {
            if let Some(next) = last.checked_add(1) {
                bound.push(next);
                break;
            }
        }
        bound
    }
}

#[cfg(test)]
mod tests;
