//! JPEG: ISO/IEC 10918-1, annex B. Segments that a decoder needs stay; all after the end of the picture goes.

use image::metadata::Orientation;

use super::{StripError, Stripped};
use crate::cursor::{Cursor, part};
use crate::exif;
use crate::limits::JPEG_SEGMENTS_MAX;

const START: u8 = 0xd8;
const END: u8 = 0xd9;
const SCAN: u8 = 0xda;
const EXIF: &[u8] = b"Exif\0\0";
const PROFILE: &[u8] = b"ICC_PROFILE\0";

/// MED-10.
pub(super) fn strip(bytes: &[u8]) -> Result<Stripped, StripError> {
    let mut cursor = Cursor::new(bytes);
    if cursor.take(2) != Some(&[0xff, START]) {
        return Err(StripError::Damaged);
    }
    let mut walk = Walk::default();
    for _ in 0..JPEG_SEGMENTS_MAX {
        let marker = next_marker(&mut cursor).ok_or(StripError::Damaged)?;
        match marker {
            END => return walk.finish(),
            // Markers without a segment that mean nothing here.
            0x01 | 0xd0..=0xd7 => continue,
            START => return Err(StripError::Damaged),
            _ => {}
        }
        let segment = segment(&mut cursor).ok_or(StripError::Damaged)?;
        walk.see(marker, segment)?;
        if marker == SCAN {
            let length = entropy_length(cursor.rest());
            let data = cursor.take(length).unwrap_or_default();
            walk.body.extend_from_slice(data);
            walk.scans = walk.scans.saturating_add(1);
            if cursor.is_empty() {
                // Cut off, as a download may be: decoders show what there is.
                return walk.finish();
            }
        }
    }
    Err(StripError::TooManyParts)
}

#[derive(Default)]
struct Walk {
    /// Segments that stay, from the first that is not JFIF's or Adobe's on.
    body: Vec<u8>,
    jfif: Option<Vec<u8>>,
    orientation: Option<Orientation>,
    has_frame: bool,
    scans: u64,
}

impl Walk {
    fn see(&mut self, marker: u8, segment: &[u8]) -> Result<(), StripError> {
        match marker {
            // JFIF without its thumbnail.
            0xe0 if segment.starts_with(b"JFIF\0") => {
                if let Some(head) = part(segment, 0, 12) {
                    self.jfif.get_or_insert_with(|| [head, &[0, 0]].concat());
                }
            }
            0xe1 if segment.starts_with(EXIF) => {
                let tiff = segment.get(EXIF.len()..).unwrap_or_default();
                self.orientation = self.orientation.or_else(|| exif::orientation_of_chunk(tiff));
            }
            0xe2 if segment.starts_with(PROFILE) => self.keep(marker, segment),
            // Adobe's segment tells how colours are coded.
            0xee if segment.starts_with(b"Adobe") => {
                self.keep(marker, part(segment, 0, 12).ok_or(StripError::Damaged)?);
            }
            // Tables, frames (with 0xc4, 0xcc: tables), scans, restarts, lines, and what hierarchies need.
            0xc0..=0xcf | 0xda..=0xdf => {
                self.has_frame |= matches!(marker, 0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf);
                if marker == SCAN && !self.has_frame {
                    return Err(StripError::Damaged);
                }
                self.keep(marker, segment);
            }
            _ => {}
        }
        Ok(())
    }

    fn keep(&mut self, marker: u8, segment: &[u8]) {
        push(&mut self.body, marker, segment);
    }

    fn finish(self) -> Result<Stripped, StripError> {
        if self.scans == 0 {
            return Err(StripError::Damaged);
        }
        let orientation = self.orientation.unwrap_or(Orientation::NoTransforms);
        let mut bytes = Vec::with_capacity(self.body.len().saturating_add(64));
        bytes.extend([0xff, START]);
        if let Some(jfif) = self.jfif {
            push(&mut bytes, 0xe0, &jfif);
        }
        if !exif::is_upright(orientation) {
            push(
                &mut bytes,
                0xe1,
                &[EXIF, &exif::of_orientation(orientation)].concat(),
            );
        }
        bytes.extend(self.body);
        bytes.extend([0xff, END]);
        Ok(Stripped {
            bytes,
            orientation,
            frames: 1,
            scans: self.scans,
        })
    }
}

fn push(bytes: &mut Vec<u8>, marker: u8, segment: &[u8]) {
    // A segment that came from a file, or is shorter than one that did.
    let length = u16::try_from(segment.len().saturating_add(2)).unwrap_or(u16::MAX);
    bytes.extend([0xff, marker]);
    bytes.extend(length.to_be_bytes());
    bytes.extend_from_slice(segment);
}

/// The next marker; what stands before it belongs to nothing, and decoders skip it.
fn next_marker(cursor: &mut Cursor<'_>) -> Option<u8> {
    let rest = cursor.rest();
    let start = rest
        .windows(2)
        .position(|pair| matches!(pair, [0xff, marker] if !matches!(marker, 0 | 0xff)))?;
    cursor.take(start.checked_add(1)?)?;
    cursor.byte()
}

fn segment<'a>(cursor: &mut Cursor<'a>) -> Option<&'a [u8]> {
    let length = cursor.u16_be()?;
    cursor.take(usize::from(length.checked_sub(2)?))
}

/// How long the coded data of a scan are: up to a marker that is neither a restart nor a stuffed byte.
fn entropy_length(bytes: &[u8]) -> usize {
    let ends = |pair: &[u8]| matches!(pair, [0xff, marker] if !matches!(marker, 0 | 0xd0..=0xd7 | 0xff));
    bytes.windows(2).position(ends).unwrap_or(bytes.len())
}
