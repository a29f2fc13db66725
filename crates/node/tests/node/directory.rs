//! The directory over the network, believed only as far as `proto` proves it.

use std::time::{SystemTime, UNIX_EPOCH};

use iroh::endpoint::Connection;
use xchat_proto::codec::Bounded;
use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest, NetworkStatus, RejectReason};
use xchat_proto::genesis::Genesis;
use xchat_proto::identity::{account_of, sign_link};
use xchat_proto::ids::{Hash, LogId};
use xchat_proto::keys::SigningKey;
use xchat_proto::light::{Anchor, Freshness, LightClient};
use xchat_proto::name::Name;
use xchat_proto::name_proof::VerifiedName;
use xchat_proto::record::{Fee, Inbox, Operation, Record, registration_challenge};
use xchat_proto::signed::Signed;

use super::device::{ask_directory, dialler, directory};
use super::node;

pub(crate) fn registration(genesis: &Genesis, name: &Name, owner: u8) -> Operation {
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
    let bits = genesis.parameters.registration_work_bits;
    let work = registration_challenge(&record).solve(bits, 0..100_000).unwrap();
    Operation::Register {
        record,
        fee: Fee::Work(work),
    }
}

pub(crate) fn reader(genesis: &Genesis) -> LightClient {
    LightClient::new(genesis.clone(), Anchor::genesis(genesis)).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "the node's clock is the real one")]
pub(crate) fn freshness() -> Freshness {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Freshness::first_contact(u64::try_from(now.as_millis()).unwrap())
}

#[expect(clippy::panic, reason = "tests fail by panicking")]
pub(crate) async fn look_up(connection: &Connection, light: &mut LightClient, name: &Name) -> VerifiedName {
    let known = light.anchor().height;
    let request = DirectoryRequest::Lookup {
        name: name.clone(),
        known,
    };
    let DirectoryReply::Name { proof, handovers } = ask_directory(connection, &request).await else {
        panic!("a node that serves can prove");
    };
    light
        .name(&proof, handovers.as_slice(), name, freshness())
        .unwrap()
}

#[expect(clippy::panic, reason = "tests fail by panicking")]
pub(crate) async fn status(connection: &Connection) -> NetworkStatus {
    match ask_directory(connection, &DirectoryRequest::Status).await {
        DirectoryReply::Status { status } => status,
        other => panic!("{other:?}"),
    }
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
    let mut light = reader(&genesis);
    assert_eq!(look_up(&connection, &mut light, &alice).await.record, None);

    let submit = |owner| DirectoryRequest::Submit {
        operation: registration(&genesis, &alice, owner),
    };
    let DirectoryReply::Accepted { height } = ask_directory(&connection, &submit(1)).await else {
        panic!("the name is free");
    };
    let found = look_up(&connection, &mut light, &alice).await;
    assert!(found.height >= height);
    assert_eq!(found.record.unwrap().record.name, alice);
    assert_eq!(
        ask_directory(&connection, &submit(9)).await,
        DirectoryReply::Rejected {
            reason: RejectReason::NameTaken
        }
    );
    let status = status(&connection).await;
    assert_eq!((status.network, status.validates), (genesis.id(), true));
    assert!(status.height >= height && status.oldest == 1, "{status:?}");
    let [only] = status.validators.as_slice() else {
        panic!("{status:?}")
    };
    assert!(only.height >= height, "the only validator has signed it");
    node.shutdown().await;
}

#[tokio::test]
async fn whoever_asks_for_the_next_block_hears_of_it_at_once_and_can_check_it() {
    let (node, _dir) = node().await;
    let genesis = node.genesis().clone();
    let endpoint = dialler(1).await;
    let connection = directory(&endpoint, &node).await;
    let from = status(&connection).await.height + 1;
    let next = DirectoryRequest::Blocks { from };
    let submit = DirectoryRequest::Submit {
        operation: registration(&genesis, &"alice".parse().unwrap(), 1),
    };
    let (blocks, accepted) = tokio::join!(
        ask_directory(&connection, &next),
        ask_directory(&connection, &submit)
    );
    assert_eq!(accepted, DirectoryReply::Accepted { height: from });
    let DirectoryReply::Blocks {
        blocks,
        oldest: 1,
        above: None,
    } = blocks
    else {
        panic!("{blocks:?}")
    };
    let [block, ..] = blocks.as_slice() else {
        panic!("no block")
    };
    assert_eq!(block.header.height, from);
    let DirectoryReply::Header { lineage } =
        ask_directory(&connection, &DirectoryRequest::Header { height: from }).await
    else {
        panic!("the block is kept")
    };
    let mut light = reader(&genesis);
    look_up(&connection, &mut light, &"alice".parse().unwrap()).await;
    light.confirm(&lineage).unwrap();
    let DirectoryReply::Operators { proof, handovers } =
        ask_directory(&connection, &DirectoryRequest::Operators { known: 0 }).await
    else {
        panic!("a node that serves can prove")
    };
    let committee = light
        .committee(&proof, handovers.as_slice(), freshness())
        .unwrap();
    assert_eq!(committee.validators(), genesis.validators);
    node.shutdown().await;
}
