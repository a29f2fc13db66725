//! The one source of randomness of the messenger's body. Everything behind it gets randomness as an argument.

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};
use thiserror::Error;
use zeroize::Zeroizing;

/// The operating system gives no randomness: nothing can be done safely.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the operating system gives no random numbers: {0}")]
pub struct EntropyError(String);

/// A generator that takes new randomness from the operating system for every use.
pub(crate) struct Entropy(ChaCha20Rng);

impl Entropy {
    /// A generator, seeded by the operating system.
    pub(crate) fn new() -> Result<Self, EntropyError> {
        Ok(Self(ChaCha20Rng::from_seed(*system_seed()?)))
    }

    /// The generator for one use. A copied virtual machine must not draw the same numbers twice, so each use is seeded
    /// anew; should the system fail later, the generator that it once seeded goes on.
    pub(crate) fn fresh(&mut self) -> &mut ChaCha20Rng {
        if let Ok(mut seed) = system_seed() {
            let mut own = Zeroizing::new([0; 32]);
            self.0.fill_bytes(own.as_mut_slice());
            for (byte, other) in seed.iter_mut().zip(own.iter()) {
                *byte ^= other;
            }
            self.0 = ChaCha20Rng::from_seed(*seed);
        }
        &mut self.0
    }

    /// 32 random bytes.
    pub(crate) fn secret(&mut self) -> Zeroizing<[u8; 32]> {
        let mut secret = Zeroizing::new([0; 32]);
        self.fresh().fill_bytes(secret.as_mut_slice());
        secret
    }
}

#[expect(clippy::disallowed_methods, reason = "the body's one real entropy source")]
fn system_seed() -> Result<Zeroizing<[u8; 32]>, EntropyError> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(seed.as_mut_slice()).map_err(|error| EntropyError(error.to_string()))?;
    Ok(seed)
}
