//! A subscription's stream: what is stored, then what comes, until the segment closes or the client leaves.
//!
//! The position in the log is all that is kept of a slow reader: it is fed from the store when it has room again.

use std::sync::Arc;

use xchat_mailbox::{Route, Subscription};
use xchat_net::frame::{FrameWriteError, FrameWriter};
use xchat_proto::mailbox_wire::{Refusal, Reply, Request, SubscriptionFrame};

use super::client::Client;
use super::hub::{Live, Place};

/// Tells the session that its subscription has ended, also when the stream is torn off.
struct Counted(Arc<Client>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.session().unsubscribed();
    }
}

pub(crate) async fn serve(
    client: Arc<Client>,
    request: Request,
    mut writer: FrameWriter,
) -> Result<(), FrameWriteError> {
    let route = client.clone().look_up(move |client| client.route(request)).await;
    let subscription = match route {
        Some(Route::Subscribe(subscription)) => subscription,
        Some(Route::Reply(Reply::Refused(refusal))) => return refuse(writer, refusal).await,
        _ => return refuse(writer, Refusal::StorageFailed).await,
    };
    let counted = Counted(Arc::clone(&client));
    let place = client
        .shared()
        .hub
        .subscribe(subscription.log(), subscription.epoch());
    let stopped = writer.stream().stopped();
    let mut feed = Feed {
        client,
        subscription,
        place,
        writer,
        is_failed: false,
    };
    tokio::select! {
        fed = feed.run() => fed?,
        _ = stopped => {}
    }
    drop(counted);
    Ok(())
}

async fn refuse(mut writer: FrameWriter, refusal: Refusal) -> Result<(), FrameWriteError> {
    writer.send(&SubscriptionFrame::Refused(refusal)).await?;
    // A stream that the client has stopped needs no end.
    let _ = writer.stream().finish();
    Ok(())
}

struct Feed {
    client: Arc<Client>,
    subscription: Subscription,
    place: Place,
    writer: FrameWriter,
    is_failed: bool,
}

impl Feed {
    async fn run(&mut self) -> Result<(), FrameWriteError> {
        self.catch_up().await?;
        while !self.is_failed && !self.subscription.is_ended() {
            let Some(item) = self.place.next().await else {
                break;
            };
            let mut is_behind = self.take(item)?;
            while let Some(item) = self.place.ready() {
                is_behind |= self.take(item)?;
            }
            is_behind |= self.place.has_lagged();
            self.writer.flush().await?;
            if is_behind {
                self.catch_up().await?;
            }
        }
        let _ = self.writer.stream().finish();
        Ok(())
    }

    /// Whether entries are missing that only the store has.
    fn take(&mut self, item: Live) -> Result<bool, FrameWriteError> {
        match item {
            Live::Stored => Ok(true),
            Live::Entries(notice) => match self.subscription.follow(&notice) {
                Some(frames) => self.push(&frames).map(|()| false),
                None => Ok(true),
            },
            Live::Ephemeral(notice) => {
                let frame = SubscriptionFrame::Ephemeral(notice.envelope.clone());
                self.writer.push(&frame).map(|()| false)
            }
        }
    }

    /// Sends what is stored, a page at a time: each is sent before the next is read.
    async fn catch_up(&mut self) -> Result<(), FrameWriteError> {
        loop {
            let mut subscription = self.subscription.clone();
            let read = self.client.clone().look_up(move |client| {
                let mailbox = client.shared().mailbox.read().ok()?;
                let frames = subscription.catch_up(&mailbox);
                Some((subscription, frames))
            });
            let Some((subscription, frames)) = read.await.flatten() else {
                self.is_failed = true;
                self.push(&[SubscriptionFrame::Refused(Refusal::StorageFailed)])?;
                return self.writer.flush().await;
            };
            self.subscription = subscription;
            self.push(&frames)?;
            self.writer.flush().await?;
            let is_all = frames
                .last()
                .is_none_or(|frame| *frame == SubscriptionFrame::CaughtUp);
            if is_all || self.subscription.is_ended() {
                return Ok(());
            }
        }
    }

    fn push(&mut self, frames: &[SubscriptionFrame]) -> Result<(), FrameWriteError> {
        frames.iter().try_for_each(|frame| self.writer.push(frame))
    }
}
