//! Putting a file at the home of a conversation, fetching it from there, and erasing it there.

use std::sync::Arc;

use tokio::sync::mpsc;
use xchat_blobs::{BlobStore, OpenError, SealedSize};
use xchat_core::io::{BlobFailure, BlobFile, Capability, Input, Tag};
use xchat_proto::address::Endpoint;
use xchat_proto::blob_wire::{BlobRefusal, EraseSecret};
use xchat_proto::ids::{Hash, LogId};

use super::peer::{create, missing, sync};
use super::{fault, open};
use crate::network::blobs::{Address, BlobHomes, HomeError};
use crate::network::bytes::{InUse, Meter};
use crate::network::course::Course;
use crate::window::Window;

/// A file, the home of its conversation, and whom to tell how it goes on.
pub(super) struct AtHome {
    pub(super) homes: Arc<BlobHomes>,
    pub(super) home: Endpoint,
    pub(super) capability: Capability,
    pub(super) file: BlobFile,
    pub(super) tag: Tag,
    pub(super) inputs: mpsc::Sender<Input>,
}

impl AtHome {
    /// Puts what of the file isn't there. When this returns well, all of it is on the home's disk.
    pub(super) async fn put(
        self,
        store: BlobStore,
        secret: [u8; 32],
        in_use: InUse,
    ) -> Result<(), BlobFailure> {
        let blob = match open(store, self.file, in_use.clone()).await {
            Ok(blob) => blob,
            Err(OpenError::Unknown) => return Err(BlobFailure::Lost),
            Err(OpenError::Disk(error)) => return Err(fault(&error)),
        };
        let put = self
            .homes
            .put(self.address(), &blob, EraseSecret(secret), &in_use, |there| {
                self.meter(there)
            });
        put.await.map_err(|error| failure(&error))
    }

    /// Fetches what of the file isn't here. When this returns well, all of it is on the disk.
    pub(super) async fn get(
        self,
        store: BlobStore,
        window: Arc<Window>,
        in_use: InUse,
    ) -> Result<(), BlobFailure> {
        let size = SealedSize::of_plain(self.file.size).ok_or(BlobFailure::Corrupt)?;
        let blob = create(store.clone(), self.file, size, in_use.clone()).await?;
        let missing = missing(blob.clone(), in_use.clone()).await?;
        let course = Course::new(missing, window);
        let got = self
            .homes
            .get(self.address(), &blob, course, &in_use, |there| self.meter(there));
        got.await.map_err(|error| failure(&error))?;
        sync(store, self.file, blob, in_use).await
    }

    fn address(&self) -> Address<'_> {
        Address {
            home: &self.home,
            capability: &self.capability,
            hash: self.file.hash,
        }
    }

    fn meter(&self, there: u64) -> Meter {
        Meter::new(self.tag, self.inputs.clone(), there)
    }
}

/// Erases a file at a home.
pub(super) async fn erase(
    homes: Arc<BlobHomes>,
    home: Endpoint,
    log: LogId,
    hash: Hash,
    secret: [u8; 32],
) -> Result<(), BlobFailure> {
    let erased = homes.erase(&home, log, hash, EraseSecret(secret)).await;
    erased.map_err(|error| failure(&error))
}

/// What the machine is told.
fn failure(error: &HomeError) -> BlobFailure {
    tracing::debug!(%error, "a home does not do what it was asked");
    match error {
        HomeError::Unreachable => BlobFailure::Unreachable,
        HomeError::Corrupt(_) => BlobFailure::Corrupt,
        HomeError::Spoilt(_) => BlobFailure::Lost,
        HomeError::Disk(error) => fault(error),
        HomeError::Refused(refusal) => refused(*refusal),
    }
}

fn refused(refusal: BlobRefusal) -> BlobFailure {
    match refusal {
        BlobRefusal::UnknownBlob | BlobRefusal::NotYet => BlobFailure::Unknown,
        BlobRefusal::UnknownLog
        | BlobRefusal::NotProved
        | BlobRefusal::StaleEpoch { .. }
        | BlobRefusal::FutureEpoch
        | BlobRefusal::WorkNeeded { .. } => BlobFailure::Denied,
        BlobRefusal::Taken => BlobFailure::Taken,
        BlobRefusal::QuotaExceeded => BlobFailure::NoRoom,
        BlobRefusal::Malformed => BlobFailure::TooLarge,
        BlobRefusal::StorageFailed | BlobRefusal::TooMany => BlobFailure::Unreachable,
    }
}
