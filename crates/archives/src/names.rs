//! Names of files within an archive: which are safe to look up, and how they are cut.
//!
//! No name here ever becomes a path. They are checked all the same, since a program that is handed one might do it.

use crate::limits::{NAME_BYTES_MAX, NAME_DEPTH_MAX};

/// Whether a name is relative, stays below where it starts, and means the same on every system.
pub(crate) fn is_safe(name: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && part != "." && part != "..";
    let is_letter = |letter: char| !letter.is_control() && letter != '\\' && letter != ':';
    name.len() <= NAME_BYTES_MAX
        && name.split('/').count() <= NAME_DEPTH_MAX
        && name.split('/').all(is_part)
        && name.chars().all(is_letter)
}

/// The folder of a name with its slash, or nothing; and what stands behind.
pub(crate) fn split(name: &str) -> (&str, &str) {
    name.rfind('/')
        .map_or(("", name), |slash| name.split_at(slash + 1))
}

/// What stands behind the last dot, in small letters.
pub(crate) fn extension(name: &str) -> Option<String> {
    let (_, base) = split(name);
    let (stem, extension) = base.rsplit_once('.')?;
    let is_one = !stem.is_empty() && (1..=5).contains(&extension.len());
    (is_one && extension.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        .then(|| extension.to_ascii_lowercase())
}

/// A text of at most `bytes`, cut between letters.
pub(crate) fn cut(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or(text)
}
