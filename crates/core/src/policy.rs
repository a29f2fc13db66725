//! Who may commit what: judged from the group's own context alone, so that all members judge alike.
//!
//! OpenMLS checks that a commit is well made; it does not check who the members are or what they may do. Every commit
//! passes here before it is merged, and every group before it is joined.

use minicbor::{Decode, Encode};
use openmls::prelude::{
    Extension, Extensions, GroupContext, LeafNodeIndex, MlsGroup, Proposal, Sender, StagedCommit,
    StagedWelcome, UnknownExtension,
};
use thiserror::Error;
use xchat_proto::codec;
use xchat_proto::identity::VerifiedDevice;
use xchat_proto::ids::AccountId;
use xchat_proto::keys::PublicKey;

use crate::leaf::{LeafError, POLICY_EXTENSION, verify_leaf};

/// What kind of conversation a group is. It stands in the GroupContext and never changes.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Policy {
    /// Two accounts, for ever. Either may renew its own leaves, and bring a device of either back.
    #[n(0)]
    Pair {
        /// Who started it.
        #[n(0)]
        initiator: AccountId,
        /// Whom it was started with.
        #[n(1)]
        responder: AccountId,
    },
}

/// Why a commit, or a group, is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PolicyError {
    /// A leaf's chain does not hold.
    #[error("a member is not who it claims to be: {0}")]
    Leaf(#[from] LeafError),
    /// Not sent by a member.
    #[error("the commit is not by a member")]
    NotByMember,
    /// An update changes the account or the device of its leaf.
    #[error("a member tried to take another account's place")]
    AccountChanged,
    /// A member that the kind of conversation has no place for.
    #[error("a commit adds somebody who doesn't belong here")]
    ForeignAccount,
    /// A removal that the committer's role does not allow.
    #[error("a commit removes somebody whom its author may not remove")]
    MayNotRemove,
    /// A kind of proposal that this kind of conversation does not know.
    #[error("a commit holds a proposal that has no place here")]
    ForeignProposal,
    /// The same device twice.
    #[error("a device is in the conversation twice")]
    DeviceTwice,
    /// The conversation doesn't say what kind it is, or in another way than the version allows.
    #[error("the conversation's kind is missing or unknown")]
    NoPolicy,
    /// The Welcome is not from whom the invitation says.
    #[error("the Welcome is not by whom the invitation says")]
    OtherInviter,
}

impl Policy {
    /// The extension that carries it.
    pub(crate) fn extension(&self) -> Extension {
        Extension::Unknown(POLICY_EXTENSION, UnknownExtension(codec::encode(self)))
    }

    /// The policy of a group.
    ///
    /// # Errors
    /// [`PolicyError::NoPolicy`] when there is none.
    pub fn of_extensions(extensions: &Extensions<GroupContext>) -> Result<Self, PolicyError> {
        let mut found = extensions.iter().filter_map(|extension| match extension {
            Extension::Unknown(POLICY_EXTENSION, body) => Some(body),
            _ => None,
        });
        let body = found.next().ok_or(PolicyError::NoPolicy)?;
        codec::decode(&body.0, 1024).map_err(|_| PolicyError::NoPolicy)
    }

    fn admits(&self, account: &AccountId) -> bool {
        match self {
            Self::Pair { initiator, responder } => account == initiator || account == responder,
        }
    }
}

/// All members of a group, each chain checked.
///
/// # Errors
/// [`PolicyError::Leaf`] when one does not hold.
pub(crate) fn members(group: &MlsGroup) -> Result<Vec<(LeafNodeIndex, VerifiedDevice)>, PolicyError> {
    group
        .members()
        .map(|member| {
            Ok((
                member.index,
                verify_leaf(&member.credential, &member.signature_key)?,
            ))
        })
        .collect()
}

fn distinct(devices: impl Iterator<Item = PublicKey>) -> Result<(), PolicyError> {
    let mut keys: Vec<PublicKey> = devices.collect();
    let count = keys.len();
    keys.sort_unstable();
    keys.dedup();
    if keys.len() == count {
        Ok(())
    } else {
        Err(PolicyError::DeviceTwice)
    }
}

/// Checks a group before it is joined (CNV-02): every chain, the kind of conversation, and who invites.
///
/// # Errors
/// [`PolicyError`] with the first thing that is wrong.
pub(crate) fn check_welcome(
    welcome: &StagedWelcome,
    inviter: &AccountId,
    own: &AccountId,
) -> Result<Vec<VerifiedDevice>, PolicyError> {
    let policy = Policy::of_extensions(welcome.group_context().extensions())?;
    let devices = welcome
        .members()
        .map(|member| Ok(verify_leaf(&member.credential, &member.signature_key)?))
        .collect::<Result<Vec<_>, PolicyError>>()?;
    let Policy::Pair { initiator, responder } = &policy;
    if (initiator != inviter || responder != own) && (initiator != own || responder != inviter) {
        return Err(PolicyError::OtherInviter);
    }
    if devices.iter().any(|device| !policy.admits(&device.account)) {
        return Err(PolicyError::ForeignAccount);
    }
    distinct(devices.iter().map(|device| device.device))?;
    let sender = welcome.welcome_sender().map_err(|_| PolicyError::OtherInviter)?;
    let sender = verify_leaf(sender.credential(), sender.signature_key().as_slice())?;
    if sender.account != *inviter {
        return Err(PolicyError::OtherInviter);
    }
    Ok(devices)
}

/// Checks a commit before it is merged (CNV-03 to CNV-06).
///
/// # Errors
/// [`PolicyError`] with the first thing that is wrong.
pub(crate) fn check_commit(
    group: &MlsGroup,
    sender: &Sender,
    staged: &StagedCommit,
) -> Result<(), PolicyError> {
    let Sender::Member(committer_index) = sender else {
        return Err(PolicyError::NotByMember);
    };
    let policy = Policy::of_extensions(group.extensions())?;
    let before = members(group)?;
    let at = |index: LeafNodeIndex| before.iter().find(|(i, _)| *i == index).map(|(_, device)| device);
    let committer = at(*committer_index).ok_or(PolicyError::NotByMember)?;

    if let Some(leaf) = staged.update_path_leaf_node() {
        let after = verify_leaf(leaf.credential(), leaf.signature_key().as_slice())?;
        if after.account != committer.account || after.device != committer.device {
            return Err(PolicyError::AccountChanged);
        }
    }
    let mut added = Vec::new();
    let mut removed = Vec::new();
    for queued in staged.queued_proposals() {
        if !matches!(queued.sender(), Sender::Member(index) if index == committer_index) {
            return Err(PolicyError::ForeignProposal);
        }
        match queued.proposal() {
            Proposal::Add(add) => {
                let leaf = add.key_package().leaf_node();
                added.push(verify_leaf(leaf.credential(), leaf.signature_key().as_slice())?);
            }
            Proposal::Remove(remove) => {
                removed.push(at(remove.removed()).ok_or(PolicyError::MayNotRemove)?);
            }
            _ => return Err(PolicyError::ForeignProposal),
        }
    }
    if added.iter().any(|device| !policy.admits(&device.account)) {
        return Err(PolicyError::ForeignAccount);
    }
    // Somebody else's device goes only when a device of the same account comes: it lost its state and asked for it.
    let comes_back = |device: &VerifiedDevice| added.iter().any(|new| new.account == device.account);
    if removed
        .iter()
        .any(|device| device.account != committer.account && !comes_back(device))
    {
        return Err(PolicyError::MayNotRemove);
    }
    let stays = before
        .iter()
        .map(|(_, device)| device)
        .filter(|device| !removed.contains(device));
    distinct(
        stays
            .map(|device| device.device)
            .chain(added.iter().map(|device| device.device)),
    )
}

#[cfg(test)]
mod tests;
