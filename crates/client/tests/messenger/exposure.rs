//! What others could know, against what a real node really holds.

use std::fs;
use std::path::Path;

use xchat_client::{Exposure, LogExposure, LogRole, MessageState};

use crate::world::World;

/// The one node of the world, as somebody sees it.
fn logs(exposure: &Exposure, role: fn(LogRole) -> bool) -> Vec<&LogExposure> {
    let all = exposure.nodes.iter().flat_map(|node| &node.logs);
    all.filter(|log| role(log.role)).collect()
}

/// Whether a file below a folder has these bytes somewhere.
fn holds(folder: &Path, bytes: &[u8]) -> bool {
    fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => holds(&path, bytes),
            false => {
                let content = fs::read(&path).unwrap();
                content.windows(bytes.len()).any(|window| window == bytes)
            }
        }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn see_01_what_is_said_to_be_seen_is_what_the_node_holds() {
    let mut world = World::new().await;
    let (mut alice, bob, at_alice, _) = world.friends().await;
    let text = "A sentence that no node can read, however long it looks.";
    let sent = alice.send(at_alice, text).await;
    alice.reaches(&sent, MessageState::Delivered).await;
    let seen = alice.messenger.exposure().await.unwrap();

    let record = seen.record.as_ref().unwrap();
    assert_eq!(record.name.as_str(), "alice");
    assert!(seen.record_bytes > 200, "{}", seen.record_bytes);
    assert_eq!(seen.nodes.len(), 1, "there is no other");
    let node = &seen.nodes[0];
    assert_eq!(node.changes.times, 1, "the registration");
    let names: Vec<&str> = node.names.iter().map(|asked| asked.name.as_str()).collect();
    assert!(names.contains(&"alice"), "{names:?}");
    assert_eq!(logs(&seen, |role| role == LogRole::Inbox).len(), 1);
    let chats = logs(&seen, |role| matches!(role, LogRole::Conversation(_)));
    let chat = chats[0];
    assert_eq!(chat.role, LogRole::Conversation(at_alice));
    assert!(
        chat.entries > 0 && chat.entry_bytes > text.len() as u64,
        "{chat:?}"
    );
    assert!(chat.appended.times > 0, "{chat:?}");
    let sample = chat.sample.clone().unwrap();

    // Under which ids the node sees her is new with each start.
    let lanes = alice.messenger.lanes().await.unwrap();
    assert_ne!(lanes.inbox, lanes.conversations);
    alice.stop().await;
    alice.start().await;
    let again = alice.messenger.exposure().await.unwrap();
    assert!(again.since_ms > seen.since_ms, "what was counted is kept nowhere");
    assert_ne!(alice.messenger.lanes().await.unwrap().inbox, lanes.inbox);
    let chats = logs(&again, |role| matches!(role, LogRole::Conversation(_)));
    assert!(
        chats[0].entry_bytes >= chat.entry_bytes,
        "what the node holds is known still"
    );

    // And the node's disk has just that.
    alice.stop().await;
    bob.stop().await;
    world.stop_node().await;
    assert!(holds(&world.node_folder(), &sample.start));
    assert!(!holds(&world.node_folder(), text.as_bytes()));
}
