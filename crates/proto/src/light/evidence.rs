//! Two truths: headers of one height that are both final, and how a header is final by one above it.

use minicbor::{Decode, Encode};

use crate::codec::Bounded;
use crate::genesis::{Genesis, Validators};
use crate::header::Header;
use crate::ids::Hash;
use crate::light::{LightError, verify_certified};
use crate::limits::HEADERS_MAX;
use crate::name_proof::Certified;

/// Headers that follow each other, the last one certified: proves the first though nobody certified it by itself.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Lineage {
    /// The headers below the certified one, the lowest first.
    #[n(0)]
    pub below: Bounded<Header, HEADERS_MAX>,
    /// The certified header.
    #[n(1)]
    pub certified: Certified,
}

impl Lineage {
    /// A header that is certified itself.
    pub fn of(certified: Certified) -> Self {
        Self {
            below: Bounded::default(),
            certified,
        }
    }

    /// The lowest header: the one that is to be shown final.
    pub fn header(&self) -> &Header {
        self.below.as_slice().first().unwrap_or(&self.certified.header)
    }

    /// Checks that the lowest header is final by the votes of these validators, who decide its epoch. The last header
    /// of an epoch has a certificate of its own, so none needs one of the epoch after.
    ///
    /// # Errors
    /// [`LightError`] with the first thing that is wrong.
    pub fn verify(&self, genesis: &Genesis, validators: &Validators) -> Result<(), LightError> {
        let mut above = &self.certified.header;
        for below in self.below.as_slice().iter().rev() {
            let follows = above.parent == below.digest()
                && below.height.checked_add(1) == Some(above.height)
                && below.network == above.network
                && !genesis.parameters.ends_epoch(below.height);
            if !follows {
                return Err(LightError::BrokenLineage);
            }
            above = below;
        }
        verify_certified(genesis, &genesis.id(), &self.certified, validators)
    }
}

/// Two headers of one height, both final: more than a third of the validators have lied.
///
/// Where the two certificates are of one view, whoever signed both has. Of two views an honest validator may have voted
/// in each, and what convicts the others are votes that are not here.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Evidence {
    /// One.
    #[n(0)]
    pub one: Certified,
    /// The other, final by its own certificate or by that of one above it.
    #[n(1)]
    pub other: Lineage,
    /// Who decided that height.
    #[n(2)]
    pub validators: Validators,
}

impl Evidence {
    /// The height of both.
    pub fn height(&self) -> u64 {
        self.one.header.height
    }

    /// The digests of both, in ascending order.
    pub fn digests(&self) -> [Hash; 2] {
        let mut digests = [self.one.header.digest(), self.other.header().digest()];
        digests.sort_unstable();
        digests
    }

    /// Checks that it shows what it claims, to somebody who knows that `validators` decided this height. The set that
    /// the evidence names proves nothing by itself: anybody can make keys and sign two headers with them.
    ///
    /// # Errors
    /// [`LightError`] with the first thing that is wrong.
    pub fn verify(&self, genesis: &Genesis, validators: &Validators) -> Result<(), LightError> {
        let (one, other) = (&self.one.header, self.other.header());
        if one.height != other.height || one == other {
            return Err(LightError::BrokenLineage);
        }
        verify_certified(genesis, &genesis.id(), &self.one, validators)?;
        self.other.verify(genesis, validators)
    }
}
