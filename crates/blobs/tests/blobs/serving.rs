//! Giving parts of a blob away.

use std::fs;

use xchat_blobs::limits::{GROUP_BYTES, PIECE_BYTES};
use xchat_blobs::{Groups, ServeError};

use crate::support::{CHUNK, Disk, NAME, Sample, serve};

#[test]
fn blb_11_nothing_that_does_not_hold_is_given_away() {
    let sample = Sample::new(12 * CHUNK);
    let stream = serve(&sample.blob(), &Groups::all());
    for (end, whole) in [("data", sample.sealed()), ("tree", sample.tree())] {
        for at in (0..whole.len()).step_by(whole.len() / 61) {
            let mut spoilt = whole.clone();
            spoilt[at] ^= 1 << (at % 8);
            fs::write(sample.disk.path(NAME, end), &spoilt).unwrap();
            let mut given = Vec::new();
            let mut pieces = sample.blob().serve(&Groups::all());
            let error = pieces.by_ref().find_map(|piece| match piece {
                Ok(piece) => {
                    given.extend_from_slice(&piece);
                    None
                }
                Err(error) => Some(error),
            });
            assert!(matches!(error, Some(ServeError::Lacking { .. })), "{end} {at}");
            assert!(pieces.next().is_none());
            assert!(
                stream.starts_with(&given) && given.len() < stream.len(),
                "{end} {at}"
            );
            if end == "data" {
                // All before it was given.
                assert!(given.len() > at / GROUP_BYTES * GROUP_BYTES, "{at}");
            }
        }
        fs::write(sample.disk.path(NAME, end), &whole).unwrap();
    }
    assert!(serve(&sample.blob(), &Groups::all()) == stream);
}

#[test]
fn blb_11_pieces_are_small() {
    let sample = Sample::new(40 * CHUNK);
    for piece in sample.blob().serve(&Groups::all()) {
        let length = piece.unwrap().len();
        assert!((1..PIECE_BYTES + GROUP_BYTES).contains(&length), "{length}");
    }
}

#[test]
fn blb_11_a_blob_that_is_only_begun_gives_what_it_has() {
    let sample = Sample::new(8 * CHUNK);
    let disk = Disk::new();
    let part = sample.blob_on(&disk);
    let groups = Groups::from(10..20);
    let stream = serve(&sample.blob(), &groups);
    let mut receiving = part.receive(&groups);
    receiving.push(&stream).unwrap();
    receiving.finish().unwrap();
    assert!(serve(&part, &groups) == stream);
    let lacking = part.serve(&Groups::from(19..21)).find_map(Result::err);
    assert!(
        matches!(lacking, Some(ServeError::Lacking { group: 20 })),
        "{lacking:?}"
    );
}
