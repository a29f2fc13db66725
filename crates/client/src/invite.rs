//! Invitations into a network, made by whoever runs a node of it.

use thiserror::Error;
use xchat_proto::address::Endpoint;
use xchat_proto::codec::{Blob, Bounded, encode};
use xchat_proto::genesis::Genesis;
use xchat_proto::invitation::NetworkInvitation;
use xchat_proto::limits::HOMES_MAX;
use xchat_proto::name::Name;

/// Why there is no invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InviteError {
    /// An invitation without a node leads nowhere.
    #[error("an invitation names at least one node")]
    NoNode,
    /// More nodes than an invitation names.
    #[error("an invitation names at most {HOMES_MAX} nodes")]
    TooManyNodes,
    /// The genesis names too many validators for a link.
    #[error("the network's genesis is too large for an invitation")]
    GenesisTooLarge,
}

/// The invitation into the network of `genesis`, by way of `nodes`.
///
/// # Errors
/// [`InviteError`] when it can't be told in one link.
pub fn invitation(
    genesis: &Genesis,
    nodes: Vec<Endpoint>,
    from: Option<Name>,
) -> Result<NetworkInvitation, InviteError> {
    if nodes.is_empty() {
        return Err(InviteError::NoNode);
    }
    Ok(NetworkInvitation {
        genesis: Blob::new(encode(genesis)).map_err(|_| InviteError::GenesisTooLarge)?,
        nodes: Bounded::new(nodes).map_err(|_| InviteError::TooManyNodes)?,
        from,
        checkpoint: None,
        pass: None,
    })
}
