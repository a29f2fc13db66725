//! What OpenMLS expects of a storage provider, entity by entity (after the tests of its own providers).

use std::{collections::BTreeMap, fmt::Debug};

use openmls_traits::storage::{CURRENT_VERSION, Entity, Key, StorageProvider, traits};
use proptest::{collection::vec, prelude::any, prop_assert, prop_assert_eq, prop_assume, proptest};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use super::{MlsStore, MlsStoreError, SCHEMA, codec};

/// Stands for every type that OpenMLS hands to storage: a name and bytes above 127, as keys have.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
struct Item {
    name: String,
    bytes: Vec<u8>,
    maybe: Option<(u64, [u8; 4])>,
}

impl Key<CURRENT_VERSION> for Item {}
impl Entity<CURRENT_VERSION> for Item {}

macro_rules! stands_for {
    ($($Trait:ident)*) => { $(impl traits::$Trait<CURRENT_VERSION> for Item {})* };
}
stands_for!(
    GroupId SignaturePublicKey HashReference PskId EncryptionKey EpochKey QueuedProposal TreeSync GroupContext
    InterimTranscriptHash ConfirmationTag SignatureKeyPair PskBundle HpkeKeyPair GroupState GroupEpochSecrets
    LeafNodeIndex MessageSecrets ResumptionPskStore KeyPackage MlsGroupJoinConfig ApplicationExportTree ProposalRef
);

fn item(name: &str) -> Item {
    Item {
        name: name.to_owned(),
        bytes: vec![0, 127, 128, 255],
        maybe: Some((u64::MAX, [1, 2, 3, 255])),
    }
}

fn database() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(SCHEMA).unwrap();
    connection
}

fn rows(connection: &Connection) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut statement = connection.prepare("SELECT key, value FROM mls_kv").unwrap();
    statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}

/// Unknown, write, read, overwrite, a neighbour, delete, delete again.
fn round_trip<T: Clone + Debug + PartialEq>(
    write: impl Fn(&Item, &T) -> Result<(), MlsStoreError>,
    read: impl Fn(&Item) -> Result<Option<T>, MlsStoreError>,
    delete: impl Fn(&Item) -> Result<(), MlsStoreError>,
    [first, second]: [T; 2],
) {
    let (id, neighbour) = (item("id"), item("neighbour"));
    assert_eq!(read(&id).unwrap(), None);
    delete(&id).unwrap();
    write(&id, &first).unwrap();
    write(&neighbour, &first).unwrap();
    assert_eq!(read(&id).unwrap(), Some(first.clone()));
    write(&id, &second).unwrap();
    assert_eq!(read(&id).unwrap(), Some(second));
    assert_eq!(read(&neighbour).unwrap(), Some(first.clone()));
    delete(&id).unwrap();
    delete(&id).unwrap();
    assert_eq!(read(&id).unwrap(), None);
    assert_eq!(read(&neighbour).unwrap(), Some(first));
}

macro_rules! round_trips {
    ($($test:ident: $write:ident, $read:ident, $delete:ident;)*) => { $(
        #[test]
        fn $test() {
            let connection = database();
            let store = MlsStore::new(&connection);
            round_trip(
                |id, value| store.$write(id, value),
                |id| store.$read(id),
                |id| store.$delete(id),
                [item("first"), item("second")],
            );
            assert_eq!(rows(&connection).len(), 1);
        }
    )* };
}

round_trips! {
    join_config: write_mls_join_config, mls_group_join_config, delete_group_config;
    tree: write_tree, tree, delete_tree;
    interim_transcript_hash:
        write_interim_transcript_hash, interim_transcript_hash, delete_interim_transcript_hash;
    group_context: write_context, group_context, delete_context;
    confirmation_tag: write_confirmation_tag, confirmation_tag, delete_confirmation_tag;
    group_state: write_group_state, group_state, delete_group_state;
    message_secrets: write_message_secrets, message_secrets, delete_message_secrets;
    resumption_psk_store:
        write_resumption_psk_store, resumption_psk_store, delete_all_resumption_psk_secrets;
    own_leaf_index: write_own_leaf_index, own_leaf_index, delete_own_leaf_index;
    group_epoch_secrets: write_group_epoch_secrets, group_epoch_secrets, delete_group_epoch_secrets;
    signature_key_pair: write_signature_key_pair, signature_key_pair, delete_signature_key_pair;
    encryption_key_pair: write_encryption_key_pair, encryption_key_pair, delete_encryption_key_pair;
    key_package: write_key_package, key_package, delete_key_package;
    psk: write_psk, psk, delete_psk;
}

#[test]
fn application_export_tree() {
    let connection = database();
    let store = MlsStore::new(&connection);
    round_trip(
        |id, value| store.write_application_export_tree(id, value),
        |id| store.application_export_tree(id),
        |id| store.delete_application_export_tree::<_, Item>(id),
        [item("first"), item("second")],
    );
}

#[test]
fn epoch_key_pairs() {
    let connection = database();
    let store = MlsStore::new(&connection);
    for (epoch, leaf_index) in [("one", 0), ("one", 1), ("two", 0)] {
        round_trip(
            |group, pairs: &Vec<Item>| {
                store.write_encryption_epoch_key_pairs(group, &item(epoch), leaf_index, pairs)
            },
            |group| {
                let pairs: Vec<Item> = store.encryption_epoch_key_pairs(group, &item(epoch), leaf_index)?;
                Ok(Some(pairs).filter(|pairs| !pairs.is_empty()))
            },
            |group| store.delete_encryption_epoch_key_pairs(group, &item(epoch), leaf_index),
            [
                vec![item("leaf"), item("parent"), item("root")],
                vec![item("leaf")],
            ],
        );
    }
    assert_eq!(
        rows(&connection).len(),
        3,
        "group, epoch and leaf index each keep pairs apart"
    );
}

#[test]
fn proposals_are_queued_read_removed_and_cleared() {
    let connection = database();
    let store = MlsStore::new(&connection);
    let (group, other_group) = (item("group"), item("other"));
    // More than ten and than 255, so that an order by text or by one byte shows.
    let mut expected: Vec<(Item, Item)> = (0..300)
        .map(|n| (item(&format!("ref {n}")), item(&format!("proposal {n}"))))
        .collect();
    for (proposal_ref, proposal) in &expected {
        store.queue_proposal(&group, proposal_ref, proposal).unwrap();
    }
    store
        .queue_proposal(&other_group, &item("ref 5"), &item("other"))
        .unwrap();
    assert_eq!(store.queued_proposals::<_, Item, Item>(&group).unwrap(), expected);

    store.remove_proposal(&group, &item("ref 5")).unwrap();
    store.remove_proposal(&group, &item("ref 5")).unwrap();
    store.remove_proposal(&group, &item("ref 299")).unwrap();
    expected.remove(299);
    expected.remove(5);
    assert_eq!(store.queued_proposals::<_, Item, Item>(&group).unwrap(), expected);
    let refs: Vec<Item> = expected
        .iter()
        .map(|(proposal_ref, _)| proposal_ref.clone())
        .collect();
    assert_eq!(store.queued_proposal_refs::<_, Item>(&group).unwrap(), refs);

    store.clear_proposal_queue::<_, Item>(&group).unwrap();
    store.clear_proposal_queue::<_, Item>(&group).unwrap();
    assert_eq!(
        store.queued_proposal_refs::<_, Item>(&group).unwrap(),
        Vec::<Item>::new()
    );
    assert_eq!(
        store.queued_proposals::<_, Item, Item>(&group).unwrap(),
        Vec::new()
    );
    assert_eq!(
        store.queued_proposals::<_, Item, Item>(&other_group).unwrap(),
        vec![(item("ref 5"), item("other"))]
    );
    assert_eq!(rows(&connection).len(), 1, "clearing leaves no proposal behind");
}

#[test]
fn a_proposal_queued_twice_is_held_once() {
    let connection = database();
    let store = MlsStore::new(&connection);
    store
        .queue_proposal(&item("group"), &item("ref"), &item("old"))
        .unwrap();
    store
        .queue_proposal(&item("group"), &item("ref"), &item("new"))
        .unwrap();
    assert_eq!(
        store.queued_proposals::<_, Item, Item>(&item("group")).unwrap(),
        vec![(item("ref"), item("new"))]
    );
}

#[test]
fn damaged_values_are_errors() {
    let connection = database();
    let store = MlsStore::new(&connection);
    store.write_tree(&item("group"), &item("tree")).unwrap();
    store
        .queue_proposal(&item("group"), &item("ref"), &item("proposal"))
        .unwrap();
    connection
        .execute(
            "UPDATE mls_kv SET value = substr(value, 1, length(value) - 1)",
            [],
        )
        .unwrap();
    assert!(matches!(
        store.tree::<_, Item>(&item("group")),
        Err(MlsStoreError::Decode(_))
    ));
    let proposals = store.queued_proposals::<_, Item, Item>(&item("group"));
    assert!(matches!(proposals, Err(MlsStoreError::Decode(_))));
}

#[test]
fn a_missing_table_is_an_error() {
    let connection = Connection::open_in_memory().unwrap();
    let store = MlsStore::new(&connection);
    assert!(matches!(
        store.tree::<_, Item>(&item("group")),
        Err(MlsStoreError::Sqlite(_))
    ));
    assert!(matches!(
        store.write_tree(&item("group"), &item("tree")),
        Err(MlsStoreError::Sqlite(_))
    ));
}

#[test]
fn bytes_are_stored_as_bytes() {
    let encoded = codec::encode(&vec![0xff_u8; 200]).unwrap();
    assert_eq!(encoded.len(), 202, "bin 8: a marker, the length, the bytes");
}

/// Writes one of everything that belongs to a group (but its own leaf nodes, which must be real ones).
fn fill(store: &MlsStore<'_>, group: &Item, value: &Item) {
    store.write_mls_join_config(group, value).unwrap();
    store.write_tree(group, value).unwrap();
    store.write_interim_transcript_hash(group, value).unwrap();
    store.write_context(group, value).unwrap();
    store.write_confirmation_tag(group, value).unwrap();
    store.write_group_state(group, value).unwrap();
    store.write_message_secrets(group, value).unwrap();
    store.write_resumption_psk_store(group, value).unwrap();
    store.write_own_leaf_index(group, value).unwrap();
    store.write_group_epoch_secrets(group, value).unwrap();
    store.write_application_export_tree(group, value).unwrap();
    store
        .write_encryption_epoch_key_pairs(group, &item("epoch"), 3, std::slice::from_ref(value))
        .unwrap();
    store.queue_proposal(group, &item("ref"), value).unwrap();
}

proptest! {
    #[test]
    fn groups_never_touch_each_other(a in vec(any::<u8>(), 0..12), b in vec(any::<u8>(), 0..12)) {
        prop_assume!(a != b);
        let group = |bytes: &[u8]| Item { name: String::new(), bytes: bytes.to_vec(), maybe: None };
        let (a, b) = (group(&a), group(&b));
        let connection = database();
        let store = MlsStore::new(&connection);

        fill(&store, &a, &item("a"));
        let only_a = rows(&connection);
        fill(&store, &b, &item("b"));
        let both = rows(&connection);
        prop_assert_eq!(both.len(), 26);
        prop_assert!(only_a.iter().all(|(key, value)| both.get(key) == Some(value)));
        prop_assert_eq!(store.tree::<_, Item>(&a).unwrap(), Some(item("a")));

        store.remove_proposal(&b, &item("ref")).unwrap();
        store.clear_proposal_queue::<_, Item>(&b).unwrap();
        prop_assert_eq!(store.queued_proposals::<_, Item, Item>(&a).unwrap(), vec![(item("ref"), item("a"))]);
        prop_assert_eq!(store.erase_group(&b).unwrap(), 12);
        prop_assert_eq!(rows(&connection), only_a);
        prop_assert_eq!(store.erase_group(&a).unwrap(), 13);
        prop_assert!(rows(&connection).is_empty());
    }
}
