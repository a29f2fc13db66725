//! Starting, stopping, starting again.

use std::net::{Ipv4Addr, SocketAddr};

use xchat_net::close::CloseCode;
use xchat_node::{Listen, NodeConfig, RelayError, RelayOptions, SpawnError, spawn};

use super::device::Device;
use super::{config, node};

#[tokio::test]
async fn a_node_comes_back_as_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let first = spawn(config(dir.path())).await.unwrap();
    let (endpoint, genesis) = (first.endpoint().clone(), first.genesis().clone());
    assert_eq!(endpoint.sockets.as_slice().len(), 1);
    first.shutdown().await;
    let second = spawn(config(dir.path())).await.unwrap();
    assert_eq!(*second.endpoint(), endpoint);
    assert_eq!(*second.genesis(), genesis);
    second.shutdown().await;
}

#[tokio::test]
async fn on_all_interfaces_it_tells_where_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let node = spawn(NodeConfig::single(dir.path().to_owned())).await.unwrap();
    let told = node.endpoint();
    assert!(!told.sockets.as_slice().is_empty());
    let ports: Vec<u16> = told
        .sockets
        .as_slice()
        .iter()
        .map(|socket| socket.0.port())
        .collect();
    assert!(
        ports.iter().all(|port| Some(port) == ports.first()),
        "one port for all: {told:?}"
    );
    assert!(
        told.sockets
            .as_slice()
            .iter()
            .all(|socket| !socket.0.ip().is_unspecified())
    );
    let relay = told.relay.as_ref().unwrap().as_str();
    assert!(
        relay.starts_with("http://") && !relay.contains("0.0.0.0"),
        "{relay}"
    );
    node.shutdown().await;
}

#[tokio::test]
async fn two_nodes_do_not_share_a_data_directory() {
    let (first, dir) = node().await;
    assert!(matches!(
        spawn(config(dir.path())).await,
        Err(SpawnError::AlreadyRunning)
    ));
    first.shutdown().await;
    spawn(config(dir.path())).await.unwrap().shutdown().await;
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let (first, _dir) = node().await;
    let taken = first.endpoint().sockets.as_slice().first().unwrap().0;
    let dir = tempfile::tempdir().unwrap();
    let second = NodeConfig {
        listen: Listen::Sockets(vec![taken]),
        ..config(dir.path())
    };
    assert!(matches!(spawn(second).await, Err(SpawnError::PortInUse)));

    let holder = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let third = NodeConfig {
        relay: Some(RelayOptions {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, holder.local_addr().unwrap().port())),
            public_url: None,
            bytes_per_second: xchat_node::RELAY_BYTES_PER_SECOND,
        }),
        ..config(dir.path())
    };
    assert!(matches!(
        spawn(third).await,
        Err(SpawnError::Relay(RelayError::PortInUse))
    ));
    first.shutdown().await;
}

#[tokio::test]
async fn a_start_that_fails_leaves_its_relays_port_free() {
    let (first, _dir) = node().await;
    let taken = first.endpoint().sockets.as_slice().first().unwrap().0;
    let dir = tempfile::tempdir().unwrap();
    let second = |listen| NodeConfig {
        listen: Listen::Sockets(vec![listen]),
        relay: Some(RelayOptions {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            public_url: None,
            bytes_per_second: xchat_node::RELAY_BYTES_PER_SECOND,
        }),
        ..config(dir.path())
    };
    for _ in 0..3 {
        assert!(matches!(spawn(second(taken)).await, Err(SpawnError::PortInUse)));
    }
    let elsewhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    spawn(second(elsewhere)).await.unwrap().shutdown().await;
    first.shutdown().await;
}

#[tokio::test]
async fn who_is_connected_is_told_of_the_shutdown() {
    let (node, _dir) = node().await;
    let mut alice = Device::new(1, &node).await;
    let log = xchat_proto::ids::LogId([3; 32]);
    alice
        .create(log, &xchat_proto::keys::SigningKey::from_seed(&[4; 32]))
        .await;
    node.shutdown().await;
    let reason = alice.connection.closed().await;
    assert_eq!(CloseCode::of(&reason), Some(CloseCode::ShuttingDown));
}
