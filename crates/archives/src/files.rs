//! The files of an archive, wherever they are: in a zip, or in a list that the caller gives.

use std::collections::BTreeMap;
use std::io::{self, Read};

use crate::limits::{ENTRIES_MAX, FILE_BYTES_MAX, NAMES_BYTES_MAX};
use crate::names;
use crate::problem::{Place, Problem, What};

/// Files by name. Names are relative, with slashes.
pub trait Files {
    /// How many bytes a file has, or says that it has. `None`: there is no such file.
    fn size(&self, name: &str) -> Option<u64>;

    /// The names that start so, sorted.
    fn names<'a>(&'a self, start: &'a str) -> Box<dyn Iterator<Item = &'a str> + 'a>;

    /// Opens a file that is there. What is read may fail at any byte.
    ///
    /// # Errors
    /// There is no such file, or it can't be read.
    fn open(&mut self, name: &str) -> io::Result<Box<dyn Read + '_>>;

    /// What was left out of the files already.
    fn problems(&self) -> &[Problem];
}

/// The names that start so, of a sorted map.
pub(crate) fn starting_with<'a, T>(
    map: &'a BTreeMap<String, T>,
    start: &'a str,
) -> Box<dyn Iterator<Item = &'a str> + 'a> {
    let from = map.range::<str, _>((std::ops::Bound::Included(start), std::ops::Bound::Unbounded));
    Box::new(
        from.map(|(name, _)| name.as_str())
            .take_while(move |name| name.starts_with(start)),
    )
}

/// How many problems with names are told one by one.
const PROBLEMS_TOLD: usize = 100;

/// Takes names as they come, as far as they are safe and there is room.
#[derive(Debug)]
pub(crate) struct Names<T> {
    pub(crate) map: BTreeMap<String, T>,
    pub(crate) problems: Vec<Problem>,
    bytes: usize,
}

impl<T> Names<T> {
    pub(crate) const fn new() -> Self {
        Self {
            map: BTreeMap::new(),
            problems: Vec::new(),
            bytes: 0,
        }
    }

    /// Whether there is room for more.
    pub(crate) fn take(&mut self, name: &str, value: T) -> bool {
        let count = u64::try_from(self.map.len()).unwrap_or(u64::MAX);
        if count >= ENTRIES_MAX || self.bytes.saturating_add(name.len()) > NAMES_BYTES_MAX {
            self.problem("", What::TooMany("files"));
            return false;
        }
        if !names::is_safe(name) {
            self.problem(name, What::UnsafeName);
        } else if self.map.contains_key(name) {
            self.problem(name, What::Twice);
        } else {
            self.bytes += name.len();
            self.map.insert(name.to_owned(), value);
        }
        true
    }

    pub(crate) fn problem(&mut self, name: &str, what: What) {
        if self.problems.len() < PROBLEMS_TOLD {
            let clean = |letter: char| if letter.is_control() { '\u{fffd}' } else { letter };
            let file = names::cut(name, 256).chars().map(clean).collect();
            self.problems.push(Problem {
                file,
                place: Place::Whole,
                what,
            });
        }
    }
}

type Open<'a> = Box<dyn FnMut(&str) -> io::Result<Box<dyn Read + 'a>> + 'a>;

/// Files that the caller lists, of a folder for instance.
pub struct Listing<'a> {
    names: Names<u64>,
    open: Open<'a>,
}

impl<'a> Listing<'a> {
    /// Takes names with their sizes, relative to the archive's folder, and what opens one. Only names of this list, as
    /// they were given, are ever asked for.
    pub fn new(
        files: impl IntoIterator<Item = (String, u64)>,
        open: impl FnMut(&str) -> io::Result<Box<dyn Read + 'a>> + 'a,
    ) -> Self {
        let mut names = Names::new();
        for (name, size) in files {
            if !names.take(&name, size) {
                break;
            }
        }
        Self {
            names,
            open: Box::new(open),
        }
    }
}

impl std::fmt::Debug for Listing<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Listing")
            .field("files", &self.names.map.len())
            .finish_non_exhaustive()
    }
}

impl Files for Listing<'_> {
    fn size(&self, name: &str) -> Option<u64> {
        self.names.map.get(name).copied()
    }

    fn names<'b>(&'b self, start: &'b str) -> Box<dyn Iterator<Item = &'b str> + 'b> {
        starting_with(&self.names.map, start)
    }

    fn open(&mut self, name: &str) -> io::Result<Box<dyn Read + '_>> {
        if !self.names.map.contains_key(name) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let file = (self.open)(name)?;
        Ok(Box::new(file.take(FILE_BYTES_MAX)))
    }

    fn problems(&self) -> &[Problem] {
        &self.names.problems
    }
}

/// The name that a single file is given where the caller has only bytes.
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
