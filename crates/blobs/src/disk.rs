//! What the disk does, and how it fails.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::Path;

use bao_tree::io::sync::ReadAt as _;
use thiserror::Error;

/// Why the disk didn't do what it was asked. Nobody else is to blame.
#[derive(Debug, Error)]
pub enum DiskError {
    /// There is no room, or none for this user. What was verified before is kept.
    #[error("the disk is full")]
    Full,
    /// Anything else.
    #[error("the disk failed: {0}")]
    Failed(#[source] io::Error),
}

impl From<io::Error> for DiskError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Failed(error),
        }
    }
}

/// Fills the buffer from a place in a file, or says that the file ends before.
pub(crate) fn read(file: &File, offset: u64, buffer: &mut [u8]) -> Result<bool, DiskError> {
    match file.read_exact_at(offset, buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Writes at a place in a file.
pub(crate) fn write(file: &File, offset: u64, bytes: &[u8]) -> Result<(), DiskError> {
    #[cfg(unix)]
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)?;
    #[cfg(not(unix))]
    bao_tree::io::sync::WriteAt::write_all_at(&mut file.try_clone()?, offset, bytes)?;
    Ok(())
}

/// Makes a folder that only its owner can enter, if it isn't there.
pub(crate) fn make_folder(path: &Path) -> Result<(), DiskError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    Ok(builder.create(path)?)
}

/// Options for a file that only its owner can read.
pub(crate) fn file_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Waits until the names in a folder are on the disk, where folders can be opened as files.
pub(crate) fn sync_folder(path: &Path) -> Result<(), DiskError> {
    #[cfg(unix)]
    File::open(path)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Removes a file, if it is there.
pub(crate) fn remove(path: &Path) -> Result<bool, DiskError> {
    match std::fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.into()),
    }
}
