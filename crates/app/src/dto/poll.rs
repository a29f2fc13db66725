//! Polls.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A poll to send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct PollWish {
    /// The question, in UTF-8 at most 1 KiB long.
    pub(crate) question: String,
    /// Two to twelve different choices, each of at most 256 bytes.
    pub(crate) choices: Vec<String>,
    /// Whether one may choose several.
    #[serde(default)]
    pub(crate) multiple: bool,
}

/// A poll as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Poll {
    /// What is asked.
    pub(crate) question: String,
    /// What can be chosen, in that order.
    pub(crate) choices: Vec<Choice>,
    /// Whether one may choose several.
    pub(crate) multiple: bool,
    /// Whether its author has ended it.
    pub(crate) ended: bool,
    /// How many people have voted.
    pub(crate) voters: usize,
}

/// What can be chosen in a poll.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Choice {
    /// What it says.
    pub(crate) text: String,
    /// Who has chosen it, without the `@`.
    pub(crate) names: Vec<String>,
    /// Whether this account has.
    pub(crate) mine: bool,
}

/// What is chosen in a poll.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct VoteWish {
    /// The places of the choices, from 0; none takes the vote back.
    pub(crate) choices: Vec<u8>,
}
