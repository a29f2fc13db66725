//! The blob services of homes: files are put there, fetched from there and erased there.
//!
//! Each home has one connection for that, apart from the one on which messages go, so that no message waits behind a
//! file. It is made when it is needed and let go by the home when nobody uses it.
//!
//! NOT its concern: which files, and what is tried again.

mod connection;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use thiserror::Error;
use tokio::time::timeout;
use xchat_blobs::limits::GROUP_BYTES;
use xchat_blobs::{Blob, DiskError, Groups, PeerFault, ServeError};
use xchat_core::io::{Capability, Price};
use xchat_net::close::CloseCode;
use xchat_net::frame::{FrameReader, FrameWriter};
use xchat_proto::address::Endpoint;
use xchat_proto::blob_wire::{
    BlobRefusal, BlobReply, BlobRequest, EraseSecret, blob_challenge, blob_work_bits,
};
use xchat_proto::ids::{Hash, LogId, NodeId};
use xchat_proto::limits::BLOB_KEEP_DAYS_MAX;
use xchat_proto::work::Work;

use super::bytes::{GiveError, InUse, Meter, TakeError, give, take};
use super::course::Course;
use super::labour::Labour;
use connection::HomeConnection;

/// How long a home may take to answer what needs no more than a look at its records.
const ANSWER: Duration = Duration::from_secs(30);
/// How long it may take to look what is missing, and to flush a file: both are as long as a file is large.
const DISK: Duration = Duration::from_secs(180);
/// How long what it says last may take, when it takes no more of a file.
const LAST_WORD: Duration = Duration::from_secs(5);
/// Streams for one file: a home wants at most 64 ranges with one, and more only of a file full of holes.
const STREAMS_MAX: usize = 64;

/// Why a home did not do it.
#[derive(Debug, Error)]
pub(super) enum HomeError {
    /// It can't be reached, doesn't answer, or broke off.
    #[error("the home is not reached")]
    Unreachable,
    /// It says no.
    #[error("the home refuses: {0}")]
    Refused(#[from] BlobRefusal),
    /// What it gave doesn't hold. What was right before is kept.
    #[error("the home gave something else: {0}")]
    Corrupt(#[source] PeerFault),
    /// The file here is not what was sealed any more.
    #[error("the file here is spoilt: {0}")]
    Spoilt(#[source] ServeError),
    /// The disk here fails.
    #[error("{0}")]
    Disk(#[source] DiskError),
}

/// A file of a conversation, as its home knows it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Address<'a> {
    pub(super) home: &'a Endpoint,
    pub(super) capability: &'a Capability,
    pub(super) hash: Hash,
}

/// The blob services of homes.
pub(super) struct BlobHomes {
    endpoint: iroh::Endpoint,
    labour: Labour,
    /// One place for each home; whoever dials holds it.
    connections: Mutex<BTreeMap<NodeId, Place>>,
}

type Place = Arc<tokio::sync::Mutex<Option<Arc<HomeConnection>>>>;

impl BlobHomes {
    pub(super) fn new(endpoint: iroh::Endpoint, labour: Labour) -> Self {
        Self {
            endpoint,
            labour,
            connections: Mutex::default(),
        }
    }

    /// Puts a file at a home: whatever of it isn't there. When this returns well, all of it is on the home's disk.
    /// `meter` makes what tells how far it has come, of how much was there before, in bytes.
    pub(super) async fn put(
        &self,
        address: Address<'_>,
        blob: &Blob,
        secret: EraseSecret,
        in_use: &InUse,
        meter: impl Fn(u64) -> Meter,
    ) -> Result<(), HomeError> {
        let connection = self.connection(address.home).await?;
        for _ in 0..STREAMS_MAX {
            let brought = bring(&connection, address, blob, None, in_use, &meter).await;
            let brought = match brought {
                Err(HomeError::Refused(BlobRefusal::UnknownBlob)) => {
                    let room = self.reserve(address, blob, secret).await?;
                    bring(&connection, address, blob, Some(room), in_use, &meter).await
                }
                brought => brought,
            };
            if brought? {
                return Ok(());
            }
        }
        // A home that always wants more is none.
        Err(HomeError::Unreachable)
    }

    /// Fetches what is missing of a file from a home, verified piece by piece. It is on the disk for certain only after
    /// `Blob::sync`.
    pub(super) async fn get(
        &self,
        address: Address<'_>,
        blob: &Blob,
        mut course: Course,
        in_use: &InUse,
        meter: impl Fn(u64) -> Meter,
    ) -> Result<(), HomeError> {
        let connection = self.connection(address.home).await?;
        while !course.missing().is_empty() {
            let there = bytes(blob.size().groups().saturating_sub(course.missing().count()));
            let request = BlobRequest::Get {
                log: address.capability.log,
                epoch: address.capability.epoch,
                hash: address.hash,
                groups: course.ask(),
            };
            let (mut reader, _writer) = connection.ask(Some(address.capability), &[request]).await?;
            match answer(&mut reader, DISK).await? {
                BlobReply::Sending => {}
                _ => return Err(HomeError::Unreachable),
            }
            let taken = take(blob, &course, &mut reader, in_use.clone(), Some(meter(there))).await;
            let came = taken.map_err(|error| match error {
                TakeError::CutOff => HomeError::Unreachable,
                TakeError::Disk(error) => HomeError::Disk(error),
                TakeError::Lie(fault) => {
                    connection.close(CloseCode::Misbehaved);
                    HomeError::Corrupt(fault)
                }
            })?;
            course.came(came);
        }
        Ok(())
    }

    /// Erases a file at a home. One that isn't there is erased.
    pub(super) async fn erase(
        &self,
        home: &Endpoint,
        log: LogId,
        hash: Hash,
        secret: EraseSecret,
    ) -> Result<(), HomeError> {
        let connection = self.connection(home).await?;
        let request = BlobRequest::Erase { log, hash, secret };
        let (mut reader, _writer) = connection.ask(None, &[request]).await?;
        match answer(&mut reader, ANSWER).await? {
            BlobReply::Done => Ok(()),
            _ => Err(HomeError::Unreachable),
        }
    }

    /// The request for room, paid for.
    async fn reserve(
        &self,
        address: Address<'_>,
        blob: &Blob,
        secret: EraseSecret,
    ) -> Result<BlobRequest, HomeError> {
        let (log, hash) = (address.capability.log, address.hash);
        let sealed_bytes = blob.size().bytes();
        let price = Price {
            challenge: blob_challenge(&log, &hash, sealed_bytes),
            bits: blob_work_bits(sealed_bytes),
        };
        let work: Work = self.labour.pay(price).await.ok_or(HomeError::Unreachable)?;
        Ok(BlobRequest::Reserve {
            log,
            epoch: address.capability.epoch,
            hash,
            sealed_bytes,
            erase: secret.hash(),
            keep_days: BLOB_KEEP_DAYS_MAX,
            work,
        })
    }

    /// The standing connection to a home, or a new one.
    async fn connection(&self, home: &Endpoint) -> Result<Arc<HomeConnection>, HomeError> {
        let place = {
            let mut places = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
            // Those that are over are let go when somebody looks.
            places.retain(|id, place| {
                let is_over = |place: &Option<Arc<HomeConnection>>| {
                    place.as_ref().is_none_or(|connection| connection.is_over())
                };
                *id == home.id || !place.try_lock().is_ok_and(|place| is_over(&place))
            });
            places.entry(home.id).or_default().clone()
        };
        let mut standing = place.lock().await;
        match &*standing {
            Some(connection) if !connection.is_over() => Ok(connection.clone()),
            _ => {
                let dialled = HomeConnection::dial(&self.endpoint, home).await;
                let dialled = Arc::new(dialled.map_err(|error| {
                    tracing::debug!(%error, "a home's blob service is not reached");
                    HomeError::Unreachable
                })?);
                *standing = Some(dialled.clone());
                Ok(dialled)
            }
        }
    }
}

/// Brings what a home wants of a file, over one stream. Whether all of it is there now.
async fn bring(
    connection: &HomeConnection,
    address: Address<'_>,
    blob: &Blob,
    room: Option<BlobRequest>,
    in_use: &InUse,
    meter: impl Fn(u64) -> Meter,
) -> Result<bool, HomeError> {
    let is_new = room.is_some();
    let put = BlobRequest::Put {
        log: address.capability.log,
        epoch: address.capability.epoch,
        hash: address.hash,
    };
    let requests: Vec<_> = room.into_iter().chain([put]).collect();
    let (mut reader, mut writer) = connection.ask(Some(address.capability), &requests).await?;
    if is_new {
        match answer(&mut reader, ANSWER).await? {
            BlobReply::Done => {}
            BlobReply::Stored => return Ok(true),
            _ => return Err(HomeError::Unreachable),
        }
    }
    let groups = match answer(&mut reader, DISK).await? {
        BlobReply::Stored => return Ok(true),
        BlobReply::Wanted { groups } => Groups::new(groups.as_slice().iter().cloned()),
        _ => return Err(HomeError::Unreachable),
    };
    let wanted = groups.before(blob.size().groups()).count();
    let there = bytes(blob.size().groups().saturating_sub(wanted));
    let meter = meter(there);
    match give(blob.clone(), groups, writer.stream(), in_use.clone(), Some(meter)).await {
        Ok(()) => {
            let _ = writer.stream().finish();
            Ok(is_stored(&mut reader, DISK).await?)
        }
        // It may say why it takes no more.
        Err(GiveError::Gone) => is_stored(&mut reader, LAST_WORD).await,
        Err(GiveError::Here(ServeError::Disk(error))) => Err(HomeError::Disk(error)),
        Err(GiveError::Here(error)) => Err(HomeError::Spoilt(error)),
    }
}

async fn is_stored(reader: &mut FrameReader, patience: Duration) -> Result<bool, HomeError> {
    match answer(reader, patience).await? {
        BlobReply::Stored => Ok(true),
        BlobReply::Wanted { .. } => Ok(false),
        _ => Err(HomeError::Unreachable),
    }
}

/// The next answer of a stream.
async fn answer(reader: &mut FrameReader, patience: Duration) -> Result<BlobReply, HomeError> {
    match timeout(patience, reader.next::<BlobReply>()).await {
        Ok(Ok(Some(BlobReply::Refused(refusal)))) => Err(refusal.into()),
        Ok(Ok(Some(reply))) => Ok(reply),
        Ok(Ok(None) | Err(_)) | Err(_) => Err(HomeError::Unreachable),
    }
}

fn bytes(groups: u64) -> u64 {
    groups.saturating_mul(GROUP_BYTES as u64)
}

/// A stream on which requests went out.
type Asked = (FrameReader, FrameWriter);

#[cfg(test)]
mod tests;
