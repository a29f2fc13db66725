//! The directory over the network: requests of a stream are answered in their order.
//!
//! What is answered carries its own proof; whoever asks believes that, not the node. All reading is done on the
//! directory
//! as it was at an instant, so that a reader never waits for the disk's writer.

mod reading;

use std::sync::Arc;
use std::time::Duration;

use iroh::endpoint::{Connection, RecvStream, SendStream};
use tokio::sync::{Semaphore, SemaphorePermit, watch};
use tokio::task::JoinSet;
use tokio::time;
use xchat_consensus::{Consensus, Role};
use xchat_net::close::CloseCode;
use xchat_net::frame::{FrameReadError, FrameReader, FrameWriter};
use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest};
use xchat_proto::genesis::Genesis;
use xchat_proto::record::Operation;

use crate::forwarder::Forwarder;
use crate::limits::{
    BULK_AT_ONCE_MAX, BULK_BYTES_PER_SECOND, DIRECTORY_STREAMS_MAX, FRAME_TIMEOUT, IDLE_CHECK, LOOKUPS_MAX,
    LOOKUPS_PER_CONNECTION_MAX,
};
use crate::stats::Counters;

/// How long a request for the next block is held open when there is none yet.
const NEXT_BLOCK_WAIT: Duration = Duration::from_secs(5);

/// The running engine; nothing while the directory is being fetched.
pub(crate) type Current = Option<Arc<Consensus>>;

/// The directory of a node, for clients and other nodes.
pub(crate) struct DirectoryService {
    genesis: Genesis,
    consensus: watch::Receiver<Current>,
    forwarder: Arc<Forwarder>,
    lookups: Arc<Semaphore>,
    bulk: Semaphore,
    counters: Arc<Counters>,
}

/// What one connection may have under way.
struct Share {
    lookups: Semaphore,
    /// One answer of many bytes at a time, at a limited pace.
    bulk: Semaphore,
}

impl DirectoryService {
    pub(crate) fn new(
        genesis: Genesis,
        consensus: watch::Receiver<Current>,
        forwarder: Arc<Forwarder>,
        counters: Arc<Counters>,
    ) -> Self {
        Self {
            genesis,
            consensus,
            forwarder,
            lookups: Arc::new(Semaphore::new(LOOKUPS_MAX)),
            bulk: Semaphore::new(BULK_AT_ONCE_MAX),
            counters,
        }
    }

    /// The directory's engine, unless the directory is being fetched.
    pub(crate) fn consensus(&self) -> Current {
        self.consensus.borrow().clone()
    }

    /// Serves a connection until it ends, or nobody asks any more.
    pub(crate) async fn serve(self: Arc<Self>, connection: Connection) {
        let share = Arc::new(Share {
            lookups: Semaphore::new(LOOKUPS_PER_CONNECTION_MAX),
            bulk: Semaphore::new(1),
        });
        let mut streams = JoinSet::new();
        loop {
            let has_room = streams.len() < DIRECTORY_STREAMS_MAX;
            let is_idle = streams.is_empty();
            tokio::select! {
                accepted = connection.accept_bi(), if has_room => {
                    let Ok((send, recv)) = accepted else {
                        return;
                    };
                    streams.spawn(Arc::clone(&self).serve_stream(Arc::clone(&share), send, recv));
                }
                Some(ended) = streams.join_next() => match ended {
                    Ok(Ok(())) => {}
                    Ok(Err(Broken::Unread)) => return CloseCode::Idle.close(&connection),
                    Ok(Err(Broken::Misbehaved)) | Err(_) => {
                        self.counters.misbehaved.one_more();
                        return CloseCode::Misbehaved.close(&connection);
                    }
                },
                () = time::sleep(IDLE_CHECK.saturating_mul(2)), if is_idle => {
                    return CloseCode::Idle.close(&connection);
                }
            }
        }
    }

    async fn serve_stream(
        self: Arc<Self>,
        share: Arc<Share>,
        send: SendStream,
        recv: RecvStream,
    ) -> Result<(), Broken> {
        let (mut reader, mut writer) = (FrameReader::new(recv), FrameWriter::new(send));
        loop {
            let request = match time::timeout(FRAME_TIMEOUT, reader.next()).await {
                Ok(Ok(Some(request))) => request,
                // A stream that stands still is let go of; the connection stays.
                Ok(Ok(None) | Err(FrameReadError::Gone(_))) | Err(_) => {
                    let _ = writer.stream().finish();
                    return Ok(());
                }
                Ok(Err(_)) => return Err(Broken::Misbehaved),
            };
            self.counters.directory_requests.one_more();
            let answer = self.answer(&share, request).await;
            // Whoever asks and doesn't read would have an answer held for each stream, for as long as he likes.
            match time::timeout(FRAME_TIMEOUT, writer.send(&answer.reply)).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return Ok(()),
                Err(_) => return Err(Broken::Unread),
            }
            answer.keep_pace().await;
        }
    }

    async fn answer<'a>(self: &Arc<Self>, share: &'a Share, request: DirectoryRequest) -> Answer<'a> {
        if request == DirectoryRequest::Genesis {
            let genesis = self.genesis.clone();
            return DirectoryReply::Genesis { genesis }.into();
        }
        let Some(consensus) = self.consensus() else {
            return DirectoryReply::Unavailable.into();
        };
        match request {
            DirectoryRequest::Submit { operation } => self.submit(&consensus, operation).await.into(),
            DirectoryRequest::Status => reading::status(&consensus).into(),
            DirectoryRequest::Blocks { from } => {
                let mut current = self.consensus.clone();
                let is_set_aside = current.wait_for(Option::is_none);
                // Nobody's question may hold up an engine that is to be stopped.
                tokio::select! {
                    () = wait_for(&consensus, from) => {}
                    _ = is_set_aside => return DirectoryReply::Unavailable.into(),
                }
                self.bulk(share, consensus, request).await
            }
            DirectoryRequest::Snapshot { .. } => self.bulk(share, consensus, request).await,
            request => self.look_up(share, consensus, request).await.into(),
        }
    }

    /// Reads the disk, for a few at the same time.
    async fn look_up(
        &self,
        share: &Share,
        consensus: Arc<Consensus>,
        request: DirectoryRequest,
    ) -> DirectoryReply {
        let Ok(_share) = share.lookups.acquire().await else {
            return DirectoryReply::Unavailable;
        };
        let Ok(permit) = Arc::clone(&self.lookups).acquire_owned().await else {
            return DirectoryReply::Unavailable;
        };
        let read = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            reading::read(&consensus.reader(), request)
        });
        let (reply, _) = read.await.unwrap_or((DirectoryReply::Unavailable, 0));
        reply
    }

    /// Answers with many bytes, for fewer at the same time, and to each connection one after the other and at a limited
    /// pace.
    async fn bulk<'a>(
        &self,
        share: &'a Share,
        consensus: Arc<Consensus>,
        request: DirectoryRequest,
    ) -> Answer<'a> {
        let Ok(turn) = share.bulk.acquire().await else {
            return DirectoryReply::Unavailable.into();
        };
        let begun = time::Instant::now();
        let read = {
            let Ok(_permit) = self.bulk.acquire().await else {
                return DirectoryReply::Unavailable.into();
            };
            tokio::task::spawn_blocking(move || reading::read(&consensus.reader(), request)).await
        };
        let (reply, bytes) = read.unwrap_or((DirectoryReply::Unavailable, 0));
        self.counters.sync_bytes.add(bytes);
        let pace = Duration::from_secs_f64(bytes as f64 / BULK_BYTES_PER_SECOND);
        Answer {
            reply,
            turn: Some((turn, begun + pace)),
        }
    }

    async fn submit(&self, consensus: &Arc<Consensus>, operation: Operation) -> DirectoryReply {
        let role = *consensus.role().borrow();
        let outcome = match role {
            Role::Validator | Role::Waiting => consensus.submit(operation).await,
            Role::Recovering | Role::Follower => self.forwarder.submit(consensus, operation).await,
        };
        match outcome {
            Ok(height) => DirectoryReply::Accepted { height },
            Err(reason) => DirectoryReply::Rejected { reason },
        }
    }
}

/// Waits for the next block when it is the one that is asked for: who follows hears of it at once.
async fn wait_for(consensus: &Consensus, from: u64) {
    let newest = consensus.latest().map_or(0, |certified| certified.header.height);
    if newest.checked_add(1) == Some(from) {
        let _none_yet = time::timeout(NEXT_BLOCK_WAIT, consensus.certified_above(newest)).await;
    }
}

/// An answer, and the connection's turn for one of many bytes, which ends when it was sent and some time has passed.
struct Answer<'a> {
    reply: DirectoryReply,
    turn: Option<(SemaphorePermit<'a>, time::Instant)>,
}

impl Answer<'_> {
    async fn keep_pace(self) {
        drop(self.reply);
        if let Some((_turn, until)) = self.turn {
            time::sleep_until(until).await;
        }
    }
}

impl From<DirectoryReply> for Answer<'_> {
    fn from(reply: DirectoryReply) -> Self {
        Self { reply, turn: None }
    }
}

/// Why a connection ends for what happened on one of its streams.
enum Broken {
    /// The peer sent what the protocol doesn't allow.
    Misbehaved,
    /// The peer asks, and doesn't read what is answered.
    Unread,
}
