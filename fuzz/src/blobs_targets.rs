//! Targets of `blobs`: the stream of a peer that was asked for a part of a blob.
//!
//! Included by `crates/blobs/tests/corpus.rs` too, so it names nothing but `blobs` and what it depends on.

use std::sync::OnceLock;

use bao_tree::io::outboard::PostOrderMemOutboard;
use bao_tree::io::sync::encode_ranges_validated;
use bao_tree::{BlockSize, ChunkNum, ChunkRanges};
use xchat_blobs::limits::{CHUNK_BYTES, GROUP_BYTES};
use xchat_blobs::{Decoder, Groups, PeerFault, SealedSize, Verified};

/// A target: its name, which its corpus has too, and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// All targets of this file.
pub const TARGETS: [Target; 1] = [("bao_stream", bao_stream)];

const GROUP: BlockSize = BlockSize::from_chunk_log(4);
/// How an edit of the honest stream is written: what it does, where in three bytes, and a byte.
const EDIT_BYTES: usize = 5;

/// A blob and its tree, as somebody else makes it.
type Blob = (Vec<u8>, PostOrderMemOutboard);

/// The blobs of one chunk to eight, which need no padding.
fn blob(chunks: u8) -> &'static Blob {
    static BLOBS: OnceLock<[Blob; 8]> = OnceLock::new();
    let blobs = BLOBS.get_or_init(|| {
        std::array::from_fn(|chunks| {
            let length = CHUNK_BYTES * (1 + chunks);
            let blob: Vec<u8> = (0..length).map(|at| (at / 7 % 251) as u8).collect();
            let tree = PostOrderMemOutboard::create(&blob, GROUP);
            (blob, tree)
        })
    });
    &blobs[usize::from(chunks % 8)]
}

/// A blob, the part of it that was asked for, and how the answer comes.
struct Question {
    blob: &'static [u8],
    tree: &'static PostOrderMemOutboard,
    groups: Groups,
    /// Whether what follows is the stream, or edits of the honest one.
    has_edits: bool,
    /// Of the pieces that the stream comes in.
    sizes: Vec<usize>,
}

impl Question {
    fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let ([chunks, first, second, third, fourth, count], rest) = bytes.split_first_chunk()?;
        let (sizes, rest) = rest.split_at_checked(usize::from(*count % 8))?;
        let (blob, tree) = blob(*chunks);
        let range = |one: &u8, other: &u8| u64::from(*one)..u64::from(*other);
        let question = Self {
            blob,
            tree,
            groups: Groups::new([range(first, second), range(third, fourth)]),
            has_edits: *count >= 128,
            sizes: sizes.iter().map(|size| 1 + 97 * usize::from(*size)).collect(),
        };
        Some((question, rest))
    }

    fn size(&self) -> SealedSize {
        SealedSize::new(self.blob.len() as u64).expect("eight chunks or fewer need no padding")
    }

    /// What an honest peer sends, as somebody else encodes it.
    fn honest(&self) -> Vec<u8> {
        let groups = self.groups.before(self.size().groups());
        let ranges = groups.ranges().iter().fold(ChunkRanges::empty(), |all, range| {
            all | ChunkRanges::from(ChunkNum(range.start * 16)..ChunkNum(range.end * 16))
        });
        let mut stream = Vec::new();
        encode_ranges_validated(self.blob, self.tree, &ranges, &mut stream).expect("it is all here");
        stream
    }

    /// Gives a stream to the decoder in pieces of these sizes, again and again; in one when there are none.
    fn decode(&self, mut stream: &[u8], sizes: &[usize]) -> Outcome {
        let mut decoder = Decoder::new(self.tree.root, self.size(), &self.groups);
        let mut outcome = Outcome::default();
        let mut sizes = sizes.iter().copied().cycle();
        while !stream.is_empty() && outcome.fault.is_none() {
            let size = sizes.next().unwrap_or(stream.len()).min(stream.len());
            let (piece, rest) = stream.split_at(size);
            stream = rest;
            let taken: Result<(), PeerFault> = decoder.push(piece, |verified| {
                self.check(&verified);
                match verified {
                    Verified::Pair { offset, .. } => outcome.pairs.push(offset),
                    Verified::Group { group, .. } => outcome.groups.push(group),
                }
                Ok(())
            });
            assert!(
                decoder.held_back() < GROUP_BYTES,
                "more than a group is held back"
            );
            outcome.fault = taken.err();
        }
        if let Some(fault) = outcome.fault {
            let again = decoder.push(&[0], |_| -> Result<(), PeerFault> {
                panic!("it goes on after a fault")
            });
            assert_eq!(again, Err(fault));
        }
        outcome.is_complete = decoder.is_complete();
        outcome.held_back = decoder.held_back();
        outcome
    }

    /// Whatever is given on belongs to the blob.
    fn check(&self, verified: &Verified<'_>) {
        match verified {
            Verified::Pair { offset, .. } => {
                let pairs = self.size().groups() - 1;
                assert!(offset % 64 == 0 && *offset < pairs * 64, "a pair beside the tree");
            }
            Verified::Group { group, bytes } => {
                let asked = self.groups.and(&Groups::from(*group..*group + 1));
                assert!(!asked.is_empty(), "a group that nobody asked for");
                let start = usize::try_from(*group).expect("a few groups") * GROUP_BYTES;
                assert!(
                    self.blob[start..start + GROUP_BYTES] == **bytes,
                    "a group that is not the blob's"
                );
            }
        }
    }
}

/// What came of a stream.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outcome {
    pairs: Vec<u64>,
    groups: Vec<u64>,
    fault: Option<PeerFault>,
    is_complete: bool,
    /// The beginning of something that can't be judged yet, in bytes.
    held_back: usize,
}

/// A stream of a peer who was asked for a part of a blob: it is complete if it is the honest one, and then only, and
/// means the same however it is cut.
pub fn bao_stream(bytes: &[u8]) {
    let Some((question, rest)) = Question::read(bytes) else {
        return;
    };
    let honest = question.honest();
    let stream = match question.has_edits {
        true => edited(honest.clone(), rest),
        false => rest.to_vec(),
    };
    let at_once = question.decode(&stream, &[]);
    assert_eq!(question.decode(&stream, &question.sizes), at_once, "in pieces");
    assert_eq!(
        at_once.is_complete,
        stream == honest,
        "complete without being honest"
    );
    if at_once.fault.is_none() {
        let judged = stream.len() - at_once.held_back;
        assert!(honest.starts_with(&stream[..judged]), "not honest and no fault");
    }
}

/// The input that asks for this part of a blob and answers it honestly, written out.
pub fn written_out(question: [u8; 5]) -> Vec<u8> {
    let mut bytes = [question.as_slice(), &[0]].concat();
    if let Some((question, _)) = Question::read(&bytes) {
        bytes.extend(question.honest());
    }
    bytes
}

fn edited(mut stream: Vec<u8>, edits: &[u8]) -> Vec<u8> {
    for edit in edits.chunks_exact(EDIT_BYTES).take(8) {
        let &[kind, high, middle, low, value] = edit else {
            return stream;
        };
        let at = u32::from_be_bytes([0, high, middle, low]) as usize % (stream.len() + 1);
        match kind % 4 {
            0 => stream.truncate(at),
            1 => stream.insert(at, value),
            2 => {
                if let Some(byte) = stream.get_mut(at) {
                    *byte ^= value;
                }
            }
            _ => {
                let end = (at + usize::from(value) * 64).min(stream.len());
                drop(stream.drain(at..end));
            }
        }
    }
    stream
}
