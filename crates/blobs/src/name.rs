//! The name of a blob on this disk.

use std::fmt;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;

/// What a blob is called on this disk: random, so that nothing in a file's name tells which blob it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobName([u8; 16]);

/// The end of the name of a file that has the sealed bytes.
pub(crate) const DATA: &str = "data";
/// The end of the name of a file that has the tree.
pub(crate) const TREE: &str = "tree";

impl BlobName {
    /// From its bytes: random ones, when it is new.
    #[must_use]
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Of a file in one of the folders of a store, if it is called as a blob's are.
    pub(crate) fn of_file(folder: &str, file: &str) -> Option<Self> {
        let rest = [DATA, TREE]
            .iter()
            .find_map(|end| file.strip_suffix(end)?.strip_suffix('.'))?;
        if folder.len() != 2 {
            return None;
        }
        let bytes = HEXLOWER.decode(format!("{folder}{rest}").as_bytes()).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// The folder that its files are in.
    pub(crate) fn folder(&self, root: &Path) -> PathBuf {
        root.join(HEXLOWER.encode(&self.0[..1]))
    }

    /// One of its files.
    pub(crate) fn file(&self, root: &Path, end: &str) -> PathBuf {
        let name = format!("{}.{end}", HEXLOWER.encode(&self.0[1..]));
        self.folder(root).join(name)
    }
}

impl fmt::Display for BlobName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}
