//! OpenMLS without us: two members, its own store in memory, the suite of our groups.

use anyhow::Context as _;
use openmls::prelude::tls_codec::{Deserialize as _, Serialize as _};
use openmls::prelude::{
    BasicCredential, Capabilities, CredentialWithKey, KeyPackage, MlsGroup, MlsGroupCreateConfig,
    MlsGroupJoinConfig, MlsMessageBodyIn, MlsMessageIn, MlsMessageOut, PURE_CIPHERTEXT_WIRE_FORMAT_POLICY,
    ProcessedMessageContent, SignatureScheme, StagedWelcome,
};
use openmls_rust_crypto::OpenMlsRustCrypto;
use openmls_traits::signatures::{Signer, SignerError};
use xchat_core::leaf::SUITE;
use xchat_proto::keys::SigningKey;

use crate::clock::Stopwatch;
use crate::sample::Sample;

/// Bytes of a short message.
const TEXT: [u8; 256] = [0x61; 256];

struct LeafSigner(SigningKey);

impl Signer for LeafSigner {
    fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok(self.0.sign(payload).0.to_vec())
    }

    fn signature_scheme(&self) -> SignatureScheme {
        SignatureScheme::ED25519
    }
}

struct Member {
    provider: OpenMlsRustCrypto,
    signer: LeafSigner,
    credential: CredentialWithKey,
}

impl Member {
    fn new(name: &[u8], seed: [u8; 32]) -> Self {
        let signer = LeafSigner(SigningKey::from_seed(&seed));
        Self {
            provider: OpenMlsRustCrypto::default(),
            credential: CredentialWithKey {
                credential: BasicCredential::new(name.to_vec()).into(),
                signature_key: signer.0.public().0.to_vec().into(),
            },
            signer,
        }
    }
}

fn capabilities() -> Capabilities {
    Capabilities::new(None, Some(&[SUITE]), None, None, None)
}

/// What encrypting and what decrypting a message takes.
pub(crate) struct Costs {
    pub(crate) encrypt: Sample,
    pub(crate) decrypt: Sample,
}

fn groups(alice: &Member, bob: &Member) -> anyhow::Result<(MlsGroup, MlsGroup)> {
    let key_package = KeyPackage::builder()
        .leaf_node_capabilities(capabilities())
        .build(SUITE, &bob.provider, &bob.signer, bob.credential.clone())?;
    let config = MlsGroupCreateConfig::builder()
        .ciphersuite(SUITE)
        .capabilities(capabilities())
        .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
        .use_ratchet_tree_extension(true)
        .build();
    let credential = alice.credential.clone();
    let mut at_alice = MlsGroup::new(&alice.provider, &alice.signer, &config, credential)?;
    let (_, welcome, _) = at_alice.add_members(
        &alice.provider,
        &alice.signer,
        &[key_package.key_package().clone()],
    )?;
    at_alice.merge_pending_commit(&alice.provider)?;
    let MlsMessageBodyIn::Welcome(welcome) = message_in(&welcome)?.extract() else {
        anyhow::bail!("not a Welcome");
    };
    let config = MlsGroupJoinConfig::builder()
        .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
        .use_ratchet_tree_extension(true)
        .build();
    let at_bob = StagedWelcome::new_from_welcome(&bob.provider, &config, welcome, None)?;
    Ok((at_alice, at_bob.into_group(&bob.provider)?))
}

fn message_in(message: &MlsMessageOut) -> anyhow::Result<MlsMessageIn> {
    let bytes = message.tls_serialize_detached()?;
    Ok(MlsMessageIn::tls_deserialize_exact(&bytes)?)
}

/// Encrypts and decrypts `count` messages of 256 bytes.
pub(crate) fn costs(count: usize) -> anyhow::Result<Costs> {
    let (alice, bob) = (Member::new(b"alice", [1; 32]), Member::new(b"bob", [2; 32]));
    let (mut at_alice, mut at_bob) = groups(&alice, &bob)?;
    let mut costs = Costs {
        encrypt: Sample::default(),
        decrypt: Sample::default(),
    };
    for _ in 0..count {
        let watch = Stopwatch::start();
        let sent = at_alice.create_message(&alice.provider, &alice.signer, &TEXT)?;
        let bytes = sent.tls_serialize_detached()?;
        costs.encrypt.add(watch.elapsed());

        let watch = Stopwatch::start();
        let message = MlsMessageIn::tls_deserialize_exact(&bytes)?.try_into_protocol_message()?;
        let processed = at_bob.process_message(&bob.provider, message)?;
        costs.decrypt.add(watch.elapsed());
        let ProcessedMessageContent::ApplicationMessage(text) = processed.into_content() else {
            anyhow::bail!("not an application message");
        };
        let is_same = text.into_bytes() == TEXT;
        is_same
            .then_some(())
            .context("the message has changed on the way")?;
    }
    Ok(costs)
}
