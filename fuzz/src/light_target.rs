//! The light client against a network that lies as far as it can: the bytes are a script of answers, from a real
//! chain whose validators come and go, altered, out of place, and signed by all who may be faulty.
//!
//! Included by the tests of `proto` too.

use std::sync::OnceLock;

use xchat_proto::certificate::{Certificate, Proposal};
use xchat_proto::codec::{self, Bounded};
use xchat_proto::genesis::validators_hash;
use xchat_proto::ids::Hash;
use xchat_proto::light::{Anchor, Freshness, Handover, LightClient, LightError, Lineage};
use xchat_proto::name_proof::{Certified, NameProof};

use crate::chain::{BLOCK_MS, Chain, key, parameters, set};

/// Who decides each epoch: more, fewer, all others, the same, the first again.
const SETS: [&[u8]; 6] = [
    &[1, 2, 3, 4],
    &[1, 2, 3, 4, 5, 6, 7],
    &[4, 5, 6],
    &[11, 12, 13, 14],
    &[11, 12, 13, 14],
    &[1, 2, 3, 4],
];
/// Who lies: as many as may in every set.
const FAULTY: [u8; 3] = [1, 7, 11];
/// Who else voted for a block that was never final, in the set of seven.
const MISLED: [u8; 2] = [2, 3];

/// The chain.
pub fn chain() -> &'static Chain {
    static CHAIN: OnceLock<Chain> = OnceLock::new();
    CHAIN.get_or_init(|| {
        let mut chain = Chain::new(SETS[0], parameters());
        for next in SETS.iter().skip(1) {
            chain.epoch(next);
        }
        chain.epoch(SETS[5]);
        chain
    })
}

/// Reads a script.
struct Script<'a>(&'a [u8]);

impl Script<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// A height above 0.
    fn height(&mut self) -> Option<u64> {
        let heights = u64::try_from(chain().blocks.len() - 1).expect("few");
        Some(1 + u64::from(self.byte()?) % heights)
    }

    /// Up to seven handovers: real ones, those of other heights, those with the keys of another.
    fn handovers(&mut self) -> Option<Vec<Handover>> {
        let all = chain().handovers();
        let count = self.byte()? % 8;
        let mut handovers = Vec::new();
        for _ in 0..count {
            let pick = self.byte()?;
            let mut handover = all[usize::from(pick & 0x0f) % all.len()].clone();
            match pick >> 4 {
                1 => handover = chain().handover(self.height()?),
                2 => handover.validators = set(SETS[usize::from(self.byte()?) % SETS.len()]),
                3 => handover.certified.header.validators = validators_hash(&set(&[1])),
                4 => handover.certified = self.forged()?,
                5 => handover.validators = Bounded::default(),
                _ => {}
            }
            handovers.push(handover);
        }
        Some(handovers)
    }

    /// A header that is not of the chain, with all the votes that there can be for it, in whatever set they count for
    /// most.
    fn forged(&mut self) -> Option<Certified> {
        let height = self.height()?;
        let mut header = chain().block(height).header.clone();
        let change = self.byte()?;
        match change % 6 {
            0 => header.state_root = Hash([change; 32]),
            1 => header.time_ms += u64::from(change),
            2 => header.validators = validators_hash(&set(&FAULTY)),
            3 => header.height += u64::from(change),
            4 => header.parent = Hash([change; 32]),
            _ => header.work_bits ^= change | 1,
        }
        let cast_in = set(SETS[usize::from(self.byte()?) % SETS.len()]);
        let shown_in = set(SETS[usize::from(self.byte()?) % SETS.len()]);
        let mut proposal = Proposal::of(&header, &chain().genesis.parameters);
        if self.byte()? & 1 == 1 {
            proposal.epoch = u64::from(self.byte()?);
        }
        let mut votes = Vec::new();
        let is_misled = cast_in == set(SETS[1]);
        for seed in FAULTY.into_iter().chain(MISLED.into_iter().filter(|_| is_misled)) {
            let key = key(seed);
            // Who lies signs in any set; who is honest in that of the epoch only.
            let of = if FAULTY.contains(&seed) {
                &shown_in
            } else {
                &cast_in
            };
            if let Ok(place) = shown_in.as_slice().binary_search(&key.public()) {
                votes.push((place, proposal.vote(&chain().network, of, &key)));
            }
        }
        votes.sort_unstable_by_key(|(place, _)| *place);
        let certificate = Certificate::from_votes(&proposal, shown_in.as_slice().len(), &votes);
        let certificate = certificate.expect("places of the set");
        Some(Certified { header, certificate })
    }

    /// A proof of alice's name with bits turned.
    fn spoilt(&mut self) -> Option<NameProof> {
        let proof = chain().name(self.height()?, &alice());
        let mut bytes = codec::encode(&proof);
        for _ in 0..self.byte()? % 4 {
            let at = usize::from(self.byte()?) << 3 | usize::from(self.byte()? & 7);
            let at = at % bytes.len();
            bytes[at] ^= 1 << (self.byte()? % 8);
        }
        Some(codec::decode(&bytes, bytes.len()).unwrap_or(proof))
    }

    /// A lineage with a piece from elsewhere.
    fn lineage(&mut self) -> Option<Lineage> {
        let (one, other) = (self.height()?, self.height()?);
        let (low, high) = (one.min(other), one.max(other).min(one.min(other) + 8));
        let mut lineage = chain().lineage(low, high);
        match self.byte()? % 4 {
            0 => lineage.certified = self.forged()?,
            1 => lineage.certified = chain().block(self.height()?).clone(),
            2 => {
                let mut below = lineage.below.into_vec();
                below.push(self.forged()?.header);
                lineage.below = Bounded::new(below).expect("nine");
            }
            _ => {}
        }
        Some(lineage)
    }
}

fn alice() -> xchat_proto::name::Name {
    "alice".parse().expect("a name")
}

/// A client and what it is told.
struct Run<'a> {
    client: LightClient,
    script: Script<'a>,
    now_ms: u64,
}

impl Run<'_> {
    fn step(&mut self) -> Option<()> {
        let freshness = Freshness::first_contact(self.now_ms);
        let outcome = match self.script.byte()? % 10 {
            0 | 1 => self.client.follow(&self.script.handovers()?, self.now_ms),
            2 => {
                let height = self.script.height()?;
                self.client.header(chain().block(height), freshness)
            }
            3 => self.client.header(&self.script.forged()?, freshness),
            4 => {
                // The header of one block with the certificate of another.
                let mut certified = chain().block(self.script.height()?).clone();
                certified.certificate = chain().block(self.script.height()?).certificate.clone();
                self.client.header(&certified, freshness)
            }
            5 => {
                let (proof, handovers) = (self.script.spoilt()?, self.script.handovers()?);
                let verified = self.client.name(&proof, &handovers, &alice(), freshness);
                verified.map(|verified| {
                    let record = verified.record.expect("alice has a name").record;
                    assert_eq!(record.name, alice());
                    assert_eq!(verified.state_root, chain().map.root());
                })
            }
            6 => self.client.confirm(&self.script.lineage()?),
            7 => {
                let height = self.script.height()?;
                let header = &chain().block(height).header;
                let checkpoint = xchat_proto::light::Checkpoint {
                    height,
                    time_ms: header.time_ms,
                    validators: set(chain().decide(height + 1)),
                };
                self.client.trust(&checkpoint, self.now_ms);
                Ok(())
            }
            8 => {
                let kept = codec::encode(self.client.anchor());
                let anchor: Anchor = codec::decode(&kept, kept.len()).expect("what we write we read");
                assert_eq!(&anchor, self.client.anchor());
                self.client = LightClient::new(chain().genesis.clone(), anchor).expect("it was one");
                Ok(())
            }
            _ => {
                self.now_ms += u64::from(self.script.byte()?) * BLOCK_MS;
                Ok(())
            }
        };
        if let Err(LightError::Conflict(evidence)) = outcome {
            panic!("no quorum has lied: {evidence:?}");
        }
        Some(())
    }

    /// What the client believes is what the network has decided, and more of it than before.
    fn check(&self, seen: u64) {
        let anchor = self.client.anchor();
        assert!(anchor.seen() >= seen, "it went back");
        assert_eq!(anchor.validators, set(chain().decide(anchor.height + 1)));
        assert_eq!(anchor.time_ms, chain().block(anchor.height).header.time_ms);
        if let Some(newest) = &anchor.newest {
            let header = &newest.certified.header;
            assert_eq!(
                newest.certified,
                *chain().block(header.height),
                "and what was verified is kept"
            );
            assert_eq!(newest.validators, set(chain().decide(header.height)));
        }
    }
}

/// Runs a script.
pub fn light_client(bytes: &[u8]) {
    let genesis = chain().genesis.clone();
    let anchor = Anchor::genesis(&genesis);
    let mut run = Run {
        client: LightClient::new(genesis, anchor).expect("a network"),
        script: Script(bytes),
        now_ms: chain().head().time_ms,
    };
    // Each command costs some signatures.
    for _ in 0..24 {
        let seen = run.client.anchor().seen();
        if run.step().is_none() {
            return;
        }
        run.check(seen);
    }
}
