//! Makes of a picture what is sent: without metadata, of a sensible size, with a preview.

mod avatar;
mod decode;
mod encode;
mod preview;
mod scale;

pub use avatar::avatar;
use image::{DynamicImage, ImageError};
use thiserror::Error;

use crate::limits::{STANDARD_KEPT_SIDE_MAX, STANDARD_SIDE_MAX};
use crate::strip::{Stripped, strip_picture};
use crate::{Kind, StripError, exif, sniff};

/// How a picture is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quality {
    /// Upright, at most 2,048 points long, coded anew; as it is where that is no longer.
    Standard,
    /// As it is, but for its metadata.
    Original,
}

/// A picture that can be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Prepared {
    /// The file.
    pub bytes: Vec<u8>,
    /// What it is now.
    pub kind: Kind,
    /// How wide it is shown: after it was turned upright.
    pub width: u32,
    /// How high it is shown.
    pub height: u32,
    /// Whether it moves.
    pub is_animated: bool,
    /// A hash that draws a blurred picture: at most 28 bytes.
    pub thumbhash: Vec<u8>,
    /// A JPEG, upright, at most 160 points long and of at most 6 KiB.
    pub preview: Vec<u8>,
}

/// Why a picture could not be prepared. It can still be sent as a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PrepareError {
    /// It is no picture that we decode: nobody else's decoder is run on a stranger's file.
    #[error("not a picture that can be decoded")]
    NotDecodable(Kind),
    /// It could not be freed of its metadata.
    #[error("its metadata can't be taken out: {0}")]
    Strip(#[from] StripError),
    /// It has more points, or needs more memory or work, than any picture may.
    #[error("the picture is too large")]
    TooLarge,
    /// It is coded in a way that nearly nobody uses.
    #[error("the picture is coded in an unusual way")]
    Unusual,
    /// It does not hold what it promises.
    #[error("the picture is damaged")]
    Damaged,
}

impl PrepareError {
    fn of_decoder(error: &ImageError) -> Self {
        match error {
            ImageError::Limits(_) => Self::TooLarge,
            ImageError::Unsupported(_) => Self::Unusual,
            _ => Self::Damaged,
        }
    }
}

/// Makes of a picture what is sent (MED-30 to MED-36). What it is, is told by its content.
///
/// Whatever moves stays as it is but for its metadata, in any quality.
pub fn prepare(bytes: &[u8], quality: Quality) -> Result<Prepared, PrepareError> {
    let kind = sniff(bytes);
    if !kind.is_decodable() {
        return Err(PrepareError::NotDecodable(kind));
    }
    // Decoders see only what is left: texts that unpack to gigabytes never reach them.
    let stripped = strip_picture(bytes, kind)?;
    let decoded = decode::decode(&stripped, kind)?;
    let (width, height) = upright_size(&decoded.picture, &stripped);
    let is_large = width.max(height) > STANDARD_KEPT_SIDE_MAX;
    let mut shown = scale::down_to(decoded.picture, STANDARD_SIDE_MAX);
    shown.apply_orientation(stripped.orientation);

    let is_animated = stripped.frames > 1;
    let (thumbhash, preview) = (preview::thumbhash(&shown), preview::jpeg(&shown)?);
    let mut prepared = Prepared {
        bytes: Vec::new(),
        kind,
        width,
        height,
        is_animated,
        thumbhash,
        preview,
    };
    if quality == Quality::Standard && !is_animated {
        let (coded, coded_kind) = encode::encode(&shown, decoded.profile)?;
        // What gains nothing stays sharp, unless it would be hard to show.
        if is_large || coded.len() < stripped.bytes.len() {
            (prepared.width, prepared.height) = (shown.width(), shown.height());
            (prepared.bytes, prepared.kind) = (coded, coded_kind);
            return Ok(prepared);
        }
    }
    prepared.bytes = stripped.bytes;
    Ok(prepared)
}

fn upright_size(picture: &DynamicImage, stripped: &Stripped) -> (u32, u32) {
    let (width, height) = (picture.width(), picture.height());
    if exif::is_on_its_side(stripped.orientation) {
        (height, width)
    } else {
        (width, height)
    }
}
