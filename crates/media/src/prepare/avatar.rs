//! The small square picture of a person.

use image::DynamicImage;
use image::imageops::FilterType;

use super::{PrepareError, decode, encode, preview, scale};
use crate::limits::{AVATAR_BYTES_MAX, AVATAR_SIDE};
use crate::sniff;
use crate::strip::strip_picture;

/// How much detail is kept, and in which quality: from what is wanted to what always fits.
const STEPS: [(u32, u8); 8] = [
    (AVATAR_SIDE, 85),
    (AVATAR_SIDE, 75),
    (AVATAR_SIDE, 60),
    (AVATAR_SIDE, 45),
    (AVATAR_SIDE, 30),
    (128, 45),
    (64, 45),
    (32, 30),
];

/// Makes of a picture one of a person (MED-37): upright, its middle as a square of 256 points, a JPEG of at most
/// 24 KiB without metadata. Of one that moves the first moment.
pub fn avatar(bytes: &[u8]) -> Result<Vec<u8>, PrepareError> {
    let kind = sniff(bytes);
    if !kind.is_decodable() {
        return Err(PrepareError::NotDecodable(kind));
    }
    let stripped = strip_picture(bytes, kind)?;
    let mut picture = decode::decode(&stripped, kind)?.picture;
    picture.apply_orientation(stripped.orientation);
    let (width, height) = (picture.width(), picture.height());
    let side = width.min(height);
    let square = picture.crop_imm(
        width.saturating_sub(side) / 2,
        height.saturating_sub(side) / 2,
        side,
        side,
    );
    drop(picture);
    let square = preview::opaque(&scale::down_to(square, AVATAR_SIDE));
    for (detail, quality) in STEPS {
        let bytes = encode::jpeg(&sized(&square, detail), quality, None)?;
        if bytes.len() <= AVATAR_BYTES_MAX {
            return Ok(bytes);
        }
    }
    Err(PrepareError::Unusual)
}

fn sized(square: &DynamicImage, detail: u32) -> DynamicImage {
    let coarse = scale::down_to(square.clone(), detail);
    if coarse.width() == AVATAR_SIDE && coarse.height() == AVATAR_SIDE {
        return coarse;
    }
    coarse.resize_exact(AVATAR_SIDE, AVATAR_SIDE, FilterType::CatmullRom)
}

#[cfg(test)]
mod tests {
    use image::{ImageFormat, RgbaImage};

    use super::*;
    use crate::Kind;

    fn png(picture: RgbaImage) -> Vec<u8> {
        let mut bytes = std::io::Cursor::new(Vec::new());
        DynamicImage::ImageRgba8(picture)
            .write_to(&mut bytes, ImageFormat::Png)
            .unwrap();
        bytes.into_inner()
    }

    fn noise(width: u32, height: u32) -> RgbaImage {
        let mut state = 1_u32;
        RgbaImage::from_fn(width, height, |_, _| {
            let mut next = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state.to_be_bytes()[0]
            };
            image::Rgba([next(), next(), next(), u8::MAX])
        })
    }

    #[test]
    fn med_37_a_picture_of_a_person_is_a_small_square_whatever_it_was() {
        for (width, height) in [(1, 1), (40, 900), (256, 256), (1_000, 300), (640, 480)] {
            let made = avatar(&png(noise(width, height))).unwrap();
            assert!(made.len() <= AVATAR_BYTES_MAX, "{width}x{height}: {}", made.len());
            assert_eq!(sniff(&made), Kind::Jpeg);
            let read = image::load_from_memory(&made).unwrap();
            assert_eq!((read.width(), read.height()), (AVATAR_SIDE, AVATAR_SIDE));
        }
    }

    #[test]
    fn med_37_its_middle_is_kept_and_what_shines_through_is_white() {
        let picture = RgbaImage::from_fn(900, 300, |x, _| match x {
            0..300 => image::Rgba([255, 0, 0, 255]),
            300..450 => image::Rgba([0, 0, 0, 0]),
            450..600 => image::Rgba([0, 0, 255, 255]),
            _ => image::Rgba([0, 255, 0, 255]),
        });
        let read = image::load_from_memory(&avatar(&png(picture)).unwrap())
            .unwrap()
            .into_rgb8();
        let near = |x, expected: [u8; 3]| {
            let found = read.get_pixel(x, 128).0;
            let is_near = found.iter().zip(expected).all(|(a, b)| a.abs_diff(b) < 16);
            assert!(is_near, "{found:?} at {x}");
        };
        near(20, [255, 255, 255]);
        near(236, [0, 0, 255]);
    }

    #[test]
    fn med_37_what_is_no_picture_is_refused() {
        assert!(avatar(b"<svg/>").is_err());
        let whole = png(noise(30, 30));
        assert!(avatar(&whole[..whole.len() / 2]).is_err());
    }
}
