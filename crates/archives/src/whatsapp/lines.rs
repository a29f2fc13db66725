//! The lines of a text file, none of them longer than is taken.

use std::io::{self, BufRead, BufReader, Read};

use crate::limits::TEXT_BYTES_MAX;

/// A line without its end.
#[derive(Debug)]
pub(super) struct Line {
    /// Counted from 1.
    pub(super) number: u64,
    pub(super) text: String,
    /// Whether there was more of it.
    pub(super) is_cut: bool,
}

pub(super) struct Lines<R> {
    file: BufReader<R>,
    number: u64,
    is_done: bool,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(file: R) -> Self {
        Self {
            file: BufReader::with_capacity(64 * 1024, file),
            number: 0,
            is_done: false,
        }
    }

    /// Reads a line; of a long one what is beyond is read over.
    fn read(&mut self) -> io::Result<Option<Line>> {
        let mut bytes = Vec::new();
        let limit = u64::try_from(TEXT_BYTES_MAX).unwrap_or(u64::MAX);
        let count = Read::by_ref(&mut self.file)
            .take(limit)
            .read_until(b'\n', &mut bytes)?;
        if count == 0 {
            return Ok(None);
        }
        let is_cut = count == TEXT_BYTES_MAX && !bytes.ends_with(b"\n");
        if is_cut {
            self.file.skip_until(b'\n')?;
        }
        self.number += 1;
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_end_matches(['\n', '\r']);
        // A letter that was cut in its middle at the limit.
        let text = if is_cut {
            text.trim_end_matches('\u{fffd}')
        } else {
            text
        };
        Ok(Some(Line {
            number: self.number,
            text: text.to_owned(),
            is_cut,
        }))
    }
}

impl<R: Read> Iterator for Lines<R> {
    type Item = io::Result<Line>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        let line = self.read().transpose();
        self.is_done = !matches!(line, Some(Ok(_)));
        line
    }
}
