//! A profile that is put back from a backup: it must never encrypt under keys that its newer self has used, and finds
//! its way back into its conversations as a new device.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::path::Path;
use std::time::Duration;

use xchat_client::{
    ConversationId, ConversationState, Event, Listen, Messenger, MessengerConfig, NetworkInvitation, Profile,
    Update, invitation,
};
use xchat_node::NodeConfig;

async fn start(folder: &Path) -> Messenger {
    let profile = if Profile::is_there(folder) {
        Profile::open(folder, None).unwrap()
    } else {
        Profile::create(folder, None).unwrap()
    };
    let listen = Listen::Sockets(vec!["127.0.0.1:0".parse().unwrap()]);
    Messenger::start(MessengerConfig {
        listen,
        ..MessengerConfig::new(profile)
    })
    .await
    .unwrap()
}

async fn register(messenger: &Messenger, network: &NetworkInvitation, name: &str) {
    messenger.join_network(network.clone()).await.unwrap();
    messenger.create_account().await.unwrap();
    messenger.register(name.parse().unwrap()).await.unwrap();
}

/// Waits until `holds`, looking again after everything that happens.
async fn until(messenger: &Messenger, what: &str, holds: impl AsyncFn(&Messenger) -> bool) {
    let mut updates = messenger.subscribe();
    let waited = tokio::time::timeout(Duration::from_secs(60), async {
        while !holds(messenger).await {
            updates.next().await;
        }
    });
    assert!(waited.await.is_ok(), "{what}: never came");
}

async fn texts(messenger: &Messenger, conversation: ConversationId) -> Vec<String> {
    let messages = messenger.messages(conversation, None, 500).await.unwrap();
    messages.into_iter().map(|message| message.text).collect()
}

async fn has(messenger: &Messenger, conversation: ConversationId, text: &str) {
    until(messenger, text, async |messenger| {
        texts(messenger, conversation).await.iter().any(|t| t == text)
    })
    .await;
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

/// The story with the whole folder put back, or with its database only.
async fn story(put_back: impl Fn(&Path, &Path)) {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let node = xchat_node::spawn(NodeConfig::local(path("node"))).await.unwrap();
    let network = invitation(node.genesis(), vec![node.endpoint().clone()], None).unwrap();
    let bob = start(&path("bob")).await;
    register(&bob, &network, "bob").await;
    let alice = start(&path("alice")).await;
    register(&alice, &network, "alice").await;

    let mut updates = bob.subscribe();
    let to_bob = alice.contact("bob".parse().unwrap()).await.unwrap();
    let request = loop {
        if let Some(Update::Event(Event::Request(request))) = updates.next().await {
            break request;
        }
    };
    let to_alice = bob.accept(request.id).await.unwrap();
    alice.send_text(to_bob, "before the copy").await.unwrap();
    has(&bob, to_alice, "before the copy").await;
    bob.send_text(to_alice, "an answer").await.unwrap();
    has(&alice, to_bob, "an answer").await;

    alice.shutdown().await;
    copy(&path("alice"), &path("backup"));
    let alice = start(&path("alice")).await;
    alice.send_text(to_bob, "after the copy").await.unwrap();
    has(&bob, to_alice, "after the copy").await;
    alice.shutdown().await;

    put_back(&path("backup"), &path("alice"));
    let alice = start(&path("alice")).await;
    alice.send_text(to_bob, "from the old copy").await.ok();
    until(&alice, "a place in the conversation", async |alice| {
        let view = alice.conversation(to_bob).await.unwrap().unwrap();
        view.state == ConversationState::Active && view.trouble.is_none()
    })
    .await;
    alice.send_text(to_bob, "and on we go").await.unwrap();
    has(&bob, to_alice, "and on we go").await;
    bob.send_text(to_alice, "gladly").await.unwrap();
    has(&alice, to_bob, "gladly").await;

    let seen = texts(&bob, to_alice).await;
    for text in ["before the copy", "after the copy", "and on we go"] {
        assert_eq!(seen.iter().filter(|t| *t == text).count(), 1, "{text}: once");
    }
    for messenger in [&alice, &bob] {
        messenger.shutdown().await;
    }
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cnv_09_a_database_put_back_alone_joins_anew() {
    story(|backup, profile| {
        let name = "profile.db";
        for file in [name.to_owned(), format!("{name}-wal"), format!("{name}-shm")] {
            std::fs::remove_file(profile.join(&file)).ok();
            if backup.join(&file).exists() {
                std::fs::copy(backup.join(&file), profile.join(&file)).unwrap();
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cnv_12_a_whole_profile_put_back_joins_anew() {
    story(|backup, profile| {
        std::fs::remove_dir_all(profile).unwrap();
        copy(backup, profile);
    })
    .await;
}
