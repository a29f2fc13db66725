//! The file through which commands find the running profile, and the proof that it is the one that wrote the file.

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::Profile;
use crate::failure::Failure;
use crate::private_file;

const FILE: &str = "daemon.json";

/// Where the profile's local API is, and the token that opens all of it. Only the user can read it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DaemonFile {
    /// The TCP port on 127.0.0.1.
    pub(crate) port: u16,
    /// The master token.
    pub(crate) token: String,
    /// The process that wrote it.
    pub(crate) pid: u32,
}

impl std::fmt::Debug for DaemonFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DaemonFile")
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

impl DaemonFile {
    /// Reads it, if there is one.
    ///
    /// # Errors
    /// When it is there and can't be read.
    pub(crate) fn read(profile: &Profile) -> Result<Option<Self>, Failure> {
        private_file::read_json(&profile.file(FILE))
    }

    /// Puts it in its place.
    ///
    /// # Errors
    /// When it can't be written.
    pub(crate) fn write(&self, profile: &Profile) -> Result<(), Failure> {
        private_file::write_json(&profile.file(FILE), self)
    }

    /// Takes it away. Only the holder of the profile's lock may.
    ///
    /// # Errors
    /// When it can't be removed.
    pub(crate) fn remove(profile: &Profile) -> Result<(), Failure> {
        private_file::remove(&profile.file(FILE))
    }

    /// Whether an answer to `nonce` comes from the process that wrote this file.
    pub(crate) fn verifies(&self, nonce: &str, proof: &str) -> bool {
        self::proof(&self.token, self.port, nonce)
            .as_bytes()
            .ct_eq(proof.as_bytes())
            .into()
    }
}

/// Proves knowledge of the token without showing it, for this port only: a foreign listener can't pass the challenge
/// on to the real one.
pub(crate) fn proof(token: &str, port: u16, nonce: &str) -> String {
    let key = blake3::derive_key("xchat v1 local API challenge", token.as_bytes());
    let message = [&port.to_be_bytes(), nonce.as_bytes()].concat();
    blake3::keyed_hash(&key, &message).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn api_03_only_the_writer_of_the_file_passes_the_challenge() {
        let file = DaemonFile {
            port: 7000,
            token: "secret".to_owned(),
            pid: 1,
        };
        assert!(file.verifies("nonce", &proof("secret", 7000, "nonce")));
        assert!(!file.verifies("nonce", &proof("other", 7000, "nonce")));
        assert!(
            !file.verifies("nonce", &proof("secret", 7001, "nonce")),
            "passed on from another port"
        );
        assert!(
            !file.verifies("other", &proof("secret", 7000, "nonce")),
            "played again"
        );
        assert!(!format!("{file:?}").contains("secret"));
    }
}
