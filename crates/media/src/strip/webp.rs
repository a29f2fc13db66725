//! WebP: RFC 9649, section 2. Chunks that change what is seen stay, in frames too; all after the container goes.

use image::metadata::Orientation;

use super::{StripError, Stripped};
use crate::cursor::{Cursor, array, length, part};
use crate::exif;
use crate::limits::{FRAMES_MAX, WEBP_CHUNKS_MAX};

/// Bits of the extended header.
const HAS_EXIF: u8 = 0x08;
const HAS_XMP: u8 = 0x04;

/// What stands before the chunks of a frame: place, size, time.
const FRAME_HEAD: usize = 16;

/// MED-12.
pub(super) fn strip(bytes: &[u8]) -> Result<Stripped, StripError> {
    if part(bytes, 0, 4) != Some(b"RIFF") || part(bytes, 8, 4) != Some(b"WEBP") {
        return Err(StripError::Damaged);
    }
    let stated = length(array(bytes, 4).map_or(0, u32::from_le_bytes));
    // A container that says to be longer than the file is cut off; its last chunk is then not whole.
    let content = bytes.get(12..stated.saturating_add(8).min(bytes.len()));
    let mut cursor = Cursor::new(content.ok_or(StripError::Damaged)?);
    let mut walk = Walk::default();
    while !cursor.is_empty() {
        let chunk = Chunk::read(&mut cursor).ok_or(StripError::Damaged)?;
        walk.see(&chunk)?;
    }
    walk.finish()
}

struct Chunk<'a> {
    name: [u8; 4],
    data: &'a [u8],
}

impl<'a> Chunk<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Option<Self> {
        let name = cursor.array()?;
        let data_length = length(u32::from_le_bytes(cursor.array()?));
        let data = cursor.take(data_length)?;
        // Chunks begin at even places; the last of a file often lacks the byte.
        if data_length % 2 == 1 && !cursor.is_empty() {
            cursor.take(1)?;
        }
        Some(Self { name, data })
    }
}

#[derive(Default)]
struct Walk {
    /// The extended header, without the bits of what goes.
    extended: Option<[u8; 10]>,
    body: Vec<u8>,
    orientation: Option<Orientation>,
    chunks: usize,
    frames: usize,
    stills: usize,
}

impl Walk {
    fn see(&mut self, chunk: &Chunk<'_>) -> Result<(), StripError> {
        self.count()?;
        match &chunk.name {
            b"VP8X" if self.chunks == 1 => {
                let mut header: [u8; 10] = array(chunk.data, 0).ok_or(StripError::Damaged)?;
                if let Some(flags) = header.first_mut() {
                    *flags &= !(HAS_EXIF | HAS_XMP);
                }
                self.extended = Some(header);
            }
            b"VP8X" => return Err(StripError::Damaged),
            b"VP8 " | b"VP8L" => {
                self.stills = self.stills.saturating_add(1);
                push(&mut self.body, chunk.name, chunk.data);
            }
            b"ALPH" | b"ICCP" => push(&mut self.body, chunk.name, chunk.data),
            b"ANIM" => push(
                &mut self.body,
                chunk.name,
                part(chunk.data, 0, 6).ok_or(StripError::Damaged)?,
            ),
            b"ANMF" => {
                self.frames = self.frames.saturating_add(1);
                if self.frames > FRAMES_MAX {
                    return Err(StripError::TooManyFrames);
                }
                let frame = self.frame(chunk.data)?;
                push(&mut self.body, chunk.name, &frame);
            }
            b"EXIF" => {
                self.orientation = self
                    .orientation
                    .or_else(|| exif::orientation_of_chunk(chunk.data))
            }
            _ => {}
        }
        Ok(())
    }

    /// A frame has chunks of its own, and may hold others.
    fn frame(&mut self, data: &[u8]) -> Result<Vec<u8>, StripError> {
        let mut cursor = Cursor::new(data);
        let head = cursor.take(FRAME_HEAD).ok_or(StripError::Damaged)?;
        let mut kept = head.to_vec();
        while !cursor.is_empty() {
            self.count()?;
            let chunk = Chunk::read(&mut cursor).ok_or(StripError::Damaged)?;
            if matches!(&chunk.name, b"ALPH" | b"VP8 " | b"VP8L") {
                push(&mut kept, chunk.name, chunk.data);
            }
        }
        Ok(kept)
    }

    fn count(&mut self) -> Result<(), StripError> {
        self.chunks = self.chunks.saturating_add(1);
        (self.chunks <= WEBP_CHUNKS_MAX)
            .then_some(())
            .ok_or(StripError::TooManyParts)
    }

    fn finish(self) -> Result<Stripped, StripError> {
        // One picture, or frames.
        if self.stills > 1 || (self.stills == 0) == (self.frames == 0) {
            return Err(StripError::Damaged);
        }
        // Without the extended header there is no place for an orientation, and nobody reads one.
        let told = self.orientation.filter(|_| self.extended.is_some());
        let orientation = told.unwrap_or(Orientation::NoTransforms);
        let mut content = b"WEBP".to_vec();
        if let Some(mut header) = self.extended {
            if let Some(flags) = header.first_mut().filter(|_| !exif::is_upright(orientation)) {
                *flags |= HAS_EXIF;
            }
            push(&mut content, *b"VP8X", &header);
        }
        content.extend(self.body);
        if !exif::is_upright(orientation) {
            push(&mut content, *b"EXIF", &exif::of_orientation(orientation));
        }
        let stated = u32::try_from(content.len()).map_err(|_| StripError::Damaged)?;
        Ok(Stripped {
            bytes: [b"RIFF", &stated.to_le_bytes()[..], &content].concat(),
            orientation,
            frames: self.frames.max(1),
            scans: 1,
        })
    }
}

fn push(bytes: &mut Vec<u8>, name: [u8; 4], data: &[u8]) {
    // Data that came from a chunk, or less.
    let stated = u32::try_from(data.len()).unwrap_or(u32::MAX);
    bytes.extend(name);
    bytes.extend(stated.to_le_bytes());
    bytes.extend_from_slice(data);
    if data.len() % 2 == 1 {
        bytes.push(0);
    }
}
