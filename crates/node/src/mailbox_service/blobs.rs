//! What the blob service asks of the mailbox: who may have what, and how much room there is.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;
use xchat_mailbox::store::StoreError;
use xchat_mailbox::{BlobCommand, BlobDone, BlobFile, BlobQuotas, BlobRoute, BlobSession, PricedBlob};
use xchat_proto::blob_wire::{BlobRefusal, BlobReply, BlobRequest};
use xchat_proto::ids::Hash;

use super::writer::{self, BlobWrite, Job};
use super::{MailboxService, Shared};

impl MailboxService {
    /// What a connection with this binding has proved: nothing yet.
    pub(crate) fn blob_session(&self, binding: Hash) -> BlobSession {
        BlobSession::new(self.shared.home, binding)
    }

    /// The files of all blobs, and the bytes that are counted for them. It reads them all: for the start.
    pub(crate) fn known_blobs(&self) -> Result<(BTreeSet<BlobFile>, u64), StoreError> {
        let Ok(mailbox) = self.shared.mailbox.read() else {
            return Err(StoreError::Failed("the mailbox has failed".to_owned()));
        };
        let mut files = BTreeSet::new();
        mailbox.blob_files(|file| {
            files.insert(file);
        })?;
        writer::count_blobs(&mailbox, &self.shared);
        Ok((files, mailbox.blob_bytes()?))
    }

    /// Lets blobs take other room from now on.
    pub(crate) fn set_blob_quotas(&self, quotas: BlobQuotas) {
        if let Ok(mut mailbox) = self.shared.mailbox.write() {
            mailbox.set_blob_quotas(quotas);
        }
    }

    /// Decides about a request, its price included. It may read the disk, so as many at the same time as there are
    /// permits.
    pub(crate) async fn route_blob(
        &self,
        session: &Arc<Mutex<BlobSession>>,
        request: BlobRequest,
        file: BlobFile,
    ) -> BlobRoute {
        let failed = BlobRoute::Reply(BlobReply::Refused(BlobRefusal::StorageFailed));
        let Ok(permit) = Arc::clone(&self.shared.lookups).acquire_owned().await else {
            return failed;
        };
        let (shared, session) = (Arc::clone(&self.shared), Arc::clone(session));
        let routed = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            match route(&shared, &session, request, file) {
                BlobRoute::Priced(priced) => settle(priced),
                route => route,
            }
        });
        routed.await.unwrap_or(failed)
    }

    /// Carries out a command; what it acknowledges is on disk.
    ///
    /// # Errors
    /// [`BlobRefusal`] when it is refused, or the node stops.
    pub(crate) async fn write_blob(&self, command: BlobCommand) -> Result<BlobDone, BlobRefusal> {
        let (done, told) = oneshot::channel();
        let job = Job::Blob(BlobWrite { command, done });
        if self.jobs.send(job).await.is_err() {
            return Err(BlobRefusal::StorageFailed);
        }
        told.await.unwrap_or(Err(BlobRefusal::StorageFailed))
    }

    /// Forgets some blobs whose last day is over: their files are to be removed. `None` when there are no more, or it
    /// fails for now.
    pub(crate) async fn expire_blobs(&self) -> Option<Vec<BlobFile>> {
        let (expired, files) = oneshot::channel();
        self.jobs.send(Job::ExpireBlobs(expired)).await.ok()?;
        files.await.ok().flatten()
    }
}

fn route(shared: &Shared, session: &Mutex<BlobSession>, request: BlobRequest, file: BlobFile) -> BlobRoute {
    let Ok(mailbox) = shared.mailbox.read() else {
        return BlobRoute::Reply(BlobReply::Refused(BlobRefusal::StorageFailed));
    };
    let mut session = session.lock().unwrap_or_else(PoisonError::into_inner);
    session.route(request, file, &mailbox)
}

fn settle(priced: PricedBlob) -> BlobRoute {
    match priced.settle() {
        Ok(command) => BlobRoute::Write(command),
        Err(refusal) => BlobRoute::Reply(BlobReply::Refused(refusal)),
    }
}
