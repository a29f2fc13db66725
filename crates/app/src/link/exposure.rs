//! What others could know about this account.

use super::Link;
use crate::dto::Exposure;
use crate::failure::Failure;

impl Link {
    /// What others could know about this account.
    pub(crate) async fn exposure(&self) -> Result<Exposure, Failure> {
        match self {
            Self::Here(host, _) => host.exposure().await,
            Self::There(remote) => remote.get("/api/exposure").await,
        }
    }
}
