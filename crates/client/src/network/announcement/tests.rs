//! Real endpoints on loopback, and the relay of a real node.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpListener;
use xchat_net::endpoint::{EndpointConfig, Listen, Part, bind};
use xchat_node::{NodeConfig, RELAY_BYTES_PER_SECOND, RelayOptions};
use xchat_proto::address::Endpoint;
use xchat_proto::peer_wire::PEER_ALPN;
use zeroize::Zeroizing;

use super::*;

const PATIENCE: Duration = Duration::from_secs(30);
const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// What a device with this relay announces first.
async fn first_announcement(relay: String) -> Endpoint {
    let config = EndpointConfig {
        seed: Zeroizing::new([5; 32]),
        alpns: vec![PEER_ALPN.to_vec()],
        listen: Listen::Sockets(vec![ANY]),
        relays: vec![relay],
        external: Vec::new(),
        part: Part::Node,
    };
    let device = bind(config).await.unwrap();
    let (hand_in, mut inputs) = mpsc::channel(8);
    let announcing = tokio::spawn(run(device.clone(), true, hand_in));
    let first = timeout(PATIENCE, inputs.recv()).await.unwrap();
    announcing.abort();
    device.close().await;
    match first {
        Some(Input::OwnEndpoint(own)) => own,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_announcement_names_the_relay() {
    let folder = tempfile::tempdir().unwrap();
    let config = NodeConfig {
        relay: Some(RelayOptions {
            listen: ANY,
            public_url: None,
            bytes_per_second: RELAY_BYTES_PER_SECOND,
        }),
        ..NodeConfig::local(folder.path().to_owned())
    };
    let node = xchat_node::spawn(config).await.unwrap();
    let url = node.endpoint().relay.clone().unwrap();
    let own = first_announcement(url.as_str().to_owned()).await;
    assert_eq!(own.relay, Some(url));
    assert!(!own.sockets.as_slice().is_empty());
    node.shutdown().await;
}

#[tokio::test]
async fn a_relay_that_says_nothing_holds_up_no_announcement() {
    let silent = TcpListener::bind(ANY).await.unwrap();
    let own = first_announcement(format!("http://{}/", silent.local_addr().unwrap())).await;
    assert!(!own.sockets.as_slice().is_empty());
}
