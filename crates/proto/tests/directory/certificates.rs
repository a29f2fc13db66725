//! Certificates that the real engine made, and every way to spoil them.

use data_encoding::HEXLOWER;
use serde_json::Value;
use xchat_proto::certificate::{Certificate, CertificateError, Proposal, quorum};
use xchat_proto::codec::Bounded;
use xchat_proto::genesis::Validators;
use xchat_proto::ids::{Hash, NetworkId};
use xchat_proto::keys::{PublicKey, Signature, SigningKey};

use crate::chain::{key, set};

fn unhex(value: &Value) -> Vec<u8> {
    HEXLOWER.decode(value.as_str().unwrap().as_bytes()).unwrap()
}

fn hash(value: &Value) -> [u8; 32] {
    unhex(value).try_into().unwrap()
}

/// Number of validators, how many sign, view, parent view of each case.
const CASES: [(u8, usize, u64, u64); 6] = [
    (1, 1, 1, 0),
    (4, 3, 7, 5),
    (4, 4, 300, 299),
    (7, 5, 70_000, 69_998),
    (9, 7, 2, 1),
    (64, 43, u64::MAX, 127),
];

struct Case {
    network: NetworkId,
    validators: Validators,
    payload: Hash,
    finalization: Vec<u8>,
    notarization: Vec<u8>,
}

fn cases() -> Vec<Case> {
    let cases: Value = serde_json::from_str(include_str!("../vectors/certificates.json")).unwrap();
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
        (0, 1),
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

/// The votes of these seeds among a set, for a proposal in a network.
fn votes(
    proposal: &Proposal,
    network: NetworkId,
    validators: &Validators,
    by: &[u8],
) -> Vec<(usize, Signature)> {
    let place = |key: &SigningKey| validators.as_slice().binary_search(&key.public()).unwrap();
    let vote = |seed: &u8| {
        (
            place(&key(*seed)),
            proposal.vote(&network, validators, &key(*seed)),
        )
    };
    let mut votes: Vec<_> = by.iter().map(vote).collect();
    votes.sort_by_key(|(place, _)| *place);
    votes
}

const NETWORK: NetworkId = NetworkId([1; 32]);
const PROPOSAL: Proposal = Proposal {
    epoch: 3,
    view: 130,
    parent: 129,
    payload: Hash([2; 32]),
};

#[test]
fn crt_08_a_vote_counts_in_the_set_in_which_it_was_cast() {
    let (small, large) = (set(&[1, 2, 3, 4]), set(&[1, 2, 3, 4, 5, 6, 7]));
    for (cast_in, counted_in) in [(&large, &small), (&small, &large)] {
        let by = votes(&PROPOSAL, NETWORK, cast_in, &[1, 2, 3]);
        let moved: Vec<_> = by
            .into_iter()
            .map(|(place, vote)| {
                let key = cast_in.as_slice()[place];
                (counted_in.as_slice().binary_search(&key).unwrap(), vote)
            })
            .collect();
        let certificate = Certificate::from_votes(&PROPOSAL, counted_in.as_slice().len(), &moved).unwrap();
        let verified = certificate.verify(&NETWORK, counted_in, &PROPOSAL.payload);
        assert!(verified.is_err(), "{verified:?}");
    }
    // Of the same size, too, with a quorum of people who are in both.
    let other = set(&[1, 2, 3, 9]);
    let by = votes(&PROPOSAL, NETWORK, &other, &[1, 2, 3]);
    let certificate = Certificate::from_votes(&PROPOSAL, 4, &by).unwrap();
    assert_eq!(certificate.verify(&NETWORK, &other, &PROPOSAL.payload), Ok(()));
    assert!(matches!(
        certificate.verify(&NETWORK, &small, &PROPOSAL.payload),
        Err(CertificateError::BadSignature(_))
    ));
}

#[test]
fn crt_09_a_certificate_has_one_encoding_and_nobody_is_no_quorum() {
    let validators = set(&[1]);
    let by = votes(&PROPOSAL, NETWORK, &validators, &[1]);
    let bytes = Certificate::from_votes(&PROPOSAL, 1, &by)
        .unwrap()
        .as_slice()
        .to_vec();
    // The number of signatures stands before the last 64 bytes.
    let at = bytes.len() - 65;
    assert_eq!(bytes[at], 1);
    let longer = [&bytes[..at], &[0x81, 0], &bytes[at + 1..]].concat();
    let longer = Certificate::new(longer).unwrap();
    assert_eq!(
        longer.verify(&NETWORK, &validators, &PROPOSAL.payload),
        Err(CertificateError::Malformed)
    );

    let nobody = Certificate::from_votes(&PROPOSAL, 0, &[]).unwrap();
    assert_eq!(
        nobody.verify(&NETWORK, &Validators::default(), &PROPOSAL.payload),
        Err(CertificateError::TooFewSigners { found: 0, needed: 1 })
    );
}

#[test]
fn crt_10_votes_make_the_engines_certificates() {
    for (case, (count, signers, view, parent)) in cases().into_iter().zip(CASES) {
        let seeds: Vec<u8> = (1..=count).collect();
        assert_eq!(set(&seeds), case.validators);
        let proposal = Proposal {
            epoch: 0,
            view,
            parent,
            payload: case.payload,
        };
        let by = votes(
            &proposal,
            case.network,
            &case.validators,
            &seeds[seeds.len() - signers..],
        );
        let certificate = Certificate::from_votes(&proposal, seeds.len(), &by).unwrap();
        assert_eq!(certificate.as_slice(), case.finalization);
        assert_eq!(certificate.epoch(), Ok(0));
        let places: Vec<usize> = by.iter().map(|(place, _)| *place).collect();
        assert_eq!(certificate.signers(seeds.len()), Ok(places));
    }
    let vote = Signature([0; 64]);
    for places in [[1, 1], [2, 1], [0, 4]] {
        let votes = places.map(|place| (place, vote));
        let made = Certificate::from_votes(&PROPOSAL, 4, &votes);
        assert_eq!(made, Err(CertificateError::Malformed), "{places:?} of four");
    }
    let votes: Vec<_> = (0..65).map(|place| (place, vote)).collect();
    let made = Certificate::from_votes(&PROPOSAL, 1_000, &votes);
    assert_eq!(
        made,
        Err(CertificateError::Malformed),
        "more than any network has"
    );
    assert_eq!(
        Certificate::new(Vec::new()).unwrap().epoch(),
        Err(CertificateError::Malformed)
    );
}
