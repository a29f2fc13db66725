//! Who may do what.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a token may do.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema, clap::ValueEnum,
)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Scope {
    /// See the identity, conversations, messages, requests and events.
    Read,
    /// Write, show typing, mark as read, begin conversations.
    Send,
    /// Accept and decline message requests.
    Requests,
    /// See the network: what is reachable, and the invitation.
    Network,
}

impl Scope {
    /// The word in JSON and on the command line.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Send => "send",
            Self::Requests => "requests",
            Self::Network => "network",
        }
    }
}

/// A bot's token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Token {
    /// Its id, to revoke it by.
    pub(crate) id: String,
    /// What its owner calls it.
    pub(crate) label: String,
    /// What it may do.
    pub(crate) scopes: Vec<Scope>,
    /// When it was made, in Unix milliseconds.
    pub(crate) created_ms: u64,
}

/// A new token. The secret is shown this once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct NewToken {
    /// The token.
    #[serde(flatten)]
    pub(crate) token: Token,
    /// What goes into `Authorization: Bearer`.
    pub(crate) secret: String,
}

/// What a new token shall be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenWish {
    /// What its owner calls it.
    pub(crate) label: String,
    /// What it may do.
    pub(crate) scopes: Vec<Scope>,
}

/// A one-time code, to be exchanged for a session's token within a minute.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct Code {
    /// The code.
    pub(crate) code: String,
}

/// A session's token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct Session {
    /// What goes into `Authorization: Bearer`, and into the first frame of the event stream.
    pub(crate) token: String,
}

/// Random text that a daemon shall prove its token over, before it is shown one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct Challenge {
    /// Fresh for every challenge.
    pub(crate) nonce: String,
}

/// The proof: who sends it knows the profile's token, and listens on this port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Proof {
    /// A keyed hash over port and nonce.
    pub(crate) proof: String,
}
