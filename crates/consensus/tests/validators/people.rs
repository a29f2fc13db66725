//! People with names, a clock that is set by hand, and a client's eye.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use xchat_consensus::{Clock, Config, Consensus};
use xchat_proto::codec::Bounded;
use xchat_proto::genesis::Genesis;
use xchat_proto::identity::{account_of, sign_link};
use xchat_proto::ids::{Hash, LogId};
use xchat_proto::keys::SigningKey;
use xchat_proto::name::Name;
use xchat_proto::name_proof::{Freshness, NameProofError, VerifiedName};
use xchat_proto::record::{Inbox, Operation, Record, registration_challenge};
use xchat_proto::signed::Signed;

pub(crate) const BITS: u8 = 2;
pub(crate) const NOON_MS: u64 = 1_800_000_000_000;

/// A clock that goes on by a millisecond with every look at it, and stands where it is put.
#[derive(Clone)]
pub(crate) struct Watch(Arc<AtomicU64>);

impl Watch {
    pub(crate) fn at(now_ms: u64) -> Self {
        Self(Arc::new(AtomicU64::new(now_ms)))
    }

    pub(crate) fn put(&self, now_ms: u64) {
        self.0.store(now_ms, Ordering::SeqCst);
    }

    pub(crate) fn now_ms(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    pub(crate) fn clock(&self) -> Clock {
        let watch = self.clone();
        Arc::new(move || watch.0.fetch_add(1, Ordering::SeqCst))
    }
}

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

pub(crate) fn genesis(validators: &[SigningKey]) -> Genesis {
    let keys = validators.iter().map(SigningKey::public).collect();
    Genesis::new(keys, BITS, NOON_MS, Hash([7; 32])).unwrap()
}

pub(crate) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

pub(crate) fn registration(genesis: &Genesis, text: &str, owner: u8) -> Operation {
    let link = sign_link(0, &key(owner), &key(owner.wrapping_add(1)).public()).unwrap();
    let record = Record {
        network: genesis.id(),
        name: name(text),
        account: account_of(&link),
        identity: link,
        devices: Hash([1; 32]),
        inbox: Inbox {
            homes: Bounded::default(),
            log: LogId([2; 32]),
            key: Hash([3; 32]),
        },
        sequence: 0,
    };
    let record = Signed::new(&record, &key(owner)).unwrap();
    let work = registration_challenge(&record).solve(BITS, 0..100_000).unwrap();
    Operation::Register { record, work }
}

pub(crate) fn alone(folder: &Path, clock: Clock) -> Config {
    Config::alone(key(200), genesis(&[key(200)]), folder.to_owned(), clock)
}

/// What a client that knows only the genesis believes of a name.
pub(crate) fn look_up(
    node: &Consensus,
    text: &str,
    now_ms: u64,
    height_min: u64,
) -> Result<VerifiedName, NameProofError> {
    let proof = node.proof(&name(text)).unwrap();
    proof.verify(
        node.genesis(),
        &name(text),
        Freshness::first_contact(now_ms, height_min),
    )
}
