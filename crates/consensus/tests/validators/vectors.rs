//! The frozen vectors of `proto`: made by the real engine, and still accepted by it.
//!
//! `cargo test -p xchat-consensus --test validators make_vectors -- --ignored` writes them anew. That is a change of
//! the protocol.

use std::path::PathBuf;

use commonware_codec::{Copying, Decode as _, DecodeExt as _, Encode as _};
use commonware_consensus::simplex::scheme::ed25519::Scheme;
use commonware_consensus::simplex::types::{Finalization, Finalize, Notarization, Notarize, Proposal};
use commonware_consensus::types::{Epoch, Round, View};
use commonware_cryptography::Signer as _;
use commonware_cryptography::blake3::Digest;
use commonware_cryptography::ed25519::{PrivateKey, PublicKey};
use commonware_parallel::Sequential;
use commonware_utils::iter::NonEmpty;
use commonware_utils::ordered::Set;
use data_encoding::HEXLOWER;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use serde_json::{Value, json};
use xchat_consensus::Consensus;
use xchat_proto::certificate::{quorum, vote_namespace};
use xchat_proto::codec::{self, Bounded};
use xchat_proto::ids::NetworkId;
use xchat_proto::keys;

use crate::eye::alone;
use crate::testing::{NOON_MS, name, registration};
use crate::watch::Watch;

const NETWORK: NetworkId = NetworkId([0x4e; 32]);
const PAYLOAD: [u8; 32] = [0xda; 32];
/// Number of validators, how many sign, view, parent view.
const CASES: [(u8, usize, u64, u64); 6] = [
    (1, 1, 1, 0),
    (4, 3, 7, 5),
    (4, 4, 300, 299),
    (7, 5, 70_000, 69_998),
    (9, 7, 2, 1),
    (64, 43, u64::MAX, 127),
];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../proto/tests/vectors")
}

fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

fn unhex(value: &Value) -> Vec<u8> {
    HEXLOWER.decode(value.as_str().unwrap().as_bytes()).unwrap()
}

fn namespace(validators: &Set<PublicKey>) -> Vec<u8> {
    let keys = validators
        .iter()
        .map(|key| keys::PublicKey(key.as_ref().try_into().unwrap()));
    vote_namespace(&NETWORK, &Bounded::new(keys.collect()).unwrap())
}

fn schemes(count: u8) -> (Set<PublicKey>, Vec<Scheme>) {
    let private = |seed: u8| PrivateKey::decode(Copying(&[seed; 32])).unwrap();
    let keys: Vec<PrivateKey> = (1..=count).map(private).collect();
    let validators = Set::from_iter_dedup(keys.iter().map(PrivateKey::public_key));
    let namespace = namespace(&validators);
    let schemes = keys
        .into_iter()
        .map(|key| Scheme::signer(&namespace, validators.clone(), key).unwrap());
    (validators.clone(), schemes.collect())
}

fn made_certificates() -> Value {
    let cases = CASES.iter().map(|&(count, signers, view, parent)| {
        let (validators, schemes) = schemes(count);
        let proposal = Proposal::new(
            Round::new(Epoch::zero(), View::new(view)),
            View::new(parent),
            Digest(PAYLOAD),
        );
        // The last ones sign, so that the bitmap has holes.
        let signing = &schemes[schemes.len() - signers..];
        let finalizes: Vec<_> = signing
            .iter()
            .map(|scheme| Finalize::sign(scheme, proposal.clone()).unwrap())
            .collect();
        let finalizes = NonEmpty::try_new(finalizes.iter()).unwrap();
        let finalization = Finalization::from_finalizes(&schemes[0], finalizes, &Sequential).unwrap();
        let notarizes: Vec<_> = signing
            .iter()
            .map(|scheme| Notarize::sign(scheme, proposal.clone()).unwrap())
            .collect();
        let notarizes = NonEmpty::try_new(notarizes.iter()).unwrap();
        let notarization = Notarization::from_notarizes(&schemes[0], notarizes, &Sequential).unwrap();
        assert!(signers >= quorum(usize::from(count)));
        json!({
            "network": hex(&NETWORK.0),
            "validators": validators.iter().map(|key| hex(key.as_ref())).collect::<Vec<_>>(),
            "payload": hex(&PAYLOAD),
            "finalization": hex(&finalization.encode()),
            "notarization": hex(&notarization.encode()),
        })
    });
    Value::Array(cases.collect())
}

async fn made_name_proofs() -> Value {
    let folder = tempfile::tempdir().unwrap();
    let watch = Watch::at(NOON_MS);
    let node = Consensus::spawn(alone(folder.path(), watch.clock())).unwrap();
    for (owner, text) in ["alice", "bob", "carol", "dave"].into_iter().enumerate() {
        let owner = u8::try_from(owner * 2 + 1).unwrap();
        node.submit(registration(node.genesis().id(), text, owner))
            .await
            .unwrap();
    }
    let proofs = ["alice", "bob", "nobody", "somebody_else"].map(|text| {
        let proof = node.proof(&name(text)).unwrap();
        json!({ "name": text, "proof": hex(&codec::encode(&proof)) })
    });
    let made = json!({
        "genesis": hex(&codec::encode(node.genesis())),
        "now_ms": watch.now_ms(),
        "proofs": proofs,
    });
    node.shutdown().await;
    made
}

fn write(file: &str, value: &Value) {
    let text = format!("{}\n", serde_json::to_string_pretty(value).unwrap());
    std::fs::create_dir_all(folder()).unwrap();
    std::fs::write(folder().join(file), text).unwrap();
}

fn frozen(file: &str) -> Value {
    serde_json::from_slice(&std::fs::read(folder().join(file)).unwrap()).unwrap()
}

#[ignore = "changes the protocol's frozen vectors"]
#[tokio::test]
async fn make_vectors() {
    write("certificates.json", &made_certificates());
    write("name_proofs.json", &made_name_proofs().await);
}

#[test]
fn the_engine_still_writes_the_frozen_certificates() {
    assert_eq!(made_certificates(), frozen("certificates.json"));
}

#[test]
fn the_engine_still_accepts_the_frozen_certificates() {
    for (case, (count, ..)) in frozen("certificates.json").as_array().unwrap().iter().zip(CASES) {
        let (validators, _) = schemes(count);
        let verifier = Scheme::verifier(&namespace(&validators), validators);
        let bytes = unhex(&case["finalization"]);
        let found = Finalization::<Scheme, Digest>::decode_cfg(Copying(&bytes), &usize::from(count)).unwrap();
        assert!(found.verify(&mut ChaCha20Rng::from_seed([1; 32]), &verifier, &Sequential));
    }
}
