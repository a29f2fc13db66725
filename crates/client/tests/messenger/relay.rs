//! People whose devices can't reach each other: the relay of a node carries what one says to the other.
//!
//! Alice has IPv6 alone and Bob IPv4 alone, so no packet of the one can reach the other.

use std::net::{IpAddr, Ipv6Addr, SocketAddr, UdpSocket};
use std::path::Path;

use xchat_client::{
    ConversationId, Endpoint, Listen, MessageState, NetworkInvitation, NetworkReport, invitation,
};
use xchat_node::{DirectoryRole, NodeConfig, NodeHandle, Parameters, RELAY_BYTES_PER_SECOND, RelayOptions};

use crate::not_tested;
use crate::world::{PATIENCE, Person, V4, acquaint, settle};

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

impl Person {
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
async fn friends(network: &NetworkInvitation) -> (Person, Person, ConversationId, ConversationId) {
    let mut alice = Person::at("alice", V6).await;
    let mut bob = Person::at("bob", V4).await;
    alice.join(network.clone()).await;
    bob.join(network.clone()).await;
    let (at_alice, at_bob) = acquaint(&mut alice, &mut bob).await;
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
    let (mut alice, mut bob, at_alice, at_bob) = friends(&network).await;
    alice.direct(at_alice).await;
    bob.direct(at_bob).await;
    assert_only_the_relay_connects(&alice, &bob, url.as_str()).await;
    let sent = alice.send(at_alice, "over the relay").await;
    bob.has_texts(at_bob, &["over the relay"]).await;
    alice.reaches(&sent, MessageState::Delivered).await;
    tokio::join!(alice.stop(), bob.stop());
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
    let (mut alice, mut bob, at_alice, at_bob) = friends(&network).await;
    settle((&mut alice, at_alice), (&mut bob, at_bob), "with the home").await;
    alice.direct(at_alice).await;
    bob.direct(at_bob).await;
    assert_only_the_relay_connects(&alice, &bob, url.as_str()).await;
    home.shutdown().await;
    let mut texts = vec!["with the home".to_owned()];
    for round in 0..5 {
        texts.push(format!("there {round}"));
        let sent = alice.send(at_alice, &format!("there {round}")).await;
        bob.has_texts(at_bob, &texts).await;
        alice.reaches(&sent, MessageState::Delivered).await;
        texts.push(format!("back {round}"));
        let sent = bob.send(at_bob, &format!("back {round}")).await;
        alice.has_texts(at_alice, &texts).await;
        bob.reaches(&sent, MessageState::Delivered).await;
    }
    tokio::join!(alice.stop(), bob.stop());
    relaying.shutdown().await;
}
