//! Stands between a file and the JSON reader, and lets through only what that reader can take in bounded memory.
//!
//! The reader holds every text whole before anybody can look at it, gives up the rest of a file for one half of a
//! surrogate pair or one number that is too great, and remembers every open bracket. So here texts are cut, what is no
//! sound Unicode becomes U+FFFD, numbers that can't be become null, and too deep a nest is an error. Structure is not
//! this file's concern.

use std::cell::RefCell;
use std::io::{self, Read};
use std::rc::Rc;

use crate::files::spoilt;
use crate::limits::{NESTING_MAX, TEXT_BYTES_MAX};
use crate::problem::What;

const BLOCK_BYTES: usize = 16 * 1024;

/// A number of more letters than this is none that anybody needs.
const NUMBER_BYTES_MAX: usize = 40;

/// How many cut texts are told by their line.
const CUTS_TOLD: usize = 100;

const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();

/// The lines on which texts were cut.
pub(super) type Cuts = Rc<RefCell<Vec<u64>>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    /// Between values.
    Structure,
    /// A number, which is pending.
    Number,
    /// A text.
    Text,
    /// A letter of so many bytes in all, which is pending.
    Letter(usize),
    /// An escape, which is pending.
    Escape,
    /// An escape after a high surrogate, both of which are pending.
    Pair,
}

pub(super) struct Guard<R> {
    inner: R,
    block: Vec<u8>,
    out: Vec<u8>,
    given: usize,
    within: Within,
    pending: Vec<u8>,
    depth: u32,
    line: u64,
    text_bytes: usize,
    is_cutting: bool,
    is_too_deep: bool,
    cuts: Cuts,
}

impl<R: Read> Guard<R> {
    pub(super) fn new(inner: R, cuts: Cuts) -> Self {
        Self {
            inner,
            block: vec![0; BLOCK_BYTES],
            out: Vec::with_capacity(2 * BLOCK_BYTES),
            given: 0,
            within: Within::Structure,
            pending: Vec::new(),
            depth: 0,
            line: 1,
            text_bytes: 0,
            is_cutting: false,
            is_too_deep: false,
            cuts,
        }
    }

    /// Reads the next block into `out`; false at the end.
    fn fill(&mut self) -> io::Result<bool> {
        self.out.clear();
        self.given = 0;
        while self.out.is_empty() {
            if self.is_too_deep {
                return Err(spoilt(What::TooMany("levels")));
            }
            let count = match self.inner.read(&mut self.block) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read?,
            };
            if count == 0 {
                self.end_number();
                return Ok(!self.out.is_empty());
            }
            let block = std::mem::take(&mut self.block);
            self.pass_all(block.get(..count).unwrap_or_default());
            self.block = block;
        }
        Ok(true)
    }

    /// Most bytes are plain letters of texts: these pass many at a time.
    fn pass_all(&mut self, mut rest: &[u8]) {
        while let Some((byte, after)) = rest.split_first() {
            if self.is_too_deep {
                return;
            }
            let is_plain = |byte: &u8| matches!(byte, 0x20..=0x7f) && !matches!(byte, b'"' | b'\\');
            let run = match self.within {
                Within::Text => rest.iter().position(|byte| !is_plain(byte)).unwrap_or(rest.len()),
                _ => 0,
            };
            let has_room = self.text_bytes + run <= TEXT_BYTES_MAX && !self.is_cutting;
            if run > 0 && has_room {
                let (plain, after) = rest.split_at(run);
                self.text_bytes += run;
                self.out.extend_from_slice(plain);
                rest = after;
            } else {
                self.pass(*byte);
                rest = after;
            }
        }
    }

    fn pass(&mut self, byte: u8) {
        if byte == b'\n' {
            self.line += 1;
        }
        match self.within {
            Within::Text => self.pass_text(byte),
            Within::Structure => self.pass_structure(byte),
            Within::Number if matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E') => {
                if self.pending.len() <= NUMBER_BYTES_MAX {
                    self.pending.push(byte);
                }
            }
            Within::Number => {
                self.end_number();
                self.pass_structure(byte);
            }
            Within::Letter(bytes) => self.pass_letter(byte, bytes),
            Within::Escape => self.pass_escape(byte),
            Within::Pair => self.pass_pair(byte),
        }
    }

    fn pass_structure(&mut self, byte: u8) {
        match byte {
            b'"' => {
                self.within = Within::Text;
                self.text_bytes = 0;
                self.is_cutting = false;
            }
            b'-' | b'0'..=b'9' => {
                self.within = Within::Number;
                self.pending.push(byte);
                return;
            }
            b'[' | b'{' => {
                self.depth += 1;
                self.is_too_deep = self.depth > NESTING_MAX;
            }
            b']' | b'}' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        self.out.push(byte);
    }

    fn end_number(&mut self) {
        if self.within != Within::Number {
            return;
        }
        let text = std::str::from_utf8(&self.pending).ok();
        let is_short = self.pending.len() <= NUMBER_BYTES_MAX;
        let value = text
            .filter(|_| is_short)
            .and_then(|text| text.parse::<f64>().ok());
        if value.is_some_and(f64::is_finite) {
            self.out.append(&mut self.pending);
        } else {
            self.out.extend_from_slice(b"null");
        }
        self.pending.clear();
        self.within = Within::Structure;
    }

    fn pass_text(&mut self, byte: u8) {
        match byte {
            b'"' => {
                self.out.push(byte);
                self.within = Within::Structure;
            }
            b'\\' => self.begin(Within::Escape, byte),
            0x00..=0x1f => self.give(b" "),
            0x20..=0x7f => self.give(&[byte]),
            0xc2..=0xdf => self.begin(Within::Letter(2), byte),
            0xe0..=0xef => self.begin(Within::Letter(3), byte),
            0xf0..=0xf4 => self.begin(Within::Letter(4), byte),
            _ => self.give(REPLACEMENT),
        }
    }

    fn begin(&mut self, within: Within, byte: u8) {
        self.pending.clear();
        self.pending.push(byte);
        self.within = within;
    }

    /// Gives one letter, or nothing once the text is too long.
    fn give(&mut self, letter: &[u8]) {
        if self.is_cutting {
            return;
        }
        self.text_bytes += letter.len();
        if self.text_bytes > TEXT_BYTES_MAX {
            self.is_cutting = true;
            let mut cuts = self.cuts.borrow_mut();
            if cuts.len() < CUTS_TOLD {
                cuts.push(self.line);
            }
            return;
        }
        self.out.extend_from_slice(letter);
    }

    fn give_pending(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        self.give(&pending);
        self.pending = pending;
        self.pending.clear();
        self.within = Within::Text;
    }

    /// What is pending is nothing; the byte is looked at anew.
    fn mend(&mut self, byte: u8) {
        self.give(REPLACEMENT);
        self.pending.clear();
        self.within = Within::Text;
        self.pass_text(byte);
    }

    fn pass_letter(&mut self, byte: u8, bytes: usize) {
        if !(0x80..=0xbf).contains(&byte) {
            return self.mend(byte);
        }
        self.pending.push(byte);
        if self.pending.len() < bytes {
            return;
        }
        if std::str::from_utf8(&self.pending).is_ok() {
            self.give_pending();
        } else {
            self.give(REPLACEMENT);
            self.within = Within::Text;
        }
    }

    fn pass_escape(&mut self, byte: u8) {
        let is_code = self.pending.get(1) == Some(&b'u');
        match byte {
            _ if is_code && !byte.is_ascii_hexdigit() => return self.mend(byte),
            _ if is_code => self.pending.push(byte),
            b'u' => self.pending.push(byte),
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {
                self.pending.push(byte);
                return self.give_pending();
            }
            _ => return self.mend(byte),
        }
        if self.pending.len() < 6 {
            return;
        }
        match code_of(&self.pending, 0) {
            0xd800..=0xdbff => self.within = Within::Pair,
            0xdc00..=0xdfff => {
                self.give(REPLACEMENT);
                self.within = Within::Text;
            }
            _ => self.give_pending(),
        }
    }

    /// After a high surrogate only a low one is right.
    fn pass_pair(&mut self, byte: u8) {
        let is_right = match self.pending.len() {
            6 => byte == b'\\',
            7 => byte == b'u',
            _ => byte.is_ascii_hexdigit(),
        };
        if is_right {
            self.pending.push(byte);
            if self.pending.len() < 12 {
                return;
            }
            if (0xdc00..=0xdfff).contains(&code_of(&self.pending, 6)) {
                return self.give_pending();
            }
        }
        // The first half is nothing; what came after it is looked at anew.
        let mut rest: Vec<u8> = self.pending.drain(..).skip(6).collect();
        if !is_right {
            rest.push(byte);
        }
        self.give(REPLACEMENT);
        self.within = Within::Text;
        for byte in rest {
            self.pass(byte);
        }
    }
}

/// The code of an escape `\uXXXX` that begins there.
fn code_of(bytes: &[u8], at: usize) -> u32 {
    let hex = bytes
        .get(at + 2..at + 6)
        .and_then(|hex| std::str::from_utf8(hex).ok());
    hex.and_then(|hex| u32::from_str_radix(hex, 16).ok())
        .unwrap_or_default()
}

impl<R: Read> Read for Guard<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.out.len() && !self.fill()? {
            return Ok(0);
        }
        let rest = self.out.get(self.given..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        self.given += count;
        Ok(count)
    }
}
