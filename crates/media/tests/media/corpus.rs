//! Replays the corpora of the fuzz targets, and keeps their seeds at what encoders write.

#[path = "../../../../fuzz/src/replay.rs"]
mod replay;
#[expect(unreachable_pub, reason = "the fuzz crate exports them")]
#[path = "../../../../fuzz/src/media_targets.rs"]
mod targets;

use replay::Seed;
use targets::TARGETS;

use crate::films;
use crate::hostile::samples;

fn seeds() -> Vec<Seed> {
    let target = |kind| match kind {
        xchat_media::Kind::Jpeg => "media_jpeg",
        xchat_media::Kind::Png => "media_png",
        xchat_media::Kind::WebP => "media_webp",
        xchat_media::Kind::Gif => "media_gif",
        xchat_media::Kind::WebM => "media_webm",
        _ => "media_isobmff",
    };
    let samples = samples().into_iter().zip(1..);
    let mut seeds: Vec<_> = samples
        .map(|((kind, bytes), number)| (target(kind), format!("seed-{number}"), bytes))
        .collect();
    let quicktime = films::film(b"qt  ", films::ON_ITS_SIDE).bytes;
    seeds.push(("media_isobmff", "seed-quicktime".to_owned(), quicktime));
    let named = |name: &str, content: &[u8]| {
        [&[u8::try_from(name.len()).unwrap()], name.as_bytes(), content].concat()
    };
    for (seed, name, content) in [
        ("seed-page", "a.pdf.html", &b"<!-- a --><svg onload=\"b()\">"[..]),
        ("seed-program", "ann\u{202e}gpj.exe", b"MZ\x90\0\x03\0\0\0"),
        (
            "seed-stream",
            "a.txt:b.exe. ",
            b"BM\0\0\0\0\0\0\0\0\0\0\0\0\x28\0\0\0",
        ),
        ("seed-text", "notes.txt", "h\u{e9}llo".as_bytes()),
        (
            "seed-zip",
            "a.docx",
            b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x08\0\0\0mimetype",
        ),
    ] {
        seeds.push(("media_sniff", seed.to_owned(), named(name, content)));
    }
    seeds
}

#[test]
fn corpora_are_replayed() {
    replay::replay(&TARGETS);
}

#[test]
fn seeds_are_what_encoders_write() {
    replay::compare(&seeds());
}

#[test]
fn med_17_spoilt_seeds_never_panic() {
    replay::spoil(&TARGETS, &seeds());
}

#[test]
fn med_17_arbitrary_bytes_never_panic() {
    replay::try_arbitrary_bytes(&TARGETS);
}
