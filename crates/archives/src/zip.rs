//! Zip files, read only: the directory, and entries that are stored or deflated (APPNOTE 6.3, sections 4.3 and 4.4).
//!
//! Own code, because libraries reserve memory for as many entries as a file claims to have, and look through the whole
//! file for other directories if the last one is wrong: both are for a hostile file to use. Encryption, several disks
//! and other ways of packing are not read.

use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;

use flate2::Crc;
use flate2::bufread::DeflateDecoder;

use crate::files::{Directory, Entry, Files, spoilt};
use crate::limits::{ENTRIES_MAX, FILE_BYTES_MAX, RATIO_FREE_BYTES, RATIO_MAX};
use crate::problem::What;

const END: [u8; 4] = *b"PK\x05\x06";
const END_BYTES: usize = 22;
const END64: [u8; 4] = *b"PK\x06\x06";
const END64_BYTES: usize = 56;
const LOCATOR: [u8; 4] = *b"PK\x06\x07";
const LOCATOR_BYTES: usize = 20;
const ENTRY: [u8; 4] = *b"PK\x01\x02";
const ENTRY_BYTES: usize = 46;
const LOCAL: [u8; 4] = *b"PK\x03\x04";
const LOCAL_BYTES: usize = 30;
const COMMENT_BYTES_MAX: usize = 65_535;
const ZIP64_FIELD: u16 = 1;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// Why a file can't be opened as a zip.
#[derive(Debug, thiserror::Error)]
pub enum ZipError {
    /// It has no directory at its end.
    #[error("this is no zip file, or it is cut short")]
    NotAZip,
    /// Its directory has more entries than are taken.
    #[error("the zip file has more than {ENTRIES_MAX} files")]
    TooMany,
    /// It can't be read.
    #[error("the zip file can't be read")]
    Read(#[from] io::Error),
}

/// The files of a zip.
#[derive(Debug)]
pub struct ZipFiles<R> {
    source: R,
    directory: Arc<Directory>,
}

/// Where the directory is.
struct Place {
    /// What offsets in it are counted from: not 0 if something was put before the zip.
    base: u64,
    at: u64,
    bytes: u64,
    count: u64,
}

impl<R: Read + Seek> ZipFiles<R> {
    /// Reads the directory. Entries that can't be used are left out and told as problems.
    ///
    /// # Errors
    /// It is no zip, it has too many entries, or it can't be read.
    pub fn new(mut source: R) -> Result<Self, ZipError> {
        let place = find_directory(&mut source)?;
        source.seek(SeekFrom::Start(place.at))?;
        let mut directory = Directory::default();
        let mut input = BufReader::new((&mut source).take(place.bytes));
        // Some writers count modulo 65,536, so the directory goes on for as long as there are entries.
        for number in 0..=ENTRIES_MAX {
            match read_entry(&mut input, &mut directory, place.base) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) if !is_format(&error) => return Err(error.into()),
                Err(_) => {
                    if number < place.count {
                        directory.problem("", What::CutShort);
                    }
                    break;
                }
            }
        }
        drop(input);
        Ok(Self {
            source,
            directory: Arc::new(directory),
        })
    }

    /// Gives back what it reads from.
    pub fn into_inner(self) -> R {
        self.source
    }
}

/// Whether bytes were missing or wrong, rather than that the medium failed.
fn is_format(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData
    )
}

fn find_directory(source: &mut (impl Read + Seek)) -> Result<Place, ZipError> {
    let length = source.seek(SeekFrom::End(0))?;
    let tail_max = END_BYTES + COMMENT_BYTES_MAX + LOCATOR_BYTES;
    let tail_bytes = usize::try_from(length).unwrap_or(usize::MAX).min(tail_max);
    let tail_at = length - u64::try_from(tail_bytes).unwrap_or(0);
    let mut tail = vec![0; tail_bytes];
    source.seek(SeekFrom::Start(tail_at))?;
    source.read_exact(&mut tail)?;
    let is_end = |at: &usize| {
        let comment = u16_at(&tail, at + 20).map(usize::from);
        starts(&tail, *at, END) && comment.is_some_and(|comment| at + END_BYTES + comment <= tail.len())
    };
    let last = tail.len().checked_sub(END_BYTES).ok_or(ZipError::NotAZip)?;
    let end = (0..=last).rev().find(is_end).ok_or(ZipError::NotAZip)?;
    let read = || {
        Some((
            u64::from(u16_at(&tail, end + 10)?),
            u64::from(u32_at(&tail, end + 12)?),
            u64::from(u32_at(&tail, end + 16)?),
        ))
    };
    let (mut count, mut bytes, mut offset) = read().ok_or(ZipError::NotAZip)?;
    let mut end_at = tail_at + u64::try_from(end).unwrap_or(0);
    if count == u64::from(u16::MAX) || bytes == u64::from(u32::MAX) || offset == u64::from(u32::MAX) {
        let locator = end
            .checked_sub(LOCATOR_BYTES)
            .filter(|at| starts(&tail, *at, LOCATOR));
        if let Some(at) = locator.and_then(|at| u64_at(&tail, at + 8)) {
            (count, bytes, offset) = read_end64(source, at)?;
            end_at = at;
        }
    }
    if count > ENTRIES_MAX {
        return Err(ZipError::TooMany);
    }
    // Right before its end, wherever the zip begins; or where it says, if something stands between.
    let moved = end_at
        .checked_sub(bytes)
        .and_then(|at| Some((at.checked_sub(offset)?, at)));
    for (base, at) in moved.into_iter().chain([(0, offset)]) {
        if count == 0 || has_entry(source, at)? {
            return Ok(Place {
                base,
                at,
                bytes,
                count,
            });
        }
    }
    Err(ZipError::NotAZip)
}

/// Whether an entry of the directory begins there.
fn has_entry(source: &mut (impl Read + Seek), at: u64) -> io::Result<bool> {
    let mut signature = [0; 4];
    source.seek(SeekFrom::Start(at))?;
    match source.read_exact(&mut signature) {
        Ok(()) => Ok(signature == ENTRY),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// Count, bytes and offset of the directory, in the longer form.
fn read_end64(source: &mut (impl Read + Seek), at: u64) -> Result<(u64, u64, u64), ZipError> {
    let mut end = [0; END64_BYTES];
    source.seek(SeekFrom::Start(at))?;
    source.read_exact(&mut end).map_err(|_| ZipError::NotAZip)?;
    let read = || Some((u64_at(&end, 32)?, u64_at(&end, 40)?, u64_at(&end, 48)?));
    read().filter(|_| starts(&end, 0, END64)).ok_or(ZipError::NotAZip)
}

/// Reads one entry of the directory; false if there is no room for more.
fn read_entry(input: &mut impl Read, directory: &mut Directory, base: u64) -> io::Result<bool> {
    let mut head = [0; ENTRY_BYTES];
    input.read_exact(&mut head)?;
    if !starts(&head, 0, ENTRY) {
        return Err(spoilt(What::NotAsExpected));
    }
    let field = |at| u16_at(&head, at).unwrap_or_default();
    let mut name = vec![0; usize::from(field(28))];
    input.read_exact(&mut name)?;
    let mut extra = vec![0; usize::from(field(30))];
    input.read_exact(&mut extra)?;
    io::copy(&mut input.take(u64::from(field(32))), &mut io::sink())?;
    let name = String::from_utf8_lossy(&name);
    if name.ends_with('/') {
        return Ok(true);
    }
    let long = |at| u32_at(&head, at).map_or(0, u64::from);
    let [size, packed, at] = widen([long(24), long(20), long(42)], &extra);
    let is_encrypted = field(8) & 1 != 0;
    let is_link = (long(38) >> 16) & 0xf000 == 0xa000;
    let method = field(10);
    if is_link {
        directory.problem(&name, What::UnsafeName);
        return Ok(true);
    }
    if is_encrypted || ![STORED, DEFLATED].contains(&method) {
        directory.problem(&name, What::Packing);
        return Ok(true);
    }
    let entry = Entry {
        at: base.saturating_add(at),
        packed,
        size,
        crc: u32_at(&head, 16).unwrap_or_default(),
        is_deflated: method == DEFLATED,
    };
    Ok(directory.take(&name, entry))
}

/// Takes the numbers that didn't fit from the extra field, where they stand in this order.
fn widen(mut numbers: [u64; 3], extra: &[u8]) -> [u64; 3] {
    let mut at = 0;
    while let (Some(kind), Some(bytes)) = (u16_at(extra, at), u16_at(extra, at + 2)) {
        let bytes = usize::from(bytes);
        if kind == ZIP64_FIELD {
            let mut field = at + 4;
            for number in numbers
                .iter_mut()
                .filter(|number| **number == u64::from(u32::MAX))
            {
                let wide = u64_at(extra, field).filter(|_| field + 8 <= at + 4 + bytes);
                *number = wide.unwrap_or(*number);
                field += 8;
            }
            break;
        }
        at += 4 + bytes;
    }
    numbers
}

impl<R: Read + Seek> Files for ZipFiles<R> {
    fn directory(&self) -> Arc<Directory> {
        Arc::clone(&self.directory)
    }

    fn open(&mut self, name: &str) -> io::Result<Box<dyn Read + '_>> {
        let entry = self.directory.entry(name).ok_or(io::ErrorKind::NotFound)?;
        let mut head = [0; LOCAL_BYTES];
        self.source.seek(SeekFrom::Start(entry.at))?;
        self.source.read_exact(&mut head)?;
        if !starts(&head, 0, LOCAL) {
            return Err(spoilt(What::NotAsExpected));
        }
        let skipped = [26, 28].map(|at| u16_at(&head, at).map_or(0, i64::from));
        self.source.seek_relative(skipped.iter().sum())?;
        let packed = (&mut self.source).take(entry.packed);
        let inner: Box<dyn Read + '_> = if entry.is_deflated {
            Box::new(DeflateDecoder::new(BufReader::new(packed)))
        } else {
            Box::new(packed)
        };
        let room = entry.packed.saturating_mul(RATIO_MAX).max(RATIO_FREE_BYTES);
        Ok(Box::new(Unpacked {
            inner,
            entry,
            room: room.min(FILE_BYTES_MAX),
            crc: Crc::new(),
            read: 0,
        }))
    }
}

/// An entry while it is read: it ends where it said, with the sum that it said.
struct Unpacked<'a> {
    inner: Box<dyn Read + 'a>,
    entry: Entry,
    room: u64,
    crc: Crc,
    read: u64,
}

impl Read for Unpacked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let count = self.inner.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
                spoilt(What::Unreadable("damaged".to_owned()))
            }
            _ => error,
        })?;
        if count == 0 {
            return match self.read.cmp(&self.entry.size) {
                std::cmp::Ordering::Less => Err(spoilt(What::CutShort)),
                _ if self.crc.sum() != self.entry.crc => {
                    Err(spoilt(What::Unreadable("wrong checksum".to_owned())))
                }
                _ => Ok(0),
            };
        }
        self.read = self.read.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        if self.read > self.room || self.read > self.entry.size {
            return Err(spoilt(What::Bomb));
        }
        self.crc.update(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}

fn starts(bytes: &[u8], at: usize, signature: [u8; 4]) -> bool {
    bytes.get(at..).is_some_and(|rest| rest.starts_with(&signature))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}
