//! What OpenMLS is given to work with: storage in the open transaction, cryptography, randomness.
//!
//! All randomness that OpenMLS asks for (group ids, path, leaf and init secrets, reuse guards) comes from the
//! caller's generator, so that a seed repeats it. Two sources stay inside RustCrypto and cannot be injected:
//!
//! - the encapsulation of each HPKE seal (path secrets in commits, group secrets in Welcomes, the init secret
//!   of an external commit), which asks the operating system;
//! - the generation of signature keys, which this product does itself.
//!
//! Key pairs for HPKE are derived from injected bytes. A replay from a seed therefore takes the same decisions
//! and holds the same own leaf keys, but its commits and Welcomes, and what follows from them, differ in their bytes.

use std::{cell::RefCell, convert::Infallible};

use openmls_rust_crypto::RustCrypto;
use openmls_traits::{OpenMlsProvider, random::OpenMlsRand};
use rand_chacha::ChaCha20Rng;
use rand_core::{CryptoRng, Rng, SeedableRng};
use rusqlite::Connection;
use zeroize::Zeroizing;

use crate::mls_store::MlsStore;

/// The OpenMLS provider for the length of one database transaction.
pub struct Provider<'c> {
    store: MlsStore<'c>,
    crypto: &'c RustCrypto,
    rand: InjectedRandom,
}

impl<'c> Provider<'c> {
    /// A provider over the transaction open on `connection` (`&*tx`); draws 32 bytes from `rng`.
    pub fn new(connection: &'c Connection, crypto: &'c RustCrypto, rng: &mut dyn CryptoRng) -> Self {
        Self {
            store: MlsStore::new(connection),
            crypto,
            rand: InjectedRandom::new(rng),
        }
    }
}

impl<'c> OpenMlsProvider for Provider<'c> {
    type CryptoProvider = RustCrypto;
    type RandProvider = InjectedRandom;
    type StorageProvider = MlsStore<'c>;

    fn storage(&self) -> &Self::StorageProvider {
        &self.store
    }

    fn crypto(&self) -> &Self::CryptoProvider {
        self.crypto
    }

    fn rand(&self) -> &Self::RandProvider {
        &self.rand
    }
}

/// A generator for OpenMLS, seeded by the caller's.
///
/// OpenMLS panics when its randomness fails; this one can't. It keeps a seed rather than a borrow, so that
/// the caller's generator stays free while the provider lives.
pub struct InjectedRandom {
    // Each call borrows and returns without calling out, so no borrow meets another.
    rng: RefCell<ChaCha20Rng>,
}

impl InjectedRandom {
    /// A generator that continues from 32 bytes of `rng`.
    pub fn new(rng: &mut dyn CryptoRng) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(seed.as_mut_slice());
        Self {
            rng: RefCell::new(ChaCha20Rng::from_seed(*seed)),
        }
    }
}

impl OpenMlsRand for InjectedRandom {
    type Error = Infallible;

    fn random_array<const N: usize>(&self) -> Result<[u8; N], Infallible> {
        let mut bytes = [0; N];
        self.rng.borrow_mut().fill_bytes(&mut bytes);
        Ok(bytes)
    }

    fn random_vec(&self, len: usize) -> Result<Vec<u8>, Infallible> {
        let mut bytes = vec![0; len];
        self.rng.borrow_mut().fill_bytes(&mut bytes);
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests;
