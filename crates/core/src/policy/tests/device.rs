//! A device with a database of its own, honest or not.

use openmls::prelude::tls_codec::{Deserialize as _, Serialize as _};
use openmls::prelude::{
    Extension, ExtensionType, Extensions, GroupContext, LeafNodeIndex, LeafNodeParameters, MlsGroup,
    MlsGroupCreateConfig, MlsMessageIn, NewSignerBundle, PURE_CIPHERTEXT_WIRE_FORMAT_POLICY,
    ProcessedMessageContent, RequiredCapabilitiesExtension, UnknownExtension,
};
use openmls_rust_crypto::RustCrypto;
use openmls_traits::OpenMlsProvider as _;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use rusqlite::Connection;
use xchat_proto::codec::Bounded;
use xchat_proto::identity::{DeviceCertificate, DeviceChain, account_of, sign_link};
use xchat_proto::ids::{AccountId, LogId};
use xchat_proto::keys::SigningKey;
use xchat_proto::signed::Signed;

use crate::database;
use crate::group::{self, GroupError, Own, OwnCommit, Received};
use crate::leaf::{self, LeafSigner, POLICY_EXTENSION, SUITE, capabilities};
use crate::policy::{Policy, PolicyError};
use crate::provider::Provider;

pub(super) const LOG: LogId = LogId([9; 32]);

#[derive(Debug, Clone, Copy)]
pub(super) enum Person {
    Alice = 1,
    Bob = 2,
    Carol = 3,
    Mallory = 4,
}

pub(super) struct Device {
    connection: Connection,
    crypto: RustCrypto,
    rng: ChaCha20Rng,
    pub(super) chain: DeviceChain,
    pub(super) key: SigningKey,
}

pub(super) fn pair(initiator: &Device, responder: &Device) -> Policy {
    Policy::Pair {
        initiator: initiator.account(),
        responder: responder.account(),
    }
}

pub(super) fn pair_extensions(initiator: &Device, responder: &Device) -> Extensions<GroupContext> {
    Extensions::single(pair(initiator, responder).extension()).unwrap()
}

pub(super) fn no_extensions() -> Extensions<GroupContext> {
    Extensions::default()
}

/// A kind of conversation that this version doesn't know.
pub(super) fn unknown_policy() -> Extensions<GroupContext> {
    let body = UnknownExtension(vec![0x82, 0x18, 0x63, 0x80]);
    Extensions::single(Extension::Unknown(POLICY_EXTENSION, body)).unwrap()
}

impl Device {
    pub(super) fn of(person: Person) -> Self {
        Self::numbered(person, 1)
    }

    /// Another device of the same account.
    pub(super) fn second(person: Person) -> Self {
        Self::numbered(person, 2)
    }

    fn numbered(person: Person, number: u8) -> Self {
        let identity = SigningKey::from_seed(&[person as u8; 32]);
        let next = SigningKey::from_seed(&[person as u8 + 100; 32]);
        let key = SigningKey::from_seed(&[person as u8 * 10 + number; 32]);
        let link = sign_link(0, &identity, &next.public()).unwrap();
        let certificate = DeviceCertificate {
            account: account_of(&link),
            identity_number: 0,
            device: key.public(),
            created_ms: 1,
        };
        let chain = DeviceChain {
            name: format!("{person:?}").parse().unwrap(),
            links: Bounded::new(vec![link]).unwrap(),
            device: Signed::new(&certificate, &identity).unwrap(),
        };
        Self {
            connection: database::in_memory().unwrap(),
            crypto: RustCrypto::default(),
            rng: ChaCha20Rng::from_seed([person as u8 * 10 + number; 32]),
            chain,
            key,
        }
    }

    pub(super) fn account(&self) -> AccountId {
        account_of(self.chain.links.as_slice().first().unwrap())
    }

    fn with_provider<T>(&mut self, work: impl FnOnce(&Provider<'_>, &Own<'_>) -> T) -> T {
        let provider = Provider::new(&self.connection, &self.crypto, &mut self.rng);
        let own = Own {
            chain: &self.chain,
            key: &self.key,
        };
        work(&provider, &own)
    }

    pub(super) fn with_group<T>(
        &mut self,
        work: impl FnOnce(&Provider<'_>, &Own<'_>, &mut MlsGroup) -> T,
    ) -> T {
        self.with_provider(|provider, own| {
            let mut group = group::load(provider, &LOG).unwrap().unwrap();
            work(provider, own, &mut group)
        })
    }

    /// Starts a group with any extensions.
    pub(super) fn found(&mut self, extensions: Extensions<GroupContext>) {
        self.with_provider(|provider, own| {
            let config = MlsGroupCreateConfig::builder()
                .ciphersuite(SUITE)
                .capabilities(capabilities())
                .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
                .use_ratchet_tree_extension(true)
                .with_group_context_extensions(extensions)
                .build();
            let id = openmls::prelude::GroupId::from_slice(LOG.as_bytes());
            let credential = leaf::credential(own.chain, own.key);
            MlsGroup::new_with_group_id(provider, &LeafSigner(own.key), &config, id, credential).unwrap()
        });
    }

    /// A KeyPackage of this device, as its home hands it out.
    pub(super) fn key_package_of(&mut self, now_ms: u64, last_resort: bool) -> Vec<u8> {
        self.with_provider(|provider, own| group::key_package(provider, own, last_resort, now_ms).unwrap())
    }

    pub(super) fn takes_key_package(&mut self, bytes: &[u8], now_ms: u64) -> bool {
        self.with_provider(|provider, _| group::verify_key_package(provider, bytes, now_ms).is_ok())
    }

    fn key_package(&mut self) -> openmls::prelude::KeyPackage {
        let bytes = self.key_package_of(0, false);
        self.with_provider(|provider, _| group::verify_key_package(provider, &bytes, 0).unwrap().0)
    }

    /// Commits removals and additions, whoever they are. The commit stays pending.
    pub(super) fn commit(&mut self, remove: &[LeafNodeIndex], add: &mut [&mut Self]) -> OwnCommit {
        let add = add.iter_mut().map(|device| device.key_package()).collect();
        self.with_group(|provider, own, group| group::commit(provider, own, group, remove, add).unwrap())
    }

    pub(super) fn merge_own(&mut self) {
        self.with_group(|provider, _, group| group::merge_own(provider, group).unwrap());
    }

    /// Joins by a Welcome that `inviter` is said to have sent.
    pub(super) fn join(&mut self, welcome: &[u8], inviter: &Self) -> Result<(), PolicyError> {
        let (inviter, own_account) = (inviter.account(), self.account());
        // As in the machine: what was refused is rolled back.
        self.connection.execute_batch("SAVEPOINT join_welcome").unwrap();
        let joined = self.with_provider(|provider, _| {
            match group::open_welcome(provider, welcome, &inviter, &own_account) {
                Ok(opened) => {
                    group::join(provider, opened).unwrap();
                    Ok(())
                }
                Err(GroupError::Policy(error)) => Err(error),
                Err(other) => panic!("not judged by the policy: {other}"),
            }
        });
        if joined.is_err() {
            self.connection.execute_batch("ROLLBACK TO join_welcome").unwrap();
        }
        self.connection.execute_batch("RELEASE join_welcome").unwrap();
        joined
    }

    /// Receives a commit and judges it.
    pub(super) fn receive(&mut self, commit: &[u8]) -> Result<(), PolicyError> {
        self.with_group(
            |provider, _, group| match group::receive(provider, group, commit) {
                Ok(Received::Commit(staged)) => {
                    group::merge(provider, group, *staged).unwrap();
                    Ok(())
                }
                Ok(_) => panic!("not a commit"),
                Err(GroupError::Policy(error)) => Err(error),
                Err(other) => panic!("not judged by the policy: {other}"),
            },
        )
    }

    /// Commits an update of the own leaf to another chain and key.
    pub(super) fn become_other(&mut self, chain: &DeviceChain, key: &SigningKey) -> Vec<u8> {
        self.with_group(|provider, own, group| {
            let new_signer = NewSignerBundle {
                signer: &LeafSigner(key),
                credential_with_key: leaf::credential(chain, key),
            };
            group
                .self_update_with_new_signer(
                    provider,
                    &LeafSigner(own.key),
                    new_signer,
                    LeafNodeParameters::default(),
                )
                .unwrap()
                .into_commit()
                .tls_serialize_detached()
                .unwrap()
        })
    }

    /// Commits a change of what kind of conversation it is.
    pub(super) fn change_policy(&mut self, policy: &Policy) -> Vec<u8> {
        let kinds = [ExtensionType::Unknown(POLICY_EXTENSION)];
        let required = RequiredCapabilitiesExtension::new(&kinds, &[], &[]);
        let required = Extension::RequiredCapabilities(required);
        let extensions = Extensions::from_vec(vec![required, policy.extension()]).unwrap();
        self.with_group(|provider, own, group| {
            let (commit, _, _) = group
                .update_group_context_extensions(provider, extensions, &LeafSigner(own.key))
                .unwrap();
            commit.tls_serialize_detached().unwrap()
        })
    }

    pub(super) fn propose_update(&mut self) -> Vec<u8> {
        self.with_group(|provider, own, group| {
            let (proposal, _) = group
                .propose_self_update(provider, &LeafSigner(own.key), LeafNodeParameters::default())
                .unwrap();
            proposal.tls_serialize_detached().unwrap()
        })
    }

    /// Takes a proposal in and commits it.
    pub(super) fn commit_proposal(&mut self, proposal: &[u8]) -> Vec<u8> {
        self.with_group(|provider, own, group| {
            let message = MlsMessageIn::tls_deserialize_exact(proposal)
                .unwrap()
                .try_into_protocol_message()
                .unwrap();
            let processed = group.process_message(provider, message).unwrap();
            let ProcessedMessageContent::ProposalMessage(proposal) = processed.into_content() else {
                panic!("not a proposal");
            };
            group
                .store_pending_proposal(provider.storage(), *proposal)
                .unwrap();
            let (commit, _, _) = group
                .commit_to_pending_proposals(provider, &LeafSigner(own.key))
                .unwrap();
            commit.tls_serialize_detached().unwrap()
        })
    }
}
