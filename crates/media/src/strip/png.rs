//! PNG: W3C PNG third edition. Chunks that change what is seen stay; all after the end goes.

use image::metadata::Orientation;

use super::{StripError, Stripped};
use crate::cursor::{Cursor, length, part};
use crate::exif;
use crate::limits::{FRAMES_MAX, PNG_CHUNKS_MAX};

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// MED-11.
pub(super) fn strip(bytes: &[u8]) -> Result<Stripped, StripError> {
    let mut cursor = Cursor::new(bytes);
    if cursor.take(SIGNATURE.len()) != Some(SIGNATURE) {
        return Err(StripError::Damaged);
    }
    let mut walk = Walk::default();
    for _ in 0..PNG_CHUNKS_MAX {
        let chunk = Chunk::read(&mut cursor).ok_or(StripError::Damaged)?;
        walk.see(&chunk)?;
        if chunk.name == *b"IEND" {
            return walk.finish();
        }
    }
    Err(StripError::TooManyParts)
}

struct Chunk<'a> {
    name: [u8; 4],
    data: &'a [u8],
    /// With length, name and checksum.
    whole: &'a [u8],
}

impl<'a> Chunk<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Option<Self> {
        let before = cursor.rest();
        let data_length = length(cursor.u32_be()?);
        let name = cursor.array()?;
        let data = cursor.take(data_length)?;
        cursor.take(4)?;
        let whole = part(before, 0, data_length.checked_add(12)?)?;
        Some(Self { name, data, whole })
    }
}

#[derive(Default)]
struct Walk {
    /// The header: what is kept of the metadata stands right after it.
    header: Vec<u8>,
    body: Vec<u8>,
    orientation: Option<Orientation>,
    frames: usize,
    has_data: bool,
}

impl Walk {
    fn see(&mut self, chunk: &Chunk<'_>) -> Result<(), StripError> {
        let is_first = self.header.is_empty();
        if is_first != (chunk.name == *b"IHDR") {
            return Err(StripError::Damaged);
        }
        match &chunk.name {
            b"IHDR" => self.header.extend_from_slice(chunk.whole),
            b"iCCP" => self.body.extend(profile(chunk.data).ok_or(StripError::Damaged)?),
            b"eXIf" => {
                self.orientation = self
                    .orientation
                    .or_else(|| exif::orientation_of_chunk(chunk.data))
            }
            b"fcTL" => {
                self.frames = self.frames.saturating_add(1);
                if self.frames > FRAMES_MAX {
                    return Err(StripError::TooManyFrames);
                }
                self.keep(chunk);
            }
            b"IDAT" => {
                self.has_data = true;
                self.keep(chunk);
            }
            b"PLTE" | b"IEND" | b"tRNS" | b"cHRM" | b"gAMA" | b"sBIT" | b"sRGB" | b"cICP" | b"mDCV"
            | b"cLLI" | b"bKGD" | b"pHYs" | b"acTL" | b"fdAT" => self.keep(chunk),
            // What the format asks every decoder to know, and we don't.
            [first, ..] if first.is_ascii_uppercase() => return Err(StripError::NotReached),
            _ => {}
        }
        Ok(())
    }

    fn keep(&mut self, chunk: &Chunk<'_>) {
        self.body.extend_from_slice(chunk.whole);
    }

    fn finish(self) -> Result<Stripped, StripError> {
        if !self.has_data {
            return Err(StripError::Damaged);
        }
        let orientation = self.orientation.unwrap_or(Orientation::NoTransforms);
        let mut bytes = [SIGNATURE, &self.header].concat();
        if !exif::is_upright(orientation) {
            bytes.extend(chunk(*b"eXIf", &exif::of_orientation(orientation)));
        }
        bytes.extend(self.body);
        Ok(Stripped {
            bytes,
            orientation,
            frames: self.frames.max(1),
            scans: 1,
        })
    }
}

/// A colour profile under a name that tells nothing.
fn profile(data: &[u8]) -> Option<Vec<u8>> {
    let end = data.iter().take(80).position(|byte| *byte == 0)?;
    Some(chunk(*b"iCCP", &[b"icc", data.get(end..)?].concat()))
}

fn chunk(name: [u8; 4], data: &[u8]) -> Vec<u8> {
    let stated = u32::try_from(data.len()).unwrap_or(u32::MAX).to_be_bytes();
    let checksum = checksum(&[&name, data]).to_be_bytes();
    [&stated[..], &name, data, &checksum].concat()
}

/// CRC-32 bit by bit: only chunks of a few bytes, and profiles, are written anew.
fn checksum(parts: &[&[u8]]) -> u32 {
    let bytes = parts.iter().copied().flatten();
    !bytes.fold(!0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            if sum & 1 == 1 {
                sum >> 1 ^ 0xedb8_8320
            } else {
                sum >> 1
            }
        })
    })
}
