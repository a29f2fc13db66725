//! One connection of a client, as its streams share it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use xchat_mailbox::{Route, Session};
use xchat_proto::ids::Hash;
use xchat_proto::mailbox_wire::{Refusal, Reply, Request};

use super::Shared;

/// One connection of a client.
#[derive(Debug)]
pub(crate) struct Client {
    shared: Arc<Shared>,
    session: Arc<Mutex<Session>>,
}

impl Client {
    /// The client of a connection with this binding.
    pub(crate) fn new(shared: Arc<Shared>, binding: Hash) -> Self {
        let session = Arc::new(Mutex::new(Session::new(shared.home, binding)));
        Self { shared, session }
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// What the connection has proved.
    pub(crate) fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same, to be sent along.
    pub(crate) fn shared_session(&self) -> Arc<Mutex<Session>> {
        Arc::clone(&self.session)
    }

    /// Decides about a request. It may read the disk: see [`Client::look_up`].
    pub(crate) fn route(&self, request: Request) -> Route {
        match self.shared.mailbox.read() {
            Ok(mailbox) => self.session().route(request, &mailbox),
            Err(_) => Route::Reply(Reply::Refused(Refusal::StorageFailed)),
        }
    }

    /// Does what may read the disk or check work, where it holds up no network task. As many at the same time as there
    /// are permits: strangers wait for each other, not everybody for them. `None` when it failed or the node stops.
    pub(crate) async fn look_up<T, F>(self: Arc<Self>, work: F) -> Option<T>
    where
        F: FnOnce(&Self) -> T + Send + 'static,
        T: Send + 'static,
    {
        let permit = Arc::clone(&self.shared.lookups).acquire_owned().await.ok()?;
        let work = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work(&self)
        });
        work.await.ok()
    }
}
