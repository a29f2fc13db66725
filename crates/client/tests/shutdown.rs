//! The end of a messenger whose home is away: nobody waits for the home.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::timeout;
use xchat_client::{Listen, Messenger, MessengerConfig, Profile};
use xchat_node::{DirectoryRole, NodeConfig, Parameters};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// The library alone takes three seconds.
const SHUTDOWN: Duration = Duration::from_secs(2);
const ANY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
/// Inbox and directory.
const ENDPOINTS: usize = 2;

/// Waits for the packets of so many endpoints. None gets an answer, as from a computer that is switched off.
async fn knocked(place: &UdpSocket, endpoints: usize) {
    let mut seen = BTreeSet::new();
    let all = timeout(PATIENCE, async {
        while seen.len() < endpoints {
            let (_, from) = place.recv_from(&mut [0; 2048]).await.unwrap();
            seen.insert(from);
        }
    });
    assert!(all.await.is_ok(), "only {seen:?} have dialled");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_that_is_away_holds_up_no_shutdown() {
    let folder = tempfile::tempdir().unwrap();
    let config = NodeConfig {
        listen: Listen::Sockets(vec![ANY]),
        directory: DirectoryRole::Alone {
            parameters: Parameters {
                registration_work_bits: 4,
                ..Parameters::alone()
            },
        },
        ..NodeConfig::local(folder.path().join("node"))
    };
    let node = xchat_node::spawn(config).await.unwrap();
    let place = node.endpoint().sockets.as_slice().first().unwrap().0;
    let profile = Profile::create(&folder.path().join("alice"), None).unwrap();
    let listen = Listen::Sockets(vec![ANY]);
    let alice = Messenger::start(MessengerConfig {
        listen,
        ..MessengerConfig::new(profile)
    })
    .await
    .unwrap();
    alice.create_account().await.unwrap();
    alice.join_network(node.invitation().unwrap()).await.unwrap();
    alice.register("alice".parse().unwrap()).await.unwrap();
    node.shutdown().await;
    let place = UdpSocket::bind(place).await.unwrap();
    let asking = alice.clone();
    let asking = tokio::spawn(async move { asking.contact("bob".parse().unwrap()).await });
    knocked(&place, ENDPOINTS).await;
    let shut_down = timeout(SHUTDOWN, alice.shutdown()).await;
    assert!(shut_down.is_ok(), "the home is waited for");
    assert!(asking.await.unwrap().is_err());
}
