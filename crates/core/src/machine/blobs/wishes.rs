//! What people want of files: to have them, to wait with them, not to have them.

use std::collections::BTreeSet;

use rand_core::CryptoRng;
use thiserror::Error;

use crate::error::MachineError;
use crate::io::{BlobFile, BlobOutput, Cleared, FileSweep, SealedFile, TransferView};
use crate::machine::Machine;
use crate::machine::blobs::{put_out, stop, tell, tell_of, view};
use crate::machine::step::Step;
use crate::rows::blob::{self, Blob};
use crate::rows::library;
use crate::rows::transfer::{Kind, State, Transfer};

/// Why nothing was done with a file.
#[derive(Debug, Error)]
pub enum FileError {
    /// The message has no such file, or none any more.
    #[error("there is no such file")]
    UnknownFile,
    /// There is nothing to pause, to resume or to cancel.
    #[error("the file is not on its way")]
    NotOnItsWay,
    /// The machine fails.
    #[error(transparent)]
    Machine(#[from] MachineError),
}

impl FileError {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownFile => "unknown-file",
            Self::NotOnItsWay => "not-on-its-way",
            Self::Machine(error) => error.code(),
        }
    }

    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Machine(error) if error.retryable())
    }
}

impl Machine {
    /// What the files of this profile are called on the disk. Other files there are left over from a crash.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn blob_files(&self) -> Result<BTreeSet<[u8; 16]>, MachineError> {
        let mut files = blob::files(&self.connection)?;
        files.extend(library::files(&self.connection)?);
        Ok(files)
    }

    /// A file of a message, what opens it, and whether all of it is here.
    ///
    /// # Errors
    /// [`FileError`] when there is no such file.
    pub fn sealed_file(&self, row: i64, part: u32) -> Result<(SealedFile, bool), FileError> {
        let blob = blob::by_place(&self.connection, (row, part))?.ok_or(FileError::UnknownFile)?;
        Ok((blob.sealed, blob.is_whole))
    }

    /// How the files of a message stand, in their order.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn transfers(&self, row: i64) -> Result<Vec<TransferView>, MachineError> {
        let mut views = Vec::new();
        for blob in blob::of_message(&self.connection, row)? {
            views.extend(view(&self.connection, &self.live, &blob)?);
        }
        Ok(views)
    }

    /// Fetches a file of a message, also one that was paused, and tries again at once what waits.
    ///
    /// # Errors
    /// [`FileError`] when there is no such file.
    pub fn fetch_file(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        row: i64,
        part: u32,
    ) -> Result<(), FileError> {
        self.step(now_ms, rng, |step| {
            let (blob, transfer) = found(step, row, part)?;
            match transfer {
                Some(transfer) => Ok(hasten(step, transfer)?),
                None if blob.is_whole => Ok(()),
                None => Ok(want(step, &blob)?),
            }
        })
    }

    /// Notes that a file which had come is not on this device's disk as it was: it can be fetched once more.
    ///
    /// # Errors
    /// [`FileError`] when there is no such file.
    pub fn lose_file(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        row: i64,
        part: u32,
    ) -> Result<(), FileError> {
        self.step(now_ms, rng, |step| {
            let (blob, _) = found(step, row, part)?;
            let is_own = blob::message(step.connection, row)?.is_none_or(|(_, mine)| mine);
            if is_own || !blob.is_whole {
                // Of an own file nobody else has more.
                return Ok(());
            }
            blob::set_whole(step.connection, blob.id, false)?;
            Ok(tell_of(
                step,
                &Blob {
                    is_whole: false,
                    ..blob
                },
            )?)
        })
    }

    /// Erases files of others from this device, some at a time: each can be fetched again as long as somebody has it.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn clear_files(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        sweep: FileSweep,
    ) -> Result<Cleared, MachineError> {
        self.step(now_ms, rng, |step| {
            let mut cleared = Cleared::default();
            let blobs = blob::swept(step.connection, &sweep)?;
            cleared.is_done = blobs.len() < blob::SWEPT_MAX as usize;
            for mut blob in blobs {
                blob::set_whole(step.connection, blob.id, false)?;
                blob.is_whole = false;
                let BlobFile { file, size, .. } = blob.sealed.blob;
                put_out(step, BlobOutput::Erase { file });
                tell_of(step, &blob)?;
                cleared.files = cleared.files.saturating_add(1);
                cleared.bytes = cleared.bytes.saturating_add(size);
            }
            Ok(cleared)
        })
    }

    /// Stops the transfer of a file until [`Machine::resume_file`], also over a restart.
    ///
    /// # Errors
    /// [`FileError`] when it is not on its way.
    pub fn pause_file(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        row: i64,
        part: u32,
    ) -> Result<(), FileError> {
        self.step(now_ms, rng, |step| {
            let mut transfer = on_its_way(step, row, part)?;
            if transfer.state == State::Due {
                transfer.bytes = stop(step, &transfer);
                transfer.state = State::Paused;
                transfer.save(step.connection)?;
                tell(step, &transfer)?;
            }
            Ok(())
        })
    }

    /// Goes on with a transfer that was paused or refused.
    ///
    /// # Errors
    /// [`FileError`] when it is not on its way.
    pub fn resume_file(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        row: i64,
        part: u32,
    ) -> Result<(), FileError> {
        self.step(now_ms, rng, |step| {
            let transfer = on_its_way(step, row, part)?;
            Ok(hasten(step, transfer)?)
        })
    }

    /// Gives up a download: what has come of the file is erased. An upload ends when its message is deleted.
    ///
    /// # Errors
    /// [`FileError`] when no file is coming.
    pub fn cancel_file(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        row: i64,
        part: u32,
    ) -> Result<(), FileError> {
        self.step(now_ms, rng, |step| {
            let (blob, _) = found(step, row, part)?;
            let download = Transfer::of_blob(step.connection, blob.id, Kind::Download)?;
            let download = download.ok_or(FileError::NotOnItsWay)?;
            stop(step, &download);
            download.remove(step.connection)?;
            let file = blob.sealed.blob.file;
            put_out(step, BlobOutput::Erase { file });
            Ok(tell_of(step, &blob)?)
        })
    }
}

/// A file of a message, and its transfer.
fn found(step: &Step<'_>, row: i64, part: u32) -> Result<(Blob, Option<Transfer>), FileError> {
    let blob = blob::by_place(step.connection, (row, part))?.ok_or(FileError::UnknownFile)?;
    let (_, mine) = blob::message(step.connection, row)?.ok_or(FileError::UnknownFile)?;
    let kind = if mine { Kind::Upload } else { Kind::Download };
    let transfer = Transfer::of_blob(step.connection, blob.id, kind)?;
    Ok((blob, transfer))
}

fn on_its_way(step: &Step<'_>, row: i64, part: u32) -> Result<Transfer, FileError> {
    let (_, transfer) = found(step, row, part)?;
    transfer
        .filter(|transfer| transfer.state != State::Done)
        .ok_or(FileError::NotOnItsWay)
}

/// Somebody wants a file.
fn want(step: &mut Step<'_>, blob: &Blob) -> Result<(), MachineError> {
    let Some((conversation, _)) = blob::message(step.connection, blob.place.0)? else {
        return Ok(());
    };
    let mut transfer = Transfer {
        blob: Some(blob.id),
        ..Transfer::new(Kind::Download, conversation, blob.sealed.blob.hash, step.now_ms)
    };
    transfer.insert(step.connection)?;
    step.live.blobs.hurry(step.now_ms);
    tell_of(step, blob)
}

/// A transfer that isn't under way is due at once.
fn hasten(step: &mut Step<'_>, mut transfer: Transfer) -> Result<(), MachineError> {
    if transfer.state == State::Done || step.live.blobs.tag_of(transfer.id).is_some() {
        return Ok(());
    }
    transfer.state = State::Due;
    (transfer.at_ms, transfer.attempt, transfer.reason) = (step.now_ms, 0, None);
    transfer.save(step.connection)?;
    step.live.blobs.hurry(step.now_ms);
    tell(step, &transfer)
}
