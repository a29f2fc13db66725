//! A follower passes on what a lying operator says of a change only when the blocks bear it out.

use xchat_node::spawn;
use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest, RejectReason};

use super::device::{ask_directory, dialler, directory};
use super::directory::registration;
use super::operators::{is_registered, machine, reaches, register};
use super::stranger::{Answer, Pair, Upstream};

#[tokio::test(flavor = "multi_thread")]
async fn no_operators_word_alone_is_the_verdict_on_a_change() {
    let pair = Pair::new(64, None).await;
    let height = register(&pair.nodes[0], "alice", 1).await;
    let upstream = Upstream::new(212, &pair.nodes[0]).await;
    let outside = machine("outside");
    let follower = spawn(pair.config(&outside)).await.unwrap();
    reaches(&follower, height).await;
    let rejected = |reason| DirectoryReply::Rejected { reason };
    let lies = [
        ("bob", DirectoryReply::Accepted { height: 1 }),
        ("carol", DirectoryReply::Accepted { height: u64::MAX }),
        ("dave", rejected(RejectReason::NameTaken)),
        ("erin", rejected(RejectReason::BadSignature)),
    ];
    for (owner, (name, lie)) in (2..).zip(lies) {
        let upstream = upstream.clone();
        pair.stranger.does_async(move |request| {
            let (upstream, lie) = (upstream.clone(), lie.clone());
            async move {
                Answer::Reply(match request {
                    DirectoryRequest::Submit { .. } => lie,
                    request => upstream.ask(&request).await,
                })
            }
        });
        let height = register(&follower, name, 2 * owner).await;
        let is_submit = |request: &DirectoryRequest| matches!(request, DirectoryRequest::Submit { .. });
        assert!(
            pair.stranger.asked().iter().any(is_submit),
            "{name}: the liar is asked first"
        );
        assert!(is_registered(&follower, name, height).await, "{name}");
    }

    // What is true is passed on, whoever says what.
    let taken = DirectoryRequest::Submit {
        operation: registration(follower.genesis(), &"alice".parse().unwrap(), 40),
    };
    let endpoint = dialler(9).await;
    let reply = ask_directory(&directory(&endpoint, &follower).await, &taken).await;
    assert_eq!(reply, rejected(RejectReason::NameTaken));
    follower.shutdown().await;
    pair.shutdown().await;
}
