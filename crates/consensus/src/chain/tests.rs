//! What a validator makes of the blocks of others.

use super::*;

use std::sync::atomic::{AtomicU64, Ordering};

use xchat_proto::genesis::Genesis;
use xchat_proto::header::operations_hash;
use xchat_proto::identity::{account_of, sign_link};
use xchat_proto::ids::LogId;
use xchat_proto::keys::SigningKey;
use xchat_proto::map_proof::EMPTY_ROOT;
use xchat_proto::record::{Inbox, Record};
use xchat_proto::signed::Signed;
use xchat_proto::work::Work;

const NOON_MS: u64 = 1_800_000_000_000;

struct Validator {
    chain: Chain,
    genesis: Header,
    clock: Arc<AtomicU64>,
    _gossip: mpsc::Receiver<Operation>,
    _folder: tempfile::TempDir,
}

fn genesis() -> Genesis {
    let key = SigningKey::from_seed(&[9; 32]).public();
    Genesis::new(vec![key], 0, NOON_MS, Hash([1; 32])).unwrap()
}

fn validator() -> Validator {
    let folder = tempfile::tempdir().unwrap();
    let directory = Directory::open(DiskStore::open(folder.path()).unwrap(), genesis()).unwrap();
    let clock = Arc::new(AtomicU64::new(NOON_MS + 1));
    let now = Arc::clone(&clock);
    let (sender, gossip) = mpsc::channel(16);
    let chain = Chain::new(directory, Arc::new(move || now.load(Ordering::SeqCst)), sender);
    Validator {
        chain,
        genesis: Header::genesis(&genesis(), EMPTY_ROOT),
        clock,
        _gossip: gossip,
        _folder: folder,
    }
}

fn registration(text: &str) -> Operation {
    let (key, next) = (SigningKey::from_seed(&[1; 32]), SigningKey::from_seed(&[2; 32]));
    let link = sign_link(0, &key, &next.public()).unwrap();
    let record = Record {
        network: genesis().id(),
        name: text.parse().unwrap(),
        account: account_of(&link),
        identity: link,
        devices: Hash([1; 32]),
        inbox: Inbox {
            homes: Bounded::default(),
            log: LogId([2; 32]),
            key: Hash([3; 32]),
        },
        sequence: 0,
    };
    Operation::Register {
        record: Signed::new(&record, &key).unwrap(),
        work: Work(0),
    }
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
fn what_waits_is_bounded() {
    let node = validator();
    let mut refused = None;
    for number in 0..10_000 {
        if let Err(reason) = node.chain.submit(registration(&format!("name_{number}")), None) {
            refused = Some((number, reason));
            break;
        }
    }
    assert_eq!(refused, Some((4096, RejectReason::Busy)));
    let block = node.chain.build(&node.genesis, &[], false).unwrap();
    assert!(codec::encode(&block).len() <= BLOCK_BYTES_MAX);
    assert!(block.operations.as_slice().len() > 500);
}
