//! A device with a database of its own. It holds no group between two transactions.

use std::collections::BTreeMap;

use ed25519_dalek::{Signer as _, SigningKey};
use openmls::prelude::{
    BasicCredential, Capabilities, Ciphersuite, CredentialWithKey, ExtensionType, Extensions, GroupContext,
    GroupId, KeyPackage, MlsGroup, MlsGroupCreateConfig, MlsGroupJoinConfig, MlsMessageBodyIn, MlsMessageIn,
    MlsMessageOut, PURE_CIPHERTEXT_WIRE_FORMAT_POLICY, ProcessMessageError, ProcessedMessageContent,
    ProtocolMessage, SenderRatchetConfiguration, SignatureScheme, StagedWelcome, tls_codec::Deserialize as _,
};
use openmls_rust_crypto::RustCrypto;
use openmls_traits::{
    OpenMlsProvider,
    signatures::{Signer, SignerError},
};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use rusqlite::Connection;
use xchat_core::{
    mls_store::{MlsStoreError, SCHEMA},
    provider::Provider,
};

const SUITE: Ciphersuite = Ciphersuite::MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519;

pub(crate) struct Device {
    connection: Connection,
    crypto: RustCrypto,
    rng: ChaCha20Rng,
    signer: DeviceSigner,
}

pub(crate) struct DeviceSigner {
    key: SigningKey,
    name: String,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Received {
    Message(Vec<u8>),
    Proposal,
    Commit,
}

impl Signer for DeviceSigner {
    fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok(self.key.sign(payload).to_bytes().to_vec())
    }

    fn signature_scheme(&self) -> SignatureScheme {
        SignatureScheme::ED25519
    }
}

impl DeviceSigner {
    fn credential(&self) -> CredentialWithKey {
        CredentialWithKey {
            credential: BasicCredential::new(self.name.as_bytes().to_vec()).into(),
            signature_key: self.key.verifying_key().as_bytes().as_slice().into(),
        }
    }
}

impl Device {
    pub(crate) fn new(name: &str, seed: u8) -> Self {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(SCHEMA).unwrap();
        Self {
            connection,
            crypto: RustCrypto::default(),
            rng: ChaCha20Rng::from_seed([seed; 32]),
            signer: DeviceSigner {
                key: SigningKey::from_bytes(&[seed; 32]),
                name: name.to_owned(),
            },
        }
    }

    /// Runs `step` in a transaction and commits it.
    pub(crate) fn transact<T>(&mut self, step: impl FnOnce(&Provider<'_>, &DeviceSigner) -> T) -> T {
        let transaction = self.connection.transaction().unwrap();
        let result = step(
            &Provider::new(&transaction, &self.crypto, &mut self.rng),
            &self.signer,
        );
        transaction.commit().unwrap();
        result
    }

    /// Runs `step` in a transaction that is lost, as in a crash.
    pub(crate) fn roll_back<T>(&mut self, step: impl FnOnce(&Provider<'_>, &DeviceSigner) -> T) -> T {
        let transaction = self.connection.transaction().unwrap();
        let result = step(
            &Provider::new(&transaction, &self.crypto, &mut self.rng),
            &self.signer,
        );
        drop(transaction);
        result
    }

    pub(crate) fn create(&mut self, group: &str) {
        self.create_with(group, Extensions::default());
    }

    pub(crate) fn create_with(&mut self, group: &str, extensions: Extensions<GroupContext>) {
        let config = MlsGroupCreateConfig::builder()
            .ciphersuite(SUITE)
            .capabilities(capabilities())
            .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
            .use_ratchet_tree_extension(true)
            .with_group_context_extensions(extensions)
            .build();
        self.transact(|provider, signer| {
            MlsGroup::new_with_group_id(provider, signer, &config, group_id(group), signer.credential())
                .unwrap();
        });
    }

    pub(crate) fn key_package(&mut self) -> KeyPackage {
        self.transact(|provider, signer| {
            KeyPackage::builder()
                .leaf_node_capabilities(capabilities())
                .build(SUITE, provider, signer, signer.credential())
                .unwrap()
                .into_key_package()
        })
    }

    /// Adds members; gives the commit and the Welcome.
    pub(crate) fn add(&mut self, group: &str, key_packages: &[KeyPackage]) -> (Vec<u8>, Vec<u8>) {
        let messages = self.transact(|provider, signer| {
            let (commit, welcome, _) = load(provider, group)
                .add_members(provider, signer, key_packages)
                .unwrap();
            (commit.to_bytes().unwrap(), welcome.to_bytes().unwrap())
        });
        self.merge_pending(group);
        messages
    }

    /// Stages a commit in one transaction, and merges it in another.
    pub(crate) fn commit(
        &mut self,
        group: &str,
        stage: impl FnOnce(&mut MlsGroup, &Provider<'_>, &DeviceSigner) -> MlsMessageOut,
    ) -> Vec<u8> {
        let commit = self.transact(|provider, signer| {
            stage(&mut load(provider, group), provider, signer)
                .to_bytes()
                .unwrap()
        });
        self.merge_pending(group);
        commit
    }

    fn merge_pending(&mut self, group: &str) {
        let epoch = self.epoch(group);
        self.transact(|provider, _| load(provider, group).merge_pending_commit(provider).unwrap());
        assert_eq!(self.epoch(group), epoch + 1);
    }

    pub(crate) fn send(&mut self, group: &str, text: &[u8]) -> Vec<u8> {
        self.transact(|provider, signer| {
            load(provider, group)
                .create_message(provider, signer, text)
                .unwrap()
                .to_bytes()
                .unwrap()
        })
    }

    pub(crate) fn receive(&mut self, group: &str, message: &[u8]) -> Received {
        self.try_receive(group, message).unwrap()
    }

    /// As `receive`; a failure rolls back.
    pub(crate) fn try_receive(
        &mut self,
        group: &str,
        message: &[u8],
    ) -> Result<Received, ProcessMessageError<MlsStoreError>> {
        let transaction = self.connection.transaction().unwrap();
        let received = process(
            &Provider::new(&transaction, &self.crypto, &mut self.rng),
            group,
            message,
        )?;
        transaction.commit().unwrap();
        Ok(received)
    }

    /// From now on this device takes a sender's messages only one after the other.
    pub(crate) fn accept_no_gaps(&mut self, group: &str) {
        let config = MlsGroupJoinConfig::builder()
            .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
            .sender_ratchet_configuration(SenderRatchetConfiguration::new(0, 0))
            .build();
        self.transact(|provider, _| {
            load(provider, group)
                .set_configuration(provider.storage(), &config)
                .unwrap();
        });
    }

    pub(crate) fn epoch(&mut self, group: &str) -> u64 {
        self.transact(|provider, _| load(provider, group).epoch().as_u64())
    }

    pub(crate) fn rows(&self) -> BTreeMap<Vec<u8>, Vec<u8>> {
        let mut statement = self.connection.prepare("SELECT key, value FROM mls_kv").unwrap();
        statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap()
    }

    pub(crate) fn rows_labelled(&self, label: u8) -> usize {
        self.rows()
            .keys()
            .filter(|key| key.first() == Some(&label))
            .count()
    }
}

pub(crate) fn group_of_two(group: &str) -> [Device; 2] {
    let mut alice = Device::new("alice", 1);
    let mut bob = Device::new("bob", 2);
    alice.create(group);
    let (_, welcome) = alice.add(group, &[bob.key_package()]);
    bob.transact(|provider, _| join(provider, &welcome));
    [alice, bob]
}

pub(crate) fn group_of_three(group: &str) -> [Device; 3] {
    let [mut alice, mut bob] = group_of_two(group);
    let mut carol = Device::new("carol", 3);
    let (commit, welcome) = alice.add(group, &[carol.key_package()]);
    assert_eq!(bob.receive(group, &commit), Received::Commit);
    carol.transact(|provider, _| join(provider, &welcome));
    [alice, bob, carol]
}

pub(crate) fn group_id(name: &str) -> GroupId {
    GroupId::from_slice(name.as_bytes())
}

pub(crate) fn load(provider: &Provider<'_>, group: &str) -> MlsGroup {
    MlsGroup::load(provider.storage(), &group_id(group))
        .unwrap()
        .unwrap()
}

pub(crate) fn join(provider: &Provider<'_>, welcome: &[u8]) {
    let config = MlsGroupJoinConfig::builder()
        .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
        .build();
    let MlsMessageBodyIn::Welcome(welcome) = MlsMessageIn::tls_deserialize_exact(welcome).unwrap().extract()
    else {
        panic!("not a Welcome");
    };
    StagedWelcome::new_from_welcome(provider, &config, welcome, None)
        .unwrap()
        .into_group(provider)
        .unwrap();
}

pub(crate) fn process(
    provider: &Provider<'_>,
    group: &str,
    message: &[u8],
) -> Result<Received, ProcessMessageError<MlsStoreError>> {
    let message: ProtocolMessage = MlsMessageIn::tls_deserialize_exact(message)
        .unwrap()
        .try_into_protocol_message()
        .unwrap();
    let mut group = load(provider, group);
    Ok(match group.process_message(provider, message)?.into_content() {
        ProcessedMessageContent::ApplicationMessage(message) => Received::Message(message.into_bytes()),
        ProcessedMessageContent::ProposalMessage(proposal) => {
            group
                .store_pending_proposal(provider.storage(), *proposal)
                .unwrap();
            Received::Proposal
        }
        ProcessedMessageContent::StagedCommitMessage(commit) => {
            group.merge_staged_commit(provider, *commit).unwrap();
            Received::Commit
        }
        _ => panic!("neither message, proposal nor commit"),
    })
}

fn capabilities() -> Capabilities {
    let extensions = [ExtensionType::Unknown(0xf0aa), ExtensionType::Unknown(0xf0ab)];
    Capabilities::new(None, Some(&[SUITE]), Some(&extensions), None, None)
}
