//! Real endpoints on loopback.

use super::*;
use crate::address;
use crate::binding::binding;
use crate::close::CloseCode;
use crate::frame::{FrameReader, FrameWriter};

const ALPN: &[u8] = b"xchat/test/1";

fn config(seed: u8, listen: Listen) -> EndpointConfig {
    EndpointConfig {
        seed: Zeroizing::new([seed; 32]),
        alpns: vec![ALPN.to_vec()],
        listen,
        relays: Vec::new(),
        external: Vec::new(),
        part: Part::Node,
    }
}

fn loopback(port: u16) -> Listen {
    Listen::Sockets(vec![SocketAddr::from((Ipv4Addr::LOCALHOST, port))])
}

#[tokio::test]
async fn trn_03_both_ends_of_a_connection_have_one_binding_and_others_another() {
    let node = bind(config(1, loopback(0))).await.unwrap();
    let client = bind(config(2, loopback(0))).await.unwrap();
    let addr = address::dialled(&address::told(&node.addr())).unwrap();
    let mut bindings = Vec::new();
    for _ in 0..2 {
        let (there, here) = tokio::join!(client.connect(addr.clone(), ALPN), async {
            node.accept().await.unwrap().await.unwrap()
        });
        let there = there.unwrap();
        let (send, recv) = there.open_bi().await.unwrap();
        let (mut writer, mut reader) = (FrameWriter::new(send), FrameReader::new(recv));
        writer.send(&7_u64).await.unwrap();
        let (send, recv) = here.accept_bi().await.unwrap();
        assert_eq!(FrameReader::new(recv).next::<u64>().await.unwrap(), Some(7));
        let mut back = FrameWriter::new(send);
        back.push(&8_u64).unwrap();
        back.push(&9_u64).unwrap();
        back.flush().await.unwrap();
        assert_eq!(reader.next::<u64>().await.unwrap(), Some(8));
        assert_eq!(reader.arrived::<u64>().unwrap(), Some(9));
        assert_eq!(binding(&there), binding(&here));
        bindings.push(binding(&there).unwrap());
        CloseCode::TooMany.close(&here);
        assert_eq!(CloseCode::of(&there.closed().await), Some(CloseCode::TooMany));
    }
    assert_ne!(bindings.first(), bindings.last());
    node.close().await;
    client.close().await;
}

#[tokio::test]
async fn a_port_in_use_is_named_as_such() {
    let first = bind(config(1, loopback(0))).await.unwrap();
    let port = first.bound_sockets().first().unwrap().port();
    let second = bind(config(2, loopback(port))).await;
    assert!(matches!(second, Err(BindError::PortInUse)), "{second:?}");
    let anywhere = bind(config(2, Listen::Everywhere { port })).await;
    assert!(matches!(anywhere, Err(BindError::PortInUse)), "{anywhere:?}");
    close(first).await;
    let again = bind(config(2, loopback(port))).await;
    assert!(again.is_ok(), "{again:?}");
}

#[tokio::test]
async fn a_wrong_relay_is_refused() {
    let mut config = config(1, Listen::RelayOnly);
    config.relays = vec!["not a url".to_owned()];
    assert!(matches!(bind(config).await, Err(BindError::InvalidRelay(_))));
}
