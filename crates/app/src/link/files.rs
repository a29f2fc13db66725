//! Files, given to the messenger and saved from it.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use tokio::fs::File;
use tokio::io::AsyncReadExt as _;

use super::Link;
use crate::dto::{Attachment, FileAction, Message, Quality, Upload, UploadWish};
use crate::failure::{Failure, Kind};
use crate::host;

const PIECE_BYTES: usize = 256 * 1024;
/// Files of one name in a folder: the next is refused.
const SAME_NAMES_MAX: u32 = 1_000;

impl Link {
    /// Gives a file to be sent.
    ///
    /// # Errors
    /// When it can't be read, or is not taken.
    pub(crate) async fn give(&self, path: &Path, quality: Quality) -> Result<Upload, Failure> {
        let unread = |error: std::io::Error| match error.kind() {
            ErrorKind::NotFound => {
                let message = format!("there is no file {}", path.display());
                Failure::new(Kind::NotFound, "no-file", message)
            }
            _ => Failure::storage(format!("{} can't be read", path.display()), &error),
        };
        let mut file = File::open(path).await.map_err(unread)?;
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let host = match self {
            Self::Here(host, _) => host,
            Self::There(remote) => return remote.give(file, &name, quality).await,
        };
        let mut intake = host.begin_upload(UploadWish { name, quality }).await?;
        let mut buffer = vec![0; PIECE_BYTES];
        loop {
            let count = file.read(&mut buffer).await.map_err(unread)?;
            match buffer.get(..count) {
                None | Some([]) => return intake.finish().await,
                Some(bytes) => intake.push(bytes).await?,
            }
        }
    }

    /// A message of this device's history.
    ///
    /// # Errors
    /// When there is none in this row.
    pub(crate) async fn attachments(&self, row: i64) -> Result<Vec<Attachment>, Failure> {
        let message: Message = match self {
            Self::Here(host, _) => host.message(row).await?,
            Self::There(remote) => remote.get(&format!("/api/messages/{row}")).await?,
        };
        Ok(message.attachments)
    }

    /// Does something with a file of a message.
    ///
    /// # Errors
    /// When there is no such file, or nothing to be done with it.
    pub(crate) async fn act_on_file(&self, row: i64, part: u32, action: FileAction) -> Result<(), Failure> {
        match self {
            Self::Here(host, _) => host.act_on_file(row, part, action).await,
            Self::There(remote) => {
                let path = format!("/api/attachments/{row}/{part}/{}", action.word());
                remote.post(&path, &()).await
            }
        }
    }

    /// Saves a file of a message in a folder under its name, or the next one that is free, and gives where. It is there
    /// whole or not at all.
    ///
    /// # Errors
    /// When it isn't here, or can't be written.
    pub(crate) async fn save(&self, row: i64, file: &Attachment, folder: &Path) -> Result<PathBuf, Failure> {
        let remote = match self {
            Self::Here(host, _) => return host.save_file(row, file.part, folder).await,
            Self::There(remote) => remote,
        };
        let (path, opened) = free(folder, &host::files::own_name(&file.name)).await?;
        let taken = remote.take(row, file.part, &path, opened).await;
        if taken.is_err() {
            // What failed before is what is told.
            let _still_there = tokio::fs::remove_file(&path).await;
        }
        taken.map(|()| path)
    }
}

/// A new file of a name, or the next one that is free.
async fn free(folder: &Path, name: &str) -> Result<(PathBuf, File), Failure> {
    for number in 1..=SAME_NAMES_MAX {
        let path = folder.join(host::files::numbered(name, number));
        match File::options().write(true).create_new(true).open(&path).await {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => {
                return Err(Failure::storage(
                    format!("{} can't be written", path.display()),
                    &error,
                ));
            }
        }
    }
    Err(Failure::new(
        Kind::Refused,
        "file-exists",
        "too many files have this name",
    ))
}
