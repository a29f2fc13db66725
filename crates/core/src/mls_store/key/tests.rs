//! The order and separateness of row keys.

use proptest::{collection::vec, prelude::any, prop_assert, prop_assert_eq, proptest};

use super::{Label, RowKey};

#[test]
fn labels_keep_their_numbers() {
    let numbers: Vec<u8> = Label::OF_GROUP.iter().map(|label| *label as u8).collect();
    assert_eq!(numbers, (1..=14).collect::<Vec<u8>>());
    assert_eq!(Label::SignatureKeyPair as u8, 32);
    assert_eq!(Label::EncryptionKeyPair as u8, 33);
    assert_eq!(Label::KeyPackage as u8, 34);
    assert_eq!(Label::Psk as u8, 35);
}

#[test]
fn upper_bound_carries_over_full_bytes() {
    let key = RowKey(vec![7, 0xff, 0xff]);
    assert_eq!(key.upper_bound(), vec![8]);
}

proptest! {
    #[test]
    fn keys_of_different_ids_never_contain_each_other(
        left in vec(any::<u8>(), 0..40),
        right in vec(any::<u8>(), 0..40),
    ) {
        let left_key = RowKey::new(Label::Tree, &left).unwrap();
        let right_key = RowKey::new(Label::Tree, &right).unwrap();
        let contains = right_key.as_bytes().starts_with(left_key.as_bytes());
        prop_assert_eq!(contains, left == right);
    }

    #[test]
    fn the_range_holds_exactly_the_keys_with_the_beginning(
        prefix in vec(any::<u8>(), 0..4),
        other in vec(any::<u8>(), 0..6),
    ) {
        let mut bytes = vec![Label::Tree as u8];
        bytes.extend_from_slice(&prefix);
        let key = RowKey(bytes);
        let mut candidate = vec![Label::Tree as u8];
        candidate.extend_from_slice(&other);
        let in_range = candidate.as_slice() >= key.as_bytes() && candidate < key.upper_bound();
        prop_assert_eq!(in_range, candidate.starts_with(key.as_bytes()));
    }

    #[test]
    fn positions_sort_as_numbers(left in any::<u64>(), right in any::<u64>()) {
        let list = RowKey::new(Label::OwnLeafNode, &b"group".to_vec()).unwrap();
        let (left_key, right_key) = (list.at(left), list.at(right));
        prop_assert_eq!(left.cmp(&right), left_key.as_bytes().cmp(right_key.as_bytes()));
        prop_assert!(RowKey::position(left_key.as_bytes()) == Some(left));
    }
}
