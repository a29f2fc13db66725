//! Why a call of the SDK did not do what was asked.

use thiserror::Error;
use xchat_core::account::RegistrationError;
use xchat_core::contacts::ContactError;
use xchat_core::directory::{ReleaseError, TrustError};
use xchat_core::error::MachineError;
use xchat_core::lookup::LookupError;
use xchat_core::machine::{
    AboutError, AcceptError, ActError, ChatError, FileError, ImportError, LibraryError, NoteError, PageError,
    ScheduleError, SendError,
};
use xchat_core::reader::SearchError;
use xchat_core::safety::SafetyError;

use crate::imports::TakeOverError;
use crate::profile::ProfileError;

/// An error that a program can tell from others. Its `Display` is a sentence for people.
pub trait Coded {
    /// A name that stays the same across versions.
    fn code(&self) -> &'static str;
    /// Whether the same call may succeed later.
    fn retryable(&self) -> bool;
}

macro_rules! coded {
    ($($error:ty),+) => {
        $(impl Coded for $error {
            fn code(&self) -> &'static str {
                self.code()
            }

            fn retryable(&self) -> bool {
                self.retryable()
            }
        })+
    };
}

coded!(
    AboutError,
    AcceptError,
    ActError,
    ChatError,
    ContactError,
    FileError,
    ImportError,
    LibraryError,
    TakeOverError,
    LookupError,
    MachineError,
    NoteError,
    PageError,
    ProfileError,
    RegistrationError,
    ReleaseError,
    SafetyError,
    ScheduleError,
    SearchError,
    SendError,
    TrustError
);

/// The profile has not joined a network, or the network can't be used at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("there is no network to report on: join one first")]
pub struct NoNetwork;

impl Coded for NoNetwork {
    fn code(&self) -> &'static str {
        "no-network"
    }

    fn retryable(&self) -> bool {
        true
    }
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CallError<E> {
    /// What was asked is refused.
    #[error(transparent)]
    Refused(#[from] E),
    /// The messenger has been shut down, or has failed for good.
    #[error("the messenger has stopped")]
    Stopped,
}

impl<E: Coded> CallError<E> {
    /// A name that stays the same across versions.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(error) => error.code(),
            Self::Stopped => "stopped",
        }
    }

    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Refused(error) => error.retryable(),
            Self::Stopped => false,
        }
    }
}
