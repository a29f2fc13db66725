//! A standing connection to a home: its stream of requests, and the task that reads the replies.

use std::sync::Arc;
use std::time::Duration;

use iroh::endpoint::Connection;
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{MissedTickBehavior, interval, timeout};
use xchat_core::io::{Capability, Input};
use xchat_net::address::{self, AddressError};
use xchat_net::binding::{BindingError, binding};
use xchat_net::close::CloseCode;
use xchat_net::frame::{FrameReader, FrameWriteError, FrameWriter};
use xchat_proto::address::Endpoint;
use xchat_proto::capability::CapabilityClaim;
use xchat_proto::ids::{Hash, NodeId};
use xchat_proto::limits::CAPABILITIES_PER_CONNECTION_MAX;
use xchat_proto::mailbox_wire::{MAILBOX_ALPN, ReplyFrame, Request, RequestFrame};
use xchat_proto::signed::Signed;

use super::in_flight::{InFlight, ProofAnswer, ProofAsker, Proved};
use super::subscription::Subscription;
use super::{Cancelled, HomeRequest, SubscriptionRequest};

/// How long a home may take to be reached.
const DIAL: Duration = Duration::from_secs(5);
/// A home that leaves its oldest request unanswered for one to two of these is taken for dead.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes that are gathered before they are handed to QUIC.
const GATHERED_BYTES_MAX: usize = 64 * 1024;

/// Why there is no connection.
#[derive(Debug, Error)]
pub(super) enum DialError {
    #[error(transparent)]
    Address(#[from] AddressError),
    #[error(transparent)]
    Binding(#[from] BindingError),
    #[error("no answer in time")]
    TimedOut,
    #[error("not reached: {0}")]
    Failed(String),
}

/// The connection is over, or can't be used any more.
#[derive(Debug)]
pub(super) struct Over;

impl From<FrameWriteError> for Over {
    fn from(_: FrameWriteError) -> Self {
        Self
    }
}

/// A connection on which requests can be sent. It is closed when this is dropped.
pub(super) struct Standing {
    connection: Connection,
    home: NodeId,
    binding: Hash,
    writer: FrameWriter,
    in_flight: Arc<InFlight>,
    inputs: mpsc::Sender<Input>,
    /// Held by every subscription of this connection.
    subscribed: Arc<()>,
}

impl Drop for Standing {
    fn drop(&mut self) {
        CloseCode::Done.close(&self.connection);
    }
}

impl Standing {
    pub(super) async fn dial(
        endpoint: &iroh::Endpoint,
        home: &Endpoint,
        inputs: mpsc::Sender<Input>,
    ) -> Result<Self, DialError> {
        let address = address::dialled(home)?;
        let dialled = timeout(DIAL, async {
            let connection = endpoint.connect(address, MAILBOX_ALPN).await.map_err(failed)?;
            let streams = connection.open_bi().await.map_err(failed)?;
            Ok::<_, DialError>((connection, streams))
        });
        let (connection, (send, receive)) = dialled.await.map_err(|_| DialError::TimedOut)??;
        let binding = binding(&connection)?;
        let in_flight = Arc::new(InFlight::new());
        let replies = Replies {
            connection: connection.clone(),
            in_flight: in_flight.clone(),
            inputs: inputs.clone(),
        };
        tokio::spawn(replies.run(FrameReader::new(receive)));
        Ok(Self {
            connection,
            home: home.id,
            binding,
            writer: FrameWriter::new(send),
            in_flight,
            inputs,
            subscribed: Arc::new(()),
        })
    }

    /// Whether nothing uses the connection.
    pub(super) fn is_idle(&self) -> bool {
        Arc::strong_count(&self.subscribed) == 1 && self.in_flight.oldest().is_none()
    }

    /// Whether the connection is over.
    pub(super) fn is_over(&self) -> bool {
        self.connection.close_reason().is_some()
    }

    /// Resolves when the connection is over.
    pub(super) async fn over(&self) {
        self.connection.closed().await;
    }

    /// Sends a request, after the proof of its capability where that is missing. It leaves with the next flush.
    pub(super) async fn request(&mut self, request: HomeRequest) -> Result<(), Over> {
        if let Some(capability) = &request.capability {
            self.prove(capability).await?;
        }
        self.take_room().await?;
        let id = self.in_flight.register(request.tag).ok_or(Over)?;
        let frame = RequestFrame {
            id,
            request: request.request,
        };
        // From here on the request fails with the connection, through those in flight.
        if self.writer.push(&frame).is_err() || self.flush_when_large().await.is_err() {
            CloseCode::Done.close(&self.connection);
        }
        Ok(())
    }

    /// Opens a subscription on a stream of its own, as soon as its capability is proved.
    pub(super) async fn subscribe(
        &mut self,
        request: SubscriptionRequest,
        cancelled: Cancelled,
    ) -> Result<(), Over> {
        let proof = self.prove_and_ask(&request.capability).await?;
        let subscription = Subscription {
            connection: self.connection.clone(),
            log: request.log,
            epoch: request.epoch,
            from: request.from,
            inputs: self.inputs.clone(),
            _holds: self.subscribed.clone(),
        };
        tokio::spawn(subscription.run(proof, cancelled));
        Ok(())
    }

    pub(super) async fn flush(&mut self) -> Result<(), Over> {
        Ok(self.writer.flush().await?)
    }

    /// Proves a capability, unless it has been. The home works off the stream in order: no need to wait for the reply.
    async fn prove(&mut self, capability: &Capability) -> Result<(), Over> {
        match self.in_flight.proof(&proved(capability)) {
            Some(_) => Ok(()),
            None => self.send_proof(capability, None).await,
        }
    }

    /// Proves a capability for another stream, to which the order of this one means nothing.
    async fn prove_and_ask(&mut self, capability: &Capability) -> Result<Option<ProofAnswer>, Over> {
        if self.in_flight.proof(&proved(capability)) == Some(true) {
            return Ok(None);
        }
        let (asker, answer) = oneshot::channel();
        self.send_proof(capability, Some(asker)).await?;
        Ok(Some(answer))
    }

    async fn send_proof(&mut self, capability: &Capability, asker: Option<ProofAsker>) -> Result<(), Over> {
        if self.in_flight.proofs() >= CAPABILITIES_PER_CONNECTION_MAX {
            // A new connection begins with none.
            return Err(Over);
        }
        let claim = CapabilityClaim {
            role: capability.role,
            home: self.home,
            log: capability.log,
            epoch: capability.epoch,
            binding: self.binding,
        };
        let claim = Signed::new(&claim, &capability.key).map_err(|_| Over)?;
        self.take_room().await?;
        let id = self
            .in_flight
            .register_proof(proved(capability), asker)
            .ok_or(Over)?;
        let request = Request::Prove { claim };
        self.writer.push(&RequestFrame { id, request })?;
        self.flush_when_large().await
    }

    /// Waits until the home may have one more request. What is gathered must leave first: its replies make the room.
    async fn take_room(&mut self) -> Result<(), Over> {
        if self.in_flight.room.available_permits() == 0 {
            self.flush().await?;
        }
        self.in_flight.room.acquire().await.map_err(|_| Over)?.forget();
        Ok(())
    }

    async fn flush_when_large(&mut self) -> Result<(), Over> {
        match self.writer.gathered_bytes() > GATHERED_BYTES_MAX {
            true => self.flush().await,
            false => Ok(()),
        }
    }
}

fn failed(error: impl std::fmt::Display) -> DialError {
    DialError::Failed(error.to_string())
}

fn proved(capability: &Capability) -> Proved {
    (capability.log, capability.epoch, capability.role)
}

/// Reads the replies of one connection.
struct Replies {
    connection: Connection,
    in_flight: Arc<InFlight>,
    inputs: mpsc::Sender<Input>,
}

impl Replies {
    /// Hands replies to the machine until the connection ends; then everything in flight has failed.
    async fn run(self, mut reader: FrameReader) {
        let mut patience = interval(PATIENCE);
        patience.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut oldest = None;
        let close = loop {
            tokio::select! {
                biased;
                frame = reader.next::<ReplyFrame>() => match frame {
                    Ok(Some(frame)) => if let Some(close) = self.take(frame).await {
                        break close;
                    },
                    Err(error) if error.is_misbehaviour() => break CloseCode::Misbehaved,
                    Ok(None) | Err(_) => break CloseCode::Done,
                },
                _ = patience.tick() => {
                    let oldest_now = self.in_flight.oldest();
                    if oldest_now.is_some() && oldest_now == oldest {
                        break CloseCode::Idle;
                    }
                    oldest = oldest_now;
                }
            }
        };
        close.close(&self.connection);
        for input in self.in_flight.close() {
            if self.inputs.send(input).await.is_err() {
                return;
            }
        }
    }

    async fn take(&self, frame: ReplyFrame) -> Option<CloseCode> {
        match self.in_flight.reply(frame.id, frame.reply) {
            Ok(None) => None,
            Ok(Some(input)) => self.inputs.send(input).await.err().map(|_| CloseCode::Done),
            Err(_) => Some(CloseCode::Misbehaved),
        }
    }
}
