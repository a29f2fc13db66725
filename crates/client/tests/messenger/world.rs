//! A node and people on loopback.

use std::time::Duration;

use tokio::time::timeout;
use xchat_client::{
    ConversationId, ConversationState, Endpoint, Event, Listen, MessageState, MessageView, Messenger,
    MessengerConfig, NetworkInvitation, NodeId, Profile, Update, Updates, invitation,
};
use xchat_node::{DirectoryRole, NodeConfig, NodeHandle, Parameters};
use xchat_proto::keys::SigningKey;

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A network of one node.
pub(crate) struct World {
    folder: tempfile::TempDir,
    node: Option<NodeHandle>,
    invitation: NetworkInvitation,
}

/// Somebody with a messenger.
pub(crate) struct Person {
    folder: tempfile::TempDir,
    pub(crate) name: &'static str,
    pub(crate) messenger: Messenger,
    updates: Updates,
}

impl World {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let node = Self::spawn(&folder).await;
        let invitation = invitation(node.genesis(), vec![node.endpoint().clone()], None).unwrap();
        Self {
            folder,
            node: Some(node),
            invitation,
        }
    }

    async fn spawn(folder: &tempfile::TempDir) -> NodeHandle {
        let config = NodeConfig {
            directory: DirectoryRole::Alone {
                parameters: Parameters {
                    registration_work_bits: 4,
                    ..Parameters::alone()
                },
            },
            ..NodeConfig::local(folder.path().to_owned())
        };
        xchat_node::spawn(config).await.unwrap()
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

    pub(crate) async fn stop_node(&mut self) {
        self.node.take().unwrap().shutdown().await;
    }

    pub(crate) async fn start_node(&mut self) {
        self.node = Some(Self::spawn(&self.folder).await);
    }

    /// Somebody who has joined, with a name.
    pub(crate) async fn person(&self, name: &'static str) -> Person {
        let person = Person::new(name).await;
        person.messenger.create_account().await.unwrap();
        person
            .messenger
            .join_network(self.invitation.clone())
            .await
            .unwrap();
        person.messenger.register(name.parse().unwrap()).await.unwrap();
        person
    }

    /// Two people who have accepted each other, and their conversation at each.
    pub(crate) async fn friends(&self) -> (Person, Person, ConversationId, ConversationId) {
        let mut alice = self.person("alice").await;
        let mut bob = self.person("bob").await;
        let at_alice = alice.messenger.contact("bob".parse().unwrap()).await.unwrap();
        let at_bob = bob.accept_from("alice").await;
        alice.active(at_alice).await;
        bob.active(at_bob).await;
        (alice, bob, at_alice, at_bob)
    }
}

impl Person {
    pub(crate) async fn new(name: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let profile = Profile::create(&folder.path().join("profile"), None).unwrap();
        let messenger = start(profile).await;
        Self {
            folder,
            name,
            updates: messenger.subscribe(),
            messenger,
        }
    }

    pub(crate) fn profile_folder(&self) -> std::path::PathBuf {
        self.folder.path().join("profile")
    }

    /// Stops the messenger; [`Person::start`] goes on.
    pub(crate) async fn stop(&self) {
        self.messenger.shutdown().await;
    }

    pub(crate) async fn start(&mut self) {
        self.messenger = start(Profile::open(&self.profile_folder(), None).unwrap()).await;
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
            Err(_) => panic!("{} never sees {what}", self.name),
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
    pub(crate) async fn has_texts(&mut self, id: ConversationId, expected: &[&str]) {
        self.see(&format!("{} messages", expected.len()), async |messenger| {
            let messages = messenger.messages(id, None, 500).await.unwrap();
            (messages.len() >= expected.len()).then_some(())
        })
        .await;
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

async fn start(profile: Profile) -> Messenger {
    let config = MessengerConfig {
        listen: Listen::Sockets(vec!["127.0.0.1:0".parse().unwrap()]),
        ..MessengerConfig::new(profile)
    };
    Messenger::start(config).await.unwrap()
}
