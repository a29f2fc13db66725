//! The mailbox over the network: connections, their streams, the writer and the subscribers.
//!
//! What a request means is decided by `xchat_mailbox`. Here is what it takes to serve thousands of strangers with it:
//! every queue has a bound, a slow peer holds up nobody but itself, and nothing is acknowledged before it is on disk.

mod blobs;
mod client;
mod hub;
mod request_stream;
mod subscription_stream;
mod writer;

use std::path::Path;
use std::sync::{Arc, RwLock};
use std::thread;

use iroh::endpoint::{Connection, RecvStream, SendStream};
use thiserror::Error;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::{self, MissedTickBehavior};
use xchat_mailbox::store::{FjallStore, StoreError};
use xchat_mailbox::{BlobQuotas, Mailbox, OpenError, Quotas};
use xchat_net::binding::binding;
use xchat_net::close::CloseCode;
use xchat_net::frame::{FrameReadError, FrameReader, FrameWriteError, FrameWriter};
use xchat_proto::ids::NodeId;
use xchat_proto::keys::SigningKey;
use xchat_proto::mailbox_wire::{Request, RequestFrame};

use self::client::Client;
use self::hub::Hub;
use self::writer::Job;
use crate::data_dir::DataDir;
use crate::limits::{
    EXPIRY_INTERVAL, FRAME_TIMEOUT, IDLE_CHECK, IDLE_CHECKS_MAX, WAITING_BYTES_MAX, WAITING_JOBS_MAX,
};
use crate::stats::Counters;

type SharedMailbox = Mailbox<FjallStore>;

/// Why the mailbox does not run.
#[derive(Debug, Error)]
pub enum MailboxError {
    /// The store can't be used.
    #[error("{0}")]
    Open(#[from] OpenError),
    /// The writer's thread can't be started.
    #[error("the writer can't be started: {0}")]
    Thread(#[from] std::io::Error),
}

impl From<StoreError> for MailboxError {
    fn from(error: StoreError) -> Self {
        Self::Open(error.into())
    }
}

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    home: NodeId,
    mailbox: RwLock<SharedMailbox>,
    hub: Arc<Hub>,
    counters: Arc<Counters>,
    /// Room for requests that wait for the disk, in bytes.
    room: Arc<Semaphore>,
    /// Permits to read the disk and to check work.
    lookups: Arc<Semaphore>,
}

/// The running mailbox. Its writer ends when this and every connection are gone.
#[derive(Debug)]
pub(crate) struct MailboxService {
    shared: Arc<Shared>,
    jobs: mpsc::Sender<Job>,
}

/// Waits for the writer's end.
pub(crate) type WriterThread = thread::JoinHandle<()>;

impl MailboxService {
    /// Opens the mailbox in `path`. The writer holds the data directory until it has ended.
    pub(crate) fn spawn(
        key: &SigningKey,
        path: &Path,
        (quotas, blob_quotas): (Quotas, BlobQuotas),
        data: Arc<DataDir>,
        counters: Arc<Counters>,
    ) -> Result<(Self, WriterThread), MailboxError> {
        let store = FjallStore::open(path)?;
        let mut mailbox = Mailbox::open_with(key.clone(), store, quotas)?;
        mailbox.set_blob_quotas(blob_quotas);
        let lookups = thread::available_parallelism().map_or(2, |cores| cores.get().saturating_mul(2));
        let shared = Arc::new(Shared {
            home: mailbox.home(),
            mailbox: RwLock::new(mailbox),
            hub: Arc::new(Hub::new(Arc::clone(&counters))),
            counters,
            room: Arc::new(Semaphore::new(WAITING_BYTES_MAX)),
            lookups: Arc::new(Semaphore::new(lookups)),
        });
        let (jobs, waiting) = mpsc::channel(WAITING_JOBS_MAX);
        let written = Arc::clone(&shared);
        let thread = thread::Builder::new().name("mailbox".to_owned()).spawn(move || {
            writer::run(&written, waiting);
            // The store is closed before the directory is free for another node.
            drop(written);
            drop(data);
        })?;
        Ok((Self { shared, jobs }, thread))
    }

    /// Removes what has expired, at the start and then once an hour, until it is dropped.
    pub(crate) async fn expire(self: Arc<Self>) {
        let mut ticks = time::interval(EXPIRY_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if self.jobs.send(Job::Expire).await.is_err() {
                return;
            }
        }
    }

    /// Serves a connection until it ends.
    pub(crate) async fn serve(self: Arc<Self>, connection: Connection) {
        let Ok(binding) = binding(&connection) else {
            return CloseCode::Misbehaved.close(&connection);
        };
        let client = Arc::new(Client::new(Arc::clone(&self.shared), binding));
        let mut streams = JoinSet::new();
        let mut checks = time::interval(IDLE_CHECK);
        let mut idle_checks = 0_u32;
        loop {
            tokio::select! {
                accepted = connection.accept_bi() => {
                    let Ok((send, recv)) = accepted else {
                        return;
                    };
                    streams.spawn(serve_stream(Arc::clone(&self), Arc::clone(&client), send, recv));
                }
                Some(ended) = streams.join_next() => {
                    if let Some(code) = ended.map_or(Some(CloseCode::Misbehaved), close_code) {
                        if code == CloseCode::Misbehaved {
                            self.shared.counters.misbehaved.one_more();
                        }
                        return code.close(&connection);
                    }
                }
                _ = checks.tick() => {
                    idle_checks = if streams.is_empty() { idle_checks.saturating_add(1) } else { 0 };
                    if idle_checks > IDLE_CHECKS_MAX {
                        return CloseCode::Idle.close(&connection);
                    }
                }
            }
        }
    }
}

/// Why a stream did not end well.
#[derive(Debug, Error)]
enum StreamError {
    #[error("{0}")]
    Read(#[from] FrameReadError),
    #[error("{0}")]
    Write(#[from] FrameWriteError),
    #[error("the rest of a frame did not come")]
    TimedOut,
    #[error("the node stops")]
    Stopping,
}

/// Whether the connection must go with the stream.
fn close_code(ended: Result<(), StreamError>) -> Option<CloseCode> {
    match ended {
        Ok(()) | Err(StreamError::Write(FrameWriteError::Gone(_))) => None,
        Err(StreamError::Read(error)) if !error.is_misbehaviour() => None,
        Err(StreamError::Read(error)) => {
            tracing::debug!(%error, "a client misbehaves");
            Some(CloseCode::Misbehaved)
        }
        Err(StreamError::TimedOut) => Some(CloseCode::Idle),
        Err(StreamError::Stopping) => Some(CloseCode::ShuttingDown),
        Err(StreamError::Write(error @ FrameWriteError::TooLong(_))) => {
            tracing::error!(%error, "a reply can't be sent");
            Some(CloseCode::Done)
        }
    }
}

/// The first frame tells what the stream is for.
async fn serve_stream(
    service: Arc<MailboxService>,
    client: Arc<Client>,
    send: SendStream,
    recv: RecvStream,
) -> Result<(), StreamError> {
    let mut reader = FrameReader::new(recv);
    let first = time::timeout(FRAME_TIMEOUT, reader.next::<RequestFrame>());
    let Some(first) = first.await.map_err(|_| StreamError::TimedOut)?? else {
        return Ok(());
    };
    let writer = FrameWriter::new(send);
    match first.request {
        request @ Request::Subscribe { .. } => {
            drop(reader);
            Ok(subscription_stream::serve(client, request, writer).await?)
        }
        request => {
            let first = RequestFrame {
                id: first.id,
                request,
            };
            request_stream::serve(&service.jobs, client, first, reader, writer).await
        }
    }
}
