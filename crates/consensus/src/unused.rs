//! The mark of a key that has never voted (docs/spec/directory.md, CNS-06): a file that holds the public key.

use std::io::{self, ErrorKind};
use std::path::Path;

use xchat_proto::keys::PublicKey;

/// Whether the mark is there, and is this key's.
pub(crate) fn is_unused(mark: &Path, key: &PublicKey) -> io::Result<bool> {
    match std::fs::read(mark) {
        Ok(bytes) => Ok(bytes == key.0),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Removes the mark, once it is remembered elsewhere.
pub(crate) fn use_up(mark: &Path) -> io::Result<()> {
    match std::fs::remove_file(mark) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cns_06_a_mark_is_for_one_key_and_once() {
        let folder = tempfile::tempdir().unwrap();
        let mark = folder.path().join("mark");
        let key = PublicKey([7; 32]);
        assert!(!is_unused(&mark, &key).unwrap());
        std::fs::write(&mark, key.0).unwrap();
        assert!(is_unused(&mark, &key).unwrap());
        assert!(
            !is_unused(&mark, &PublicKey([8; 32])).unwrap(),
            "a key that was put back from a backup"
        );
        use_up(&mark).unwrap();
        use_up(&mark).unwrap();
        assert!(!is_unused(&mark, &key).unwrap());
    }
}
