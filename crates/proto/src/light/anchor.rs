//! What a client goes on from: a block that it verified, or that somebody vouches for.

use minicbor::{Decode, Encode};

use crate::genesis::{Genesis, Validators};
use crate::light::Handover;

/// A block that somebody trusts for other reasons than a certificate: it came with the program, or from a person.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Checkpoint {
    /// Its height.
    #[n(0)]
    pub height: u64,
    /// Its time in Unix milliseconds.
    #[n(1)]
    pub time_ms: u64,
    /// Who decides the next height.
    #[n(2)]
    pub validators: Validators,
}

/// What a client has verified last: where it goes on from.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Anchor {
    /// The height up to which the validators are known.
    #[n(0)]
    pub height: u64,
    /// The time of that block in Unix milliseconds.
    #[n(1)]
    pub time_ms: u64,
    /// Who decides the heights above.
    #[n(2)]
    pub validators: Validators,
    /// The newest header that has been verified, with those who certified it.
    #[n(3)]
    pub newest: Option<Handover>,
}

impl Anchor {
    /// The beginning of a network.
    pub fn genesis(genesis: &Genesis) -> Self {
        Self {
            height: 0,
            time_ms: genesis.created_ms,
            validators: genesis.validators.clone(),
            newest: None,
        }
    }

    /// A block that is trusted for other reasons.
    pub fn checkpoint(checkpoint: &Checkpoint) -> Self {
        Self {
            height: checkpoint.height,
            time_ms: checkpoint.time_ms,
            validators: checkpoint.validators.clone(),
            newest: None,
        }
    }

    /// What may be handed to somebody who trusts this client.
    pub fn to_checkpoint(&self) -> Checkpoint {
        Checkpoint {
            height: self.height,
            time_ms: self.time_ms,
            validators: self.validators.clone(),
        }
    }

    /// The greatest height that has been seen.
    pub fn seen(&self) -> u64 {
        let newest = self
            .newest
            .as_ref()
            .map_or(0, |newest| newest.certified.header.height);
        newest.max(self.height)
    }
}
