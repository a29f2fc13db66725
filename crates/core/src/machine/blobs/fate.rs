//! What becomes of files: written, received, where they should be, erased.

use xchat_proto::ids::Hash;
use xchat_proto::keys::PublicKey;

use crate::content::{Fetched, Part};
use crate::error::MachineError;
use crate::io::{BlobOutput, Event, MessageState, SealedFile};
use crate::machine::blobs::{put_out, stop, tell, tell_of};
use crate::machine::step::Step;
use crate::machine::{outgoing, privacy};
use crate::rows::blob::{self, Blob};
use crate::rows::conversation::Conversation;
use crate::rows::member::Member;
use crate::rows::message;
use crate::rows::transfer::{self, Kind, State, Transfer};
use xchat_proto::codec::Bounded;
use xchat_proto::limits::{BLOB_KEEP_DAYS_MAX, DAY_MS};

/// A file up to this size goes to the home at once, in bytes; a larger one while somebody isn't connected, or doesn't
/// fetch it.
const SMALL_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// How long those who are connected have to fetch a larger one, in milliseconds.
const PATIENCE_MS: u64 = 60_000;
/// How long a file of a message that is gone here is kept for others, in milliseconds: no home keeps one longer.
const KEPT_MS_MAX: u64 = BLOB_KEEP_DAYS_MAX as u64 * DAY_MS;

/// An own message with files is written, and they are its: they go where the others can have them.
pub(crate) fn attached(
    step: &mut Step<'_>,
    conversation: &Conversation,
    row: i64,
) -> Result<(), MachineError> {
    let members = Member::all(step.connection, conversation.id)?;
    if members.is_empty() && conversation.is_note(&step.account()?.id()) {
        // Nobody else is to have them.
        return Ok(());
    }
    let all_connected = members.iter().all(|member| {
        let endpoint = member.endpoint.as_ref();
        endpoint.is_some_and(|endpoint| step.live.peers.contains(&endpoint.id))
    });
    for blob in blob::of_message(step.connection, row)? {
        let waits = all_connected && !members.is_empty() && blob.sealed.blob.size > SMALL_BYTES_MAX;
        let at_ms = step.now_ms.saturating_add(if waits { PATIENCE_MS } else { 0 });
        let mut transfer = Transfer {
            blob: Some(blob.id),
            secret: Some(step.random()),
            ..Transfer::new(Kind::Upload, conversation.id, blob.sealed.blob.hash, at_ms)
        };
        transfer.insert(step.connection)?;
        step.live.blobs.hurry(at_ms);
        tell_of(step, &blob)?;
    }
    Ok(())
}

/// A message that came has a file. It is fetched at once, or when somebody wants it.
pub(crate) fn lacking(
    step: &mut Step<'_>,
    conversation: &Conversation,
    place: (i64, u32),
    sealed: &SealedFile,
    is_wanted: bool,
) -> Result<i64, MachineError> {
    let id = blob::insert(step.connection, sealed, false, place, step.now_ms)?;
    if is_wanted {
        let mut transfer = Transfer {
            blob: Some(id),
            ..Transfer::new(Kind::Download, conversation.id, sealed.blob.hash, step.now_ms)
        };
        transfer.insert(step.connection)?;
        step.live.blobs.hurry(step.now_ms);
    }
    Ok(id)
}

/// A file is whole at the home.
pub(super) fn placed(step: &mut Step<'_>, mut transfer: Transfer) -> Result<(), MachineError> {
    transfer.state = State::Done;
    transfer.reason = None;
    transfer.save(step.connection)?;
    finished(step, &transfer)
}

/// The others can have a file of an own message, or have it.
fn finished(step: &mut Step<'_>, transfer: &Transfer) -> Result<(), MachineError> {
    tell(step, transfer)?;
    let blob = match transfer.blob {
        Some(blob) => blob::by_id(step.connection, blob)?,
        None => None,
    };
    if let Some(blob) = blob {
        release(step, blob.place.0)?;
    }
    let_go(step)
}

/// An own message that waited for its files is in the state that it would be in without them.
fn release(step: &mut Step<'_>, row: i64) -> Result<(), MachineError> {
    let Some((conversation, id, state)) = message::own_state(step.connection, row)? else {
        return Ok(());
    };
    let is_waiting = transfer::is_waited_for(step.connection, conversation, &id)?;
    if !is_waiting && state > MessageState::Waiting {
        step.emit(Event::State {
            conversation,
            id,
            state,
        });
    }
    Ok(())
}

/// A file is whole here.
pub(super) fn arrived(step: &mut Step<'_>, transfer: &Transfer) -> Result<(), MachineError> {
    let Some(id) = transfer.blob else {
        return transfer.remove(step.connection);
    };
    blob::set_whole(step.connection, id, true)?;
    transfer.remove(step.connection)?;
    forget(step, transfer);
    tell(step, transfer)?;
    if let Some(mut conversation) = Conversation::by_id(step.connection, transfer.conversation)?
        && privacy::of(step.connection, &conversation)?.delivery
    {
        let hashes = Bounded::new(vec![transfer.hash])?;
        outgoing::write(step, &mut conversation, Part::Fetched(Fetched { hashes }))?;
    }
    Ok(())
}

/// A member has files of ours.
pub(crate) fn fetched(
    step: &mut Step<'_>,
    conversation: &Conversation,
    device: &PublicKey,
    hashes: &[Hash],
) -> Result<(), MachineError> {
    for hash in hashes {
        for blob in blob::own_by_hash(step.connection, conversation.id, hash)? {
            blob::set_fetched(step.connection, blob.id, device)?;
            if blob::is_fetched_by_all(step.connection, blob.id, conversation.id)? {
                had_by_all(step, &blob)?;
            }
        }
    }
    Ok(())
}

/// Nobody needs the home's copy any more.
fn had_by_all(step: &mut Step<'_>, blob: &Blob) -> Result<(), MachineError> {
    let Some(mut transfer) = Transfer::of_blob(step.connection, blob.id, Kind::Upload)? else {
        return Ok(());
    };
    stop(step, &transfer);
    withdraw(step, &mut transfer)?;
    if blob.is_forgotten() {
        return discard(step, blob);
    }
    let was_done = transfer.state == State::Done;
    transfer.state = State::Done;
    transfer.reason = None;
    transfer.save(step.connection)?;
    match was_done {
        true => Ok(()),
        false => finished(step, &transfer),
    }
}

/// What of an upload may be at the home is erased there.
fn withdraw(step: &mut Step<'_>, upload: &mut Transfer) -> Result<(), MachineError> {
    if !std::mem::take(&mut upload.is_placed) {
        return Ok(());
    }
    let mut withdrawal = Transfer {
        secret: upload.secret,
        ..Transfer::new(Kind::Withdrawal, upload.conversation, upload.hash, step.now_ms)
    };
    withdrawal.insert(step.connection)?;
    step.live.blobs.hurry(step.now_ms);
    Ok(())
}

fn forget(step: &mut Step<'_>, transfer: &Transfer) {
    step.live.blobs.tried.remove(&transfer.id);
    if let Some(blob) = transfer.blob {
        step.live.blobs.liars.remove(&blob);
    }
}

/// Nothing is left of a message, for anybody: what opens its files goes with this transaction, then the files, then
/// what is at the home.
pub(crate) fn erased(step: &mut Step<'_>, row: i64) -> Result<(), MachineError> {
    for blob in blob::of_message(step.connection, row)? {
        for kind in [Kind::Upload, Kind::Download] {
            if let Some(mut transfer) = Transfer::of_blob(step.connection, blob.id, kind)? {
                stop(step, &transfer);
                withdraw(step, &mut transfer)?;
                forget(step, &transfer);
            }
        }
        discard(step, &blob)?;
    }
    Ok(())
}

/// Nothing is left of a message on this device: what opens its files goes with this transaction. An own file stays
/// until the others can have it, and what is at the home until they have it (TRF-14).
pub(crate) fn gone_here(step: &mut Step<'_>, row: i64) -> Result<(), MachineError> {
    for blob in blob::of_message(step.connection, row)? {
        if let Some(download) = Transfer::of_blob(step.connection, blob.id, Kind::Download)? {
            stop(step, &download);
            forget(step, &download);
        }
        match Transfer::of_blob(step.connection, blob.id, Kind::Upload)? {
            Some(upload) if upload.state != State::Done => {
                blob::forget(step.connection, blob.id)?;
                kept_for_others(step);
            }
            Some(upload) if upload.is_placed => {
                blob::forget(step.connection, blob.id)?;
                blob::set_whole(step.connection, blob.id, false)?;
                let file = blob.sealed.blob.file;
                put_out(step, BlobOutput::Erase { file });
            }
            _ => discard(step, &blob)?,
        }
    }
    Ok(())
}

/// Forgets a file, and erases it from the disk.
fn discard(step: &mut Step<'_>, blob: &Blob) -> Result<(), MachineError> {
    blob::remove(step.connection, blob.id)?;
    let file = blob.sealed.blob.file;
    put_out(step, BlobOutput::Erase { file });
    Ok(())
}

/// An own message is deleted here alone before all others have it: they may still want its files.
pub(crate) fn kept_for_others(step: &mut Step<'_>) {
    step.live.blobs.keeps_for_others = true;
}

/// Erases the files that were kept for others, when those can have them, or no home would keep them any longer.
pub(crate) fn let_go(step: &mut Step<'_>) -> Result<(), MachineError> {
    if !step.live.blobs.keeps_for_others {
        return Ok(());
    }
    let oldest_ms = step.now_ms.saturating_sub(KEPT_MS_MAX);
    for row in blob::kept_since(step.connection, oldest_ms)? {
        erased(step, row)?;
    }
    for row in blob::let_go(step.connection)? {
        gone_here(step, row)?;
    }
    step.live.blobs.keeps_for_others = blob::are_kept(step.connection)?;
    Ok(())
}
