//! Taking a blob: verified as it comes, counted as it comes, acknowledged when it is on disk.

use bytes::Bytes;
use iroh::endpoint::RecvStream;
use tokio::time::{self, Instant};
use xchat_blobs::limits::PIECE_BYTES;
use xchat_blobs::{Blob, BlobName, DiskError, Groups, ReceiveError, Receiving};
use xchat_mailbox::{BlobCommand, BlobDone, BlobPlace};
use xchat_net::frame::{FrameReader, FrameWriter};
use xchat_proto::blob_wire::{BlobRefusal, BlobReply, GroupRanges};
use xchat_proto::limits::BLOB_GROUP_BYTES;

use super::alone::Alone;
use super::disk::Begun;
use super::{BlobService, Client, StreamError, refuse};
use crate::limits::{BLOB_AHEAD_MAX, BLOB_AHEAD_MIN, BLOB_STALL_BYTES, BLOB_STALL_TIMEOUT};

/// Chunks of QUIC that are taken at once.
const CHUNKS: usize = 64;

/// Why the taking ended before the end of the stream.
enum Ended {
    /// The client is told.
    Refused(BlobRefusal),
    /// The client has gone, or it takes too long.
    Gone,
    Lied(xchat_blobs::PeerFault),
}

impl From<BlobRefusal> for Ended {
    fn from(refusal: BlobRefusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<DiskError> for Ended {
    fn from(error: DiskError) -> Self {
        tracing::warn!(%error, "a blob can't be written");
        Self::Refused(BlobRefusal::StorageFailed)
    }
}

/// The room that is counted for a blob while it comes.
struct Room {
    place: BlobPlace,
    counted: u64,
}

impl BlobService {
    /// Takes what is missing of a blob.
    pub(super) async fn take(
        &self,
        client: &Client,
        place: BlobPlace,
        reader: FrameReader,
        mut writer: FrameWriter,
    ) -> Result<(), StreamError> {
        let taken = self.try_take(client, place, reader, &mut writer).await;
        match taken {
            Ok(reply) => {
                writer.send(&reply).await?;
                let _ = writer.stream().finish();
                Ok(())
            }
            Err(Ended::Refused(refusal)) => {
                if refusal == BlobRefusal::QuotaExceeded {
                    self.counters.blobs_refused.one_more();
                }
                refuse(writer, refusal).await
            }
            Err(Ended::Gone) => Err(StreamError::Over),
            Err(Ended::Lied(fault)) => Err(fault.into()),
        }
    }

    async fn try_take(
        &self,
        client: &Client,
        place: BlobPlace,
        reader: FrameReader,
        writer: &mut FrameWriter,
    ) -> Result<BlobReply, Ended> {
        let _turn = self.turn(client).await?;
        // BLB-17: two that bring the same would count each other's away.
        let mut alone = self.bringing.alone(place.file).await;
        let Begun { blob, missing } = self.disk.begin(&place).await?;
        let lacking = missing.count().saturating_mul(BLOB_GROUP_BYTES);
        let there = place.sealed_bytes.saturating_sub(lacking);
        // What was read in order to look costs a quarter of what moves, or looking would be for free.
        client.pace.spend(there / 4).await;
        if missing.is_empty() {
            return self.keep(place, blob).await;
        }
        let mut room = Room { place, counted: 0 };
        self.grow(&mut room, there.saturating_add(1)).await?;
        let wanted = GroupRanges::first_of(missing.ranges().iter().cloned());
        let groups = Groups::new(wanted.as_slice().iter().cloned());
        let asked = BlobReply::Wanted { groups: wanted };
        if writer.send(&asked).await.is_err() {
            return Err(Ended::Gone);
        }
        let received = self
            .receive(
                client,
                blob.receive(&groups),
                reader,
                (&mut room, &mut alone),
                there,
            )
            .await;
        let came = match &received {
            Ok(()) => there.saturating_add(groups.count().saturating_mul(BLOB_GROUP_BYTES)),
            Err((_, came)) => *came,
        };
        if let Err((ended, _)) = received {
            self.settle(&room, came).await;
            return Err(ended);
        }
        if groups == missing {
            return self.keep(place, blob).await;
        }
        self.settle(&room, came).await;
        let rest = missing.ranges().iter().skip(groups.ranges().len()).cloned();
        Ok(BlobReply::Wanted {
            groups: GroupRanges::first_of(rest),
        })
    }

    /// Takes the stream to its end. When it fails, what has come is told.
    async fn receive(
        &self,
        client: &Client,
        mut receiving: Receiving,
        reader: FrameReader,
        (room, alone): (&mut Room, &mut Alone<'_>),
        there: u64,
    ) -> Result<(), (Ended, u64)> {
        let (rest, mut stream) = reader.into_rest();
        let mut next = Ok(Some(vec![Bytes::from(rest)]));
        loop {
            let came = receiving.groups().saturating_mul(BLOB_GROUP_BYTES);
            let came = there.saturating_add(came);
            let piece = match next {
                Ok(Some(piece)) => piece,
                Ok(None) => {
                    let finished = self.disk.run(move || receiving.finish()).await;
                    let finished = finished.ok_or((Ended::Gone, came))?;
                    return finished.map_err(|error| (ended(error), came));
                }
                Err(ended) => {
                    // What is verified is still written, and that takes its time too.
                    self.disk.run(move || drop(receiving)).await;
                    return Err((ended, came));
                }
            };
            let bytes: usize = piece.iter().map(Bytes::len).sum();
            client.pace.spend(bytes as u64).await;
            if let Err(refusal) = self.grow(room, came.saturating_add(bytes as u64)).await {
                next = Err(refusal.into());
                continue;
            }
            let pushed = self.disk.run(move || {
                let pushed = piece.iter().try_for_each(|chunk| receiving.push(chunk));
                (pushed, receiving)
            });
            let pushed = pushed.await.ok_or((Ended::Gone, came))?;
            receiving = pushed.1;
            self.counters.blob_bytes_received.add(bytes);
            next = match pushed.0 {
                Ok(()) => tokio::select! {
                    piece = piece_of(&mut stream) => piece,
                    () = alone.replaced() => Err(Ended::Gone),
                },
                Err(error) => Err(ended(error)),
            };
        }
    }

    /// Sees to it that there is room for so many bytes of a blob, and for some more, so that it is seldom asked.
    async fn grow(&self, room: &mut Room, bytes: u64) -> Result<(), BlobRefusal> {
        let bytes = bytes.min(room.place.sealed_bytes);
        if bytes <= room.counted {
            return Ok(());
        }
        let ahead = bytes.clamp(BLOB_AHEAD_MIN, BLOB_AHEAD_MAX);
        let counted = bytes.saturating_add(ahead).min(room.place.sealed_bytes);
        if !self.disk.has_room(counted.saturating_sub(bytes)).await {
            return Err(BlobRefusal::QuotaExceeded);
        }
        let place = room.place;
        self.mailbox
            .write_blob(BlobCommand::Grow {
                place,
                bytes: counted,
            })
            .await?;
        room.counted = counted;
        Ok(())
    }

    /// Counts no more than what has come.
    async fn settle(&self, room: &Room, came: u64) {
        let place = room.place;
        let settled = self
            .mailbox
            .write_blob(BlobCommand::Grow { place, bytes: came })
            .await;
        if let Err(refusal) = settled {
            tracing::debug!(%refusal, "the room of a blob is gone");
        }
    }

    /// BLB-05: all of it is verified; now it is flushed, and only then acknowledged.
    async fn keep(&self, place: BlobPlace, blob: Blob) -> Result<BlobReply, Ended> {
        let synced = self.disk.run(move || blob.sync()).await;
        if let Some(Ok(())) = synced {
            self.mailbox.write_blob(BlobCommand::Keep { place }).await?;
            self.counters.blobs_stored.one_more();
            return Ok(BlobReply::Stored);
        }
        // BLB-10: nobody can know what of it will be there.
        let forgotten = self.mailbox.write_blob(BlobCommand::Forget { place }).await;
        if let Ok(BlobDone::Gone(file)) = forgotten {
            self.disk.erase(BlobName::new(file)).await;
        }
        match synced {
            Some(Err(error)) => Err(error.into()),
            _ => Err(BlobRefusal::StorageFailed.into()),
        }
    }
}

fn ended(error: ReceiveError) -> Ended {
    match error {
        ReceiveError::Peer(fault) => Ended::Lied(fault),
        ReceiveError::CutOff => Ended::Gone,
        ReceiveError::Disk(error) => error.into(),
    }
}

/// The next piece of the stream; none at its end. A stream that hardly moves is given up.
async fn piece_of(stream: &mut RecvStream) -> Result<Option<Vec<Bytes>>, Ended> {
    let stalled = Instant::now() + BLOB_STALL_TIMEOUT;
    let mut piece = Vec::new();
    let mut bytes = 0_usize;
    while bytes < PIECE_BYTES {
        let mut chunks: [Bytes; CHUNKS] = [const { Bytes::new() }; CHUNKS];
        let read = match time::timeout_at(stalled, stream.read_many_chunks(&mut chunks)).await {
            Ok(read) => read.map_err(|_| Ended::Gone)?,
            Err(_) if bytes < BLOB_STALL_BYTES => return Err(Ended::Gone),
            Err(_) => break,
        };
        let Some(count) = read else {
            break;
        };
        let came = chunks.into_iter().take(count);
        piece.extend(came.inspect(|chunk| bytes = bytes.saturating_add(chunk.len())));
    }
    Ok((!piece.is_empty()).then_some(piece))
}
