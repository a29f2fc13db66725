//! A node and people on loopback.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::LazyLock;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::time::timeout;
use xchat_client::{
    ConversationId, ConversationState, Endpoint, Event, Listen, MessageState, MessageView, Messenger,
    MessengerConfig, NetworkInvitation, NodeId, Profile, Update, Updates, invitation,
};
use xchat_node::{DirectoryRole, NodeConfig, NodeHandle, Parameters};
use xchat_proto::keys::SigningKey;

#[path = "../../../node/tests/support/ports.rs"]
mod ports;

pub(crate) use ports::free_port;

/// How long anything may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// Any port of the IPv4 loopback.
pub(crate) const V4: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Where nodes and messengers run: it goes on while a test has ended, and waits for them.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// A network of one node.
pub(crate) struct World {
    folder: tempfile::TempDir,
    socket: SocketAddr,
    node: Option<NodeHandle>,
    invitation: NetworkInvitation,
}

/// Somebody with a messenger.
pub(crate) struct Person {
    folder: tempfile::TempDir,
    pub(crate) name: &'static str,
    listen: SocketAddr,
    pub(crate) messenger: Messenger,
    updates: Updates,
}

impl World {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = free_port();
        let node = Self::spawn(&folder, socket).await;
        let invitation = invitation(node.genesis(), vec![node.endpoint().clone()], None).unwrap();
        Self {
            folder,
            socket,
            node: Some(node),
            invitation,
        }
    }

    async fn spawn(folder: &tempfile::TempDir, socket: SocketAddr) -> NodeHandle {
        let config = NodeConfig {
            listen: Listen::Sockets(vec![socket]),
            directory: DirectoryRole::Alone {
                parameters: Parameters {
                    registration_work_bits: 4,
                    ..Parameters::alone()
                },
            },
            ..NodeConfig::local(folder.path().to_owned())
        };
        RUNTIME.spawn(xchat_node::spawn(config)).await.unwrap().unwrap()
    }

    pub(crate) fn invitation(&self) -> NetworkInvitation {
        self.invitation.clone()
    }

    /// The same network, with a node before ours that doesn't answer.
    pub(crate) fn invitation_by_more_nodes(&self) -> NetworkInvitation {
        let node = self.node.as_ref().unwrap();
        let key = SigningKey::from_seed(&[77; 32]).public();
        let nobody = Endpoint {
            id: NodeId(key.0),
            ..node.endpoint().clone()
        };
        invitation(node.genesis(), vec![nobody, node.endpoint().clone()], None).unwrap()
    }

    pub(crate) fn node_folder(&self) -> std::path::PathBuf {
        self.folder.path().to_owned()
    }

    pub(crate) async fn stop_node(&mut self) {
        self.node.take().unwrap().shutdown().await;
    }

    pub(crate) async fn start_node(&mut self) {
        self.node = Some(Self::spawn(&self.folder, self.socket).await);
    }

    /// Somebody who has joined, with a name.
    pub(crate) async fn person(&self, name: &'static str) -> Person {
        let person = Person::new(name).await;
        person.join(self.invitation.clone()).await;
        person
    }

    /// Two people who have accepted each other, and their conversation at each.
    pub(crate) async fn friends(&self) -> (Person, Person, ConversationId, ConversationId) {
        let mut alice = self.person("alice").await;
        let mut bob = self.person("bob").await;
        let (at_alice, at_bob) = acquaint(&mut alice, &mut bob).await;
        (alice, bob, at_alice, at_bob)
    }
}

/// The first asks the second, who accepts. Gives their conversation at each.
pub(crate) async fn acquaint(first: &mut Person, second: &mut Person) -> (ConversationId, ConversationId) {
    let name = second.name.parse().unwrap();
    let at_first = first.messenger.contact(name).await.unwrap();
    let at_second = second.accept_from(first.name).await;
    first.active(at_first).await;
    second.active(at_second).await;
    (at_first, at_second)
}

/// Brings two who have just met so far that they need no home for what they write next.
///
/// The second renews its key as soon as it has joined, and only the log says where the old one ends: until both have
/// read that, neither takes directly what the other encrypts. What is written while the first is away goes through the
/// log alone, behind the new key.
pub(crate) async fn settle(
    (first, at_first): (&mut Person, ConversationId),
    (second, at_second): (&mut Person, ConversationId),
    text: &str,
) {
    second.messenger.caught_up().await.unwrap();
    first.stop().await;
    let written = second.send(at_second, text).await;
    second.reaches(&written, MessageState::Sent).await;
    first.start().await;
    first.has_texts(at_first, &[text]).await;
}

impl Person {
    pub(crate) async fn new(name: &'static str) -> Self {
        Self::at(name, V4).await
    }

    /// Somebody whom other devices reach here alone.
    pub(crate) async fn at(name: &'static str, listen: SocketAddr) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let profile = Profile::create(&folder.path().join("profile"), None).unwrap();
        let messenger = start(profile, listen).await;
        Self {
            folder,
            name,
            listen,
            updates: messenger.subscribe(),
            messenger,
        }
    }

    /// Makes an account and takes the name for it.
    pub(crate) async fn join(&self, network: NetworkInvitation) {
        self.messenger.create_account().await.unwrap();
        self.messenger.join_network(network).await.unwrap();
        self.messenger.register(self.name.parse().unwrap()).await.unwrap();
    }

    pub(crate) fn profile_folder(&self) -> std::path::PathBuf {
        self.folder.path().join("profile")
    }

    /// Where sealed files lie.
    pub(crate) fn blobs(&self) -> std::path::PathBuf {
        self.profile_folder().join("blobs")
    }

    /// Stops the messenger; [`Person::start`] goes on.
    pub(crate) async fn stop(&self) {
        self.messenger.shutdown().await;
    }

    pub(crate) async fn start(&mut self) {
        let profile = Profile::open(&self.profile_folder(), None).unwrap();
        self.messenger = start(profile, self.listen).await;
        self.updates = self.messenger.subscribe();
    }

    /// Looks again at every update until there is something to see.
    pub(crate) async fn see<T>(&mut self, what: &str, look: impl AsyncFn(&Messenger) -> Option<T>) -> T {
        let seen = timeout(PATIENCE, async {
            loop {
                if let Some(seen) = look(&self.messenger).await {
                    return seen;
                }
                self.updates.next().await.unwrap();
            }
        });
        match seen.await {
            Ok(seen) => seen,
            Err(_) => panic!(
                "{} never sees {what}: {:?}, {:?}",
                self.name,
                self.messenger.conversations().await,
                self.messenger.network_report().await
            ),
        }
    }

    /// Waits for exactly this update.
    pub(crate) async fn update(&mut self, expected: &Update) {
        let heard = timeout(PATIENCE, async {
            while self.updates.next().await.unwrap() != *expected {}
        });
        if heard.await.is_err() {
            panic!("{} is never told {expected:?}", self.name);
        }
    }

    /// The next event for which `pick` finds something.
    pub(crate) async fn event<T>(&mut self, what: &str, pick: impl Fn(&Event) -> Option<T>) -> T {
        let picked = timeout(PATIENCE, async {
            loop {
                if let Update::Event(event) = self.updates.next().await.unwrap()
                    && let Some(picked) = pick(&event)
                {
                    return picked;
                }
            }
        });
        match picked.await {
            Ok(picked) => picked,
            Err(_) => panic!("{} never hears {what}", self.name),
        }
    }

    pub(crate) async fn accept_from(&mut self, name: &str) -> ConversationId {
        let name = name.parse().unwrap();
        let request = self
            .see("the request", async |messenger| {
                let requests = messenger.requests().await.unwrap();
                requests.into_iter().find(|request| request.from == name)
            })
            .await;
        self.messenger.accept(request.id).await.unwrap()
    }

    pub(crate) async fn active(&mut self, id: ConversationId) {
        self.see("an active conversation", async |messenger| {
            let view = messenger.conversation(id).await.unwrap().unwrap();
            (view.state == ConversationState::Active).then_some(())
        })
        .await;
    }

    pub(crate) async fn direct(&mut self, id: ConversationId) {
        self.see("a direct connection", async |messenger| {
            messenger
                .conversation(id)
                .await
                .unwrap()
                .unwrap()
                .direct
                .then_some(())
        })
        .await;
    }

    pub(crate) async fn send(&self, id: ConversationId, text: &str) -> MessageView {
        self.messenger.send_text(id, text).await.unwrap()
    }

    pub(crate) async fn texts(&self, id: ConversationId) -> Vec<String> {
        let messages = self.messenger.messages(id, None, 500).await.unwrap();
        messages.into_iter().map(|message| message.text).collect()
    }

    /// Waits until the conversation holds exactly these texts.
    pub(crate) async fn has_texts(&mut self, id: ConversationId, expected: &[impl AsRef<str>]) {
        self.see(&format!("{} messages", expected.len()), async |messenger| {
            let messages = messenger.messages(id, None, 500).await.unwrap();
            (messages.len() >= expected.len()).then_some(())
        })
        .await;
        let expected: Vec<&str> = expected.iter().map(AsRef::as_ref).collect();
        assert_eq!(self.texts(id).await, expected);
    }

    /// Waits until the message has come as far as `state`.
    pub(crate) async fn reaches(&mut self, message: &MessageView, state: MessageState) {
        self.see(&format!("the message as {state:?}"), async |messenger| {
            let messages = messenger.messages(message.conversation, None, 500).await.unwrap();
            let found = messages.into_iter().find(|found| found.id == message.id).unwrap();
            (found.state >= state).then_some(())
        })
        .await;
    }
}

async fn start(profile: Profile, listen: SocketAddr) -> Messenger {
    let config = MessengerConfig {
        listen: Listen::Sockets(vec![listen]),
        ..MessengerConfig::new(profile)
    };
    let started = RUNTIME.spawn(Messenger::start(config));
    started.await.unwrap().unwrap()
}

impl Drop for Person {
    /// The process ends with the test, and must not while a thread has the database: SQLCipher frees what it works
    /// with.
    fn drop(&mut self) {
        let messenger = self.messenger.clone();
        let ended = std::thread::spawn(move || RUNTIME.block_on(messenger.shutdown()));
        ended.join().unwrap();
    }
}
