//! What the engine's host asks of the chain: where it stands, who decides, what an engine can start from.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use commonware_cryptography::Digested;
use xchat_directory::Reader;
use xchat_directory::store::DiskView;
use xchat_proto::certificate::quorum;
use xchat_proto::codec::Bounded;
use xchat_proto::header::Header;
use xchat_proto::ids::Hash;
use xchat_proto::keys::PublicKey;
use xchat_proto::name_proof::Certified;
use xchat_proto::operator::{Change, Operator, Operators, operators};

use super::{Chain, Foundation};
use crate::block::{Block, digest_of};
use crate::duty::Standing;
use crate::error::EngineError;
use crate::keys::{Keys, Schemes};

/// One instant of the directory. What an engine starts from is all of one, since blocks are imported meanwhile.
pub(crate) type View = Reader<DiskView>;

impl Chain {
    /// Block 0 for the engine.
    pub(crate) fn genesis_block(&self) -> Digested<Block> {
        let header = self.genesis_header.clone();
        let digest = digest_of(header.digest());
        let operations = Bounded::default();
        Digested::precomputed(Block { header, operations }, digest)
    }

    /// What an engine can start from. None before the first block.
    pub(crate) fn foundation(&self, reader: &View) -> Result<Option<Foundation>, EngineError> {
        let Some(Certified { header, certificate }) = reader.latest() else {
            return Ok(None);
        };
        let block = reader.blocks(header.height, 0)?.into_iter().next();
        Ok(block.map(|block| Foundation {
            block: Block {
                header: block.header,
                operations: block.operations,
            },
            certificate: certificate.clone(),
        }))
    }

    /// The header of the block before an epoch's first. None when it is not kept any more.
    fn before(&self, reader: &View, epoch: u64) -> Result<Option<Header>, EngineError> {
        let Some(height) = epoch.saturating_mul(self.epoch_blocks()).checked_sub(1) else {
            return Ok(Some(self.genesis_header.clone()));
        };
        let mut boundary = self.boundary.lock().unwrap_or_else(PoisonError::into_inner);
        if boundary.as_ref().is_none_or(|header| header.height != height) {
            *boundary = match reader.head() {
                head if head.header.height == height => Some(head.header.clone()),
                _ => reader
                    .blocks(height, 0)?
                    .into_iter()
                    .next()
                    .map(|block| block.header),
            };
        }
        Ok(boundary.clone())
    }

    /// Where the chain stands for the node with this key.
    pub(crate) fn standing(&self, reader: &View, me: PublicKey) -> Result<Standing, EngineError> {
        let height = reader.head().header.height;
        let epoch = self.epoch_of(height.saturating_add(1));
        let began_ms = self.before(reader, epoch)?.map(|header| header.time_ms);
        // A snapshot comes with a certificate, and without the block.
        let newest = reader.latest().map(|certified| &certified.header);
        let is_lacking = newest.is_some_and(|header| header.height < reader.oldest_block());
        let certified = newest.filter(|header| !is_lacking && self.epoch_of(header.height) == epoch);
        Ok(Standing {
            height,
            epoch,
            certified_ms: certified.map(|header| header.time_ms),
            began_ms: began_ms.filter(|_| !is_lacking),
            is_member: reader.committee().operator(&me).is_some(),
        })
    }

    /// The digest of the block before an epoch's first.
    pub(crate) fn boundary(&self, reader: &View, epoch: u64) -> Result<Hash, EngineError> {
        let before = self.before(reader, epoch)?;
        before
            .map(|header| header.digest())
            .ok_or(EngineError::UnknownSet(epoch))
    }

    /// Lets the engine know the sets of the present epoch, and of the one of the newest certificate.
    pub(crate) fn admit(&self, reader: &View, schemes: &Schemes, keys: &Keys) -> Result<(), EngineError> {
        let present = self.epoch_of(reader.head().header.height.saturating_add(1));
        schemes.add(present, keys.scheme(&reader.committee().validators())?);
        if let Some(Certified { header, .. }) = reader.latest() {
            let past = self.epoch_of(header.height);
            if schemes.of(past).is_none() {
                schemes.add(past, keys.scheme(&reader.validators_of(header.height)?)?);
            }
        }
        Ok(())
    }

    /// The operators of this epoch, and those who are let in at its end, as far as it is decided.
    pub(crate) fn operators(&self) -> Result<Operators, EngineError> {
        let reader = self.reader();
        let committee = reader.committee();
        let mut all: BTreeMap<PublicKey, Operator> = BTreeMap::new();
        for ballot in committee.ballots.as_slice() {
            if let Change::Add { operator } = &ballot.change
                && ballot.voters.as_slice().len() >= quorum(committee.operators.as_slice().len())
            {
                all.insert(operator.key, operator.clone());
            }
        }
        for operator in committee.operators.as_slice() {
            all.insert(operator.key, operator.clone());
        }
        operators(all.into_values().collect()).map_err(EngineError::of)
    }
}
