//! A profile: the folder that holds one person's account on this machine, and what this app keeps in it.
//!
//! NOT its concern: the messenger's and the node's own files in the folders below it.

pub(crate) mod daemon_file;
pub(crate) mod lock;
pub(crate) mod settings;
pub(crate) mod tokens;

use std::path::{Path, PathBuf};

use crate::failure::{Failure, Kind};
use crate::private_file;

/// In characters.
const NAME_LENGTH_MAX: usize = 32;

/// A profile.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    name: String,
    folder: PathBuf,
}

impl Profile {
    /// The profile of this name; its folder is made when it isn't there.
    ///
    /// # Errors
    /// When the name can't name a folder, no place for it is known, or the folder can't be made.
    pub(crate) fn open(root: Option<&Path>, name: &str) -> Result<Self, Failure> {
        let letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
        // The folder of the stand-alone node lies beside the profiles.
        let is_taken = name == "node";
        if name.is_empty() || is_taken || name.len() > NAME_LENGTH_MAX || !name.chars().all(letter) {
            let message = format!("{name:?} can't name a profile");
            return Err(Failure::usage(message).advise("Use letters, digits, - and _"));
        }
        let root = match root {
            Some(root) => root.to_owned(),
            None => default_root()?,
        };
        let folder = std::path::absolute(root.join(name))
            .map_err(|error| Failure::storage("the profile's folder can't be named", &error))?;
        private_file::create_folder(&folder)?;
        Ok(Self {
            name: name.to_owned(),
            folder,
        })
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Where the app keeps a file of its own.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The messenger's folder.
    pub(crate) fn client_folder(&self) -> PathBuf {
        self.folder.join("client")
    }

    /// The folder of the node in this profile, where it has one.
    pub(crate) fn node_folder(&self) -> PathBuf {
        self.folder.join("node")
    }
}

/// Where profiles lie unless the user says otherwise (XDG Base Directory Specification).
pub(crate) fn default_root() -> Result<PathBuf, Failure> {
    let variable = |name| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    variable("XDG_DATA_HOME")
        .filter(|path| path.is_absolute())
        .or_else(|| variable("HOME").map(|home| home.join(".local/share")))
        .or_else(|| variable("LOCALAPPDATA"))
        .map(|data| data.join("xchat"))
        .ok_or_else(|| {
            Failure::new(
                Kind::Usage,
                "no-home",
                "there is no home folder to keep the profile in",
            )
            .advise("Name a folder with --data-dir")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_cannot_leave_its_root() {
        let root = tempfile::tempdir().unwrap();
        for bad in ["", "..", "node", "a/b", ".hidden", "x\0y", &"a".repeat(33)] {
            let error = Profile::open(Some(root.path()), bad).unwrap_err();
            assert_eq!(error.kind, Kind::Usage, "{bad:?}");
        }
        let profile = Profile::open(Some(root.path()), "second").unwrap();
        assert!(profile.file("x").starts_with(root.path().join("second")));
    }
}
