//! Where a network is found: in a file that operators mail to each other, or in an invitation.

use std::path::Path;

use xchat_client::{Endpoint, NetworkInvitation};
use xchat_node::{Genesis, NetworkFile, read_network_file};

use super::{other_network, parse_link};
use crate::failure::{Failure, Kind};

/// In bytes. A file of 64 operators has a tenth of it.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Where a network was found.
pub(crate) struct Known {
    pub(super) genesis: Genesis,
    pub(super) nodes: Vec<Endpoint>,
    pub(super) checkpoint: Option<xchat_node::Checkpoint>,
}

/// Reads a network file, or a file with an invitation.
///
/// # Errors
/// When it is neither.
pub(crate) fn network_of_file(path: &Path) -> Result<Known, Failure> {
    let text = read_text(path)?;
    if let Some(link) = text
        .lines()
        .map(str::trim)
        .find(|line| line.starts_with("xchat:"))
    {
        return network_of_link(link);
    }
    let NetworkFile { genesis, operators } = parse_network_file(path, &text)?;
    let nodes = operators
        .into_vec()
        .into_iter()
        .filter_map(|operator| operator.node);
    Ok(Known {
        genesis,
        nodes: nodes.collect(),
        checkpoint: None,
    })
}

/// Reads a network file.
///
/// # Errors
/// When it can't be read, or is none.
pub(crate) fn network_file(path: &Path) -> Result<NetworkFile, Failure> {
    parse_network_file(path, &read_text(path)?)
}

fn parse_network_file(path: &Path, text: &str) -> Result<NetworkFile, Failure> {
    read_network_file(text).map_err(|error| {
        Failure::new(
            Kind::Refused,
            "bad-network-file",
            format!("{}: {error}", path.display()),
        )
        .advise("The operators have the file that xchat network create wrote")
    })
}

fn read_text(path: &Path) -> Result<String, Failure> {
    let unreadable =
        |error: &std::io::Error| Failure::storage(format!("{} can't be read", path.display()), error);
    let length = std::fs::metadata(path).map_err(|error| unreadable(&error))?.len();
    if length > FILE_BYTES_MAX {
        let message = format!("{} is too large for a network file", path.display());
        return Err(Failure::new(Kind::Refused, "bad-network-file", message));
    }
    std::fs::read_to_string(path).map_err(|error| unreadable(&error))
}

/// The network of an invitation.
///
/// # Errors
/// When it is none.
pub(crate) fn network_of_link(link: &str) -> Result<Known, Failure> {
    let invitation: NetworkInvitation = parse_link(link)?;
    let genesis = xchat_node::read_genesis(&invitation).map_err(|error| {
        Failure::new(Kind::Refused, "broken-invitation", error).advise("Ask for another invitation")
    })?;
    Ok(Known {
        genesis,
        nodes: invitation.nodes.into_vec(),
        checkpoint: invitation.checkpoint,
    })
}

/// The checkpoint in an invitation of somebody whom the operator trusts.
///
/// # Errors
/// When it is no invitation, or holds none.
pub(crate) fn checkpoint_of(link: &str, genesis: &Genesis) -> Result<xchat_node::Checkpoint, Failure> {
    let known = network_of_link(link)?;
    if known.genesis != *genesis {
        return Err(other_network(
            "the invitation is into another network than the file's",
        ));
    }
    known.checkpoint.ok_or_else(|| {
        Failure::new(
            Kind::Refused,
            "no-checkpoint",
            "the invitation names no block to begin from",
        )
        .advise("Ask for one that a running profile or node shows")
    })
}
