//! One stream at a time brings a blob: what is counted for it is what that one has brought.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedMutexGuard, oneshot};
use xchat_mailbox::BlobFile;

/// The blobs that are being brought.
#[derive(Debug, Default)]
pub(super) struct Bringing {
    blobs: Mutex<BTreeMap<BlobFile, Slot>>,
}

#[derive(Debug)]
struct Slot {
    /// Of the newest stream. The one before hears that it is dropped.
    newest: oneshot::Sender<()>,
    held: Arc<tokio::sync::Mutex<()>>,
}

/// The right to bring a blob, until somebody newer wants it.
#[derive(Debug)]
pub(super) struct Alone<'b> {
    bringing: &'b Bringing,
    file: BlobFile,
    replaced: oneshot::Receiver<()>,
    held: Option<OwnedMutexGuard<()>>,
}

impl Bringing {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<BlobFile, Slot>> {
        self.blobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the place of whoever brings it: a connection that broke may seem to be there for a while, and who comes
    /// again must not wait for its end.
    pub(super) async fn alone(&self, file: BlobFile) -> Alone<'_> {
        let (newest, replaced) = oneshot::channel();
        let held = {
            let mut blobs = self.lock();
            let held = blobs
                .get(&file)
                .map(|slot| Arc::clone(&slot.held))
                .unwrap_or_default();
            let slot = Slot {
                newest,
                held: Arc::clone(&held),
            };
            blobs.insert(file, slot);
            held
        };
        let mut alone = Alone {
            bringing: self,
            file,
            replaced,
            held: None,
        };
        alone.held = Some(held.lock_owned().await);
        alone
    }
}

impl Alone<'_> {
    /// Resolves when somebody newer brings it.
    pub(super) async fn replaced(&mut self) {
        let _ = (&mut self.replaced).await;
    }
}

impl Drop for Alone<'_> {
    fn drop(&mut self) {
        self.replaced.close();
        let mut blobs = self.bringing.lock();
        // Somebody newer is still there.
        if blobs.get(&self.file).is_some_and(|slot| slot.newest.is_closed()) {
            blobs.remove(&self.file);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_newest_takes_the_place_and_nothing_is_left_behind() {
        let bringing = Bringing::default();
        let mut first = bringing.alone([1; 16]).await;
        let _other = bringing.alone([2; 16]).await;
        let mut second = {
            let mut second = Box::pin(bringing.alone([1; 16]));
            tokio::select! {
                biased;
                _ = &mut second => panic!("the first still holds it"),
                () = first.replaced() => {}
            }
            drop(first);
            second.await
        };
        assert_eq!(bringing.lock().len(), 2);
        // One that waited in vain leaves the place to the next.
        drop(Box::pin(bringing.alone([1; 16])));
        {
            let waiting = bringing.alone([1; 16]);
            tokio::select! {
                biased;
                _ = waiting => panic!("the second still holds it"),
                () = second.replaced() => {}
            }
        }
        drop(second);
        assert_eq!(bringing.lock().len(), 1);
    }
}
