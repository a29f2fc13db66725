//! What is seen of a picture before it is there.

use image::{DynamicImage, Rgba, RgbaImage};

use super::{PrepareError, encode, scale};
use crate::limits::{PREVIEW_BYTES_MAX, PREVIEW_SIDE_MAX};

/// Sizes and qualities from the one that is wanted to the one that always fits.
const STEPS: [(u32, u8); 9] = [
    (PREVIEW_SIDE_MAX, 75),
    (PREVIEW_SIDE_MAX, 60),
    (PREVIEW_SIDE_MAX, 45),
    (PREVIEW_SIDE_MAX, 30),
    (PREVIEW_SIDE_MAX, 20),
    (120, 20),
    (80, 20),
    (48, 20),
    (24, 10),
];

/// The longest side that the hash is made of.
const HASHED_SIDE_MAX: u32 = 100;

/// A JPEG of at most 6 KiB.
pub(super) fn jpeg(picture: &DynamicImage) -> Result<Vec<u8>, PrepareError> {
    let small = opaque(&scale::down_to(picture.clone(), PREVIEW_SIDE_MAX));
    for (side, quality) in STEPS {
        let bytes = encode::jpeg(&scale::down_to(small.clone(), side), quality, None)?;
        if bytes.len() <= PREVIEW_BYTES_MAX {
            return Ok(bytes);
        }
    }
    // 24 points by 24 are 1.7 KB before they are coded.
    Err(PrepareError::Unusual)
}

/// With white where anything shone through.
pub(super) fn opaque(picture: &DynamicImage) -> DynamicImage {
    if encode::is_transparent(picture) {
        return encode::opaque(&on_white(&picture.to_rgba8()));
    }
    encode::opaque(picture)
}

fn on_white(picture: &RgbaImage) -> DynamicImage {
    let mut canvas = RgbaImage::from_pixel(picture.width(), picture.height(), Rgba([u8::MAX; 4]));
    image::imageops::overlay(&mut canvas, picture, 0, 0);
    DynamicImage::ImageRgba8(canvas)
}

/// At most 28 bytes that draw a blurred picture.
pub(super) fn thumbhash(picture: &DynamicImage) -> Vec<u8> {
    let small = scale::down_to(picture.clone(), HASHED_SIDE_MAX).into_rgba8();
    let side = |points: u32| usize::try_from(points).unwrap_or(0);
    thumbhash::rgba_to_thumb_hash(side(small.width()), side(small.height()), small.as_raw())
}
