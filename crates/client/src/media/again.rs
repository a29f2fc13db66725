//! Sealing a file of a message once more, for another conversation: no two share a sealed file that could be
//! recognised.

use std::ops::ControlFlow;
use std::sync::Arc;

use xchat_blobs::ReadError;
use xchat_core::content::{File, FileKey};
use xchat_core::io::SealedFile;
use xchat_core::machine::NewFile;
use xchat_proto::ids::Hash;

use super::error::OpenFileError;
use super::intake::Unkept;
use super::source::Opened;
use super::uploads::Files;

/// Copies of files that belong to no message yet; erased when they are dropped.
#[derive(Debug, Default)]
pub(crate) struct Copies(Vec<(Unkept, File)>);

impl Copies {
    /// Seals a file once more. It blocks.
    pub(crate) fn add(
        &mut self,
        files: &Arc<Files>,
        file: File,
        sealed: &SealedFile,
    ) -> Result<(), OpenFileError> {
        let opened = Opened::new(&files.store, sealed)?;
        let (name, key) = files.fresh();
        let source = opened.source();
        let imported = files
            .store
            .import(name, &key, source, |_| ControlFlow::Continue(()))
            .map_err(|error| OpenFileError::of_copy(&opened, error))?;
        let unkept = Unkept::new(&files.store, name);
        let file = File {
            hash: Hash(*imported.hash.as_bytes()),
            key: FileKey {
                key: *key.key(),
                nonce: *key.nonce(),
            },
            ..file
        };
        self.0.push((unkept, file));
        Ok(())
    }

    pub(crate) fn to_send(&self) -> Vec<NewFile> {
        let file = |(unkept, file): &(Unkept, File)| NewFile {
            file: *unkept.name().bytes(),
            content: file.clone(),
        };
        self.0.iter().map(file).collect()
    }

    /// They belong to a message now.
    pub(crate) fn sent(self) {
        for (unkept, _) in self.0 {
            unkept.keep();
        }
    }
}

impl OpenFileError {
    /// A copy that was not made: what was read may not be here, or not what it should be.
    fn of_copy(opened: &Opened, error: xchat_blobs::ImportError) -> Self {
        match error {
            xchat_blobs::ImportError::Disk(error) => error.into(),
            // The reader tells no more than that it failed.
            xchat_blobs::ImportError::Source(_) => {
                let read = opened.read(0..opened.size);
                let failed = read.and_then(|mut pieces| pieces.find_map(Result::err).map_or(Ok(()), Err));
                failed.map_or_else(|error: ReadError| error.into(), |()| Self::NotHere)
            }
            other => Self::Storage(other.to_string()),
        }
    }
}
