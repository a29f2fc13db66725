//! A node without a vote: what it takes, and what it refuses.

use std::time::Duration;

use tempfile::TempDir;
use xchat_consensus::{Config, Consensus, ImportError, Role};
use xchat_proto::codec::Bounded;
use xchat_proto::directory_wire::{FinalBlock, RejectReason};
use xchat_proto::header::operations_hash;
use xchat_proto::light::LightError;
use xchat_proto::operator::NetworkFile;

use crate::certifying::certify;
use crate::eye::{alone, look_up};
use crate::testing::{NOON_MS, key, registration};
use crate::watch::Watch;

/// A validator that has decided on some blocks, and a follower that has none of them.
struct Pair {
    node: Consensus,
    follower: Consensus,
    blocks: Vec<FinalBlock>,
    watch: Watch,
    _folders: [TempDir; 2],
}

async fn pair() -> Pair {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let watch = Watch::at(NOON_MS);
    let mut config = alone(folders[0].path(), watch.clock());
    config.heartbeat = Duration::from_millis(50);
    let node = Consensus::spawn(config.clone()).unwrap();
    node.submit(registration(node.genesis().id(), "alice", 1))
        .await
        .unwrap();
    node.certified_above(1).await.unwrap();
    let blocks = node.reader().blocks(1, 1 << 20).unwrap();
    assert!(blocks.len() >= 2);
    let network = NetworkFile {
        genesis: config.genesis,
        operators: config.operators,
    };
    let follower = Config::follower(network, folders[1].path().to_owned(), watch.clock());
    Pair {
        node,
        follower: Consensus::spawn(follower).unwrap(),
        blocks,
        watch,
        _folders: folders,
    }
}

impl Pair {
    /// Gives the follower the first block, changed. On a slow machine that one may have been decided with the next.
    fn import(&self, change: impl Fn(&mut FinalBlock)) -> Result<u64, ImportError> {
        let mut block = self.blocks[0].clone();
        let certified = || certify(&block.header, 0, &key(200));
        block.certificate = Some(block.certificate.take().unwrap_or_else(certified));
        change(&mut block);
        self.follower.import(&[block], None)
    }
}

#[tokio::test]
async fn a_follower_refuses_by_name_what_is_not_decided() {
    let pair = pair().await;
    assert!(matches!(
        pair.follower.import(&pair.blocks[1..], None),
        Err(ImportError::OutOfPlace(2))
    ));
    assert!(matches!(
        pair.import(|block| block.certificate = None),
        Err(ImportError::Uncertified(1))
    ));
    assert!(matches!(
        pair.import(|block| block.header.time_ms += 1),
        Err(ImportError::Certificate { height: 1, .. })
    ));
    assert!(matches!(
        pair.import(|block| block.certificate = Some(certify(&block.header, 1, &key(200)))),
        Err(ImportError::Certificate {
            error: LightError::OtherEpoch {
                found: 1,
                expected: 0
            },
            ..
        })
    ));
    let twice = vec![registration(pair.node.genesis().id(), "mallory", 7); 2];
    let twice = Bounded::new(twice).unwrap();
    assert!(matches!(
        pair.import(|block| block.operations = twice.clone()),
        Err(ImportError::OtherContents(1))
    ));
    // Even a quorum can't bring a follower to break the rules: here a name is registered twice.
    assert!(matches!(
        pair.import(|block| {
            block.operations = twice.clone();
            block.header.operations = operations_hash(twice.as_slice());
            block.certificate = Some(certify(&block.header, 0, &key(200)));
        }),
        Err(ImportError::Invalid(1))
    ));
    assert_eq!(pair.follower.reader().head().header.height, 0);
    // The same means, used rightly, are accepted.
    assert_eq!(
        pair.import(|block| block.certificate = Some(certify(&block.header, 0, &key(200))))
            .unwrap(),
        1
    );
    pair.follower.shutdown().await;
    pair.node.shutdown().await;
}

#[tokio::test]
async fn a_follower_takes_what_is_decided_and_proves_it() {
    let pair = pair().await;
    assert!(pair.follower.is_following());
    assert_eq!(pair.follower.stats().role, Role::Follower);
    // One certificate is enough for all that it stands on, and what is there already is passed over.
    let mut run = pair.blocks.clone();
    run[0].certificate = None;
    let last = run.last().unwrap().header.height;
    assert_eq!(pair.follower.import(&run, None).unwrap(), last);
    assert_eq!(pair.follower.import(&run, None).unwrap(), last);
    let alice = look_up(&pair.follower, "alice", pair.watch.now_ms(), last).unwrap();
    assert!(alice.record.is_some());
    let network = pair.node.genesis().id();
    assert_eq!(
        pair.follower.submit(registration(network, "bob", 3)).await,
        Err(RejectReason::Busy),
        "it can bring nothing to a decision"
    );
    assert!(
        pair.follower
            .submit(registration(network, "alice", 1))
            .await
            .is_ok()
    );
    pair.follower.shutdown().await;
    pair.node.shutdown().await;
}
