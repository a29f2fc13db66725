//! What is read from the directory to answer a request.

use xchat_consensus::{Consensus, Role};
use xchat_directory::store::Read;
use xchat_directory::{DirectoryError, Reader};
use xchat_proto::codec::{self, Bounded};
use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest, NetworkStatus, Seen};
use xchat_proto::limits::SYNC_BYTES_MAX;

/// The answer, and how many bytes it has when they are counted.
pub(super) fn read<R: Read>(reader: &Reader<R>, request: DirectoryRequest) -> (DirectoryReply, usize) {
    match try_read(reader, request) {
        Ok(answer) => answer,
        Err(DirectoryError::NothingCertified) => (DirectoryReply::Unavailable, 0),
        Err(error) => {
            tracing::warn!(%error, "the directory can't be read");
            (DirectoryReply::Unavailable, 0)
        }
    }
}

fn try_read<R: Read>(
    reader: &Reader<R>,
    request: DirectoryRequest,
) -> Result<(DirectoryReply, usize), DirectoryError> {
    let known = match request {
        DirectoryRequest::Lookup { known, .. }
        | DirectoryRequest::Operators { known }
        | DirectoryRequest::Snapshot { known, .. } => Some(known),
        _ => None,
    };
    // Without the changes of the validators in between, what is true would look forged.
    if known.is_some_and(|known| !reader.leads_on(known)) {
        return Ok((DirectoryReply::Unavailable, 0));
    }
    let reply = match request {
        DirectoryRequest::Lookup { name, known } => DirectoryReply::Name {
            proof: reader.lookup(&name)?,
            handovers: reader.handovers(known)?,
        },
        DirectoryRequest::Operators { known } => DirectoryReply::Operators {
            proof: reader.lookup_committee()?,
            handovers: reader.handovers(known)?,
        },
        DirectoryRequest::Header { height } => match reader.lineage(height)? {
            Some(lineage) => DirectoryReply::Header { lineage },
            None => DirectoryReply::Unavailable,
        },
        DirectoryRequest::Blocks { from } => {
            let (blocks, above) = reader.final_blocks(from, SYNC_BYTES_MAX)?;
            DirectoryReply::Blocks {
                blocks: Bounded::new(blocks)?,
                oldest: reader.oldest_block(),
                above,
            }
        }
        DirectoryRequest::Snapshot { height, after, known } => {
            match reader.snapshot_part(height, after, SYNC_BYTES_MAX)? {
                Some(part) => DirectoryReply::Snapshot {
                    part,
                    handovers: reader.handovers(known)?,
                },
                None => DirectoryReply::Unavailable,
            }
        }
        DirectoryRequest::Genesis | DirectoryRequest::Submit { .. } | DirectoryRequest::Status => {
            DirectoryReply::Unavailable
        }
    };
    let bytes = match &reply {
        DirectoryReply::Blocks { .. } | DirectoryReply::Snapshot { .. } => codec::encode(&reply).len(),
        _ => 0,
    };
    Ok((reply, bytes))
}

/// How the network is, as this node sees it.
pub(super) fn status(consensus: &Consensus) -> DirectoryReply {
    let reader = consensus.reader();
    let header = &reader.head().header;
    let stats = consensus.stats();
    let seen = stats.validators.iter().map(|(key, signed)| Seen {
        key: *key,
        height: signed.map_or(0, |signed| signed.height),
    });
    DirectoryReply::Status {
        status: NetworkStatus {
            network: header.network,
            height: header.height,
            time_ms: header.time_ms,
            validates: stats.role == Role::Validator,
            validators: Bounded::new(seen.collect()).unwrap_or_default(),
            oldest: reader.oldest_block(),
            waiting: u32::try_from(stats.waiting).unwrap_or(u32::MAX),
        },
    }
}
