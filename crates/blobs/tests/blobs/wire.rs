//! The stream and the tree are those of `bao-tree`, and so of `iroh-blobs`.

use bao_tree::io::outboard::{EmptyOutboard, PostOrderMemOutboard};
use bao_tree::io::sync::{decode_ranges, encode_ranges_validated};
use bao_tree::{BaoTree, BlockSize, ChunkNum, ChunkRanges};
use proptest::prelude::*;
use xchat_blobs::Groups;

use crate::support::{CHUNK, Disk, Sample, serve};

const GROUP: BlockSize = BlockSize::from_chunk_log(4);

fn chunk_ranges(groups: &Groups) -> ChunkRanges {
    groups.ranges().iter().fold(ChunkRanges::empty(), |all, range| {
        all | ChunkRanges::from(ChunkNum(range.start * 16)..ChunkNum(range.end * 16))
    })
}

fn some_groups(end: u64) -> impl Strategy<Value = Groups> {
    prop::collection::vec((0..end, 0..end), 0..5).prop_map(|ranges| {
        Groups::new(
            ranges
                .into_iter()
                .map(|(one, other)| one.min(other)..one.max(other)),
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn blb_06_the_stream_is_that_of_bao_both_ways(chunks in 1..20_usize, groups in some_groups(81)) {
        let sample = Sample::new(chunks * CHUNK);
        let groups = groups.before(sample.imported.size.groups());
        let (sealed, ranges) = (sample.sealed(), chunk_ranges(&groups));
        let theirs = PostOrderMemOutboard::create(&sealed, GROUP);
        prop_assert_eq!(theirs.root, sample.imported.hash);
        prop_assert!(theirs.data == sample.tree());

        let mut stream = Vec::new();
        encode_ranges_validated(sealed.as_slice(), &theirs, &ranges, &mut stream).unwrap();
        prop_assert!(serve(&sample.blob(), &groups) == stream);

        let disk = Disk::new();
        let mut receiving = sample.blob_on(&disk).receive(&groups);
        receiving.push(&stream).unwrap();
        prop_assert!(receiving.is_complete());
        receiving.finish().unwrap();

        let mut decoded = vec![0; sealed.len()];
        let tree = EmptyOutboard { tree: BaoTree::new(sealed.len() as u64, GROUP), root: theirs.root };
        decode_ranges(stream.as_slice(), &ranges, decoded.as_mut_slice(), tree).unwrap();
        for group in groups.ranges().iter().cloned().flatten() {
            let bytes = group as usize * 16_384..(group as usize + 1) * 16_384;
            prop_assert!(decoded[bytes.clone()] == sealed[bytes]);
        }
    }
}

#[test]
fn blb_06_groups_beyond_the_end_are_nothing() {
    let sample = Sample::new(CHUNK);
    assert!(serve(&sample.blob(), &Groups::from(4..u64::MAX)).is_empty());
    assert!(serve(&sample.blob(), &Groups::default()).is_empty());
    assert_eq!(
        serve(&sample.blob(), &Groups::from(3..u64::MAX)).len(),
        2 * 64 + 16_384
    );
}
