//! Takes out of a file what it tells beside its picture, film or sound, and leaves that as it is.

mod gif;
mod jpeg;
mod png;
mod webp;

use image::metadata::Orientation;
use thiserror::Error;

use crate::Kind;

/// Why a file could not be stripped. It was not sent on: nothing is half stripped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StripError {
    /// Nobody taught us where this kind keeps what it tells.
    #[error("no metadata can be taken out of this kind of file")]
    Unsupported,
    /// It is not of the kind that it was said to be, ends too early, or contradicts itself.
    #[error("the file is damaged")]
    Damaged,
    /// It has more parts than any honest file.
    #[error("the file has too many parts")]
    TooManyParts,
    /// It has more frames than an animation may have.
    #[error("the animation has too many frames")]
    TooManyFrames,
    /// Its boxes are nested deeper than any honest file's.
    #[error("the file is nested too deep")]
    TooDeep,
}

/// The same file without what it tells beside its content; pixels and sound are not decoded, and stay as they are.
///
/// What stays is what is known to be needed; all else goes, known or not (MED-10 to MED-16).
pub fn strip(bytes: &[u8], kind: Kind) -> Result<Vec<u8>, StripError> {
    match kind {
        Kind::Jpeg | Kind::Png | Kind::Gif | Kind::WebP => Ok(strip_picture(bytes, kind)?.bytes),
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
