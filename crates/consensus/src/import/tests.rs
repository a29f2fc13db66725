//! What a node without a vote takes of blocks that have no certificate of their own.

use std::sync::Arc;

use tempfile::TempDir;
use tokio::sync::mpsc;
use xchat_directory::Directory;
use xchat_directory::store::DiskStore;
use xchat_proto::codec::Bounded;
use xchat_proto::directory_wire::FinalBlock;
use xchat_proto::light::{LightError, Lineage};
use xchat_proto::limits::HEADERS_MAX;
use xchat_proto::name_proof::Certified;
use xchat_proto::operator::NetworkFile;
use xchat_proto::record::Operation;

use super::*;
use crate::certifying::certify;
use crate::testing::{NOON_MS, key, network, operator};

const VALIDATOR: u8 = 9;

struct Node {
    chain: Chain,
    _gossip: mpsc::Receiver<Operation>,
    _folder: TempDir,
}

/// A node of a network with one validator and epochs of so many blocks.
fn node(epoch_blocks: u32) -> Node {
    let folder = tempfile::tempdir().unwrap();
    let NetworkFile { genesis, operators } =
        network(vec![operator(&key(VALIDATOR), 1)], epoch_blocks, NOON_MS);
    let store = DiskStore::open(folder.path()).unwrap();
    let directory = Directory::open(store, genesis, &operators).unwrap();
    let header = directory.head().header.clone();
    let (sender, gossip) = mpsc::channel(16);
    Node {
        chain: Chain::new(directory, header, Arc::new(|| NOON_MS + 1), sender),
        _gossip: gossip,
        _folder: folder,
    }
}

/// Empty blocks that follow each other, none of them certified.
fn bare(epoch_blocks: u32, count: usize) -> Vec<FinalBlock> {
    let source = node(epoch_blocks);
    let mut parent = source.chain.reader().head().header.clone();
    let mut blocks = Vec::new();
    for _ in 0..count {
        let block = source.chain.build(&parent, &[], true).unwrap();
        source.chain.finalise(&block, None).unwrap();
        parent = block.header.clone();
        blocks.push(FinalBlock {
            header: block.header,
            operations: block.operations,
            certificate: None,
        });
    }
    blocks
}

fn certified(block: &FinalBlock, epoch: u64) -> FinalBlock {
    FinalBlock {
        certificate: Some(certify(&block.header, epoch, &key(VALIDATOR))),
        ..block.clone()
    }
}

/// From the first of these blocks to the last, which is certified.
fn lineage(blocks: &[FinalBlock]) -> Lineage {
    let (last, below) = blocks.split_last().unwrap();
    Lineage {
        below: Bounded::new(below.iter().map(|block| block.header.clone()).collect()).unwrap(),
        certified: Certified {
            header: last.header.clone(),
            certificate: certify(&last.header, 0, &key(VALIDATOR)),
        },
    }
}

#[test]
fn blk_03_what_could_not_be_proved_to_others_is_not_taken() {
    let blocks = bare(10_000, HEADERS_MAX + 2);
    let upto = |count: usize| {
        let mut run = blocks[..count].to_vec();
        run[count - 1] = certified(&blocks[count - 1], 0);
        run
    };
    let far = node(10_000).chain.import(&upto(HEADERS_MAX + 2), None);
    assert!(
        matches!(far, Err(ImportError::Uncertified(height)) if height == HEADERS_MAX as u64 + 1),
        "{far:?}"
    );
    let near = node(10_000);
    near.chain.import(&upto(HEADERS_MAX + 1), None).unwrap();
    assert!(near.chain.reader().lineage(1).unwrap().is_some());

    // What came without a certificate before counts as well.
    let parts = node(10_000);
    let above = lineage(&blocks[99..=HEADERS_MAX]);
    assert_eq!(parts.chain.import(&blocks[..100], Some(&above)).unwrap(), 100);
    let mut rest = blocks[100..].to_vec();
    *rest.last_mut().unwrap() = certified(blocks.last().unwrap(), 0);
    let far = parts.chain.import(&rest, None);
    assert!(matches!(far, Err(ImportError::Uncertified(_))), "{far:?}");
    let further = lineage(&blocks[149..]);
    let far = parts.chain.import(&blocks[100..150], Some(&further));
    assert!(matches!(far, Err(ImportError::Uncertified(150))), "{far:?}");
    let near = lineage(&blocks[149..=HEADERS_MAX]);
    assert_eq!(parts.chain.import(&blocks[100..150], Some(&near)).unwrap(), 150);
    let mut rest = blocks[150..=HEADERS_MAX].to_vec();
    *rest.last_mut().unwrap() = certified(&blocks[HEADERS_MAX], 0);
    parts.chain.import(&rest, None).unwrap();
    assert!(parts.chain.reader().lineage(1).unwrap().is_some());
}

#[test]
fn blk_03_the_last_block_of_an_epoch_is_taken_with_its_certificate_only() {
    let blocks = bare(8, 10);
    let mut run = blocks.clone();
    run[9] = certified(&blocks[9], 1);
    let stripped = node(8).chain.import(&run, None);
    assert!(
        matches!(stripped, Err(ImportError::Uncertified(7))),
        "{stripped:?}"
    );
    run[6] = certified(&blocks[6], 0);
    assert_eq!(node(8).chain.import(&run, None).unwrap(), 10);
}

#[test]
fn blk_05_blocks_are_taken_by_the_headers_that_lead_to_a_certificate() {
    let blocks = bare(8, 6);
    let honest = lineage(&blocks[1..5]);
    let refused = |above: Option<&Lineage>| node(8).chain.import(&blocks[..2], above).unwrap_err();
    assert!(matches!(refused(None), ImportError::Uncertified(2)));
    let of_another = lineage(&blocks[2..5]);
    assert!(matches!(refused(Some(&of_another)), ImportError::Uncertified(2)));
    let mut torn = honest.clone();
    let mut below = torn.below.into_vec();
    below.remove(1);
    torn.below = Bounded::new(below).unwrap();
    assert!(matches!(
        refused(Some(&torn)),
        ImportError::Certificate {
            height: 2,
            error: LightError::BrokenLineage
        }
    ));
    let mut forged = honest.clone();
    forged.certified.certificate = certify(&forged.certified.header, 0, &key(1));
    assert!(matches!(
        refused(Some(&forged)),
        ImportError::Certificate { height: 2, .. }
    ));
    let follower = node(8);
    assert_eq!(follower.chain.import(&blocks[..2], Some(&honest)).unwrap(), 2);
    assert_eq!(
        follower
            .chain
            .import(&blocks[2..4], Some(&lineage(&blocks[3..5])))
            .unwrap(),
        4
    );
    // It passes them on in the same way as soon as it has the certificate too.
    assert_eq!(follower.chain.reader().final_blocks(1, 0).unwrap().0, []);
    follower.chain.import(&[certified(&blocks[4], 0)], None).unwrap();
    let (given, above) = follower.chain.reader().final_blocks(2, 0).unwrap();
    assert_eq!((given, above), (vec![blocks[1].clone()], Some(honest)));
}
