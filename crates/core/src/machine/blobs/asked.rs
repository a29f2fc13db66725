//! A device asks for a file: it gets those of a conversation that it is in, as long as this device has them itself.

use xchat_proto::ids::{Hash, LogId, NodeId};

use crate::error::MachineError;
use crate::io::{Ask, BlobOutput};
use crate::machine::blobs::put_out;
use crate::machine::step::Step;
use crate::machine::{peers, privacy};
use crate::rows::blob;

pub(super) fn answer(
    step: &mut Step<'_>,
    ask: Ask,
    peer: NodeId,
    (log, hash): (&LogId, &Hash),
) -> Result<(), MachineError> {
    let found = match peers::known(step, &peer, log)? {
        Some((conversation, _))
            if conversation.is_active() && privacy::of(step.connection, &conversation)?.delivery =>
        {
            let blobs = blob::by_hash(step.connection, conversation.id, hash)?;
            blobs.into_iter().find(|blob| blob.is_whole)
        }
        _ => None,
    };
    let answer = match found {
        Some(blob) => BlobOutput::Grant {
            ask,
            blob: blob.sealed.blob,
        },
        None => BlobOutput::Deny { ask },
    };
    put_out(step, answer);
    Ok(())
}
