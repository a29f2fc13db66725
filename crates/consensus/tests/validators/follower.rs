//! A node without a vote: what it takes, and what it refuses.

use std::time::Duration;

use commonware_codec::{Copying, DecodeExt as _, Encode as _};
use commonware_consensus::simplex::scheme::ed25519::Scheme;
use commonware_consensus::simplex::types::{Finalization, Finalize, Proposal};
use commonware_consensus::types::{Epoch, Round, View};
use commonware_cryptography::Signer as _;
use commonware_cryptography::blake3::Digest;
use commonware_cryptography::ed25519::PrivateKey;
use commonware_parallel::Sequential;
use commonware_utils::iter::NonEmpty;
use commonware_utils::ordered::Set;
use tempfile::TempDir;
use xchat_consensus::{Config, Consensus, ImportError, Role};
use xchat_proto::certificate::{Certificate, vote_namespace};
use xchat_proto::codec::Bounded;
use xchat_proto::directory_wire::{FinalBlock, RejectReason};
use xchat_proto::header::{Header, operations_hash};
use xchat_proto::light::LightError;
use xchat_proto::operator::NetworkFile;

use crate::eye::{alone, look_up};
use crate::testing::{NOON_MS, key, registration};
use crate::watch::Watch;

/// The engine's certificate for a header, by the only validator.
fn certify(header: &Header, epoch: u64) -> Certificate {
    let private = PrivateKey::decode(Copying(key(200).seed().as_slice())).unwrap();
    let set = Set::from_iter_dedup([private.public_key()]);
    let validators = Bounded::new(vec![key(200).public()]).unwrap();
    let namespace = vote_namespace(&header.network, &validators);
    let scheme = Scheme::signer(&namespace, set, private).unwrap();
    let round = Round::new(Epoch::new(epoch), View::new(9));
    let proposal = Proposal::new(round, View::new(8), Digest(header.digest().0));
    let vote = [Finalize::sign(&scheme, proposal).unwrap()];
    let votes = NonEmpty::try_new(vote.iter()).unwrap();
    let made: Finalization<Scheme, Digest> =
        Finalization::from_finalizes(&scheme, votes, &Sequential).unwrap();
    Certificate::new(made.encode().to_vec()).unwrap()
}

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
    /// Gives the follower the first block, changed.
    fn import(&self, change: impl Fn(&mut FinalBlock)) -> Result<u64, ImportError> {
        let mut block = self.blocks[0].clone();
        change(&mut block);
        self.follower.import(&[block])
    }
}

#[tokio::test]
async fn a_follower_refuses_by_name_what_is_not_decided() {
    let pair = pair().await;
    assert!(matches!(
        pair.follower.import(&pair.blocks[1..]),
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
        pair.import(|block| block.certificate = Some(certify(&block.header, 1))),
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
            block.certificate = Some(certify(&block.header, 0));
        }),
        Err(ImportError::Invalid(1))
    ));
    assert_eq!(pair.follower.reader().head().header.height, 0);
    // The same means, used rightly, are accepted.
    assert_eq!(
        pair.import(|block| block.certificate = Some(certify(&block.header, 0)))
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
    assert_eq!(pair.follower.import(&run).unwrap(), last);
    assert_eq!(pair.follower.import(&run).unwrap(), last);
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
