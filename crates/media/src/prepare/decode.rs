//! Decodes a picture within limits that are checked before the first point is.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use super::PrepareError;
use crate::Kind;
use crate::limits::{
    DECODED_BYTES_MAX, JPEG_SCANNED_PIXELS_MAX, JPEG_SCANS_MAX, MOVING_PIXELS_MAX, PIXELS_MAX,
    PROFILE_BYTES_MAX, SIDE_MAX,
};
use crate::strip::Stripped;

/// A picture as it is stored, and its colour profile if it is small.
pub(super) struct Decoded {
    pub(super) picture: DynamicImage,
    pub(super) profile: Option<Vec<u8>>,
}

/// Of a moving picture the first frame.
pub(super) fn decode(stripped: &Stripped, kind: Kind) -> Result<Decoded, PrepareError> {
    let format = match kind {
        Kind::Jpeg => ImageFormat::Jpeg,
        Kind::Png => ImageFormat::Png,
        Kind::Gif => ImageFormat::Gif,
        Kind::WebP => ImageFormat::WebP,
        _ => return Err(PrepareError::NotDecodable(kind)),
    };
    let mut reader = ImageReader::with_format(Cursor::new(stripped.bytes.as_slice()), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(DECODED_BYTES_MAX);
    reader.limits(limits);
    let mut decoder = reader
        .into_decoder()
        .map_err(|error| PrepareError::of_decoder(&error))?;
    check(&decoder, stripped)?;
    let profile = decoder.icc_profile().ok().flatten();
    let picture = DynamicImage::from_decoder(decoder).map_err(|error| PrepareError::of_decoder(&error))?;
    Ok(Decoded {
        picture,
        profile: profile.filter(|profile| profile.len() <= PROFILE_BYTES_MAX),
    })
}

fn check(decoder: &impl ImageDecoder, stripped: &Stripped) -> Result<(), PrepareError> {
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width).saturating_mul(u64::from(height));
    if pixels == 0 {
        return Err(PrepareError::Damaged);
    }
    let scans = stripped.scans;
    let most = if stripped.frames > 1 {
        MOVING_PIXELS_MAX
    } else {
        PIXELS_MAX
    };
    let is_large = width.max(height) > SIDE_MAX
        || pixels > most
        || decoder.total_bytes() > DECODED_BYTES_MAX
        || scans > JPEG_SCANS_MAX
        || pixels.saturating_mul(scans) > JPEG_SCANNED_PIXELS_MAX;
    if is_large {
        Err(PrepareError::TooLarge)
    } else {
        Ok(())
    }
}
