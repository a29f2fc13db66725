//! The files of an archive, wherever they are: in a zip, or in a list that the caller gives.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::ops::Bound;
use std::sync::Arc;

use crate::limits::{ENTRIES_MAX, FILE_BYTES_MAX, NAMES_BYTES_MAX};
use crate::names;
use crate::problem::{Place, Problem, What};
use crate::report::label;

/// Files by name. Names are relative, with slashes.
pub trait Files {
    /// What files there are.
    fn directory(&self) -> Arc<Directory>;

    /// Opens a file that is there. What is read may fail at any byte.
    ///
    /// # Errors
    /// There is no such file, or it can't be read.
    fn open(&mut self, name: &str) -> io::Result<Box<dyn Read + '_>>;
}

/// How many problems with names are told one by one.
const PROBLEMS_TOLD: usize = 100;

/// A file: what it says of itself, and where it is in a zip.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Entry {
    pub(crate) size: u64,
    pub(crate) at: u64,
    pub(crate) packed: u64,
    pub(crate) crc: u32,
    pub(crate) is_deflated: bool,
}

/// The names of files, as far as they are safe and there is room.
#[derive(Debug, Default)]
pub struct Directory {
    files: BTreeMap<String, Entry>,
    problems: Vec<Problem>,
    bytes: usize,
}

impl Directory {
    /// How many bytes a file has, or says that it has. `None`: there is no such file.
    #[must_use]
    pub fn size(&self, name: &str) -> Option<u64> {
        self.files.get(name).map(|entry| entry.size)
    }

    /// The names that start so, sorted.
    pub fn names<'a>(&'a self, start: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        let from = self
            .files
            .range::<str, _>((Bound::Included(start), Bound::Unbounded));
        let names = from.map(|(name, _)| name.as_str());
        names.take_while(move |name| name.starts_with(start))
    }

    /// What was left out.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    pub(crate) fn entry(&self, name: &str) -> Option<Entry> {
        self.files.get(name).copied()
    }

    /// Takes a name as it comes. False if there is no room for more.
    pub(crate) fn take(&mut self, name: &str, entry: Entry) -> bool {
        let count = u64::try_from(self.files.len()).unwrap_or(u64::MAX);
        if count >= ENTRIES_MAX || self.bytes.saturating_add(name.len()) > NAMES_BYTES_MAX {
            self.problem("", What::TooMany("files"));
            return false;
        }
        if !names::is_safe(name) {
            self.problem(name, What::UnsafeName);
        } else if self.files.contains_key(name) {
            self.problem(name, What::Twice);
        } else {
            self.bytes += name.len();
            self.files.insert(name.to_owned(), entry);
        }
        true
    }

    pub(crate) fn problem(&mut self, name: &str, what: What) {
        if self.problems.len() < PROBLEMS_TOLD {
            self.problems.push(Problem {
                file: label(name),
                place: Place::Whole,
                what,
            });
        }
    }
}

type Open<'a> = Box<dyn FnMut(&str) -> io::Result<Box<dyn Read + 'a>> + 'a>;

/// Files that the caller lists, of a folder for instance.
pub struct Listing<'a> {
    directory: Arc<Directory>,
    open: Open<'a>,
}

impl<'a> Listing<'a> {
    /// Takes names with their sizes, relative to the archive's folder, and what opens one. Only names of this list, as
    /// they were given, are ever asked for.
    pub fn new(
        files: impl IntoIterator<Item = (String, u64)>,
        open: impl FnMut(&str) -> io::Result<Box<dyn Read + 'a>> + 'a,
    ) -> Self {
        let mut directory = Directory::default();
        for (name, size) in files {
            let entry = Entry {
                size,
                ..Entry::default()
            };
            if !directory.take(&name, entry) {
                break;
            }
        }
        Self {
            directory: Arc::new(directory),
            open: Box::new(open),
        }
    }
}

impl std::fmt::Debug for Listing<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Listing")
            .field("files", &self.directory.files.len())
            .finish_non_exhaustive()
    }
}

impl Files for Listing<'_> {
    fn directory(&self) -> Arc<Directory> {
        Arc::clone(&self.directory)
    }

    fn open(&mut self, name: &str) -> io::Result<Box<dyn Read + '_>> {
        if self.directory.entry(name).is_none() {
            return Err(io::ErrorKind::NotFound.into());
        }
        let file = (self.open)(name)?;
        Ok(Box::new(file.take(FILE_BYTES_MAX)))
    }
}

/// What an error of reading says is wrong.
pub(crate) fn read_error(error: &io::Error) -> What {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<What>());
    match inner {
        Some(what) => what.clone(),
        None if error.kind() == io::ErrorKind::UnexpectedEof => What::CutShort,
        None => What::Unreadable(error.kind().to_string()),
    }
}

/// An error of reading that says what is wrong.
pub(crate) fn spoilt(what: What) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
