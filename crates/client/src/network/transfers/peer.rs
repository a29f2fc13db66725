//! Fetching a file from a device that is connected.

use std::sync::Arc;
use std::time::Duration;

use iroh::endpoint::Connection;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use xchat_blobs::limits::GROUP_BYTES;
use xchat_blobs::{Blob, BlobName, BlobStore, DiskError, Groups, SealedSize};
use xchat_core::io::{BlobFailure, BlobFile, Input, Tag};
use xchat_net::frame::{FrameReader, FrameWriter};
use xchat_proto::blob_wire::{BlobRefusal, BlobReply, GroupRanges, PeerBlobRequest};
use xchat_proto::ids::LogId;

use super::{address, fault};
use crate::network::bytes::{InUse, Meter, TakeError, take};
use crate::network::course::Course;
use crate::window::Window;

/// How long the device may take to answer: it answers one question after another.
const ANSWER: Duration = Duration::from_secs(30);

/// What is fetched.
pub(super) struct Get {
    pub(super) log: LogId,
    pub(super) file: BlobFile,
    pub(super) tag: Tag,
    pub(super) inputs: mpsc::Sender<Input>,
}

impl Get {
    /// Asks until nothing is missing. What is here when it returns well is on the disk.
    pub(super) async fn run(
        self,
        store: BlobStore,
        connection: Connection,
        window: Arc<Window>,
        in_use: InUse,
    ) -> Result<(), BlobFailure> {
        let size = SealedSize::of_plain(self.file.size).ok_or(BlobFailure::Corrupt)?;
        let blob = create(store.clone(), self.file, size, in_use.clone()).await?;
        let missing = missing(blob.clone(), in_use.clone()).await?;
        let mut course = Course::new(missing, window);
        while !course.missing().is_empty() {
            let before = size.groups().saturating_sub(course.missing().count());
            let meter = Meter::new(
                self.tag,
                self.inputs.clone(),
                before.saturating_mul(GROUP_BYTES as u64),
            );
            let mut reader = self.ask(&connection, course.ask()).await?;
            match take(&blob, &course, &mut reader, in_use.clone(), Some(meter)).await {
                Ok(groups) => course.came(groups),
                Err(TakeError::CutOff) => return Err(BlobFailure::Unreachable),
                Err(TakeError::Lie(fault)) => {
                    tracing::warn!(%fault, "a device gave something else than a file");
                    return Err(BlobFailure::Corrupt);
                }
                Err(TakeError::Disk(error)) => return Err(fault(&error)),
            }
        }
        sync(store, self.file, blob, in_use).await
    }

    async fn ask(&self, connection: &Connection, groups: GroupRanges) -> Result<FrameReader, BlobFailure> {
        let asked = async {
            let (send, receive) = connection.open_bi().await.ok()?;
            let mut writer = FrameWriter::new(send);
            let request = PeerBlobRequest::Get {
                log: self.log,
                hash: self.file.hash,
                groups,
            };
            writer.send(&request).await.ok()?;
            let _ = writer.stream().finish();
            let mut reader = FrameReader::new(receive);
            let reply = reader.next::<BlobReply>().await.ok()??;
            Some((reply, reader))
        };
        match timeout(ANSWER, asked).await {
            Ok(Some((BlobReply::Sending, reader))) => Ok(reader),
            Ok(Some((BlobReply::Refused(BlobRefusal::UnknownBlob | BlobRefusal::NotYet), _))) => {
                Err(BlobFailure::Unknown)
            }
            Ok(Some(_)) => Err(BlobFailure::Denied),
            Ok(None) | Err(_) => Err(BlobFailure::Unreachable),
        }
    }
}

/// Opens a file that is to come, or has come in part.
pub(super) async fn create(
    store: BlobStore,
    file: BlobFile,
    size: SealedSize,
    in_use: InUse,
) -> Result<Blob, BlobFailure> {
    on_disk(in_use, move || {
        store.create(BlobName::new(file.file), address(&file), size)
    })
    .await
}

/// What of a file is not here.
pub(super) async fn missing(blob: Blob, in_use: InUse) -> Result<Groups, BlobFailure> {
    on_disk(in_use, move || blob.missing(&Groups::all())).await
}

/// Waits until all of a file is on the disk. When nobody can know whether it is, it is erased (BLB-10).
pub(super) async fn sync(
    store: BlobStore,
    file: BlobFile,
    blob: Blob,
    in_use: InUse,
) -> Result<(), BlobFailure> {
    on_disk(in_use, move || {
        blob.sync().inspect_err(|_| {
            // When this fails as well, the machine asks again, and what is there is looked at again.
            let _ = store.erase(BlobName::new(file.file));
        })
    })
    .await
}

async fn on_disk<T: Send + 'static>(
    in_use: InUse,
    work: impl FnOnce() -> Result<T, DiskError> + Send + 'static,
) -> Result<T, BlobFailure> {
    let done = spawn_blocking(move || {
        let _in_use = in_use;
        work()
    });
    match done.await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(fault(&error)),
        Err(_) => Err(BlobFailure::DiskFailed),
    }
}
