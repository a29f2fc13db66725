//! Following a network of which one node lies, or is slow.
#![expect(clippy::panic, reason = "tests fail by panicking")]

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use xchat_proto::codec::Bounded;
use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest, FinalBlock};
use xchat_proto::header::Header;
use xchat_proto::light::Lineage;

use super::node;
use super::operators::{is_registered, machine, register, start};
use super::stranger::{Answer, Pair, Upstream, claims, no_blocks};

/// How many questions a node is asked at the most that is of no use: some when the follower begins, and few later.
const FEW: usize = 24;
/// How soon a new follower is there: sooner than a node is given up that says nothing.
const SOON: Duration = Duration::from_secs(10);

async fn header(upstream: &Upstream, height: u64) -> Header {
    match upstream.ask(&DirectoryRequest::Header { height }).await {
        DirectoryReply::Header {
            lineage: Lineage { below, certified },
        } => below.as_slice().first().unwrap_or(&certified.header).clone(),
        other => panic!("{other:?}"),
    }
}

/// The blocks from a height on, altered.
async fn altered(upstream: Upstream, from: u64, alter: impl FnOnce(&mut Vec<FinalBlock>)) -> Answer {
    let reply = upstream.ask(&DirectoryRequest::Blocks { from }).await;
    let DirectoryReply::Blocks { blocks, oldest, .. } = reply else {
        panic!("{reply:?}")
    };
    let mut blocks = blocks.into_vec();
    alter(&mut blocks);
    Answer::Reply(DirectoryReply::Blocks {
        blocks: Bounded::new(blocks).unwrap(),
        oldest,
        above: None,
    })
}

type Lie = (&'static str, Arc<dyn Fn(&mut Vec<FinalBlock>) + Send + Sync>);

fn lies() -> Vec<Lie> {
    vec![
        (
            "of another time",
            Arc::new(|blocks| blocks.iter_mut().for_each(|block| block.header.time_ms += 1)),
        ),
        (
            "without their operations",
            Arc::new(|blocks| {
                blocks
                    .iter_mut()
                    .for_each(|block| block.operations = Bounded::default());
            }),
        ),
        (
            "without the first",
            Arc::new(|blocks| drop(blocks.drain(..blocks.len().min(1)))),
        ),
        ("in another order", Arc::new(|blocks| blocks.reverse())),
        (
            "without certificates",
            Arc::new(|blocks| blocks.iter_mut().for_each(|block| block.certificate = None)),
        ),
        (
            "with the certificates of others",
            Arc::new(|blocks| {
                let last = blocks.last().and_then(|block| block.certificate.clone());
                blocks
                    .iter_mut()
                    .for_each(|block| block.certificate = last.clone());
            }),
        ),
    ]
}

/// A new follower reaches what the honest node has, hears of what is new, knows the same, and asks the stranger little.
async fn follows(pair: &Pair, what: &str, number: u8, within: Duration) {
    let begun = Instant::now();
    let outside = machine("outside");
    let follower = start(&outside, &pair.network).await;
    assert!(is_registered(&follower, "alice", 1).await, "{what}");
    let name = format!("person_{}", "x".repeat(usize::from(number)));
    let height = register(&pair.nodes[0], &name, 100 + 2 * number).await;
    assert!(is_registered(&follower, &name, height).await, "{what}");
    let (one, other) = (
        Upstream::new(210, &follower).await,
        Upstream::new(211, &pair.nodes[0]).await,
    );
    assert_eq!(header(&one, height).await, header(&other, height).await, "{what}");
    let asked = pair.stranger.asked();
    assert!((1..FEW).contains(&asked.len()), "{what}: {asked:?}");
    assert!(begun.elapsed() < within, "{what}: {:?}", begun.elapsed());
    follower.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_that_were_tampered_with_are_not_taken() {
    let pair = Pair::new(64, None).await;
    register(&pair.nodes[0], "alice", 1).await;
    let upstream = Upstream::new(212, &pair.nodes[0]).await;
    for (number, (what, lie)) in (1..).zip(lies()) {
        let upstream = upstream.clone();
        pair.stranger.does_async(move |request| {
            let (upstream, lie) = (upstream.clone(), Arc::clone(&lie));
            async move {
                match request {
                    DirectoryRequest::Blocks { from } => altered(upstream, from, |blocks| lie(blocks)).await,
                    request => Answer::Reply(upstream.ask(&request).await),
                }
            }
        });
        follows(&pair, what, number, SOON).await;
    }
    pair.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_answer_to_a_question_for_blocks_holds_nobody_up() {
    let pair = Pair::new(64, None).await;
    register(&pair.nodes[0], "alice", 1).await;
    let upstream = Upstream::new(212, &pair.nodes[0]).await;
    let (foreign, _dir) = node().await;
    register(&foreign, "alice", 1).await;
    let foreign_blocks = Upstream::new(213, &foreign)
        .await
        .ask(&DirectoryRequest::Blocks { from: 1 })
        .await;
    let known = upstream.ask(&DirectoryRequest::Blocks { from: 1 }).await;
    let answers = [
        ("blocks of another network", foreign_blocks),
        ("blocks that are known, over and over", known),
        ("no blocks, and all are said to be gone", no_blocks(u64::MAX)),
        ("something else", DirectoryReply::Accepted { height: 1 }),
        ("that there is none now", DirectoryReply::Unavailable),
    ];
    for (number, (what, answer)) in (1..).zip(answers) {
        pair.stranger.does(move |request| {
            Answer::Reply(match request {
                DirectoryRequest::Blocks { .. } => answer.clone(),
                DirectoryRequest::Status => claims(u64::MAX),
                _ => DirectoryReply::Unavailable,
            })
        });
        follows(&pair, what, number, SOON).await;
    }
    foreign.shutdown().await;
    pair.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_node_holds_nobody_up() {
    let pair = Pair::new(64, None).await;
    register(&pair.nodes[0], "alice", 1).await;
    let upstream = Upstream::new(212, &pair.nodes[0]).await;
    for drips in [false, true] {
        let upstream = upstream.clone();
        pair.stranger.does_async(move |request| {
            let upstream = upstream.clone();
            async move {
                match drips {
                    true => Answer::Drip(upstream.ask(&request).await),
                    false => Answer::Silence,
                }
            }
        });
        let (what, number) = if drips {
            ("it drips", 1)
        } else {
            ("it says nothing", 2)
        };
        follows(&pair, what, number, SOON).await;
    }
    pair.shutdown().await;
}
