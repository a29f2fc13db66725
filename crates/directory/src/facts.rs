//! What is known of a directory besides what its tables hold, and how it is written down.

use std::sync::Arc;

use minicbor::{Decode, Encode};
use xchat_proto::codec;
use xchat_proto::genesis::{Validators, validators_hash};
use xchat_proto::header::Header;
use xchat_proto::ids::Hash;
use xchat_proto::limits::COMMITTEE_BYTES_MAX;
use xchat_proto::map_proof::{committee_key, load_key};
use xchat_proto::name_proof::Certified;
use xchat_proto::operator::{Committee, Operators};

use crate::error::DirectoryError;
use crate::load::{LOAD_BYTES_MAX, Load};
use crate::map::MapView;
use crate::rules::Rules;
use crate::store::{Read, Store, Table, Write};
use crate::transition::Ledger;

pub(crate) const META_GENESIS: &[u8] = b"genesis";
pub(crate) const META_HEAD: &[u8] = b"head";
pub(crate) const META_PROVABLE: &[u8] = b"provable";
pub(crate) const META_OLDEST: &[u8] = b"oldest";
pub(crate) const META_PINS: &[u8] = b"pins";
pub(crate) const META_RESTORE: &[u8] = b"restore";
pub(crate) const META_BASE: &[u8] = b"base";
const META_BYTES_MAX: usize = 16 * 1024;

/// The newest committed block.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Head {
    /// Its header.
    #[n(0)]
    pub header: Header,
    /// The version of the map after it.
    #[n(1)]
    pub version: u64,
}

/// A block that an operator trusted, and who decides above it: the changes of the validators below are not known.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Base {
    /// The block's height.
    #[n(0)]
    pub height: u64,
    /// Who decides the blocks above.
    #[n(1)]
    pub validators: Validators,
}

/// A version of the map that a certificate proves.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Provable {
    #[n(0)]
    pub(crate) certified: Certified,
    #[n(1)]
    pub(crate) version: u64,
}

/// What is known of the directory besides what its tables hold.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) rules: Rules,
    pub(crate) head: Head,
    pub(crate) provable: Option<Provable>,
    pub(crate) ledger: Ledger,
    /// Where the changes of the validators begin. The genesis, when there is none.
    pub(crate) base: Option<Base>,
    /// The oldest block that is kept.
    pub(crate) oldest: u64,
    /// The snapshots that are kept, the oldest first.
    pub(crate) pins: Vec<Provable>,
}

/// Writes block 0: a map that holds the committee.
pub(crate) fn begin<S: Store>(
    store: &mut S,
    rules: &Rules,
    operators: &Operators,
) -> Result<(), DirectoryError> {
    let view = MapView {
        store: &*store,
        pending: Vec::new(),
        version: 0,
    };
    let committee = codec::encode(&Committee::new(operators.clone()));
    let change = view.change(vec![(committee_key(rules.network()), committee)])?;
    let head = Head {
        header: Header::genesis(rules.genesis(), change.root),
        version: change.version,
    };
    let mut writes = change.writes(store)?;
    writes.extend([meta(META_GENESIS, rules.genesis()), meta(META_HEAD, &head)]);
    Ok(store.write(writes)?)
}

pub(crate) fn read_facts<S: Store>(store: &S, rules: Rules) -> Result<Facts, DirectoryError> {
    let head: Option<Head> = read_meta(store, META_HEAD)?;
    let head = head.ok_or_else(|| DirectoryError::Corrupt("a directory without a head".to_owned()))?;
    let view = MapView {
        store,
        pending: Vec::new(),
        version: head.version,
    };
    let committee: Option<Committee> =
        read_value(&view, &committee_key(rules.network()), COMMITTEE_BYTES_MAX)?;
    let committee =
        committee.filter(|committee| validators_hash(&committee.validators()) == head.header.validators);
    let committee =
        committee.ok_or_else(|| DirectoryError::Corrupt("not the committee of the head".to_owned()))?;
    let load: Option<Load> = read_value(&view, &load_key(rules.network()), LOAD_BYTES_MAX)?;
    let load = load.unwrap_or_else(|| Load::new(rules.parameters(), rules.genesis().created_ms));
    Ok(Facts {
        provable: read_meta(store, META_PROVABLE)?,
        base: read_meta(store, META_BASE)?,
        oldest: read_meta(store, META_OLDEST)?.unwrap_or(1),
        pins: read_meta(store, META_PINS)?.unwrap_or_default(),
        ledger: Ledger {
            committee: Arc::new(committee),
            load: Arc::new(load),
        },
        head,
        rules,
    })
}

pub(crate) fn meta<T: Encode<()>>(key: &[u8], value: &T) -> Write {
    Write::put(Table::Meta, key, codec::encode(value))
}

pub(crate) fn read_meta<S: Read, T: for<'b> Decode<'b, ()>>(
    store: &S,
    key: &[u8],
) -> Result<Option<T>, DirectoryError> {
    let bytes = store.read(Table::Meta, key)?;
    Ok(bytes
        .map(|bytes| codec::decode(&bytes, META_BYTES_MAX))
        .transpose()?)
}

/// Reads what the map holds under a key besides names.
fn read_value<R: Read, T: for<'b> Decode<'b, ()>>(
    view: &MapView<'_, R>,
    key: &Hash,
    limit: usize,
) -> Result<Option<T>, DirectoryError> {
    let value = view.value(key)?;
    Ok(value.map(|value| codec::decode(&value, limit)).transpose()?)
}
