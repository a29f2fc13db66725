//! Kills the whole process, node and both messengers in one, at many points of registering, inviting, joining,
//! committing, sending and receiving; then lets it finish, and counts: nothing lost, nothing twice, nothing out of
//! order.
//!
//! The killed process is this very test, started again with a folder in its environment.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests fail by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use xchat_client::{
    ConversationId, Event, Listen, MessageState, Messenger, MessengerConfig, NetworkInvitation, Profile,
    Update, invitation,
};
use xchat_node::NodeConfig;

const FOLDER: &str = "XCHAT_KILL_SWEEP_FOLDER";
/// How many messages each of the two writes.
const MESSAGES: usize = 40;
/// How many networks are begun from nothing.
const ROUNDS: u64 = 4;
/// How often each is killed.
const KILLS: u64 = 9;

fn start(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "the_process_that_is_killed",
            "--ignored",
            "--nocapture",
        ])
        .env(FOLDER, folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("the test can start itself")
}

/// Waits for the child to end by itself, at most this long.
fn ends_within(child: &mut Child, limit: Duration) -> bool {
    let step = Duration::from_millis(5);
    let mut waited = Duration::ZERO;
    while waited < limit {
        if child.try_wait().unwrap().is_some() {
            return true;
        }
        std::thread::sleep(step);
        waited += step;
    }
    false
}

#[test]
fn cnv_11_a_process_killed_anywhere_loses_nothing_and_repeats_nothing_slow() {
    for round in 0..ROUNDS {
        let folder = tempfile::tempdir().unwrap();
        for kill in 0..KILLS {
            let mut child = start(folder.path());
            // Spread over start, registration, invitation and conversation, other points in every round.
            let moment = 40 + kill * 170 + round * 43;
            if ends_within(&mut child, Duration::from_millis(moment)) {
                break;
            }
            child.kill().unwrap();
            child.wait().unwrap();
        }
        let mut child = start(folder.path());
        assert!(
            ends_within(&mut child, Duration::from_secs(150)),
            "round {round}: it never finished"
        );
        check(folder.path(), round);
    }
}

fn check(folder: &Path, round: u64) {
    let read = |name: &str| std::fs::read_to_string(folder.join(name).with_extension("history")).unwrap();
    let (alice, bob) = (read("alice"), read("bob"));
    assert_eq!(alice, bob, "round {round}: both see the same");
    for writer in ["alice", "bob"] {
        let seen: Vec<&str> = alice.lines().filter(|line| line.starts_with(writer)).collect();
        let expected: Vec<String> = (0..MESSAGES).map(|number| format!("{writer} {number}")).collect();
        assert_eq!(
            seen, expected,
            "round {round}: all of {writer}'s, once and in order"
        );
    }
    assert_eq!(
        alice.lines().count(),
        2 * MESSAGES,
        "round {round}: and nothing else"
    );
}

#[test]
#[ignore = "started by the sweep, with a folder"]
fn the_process_that_is_killed() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).expect("started by the sweep"));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(live(&folder));
}

async fn live(folder: &Path) {
    let node = xchat_node::spawn(NodeConfig::local(folder.join("node")))
        .await
        .unwrap();
    let network = invitation(node.genesis(), vec![node.endpoint().clone()], None).unwrap();
    let (alice, bob) = tokio::join!(person(folder, "alice", &network), person(folder, "bob", &network));
    let (one, two) = tokio::join!(
        talk(&alice, "alice", "bob", true),
        talk(&bob, "bob", "alice", false)
    );
    for (messenger, conversation, name) in [(&alice, one, "alice"), (&bob, two, "bob")] {
        let history = messenger.messages(conversation, None, 500).await.unwrap();
        let lines: String = history
            .iter()
            .map(|message| format!("{}\n", message.text))
            .collect();
        std::fs::write(folder.join(name).with_extension("history"), lines).unwrap();
    }
    alice.shutdown().await;
    bob.shutdown().await;
    node.shutdown().await;
}

async fn person(folder: &Path, name: &str, network: &NetworkInvitation) -> Messenger {
    let folder = folder.join(name);
    let profile = if Profile::is_there(&folder) {
        Profile::open(&folder, None).unwrap()
    } else {
        Profile::create(&folder, None).unwrap()
    };
    let listen = Listen::Sockets(vec!["127.0.0.1:0".parse().unwrap()]);
    let messenger = Messenger::start(MessengerConfig {
        listen,
        ..MessengerConfig::new(profile)
    })
    .await
    .unwrap();
    messenger.join_network(network.clone()).await.unwrap();
    if messenger.identity().await.unwrap().is_none() {
        messenger.create_account().await.unwrap();
    }
    while !messenger.identity().await.unwrap().unwrap().registered {
        if let Err(error) = messenger.register(name.parse().unwrap()).await {
            assert!(
                error.retryable() || error.code() == "already-registered",
                "{error}"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    messenger
}

/// Writes what has not been written yet, until all of both is there and delivered.
async fn talk(messenger: &Messenger, own: &str, other: &str, begins: bool) -> ConversationId {
    let mut updates = messenger.subscribe();
    let conversation = conversation(messenger, other, begins).await;
    let written = messenger.messages(conversation, None, 500).await.unwrap();
    let written = written.iter().filter(|message| message.mine).count();
    for number in written..MESSAGES {
        messenger
            .send_text(conversation, &format!("{own} {number}"))
            .await
            .unwrap();
        // Not all at once, so that kills fall between and within.
        tokio::time::sleep(Duration::from_millis(8)).await;
    }
    loop {
        let all = messenger.messages(conversation, None, 500).await.unwrap();
        let arrived = all.iter().filter(|message| match message.state {
            MessageState::Received | MessageState::Delivered | MessageState::Read => true,
            MessageState::Waiting | MessageState::Sent => false,
        });
        if arrived.count() >= 2 * MESSAGES {
            return conversation;
        }
        updates.next().await.expect("the messenger lives");
    }
}

async fn conversation(messenger: &Messenger, other: &str, begins: bool) -> ConversationId {
    if begins {
        loop {
            match messenger.contact(other.parse().unwrap()).await {
                Ok(conversation) => return conversation,
                Err(error) => assert!(error.retryable(), "{error}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    let mut updates = messenger.subscribe();
    loop {
        if let Some(conversation) = messenger.conversation_with(other.parse().unwrap()).await.unwrap() {
            return conversation;
        }
        for request in messenger.requests().await.unwrap() {
            messenger.accept(request.id).await.unwrap();
        }
        if messenger.requests().await.unwrap().is_empty()
            && messenger
                .conversation_with(other.parse().unwrap())
                .await
                .unwrap()
                .is_none()
        {
            while !matches!(
                updates.next().await,
                Some(Update::Event(Event::Request(_) | Event::Conversation(_)))
            ) {}
        }
    }
}
