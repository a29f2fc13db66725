//! The decoder of what a peer sends: pairs and groups in the order of the wire, each verified before it is given on.
//!
//! It knows no disk and no network. How the stream is cut into pieces makes no difference.

use std::ops::Range;

use blake3::Hash;
use thiserror::Error;

use crate::groups::Groups;
use crate::limits::GROUP_BYTES;
use crate::size::SealedSize;
use crate::tree::{GroupPlace, PAIR_BYTES, Pair, PairPlace, Place, Walk};

/// What a peer sent that doesn't hold. No honest one does, whatever its disk or the connection does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PeerFault {
    /// Hashes that are not those of the blob.
    #[error("the hashes above group {first_group} are wrong")]
    WrongHashes {
        /// The first group below them.
        first_group: u64,
    },
    /// A group that is not the blob's.
    #[error("group {group} is wrong")]
    WrongGroup {
        /// Its number.
        group: u64,
    },
    /// Something after all that was asked for.
    #[error("there is more than was asked for")]
    TooMuch,
}

/// Something that belongs to the blob.
#[derive(Debug)]
pub enum Verified<'a> {
    /// A pair of hashes.
    Pair {
        /// Where it is in the file of the tree, in bytes.
        offset: u64,
        /// The two hashes.
        bytes: &'a [u8; 64],
    },
    /// A group.
    Group {
        /// Its number.
        group: u64,
        /// All 16 KiB.
        bytes: &'a [u8],
    },
}

/// Verifies one answer to a request for some groups of a blob.
#[derive(Debug)]
pub struct Decoder {
    walk: Walk,
    next: Option<Place>,
    /// The beginning of the next pair or group. Never more than one of them.
    begun: Vec<u8>,
    fault: Option<PeerFault>,
    /// Whether it gives nothing more, because of a fault or because what takes it failed.
    is_over: bool,
}

impl Decoder {
    /// For the groups that were asked for; those beyond the end of the blob are none.
    #[must_use]
    pub fn new(hash: Hash, size: SealedSize, groups: &Groups) -> Self {
        let mut walk = Walk::new(hash, size, groups);
        Self {
            next: walk.next(),
            walk,
            begun: Vec::new(),
            fault: None,
            is_over: false,
        }
    }

    /// Whether all has come that was asked for.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.next.is_none() && !self.is_over
    }

    /// What is held back until the rest of it comes, in bytes.
    #[must_use]
    pub fn held_back(&self) -> usize {
        self.begun.len()
    }

    /// Takes the next bytes of the stream and gives on what they verify. After an error it gives nothing more: it says
    /// a fault again, and otherwise takes the rest for nothing.
    ///
    /// # Errors
    /// When the peer sent what doesn't hold, or what takes it fails.
    pub fn push<E: From<PeerFault>>(
        &mut self,
        mut bytes: &[u8],
        mut take: impl FnMut(Verified<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        if let Some(fault) = self.fault {
            return Err(fault.into());
        }
        while !bytes.is_empty() && !self.is_over {
            let wanted = match &self.next {
                Some(Place::Pair(_)) => PAIR_BYTES,
                Some(Place::Group(_)) => GROUP_BYTES,
                None => return Err(self.fail(PeerFault::TooMuch).into()),
            };
            let lacking = wanted.saturating_sub(self.begun.len());
            let Some((first, rest)) = bytes.split_at_checked(lacking) else {
                self.begun.extend_from_slice(bytes);
                return Ok(());
            };
            bytes = rest;
            // What comes whole, as nearly everything does, is not copied.
            let verified = if self.begun.is_empty() {
                self.verify(first, &mut take)
            } else {
                let mut whole = std::mem::take(&mut self.begun);
                whole.extend_from_slice(first);
                let verified = self.verify(&whole, &mut take);
                whole.clear();
                self.begun = whole;
                verified
            };
            self.is_over = verified.is_err();
            verified?;
        }
        Ok(())
    }

    fn verify<E: From<PeerFault>>(
        &mut self,
        bytes: &[u8],
        take: &mut impl FnMut(Verified<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        match self.next.take() {
            Some(Place::Pair(place)) => self.verify_pair(&place, bytes, take)?,
            Some(Place::Group(place)) => self.verify_group(&place, bytes, take)?,
            None => {}
        }
        self.next = self.walk.next();
        Ok(())
    }

    fn verify_pair<E: From<PeerFault>>(
        &mut self,
        place: &PairPlace,
        bytes: &[u8],
        take: &mut impl FnMut(Verified<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let pair = <&Pair>::try_from(bytes).ok();
        match (self.walk.enter(place, pair), pair) {
            (true, Some(bytes)) => take(Verified::Pair {
                offset: place.offset,
                bytes,
            }),
            _ => Err(self
                .fail(PeerFault::WrongHashes {
                    first_group: place.first_group,
                })
                .into()),
        }
    }

    fn verify_group<E: From<PeerFault>>(
        &mut self,
        place: &GroupPlace,
        bytes: &[u8],
        take: &mut impl FnMut(Verified<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        if !place.holds(bytes) {
            return Err(self.fail(PeerFault::WrongGroup { group: place.group }).into());
        }
        take(Verified::Group {
            group: place.group,
            bytes,
        })
    }

    fn fail(&mut self, fault: PeerFault) -> PeerFault {
        self.fault = Some(fault);
        self.is_over = true;
        fault
    }
}

/// Where a group lies in the sealed blob, in bytes.
pub(crate) fn bytes_of(group: u64) -> Range<u64> {
    let start = group * GROUP_BYTES as u64;
    start..start + GROUP_BYTES as u64
}
