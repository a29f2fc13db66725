//! The node's relay: endpoints that can't reach each other do, through it.

use std::net::{Ipv4Addr, SocketAddr};

use iroh::Endpoint;
use xchat_net::address::dialled;
use xchat_net::endpoint::{EndpointConfig, Listen, Part, bind};
use xchat_net::frame::{FrameReader, FrameWriter};
use xchat_node::{NodeConfig, RELAY_BYTES_PER_SECOND, RelayOptions, spawn};
use xchat_proto::address;
use xchat_proto::codec::Bounded;
use xchat_proto::ids::{LogId, NodeId};
use xchat_proto::keys::SigningKey;
use xchat_proto::mailbox_wire::{MAILBOX_ALPN, Refusal, Reply, ReplyFrame, RequestFrame};
use xchat_proto::peer_wire::PEER_ALPN;

use super::config;
use super::device::append;

async fn hidden(seed: u8, relay: &str) -> Endpoint {
    let config = EndpointConfig {
        seed: zeroize::Zeroizing::new([seed; 32]),
        alpns: vec![PEER_ALPN.to_vec()],
        listen: Listen::RelayOnly,
        relays: vec![relay.to_owned()],
        external: Vec::new(),
        part: Part::Client,
    };
    bind(config).await.unwrap()
}

fn only_by_relay(endpoint: &address::Endpoint) -> address::Endpoint {
    address::Endpoint {
        sockets: Bounded::default(),
        ..endpoint.clone()
    }
}

#[tokio::test]
async fn trn_10_who_can_not_be_reached_is_reached_through_the_relay() {
    let dir = tempfile::tempdir().unwrap();
    let node = spawn(NodeConfig {
        relay: Some(RelayOptions {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            public_url: None,
            bytes_per_second: RELAY_BYTES_PER_SECOND,
        }),
        ..config(dir.path())
    })
    .await
    .unwrap();
    let relay = node.endpoint().relay.clone().unwrap();
    let alice = hidden(1, relay.as_str()).await;
    let bob = hidden(2, relay.as_str()).await;
    alice.online().await;
    bob.online().await;
    let bobs = address::Endpoint {
        id: NodeId(SigningKey::from_seed(&[2; 32]).public().0),
        sockets: Bounded::default(),
        relay: Some(relay),
    };
    let (there, here) = tokio::join!(alice.connect(dialled(&bobs).unwrap(), PEER_ALPN), async {
        bob.accept().await.unwrap().await.unwrap()
    });
    let (send, _recv) = there
        .unwrap()
        .open_bi()
        .await
        .map(|(send, recv)| (FrameWriter::new(send), recv))
        .unwrap();
    let mut writer = send;
    writer.send(&7_u64).await.unwrap();
    let (_send, recv) = here.accept_bi().await.unwrap();
    assert_eq!(FrameReader::new(recv).next::<u64>().await.unwrap(), Some(7));

    // The node itself is reached through its own relay by who may use nothing but HTTP.
    let home = dialled(&only_by_relay(node.endpoint())).unwrap();
    let connection = alice.connect(home, MAILBOX_ALPN).await.unwrap();
    let (send, recv) = connection.open_bi().await.unwrap();
    let mut writer = FrameWriter::new(send);
    let request = append(LogId([1; 32]), 0, b"x");
    writer.send(&RequestFrame { id: 3, request }).await.unwrap();
    let reply: Option<ReplyFrame> = FrameReader::new(recv).next().await.unwrap();
    let refused = Reply::Refused(Refusal::UnknownLog);
    assert_eq!(
        reply,
        Some(ReplyFrame {
            id: 3,
            reply: refused
        })
    );
    alice.close().await;
    bob.close().await;
    node.shutdown().await;
}
