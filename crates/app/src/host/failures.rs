//! Errors of the SDK and the node, sorted by what a person or a script can do about them.

use std::fmt::Display;

use xchat_client::{CallError, Coded};
use xchat_node::{DataDirError, NetworkError, RelayError, SpawnError};

use crate::failure::{Failure, Kind};

/// A call of the SDK that failed.
pub(super) fn refused<E: Coded + Display + std::error::Error>(error: CallError<E>) -> Failure {
    from_code(error.code(), &error.to_string(), error.retryable())
}

/// Something of the SDK that failed before it ran.
pub(super) fn failed(error: &(impl Coded + Display)) -> Failure {
    from_code(error.code(), &error.to_string(), error.retryable())
}

/// A code that isn't listed is a failure like any other: the messenger may grow new ones. Most messages say themselves
/// what to do; added is only what belongs to this program.
fn from_code(code: &str, message: &str, retryable: bool) -> Failure {
    let (kind, advice) = match code {
        "name-taken"
        | "name-reserved"
        | "name-similar"
        | "name-resting"
        | "name-released"
        | "identity-changed"
        | "superseded"
        | "refused"
        | "request-refused"
        | "empty"
        | "too-long"
        | "myself"
        | "already-registered"
        | "other-phrase"
        | "proof-refused"
        | "conversation-closed" => (Kind::Refused, None),
        "passphrase-needed" => (
            Kind::Refused,
            Some("Name a file that holds it with --passphrase-file"),
        ),
        "wrong-passphrase" => (
            Kind::Refused,
            Some("Try again; without it the profile stays closed"),
        ),
        "other-network" => (
            Kind::Refused,
            Some("Join that network as somebody else, with --profile"),
        ),
        "no-checkpoint" | "invitation-too-old" | "not-needed" => (Kind::Refused, None),
        "network-forked" => (Kind::Refused, Some("xchat evidence shows the proofs")),
        "trust-expired" => (
            Kind::Unreachable,
            Some("Ask somebody in the network for a new invitation, and give it to the page"),
        ),
        "unknown-name" | "unknown-conversation" | "unknown-request" => (Kind::NotFound, None),
        "unreachable" => (Kind::Unreachable, Some("xchat doctor says what is in reach")),
        "not-reachable-yet" | "no-network" => (Kind::Unreachable, None),
        "clock-off" => (Kind::Clock, None),
        "disk-full" | "storage-full" | "storage" | "profile-damaged" | "profile-too-new" => {
            (Kind::Storage, None)
        }
        "profile-in-use" => (Kind::InUse, None),
        "no-account" | "not-registered" => (Kind::Failed, Some("Create the account with xchat init")),
        _ => (Kind::Failed, None),
    };
    let code = if code == "storage-full" { "disk-full" } else { code };
    let failure = Failure {
        retryable,
        ..Failure::new(kind, code, message)
    };
    match advice {
        Some(advice) => failure.advise(advice),
        None => failure,
    }
}

/// A node that doesn't start.
pub(super) fn not_started(error: &SpawnError) -> Failure {
    match error {
        SpawnError::AlreadyRunning => Failure::new(Kind::InUse, "node-running", error),
        SpawnError::PortInUse => {
            Failure::new(Kind::InUse, "port-in-use", "another program uses the node's port")
                .advise("Stop that program, or choose another port")
        }
        SpawnError::Relay(RelayError::PortInUse) => {
            Failure::new(Kind::InUse, "port-in-use", error).advise("Stop that program")
        }
        SpawnError::DataDir(error) => not_usable(error),
        SpawnError::Network(NetworkError::DataDir(error)) => not_usable(error),
        SpawnError::Network(error @ NetworkError::ConsensusPortInUse(_)) => {
            Failure::new(Kind::InUse, "port-in-use", error)
                .advise("Stop that program, or choose another with --consensus-listen")
        }
        SpawnError::Network(error @ NetworkError::OtherNetwork { .. }) => {
            Failure::new(Kind::Refused, "other-network", error)
                .advise("Start it without --network, or name another folder with --node-dir")
        }
        SpawnError::Network(error @ NetworkError::OldVersion) => {
            Failure::new(Kind::Storage, "old-version", error)
        }
        SpawnError::Mailbox(_) => Failure::new(Kind::Storage, "node-storage", error),
        _ => Failure::new(Kind::Failed, "node", format!("the node does not start: {error}")),
    }
}

/// A node's folder that can't be used.
pub(super) fn not_usable(error: &DataDirError) -> Failure {
    match error {
        DataDirError::Storage(io) => Failure::storage("the node's folder can't be used", io),
        DataDirError::AlreadyRunning => Failure::new(Kind::InUse, "node-running", error),
        error => Failure::new(Kind::Storage, "node-storage", error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_decide_the_kind() {
        for (code, kind) in [
            ("name-taken", Kind::Refused),
            ("unknown-name", Kind::NotFound),
            ("unreachable", Kind::Unreachable),
            ("clock-off", Kind::Clock),
            ("disk-full", Kind::Storage),
            ("profile-in-use", Kind::InUse),
            ("of-tomorrow", Kind::Failed),
        ] {
            assert_eq!(from_code(code, "x", false).kind, kind, "{code}");
        }
        assert_eq!(from_code("storage-full", "x", true).code, "disk-full");
    }

    #[test]
    fn a_port_in_use_is_said_in_one_line() {
        let failure = not_started(&SpawnError::PortInUse);
        assert_eq!(failure.kind, Kind::InUse);
        assert_eq!(
            failure.to_string(),
            "Another program uses the node's port. Stop that program, or choose another port."
        );
    }
}
