//! One MLS group (RFC 9420) per conversation: every step of it, inside the caller's transaction.
//!
//! NOT its concern: when to commit, where to send, and who the conversation's people are to the user.

use openmls::prelude::tls_codec::{Deserialize as _, Serialize as _};
use openmls::prelude::{
    Extensions, GroupId, KeyPackage, KeyPackageIn, LeafNodeIndex, LeafNodeParameters, Lifetime, MlsGroup,
    MlsGroupCreateConfig, MlsGroupJoinConfig, MlsMessageBodyIn, MlsMessageIn, MlsMessageOut,
    PURE_CIPHERTEXT_WIRE_FORMAT_POLICY, ProcessedMessage, ProcessedMessageContent, ProtocolMessage,
    ProtocolVersion, SenderRatchetConfiguration, StagedCommit, StagedWelcome,
};
use openmls_traits::OpenMlsProvider as _;
use thiserror::Error;
use xchat_proto::identity::{DeviceChain, VerifiedDevice};
use xchat_proto::ids::{AccountId, LogId};
use xchat_proto::keys::{PublicKey, SigningKey};
use xchat_proto::limits::{FORWARD_DISTANCE_MAX, LAST_RESORT_AGE_MS_MAX, OUT_OF_ORDER_TOLERANCE};

use crate::leaf::{self, LeafError, LeafSigner, SUITE, capabilities, verify_leaf};
use crate::mls_store::MlsStoreError;
use crate::policy::{self, Policy, PolicyError};
use crate::provider::Provider;

/// Our own expiry counts, not MLS's, which reads the wall clock: from 1970 to the year 2500.
const LIFETIME_END_S: u64 = 16_725_225_600;

/// Why a step of a group fails.
#[derive(Debug, Error)]
pub enum GroupError {
    /// The peer's bytes are no valid MLS message for this group and epoch.
    #[error("not a valid message of this conversation: {0}")]
    Invalid(String),
    /// The message was decrypted before.
    #[error("the message's key has been used")]
    KeyUsed,
    /// A commit or a Welcome that the policy refuses.
    #[error("{0}")]
    Policy(#[from] PolicyError),
    /// The store fails.
    #[error("storage: {0}")]
    Storage(String),
    /// Our own fault.
    #[error("bug: {0}")]
    Bug(String),
}

fn bug(error: impl std::fmt::Display) -> GroupError {
    GroupError::Bug(error.to_string())
}

fn invalid(error: impl std::fmt::Display) -> GroupError {
    GroupError::Invalid(error.to_string())
}

impl From<MlsStoreError> for GroupError {
    fn from(error: MlsStoreError) -> Self {
        Self::Storage(error.to_string())
    }
}

/// What this device is in every group.
pub(crate) struct Own<'a> {
    pub(crate) chain: &'a DeviceChain,
    pub(crate) key: &'a SigningKey,
}

fn ratchet() -> SenderRatchetConfiguration {
    SenderRatchetConfiguration::new(OUT_OF_ORDER_TOLERANCE, FORWARD_DISTANCE_MAX)
}

fn join_config() -> MlsGroupJoinConfig {
    MlsGroupJoinConfig::builder()
        .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
        .use_ratchet_tree_extension(true)
        .max_past_epochs(0)
        .sender_ratchet_configuration(ratchet())
        .build()
}

fn group_id(log: &LogId) -> GroupId {
    // The group's id is inside the outer AEAD; that it equals the log's name tells nobody anything.
    GroupId::from_slice(log.as_bytes())
}

fn encode(message: &MlsMessageOut) -> Result<Vec<u8>, GroupError> {
    message.tls_serialize_detached().map_err(bug)
}

/// Loads the group of a log.
pub(crate) fn load(provider: &Provider<'_>, log: &LogId) -> Result<Option<MlsGroup>, GroupError> {
    Ok(MlsGroup::load(provider.storage(), &group_id(log))?)
}

/// Forgets everything of a group.
pub(crate) fn erase(provider: &Provider<'_>, log: &LogId) -> Result<(), GroupError> {
    if let Some(mut group) = load(provider, log)? {
        group.delete(provider.storage())?;
    }
    provider.storage().erase_group(&group_id(log))?;
    Ok(())
}

/// A KeyPackage of this device.
pub(crate) fn key_package(
    provider: &Provider<'_>,
    own: &Own<'_>,
    last_resort: bool,
    now_ms: u64,
) -> Result<Vec<u8>, GroupError> {
    let mut builder = KeyPackage::builder()
        .leaf_node_capabilities(capabilities())
        .leaf_node_extensions(Extensions::single(leaf::made_at(now_ms)).map_err(bug)?)
        .key_package_lifetime(Lifetime::init(0, LIFETIME_END_S));
    if last_resort {
        builder = builder.mark_as_last_resort();
    }
    let bundle = builder
        .build(
            SUITE,
            provider,
            &LeafSigner(own.key),
            leaf::credential(own.chain, own.key),
        )
        .map_err(bug)?;
    bundle.key_package().tls_serialize_detached().map_err(bug)
}

/// A stranger's KeyPackage, checked: MLS-valid, of our suite, its chain sound, a last-resort one not too old (CON-02).
pub(crate) fn verify_key_package(
    provider: &Provider<'_>,
    bytes: &[u8],
    now_ms: u64,
) -> Result<(KeyPackage, VerifiedDevice), GroupError> {
    let key_package = KeyPackageIn::tls_deserialize_exact(bytes)
        .map_err(invalid)?
        .validate(provider.crypto(), ProtocolVersion::Mls10)
        .map_err(invalid)?;
    if key_package.ciphersuite() != SUITE {
        return Err(GroupError::Invalid("another cipher suite".to_owned()));
    }
    let leaf = key_package.leaf_node();
    let made_ms =
        leaf::made_ms(leaf).ok_or_else(|| GroupError::Invalid("a KeyPackage without its time".to_owned()))?;
    if key_package.last_resort() && now_ms.saturating_sub(made_ms) > LAST_RESORT_AGE_MS_MAX {
        return Err(GroupError::Invalid(
            "the last-resort KeyPackage is too old".to_owned(),
        ));
    }
    let device = verify_leaf(leaf.credential(), leaf.signature_key().as_slice())
        .map_err(|error: LeafError| invalid(error))?;
    Ok((key_package, device))
}

/// Starts a conversation's group: epoch 0, only this device.
pub(crate) fn create(
    provider: &Provider<'_>,
    own: &Own<'_>,
    log: &LogId,
    policy: &Policy,
) -> Result<MlsGroup, GroupError> {
    let extensions = Extensions::single(policy.extension()).map_err(bug)?;
    let config = MlsGroupCreateConfig::builder()
        .ciphersuite(SUITE)
        .capabilities(capabilities())
        .lifetime(Lifetime::init(0, LIFETIME_END_S))
        .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
        .use_ratchet_tree_extension(true)
        .max_past_epochs(0)
        .sender_ratchet_configuration(ratchet())
        .with_group_context_extensions(extensions)
        .build();
    let credential = leaf::credential(own.chain, own.key);
    MlsGroup::new_with_group_id(provider, &LeafSigner(own.key), &config, group_id(log), credential)
        .map_err(bug)
}

/// What a commit of ours consists of. It is pending in the group until [`merge_own`] or [`clear_own`].
pub(crate) struct OwnCommit {
    pub(crate) commit: Vec<u8>,
    pub(crate) welcome: Option<Vec<u8>>,
}

/// Commits an update of the own leaf, with members to remove and to add.
pub(crate) fn commit(
    provider: &Provider<'_>,
    own: &Own<'_>,
    group: &mut MlsGroup,
    remove: &[LeafNodeIndex],
    add: Vec<KeyPackage>,
) -> Result<OwnCommit, GroupError> {
    let bundle = group
        .commit_builder()
        .propose_removals(remove.iter().copied())
        .propose_adds(add)
        .force_self_update(true)
        .leaf_node_parameters(LeafNodeParameters::default())
        .load_psks(provider.storage())
        .map_err(bug)?
        .build(provider.rand(), provider.crypto(), &LeafSigner(own.key), |_| true)
        .map_err(bug)?
        .stage_commit(provider)
        .map_err(bug)?;
    let (commit, welcome, _) = bundle.into_messages();
    Ok(OwnCommit {
        commit: encode(&commit)?,
        welcome: welcome.as_ref().map(encode).transpose()?,
    })
}

/// Merges the pending commit, once it is certified.
pub(crate) fn merge_own(provider: &Provider<'_>, group: &mut MlsGroup) -> Result<(), GroupError> {
    group.merge_pending_commit(provider).map_err(bug)
}

/// Gives the pending commit up, because another one is certified.
pub(crate) fn clear_own(provider: &Provider<'_>, group: &mut MlsGroup) -> Result<(), GroupError> {
    Ok(group.clear_pending_commit(provider.storage())?)
}

/// Merges a commit that [`receive`] returned.
pub(crate) fn merge(
    provider: &Provider<'_>,
    group: &mut MlsGroup,
    staged: StagedCommit,
) -> Result<(), GroupError> {
    group.merge_staged_commit(provider, staged).map_err(bug)
}

/// Encrypts an application message.
pub(crate) fn send(
    provider: &Provider<'_>,
    own: &Own<'_>,
    group: &mut MlsGroup,
    content: &[u8],
) -> Result<Vec<u8>, GroupError> {
    encode(
        &group
            .create_message(provider, &LeafSigner(own.key), content)
            .map_err(bug)?,
    )
}

/// What came in.
pub(crate) enum Received {
    /// A message and the device that wrote it.
    Message(PublicKey, Vec<u8>),
    /// Somebody's commit, checked against the policy, not merged yet.
    Commit(Box<StagedCommit>),
    /// Our own message, echoed.
    Own,
}

/// Processes an MLS message of the group's present epoch.
pub(crate) fn receive(
    provider: &Provider<'_>,
    group: &mut MlsGroup,
    bytes: &[u8],
) -> Result<Received, GroupError> {
    let message: ProtocolMessage = MlsMessageIn::tls_deserialize_exact(bytes)
        .map_err(invalid)?
        .try_into_protocol_message()
        .map_err(invalid)?;
    let processed = group.process_message(provider, message).map_err(process_error)?;
    let sender = processed.sender().clone();
    let device = sending_device(&processed);
    match processed.into_content() {
        ProcessedMessageContent::ApplicationMessage(message) => {
            Ok(Received::Message(device?, message.into_bytes()))
        }
        ProcessedMessageContent::StagedCommitMessage(staged) => {
            policy::check_commit(group, &sender, &staged)?;
            Ok(Received::Commit(staged))
        }
        ProcessedMessageContent::OwnPrivateMessage => Ok(Received::Own),
        _ => Err(GroupError::Invalid("neither a message nor a commit".to_owned())),
    }
}

fn sending_device(processed: &ProcessedMessage) -> Result<PublicKey, GroupError> {
    let basic =
        openmls::prelude::BasicCredential::try_from(processed.credential().clone()).map_err(invalid)?;
    let chain: DeviceChain = xchat_proto::codec::decode(basic.identity(), 32 * 1024).map_err(invalid)?;
    // The leaf was verified when it came into the group; only its device key is read here.
    chain
        .device
        .unverified()
        .map(|certificate| certificate.device)
        .map_err(invalid)
}

fn process_error(error: openmls::prelude::ProcessMessageError<MlsStoreError>) -> GroupError {
    let text = format!("{error:?}");
    if text.contains("SecretReuseError") {
        return GroupError::KeyUsed;
    }
    if text.contains("StorageError") {
        return GroupError::Storage(text);
    }
    GroupError::Invalid(error.to_string())
}

/// A Welcome that has been opened and checked, not joined yet.
pub(crate) struct Opened {
    staged: StagedWelcome,
    pub(crate) devices: Vec<VerifiedDevice>,
    pub(crate) log: LogId,
}

/// Opens a Welcome by `inviter` and checks the whole group in it.
pub(crate) fn open_welcome(
    provider: &Provider<'_>,
    bytes: &[u8],
    inviter: &AccountId,
    own: &AccountId,
) -> Result<Opened, GroupError> {
    let message = MlsMessageIn::tls_deserialize_exact(bytes).map_err(invalid)?;
    let MlsMessageBodyIn::Welcome(welcome) = message.extract() else {
        return Err(GroupError::Invalid("not a Welcome".to_owned()));
    };
    let staged = StagedWelcome::new_from_welcome(provider, &join_config(), welcome, None).map_err(invalid)?;
    let devices = policy::check_welcome(&staged, inviter, own)?;
    if staged.group_context().ciphersuite() != SUITE {
        return Err(GroupError::Invalid("another cipher suite".to_owned()));
    }
    let log = LogId::from_slice(staged.group_context().group_id().as_slice());
    let log = log.ok_or_else(|| GroupError::Invalid("the group's id is not a log's".to_owned()))?;
    Ok(Opened { staged, devices, log })
}

/// Joins.
pub(crate) fn join(provider: &Provider<'_>, opened: Opened) -> Result<MlsGroup, GroupError> {
    opened.staged.into_group(provider).map_err(bug)
}
