//! Targets of `proto`: whatever a peer sends is decoded or refused, and what is decoded means one thing.
//!
//! Included by `crates/proto/tests/corpus.rs` too, so it names nothing but `proto` and what its tests have.

use std::sync::OnceLock;

use data_encoding::HEXLOWER;
use serde_json::Value;
use xchat_proto::certificate::Certificate;
use xchat_proto::codec::{self, Bounded};
use xchat_proto::contact::ContactCard;
use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest};
use xchat_proto::genesis::{Genesis, Validators};
use xchat_proto::identity::DeviceChain;
use xchat_proto::ids::{Hash, NetworkId, NodeId};
use xchat_proto::invitation::{InboxMessage, NetworkInvitation, SealedContent, SealedEnvelope};
use xchat_proto::keys::PublicKey;
use xchat_proto::limits::{ENVELOPE_BYTES_MAX, FRAME_BYTES_MAX, NAME_PROOF_BYTES_MAX};
use xchat_proto::mailbox_wire::{ReplyFrame, Request, RequestFrame, SubscriptionFrame};
use xchat_proto::map_proof::{MapProof, name_key};
use xchat_proto::name::Name;
use xchat_proto::name_proof::{Freshness, NameProof};
use xchat_proto::peer_wire::PeerFrame;
use xchat_proto::record::{Operation, verify_record};

/// A target: its name, which its corpus has too, and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// All targets of this file.
pub const TARGETS: [Target; 15] = [
    ("certificate", certificate),
    ("contact_card", contact_card),
    ("device_chain", device_chain),
    ("directory_reply", directory_reply),
    ("directory_request", directory_request),
    ("inbox_message", inbox_message),
    ("map_proof", map_proof),
    ("name_proof", name_proof),
    ("network_invitation", network_invitation),
    ("peer_frame", peer_frame),
    ("reply_frame", reply_frame),
    ("request_frame", request_frame),
    ("sealed_content", sealed_content),
    ("sealed_envelope", sealed_envelope),
    ("subscription_frame", subscription_frame),
];

/// Decodes; what came out, encoded, is read as the same value again.
fn read<T>(bytes: &[u8], limit: usize) -> Option<T>
where
    T: minicbor::Encode<()> + for<'b> minicbor::Decode<'b, ()> + PartialEq + std::fmt::Debug,
{
    let value: T = codec::decode(bytes, limit).ok()?;
    let encoded = codec::encode(&value);
    let again: T = codec::decode(&encoded, usize::MAX).expect("what we write we read");
    assert_eq!(again, value);
    assert_eq!(codec::encode(&again), encoded, "an encoding is deterministic");
    Some(value)
}

/// A real network and four real validators, so that good seeds lead deep.
struct Real {
    genesis: Genesis,
    now_ms: u64,
    name: Name,
    proof: NameProof,
    network: NetworkId,
    validators: Validators,
    payload: Hash,
}

fn real() -> &'static Real {
    static REAL: OnceLock<Real> = OnceLock::new();
    REAL.get_or_init(|| {
        let proofs: Value = serde_json::from_str(PROOFS).expect("vectors are JSON");
        let certificates: Value = serde_json::from_str(CERTIFICATES).expect("vectors are JSON");
        let four = certificates.as_array().expect("a list").iter().find(|case| {
            case["validators"]
                .as_array()
                .is_some_and(|validators| validators.len() == 4)
        });
        let four = four.expect("a network of four");
        let keys = four["validators"].as_array().expect("a list").iter();
        let keys = keys.map(|key| PublicKey(id(key))).collect();
        let genesis = codec::decode(&unhex(&proofs["genesis"]), 8192).expect("a genesis");
        let proof = codec::decode(&unhex(&proofs["proofs"][0]["proof"]), NAME_PROOF_BYTES_MAX);
        Real {
            genesis,
            now_ms: proofs["now_ms"].as_u64().expect("a time"),
            name: "alice".parse().expect("a name"),
            proof: proof.expect("a proof"),
            network: NetworkId(id(&four["network"])),
            validators: Bounded::new(keys).expect("four"),
            payload: Hash(id(&four["payload"])),
        }
    })
}

const PROOFS: &str = include_str!("../../crates/proto/tests/vectors/name_proofs.json");
const CERTIFICATES: &str = include_str!("../../crates/proto/tests/vectors/certificates.json");

/// The bytes of a vector.
pub fn unhex(value: &Value) -> Vec<u8> {
    let text = value.as_str().expect("a text");
    HEXLOWER.decode(text.as_bytes()).expect("hexadecimal")
}

fn id(value: &Value) -> [u8; 32] {
    unhex(value).try_into().expect("32 bytes")
}

/// A finality certificate, against a header that was really certified.
pub fn certificate(bytes: &[u8]) {
    let real = real();
    if let Ok(certificate) = Certificate::new(bytes.to_vec()) {
        let _ = certificate.verify(&real.network, &real.validators, &real.payload);
    }
}

/// What lies beside an inbox.
pub fn contact_card(bytes: &[u8]) {
    read::<ContactCard>(bytes, FRAME_BYTES_MAX);
}

/// A credential.
pub fn device_chain(bytes: &[u8]) {
    if let Some(chain) = read::<DeviceChain>(bytes, 32 * 1024) {
        let verified = chain.verify();
        assert_eq!(verified, chain.verify(), "one judgement");
    }
}

/// A node's answer about the directory.
pub fn directory_reply(bytes: &[u8]) {
    match read::<DirectoryReply>(bytes, FRAME_BYTES_MAX) {
        Some(DirectoryReply::Name { proof }) => judge(&proof),
        Some(DirectoryReply::Genesis { genesis }) => {
            let _ = genesis.check();
        }
        _ => {}
    }
}

/// A client's question to the directory.
pub fn directory_request(bytes: &[u8]) {
    let request = read::<DirectoryRequest>(bytes, FRAME_BYTES_MAX);
    if let Some(DirectoryRequest::Submit { operation }) = request {
        let (Operation::Register { record, .. }
        | Operation::Update { record }
        | Operation::Rotate { record }) = operation;
        let _ = verify_record(&record, &real().genesis.id());
    }
}

/// A proof of the map, against a root that is really one.
pub fn map_proof(bytes: &[u8]) {
    let real = real();
    if let Ok(proof) = MapProof::new(bytes.to_vec()) {
        let header = &real.proof.header;
        let key = name_key(&header.network, &real.name);
        let value = real.proof.value.as_ref().map(|value| value.as_slice());
        let taken = proof.verify(&header.state_root, &key, value).is_ok();
        let free = proof.verify(&header.state_root, &key, None).is_ok();
        assert!(!free, "alice's name is taken");
        let forged = proof.verify(&header.state_root, &key, Some(b"forged")).is_ok();
        assert!(!forged, "and stands for one record; proved: {taken}");
    }
}

/// A whole proof of a name.
pub fn name_proof(bytes: &[u8]) {
    if let Some(proof) = read::<NameProof>(bytes, NAME_PROOF_BYTES_MAX) {
        judge(&proof);
    }
}

fn judge(proof: &NameProof) {
    let real = real();
    if let Ok(verified) = proof.verify(
        &real.genesis,
        &real.name,
        Freshness::first_contact(real.now_ms, 0),
    ) {
        let record = verified.record.expect("alice's name is taken").record;
        assert_eq!(record.name, real.name);
    }
}

/// A pasted link, and the genesis in it.
pub fn network_invitation(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(invitation) = text.parse::<NetworkInvitation>() {
        assert_eq!(invitation.link().parse(), Ok(invitation.clone()));
        if let Some(genesis) = read::<Genesis>(invitation.genesis.as_slice(), 4096) {
            let _ = genesis.check();
        }
    }
    // The checksum keeps a fuzzer out of the body, so that is tried by itself.
    read::<NetworkInvitation>(bytes, 4096);
}

/// What one device says to another.
pub fn peer_frame(bytes: &[u8]) {
    read::<PeerFrame>(bytes, FRAME_BYTES_MAX);
}

/// What a home answers.
pub fn reply_frame(bytes: &[u8]) {
    read::<ReplyFrame>(bytes, FRAME_BYTES_MAX);
}

/// What a client asks a home.
pub fn request_frame(bytes: &[u8]) {
    let Some(frame) = read::<RequestFrame>(bytes, FRAME_BYTES_MAX) else {
        return;
    };
    if let Request::Prove { claim } = &frame.request {
        let (key, home) = (PublicKey([1; 32]), NodeId([2; 32]));
        let _ = xchat_proto::capability::verify_claim(claim, &key, &home, &Hash([3; 32]));
    }
}

/// What a stranger laid into an inbox, opened.
pub fn inbox_message(bytes: &[u8]) {
    if let Some(InboxMessage::Rejoin(request)) = read::<InboxMessage>(bytes, ENVELOPE_BYTES_MAX)
        && let Ok(sender) = request.sender.verify()
    {
        let _ = request.statement.verify(&sender.device);
    }
}

/// An invitation in it.
pub fn sealed_content(bytes: &[u8]) {
    let Some(content) = read::<SealedContent>(bytes, ENVELOPE_BYTES_MAX) else {
        return;
    };
    if let Ok(sender) = content.sender.verify() {
        let _ = content.statement.verify(&sender.device);
    }
}

/// The same, still sealed.
pub fn sealed_envelope(bytes: &[u8]) {
    read::<SealedEnvelope>(bytes, ENVELOPE_BYTES_MAX);
}

/// What a home says of a log.
pub fn subscription_frame(bytes: &[u8]) {
    read::<SubscriptionFrame>(bytes, FRAME_BYTES_MAX);
}
