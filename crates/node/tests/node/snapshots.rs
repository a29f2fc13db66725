//! Beginning with a snapshot of several parts: interrupted, and beside a node that lies.
#![expect(clippy::panic, reason = "tests fail by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use tokio::time::Instant;
use xchat_node::{Genesis, NetworkFile, NodeConfig, NodeHandle, Retention, spawn};
use xchat_proto::address::{Endpoint, Socket};
use xchat_proto::codec::{self, Blob, Bounded, Text};
use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest, SnapshotPart};
use xchat_proto::identity::{account_of, sign_link};
use xchat_proto::ids::{Hash, LogId, NodeId};
use xchat_proto::keys::SigningKey;
use xchat_proto::light::{Handover, Handovers};
use xchat_proto::limits::HANDOVERS_MAX;
use xchat_proto::record::{Fee, Inbox, Operation, Record, registration_challenge};
use xchat_proto::signed::Signed;

use super::device::{dialler, directory};
use super::directory::status;
use super::operators::{Machine, config, is_registered, machine, network, register};
use super::stranger::{Answer, Pair, Stranger, Upstream, claims};

const RETENTION: Retention = Retention {
    blocks: 1,
    snapshot_every: 16,
};
/// So many make a snapshot of three parts.
const LARGE: u32 = 400;

/// How many questions a node is asked at the most that is of no use.
const FEW: usize = 24;
/// How soon a new follower is there: sooner than a node is given up that says nothing.
const SOON: Duration = Duration::from_secs(10);

/// A registration of some kilobytes.
fn large_registration(genesis: &Genesis, number: u32) -> Operation {
    let mut seed = [77; 32];
    seed[..4].copy_from_slice(&number.to_be_bytes());
    let key = SigningKey::from_seed(&seed);
    seed[4] = 1;
    let next = SigningKey::from_seed(&seed);
    let link = sign_link(0, &key, &next.public()).unwrap();
    let digits = format!("{number:05}");
    let letters = digits.bytes().map(|digit| char::from(digit - b'0' + b'a'));
    let home = |number: u8| Endpoint {
        id: NodeId([number; 32]),
        sockets: Bounded::new(vec![
            Socket(
                "[2001:db8:1111:2222:3333:4444:5555:6666]:12345".parse().unwrap()
            );
            16
        ])
        .unwrap(),
        relay: Some(Text::new(format!("https://{}.example/", "r".repeat(60))).unwrap()),
    };
    let record = Record {
        network: genesis.id(),
        name: format!("large_{}", letters.collect::<String>()).parse().unwrap(),
        account: account_of(&link),
        identity: link,
        devices: Hash([1; 32]),
        inbox: Inbox {
            homes: Bounded::new((1..=3).map(home).collect()).unwrap(),
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

/// Makes a directory whose newest snapshot has several parts, and returns them.
async fn fill(node: &NodeHandle) -> Vec<SnapshotPart> {
    let upstream = Upstream::new(213, node).await;
    let submitted = stream::iter(0..LARGE).map(|number| {
        let operation = large_registration(node.genesis(), number);
        let upstream = upstream.clone();
        async move {
            let submit = DirectoryRequest::Submit { operation };
            let reply = upstream.ask(&submit).await;
            assert!(matches!(reply, DirectoryReply::Accepted { .. }), "{reply:?}");
        }
    });
    submitted.buffer_unordered(24).collect::<()>().await;
    let height = register(node, "alice", 1).await;
    // The next snapshot has them all, and the blocks below it are gone.
    let every = RETENTION.snapshot_every;
    make_blocks(node, (height / every + 1) * every, "person").await;
    let parts = parts(&upstream).await;
    assert!(parts.len() > 2, "{} parts", parts.len());
    parts
}

/// Makes blocks up to a height.
pub(crate) async fn make_blocks(node: &NodeHandle, height: u64, name: &str) {
    const LETTERS: &[u8] = b"bcdfghkptz";
    for number in 0..100_u8 {
        let letter = |digit: u8| char::from(LETTERS[usize::from(digit)]);
        let name = format!("{name}_{}{}", letter(number / 10), letter(number % 10));
        if register(node, &name, 3 + 2 * number).await > height {
            return;
        }
    }
    panic!("so many blocks are never made");
}

async fn parts(upstream: &Upstream) -> Vec<SnapshotPart> {
    let mut parts: Vec<SnapshotPart> = Vec::new();
    loop {
        let last = parts.last();
        let request = DirectoryRequest::Snapshot {
            height: last.map(|part| part.certified.header.height),
            after: last.and_then(|part| Some(part.entries.as_slice().last()?.key)),
            known: 0,
        };
        match upstream.ask(&request).await {
            DirectoryReply::Snapshot { part, .. } => {
                let has_more = part.has_more;
                parts.push(part);
                if !has_more {
                    return parts;
                }
            }
            other => panic!("{other:?}"),
        }
    }
}

fn last_key(part: &SnapshotPart) -> Option<Hash> {
    part.entries.as_slice().last().map(|entry| entry.key)
}

/// What was asked of a snapshot: its height, and the key after which.
fn asked_parts(asked: &[DirectoryRequest]) -> Vec<(Option<u64>, Option<Hash>)> {
    let parts = asked.iter().filter_map(|request| match request {
        DirectoryRequest::Snapshot { height, after, .. } => Some((*height, *after)),
        _ => None,
    });
    parts.collect()
}

/// An operator's only node, and a stranger through which others reach it.
struct Front {
    stranger: Stranger,
    machine: Machine,
    network: NetworkFile,
}

impl Front {
    async fn new() -> Self {
        let stranger = Stranger::new(221).await;
        let machine = stranger.in_front_of("alpha", &[]);
        let network = network(std::slice::from_ref(&machine), 2);
        Self {
            stranger,
            machine,
            network,
        }
    }

    fn config(&self, machine: &Machine) -> NodeConfig {
        NodeConfig {
            retention: Some(RETENTION),
            ..config(machine.dir.path(), machine, &self.network)
        }
    }
}

/// The stranger passes on so many parts of a snapshot, and all else; then it says no more of snapshots.
fn passes_on(stranger: &Stranger, upstream: &Upstream, parts_max: usize) {
    let (upstream, served) = (upstream.clone(), Arc::new(AtomicUsize::new(0)));
    stranger.does_async(move |request| {
        let (upstream, served) = (upstream.clone(), Arc::clone(&served));
        async move {
            if matches!(request, DirectoryRequest::Snapshot { .. })
                && served.fetch_add(1, Ordering::Relaxed) >= parts_max
            {
                return Answer::Silence;
            }
            Answer::Reply(upstream.ask(&request).await)
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_snapshot_goes_on_where_it_was_or_begins_with_the_next() {
    let front = Front::new().await;
    let node = spawn(front.config(&front.machine)).await.unwrap();
    let parts = fill(&node).await;
    let height = parts[0].certified.header.height;
    let upstream = Upstream::new(212, &node).await;
    let [first, second] = ["first", "second"].map(machine);
    let rest: Vec<_> = parts[1..]
        .iter()
        .zip(&parts)
        .map(|(_, before)| (Some(height), last_key(before)))
        .collect();
    for outside in [&first, &second] {
        passes_on(&front.stranger, &upstream, 2);
        let follower = spawn(front.config(outside)).await.unwrap();
        front
            .stranger
            .is_asked(|asked| asked_parts(asked).len() == 3)
            .await;
        assert_eq!(
            asked_parts(&front.stranger.asked()),
            [(None, None), rest[0], rest[1]],
            "two parts are there, the third is asked for"
        );
        follower.shutdown().await;
    }

    passes_on(&front.stranger, &upstream, usize::MAX);
    let follower = spawn(front.config(&first)).await.unwrap();
    assert!(is_registered(&follower, "alice", height).await);
    assert_eq!(asked_parts(&front.stranger.asked()), rest[1..], "no part twice");
    follower.shutdown().await;

    // Nobody has that snapshot any more.
    make_blocks(&node, height + 2 * RETENTION.snapshot_every, "later").await;
    passes_on(&front.stranger, &upstream, usize::MAX);
    let follower = spawn(front.config(&second)).await.unwrap();
    let newest = parts_height(&upstream).await;
    assert!(newest > height);
    assert!(is_registered(&follower, "alice", newest).await);
    let asked = asked_parts(&front.stranger.asked());
    assert_eq!(
        asked[0], rest[1],
        "the snapshot that was begun is looked for first"
    );
    assert!(
        asked.contains(&(None, None)) && asked.last().unwrap().0 == Some(newest),
        "{asked:?}"
    );
    follower.shutdown().await;
    node.shutdown().await;
}

async fn parts_height(upstream: &Upstream) -> u64 {
    parts(upstream).await[0].certified.header.height
}

type Lie = Arc<dyn Fn(&DirectoryRequest, SnapshotPart, Handovers) -> DirectoryReply + Send + Sync>;

fn reply(part: SnapshotPart, handovers: Handovers) -> DirectoryReply {
    DirectoryReply::Snapshot { part, handovers }
}

fn is_first(request: &DirectoryRequest) -> bool {
    matches!(request, DirectoryRequest::Snapshot { after: None, .. })
}

/// A change of the validators at a height that everybody knows: whoever follows passes it over.
fn known_handover(part: &SnapshotPart, genesis: &Genesis) -> Handover {
    let mut certified = part.certified.clone();
    certified.header.height = 0;
    Handover {
        certified,
        validators: genesis.validators.clone(),
    }
}

fn lies(genesis: &Genesis, first: &SnapshotPart) -> Vec<(&'static str, Lie)> {
    let (genesis, first) = (genesis.clone(), first.clone());
    vec![
        (
            "with an altered value",
            Arc::new(|_, mut part, handovers| {
                let mut entries = part.entries.into_vec();
                let mut value = entries[0].value.as_slice().to_vec();
                value[0] ^= 1;
                entries[0].value = Blob::new(value).unwrap();
                part.entries = Bounded::new(entries).unwrap();
                reply(part, handovers)
            }),
        ),
        (
            "without an entry",
            Arc::new(|_, mut part, handovers| {
                let mut entries = part.entries.into_vec();
                entries.remove(0);
                part.entries = Bounded::new(entries).unwrap();
                reply(part, handovers)
            }),
        ),
        (
            "of a later block",
            Arc::new(|_, mut part, handovers| {
                part.certified.header.height += 1;
                reply(part, handovers)
            }),
        ),
        (
            "with known changes of the validators, over and over",
            Arc::new(move |_, mut part, _| {
                let known = vec![known_handover(&part, &genesis); HANDOVERS_MAX];
                part.certified.header.height = u64::MAX;
                reply(part, Bounded::new(known).unwrap())
            }),
        ),
        (
            "that is always the first",
            Arc::new(move |_, _, handovers| reply(first.clone(), handovers)),
        ),
        (
            "that is the only one to be had",
            Arc::new(|request, part, handovers| match is_first(request) {
                true => reply(part, handovers),
                false => DirectoryReply::Unavailable,
            }),
        ),
    ]
}

/// A new follower comes to the state of a height by the honest node, and asks the stranger little.
async fn comes(pair: &Pair, what: &str, height: u64) {
    let outside = machine("outside");
    let follower = spawn(pair.config(&outside)).await.unwrap();
    assert!(is_registered(&follower, "alice", height).await, "{what}");
    let asked = pair.stranger.asked();
    assert!((1..FEW).contains(&asked.len()), "{what}: {asked:?}");
    follower.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_that_does_not_hold_is_fetched_elsewhere() {
    let pair = Pair::new(2, Some(RETENTION)).await;
    let parts = fill(&pair.nodes[0]).await;
    let height = parts[0].certified.header.height;
    let upstream = Upstream::new(212, &pair.nodes[0]).await;
    for (what, lie) in lies(&pair.network.genesis, &parts[0]) {
        let upstream = upstream.clone();
        pair.stranger.does_async(move |request| {
            let (upstream, lie) = (upstream.clone(), Arc::clone(&lie));
            async move {
                Answer::Reply(match upstream.ask(&request).await {
                    DirectoryReply::Snapshot { part, handovers } => lie(&request, part, handovers),
                    other => other,
                })
            }
        });
        comes(&pair, what, height).await;
    }

    // A true one that is old, and that nobody else has: whoever took it would be far behind again.
    make_blocks(&pair.nodes[0], height + 2 * RETENTION.snapshot_every, "later").await;
    let newest = parts_height(&upstream).await;
    pair.stranger.does(move |request| {
        let DirectoryRequest::Snapshot { after, .. } = request else {
            return Answer::Reply(claims(u64::MAX));
        };
        let part = match after {
            None => parts.first(),
            Some(_) => parts
                .iter()
                .zip(&parts[1..])
                .find_map(|(before, part)| (last_key(before) == after).then_some(part)),
        };
        Answer::Reply(part.map_or(DirectoryReply::Unavailable, |part| {
            reply(part.clone(), Bounded::default())
        }))
    });
    comes(&pair, "an old one", newest).await;
    pair.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_node_gives_the_rest_of_a_snapshot_when_the_first_is_silent_or_gone() {
    let mut pair = Pair::new(2, Some(RETENTION)).await;
    let parts = fill(&pair.nodes[0]).await;
    let height = parts[0].certified.header.height;
    let upstream = Upstream::new(212, &pair.nodes[0]).await;
    // Silent after the first part, when the honest node is there: it is not waited for.
    passes_on(&pair.stranger, &upstream, 1);
    let begun = Instant::now();
    comes(&pair, "silent", height).await;
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());

    // The honest node is not there until the stranger has given two parts and gone.
    let sizes: Vec<u64> = parts
        .iter()
        .map(|part| codec::encode(part).len() as u64)
        .collect();
    let two = Arc::new([parts[0].clone(), parts[1].clone()]);
    pair.nodes.remove(0).shutdown().await;
    pair.stranger.does(move |request| {
        let part = match request {
            DirectoryRequest::Status => return Answer::Reply(claims(u64::MAX)),
            DirectoryRequest::Snapshot { after: None, .. } => &two[0],
            DirectoryRequest::Snapshot { after, .. } if after == last_key(&two[0]) => &two[1],
            _ => return Answer::Silence,
        };
        Answer::Reply(reply(part.clone(), Bounded::default()))
    });
    let outside = machine("outside");
    let follower = spawn(pair.config(&outside)).await.unwrap();
    let third = (Some(height), last_key(&parts[1]));
    pair.stranger
        .is_asked(|asked| asked_parts(asked).contains(&third))
        .await;
    follower.shutdown().await;
    pair.stranger.does(|_| Answer::Silence);
    pair.start_again().await;
    let follower = spawn(pair.config(&outside)).await.unwrap();
    assert!(is_registered(&follower, "alice", height).await);
    let given = pair.nodes[0].stats().sync_bytes;
    let whole: u64 = sizes.iter().sum();
    assert!(
        given < whole - sizes[0],
        "{given} bytes of {whole} were asked for"
    );
    follower.shutdown().await;
    pair.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_survives_a_stop_before_and_after_a_snapshot() {
    let [one, outside] = ["one", "outside"].map(machine);
    let network = network(std::slice::from_ref(&one), 2);
    let config_of = |machine: &Machine| NodeConfig {
        retention: Some(Retention {
            blocks: 1000,
            snapshot_every: 4,
        }),
        ..config(machine.dir.path(), machine, &network)
    };
    let node = spawn(config_of(&one)).await.unwrap();
    make_blocks(&node, 6, "person").await;
    let follower = spawn(config_of(&outside)).await.unwrap();
    let height = register(&node, "alice", 1).await;
    assert!(is_registered(&follower, "alice", height).await);
    follower.shutdown().await;
    // As it is left by who was stopped before the first part.
    let folder = outside.dir.path().join("directory");
    std::fs::create_dir(folder.join("snapshot")).unwrap();
    let follower = spawn(config_of(&outside)).await.unwrap();
    let later = register(&node, "bob", 201).await;
    assert!(is_registered(&follower, "bob", later).await);
    let endpoint = dialler(202).await;
    let seen = status(&directory(&endpoint, &follower).await).await;
    assert_eq!(seen.oldest, 1, "it has the blocks that it had");
    follower.shutdown().await;

    // As it is left by who was stopped while a complete one took its place.
    std::fs::rename(folder.join("directory"), folder.join("snapshot")).unwrap();
    std::fs::create_dir(folder.join("rubbish")).unwrap();
    let follower = spawn(config_of(&outside)).await.unwrap();
    let seen = status(&directory(&endpoint, &follower).await).await;
    assert!(seen.height >= later && seen.oldest == 1, "{seen:?}");
    follower.shutdown().await;
    node.shutdown().await;
}
