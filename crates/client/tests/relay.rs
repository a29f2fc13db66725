//! People whose devices can't reach each other: the relay of a node carries what one says to the other.
//!
//! Alice has IPv6 alone and Bob IPv4 alone, so no packet of the one can reach the other.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

#[path = "../../app/tests/product/not_tested.rs"]
mod not_tested;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::time::Duration;

use xchat_client::{
    ConversationId, ConversationState, Endpoint, Listen, MessageState, MessageView, Messenger,
    MessengerConfig, NetworkInvitation, NetworkReport, Profile, Updates, invitation,
};
use xchat_node::{DirectoryRole, NodeConfig, NodeHandle, Parameters, RELAY_BYTES_PER_SECOND, RelayOptions};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);
const V4: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
const V6: SocketAddr = SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), 0);

/// Whether this machine has what tells the two apart. If not, that is told.
fn has_both_families(test: &str) -> bool {
    let has_v6 = UdpSocket::bind(V6).is_ok();
    if !has_v6 {
        not_tested::tell(test, "This test needs IPv6 on loopback.");
    }
    has_v6
}

/// A node that everybody can reach.
async fn node(folder: &Path, relay: Option<RelayOptions>) -> NodeHandle {
    let config = NodeConfig {
        listen: Listen::Sockets(vec![V4, V6]),
        relay,
        directory: DirectoryRole::Alone {
            parameters: Parameters {
                registration_work_bits: 4,
                ..Parameters::alone()
            },
        },
        ..NodeConfig::local(folder.to_owned())
    };
    xchat_node::spawn(config).await.unwrap()
}

fn relay() -> Option<RelayOptions> {
    Some(RelayOptions {
        listen: V4,
        public_url: None,
        bytes_per_second: RELAY_BYTES_PER_SECOND,
    })
}

struct Person {
    name: &'static str,
    messenger: Messenger,
    updates: Updates,
}

impl Person {
    async fn join(
        folder: &Path,
        network: &NetworkInvitation,
        name: &'static str,
        listen: SocketAddr,
    ) -> Self {
        let profile = Profile::create(&folder.join(name), None).unwrap();
        let listen = Listen::Sockets(vec![listen]);
        let messenger = Messenger::start(MessengerConfig { profile, listen })
            .await
            .unwrap();
        messenger.create_account().await.unwrap();
        messenger.join_network(network.clone()).await.unwrap();
        messenger.register(name.parse().unwrap()).await.unwrap();
        Self {
            name,
            updates: messenger.subscribe(),
            messenger,
        }
    }

    /// Looks again at every update until there is something to see.
    async fn see<T>(&mut self, what: &str, look: impl AsyncFn(&Messenger) -> Option<T>) -> T {
        let seen = tokio::time::timeout(PATIENCE, async {
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

    async fn active(&mut self, id: ConversationId) {
        self.see("an active conversation", async |messenger| {
            let view = messenger.conversation(id).await.unwrap().unwrap();
            (view.state == ConversationState::Active).then_some(())
        })
        .await;
    }

    async fn direct(&mut self, id: ConversationId) {
        self.see("a direct connection", async |messenger| {
            let view = messenger.conversation(id).await.unwrap().unwrap();
            view.direct.then_some(())
        })
        .await;
    }

    async fn message(&mut self, id: ConversationId, text: &str) -> MessageView {
        self.see(text, async |messenger| {
            let messages = messenger.messages(id, None, 500).await.unwrap();
            messages.into_iter().find(|message| message.text == text)
        })
        .await
    }

    /// Waits until the message is known to be on the other's disk.
    async fn delivered(&mut self, sent: &MessageView) {
        let (conversation, id) = (sent.conversation, sent.id);
        self.see("a delivered message", async move |messenger| {
            let messages = messenger.messages(conversation, None, 500).await.unwrap();
            let message = messages.into_iter().find(|message| message.id == id).unwrap();
            (message.state >= MessageState::Delivered).then_some(())
        })
        .await;
    }

    async fn report(&self) -> NetworkReport {
        self.messenger.network_report().await.unwrap()
    }

    /// Asks until the device is reached through this relay: an endpoint looks for its relays after it is bound.
    async fn relayed(&self, url: &str) -> NetworkReport {
        let told = tokio::time::timeout(PATIENCE, async {
            loop {
                let report = self.report().await;
                let own = report.own.as_ref().and_then(|own| own.relay.as_ref());
                let is_told = own.is_some_and(|own| own.as_str() == url);
                if is_told && report.relays.iter().any(|relay| relay.is_connected) {
                    return report;
                }
            }
        });
        match told.await {
            Ok(report) => report,
            Err(_) => panic!("{} never has a relay: {:?}", self.name, self.report().await),
        }
    }
}

/// Two people who have accepted each other, and their conversation at each.
async fn friends(
    folder: &Path,
    network: &NetworkInvitation,
) -> (Person, Person, ConversationId, ConversationId) {
    let mut alice = Person::join(folder, network, "alice", V6).await;
    let mut bob = Person::join(folder, network, "bob", V4).await;
    let at_alice = alice.messenger.contact("bob".parse().unwrap()).await.unwrap();
    let request = bob
        .see("the request", async |messenger| {
            let requests = messenger.requests().await.unwrap();
            requests.first().map(|request| request.id)
        })
        .await;
    let at_bob = bob.messenger.accept(request).await.unwrap();
    alice.active(at_alice).await;
    bob.active(at_bob).await;
    (alice, bob, at_alice, at_bob)
}

/// That each of the two has one connection, and that no way but the relay leads from one to the other.
async fn assert_only_the_relay_connects(alice: &Person, bob: &Person, url: &str) {
    for (person, is_v4) in [(alice, false), (bob, true)] {
        let report = person.relayed(url).await;
        assert_eq!(report.direct_connections, 1, "{report:?}");
        let own = report.own.unwrap();
        let told = own.sockets.as_slice().iter().map(|socket| &socket.0);
        for socket in report.sockets.iter().chain(told) {
            assert_eq!(socket.is_ipv4(), is_v4, "{}: {socket}", person.name);
        }
        let [relay] = report.relays.as_slice() else {
            panic!("{} has one relay: {:?}", person.name, report.relays)
        };
        assert_eq!(relay.url, url, "{}", person.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trn_10_devices_without_a_way_to_each_other_are_connected_by_their_nodes_relay() {
    if !has_both_families("trn_10_devices_without_a_way_to_each_other_are_connected_by_their_nodes_relay") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let node = node(&folder.path().join("node"), relay()).await;
    let url = node.endpoint().relay.clone().unwrap();
    let network = node.invitation().unwrap();
    let (mut alice, mut bob, at_alice, at_bob) = friends(folder.path(), &network).await;
    alice.direct(at_alice).await;
    bob.direct(at_bob).await;
    assert_only_the_relay_connects(&alice, &bob, url.as_str()).await;
    let sent = alice
        .messenger
        .send_text(at_alice, "over the relay")
        .await
        .unwrap();
    bob.message(at_bob, "over the relay").await;
    alice.delivered(&sent).await;
    tokio::join!(alice.messenger.shutdown(), bob.messenger.shutdown());
    node.shutdown().await;
}

/// The home and the relay are two nodes here, so that one can be away without the other: what arrives then has come
/// through the relay alone.
#[tokio::test(flavor = "multi_thread")]
async fn trn_10_messages_flow_through_the_relay_while_their_home_is_away() {
    if !has_both_families("trn_10_messages_flow_through_the_relay_while_their_home_is_away") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let home = node(&folder.path().join("home"), None).await;
    let relaying = node(&folder.path().join("relay"), relay()).await;
    let url = relaying.endpoint().relay.clone().unwrap();
    let told = Endpoint {
        relay: Some(url.clone()),
        ..home.endpoint().clone()
    };
    let network = invitation(home.genesis(), vec![told], None).unwrap();
    let (mut alice, mut bob, at_alice, at_bob) = friends(folder.path(), &network).await;
    alice.direct(at_alice).await;
    bob.direct(at_bob).await;
    assert_only_the_relay_connects(&alice, &bob, url.as_str()).await;
    home.shutdown().await;
    for round in 0..5 {
        let (there, back) = (format!("there {round}"), format!("back {round}"));
        let sent = alice.messenger.send_text(at_alice, &there).await.unwrap();
        bob.message(at_bob, &there).await;
        alice.delivered(&sent).await;
        let sent = bob.messenger.send_text(at_bob, &back).await.unwrap();
        alice.message(at_alice, &back).await;
        bob.delivered(&sent).await;
    }
    tokio::join!(alice.messenger.shutdown(), bob.messenger.shutdown());
    relaying.shutdown().await;
}
