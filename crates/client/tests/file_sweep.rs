//! Kills the messengers of both ends at many points while a large file is sealed, put at the home, fetched from there
//! or from the other device; then lets it finish, and compares: every byte is there.
//!
//! A killed process is this very test, started again with a folder and a name in its environment.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests fail by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use xchat_client::{
    ConversationId, Event, Listen, MessageState, MessageView, Messenger, MessengerConfig, NetworkInvitation,
    Outgoing, Profile, Quality, TransferState, Update, invitation,
};
use xchat_node::NodeConfig;

const FOLDER: &str = "XCHAT_FILE_SWEEP_FOLDER";
const NAME: &str = "XCHAT_FILE_SWEEP_NAME";
/// How large the file is.
const BYTES: usize = 50 * 1000 * 1000;
/// How often the two are killed together.
const KILLS: u64 = 20;
const FILE: &str = "large.bin";
const STEP: Duration = Duration::from_millis(5);

/// Bytes that nobody takes for a picture, no two places of which are alike.
fn bytes() -> Vec<u8> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"a large file");
    let mut bytes = vec![0; BYTES];
    hasher.finalize_xof().fill(&mut bytes);
    bytes
}

fn start(folder: &Path, name: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_end_that_is_killed", "--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .env(NAME, name)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("the test can start itself")
}

/// Waits for something at most this long, and says whether it came.
fn comes_within(limit: Duration, mut is_there: impl FnMut() -> bool) -> bool {
    let mut waited = Duration::ZERO;
    while waited < limit {
        if is_there() {
            return true;
        }
        std::thread::sleep(STEP);
        waited += STEP;
    }
    is_there()
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn trf_01_a_file_whose_ends_are_killed_anywhere_arrives_whole_slow() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.unwrap();
    let node = runtime
        .block_on(xchat_node::spawn(NodeConfig::local(folder.join("node"))))
        .unwrap();
    let network = invitation(node.genesis(), vec![node.endpoint().clone()], None).unwrap();
    std::fs::write(folder.join("network"), network.link()).unwrap();
    std::fs::write(folder.join(FILE), bytes()).unwrap();
    let is_done = |name: &str| folder.join(name).with_extension("done").exists();
    let (mut alice, mut bob) = (start(folder, "alice"), start(folder, "bob"));
    // Where the file begins to move depends on the machine; from there on kills are spread.
    assert!(comes_within(Duration::from_secs(120), || folder
        .join("alice.sending")
        .exists()));
    for round in 0..KILLS {
        let moment = Duration::from_millis(100 + (round * 397) % 1_900);
        if comes_within(moment, || is_done("bob")) {
            break;
        }
        // The one who sends, the one who fetches, now and then both.
        if round % 3 != 1 {
            kill(alice);
            alice = start(folder, "alice");
        }
        if round % 3 != 0 {
            kill(bob);
            bob = start(folder, "bob");
        }
    }
    let finished = comes_within(Duration::from_secs(240), || is_done("alice") && is_done("bob"));
    kill(alice);
    kill(bob);
    runtime.block_on(node.shutdown());
    assert!(finished, "it never finished");
    assert_eq!(std::fs::read(folder.join("bob").join(FILE)).unwrap(), bytes());
}

#[test]
#[ignore = "started by the sweep, with a folder"]
fn the_end_that_is_killed() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).expect("started by the sweep"));
    let name = std::env::var(NAME).expect("started by the sweep");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(live(&folder, &name));
}

async fn live(folder: &Path, name: &str) {
    let network = std::fs::read_to_string(folder.join("network")).unwrap();
    let messenger = person(folder, name, &network.parse().unwrap()).await;
    match name {
        "alice" => {
            let conversation = contact(&messenger, "bob").await;
            send(&messenger, folder, conversation).await;
        }
        _ => {
            let conversation = accept(&messenger, "alice").await;
            fetch(&messenger, folder, conversation).await;
        }
    }
    std::fs::write(folder.join(name).with_extension("done"), "").unwrap();
    // The other end may still need this one.
    std::future::pending::<()>().await;
}

async fn person(folder: &Path, name: &str, network: &NetworkInvitation) -> Messenger {
    let folder = folder.join(name).join("profile");
    let profile = match Profile::is_there(&folder) {
        true => Profile::open(&folder, None).unwrap(),
        false => Profile::create(&folder, None).unwrap(),
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

async fn contact(messenger: &Messenger, other: &str) -> ConversationId {
    loop {
        match messenger.contact(other.parse().unwrap()).await {
            Ok(conversation) => return conversation,
            Err(error) => assert!(error.retryable() || error.code() == "unknown-name", "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn accept(messenger: &Messenger, other: &str) -> ConversationId {
    let mut updates = messenger.subscribe();
    loop {
        for request in messenger.requests().await.unwrap() {
            messenger.accept(request.id).await.unwrap();
        }
        let found = messenger.conversation_with(other.parse().unwrap()).await;
        if let Some(conversation) = found.unwrap() {
            return conversation;
        }
        while !matches!(
            updates.next().await,
            Some(Update::Event(Event::Request(_) | Event::Conversation(_)))
        ) {}
    }
}

async fn with_file(messenger: &Messenger, conversation: ConversationId) -> Option<MessageView> {
    let all = messenger.messages(conversation, None, 10).await.unwrap();
    all.into_iter().find(|message| !message.files.is_empty())
}

/// Sends the file, unless that has been done, and waits until it has arrived or lies at the home.
async fn send(messenger: &Messenger, folder: &Path, conversation: ConversationId) {
    let mut updates = messenger.subscribe();
    if with_file(messenger, conversation).await.is_none() {
        let bytes = std::fs::read(folder.join(FILE)).unwrap();
        let upload = messenger.upload(bytes.as_slice(), FILE, Quality::Original).await;
        let upload = upload.unwrap();
        let outgoing = Outgoing::default();
        messenger
            .send_files(conversation, outgoing, &[upload.id])
            .await
            .unwrap();
    }
    std::fs::write(folder.join("alice.sending"), "").unwrap();
    loop {
        let message = with_file(messenger, conversation).await.unwrap();
        let has_gone = message
            .files
            .iter()
            .all(|file| file.transfer == TransferState::Done);
        if has_gone && message.state >= MessageState::Delivered {
            return;
        }
        updates.next().await.expect("the messenger lives");
    }
}

/// Fetches the file, and saves it.
async fn fetch(messenger: &Messenger, folder: &Path, conversation: ConversationId) {
    let mut updates = messenger.subscribe();
    loop {
        if let Some(message) = with_file(messenger, conversation).await {
            if message.files.iter().all(|file| file.is_here) {
                // The crash may have come after it was saved.
                let saved = folder.join("bob").join(FILE);
                let _ = std::fs::remove_file(&saved);
                let path = messenger.save_file(message.row, 0, &folder.join("bob")).await;
                assert_eq!(path.unwrap(), saved);
                return;
            }
            if message
                .files
                .iter()
                .any(|file| file.transfer == TransferState::Offered)
            {
                messenger.fetch_file(message.row, 0).await.unwrap();
            }
        }
        updates.next().await.expect("the messenger lives");
    }
}
