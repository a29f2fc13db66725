//! Asking for a name: whether somebody has it, and what may go wrong on the way to the answer.

use thiserror::Error;
use xchat_proto::name::Name;

use crate::error::MachineError;

/// What a name is to whoever might choose it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameStanding {
    /// Proved to be nobody's.
    Free,
    /// Proved to be somebody's.
    Taken,
    /// Nobody may have it.
    Reserved,
    /// It is taken for another name, which is somebody's or was lately.
    Similar(Name),
    /// It was given up, and is nobody's for a while.
    Resting {
        /// Until when, in Unix milliseconds.
        until_ms: u64,
    },
}

/// Why it is not known how a name stands.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LookupError {
    /// This profile has joined no network.
    #[error("this profile has joined no network yet")]
    NoNetwork,
    /// No node answers.
    #[error("the network is out of reach; try again when it is back")]
    Unreachable,
    /// This device's clock is off.
    #[error("this device's clock is wrong by more than five minutes; set it and try again")]
    ClockOff,
    /// The network's operators have signed two truths, and the user has not seen it yet.
    #[error(
        "the operators of this network have shown different people different things; look at the warning first"
    )]
    NetworkForked,
    /// Nothing has been seen of the network for too long.
    #[error(
        "this device has not seen the network for too long to tell who runs it now; ask somebody in the network for a \
         new invitation, and open it here"
    )]
    TrustExpired,
    /// The directory's answer is not believed.
    #[error("what the network says about this name does not hold: {0}")]
    ProofRefused(String),
    /// More names were asked for than are kept in mind; this was the oldest.
    #[error("newer questions took the place of this one")]
    Superseded,
    /// The profile can't be written.
    #[error("{0}")]
    Storage(String),
}

impl LookupError {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoNetwork => "no-network",
            Self::Unreachable => "unreachable",
            Self::ClockOff => "clock-off",
            Self::NetworkForked => "network-forked",
            Self::TrustExpired => "trust-expired",
            Self::ProofRefused(_) => "proof-refused",
            Self::Superseded => "superseded",
            Self::Storage(_) => "storage",
        }
    }

    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        matches!(
            self,
            Self::Unreachable | Self::ClockOff | Self::Superseded | Self::Storage(_)
        )
    }
}

impl From<MachineError> for LookupError {
    fn from(error: MachineError) -> Self {
        Self::Storage(error.to_string())
    }
}
