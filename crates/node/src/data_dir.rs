//! The directory of a node: its lock, its keys, its ports.
//!
//! A file here is there whole or not at all: it is written beside its place, flushed, renamed, and the directory is
//! flushed after it. Only the owner may read it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use thiserror::Error;
use zeroize::Zeroizing;

use crate::clock::{self, NoEntropy};

const LOCK: &str = "node.lock";

/// Why the directory can't be used.
#[derive(Debug, Error)]
pub enum DataDirError {
    /// Another node runs on it.
    #[error("a node is already running on this data directory")]
    AlreadyRunning,
    /// A file is not what this program wrote.
    #[error("{0} in the data directory is damaged")]
    Damaged(&'static str),
    /// The file system refuses.
    #[error("the data directory can't be used: {0}")]
    Storage(#[from] io::Error),
    /// No key can be made.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
}

/// A data directory that nobody else uses as long as this lives.
#[derive(Debug)]
pub(crate) struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Opens the directory, makes it if it isn't there, and locks it.
    pub(crate) fn open(path: &Path) -> Result<Self, DataDirError> {
        create_private(path)?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join(LOCK))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(DataDirError::AlreadyRunning),
            Err(TryLockError::Error(error)) => Err(DataDirError::Storage(error)),
        }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The place of a part's own files.
    pub(crate) fn part(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The seed in this file, made when there is none.
    pub(crate) fn seed(&self, name: &'static str) -> Result<Zeroizing<[u8; 32]>, DataDirError> {
        seed(&self.path, name)
    }

    /// The port in this file.
    pub(crate) fn port(&self, name: &'static str) -> Result<Option<u16>, DataDirError> {
        let Some(bytes) = self.read(name)? else {
            return Ok(None);
        };
        let text = std::str::from_utf8(&bytes).ok();
        let port = text.and_then(|text| text.trim().parse().ok());
        port.map(Some).ok_or(DataDirError::Damaged(name))
    }

    /// Keeps a port.
    pub(crate) fn keep_port(&self, name: &'static str, port: u16) -> Result<(), DataDirError> {
        if self.port(name)? == Some(port) {
            return Ok(());
        }
        self.write(name, format!("{port}\n").as_bytes())
    }

    /// The bytes of a file, when it is there.
    pub(crate) fn read(&self, name: &'static str) -> Result<Option<Zeroizing<Vec<u8>>>, DataDirError> {
        Ok(read(&self.path.join(name))?)
    }

    /// Writes a file so that it is there whole, and on disk, when this returns.
    pub(crate) fn write(&self, name: &'static str, bytes: &[u8]) -> Result<(), DataDirError> {
        write_file(&self.path, name, bytes)
    }
}

/// The seed in a file of a data directory, made when there is none. It needs no lock: a node may run on the
/// directory, and
/// whoever makes the seed first makes it for all.
pub(crate) fn seed(path: &Path, name: &'static str) -> Result<Zeroizing<[u8; 32]>, DataDirError> {
    Ok(seed_or_new(path, name)?.0)
}

/// The same, and whether it was made now.
pub(crate) fn seed_or_new(
    path: &Path,
    name: &'static str,
) -> Result<(Zeroizing<[u8; 32]>, bool), DataDirError> {
    let place = path.join(name);
    let read_seed = || match read(&place)? {
        Some(bytes) => {
            let seed = bytes.as_slice().try_into().map(Zeroizing::new);
            seed.map(Some).map_err(|_| DataDirError::Damaged(name))
        }
        None => Ok(None),
    };
    if let Some(seed) = read_seed()? {
        return Ok((seed, false));
    }
    create_private(path)?;
    let seed = Zeroizing::new(clock::random_bytes()?);
    let beside = path.join(format!("{name}.{}", std::process::id()));
    write_whole(&beside, seed.as_slice())?;
    // Unlike a rename, a link never replaces what is there.
    let linked = fs::hard_link(&beside, &place);
    fs::remove_file(&beside)?;
    match linked {
        Ok(()) => {
            sync_directory(path)?;
            Ok((seed, true))
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let seed = read_seed()?.ok_or(DataDirError::Damaged(name))?;
            Ok((seed, false))
        }
        Err(error) => Err(error.into()),
    }
}

/// Writes a file of a data directory so that it is there whole, and on disk, when this returns.
pub(crate) fn write_file(path: &Path, name: &str, bytes: &[u8]) -> Result<(), DataDirError> {
    let beside = path.join(format!("{name}.new"));
    write_whole(&beside, bytes)?;
    fs::rename(&beside, path.join(name))?;
    sync_directory(path)?;
    Ok(())
}

/// The bytes of a file of a data directory, when it is there. It needs no lock: a file is whole or not there.
pub(crate) fn read_file(path: &Path, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, DataDirError> {
    Ok(read(&path.join(name))?)
}

fn read(place: &Path) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    match File::open(place) {
        Ok(mut file) => file.read_to_end(&mut bytes)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(Some(bytes))
}

fn write_whole(place: &Path, bytes: &[u8]) -> io::Result<()> {
    match fs::remove_file(place) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = private_file(place)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(unix)]
fn create_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(not(unix))]
fn create_private(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

#[cfg(unix)]
fn private_file(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(path)
}

#[cfg(not(unix))]
fn private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().create_new(true).write(true).open(path)
}

#[cfg(unix)]
fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests;
