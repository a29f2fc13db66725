//! Searching messages.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What kind of message is searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SearchKind {
    /// A text.
    Text,
    /// One with a link in it.
    Link,
}

/// What is searched for. All that is given must fit.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize, IntoParams)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SearchWish {
    /// Words, and phrases in quotation marks; the last word may be unfinished. At most 1 KiB.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub(crate) text: Option<String>,
    /// In this conversation.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub(crate) conversation: Option<i64>,
    /// By this person, without the `@`.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub(crate) from: Option<String>,
    /// Of this kind.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    #[param(inline)]
    pub(crate) kind: Option<SearchKind>,
    /// Not before this time, in Unix milliseconds.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub(crate) from_ms: Option<u64>,
    /// Not after this time, in Unix milliseconds.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub(crate) to_ms: Option<u64>,
    /// Where the page before ended: its `next`.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub(crate) before: Option<i64>,
    /// How many messages at most, 1 to 100.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub(crate) limit: Option<usize>,
}

/// A place in a text, counted as JavaScript counts: in units of UTF-16.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Mark {
    /// Where it begins.
    pub(crate) from: usize,
    /// Where it ends.
    pub(crate) to: usize,
}

/// A message that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Found {
    /// Its position in this device's history.
    pub(crate) row: i64,
    /// The conversation on this device.
    pub(crate) conversation: i64,
    /// Who the conversation is with, without the `@`.
    pub(crate) with: String,
    /// Who wrote it, without the `@`.
    pub(crate) from: String,
    /// Whether this account did.
    pub(crate) mine: bool,
    /// When it was written, by its author's clock, in Unix milliseconds.
    pub(crate) sent_ms: u64,
    /// The part of its text in which something was found.
    pub(crate) excerpt: String,
    /// Where in the excerpt it was, in order and apart.
    pub(crate) marks: Vec<Mark>,
}

/// A part of what was found, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct FoundPage {
    /// The messages.
    pub(crate) found: Vec<Found>,
    /// What the next page is asked for with, as `before`; nothing when this is the last.
    pub(crate) next: Option<i64>,
    /// Whether older messages are still being made ready for searching.
    pub(crate) partial: bool,
}
