//! A small real network: validators with keys, a chain that they certify, a map with names, and proofs from it.
//!
//! Included by the tests of `proto` too. The map is built from its specification (docs/spec/directory.md), not by the
//! crate that checks it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use sha2::{Digest as _, Sha256};
use xchat_proto::address::{Endpoint, Socket};
use xchat_proto::certificate::{Certificate, Proposal};
use xchat_proto::codec::{self, Blob, Bounded, Text};
use xchat_proto::genesis::{Genesis, Parameters, Validators, validators_hash};
use xchat_proto::header::{Header, operations_hash};
use xchat_proto::identity::{account_of, sign_link};
use xchat_proto::ids::{Hash, LogId, NetworkId, NodeId};
use xchat_proto::keys::{PublicKey, Signature, SigningKey};
use xchat_proto::light::{Handover, Lineage};
use xchat_proto::map_proof::{MapProof, OtherLeaf, committee_key, name_key};
use xchat_proto::name::Name;
use xchat_proto::name_proof::{Certified, CommitteeProof, Entry, MapAnswer, NameProof, StoredRecord};
use xchat_proto::operator::{Committee, Operator, Operators, operators};
use xchat_proto::record::{Inbox, Record};
use xchat_proto::signed::Signed;

/// When the network was made.
pub const CREATED_MS: u64 = 1_800_000_000_000;
/// The time from block to block, in milliseconds.
pub const BLOCK_MS: u64 = 1_000;
/// The blocks of an epoch.
pub const EPOCH_BLOCKS: u32 = 4;

/// The key of a validator.
pub fn key(seed: u8) -> SigningKey {
    // A fuzzer asks for them all the time, and each costs a multiplication on the curve.
    static KEYS: [OnceLock<SigningKey>; 256] = [const { OnceLock::new() }; 256];
    let made = KEYS[usize::from(seed)].get_or_init(|| SigningKey::from_seed(&[seed; 32]));
    made.clone()
}

/// The set of these validators.
pub fn set(seeds: &[u8]) -> Validators {
    let mut keys: Vec<PublicKey> = seeds.iter().map(|seed| key(*seed).public()).collect();
    keys.sort_unstable();
    Bounded::new(keys).expect("not more than a network may have")
}

/// What these networks have agreed on.
pub fn parameters() -> Parameters {
    Parameters {
        epoch_blocks: EPOCH_BLOCKS,
        registration_work_bits: 1,
        ..Parameters::default()
    }
}

/// The first operators of a network of these validators.
pub fn first_operators(seeds: &[u8]) -> Operators {
    let list = seeds.iter().map(|seed| Operator {
        consensus: Some(Socket(([192, 0, 2, *seed], 4434).into())),
        ..Operator::unknown(key(*seed).public())
    });
    operators(list.collect()).expect("not more than a network may have")
}

/// A map and its proofs.
#[derive(Clone, Default)]
pub struct Map(pub BTreeMap<[u8; 32], Vec<u8>>);

/// A node of the tree, as a proof shows it.
#[derive(Clone, Copy)]
pub enum Node {
    /// Nothing below.
    Null,
    /// The hashes of its children.
    Internal([u8; 32], [u8; 32]),
    /// The hashes of key and value.
    Leaf([u8; 32], [u8; 32]),
}

fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    Sha256::digest(parts.concat()).into()
}

impl Node {
    /// Its hash.
    pub fn hash(&self) -> [u8; 32] {
        match self {
            Self::Null => *b"SPARSE_MERKLE_PLACEHOLDER_HASH__",
            Self::Internal(left, right) => sha256(&[b"JMT::IntrnalNode", left, right]),
            Self::Leaf(key, value) => sha256(&[b"JMT::LeafNode", key, value]),
        }
    }
}

fn bit(key: &[u8; 32], depth: usize) -> bool {
    key[depth / 8] >> (7 - depth % 8) & 1 == 1
}

/// A proof of a key: what stands where it leads, and the siblings from there to the root.
pub fn proof(key: &[u8; 32], stands: Option<(&[u8; 32], &[u8])>, siblings: &[Node]) -> MapProof {
    let others = stands.filter(|(other, _)| *other != key);
    let siblings = siblings.iter().map(|sibling| match sibling {
        Node::Null => None,
        node => Some(Hash(node.hash())),
    });
    MapProof {
        other: others.map(|(key, value)| OtherLeaf {
            key: Hash(*key),
            value: Hash(sha256(&[value])),
        }),
        siblings: Bounded::new(siblings.collect()).expect("a small map"),
    }
}

impl Map {
    fn node(entries: &[(&[u8; 32], &Vec<u8>)], depth: usize) -> Node {
        match entries {
            [] => Node::Null,
            [(key, value)] => Node::Leaf(**key, sha256(&[value])),
            _ => {
                let (left, right) = entries.split_at(entries.partition_point(|(key, _)| !bit(key, depth)));
                Node::Internal(
                    Self::node(left, depth + 1).hash(),
                    Self::node(right, depth + 1).hash(),
                )
            }
        }
    }

    /// The root.
    pub fn root(&self) -> Hash {
        Hash(Self::node(&self.0.iter().collect::<Vec<_>>(), 0).hash())
    }

    /// The proof of what is under a key, or that nothing is.
    pub fn prove(&self, key: &Hash) -> MapProof {
        let all: Vec<_> = self.0.iter().collect();
        let mut below = all.as_slice();
        let mut siblings = Vec::new();
        while below.len() > 1 {
            let depth = siblings.len();
            let (left, right) = below.split_at(below.partition_point(|(key, _)| !bit(key, depth)));
            let (way, sibling) = if bit(&key.0, depth) {
                (right, left)
            } else {
                (left, right)
            };
            siblings.push(Self::node(sibling, depth + 1));
            below = way;
        }
        siblings.reverse();
        let leaf = below.first().map(|(key, value)| (*key, value.as_slice()));
        proof(&key.0, leaf, &siblings)
    }
}

fn home() -> Endpoint {
    let socket = |text: &str| Socket(text.parse().expect("an address"));
    Endpoint {
        id: NodeId([7; 32]),
        sockets: Bounded::new(vec![socket("192.0.2.1:4433"), socket("[2001:db8::1]:4433")]).expect("two"),
        relay: Some(Text::new("https://relay.example".to_owned()).expect("short")),
    }
}

/// A first record of a name, whose owner has this key.
pub fn record(network: NetworkId, name: &str, seed: u8) -> Signed<Record> {
    let owner = SigningKey::from_seed(&[seed; 32]);
    let link = sign_link(0, &owner, &SigningKey::from_seed(&[seed ^ 0x80; 32]).public()).expect("small");
    let record = Record {
        network,
        name: name.parse().expect("a name"),
        account: account_of(&link),
        identity: link,
        devices: Hash([1; 32]),
        inbox: Inbox {
            homes: Bounded::new(vec![home()]).expect("one"),
            log: LogId([2; 32]),
            key: Hash([3; 32]),
        },
        sequence: 0,
    };
    Signed::new(&record, &owner).expect("small")
}

/// A network and its chain.
#[derive(Clone)]
pub struct Chain {
    /// The genesis.
    pub genesis: Genesis,
    /// Its id.
    pub network: NetworkId,
    /// The map of all blocks.
    pub map: Map,
    /// The blocks by their heights; that of block 0 is certified by nobody.
    pub blocks: Vec<Certified>,
    /// Who decides each height, by their seeds.
    pub deciders: Vec<Vec<u8>>,
}

impl Chain {
    /// Block 0 of a network of these validators, where alice and bob have names.
    pub fn new(seeds: &[u8], parameters: Parameters) -> Self {
        let operators = first_operators(seeds);
        let salt = Hash([7; 32]);
        let genesis = Genesis::new(&operators, parameters, CREATED_MS, salt).expect("a genesis");
        let network = genesis.id();
        let mut map = Map::default();
        for (name, seed) in [("alice", 1), ("bob", 2)] {
            let entry = Entry::Held(StoredRecord {
                record: record(network, name, seed),
                registered_ms: CREATED_MS,
                height: 0,
                renewed_ms: CREATED_MS,
                updates: 0,
            });
            let name: Name = name.parse().expect("a name");
            map.0.insert(name_key(&network, &name).0, codec::encode(&entry));
        }
        let committee = Committee::new(operators);
        map.0.insert(committee_key(&network).0, codec::encode(&committee));
        let header = Header::genesis(&genesis, map.root());
        let certificate = Certificate::new(Vec::new()).expect("nothing");
        Self {
            genesis,
            network,
            map,
            blocks: vec![Certified { header, certificate }],
            deciders: vec![seeds.to_vec(), seeds.to_vec()],
        }
    }

    /// The newest header.
    pub fn head(&self) -> &Header {
        &self.blocks.last().expect("block 0").header
    }

    /// The header that follows a header when these validators decide next.
    pub fn next(&self, parent: &Header, next: &[u8]) -> Header {
        Header {
            height: parent.height + 1,
            parent: parent.digest(),
            time_ms: parent.time_ms + BLOCK_MS,
            operations: operations_hash(&[]),
            state_root: self.map.root(),
            validators: validators_hash(&set(next)),
            ..parent.clone()
        }
    }

    /// Adds a block. These validators decide from the next height on, which only an epoch's end may change.
    pub fn push(&mut self, next: &[u8]) {
        let header = self.next(self.head(), next);
        let by = self.deciders[usize::try_from(header.height).expect("few")].clone();
        self.blocks.push(self.certified(&header, &by, &by));
        self.deciders.push(next.to_vec());
    }

    /// Adds blocks up to the end of the epoch, after which these validators decide.
    pub fn epoch(&mut self, next: &[u8]) -> &mut Self {
        loop {
            let height = self.head().height + 1;
            let ends = self.genesis.parameters.ends_epoch(height);
            let present = self.deciders[usize::try_from(height).expect("few")].clone();
            self.push(if ends { next } else { &present });
            if ends {
                return self;
            }
        }
    }

    /// A header with the votes of some of a set.
    pub fn certified(&self, header: &Header, of: &[u8], by: &[u8]) -> Certified {
        let proposal = Proposal::of(header, &self.genesis.parameters);
        self.with_votes(header, &proposal, of, by)
    }

    /// The same with votes for any proposal.
    pub fn with_votes(&self, header: &Header, proposal: &Proposal, of: &[u8], by: &[u8]) -> Certified {
        let validators = set(of);
        let mut votes: Vec<(usize, Signature)> = Vec::new();
        for seed in by {
            let key = key(*seed);
            if let Ok(place) = validators.as_slice().binary_search(&key.public()) {
                votes.push((place, proposal.vote(&self.network, &validators, &key)));
            }
        }
        votes.sort_unstable_by_key(|(place, _)| *place);
        let certificate = Certificate::from_votes(proposal, validators.as_slice().len(), &votes);
        Certified {
            header: header.clone(),
            certificate: certificate.expect("places of the set"),
        }
    }

    /// The block of a height.
    pub fn block(&self, height: u64) -> &Certified {
        &self.blocks[usize::try_from(height).expect("few")]
    }

    /// Who decides a height.
    pub fn decide(&self, height: u64) -> &[u8] {
        &self.deciders[usize::try_from(height).expect("few")]
    }

    /// The change of the validators at a height.
    pub fn handover(&self, height: u64) -> Handover {
        Handover {
            certified: self.block(height).clone(),
            validators: set(self.decide(height + 1)),
        }
    }

    /// All changes of the validators, and the ends of epochs without one.
    pub fn handovers(&self) -> Vec<Handover> {
        let heights = 1..u64::try_from(self.blocks.len()).expect("few");
        let ends = heights.filter(|height| self.genesis.parameters.ends_epoch(*height));
        ends.map(|height| self.handover(height)).collect()
    }

    /// How the block of a height is final by that of another.
    pub fn lineage(&self, height: u64, by: u64) -> Lineage {
        let below = (height..by).map(|height| self.block(height).header.clone());
        Lineage {
            below: Bounded::new(below.collect()).expect("few"),
            certified: self.block(by).clone(),
        }
    }

    fn answer<const MAX: usize>(&self, height: u64, key: &Hash) -> MapAnswer<MAX> {
        let value = self.map.0.get(&key.0).cloned();
        MapAnswer {
            certified: self.block(height).clone(),
            value: value.map(|value| Blob::new(value).expect("small")),
            proof: self.map.prove(key),
        }
    }

    /// The proof of a name at a height.
    pub fn name(&self, height: u64, name: &Name) -> NameProof {
        self.answer(height, &name_key(&self.network, name))
    }

    /// The proof of the committee at a height.
    pub fn committee(&self, height: u64) -> CommitteeProof {
        self.answer(height, &committee_key(&self.network))
    }
}
