//! A node and two people who know each other, on loopback: the product as its users have it.

use std::net::{Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use tokio::time::timeout;
use xchat_client::{
    ConversationId, ConversationState, Event, Listen, MessageId, MessageState, MessageView, Messenger,
    MessengerConfig, NetworkInvitation, Profile, Update, Updates, invitation,
};
use xchat_node::{DirectoryRole, NodeConfig, NodeHandle, Parameters};

use crate::raw::quic::loopback;

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// Registration is not what is measured.
const REGISTRATION_WORK_BITS: u8 = 4;

/// A network of one node.
pub(crate) struct Net {
    node: NodeHandle,
    invitation: NetworkInvitation,
}

/// Whether devices may connect to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ways {
    /// Directly, and through the node.
    All,
    /// Through the node only: one device has IPv6, the other IPv4, and the node both.
    NodeOnly,
}

/// Somebody with a messenger.
pub(crate) struct Person {
    pub(crate) messenger: Messenger,
    pub(crate) updates: Updates,
    folder: PathBuf,
}

/// Two people who have accepted each other, and their conversation at the first.
pub(crate) struct Friends {
    pub(crate) alice: Person,
    pub(crate) bob: Person,
    pub(crate) at_alice: ConversationId,
}

/// The configuration of a node on loopback.
pub(crate) fn node_config(folder: &Path) -> NodeConfig {
    NodeConfig {
        directory: DirectoryRole::Alone {
            parameters: Parameters {
                registration_work_bits: REGISTRATION_WORK_BITS,
                ..Parameters::alone()
            },
        },
        ..NodeConfig::local(folder.to_owned())
    }
}

impl Net {
    pub(crate) async fn new(folder: &Path) -> anyhow::Result<Self> {
        let node = xchat_node::spawn(NodeConfig {
            listen: Listen::Sockets(vec![loopback(), SocketAddr::from((Ipv6Addr::LOCALHOST, 0))]),
            ..node_config(folder)
        })
        .await?;
        let invitation = invitation(node.genesis(), vec![node.endpoint().clone()], None)?;
        Ok(Self { node, invitation })
    }

    pub(crate) async fn shutdown(self) {
        self.node.shutdown().await;
    }

    async fn person(&self, folder: &Path, name: &str, ways: Ways) -> anyhow::Result<Person> {
        let folder = folder.join(name);
        let messenger = start(Profile::create(&folder, None)?, listen(name, ways)).await?;
        messenger.create_account().await?;
        messenger.join_network(self.invitation.clone()).await?;
        messenger.register(name.parse()?).await?;
        Ok(Person {
            updates: messenger.subscribe(),
            messenger,
            folder,
        })
    }

    pub(crate) async fn friends(&self, folder: &Path, ways: Ways) -> anyhow::Result<Friends> {
        let mut alice = self.person(folder, "alice", ways).await?;
        let mut bob = self.person(folder, "bob", ways).await?;
        let at_alice = alice.messenger.contact("bob".parse()?).await?;
        let request = bob
            .wait_for("the request", async |messenger| {
                Ok(messenger.requests().await?.into_iter().next())
            })
            .await?;
        let at_bob = bob.messenger.accept(request.id).await?;
        for (person, id) in [(&mut alice, at_alice), (&mut bob, at_bob)] {
            person
                .wait_for("an active conversation", async |messenger| {
                    let view = messenger.conversation(id).await?;
                    let is_ready = view.is_some_and(|view| {
                        view.state == ConversationState::Active && (view.direct || ways == Ways::NodeOnly)
                    });
                    Ok(is_ready.then_some(()))
                })
                .await?;
        }
        Ok(Friends { alice, bob, at_alice })
    }
}

impl Friends {
    /// How both see their conversation, for whoever looks for a fault.
    pub(crate) async fn standing(&self) -> String {
        let of = async |person: &Person| format!("{:?}", person.messenger.conversations().await);
        format!(
            "alice sees {}; bob sees {}",
            of(&self.alice).await,
            of(&self.bob).await
        )
    }
}

/// Where somebody's devices can be reached.
fn listen(name: &str, ways: Ways) -> SocketAddr {
    match (ways, name) {
        (Ways::NodeOnly, "alice") => SocketAddr::from((Ipv6Addr::LOCALHOST, 0)),
        _ => loopback(),
    }
}

/// Starts the messenger of a profile on loopback.
pub(crate) async fn start(profile: Profile, listen: SocketAddr) -> anyhow::Result<Messenger> {
    let listen = Listen::Sockets(vec![listen]);
    Ok(Messenger::start(MessengerConfig {
        listen,
        ..MessengerConfig::new(profile)
    })
    .await?)
}

impl Person {
    /// Where the profile is.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Looks again at every update until there is something to see.
    async fn wait_for<T>(
        &mut self,
        what: &str,
        look: impl AsyncFn(&Messenger) -> anyhow::Result<Option<T>>,
    ) -> anyhow::Result<T> {
        let seen = timeout(PATIENCE, async {
            loop {
                if let Some(seen) = look(&self.messenger).await? {
                    return Ok(seen);
                }
                self.updates.next().await.context("the messenger has stopped")?;
            }
        });
        seen.await.with_context(|| format!("never seen: {what}"))?
    }

    /// Waits for the event that `is_it` knows.
    pub(crate) async fn event(&mut self, is_it: impl Fn(&Event) -> bool) -> anyhow::Result<()> {
        let heard = timeout(PATIENCE, async {
            loop {
                match self.updates.next().await.context("the messenger has stopped")? {
                    Update::Event(event) if is_it(&event) => return Ok(()),
                    Update::Lagged(_) => anyhow::bail!("updates were missed"),
                    _ => {}
                }
            }
        });
        heard.await.context("an event never came")?
    }

    /// Waits until a message of somebody else is on disk here.
    pub(crate) async fn receives(&mut self, id: MessageId) -> anyhow::Result<()> {
        self.event(|event| matches!(event, Event::Message(message) if message.id == id))
            .await
    }

    /// Looks until an own message is known to be on the other's disk, however many updates were missed meanwhile.
    pub(crate) async fn sees_delivered(&mut self, sent: &MessageView) -> anyhow::Result<()> {
        let (conversation, id) = (sent.conversation, sent.id);
        self.wait_for("a delivered message", async move |messenger| {
            let newest = messenger.messages(conversation, None, 1).await?;
            let is_delivered =
                |message: &MessageView| message.id == id && message.state >= MessageState::Delivered;
            Ok(newest.iter().any(is_delivered).then_some(()))
        })
        .await
    }

    /// Waits until an own message is known to be on the other's disk.
    pub(crate) async fn knows_delivered(&mut self, sent: MessageId) -> anyhow::Result<()> {
        self.event(|event| {
            matches!(event, Event::State { id, state, .. } if *id == sent && *state >= MessageState::Delivered)
        })
        .await
    }
}
