//! Framing, byte by byte.

use super::*;
use xchat_proto::codec::Blob;

fn piece(bytes: &[u8]) -> [Bytes; 1] {
    [Bytes::copy_from_slice(bytes)]
}

#[test]
fn trn_01_frames_are_found_however_they_arrive() {
    let mut bytes = Vec::new();
    for number in [1_u64, 70_000, 3] {
        push_frame(&mut bytes, &number).unwrap();
    }
    for size in 1..=bytes.len() {
        let mut arrived = Arrived::default();
        let mut found = Vec::new();
        for part in bytes.chunks(size) {
            arrived.add(&piece(part));
            while let Some(frame) = arrived.take().unwrap() {
                found.push(codec::decode::<u64>(frame, 16).unwrap());
            }
            arrived.release();
        }
        assert_eq!(found, [1, 70_000, 3], "in pieces of {size}");
        assert!(arrived.is_empty());
    }
}

#[test]
fn trn_02_an_announced_length_allocates_nothing() {
    let mut arrived = Arrived::default();
    let most = u32::try_from(FRAME_BYTES_MAX).unwrap();
    arrived.add(&piece(&most.to_be_bytes()));
    assert!(arrived.take().unwrap().is_none());
    assert!(arrived.bytes.capacity() < 64);
    let mut arrived = Arrived::default();
    arrived.add(&piece(&(most + 1).to_be_bytes()));
    assert!(matches!(arrived.take(), Err(FrameReadError::TooLong(_))));
}

#[test]
fn an_idle_reader_keeps_little() {
    let mut arrived = Arrived::default();
    let mut bytes = Vec::new();
    push_frame(
        &mut bytes,
        &Blob::<FRAME_BYTES_MAX>::new(vec![7; 300_000]).unwrap(),
    )
    .unwrap();
    arrived.add(&piece(&bytes));
    assert!(arrived.take().unwrap().is_some());
    arrived.release();
    assert!(arrived.bytes.capacity() <= KEPT_BYTES);
}

#[test]
fn a_frame_that_is_too_long_leaves_the_others() {
    let mut bytes = Vec::new();
    push_frame(&mut bytes, &1_u64).unwrap();
    let before = bytes.clone();
    let large = Blob::<{ 2 * FRAME_BYTES_MAX }>::new(vec![0; FRAME_BYTES_MAX + 1]).unwrap();
    assert!(matches!(
        push_frame(&mut bytes, &large),
        Err(FrameWriteError::TooLong(_))
    ));
    assert_eq!(bytes, before);
}
