//! Taking parts of a blob from peers, honest ones and others.

use std::thread;

use proptest::prelude::*;
use xchat_blobs::{Groups, PeerFault, ReceiveError};

use crate::support::{CHUNK, Disk, NAME, Sample, assert_sound, complete, read, serve};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn blb_09_any_groups_come_however_the_stream_is_cut(
        requests in prop::collection::vec((0..48_u64, 0..48_u64), 1..5),
        sizes in prop::collection::vec(1..40_000_usize, 1..8),
    ) {
        let sample = Sample::new(11 * CHUNK);
        let disk = Disk::new();
        let blob = sample.blob_on(&disk);
        let mut lacking = Groups::from(sample.all());
        for (one, other) in requests {
            let groups = Groups::from(one.min(other)..one.max(other)).before(sample.all().end);
            let stream = serve(&sample.blob(), &groups);
            let mut receiving = blob.receive(&groups);
            let (mut rest, mut sizes) = (stream.as_slice(), sizes.iter().cycle());
            while !rest.is_empty() {
                let (piece, later) = rest.split_at(rest.len().min(*sizes.next().unwrap()));
                receiving.push(piece).unwrap();
                rest = later;
            }
            prop_assert!(receiving.is_complete());
            prop_assert_eq!(receiving.groups(), groups.count());
            receiving.finish().unwrap();
            let is_lacking = |group: &u64| {
                let one = Groups::from(*group..*group + 1);
                !lacking.and(&one).is_empty() && groups.and(&one).is_empty()
            };
            lacking = Groups::new((0..sample.all().end).filter(is_lacking).map(|group| group..group + 1));
            prop_assert_eq!(&assert_sound(&blob, &sample.sealed()), &lacking);
        }
        complete(&sample.blob(), &blob);
        prop_assert!(read(&blob, &sample.key, sample.plain.len() as u64, 0..u64::MAX) == sample.plain);
    }
}

#[test]
fn blb_09_a_turned_bit_anywhere_is_refused_and_what_came_before_stays() {
    let sample = Sample::new(2 * CHUNK);
    let (stream, sealed) = (serve(&sample.blob(), &Groups::all()), sample.sealed());
    // Every byte of the first pairs, and some of all else.
    let places = (0..256).chain((256..stream.len()).step_by(1_009));
    for at in places {
        let disk = Disk::new();
        let blob = sample.blob_on(&disk);
        let mut receiving = blob.receive(&Groups::all());
        let mut spoilt = stream.clone();
        spoilt[at] ^= 1 << (at % 8);
        let error = receiving.push(&spoilt).unwrap_err();
        assert!(
            matches!(
                error,
                ReceiveError::Peer(PeerFault::WrongHashes { .. } | PeerFault::WrongGroup { .. })
            ),
            "byte {at}: {error:?}"
        );
        // It says the same of whatever comes after, and keeps nothing of it.
        assert!(matches!(receiving.push(&stream), Err(ReceiveError::Peer(_))));
        let verified = receiving.groups();
        assert!(matches!(receiving.finish(), Err(ReceiveError::CutOff)));
        let missing = blob.missing(&Groups::all()).unwrap();
        assert_eq!(missing, Groups::from(verified..8), "byte {at}");
        if at % 16 == 0 {
            assert_sound(&blob, &sealed);
            complete(&sample.blob(), &blob);
            assert_eq!(std::fs::read(disk.path(NAME, "data")).unwrap(), sealed);
        }
    }
}

#[test]
fn blb_09_more_than_was_asked_for_is_refused_and_less_is_not_the_end() {
    let sample = Sample::new(2 * CHUNK);
    let disk = Disk::new();
    let blob = sample.blob_on(&disk);
    let groups = Groups::from(1..3);
    let stream = serve(&sample.blob(), &groups);

    let mut receiving = blob.receive(&groups);
    receiving.push(&stream[..stream.len() - 1]).unwrap();
    assert!(!receiving.is_complete());
    assert!(matches!(receiving.finish(), Err(ReceiveError::CutOff)));
    assert_eq!(blob.missing(&groups).unwrap(), Groups::from(2..3));

    let mut receiving = blob.receive(&groups);
    receiving.push(&stream).unwrap();
    let error = receiving.push(&[0]).unwrap_err();
    assert!(matches!(error, ReceiveError::Peer(PeerFault::TooMuch)));
    drop(receiving);
    assert!(blob.missing(&groups).unwrap().is_empty());

    let mut nothing = blob.receive(&Groups::default());
    assert!(nothing.is_complete());
    assert!(matches!(
        nothing.push(&[0]),
        Err(ReceiveError::Peer(PeerFault::TooMuch))
    ));
}

#[test]
fn blb_09_the_answer_to_another_request_is_refused() {
    let sample = Sample::new(4 * CHUNK);
    let disk = Disk::new();
    let blob = sample.blob_on(&disk);
    let mut receiving = blob.receive(&Groups::from(2..3));
    let error = receiving
        .push(&serve(&sample.blob(), &Groups::from(9..10)))
        .unwrap_err();
    assert!(matches!(error, ReceiveError::Peer(_)), "{error:?}");
    let other = Sample::new(4 * CHUNK - 1);
    let mut receiving = blob.receive(&Groups::all());
    let error = receiving.push(&serve(&other.blob(), &Groups::all())).unwrap_err();
    assert!(
        matches!(
            error,
            ReceiveError::Peer(PeerFault::WrongHashes { first_group: 0 })
        ),
        "{error:?}"
    );
    drop(receiving);
    assert_eq!(blob.missing(&Groups::all()).unwrap().count(), 16);
}

#[test]
fn blb_09_several_peers_give_parts_at_the_same_time() {
    let sample = Sample::new(20 * CHUNK);
    let disk = Disk::new();
    let blob = sample.blob_on(&disk);
    thread::scope(|scope| {
        for part in 0..4 {
            let (from, to) = (sample.blob(), blob.clone());
            // They overlap by a half.
            let groups = Groups::from(part * 20..part * 20 + 40);
            scope.spawn(move || {
                let mut receiving = to.receive(&groups);
                from.serve(&groups)
                    .for_each(|piece| receiving.push(&piece.unwrap()).unwrap());
                receiving.finish().unwrap();
            });
        }
    });
    assert!(blob.missing(&Groups::all()).unwrap().is_empty());
    assert!(std::fs::read(disk.path(NAME, "data")).unwrap() == sample.sealed());
}

#[cfg(target_os = "linux")]
#[test]
fn blb_14_a_full_disk_is_told_as_what_it_is() {
    use xchat_blobs::DiskError;

    let sample = Sample::new(CHUNK);
    let disk = Disk::new();
    // A device that is always full.
    std::fs::create_dir(disk.path(NAME, "data").parent().unwrap()).unwrap();
    std::os::unix::fs::symlink("/dev/full", disk.path(NAME, "data")).unwrap();
    let blob = sample.blob_on(&disk);
    let mut receiving = blob.receive(&Groups::all());
    receiving.push(&serve(&sample.blob(), &Groups::all())).unwrap();
    assert!(matches!(
        receiving.finish(),
        Err(ReceiveError::Disk(DiskError::Full))
    ));
}

#[test]
fn blb_14_other_failures_of_the_disk_are_not_a_peers() {
    let sample = Sample::new(CHUNK);
    let disk = Disk::new();
    // A folder, where a file should be.
    std::fs::create_dir_all(disk.path(NAME, "data")).unwrap();
    let created = disk
        .store
        .create(NAME, sample.imported.hash, sample.imported.size);
    assert!(matches!(created, Err(xchat_blobs::DiskError::Failed(_))));
}
