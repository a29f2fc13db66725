//! The profile and its account.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who this profile is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Identity {
    /// The username, without the `@`, once one is chosen.
    pub(crate) name: Option<String>,
    /// The account's id, in hexadecimal digits.
    pub(crate) account: String,
    /// This device's public key, in hexadecimal digits.
    pub(crate) device: String,
    /// Whether the network has the name on record for this account.
    pub(crate) registered: bool,
    /// Whether the name was given up: conversations go on, and nobody new finds this account.
    pub(crate) released: bool,
}

/// How far a profile has been opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Stage {
    /// Nothing has been begun: it may start a network or join one.
    New,
    /// A passphrase protects it.
    Locked,
    /// The messenger runs.
    Open,
}

/// Where this profile stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Profile {
    /// The profile's name on this machine.
    pub(crate) profile: String,
    /// How far it has been opened.
    pub(crate) stage: Stage,
    /// The account, once there is one.
    pub(crate) identity: Option<Identity>,
    /// Whether it belongs to a network.
    pub(crate) in_network: bool,
    /// Whether this process runs a node of that network.
    pub(crate) runs_node: bool,
    /// Whether a passphrase protects it.
    pub(crate) has_passphrase: bool,
    /// The version of the program.
    pub(crate) version: String,
}

/// Whether a name can be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum NameStanding {
    /// Nobody has it.
    Free,
    /// Somebody has it.
    Taken,
    /// Nobody may have it.
    Reserved,
    /// It looks like another that is somebody's, or was lately.
    Similar,
    /// It was given up, and is nobody's for a while.
    Resting,
}

/// A name, and whether it can be had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct NameLookup {
    /// The name, without the `@`.
    pub(crate) name: String,
    /// How it stands.
    pub(crate) standing: NameStanding,
    /// The name that it looks like, when it is similar.
    pub(crate) similar: Option<String>,
    /// Until when it rests, in Unix milliseconds.
    pub(crate) until_ms: Option<u64>,
}

/// How a profile is begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct Beginning {
    /// The invitation into the network to join; without one, an own network begins.
    pub(crate) invitation: Option<String>,
}

/// A passphrase.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct Passphrase {
    /// The passphrase.
    pub(crate) passphrase: String,
}

/// What protects the profile from now on.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct PassphraseChange {
    /// The new passphrase, or none.
    pub(crate) passphrase: Option<String>,
}

/// The words of a new account.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Words {
    /// The 24 words.
    pub(crate) words: Vec<String>,
}

/// The words of a new account, as long as they are remembered.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct RememberedWords {
    /// The 24 words, until they are confirmed or the program ends.
    pub(crate) words: Option<Vec<String>>,
}

/// A username, with or without the `@`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct NameWish {
    /// The name.
    pub(crate) name: String,
}

/// An account to be brought back.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub(crate) struct RestorationWish {
    /// Its 24 words, with white space between them.
    pub(crate) words: String,
    /// Its name.
    pub(crate) name: String,
}
