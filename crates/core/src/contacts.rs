//! Finding people: what may go wrong between a name and a conversation.

use thiserror::Error;

/// Why there is no conversation with a name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ContactError {
    /// Nobody has the name: proved, not just said.
    #[error("nobody has this name; check its spelling")]
    UnknownName,
    /// That's this account.
    #[error("that is your own name")]
    Myself,
    /// No node answers.
    #[error("the network is out of reach; try again when it is back")]
    Unreachable,
    /// The name exists, but its owner has not been online since.
    #[error("this person can't be written to yet: their device has not finished setting up")]
    NotReachableYet,
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
    /// The directory's or home's answer is not believed.
    #[error("what the network says about this name does not hold: {0}")]
    ProofRefused(String),
    /// This device has no name yet.
    #[error("choose a name for yourself first")]
    NotRegistered,
    /// The profile can't be written.
    #[error("{0}")]
    Storage(String),
}

impl ContactError {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownName => "unknown-name",
            Self::Myself => "myself",
            Self::Unreachable => "unreachable",
            Self::NotReachableYet => "not-reachable-yet",
            Self::ClockOff => "clock-off",
            Self::NetworkForked => "network-forked",
            Self::TrustExpired => "trust-expired",
            Self::ProofRefused(_) => "proof-refused",
            Self::NotRegistered => "not-registered",
            Self::Storage(_) => "storage",
        }
    }

    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        matches!(
            self,
            Self::Unreachable | Self::NotReachableYet | Self::ClockOff | Self::Storage(_)
        )
    }
}

impl From<crate::error::MachineError> for ContactError {
    fn from(error: crate::error::MachineError) -> Self {
        Self::Storage(error.to_string())
    }
}
