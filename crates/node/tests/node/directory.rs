//! The directory over the network, believed only as far as `proto` proves it.

use std::time::{SystemTime, UNIX_EPOCH};

use iroh::endpoint::Connection;
use xchat_proto::codec::Bounded;
use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest, RejectReason};
use xchat_proto::genesis::Genesis;
use xchat_proto::identity::{account_of, sign_link};
use xchat_proto::ids::{Hash, LogId};
use xchat_proto::keys::SigningKey;
use xchat_proto::name::Name;
use xchat_proto::name_proof::{Freshness, VerifiedName};
use xchat_proto::record::{Inbox, Operation, Record, registration_challenge};
use xchat_proto::signed::Signed;

use super::device::{ask_directory, dialler, directory};
use super::node;

fn registration(genesis: &Genesis, name: &Name, owner: u8) -> Operation {
    let key = SigningKey::from_seed(&[owner; 32]);
    let next = SigningKey::from_seed(&[owner + 1; 32]);
    let link = sign_link(0, &key, &next.public()).unwrap();
    let record = Record {
        network: genesis.id(),
        name: name.clone(),
        account: account_of(&link),
        identity: link,
        devices: Hash([1; 32]),
        inbox: Inbox {
            homes: Bounded::default(),
            log: LogId([2; 32]),
            key: Hash([3; 32]),
        },
        sequence: 0,
    };
    let record = Signed::new(&record, &key).unwrap();
    let bits = genesis.registration_work_bits;
    let work = registration_challenge(&record).solve(bits, 0..100_000).unwrap();
    Operation::Register { record, work }
}

#[expect(clippy::disallowed_methods, reason = "the node's clock is the real one")]
fn freshness(height_min: u64) -> Freshness {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Freshness::first_contact(u64::try_from(now.as_millis()).unwrap(), height_min)
}

#[expect(clippy::panic, reason = "tests fail by panicking")]
async fn look_up(connection: &Connection, genesis: &Genesis, name: &Name, height: u64) -> VerifiedName {
    let request = DirectoryRequest::Lookup { name: name.clone() };
    let DirectoryReply::Name { proof } = ask_directory(connection, &request).await else {
        panic!("a node that serves can prove");
    };
    proof.verify(genesis, name, freshness(height)).unwrap()
}

#[tokio::test]
async fn trn_11_a_name_is_registered_and_looked_up_by_who_knows_only_the_genesis() {
    let (node, _dir) = node().await;
    let genesis = node.genesis().clone();
    let alice: Name = "alice".parse().unwrap();
    let endpoint = dialler(1).await;
    let connection = directory(&endpoint, &node).await;
    assert_eq!(
        ask_directory(&connection, &DirectoryRequest::Genesis).await,
        DirectoryReply::Genesis {
            genesis: genesis.clone()
        }
    );
    assert_eq!(look_up(&connection, &genesis, &alice, 0).await.record, None);

    let submit = |owner| DirectoryRequest::Submit {
        operation: registration(&genesis, &alice, owner),
    };
    let DirectoryReply::Accepted { height } = ask_directory(&connection, &submit(1)).await else {
        panic!("the name is free");
    };
    let found = look_up(&connection, &genesis, &alice, height).await;
    assert_eq!(found.record.unwrap().record.name, alice);
    assert_eq!(
        ask_directory(&connection, &submit(9)).await,
        DirectoryReply::Rejected {
            reason: RejectReason::NameTaken
        }
    );
    let status = ask_directory(&connection, &DirectoryRequest::Status).await;
    assert!(
        matches!(status, DirectoryReply::Status { validators: 1, height: seen, .. } if seen >= height),
        "{status:?}"
    );
    node.shutdown().await;
}
