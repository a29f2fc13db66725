//! GIF89a. Pictures, their timing and how often they repeat stay; all after the trailer goes.

use image::metadata::Orientation;

use super::{StripError, Stripped};
use crate::cursor::{Cursor, array};
use crate::limits::{FRAMES_MAX, GIF_BLOCKS_MAX};

const EXTENSION: u8 = 0x21;
const PICTURE: u8 = 0x2c;
const TRAILER: u8 = 0x3b;
const CONTROL: u8 = 0xf9;
const APPLICATION: u8 = 0xff;
const TEXT: u8 = 0x01;

/// MED-13.
pub(super) fn strip(bytes: &[u8]) -> Result<Stripped, StripError> {
    let mut walk = Walk {
        cursor: Cursor::new(bytes),
        kept: Vec::with_capacity(bytes.len()),
        control: None,
        frames: 0,
        blocks: 0,
        repeats: false,
    };
    walk.header().ok_or(StripError::Damaged)?;
    loop {
        match walk.cursor.byte() {
            Some(EXTENSION) => walk.extension()?,
            Some(PICTURE) => walk.picture()?,
            // What players do with one that is cut off between two pictures.
            Some(TRAILER) | None if walk.frames > 0 => return Ok(walk.finish()),
            // Some encoders put empty blocks between others.
            Some(0) => walk.count()?,
            _ => return Err(StripError::Damaged),
        }
    }
}

struct Walk<'a> {
    cursor: Cursor<'a>,
    kept: Vec<u8>,
    /// Timing and transparency, which belong to the next picture.
    control: Option<[u8; 4]>,
    frames: usize,
    blocks: usize,
    repeats: bool,
}

impl<'a> Walk<'a> {
    fn header(&mut self) -> Option<()> {
        let head: [u8; 13] = self.cursor.array()?;
        let magic: [u8; 6] = array(&head, 0)?;
        matches!(&magic, b"GIF87a" | b"GIF89a").then_some(())?;
        self.kept.extend(head);
        let colours = table_length(head[10]);
        self.kept.extend_from_slice(self.cursor.take(colours)?);
        Some(())
    }

    fn extension(&mut self) -> Result<(), StripError> {
        let label = self.cursor.byte().ok_or(StripError::Damaged)?;
        let mut pieces = Vec::new();
        // Of an extension only its first pieces matter.
        self.pieces(|piece| {
            if pieces.len() < 2 {
                pieces.push(piece);
            }
        })?;
        match (label, pieces.as_slice()) {
            (CONTROL, [control, ..]) => self.control = array(control, 0),
            (APPLICATION, [b"NETSCAPE2.0", [1, low, high, ..]]) if !self.repeats => {
                self.repeats = true;
                self.kept.extend([EXTENSION, APPLICATION, 11]);
                self.kept.extend(b"NETSCAPE2.0");
                self.kept.extend([3, 1, *low, *high, 0]);
            }
            // The timing before a text was the text's.
            (TEXT, _) => self.control = None,
            _ => {}
        }
        Ok(())
    }

    fn picture(&mut self) -> Result<(), StripError> {
        self.frames = self.frames.saturating_add(1);
        if self.frames > FRAMES_MAX {
            return Err(StripError::TooManyFrames);
        }
        if let Some(control) = self.control.take() {
            self.kept.extend([EXTENSION, CONTROL, 4]);
            self.kept.extend(control);
            self.kept.push(0);
        }
        let head: [u8; 9] = self.cursor.array().ok_or(StripError::Damaged)?;
        self.kept.push(PICTURE);
        self.kept.extend(head);
        // A table of colours, and the size of the first codes.
        let length = table_length(head[8]).saturating_add(1);
        let table = self.cursor.take(length).ok_or(StripError::Damaged)?;
        self.kept.extend_from_slice(table);
        let mut data = Vec::new();
        self.pieces(|piece| {
            data.extend(u8::try_from(piece.len()));
            data.extend_from_slice(piece);
        })?;
        self.kept.extend(data);
        self.kept.push(0);
        Ok(())
    }

    /// Pieces of data up to an empty one.
    fn pieces(&mut self, mut see: impl FnMut(&'a [u8])) -> Result<(), StripError> {
        loop {
            self.count()?;
            let length = self.cursor.byte().ok_or(StripError::Damaged)?;
            if length == 0 {
                return Ok(());
            }
            see(self.cursor.take(usize::from(length)).ok_or(StripError::Damaged)?);
        }
    }

    fn count(&mut self) -> Result<(), StripError> {
        self.blocks = self.blocks.saturating_add(1);
        (self.blocks <= GIF_BLOCKS_MAX)
            .then_some(())
            .ok_or(StripError::TooManyParts)
    }

    fn finish(mut self) -> Stripped {
        self.kept.push(TRAILER);
        Stripped {
            bytes: self.kept,
            orientation: Orientation::NoTransforms,
            frames: self.frames,
            scans: 1,
        }
    }
}

/// How long a table of colours is, by the byte that announces it.
fn table_length(packed: u8) -> usize {
    if packed & 0x80 == 0 {
        0
    } else {
        3_usize.saturating_mul(2 << (packed & 7))
    }
}
