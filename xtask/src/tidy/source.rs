//! A file of the tree: tracked, or about to be.

use std::path::Path;

use anyhow::Context;

use crate::step::{Step, root};

/// A path from the root, with `/` between its parts, and what the file holds.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    path: String,
    size: usize,
    /// Nothing where the file is no text.
    text: Option<String>,
}

impl Source {
    /// A file of the tree.
    pub(crate) fn new(path: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        let size = bytes.len();
        let text = if bytes.contains(&0) {
            None
        } else {
            String::from_utf8(bytes).ok()
        };
        Self {
            path: path.into(),
            size,
            text,
        }
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// What the file says; a file that is no text says nothing.
    pub(crate) fn text(&self) -> &str {
        self.text.as_deref().unwrap_or_default()
    }

    pub(crate) fn is_text(&self) -> bool {
        self.text.is_some()
    }

    pub(crate) fn is_rust(&self) -> bool {
        self.extension() == "rs"
    }

    pub(crate) fn extension(&self) -> &str {
        Path::new(&self.path)
            .extension()
            .and_then(|extension| extension.to_str())
            .unwrap_or_default()
    }

    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// Whether one of the folders above the file has this name.
    pub(crate) fn is_below(&self, folder: &str) -> bool {
        self.path.split('/').rev().skip(1).any(|part| part == folder)
    }

    /// Whether the file holds nothing but tests.
    pub(crate) fn is_test(&self) -> bool {
        self.name() == "tests.rs" || self.is_below("tests")
    }
}

/// Every file of the tree that git does not ignore: also a new one is judged before it is committed.
pub(crate) fn sources() -> anyhow::Result<Vec<Source>> {
    // The tree may belong to another user than the one who checks it, as in a container.
    let trust = format!("safe.directory={}", root().display());
    let list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let listed = Step::new("git", ["-c", &trust])
        .with(list)
        .output()
        .context("tidy needs a git work tree")?;
    let mut paths: Vec<_> = listed.split_terminator('\0').collect();
    paths.sort_unstable();
    paths.dedup();
    // A file that is listed and gone has been deleted and not yet committed.
    let present = paths.into_iter().filter(|path| root().join(path).is_file());
    present
        .map(|path| {
            let bytes = std::fs::read(root().join(path)).with_context(|| format!("{path} cannot be read"))?;
            Ok(Source::new(path, bytes))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_files_are_known_by_name_and_folder() {
        assert!(Source::new("crates/core/src/outbox/tests.rs", "").is_test());
        assert!(Source::new("crates/app/tests/restart.rs", "").is_test());
        assert!(!Source::new("crates/core/src/contests.rs", "").is_test());
        assert!(!Source::new("crates/core/src/attests/seal.rs", "").is_test());
    }

    #[test]
    fn bytes_that_are_no_text_say_nothing() {
        assert!(!Source::new("a", b"a\0b".to_vec()).is_text());
        assert!(!Source::new("a", vec![0xff, 0xfe]).is_text());
        assert!(Source::new("a", "text").is_text());
    }
}
