//! Replays the corpora of the fuzz targets, and keeps their seeds at the present encodings.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

#[path = "../../../fuzz/src/replay.rs"]
mod replay;
#[path = "corpus/seeds.rs"]
mod seeds;
#[expect(
    unreachable_pub,
    clippy::expect_used,
    reason = "the fuzz crate exports them, and they fail by panicking"
)]
#[path = "../../../fuzz/src/core_targets.rs"]
mod targets;

use proptest::prelude::*;
use seeds::{of_mls, seeds};
use targets::TARGETS;
use xchat_core::content::{Content, File, FileKey, Files, Media, MediaKind, Part};
use xchat_proto::codec::{Blob, Text};
use xchat_proto::ids::Hash;
use xchat_proto::limits::{FILE_BYTES_MAX, FILES_MAX};

#[test]
fn corpora_are_replayed() {
    replay::replay(&TARGETS);
}

/// What MLS writes is never the same again, so it is only written.
#[test]
fn seeds_are_the_present_encodings() {
    if replay::is_update() {
        replay::write(&of_mls());
    }
    replay::compare(&seeds());
}

#[test]
fn spoilt_seeds_never_panic() {
    replay::spoil(&TARGETS, &seeds());
    replay::spoil(&TARGETS, &of_mls());
}

#[test]
fn arbitrary_bytes_never_panic() {
    replay::try_arbitrary_bytes(&TARGETS);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn cnt_01_any_text_survives_the_way(text in ".{0,200}", counter in 0..=i64::MAX.unsigned_abs()) {
        let content = Content {
            salt: [7; 16],
            replaces: None,
            timer_s: None,
            in_reply_to: None,
            counter,
            clock_ms: counter / 2,
            is_forwarded: counter % 2 == 0,
            answers: Vec::new(),
            part: Part::Text(text),
        };
        prop_assert_eq!(Content::decode(&content.encode().unwrap()), Ok(content));
    }

    #[test]
    fn cnt_01_any_files_survive_the_way(
        caption in ".{0,200}",
        files in proptest::collection::vec(any_file(), 1..=FILES_MAX),
    ) {
        let content = Content {
            salt: [7; 16],
            replaces: None,
            in_reply_to: None,
            counter: 1,
            clock_ms: 2,
            is_forwarded: false,
            answers: Vec::new(),
            timer_s: None,
            part: Part::Files(Files { caption, files }),
        };
        prop_assert_eq!(Content::decode(&content.encode().unwrap()), Ok(content));
    }
}

fn any_file() -> impl Strategy<Value = File> {
    let told = (".{0,60}", "[a-z/+.-]{0,127}", ".{0,200}", 0..=FILE_BYTES_MAX);
    let bytes = proptest::collection::vec(any::<u8>(), 0..=28);
    let media = (0..=6_u8, any::<[u32; 2]>(), any::<u64>(), bytes);
    (told, any::<[u8; 32]>(), any::<[u8; 7]>(), media).prop_map(|(told, key, nonce, media)| {
        let (name, media_type, description, size) = told;
        let (kind, [width, height], duration_ms, bytes) = media;
        File {
            name: Text::new(name).unwrap(),
            media_type: Text::new(media_type).unwrap(),
            description: Text::new(description).unwrap(),
            size,
            hash: Hash(key.map(|byte| !byte)),
            key: FileKey { key, nonce },
            media: Media {
                kind: MediaKind::of_number(kind).unwrap(),
                width,
                height,
                duration_ms,
                thumbhash: Blob::new(bytes.clone()).unwrap(),
                preview: Blob::new(bytes.repeat(9)).unwrap(),
                waveform: Blob::new(bytes).unwrap(),
            },
        }
    })
}
