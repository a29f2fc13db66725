//! Certificates and proofs that the real engine and a real network made, and every way to spoil them.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use data_encoding::HEXLOWER;
use serde_json::Value;
use xchat_proto::certificate::{Certificate, CertificateError, quorum};
use xchat_proto::codec::{self, Blob, Bounded};
use xchat_proto::genesis::{Genesis, Validators};
use xchat_proto::ids::{Hash, NetworkId};
use xchat_proto::keys::PublicKey;
use xchat_proto::limits::{CLOCK_AHEAD_MS_MAX, FRESHNESS_MS_MAX, NAME_PROOF_BYTES_MAX};
use xchat_proto::map_proof::{MapProof, MapProofError};
use xchat_proto::name::Name;
use xchat_proto::name_proof::{Freshness, NameProof, NameProofError};

fn unhex(value: &Value) -> Vec<u8> {
    HEXLOWER.decode(value.as_str().unwrap().as_bytes()).unwrap()
}

fn hash(value: &Value) -> [u8; 32] {
    unhex(value).try_into().unwrap()
}

struct Case {
    network: NetworkId,
    validators: Validators,
    payload: Hash,
    finalization: Vec<u8>,
    notarization: Vec<u8>,
}

fn cases() -> Vec<Case> {
    let cases: Value = serde_json::from_str(include_str!("vectors/certificates.json")).unwrap();
    let case = |case: &Value| {
        let keys = case["validators"]
            .as_array()
            .unwrap()
            .iter()
            .map(|key| PublicKey(hash(key)));
        Case {
            network: NetworkId(hash(&case["network"])),
            validators: Bounded::new(keys.collect()).unwrap(),
            payload: Hash(hash(&case["payload"])),
            finalization: unhex(&case["finalization"]),
            notarization: unhex(&case["notarization"]),
        }
    };
    cases.as_array().unwrap().iter().map(case).collect()
}

/// A case whose certificate is a quorum of four validators, one of them missing.
fn three_of_four() -> Case {
    cases()
        .into_iter()
        .find(|case| case.validators.as_slice().len() == 4)
        .unwrap()
}

impl Case {
    fn verify(&self, bytes: &[u8]) -> Result<(), CertificateError> {
        let certificate = Certificate::new(bytes.to_vec()).unwrap();
        certificate.verify(&self.network, &self.validators, &self.payload)
    }

    /// Where the bitmap of the signers stands: after three numbers, the payload and the count.
    fn bitmap_at(&self) -> usize {
        let payload = self.payload.as_bytes();
        let at = self
            .finalization
            .windows(32)
            .position(|window| window == payload)
            .unwrap();
        at + 32 + 8
    }
}

#[test]
fn crt_01_certificates_of_the_real_engine_are_accepted() {
    let cases = cases();
    assert_eq!(cases.len(), 6);
    for case in cases {
        assert_eq!(case.verify(&case.finalization), Ok(()));
    }
}

#[test]
fn crt_02_a_certificate_is_for_one_header_of_one_network() {
    for case in cases() {
        let other = Case {
            payload: Hash([1; 32]),
            ..case
        };
        assert_eq!(
            other.verify(&other.finalization),
            Err(CertificateError::OtherHeader)
        );
        let other = Case {
            network: NetworkId([1; 32]),
            payload: case.payload,
            ..other
        };
        assert!(matches!(
            other.verify(&other.finalization),
            Err(CertificateError::BadSignature(_))
        ));
    }
}

#[test]
fn crt_03_a_vote_for_anything_but_finality_does_not_count() {
    for case in cases() {
        assert_eq!(
            case.notarization.len(),
            case.finalization.len(),
            "only the suffix of the namespace differs"
        );
        assert!(matches!(
            case.verify(&case.notarization),
            Err(CertificateError::BadSignature(_))
        ));
    }
}

#[test]
fn crt_04_fewer_than_a_quorum_are_refused() {
    let sizes = [
        (1, 1),
        (2, 2),
        (3, 3),
        (4, 3),
        (5, 4),
        (6, 5),
        (7, 5),
        (10, 7),
        (64, 43),
    ];
    assert!(
        sizes
            .iter()
            .all(|&(validators, needed)| quorum(validators) == needed)
    );

    let case = three_of_four();
    let at = case.bitmap_at();
    let mut bytes = case.finalization.clone();
    assert_eq!(bytes[at..at + 2], [0b1101, 3]);
    // Drop the last signer with its signature.
    bytes[at] = 0b0101;
    bytes[at + 1] = 2;
    bytes.truncate(bytes.len() - 64);
    assert_eq!(
        case.verify(&bytes),
        Err(CertificateError::TooFewSigners { found: 2, needed: 3 })
    );
}

#[test]
fn crt_05_a_signature_counts_for_its_own_signer() {
    let case = three_of_four();
    let at = case.bitmap_at();
    let mut bytes = case.finalization.clone();
    bytes[at] = 0b1110;
    assert_eq!(
        case.verify(&bytes),
        Err(CertificateError::BadSignature(1)),
        "signer 0 said to be signer 1"
    );
    // One signer's signature in the place of another's.
    let mut bytes = case.finalization.clone();
    let first = bytes[at + 2..at + 66].to_vec();
    bytes[at + 66..at + 130].copy_from_slice(&first);
    assert_eq!(case.verify(&bytes), Err(CertificateError::BadSignature(2)));
    let mut bytes = case.finalization.clone();
    *bytes.last_mut().unwrap() ^= 1;
    assert_eq!(case.verify(&bytes), Err(CertificateError::BadSignature(3)));
}

#[test]
fn crt_06_the_signers_are_among_the_networks_validators() {
    let case = three_of_four();
    let at = case.bitmap_at();
    let mut bytes = case.finalization.clone();
    bytes[at] = 0b1_0101;
    assert_eq!(
        case.verify(&bytes),
        Err(CertificateError::Malformed),
        "a bit beyond the last validator"
    );
    let mut bytes = case.finalization.clone();
    bytes[at - 1] = 5;
    assert_eq!(
        case.verify(&bytes),
        Err(CertificateError::OtherValidators {
            found: 5,
            expected: 4
        })
    );
    bytes[at - 8] = 0xff;
    assert!(matches!(
        case.verify(&bytes),
        Err(CertificateError::OtherValidators { .. })
    ));
}

#[test]
fn crt_07_no_change_of_a_certificate_passes() {
    let case = three_of_four();
    for at in 0..case.finalization.len() {
        for bit in 0..8 {
            let mut bytes = case.finalization.clone();
            bytes[at] ^= 1 << bit;
            assert!(case.verify(&bytes).is_err(), "byte {at}, bit {bit}");
        }
        assert!(case.verify(&case.finalization[..at]).is_err(), "cut at {at}");
    }
    let longer = [case.finalization.as_slice(), &[0]].concat();
    assert_eq!(case.verify(&longer), Err(CertificateError::Malformed));
}

struct Network {
    genesis: Genesis,
    now_ms: u64,
    proofs: Vec<(Name, NameProof)>,
}

fn network() -> Network {
    let vectors: Value = serde_json::from_str(include_str!("vectors/name_proofs.json")).unwrap();
    let proof = |proof: &Value| {
        let bytes = unhex(&proof["proof"]);
        let decoded: NameProof = codec::decode(&bytes, NAME_PROOF_BYTES_MAX).unwrap();
        assert_eq!(codec::encode(&decoded), bytes);
        (proof["name"].as_str().unwrap().parse().unwrap(), decoded)
    };
    Network {
        genesis: codec::decode(&unhex(&vectors["genesis"]), 8192).unwrap(),
        now_ms: vectors["now_ms"].as_u64().unwrap(),
        proofs: vectors["proofs"].as_array().unwrap().iter().map(proof).collect(),
    }
}

impl Network {
    fn verify(&self, name: &Name, proof: &NameProof) -> Result<Option<Name>, NameProofError> {
        let verified = proof.verify(&self.genesis, name, Freshness::first_contact(self.now_ms, 0))?;
        Ok(verified.record.map(|record| record.record.name))
    }

    /// Alice's proof, and one that the name "nobody" is free.
    fn alice_and_nobody(&self) -> ((Name, NameProof), (Name, NameProof)) {
        (self.proofs[0].clone(), self.proofs[2].clone())
    }
}

#[test]
fn prf_01_names_are_proved_taken_and_free() {
    let network = network();
    let taken: Vec<bool> = network
        .proofs
        .iter()
        .map(|(name, proof)| network.verify(name, proof).unwrap().is_some())
        .collect();
    assert_eq!(taken, [true, true, false, false]);
}

#[test]
fn prf_02_a_proof_is_for_one_name_and_one_value() {
    let network = network();
    let ((alice, taken), (nobody, free)) = network.alice_and_nobody();
    let not_proved = Err(NameProofError::Map(MapProofError::NotProved));
    assert_eq!(network.verify(&nobody, &taken), not_proved);
    assert_eq!(network.verify(&alice, &free), not_proved);
    let hidden = NameProof {
        value: None,
        ..taken.clone()
    };
    assert_eq!(
        network.verify(&alice, &hidden),
        not_proved,
        "a taken name is not shown free"
    );
    let claimed = NameProof {
        value: taken.value.clone(),
        ..free
    };
    assert_eq!(
        network.verify(&nobody, &claimed),
        not_proved,
        "a free name is not shown taken"
    );
    let mut value = taken.value.clone().unwrap().into_vec();
    *value.last_mut().unwrap() ^= 1;
    let changed = NameProof {
        value: Some(Blob::new(value).unwrap()),
        ..taken
    };
    assert_eq!(network.verify(&alice, &changed), not_proved);
}

#[test]
fn prf_03_a_header_is_certified_as_it_is() {
    let network = network();
    let ((alice, proof), _) = network.alice_and_nobody();
    let other = Err(NameProofError::Certificate(CertificateError::OtherHeader));
    let mut forged = proof.clone();
    forged.header.state_root = Hash([1; 32]);
    assert_eq!(network.verify(&alice, &forged), other);
    let mut forged = proof.clone();
    forged.header.time_ms += 1;
    assert_eq!(network.verify(&alice, &forged), other);
    let mut forged = proof;
    forged.header.network = NetworkId([1; 32]);
    assert_eq!(network.verify(&alice, &forged), Err(NameProofError::OtherNetwork));
}

#[test]
fn prf_04_a_reader_of_another_network_believes_nothing() {
    let mut network = network();
    let ((alice, proof), _) = network.alice_and_nobody();
    network.genesis.salt = Hash([9; 32]);
    assert_eq!(network.verify(&alice, &proof), Err(NameProofError::OtherNetwork));
}

#[test]
fn prf_05_old_and_future_proofs_have_errors_of_their_own() {
    let network = network();
    let ((alice, proof), _) = network.alice_and_nobody();
    let time_ms = proof.header.time_ms;
    let at = |now_ms, height_min| {
        proof
            .verify(
                &network.genesis,
                &alice,
                Freshness::first_contact(now_ms, height_min),
            )
            .map(drop)
    };
    assert_eq!(at(time_ms + FRESHNESS_MS_MAX, 0), Ok(()));
    assert_eq!(
        at(time_ms + FRESHNESS_MS_MAX + 1, 0),
        Err(NameProofError::Stale {
            age_ms: FRESHNESS_MS_MAX + 1
        })
    );
    assert_eq!(at(time_ms - CLOCK_AHEAD_MS_MAX, 0), Ok(()));
    let ahead_ms = CLOCK_AHEAD_MS_MAX + 1;
    assert_eq!(
        at(time_ms - ahead_ms, 0),
        Err(NameProofError::ClockOff { ahead_ms })
    );
    let found = proof.header.height;
    assert_eq!(at(time_ms, found), Ok(()));
    assert_eq!(
        at(time_ms, found + 1),
        Err(NameProofError::WentBack {
            found,
            seen: found + 1
        })
    );
}

#[test]
fn prf_06_no_change_of_a_proof_passes() {
    let network = network();
    for (name, proof) in &network.proofs {
        let truth = network.verify(name, proof).unwrap();
        let bytes = codec::encode(proof);
        for at in 0..bytes.len() {
            let mut bytes = bytes.clone();
            bytes[at] ^= 1 << (at % 8);
            let Ok(changed) = codec::decode::<NameProof>(&bytes, NAME_PROOF_BYTES_MAX) else {
                continue;
            };
            // Some bits say only which kind of node a sibling is: they may change, what is proved may not.
            if let Ok(believed) = network.verify(name, &changed) {
                assert_eq!(believed, truth, "byte {at}");
            }
        }
    }
}

#[test]
fn prf_07_a_map_proof_is_bounded() {
    assert!(MapProof::new(vec![0; 4097]).is_err());
    // No leaf, then a list that claims four thousand million siblings.
    let endless = MapProof::new(vec![0, 0xff, 0xff, 0xff, 0xff]).unwrap();
    assert_eq!(
        endless.verify(&Hash([0; 32]), &Hash([1; 32]), None),
        Err(MapProofError::Malformed)
    );
    // 257 empty siblings: deeper than the keys are long.
    let mut deep = vec![0, 1, 1, 0, 0];
    deep.extend([0; 257]);
    let deep = MapProof::new(deep).unwrap();
    assert!(deep.verify(&Hash([0; 32]), &Hash([1; 32]), None).is_err());
}
