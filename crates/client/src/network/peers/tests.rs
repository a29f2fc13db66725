//! Real endpoints on loopback.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::UdpSocket;
use tokio::sync::oneshot::error::TryRecvError;
use xchat_net::endpoint::{EndpointConfig, Listen, Part, bind};
use xchat_proto::address::Socket;
use xchat_proto::codec::{Blob, Bounded};
use xchat_proto::ids::LogId;
use zeroize::Zeroizing;

use super::*;
use crate::network::peers::peer::Allowance;

const PATIENCE: Duration = Duration::from_secs(20);

struct Device {
    peers: Peers,
    inputs: mpsc::Receiver<Input>,
    own: Endpoint,
}

async fn device(seed: u8) -> Device {
    let config = EndpointConfig {
        seed: Zeroizing::new([seed; 32]),
        alpns: vec![PEER_ALPN.to_vec()],
        listen: Listen::Sockets(vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))]),
        relays: Vec::new(),
        external: Vec::new(),
        part: Part::Node,
    };
    let endpoint = bind(config).await.unwrap();
    let own = address::told(&endpoint.addr());
    let (hand_in, inputs) = mpsc::channel(64);
    Device {
        peers: Peers::new(endpoint, hand_in.clone(), Arc::new(Asks::new(hand_in))),
        inputs,
        own,
    }
}

/// Two devices, the one with the smaller id first.
async fn pair() -> (Device, Device) {
    let (one, other) = (device(1).await, device(2).await);
    match one.own.id < other.own.id {
        true => (one, other),
        false => (other, one),
    }
}

impl Device {
    async fn next(&mut self) -> Input {
        timeout(PATIENCE, self.inputs.recv()).await.unwrap().unwrap()
    }

    /// The number in the next frame; news of connections are passed over.
    async fn next_number(&mut self, from: NodeId) -> u64 {
        loop {
            if let Input::Peer { peer, frame } = self.next().await {
                assert_eq!(peer, from);
                return number_in(&frame);
            }
        }
    }

    async fn up(&mut self, expected: NodeId) {
        match self.next().await {
            Input::PeerUp(peer) => assert_eq!(peer, expected),
            other => panic!("{other:?}"),
        }
    }

    async fn down(&mut self, expected: NodeId) {
        match self.next().await {
            Input::PeerDown(peer) => assert_eq!(peer, expected),
            other => panic!("{other:?}"),
        }
    }
}

fn frame(number: u64) -> PeerFrame {
    PeerFrame::Ephemeral {
        log: LogId([7; 32]),
        epoch: number,
        envelope: Blob::new(vec![1, 2, 3]).unwrap(),
    }
}

fn number_in(frame: &PeerFrame) -> u64 {
    match frame {
        PeerFrame::Ephemeral { epoch, .. } => *epoch,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn per_01_frames_go_both_ways_in_order() {
    let (mut alice, mut bob) = pair().await;
    let (a, b) = (alice.own.id, bob.own.id);
    assert!(alice.peers.dial(bob.own.clone()).is_none());
    alice.up(b).await;
    bob.up(a).await;
    for number in 0..50 {
        assert!(alice.peers.send(b, frame(number)).is_none());
        assert!(bob.peers.send(a, frame(100 + number)).is_none());
    }
    for number in 0..50 {
        assert_eq!(bob.next_number(a).await, number);
        assert_eq!(alice.next_number(b).await, 100 + number);
    }
    assert!(matches!(alice.peers.dial(bob.own.clone()), Some(Input::PeerUp(peer)) if peer == b));
    bob.peers.shut_down().await;
    alice.down(b).await;
    assert!(matches!(alice.peers.send(b, frame(0)), Some(Input::PeerDown(peer)) if peer == b));
    assert_eq!(alice.peers.connected(), 0);
    alice.peers.shut_down().await;
}

#[tokio::test]
async fn per_02_dials_at_the_same_moment_leave_one_connection() {
    let (mut alice, mut bob) = pair().await;
    let (a, b) = (alice.own.id, bob.own.id);
    assert!(alice.peers.dial(bob.own.clone()).is_none());
    assert!(bob.peers.dial(alice.own.clone()).is_none());
    alice.up(b).await;
    bob.up(a).await;
    // Frames sent while the two settle may be lost, as the machine knows from the news; so each repeats until heard.
    for (from, to) in [(true, b), (false, a)] {
        let (sender, receiver) = match from {
            true => (&mut alice, &mut bob),
            false => (&mut bob, &mut alice),
        };
        let mut number = 0;
        loop {
            let _ = sender.peers.send(to, frame(number));
            number += 1;
            let heard = timeout(Duration::from_millis(20), receiver.next_number(sender.own.id)).await;
            if heard.is_ok() {
                break;
            }
            assert!(number < 500, "the two never agree on a connection");
        }
    }
    assert_eq!((alice.peers.connected(), bob.peers.connected()), (1, 1));
    alice.peers.shut_down().await;
    bob.peers.shut_down().await;
}

#[tokio::test]
async fn per_03_a_restarted_device_takes_the_place_of_its_old_connection() {
    let (mut alice, bob) = pair().await;
    let b = bob.own.id;
    bob.peers.dial(alice.own.clone());
    alice.up(b).await;
    // Killed: nobody tells Alice.
    let seed = match bob.peers.endpoint.secret_key().to_bytes() {
        bytes if bytes == [1; 32] => 1,
        _ => 2,
    };
    let revived = device(seed).await;
    assert_eq!(revived.own.id, b);
    revived.peers.dial(alice.own.clone());
    alice.down(b).await;
    alice.up(b).await;
    assert!(revived.peers.send(alice.own.id, frame(9)).is_none());
    assert_eq!(alice.next_number(b).await, 9);
    assert_eq!(alice.peers.connected(), 1);
    alice.peers.shut_down().await;
    revived.peers.shut_down().await;
    bob.peers.shut_down().await;
}

#[tokio::test]
async fn a_device_without_an_address_is_down_at_once() {
    let (alice, bob) = pair().await;
    let nowhere = Endpoint {
        sockets: Bounded::default(),
        ..bob.own.clone()
    };
    assert!(matches!(alice.peers.dial(nowhere), Some(Input::PeerDown(peer)) if peer == bob.own.id));
    alice.peers.shut_down().await;
    bob.peers.shut_down().await;
}

/// Somewhere packets arrive and nothing comes back.
async fn silence() -> UdpSocket {
    UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap()
}

/// The device as it would be reached at that place.
fn moved_to(device: &Endpoint, place: &UdpSocket) -> Endpoint {
    Endpoint {
        sockets: Bounded::new(vec![Socket(place.local_addr().unwrap())]).unwrap(),
        ..device.clone()
    }
}

/// Waits for the first packet of a dial.
async fn knocked(place: &UdpSocket) {
    timeout(PATIENCE, place.recv_from(&mut [0; 2048]))
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn a_newer_address_is_dialled_while_the_older_is_under_way() {
    let (mut alice, mut bob) = pair().await;
    let (a, b) = (alice.own.id, bob.own.id);
    let (first, second) = (silence().await, silence().await);
    for place in [&first, &second] {
        assert!(alice.peers.dial(moved_to(&bob.own, place)).is_none());
        knocked(place).await;
    }
    assert!(alice.peers.dial(bob.own.clone()).is_none());
    // The first news: had the older dial been waited for, this would be its failure.
    alice.up(b).await;
    bob.up(a).await;
    alice.peers.shut_down().await;
    bob.peers.shut_down().await;
}

#[tokio::test]
async fn of_the_dials_to_a_device_only_the_newest_tells_that_it_failed() {
    let (alice, bob) = pair().await;
    let (hand_in, mut inputs) = mpsc::channel(8);
    let book = Book::new(alice.own.id, hand_in.clone(), Arc::new(Asks::new(hand_in)));
    let place = silence().await;
    let mut first = book.begin_dial(&moved_to(&bob.own, &place)).unwrap();
    assert!(
        book.begin_dial(&moved_to(&bob.own, &place)).is_none(),
        "under way"
    );
    assert!(
        first
            .given_up
            .try_recv()
            .is_err_and(|error| error == TryRecvError::Empty)
    );
    let second = book.begin_dial(&bob.own).unwrap();
    assert!(
        first
            .given_up
            .try_recv()
            .is_err_and(|error| error == TryRecvError::Closed)
    );
    // The two crossed: it failed in the moment in which it was given up.
    book.dial_failed(&first).await;
    assert!(inputs.try_recv().is_err());
    book.dial_failed(&second).await;
    assert!(matches!(inputs.try_recv(), Ok(Input::PeerDown(peer)) if peer == bob.own.id));
    assert!(book.begin_dial(&bob.own).is_some(), "it may be tried again");
    alice.peers.shut_down().await;
    bob.peers.shut_down().await;
}

#[tokio::test]
async fn a_shutdown_waits_for_no_dial_and_takes_leave_of_who_is_there() {
    let (mut alice, mut bob) = pair().await;
    let (a, b) = (alice.own.id, bob.own.id);
    assert!(alice.peers.dial(bob.own.clone()).is_none());
    alice.up(b).await;
    bob.up(a).await;
    let place = silence().await;
    let carol = device(3).await;
    assert!(alice.peers.dial(moved_to(&carol.own, &place)).is_none());
    knocked(&place).await;
    // The library alone takes three seconds.
    let shut_down = timeout(Duration::from_secs(2), alice.peers.shut_down());
    assert!(shut_down.await.is_ok(), "the dial is waited for");
    // Else it would notice only when the connection has been silent for long.
    bob.down(a).await;
    carol.peers.shut_down().await;
    bob.peers.shut_down().await;
}

#[tokio::test]
async fn per_04_a_device_that_reads_nothing_is_given_up() {
    let (mut alice, mut bob) = pair().await;
    let (a, b) = (alice.own.id, bob.own.id);
    alice.peers.dial(bob.own.clone());
    alice.up(b).await;
    bob.up(a).await;
    // Bob's machine takes nothing: his queue, QUIC's window and Alice's queue fill up, in this order.
    let sent = (0..1_000_000).find(|number| alice.peers.send(b, frame(*number)).is_some());
    assert!(sent.is_some(), "a queue has no end");
    alice.peers.shut_down().await;
    bob.peers.shut_down().await;
}

#[tokio::test]
async fn an_allowance_is_used_up() {
    let mut allowance = Allowance::new(3, Duration::from_secs(3600));
    let taken = (0..10).filter(|_| allowance.take()).count();
    assert_eq!(taken, 3);
}
