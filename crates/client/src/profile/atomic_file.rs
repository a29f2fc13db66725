//! Files that are there whole or not at all, whenever the power fails.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

/// Writes `name` in `folder`, readable by its owner only. Afterwards it is on disk, or the old one is untouched.
pub(super) fn write(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let temporary = folder.join(format!("{name}.new"));
    // What a crash left behind may have other permissions: make it anew.
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let written = write_private(&temporary, bytes).and_then(|()| fs::rename(&temporary, folder.join(name)));
    if let Err(error) = written {
        // A half-written file holds secrets and fills a full disk further; if even this fails, the first error counts.
        let _ = fs::remove_file(&temporary);
        return Err(error);
    }
    sync_folder(folder)
}

fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = File::options();
    options.create_new(true).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Windows has no such thing: its file system orders a rename itself.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> std::io::Result<()> {
    Ok(())
}
