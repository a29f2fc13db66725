//! A device at a node: one connection, one stream of requests, as a client has it.

use anyhow::Context as _;
use iroh::endpoint::Connection;
use xchat_net::address::dialled;
use xchat_net::binding::binding;
use xchat_net::endpoint::{EndpointConfig, Listen, Part, bind};
use xchat_net::frame::{FrameReader, FrameWriter};
use xchat_proto::address::Endpoint;
use xchat_proto::capability::{CapabilityClaim, Role};
use xchat_proto::codec::Blob;
use xchat_proto::ids::LogId;
use xchat_proto::keys::SigningKey;
use xchat_proto::limits::LOG_WORK_BITS;
use xchat_proto::mailbox_wire::{
    EnvelopeBytes, MAILBOX_ALPN, Reply, ReplyFrame, Request, RequestFrame, SubscriptionFrame, log_challenge,
};
use xchat_proto::signed::Signed;
use zeroize::Zeroizing;

use crate::raw::quic::loopback;

/// An endpoint on loopback that only dials.
pub(crate) async fn dialler(seed: [u8; 32]) -> anyhow::Result<iroh::Endpoint> {
    Ok(bind(EndpointConfig {
        seed: Zeroizing::new(seed),
        alpns: Vec::new(),
        listen: Listen::Sockets(vec![loopback()]),
        relays: Vec::new(),
        external: Vec::new(),
        part: Part::Client,
    })
    .await?)
}

/// A key, an endpoint or a log for each number.
pub(crate) fn numbered(kind: u8, number: usize) -> [u8; 32] {
    let mut bytes = [kind; 32];
    for (place, byte) in bytes.iter_mut().zip(number.to_be_bytes()) {
        *place = byte;
    }
    bytes
}

/// An envelope of 1 KiB, another one for each number.
pub(crate) fn envelope(sender: usize, number: u64) -> anyhow::Result<EnvelopeBytes> {
    let mut bytes = vec![0x6d; 1024];
    let unique = sender.to_be_bytes().into_iter().chain(number.to_be_bytes());
    for (place, byte) in bytes.iter_mut().zip(unique) {
        *place = byte;
    }
    Ok(Blob::new(bytes)?)
}

/// A connection to a home and its stream of requests.
pub(crate) struct Device {
    number: usize,
    home: Endpoint,
    connection: Connection,
    reader: FrameReader,
    writer: FrameWriter,
    next: u64,
    endpoint: iroh::Endpoint,
}

impl Device {
    pub(crate) async fn new(number: usize, home: &Endpoint) -> anyhow::Result<Self> {
        let endpoint = dialler(numbered(1, number)).await?;
        let connection = endpoint.connect(dialled(home)?, MAILBOX_ALPN).await?;
        let (send, receive) = connection.open_bi().await?;
        Ok(Self {
            number,
            home: home.clone(),
            connection,
            reader: FrameReader::new(receive),
            writer: FrameWriter::new(send),
            next: 0,
            endpoint,
        })
    }

    /// The log of this device.
    pub(crate) fn log(&self) -> LogId {
        LogId(numbered(2, self.number))
    }

    /// Creates the device's log, unless it is there, and proves its capability.
    pub(crate) async fn open_log(&mut self) -> anyhow::Result<()> {
        let log = self.log();
        let key = SigningKey::from_seed(&numbered(3, self.number));
        let capability = key.public();
        let work = log_challenge(&log, &capability)
            .solve(LOG_WORK_BITS, 0..1_000_000)
            .context("no work is found")?;
        let created = Request::CreateConversation {
            log,
            epoch: 0,
            capability,
            work,
        };
        self.ask(created).await?;
        let claim = CapabilityClaim {
            role: Role::Member,
            home: self.home.id,
            log,
            epoch: 0,
            binding: binding(&self.connection)?,
        };
        let claim = Signed::new(&claim, &key)?;
        match self.ask(Request::Prove { claim }).await? {
            Reply::Done => Ok(()),
            other => anyhow::bail!("the capability is refused: {other:?}"),
        }
    }

    /// Adds a request to those that leave with the next flush.
    pub(crate) fn push(&mut self, request: Request) -> anyhow::Result<()> {
        let id = self.next;
        self.next = self.next.saturating_add(1);
        Ok(self.writer.push(&RequestFrame { id, request })?)
    }

    pub(crate) async fn flush(&mut self) -> anyhow::Result<()> {
        Ok(self.writer.flush().await?)
    }

    /// The next reply.
    pub(crate) async fn reply(&mut self) -> anyhow::Result<Reply> {
        let frame: ReplyFrame = self
            .reader
            .next()
            .await?
            .context("the node has ended the stream")?;
        Ok(frame.reply)
    }

    /// A reply that has arrived already.
    pub(crate) fn arrived(&mut self) -> anyhow::Result<Option<Reply>> {
        let frame: Option<ReplyFrame> = self.reader.arrived()?;
        Ok(frame.map(|frame| frame.reply))
    }

    pub(crate) async fn ask(&mut self, request: Request) -> anyhow::Result<Reply> {
        self.push(request)?;
        self.flush().await?;
        self.reply().await
    }

    /// Subscribes to the device's log, and waits until it is caught up with. The stream ends when the reader is
    /// dropped.
    pub(crate) async fn subscribe(&self) -> anyhow::Result<FrameReader> {
        let (send, receive) = self.connection.open_bi().await?;
        let log = self.log();
        let request = Request::Subscribe {
            log,
            epoch: 0,
            from: 0,
        };
        FrameWriter::new(send)
            .send(&RequestFrame { id: 0, request })
            .await?;
        let mut reader = FrameReader::new(receive);
        match reader.next().await? {
            Some(SubscriptionFrame::CaughtUp) => Ok(reader),
            other => anyhow::bail!("the subscription brought {other:?}"),
        }
    }

    pub(crate) async fn close(self) {
        self.endpoint.close().await;
    }
}
