//! Takes out of a file what it tells beside its picture, film or sound, and leaves that as it is.

mod film;
mod gif;
mod heif;
mod jpeg;
mod png;
mod samples;
mod webm;
mod webp;

use std::io::{Cursor, Read, Seek};

use image::metadata::Orientation;
use thiserror::Error;

use crate::Kind;
use crate::edit::{Patch, apply};

/// Why a file could not be stripped. It was not sent on: nothing is half stripped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StripError {
    /// Nobody taught us where this kind keeps what it tells.
    #[error("no metadata can be taken out of this kind of file")]
    Unsupported,
    /// It is made in a way that hides from us where it keeps what it tells.
    #[error("what the file tells can't be taken out of it")]
    NotReached,
    /// It is not of the kind that it was said to be, ends too early, or contradicts itself.
    #[error("the file is damaged")]
    Damaged,
    /// It has more parts than any honest file.
    #[error("the file has too many parts")]
    TooManyParts,
    /// It has more frames than an animation may have.
    #[error("the animation has too many frames")]
    TooManyFrames,
    /// It could not be read.
    #[error("the file can't be read")]
    Unreadable,
}

/// The same file without what it tells beside its content; pixels and sound are not decoded, and stay as they are.
///
/// What stays is what is known to be needed; all else goes, known or not (MED-10 to MED-16).
pub fn strip(bytes: &[u8], kind: Kind) -> Result<Vec<u8>, StripError> {
    match kind {
        Kind::Jpeg | Kind::Png | Kind::Gif | Kind::WebP => Ok(strip_picture(bytes, kind)?.bytes),
        _ => Ok(apply(bytes, &patches(&mut Cursor::new(bytes), kind)?)),
    }
}

/// What to change in a film, or in a picture in boxes, to strip it where it stands: for files that are too long to be
/// held. Nothing in it moves; [`strip`] makes the same changes in a copy.
pub fn patches<S: Read + Seek>(source: &mut S, kind: Kind) -> Result<Vec<Patch>, StripError> {
    match kind {
        Kind::Mp4 | Kind::QuickTime | Kind::M4a | Kind::Heic | Kind::Avif => film::patches(source),
        Kind::WebM | Kind::Matroska => webm::patches(source),
        _ => Err(StripError::Unsupported),
    }
}

/// A picture without metadata, and what was learnt on the way.
#[derive(Debug)]
pub(crate) struct Stripped {
    pub(crate) bytes: Vec<u8>,
    /// As its metadata told it.
    pub(crate) orientation: Orientation,
    /// Pictures in it; a still one has one.
    pub(crate) frames: usize,
    /// Passes that a decoder makes over it.
    pub(crate) scans: u64,
}

pub(crate) fn strip_picture(bytes: &[u8], kind: Kind) -> Result<Stripped, StripError> {
    match kind {
        Kind::Jpeg => jpeg::strip(bytes),
        Kind::Png => png::strip(bytes),
        Kind::Gif => gif::strip(bytes),
        Kind::WebP => webp::strip(bytes),
        _ => Err(StripError::Unsupported),
    }
}
