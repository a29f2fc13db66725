//! Why a file was not taken, or can't be read.

use thiserror::Error;
use xchat_blobs::{DiskError, ImportError, ReadError, ServeError};
use xchat_core::error::MachineError;
use xchat_core::machine::FileError;
use xchat_media::StripError;

use crate::error::Coded;

/// Why a file was not taken.
#[derive(Debug, Error)]
pub enum UploadError {
    /// As many are taken in already as there may be at a time.
    #[error("too many files are being added at once; wait until one is done")]
    TooMany,
    /// As many wait to be sent as there may be.
    #[error("too many files wait to be sent; send or remove some")]
    TooManyWaiting,
    /// Larger than any file may be.
    #[error("a file has at most 4 GiB")]
    TooLarge,
    /// A picture that asks too much of whoever prepares it.
    #[error(
        "the picture is too large to be prepared; send it as a file, which sends it with all that it tells"
    )]
    PictureTooLarge,
    /// A picture that is coded as nearly none is.
    #[error(
        "the picture is coded in an unusual way; send it as a file, which sends it with all that it tells"
    )]
    PictureUnusual,
    /// A picture that is damaged, or whose metadata can't be taken out.
    #[error("the picture is damaged; send it as a file, which sends it with all that it tells")]
    PictureDamaged,
    /// What a film or a sound tells beside its content can't be taken out.
    #[error(
        "what this file tells of itself can't be taken out; send it as a file, which sends it with all that"
    )]
    NotStrippable(#[source] StripError),
    /// The process that prepares pictures doesn't work.
    #[error("pictures can't be prepared on this computer")]
    WorkerFailed,
    /// What is said of it is too long, or is no picture.
    #[error("what is said of the file is not as it should be: {0}")]
    BadNote(&'static str),
    /// No such file waits to be sent.
    #[error("this file is not here any more; add it again")]
    Unknown,
    /// Where it comes from fails.
    #[error("the file can't be read: {0}")]
    Unreadable(String),
    /// It has ended, or was not gone on with for too long.
    #[error("the file was not given to its end")]
    Ended,
    /// There is no room on the disk.
    #[error("the disk is full")]
    DiskFull,
    /// The disk fails.
    #[error("the file can't be stored: {0}")]
    Storage(String),
}

impl Coded for UploadError {
    fn code(&self) -> &'static str {
        match self {
            Self::TooMany => "too-many-uploads",
            Self::TooManyWaiting => "too-many-files-waiting",
            Self::TooLarge => "file-too-large",
            Self::PictureTooLarge => "picture-too-large",
            Self::PictureUnusual => "picture-unusual",
            Self::PictureDamaged => "picture-damaged",
            Self::NotStrippable(_) => "metadata-stays",
            Self::WorkerFailed => "no-media-worker",
            Self::BadNote(_) => "bad-note",
            Self::Unknown => "unknown-upload",
            Self::Unreadable(_) => "unreadable",
            Self::Ended => "upload-ended",
            Self::DiskFull => "disk-full",
            Self::Storage(_) => "storage",
        }
    }

    fn retryable(&self) -> bool {
        matches!(
            self,
            Self::TooMany
                | Self::TooManyWaiting
                | Self::WorkerFailed
                | Self::Ended
                | Self::DiskFull
                | Self::Storage(_)
        )
    }
}

impl From<DiskError> for UploadError {
    fn from(error: DiskError) -> Self {
        match error {
            DiskError::Full => Self::DiskFull,
            other => Self::Storage(other.to_string()),
        }
    }
}

impl From<ImportError> for UploadError {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::TooLarge => Self::TooLarge,
            ImportError::Disk(error) => error.into(),
            other => Self::Storage(other.to_string()),
        }
    }
}

impl From<ReadError> for UploadError {
    fn from(error: ReadError) -> Self {
        Self::Storage(error.to_string())
    }
}

/// Why a file of a message can't be read.
#[derive(Debug, Error)]
pub enum OpenFileError {
    /// No such file, or its message is deleted.
    #[error("there is no such file")]
    Unknown,
    /// Not all of what was asked for is here.
    #[error("the file is not here yet")]
    NotHere,
    /// Who sent it named a key or a size that are not its own.
    #[error("the file is not what its sender said")]
    Broken,
    /// There is no room on the disk.
    #[error("the disk is full")]
    DiskFull,
    /// The disk fails.
    #[error("the file can't be read or written: {0}")]
    Storage(String),
    /// The machine fails.
    #[error(transparent)]
    Machine(#[from] MachineError),
}

impl Coded for OpenFileError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "unknown-file",
            Self::NotHere => "file-not-here",
            Self::Broken => "file-broken",
            Self::DiskFull => "disk-full",
            Self::Storage(_) => "storage",
            Self::Machine(error) => error.code(),
        }
    }

    fn retryable(&self) -> bool {
        match self {
            Self::NotHere | Self::DiskFull | Self::Storage(_) => true,
            Self::Unknown | Self::Broken => false,
            Self::Machine(error) => error.retryable(),
        }
    }
}

impl From<DiskError> for OpenFileError {
    fn from(error: DiskError) -> Self {
        match error {
            DiskError::Full => Self::DiskFull,
            other => Self::Storage(other.to_string()),
        }
    }
}

impl From<FileError> for OpenFileError {
    fn from(error: FileError) -> Self {
        match error {
            FileError::UnknownFile | FileError::NotOnItsWay => Self::Unknown,
            FileError::Machine(error) => Self::Machine(error),
        }
    }
}

impl From<std::io::Error> for OpenFileError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => Self::Storage(error.to_string()),
        }
    }
}

impl From<ReadError> for OpenFileError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::WrongSize | ReadError::WrongKey => Self::Broken,
            ReadError::Here(ServeError::Disk(error)) => error.into(),
            ReadError::Here(_) => Self::NotHere,
        }
    }
}
