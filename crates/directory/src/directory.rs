//! The state machine: executes blocks, commits them, proves names.
//!
//! Executing writes nothing, so that a block can be proposed or judged before it is final, on top of others that are
//! not final either. Committing writes a block's changes with its height in one batch: a block that is delivered again
//! after a crash changes nothing.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};
use thiserror::Error;
use xchat_proto::certificate::Certificate;
use xchat_proto::codec::{self, Blob, DecodeError};
use xchat_proto::directory_wire::RejectReason;
use xchat_proto::genesis::{Genesis, GenesisError};
use xchat_proto::header::Header;
use xchat_proto::ids::{Hash, NetworkId};
use xchat_proto::limits::{OPERATIONS_PER_BLOCK_MAX, STORED_RECORD_BYTES_MAX};
use xchat_proto::map_proof::{EMPTY_ROOT, MapProof, name_key};
use xchat_proto::name::Name;
use xchat_proto::name_proof::{NameProof, StoredRecord};
use xchat_proto::record::Operation;

use crate::map::{self, MapChange, MapView};
use crate::rules::{claimed_name, judge};
use crate::store::{Store, StoreError, Table, Write};

const META_GENESIS: &[u8] = b"genesis";
const META_HEAD: &[u8] = b"head";
const META_PROVABLE: &[u8] = b"provable";
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

#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
struct Provable {
    #[n(0)]
    head: Head,
    #[n(1)]
    certificate: Certificate,
}

/// What a block does, when it is executed and not committed.
#[derive(Debug, Clone)]
pub struct Executed {
    height: u64,
    root: Hash,
    version: u64,
    outcomes: Vec<Result<(), RejectReason>>,
    change: Option<MapChange>,
}

impl Executed {
    /// The height of the block.
    pub fn height(&self) -> u64 {
        self.height
    }

    /// The root of the map after the block.
    pub fn root(&self) -> Hash {
        self.root
    }

    /// What became of each operation.
    pub fn outcomes(&self) -> &[Result<(), RejectReason>] {
        &self.outcomes
    }
}

/// Why the directory can't go on, or not with this block.
#[derive(Debug, Error)]
pub enum DirectoryError {
    /// The genesis makes no network.
    #[error("genesis: {0}")]
    Genesis(#[from] GenesisError),
    /// The store is another network's.
    #[error("the store belongs to another network")]
    OtherNetwork,
    /// The block does not follow the newest one.
    #[error("block {found} does not follow block {head}")]
    OutOfPlace {
        /// The height of the block.
        found: u64,
        /// The height that it should follow.
        head: u64,
    },
    /// The header is not the one of this execution.
    #[error("the header of block {0} is not that of its contents")]
    OtherContents(u64),
    /// More operations than a block may have.
    #[error("{0} operations are more than a block may have")]
    TooManyOperations(usize),
    /// Nothing has been certified yet.
    #[error("no block has been certified yet")]
    NothingCertified,
    /// The store holds what this program never wrote.
    #[error("the store is damaged: {0}")]
    Corrupt(String),
    /// The store failed.
    #[error("{0}")]
    Store(#[from] StoreError),
}

impl From<DecodeError> for DirectoryError {
    fn from(error: DecodeError) -> Self {
        Self::Corrupt(error.to_string())
    }
}

/// The name book of one network.
pub struct Directory<S> {
    store: S,
    genesis: Genesis,
    network: NetworkId,
    head: Head,
    provable: Option<Provable>,
}

impl<S: Store> Directory<S> {
    /// Opens the directory in `store`; an empty store becomes the directory at the genesis block.
    ///
    /// # Errors
    /// [`DirectoryError`] when the store is another network's, damaged or failing.
    pub fn open(mut store: S, genesis: Genesis) -> Result<Self, DirectoryError> {
        genesis.check()?;
        let network = genesis.id();
        if let Some(bytes) = store.read(Table::Meta, META_GENESIS)? {
            if bytes != codec::encode(&genesis) {
                return Err(DirectoryError::OtherNetwork);
            }
        } else {
            let head = Head {
                header: Header::genesis(&genesis, EMPTY_ROOT),
                version: 0,
            };
            store.write(vec![meta(META_GENESIS, &genesis), meta(META_HEAD, &head)])?;
        }
        let head = read_meta(&store, META_HEAD)?;
        let head = head.ok_or_else(|| DirectoryError::Corrupt("a directory without a head".to_owned()))?;
        let provable = read_meta(&store, META_PROVABLE)?;
        Ok(Self {
            store,
            genesis,
            network,
            head,
            provable,
        })
    }

    /// The genesis.
    pub fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// The newest committed block.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The newest block that a certificate proves, with it.
    pub fn latest(&self) -> Option<(&Header, &Certificate)> {
        self.provable
            .as_ref()
            .map(|provable| (&provable.head.header, &provable.certificate))
    }

    /// Executes a block on top of `pending`, blocks that have been executed and not committed, the oldest first.
    /// Operations that the rules refuse change nothing.
    ///
    /// # Errors
    /// [`DirectoryError`] when the block does not follow, is too large, or the store fails.
    pub fn execute(
        &self,
        pending: &[&Executed],
        height: u64,
        time_ms: u64,
        operations: &[Operation],
    ) -> Result<Executed, DirectoryError> {
        if operations.len() > OPERATIONS_PER_BLOCK_MAX {
            return Err(DirectoryError::TooManyOperations(operations.len()));
        }
        let mut below = self.head.header.height;
        let mut version = self.head.version;
        let mut root = self.head.header.state_root;
        let mut changes = Vec::new();
        for block in pending {
            if below.checked_add(1) != Some(block.height) {
                return Err(DirectoryError::OutOfPlace {
                    found: block.height,
                    head: below,
                });
            }
            (below, version, root) = (block.height, block.version, block.root);
            changes.extend(&block.change);
        }
        if below.checked_add(1) != Some(height) {
            return Err(DirectoryError::OutOfPlace {
                found: height,
                head: below,
            });
        }
        let view = MapView {
            store: &self.store,
            pending: changes,
            version,
        };
        let (outcomes, values) = self.judge_all(&view, height, time_ms, operations)?;
        let change = if values.is_empty() {
            None
        } else {
            Some(view.change(values)?)
        };
        if let Some(change) = &change {
            (version, root) = (change.version, change.root);
        }
        Ok(Executed {
            height,
            root,
            version,
            outcomes,
            change,
        })
    }

    /// Judges operations one after the other, each seeing what those before it did.
    #[expect(clippy::type_complexity, reason = "one caller, which takes it apart at once")]
    fn judge_all(
        &self,
        view: &MapView<'_, S>,
        height: u64,
        time_ms: u64,
        operations: &[Operation],
    ) -> Result<(Vec<Result<(), RejectReason>>, Vec<(Hash, Vec<u8>)>), DirectoryError> {
        let mut touched: BTreeMap<Hash, StoredRecord> = BTreeMap::new();
        let mut outcomes = Vec::new();
        for operation in operations {
            let name = match claimed_name(operation) {
                Ok(name) => name,
                Err(reason) => {
                    outcomes.push(Err(reason));
                    continue;
                }
            };
            let key = name_key(&self.network, &name);
            let present = match touched.get(&key) {
                Some(record) => Some(record.clone()),
                None => view.value(&key)?.map(|value| read_record(&value)).transpose()?,
            };
            let outcome = judge(&self.genesis, present.as_ref(), operation);
            outcomes.push(outcome);
            if outcome.is_ok() {
                let registered_ms = present.map_or(time_ms, |record| record.registered_ms);
                let (Operation::Register { record, .. }
                | Operation::Update { record }
                | Operation::Rotate { record }) = operation;
                touched.insert(
                    key,
                    StoredRecord {
                        record: record.clone(),
                        registered_ms,
                        height,
                    },
                );
            }
        }
        let values = touched
            .into_iter()
            .map(|(key, record)| (key, codec::encode(&record)))
            .collect();
        Ok((outcomes, values))
    }

    /// Commits an executed block. Returns false when it was committed before, and nothing has changed.
    ///
    /// # Errors
    /// [`DirectoryError`] when the block does not follow, the header is another's, or the store fails; nothing has
    /// changed then.
    pub fn commit(
        &mut self,
        header: &Header,
        certificate: Option<Certificate>,
        executed: &Executed,
    ) -> Result<bool, DirectoryError> {
        let above = self.head.header.height;
        if header.height <= above {
            return Ok(false);
        }
        if above.checked_add(1) != Some(header.height) || header.parent != self.head.header.digest() {
            return Err(DirectoryError::OutOfPlace {
                found: header.height,
                head: above,
            });
        }
        let fits = header.network == self.network
            && executed.height == header.height
            && executed.root == header.state_root;
        if !fits {
            return Err(DirectoryError::OtherContents(header.height));
        }
        let head = Head {
            header: header.clone(),
            version: executed.version,
        };
        let mut writes = match &executed.change {
            Some(change) => change.writes(&self.store)?,
            None => Vec::new(),
        };
        let provable = certificate.map(|certificate| Provable {
            head: head.clone(),
            certificate,
        });
        if let Some(provable) = &provable {
            writes.extend(map::prune(&self.store, self.head.version)?);
            writes.push(meta(META_PROVABLE, provable));
        }
        writes.push(meta(META_HEAD, &head));
        self.store.write(writes)?;
        self.head = head;
        self.provable = provable.or(self.provable.take());
        Ok(true)
    }

    /// Executes and commits a block at once, under a header made for it. For replays and simulations, where nobody
    /// else makes headers.
    ///
    /// # Errors
    /// [`DirectoryError`] when the block does not follow, is too large, or the store fails.
    pub fn apply(
        &mut self,
        time_ms: u64,
        height: u64,
        operations: &[Operation],
    ) -> Result<Executed, DirectoryError> {
        let executed = self.execute(&[], height, time_ms, operations)?;
        let header = self.header(&self.head.header, time_ms, operations, &executed);
        self.commit(&header, None, &executed)?;
        Ok(executed)
    }

    /// The header of an executed block that follows `parent`.
    pub fn header(
        &self,
        parent: &Header,
        time_ms: u64,
        operations: &[Operation],
        executed: &Executed,
    ) -> Header {
        Header {
            network: self.network,
            height: executed.height,
            parent: parent.digest(),
            time_ms,
            operations: xchat_proto::header::operations_hash(operations),
            state_root: executed.root,
            validators: parent.validators,
        }
    }

    /// The record under a name after the newest committed block.
    ///
    /// # Errors
    /// [`DirectoryError`] when the store fails.
    pub fn record(&self, name: &Name) -> Result<Option<StoredRecord>, DirectoryError> {
        let view = self.view(self.head.version);
        view.value(&name_key(&self.network, name))?
            .map(|value| read_record(&value))
            .transpose()
    }

    /// What the map holds under a name after the newest committed block, with the map's proof.
    ///
    /// # Errors
    /// [`DirectoryError`] when the store fails.
    pub fn prove(&self, name: &Name) -> Result<(Option<Vec<u8>>, MapProof), DirectoryError> {
        self.view(self.head.version).prove(&name_key(&self.network, name))
    }

    /// The whole proof of a name, from the newest certified block.
    ///
    /// # Errors
    /// [`DirectoryError::NothingCertified`] before the first block; otherwise when the store fails.
    pub fn lookup(&self, name: &Name) -> Result<NameProof, DirectoryError> {
        let provable = self.provable.as_ref().ok_or(DirectoryError::NothingCertified)?;
        let (value, proof) = self
            .view(provable.head.version)
            .prove(&name_key(&self.network, name))?;
        Ok(NameProof {
            header: provable.head.header.clone(),
            certificate: provable.certificate.clone(),
            value: value.map(Blob::new).transpose()?,
            proof,
        })
    }

    fn view(&self, version: u64) -> MapView<'_, S> {
        MapView {
            store: &self.store,
            pending: Vec::new(),
            version,
        }
    }
}

fn read_record(value: &[u8]) -> Result<StoredRecord, DirectoryError> {
    Ok(codec::decode(value, STORED_RECORD_BYTES_MAX)?)
}

fn meta<T: Encode<()>>(key: &[u8], value: &T) -> Write {
    Write {
        table: Table::Meta,
        key: key.to_vec(),
        value: Some(codec::encode(value)),
    }
}

fn read_meta<S: Store, T: for<'b> Decode<'b, ()>>(
    store: &S,
    key: &[u8],
) -> Result<Option<T>, DirectoryError> {
    let bytes = store.read(Table::Meta, key)?;
    Ok(bytes
        .map(|bytes| codec::decode(&bytes, META_BYTES_MAX))
        .transpose()?)
}

#[cfg(test)]
mod tests;
