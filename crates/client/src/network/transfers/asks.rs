//! Devices that ask for files: each question waits on its stream until the machine has answered it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use iroh::endpoint::{RecvStream, SendStream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use xchat_blobs::{Blob, Groups};
use xchat_core::io::{Ask, BlobInput, Input};
use xchat_net::frame::{FrameReader, FrameWriter};
use xchat_proto::blob_wire::{BlobRefusal, BlobReply, GroupRanges, PeerBlobRequest};
use xchat_proto::ids::NodeId;

use crate::network::bytes::{InUse, give};

/// How long a question may take to arrive.
const QUESTION: Duration = Duration::from_secs(10);
/// Below all that is said on the connection.
const PRIORITY: i32 = -1;

/// Held while a device's question is worked on: its next one waits.
pub(in crate::network) type Turn = tokio::sync::OwnedSemaphorePermit;

/// A question that has arrived.
pub(in crate::network) struct Asked {
    groups: GroupRanges,
    stream: SendStream,
    _turn: Turn,
}

/// Questions that the machine has not answered yet.
pub(in crate::network) struct Asks {
    waiting: Mutex<(Ask, BTreeMap<Ask, Asked>)>,
    inputs: mpsc::Sender<Input>,
}

impl Asks {
    pub(in crate::network) fn new(inputs: mpsc::Sender<Input>) -> Self {
        Self {
            waiting: Mutex::default(),
            inputs,
        }
    }

    fn lock(&self) -> MutexGuard<'_, (Ask, BTreeMap<Ask, Asked>)> {
        // No code panics while it holds the lock.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads a question and hands it to the machine.
    pub(in crate::network) async fn hear(
        &self,
        peer: NodeId,
        (stream, receive): (SendStream, RecvStream),
        turn: Turn,
    ) {
        let mut reader = FrameReader::new(receive);
        let Ok(Ok(Some(question))) = timeout(QUESTION, reader.next()).await else {
            return;
        };
        let PeerBlobRequest::Get { log, hash, groups } = question;
        // Envelopes and their answers go first.
        let _ = stream.set_priority(PRIORITY);
        let asked = Asked {
            groups,
            stream,
            _turn: turn,
        };
        let ask = {
            let mut waiting = self.lock();
            let (next, asks) = &mut *waiting;
            *next = next.wrapping_add(1);
            asks.insert(*next, asked);
            *next
        };
        let asked = BlobInput::Asked { ask, peer, log, hash };
        if self.inputs.send(Input::Blob(asked)).await.is_err() {
            self.take(ask);
        }
    }

    /// What a question is for.
    #[cfg(test)]
    pub(in crate::network) fn wanted(&self, ask: Ask) -> Option<GroupRanges> {
        Some(self.lock().1.get(&ask)?.groups.clone())
    }

    /// A question that the machine has answered.
    pub(in crate::network) fn take(&self, ask: Ask) -> Option<Asked> {
        self.lock().1.remove(&ask)
    }
}

impl Asked {
    pub(in crate::network) async fn deny(self) {
        let mut writer = FrameWriter::new(self.stream);
        let reply = BlobReply::Refused(BlobRefusal::UnknownBlob);
        if timeout(QUESTION, writer.send(&reply)).await.is_ok() {
            let _ = writer.stream().finish();
        }
    }

    /// Gives what was asked for. Where the own disk has lost some of it, the stream ends early.
    pub(in crate::network) async fn give(self, blob: Blob, in_use: InUse) {
        let mut writer = FrameWriter::new(self.stream);
        if !matches!(
            timeout(QUESTION, writer.send(&BlobReply::Sending)).await,
            Ok(Ok(()))
        ) {
            return;
        }
        let groups = Groups::new(self.groups.as_slice().iter().cloned());
        if let Err(error) = give(blob, groups, writer.stream(), in_use, None).await {
            tracing::debug!(%error, "a file was not given to its end");
        }
        let _ = writer.stream().finish();
        // The turn ends when the other end has all of it, or is gone.
        let _ = writer.stream().stopped().await;
    }
}
