//! What a validator makes of the blocks of others.

use super::*;

use std::sync::atomic::{AtomicU64, Ordering};

use xchat_directory::store::MemoryStore;
use xchat_proto::codec::{self, Bounded};
use xchat_proto::header::operations_hash;
use xchat_proto::limits::BLOCK_BYTES_MAX;
use xchat_proto::operator::NetworkFile;

use crate::testing::{NOON_MS, key, network, operator};

struct Validator {
    chain: Chain,
    genesis: Header,
    clock: Arc<AtomicU64>,
    _gossip: mpsc::Receiver<Operation>,
    _folder: tempfile::TempDir,
}

fn alone() -> NetworkFile {
    network(vec![operator(&key(9), 1)], 8, NOON_MS)
}

fn validator() -> Validator {
    let folder = tempfile::tempdir().unwrap();
    let NetworkFile { genesis, operators } = alone();
    let first = Directory::open(MemoryStore::default(), genesis.clone(), &operators).unwrap();
    let header = first.head().header.clone();
    let store = DiskStore::open(folder.path()).unwrap();
    let directory = Directory::open(store, genesis, &operators).unwrap();
    let clock = Arc::new(AtomicU64::new(NOON_MS + 1));
    let now = Arc::clone(&clock);
    let (sender, gossip) = mpsc::channel(16);
    let clock_of = Arc::new(move || now.load(Ordering::SeqCst));
    Validator {
        chain: Chain::new(directory, header.clone(), clock_of, sender),
        genesis: header,
        clock,
        _gossip: gossip,
        _folder: folder,
    }
}

fn registration(text: &str) -> Operation {
    crate::testing::registration(alone().genesis.id(), text, 1)
}

#[test]
fn cns_01_a_block_is_judged_by_all_that_its_header_says() {
    let proposer = validator();
    proposer.chain.submit(registration("alice"), None).unwrap();
    let block = proposer.chain.build(&proposer.genesis, &[], false).unwrap();
    assert_eq!(block.operations.as_slice().len(), 1);

    let other = validator();
    let judge = |block: &Block| other.chain.judge(block, &other.genesis, &[]);
    assert_eq!(judge(&block), Verdict::Valid);
    let with = |change: fn(&mut Header)| {
        let mut block = block.clone();
        change(&mut block.header);
        block
    };
    assert_eq!(
        judge(&with(|header| header.state_root = Hash([0; 32]))),
        Verdict::Invalid
    );
    assert_eq!(
        judge(&with(|header| header.parent = Hash([0; 32]))),
        Verdict::Invalid
    );
    assert_eq!(judge(&with(|header| header.height = 2)), Verdict::Invalid);
    assert_eq!(
        judge(&with(|header| header.time_ms = NOON_MS)),
        Verdict::Invalid,
        "not later than its parent"
    );
    assert_eq!(
        judge(&with(|header| header.validators = Hash([0; 32]))),
        Verdict::Invalid
    );
    assert_eq!(judge(&with(|header| header.work_bits += 1)), Verdict::Invalid);
}

#[test]
fn cns_02_a_block_holds_no_operation_that_the_rules_refuse() {
    let other = validator();
    let mut operations = vec![registration("alice")];
    let honest = {
        other.chain.submit(operations[0].clone(), None).unwrap();
        other.chain.build(&other.genesis, &[], false).unwrap()
    };
    operations.push(registration("alice"));
    let header = Header {
        operations: operations_hash(&operations),
        ..honest.header
    };
    let block = Block {
        header,
        operations: Bounded::new(operations).unwrap(),
    };
    assert_eq!(other.chain.judge(&block, &other.genesis, &[]), Verdict::Invalid);
}

#[test]
fn cns_03_a_proposer_builds_on_blocks_that_are_not_final() {
    let node = validator();
    node.chain.submit(registration("alice"), None).unwrap();
    let first = Arc::new(node.chain.build(&node.genesis, &[], false).unwrap());
    let pending = [Arc::clone(&first)];
    assert_eq!(
        node.chain.build(&first.header, &pending, false),
        None,
        "alice is in the first block already"
    );
    node.chain.submit(registration("bob"), None).unwrap();
    let second = node.chain.build(&first.header, &pending, false).unwrap();
    assert_eq!(second.operations.as_slice(), [registration("bob")]);

    node.chain.finalise(&first, None).unwrap();
    assert_eq!(
        node.chain.build(&node.genesis, &[], true),
        None,
        "the genesis has a final child"
    );
    node.chain.finalise(&second, None).unwrap();
    assert_eq!(node.chain.height(), 2);
    node.chain.finalise(&first, None).unwrap();
    assert_eq!(
        node.chain.height(),
        2,
        "a block that is delivered again changes nothing"
    );
}

#[test]
fn cns_04_no_block_is_made_far_ahead_of_the_clock() {
    let node = validator();
    node.clock.store(NOON_MS - CLOCK_AHEAD_MS_MAX, Ordering::SeqCst);
    let block = node.chain.build(&node.genesis, &[], true).unwrap();
    assert_eq!(
        block.header.time_ms,
        NOON_MS + 1,
        "time goes on by the least when the clock is a little behind"
    );
    node.clock
        .store(NOON_MS - CLOCK_AHEAD_MS_MAX - 1, Ordering::SeqCst);
    assert_eq!(node.chain.build(&node.genesis, &[], true), None);
}

#[test]
fn what_waits_is_bounded_by_its_bytes() {
    let node = validator();
    let checked = node.chain.rules().check(registration("alice")).unwrap();
    let weight = checked.length() + 512;
    let mut pool = crate::pool::Pool::new(10 * weight);
    let mut refused = None;
    for number in 0..20 {
        let checked = node
            .chain
            .rules()
            .check(registration(&format!("n{number:04}")))
            .unwrap();
        if let Err(reason) = pool.add(NOON_MS, checked, None) {
            refused = Some((number, reason));
            break;
        }
    }
    assert_eq!(refused, Some((10, RejectReason::Busy)));
    pool.expire(NOON_MS + 1_000_000);
    assert_eq!(pool.len(), 0, "nothing waits for ever");
}

#[test]
fn a_full_pool_makes_a_block_within_its_bounds() {
    let node = validator();
    for number in 0..2_000 {
        node.chain
            .submit(registration(&format!("name_{number}")), None)
            .unwrap();
    }
    let block = node.chain.build(&node.genesis, &[], false).unwrap();
    assert!(codec::encode(&block).len() <= BLOCK_BYTES_MAX);
    assert!(block.operations.as_slice().len() > 500);
}
