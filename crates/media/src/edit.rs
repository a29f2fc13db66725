//! Changes of a file that move nothing in it: offsets within films stay right.

use std::io::{self, Read, Seek, SeekFrom};

use crate::StripError;

/// A change of a file where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Patch {
    /// So many bytes from a place on become zero.
    Zeros {
        /// Where they begin.
        at: u64,
        /// How many they are.
        length: u64,
    },
    /// The bytes at a place become these.
    Bytes {
        /// Where they begin.
        at: u64,
        /// What they become.
        bytes: Vec<u8>,
    },
    /// The file ends here.
    Cut {
        /// Its new length.
        at: u64,
    },
}

/// Changes while they are collected.
#[derive(Debug, Default)]
pub(crate) struct Edits {
    zeros: Vec<(u64, u64)>,
    writes: Vec<Patch>,
    cut: Option<u64>,
}

impl Edits {
    /// All from a place up to another becomes zero.
    pub(crate) fn zero(&mut self, start: u64, end: u64) {
        if start < end {
            self.zeros.push((start, end));
        }
    }

    pub(crate) fn write(&mut self, at: u64, bytes: &[u8]) {
        let bytes = bytes.to_vec();
        self.writes.push(Patch::Bytes { at, bytes });
    }

    pub(crate) fn cut(&mut self, at: u64) {
        self.cut = Some(at);
    }

    /// Zeros first, and no byte twice: a file may name the same place a million times.
    pub(crate) fn into_patches(mut self) -> Vec<Patch> {
        self.zeros.sort_unstable();
        let mut merged: Vec<(u64, u64)> = Vec::new();
        for (start, end) in self.zeros {
            match merged.last_mut() {
                Some((_, last)) if start <= *last => *last = end.max(*last),
                _ => merged.push((start, end)),
            }
        }
        let zeros = merged.into_iter().map(|(start, end)| Patch::Zeros {
            at: start,
            length: end.saturating_sub(start),
        });
        let cut = self.cut.map(|at| Patch::Cut { at });
        zeros.chain(self.writes).chain(cut).collect()
    }
}

/// Makes changes in a copy. What is not there is not changed.
pub(crate) fn apply(bytes: &[u8], patches: &[Patch]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
    for patch in patches {
        match patch {
            Patch::Zeros { at, length } => {
                let end = place(at.saturating_add(*length));
                if let Some(part) = bytes.get_mut(place(*at)..end) {
                    part.fill(0);
                }
            }
            Patch::Bytes { at, bytes: new } => {
                let end = place(*at).saturating_add(new.len());
                if let Some(part) = bytes.get_mut(place(*at)..end) {
                    part.copy_from_slice(new);
                }
            }
            Patch::Cut { at } => bytes.truncate(place(*at)),
        }
    }
    bytes
}

/// A file that is read here and there, and too long to be held.
pub(crate) struct Source<'a, S> {
    inner: &'a mut S,
    length: u64,
}

impl<'a, S: Read + Seek> Source<'a, S> {
    pub(crate) fn new(inner: &'a mut S) -> Result<Self, StripError> {
        let length = inner.seek(SeekFrom::End(0)).map_err(|_| StripError::Unreadable)?;
        Ok(Self { inner, length })
    }

    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// As many of the bytes from a place on as there are up to an end, at most so many.
    pub(crate) fn read(&mut self, at: u64, end: u64, most: u64) -> Result<Vec<u8>, StripError> {
        let end = end.min(self.length);
        let length = end.saturating_sub(at).min(most);
        let mut bytes = Vec::new();
        self.inner
            .seek(SeekFrom::Start(at))
            .and_then(|_| self.inner.by_ref().take(length).read_to_end(&mut bytes))
            .map_err(|error: io::Error| match error.kind() {
                io::ErrorKind::UnexpectedEof => StripError::Damaged,
                _ => StripError::Unreadable,
            })?;
        Ok(bytes)
    }
}
