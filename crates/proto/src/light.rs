//! The light client: which headers of a network are final, checked from the genesis or a checkpoint alone.
//!
//! A client begins with the keys that it pinned and follows every change of the validators by a header that those
//! before certified. It is a machine: what it has seen comes in with its [`Anchor`], and goes out with it.

mod anchor;
mod evidence;

pub use anchor::{Anchor, Checkpoint};
pub use evidence::{Evidence, Lineage};
use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::certificate::CertificateError;
use crate::codec::Bounded;
use crate::genesis::{Genesis, GenesisError, Validators, check_validators, validators_hash};
use crate::ids::{Hash, NetworkId};
use crate::limits::{CLOCK_AHEAD_MS_MAX, FRESHNESS_MS_MAX, HANDOVERS_MAX};
use crate::name::Name;
use crate::name_proof::{Certified, CommitteeProof, NameProof, NameProofError, VerifiedName};
use crate::operator::Committee;

/// The last block of an epoch, certified by its validators, with those who decide from the next height on.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Handover {
    /// The header that names the next validators, certified by those before.
    #[n(0)]
    pub certified: Certified,
    /// The next validators.
    #[n(1)]
    pub validators: Validators,
}

/// Changes of the validators, the oldest first.
pub type Handovers = Bounded<Handover, HANDOVERS_MAX>;

/// What a reader demands of a header besides being final.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freshness {
    /// The reader's time in Unix milliseconds.
    pub now_ms: u64,
    /// The most that the header's time may lie back.
    pub age_ms_max: u64,
}

impl Freshness {
    /// What first contact demands, and whatever else decides whom a message goes to.
    pub fn first_contact(now_ms: u64) -> Self {
        Self {
            now_ms,
            age_ms_max: FRESHNESS_MS_MAX,
        }
    }
}

/// Why an answer of the directory is not believed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LightError {
    /// The header is of another network.
    #[error("the proof is of another network")]
    OtherNetwork,
    /// The certificate is bad.
    #[error("{0}")]
    Certificate(#[from] CertificateError),
    /// The certificate is of another epoch than the header.
    #[error("the certificate is of epoch {found}, the block of epoch {expected}")]
    OtherEpoch {
        /// The certificate's epoch.
        found: u64,
        /// The epoch of the header's height.
        expected: u64,
    },
    /// The header of a handover is not an epoch's last, is no later than what is known, or names others than it
    /// brings; or a header in the middle of an epoch names others than those who decide it.
    #[error("a change of the validators is not one")]
    BadHandover,
    /// Nothing has been seen of the network for longer than it allows: those who decided then may have lost their keys.
    #[error("nothing has been seen of the network for too long: a new invitation is needed")]
    TrustExpired {
        /// When something was seen last, in Unix milliseconds.
        seen_ms: u64,
    },
    /// The header is of the future: this device's clock is behind, or the validators' are ahead.
    #[error("the newest block is {ahead_ms} ms in the future: check this device's clock")]
    ClockOff {
        /// How far the block is ahead of the reader's clock, in milliseconds.
        ahead_ms: u64,
    },
    /// The proof is older than the reader accepts.
    #[error("the proof is {age_ms} ms old")]
    Stale {
        /// Its age in milliseconds.
        age_ms: u64,
    },
    /// The reader has seen a newer block: somebody shows it an old state.
    #[error("the proof is of height {found}, height {seen} has been seen")]
    WentBack {
        /// The proof's height.
        found: u64,
        /// The height that has been seen.
        seen: u64,
    },
    /// Two final blocks of one height: the network's validators have lied.
    #[error("the validators have signed two different blocks of height {}", .0.height())]
    Conflict(Box<Evidence>),
    /// Headers that should follow each other do not.
    #[error("the headers do not follow each other")]
    BrokenLineage,
    /// What is proved from the header is wrong.
    #[error("{0}")]
    Proof(#[from] NameProofError),
}

/// A client of one network's directory.
#[derive(Debug, Clone)]
pub struct LightClient {
    genesis: Genesis,
    network: NetworkId,
    anchor: Anchor,
}

impl LightClient {
    /// A client that goes on from an anchor.
    ///
    /// # Errors
    /// [`GenesisError`] when the genesis makes no network, or the anchor's validators no set.
    pub fn new(genesis: Genesis, anchor: Anchor) -> Result<Self, GenesisError> {
        genesis.check()?;
        check_validators(&anchor.validators)?;
        let network = genesis.id();
        Ok(Self {
            genesis,
            network,
            anchor,
        })
    }

    /// The genesis.
    pub fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// What has been verified last. Keep it, and go on from it.
    pub fn anchor(&self) -> &Anchor {
        &self.anchor
    }

    /// Goes on from a checkpoint, and says whether it did: only from one above what has been seen, and only when
    /// nothing has been verified yet, or too long ago. Whoever can follow the validators from those that it knows
    /// needs nobody's word, and a stranger's link must not put others in their place.
    pub fn trust(&mut self, checkpoint: &Checkpoint, now_ms: u64) -> bool {
        let needs_one = self.anchor.newest.is_none() || self.check_trust(now_ms).is_err();
        let is_taken = needs_one
            && checkpoint.height > self.anchor.seen()
            && check_validators(&checkpoint.validators).is_ok();
        if is_taken {
            self.anchor = Anchor::checkpoint(checkpoint);
        }
        is_taken
    }

    /// Follows changes of the validators, the oldest first. Those that are known already are passed over, and so may
    /// those be that change nothing.
    ///
    /// # Errors
    /// [`LightError`] with the first thing that is wrong; what was right before it has been followed.
    pub fn follow(&mut self, handovers: &[Handover], now_ms: u64) -> Result<(), LightError> {
        for handover in handovers {
            let header = &handover.certified.header;
            if header.height <= self.anchor.height {
                continue;
            }
            self.check_trust(now_ms)?;
            let names_next = header.validators == validators_hash(&handover.validators)
                && header.time_ms > self.anchor.time_ms
                && self.genesis.parameters.ends_epoch(header.height)
                && check_validators(&handover.validators).is_ok();
            if !names_next {
                return Err(LightError::BadHandover);
            }
            self.certified(&handover.certified, &self.anchor.validators)?;
            self.compare(&handover.certified)?;
            self.anchor.height = header.height;
            self.anchor.time_ms = header.time_ms;
            let before = std::mem::replace(&mut self.anchor.validators, handover.validators.clone());
            self.keep(&handover.certified, before);
        }
        Ok(())
    }

    /// Checks that a header is final and fresh. What is final is remembered even when it is not fresh.
    ///
    /// # Errors
    /// [`LightError`] with the first thing that is wrong.
    pub fn header(&mut self, certified: &Certified, freshness: Freshness) -> Result<(), LightError> {
        let header = &certified.header;
        let seen = self.anchor.seen();
        // Only the header is the known one: the certificate that came with it has not been looked at.
        if self.newest_digest() != Some(header.digest()) {
            self.verify_new(certified, freshness.now_ms)?;
        }
        let went_back = header.height < seen;
        if !went_back {
            self.keep(certified, self.anchor.validators.clone());
            let names_same = header.validators == validators_hash(&self.anchor.validators);
            if names_same && header.height > self.anchor.height {
                self.anchor.height = header.height;
                self.anchor.time_ms = header.time_ms;
            }
        }
        let ahead_ms = header.time_ms.saturating_sub(freshness.now_ms);
        if ahead_ms > CLOCK_AHEAD_MS_MAX {
            return Err(LightError::ClockOff { ahead_ms });
        }
        let age_ms = freshness.now_ms.saturating_sub(header.time_ms);
        if age_ms > freshness.age_ms_max {
            return Err(LightError::Stale { age_ms });
        }
        if went_back {
            return Err(LightError::WentBack {
                found: header.height,
                seen,
            });
        }
        Ok(())
    }

    /// Checks that a block is the one that was seen last: another node's answer to "which block has this height?".
    ///
    /// # Errors
    /// [`LightError::Conflict`] when the validators have signed two; otherwise what is wrong with the answer.
    pub fn confirm(&self, lineage: &Lineage) -> Result<(), LightError> {
        let Some(newest) = &self.anchor.newest else {
            return Ok(());
        };
        let (seen, found) = (&newest.certified.header, lineage.header());
        if lineage.certified.header.network != self.network {
            return Err(LightError::OtherNetwork);
        }
        if found.height != seen.height {
            return Err(LightError::BrokenLineage);
        }
        lineage.verify(&self.genesis, &newest.validators)?;
        if found.digest() == seen.digest() {
            return Ok(());
        }
        Err(conflict(newest, lineage.clone()))
    }

    /// Follows the changes of the validators, checks the header, and what it proves about a name.
    ///
    /// # Errors
    /// [`LightError`] with the first thing that is wrong.
    pub fn name(
        &mut self,
        proof: &NameProof,
        handovers: &[Handover],
        name: &Name,
        freshness: Freshness,
    ) -> Result<VerifiedName, LightError> {
        self.follow(handovers, freshness.now_ms)?;
        self.header(&proof.certified, freshness)?;
        Ok(proof.name(&self.genesis.parameters, name)?)
    }

    /// Follows the changes of the validators, checks the header, and the committee that it proves.
    ///
    /// # Errors
    /// [`LightError`] with the first thing that is wrong.
    pub fn committee(
        &mut self,
        proof: &CommitteeProof,
        handovers: &[Handover],
        freshness: Freshness,
    ) -> Result<Committee, LightError> {
        self.follow(handovers, freshness.now_ms)?;
        self.header(&proof.certified, freshness)?;
        Ok(proof.committee()?)
    }

    fn newest_digest(&self) -> Option<Hash> {
        let newest = self.anchor.newest.as_ref()?;
        Some(newest.certified.header.digest())
    }

    fn verify_new(&self, certified: &Certified, now_ms: u64) -> Result<(), LightError> {
        let header = &certified.header;
        if header.network != self.network {
            return Err(LightError::OtherNetwork);
        }
        self.compare(certified)?;
        let Anchor {
            height, validators, ..
        } = &self.anchor;
        let parameters = &self.genesis.parameters;
        // Who decides the height after a block has decided the block too, unless an epoch ended with it.
        let is_decided_by_others = header.height == *height && parameters.ends_epoch(*height);
        if header.height < *height || is_decided_by_others {
            return Err(LightError::WentBack {
                found: header.height,
                seen: self.anchor.seen(),
            });
        }
        self.check_trust(now_ms)?;
        self.certified(certified, validators)?;
        if header.validators != validators_hash(validators) && !parameters.ends_epoch(header.height) {
            return Err(LightError::BadHandover);
        }
        Ok(())
    }

    fn keep(&mut self, certified: &Certified, validators: Validators) {
        let newest = self.anchor.newest.as_ref();
        if newest.is_none_or(|newest| newest.certified.header.height < certified.header.height) {
            self.anchor.newest = Some(Handover {
                certified: certified.clone(),
                validators,
            });
        }
    }

    /// Whether another header of the newest one's height is certified too.
    fn compare(&self, certified: &Certified) -> Result<(), LightError> {
        let Some(newest) = &self.anchor.newest else {
            return Ok(());
        };
        let (seen, found) = (&newest.certified.header, &certified.header);
        if seen.height != found.height || seen.digest() == found.digest() {
            return Ok(());
        }
        self.certified(certified, &newest.validators)?;
        Err(conflict(newest, Lineage::of(certified.clone())))
    }

    fn check_trust(&self, now_ms: u64) -> Result<(), LightError> {
        let trust_ms = self.genesis.parameters.trust_ms;
        let away_ms = now_ms.saturating_sub(self.anchor.time_ms);
        if trust_ms != 0 && away_ms > trust_ms {
            return Err(LightError::TrustExpired {
                seen_ms: self.anchor.time_ms,
            });
        }
        Ok(())
    }

    fn certified(&self, certified: &Certified, validators: &Validators) -> Result<(), LightError> {
        verify_certified(&self.genesis, &self.network, certified, validators)
    }
}

fn conflict(newest: &Handover, other: Lineage) -> LightError {
    LightError::Conflict(Box::new(Evidence {
        one: newest.certified.clone(),
        other,
        validators: newest.validators.clone(),
    }))
}

/// Checks that these validators have finalised a header of this network.
///
/// # Errors
/// [`LightError`] with the first thing that is wrong.
pub fn verify_certified(
    genesis: &Genesis,
    network: &NetworkId,
    Certified { header, certificate }: &Certified,
    validators: &Validators,
) -> Result<(), LightError> {
    if header.network != *network {
        return Err(LightError::OtherNetwork);
    }
    let found = certificate.epoch()?;
    let expected = genesis.parameters.epoch_of(header.height);
    if found != expected {
        return Err(LightError::OtherEpoch { found, expected });
    }
    certificate.verify(network, validators, &header.digest())?;
    Ok(())
}
