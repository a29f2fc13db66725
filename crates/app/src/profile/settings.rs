//! What a profile remembers of how it is run.

use serde::{Deserialize, Serialize};

use super::Profile;
use crate::failure::Failure;
use crate::private_file;

const FILE: &str = "settings.json";

/// What is remembered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Settings {
    /// Whether this profile has been begun.
    pub(crate) begun: bool,
    /// Whether it runs a network of its own, with the node in this process.
    pub(crate) own_network: bool,
    /// Whether it listens on this machine only.
    pub(crate) loopback: bool,
    /// The port of its page the last time.
    pub(crate) page_port: Option<u16>,
}

impl Settings {
    /// What the profile remembers, or nothing yet.
    ///
    /// # Errors
    /// When the file is there and can't be read.
    pub(crate) fn read(profile: &Profile) -> Result<Self, Failure> {
        Ok(private_file::read_json(&profile.file(FILE))?.unwrap_or_default())
    }

    /// Keeps them.
    ///
    /// # Errors
    /// When the file can't be written.
    pub(crate) fn write(&self, profile: &Profile) -> Result<(), Failure> {
        private_file::write_json(&profile.file(FILE), self)
    }
}
