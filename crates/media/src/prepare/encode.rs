//! Writes pictures.

use image::codecs::jpeg::JpegEncoder;
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, ImageEncoder};

use super::PrepareError;
use crate::Kind;
use crate::limits::STANDARD_QUALITY;

/// As a JPEG, or without loss as a WebP when something shines through it.
pub(super) fn encode(
    picture: &DynamicImage,
    profile: Option<Vec<u8>>,
) -> Result<(Vec<u8>, Kind), PrepareError> {
    let profile = profile.filter(|profile| is_for(profile, picture));
    if is_transparent(picture) {
        let mut bytes = Vec::new();
        let mut encoder = WebPEncoder::new_lossless(&mut bytes);
        set_profile(&mut encoder, profile);
        write(&DynamicImage::ImageRgba8(picture.to_rgba8()), encoder)?;
        return Ok((bytes, Kind::WebP));
    }
    let bytes = jpeg(&opaque(picture), STANDARD_QUALITY, profile)?;
    Ok((bytes, Kind::Jpeg))
}

/// A picture that nothing shines through, as a JPEG.
pub(super) fn jpeg(
    picture: &DynamicImage,
    quality: u8,
    profile: Option<Vec<u8>>,
) -> Result<Vec<u8>, PrepareError> {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    set_profile(&mut encoder, profile);
    write(picture, encoder)?;
    Ok(bytes)
}

fn write(picture: &DynamicImage, encoder: impl ImageEncoder) -> Result<(), PrepareError> {
    let written = picture.write_with_encoder(encoder);
    written.map_err(|error| PrepareError::of_decoder(&error))
}

/// Encoders that know no profiles write none.
fn set_profile(encoder: &mut impl ImageEncoder, profile: Option<Vec<u8>>) {
    if let Some(profile) = profile {
        let _ = encoder.set_icc_profile(profile);
    }
}

/// Whether a profile is of colours as the picture has them now: one of four inks is not.
fn is_for(profile: &[u8], picture: &DynamicImage) -> bool {
    let is_grey = !picture.color().has_color() && !is_transparent(picture);
    let wanted: &[u8] = if is_grey { b"GRAY" } else { b"RGB " };
    profile.get(16..20) == Some(wanted)
}

/// Whether anything shines through.
pub(super) fn is_transparent(picture: &DynamicImage) -> bool {
    match picture {
        DynamicImage::ImageLumaA8(points) => points.pixels().any(|point| point.0[1] < u8::MAX),
        DynamicImage::ImageRgba8(points) => points.pixels().any(|point| point.0[3] < u8::MAX),
        _ => false,
    }
}

/// Without the layer that says what shines through.
pub(super) fn opaque(picture: &DynamicImage) -> DynamicImage {
    if picture.color().has_color() {
        DynamicImage::ImageRgb8(picture.to_rgb8())
    } else {
        DynamicImage::ImageLuma8(picture.to_luma8())
    }
}
