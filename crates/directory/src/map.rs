//! The authenticated map over a store, with unwritten versions on top.
//!
//! A version is a state of the map: 0 is empty, each block that changes something makes the next. Nodes and values are
//! never overwritten, only replaced at a version, so that the newest proved version stays provable until the next is.

use jmt::proof::SparseMerkleProof;
use jmt::storage::{LeafNode, Node, NodeBatch, NodeKey, TreeReader, TreeUpdateBatch};
use jmt::{JellyfishMerkleTree, KeyHash, OwnedValue, Version};
use xchat_proto::codec::Bounded;
use xchat_proto::ids::Hash;
use xchat_proto::map_proof::{MapHasher, MapProof, OtherLeaf, internal_hash, leaf_hash};

use crate::error::DirectoryError;
use crate::store::{Read, Table, Write};

/// Most stale entries that one commit removes, so that its time is bounded.
const PRUNED_PER_COMMIT_MAX: usize = 8192;

/// What a block does to the map.
#[derive(Debug, Clone)]
pub(crate) struct MapChange {
    pub(crate) version: Version,
    pub(crate) root: Hash,
    update: TreeUpdateBatch,
}

/// A map as of the newest of `pending`, or as stored.
pub(crate) struct MapView<'a, S> {
    pub(crate) store: &'a S,
    /// Changes that are not written, the newest last.
    pub(crate) pending: Vec<&'a MapChange>,
    /// The version of the newest change.
    pub(crate) version: Version,
}

pub(crate) fn corrupt(error: impl std::fmt::Display) -> DirectoryError {
    DirectoryError::Corrupt(error.to_string())
}

pub(crate) fn node_key(key: &NodeKey) -> anyhow::Result<Vec<u8>> {
    Ok(borsh::to_vec(key)?)
}

/// The length of a key of the map.
pub(crate) const KEY_BYTES: usize = 32;

/// The row of a key's value at a version.
pub(crate) fn value_key(key: &Hash, version: Version) -> Vec<u8> {
    [key.0.as_slice(), &version.to_be_bytes()].concat()
}

/// Sorts by version; then which table, then the key there.
fn stale_key(since: Version, table: u8, key: &[u8]) -> Vec<u8> {
    [since.to_be_bytes().as_slice(), &[table], key].concat()
}

const STALE_NODE: u8 = 0;
const STALE_VALUE: u8 = 1;

impl<S: Read> TreeReader for MapView<'_, S> {
    fn get_node_option(&self, key: &NodeKey) -> anyhow::Result<Option<Node>> {
        if key.version() == 0 {
            // Version 0 is empty, and nothing is written for it.
            return Ok(key.nibble_path().is_empty().then_some(Node::Null));
        }
        let pending = self.pending.iter().rev();
        if let Some(node) = pending.flat_map(|change| change.batch().get_node(key)).next() {
            return Ok(Some(node.clone()));
        }
        let bytes = self.store.read(Table::Nodes, &node_key(key)?)?;
        Ok(bytes.map(|bytes| borsh::from_slice(&bytes)).transpose()?)
    }

    fn get_value_option(&self, version_max: Version, key: KeyHash) -> anyhow::Result<Option<OwnedValue>> {
        for change in self
            .pending
            .iter()
            .rev()
            .filter(|change| change.version <= version_max)
        {
            if let Some(value) = change.batch().values().get(&(change.version, key)) {
                return Ok(value.clone());
            }
        }
        let entry = self.store.last(
            Table::Values,
            &value_key(&Hash(key.0), 0),
            &value_key(&Hash(key.0), version_max),
        )?;
        Ok(entry.map(|(_, value)| value))
    }

    fn get_rightmost_leaf(&self) -> anyhow::Result<Option<(NodeKey, LeafNode)>> {
        anyhow::bail!("only a tree that is being restored asks for this")
    }
}

impl MapChange {
    fn batch(&self) -> &NodeBatch {
        &self.update.node_batch
    }

    /// The writes that make this change, and what they make stale.
    pub(crate) fn writes<S: Read>(&self, store: &S) -> Result<Vec<Write>, DirectoryError> {
        let mut writes = Vec::new();
        for (key, node) in self.batch().nodes() {
            let value = borsh::to_vec(node).map_err(corrupt)?;
            writes.push(Write::put(Table::Nodes, node_key(key).map_err(corrupt)?, value));
        }
        for stale in &self.update.stale_node_index_batch {
            let key = node_key(&stale.node_key).map_err(corrupt)?;
            let key = stale_key(stale.stale_since_version, STALE_NODE, &key);
            writes.push(Write::put(Table::Stale, key, []));
        }
        for ((version, key), value) in self.batch().values() {
            let (key, before) = (Hash(key.0), version.saturating_sub(1));
            let rows = (value_key(&key, 0), value_key(&key, before));
            if let Some((old, _)) = store.last(Table::Values, &rows.0, &rows.1)? {
                writes.push(Write::put(
                    Table::Stale,
                    stale_key(*version, STALE_VALUE, &old),
                    [],
                ));
            }
            writes.push(Write {
                table: Table::Values,
                key: value_key(&key, *version),
                value: value.clone(),
            });
        }
        Ok(writes)
    }
}

/// The tree's own proof, whose parts it shows only in Borsh: the leaf where the key leads, and the siblings' hashes.
fn taken_apart(proof: &[u8]) -> Option<(Option<OtherLeaf>, Vec<Option<Hash>>)> {
    fn two(bytes: &[u8]) -> Option<(Hash, Hash, &[u8])> {
        let (one, rest) = bytes.split_at_checked(32)?;
        let (other, rest) = rest.split_at_checked(32)?;
        Some((Hash::from_slice(one)?, Hash::from_slice(other)?, rest))
    }
    let (leaf, rest) = match proof.split_first()? {
        (0, rest) => (None, rest),
        (1, rest) => {
            let (key, value, rest) = two(rest)?;
            (Some(OtherLeaf { key, value }), rest)
        }
        _ => return None,
    };
    let (count, mut rest) = rest.split_first_chunk::<4>()?;
    let mut siblings = Vec::new();
    for _ in 0..u32::from_le_bytes(*count) {
        let (kind, node) = rest.split_first()?;
        if *kind == 0 {
            siblings.push(None);
            rest = node;
            continue;
        }
        let (one, other, after) = two(node)?;
        siblings.push(Some(match kind {
            1 => internal_hash(&one, &other),
            2 => leaf_hash(&one, &other),
            _ => return None,
        }));
        rest = after;
    }
    rest.is_empty().then_some((leaf, siblings))
}

impl<S: Read> MapView<'_, S> {
    fn tree(&self) -> JellyfishMerkleTree<'_, Self, MapHasher> {
        JellyfishMerkleTree::new(self)
    }

    /// The value under a key.
    pub(crate) fn value(&self, key: &Hash) -> Result<Option<Vec<u8>>, DirectoryError> {
        self.get_value_option(self.version, KeyHash(key.0))
            .map_err(corrupt)
    }

    /// The value under a key, with its proof.
    pub(crate) fn prove(&self, key: &Hash) -> Result<(Option<Vec<u8>>, MapProof), DirectoryError> {
        let (value, proof): (_, SparseMerkleProof<MapHasher>) = self
            .tree()
            .get_with_proof(KeyHash(key.0), self.version)
            .map_err(corrupt)?;
        let proof = borsh::to_vec(&proof).map_err(corrupt)?;
        let (leaf, siblings) =
            taken_apart(&proof).ok_or_else(|| corrupt("a proof of the tree of another form"))?;
        let other = if value.is_some() { None } else { leaf };
        let siblings = Bounded::new(siblings).map_err(corrupt)?;
        Ok((value, MapProof { other, siblings }))
    }

    /// The proof that leads from all entries up to `last`, which must be one, to the root.
    pub(crate) fn prove_range(&self, last: &Hash) -> Result<Vec<u8>, DirectoryError> {
        let proof = self.tree().get_range_proof(KeyHash(last.0), self.version);
        borsh::to_vec(&proof.map_err(corrupt)?).map_err(corrupt)
    }

    /// What becomes of the map when these keys get these values.
    pub(crate) fn change(&self, values: Vec<(Hash, Vec<u8>)>) -> Result<MapChange, DirectoryError> {
        let version = self
            .version
            .checked_add(1)
            .ok_or_else(|| corrupt("no version is left"))?;
        let values = values
            .into_iter()
            .map(|(key, value)| (KeyHash(key.0), Some(value)));
        let (root, update) = self.tree().put_value_set(values, version).map_err(corrupt)?;
        Ok(MapChange {
            version,
            root: Hash(root.0),
            update,
        })
    }
}

/// The writes that remove what no version from `oldest` on needs, and the version from which to look for more.
pub(crate) fn prune<S: Read>(
    store: &S,
    from: Version,
    oldest: Version,
) -> Result<(Vec<Write>, Version), DirectoryError> {
    let end = oldest.saturating_add(1);
    let (first, last) = (from.to_be_bytes(), end.to_be_bytes());
    let stale = store.keys(Table::Stale, &first, &last, PRUNED_PER_COMMIT_MAX)?;
    let next = match stale.last().and_then(|key| key.first_chunk()) {
        Some(version) if stale.len() >= PRUNED_PER_COMMIT_MAX => Version::from_be_bytes(*version),
        _ => end,
    };
    let mut writes = Vec::new();
    for stale in stale {
        let table = match stale.get(8) {
            Some(&STALE_NODE) => Table::Nodes,
            Some(&STALE_VALUE) => Table::Values,
            _ => return Err(corrupt("a stale entry of no table")),
        };
        writes.push(Write::remove(table, stale.get(9..).unwrap_or_default()));
        writes.push(Write::remove(Table::Stale, stale));
    }
    Ok((writes, next))
}
