//! A subscription: a stream of its own, whose frames go to the machine as fast as it takes them.

use std::sync::Arc;

use iroh::endpoint::Connection;
use tokio::sync::mpsc;
use xchat_core::io::Input;
use xchat_net::close::CloseCode;
use xchat_net::frame::{FrameReader, FrameWriter};
use xchat_proto::ids::LogId;
use xchat_proto::mailbox_wire::{Entry, EntryBody, Request, RequestFrame, SubscriptionFrame};

use super::Cancelled;
use super::in_flight::ProofAnswer;

pub(super) struct Subscription {
    pub(super) connection: Connection,
    pub(super) log: LogId,
    pub(super) epoch: u64,
    pub(super) from: u64,
    pub(super) inputs: mpsc::Sender<Input>,
    /// Tells the connection that it is in use.
    pub(super) _holds: Arc<()>,
}

/// How a subscription ended.
enum End {
    /// As it should: with the commit that closes the segment, a refusal, or another in its place.
    Told,
    /// The stream or the connection broke.
    Lost,
}

impl Subscription {
    /// Runs until the segment closes, the stream breaks or another subscription takes its place.
    pub(super) async fn run(self, proof: Option<ProofAnswer>, cancelled: Cancelled) {
        let end = tokio::select! {
            cancelled = cancelled => match cancelled {
                Ok(()) => End::Told,
                Err(_) => End::Lost,
            },
            end = self.carry(proof) => end,
        };
        if matches!(end, End::Lost) {
            let lost = Input::SubscriptionLost {
                log: self.log,
                epoch: self.epoch,
            };
            // Nobody is left to be told when the body is ending.
            let _ = self.inputs.send(lost).await;
        }
    }

    async fn carry(&self, proof: Option<ProofAnswer>) -> End {
        if let Some(answer) = proof {
            match answer.await {
                Ok(Ok(())) => {}
                Ok(Err(refusal)) => {
                    self.hand_in(SubscriptionFrame::Refused(refusal)).await;
                    return End::Told;
                }
                Err(_) => return End::Lost,
            }
        }
        let Ok((send, receive)) = self.connection.open_bi().await else {
            return End::Lost;
        };
        let mut writer = FrameWriter::new(send);
        let request = Request::Subscribe {
            log: self.log,
            epoch: self.epoch,
            from: self.from,
        };
        match writer.send(&RequestFrame { id: 0, request }).await {
            Ok(()) => self.read(FrameReader::new(receive)).await,
            Err(_) => End::Lost,
        }
    }

    async fn read(&self, mut reader: FrameReader) -> End {
        loop {
            let frame = match reader.next::<SubscriptionFrame>().await {
                Ok(Some(frame)) => frame,
                Ok(None) => return End::Lost,
                Err(error) => {
                    if error.is_misbehaviour() {
                        CloseCode::Misbehaved.close(&self.connection);
                    }
                    return End::Lost;
                }
            };
            let is_last = matches!(
                &frame,
                SubscriptionFrame::Refused(_)
                    | SubscriptionFrame::Entry(Entry {
                        body: EntryBody::Commit { .. },
                        ..
                    })
            );
            if !self.hand_in(frame).await || is_last {
                return End::Told;
            }
        }
    }

    /// Waits while the machine is busy, so that QUIC's window holds the home back.
    async fn hand_in(&self, frame: SubscriptionFrame) -> bool {
        let input = Input::Subscription {
            log: self.log,
            epoch: self.epoch,
            frame,
        };
        self.inputs.send(input).await.is_ok()
    }
}
