//! The blob service over the network: files of conversations, brought by their members and given to them.
//!
//! Who may have what, and how much room there is, is decided by `xchat_mailbox`; whether bytes are right by
//! `xchat_blobs`. Here is what it takes to move them for thousands of strangers: every connection has a pace and a few
//! blobs at a time, a piece of each is in memory, and nothing is acknowledged before it is on disk.

mod alone;
mod disk;
mod give;
mod pace;
mod take;

use std::sync::{Arc, Mutex};

use iroh::endpoint::{Connection, RecvStream, SendStream};
use thiserror::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{self, MissedTickBehavior};
use xchat_blobs::{BlobName, DiskError};
use xchat_mailbox::store::StoreError;
use xchat_mailbox::{BlobCommand, BlobDone, BlobFile, BlobRoute, BlobSession};
use xchat_net::binding::binding;
use xchat_net::close::CloseCode;
use xchat_net::frame::{FrameReadError, FrameReader, FrameWriteError, FrameWriter};
use xchat_proto::blob_wire::{BlobRefusal, BlobReply, BlobRequest};

use self::alone::Bringing;
pub(crate) use self::disk::Disk;
use self::pace::Pace;
use crate::clock;
use crate::limits::{
    BLOB_BYTES_PER_SECOND, BLOB_STREAMS_MAX, BLOB_TURN_TIMEOUT, BLOBS_AT_ONCE_MAX, BLOBS_PER_CONNECTION_MAX,
    EXPIRY_INTERVAL, FRAME_TIMEOUT, IDLE_CHECK,
};
use crate::mailbox_service::MailboxService;
use crate::stats::Counters;

/// Why the blob service does not start.
#[derive(Debug, Error)]
pub enum BlobsError {
    /// The disk can't be used.
    #[error("{0}")]
    Disk(#[from] DiskError),
    /// What is known of the blobs can't be read.
    #[error("{0}")]
    Store(#[from] StoreError),
}

/// The blobs of a home.
#[derive(Debug)]
pub(crate) struct BlobService {
    mailbox: Arc<MailboxService>,
    disk: Disk,
    /// Turns of blobs that move.
    turns: Arc<Semaphore>,
    bringing: Bringing,
    counters: Arc<Counters>,
}

/// One connection of a client, as its streams share it.
struct Client {
    session: Arc<Mutex<BlobSession>>,
    pace: Pace,
    turns: Arc<Semaphore>,
}

/// Turns of a blob that moves: one of the connection, one of the node.
struct Turn {
    _of_connection: OwnedSemaphorePermit,
    _of_node: OwnedSemaphorePermit,
}

/// Why a stream did not end well.
#[derive(Debug, Error)]
enum StreamError {
    #[error("{0}")]
    Read(#[from] FrameReadError),
    #[error("{0}")]
    Write(#[from] FrameWriteError),
    #[error("what was sent doesn't hold: {0}")]
    Lied(#[from] xchat_blobs::PeerFault),
    #[error("the stream is over")]
    Over,
}

impl StreamError {
    /// Whether the connection must go with the stream.
    fn is_misbehaviour(&self) -> bool {
        match self {
            Self::Read(error) => error.is_misbehaviour(),
            Self::Lied(_) => true,
            Self::Write(_) | Self::Over => false,
        }
    }
}

impl BlobService {
    /// Takes the folder of blobs, and removes the files there that belong to none. It blocks.
    pub(crate) fn open(
        mailbox: Arc<MailboxService>,
        disk: Disk,
        counters: Arc<Counters>,
    ) -> Result<Self, BlobsError> {
        let (known, counted) = mailbox.known_blobs()?;
        mailbox.set_blob_quotas(disk.quotas(counted));
        // BLB-20: what a crash has left.
        let swept = disk.sweep(&known)?;
        if swept.files > 0 {
            tracing::info!(
                files = swept.files,
                bytes = swept.bytes,
                "files of no blob were removed"
            );
        }
        Ok(Self {
            mailbox,
            disk,
            turns: Arc::new(Semaphore::new(BLOBS_AT_ONCE_MAX)),
            bringing: Bringing::default(),
            counters,
        })
    }

    /// Removes what has expired, at the start and then once an hour, until it is dropped.
    pub(crate) async fn expire(self: Arc<Self>) {
        let mut ticks = time::interval(EXPIRY_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            while let Some(files) = self.mailbox.expire_blobs().await {
                for file in files {
                    self.disk.erase(BlobName::new(file)).await;
                }
            }
        }
    }

    /// Serves a connection until it ends, or nobody asks any more.
    pub(crate) async fn serve(self: Arc<Self>, connection: Connection) {
        let Ok(binding) = binding(&connection) else {
            return CloseCode::Misbehaved.close(&connection);
        };
        let client = Arc::new(Client {
            session: Arc::new(Mutex::new(self.mailbox.blob_session(binding))),
            pace: Pace::new(BLOB_BYTES_PER_SECOND),
            turns: Arc::new(Semaphore::new(BLOBS_PER_CONNECTION_MAX)),
        });
        let mut streams = JoinSet::new();
        loop {
            let has_room = streams.len() < BLOB_STREAMS_MAX;
            let is_idle = streams.is_empty();
            tokio::select! {
                accepted = connection.accept_bi(), if has_room => {
                    let Ok((send, recv)) = accepted else {
                        return;
                    };
                    streams.spawn(Arc::clone(&self).serve_stream(Arc::clone(&client), send, recv));
                }
                Some(ended) = streams.join_next() => {
                    if !ended.is_ok_and(|ended| is_well(&ended)) {
                        self.counters.misbehaved.one_more();
                        return CloseCode::Misbehaved.close(&connection);
                    }
                }
                () = time::sleep(IDLE_CHECK.saturating_mul(2)), if is_idle => {
                    return CloseCode::Idle.close(&connection);
                }
            }
        }
    }

    /// Answers the requests of a stream in their order; one that moves a blob is its last.
    async fn serve_stream(
        self: Arc<Self>,
        client: Arc<Client>,
        send: SendStream,
        recv: RecvStream,
    ) -> Result<(), StreamError> {
        let (mut reader, mut writer) = (FrameReader::new(recv), FrameWriter::new(send));
        loop {
            let request = match time::timeout(FRAME_TIMEOUT, reader.next::<BlobRequest>()).await {
                Ok(request) => request?,
                // A stream that stands still is let go of; the connection stays.
                Err(_) => None,
            };
            let Some(request) = request else {
                let _ = writer.stream().finish();
                return Ok(());
            };
            let reply = match self.route(&client, request).await {
                BlobRoute::Take(place) => return self.take(&client, place, reader, writer).await,
                BlobRoute::Give(place, groups) => return self.give(&client, place, &groups, writer).await,
                BlobRoute::Write(command) => self.write(command).await,
                BlobRoute::Reply(reply) => reply,
                // The price was settled where the request was looked at.
                BlobRoute::Priced(_) => BlobReply::Refused(BlobRefusal::Malformed),
            };
            writer.send(&reply).await?;
        }
    }

    async fn route(&self, client: &Client, request: BlobRequest) -> BlobRoute {
        if let BlobRequest::Reserve { sealed_bytes, .. } = request
            && xchat_blobs::SealedSize::new(sealed_bytes).is_none()
        {
            return BlobRoute::Reply(BlobReply::Refused(BlobRefusal::Malformed));
        }
        match clock::random_bytes() {
            Ok(bytes) => {
                let mut file = BlobFile::default();
                file.iter_mut()
                    .zip(bytes)
                    .for_each(|(byte, random)| *byte = random);
                self.mailbox.route_blob(&client.session, request, file).await
            }
            Err(error) => {
                tracing::warn!(%error, "a blob can't be named");
                BlobRoute::Reply(BlobReply::Refused(BlobRefusal::StorageFailed))
            }
        }
    }

    async fn write(&self, command: BlobCommand) -> BlobReply {
        match self.mailbox.write_blob(command).await {
            Ok(BlobDone::Done) => BlobReply::Done,
            Ok(BlobDone::Stored) => BlobReply::Stored,
            Ok(BlobDone::Gone(file)) => {
                // BLB-18: nobody finds it any more, whatever becomes of its files.
                self.disk.erase(BlobName::new(file)).await;
                BlobReply::Done
            }
            Err(refusal) => {
                if refusal == BlobRefusal::QuotaExceeded {
                    self.counters.blobs_refused.one_more();
                }
                BlobReply::Refused(refusal)
            }
        }
    }

    /// Waits until a blob may move.
    async fn turn(&self, client: &Client) -> Result<Turn, BlobRefusal> {
        let turn = async {
            Some(Turn {
                _of_connection: Arc::clone(&client.turns).acquire_owned().await.ok()?,
                _of_node: Arc::clone(&self.turns).acquire_owned().await.ok()?,
            })
        };
        let turn = time::timeout(BLOB_TURN_TIMEOUT, turn).await;
        turn.ok().flatten().ok_or(BlobRefusal::TooMany)
    }
}

fn is_well(ended: &Result<(), StreamError>) -> bool {
    match ended {
        Err(error) if error.is_misbehaviour() => {
            tracing::debug!(%error, "a client misbehaves");
            false
        }
        _ => true,
    }
}

/// Says no, and ends the stream.
async fn refuse(mut writer: FrameWriter, refusal: BlobRefusal) -> Result<(), StreamError> {
    writer.send(&BlobReply::Refused(refusal)).await?;
    let _ = writer.stream().finish();
    Ok(())
}
