//! A client as small as can be: real endpoints, real frames.
#![expect(clippy::panic, reason = "tests fail by panicking")]

use std::net::{Ipv4Addr, SocketAddr};

use iroh::endpoint::Connection;
use xchat_net::address::dialled;
use xchat_net::binding::binding;
use xchat_net::endpoint::{EndpointConfig, Listen, Part, bind};
use xchat_net::frame::{FrameReader, FrameWriter};
use xchat_node::NodeHandle;
use xchat_proto::address::Endpoint;
use xchat_proto::capability::{CapabilityClaim, Role};
use xchat_proto::codec::{Blob, Bounded};
use xchat_proto::decision::CommitValue;
use xchat_proto::directory_wire::{DIRECTORY_ALPN, DirectoryReply, DirectoryRequest};
use xchat_proto::ids::LogId;
use xchat_proto::keys::SigningKey;
use xchat_proto::limits::LOG_WORK_BITS;
use xchat_proto::mailbox_wire::{
    Entry, EntryBody, EnvelopeBytes, MAILBOX_ALPN, Reply, ReplyFrame, Request, RequestFrame,
    SubscriptionFrame, log_challenge,
};
use xchat_proto::signed::Signed;

/// An endpoint on loopback that only dials.
pub(crate) async fn dialler(seed: u8) -> iroh::Endpoint {
    let config = EndpointConfig {
        seed: zeroize::Zeroizing::new([seed; 32]),
        alpns: Vec::new(),
        listen: Listen::Sockets(vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))]),
        relays: Vec::new(),
        external: Vec::new(),
        part: Part::Client,
    };
    bind(config).await.unwrap()
}

/// A connection to a home and its stream of requests.
pub(crate) struct Device {
    pub(crate) connection: Connection,
    home: Endpoint,
    reader: FrameReader,
    writer: FrameWriter,
    next: u64,
    _endpoint: iroh::Endpoint,
}

impl Device {
    pub(crate) async fn new(seed: u8, node: &NodeHandle) -> Self {
        Self::at(seed, node.endpoint()).await
    }

    pub(crate) async fn at(seed: u8, home: &Endpoint) -> Self {
        let endpoint = dialler(seed).await;
        let connection = endpoint
            .connect(dialled(home).unwrap(), MAILBOX_ALPN)
            .await
            .unwrap();
        let (send, recv) = connection.open_bi().await.unwrap();
        Self {
            connection,
            home: home.clone(),
            reader: FrameReader::new(recv),
            writer: FrameWriter::new(send),
            next: 0,
            _endpoint: endpoint,
        }
    }

    /// Sends requests in one piece, and gives their replies in the order of the requests.
    pub(crate) async fn ask_all(&mut self, requests: Vec<Request>) -> Vec<Reply> {
        let first = self.next;
        let count = requests.len();
        for request in requests {
            let frame = RequestFrame {
                id: self.next,
                request,
            };
            self.writer.push(&frame).unwrap();
            self.next += 1;
        }
        let mut replies = vec![None; count];
        let (reader, writer) = (&mut self.reader, &mut self.writer);
        let receive = async {
            for _ in 0..count {
                let frame: ReplyFrame = reader.next().await.unwrap().unwrap();
                let place = usize::try_from(frame.id - first).unwrap();
                assert_eq!(
                    replies[place].replace(frame.reply),
                    None,
                    "one reply for each request"
                );
            }
        };
        let (sent, ()) = tokio::join!(writer.flush(), receive);
        sent.unwrap();
        replies.into_iter().map(Option::unwrap).collect()
    }

    pub(crate) async fn ask(&mut self, request: Request) -> Reply {
        self.ask_all(vec![request]).await.pop().unwrap()
    }

    /// The proof of a capability on this connection.
    pub(crate) fn claim(&self, log: LogId, epoch: u64, key: &SigningKey) -> Signed<CapabilityClaim> {
        let claim = CapabilityClaim {
            role: Role::Member,
            home: self.home.id,
            log,
            epoch,
            binding: binding(&self.connection).unwrap(),
        };
        Signed::new(&claim, key).unwrap()
    }

    pub(crate) async fn prove(&mut self, log: LogId, epoch: u64, key: &SigningKey) {
        let claim = self.claim(log, epoch, key);
        assert_eq!(self.ask(Request::Prove { claim }).await, Reply::Done);
    }

    /// Creates a conversation whose first segment is epoch 0, and proves its capability.
    pub(crate) async fn create(&mut self, log: LogId, key: &SigningKey) {
        let capability = key.public();
        let work = log_challenge(&log, &capability)
            .solve(LOG_WORK_BITS, 0..100_000)
            .unwrap();
        let request = Request::CreateConversation {
            log,
            epoch: 0,
            capability,
            work,
        };
        assert_eq!(self.ask(request).await, Reply::Done);
        self.prove(log, 0, key).await;
    }

    pub(crate) async fn read(&mut self, log: LogId, epoch: u64, from: u64) -> Vec<Entry> {
        let mut all: Vec<Entry> = Vec::new();
        loop {
            let from = all.last().map_or(from, |entry| entry.index + 1);
            match self.ask(Request::Read { log, epoch, from }).await {
                Reply::Entries { entries, more } => {
                    all.extend(entries.into_vec());
                    if !more {
                        return all;
                    }
                }
                other => panic!("{other:?}"),
            }
        }
    }

    pub(crate) async fn subscribe(&self, log: LogId, epoch: u64) -> Subscription {
        let (send, recv) = self.connection.open_bi().await.unwrap();
        let request = Request::Subscribe { log, epoch, from: 0 };
        let mut writer = FrameWriter::new(send);
        writer.send(&RequestFrame { id: 0, request }).await.unwrap();
        Subscription {
            reader: FrameReader::new(recv),
            _writer: writer,
        }
    }
}

/// The stream of a subscription.
pub(crate) struct Subscription {
    reader: FrameReader,
    _writer: FrameWriter,
}

impl Subscription {
    pub(crate) async fn next(&mut self) -> Option<SubscriptionFrame> {
        self.reader.next().await.unwrap()
    }

    pub(crate) async fn next_entry(&mut self) -> Entry {
        match self.next().await {
            Some(SubscriptionFrame::Entry(entry)) => entry,
            other => panic!("{other:?}"),
        }
    }
}

pub(crate) fn envelope(bytes: &[u8]) -> EnvelopeBytes {
    Blob::new(bytes.to_vec()).unwrap()
}

pub(crate) fn append(log: LogId, epoch: u64, bytes: &[u8]) -> Request {
    Request::Append {
        log,
        epoch,
        envelope: envelope(bytes),
    }
}

pub(crate) fn commit(home: &Endpoint, log: LogId, epoch: u64, next: &SigningKey) -> Request {
    let value = CommitValue {
        envelope: envelope(b"commit"),
        next_capability: next.public(),
        next_homes: Bounded::new(vec![home.clone()]).unwrap(),
    };
    Request::SubmitCommit { log, epoch, value }
}

pub(crate) fn body_of(entry: &Entry) -> &[u8] {
    match &entry.body {
        EntryBody::Envelope(envelope) => envelope.as_slice(),
        EntryBody::Commit { value, .. } => value.envelope.as_slice(),
    }
}

/// Asks the directory once.
pub(crate) async fn ask_directory(connection: &Connection, request: &DirectoryRequest) -> DirectoryReply {
    let (send, recv) = connection.open_bi().await.unwrap();
    let mut writer = FrameWriter::new(send);
    writer.send(request).await.unwrap();
    writer.stream().finish().unwrap();
    FrameReader::new(recv).next().await.unwrap().unwrap()
}

pub(crate) async fn directory(endpoint: &iroh::Endpoint, node: &NodeHandle) -> Connection {
    let address = dialled(node.endpoint()).unwrap();
    endpoint.connect(address, DIRECTORY_ALPN).await.unwrap()
}
