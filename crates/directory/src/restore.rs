//! Filling an empty store from a snapshot that a stranger serves (docs/spec/directory.md, SNP-01 to SNP-07).
//!
//! Each part proves itself against a header that a light client has verified, before anything of it is written. A wrong
//! part changes nothing; a crash costs the part that was being added. What is left at the end is the store of a
//! directory at the snapshot's height.

use std::sync::{Arc, Mutex, PoisonError};

use jmt::proof::SparseMerkleRangeProof;
use jmt::restore::{JellyfishMerkleRestore, StateSnapshotReceiver};
use jmt::storage::{LeafNode, Node, NodeBatch, NodeKey, TreeReader, TreeWriter};
use jmt::{KeyHash, OwnedValue, RootHash, Version};
use minicbor::{Decode, Encode};
use thiserror::Error;
use xchat_proto::codec::{self, Blob, DecodeError};
use xchat_proto::directory_wire::{SnapshotEntry, SnapshotPart};
use xchat_proto::genesis::{Genesis, GenesisError};
use xchat_proto::ids::Hash;
use xchat_proto::light::{Anchor, Freshness, Handover, LightClient, LightError};
use xchat_proto::limits::{COMMITTEE_BYTES_MAX, HANDOVERS_MAX};
use xchat_proto::map_proof::MapHasher;
use xchat_proto::name_proof::Certified;

use crate::archive;
use crate::error::DirectoryError;
use crate::facts::{
    Base, Head, META_BASE, META_GENESIS, META_HEAD, META_OLDEST, META_PINS, META_PROVABLE, META_RESTORE,
    Provable, meta, read_meta,
};
use crate::map::{node_key, value_key};
use crate::store::{Read, Store, StoreError, Table, Write};

/// How Borsh writes an empty sibling.
const EMPTY_SIBLING: u8 = 0;
/// The version of a restored map. Versions are each store's own.
const VERSION: Version = 1;
/// The tail's value, validators and two headers with certificates.
const PROGRESS_BYTES_MAX: usize = COMMITTEE_BYTES_MAX + 64 * 1024;
/// Most keys that are wiped in one batch.
const WIPED_MAX: usize = 4096;
/// Most bytes of a node's key.
const NODE_KEY_BYTES_MAX: usize = 128;

/// How far the restoration has come.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct Progress {
    /// What has been verified of the network.
    #[n(0)]
    anchor: Anchor,
    /// The snapshot that is being fetched.
    #[n(1)]
    target: Option<Target>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct Target {
    #[n(0)]
    certified: Certified,
    /// The last entry. Where its leaf lies in the tree is known only with the next.
    #[n(1)]
    tail: SnapshotEntry,
    /// The rightmost leaf that has been written.
    #[n(2)]
    rightmost: Option<Blob<NODE_KEY_BYTES_MAX>>,
}

/// What to ask for next: the fields of [`DirectoryRequest::Snapshot`](xchat_proto::directory_wire::DirectoryRequest).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// The height of the snapshot; nothing to begin with the newest.
    pub height: Option<u64>,
    /// The key after which the part begins.
    pub after: Option<Hash>,
    /// The height up to which the validators are known.
    pub known: u64,
}

/// Why a part is not taken, or the restoration can't go on.
#[derive(Debug, Error)]
pub enum RestoreError {
    /// The genesis makes no network.
    #[error("genesis: {0}")]
    Genesis(#[from] GenesisError),
    /// The header is not believed.
    #[error("{0}")]
    Light(#[from] LightError),
    /// The part is of another snapshot than the one that is being fetched. When nobody has any of that, there is only
    /// [`Restore::restart`].
    #[error("the part is of height {found}, height {expected} is being fetched")]
    OtherSnapshot {
        /// The height of the part.
        found: u64,
        /// The height that is being fetched.
        expected: u64,
    },
    /// The part has no entry.
    #[error("the part is empty")]
    Empty,
    /// The entries are not those of the header's map.
    #[error("the part does not prove itself: {0}")]
    NotProved(String),
    /// The store is a directory already, or is being filled for another network.
    #[error("the store is not empty")]
    NotEmpty,
    /// The store holds what this program never wrote.
    #[error("the store is damaged: {0}")]
    Corrupt(#[from] DecodeError),
    /// The store failed.
    #[error("{0}")]
    Store(#[from] StoreError),
}

/// A store that is being filled from a snapshot.
pub struct Restore<S> {
    store: S,
    light: LightClient,
    target: Option<Target>,
    is_complete: bool,
}

/// A tree that is being restored: reads what is there, and keeps what would be written.
struct Growing<V> {
    view: V,
    rightmost: Option<NodeKey>,
    batch: Mutex<NodeBatch>,
}

impl<V: Read> TreeReader for Growing<V> {
    fn get_node_option(&self, key: &NodeKey) -> anyhow::Result<Option<Node>> {
        let bytes = self.view.read(Table::Nodes, &node_key(key)?)?;
        Ok(bytes.map(|bytes| borsh::from_slice(&bytes)).transpose()?)
    }

    fn get_value_option(&self, _: Version, _: KeyHash) -> anyhow::Result<Option<OwnedValue>> {
        anyhow::bail!("a tree that is being restored is not asked for values")
    }

    fn get_rightmost_leaf(&self) -> anyhow::Result<Option<(NodeKey, LeafNode)>> {
        let Some(key) = &self.rightmost else {
            return Ok(None);
        };
        match self.get_node(key)? {
            Node::Leaf(leaf) => Ok(Some((key.clone(), leaf))),
            _ => anyhow::bail!("the rightmost leaf is none"),
        }
    }
}

impl<V> TreeWriter for Growing<V> {
    fn write_node_batch(&self, batch: &NodeBatch) -> anyhow::Result<()> {
        let mut kept = self.batch.lock().unwrap_or_else(PoisonError::into_inner);
        kept.merge(batch.clone());
        Ok(())
    }
}

fn not_proved(error: impl std::fmt::Display) -> RestoreError {
    RestoreError::NotProved(error.to_string())
}

impl<S: Store> Restore<S> {
    /// Begins to fill an empty store, or goes on where it was left. `anchor` is what is known of the network: where the
    /// changes of the validators are followed from. Above a block that is trusted, the directory will not know those
    /// below it.
    ///
    /// # Errors
    /// [`RestoreError`] when the store is not empty or fails.
    pub fn open(store: S, genesis: Genesis, anchor: Anchor) -> Result<Self, RestoreError> {
        let found = store.read(Table::Meta, META_RESTORE)?;
        let stored = store.read(Table::Meta, META_GENESIS)?;
        let fits = match &stored {
            Some(bytes) => found.is_some() && *bytes == codec::encode(&genesis),
            None => found.is_none(),
        };
        if !fits {
            return Err(RestoreError::NotEmpty);
        }
        let (progress, base) = match found {
            Some(bytes) => (codec::decode(&bytes, PROGRESS_BYTES_MAX)?, None),
            None => {
                let base = base_of(&anchor);
                (Progress { anchor, target: None }, Some(base))
            }
        };
        let mut restore = Self {
            light: LightClient::new(genesis, progress.anchor)?,
            target: progress.target,
            is_complete: false,
            store,
        };
        if restore.target.is_none() {
            restore.begin(base)?;
        }
        Ok(restore)
    }

    /// What to ask for next.
    pub fn wanted(&self) -> Wanted {
        Wanted {
            height: self.target.as_ref().map(|target| target.certified.header.height),
            after: self.target.as_ref().map(|target| target.tail.key),
            known: self.light.anchor().height,
        }
    }

    /// Forgets the snapshot that is being fetched, to begin with another. The changes of the validators stay.
    ///
    /// # Errors
    /// [`RestoreError`] when the store fails.
    pub fn restart(&mut self) -> Result<(), RestoreError> {
        self.begin(None)
    }

    fn begin(&mut self, base: Option<Write>) -> Result<(), RestoreError> {
        self.target = None;
        // First that there is no snapshot: what is left after a crash is removed when the store is opened.
        let begun = [self.progress(), meta(META_GENESIS, self.light.genesis())];
        self.store.write(begun.into_iter().chain(base).collect())?;
        for table in [Table::Nodes, Table::Values] {
            loop {
                let keys = self.store.keys(table, &[], &[u8::MAX; 64], WIPED_MAX)?;
                if keys.is_empty() {
                    break;
                }
                let removed = keys.into_iter().map(|key| Write::remove(table, key));
                self.store.write(removed.collect())?;
            }
        }
        Ok(())
    }

    /// Follows changes of the validators, and keeps them.
    ///
    /// # Errors
    /// [`RestoreError::Light`] with the first that is wrong, those before it are kept; otherwise when the store fails.
    pub fn follow(&mut self, handovers: &[Handover], now_ms: u64) -> Result<(), RestoreError> {
        let known = self.light.anchor().height;
        let followed = self.light.follow(handovers, now_ms);
        let reached = self.light.anchor().height;
        if reached > known {
            let is_new = |handover: &&Handover| {
                let height = handover.certified.header.height;
                height > known && height <= reached
            };
            let new = handovers.iter().filter(is_new);
            let mut writes: Vec<Write> = new.map(archive::put_handover).collect();
            writes.push(self.progress());
            self.store.write(writes)?;
        }
        Ok(followed?)
    }

    /// Adds a part, with the changes of the validators that came with it. Returns whether the map is complete. When it
    /// is not, ask for what is [wanted](Self::wanted) next, here or elsewhere.
    ///
    /// # Errors
    /// [`RestoreError`] when the part is wrong: nothing of it is kept; or when the store fails.
    pub fn add(
        &mut self,
        part: &SnapshotPart,
        handovers: &[Handover],
        now_ms: u64,
    ) -> Result<bool, RestoreError> {
        if self.is_complete {
            return Ok(true);
        }
        let header = &part.certified.header;
        if let Some(target) = &self.target
            && target.certified.header != *header
        {
            return Err(RestoreError::OtherSnapshot {
                found: header.height,
                expected: target.certified.header.height,
            });
        }
        let up_to = handovers
            .iter()
            .take_while(|next| next.certified.header.height <= header.height);
        let up_to: Vec<Handover> = up_to.cloned().collect();
        self.follow(&up_to, now_ms)?;
        if up_to.len() >= HANDOVERS_MAX {
            // More may be needed before the header can be judged: asked for again from where they lead.
            return Ok(false);
        }
        let mut light = self.light.clone();
        light.header(
            &part.certified,
            Freshness {
                now_ms,
                // A snapshot is old; the blocks above it are not.
                age_ms_max: u64::MAX,
            },
        )?;
        // The certificate that was verified: of a header that is known, none that comes with it is looked at.
        let newest = light.anchor().newest.as_ref();
        let certified = newest.map_or(&part.certified, |newest| &newest.certified);
        let (writes, target) = self.grown(part, certified)?;
        self.store.write(writes)?;
        self.light = light;
        self.is_complete = target.is_none();
        self.target = target.or(self.target.take());
        Ok(self.is_complete)
    }

    /// The store, when it is complete: [`Directory::open`](crate::Directory::open) opens it at the snapshot's height.
    pub fn into_store(self) -> Option<S> {
        self.is_complete.then_some(self.store)
    }

    fn progress(&self) -> Write {
        let progress = Progress {
            anchor: self.light.anchor().clone(),
            target: self.target.clone(),
        };
        meta(META_RESTORE, &progress)
    }

    /// What the part adds, after it has proved itself; and the target after it, nothing when the map is complete.
    fn grown(
        &self,
        part: &SnapshotPart,
        certified: &Certified,
    ) -> Result<(Vec<Write>, Option<Target>), RestoreError> {
        let root = certified.header.state_root;
        let last = part.entries.as_slice().last().ok_or(RestoreError::Empty)?;
        let rightmost = self.target.as_ref().and_then(|target| target.rightmost.as_ref());
        let rightmost = rightmost.map(|key| borsh::from_slice(key.as_slice()));
        let growing = Arc::new(Growing {
            view: self.store.view(),
            rightmost: rightmost.transpose().map_err(not_proved)?,
            batch: Mutex::default(),
        });
        let mut tree: JellyfishMerkleRestore<MapHasher> =
            JellyfishMerkleRestore::new(Arc::clone(&growing), VERSION, RootHash(root.0))
                .map_err(not_proved)?;
        let tail = self.target.iter().map(|target| &target.tail);
        let chunk = tail
            .chain(part.entries.as_slice())
            .map(|entry| (KeyHash(entry.key.0), entry.value.as_slice().to_vec()));
        let proof: SparseMerkleRangeProof<MapHasher> =
            borsh::from_slice(part.proof.as_slice()).map_err(not_proved)?;
        tree.add_chunk(chunk.collect(), proof).map_err(not_proved)?;
        let is_last = ends_map(part.proof.as_slice());
        if is_last {
            tree.finish().map_err(not_proved)?;
        }
        let batch = std::mem::take(&mut *growing.batch.lock().unwrap_or_else(PoisonError::into_inner));
        let mut writes = batch_writes(&batch)?;
        if !is_last {
            let leaves = batch.nodes().iter().filter_map(|(key, node)| match node {
                Node::Leaf(leaf) => Some((leaf.key_hash(), key)),
                _ => None,
            });
            let rightmost = match leaves.max_by_key(|(hash, _)| *hash) {
                Some((_, key)) => Some(Blob::new(node_key(key).map_err(not_proved)?)?),
                None => self.target.as_ref().and_then(|target| target.rightmost.clone()),
            };
            let target = Target {
                certified: certified.clone(),
                tail: last.clone(),
                rightmost,
            };
            let progress = Progress {
                anchor: self.light.anchor().clone(),
                target: Some(target.clone()),
            };
            writes.push(meta(META_RESTORE, &progress));
            return Ok((writes, Some(target)));
        }
        let whole = batch.nodes().iter().find(|(key, _)| key.nibble_path().is_empty());
        if whole.map(|(_, node)| root_of(node)) != Some(root) {
            return Err(not_proved("the last part makes another root"));
        }
        writes.extend(completed(certified));
        Ok((writes, None))
    }
}

fn base_of(anchor: &Anchor) -> Write {
    if anchor.height == 0 {
        return Write::remove(Table::Meta, META_BASE);
    }
    let base = Base {
        height: anchor.height,
        validators: anchor.validators.clone(),
    };
    meta(META_BASE, &base)
}

/// Gives a store that was filled from a snapshot the changes of the validators that the one before it knew, if they
/// lead to where the snapshot began. Both are of one network, and have verified what they hold.
///
/// # Errors
/// [`DirectoryError`] when a store fails.
pub fn join_handovers<S: Store>(from: &S, to: &mut S) -> Result<(), DirectoryError> {
    let (head, base): (Option<Head>, Option<Base>) = (read_meta(from, META_HEAD)?, read_meta(to, META_BASE)?);
    let leads = |base: &Base| head.is_some_and(|head| head.header.height >= base.height);
    if !base.as_ref().is_some_and(leads) {
        return Ok(());
    }
    let mut rows = vec![match read_meta::<S, Base>(from, META_BASE)? {
        Some(before) => meta(META_BASE, &before),
        None => Write::remove(Table::Meta, META_BASE),
    }];
    from.scan(Table::Handovers, &[], &mut |key, value| {
        rows.push(Write::put(Table::Handovers, key, value));
        true
    })?;
    Ok(to.write(rows)?)
}

/// Whether nothing lies to the right of what a proof that has been verified leads from: all its siblings are empty. In
/// Borsh a list is its length in four bytes and its elements, and an empty sibling one byte. What the server says of it
/// is not asked for.
fn ends_map(proof: &[u8]) -> bool {
    proof
        .get(4..)
        .is_some_and(|siblings| siblings.iter().all(|tag| *tag == EMPTY_SIBLING))
}

fn root_of(node: &Node) -> Hash {
    Hash(match node {
        Node::Null => [0; 32],
        Node::Leaf(leaf) => leaf.hash::<MapHasher>(),
        Node::Internal(internal) => internal.hash::<MapHasher>(),
    })
}

fn batch_writes(batch: &NodeBatch) -> Result<Vec<Write>, RestoreError> {
    let mut writes = Vec::new();
    for (key, node) in batch.nodes() {
        let node = borsh::to_vec(node).map_err(not_proved)?;
        writes.push(Write::put(Table::Nodes, node_key(key).map_err(not_proved)?, node));
    }
    for ((version, key), value) in batch.values() {
        writes.push(Write {
            table: Table::Values,
            key: value_key(&Hash(key.0), *version),
            value: value.clone(),
        });
    }
    Ok(writes)
}

/// The facts of a directory at the snapshot's height.
fn completed(certified: &Certified) -> Vec<Write> {
    let provable = Provable {
        certified: certified.clone(),
        version: VERSION,
    };
    let head = Head {
        header: certified.header.clone(),
        version: VERSION,
    };
    vec![
        meta(META_HEAD, &head),
        meta(META_PROVABLE, &provable),
        meta(META_PINS, &vec![provable]),
        meta(META_OLDEST, &certified.header.height.saturating_add(1)),
        Write::remove(Table::Meta, META_RESTORE),
    ]
}

#[cfg(test)]
mod tests;
