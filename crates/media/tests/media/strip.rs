//! Metadata out, pixels as they were.

use image::metadata::Orientation;
use image::{AnimationDecoder, DynamicImage, ImageFormat};
use xchat_media::{Kind, StripError, sniff, strip};

use crate::builder::{
    ORIENTATIONS, SECRET, decoded, encoded, gif, holds, is_upright, jpeg, moving_png, moving_webp, png,
    profile, quarters, shown, stored, webp,
};

const UPRIGHT: Orientation = Orientation::NoTransforms;

/// What must hold of every stripped picture.
fn stripped(bytes: &[u8], kind: Kind) -> Vec<u8> {
    assert!(holds(bytes, SECRET), "the secret was there");
    assert_eq!(sniff(bytes), kind);
    let out = strip(bytes, kind).unwrap();
    for text in [SECRET, &SECRET[..8], b"http:", b"Photoshop", b"MPF", b"XMP"] {
        assert!(!holds(&out, text), "{} is left", text.escape_ascii());
    }
    assert_eq!(sniff(&out), kind);
    assert_eq!(strip(&out, kind).unwrap(), out, "stripping again changes nothing");
    out
}

fn check_orientations(make: fn(&DynamicImage, Orientation) -> Vec<u8>, kind: Kind, format: ImageFormat) {
    let picture = quarters(48, 32);
    for orientation in ORIENTATIONS {
        let bytes = make(&stored(&picture, orientation), orientation);
        let out = stripped(&bytes, kind);
        let ((before, told), (after, kept)) = (decoded(&bytes, format), decoded(&out, format));
        assert_eq!((told, kept), (orientation, orientation));
        assert_eq!(before.as_bytes(), after.as_bytes());
        assert!(is_upright(&shown(&out, format)), "{orientation:?}");
    }
}

#[test]
fn med_10_a_jpeg_keeps_its_pixels_colours_and_orientation_only() {
    check_orientations(jpeg, Kind::Jpeg, ImageFormat::Jpeg);
    let out = stripped(&jpeg(&quarters(48, 32), Orientation::Rotate90), Kind::Jpeg);
    assert!(holds(&out, b"JFIF") && holds(&out, &profile()));
    // One picture, and one Exif of 26 bytes.
    assert!(out.ends_with(b"\xff\xd9") && !holds(&out[..out.len() - 2], b"\xff\xd9"));
    assert!(holds(&out, b"\xff\xe1\0\x22Exif\0\0MM\0*"));
    let out = stripped(&jpeg(&quarters(48, 32), UPRIGHT), Kind::Jpeg);
    assert!(!holds(&out, b"Exif"), "an upright picture needs none");
}

#[test]
fn med_10_a_jfif_thumbnail_goes() {
    let plain = encoded(&quarters(16, 16), ImageFormat::Jpeg);
    let at = plain.windows(5).position(|window| window == b"JFIF\0").unwrap();
    let length = u16::try_from(16 + SECRET.len()).unwrap().to_be_bytes();
    let (width, rest) = (u8::try_from(SECRET.len() / 3).unwrap(), &plain[at + 14..]);
    let bytes = [
        &plain[..at - 2],
        &length,
        &plain[at..at + 12],
        &[width, 1],
        SECRET,
        rest,
    ]
    .concat();
    assert_eq!(stripped(&bytes, Kind::Jpeg), plain);
}

#[test]
fn med_10_comments_between_scans_go() {
    let plain = encoded(&quarters(16, 16), ImageFormat::Jpeg);
    let scan = plain.windows(2).position(|pair| pair == b"\xff\xda").unwrap();
    let comment = [b"\xff\xfe\0\x14", SECRET].concat();
    // The same scan twice, as a progressive picture has several.
    let body = &plain[scan..plain.len() - 2];
    let bytes = [
        &plain[..scan],
        body,
        &comment,
        body,
        &comment,
        b"\xff\xff\xff\xd9",
    ]
    .concat();
    let out = stripped(&bytes, Kind::Jpeg);
    assert!(out == [&plain[..scan], body, body, b"\xff\xd9"].concat());
}

#[test]
fn med_11_a_png_keeps_its_pixels_colours_and_orientation_only() {
    check_orientations(png, Kind::Png, ImageFormat::Png);
    let out = stripped(&png(&quarters(48, 32), UPRIGHT), Kind::Png);
    assert!(holds(&out, b"gAMA"));
    for name in [
        b"eXIf", b"tEXt", b"iTXt", b"zTXt", b"tIME", b"sPLT", b"caBX", b"abCd",
    ] {
        assert!(!holds(&out, name), "{}", name.escape_ascii());
    }
    assert_eq!(out[out.len() - 12..], *b"\0\0\0\0IEND\xae\x42\x60\x82");
}

#[test]
fn med_11_a_profile_loses_its_name() {
    let picture = quarters(4, 4);
    let plain = encoded(&picture, ImageFormat::Png);
    // An empty stream of zlib stands for the profile.
    let packed = b"\x78\x9c\x03\0\0\0\0\x01";
    let named = crate::builder::png_chunk(b"iCCP", &[SECRET, b"\0\0", packed].concat());
    let unnamed = crate::builder::png_chunk(b"iCCP", &[b"icc\0\0", &packed[..]].concat());
    let out = stripped(&[&plain[..33], &named, &plain[33..]].concat(), Kind::Png);
    assert_eq!(out, [&plain[..33], &unnamed, &plain[33..]].concat());
}

#[test]
fn med_11_a_moving_png_stays_moving() {
    let bytes = moving_png(&quarters(8, 6));
    let out = stripped(&bytes, Kind::Png);
    let frames = |bytes: &[u8]| {
        let decoder = image::codecs::png::PngDecoder::new(std::io::Cursor::new(bytes.to_vec())).unwrap();
        decoder
            .apng()
            .unwrap()
            .into_frames()
            .collect_frames()
            .unwrap()
            .len()
    };
    assert_eq!((frames(&bytes), frames(&out)), (2, 2));
}

#[test]
fn med_12_a_webp_keeps_its_pixels_colours_and_orientation_only() {
    check_orientations(webp, Kind::WebP, ImageFormat::WebP);
    let out = stripped(&webp(&quarters(48, 32), UPRIGHT), Kind::WebP);
    assert!(holds(&out, b"ICCP") && !holds(&out, b"EXIF") && !holds(&out, b"OWN "));
    assert_eq!(out[20] & 0x0c, 0, "nothing is announced that isn't there");
    // One in the short form has nothing to lose, and stays as it is.
    let plain = encoded(&quarters(48, 32), ImageFormat::WebP);
    assert_eq!(strip(&plain, Kind::WebP).unwrap(), plain);
}

#[test]
fn med_12_a_moving_webp_stays_moving() {
    let bytes = moving_webp(&quarters(48, 32));
    let out = stripped(&bytes, Kind::WebP);
    assert!(!holds(&out, b"OWN "));
    let frames = |bytes: &[u8]| {
        let decoder = image::codecs::webp::WebPDecoder::new(std::io::Cursor::new(bytes.to_vec())).unwrap();
        decoder.into_frames().collect_frames().unwrap()
    };
    let (before, after) = (frames(&bytes), frames(&out));
    assert_eq!((before.len(), after.len()), (2, 2));
    assert!(
        before
            .iter()
            .zip(&after)
            .all(|(one, other)| one.buffer() == other.buffer())
    );
}

#[test]
fn med_13_a_gif_keeps_its_frames_timing_and_repetition_only() {
    let bytes = gif(&quarters(24, 16), 3);
    let out = stripped(&bytes, Kind::Gif);
    let frames = |bytes: &[u8]| {
        let decoder = image::codecs::gif::GifDecoder::new(std::io::Cursor::new(bytes.to_vec())).unwrap();
        decoder.into_frames().collect_frames().unwrap()
    };
    let (before, after) = (frames(&bytes), frames(&out));
    assert_eq!((before.len(), after.len()), (3, 3));
    for (one, other) in before.iter().zip(&after) {
        assert_eq!((one.buffer(), one.delay()), (other.buffer(), other.delay()));
    }
    assert!(
        holds(&out, b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"),
        "it repeats"
    );
    assert!(!holds(&out, b"\x21\xfe") && out.ends_with(b"\0\x3b"));
}

#[test]
fn med_16_what_cannot_be_stripped_is_refused() {
    for kind in [
        Kind::Pdf,
        Kind::Zip,
        Kind::Tiff,
        Kind::Mp3,
        Kind::Text,
        Kind::Unknown,
    ] {
        assert_eq!(strip(b"whatever", kind), Err(StripError::Unsupported));
    }
    for kind in [Kind::Jpeg, Kind::Png, Kind::Gif, Kind::WebP] {
        assert_eq!(strip(b"whatever", kind), Err(StripError::Damaged));
        assert_eq!(strip(b"", kind), Err(StripError::Damaged));
    }
    // What a decoder must know and we don't.
    let plain = encoded(&quarters(4, 4), ImageFormat::Png);
    let own = crate::builder::png_chunk(b"CgBI", b"\0\0\0\0");
    let bytes = [&plain[..33], &own, &plain[33..]].concat();
    assert_eq!(strip(&bytes, Kind::Png), Err(StripError::NotReached));
}
