//! What went wrong, as people, scripts and the local API are told.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What sort of failure it is. Decides the exit code and the HTTP status, and never changes its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// Something failed that is none of the others.
    Failed,
    /// The command or request makes no sense as it stands.
    Usage,
    /// There is no such name, conversation or request.
    NotFound,
    /// The network, or what is needed of it, is out of reach.
    Unreachable,
    /// Taken, malformed, too long, wrong secret: the same again will be refused again.
    Refused,
    /// The profile, or a port, is in use.
    InUse,
    /// The disk is full or can't be read or written.
    Storage,
    /// This machine's clock is too far off.
    Clock,
    /// No valid token.
    Unauthorized,
    /// The token's scopes don't reach so far, or the request comes from a foreign page.
    Forbidden,
}

impl Kind {
    /// The exit code of a command.
    pub(crate) const fn exit_code(self) -> u8 {
        match self {
            Self::Failed | Self::Unauthorized | Self::Forbidden => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::Unreachable => 4,
            Self::Refused => 5,
            Self::InUse => 6,
            Self::Storage => 7,
            Self::Clock => 8,
        }
    }

    /// The status of an answer.
    pub(crate) const fn http_status(self) -> u16 {
        match self {
            Self::Failed => 500,
            Self::Usage => 400,
            Self::NotFound => 404,
            Self::Unreachable => 503,
            Self::Refused => 422,
            Self::InUse | Self::Clock => 409,
            Self::Storage => 507,
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
        }
    }
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Failure {
    /// The sort, which decides exit code and status.
    pub(crate) kind: Kind,
    /// Which failure exactly: stable, in kebab-case.
    pub(crate) code: String,
    /// What happened.
    pub(crate) message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) advice: Option<String>,
    /// Whether the same may succeed later.
    #[serde(default)]
    pub(crate) retryable: bool,
}

/// A failure as it travels: `{"error": {...}}`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct FailureBody {
    /// The failure.
    pub(crate) error: Failure,
}

impl Failure {
    /// A failure with its code and what happened.
    pub(crate) fn new(kind: Kind, code: &str, message: impl fmt::Display) -> Self {
        Self {
            kind,
            code: code.to_owned(),
            message: sentence(&message.to_string()),
            advice: None,
            retryable: matches!(kind, Kind::Unreachable | Kind::InUse | Kind::Storage),
        }
    }

    /// Adds what to do.
    #[must_use]
    pub(crate) fn advise(mut self, advice: impl fmt::Display) -> Self {
        self.advice = Some(sentence(&advice.to_string()));
        self
    }

    /// Our own mistake, or one that nobody can do much about.
    pub(crate) fn bug(message: impl fmt::Display) -> Self {
        Self::new(Kind::Failed, "bug", message)
    }

    /// A command or request that makes no sense.
    pub(crate) fn usage(message: impl fmt::Display) -> Self {
        Self::new(Kind::Usage, "usage", message)
    }

    /// A file that can't be read or written.
    pub(crate) fn storage(what: impl fmt::Display, error: &std::io::Error) -> Self {
        let failure = Self::new(Kind::Storage, "storage", format!("{what}: {error}"));
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self {
                code: "disk-full".to_owned(),
                ..failure
            }
            .advise("Free some space and try again; nothing is lost"),
            std::io::ErrorKind::PermissionDenied => failure.advise("Check who owns the folder"),
            _ => failure,
        }
    }
}

/// Capitals at the beginning, no full stop at the end: the parts are joined with full stops. A command stays as it is
/// typed.
fn sentence(text: &str) -> String {
    let text = text.trim().trim_end_matches('.');
    if text.starts_with("xchat ") {
        return text.to_owned();
    }
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        write!(f, "{}.", one_line(&self.message))?;
        match &self.advice {
            Some(advice) => write!(f, " {}.", one_line(advice)),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_one_line_with_what_to_do() {
        let failure =
            Failure::new(Kind::Refused, "name-taken", "the name\nis taken.").advise("choose another");
        assert_eq!(failure.to_string(), "The name is taken. Choose another.");
        let failure = failure.advise("xchat whoami says which it is.");
        assert_eq!(
            failure.to_string(),
            "The name is taken. xchat whoami says which it is."
        );
    }

    #[test]
    fn exit_codes_are_stable() {
        let codes = [
            (Kind::Failed, 1),
            (Kind::Usage, 2),
            (Kind::NotFound, 3),
            (Kind::Unreachable, 4),
            (Kind::Refused, 5),
            (Kind::InUse, 6),
            (Kind::Storage, 7),
            (Kind::Clock, 8),
        ];
        for (kind, code) in codes {
            assert_eq!(kind.exit_code(), code, "{kind:?}");
        }
    }

    #[test]
    fn a_full_disk_is_named() {
        let error = std::io::Error::from(std::io::ErrorKind::StorageFull);
        let failure = Failure::storage("the settings can't be written", &error);
        assert_eq!(
            (failure.kind, failure.code.as_str()),
            (Kind::Storage, "disk-full")
        );
    }
}
