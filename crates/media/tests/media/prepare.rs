//! Pictures made ready to be sent.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Rgb, RgbImage, Rgba, RgbaImage};
use xchat_media::limits::{PREVIEW_BYTES_MAX, STANDARD_SIDE_MAX, THUMBHASH_BYTES_MAX};
use xchat_media::{Kind, PrepareError, Prepared, Quality, StripError, prepare, sniff, strip};

use crate::builder::{
    ORIENTATIONS, SECRET, decoded, encoded, gif, holds, is_upright, jpeg, moving_png, moving_webp, png,
    png_chunk, profile, quarters, shown, stored, webp,
};

const QUALITIES: [Quality; 2] = [Quality::Standard, Quality::Original];

fn format_of(kind: Kind) -> ImageFormat {
    match kind {
        Kind::Jpeg => ImageFormat::Jpeg,
        Kind::Png => ImageFormat::Png,
        Kind::Gif => ImageFormat::Gif,
        Kind::WebP => ImageFormat::WebP,
        _ => panic!("{kind:?}"),
    }
}

/// Prepares, and checks what holds of all that is prepared.
fn prepared(bytes: &[u8], quality: Quality) -> Prepared {
    let prepared = prepare(bytes, quality).unwrap();
    assert_eq!(sniff(&prepared.bytes), prepared.kind);
    assert!(!holds(&prepared.bytes, SECRET));
    let picture = shown(&prepared.bytes, format_of(prepared.kind));
    assert_eq!(
        (picture.width(), picture.height()),
        (prepared.width, prepared.height)
    );
    assert!(prepared.preview.len() <= PREVIEW_BYTES_MAX);
    assert!((5..=THUMBHASH_BYTES_MAX).contains(&prepared.thumbhash.len()));
    let (preview, orientation) = decoded(&prepared.preview, ImageFormat::Jpeg);
    assert_eq!(orientation, Orientation::NoTransforms);
    assert!(preview.width().max(preview.height()) <= 160);
    prepared
}

/// Noise, which no coder makes small.
fn noise(width: u32, height: u32) -> RgbImage {
    let mut state = 7_u32;
    RgbImage::from_fn(width, height, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [a, b, c, _] = (state >> 4).to_le_bytes();
        Rgb([a, b, c])
    })
}

fn with_profile(bytes: &[u8], profile: &[u8]) -> Vec<u8> {
    let length = u16::try_from(profile.len() + 16).unwrap().to_be_bytes();
    [
        &bytes[..2],
        b"\xff\xe2",
        &length,
        b"ICC_PROFILE\0\x01\x01",
        profile,
        &bytes[2..],
    ]
    .concat()
}

fn profile_of(bytes: &[u8]) -> Option<Vec<u8>> {
    let reader = ImageReader::with_format(Cursor::new(bytes), ImageFormat::Jpeg);
    reader.into_decoder().unwrap().icc_profile().unwrap()
}

#[test]
fn med_30_pictures_are_upright_in_every_orientation_and_quality() {
    let picture = quarters(48, 32);
    let makers: [fn(&DynamicImage, Orientation) -> Vec<u8>; 3] = [jpeg, png, webp];
    for make in makers {
        for (orientation, quality) in ORIENTATIONS
            .into_iter()
            .flat_map(|one| QUALITIES.map(|other| (one, other)))
        {
            let prepared = prepared(&make(&stored(&picture, orientation), orientation), quality);
            assert_eq!((prepared.width, prepared.height), (48, 32));
            assert!(
                is_upright(&shown(&prepared.bytes, format_of(prepared.kind))),
                "{orientation:?}"
            );
            assert!(
                is_upright(&decoded(&prepared.preview, ImageFormat::Jpeg).0),
                "{orientation:?}"
            );
            assert!(!prepared.is_animated);
        }
    }
}

#[test]
fn med_31_large_pictures_are_scaled_and_coded_anew() {
    let picture = quarters(3000, 1500);
    let turned = stored(&picture, Orientation::Rotate90);
    let bytes = jpeg(&turned, Orientation::Rotate90);
    let standard = prepared(&bytes, Quality::Standard);
    assert_eq!((standard.width, standard.height), (STANDARD_SIDE_MAX, 1024));
    assert_eq!(standard.kind, Kind::Jpeg);
    // Nothing is left to turn.
    assert!(!holds(&standard.bytes, b"Exif"));
    assert!(is_upright(&decoded(&standard.bytes, ImageFormat::Jpeg).0));
    let original = prepared(&bytes, Quality::Original);
    assert_eq!((original.width, original.height), (3000, 1500));
    assert_eq!(original.bytes, strip(&bytes, Kind::Jpeg).unwrap());
    assert_eq!(original.thumbhash, standard.thumbhash);
}

#[test]
fn med_31_very_large_pictures_are_scaled_in_two_steps() {
    let standard = prepared(
        &encoded(&quarters(9000, 600), ImageFormat::Png),
        Quality::Standard,
    );
    assert_eq!(
        (standard.width, standard.height, standard.kind),
        (2048, 137, Kind::Jpeg)
    );
    assert!(is_upright(&decoded(&standard.bytes, ImageFormat::Jpeg).0));
    // A line has a side of one point, however much it shrinks.
    let standard = prepared(
        &encoded(&quarters(16_000, 1), ImageFormat::Png),
        Quality::Standard,
    );
    assert_eq!((standard.width, standard.height), (2048, 1));
}

#[test]
fn med_31_a_small_picture_that_gains_nothing_stays_as_it_is() {
    // Few colours: small as PNG, larger and blurred as JPEG.
    let bytes = png(&quarters(200, 100), Orientation::NoTransforms);
    let standard = prepared(&bytes, Quality::Standard);
    assert_eq!(standard.bytes, strip(&bytes, Kind::Png).unwrap());
    // Noise is large as PNG.
    let bytes = encoded(&DynamicImage::ImageRgb8(noise(100, 100)), ImageFormat::Png);
    assert_eq!(prepared(&bytes, Quality::Standard).kind, Kind::Jpeg);
}

#[test]
fn med_32_transparency_is_kept_without_loss() {
    let picture = RgbaImage::from_fn(2200, 20, |x, _| Rgba([9, 8, 7, u8::try_from(x % 256).unwrap()]));
    let bytes = encoded(&DynamicImage::ImageRgba8(picture), ImageFormat::Png);
    let standard = prepared(&bytes, Quality::Standard);
    assert_eq!((standard.kind, standard.width), (Kind::WebP, 2048));
    let seen = decoded(&standard.bytes, ImageFormat::WebP).0.to_rgba8();
    assert!(seen.pixels().any(|point| point.0[3] < 20) && seen.pixels().any(|point| point.0[3] > 230));
    // The preview stands on white.
    let preview = decoded(&standard.preview, ImageFormat::Jpeg).0.to_rgb8();
    assert!(preview.pixels().any(|point| point.0[0] > 100));
    // A layer that lets nothing through is none.
    let opaque = DynamicImage::ImageRgba8(DynamicImage::ImageRgb8(noise(60, 40)).to_rgba8());
    let bytes = encoded(&opaque, ImageFormat::Png);
    assert_eq!(prepared(&bytes, Quality::Standard).kind, Kind::Jpeg);
}

#[test]
fn med_32_what_cannot_be_seen_does_not_shine_through() {
    // White lines on a ground of black that can't be seen, too fine for the size that is sent.
    let lines = RgbaImage::from_fn(
        5000,
        40,
        |x, _| {
            if x % 7 < 3 { Rgba([255; 4]) } else { Rgba([0; 4]) }
        },
    );
    let bytes = encoded(&DynamicImage::ImageRgba8(lines), ImageFormat::Png);
    let standard = prepared(&bytes, Quality::Standard);
    assert_eq!((standard.kind, standard.width), (Kind::WebP, STANDARD_SIDE_MAX));
    let seen = decoded(&standard.bytes, ImageFormat::WebP).0.to_rgba8();
    let visible: Vec<_> = seen.pixels().filter(|point| point.0[3] > 20).collect();
    assert!(visible.len() > 20_000);
    assert!(visible.iter().all(|point| point.0[0] > 225), "grey edges");
}

#[test]
fn med_33_a_small_profile_of_the_right_colours_is_kept() {
    // Of the best quality, so that it becomes shorter.
    let mut plain = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut plain, 100);
    noise(2100, 10).write_with_encoder(encoder).unwrap();
    let kept = |profile: &[u8]| {
        let standard = prepared(&with_profile(&plain, profile), Quality::Standard);
        profile_of(&standard.bytes)
    };
    assert_eq!(kept(&profile()), Some(profile()));
    let long = [profile(), vec![0; 16 * 1024]].concat();
    assert_eq!(kept(&long), None);
    let mut inks = profile();
    inks[16..20].copy_from_slice(b"CMYK");
    assert_eq!(kept(&inks), None);
}

#[test]
fn med_33_grey_and_deep_pictures_are_read() {
    let noise = DynamicImage::ImageRgb8(noise(2100, 40));
    let grey = DynamicImage::ImageLuma8(noise.to_luma8());
    let deep_grey = DynamicImage::ImageLuma16(noise.to_luma16());
    for picture in [grey, deep_grey] {
        let standard = prepared(&encoded(&picture, ImageFormat::Png), Quality::Standard);
        let seen = decoded(&standard.bytes, ImageFormat::Jpeg).0;
        assert!(!seen.color().has_color() && seen.width() == STANDARD_SIDE_MAX);
    }
    let deep = DynamicImage::ImageRgb16(noise.to_rgb16());
    let deep_and_opaque = DynamicImage::ImageRgba16(noise.to_rgba16());
    for picture in [deep, deep_and_opaque] {
        let standard = prepared(&encoded(&picture, ImageFormat::Png), Quality::Standard);
        assert_eq!((standard.kind, standard.width), (Kind::Jpeg, STANDARD_SIDE_MAX));
    }
}

#[test]
fn med_34_what_moves_is_only_stripped() {
    let picture = quarters(48, 32);
    for (kind, bytes) in [
        (Kind::Gif, gif(&picture, 3)),
        (Kind::WebP, moving_webp(&picture)),
        (Kind::Png, moving_png(&picture)),
    ] {
        for quality in QUALITIES {
            let prepared = prepared(&bytes, quality);
            assert!(prepared.is_animated);
            assert_eq!(prepared.bytes, strip(&bytes, kind).unwrap());
            assert!(is_upright(&decoded(&prepared.preview, ImageFormat::Jpeg).0));
        }
    }
    let still = prepared(&gif(&picture, 1), Quality::Standard);
    assert!(!still.is_animated);
}

#[test]
fn med_35_a_preview_always_fits() {
    // The worst case: noise, which must step down.
    let bytes = encoded(&DynamicImage::ImageRgb8(noise(700, 700)), ImageFormat::Png);
    let noisy = prepared(&bytes, Quality::Standard);
    assert!(noisy.preview.len() > 3000);
    let small = prepared(&encoded(&quarters(5, 3), ImageFormat::Png), Quality::Standard);
    let preview = decoded(&small.preview, ImageFormat::Jpeg).0;
    assert_eq!((preview.width(), preview.height()), (5, 3), "none grows");
}

fn png_of_size(width: u32, height: u32) -> Vec<u8> {
    let plain = encoded(&quarters(4, 4), ImageFormat::Png);
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &plain[24..29]].concat();
    [&plain[..8], &png_chunk(b"IHDR", &header), &plain[33..]].concat()
}

#[test]
fn med_36_bombs_are_refused_before_they_are_unpacked() {
    let large = Err(PrepareError::TooLarge);
    for (width, height) in [
        (50_000, 50_000),
        (16_385, 1),
        (1, 16_385),
        (10_000, 8_001),
        (u32::MAX >> 1, 1),
    ] {
        assert_eq!(
            prepare(&png_of_size(width, height), Quality::Original),
            large,
            "{width} x {height}"
        );
    }
    // 64 bits a point: few points, many bytes.
    let mut deep = png_of_size(8_000, 8_000);
    deep.splice(
        8..33,
        png_chunk(
            b"IHDR",
            &[&[0, 0, 0x1f, 0x40, 0, 0, 0x1f, 0x40][..], &[16, 6, 0, 0, 0]].concat(),
        ),
    );
    assert_eq!(prepare(&deep, Quality::Standard), large);
    let mut whole = gif(&quarters(4, 4), 1);
    whole[6..10].fill(0xff);
    assert_eq!(prepare(&whole, Quality::Standard), large);
    // 5,000 by 4,001, and it moves.
    let mut moving = gif(&quarters(4, 4), 2);
    moving[6..10].copy_from_slice(&[0x88, 0x13, 0xa1, 0x0f]);
    assert_eq!(prepare(&moving, Quality::Standard), large);

    let plain = encoded(&quarters(16, 16), ImageFormat::Jpeg);
    let scan = plain.windows(2).position(|pair| pair == b"\xff\xda").unwrap();
    let body = &plain[scan..plain.len() - 2];
    let scans = [&plain[..scan], &body.repeat(65), b"\xff\xd9"].concat();
    assert_eq!(prepare(&scans, Quality::Standard), large);
    // 60 megapixels in the header, and 30 scans.
    let mut scans = [&plain[..scan], &body.repeat(30), b"\xff\xd9"].concat();
    let frame = scans.windows(2).position(|pair| pair == b"\xff\xc0").unwrap();
    scans[frame + 5..frame + 9].copy_from_slice(&[0x1f, 0x40, 0x1d, 0x4c]);
    assert_eq!(prepare(&scans, Quality::Standard), large);
}

#[test]
fn med_36_what_is_no_picture_is_not_decoded() {
    let refused = |bytes: &[u8]| prepare(bytes, Quality::Standard).unwrap_err();
    assert_eq!(refused(b"hello"), PrepareError::NotDecodable(Kind::Text));
    assert_eq!(
        refused(b"II*\0\x08\0\0\0"),
        PrepareError::NotDecodable(Kind::Tiff)
    );
    assert_eq!(
        refused(b"\xff\xd8\xff\xe0"),
        PrepareError::Strip(StripError::Damaged)
    );
    let plain = encoded(&quarters(4, 4), ImageFormat::Png);
    let empty = [&plain[..33], &png_chunk(b"IDAT", b""), &png_chunk(b"IEND", b"")].concat();
    assert_eq!(refused(&empty), PrepareError::Damaged);
}
