//! One suite for every store.

use super::*;

fn put(table: Table, key: &[u8], value: &[u8]) -> Write {
    Write {
        table,
        key: key.to_vec(),
        value: Some(value.to_vec()),
    }
}

fn remove(table: Table, key: &[u8]) -> Write {
    Write {
        table,
        key: key.to_vec(),
        value: None,
    }
}

fn a_store_reads_what_was_written(mut store: impl Store) {
    store
        .write(vec![
            put(Table::Nodes, b"a", b"1"),
            put(Table::Values, b"a", b"2"),
        ])
        .unwrap();
    assert_eq!(store.read(Table::Nodes, b"a").unwrap(), Some(b"1".to_vec()));
    assert_eq!(store.read(Table::Values, b"a").unwrap(), Some(b"2".to_vec()));
    for table in [Table::Meta, Table::Stale] {
        assert_eq!(store.read(table, b"a").unwrap(), None, "tables are apart");
    }
    store
        .write(vec![remove(Table::Nodes, b"a"), put(Table::Values, b"a", b"3")])
        .unwrap();
    assert_eq!(store.read(Table::Nodes, b"a").unwrap(), None);
    assert_eq!(store.read(Table::Values, b"a").unwrap(), Some(b"3".to_vec()));
}

fn a_batch_is_written_in_its_order(mut store: impl Store) {
    store
        .write(vec![put(Table::Meta, b"k", b"1"), put(Table::Meta, b"k", b"2")])
        .unwrap();
    assert_eq!(store.read(Table::Meta, b"k").unwrap(), Some(b"2".to_vec()));
    store
        .write(vec![put(Table::Meta, b"k", b"3"), remove(Table::Meta, b"k")])
        .unwrap();
    assert_eq!(store.read(Table::Meta, b"k").unwrap(), None);
    store
        .write(vec![remove(Table::Meta, b"k"), put(Table::Meta, b"k", b"4")])
        .unwrap();
    assert_eq!(store.read(Table::Meta, b"k").unwrap(), Some(b"4".to_vec()));
}

fn the_last_entry_of_a_range_is_found(mut store: impl Store) {
    let keys: [&[u8]; 4] = [&[1, 0], &[1, 5], &[1, 9], &[2, 0]];
    store
        .write(keys.iter().map(|key| put(Table::Values, key, key)).collect())
        .unwrap();
    store
        .write(vec![put(Table::Nodes, &[1, 7], b"another table")])
        .unwrap();
    let last = |first: &[u8], last: &[u8]| {
        store
            .last(Table::Values, first, last)
            .unwrap()
            .map(|entry| entry.0)
    };
    assert_eq!(last(&[1, 0], &[1, 8]), Some(vec![1, 5]));
    assert_eq!(last(&[1, 0], &[1, 9]), Some(vec![1, 9]), "the end is included");
    assert_eq!(last(&[1, 5], &[1, 5]), Some(vec![1, 5]), "the start is included");
    assert_eq!(last(&[1, 6], &[1, 8]), None);
    assert_eq!(last(&[1, 8], &[1, 6]), None, "an empty range has no last entry");
}

fn keys_of_a_range_are_listed_in_order(mut store: impl Store) {
    store
        .write(
            (0..9_u8)
                .rev()
                .map(|key| put(Table::Stale, &[key], b""))
                .collect(),
        )
        .unwrap();
    let below = |end: &[u8], limit| store.keys(Table::Stale, &[], end, limit).unwrap();
    assert_eq!(store.keys(Table::Stale, &[2], &[4], 9).unwrap(), [[2], [3]]);
    assert_eq!(store.keys(Table::Stale, &[4], &[2], 9).unwrap(), [[0_u8; 0]; 0]);
    assert_eq!(below(&[3], 9), vec![vec![0], vec![1], vec![2]]);
    assert_eq!(below(&[3], 2), vec![vec![0], vec![1]]);
    assert_eq!(below(&[0], 9), Vec::<Vec<u8>>::new());
}

fn a_scan_goes_on_for_as_long_as_it_is_wanted(mut store: impl Store) {
    let writes = (0..9_u8).map(|key| put(Table::Blocks, &[key], &[key + 1]));
    store.write(writes.collect()).unwrap();
    store
        .write(vec![put(Table::Handovers, &[3], b"another table")])
        .unwrap();
    let scanned = |first: &[u8], count: usize| {
        let mut rows = Vec::new();
        let take = &mut |key: &[u8], value: &[u8]| {
            rows.push((key.to_vec(), value.to_vec()));
            rows.len() < count
        };
        store.scan(Table::Blocks, first, take).unwrap();
        rows
    };
    assert_eq!(scanned(&[2], 2), [(vec![2], vec![3]), (vec![3], vec![4])]);
    assert_eq!(scanned(&[], usize::MAX).len(), 9);
    assert_eq!(scanned(&[9], usize::MAX), []);
}

fn a_view_stays_as_it_is(mut store: impl Store) {
    store
        .write(vec![put(Table::Meta, b"k", b"1"), put(Table::Meta, b"l", b"1")])
        .unwrap();
    let view = store.view();
    let changes = vec![
        put(Table::Meta, b"k", b"2"),
        put(Table::Meta, b"m", b"2"),
        remove(Table::Meta, b"l"),
    ];
    store.write(changes).unwrap();
    let of = |reader: &dyn Fn(&[u8]) -> Option<Vec<u8>>| ["k", "l", "m"].map(|key| reader(key.as_bytes()));
    let (one, two) = (Some(b"1".to_vec()), Some(b"2".to_vec()));
    let before = of(&|key| view.clone().read(Table::Meta, key).unwrap());
    assert_eq!(before, [one.clone(), one, None]);
    let after = of(&|key| store.read(Table::Meta, key).unwrap());
    assert_eq!(after, [two.clone(), None, two]);
    assert_eq!(view.keys(Table::Meta, b"a", b"z", 9).unwrap(), [b"k", b"l"]);
    assert_eq!(view.last(Table::Meta, b"a", b"z").unwrap().unwrap().0, b"l");
    let mut scanned = Vec::new();
    view.scan(Table::Meta, b"", &mut |key, _| {
        scanned.push(key.to_vec());
        true
    })
    .unwrap();
    assert_eq!(scanned, [b"k", b"l"]);
}

macro_rules! suite {
    ($store:ident, $new:expr) => {
        mod $store {
            #[test]
            fn a_store_reads_what_was_written() {
                $new(|store| super::a_store_reads_what_was_written(store));
            }
            #[test]
            fn a_batch_is_written_in_its_order() {
                $new(|store| super::a_batch_is_written_in_its_order(store));
            }
            #[test]
            fn the_last_entry_of_a_range_is_found() {
                $new(|store| super::the_last_entry_of_a_range_is_found(store));
            }
            #[test]
            fn a_scan_goes_on_for_as_long_as_it_is_wanted() {
                $new(|store| super::a_scan_goes_on_for_as_long_as_it_is_wanted(store));
            }
            #[test]
            fn a_view_stays_as_it_is() {
                $new(|store| super::a_view_stays_as_it_is(store));
            }
            #[test]
            fn keys_of_a_range_are_listed_in_order() {
                $new(|store| super::keys_of_a_range_are_listed_in_order(store));
            }
        }
    };
}

fn in_memory(test: impl FnOnce(MemoryStore)) {
    test(MemoryStore::default());
}

fn on_disk(test: impl FnOnce(DiskStore)) {
    let folder = tempfile::tempdir().unwrap();
    test(DiskStore::open(folder.path()).unwrap());
}

suite!(memory, super::in_memory);
suite!(disk, super::on_disk);

#[test]
fn a_disk_store_is_there_after_it_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = DiskStore::open(folder.path()).unwrap();
    store.write(vec![put(Table::Meta, b"k", b"v")]).unwrap();
    assert!(
        DiskStore::open(folder.path()).is_err(),
        "a second process is refused"
    );
    drop(store);
    let store = DiskStore::open(folder.path()).unwrap();
    assert_eq!(store.read(Table::Meta, b"k").unwrap(), Some(b"v".to_vec()));
}
