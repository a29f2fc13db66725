//! Valid inputs of each target: those that are always the same bytes, and those of MLS, which are not.

use openmls::prelude::tls_codec::Serialize as _;
use openmls::prelude::{
    BasicCredential, Capabilities, CredentialWithKey, KeyPackage, Lifetime, MlsGroup, MlsGroupCreateConfig,
    PURE_CIPHERTEXT_WIRE_FORMAT_POLICY, SignatureScheme,
};
use openmls_rust_crypto::RustCrypto;
use openmls_traits::signatures::{Signer, SignerError};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use xchat_core::content::{
    Content, File, FileKey, Files, Gone, Mark, Media, MediaKind, Part, Pin, Profile, Receipt, Resend,
};
use xchat_core::database;
use xchat_core::leaf::SUITE;
use xchat_core::phrase::Phrase;
use xchat_core::provider::Provider;
use xchat_core::sign::{Ephemeral, Sign};
use xchat_proto::address::Endpoint;
use xchat_proto::certificate::{Certificate, Proposal};
use xchat_proto::codec::{self, Blob, Bounded, Text};
use xchat_proto::genesis::Parameters;
use xchat_proto::header::Header;
use xchat_proto::identity::{DeviceCertificate, DeviceChain, account_of, sign_link};
use xchat_proto::ids::{Hash, LogId, MessageId, NetworkId, NodeId};
use xchat_proto::keys::{PublicKey, SigningKey};
use xchat_proto::name_proof::Certified;
use xchat_proto::signed::Signed;

use super::replay::Seed;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

/// The encoding of Alice's chain.
fn chain() -> Vec<u8> {
    let link = sign_link(0, &key(1), &key(2).public()).unwrap();
    let certificate = DeviceCertificate {
        account: account_of(&link),
        identity_number: 0,
        device: key(3).public(),
        created_ms: 1_800_000_000_000,
    };
    codec::encode(&DeviceChain {
        name: "alice".parse().unwrap(),
        links: Bounded::new(vec![link]).unwrap(),
        device: Signed::new(&certificate, &key(1)).unwrap(),
    })
}

/// Alice's device types.
fn ephemeral() -> Vec<u8> {
    let body = Ephemeral {
        device: key(3).public(),
        log: LogId([4; 32]),
        epoch: 2,
        at_ms: 1_800_000_000_000,
        sign: Sign::Typing,
    };
    codec::encode(&Signed::new(&body, &key(3)).unwrap())
}

fn content(part: Part) -> Vec<u8> {
    act(part, None, None)
}

fn act(part: Part, replaces: Option<MessageId>, in_reply_to: Option<MessageId>) -> Vec<u8> {
    let content = Content {
        salt: [7; 16],
        replaces,
        timer_s: None,
        in_reply_to,
        counter: 3,
        clock_ms: 1_800_000_000_000,
        is_forwarded: replaces.is_none(),
        answers: Vec::new(),
        part,
    };
    content.encode().unwrap()
}

/// What this version writes, always the same.
/// A block as a validator alone certifies it.
fn certified() -> Certified {
    let parameters = Parameters::default();
    let network = NetworkId([1; 32]);
    let header = Header {
        network,
        height: 70,
        parent: Hash([2; 32]),
        time_ms: 1_800_000_000_000,
        operations: Hash([3; 32]),
        state_root: Hash([4; 32]),
        validators: Hash([5; 32]),
        work_bits: 16,
    };
    let validators = Bounded::new(vec![key(7).public()]).unwrap();
    let proposal = Proposal::of(&header, &parameters);
    let vote = proposal.vote(&network, &validators, &key(7));
    Certified {
        certificate: Certificate::from_votes(&proposal, 1, &[(0, vote)]).unwrap(),
        header,
    }
}

/// A photo and a film with a caption.
fn files() -> Part {
    let file = |name: &str, media: Media| File {
        name: Text::new(name.to_owned()).unwrap(),
        media_type: Text::new("image/jpeg".to_owned()).unwrap(),
        description: Text::default(),
        size: 70_000,
        hash: Hash([1; 32]),
        key: FileKey {
            key: [2; 32],
            nonce: [3; 7],
        },
        media,
    };
    let photo = Media {
        kind: MediaKind::Photo,
        width: 640,
        height: 480,
        duration_ms: 0,
        thumbhash: Blob::new(vec![4; 25]).unwrap(),
        preview: Blob::new(vec![0xff, 0xd8, 0xff, 0xd9]).unwrap(),
        waveform: Blob::default(),
    };
    let film = Media {
        kind: MediaKind::Video,
        duration_ms: 9_000,
        ..photo.clone()
    };
    Part::Files(Files {
        caption: "مرحبا 👋".to_owned(),
        files: vec![file("cat.jpg", photo), file("cat.mp4", film)],
    })
}

fn profile() -> Part {
    Part::Profile(Profile {
        name: Text::new("Alice".to_owned()).unwrap(),
        bio: Text::new("words".to_owned()).unwrap(),
        avatar: Blob::default(),
    })
}

fn contents() -> Vec<Seed> {
    let device = PublicKey([2; 32]);
    let mark = Mark {
        device,
        delivered: 5,
        read: 4,
    };
    let endpoint = Endpoint {
        id: NodeId([1; 32]),
        sockets: Bounded::default(),
        relay: None,
    };
    let marks = Bounded::new(vec![mark]).unwrap();
    let of = |name: &str, bytes| ("content", format!("seed-{name}"), bytes);
    vec![
        of("text", content(Part::Text("مرحبا 👋".to_owned()))),
        of(
            "receipt",
            content(Part::Receipt(Receipt {
                marks: marks.clone(),
                seen: None,
            })),
        ),
        of(
            "receipt-seen",
            content(Part::Receipt(Receipt {
                marks,
                seen: Some(Box::new(certified())),
            })),
        ),
        of("endpoint", content(Part::Endpoint(endpoint))),
        of(
            "resend",
            content(Part::Resend(Resend {
                device,
                from: 1,
                to: 2,
            })),
        ),
        of(
            "unknown",
            content(Part::Unknown {
                kind: "image/png".to_owned(),
                is_shown: true,
            }),
        ),
        of(
            "reply",
            act(Part::Text("yes".to_owned()), None, Some(MessageId([1; 32]))),
        ),
        of(
            "edit",
            act(Part::Text("no".to_owned()), Some(MessageId([1; 32])), None),
        ),
        of(
            "reaction",
            act(Part::Reaction("👍🏽".to_owned()), None, Some(MessageId([1; 32]))),
        ),
        of(
            "void",
            act(Part::Void, Some(MessageId([1; 32])), Some(MessageId([2; 32]))),
        ),
        of(
            "pin",
            act(Part::Pin(Pin { is_on: true }), None, Some(MessageId([1; 32]))),
        ),
        of("profile", content(profile())),
        of("files", content(files())),
        of("gone", content(Part::Gone(Gone { from: 1, to: 3 }))),
    ]
}

pub(crate) fn seeds() -> Vec<Seed> {
    let mut padded = vec![0, 0, 0, 5, b'h', b'e', b'l', b'l', b'o'];
    padded.resize(512, 0);
    let words = Phrase::generate(&mut ChaCha20Rng::from_seed([5; 32]))
        .unwrap()
        .words()
        .join(" ");
    let others = vec![
        ("ephemeral", "seed-typing".to_owned(), ephemeral()),
        ("leaf", "seed-chain".to_owned(), chain()),
        ("padding", "seed-hello".to_owned(), padded),
        ("phrase", "seed-words".to_owned(), words.into_bytes()),
    ];
    let texts = [
        ("latin", "Tea at 5, Straße 12? \"Café Éclair\""),
        ("arabic", "قال مُحَمَّدٌ: كتـــاب ٢٠٢٦"),
        ("asian", "東京都 ｶﾞｷﾞ 한국 ไทย हिन्दी"),
        ("emoji", "👍🏽 🤷🏽‍♀️ 🇩🇪 1️⃣ ❤️ 👨‍👩‍👧"),
    ];
    let texts = texts.map(|(name, text)| ("words", format!("seed-{name}"), text.as_bytes().to_vec()));
    contents().into_iter().chain(others).chain(texts).collect()
}

struct LeafSigner(SigningKey);

impl Signer for LeafSigner {
    fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok(self.0.sign(payload).0.to_vec())
    }

    fn signature_scheme(&self) -> SignatureScheme {
        SignatureScheme::ED25519
    }
}

/// A KeyPackage, a Welcome, a commit and a message, other bytes each time.
pub(crate) fn of_mls() -> Vec<Seed> {
    let connection = database::in_memory().unwrap();
    let crypto = RustCrypto::default();
    let provider = Provider::new(&connection, &crypto, &mut ChaCha20Rng::from_seed([6; 32]));
    let capabilities = || Capabilities::new(None, Some(&[SUITE]), None, None, None);
    let credential = |signer: &LeafSigner| CredentialWithKey {
        credential: BasicCredential::new(chain()).into(),
        signature_key: signer.0.public().0.to_vec().into(),
    };
    let (alice, bob) = (LeafSigner(key(3)), LeafSigner(key(4)));
    let key_package = KeyPackage::builder()
        .leaf_node_capabilities(capabilities())
        .key_package_lifetime(Lifetime::init(0, 16_725_225_600))
        .build(SUITE, &provider, &bob, credential(&bob))
        .unwrap()
        .into_key_package();
    let config = MlsGroupCreateConfig::builder()
        .ciphersuite(SUITE)
        .capabilities(capabilities())
        .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
        .use_ratchet_tree_extension(true)
        .build();
    let mut group = MlsGroup::new(&provider, &alice, &config, credential(&alice)).unwrap();
    let (commit, welcome, _) = group
        .add_members(&provider, &alice, std::slice::from_ref(&key_package))
        .unwrap();
    group.merge_pending_commit(&provider).unwrap();
    let message = group.create_message(&provider, &alice, b"hello").unwrap();
    vec![
        (
            "key_package",
            "seed-bob".to_owned(),
            key_package.tls_serialize_detached().unwrap(),
        ),
        (
            "mls_message",
            "seed-commit".to_owned(),
            commit.tls_serialize_detached().unwrap(),
        ),
        (
            "mls_message",
            "seed-welcome".to_owned(),
            welcome.tls_serialize_detached().unwrap(),
        ),
        (
            "mls_message",
            "seed-message".to_owned(),
            message.tls_serialize_detached().unwrap(),
        ),
    ]
}
