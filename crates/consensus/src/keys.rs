//! A validator's key and the sets of validators, as the engine wants them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use commonware_codec::{Copying, Decode as _, DecodeExt as _};
use commonware_consensus::simplex::scheme::ed25519::Scheme;
use commonware_consensus::simplex::types::Finalization;
use commonware_consensus::types::Epoch;
use commonware_cryptography::Signer as _;
use commonware_cryptography::blake3::Digest;
use commonware_cryptography::certificate::{Provider, Scoped};
use commonware_cryptography::ed25519::{PrivateKey, PublicKey};
use commonware_utils::ordered::Set;
use xchat_proto::certificate::{Certificate, vote_namespace};
use xchat_proto::genesis::Validators;
use xchat_proto::ids::NetworkId;
use xchat_proto::keys::SigningKey;
use xchat_proto::limits::VALIDATORS_MAX;

use crate::error::EngineError;

/// The engine's certificate of a final block.
pub(crate) type Finalized = Finalization<Scheme, Digest>;

/// A key as the engine has it.
pub(crate) fn engine_key(key: &xchat_proto::keys::PublicKey) -> Result<PublicKey, EngineError> {
    PublicKey::decode(Copying(key.0.as_slice())).map_err(EngineError::of)
}

/// A certificate as the engine has it.
pub(crate) fn finalized(certificate: &Certificate) -> Result<Finalized, EngineError> {
    Finalized::decode_cfg(Copying(certificate.as_slice()), &VALIDATORS_MAX).map_err(EngineError::of)
}

/// The validator's own key.
#[derive(Clone)]
pub(crate) struct Keys {
    private: PrivateKey,
    pub(crate) own: xchat_proto::keys::PublicKey,
    pub(crate) public: PublicKey,
    network: NetworkId,
}

impl Keys {
    pub(crate) fn new(key: &SigningKey, network: &NetworkId) -> Result<Self, EngineError> {
        let private = PrivateKey::decode(Copying(key.seed().as_slice())).map_err(EngineError::of)?;
        Ok(Self {
            own: key.public(),
            public: private.public_key(),
            private,
            network: *network,
        })
    }

    pub(crate) fn private(&self) -> PrivateKey {
        self.private.clone()
    }

    pub(crate) fn network(&self) -> &NetworkId {
        &self.network
    }

    /// A set of validators; it signs when this key is one of them.
    pub(crate) fn scheme(&self, validators: &Validators) -> Result<Scheme, EngineError> {
        let keys = validators.as_slice().iter().map(engine_key);
        let keys: Vec<PublicKey> = keys.collect::<Result<_, _>>()?;
        let set = Set::try_from(keys).map_err(|_| EngineError::Unordered)?;
        let namespace = vote_namespace(&self.network, validators);
        Ok(
            match Scheme::signer(&namespace, set.clone(), self.private.clone()) {
                Some(signer) => signer,
                None => Scheme::verifier(&namespace, set),
            },
        )
    }
}

/// The sets of the epochs that may still be asked about.
#[derive(Clone, Default)]
pub(crate) struct Schemes(Arc<Mutex<BTreeMap<Epoch, Arc<Scheme>>>>);

impl Schemes {
    fn sets(&self) -> MutexGuard<'_, BTreeMap<Epoch, Arc<Scheme>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an epoch's set.
    pub(crate) fn add(&self, epoch: u64, scheme: Scheme) {
        self.sets().insert(Epoch::new(epoch), Arc::new(scheme));
    }

    /// Forgets the epochs before this one.
    pub(crate) fn forget_before(&self, epoch: u64) {
        let mut sets = self.sets();
        *sets = sets.split_off(&Epoch::new(epoch));
    }

    /// The set of an epoch.
    pub(crate) fn of(&self, epoch: u64) -> Option<Arc<Scheme>> {
        self.sets().get(&Epoch::new(epoch)).cloned()
    }
}

impl Provider for Schemes {
    type Scope = Epoch;
    type Scheme = Scheme;

    fn scoped(&self, epoch: Epoch) -> Option<Scoped<Scheme>> {
        self.sets().get(&epoch).cloned().map(Scoped::scheme)
    }
}
