//! Why the machine could not do what was asked, by blame.

use thiserror::Error;

use crate::group::GroupError;

/// An error of the machine itself. What peers do wrong never comes out here.
#[derive(Debug, Error)]
pub enum MachineError {
    /// The disk is full. Nothing is lost: free some space and try again.
    #[error("the disk is full; free some space, nothing has been lost")]
    DiskFull,
    /// The database refuses.
    #[error("the profile can't be read or written: {0}")]
    Storage(String),
    /// Called at the wrong time.
    #[error("{0}")]
    ApiMisuse(&'static str),
    /// Our own fault.
    #[error("bug: {0}")]
    Bug(String),
}

impl MachineError {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::DiskFull => "disk-full",
            Self::Storage(_) => "storage",
            Self::ApiMisuse(_) => "api-misuse",
            Self::Bug(_) => "bug",
        }
    }

    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        matches!(self, Self::DiskFull | Self::Storage(_))
    }
}

impl From<rusqlite::Error> for MachineError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::DiskFull,
            _ => Self::Storage(error.to_string()),
        }
    }
}

impl From<GroupError> for MachineError {
    fn from(error: GroupError) -> Self {
        match error {
            // SQLite's words for SQLITE_FULL reach us through OpenMLS as text.
            GroupError::Storage(text) if text.contains("disk is full") => Self::DiskFull,
            GroupError::Storage(text) => Self::Storage(text),
            other => Self::Bug(other.to_string()),
        }
    }
}

impl From<xchat_proto::codec::DecodeError> for MachineError {
    /// Only for what this device wrote itself.
    fn from(error: xchat_proto::codec::DecodeError) -> Self {
        Self::Storage(format!("a stored value does not decode: {error}"))
    }
}

impl From<crate::content::ContentError> for MachineError {
    fn from(error: crate::content::ContentError) -> Self {
        Self::Bug(error.to_string())
    }
}

impl From<crate::envelope::EnvelopeError> for MachineError {
    fn from(error: crate::envelope::EnvelopeError) -> Self {
        Self::Bug(error.to_string())
    }
}
