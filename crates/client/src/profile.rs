//! A profile: the folder that holds one account's database, its key and what else must survive a restart.
//!
//! | file | what it is |
//! | --- | --- |
//! | `profile.db` | the SQLCipher database |
//! | `key` | its random key, plain or wrapped by a passphrase; readable by its owner only |
//! | `mark` | the machine's token that tells an old copy of the database from the present one |
//! | `port` | the UDP port of the last run, so that routers and peers find it again |
//! | `lock` | held while a process uses the profile |
//! | `blobs` | a folder with the sealed files of messages; what opens them is in the database |
//!
//! NOT its concern: what is in the database.

mod atomic_file;
mod key_file;

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use thiserror::Error;
use xchat_blobs::DiskError;
use xchat_core::database::{self, DatabaseKey};
use xchat_core::error::MachineError;
use xchat_core::machine::Machine;
use xchat_core::reader::Reader;
use zeroize::Zeroizing;

use crate::entropy::{Entropy, EntropyError};
use key_file::{KeyFile, KeyFileError};

const DATABASE: &str = "profile.db";
const KEY: &str = "key";
const PORT: &str = "port";
const MARK: &str = "mark";
const LOCK: &str = "lock";
const BLOBS: &str = "blobs";

/// Why a profile can't be used.
#[derive(Debug, Error)]
pub enum ProfileError {
    /// There is no profile in the folder.
    #[error("there is no profile in this folder")]
    NotThere,
    /// There is one already.
    #[error("there is a profile in this folder already")]
    AlreadyThere,
    /// Another process uses it.
    #[error("another program uses this profile")]
    InUse,
    /// The key is protected by a passphrase.
    #[error("this profile is protected by a passphrase")]
    PassphraseNeeded,
    /// The passphrase is another one.
    #[error("this is not the passphrase of the profile")]
    WrongPassphrase,
    /// A file is damaged or missing.
    #[error("the profile is damaged: {0}")]
    Damaged(&'static str),
    /// Written by a newer version.
    #[error("the profile was written by a newer version of X Chat (format {0})")]
    TooNew(i64),
    /// There is no room on the disk.
    #[error("the disk is full")]
    DiskFull,
    /// The disk or the database refuses.
    #[error("the profile can't be read or written: {0}")]
    Storage(String),
    /// There are no random numbers.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

impl ProfileError {
    /// A name that stays the same across versions.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotThere => "profile-not-there",
            Self::AlreadyThere => "profile-already-there",
            Self::InUse => "profile-in-use",
            Self::PassphraseNeeded => "passphrase-needed",
            Self::WrongPassphrase => "wrong-passphrase",
            Self::Damaged(_) => "profile-damaged",
            Self::TooNew(_) => "profile-too-new",
            Self::DiskFull => "disk-full",
            Self::Storage(_) => "storage",
            Self::Entropy(_) => "no-entropy",
        }
    }

    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        matches!(self, Self::InUse | Self::DiskFull | Self::Storage(_))
    }
}

impl From<std::io::Error> for ProfileError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => Self::Storage(error.to_string()),
        }
    }
}

impl From<DiskError> for ProfileError {
    fn from(error: DiskError) -> Self {
        match error {
            DiskError::Full => Self::DiskFull,
            other => Self::Storage(other.to_string()),
        }
    }
}

impl From<MachineError> for ProfileError {
    fn from(error: MachineError) -> Self {
        match error {
            MachineError::DiskFull => Self::DiskFull,
            other => Self::Storage(other.to_string()),
        }
    }
}

impl From<database::OpenError> for ProfileError {
    fn from(error: database::OpenError) -> Self {
        match error {
            database::OpenError::WrongKey => Self::Damaged("the key is not the database's"),
            database::OpenError::TooNew(version) => Self::TooNew(version),
            database::OpenError::Storage(error) => MachineError::from(error).into(),
        }
    }
}

impl From<KeyFileError> for ProfileError {
    fn from(error: KeyFileError) -> Self {
        match error {
            KeyFileError::Unreadable => Self::Damaged("the key file can't be read"),
            KeyFileError::PassphraseNeeded => Self::PassphraseNeeded,
            KeyFileError::WrongPassphrase => Self::WrongPassphrase,
            KeyFileError::NoMemory => Self::Storage("too little memory to check the passphrase".to_owned()),
        }
    }
}

/// A profile in use by this process.
pub struct Profile {
    folder: PathBuf,
    key: DatabaseKey,
    is_protected: bool,
    entropy: Entropy,
    /// Held, not read: the operating system releases it with the file, also when the process is killed.
    _lock: File,
}

impl std::fmt::Debug for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Profile(..)")
    }
}

impl Profile {
    /// Makes a profile in `folder`, which is created when it isn't there.
    ///
    /// # Errors
    /// [`ProfileError`], most likely `AlreadyThere` or `InUse`.
    pub fn create(folder: &Path, passphrase: Option<&str>) -> Result<Self, ProfileError> {
        let mut entropy = Entropy::new()?;
        create_private_folder(folder)?;
        let lock = lock(folder)?;
        if folder.join(KEY).try_exists()? || folder.join(DATABASE).try_exists()? {
            return Err(ProfileError::AlreadyThere);
        }
        let key = entropy.secret();
        let file = KeyFile::new(&key, passphrase, entropy.fresh())?;
        atomic_file::write(folder, KEY, &file.encoded())?;
        Ok(Self {
            folder: folder.to_owned(),
            key,
            is_protected: passphrase.is_some(),
            entropy,
            _lock: lock,
        })
    }

    /// Opens the profile in `folder`.
    ///
    /// # Errors
    /// [`ProfileError`], most likely `NotThere`, `InUse`, `PassphraseNeeded` or `WrongPassphrase`.
    pub fn open(folder: &Path, passphrase: Option<&str>) -> Result<Self, ProfileError> {
        let entropy = Entropy::new()?;
        let has_key = folder.join(KEY).try_exists()?;
        if !has_key {
            return Err(match folder.join(DATABASE).try_exists()? {
                true => ProfileError::Damaged("the key file is missing"),
                false => ProfileError::NotThere,
            });
        }
        let lock = lock(folder)?;
        let file = KeyFile::decoded(&Zeroizing::new(fs::read(folder.join(KEY))?))?;
        Ok(Self {
            folder: folder.to_owned(),
            key: file.open(passphrase)?,
            is_protected: file.is_wrapped(),
            entropy,
            _lock: lock,
        })
    }

    /// Whether there is a profile in `folder`.
    pub fn is_there(folder: &Path) -> bool {
        folder.join(KEY).exists()
    }

    /// Whether a passphrase protects the key.
    pub fn is_protected(&self) -> bool {
        self.is_protected
    }

    /// Sets, changes or (with `None`) removes the passphrase. The database and its key stay as they are.
    ///
    /// # Errors
    /// [`ProfileError`] when the key file can't be written; then the old passphrase holds.
    pub fn set_passphrase(&mut self, passphrase: Option<&str>) -> Result<(), ProfileError> {
        let file = KeyFile::new(&self.key, passphrase, self.entropy.fresh())?;
        atomic_file::write(&self.folder, KEY, &file.encoded())?;
        self.is_protected = passphrase.is_some();
        Ok(())
    }

    /// Opens the database, and the machine on it, for a program that brings a body of its own: it feeds the machine,
    /// and carries out what comes out.
    ///
    /// # Errors
    /// [`ProfileError`] when the database can't be opened.
    pub fn machine(&mut self, now_ms: u64) -> Result<Machine, ProfileError> {
        let mark = self.mark()?;
        if let Some(mark) = &mark {
            // Opening changes the machine's mark. If the new one can't be kept, better not to begin.
            self.keep_mark(mark)?;
        }
        let connection = database::open(&self.folder.join(DATABASE), &self.key)?;
        restrict(&self.folder.join(DATABASE))?;
        Ok(Machine::open(connection, mark, now_ms, self.entropy.fresh())?)
    }

    /// Where sealed files lie.
    pub(crate) fn blobs_folder(&self) -> PathBuf {
        self.folder.join(BLOBS)
    }

    /// Opens the database a second time, for searching beside the machine. It is there already.
    ///
    /// # Errors
    /// [`ProfileError`] when the database can't be opened.
    pub fn reader(&self) -> Result<Reader, ProfileError> {
        let connection = database::open_reader(&self.folder.join(DATABASE), &self.key)?;
        Ok(Reader::new(connection))
    }

    /// The token that the machine gave last. One that can't be read is none.
    fn mark(&self) -> Result<Option<[u8; 32]>, ProfileError> {
        match fs::read(self.folder.join(MARK)) {
            Ok(bytes) => Ok(bytes.try_into().ok()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Keeps the machine's token.
    pub(crate) fn keep_mark(&self, mark: &[u8; 32]) -> Result<(), ProfileError> {
        Ok(atomic_file::write(&self.folder, MARK, mark)?)
    }

    /// The port of the last run.
    pub(crate) fn last_port(&self) -> Option<u16> {
        fs::read_to_string(self.folder.join(PORT))
            .ok()?
            .trim()
            .parse()
            .ok()
    }

    /// Remembers the port for the next run. It is a convenience, so failing to is no error.
    pub(crate) fn remember_port(&self, port: u16) {
        if self.last_port() != Some(port)
            && let Err(error) = atomic_file::write(&self.folder, PORT, port.to_string().as_bytes())
        {
            tracing::warn!(%error, "the port could not be remembered");
        }
    }
}

fn lock(folder: &Path) -> Result<File, ProfileError> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join(LOCK))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ProfileError::InUse),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

#[cfg(unix)]
fn create_private_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn create_private_folder(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(unix)]
fn restrict(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn restrict(_: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests;
