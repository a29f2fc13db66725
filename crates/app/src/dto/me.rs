//! What people say of themselves.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What somebody says of themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct About {
    /// What they want to be called; empty for their name alone.
    pub(crate) name: String,
    /// A few words.
    pub(crate) bio: String,
    /// Where their picture is, when they have one: below `/api/`, or below `/media/{ticket}/`. Another picture is
    /// elsewhere.
    pub(crate) avatar: Option<String>,
}

/// What to say of oneself; what is not named stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct AboutChange {
    /// What to be called, in UTF-8 at most 64 bytes long.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub(crate) name: Option<String>,
    /// A few words, in UTF-8 at most 512 bytes long.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub(crate) bio: Option<String>,
}
