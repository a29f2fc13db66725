//! Targets of `media`: what files are, and what is taken out of them.
//!
//! Included by the tests of `crates/media` too, so it names nothing but `media`.

use std::io::Cursor;

use xchat_media::{Kind, Patch, Quality, advice, facts, patches, prepare, sniff, strip};

/// A target: its name, which its corpus has too, and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// All targets of this file.
pub const TARGETS: [Target; 7] = [
    ("media_sniff", media_sniff),
    ("media_jpeg", media_jpeg),
    ("media_png", media_png),
    ("media_webp", media_webp),
    ("media_gif", media_gif),
    ("media_isobmff", media_isobmff),
    ("media_webm", media_webm),
];

/// A file: the first byte tells how many bytes of a name follow.
pub fn media_sniff(bytes: &[u8]) {
    let Some((length, rest)) = bytes.split_first() else {
        return;
    };
    let (name, content) = rest.split_at(usize::from(*length).min(rest.len()));
    let kind = sniff(content);
    let warnings = advice(kind, &String::from_utf8_lossy(name));
    assert!(warnings.is_sorted());
    assert!(!kind.is_dangerous() || !warnings.is_empty());
}

/// A JPEG.
pub fn media_jpeg(bytes: &[u8]) {
    picture(bytes, Kind::Jpeg);
}

/// A PNG.
pub fn media_png(bytes: &[u8]) {
    picture(bytes, Kind::Png);
}

/// A WebP.
pub fn media_webp(bytes: &[u8]) {
    picture(bytes, Kind::WebP);
}

/// A GIF.
pub fn media_gif(bytes: &[u8]) {
    picture(bytes, Kind::Gif);
}

/// A picture: what was stripped is of the same kind, and has nothing more to lose; what was prepared neither.
fn picture(bytes: &[u8], kind: Kind) {
    if let Ok(out) = strip(bytes, kind) {
        assert!(out.len() <= bytes.len() + 64, "{} of {}", out.len(), bytes.len());
        assert_eq!(sniff(&out), kind);
        assert!(
            strip(&out, kind).as_ref() == Ok(&out),
            "stripping again changes something"
        );
    }
    // In one quality: with a sanitizer a large picture takes seconds.
    if let Ok(prepared) = prepare(bytes, Quality::Standard) {
        assert!(strip(&prepared.bytes, prepared.kind).as_ref() == Ok(&prepared.bytes));
        assert!(prepared.width > 0 && prepared.height > 0);
    }
}

/// A film, or a picture in boxes.
pub fn media_isobmff(bytes: &[u8]) {
    in_place(bytes, Kind::Mp4);
    let _ = facts(&mut Cursor::new(bytes), Kind::Heic);
}

/// A film in elements.
pub fn media_webm(bytes: &[u8]) {
    in_place(bytes, Kind::WebM);
}

/// A file that is changed where it stands: changes are within it, and nothing is cleared twice.
fn in_place(bytes: &[u8], kind: Kind) {
    let _ = facts(&mut Cursor::new(bytes), kind);
    let Ok(changes) = patches(&mut Cursor::new(bytes), kind) else {
        return;
    };
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let mut cleared = 0;
    for change in changes {
        let end = match change {
            Patch::Zeros { at, length } => {
                assert!(at >= cleared && length > 0);
                cleared = at + length;
                cleared
            }
            Patch::Bytes { at, bytes } => at + u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            Patch::Cut { at } => at,
        };
        assert!(end <= length, "{end} of {length}");
    }
    let out = strip(bytes, kind);
    assert!(out.is_ok_and(|out| out.len() <= bytes.len()));
}
