//! Files that only the user can read, and that a crash leaves either old or new.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::failure::Failure;

/// In bytes. Nothing of ours comes near it.
const SIZE_MAX: u64 = 1024 * 1024;

/// Makes a folder that only the user can enter.
///
/// # Errors
/// When it can't be made.
pub(crate) fn create_folder(path: &Path) -> Result<(), Failure> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(path)
        .map_err(|error| Failure::storage(format!("the folder {} can't be made", path.display()), &error))
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Opens a file to lock it, and leaves what is in it.
///
/// # Errors
/// When it can't be opened.
pub(crate) fn open_for_lock(path: &Path) -> Result<File, Failure> {
    options()
        .read(true)
        .truncate(false)
        .open(path)
        .map_err(|error| Failure::storage(format!("{} can't be opened", path.display()), &error))
}

/// Writes a value as JSON: whole, on disk, and then in its place.
///
/// # Errors
/// When the disk is full or the folder can't be written; the old file stands then.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), Failure> {
    write(path, &serde_json::to_vec_pretty(value).map_err(Failure::bug)?)
}

/// Writes a file that only its owner can read, whole or not at all.
///
/// # Errors
/// When the disk is full or the folder can't be written; the old file stands then.
pub(crate) fn write(path: &Path, contents: &[u8]) -> Result<(), Failure> {
    let beside = path.with_extension("new");
    let written = options().truncate(true).open(&beside).and_then(|mut file| {
        file.write_all(contents)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        #[cfg(unix)]
        if let Some(folder) = path.parent() {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    });
    written.map_err(|error| Failure::storage(format!("{} can't be written", path.display()), &error))
}

/// Reads a value from JSON, if the file is there.
///
/// # Errors
/// When it is there and can't be read or understood.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, Failure> {
    let unreadable =
        |error: &std::io::Error| Failure::storage(format!("{} can't be read", path.display()), error);
    let size = match fs::metadata(path) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(&error)),
    };
    let damaged = || {
        Failure::new(
            crate::failure::Kind::Storage,
            "damaged-file",
            format!("{} is damaged", path.display()),
        )
        .advise("Restore it from a backup, or move it away to begin anew")
    };
    if size > SIZE_MAX {
        return Err(damaged());
    }
    match fs::read(path) {
        Ok(text) => serde_json::from_slice(&text).map(Some).map_err(|_| damaged()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(&error)),
    }
}

/// Removes a file, if it is there.
///
/// # Errors
/// When it is there and can't be removed.
pub(crate) fn remove(path: &Path) -> Result<(), Failure> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Failure::storage(
            format!("{} can't be removed", path.display()),
            &error,
        )),
        _ => Ok(()),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn api_02_only_the_user_can_read_what_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("profile");
        create_folder(&inner).unwrap();
        let path = inner.join("daemon.json");
        write_json(&path, &"first").unwrap();
        write_json(&path, &"second").unwrap();
        assert_eq!(read_json::<String>(&path).unwrap().unwrap(), "second");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&inner), mode(&path)), (0o700, 0o600));
        fs::write(&path, "{").unwrap();
        assert_eq!(read_json::<String>(&path).unwrap_err().code, "damaged-file");
        remove(&path).unwrap();
        remove(&path).unwrap();
        assert_eq!(read_json::<String>(&path).unwrap(), None);
    }
}
