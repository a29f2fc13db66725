//! The same blocks end in the same state, however they come to be committed, and whatever happens in between.

use std::path::Path;

use proptest::prelude::*;

use super::model::{self, Steps, history};
use super::*;
use crate::store::{DiskStore, Entry as Row, MemoryStore, Read, StoreError, Write};

/// All rows of a store.
pub(super) fn content<R: Read>(store: &R) -> Vec<(Table, Row)> {
    let mut content = Vec::new();
    for table in Table::ALL {
        let take = &mut |key: &[u8], value: &[u8]| {
            content.push((table, (key.to_vec(), value.to_vec())));
            true
        };
        store.scan(table, &[], take).unwrap();
    }
    content
}

/// How a block comes to be committed: after so many others were executed on top of it, after a restart or not.
type Weather = (usize, bool);

/// Replays blocks in another way.
fn replay(
    genesis: &Genesis,
    validators: u8,
    blocks: &[FinalBlock],
    weather: &[Weather],
) -> Directory<MemoryStore> {
    let operators = first_operators(validators);
    let mut directory = Directory::open(MemoryStore::default(), genesis.clone(), &operators).unwrap();
    directory.retain(SHORT);
    let mut ahead: Vec<Executed> = Vec::new();
    for (at, (block, (depth, restarts))) in blocks.iter().zip(weather.iter().cycle()).enumerate() {
        if *restarts {
            directory = Directory::open(directory.store.clone(), genesis.clone(), &operators).unwrap();
            directory.retain(SHORT);
            ahead.clear();
        }
        for later in blocks
            .iter()
            .skip(at + ahead.len())
            .take((depth + 1).saturating_sub(ahead.len()))
        {
            let checked = later.operations.as_slice().iter().cloned();
            let checked = checked.map(|operation| directory.rules().check(operation).unwrap());
            let checked: Vec<Checked> = checked.collect();
            let below: Vec<&Executed> = ahead.iter().collect();
            let header = &later.header;
            let executed = directory
                .execute(&below, header.height, header.time_ms, &checked)
                .unwrap();
            assert_eq!(executed.root(), header.state_root);
            ahead.push(executed);
        }
        let executed = ahead.remove(0);
        assert!(
            directory
                .commit(&block.header, block.certificate.clone(), &executed)
                .unwrap()
        );
    }
    directory
}

const SHORT: Retention = Retention {
    blocks: 1_000,
    snapshot_every: 4,
};

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn blk_04_the_same_blocks_end_in_the_same_state(
        validators in 1..5_u8,
        steps in history(),
        weather in prop::collection::vec((0..4_usize, any::<bool>()), 1..9),
    ) {
        let Steps { genesis, blocks } = model::blocks(validators, &steps, SHORT);
        let steady = replay(&genesis, validators, &blocks, &[(0, false)]);
        let stormy = replay(&genesis, validators, &blocks, &weather);
        prop_assert_eq!(stormy.head(), steady.head());
        prop_assert!(content(&stormy.store) == content(&steady.store));
    }
}

/// A store that fails when it is told to.
struct Failing {
    store: MemoryStore,
    fails: bool,
}

impl Read for Failing {
    fn read(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.read(table, key)
    }

    fn last(&self, table: Table, first: &[u8], last: &[u8]) -> Result<Option<Row>, StoreError> {
        self.store.last(table, first, last)
    }

    fn keys(&self, table: Table, first: &[u8], end: &[u8], limit: usize) -> Result<Vec<Vec<u8>>, StoreError> {
        self.store.keys(table, first, end, limit)
    }

    fn scan(
        &self,
        table: Table,
        first: &[u8],
        take: &mut dyn FnMut(&[u8], &[u8]) -> bool,
    ) -> Result<(), StoreError> {
        self.store.scan(table, first, take)
    }
}

impl Store for Failing {
    type View = MemoryStore;

    fn view(&self) -> MemoryStore {
        self.store.clone()
    }

    fn write(&mut self, writes: Vec<Write>) -> Result<(), StoreError> {
        if self.fails {
            return Err(StoreError("the disk is full".to_owned()));
        }
        self.store.write(writes)
    }
}

#[test]
fn dir_11_a_block_is_committed_whole_or_not_at_all() {
    let store = Failing {
        store: MemoryStore::default(),
        fails: false,
    };
    let mut chain = Chain::open(store, genesis(), 1);
    assert_eq!(chain.one(register(&record(0, 0), &key(1, 0))), Ok(()));
    let (executed, header, _) = chain.execute(NOON_MS + 9_000, &[update(&record(0, 1), &key(1, 0))]);
    let (head, rows) = (chain.directory.head().clone(), content(&chain.directory.store));
    let certificate = chain.certificate(&header);
    chain.directory.store.fails = true;
    let failed = chain
        .directory
        .commit(&header, Some(certificate.clone()), &executed);
    assert!(matches!(failed, Err(DirectoryError::Store(_))));
    assert_eq!(
        (chain.directory.head(), content(&chain.directory.store)),
        (&head, rows)
    );
    chain.directory.store.fails = false;
    assert!(
        chain
            .directory
            .commit(&header, Some(certificate), &executed)
            .unwrap()
    );
    assert_eq!(chain.directory.head().header, header);
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The file in which a batch is on disk first.
fn journal(folder: &Path) -> std::path::PathBuf {
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let is_journal = |path: &std::path::PathBuf| path.extension().is_some_and(|kind| kind == "jnl");
    let mut journals: Vec<_> = files.filter(is_journal).collect();
    journals.sort();
    journals.pop().unwrap()
}

/// What must hold of a directory, wherever it was cut off.
fn is_whole(directory: &Directory<DiskStore>, headers: &[Header]) -> usize {
    let height = directory.head().header.height;
    let blocks = directory.blocks(1, usize::MAX).unwrap();
    let kept: Vec<&Header> = blocks.iter().map(|block| &block.header).collect();
    let expected: Vec<&Header> = headers.iter().take(usize::try_from(height).unwrap()).collect();
    assert_eq!(kept, expected);
    if height > 0 {
        let proof = directory.lookup(&name("alice")).unwrap();
        let verified = proof
            .name(&directory.genesis().parameters, &name("alice"))
            .unwrap();
        assert_eq!(verified.record.unwrap().record.sequence, height - 1);
        assert_eq!(
            directory.handovers(0).unwrap().as_slice().len(),
            usize::from(height >= 3)
        );
        assert_eq!(directory.reader().snapshot().is_some(), height >= 2);
    }
    blocks.len()
}

#[test]
fn dir_11_a_torn_write_costs_at_most_the_block_that_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let live = folder.path().join("live");
    let store = DiskStore::open(&live).unwrap();
    let mut chain = Chain::open(store, genesis(), 1).retaining(9, 2);
    let validators = chain.directory.committee().validators();
    let change = xchat_proto::operator::Change::Add {
        operator: operator(1),
    };
    let vote = vote(chain.network(), &validators, &change, chain.time_ms() + 60_000, 0);
    let mut headers = Vec::new();
    let mut lengths = Vec::new();
    for sequence in 0..6 {
        let operation = match sequence {
            0 => register(&record(0, 0), &key(1, 0)),
            _ => update(&record(0, sequence), &key(1, 0)),
        };
        assert_eq!(chain.block(&[operation, vote.clone()])[0], Ok(()));
        headers.push(chain.directory.head().header.clone());
        lengths.push(written(&journal(&live)));
    }
    // As after a loss of power: what the disk had of the journal, cut at any byte.
    let (before, whole) = (lengths[4], lengths[5]);
    let mut seen = Vec::new();
    for cut in (before..=whole)
        .step_by(((whole - before) / 12).max(1))
        .chain([whole])
    {
        let torn = folder.path().join(format!("torn_{cut}"));
        copy(&live, &torn);
        let path = journal(&torn);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[cut..].fill(0);
        std::fs::write(&path, bytes).unwrap();
        let directory =
            Directory::open(DiskStore::open(&torn).unwrap(), genesis(), &first_operators(1)).unwrap();
        seen.push(is_whole(&directory, &headers));
        drop(directory);
        std::fs::remove_dir_all(&torn).unwrap();
    }
    assert_eq!((seen.first(), seen.last()), (Some(&5), Some(&6)), "{seen:?}");
    assert!(seen.iter().all(|height| [5, 6].contains(height)), "{seen:?}");
}

/// How much of a file has been written; the rest is made of zeros beforehand.
fn written(path: &Path) -> usize {
    let bytes = std::fs::read(path).unwrap();
    bytes
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |last| last + 1)
}
