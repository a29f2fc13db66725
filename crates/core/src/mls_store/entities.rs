//! OpenMLS's storage trait, entity by entity, over the table.

use openmls::prelude::LeafNode as OwnLeafNode;
use openmls_traits::storage::{CURRENT_VERSION, StorageProvider, traits};

use super::{
    MlsStore, MlsStoreError, codec,
    key::{Label, RowKey},
};

/// Writes an entity that lives in one row. The type parameters come in the trait's order, hence the list.
macro_rules! write {
    ($label:ident, $method:ident<$($Type:ident: $Bound:ident),+>($Id:ident, $Entity:ident)) => {
        fn $method<$($Type: traits::$Bound<CURRENT_VERSION>),+>(
            &self,
            id: &$Id,
            entity: &$Entity,
        ) -> Result<(), MlsStoreError> {
            self.table.put(&RowKey::new(Label::$label, id)?, entity)
        }
    };
}

/// Reads an entity that lives in one row.
macro_rules! read {
    ($label:ident, $method:ident<$($Type:ident: $Bound:ident),+>($Id:ident) -> $Entity:ident) => {
        fn $method<$($Type: traits::$Bound<CURRENT_VERSION>),+>(
            &self,
            id: &$Id,
        ) -> Result<Option<$Entity>, MlsStoreError> {
            self.table.fetch(&RowKey::new(Label::$label, id)?)
        }
    };
}

/// Deletes an entity that lives in one row.
macro_rules! delete {
    ($label:ident, $method:ident<$($Type:ident: $Bound:ident),+>($Id:ident)) => {
        fn $method<$($Type: traits::$Bound<CURRENT_VERSION>),+>(&self, id: &$Id) -> Result<(), MlsStoreError> {
            self.table.remove(&RowKey::new(Label::$label, id)?)
        }
    };
}

impl StorageProvider<CURRENT_VERSION> for MlsStore<'_> {
    type Error = MlsStoreError;

    write!(JoinConfig, write_mls_join_config<Id: GroupId, Entity: MlsGroupJoinConfig>(Id, Entity));
    read!(JoinConfig, mls_group_join_config<Id: GroupId, Entity: MlsGroupJoinConfig>(Id) -> Entity);
    delete!(JoinConfig, delete_group_config<Id: GroupId>(Id));

    write!(Tree, write_tree<Id: GroupId, Entity: TreeSync>(Id, Entity));
    read!(Tree, tree<Id: GroupId, Entity: TreeSync>(Id) -> Entity);
    delete!(Tree, delete_tree<Id: GroupId>(Id));

    write!(
        InterimTranscriptHash,
        write_interim_transcript_hash<Id: GroupId, Entity: InterimTranscriptHash>(Id, Entity)
    );
    read!(InterimTranscriptHash, interim_transcript_hash<Id: GroupId, Entity: InterimTranscriptHash>(Id) -> Entity);
    delete!(InterimTranscriptHash, delete_interim_transcript_hash<Id: GroupId>(Id));

    write!(GroupContext, write_context<Id: GroupId, Entity: GroupContext>(Id, Entity));
    read!(GroupContext, group_context<Id: GroupId, Entity: GroupContext>(Id) -> Entity);
    delete!(GroupContext, delete_context<Id: GroupId>(Id));

    write!(ConfirmationTag, write_confirmation_tag<Id: GroupId, Entity: ConfirmationTag>(Id, Entity));
    read!(ConfirmationTag, confirmation_tag<Id: GroupId, Entity: ConfirmationTag>(Id) -> Entity);
    delete!(ConfirmationTag, delete_confirmation_tag<Id: GroupId>(Id));

    write!(GroupState, write_group_state<Entity: GroupState, Id: GroupId>(Id, Entity));
    read!(GroupState, group_state<Entity: GroupState, Id: GroupId>(Id) -> Entity);
    delete!(GroupState, delete_group_state<Id: GroupId>(Id));

    write!(MessageSecrets, write_message_secrets<Id: GroupId, Entity: MessageSecrets>(Id, Entity));
    read!(MessageSecrets, message_secrets<Id: GroupId, Entity: MessageSecrets>(Id) -> Entity);
    delete!(MessageSecrets, delete_message_secrets<Id: GroupId>(Id));

    write!(ResumptionPskStore, write_resumption_psk_store<Id: GroupId, Entity: ResumptionPskStore>(Id, Entity));
    read!(ResumptionPskStore, resumption_psk_store<Id: GroupId, Entity: ResumptionPskStore>(Id) -> Entity);
    delete!(ResumptionPskStore, delete_all_resumption_psk_secrets<Id: GroupId>(Id));

    write!(OwnLeafIndex, write_own_leaf_index<Id: GroupId, Entity: LeafNodeIndex>(Id, Entity));
    read!(OwnLeafIndex, own_leaf_index<Id: GroupId, Entity: LeafNodeIndex>(Id) -> Entity);
    delete!(OwnLeafIndex, delete_own_leaf_index<Id: GroupId>(Id));

    write!(GroupEpochSecrets, write_group_epoch_secrets<Id: GroupId, Entity: GroupEpochSecrets>(Id, Entity));
    read!(GroupEpochSecrets, group_epoch_secrets<Id: GroupId, Entity: GroupEpochSecrets>(Id) -> Entity);
    delete!(GroupEpochSecrets, delete_group_epoch_secrets<Id: GroupId>(Id));

    write!(
        ApplicationExportTree,
        write_application_export_tree<Id: GroupId, Entity: ApplicationExportTree>(Id, Entity)
    );
    read!(ApplicationExportTree, application_export_tree<Id: GroupId, Entity: ApplicationExportTree>(Id) -> Entity);
    delete!(ApplicationExportTree, delete_application_export_tree<Id: GroupId, Entity: ApplicationExportTree>(Id));

    write!(SignatureKeyPair, write_signature_key_pair<Id: SignaturePublicKey, Entity: SignatureKeyPair>(Id, Entity));
    read!(SignatureKeyPair, signature_key_pair<Id: SignaturePublicKey, Entity: SignatureKeyPair>(Id) -> Entity);
    delete!(SignatureKeyPair, delete_signature_key_pair<Id: SignaturePublicKey>(Id));

    write!(EncryptionKeyPair, write_encryption_key_pair<Id: EncryptionKey, Entity: HpkeKeyPair>(Id, Entity));
    read!(EncryptionKeyPair, encryption_key_pair<Entity: HpkeKeyPair, Id: EncryptionKey>(Id) -> Entity);
    delete!(EncryptionKeyPair, delete_encryption_key_pair<Id: EncryptionKey>(Id));

    write!(KeyPackage, write_key_package<Id: HashReference, Entity: KeyPackage>(Id, Entity));
    read!(KeyPackage, key_package<Id: HashReference, Entity: KeyPackage>(Id) -> Entity);
    delete!(KeyPackage, delete_key_package<Id: HashReference>(Id));

    write!(Psk, write_psk<Id: PskId, Entity: PskBundle>(Id, Entity));
    read!(Psk, psk<Entity: PskBundle, Id: PskId>(Id) -> Entity);
    delete!(Psk, delete_psk<Id: PskId>(Id));

    fn append_own_leaf_node<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        LeafNode: traits::LeafNode<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
        leaf_node: &LeafNode,
    ) -> Result<(), MlsStoreError> {
        let list = RowKey::new(Label::OwnLeafNode, group_id)?;
        self.table.list_append(&list, &codec::encode(leaf_node)?)
    }

    fn own_leaf_nodes<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        LeafNode: traits::LeafNode<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
    ) -> Result<Vec<LeafNode>, MlsStoreError> {
        self.table
            .list(&RowKey::new(Label::OwnLeafNode, group_id)?, codec::decode)
    }

    fn delete_own_leaf_nodes<GroupId: traits::GroupId<CURRENT_VERSION>>(
        &self,
        group_id: &GroupId,
    ) -> Result<(), MlsStoreError> {
        self.erase_update_keys(group_id)?;
        self.table
            .remove_all(&RowKey::new(Label::OwnLeafNode, group_id)?)?;
        Ok(())
    }

    fn queue_proposal<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        ProposalRef: traits::ProposalRef<CURRENT_VERSION>,
        QueuedProposal: traits::QueuedProposal<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
        proposal_ref: &ProposalRef,
        proposal: &QueuedProposal,
    ) -> Result<(), MlsStoreError> {
        let queue = RowKey::new(Label::QueuedProposal, group_id)?;
        // Reference and proposal share a row, so that neither can exist without the other.
        let mut item = codec::encode(proposal_ref)?;
        self.table.list_remove(&queue, &item)?;
        codec::encode_into(proposal, &mut item)?;
        self.table.list_append(&queue, &item)
    }

    fn queued_proposal_refs<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        ProposalRef: traits::ProposalRef<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
    ) -> Result<Vec<ProposalRef>, MlsStoreError> {
        self.table
            .list(&RowKey::new(Label::QueuedProposal, group_id)?, codec::decode)
    }

    fn queued_proposals<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        ProposalRef: traits::ProposalRef<CURRENT_VERSION>,
        QueuedProposal: traits::QueuedProposal<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
    ) -> Result<Vec<(ProposalRef, QueuedProposal)>, MlsStoreError> {
        self.table
            .list(&RowKey::new(Label::QueuedProposal, group_id)?, codec::decode_pair)
    }

    fn remove_proposal<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        ProposalRef: traits::ProposalRef<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
        proposal_ref: &ProposalRef,
    ) -> Result<(), MlsStoreError> {
        let queue = RowKey::new(Label::QueuedProposal, group_id)?;
        self.table.list_remove(&queue, &codec::encode(proposal_ref)?)
    }

    fn clear_proposal_queue<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        ProposalRef: traits::ProposalRef<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
    ) -> Result<(), MlsStoreError> {
        self.table
            .remove_all(&RowKey::new(Label::QueuedProposal, group_id)?)?;
        Ok(())
    }

    fn write_encryption_epoch_key_pairs<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        EpochKey: traits::EpochKey<CURRENT_VERSION>,
        HpkeKeyPair: traits::HpkeKeyPair<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
        epoch: &EpochKey,
        leaf_index: u32,
        key_pairs: &[HpkeKeyPair],
    ) -> Result<(), MlsStoreError> {
        self.table
            .put(&epoch_key_pairs(group_id, epoch, leaf_index)?, key_pairs)
    }

    fn encryption_epoch_key_pairs<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        EpochKey: traits::EpochKey<CURRENT_VERSION>,
        HpkeKeyPair: traits::HpkeKeyPair<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
        epoch: &EpochKey,
        leaf_index: u32,
    ) -> Result<Vec<HpkeKeyPair>, MlsStoreError> {
        Ok(self
            .table
            .fetch(&epoch_key_pairs(group_id, epoch, leaf_index)?)?
            .unwrap_or_default())
    }

    fn delete_encryption_epoch_key_pairs<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        EpochKey: traits::EpochKey<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
        epoch: &EpochKey,
        leaf_index: u32,
    ) -> Result<(), MlsStoreError> {
        self.table.remove(&epoch_key_pairs(group_id, epoch, leaf_index)?)
    }
}

impl MlsStore<'_> {
    /// Deletes the private keys of this device's update proposals.
    ///
    /// OpenMLS writes one for each proposal and deletes only that of the one committed. When it drops the own
    /// leaf nodes, the epoch is over and all others are void: nothing else would ever delete them.
    pub(super) fn erase_update_keys(
        &self,
        group_id: &impl traits::GroupId<CURRENT_VERSION>,
    ) -> Result<(), MlsStoreError> {
        for leaf_node in self.own_leaf_nodes::<_, OwnLeafNode>(group_id)? {
            self.delete_encryption_key_pair(leaf_node.encryption_key())?;
        }
        Ok(())
    }
}

fn epoch_key_pairs(
    group_id: &impl traits::GroupId<CURRENT_VERSION>,
    epoch: &impl traits::EpochKey<CURRENT_VERSION>,
    leaf_index: u32,
) -> Result<RowKey, MlsStoreError> {
    RowKey::new(Label::EpochKeyPairs, group_id)?
        .with(epoch)?
        .with(&leaf_index)
}
