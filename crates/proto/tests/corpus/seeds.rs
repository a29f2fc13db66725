//! One valid encoding of each kind, always the same bytes.

use serde_json::Value;
use xchat_proto::address::{Endpoint, Socket};
use xchat_proto::blob_wire::{
    BlobRefusal, BlobReply, BlobRequest, EraseSecret, GroupRanges, PeerBlobRequest,
};
use xchat_proto::capability::{CapabilityClaim, Role};
use xchat_proto::codec::{self, Blob, Bounded, Text};
use xchat_proto::contact::{ContactCard, DeviceList, InboxKey};
use xchat_proto::decision::{CommitValue, Decision, DecisionCertificate};
use xchat_proto::directory_wire::{
    DirectoryReply, DirectoryRequest, FinalBlock, NetworkStatus, RejectReason, Seen, SnapshotEntry,
    SnapshotPart,
};
use xchat_proto::identity::{DeviceCertificate, DeviceChain, account_of, sign_link};
use xchat_proto::ids::{AccountId, Hash, LogId, NodeId};
use xchat_proto::invitation::{
    ConversationInvitation, InboxMessage, InvitationStatement, NetworkInvitation, Pass, RejoinRequest,
    RejoinStatement, SealedContent, SealedEnvelope, invitation_hash,
};
use xchat_proto::keys::{PublicKey, SigningKey};
use xchat_proto::light::{Anchor, Handovers};
use xchat_proto::mailbox_wire::{
    Entry, EntryBody, Refusal, Reply, ReplyFrame, Request, RequestFrame, SubscriptionFrame,
};
use xchat_proto::operator::{Change, Description, NetworkFile, Operator, Vote};
use xchat_proto::peer_wire::{PeerFrame, Verdict};
use xchat_proto::record::{Fee, Inbox, Operation, Record, Release, part_hash};
use xchat_proto::signed::Signed;
use xchat_proto::token::{Spending, SpentToken, Token};
use xchat_proto::work::Work;

use super::chain::{first_operators, key};
use super::light_target::chain as network;
use super::replay::Seed;
use super::targets::unhex;

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

fn record() -> Signed<Record> {
    let link = chain().links.into_vec().remove(0);
    let record = Record {
        network: network().network,
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
    Signed::new(&record, &identity()).unwrap()
}

fn token() -> Signed<Token> {
    let token = Token {
        network: network().network,
        operator: key(1).public(),
        bearer: key(9).public(),
        expires_ms: 1_800_000_000_000,
    };
    Signed::new(&token, &key(1)).unwrap()
}

fn operator() -> Operator {
    Operator {
        name: Text::new("Example Cooperative".to_owned()).unwrap(),
        revision: 1,
        node: Some(endpoint()),
        ..first_operators(&[8]).into_vec().remove(0)
    }
}

fn vote(change: Change) -> Operation {
    let vote = Vote {
        network: network().network,
        validators: network().block(1).header.validators,
        change,
        closes_ms: 1_800_000_000_000,
        voter: key(1).public(),
    };
    Operation::Vote {
        vote: Signed::new(&vote, &key(1)).unwrap(),
    }
}

fn operations() -> Vec<Operation> {
    let spent = SpentToken {
        token: token(),
        spending: Signed::new(&Spending::on(&record()), &key(9)).unwrap(),
    };
    let release = Release {
        network: network().network,
        name: "alice".parse().unwrap(),
        sequence: 1,
    };
    let description = Description {
        network: network().network,
        operator: operator(),
    };
    vec![
        Operation::Register {
            record: record(),
            fee: Fee::Work(Work(77)),
        },
        Operation::Register {
            record: record(),
            fee: Fee::Token(spent),
        },
        Operation::Update { record: record() },
        Operation::Rotate { record: record() },
        Operation::Release {
            release: Signed::new(&release, &identity()).unwrap(),
        },
        vote(Change::Add { operator: operator() }),
        vote(Change::Remove { key: key(2).public() }),
        Operation::Describe {
            description: Signed::new(&description, &key(8)).unwrap(),
        },
    ]
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

fn claim() -> Signed<CapabilityClaim> {
    let claim = CapabilityClaim {
        role: Role::Member,
        home: NodeId([2; 32]),
        log: LOG,
        epoch: 3,
        binding: Hash([3; 32]),
    };
    Signed::new(&claim, &device()).unwrap()
}

fn requests() -> Vec<Request> {
    let (log, epoch, work) = (LOG, 3, Work(12));
    let envelope = || Blob::new(vec![6; 64]).unwrap();
    let key_package = || Blob::new(vec![5; 40]).unwrap();
    vec![
        Request::Prove { claim: claim() },
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

fn groups() -> GroupRanges {
    GroupRanges::first_of([0..4, 64..65, 1_000..70_000])
}

fn blob_requests() -> Vec<BlobRequest> {
    let (log, epoch, hash) = (LOG, 3, Hash([1; 32]));
    vec![
        BlobRequest::Prove { claim: claim() },
        BlobRequest::Reserve {
            log,
            epoch,
            hash,
            sealed_bytes: 1024 * 65_536,
            erase: Hash([5; 32]),
            keep_days: 30,
            work: Work(12),
        },
        BlobRequest::Put { log, epoch, hash },
        BlobRequest::Get {
            log,
            epoch,
            hash,
            groups: groups(),
        },
        BlobRequest::Have { log, epoch, hash },
        BlobRequest::Erase {
            log,
            hash,
            secret: EraseSecret([9; 32]),
        },
        BlobRequest::Get {
            log,
            epoch,
            hash,
            groups: GroupRanges::all(),
        },
    ]
}

fn blob_replies() -> Vec<BlobReply> {
    let refusals = [
        BlobRefusal::UnknownLog,
        BlobRefusal::NotProved,
        BlobRefusal::StaleEpoch { open: 4 },
        BlobRefusal::FutureEpoch,
        BlobRefusal::UnknownBlob,
        BlobRefusal::NotYet,
        BlobRefusal::Taken,
        BlobRefusal::QuotaExceeded,
        BlobRefusal::WorkNeeded { bits: 12 },
        BlobRefusal::StorageFailed,
        BlobRefusal::Malformed,
        BlobRefusal::TooMany,
    ];
    let mut replies = vec![
        BlobReply::Done,
        BlobReply::Stored,
        BlobReply::Wanted { groups: groups() },
        BlobReply::Sending,
    ];
    replies.extend(refusals.map(BlobReply::Refused));
    replies
}

/// What the real engine made.
fn certificates() -> Vec<Seed> {
    let certificates: Value = serde_json::from_str(include_str!("../vectors/certificates.json")).unwrap();
    let cases = certificates.as_array().unwrap().iter().enumerate();
    cases
        .map(|(number, case)| {
            (
                "certificate",
                format!("seed-{number}"),
                unhex(&case["finalization"]),
            )
        })
        .collect()
}

fn handovers(up_to: usize) -> Handovers {
    Bounded::new(network().handovers().into_iter().take(up_to).collect()).unwrap()
}

/// A name that is there, one that is free, one whose place another has; before the validators changed, and after.
fn name_proofs() -> Vec<Seed> {
    let mut seeds = Vec::new();
    for (number, text) in ["alice", "nobody", "a1ice"].into_iter().enumerate() {
        let (early, late) = (
            network().name(2, &text.parse().unwrap()),
            network().name(14, &text.parse().unwrap()),
        );
        let name = format!("seed-{number}");
        seeds.push(("map_proof", name.clone(), codec::encode(&early.proof)));
        seeds.push(("name_proof", name, codec::encode(&early)));
        for (when, proof, handovers) in [("early", early, handovers(0)), ("late", late, handovers(3))] {
            let reply = codec::encode(&DirectoryReply::Name { proof, handovers });
            seeds.push(("directory_reply", format!("seed-proof-{number}-{when}"), reply));
        }
    }
    seeds
}

fn directory_requests() -> Vec<DirectoryRequest> {
    let name = "alice".parse().unwrap();
    let submits = operations().into_iter();
    let mut requests = vec![
        DirectoryRequest::Genesis,
        DirectoryRequest::Lookup { name, known: 3 },
        DirectoryRequest::Status,
        DirectoryRequest::Operators { known: 3 },
        DirectoryRequest::Header { height: 7 },
        DirectoryRequest::Blocks { from: 7 },
        DirectoryRequest::Snapshot {
            height: None,
            after: None,
            known: 0,
        },
        DirectoryRequest::Snapshot {
            height: Some(9),
            after: Some(Hash([1; 32])),
            known: 3,
        },
    ];
    requests.extend(submits.map(|operation| DirectoryRequest::Submit { operation }));
    requests
}

fn final_blocks() -> [FinalBlock; 2] {
    let block = |height: u64, operations, certificate| FinalBlock {
        header: network().block(height).header.clone(),
        operations: Bounded::new(operations).unwrap(),
        certificate,
    };
    let certificate = network().block(2).certificate.clone();
    [
        block(1, operations(), None),
        block(2, Vec::new(), Some(certificate)),
    ]
}

fn snapshot_part() -> SnapshotPart {
    let entry = |(key, value): (&[u8; 32], &Vec<u8>)| SnapshotEntry {
        key: Hash(*key),
        value: Blob::new(value.clone()).unwrap(),
    };
    SnapshotPart {
        certified: network().block(2).clone(),
        entries: Bounded::new(network().map.0.iter().map(entry).collect()).unwrap(),
        proof: Blob::new(vec![0; 4]).unwrap(),
        has_more: true,
    }
}

fn status() -> NetworkStatus {
    let validators = network().genesis.validators.as_slice().iter();
    let seen = validators
        .zip(5..)
        .map(|(key, height)| Seen { key: *key, height });
    NetworkStatus {
        network: network().network,
        height: 9,
        time_ms: 1_800_000_000_000,
        validates: true,
        validators: Bounded::new(seen.collect()).unwrap(),
        oldest: 1,
        waiting: 2,
    }
}

fn directory_replies() -> Vec<DirectoryReply> {
    vec![
        DirectoryReply::Genesis {
            genesis: network().genesis.clone(),
        },
        DirectoryReply::Accepted { height: 9 },
        DirectoryReply::Rejected {
            reason: RejectReason::NameTaken,
        },
        DirectoryReply::Status { status: status() },
        DirectoryReply::Unavailable,
        DirectoryReply::Operators {
            proof: network().committee(2),
            handovers: handovers(0),
        },
        DirectoryReply::Header {
            lineage: network().lineage(1, 3),
        },
        DirectoryReply::Blocks {
            blocks: Bounded::new(final_blocks().to_vec()).unwrap(),
            oldest: 1,
            above: None,
        },
        DirectoryReply::Blocks {
            blocks: Bounded::new(final_blocks().to_vec()).unwrap(),
            oldest: 1,
            above: Some(network().lineage(1, 3)),
        },
        DirectoryReply::Snapshot {
            part: snapshot_part(),
            handovers: handovers(1),
        },
    ]
}

fn invitations() -> Vec<NetworkInvitation> {
    let plain = NetworkInvitation {
        genesis: Blob::new(codec::encode(&network().genesis)).unwrap(),
        nodes: homes(),
        from: Some("alice".parse().unwrap()),
        checkpoint: None,
        pass: None,
    };
    let rich = NetworkInvitation {
        checkpoint: Some(Anchor::genesis(&network().genesis).to_checkpoint()),
        pass: Some(Pass {
            token: token(),
            bearer: Hash([9; 32]),
        }),
        ..plain.clone()
    };
    vec![plain, rich]
}

fn network_file() -> NetworkFile {
    NetworkFile {
        genesis: network().genesis.clone(),
        operators: first_operators(&[1, 2, 3, 4]),
    }
}

fn links() -> Vec<Seed> {
    let links = invitations().into_iter().enumerate();
    links
        .map(|(number, invitation)| {
            let link = invitation.link().into_bytes();
            ("network_invitation", format!("seed-{number}"), link)
        })
        .collect()
}

/// Answers in their order, all that is out of it, and a restart in between.
fn scripts() -> Vec<Seed> {
    let scripts: [(&str, &[u8]); 9] = [
        (
            "seed-honest",
            &[
                2, 0, 0, 1, 0, 0, 5, 5, 0, 0, 8, 0, 4, 0, 1, 2, 3, 5, 16, 0, 0, 6, 16, 17, 3,
            ],
        ),
        (
            "seed-every-block",
            &[
                2, 0, 2, 1, 2, 2, 0, 1, 0, 2, 4, 2, 5, 0, 1, 1, 2, 8, 0, 1, 2, 2, 12, 8, 2, 3,
            ],
        ),
        ("seed-out-of-order", &[0, 3, 1, 0, 2, 0, 3, 0, 0, 1, 2, 9]),
        ("seed-skipped", &[0, 2, 3, 5, 2, 15, 5, 22, 0, 1, 4]),
        (
            "seed-other-keys",
            &[0, 1, 0x20, 3, 0, 2, 0, 0x30, 0, 1, 0x50, 0, 1, 0x11, 2],
        ),
        (
            "seed-misled",
            &[
                0, 1, 0, 3, 5, 0, 1, 0, 0, 3, 6, 4, 1, 5, 0, 5, 4, 0, 1, 0x40, 5, 2, 1, 0, 0,
            ],
        ),
        (
            "seed-checkpoint",
            &[7, 9, 2, 9, 2, 10, 7, 14, 0, 1, 2, 2, 13, 9, 200, 2, 14],
        ),
        (
            "seed-confirm",
            &[
                2, 4, 0, 1, 0, 2, 5, 6, 5, 6, 3, 6, 5, 5, 0, 5, 0, 1, 1, 0, 6, 5, 5, 1, 6, 6, 5, 6, 2, 5, 1,
                1, 1, 0,
            ],
        ),
        (
            "seed-spoilt",
            &[
                5, 1, 1, 3, 5, 2, 0, 5, 1, 2, 4, 2, 1, 30, 5, 6, 0, 4, 4, 9, 2, 8, 5, 2, 0, 0,
            ],
        ),
    ];
    scripts
        .map(|(name, script)| ("light_client", name.to_owned(), script.to_vec()))
        .to_vec()
}

fn numbered<T: minicbor::Encode<()>>(target: &'static str, values: impl IntoIterator<Item = T>) -> Vec<Seed> {
    let values = values.into_iter().enumerate();
    values
        .map(|(number, value)| (target, format!("seed-{number}"), codec::encode(&value)))
        .collect()
}

/// All seeds.
pub(crate) fn seeds() -> Vec<Seed> {
    let sealed_envelope = SealedEnvelope {
        kem_output: Blob::new(vec![1; 1120]).unwrap(),
        ciphertext: Blob::new(vec![2; 528]).unwrap(),
    };
    let request_frames = requests().into_iter().zip(0..);
    let reply_frames = replies().into_iter().zip(0..);
    let mut seeds = certificates();
    seeds.extend(name_proofs());
    seeds.extend(links());
    seeds.extend(scripts());
    seeds.extend(numbered("contact_card", [card()]));
    seeds.extend(numbered("device_chain", [chain()]));
    seeds.extend(numbered("directory_request", directory_requests()));
    seeds.extend(numbered("directory_reply", directory_replies()));
    seeds.extend(numbered("final_block", final_blocks()));
    seeds.extend(numbered("network_file", [network_file()]));
    seeds.extend(numbered("network_invitation_body", invitations()));
    seeds.extend(numbered("operation", operations()));
    seeds.extend(numbered("snapshot_part", [snapshot_part()]));
    seeds.extend(numbered("blob_request", blob_requests()));
    seeds.extend(numbered("blob_reply", blob_replies()));
    let peer_get = PeerBlobRequest::Get {
        log: LOG,
        hash: Hash([1; 32]),
        groups: groups(),
    };
    seeds.extend(numbered("peer_blob_request", [peer_get]));
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
