//! One valid encoding of each kind, always the same bytes.

use serde_json::Value;
use xchat_proto::address::{Endpoint, Socket};
use xchat_proto::capability::{CapabilityClaim, Role};
use xchat_proto::codec::{self, Blob, Bounded, Text};
use xchat_proto::contact::{ContactCard, DeviceList, InboxKey};
use xchat_proto::decision::{CommitValue, Decision, DecisionCertificate};
use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest, RejectReason};
use xchat_proto::identity::{DeviceCertificate, DeviceChain, account_of, sign_link};
use xchat_proto::ids::{AccountId, Hash, LogId, NetworkId, NodeId};
use xchat_proto::invitation::{
    ConversationInvitation, InboxMessage, InvitationStatement, NetworkInvitation, RejoinRequest,
    RejoinStatement, SealedContent, SealedEnvelope, invitation_hash,
};
use xchat_proto::keys::{PublicKey, SigningKey};
use xchat_proto::mailbox_wire::{
    Entry, EntryBody, Refusal, Reply, ReplyFrame, Request, RequestFrame, SubscriptionFrame,
};
use xchat_proto::name_proof::NameProof;
use xchat_proto::peer_wire::{PeerFrame, Verdict};
use xchat_proto::record::{Inbox, Operation, Record, part_hash};
use xchat_proto::signed::Signed;
use xchat_proto::work::Work;

use super::targets::unhex;

/// A target, the name of a seed of it, and its bytes.
pub(crate) type Seed = (&'static str, String, Vec<u8>);

const LOG: LogId = LogId([4; 32]);

fn identity() -> SigningKey {
    SigningKey::from_seed(&[1; 32])
}

fn device() -> SigningKey {
    SigningKey::from_seed(&[3; 32])
}

fn endpoint() -> Endpoint {
    Endpoint {
        id: NodeId([7; 32]),
        sockets: Bounded::new(vec![
            Socket("192.0.2.1:4433".parse().unwrap()),
            Socket("[2001:db8::1]:4433".parse().unwrap()),
        ])
        .unwrap(),
        relay: Some(Text::new("https://relay.example".to_owned()).unwrap()),
    }
}

fn homes() -> Bounded<Endpoint, 3> {
    Bounded::new(vec![endpoint()]).unwrap()
}

fn chain() -> DeviceChain {
    let link = sign_link(0, &identity(), &SigningKey::from_seed(&[2; 32]).public()).unwrap();
    let certificate = DeviceCertificate {
        account: account_of(&link),
        identity_number: 0,
        device: device().public(),
        created_ms: 1_800_000_000_000,
    };
    DeviceChain {
        name: "alice".parse().unwrap(),
        device: Signed::new(&certificate, &identity()).unwrap(),
        links: Bounded::new(vec![link]).unwrap(),
    }
}

fn card() -> ContactCard {
    ContactCard {
        devices: DeviceList {
            devices: Bounded::new(vec![chain().device]).unwrap(),
        },
        inbox_key: InboxKey {
            public: Blob::new(vec![5; 1216]).unwrap(),
            log: LOG,
            created_ms: 1_800_000_000_000,
        },
    }
}

fn value() -> CommitValue {
    CommitValue {
        envelope: Blob::new(vec![6; 64]).unwrap(),
        next_capability: PublicKey([8; 32]),
        next_homes: homes(),
    }
}

fn certificate() -> DecisionCertificate {
    let decision = Decision {
        home: NodeId(identity().public().0),
        log: LOG,
        epoch: 3,
        value: value().hash(),
    };
    DecisionCertificate {
        decisions: Bounded::new(vec![Signed::new(&decision, &identity()).unwrap()]).unwrap(),
    }
}

fn operation() -> Operation {
    let link = chain().links.into_vec().remove(0);
    let record = Record {
        network: NetworkId([9; 32]),
        name: "alice".parse().unwrap(),
        account: account_of(&link),
        identity: link,
        devices: part_hash(&card().devices),
        inbox: Inbox {
            homes: homes(),
            log: LOG,
            key: part_hash(&card().inbox_key),
        },
        sequence: 0,
    };
    Operation::Register {
        record: Signed::new(&record, &identity()).unwrap(),
        work: Work(77),
    }
}

fn sealed_content() -> SealedContent {
    let invitation = ConversationInvitation {
        recipient: AccountId([2; 32]),
        log: LOG,
        epoch: 1,
        homes: homes(),
        welcome: Blob::new(vec![1; 100]).unwrap(),
        sent_ms: 1_800_000_000_000,
    };
    let statement = InvitationStatement {
        recipient: invitation.recipient,
        invitation: invitation_hash(&invitation),
    };
    SealedContent {
        sender: chain(),
        statement: Signed::new(&statement, &device()).unwrap(),
        invitation,
    }
}

fn inbox_messages() -> [InboxMessage; 2] {
    let statement = RejoinStatement {
        recipient: AccountId([2; 32]),
        log: LOG,
        replaces: PublicKey([3; 32]),
        sent_ms: 1_800_000_000_000,
    };
    let rejoin = RejoinRequest {
        sender: chain(),
        statement: Signed::new(&statement, &device()).unwrap(),
    };
    [
        InboxMessage::Invitation(sealed_content()),
        InboxMessage::Rejoin(rejoin),
    ]
}

fn requests() -> Vec<Request> {
    let (log, epoch, work) = (LOG, 3, Work(12));
    let envelope = || Blob::new(vec![6; 64]).unwrap();
    let claim = CapabilityClaim {
        role: Role::Member,
        home: NodeId([2; 32]),
        log,
        epoch,
        binding: Hash([3; 32]),
    };
    let key_package = || Blob::new(vec![5; 40]).unwrap();
    vec![
        Request::Prove {
            claim: Signed::new(&claim, &device()).unwrap(),
        },
        Request::CreateConversation {
            log,
            epoch,
            capability: PublicKey([8; 32]),
            work,
        },
        Request::CreateInbox {
            log,
            owner: PublicKey([8; 32]),
            deposit_bits: 8,
            work,
        },
        Request::Append {
            log,
            epoch,
            envelope: envelope(),
        },
        Request::SubmitCommit {
            log,
            epoch,
            value: value(),
        },
        Request::Read { log, epoch, from: 9 },
        Request::Subscribe { log, epoch, from: 9 },
        Request::Ephemeral {
            log,
            epoch,
            envelope: Blob::new(vec![6; 64]).unwrap(),
        },
        Request::Deposit {
            log,
            envelope: envelope(),
            work,
        },
        Request::TrimInbox { log, before: 5 },
        Request::PublishCard { log, card: card() },
        Request::PublishKeyPackages {
            log,
            device: device().public(),
            one_time: Bounded::new(vec![key_package(), key_package()]).unwrap(),
            last_resort: Some(key_package()),
        },
        Request::FetchCard { log },
        Request::FetchKeyPackage {
            log,
            device: device().public(),
            salt: 1,
            work,
        },
        Request::CountKeyPackages {
            log,
            device: device().public(),
        },
    ]
}

fn entries() -> [Entry; 2] {
    let envelope = EntryBody::Envelope(Blob::new(vec![6; 64]).unwrap());
    let commit = EntryBody::Commit {
        value: value(),
        certificate: certificate(),
    };
    [
        Entry {
            index: 7,
            body: envelope,
        },
        Entry {
            index: 8,
            body: commit,
        },
    ]
}

fn replies() -> Vec<Reply> {
    vec![
        Reply::Done,
        Reply::Appended { index: 7 },
        Reply::Decided {
            value: value(),
            certificate: certificate(),
        },
        Reply::Entries {
            entries: Bounded::new(entries().to_vec()).unwrap(),
            more: true,
        },
        Reply::Card(card()),
        Reply::KeyPackage {
            key_package: Blob::new(vec![5; 40]).unwrap(),
            last_resort: true,
        },
        Reply::Count(3),
        Reply::Refused(Refusal::StaleEpoch { open: 4 }),
        Reply::Refused(Refusal::WorkNeeded { bits: 8 }),
    ]
}

fn subscription_frames() -> Vec<SubscriptionFrame> {
    let mut frames: Vec<_> = entries().map(SubscriptionFrame::Entry).to_vec();
    frames.extend([
        SubscriptionFrame::Ephemeral(Blob::new(vec![6; 64]).unwrap()),
        SubscriptionFrame::CaughtUp,
        SubscriptionFrame::Refused(Refusal::Expired { open: 4, first: 9 }),
    ]);
    frames
}

fn peer_frames() -> [PeerFrame; 3] {
    [
        PeerFrame::Offer {
            log: LOG,
            epoch: 3,
            envelope: Blob::new(vec![6; 64]).unwrap(),
        },
        PeerFrame::Answer {
            log: LOG,
            envelope: Hash([1; 32]),
            verdict: Verdict::StaleEpoch,
        },
        PeerFrame::Ephemeral {
            log: LOG,
            epoch: 3,
            envelope: Blob::new(vec![6; 64]).unwrap(),
        },
    ]
}

/// What the real engine and a real network made.
fn vectors() -> Vec<Seed> {
    let proofs: Value = serde_json::from_str(include_str!("../vectors/name_proofs.json")).unwrap();
    let certificates: Value = serde_json::from_str(include_str!("../vectors/certificates.json")).unwrap();
    let mut seeds = Vec::new();
    for (number, case) in certificates.as_array().unwrap().iter().enumerate() {
        seeds.push((
            "certificate",
            format!("seed-{number}"),
            unhex(&case["finalization"]),
        ));
    }
    for (number, case) in proofs["proofs"].as_array().unwrap().iter().enumerate() {
        let bytes = unhex(&case["proof"]);
        let proof: NameProof = codec::decode(&bytes, bytes.len()).unwrap();
        let map_proof: Blob<4096> = codec::decode(&codec::encode(&proof.proof), 8192).unwrap();
        let name = format!("seed-{number}");
        seeds.push(("map_proof", name.clone(), map_proof.into_vec()));
        let reply = codec::encode(&DirectoryReply::Name { proof });
        seeds.push(("directory_reply", format!("seed-proof-{number}"), reply));
        seeds.push(("name_proof", name, bytes));
    }
    let genesis = codec::decode(&unhex(&proofs["genesis"]), 8192).unwrap();
    let reply = DirectoryReply::Genesis { genesis };
    seeds.push((
        "directory_reply",
        "seed-genesis".to_owned(),
        codec::encode(&reply),
    ));
    seeds
}

fn numbered<T: minicbor::Encode<()>>(target: &'static str, values: impl IntoIterator<Item = T>) -> Vec<Seed> {
    let values = values.into_iter().enumerate();
    values
        .map(|(number, value)| (target, format!("seed-{number}"), codec::encode(&value)))
        .collect()
}

/// All seeds.
pub(crate) fn seeds() -> Vec<Seed> {
    let invitation = NetworkInvitation {
        genesis: Blob::new(vec![1, 2, 3]).unwrap(),
        nodes: homes(),
        from: Some("alice".parse().unwrap()),
    };
    let sealed_envelope = SealedEnvelope {
        kem_output: Blob::new(vec![1; 1120]).unwrap(),
        ciphertext: Blob::new(vec![2; 528]).unwrap(),
    };
    let name = "alice".parse().unwrap();
    let directory_requests = [
        DirectoryRequest::Genesis,
        DirectoryRequest::Lookup { name },
        DirectoryRequest::Submit {
            operation: operation(),
        },
        DirectoryRequest::Status,
    ];
    let directory_replies = [
        DirectoryReply::Accepted { height: 9 },
        DirectoryReply::Rejected {
            reason: RejectReason::NameTaken,
        },
        DirectoryReply::Status {
            height: 9,
            time_ms: 1_800_000_000_000,
            validators: 4,
        },
        DirectoryReply::Unavailable,
    ];
    let request_frames = requests().into_iter().zip(0..);
    let reply_frames = replies().into_iter().zip(0..);
    let mut seeds = vectors();
    seeds.extend(numbered("contact_card", [card()]));
    seeds.extend(numbered("device_chain", [chain()]));
    seeds.extend(numbered("directory_request", directory_requests));
    seeds.extend(numbered("directory_reply", directory_replies));
    seeds.extend(numbered("network_invitation", [&invitation]));
    seeds.push((
        "network_invitation",
        "seed-link".to_owned(),
        invitation.link().into_bytes(),
    ));
    seeds.extend(numbered("peer_frame", peer_frames()));
    seeds.extend(numbered(
        "request_frame",
        request_frames.map(|(request, id)| RequestFrame { id, request }),
    ));
    seeds.extend(numbered(
        "reply_frame",
        reply_frames.map(|(reply, id)| ReplyFrame { id, reply }),
    ));
    seeds.extend(numbered("inbox_message", inbox_messages()));
    seeds.extend(numbered("sealed_content", [sealed_content()]));
    seeds.extend(numbered("sealed_envelope", [sealed_envelope]));
    seeds.extend(numbered("subscription_frame", subscription_frames()));
    seeds
}
