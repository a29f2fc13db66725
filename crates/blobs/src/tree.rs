//! The tree of hashes over a sealed blob: BLAKE3's own, kept down to groups of 16 KiB, in post-order on the disk.
//!
//! Post-order because such a file is written from its beginning to its end while the blob is, and nobody knows yet how
//! large that will be.

use bao_tree::iter::{BaoChunk, ResponseIter};
use bao_tree::{BaoTree, BlockSize, ChunkNum, ChunkRanges, TreeNode};
use blake3::Hash;
use blake3::hazmat::{HasherExt as _, Mode, merge_subtrees_non_root, merge_subtrees_root};

use crate::groups::Groups;
use crate::limits::GROUP_BYTES;
use crate::size::SealedSize;

/// The hashes of two halves, as they lie on the disk and go over the wire.
pub(crate) type Pair = [u8; PAIR_BYTES];

/// In bytes.
pub(crate) const PAIR_BYTES: usize = 64;

/// Of BLAKE3's chunks of 1 KiB, 16 make a group.
const GROUP: BlockSize = BlockSize::from_chunk_log(4);

/// The hash of a group, of which no blob has but one.
fn hash_group(group: u64, bytes: &[u8]) -> Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.set_input_offset(group * GROUP_BYTES as u64);
    Hash::from(hasher.update(bytes).finalize_non_root())
}

fn hash_pair(pair: &Pair, is_root: bool) -> Hash {
    let (left, right) = halves(pair);
    match is_root {
        true => merge_subtrees_root(left.as_bytes(), right.as_bytes(), Mode::Hash),
        false => Hash::from(merge_subtrees_non_root(
            left.as_bytes(),
            right.as_bytes(),
            Mode::Hash,
        )),
    }
}

fn halves(pair: &Pair) -> (Hash, Hash) {
    let half = |from: usize| Hash::from(std::array::from_fn(|at| pair[from + at]));
    (half(0), half(PAIR_BYTES / 2))
}

/// Hashes groups as they come, and gives the pairs of the tree in post-order.
#[derive(Debug, Default)]
pub(crate) struct TreeBuilder {
    /// Of complete subtrees, the largest first.
    subtrees: Vec<Hash>,
    groups: u64,
    /// The pair that was made last, and so the root's in the end.
    last: Option<Pair>,
}

impl TreeBuilder {
    /// Takes the next group, and appends the pairs that it completes.
    pub(crate) fn add(&mut self, group: &[u8], pairs: &mut Vec<u8>) {
        self.subtrees.push(hash_group(self.groups, group));
        self.groups += 1;
        for _ in 0..self.groups.trailing_zeros() {
            self.join(pairs);
        }
    }

    /// Appends the pairs of the right edge, and gives the root. Needs two groups.
    pub(crate) fn finish(mut self, pairs: &mut Vec<u8>) -> Hash {
        while self.subtrees.len() > 1 {
            self.join(pairs);
        }
        let root = self.last.map(|pair| hash_pair(&pair, true));
        assert!(root.is_some(), "a sealed chunk has four groups");
        root.unwrap_or_else(|| Hash::from([0; 32]))
    }

    fn join(&mut self, pairs: &mut Vec<u8>) {
        let (Some(right), Some(left)) = (self.subtrees.pop(), self.subtrees.pop()) else {
            return;
        };
        let mut pair = [0; PAIR_BYTES];
        let (first, second) = pair.split_at_mut(PAIR_BYTES / 2);
        first.copy_from_slice(left.as_bytes());
        second.copy_from_slice(right.as_bytes());
        pairs.extend_from_slice(&pair);
        self.subtrees.push(hash_pair(&pair, false));
        self.last = Some(pair);
    }
}

/// A place in the tree, with the hash that must be found there; none where a place above it didn't hold.
#[derive(Debug)]
pub(crate) enum Place {
    /// Of a pair.
    Pair(PairPlace),
    /// Of a group.
    Group(GroupPlace),
}

/// Where a pair is.
#[derive(Debug)]
pub(crate) struct PairPlace {
    /// In the file of the tree, in bytes.
    pub(crate) offset: u64,
    /// The first group below it.
    pub(crate) first_group: u64,
    expected: Option<Hash>,
    is_root: bool,
    goes_left: bool,
    goes_right: bool,
}

impl PairPlace {
    /// Whether anything is known to compare with.
    pub(crate) fn is_known(&self) -> bool {
        self.expected.is_some()
    }

    fn holds(&self, pair: &Pair) -> bool {
        self.expected == Some(hash_pair(pair, self.is_root))
    }
}

/// Where a group is.
#[derive(Debug)]
pub(crate) struct GroupPlace {
    /// Its number.
    pub(crate) group: u64,
    expected: Option<Hash>,
}

impl GroupPlace {
    /// Whether anything is known to compare with.
    pub(crate) fn is_known(&self) -> bool {
        self.expected.is_some()
    }

    /// Whether these bytes are the group's.
    pub(crate) fn holds(&self, bytes: &[u8]) -> bool {
        self.expected
            .is_some_and(|expected| expected == hash_group(self.group, bytes))
    }
}

/// The way from the root through all pairs above some groups, and those groups, in the order of the wire.
///
/// The order depends on the size and the groups only. For every pair that `next` gives, `enter` must follow.
#[derive(Debug)]
pub(crate) struct Walk {
    shape: BaoTree,
    places: ResponseIter,
    expected: Vec<Option<Hash>>,
}

impl Walk {
    /// Through a blob; groups beyond its end are none.
    pub(crate) fn new(root: Hash, size: SealedSize, groups: &Groups) -> Self {
        let shape = BaoTree::new(size.bytes(), GROUP);
        let chunk = |group: u64| ChunkNum(group << GROUP.chunk_log());
        let clamped = groups.before(size.groups());
        let boundaries = clamped.ranges().iter().flat_map(|range| [range.start, range.end]);
        // Open at the end of the blob: that is how the order of the wire calls all that is there.
        let boundaries = boundaries
            .filter(|boundary| *boundary != size.groups())
            .map(chunk);
        let ranges = ChunkRanges::new(boundaries.collect()).unwrap_or_default();
        Self {
            shape,
            places: ResponseIter::new(shape, ranges),
            expected: vec![Some(root)],
        }
    }

    /// The next place, or that it is over.
    pub(crate) fn next(&mut self) -> Option<Place> {
        let place = self.places.next()?;
        let expected = self.expected.pop().flatten();
        Some(match place {
            BaoChunk::Parent {
                node,
                is_root,
                left,
                right,
                ..
            } => Place::Pair(PairPlace {
                offset: self.offset(node),
                first_group: node.chunk_range().start.0 >> GROUP.chunk_log(),
                expected,
                is_root,
                goes_left: left,
                goes_right: right,
            }),
            BaoChunk::Leaf { start_chunk, .. } => Place::Group(GroupPlace {
                group: start_chunk.0 >> GROUP.chunk_log(),
                expected,
            }),
        })
    }

    /// Goes on below a pair, with what was found there or with nothing. Says whether it holds; if not, nothing is
    /// known of what is below.
    pub(crate) fn enter(&mut self, place: &PairPlace, pair: Option<&Pair>) -> bool {
        let pair = pair.filter(|pair| place.holds(pair));
        let (left, right) = pair.map(halves).unzip();
        if place.goes_right {
            self.expected.push(right);
        }
        if place.goes_left {
            self.expected.push(left);
        }
        pair.is_some()
    }

    fn offset(&self, node: TreeNode) -> u64 {
        let pairs_before = self.shape.post_order_offset(node).map(|offset| offset.value());
        // Every pair above whole groups is kept.
        assert!(pairs_before.is_some(), "a pair that is not kept");
        pairs_before.unwrap_or_default() * PAIR_BYTES as u64
    }
}
