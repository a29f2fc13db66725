//! What a store promises, apart from logs.

use std::ops::ControlFlow;

use xchat_mailbox::store::{Changes, Store, Table};

use super::lab::Lab;

fn keys<S: Store>(store: &S, table: Table, from: &[u8], to: &[u8], most: usize) -> Vec<Vec<u8>> {
    let mut keys = Vec::new();
    let visit = &mut |key: &[u8], value: &[u8]| {
        assert_eq!(key, value);
        keys.push(key.to_vec());
        if keys.len() == most {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    store.scan(table, from, to, visit).unwrap();
    keys
}

pub(crate) fn a_store_keeps_order_and_tables_apart<L: Lab>() {
    let lab = L::new();
    let mut store = lab.open();
    let mut changes = Changes::default();
    for key in [
        b"b".to_vec(),
        b"a".to_vec(),
        b"c".to_vec(),
        vec![b'a', 0],
        vec![0xff],
    ] {
        changes.put(Table::Day(3), key.clone(), key.clone());
        changes.put(Table::Day(4), key.clone(), key);
    }
    changes.put(Table::Main, b"a".to_vec(), b"main".to_vec());
    changes.remove(Table::Day(3), b"c".to_vec());
    assert_eq!(changes.find(Table::Day(3), b"c"), Some(None));
    store.commit(changes).unwrap();
    for _ in 0..2 {
        assert_eq!(store.days(), [3, 4]);
        let all = keys(&store, Table::Day(3), b"", &[0xff, 0], 9);
        assert_eq!(all, [b"a".to_vec(), vec![b'a', 0], b"b".to_vec(), vec![0xff]]);
        assert_eq!(
            keys(&store, Table::Day(4), b"a", b"c", 2),
            [b"a".to_vec(), vec![b'a', 0]]
        );
        assert!(keys(&store, Table::Day(4), b"c", b"a", 9).is_empty());
        assert!(keys(&store, Table::Day(5), b"a", b"c", 9).is_empty());
        assert_eq!(
            store.last(Table::Day(4), b"a", b"c").unwrap(),
            Some((b"b".to_vec(), b"b".to_vec()))
        );
        assert_eq!(store.last(Table::Day(4), b"d", b"e").unwrap(), None);
        assert_eq!(store.last(Table::Day(4), b"e", b"d").unwrap(), None);
        assert_eq!(store.read(Table::Main, b"a").unwrap(), Some(b"main".to_vec()));
        assert_eq!(store.read(Table::Day(3), b"c").unwrap(), None);
        store.recover().unwrap();
    }
    store.drop_day(3).unwrap();
    store.drop_day(3).unwrap();
    store = lab.reopen(store);
    assert_eq!(store.days(), [4]);
    assert_eq!(store.read(Table::Day(3), b"a").unwrap(), None);
    let mut changes = Changes::default();
    changes.put(Table::Day(3), b"x".to_vec(), b"x".to_vec());
    store.commit(changes).unwrap();
    store = lab.reopen(store);
    assert_eq!(
        keys(&store, Table::Day(3), b"", &[0xff, 0], 9),
        [b"x".to_vec()],
        "a day that comes again is empty"
    );
}
