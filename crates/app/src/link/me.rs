//! What the owner says of themselves.

use std::io::ErrorKind;
use std::path::Path;

use tokio::io::AsyncReadExt as _;

use super::Link;
use crate::dto::{About, AboutChange};
use crate::failure::{Failure, Kind};
use crate::host::me::PICTURE_BYTES_MAX;

impl Link {
    /// What the owner says of themselves.
    pub(crate) async fn about(&self) -> Result<About, Failure> {
        match self {
            Self::Here(host, _) => host.about().await,
            Self::There(remote) => remote.get("/api/me").await,
        }
    }

    /// Sets what the owner says of themselves.
    pub(crate) async fn change_about(&self, change: AboutChange) -> Result<(), Failure> {
        match self {
            Self::Here(host, _) => host.change_about(change).await,
            Self::There(remote) => remote.patch("/api/me", &change).await,
        }
    }

    /// Sets the owner's picture, from a file.
    ///
    /// # Errors
    /// When it can't be read, or is no picture.
    pub(crate) async fn set_picture(&self, path: &Path) -> Result<(), Failure> {
        let unread = |error: std::io::Error| match error.kind() {
            ErrorKind::NotFound => {
                let message = format!("there is no file {}", path.display());
                Failure::new(Kind::NotFound, "no-file", message)
            }
            _ => Failure::storage(format!("{} can't be read", path.display()), &error),
        };
        let file = tokio::fs::File::open(path).await.map_err(unread)?;
        let mut picture = Vec::new();
        let limit = PICTURE_BYTES_MAX as u64;
        file.take(limit.saturating_add(1))
            .read_to_end(&mut picture)
            .await
            .map_err(unread)?;
        if picture.len() > PICTURE_BYTES_MAX {
            return Err(Failure::new(
                Kind::Refused,
                "too-large",
                "the picture is too large",
            ));
        }
        match self {
            Self::Here(host, _) => host.set_picture(picture).await,
            Self::There(remote) => remote.give_picture(picture).await,
        }
    }

    /// Takes the owner's picture away.
    pub(crate) async fn remove_picture(&self) -> Result<(), Failure> {
        match self {
            Self::Here(host, _) => host.set_picture(Vec::new()).await,
            Self::There(remote) => remote.delete("/api/me/picture").await,
        }
    }
}
