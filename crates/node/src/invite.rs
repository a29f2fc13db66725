//! Invitations into a network, as its nodes and operators give them out.

use xchat_proto::address::Endpoint;
use xchat_proto::codec::{self, Blob, Bounded, DecodeError};
use xchat_proto::genesis::Genesis;
use xchat_proto::header::Header;
use xchat_proto::ids::NodeId;
use xchat_proto::invitation::{NetworkInvitation, Pass};
use xchat_proto::light::Checkpoint;
use xchat_proto::limits::HOMES_MAX;
use xchat_proto::operator::Committee;

use crate::observer::{Observer, Proved};

/// What a QR code holds, in characters. A longer link goes without what it can do without.
const LINK_LETTERS_MAX: usize = 4000;

/// The block from which whoever trusts the giver may begin: the validators need not be followed from the genesis. A
/// network that trusts its first validators for ever needs none, and its invitations stay the same.
pub(crate) fn checkpoint(genesis: &Genesis, header: &Header, committee: &Committee) -> Option<Checkpoint> {
    (genesis.parameters.trust_ms != 0).then(|| Checkpoint {
        height: header.height,
        time_ms: header.time_ms,
        validators: committee.validators(),
    })
}

/// An invitation with the first of these nodes, each once.
pub(crate) fn invitation(
    genesis: &Genesis,
    nodes: impl IntoIterator<Item = Endpoint>,
    checkpoint: Option<Checkpoint>,
    pass: Option<Pass>,
) -> Result<NetworkInvitation, DecodeError> {
    let mut first: Vec<Endpoint> = Vec::new();
    for node in nodes {
        if first.len() < HOMES_MAX && first.iter().all(|known| known.id != node.id) {
            first.push(node);
        }
    }
    let whole = NetworkInvitation {
        genesis: Blob::new(codec::encode(genesis))?,
        nodes: Bounded::new(first)?,
        from: None,
        checkpoint,
        pass,
    };
    if whole.link().len() <= LINK_LETTERS_MAX {
        return Ok(whole);
    }
    Ok(NetworkInvitation {
        checkpoint: None,
        ..whole
    })
}

/// An invitation into a network that is looked at from outside, the operator's own node first.
///
/// # Errors
/// [`DecodeError`] when the genesis fits no invitation.
pub fn network_invitation(
    observer: &Observer,
    proved: &Proved,
    own: NodeId,
    pass: Pass,
) -> Result<NetworkInvitation, DecodeError> {
    let committee = &proved.committee;
    let operators = committee.operators.as_slice().iter();
    let of_operators = operators.filter_map(|operator| operator.node.clone());
    let mut nodes: Vec<Endpoint> = of_operators.chain(observer.nodes().cloned()).collect();
    nodes.sort_by_key(|node| node.id != own);
    let checkpoint = checkpoint(observer.genesis(), &proved.header, committee);
    invitation(observer.genesis(), nodes, checkpoint, Some(pass))
}
