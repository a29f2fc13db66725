//! What takes space.

use super::Link;
use crate::dto::{Storage, Sweep, Swept};
use crate::failure::Failure;

impl Link {
    /// What takes space on this device.
    pub(crate) async fn storage(&self) -> Result<Storage, Failure> {
        match self {
            Self::Here(host, _) => host.storage().await,
            Self::There(remote) => remote.get("/api/storage").await,
        }
    }

    /// Erases files of others from this device.
    pub(crate) async fn sweep(&self, sweep: Sweep) -> Result<Swept, Failure> {
        match self {
            Self::Here(host, _) => host.sweep(sweep).await,
            Self::There(remote) => remote.post("/api/storage/sweep", &sweep).await,
        }
    }
}
