//! An archive that lies open: a folder, or a single file.

use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use xchat_archives::{Listing, limits::ENTRIES_MAX, limits::NAME_DEPTH_MAX};

/// The files of a folder. Links are left alone: they lead elsewhere.
pub(super) fn listing(folder: &Path) -> io::Result<Listing<'static>> {
    let mut found = Vec::new();
    let mut waiting = vec![(folder.to_owned(), String::new(), 0)];
    while let Some((path, prefix, depth)) = waiting.pop() {
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let facts = entry.metadata()?;
            if facts.is_dir() && depth < NAME_DEPTH_MAX {
                waiting.push((entry.path(), format!("{prefix}{name}/"), depth + 1));
            } else if facts.is_file() {
                found.push((format!("{prefix}{name}"), facts.len()));
            }
            if u64::try_from(found.len()).unwrap_or(u64::MAX) >= ENTRIES_MAX {
                return Ok(of(folder, found));
            }
        }
    }
    Ok(of(folder, found))
}

/// A single file.
pub(super) fn single(path: &Path) -> io::Result<Listing<'static>> {
    let bytes = fs::metadata(path)?.len();
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let path = path.to_owned();
    Ok(Listing::new([(name, bytes)], move |_| {
        Ok(Box::new(BufReader::new(File::open(&path)?)))
    }))
}

fn of(folder: &Path, found: Vec<(String, u64)>) -> Listing<'static> {
    let folder: PathBuf = folder.to_owned();
    Listing::new(found, move |name| {
        Ok(Box::new(BufReader::new(File::open(folder.join(name))?)))
    })
}
