//! Spoilt files and bombs.

use image::ImageFormat;
use image::metadata::Orientation;
use xchat_media::limits::{FRAMES_MAX, GIF_BLOCKS_MAX, JPEG_SEGMENTS_MAX, PNG_CHUNKS_MAX, WEBP_CHUNKS_MAX};
use xchat_media::{Kind, Quality, StripError, facts, prepare, sniff, strip};

use crate::builder::{
    encoded, gif, jpeg, moving_png, moving_webp, png, png_chunk, quarters, riff_chunk, webp,
};

use crate::films::{UPRIGHT, film, fragments, still, webm};

/// A small file of each kind, with all that may be in it.
pub(crate) fn samples() -> Vec<(Kind, Vec<u8>)> {
    let picture = quarters(12, 8);
    let turned = Orientation::Rotate90;
    vec![
        (Kind::Jpeg, jpeg(&picture, turned)),
        (Kind::Png, png(&picture, turned)),
        (Kind::Png, moving_png(&picture)),
        (Kind::WebP, webp(&picture, turned)),
        (Kind::WebP, moving_webp(&picture)),
        (Kind::Gif, gif(&picture, 2)),
        (Kind::Mp4, film(b"isom", UPRIGHT).bytes),
        (Kind::Mp4, fragments()),
        (Kind::Heic, still(b"heic", b"hvc1").bytes),
        (Kind::WebM, webm(false)),
        (Kind::WebM, webm(true)),
    ]
}

/// What is done to any bytes: nothing may panic, and what comes out is no more than a little more than what went in.
fn try_all(kind: Kind, bytes: &[u8]) {
    let _ = sniff(bytes);
    let _ = facts(&mut std::io::Cursor::new(bytes), kind);
    if let Ok(out) = strip(bytes, kind) {
        assert!(
            out.len() <= bytes.len() + 64,
            "{kind:?}: {} of {}",
            out.len(),
            bytes.len()
        );
    }
}

#[test]
fn med_17_files_cut_off_anywhere_never_panic() {
    for (kind, bytes) in samples() {
        for length in 0..bytes.len() {
            try_all(kind, &bytes[..length]);
            let _ = prepare(&bytes[..length], Quality::Standard);
        }
    }
}

#[test]
fn med_17_turned_bits_never_panic() {
    for (kind, mut bytes) in samples() {
        for at in 0..bytes.len() {
            for bit in 0..8 {
                bytes[at] ^= 1 << bit;
                try_all(kind, &bytes);
                if bit == at % 8 {
                    let _ = prepare(&bytes, Quality::Standard);
                }
                bytes[at] ^= 1 << bit;
            }
        }
    }
}

#[test]
fn med_17_too_many_parts_are_refused() {
    let picture = quarters(4, 4);
    let plain = encoded(&picture, ImageFormat::Jpeg);
    let with = |count: usize| [&plain[..2], &b"\xff\xfe\0\x02".repeat(count), &plain[2..]].concat();
    assert!(strip(&with(JPEG_SEGMENTS_MAX / 2), Kind::Jpeg).is_ok());
    assert_eq!(strip(&with(65_535), Kind::Jpeg), Err(StripError::TooManyParts));

    let plain = encoded(&picture, ImageFormat::Png);
    let texts = png_chunk(b"tEXt", b"").repeat(PNG_CHUNKS_MAX);
    let bytes = [&plain[..33], &texts, &plain[33..]].concat();
    assert_eq!(strip(&bytes, Kind::Png), Err(StripError::TooManyParts));

    let plain = encoded(&picture, ImageFormat::WebP);
    let chunks = [
        b"WEBP",
        &plain[12..],
        &riff_chunk(b"OWN ", b"").repeat(WEBP_CHUNKS_MAX),
    ]
    .concat();
    assert_eq!(
        strip(&riff_chunk(b"RIFF", &chunks), Kind::WebP),
        Err(StripError::TooManyParts)
    );
    // The same in a frame.
    let frame = [&[0; 16][..], &riff_chunk(b"OWN ", b"").repeat(WEBP_CHUNKS_MAX)].concat();
    let chunks = [&b"WEBP"[..], &riff_chunk(b"ANMF", &frame)].concat();
    assert_eq!(
        strip(&riff_chunk(b"RIFF", &chunks), Kind::WebP),
        Err(StripError::TooManyParts)
    );

    let head = b"GIF89a\x01\0\x01\0\0\0\0";
    let empty = [&head[..], &vec![0; GIF_BLOCKS_MAX + 1], b"\x3b"].concat();
    assert_eq!(strip(&empty, Kind::Gif), Err(StripError::TooManyParts));
}

#[test]
fn med_17_a_million_frames_are_refused() {
    let head = b"GIF89a\x01\0\x01\0\0\0\0";
    let frame = b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0";
    let of = |count: usize| [&head[..], &frame.repeat(count), b"\x3b"].concat();
    assert!(strip(&of(FRAMES_MAX), Kind::Gif).is_ok());
    assert_eq!(strip(&of(1_000_000), Kind::Gif), Err(StripError::TooManyFrames));

    let frame = riff_chunk(b"ANMF", &[&[0; 16][..], &riff_chunk(b"VP8L", b"\x2f")].concat());
    let chunks = [
        &b"WEBP"[..],
        &riff_chunk(b"VP8X", &[0; 10]),
        &frame.repeat(FRAMES_MAX + 1),
    ]
    .concat();
    assert_eq!(
        strip(&riff_chunk(b"RIFF", &chunks), Kind::WebP),
        Err(StripError::TooManyFrames)
    );

    let plain = encoded(&quarters(4, 4), ImageFormat::Png);
    let controls = png_chunk(b"fcTL", &[0; 26]).repeat(FRAMES_MAX + 1);
    let bytes = [&plain[..33], &controls, &plain[33..]].concat();
    assert_eq!(strip(&bytes, Kind::Png), Err(StripError::TooManyFrames));
}
