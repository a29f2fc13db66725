//! What a rule has to say about a place in the tree.

use std::fmt;

use super::Source;

/// Whether the finding fails the check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    /// It must go.
    Error,
    /// It should go.
    Warning,
}

/// A place, and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    pub(crate) path: String,
    /// Counted from one.
    pub(crate) line: usize,
    pub(crate) severity: Severity,
    pub(crate) message: String,
}

impl Finding {
    /// What fails the check.
    pub(crate) fn error(source: &Source, line: usize, message: impl Into<String>) -> Self {
        let path = source.path().to_owned();
        Self {
            path,
            line,
            severity: Severity::Error,
            message: message.into(),
        }
    }

    /// What is only said.
    pub(crate) fn warning(source: &Source, line: usize, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(source, line, message)
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "",
            Severity::Warning => "warning: ",
        };
        write!(f, "{}:{}: {severity}{}", self.path, self.line, self.message)
    }
}
