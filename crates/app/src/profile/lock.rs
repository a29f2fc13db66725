//! One process at a time works on a profile: the lock that says so, and who holds it.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};

use super::Profile;
use crate::failure::{Failure, Kind};
use crate::private_file;

const FILE: &str = "lock";

/// What the holder of a lock does with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    /// Serves until it is told to stop.
    Server,
    /// Does one thing, and goes.
    Command,
}

impl Holder {
    const fn word(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Command => "command",
        }
    }
}

/// The lock, held until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

/// What came of trying.
#[derive(Debug)]
pub(crate) enum Attempt {
    /// It is ours.
    Held(Lock),
    /// It is somebody else's.
    HeldBy(Holder),
}

impl Lock {
    /// Takes the lock if it is free.
    ///
    /// # Errors
    /// When the lock's file can't be opened or written.
    pub(crate) fn attempt(profile: &Profile, holder: Holder) -> Result<Attempt, Failure> {
        let failed = |error: &std::io::Error| Failure::storage("the profile can't be locked", error);
        let mut file = private_file::open_for_lock(&profile.file(FILE))?;
        match file.try_lock() {
            Ok(()) => {
                let written = file.set_len(0).and_then(|()| {
                    file.rewind()?;
                    file.write_all(holder.word().as_bytes())
                });
                written.map_err(|error| failed(&error))?;
                Ok(Attempt::Held(Self { _file: file }))
            }
            Err(TryLockError::WouldBlock) => {
                let mut word = String::new();
                // Unreadable means that the holder is just writing it: it will be there next time.
                let read = (&file).take(16).read_to_string(&mut word);
                let is_server = read.is_ok() && word == Holder::Server.word();
                Ok(Attempt::HeldBy(if is_server {
                    Holder::Server
                } else {
                    Holder::Command
                }))
            }
            Err(TryLockError::Error(error)) => Err(failed(&error)),
        }
    }
}

/// What is said when the lock doesn't come free.
pub(crate) fn in_use(profile: &Profile) -> Failure {
    Failure::new(
        Kind::InUse,
        "profile-in-use",
        format!("the profile {:?} is already running", profile.name()),
    )
    .advise("Use it there, stop it, or take another with --profile")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_tells_who_holds_it() {
        let root = tempfile::tempdir().unwrap();
        let profile = Profile::open(Some(root.path()), "default").unwrap();
        let Attempt::Held(lock) = Lock::attempt(&profile, Holder::Server).unwrap() else {
            panic!("nobody else is there");
        };
        let second = Lock::attempt(&profile, Holder::Command).unwrap();
        assert!(matches!(second, Attempt::HeldBy(Holder::Server)));
        drop(lock);
        let third = Lock::attempt(&profile, Holder::Command).unwrap();
        let fourth = Lock::attempt(&profile, Holder::Server).unwrap();
        assert!(matches!(third, Attempt::Held(_)));
        assert!(matches!(fourth, Attempt::HeldBy(Holder::Command)));
    }
}
