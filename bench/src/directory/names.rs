//! Registrations as people make them: signed, and paid for with proof of work.

use anyhow::Context as _;
use xchat_proto::codec::Bounded;
use xchat_proto::genesis::Genesis;
use xchat_proto::identity::{IdentityLink, account_of, sign_link};
use xchat_proto::ids::{Hash, LogId};
use xchat_proto::keys::SigningKey;
use xchat_proto::name::Name;
use xchat_proto::record::{Fee, Inbox, Operation, Record, registration_challenge};
use xchat_proto::signed::Signed;

/// Somebody who takes many names.
pub(crate) struct Owner {
    key: SigningKey,
    link: Signed<IdentityLink>,
}

impl Owner {
    pub(crate) fn new(seed: u8) -> anyhow::Result<Self> {
        let key = SigningKey::from_seed(&[seed; 32]);
        let next = SigningKey::from_seed(&[seed.wrapping_add(1); 32]);
        let link = sign_link(0, &key, &next.public())?;
        Ok(Self { key, link })
    }

    /// A registration of the name with this number, at the network's least price.
    pub(crate) fn registers(&self, genesis: &Genesis, number: u64) -> anyhow::Result<Operation> {
        let record = Record {
            network: genesis.id(),
            name: numbered(number)?,
            account: account_of(&self.link),
            identity: self.link.clone(),
            devices: Hash([1; 32]),
            inbox: Inbox {
                homes: Bounded::default(),
                log: LogId([2; 32]),
                key: Hash([3; 32]),
            },
            sequence: 0,
        };
        let record = Signed::new(&record, &self.key)?;
        let bits = genesis.parameters.registration_work_bits;
        let work = registration_challenge(&record).solve(bits, 0..u64::MAX);
        let fee = Fee::Work(work.context("no work solves the challenge")?);
        Ok(Operation::Register { record, fee })
    }
}

/// A name of letters that are taken for no other.
pub(crate) fn numbered(number: u64) -> anyhow::Result<Name> {
    let mut text = "name".to_owned();
    for shift in (0..64).step_by(4).rev() {
        let digit = usize::try_from(number >> shift & 0xf)?;
        text.extend("abcdefghijkpqstz".chars().nth(digit));
    }
    Ok(text.parse()?)
}
