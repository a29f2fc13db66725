//! The folder that blobs lie in.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use blake3::Hash;

use crate::blob::{Blob, BlobFiles, OpenError};
use crate::disk::{self, DiskError};
use crate::import::{Import, ImportError, Imported};
use crate::name::{BlobName, DATA, TREE};
use crate::seal::BlobKey;
use crate::size::SealedSize;

/// All blobs below one folder: `<2 hex>/<30 hex>.data`, and `.tree` beside it. It keeps no list of them.
#[derive(Debug, Clone)]
pub struct BlobStore {
    root: PathBuf,
}

/// What `sweep` has removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Files.
    pub files: u64,
    /// Their sizes together.
    pub bytes: u64,
}

impl BlobStore {
    /// Takes a folder, and makes it if it isn't there.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn new(root: impl Into<PathBuf>) -> Result<Self, DiskError> {
        let root = root.into();
        disk::make_folder(&root)?;
        if let Some(parent) = root.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            disk::sync_folder(parent)?;
        }
        Ok(Self { root })
    }

    /// Begins to seal a file that comes in pieces. Both the name and the key must be new.
    ///
    /// # Errors
    /// When the disk fails, or the name isn't new.
    pub fn begin_import(&self, name: BlobName, key: &BlobKey) -> Result<Import, ImportError> {
        Import::begin(&self.root, name, key)
    }

    /// Seals all that a reader gives. `progress` is told after each piece how many bytes came, and may say to stop.
    /// What was imported is on the disk when this returns.
    ///
    /// # Errors
    /// When the reader or the disk fails, there is too much, or it was said to stop.
    pub fn import(
        &self,
        name: BlobName,
        key: &BlobKey,
        reader: impl Read,
        progress: impl FnMut(u64) -> ControlFlow<()>,
    ) -> Result<Imported, ImportError> {
        let mut import = self.begin_import(name, key)?;
        import.push_all(reader, progress)?;
        import.finish()
    }

    /// Opens a blob to receive it, from its beginning or from where that ended before.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn create(&self, name: BlobName, hash: Hash, size: SealedSize) -> Result<Blob, DiskError> {
        disk::make_folder(&name.folder(&self.root))?;
        self.open_files(name, hash, size, true).map_err(DiskError::from)
    }

    /// Opens a blob that was imported or created.
    ///
    /// # Errors
    /// When it isn't here, or the disk fails.
    pub fn open(&self, name: BlobName, hash: Hash, size: SealedSize) -> Result<Blob, OpenError> {
        self.open_files(name, hash, size, false)
            .map_err(|error| match error.kind() {
                ErrorKind::NotFound => OpenError::Unknown,
                _ => OpenError::Disk(error.into()),
            })
    }

    /// Removes a blob, if it is here. It is gone when this returns; who has it open can go on reading.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn erase(&self, name: BlobName) -> Result<(), DiskError> {
        let mut is_changed = false;
        for end in [DATA, TREE] {
            is_changed |= disk::remove(&name.file(&self.root, end))?;
        }
        match is_changed {
            true => disk::sync_folder(&name.folder(&self.root)),
            false => Ok(()),
        }
    }

    /// Removes all blobs but those that are known: what a crash has left of imports. Not while there is an import.
    /// Files that aren't called as a blob's are stay.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn sweep(&self, known: &BTreeSet<BlobName>) -> Result<Swept, DiskError> {
        let mut swept = Swept::default();
        for folder in fs::read_dir(&self.root)? {
            let folder = folder?;
            if folder.file_type()?.is_dir() {
                sweep_folder(&folder.path(), known, &mut swept)?;
            }
        }
        Ok(swept)
    }

    fn open_files(
        &self,
        name: BlobName,
        hash: Hash,
        size: SealedSize,
        can_create: bool,
    ) -> std::io::Result<Blob> {
        let open = |end: &str| -> std::io::Result<File> {
            disk::file_options()
                .create(can_create)
                .truncate(false)
                .open(name.file(&self.root, end))
        };
        let files = BlobFiles {
            data: open(DATA)?,
            tree: open(TREE)?,
            hash,
            size,
            folders: [name.folder(&self.root), self.root.clone()],
        };
        Ok(Blob {
            files: Arc::new(files),
        })
    }
}

fn sweep_folder(folder: &Path, known: &BTreeSet<BlobName>, swept: &mut Swept) -> Result<(), DiskError> {
    let Some(folder_name) = folder.file_name().and_then(|name| name.to_str()) else {
        return Ok(());
    };
    let before = swept.files;
    for file in fs::read_dir(folder)? {
        let file = file?;
        let name = file.file_name();
        let name = name
            .to_str()
            .and_then(|name| BlobName::of_file(folder_name, name));
        if name.is_some_and(|name| !known.contains(&name)) {
            swept.bytes += file.metadata()?.len();
            swept.files += u64::from(disk::remove(&file.path())?);
        }
    }
    match swept.files > before {
        true => disk::sync_folder(folder),
        false => Ok(()),
    }
}
