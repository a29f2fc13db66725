//! Targets of `proto`: whatever a peer sends is decoded or refused, and what is decoded means one thing.
//!
//! Included by `crates/proto/tests/corpus.rs` too, so it names nothing but `proto` and what its tests have.

use std::sync::OnceLock;

use data_encoding::HEXLOWER;
use serde_json::Value;
use xchat_proto::blob_wire::{BlobReply, BlobRequest, GroupRanges, PeerBlobRequest};
use xchat_proto::certificate::Certificate;
use xchat_proto::codec::{self, Bounded};
use xchat_proto::contact::ContactCard;
use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest, FinalBlock, SnapshotPart};
use xchat_proto::genesis::{Genesis, Validators};
use xchat_proto::identity::DeviceChain;
use xchat_proto::ids::{Hash, NetworkId, NodeId};
use xchat_proto::invitation::{
    GENESIS_BYTES_MAX, InboxMessage, LINK_LENGTH_MAX, NetworkInvitation, SealedContent, SealedEnvelope,
};
use xchat_proto::keys::PublicKey;
use xchat_proto::light::{Anchor, Freshness, Handover, LightClient, LightError, verify_certified};
use xchat_proto::limits::{ENVELOPE_BYTES_MAX, FRAME_BYTES_MAX, NAME_PROOF_BYTES_MAX, OPERATION_BYTES_MAX};
use xchat_proto::mailbox_wire::{ReplyFrame, Request, RequestFrame, SubscriptionFrame};
use xchat_proto::map_proof::{MapProof, name_key};
use xchat_proto::name::Name;
use xchat_proto::name_proof::{Certified, NameProof};
use xchat_proto::operator::{Committee, NetworkFile};
use xchat_proto::peer_wire::PeerFrame;
use xchat_proto::record::{Fee, Operation, verify_record};

use crate::chain::first_operators;
use crate::light_target::{chain, light_client};

/// A target: its name, which its corpus has too, and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// All targets of this file.
pub const TARGETS: [Target; 24] = [
    ("blob_reply", blob_reply),
    ("blob_request", blob_request),
    ("certificate", certificate),
    ("contact_card", contact_card),
    ("device_chain", device_chain),
    ("directory_reply", directory_reply),
    ("directory_request", directory_request),
    ("final_block", final_block),
    ("inbox_message", inbox_message),
    ("light_client", light_client),
    ("map_proof", map_proof),
    ("name_proof", name_proof),
    ("network_file", network_file),
    ("network_invitation", network_invitation),
    ("network_invitation_body", network_invitation_body),
    ("operation", operation),
    ("peer_blob_request", peer_blob_request),
    ("peer_frame", peer_frame),
    ("reply_frame", reply_frame),
    ("request_frame", request_frame),
    ("sealed_content", sealed_content),
    ("sealed_envelope", sealed_envelope),
    ("snapshot_part", snapshot_part),
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

/// Four real validators, so that good seeds lead deep.
struct Four {
    network: NetworkId,
    validators: Validators,
    payload: Hash,
}

fn four() -> &'static Four {
    static FOUR: OnceLock<Four> = OnceLock::new();
    FOUR.get_or_init(|| {
        let certificates: Value = serde_json::from_str(CERTIFICATES).expect("vectors are JSON");
        let four = certificates.as_array().expect("a list").iter().find(|case| {
            case["validators"]
                .as_array()
                .is_some_and(|validators| validators.len() == 4)
        });
        let four = four.expect("a network of four");
        let keys = four["validators"].as_array().expect("a list").iter();
        let keys = keys.map(|key| PublicKey(id(key))).collect();
        Four {
            network: NetworkId(id(&four["network"])),
            validators: Bounded::new(keys).expect("four"),
            payload: Hash(id(&four["payload"])),
        }
    })
}

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
    let four = four();
    if let Ok(certificate) = Certificate::new(bytes.to_vec())
        && certificate
            .verify(&four.network, &four.validators, &four.payload)
            .is_ok()
    {
        let signers = certificate.signers(four.validators.as_slice().len());
        assert!(
            signers.is_ok_and(|signers| signers.len() >= 3),
            "a quorum of four"
        );
        assert_eq!(certificate.epoch(), Ok(0));
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
        Some(DirectoryReply::Name { proof, handovers }) => judge(&proof, handovers.as_slice()),
        Some(DirectoryReply::Genesis { genesis }) => {
            let _ = genesis.check();
        }
        Some(DirectoryReply::Operators { proof, handovers }) => {
            let (mut client, freshness) = client();
            if let Ok(committee) = client.committee(&proof, handovers.as_slice(), freshness) {
                assert_eq!(committee.validators(), chain().genesis.validators);
            }
        }
        Some(DirectoryReply::Header { lineage }) => {
            let (mut client, freshness) = client();
            client
                .header(chain().block(1), freshness)
                .expect("the first block");
            let confirmed = client.confirm(&lineage);
            assert!(confirmed.is_err() || lineage.header() == &chain().block(1).header);
            assert!(!matches!(confirmed, Err(LightError::Conflict(_))));
        }
        _ => {}
    }
}

/// A client's question to the directory.
pub fn directory_request(bytes: &[u8]) {
    let request = read::<DirectoryRequest>(bytes, FRAME_BYTES_MAX);
    if let Some(DirectoryRequest::Submit { operation }) = request {
        judge_operation(&operation);
    }
}

/// A change of the directory, as a block holds it.
pub fn operation(bytes: &[u8]) {
    if let Some(operation) = read::<Operation>(bytes, OPERATION_BYTES_MAX) {
        judge_operation(&operation);
    }
}

fn judge_operation(operation: &Operation) {
    let network = chain().network;
    match operation {
        Operation::Register { record, fee } => {
            let _ = verify_record(record, &network);
            if let Fee::Token(spent) = fee
                && let Ok(token) = spent.token.unverified()
            {
                let verified = spent.token.verify(&token.operator);
                assert!(verified.is_err() || verified == Ok(token.clone()));
                let _ = spent.spending.verify(&token.bearer);
            }
        }
        Operation::Update { record } | Operation::Rotate { record } => {
            let _ = verify_record(record, &network);
        }
        Operation::Release { release } => {
            let _ = release.unverified();
        }
        Operation::Vote { vote } => {
            if let Ok(claimed) = vote.unverified() {
                let _ = vote.verify(&claimed.voter);
                let committee = Committee::new(first_operators(&[1, 2, 3, 4]));
                if let Ok(changed) = committee.changed(&claimed.change) {
                    let keys: Vec<_> = changed.as_slice().iter().map(|operator| operator.key).collect();
                    assert!(!keys.is_empty() && keys.is_sorted_by(|one, next| one < next));
                }
            }
        }
        Operation::Describe { description } => {
            if let Ok(claimed) = description.unverified() {
                let _ = description.verify(&claimed.operator.key);
            }
        }
    }
}

/// A block, as nodes pass it on.
pub fn final_block(bytes: &[u8]) {
    let Some(block) = read::<FinalBlock>(bytes, FRAME_BYTES_MAX) else {
        return;
    };
    if let Some(certificate) = block.certificate {
        let certified = Certified {
            header: block.header,
            certificate,
        };
        let (genesis, network) = (&chain().genesis, &chain().network);
        let verified = verify_certified(genesis, network, &certified, &genesis.validators);
        let height = certified.header.height;
        // Anybody can write a block, but only one of each height is the network's.
        assert!(verified.is_err() || certified.header == chain().block(height).header);
    }
}

/// A part of a snapshot.
pub fn snapshot_part(bytes: &[u8]) {
    if let Some(part) = read::<SnapshotPart>(bytes, FRAME_BYTES_MAX) {
        let (mut client, freshness) = client();
        let verified = client.header(&part.certified, freshness);
        assert!(verified.is_err() || part.certified.header.state_root == chain().map.root());
    }
}

/// What an operator is given to take part.
pub fn network_file(bytes: &[u8]) {
    if let Some(file) = read::<NetworkFile>(bytes, FRAME_BYTES_MAX)
        && file.genesis.check().is_ok()
        && file.genesis.check_operators(&file.operators).is_ok()
    {
        let committee = Committee::new(file.operators);
        assert_eq!(committee.validators(), file.genesis.validators);
    }
}

/// A proof of the map, against a root that is really one.
pub fn map_proof(bytes: &[u8]) {
    if let Some(proof) = read::<MapProof>(bytes, NAME_PROOF_BYTES_MAX) {
        let (root, key) = (chain().map.root(), name_key(&chain().network, &alice()));
        let value = chain().map.0.get(&key.0).map(Vec::as_slice);
        let taken = proof.verify(&root, &key, value).is_ok();
        let free = proof.verify(&root, &key, None).is_ok();
        assert!(!free, "alice's name is taken");
        let forged = proof.verify(&root, &key, Some(b"forged")).is_ok();
        assert!(!forged, "and stands for one record; proved: {taken}");
    }
}

/// A whole proof of a name.
pub fn name_proof(bytes: &[u8]) {
    if let Some(proof) = read::<NameProof>(bytes, NAME_PROOF_BYTES_MAX) {
        judge(&proof, &[]);
    }
}

fn alice() -> Name {
    "alice".parse().expect("a name")
}

fn client() -> (LightClient, Freshness) {
    let genesis = &chain().genesis;
    let client = LightClient::new(genesis.clone(), Anchor::genesis(genesis)).expect("a network");
    (client, Freshness::first_contact(chain().head().time_ms))
}

fn judge(proof: &NameProof, handovers: &[Handover]) {
    let (mut client, freshness) = client();
    if let Ok(verified) = client.name(proof, handovers, &alice(), freshness) {
        let record = verified.record.expect("alice's name is taken").record;
        assert_eq!(record.name, alice());
    }
}

/// A pasted link, and the genesis in it.
pub fn network_invitation(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(invitation) = text.parse::<NetworkInvitation>() {
        assert_eq!(invitation.link().parse(), Ok(invitation.clone()));
        judge_invitation(&invitation);
    }
}

/// The same without the checksum, which keeps a fuzzer out.
pub fn network_invitation_body(bytes: &[u8]) {
    if let Some(invitation) = read::<NetworkInvitation>(bytes, LINK_LENGTH_MAX) {
        judge_invitation(&invitation);
    }
}

fn judge_invitation(invitation: &NetworkInvitation) {
    let Some(genesis) = read::<Genesis>(invitation.genesis.as_slice(), GENESIS_BYTES_MAX) else {
        return;
    };
    if let Some(checkpoint) = &invitation.checkpoint {
        let client = LightClient::new(genesis, Anchor::checkpoint(checkpoint));
        if let Ok(client) = client {
            assert_eq!(client.anchor().to_checkpoint(), *checkpoint);
        }
    }
    if let Some(pass) = &invitation.pass
        && let Ok(token) = pass.token.unverified()
    {
        let _ = pass.token.verify(&token.operator);
    }
}

/// What a client asks of the blob service.
pub fn blob_request(bytes: &[u8]) {
    match read::<BlobRequest>(bytes, FRAME_BYTES_MAX) {
        Some(BlobRequest::Prove { claim }) => {
            let (key, home) = (PublicKey([1; 32]), NodeId([2; 32]));
            let _ = xchat_proto::capability::verify_claim(&claim, &key, &home, &Hash([3; 32]));
        }
        Some(BlobRequest::Get { groups, .. }) => judge_groups(&groups),
        _ => {}
    }
}

/// What the blob service answers.
pub fn blob_reply(bytes: &[u8]) {
    if let Some(BlobReply::Wanted { groups }) = read::<BlobReply>(bytes, FRAME_BYTES_MAX) {
        judge_groups(&groups);
    }
}

/// What one device asks of another's blobs.
pub fn peer_blob_request(bytes: &[u8]) {
    if let Some(PeerBlobRequest::Get { groups, .. }) = read::<PeerBlobRequest>(bytes, FRAME_BYTES_MAX) {
        judge_groups(&groups);
    }
}

fn judge_groups(groups: &GroupRanges) {
    let ranges = groups.as_slice();
    assert!(
        ranges.iter().all(|range| range.start < range.end),
        "none is empty"
    );
    assert!(ranges.is_sorted_by(|one, next| one.end < next.start), "one form");
    assert_eq!(&GroupRanges::first_of(ranges.iter().cloned()), groups);
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
