//! Proof of work: Argon2id over a challenge and a nonce, with leading zero bits.
//!
//! It costs a stranger a moment and a verifier a fraction of a millisecond (docs/adr/0003-proof-of-work.md). A
//! challenge binds the work to what it pays for, so it can't be spent twice on different things.

use argon2::{Algorithm, Argon2, Params, Version};

use crate::ids::Hash;
use crate::limits::WORK_BITS_MAX;

/// Memory of one attempt, in KiB.
const MEMORY_KIB: u32 = 128;

/// The nonce that solves a challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct Work(#[n(0)] pub u64);

/// What is to be solved: it names the purpose and binds all that the work pays for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Challenge(Hash);

impl Challenge {
    /// The challenge of `purpose` (a constant of the protocol) over `parts`.
    pub fn new(purpose: &str, parts: &[&[u8]]) -> Self {
        Self(Hash::of(purpose, parts))
    }

    /// How many bits `work` solves: what costs as much as an attempt, and answers every later question of a price.
    pub fn solved_bits(&self, work: Work) -> u8 {
        u8::try_from(self.zero_bits(work.0)).unwrap_or(u8::MAX)
    }

    fn zero_bits(&self, nonce: u64) -> u32 {
        let Ok(params) = Params::new(MEMORY_KIB, 1, 1, Some(8)) else {
            return 0;
        };
        let mut out = [0; 8];
        let hashed = Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into(
            &nonce.to_be_bytes(),
            self.0.as_bytes(),
            &mut out,
        );
        match hashed {
            Ok(()) => u64::from_be_bytes(out).leading_zeros(),
            Err(_) => 0,
        }
    }

    /// Whether `work` solves the challenge at `bits`.
    pub fn is_solved_by(&self, work: Work, bits: u8) -> bool {
        bits == 0 || self.zero_bits(work.0) >= u32::from(bits)
    }

    /// Tries the nonces of `attempts`; the caller runs it in slices, so that it can show progress and be stopped.
    pub fn solve(&self, bits: u8, attempts: std::ops::Range<u64>) -> Option<Work> {
        if bits > WORK_BITS_MAX {
            return None;
        }
        attempts.map(Work).find(|work| self.is_solved_by(*work, bits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrk_01_work_is_bound_to_its_challenge() {
        let challenge = Challenge::new("test", &[b"one"]);
        let work = challenge.solve(5, 0..10_000).unwrap();
        assert!(challenge.is_solved_by(work, 5));
        let unsolved = (0..64_u64)
            .filter(|n| !challenge.is_solved_by(Work(*n), 5))
            .count();
        assert!(unsolved > 32, "five bits refuse most nonces");
        let others = (0..8_u8)
            .filter(|n| Challenge::new("test", &[&[*n]]).is_solved_by(work, 5))
            .count();
        assert!(others < 4, "the same nonce solves few other challenges");
    }

    #[test]
    fn wrk_02_nobody_can_ask_for_endless_work() {
        assert_eq!(
            Challenge::new("test", &[]).solve(WORK_BITS_MAX + 1, 0..u64::MAX),
            None
        );
    }
}
