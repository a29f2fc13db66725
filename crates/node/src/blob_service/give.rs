//! Giving a blob: read from the disk, verified, and sent piece by piece.

use iroh::endpoint::SendStream;
use tokio::time;
use xchat_blobs::{Groups, OpenError, ServeError, Serving};
use xchat_mailbox::{BlobCommand, BlobPlace};
use xchat_net::close::CloseCode;
use xchat_net::frame::FrameWriter;
use xchat_proto::blob_wire::{BlobRefusal, BlobReply, GroupRanges};

use super::{BlobService, Client, StreamError, refuse};
use crate::limits::BLOB_GIVE_TIMEOUT;

impl BlobService {
    /// Gives groups of a blob of which all is there.
    pub(super) async fn give(
        &self,
        client: &Client,
        place: BlobPlace,
        groups: &GroupRanges,
        mut writer: FrameWriter,
    ) -> Result<(), StreamError> {
        let _turn = match self.turn(client).await {
            Ok(turn) => turn,
            Err(refusal) => return refuse(writer, refusal).await,
        };
        let blob = match self.disk.open_blob(&place).await {
            Ok(blob) => blob,
            Err(OpenError::Unknown) => {
                self.lose(place).await;
                return refuse(writer, BlobRefusal::NotYet).await;
            }
            Err(OpenError::Disk(error)) => {
                tracing::warn!(%error, "a blob can't be opened");
                return refuse(writer, BlobRefusal::StorageFailed).await;
            }
        };
        writer.send(&BlobReply::Sending).await?;
        let serving = blob.serve(&Groups::new(groups.as_slice().iter().cloned()));
        let mut stream = writer.into_stream();
        match self.send(client, serving, &mut stream).await {
            Ok(()) => {
                let _ = stream.finish();
            }
            Err(error) => {
                // The client sees that it is not all, and that nothing more comes.
                let _ = stream.reset(CloseCode::Done.code());
                if let Ended::Disk(ServeError::Lacking { .. }) = error {
                    // BLB-11, BLB-21
                    self.lose(place).await;
                }
            }
        }
        Ok(())
    }

    async fn send(
        &self,
        client: &Client,
        mut serving: Serving,
        stream: &mut SendStream,
    ) -> Result<(), Ended> {
        loop {
            let read = self.disk.run(move || {
                let piece = serving.next();
                (piece, serving)
            });
            let (piece, rest) = read.await.ok_or(Ended::Gone)?;
            serving = rest;
            let Some(piece) = piece else {
                return Ok(());
            };
            let piece = piece.map_err(|error| {
                tracing::warn!(%error, "a blob can't be given whole");
                Ended::Disk(error)
            })?;
            let bytes = piece.len();
            client.pace.spend(bytes as u64).await;
            let sent = time::timeout(BLOB_GIVE_TIMEOUT, stream.write_chunk(piece)).await;
            sent.map_err(|_| Ended::Gone)?.map_err(|_| Ended::Gone)?;
            self.counters.blob_bytes_sent.add(bytes);
        }
    }

    /// The disk has lost something of a blob: it may be brought again.
    async fn lose(&self, place: BlobPlace) {
        if let Err(refusal) = self.mailbox.write_blob(BlobCommand::Lose { place }).await {
            tracing::debug!(%refusal, "what is lost is not to be found");
        }
    }
}

/// Why not all was given.
enum Ended {
    Disk(ServeError),
    /// The client has gone, or takes too long.
    Gone,
}
