//! Blocks: executed on each other, committed once, kept, pruned and served.

use xchat_proto::codec::Blob;
use xchat_proto::map_proof::name_key;
use xchat_proto::operator::Change;

use super::*;
use crate::store::{DiskStore, MemoryStore, Read};

fn checked(directory: &Directory<MemoryStore>, operations: &[Operation]) -> Vec<Checked> {
    let checked = operations
        .iter()
        .map(|operation| directory.rules().check(operation.clone()));
    checked.collect::<Result<_, _>>().unwrap()
}

#[test]
fn dir_10_an_operation_sees_what_those_before_it_in_the_block_did() {
    let mut chain = chain();
    let other = Record {
        devices: Hash([9; 32]),
        ..record(0, 0)
    };
    let operations = [
        register(&record(0, 0), &key(1, 0)),
        register(&other, &key(1, 0)),
        update(&record(0, 1), &key(1, 0)),
        rotate(&record(1, 2), &key(1, 1)),
    ];
    assert_eq!(
        chain.block(&operations),
        [Ok(()), Err(RejectReason::NameTaken), Ok(()), Ok(())]
    );
    let stored = chain.directory.record(&name("alice")).unwrap().unwrap();
    assert_eq!((stored.registered_ms, stored.height), (NOON_MS + 1_000, 1));
    let block = &chain.directory.blocks(1, 0).unwrap()[0];
    assert_eq!(
        block.operations.as_slice().len(),
        3,
        "what was refused is in no block"
    );
    assert_eq!(
        block.header.operations,
        xchat_proto::header::operations_hash(block.operations.as_slice())
    );
}

#[test]
fn dir_11_a_block_that_is_delivered_again_changes_nothing() {
    let mut chain = with_alice();
    let (executed, header, _) = chain.execute(NOON_MS + 9_000, &[update(&record(0, 1), &key(1, 0))]);
    assert!(chain.directory.commit(&header, None, &executed).unwrap());
    let after = chain.directory.head().clone();
    assert!(!chain.directory.commit(&header, None, &executed).unwrap());
    assert_eq!(*chain.directory.head(), after);

    // And none is left out, nor taken for another.
    let gap = Header { height: 9, ..header };
    assert!(matches!(
        chain.directory.commit(&gap, None, &executed),
        Err(DirectoryError::OutOfPlace { .. })
    ));
    let (next, next_header, _) = chain.execute(NOON_MS + 10_000, &[]);
    let orphan = Header {
        parent: Hash([1; 32]),
        ..next_header.clone()
    };
    assert!(matches!(
        chain.directory.commit(&orphan, None, &next),
        Err(DirectoryError::OutOfPlace { .. })
    ));
    let forgeries: [fn(&mut Header); 6] = [
        |header| header.state_root = Hash([1; 32]),
        |header| header.network = NetworkId([1; 32]),
        |header| header.time_ms += 1,
        |header| header.operations = Hash([1; 32]),
        |header| header.validators = Hash([1; 32]),
        |header| header.work_bits += 1,
    ];
    for forge in forgeries {
        let mut forged = next_header.clone();
        forge(&mut forged);
        assert!(matches!(
            chain.directory.commit(&forged, None, &next),
            Err(DirectoryError::OtherContents(3))
        ));
    }
    assert_eq!(*chain.directory.head(), after);
}

#[test]
fn dir_12_blocks_are_executed_on_others_that_are_not_final() {
    let mut directory = chain().directory;
    let first = [register(&record(0, 0), &key(1, 0))];
    let second = [update(&record(0, 1), &key(1, 0))];
    let (one_checked, two_checked) = (checked(&directory, &first), checked(&directory, &second));
    let one = directory.execute(&[], 1, NOON_MS + 1, &one_checked).unwrap();
    let two = directory.execute(&[&one], 2, NOON_MS + 2, &two_checked).unwrap();
    assert_eq!(two.outcomes(), [Ok(())]);
    assert_eq!(
        directory.record(&name("alice")).unwrap(),
        None,
        "executing writes nothing"
    );
    assert!(matches!(
        directory.execute(&[&two], 3, NOON_MS + 3, &[]),
        Err(DirectoryError::OutOfPlace { found: 2, head: 0 })
    ));
    assert!(matches!(
        directory.execute(&[&one], 2, NOON_MS + 1, &[]),
        Err(DirectoryError::NotLater(2))
    ));

    let one_applied = directory.apply(NOON_MS + 1, 1, &first).unwrap();
    let two_applied = directory.apply(NOON_MS + 2, 2, &second).unwrap();
    assert_eq!((one.root(), two.root()), (one_applied.root(), two_applied.root()));
}

#[test]
fn what_nobody_can_ask_for_any_more_is_removed() {
    let mut chain = with_alice().retaining(8, 0);
    let size = |directory: &Directory<MemoryStore>, table| {
        directory
            .store
            .keys(table, &[], &[0xff; 100], usize::MAX)
            .unwrap()
            .len()
    };
    let (mut largest, mut stale) = (0, 0);
    for sequence in 1..40 {
        assert_eq!(chain.one(update(&record(0, sequence), &key(1, 0))), Ok(()));
        let proof = chain.directory.lookup(&name("alice")).unwrap();
        let header = &chain.directory.head().header;
        let value = proof.value.as_ref().map(Blob::as_slice);
        let place = name_key(&header.network, &name("alice"));
        proof.proof.verify(&header.state_root, &place, value).unwrap();
        let directory = &chain.directory;
        largest = largest.max(size(directory, Table::Nodes) + size(directory, Table::Values));
        stale = stale.max(size(directory, Table::Stale));
    }
    assert!(largest < 12, "{largest} entries for one name");
    assert!(stale < 8, "{stale} stale entries");
    assert_eq!(size(&chain.directory, Table::Blocks), 8);
}

#[test]
fn a_proof_waits_for_a_certificate() {
    let mut chain = chain();
    chain.uncertified(&[register(&record(0, 0), &key(1, 0))]).unwrap();
    assert!(matches!(
        chain.directory.lookup(&name("alice")),
        Err(DirectoryError::NothingCertified)
    ));
    assert_eq!(chain.directory.latest(), None);
    chain.block(&[]);
    // A later block that is final by its descendant's certificate alone: proofs are of the certified one.
    chain.uncertified(&[update(&record(0, 1), &key(1, 0))]).unwrap();
    let proof = chain.directory.lookup(&name("alice")).unwrap();
    assert_eq!(proof.certified.header.height, 2);
    let verified = proof.name(&parameters(), &name("alice")).unwrap();
    assert_eq!(verified.record.unwrap().record.sequence, 0);
    assert_eq!(chain.directory.latest().unwrap().header.height, 2);
    let committee = chain.directory.lookup_committee().unwrap().committee().unwrap();
    assert_eq!(committee, *chain.directory.committee());
}

#[test]
fn blk_01_a_block_is_kept_with_its_certificate_and_served_in_order() {
    let mut chain = with_alice();
    chain.uncertified(&[update(&record(0, 1), &key(1, 0))]).unwrap();
    chain.block(&[]);
    let blocks = chain.directory.blocks(1, usize::MAX).unwrap();
    let heights: Vec<u64> = blocks.iter().map(|block| block.header.height).collect();
    assert_eq!(heights, [1, 2, 3]);
    let certified: Vec<bool> = blocks.iter().map(|block| block.certificate.is_some()).collect();
    assert_eq!(certified, [true, false, true]);
    assert_eq!(blocks[2].header, chain.directory.head().header);

    // A follower that executes them comes to the same state.
    let mut follower = crate::testing::chain();
    for block in blocks {
        let checked = checked(&follower.directory, block.operations.as_slice());
        let (height, time_ms) = (block.header.height, block.header.time_ms);
        let executed = follower
            .directory
            .execute(&[], height, time_ms, &checked)
            .unwrap();
        if let Some(certificate) = &block.certificate {
            follower
                .directory
                .reader()
                .verify(&block.header, certificate)
                .unwrap();
        }
        assert!(
            follower
                .directory
                .commit(&block.header, block.certificate, &executed)
                .unwrap()
        );
    }
    assert_eq!(follower.directory.head(), chain.directory.head());

    let heights = |from, bytes_max| {
        let blocks = chain.directory.blocks(from, bytes_max).unwrap();
        blocks.iter().map(|block| block.header.height).collect::<Vec<_>>()
    };
    assert_eq!(heights(2, 0), [2], "one is given in any case");
    assert_eq!(heights(3, usize::MAX), [3]);
    assert_eq!(heights(4, usize::MAX), [0; 0]);
    let empty_block = codec::encode(&chain.directory.blocks(3, 0).unwrap()[0]).len();
    let second_block = codec::encode(&chain.directory.blocks(2, 0).unwrap()[0]).len();
    assert_eq!(heights(2, second_block + empty_block - 1), [2]);
    assert_eq!(heights(2, second_block + empty_block), [2, 3]);
}

#[test]
fn blk_02_old_blocks_are_removed_a_few_at_a_time() {
    let mut chain = chain().retaining(3, 0);
    for _ in 0..10 {
        chain.block(&[]);
    }
    assert_eq!(chain.directory.oldest_block(), 8);
    assert!(chain.directory.blocks(7, usize::MAX).unwrap().is_empty());
    assert_eq!(chain.directory.blocks(8, usize::MAX).unwrap().len(), 3);
    // A node that kept more until now catches up without a pause.
    let mut chain = chain.retaining(1_000, 0);
    for _ in 0..200 {
        chain.block(&[]);
    }
    let mut chain = chain.retaining(2, 0);
    chain.block(&[]);
    assert_eq!(chain.directory.oldest_block(), 8 + 64);
    for _ in 0..3 {
        chain.block(&[]);
    }
    assert_eq!(chain.directory.oldest_block(), chain.height() - 1);
}

#[test]
fn blk_03_a_block_without_a_certificate_is_final_by_one_above() {
    let mut chain = chain();
    chain.block(&[]);
    for _ in 0..3 {
        chain.uncertified(&[]).unwrap();
    }
    assert_eq!(chain.directory.lineage(2).unwrap(), None, "not yet");
    chain.block(&[]);
    let own = chain.directory.lineage(1).unwrap().unwrap();
    assert!(own.below.as_slice().is_empty());
    assert_eq!(own.certified.header.height, 1);
    let lineage = chain.directory.lineage(2).unwrap().unwrap();
    let below: Vec<u64> = lineage
        .below
        .as_slice()
        .iter()
        .map(|header| header.height)
        .collect();
    assert_eq!((below, lineage.certified.header.height), (vec![2, 3, 4], 5));
    for missing in [0, 6] {
        assert_eq!(chain.directory.lineage(missing).unwrap(), None);
    }
    for _ in 0..=xchat_proto::limits::HEADERS_MAX {
        chain.uncertified(&[]).unwrap();
    }
    chain.block(&[]);
    assert_eq!(chain.directory.lineage(6).unwrap(), None, "too far above");
    assert!(chain.directory.lineage(7).unwrap().is_some());
}

#[test]
fn blk_05_blocks_without_room_for_their_certificate_are_given_with_the_headers_to_it() {
    let mut chain = chain();
    chain.block(&[]);
    for _ in 0..3 {
        chain.uncertified(&[]).unwrap();
    }
    let given = |chain: &Chain<MemoryStore>, from, bytes_max| {
        let (blocks, above) = chain.directory.reader().final_blocks(from, bytes_max).unwrap();
        let heights: Vec<u64> = blocks.iter().map(|block| block.header.height).collect();
        (heights, above)
    };
    assert_eq!(given(&chain, 1, usize::MAX), (vec![1], None));
    assert_eq!(
        given(&chain, 2, usize::MAX),
        (vec![], None),
        "nothing shows it yet"
    );
    chain.block(&[]);
    assert_eq!(given(&chain, 2, usize::MAX), (vec![2, 3, 4, 5], None));
    for height in 2..5 {
        let (heights, above) = given(&chain, height, 0);
        assert_eq!(heights, [height]);
        let above = above.unwrap();
        assert_eq!(
            (above.header().height, above.certified.header.height),
            (height, 5)
        );
    }
    assert_eq!(chain.directory.reader().uncertified().unwrap(), 0);
    chain.uncertified(&[]).unwrap();
    assert_eq!(chain.directory.reader().uncertified().unwrap(), 1);
}

#[test]
fn hnd_01_a_change_of_the_validators_is_kept_for_ever() {
    let mut chain = Chain::new(genesis_of(1, parameters()), 1).retaining(1, 0);
    let mut expected = Vec::new();
    for number in 1..4_u8 {
        let change = Change::Add {
            operator: operator(number),
        };
        let validators = chain.directory.committee().validators();
        let closes_ms = chain.time_ms() + 60_000;
        let network = chain.network();
        let votes = (0..number).map(|voter| vote(network, &validators, &change, closes_ms, voter));
        let votes: Vec<Operation> = votes.collect();
        assert!(chain.block(&votes).iter().all(Result::is_ok));
        chain.end_epoch();
        chain.block(&[]);
        assert_eq!(
            chain.directory.committee().operators.as_slice().len(),
            usize::from(number) + 1
        );
        expected.push(chain.height() - 1);
    }
    let heights = |above| {
        let handovers = chain.directory.handovers(above).unwrap();
        let headers = handovers
            .as_slice()
            .iter()
            .map(|handover| handover.certified.header.height);
        headers.collect::<Vec<_>>()
    };
    assert_eq!(heights(0), expected);
    assert_eq!(heights(expected[0]), expected[1..]);
    assert_eq!(heights(expected[2]), [0; 0]);

    // And a client follows it from the genesis to the newest name.
    let genesis = genesis_of(1, parameters());
    let anchor = xchat_proto::light::Anchor::genesis(&genesis);
    let mut client = xchat_proto::light::LightClient::new(genesis, anchor).unwrap();
    let proof = chain.directory.lookup(&name("alice")).unwrap();
    let handovers = chain.directory.handovers(client.anchor().height).unwrap();
    let freshness = xchat_proto::light::Freshness::first_contact(chain.time_ms());
    let verified = client
        .name(&proof, handovers.as_slice(), &name("alice"), freshness)
        .unwrap();
    assert_eq!(
        (verified.standing, verified.height),
        (Standing::Free, chain.height())
    );
    let committee = chain.directory.lookup_committee().unwrap();
    let committee = client.committee(&committee, &[], freshness).unwrap();
    assert_eq!(committee, *chain.directory.committee());
}

#[test]
fn hnd_02_a_change_of_the_validators_needs_a_certificate_of_its_own() {
    let mut chain = chain();
    let change = Change::Add {
        operator: operator(1),
    };
    let validators = chain.directory.committee().validators();
    let vote = vote(chain.network(), &validators, &change, chain.time_ms() + 60_000, 0);
    assert!(!chain.directory.has_decided());
    assert_eq!(chain.one(vote), Ok(()));
    assert!(chain.directory.has_decided());
    chain.block(&[]);
    assert!(matches!(
        chain.uncertified(&[]),
        Err(DirectoryError::UncertifiedHandover(3))
    ));
    // And one that is certified, but not it, nor by those who decide it.
    let (executed, header, _) = chain.execute(chain.time_ms() + 1_000, &[]);
    let of_another = chain.directory.latest().unwrap().certificate.clone();
    let by_those_after = certify(&genesis(), executed.committee(), &header);
    for certificate in [of_another, by_those_after] {
        assert!(matches!(
            chain.directory.commit(&header, Some(certificate), &executed),
            Err(DirectoryError::UncertifiedHandover(3))
        ));
    }
    assert_eq!(chain.height(), 2, "nothing has changed");
    chain.block(&[]);
    assert!(!chain.directory.has_decided());
    // Where they don't change, the end of an epoch needs none.
    for _ in 0..3 {
        chain.block(&[]);
    }
    chain.uncertified(&[]).unwrap();
}

#[test]
fn rdr_01_a_reader_sees_an_instant_whatever_is_written_later() {
    let folder = tempfile::tempdir().unwrap();
    let store = DiskStore::open(folder.path()).unwrap();
    let mut chain = Chain::open(store, genesis(), 1).retaining(2, 0);
    assert_eq!(chain.one(register(&record(0, 0), &key(1, 0))), Ok(()));
    let reader = chain.directory.reader();
    let apart = std::thread::spawn(move || {
        let mut seen = Vec::new();
        for _ in 0..50 {
            let proof = reader.lookup(&name("alice")).unwrap();
            let verified = proof.name(&parameters(), &name("alice")).unwrap();
            seen.push((verified.height, verified.record.unwrap().record.sequence));
        }
        assert_eq!(reader.blocks(1, usize::MAX).unwrap().len(), 1);
        seen
    });
    for sequence in 1..20 {
        assert_eq!(chain.one(update(&record(0, sequence), &key(1, 0))), Ok(()));
    }
    assert!(apart.join().unwrap().iter().all(|seen| *seen == (1, 0)));
    assert_eq!(chain.directory.oldest_block(), 19);
}
