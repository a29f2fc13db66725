//! Sealing a file into the store while it comes.

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use blake3::Hash;
use thiserror::Error;

use crate::disk::{self, DiskError};
use crate::limits::{CHUNK_BYTES, CHUNK_PLAIN_BYTES, GROUP_BYTES, PLAIN_BYTES_MAX};
use crate::name::{BlobName, DATA, TREE};
use crate::seal::{BlobKey, Sealer};
use crate::size::SealedSize;
use crate::tree::TreeBuilder;

/// Why a file was not sealed. Nothing of it is left then.
#[derive(Debug, Error)]
pub enum ImportError {
    /// It is larger than any may be.
    #[error("a file has at most 4 GiB")]
    TooLarge,
    /// Where it comes from failed.
    #[error("the file can't be read: {0}")]
    Source(#[source] io::Error),
    /// Whoever watched the progress said to stop.
    #[error("it was cancelled")]
    Cancelled,
    /// It was gone on with after an error.
    #[error("it has failed before")]
    FailedBefore,
    /// The disk that it goes to failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// A file that has been sealed, and is on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imported {
    /// The address of what was sealed.
    pub hash: Hash,
    /// Its size when sealed.
    pub size: SealedSize,
    /// How many bytes the file had.
    pub plain_bytes: u64,
}

/// A file that is being sealed. Dropped before it is finished, it leaves nothing; after a crash, what `sweep` removes.
#[derive(Debug)]
pub struct Import {
    files: NewFiles,
    sealer: Sealer,
    tree: TreeBuilder,
    /// The plaintext of the present chunk. It is sealed when more comes: the last chunk is sealed as such.
    chunk: Vec<u8>,
    chunks: u64,
    plain_bytes: u64,
    pairs: Vec<u8>,
    /// Nothing can be made of it any more: what was written isn't what came.
    has_failed: bool,
}

impl Import {
    pub(crate) fn begin(root: &Path, name: BlobName, key: &BlobKey) -> Result<Self, ImportError> {
        Ok(Self {
            files: NewFiles::make(root, name)?,
            sealer: Sealer::new(key),
            tree: TreeBuilder::default(),
            chunk: Vec::with_capacity(CHUNK_BYTES),
            chunks: 0,
            plain_bytes: 0,
            pairs: Vec::new(),
            has_failed: false,
        })
    }

    /// Takes the next bytes of the file.
    ///
    /// # Errors
    /// When it becomes too large or the disk fails. Nothing can be made of it then.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), ImportError> {
        self.go_on(|import| import.add(bytes))
    }

    fn go_on<T>(&mut self, step: impl FnOnce(&mut Self) -> Result<T, ImportError>) -> Result<T, ImportError> {
        if self.has_failed {
            return Err(ImportError::FailedBefore);
        }
        let result = step(self);
        self.has_failed = result.is_err();
        result
    }

    fn add(&mut self, mut bytes: &[u8]) -> Result<(), ImportError> {
        self.plain_bytes = self.plain_bytes.saturating_add(bytes.len() as u64);
        if self.plain_bytes > PLAIN_BYTES_MAX {
            return Err(ImportError::TooLarge);
        }
        while !bytes.is_empty() {
            if self.chunk.len() == CHUNK_PLAIN_BYTES {
                self.seal_chunk(false)?;
            }
            let room = CHUNK_PLAIN_BYTES - self.chunk.len();
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.chunk.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    /// Takes all that a reader gives, and tells after each piece how many bytes have come, which may say to stop.
    ///
    /// # Errors
    /// As `push`; when the reader fails, or it was said to stop.
    pub fn push_all(
        &mut self,
        reader: impl Read,
        progress: impl FnMut(u64) -> ControlFlow<()>,
    ) -> Result<(), ImportError> {
        self.go_on(|import| import.add_all(reader, progress))
    }

    fn add_all(
        &mut self,
        mut reader: impl Read,
        mut progress: impl FnMut(u64) -> ControlFlow<()>,
    ) -> Result<(), ImportError> {
        let mut buffer = vec![0; CHUNK_PLAIN_BYTES];
        loop {
            let count = match reader.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(ImportError::Source(error)),
            };
            self.add(buffer.get(..count).unwrap_or_default())?;
            if progress(self.plain_bytes).is_break() {
                return Err(ImportError::Cancelled);
            }
        }
    }

    /// Pads and seals the rest, and waits until all of it is on the disk.
    ///
    /// # Errors
    /// When the disk fails, or something did before.
    pub fn finish(mut self) -> Result<Imported, ImportError> {
        if self.has_failed {
            return Err(ImportError::FailedBefore);
        }
        let size = SealedSize::of_plain(self.plain_bytes).ok_or(ImportError::TooLarge)?;
        while self.chunks < size.chunks() {
            self.chunk.resize(CHUNK_PLAIN_BYTES, 0);
            self.seal_chunk(self.chunks + 1 == size.chunks())?;
        }
        let hash = self.tree.finish(&mut self.pairs);
        self.files.write_tree(&mut self.pairs)?;
        self.files.keep()?;
        Ok(Imported {
            hash,
            size,
            plain_bytes: self.plain_bytes,
        })
    }

    fn seal_chunk(&mut self, is_last: bool) -> Result<(), DiskError> {
        self.sealer.seal(self.chunks, is_last, &mut self.chunk);
        for group in self.chunk.chunks(GROUP_BYTES) {
            self.tree.add(group, &mut self.pairs);
        }
        self.files.data.write_all(&self.chunk)?;
        self.chunk.clear();
        self.chunks += 1;
        if self.pairs.len() >= CHUNK_BYTES {
            self.files.write_tree(&mut self.pairs)?;
        }
        Ok(())
    }
}

/// The files of a blob that nobody knows yet.
#[derive(Debug)]
struct NewFiles {
    root: PathBuf,
    name: BlobName,
    data: File,
    tree: File,
    is_kept: bool,
}

impl NewFiles {
    fn make(root: &Path, name: BlobName) -> Result<Self, DiskError> {
        disk::make_folder(&name.folder(root))?;
        let mut options = disk::file_options();
        options.create_new(true);
        let data = options.open(name.file(root, DATA))?;
        let tree = match options.open(name.file(root, TREE)) {
            Ok(tree) => tree,
            Err(error) => {
                disk::remove(&name.file(root, DATA))?;
                return Err(error.into());
            }
        };
        Ok(Self {
            root: root.to_owned(),
            name,
            data,
            tree,
            is_kept: false,
        })
    }

    fn write_tree(&mut self, pairs: &mut Vec<u8>) -> Result<(), DiskError> {
        self.tree.write_all(pairs)?;
        pairs.clear();
        Ok(())
    }

    fn keep(&mut self) -> Result<(), DiskError> {
        self.data.sync_data()?;
        self.tree.sync_data()?;
        disk::sync_folder(&self.name.folder(&self.root))?;
        disk::sync_folder(&self.root)?;
        self.is_kept = true;
        Ok(())
    }
}

impl Drop for NewFiles {
    fn drop(&mut self) {
        if self.is_kept {
            return;
        }
        // What can't be removed now, `sweep` removes.
        for end in [DATA, TREE] {
            let _ = disk::remove(&self.name.file(&self.root, end));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blb_02_a_file_becomes_too_large_with_one_byte() {
        let folder = tempfile::tempdir().unwrap();
        let key = BlobKey::new([1; 32], [2; 7]);
        let mut import = Import::begin(folder.path(), BlobName::new([1; 16]), &key).unwrap();
        import.plain_bytes = PLAIN_BYTES_MAX - 2;
        import.push(b"no").unwrap();
        assert!(matches!(import.push(b"!"), Err(ImportError::TooLarge)));
        assert!(matches!(import.finish(), Err(ImportError::FailedBefore)));
    }
}
