//! People with names, and operators who vote: for the tests in this crate and beside it.

use std::net::{Ipv4Addr, SocketAddr};

use xchat_proto::address::Socket;
use xchat_proto::codec::{Bounded, Text};
use xchat_proto::genesis::{Genesis, Parameters, validators_hash};
use xchat_proto::identity::{account_of, sign_link};
use xchat_proto::ids::{Hash, LogId, NetworkId};
use xchat_proto::keys::SigningKey;
use xchat_proto::name::Name;
use xchat_proto::operator::{Change, Committee, NetworkFile, Operator, Vote, operators};
use xchat_proto::record::{Fee, Inbox, Operation, Record, registration_challenge};
use xchat_proto::signed::Signed;

pub(crate) const BITS: u8 = 2;
pub(crate) const NOON_MS: u64 = 1_800_000_000_000;

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

/// An operator who listens on a port of this machine.
pub(crate) fn operator(key: &SigningKey, port: u16) -> Operator {
    Operator {
        key: key.public(),
        name: Text::new("operator".to_owned()).unwrap(),
        revision: 0,
        consensus: Some(Socket(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))),
        node: None,
    }
}

/// A network of these operators, whose registrations cost next to nothing.
pub(crate) fn network(list: Vec<Operator>, epoch_blocks: u32, created_ms: u64) -> NetworkFile {
    let operators = operators(list).unwrap();
    let parameters = Parameters {
        registration_work_bits: BITS,
        registrations_per_hour: u32::MAX,
        epoch_blocks,
        trust_ms: 0,
        ..Parameters::default()
    };
    let genesis = Genesis::new(&operators, parameters, created_ms, Hash([7; 32])).unwrap();
    NetworkFile { genesis, operators }
}

pub(crate) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// The first record of an owner, under a name.
pub(crate) fn registration(network: NetworkId, text: &str, owner: u8) -> Operation {
    let link = sign_link(0, &key(owner), &key(owner.wrapping_add(1)).public()).unwrap();
    let record = Record {
        network,
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
    Operation::Register {
        record,
        fee: Fee::Work(work),
    }
}

/// A validator's vote for a change of the committee.
pub(crate) fn vote(
    network: NetworkId,
    committee: &Committee,
    change: &Change,
    closes_ms: u64,
    voter: &SigningKey,
) -> Operation {
    let vote = Vote {
        network,
        validators: validators_hash(&committee.validators()),
        change: change.clone(),
        closes_ms,
        voter: voter.public(),
    };
    Operation::Vote {
        vote: Signed::new(&vote, voter).unwrap(),
    }
}
