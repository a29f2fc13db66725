//! Real endpoints on loopback and files on the disk. The machine's part is played by hand.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::ControlFlow;
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::timeout;
use xchat_blobs::{BlobKey, Groups};
use xchat_net::address;
use xchat_net::endpoint::{EndpointConfig, Listen, Part, bind};
use xchat_net::frame::{FrameReader, FrameWriter};
use xchat_proto::address::Endpoint;
use xchat_proto::blob_wire::{BlobReply, PeerBlobRequest};
use xchat_proto::codec::Blob as Bytes;
use xchat_proto::ids::{Hash, LogId, NodeId};
use xchat_proto::peer_wire::{PEER_ALPN, PeerFrame};
use zeroize::Zeroizing;

use super::*;
use crate::network::bytes::Meter;
use crate::network::labour::Labour;
use crate::network::peers::Peers;

const PATIENCE: Duration = Duration::from_secs(20);
const LOG: LogId = LogId([7; 32]);
const KEY: [u8; 32] = [2; 32];
const NONCE: [u8; 7] = [3; 7];

struct Device {
    folder: TempDir,
    store: BlobStore,
    peers: Peers,
    transfers: Transfers,
    windows: Windows,
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
    let folder = tempfile::tempdir().unwrap();
    let store = BlobStore::new(folder.path().join("blobs")).unwrap();
    let homes = Arc::new(BlobHomes::new(endpoint.clone(), Labour::new()));
    let windows = Windows::default();
    let transfers = Transfers::new(store.clone(), windows.clone(), homes, hand_in.clone());
    let peers = Peers::new(endpoint, hand_in, transfers.asks.clone());
    transfers.set_peers(peers.book());
    Device {
        folder,
        store,
        peers,
        transfers,
        windows,
        inputs,
        own,
    }
}

/// Two devices that are connected.
async fn pair() -> (Device, Device) {
    let (mut one, mut other) = (device(1).await, device(2).await);
    assert!(one.peers.dial(other.own.clone()).is_none());
    assert!(matches!(one.next().await, Input::PeerUp(_)));
    assert!(matches!(other.next().await, Input::PeerUp(_)));
    (one, other)
}

fn plain(bytes: usize) -> Vec<u8> {
    (0..251).cycle().take(bytes).collect()
}

impl Device {
    /// What comes next but progress.
    async fn next(&mut self) -> Input {
        loop {
            let input = timeout(PATIENCE, self.inputs.recv()).await.unwrap().unwrap();
            if !matches!(input, Input::Blob(BlobInput::Progress { .. })) {
                return input;
            }
        }
    }

    async fn asked(&mut self) -> (u64, Hash) {
        match self.next().await {
            Input::Blob(BlobInput::Asked { ask, hash, .. }) => (ask, hash),
            other => panic!("{other:?}"),
        }
    }

    async fn done(&mut self, expected: Tag) -> Result<(), BlobFailure> {
        match self.next().await {
            Input::Blob(BlobInput::Done { tag, outcome }) => {
                assert_eq!(tag, expected);
                outcome
            }
            other => panic!("{other:?}"),
        }
    }

    fn seal(&self, name: u8, bytes: usize) -> BlobFile {
        let key = BlobKey::new(KEY, NONCE);
        let plain = plain(bytes);
        let imported = self
            .store
            .import(BlobName::new([name; 16]), &key, plain.as_slice(), |_| {
                ControlFlow::Continue(())
            })
            .unwrap();
        BlobFile {
            file: [name; 16],
            hash: Hash(*imported.hash.as_bytes()),
            size: bytes as u64,
        }
    }

    fn get(&self, tag: Tag, peer: NodeId, blob: BlobFile) {
        let from = BlobSource::Peer { peer, log: LOG };
        self.transfers.carry_out(BlobOutput::Get { tag, from, blob });
    }

    fn read(&self, file: BlobFile) -> Vec<u8> {
        let size = SealedSize::of_plain(file.size).unwrap();
        let blob = self.store.open(BlobName::new(file.file), address(&file), size);
        let key = BlobKey::new(KEY, NONCE);
        let pieces = blob.unwrap().read_plain(&key, file.size, 0..file.size).unwrap();
        pieces.collect::<Result<Vec<_>, _>>().unwrap().concat()
    }

    fn path(&self, file: BlobFile) -> std::path::PathBuf {
        let name = BlobName::new(file.file).to_string();
        let (folder, rest) = name.split_at(2);
        self.folder
            .path()
            .join("blobs")
            .join(folder)
            .join(format!("{rest}.data"))
    }
}

/// What comes next at either.
async fn alice_or_bob(alice: &mut Device, bob: &mut Device) -> Input {
    tokio::select! {
        input = alice.next() => input,
        input = bob.next() => input,
    }
}

fn renamed(file: BlobFile, name: u8) -> BlobFile {
    BlobFile {
        file: [name; 16],
        ..file
    }
}

#[tokio::test]
async fn per_05_a_file_comes_on_a_stream_of_its_own_when_it_is_granted() {
    let (mut alice, mut bob) = pair().await;
    let sealed = alice.seal(1, 3_000_000);
    let wanted = renamed(sealed, 9);
    bob.get(5, alice.own.id, wanted);
    let (ask, hash) = alice.asked().await;
    assert_eq!(hash, sealed.hash);
    alice.transfers.carry_out(BlobOutput::Grant { ask, blob: sealed });
    assert_eq!(bob.done(5).await, Ok(()));
    assert_eq!(bob.read(wanted), plain(3_000_000));
    // Asked again there is nothing to fetch.
    bob.get(6, alice.own.id, wanted);
    assert_eq!(bob.done(6).await, Ok(()));
    alice.peers.shut_down().await;
    bob.peers.shut_down().await;
}

#[tokio::test]
async fn per_05_what_is_not_granted_is_not_given() {
    let (mut alice, mut bob) = pair().await;
    let sealed = alice.seal(1, 100);
    bob.get(5, alice.own.id, renamed(sealed, 9));
    let (ask, _) = alice.asked().await;
    alice.transfers.carry_out(BlobOutput::Deny { ask });
    assert_eq!(bob.done(5).await, Err(BlobFailure::Unknown));
    // What is granted but not here is not given either.
    bob.get(6, alice.own.id, renamed(sealed, 9));
    let (ask, _) = alice.asked().await;
    let blob = renamed(sealed, 3);
    alice.transfers.carry_out(BlobOutput::Grant { ask, blob });
    assert_eq!(bob.done(6).await, Err(BlobFailure::Unknown));
    // Somebody who isn't connected gives nothing.
    bob.get(7, NodeId([9; 32]), renamed(sealed, 9));
    assert_eq!(bob.done(7).await, Err(BlobFailure::Unreachable));
    alice.peers.shut_down().await;
    bob.peers.shut_down().await;
}

#[tokio::test]
async fn trf_03_what_is_verified_stays_when_a_device_gives_something_else() {
    let (alice, mut bob) = pair().await;
    // Mallory speaks the protocol, and lies after the first bytes.
    let sealed = alice.seal(1, 2_000_000);
    let config = EndpointConfig {
        seed: Zeroizing::new([66; 32]),
        alpns: vec![PEER_ALPN.to_vec()],
        listen: Listen::Sockets(vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))]),
        relays: Vec::new(),
        external: Vec::new(),
        part: Part::Node,
    };
    let mallory = bind(config).await.unwrap();
    let mallory_id = address::node_id(&mallory.id());
    let to_bob = address::dialled(&bob.own).unwrap();
    let connection = mallory.connect(to_bob, PEER_ALPN).await.unwrap();
    let (mut frames, _receive) = connection.open_bi().await.unwrap();
    frames.write_all(&[]).await.unwrap();
    assert!(matches!(bob.next().await, Input::PeerUp(peer) if peer == mallory_id));
    let wanted = renamed(sealed, 9);
    bob.get(5, mallory_id, wanted);
    let _frames = connection.accept_bi().await.unwrap();
    let (send, receive) = connection.accept_bi().await.unwrap();
    let question = FrameReader::new(receive)
        .next::<PeerBlobRequest>()
        .await
        .unwrap()
        .unwrap();
    let PeerBlobRequest::Get { hash, .. } = question;
    assert_eq!(hash, sealed.hash);
    let mut writer = FrameWriter::new(send);
    writer.send(&BlobReply::Sending).await.unwrap();
    let size = SealedSize::of_plain(sealed.size).unwrap();
    let blob = alice
        .store
        .open(BlobName::new(sealed.file), address(&sealed), size)
        .unwrap();
    let mut stream: Vec<u8> = blob
        .serve(&Groups::all())
        .flat_map(|piece| piece.unwrap().to_vec())
        .collect();
    stream[1_000_000] ^= 1;
    // Bob may stop the stream before its end.
    let _ = writer.stream().write_all(&stream).await;
    let _ = writer.stream().finish();
    assert_eq!(bob.done(5).await, Err(BlobFailure::Corrupt));
    // The half before it is there, and only the rest is asked for.
    let (mut alice, a) = (alice, sealed);
    assert!(bob.peers.dial(alice.own.clone()).is_some());
    bob.get(6, alice.own.id, wanted);
    let (ask, _) = alice.asked().await;
    let groups = alice.transfers.asks.wanted(ask).unwrap();
    let first = groups.as_slice().first().unwrap().start;
    assert!((30..=62).contains(&first), "{groups:?}");
    alice.transfers.carry_out(BlobOutput::Grant { ask, blob: a });
    assert_eq!(bob.done(6).await, Ok(()));
    assert_eq!(bob.read(wanted), plain(2_000_000));
    alice.peers.shut_down().await;
    bob.peers.shut_down().await;
}

#[tokio::test]
async fn trf_18_who_reads_what_comes_later_gets_it_first() {
    let (mut alice, mut bob) = pair().await;
    let sealed = alice.seal(1, 40_000_000);
    let wanted = renamed(sealed, 9);
    let window = bob.windows.of(wanted.file);
    let asked = |device: &Device, ask| device.transfers.asks.wanted(ask).unwrap().as_slice().to_vec();
    // Somebody looks at the end before anything has come.
    let end = window.wait_for(2_000);
    bob.get(5, alice.own.id, wanted);
    let (ask, _) = alice.asked().await;
    assert_eq!(asked(&alice, ask).first().unwrap().start, 2_000);
    // Then in the middle, while nothing is given yet: what was asked for is broken off.
    let mut arrivals = window.arrivals();
    alice.transfers.carry_out(BlobOutput::Grant { ask, blob: sealed });
    arrivals.changed().await.unwrap();
    drop(end);
    let middle = window.wait_for(900);
    // It may have been asked for the beginning, when the end was there already.
    let ask = loop {
        let (ask, _) = alice.asked().await;
        if asked(&alice, ask).first().unwrap().start == 900 {
            break ask;
        }
        alice.transfers.carry_out(BlobOutput::Grant { ask, blob: sealed });
    };
    alice.transfers.carry_out(BlobOutput::Grant { ask, blob: sealed });
    let size = SealedSize::of_plain(wanted.size).unwrap();
    let blob = bob
        .store
        .open(BlobName::new(wanted.file), address(&wanted), size)
        .unwrap();
    let group = Groups::from(900..901);
    while !blob.missing(&group).unwrap().is_empty() {
        timeout(PATIENCE, arrivals.changed()).await.unwrap().unwrap();
    }
    drop(middle);
    // And all the rest after it, in as many questions as that takes.
    let outcome = loop {
        match alice_or_bob(&mut alice, &mut bob).await {
            Input::Blob(BlobInput::Asked { ask, .. }) => {
                alice.transfers.carry_out(BlobOutput::Grant { ask, blob: sealed });
            }
            Input::Blob(BlobInput::Done { tag: 5, outcome }) => break outcome,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(outcome, Ok(()));
    assert_eq!(bob.read(wanted), plain(40_000_000));
    alice.peers.shut_down().await;
    bob.peers.shut_down().await;
}

#[tokio::test]
async fn trf_06_what_is_stopped_tells_nothing_more_and_can_be_erased() {
    let (mut alice, mut bob) = pair().await;
    let sealed = alice.seal(1, 3_000_000);
    let wanted = renamed(sealed, 9);
    bob.get(5, alice.own.id, wanted);
    let (ask, _) = alice.asked().await;
    bob.transfers.carry_out(BlobOutput::Stop { tag: 5 });
    alice.transfers.carry_out(BlobOutput::Grant { ask, blob: sealed });
    bob.transfers.carry_out(BlobOutput::Erase { file: wanted.file });
    // Orders are obeyed one after another: when this one is answered, the file is erased.
    bob.get(6, NodeId([9; 32]), wanted);
    assert_eq!(bob.done(6).await, Err(BlobFailure::Unreachable));
    assert!(!bob.path(wanted).exists());
    // And the next question of the same device is heard.
    bob.get(7, alice.own.id, wanted);
    let (ask, _) = alice.asked().await;
    alice.transfers.carry_out(BlobOutput::Grant { ask, blob: sealed });
    assert_eq!(bob.done(7).await, Ok(()));
    assert_eq!(bob.read(wanted), plain(3_000_000));
    let path = alice.path(sealed);
    assert!(path.exists());
    alice.transfers.carry_out(BlobOutput::Erase { file: sealed.file });
    alice.transfers.shut_down().await;
    assert!(!path.exists());
    bob.transfers.shut_down().await;
    bob.peers.shut_down().await;
}

#[tokio::test]
async fn per_06_frames_pass_a_file_that_nobody_takes() {
    let (mut alice, mut bob) = pair().await;
    let sealed = alice.seal(1, 20_000_000);
    // Bob asks, and reads nothing of the answer.
    let connection = bob.peers.book().connection(&alice.own.id).unwrap();
    let (send, receive) = connection.open_bi().await.unwrap();
    let question = PeerBlobRequest::Get {
        log: LOG,
        hash: sealed.hash,
        groups: xchat_proto::blob_wire::GroupRanges::all(),
    };
    FrameWriter::new(send).send(&question).await.unwrap();
    let (ask, _) = alice.asked().await;
    alice.transfers.carry_out(BlobOutput::Grant { ask, blob: sealed });
    let mut reader = FrameReader::new(receive);
    assert!(matches!(reader.next().await, Ok(Some(BlobReply::Sending))));
    // Whatever is on its way, what is said arrives in both directions: more than a window of it.
    let frame = |number| PeerFrame::Ephemeral {
        log: LOG,
        epoch: number,
        envelope: Bytes::new(vec![1; 4000]).unwrap(),
    };
    for number in 0..1_000 {
        assert!(alice.peers.send(bob.own.id, frame(number)).is_none());
        assert!(bob.peers.send(alice.own.id, frame(number)).is_none());
        for device in [&mut alice, &mut bob] {
            match device.next().await {
                Input::Peer {
                    frame: PeerFrame::Ephemeral { epoch, .. },
                    ..
                } => assert_eq!(epoch, number),
                other => panic!("{other:?}"),
            }
        }
    }
    drop(reader);
    alice.peers.shut_down().await;
    bob.peers.shut_down().await;
}

#[tokio::test(start_paused = true)]
async fn trf_13_progress_is_told_four_times_a_second_at_most() {
    let (hand_in, mut inputs) = mpsc::channel(1_000);
    let mut meter = Meter::new(5, hand_in, 1_000);
    for step in 1..=300 {
        tokio::time::advance(Duration::from_millis(10)).await;
        meter.tell(step);
    }
    let mut told = Vec::new();
    while let Ok(Input::Blob(BlobInput::Progress { tag: 5, bytes })) = inputs.try_recv() {
        told.push(bytes);
    }
    assert_eq!(told, (1..=12).map(|time| 1_000 + time * 25).collect::<Vec<_>>());
    // Nobody waits for a machine that has no time.
    let (hand_in, _full) = mpsc::channel(1);
    let mut meter = Meter::new(5, hand_in, 0);
    for step in 1..=100 {
        tokio::time::advance(Duration::from_secs(1)).await;
        meter.tell(step);
    }
}
