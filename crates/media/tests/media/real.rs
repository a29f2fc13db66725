//! Files that others' encoders wrote.

use std::io::Cursor;
use std::path::PathBuf;

use image::ImageFormat;
use image::metadata::Orientation;
use xchat_media::{Facts, Kind, Quality, facts, prepare, sniff, strip};

use crate::builder::{decoded, holds};

fn file(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    std::fs::read(folder.join(name)).unwrap()
}

/// Strips a file of a kind, which must tell something before and nothing after.
fn stripped(name: &str, kind: Kind) -> (Vec<u8>, Vec<u8>) {
    let tells: [&[u8]; 16] = [
        b"SECRET",
        b"48.85",
        b"2.29448",
        b"Test image",
        b"WebP test",
        b"kamadak",
        b"implex",
        b"GIMP",
        b"ExifTool",
        b"xmpmeta",
        b"8BIM",
        b"Lavf",
        b"2016:05:04",
        b"Handler",
        b"tmcd\0\0\0\0\0\0\0\x01",
        b"com.apple",
    ];
    let bytes = file(name);
    assert_eq!(sniff(&bytes), kind, "{name}");
    assert!(
        tells.iter().any(|text| holds(&bytes, text)),
        "{name} has nothing to tell"
    );
    let out = strip(&bytes, kind).unwrap();
    for text in tells {
        assert!(!holds(&out, text), "{name} still tells {}", text.escape_ascii());
    }
    assert_eq!(strip(&out, kind).unwrap(), out, "{name}");
    assert_eq!(
        facts(&mut Cursor::new(&out), kind),
        facts(&mut Cursor::new(&bytes), kind)
    );
    (bytes, out)
}

#[test]
fn med_10_pictures_of_other_encoders_keep_their_pixels() {
    let turned = Orientation::Rotate90;
    let upright = Orientation::NoTransforms;
    for (name, kind, format, orientation) in [
        ("encoders/photo.jpg", Kind::Jpeg, ImageFormat::Jpeg, turned),
        ("encoders/photo.png", Kind::Png, ImageFormat::Png, turned),
        ("encoders/photo.webp", Kind::WebP, ImageFormat::WebP, turned),
        ("encoders/moving.gif", Kind::Gif, ImageFormat::Gif, upright),
        ("kamadak-exif/exif.jpg", Kind::Jpeg, ImageFormat::Jpeg, upright),
        ("kamadak-exif/exif.png", Kind::Png, ImageFormat::Png, upright),
        ("kamadak-exif/exif.webp", Kind::WebP, ImageFormat::WebP, upright),
    ] {
        let (bytes, out) = stripped(name, kind);
        let (before, after) = (decoded(&bytes, format), decoded(&out, format));
        assert_eq!((before.1, after.1), (orientation, orientation), "{name}");
        assert_eq!(before.0.as_bytes(), after.0.as_bytes(), "{name}");
        let prepared = prepare(&bytes, Quality::Standard).unwrap();
        assert_eq!(prepared.is_animated, kind == Kind::Gif);
        assert_eq!(prepared.width > prepared.height, orientation == upright, "{name}");
    }
}

#[test]
fn med_14_films_of_other_encoders_keep_their_samples() {
    for (name, kind, time_code) in [
        ("encoders/film.mp4", Kind::Mp4, 4),
        ("encoders/film.mov", Kind::QuickTime, 4),
        ("encoders/fragments.mp4", Kind::Mp4, 0),
    ] {
        let (bytes, out) = stripped(name, kind);
        assert_eq!(out.len(), bytes.len());
        let at = bytes.windows(4).position(|name| name == b"mdat").unwrap();
        let length = u32::from_be_bytes(bytes[at - 4..at].try_into().unwrap());
        let end = at - 4 + usize::try_from(length).unwrap();
        // All but the number of the first frame is the same.
        let pairs = bytes[at..end].iter().zip(&out[at..end]);
        let changed = pairs.filter(|(before, after)| before != after).count();
        assert!(changed <= time_code, "{name}: {changed} bytes changed");
        let Facts {
            duration_ms, size, ..
        } = facts(&mut Cursor::new(&out), kind).unwrap();
        assert_eq!(size, Some((96, 64)));
        let expected = if time_code > 0 { Some(400..=450) } else { None };
        assert_eq!(duration_ms.is_some(), expected.is_some(), "{name}");
        assert!(
            expected.is_none_or(|range| range.contains(&duration_ms.unwrap())),
            "{duration_ms:?}"
        );
    }
}

#[test]
fn med_15_stills_of_other_encoders_keep_their_picture() {
    for (name, kind, size) in [
        ("encoders/photo.heic", Kind::Heic, (96, 64)),
        ("encoders/photo.avif", Kind::Avif, (96, 64)),
        ("kamadak-exif/exif.heic", Kind::Heic, (64, 64)),
    ] {
        let (bytes, out) = stripped(name, kind);
        assert_eq!(
            facts(&mut Cursor::new(&out), kind).unwrap().size,
            Some(size),
            "{name}"
        );
        // The coded picture is the first item.
        let at = bytes.windows(4).position(|name| name == b"mdat").unwrap() + 4;
        assert_eq!(out[at..at + 150], bytes[at..at + 150], "{name}");
        assert!(
            out.iter().rev().take(50).all(|byte| *byte == 0),
            "{name} ends with what was its Exif or XMP"
        );
    }
}

#[test]
fn med_18_films_of_browsers_keep_their_samples() {
    let (bytes, out) = stripped("encoders/film.webm", Kind::WebM);
    let clusters = |bytes: &[u8]| {
        let start = bytes.windows(4).position(|id| id == b"\x1f\x43\xb6\x75").unwrap();
        let end = bytes
            .windows(4)
            .rposition(|id| id == b"\x1c\x53\xbb\x6b")
            .unwrap();
        bytes[start..end].to_vec()
    };
    assert!(clusters(&bytes) == clusters(&out) && clusters(&out).len() > 1_000);
    assert_eq!(
        facts(&mut Cursor::new(&out), Kind::WebM).unwrap().size,
        Some((96, 64))
    );
}
