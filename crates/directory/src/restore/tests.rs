//! Snapshots, from the node that serves them to the one that begins.

use proptest::prelude::*;
use xchat_proto::codec::Bounded;
use xchat_proto::header::Header;
use xchat_proto::light::Checkpoint;
use xchat_proto::limits::SYNC_BYTES_MAX;
use xchat_proto::operator::Change;
use xchat_proto::record::Operation;

use super::*;
use crate::reader::Reader;
use crate::store::{DiskStore, MemoryStore};
use crate::testing::*;
use crate::{Directory, DirectoryError};

/// A chain with so many names, a change of the validators, and a snapshot of each tenth block.
fn served(names: u16) -> Chain<MemoryStore> {
    let mut chain = Chain::new(genesis(), 1).retaining(1, 10);
    let network = chain.network();
    let validators = chain.directory.committee().validators();
    let change = Change::Add {
        operator: operator(1),
    };
    let vote = vote(network, &validators, &change, chain.time_ms() + 60_000, 0);
    assert_eq!(chain.one(vote), Ok(()));
    let records = (0..names).map(|number| {
        let record = record_of(network, &format!("n_{number}_x"), 1, 0, 0);
        register_with(&record, &key(1, 0), BITS)
    });
    let records: Vec<Operation> = records.collect();
    for block in records.chunks(usize::from(names / 8).max(1)) {
        assert!(chain.block(block).iter().all(Result::is_ok));
    }
    while chain.height() < 10 {
        chain.block(&[]);
    }
    // What comes after the snapshot is not in it.
    let late = record_of(network, "late", 2, 0, 0);
    let changed = record_of(network, "n_0_x", 1, 0, 1);
    let operations = [register(&late, &key(2, 0)), update(&changed, &key(1, 0))];
    assert_eq!(chain.block(&operations)[0], Ok(()));
    chain.block(&[]);
    chain
}

fn restore<S: Store>(store: S) -> Restore<S> {
    Restore::open(store, genesis(), Anchor::genesis(&genesis())).unwrap()
}

fn part<R: Read>(reader: &Reader<R>, wanted: Wanted, bytes_max: usize) -> (SnapshotPart, Vec<Handover>) {
    let part = reader
        .snapshot_part(wanted.height, wanted.after, bytes_max)
        .unwrap()
        .unwrap();
    (part, reader.handovers(wanted.known).unwrap().into_vec())
}

/// Fetches the rest of a snapshot in parts of this size, and opens what comes out.
fn complete<S: Store, R: Read>(restore: Restore<S>, reader: &Reader<R>, bytes_max: usize) -> Directory<S> {
    let store = filled(restore, reader, bytes_max);
    Directory::open(store, genesis(), &first_operators(1)).unwrap()
}

/// Fetches the rest of a snapshot in parts of this size.
fn filled<S: Store, R: Read>(mut restore: Restore<S>, reader: &Reader<R>, bytes_max: usize) -> S {
    let now_ms = reader.head().header.time_ms;
    loop {
        let (part, handovers) = part(reader, restore.wanted(), bytes_max);
        if restore.add(&part, &handovers, now_ms).unwrap() {
            return restore.into_store().unwrap();
        }
    }
}

/// Applies the blocks above the snapshot, and compares.
fn catch_up<S: Store>(directory: Directory<S>, chain: &Chain<MemoryStore>) {
    let mut follower = Chain { directory };
    assert_eq!(follower.height(), 10);
    for block in chain.directory.blocks(11, usize::MAX).unwrap() {
        let time_ms = block.header.time_ms;
        follower.block_at(time_ms, block.operations.as_slice());
        assert_eq!(follower.directory.head().header, block.header);
    }
    assert_eq!(follower.height(), chain.height());
    for text in ["late", "n_0_x", "n_1_x", "nobody"] {
        let (ours, theirs) = (
            follower.directory.lookup(&name(text)),
            chain.directory.lookup(&name(text)),
        );
        let (ours, theirs) = (ours.unwrap(), theirs.unwrap());
        assert_eq!((ours.value, ours.proof), (theirs.value, theirs.proof), "{text}");
    }
    let handovers = follower.directory.handovers(0).unwrap();
    assert_eq!(handovers, chain.directory.handovers(0).unwrap());
}

#[test]
fn snp_01_a_follower_begins_with_a_snapshot_and_goes_on_with_blocks() {
    let chain = served(60);
    assert_eq!(chain.directory.reader().snapshot().unwrap().header.height, 10);
    for bytes_max in [0, 700, 1_500, 6_000, SYNC_BYTES_MAX] {
        let directory = complete(
            restore(MemoryStore::default()),
            &chain.directory.reader(),
            bytes_max,
        );
        assert_eq!(
            directory.reader().snapshot(),
            chain.directory.reader().snapshot(),
            "it serves it, too"
        );
        catch_up(directory, &chain);
    }
}

#[test]
fn snp_01_the_smallest_map_is_restored() {
    let mut chain = Chain::new(genesis(), 1).retaining(1, 10);
    while chain.height() < 12 {
        chain.block(&[]);
    }
    let directory = complete(
        restore(MemoryStore::default()),
        &chain.directory.reader(),
        SYNC_BYTES_MAX,
    );
    catch_up(directory, &chain);
}

#[test]
fn snp_02_a_restoration_goes_on_after_a_crash() {
    let chain = served(60);
    let folder = tempfile::tempdir().unwrap();
    let reader = chain.directory.reader();
    let mut parts = 0;
    let store = loop {
        // Opened anew for each part, as after a crash.
        let mut restore = restore(DiskStore::open(folder.path()).unwrap());
        let (part, handovers) = part(&reader, restore.wanted(), 2_000);
        parts += 1;
        if restore.add(&part, &handovers, chain.time_ms()).unwrap() {
            break restore.into_store().unwrap();
        }
    };
    assert!(parts > 10, "{parts} parts");
    catch_up(
        Directory::open(store, genesis(), &first_operators(1)).unwrap(),
        &chain,
    );
}

fn content(store: &MemoryStore) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut content = Vec::new();
    for table in Table::ALL {
        let taken = &mut |key: &[u8], value: &[u8]| {
            content.push((key.to_vec(), value.to_vec()));
            true
        };
        store.scan(table, &[], taken).unwrap();
    }
    content
}

fn entry(key: [u8; 32], value: &[u8]) -> SnapshotEntry {
    SnapshotEntry {
        key: Hash(key),
        value: Blob::new(value.to_vec()).unwrap(),
    }
}

#[test]
fn snp_03_a_wrong_part_is_refused_and_changes_nothing() {
    let chain = served(60);
    let reader = chain.directory.reader();
    let mut restore = restore(MemoryStore::default());
    let (first, handovers) = part(&reader, restore.wanted(), 2_000);
    assert!(!restore.add(&first, &handovers, chain.time_ms()).unwrap());
    let (next, _) = part(&reader, restore.wanted(), 2_000);
    let edited = |edit: &dyn Fn(&mut Vec<SnapshotEntry>)| {
        let mut entries = next.entries.as_slice().to_vec();
        edit(&mut entries);
        SnapshotPart {
            entries: Bounded::new(entries).unwrap(),
            ..next.clone()
        }
    };
    let wrong = [
        ("an entry left out", edited(&|entries| drop(entries.remove(0)))),
        ("the last left out", edited(&|entries| drop(entries.pop()))),
        (
            "another value",
            edited(&|entries| entries[0].value = Blob::new(vec![1]).unwrap()),
        ),
        (
            "one more at the end",
            edited(&|entries| entries.push(entry([0xff; 32], b"x"))),
        ),
        ("out of order", edited(&|entries| entries.swap(0, 1))),
        ("twice", edited(&|entries| entries.insert(0, entries[0].clone()))),
        ("the part before again", first.clone()),
        ("another key", edited(&|entries| entries[0].key.0[31] ^= 1)),
        (
            "no proof",
            SnapshotPart {
                proof: Blob::default(),
                ..next.clone()
            },
        ),
        (
            "another proof",
            SnapshotPart {
                proof: first.proof.clone(),
                ..next.clone()
            },
        ),
        (
            "noise for a proof",
            SnapshotPart {
                proof: Blob::new(vec![0xff; 900]).unwrap(),
                ..next.clone()
            },
        ),
    ];
    let before = content(&restore.store);
    for (what, part) in wrong {
        let refused = restore.add(&part, &[], chain.time_ms());
        assert!(
            matches!(refused, Err(RestoreError::NotProved(_))),
            "{what}: {refused:?}"
        );
    }
    let empty = edited(&Vec::clear);
    assert!(matches!(
        restore.add(&empty, &[], chain.time_ms()),
        Err(RestoreError::Empty)
    ));
    assert_eq!(content(&restore.store), before);
    assert!(
        !restore.add(&next, &[], chain.time_ms()).unwrap(),
        "the right one is still taken"
    );
    assert_eq!(restore.into_store().map(|_| ()), None);
}

#[test]
fn snp_03_whether_more_follows_is_proved_and_not_said() {
    let chain = served(40);
    let reader = chain.directory.reader();
    let mut restore = restore(MemoryStore::default());
    for bytes_max in [2_000, SYNC_BYTES_MAX] {
        let (part, handovers) = part(&reader, restore.wanted(), bytes_max);
        let lie = SnapshotPart {
            has_more: !part.has_more,
            ..part.clone()
        };
        assert_eq!(
            restore.add(&lie, &handovers, chain.time_ms()).unwrap(),
            !part.has_more
        );
    }
    let directory = Directory::open(restore.into_store().unwrap(), genesis(), &first_operators(1)).unwrap();
    catch_up(directory, &chain);
}

#[test]
fn snp_04_a_snapshot_is_of_a_header_that_is_final() {
    let chain = served(20);
    let reader = chain.directory.reader();
    let (good, handovers) = part(&reader, restore(MemoryStore::default()).wanted(), SYNC_BYTES_MAX);
    let refused = |part: &SnapshotPart, handovers: &[Handover]| {
        let mut restore = restore(MemoryStore::default());
        let error = restore.add(part, handovers, chain.time_ms()).err();
        assert_eq!(restore.wanted().height, None);
        error
    };
    let header = Header {
        state_root: Hash([1; 32]),
        ..good.certified.header.clone()
    };
    let mut forged = good.clone();
    forged.certified.header = header;
    assert!(matches!(
        refused(&forged, &handovers),
        Some(RestoreError::Light(_))
    ));
    assert!(
        matches!(refused(&good, &[]), Some(RestoreError::Light(_))),
        "by validators nobody knows"
    );
    let mut lie = handovers.clone();
    lie[0].certified.header.validators = Hash([1; 32]);
    assert!(matches!(
        refused(&good, &lie),
        Some(RestoreError::Light(LightError::BadHandover))
    ));
    assert!(refused(&good, &handovers).is_none());
}

#[test]
fn snp_04_only_a_certificate_that_was_verified_is_kept() {
    let chain = served(40);
    let reader = chain.directory.reader();
    let mut restore = restore(MemoryStore::default());
    for bytes_max in [2_000, SYNC_BYTES_MAX] {
        let (mut part, handovers) = part(&reader, restore.wanted(), bytes_max);
        if restore.wanted().height.is_some() {
            part.certified.certificate = xchat_proto::certificate::Certificate::new(vec![1]).unwrap();
        }
        restore.add(&part, &handovers, chain.time_ms()).unwrap();
    }
    let directory = Directory::open(restore.into_store().unwrap(), genesis(), &first_operators(1)).unwrap();
    assert_eq!(directory.latest(), reader.snapshot());
}

#[test]
fn snp_05_another_snapshot_is_only_begun_anew() {
    let mut chain = served(60);
    let old = chain.directory.reader();
    let folder = tempfile::tempdir().unwrap();
    let mut restore = restore(DiskStore::open(folder.path()).unwrap());
    let (first, handovers) = part(&old, restore.wanted(), 2_000);
    assert!(!restore.add(&first, &handovers, chain.time_ms()).unwrap());
    while chain.height() < 21 {
        chain.block(&[]);
    }
    let reader = chain.directory.reader();
    assert_eq!(reader.snapshot().unwrap().header.height, 20);
    assert!(
        reader.snapshot_part(Some(10), None, 0).unwrap().is_some(),
        "the one before is kept, and goes on being served"
    );
    let (other, handovers) = part(
        &reader,
        Wanted {
            height: None,
            ..restore.wanted()
        },
        2_000,
    );
    assert!(matches!(
        restore.add(&other, &handovers, chain.time_ms()),
        Err(RestoreError::OtherSnapshot {
            found: 20,
            expected: 10
        })
    ));
    while chain.height() < 30 {
        chain.block(&[]);
    }
    let reader = chain.directory.reader();
    assert!(reader.snapshot_part(Some(10), None, 0).unwrap().is_none());
    restore.restart().unwrap();
    assert_eq!(restore.wanted().height, None);
    assert!(restore.wanted().known > 0, "the validators are still known");
    let directory = complete(restore, &reader, 5_000);
    assert_eq!(directory.head().header, chain.directory.head().header);
}

#[test]
fn snp_05_blocks_above_a_snapshot_are_kept() {
    let mut chain = served(20);
    while chain.height() < 35 {
        chain.block(&[]);
    }
    // One block is kept, and all above the older snapshot.
    assert_eq!(chain.directory.oldest_block(), 21);
    assert_eq!(chain.directory.reader().snapshot().unwrap().header.height, 30);
}

#[test]
fn snp_06_a_directory_is_not_overwritten_and_an_unfinished_one_not_opened() {
    let chain = served(20);
    let store = chain.directory.store.clone();
    let over = Restore::open(store, genesis(), Anchor::genesis(&genesis()));
    assert!(matches!(over, Err(RestoreError::NotEmpty)));

    let mut begun = restore(MemoryStore::default());
    let (first, handovers) = part(&chain.directory.reader(), begun.wanted(), 500);
    assert!(!begun.add(&first, &handovers, chain.time_ms()).unwrap());
    let opened = Directory::open(begun.store.clone(), genesis(), &first_operators(1));
    assert!(matches!(opened, Err(DirectoryError::Unfinished)));
    let elsewhere = genesis_of(2, parameters());
    let anchor = Anchor::genesis(&elsewhere);
    let other = Restore::open(begun.store, elsewhere, anchor);
    assert!(matches!(other, Err(RestoreError::NotEmpty)));
}

/// A chain whose validators change, with a snapshot after it, and how much of it somebody trusts.
fn changed() -> (Chain<MemoryStore>, Checkpoint) {
    let mut chain = served(8);
    chain.end_epoch();
    let head = chain.directory.head().header.clone();
    let trusted = Checkpoint {
        height: head.height,
        time_ms: head.time_ms,
        validators: chain.directory.committee().validators(),
    };
    while chain.height() < head.height + 20 {
        chain.block(&[]);
    }
    (chain, trusted)
}

#[test]
fn hnd_03_above_a_trusted_block_no_older_change_is_known_and_who_needs_one_is_told_so() {
    let (chain, trusted) = changed();
    let anchor = Anchor::checkpoint(&trusted);
    let restore = Restore::open(MemoryStore::default(), genesis(), anchor).unwrap();
    let restored = complete(restore, &chain.directory.reader(), SYNC_BYTES_MAX);
    let (whole, part) = (chain.directory.reader(), restored.reader());
    assert_eq!(part.base().map(|base| base.height), Some(trusted.height));
    assert!(part.handovers(0).unwrap().as_slice().is_empty());
    assert!(!whole.handovers(0).unwrap().as_slice().is_empty());
    for known in [0, 1, trusted.height - 1] {
        assert!(whole.leads_on(known) && !part.leads_on(known), "{known}");
    }
    assert!(part.leads_on(trusted.height));
    let above = restored.head().header.height;
    for height in [trusted.height + 1, above] {
        assert_eq!(
            part.validators_of(height).unwrap(),
            whole.validators_of(height).unwrap()
        );
    }
    assert_ne!(whole.validators_of(1).unwrap(), trusted.validators);
}

#[test]
fn hnd_03_with_the_validators_of_the_genesis_who_knows_only_that_gets_an_answer() {
    let mut chain = Chain::new(genesis(), 1).retaining(1, 10);
    while chain.height() < 30 {
        chain.block(&[]);
    }
    let anchor = Anchor::checkpoint(&Checkpoint {
        height: 7,
        time_ms: chain.time_ms() - 1,
        validators: genesis().validators,
    });
    let restore = Restore::open(MemoryStore::default(), genesis(), anchor).unwrap();
    let restored = complete(restore, &chain.directory.reader(), SYNC_BYTES_MAX);
    assert!(restored.reader().leads_on(0) && restored.reader().leads_on(7));
    assert!(!restored.reader().leads_on(6));
}

#[test]
fn hnd_03_what_an_earlier_directory_knew_is_kept_when_it_leads_on() {
    let (chain, trusted) = changed();
    // The other stopped before the block that is trusted.
    for (before, leads) in [(&chain, true), (&served(8), false)] {
        let earlier = restore(MemoryStore::default());
        let earlier = filled(earlier, &before.directory.reader(), SYNC_BYTES_MAX);
        let anchor = Anchor::checkpoint(&trusted);
        let filling = Restore::open(MemoryStore::default(), genesis(), anchor).unwrap();
        let mut store = filled(filling, &chain.directory.reader(), SYNC_BYTES_MAX);
        // Twice, as after a crash in between.
        for _ in 0..2 {
            join_handovers(&earlier, &mut store).unwrap();
        }
        let joined = Directory::open(store, genesis(), &first_operators(1)).unwrap();
        assert_eq!(joined.reader().leads_on(0), leads);
        assert_eq!(joined.reader().base().is_none(), leads);
        let whole = chain.directory.handovers(0).unwrap();
        assert_eq!(joined.handovers(0).unwrap() == whole, leads);
    }
}

#[test]
fn snp_07_more_changes_of_the_validators_than_one_answer_holds_are_followed_first() {
    let mut chain = Chain::new(genesis(), 1).retaining(1, 10);
    for _ in 0..9 {
        for change in [
            Change::Add {
                operator: operator(1),
            },
            Change::Remove {
                key: validator(1).public(),
            },
        ] {
            let validators = chain.directory.committee().validators();
            let count = u8::try_from(validators.as_slice().len()).unwrap();
            let closes_ms = chain.time_ms() + 60_000;
            let network = chain.network();
            let votes = (0..count).map(|voter| vote(network, &validators, &change, closes_ms, voter));
            assert!(chain.block(&votes.collect::<Vec<_>>()).iter().all(Result::is_ok));
            chain.end_epoch();
        }
    }
    while chain.height() < 79 {
        chain.block(&[]);
    }
    assert_eq!(
        chain.directory.handovers(0).unwrap().as_slice().len(),
        HANDOVERS_MAX
    );
    let directory = complete(
        restore(MemoryStore::default()),
        &chain.directory.reader(),
        SYNC_BYTES_MAX,
    );
    assert_eq!(directory.head().header.height, 70);
    let rest = directory.handovers(
        chain.directory.handovers(0).unwrap().as_slice()[15]
            .certified
            .header
            .height,
    );
    assert_eq!(
        rest.unwrap().as_slice().len(),
        1,
        "those up to the snapshot are all kept"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn snp_03_no_change_of_a_part_passes(at in any::<prop::sample::Index>(), bit in 0..8_u8, cut in 0..3_000_usize) {
        let chain = served(12);
        let reader = chain.directory.reader();
        let mut restore = restore(MemoryStore::default());
        let (part, handovers) = part(&reader, restore.wanted(), cut);
        let mut bytes = codec::encode(&part);
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        if let Ok(changed) = codec::decode::<SnapshotPart>(&bytes, usize::MAX)
            && changed != part
        {
            // What a server says of what follows is not asked for: the proof says it.
            let says_other = SnapshotPart { has_more: !part.has_more, ..part.clone() } == changed;
            let added = restore.add(&changed, &handovers, chain.time_ms());
            prop_assert!(added.is_err() || (says_other && added.unwrap() != part.has_more));
        }
    }
}
