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

/// Refusals that say all there is to say.
const REFUSED: &[&str] = &[
    "already-registered",
    "ambiguous-dates",
    "archive-unreadable",
    "bad-note",
    "blocked",
    "conversation-closed",
    "empty",
    "file-broken",
    "file-too-large",
    "identity-changed",
    "invitation-too-old",
    "item-too-large",
    "library-full",
    "malformed-code",
    "message-deleted",
    "metadata-stays",
    "myself",
    "name-released",
    "name-reserved",
    "name-resting",
    "name-similar",
    "name-taken",
    "malformed-answers",
    "malformed-poll",
    "no-checkpoint",
    "no-choice",
    "no-picture",
    "no-poll",
    "no-reaction",
    "no-timer",
    "nobody-else",
    "not-an-archive",
    "not-needed",
    "not-on-its-way",
    "not-yours",
    "other-person",
    "other-phrase",
    "picture-damaged",
    "picture-too-large",
    "picture-unusual",
    "poll-ended",
    "profile-already-there",
    "proof-refused",
    "refused",
    "request-refused",
    "superseded",
    "too-long",
    "too-many-changes",
    "too-many-files",
    "too-many-files-waiting",
    "too-many-pinned",
    "too-many-folders",
    "too-many-scheduled",
    "too-many-tags",
    "not-then",
    "too-many-reactions",
    "too-many-uploads",
    "unreadable",
    "upload-ended",
];

/// A code that is not listed is a failure like any other; a test sees to it that each was decided on. Most messages say
/// themselves what to do; added is only what belongs to this program.
fn from_code(code: &str, message: &str, retryable: bool) -> Failure {
    let (kind, advice) = match code {
        code if REFUSED.contains(&code) => (Kind::Refused, None),
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
        "network-forked" => (Kind::Refused, Some("xchat evidence shows the proofs")),
        "trust-expired" => (
            Kind::Unreachable,
            Some("Ask somebody in the network for a new invitation, and give it to the page"),
        ),
        "no-account" | "not-registered" => (Kind::Refused, Some("Create the account with xchat init")),
        "api-misuse" => (Kind::Usage, None),
        "unknown-name"
        | "unknown-conversation"
        | "unknown-request"
        | "unknown-file"
        | "unknown-import"
        | "unknown-item"
        | "unknown-person"
        | "no-file"
        | "unknown-message"
        | "unknown-reply"
        | "unknown-scheduled"
        | "unknown-upload"
        | "profile-not-there" => (Kind::NotFound, None),
        "unreachable" => (Kind::Unreachable, Some("xchat doctor says what is in reach")),
        "not-reachable-yet" | "not-ready" | "no-network" | "busy" | "file-not-here" => {
            (Kind::Unreachable, None)
        }
        "clock-off" => (Kind::Clock, None),
        "disk-full" | "storage" | "profile-damaged" | "profile-too-new" => (Kind::Storage, None),
        "profile-in-use" | "import-busy" => (Kind::InUse, None),
        // "import-stopped", "bug", "stopped" and "no-entropy" too: nobody can do anything about them.
        _ => (Kind::Failed, None),
    };
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
mod tests;
