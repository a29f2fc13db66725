//! The library of GIFs and stickers.

use super::Link;
use super::search::escaped;
use crate::dto::{LibraryAdded, LibraryAddition, LibraryChange, LibraryKind, LibraryPage, LibraryWish};
use crate::failure::Failure;

impl Link {
    /// Some of the library.
    pub(crate) async fn library(&self, wish: LibraryWish) -> Result<LibraryPage, Failure> {
        match self {
            Self::Here(host, _) => host.library(wish).await,
            Self::There(remote) => remote.get(&path(&wish)).await,
        }
    }

    /// Keeps a picture to be sent again.
    pub(crate) async fn add_to_library(&self, wish: LibraryAddition) -> Result<LibraryAdded, Failure> {
        match self {
            Self::Here(host, _) => host.add_to_library(wish).await,
            Self::There(remote) => remote.post("/api/library", &wish).await,
        }
    }

    /// Changes what is kept about a picture of the library.
    pub(crate) async fn change_library_item(&self, id: i64, change: LibraryChange) -> Result<(), Failure> {
        match self {
            Self::Here(host, _) => host.change_library_item(id, change).await,
            Self::There(remote) => remote.patch(&format!("/api/library/{id}"), &change).await,
        }
    }

    /// Takes a picture out of the library.
    pub(crate) async fn remove_library_item(&self, id: i64) -> Result<(), Failure> {
        match self {
            Self::Here(host, _) => host.remove_library_item(id).await,
            Self::There(remote) => remote.delete(&format!("/api/library/{id}")).await,
        }
    }
}

fn path(wish: &LibraryWish) -> String {
    let kind = wish.kind.map(|kind| match kind {
        LibraryKind::Gif => "gif",
        LibraryKind::Sticker => "sticker",
    });
    let number = |number: Option<usize>| number.map(|number| number.to_string());
    let given = [
        ("text", wish.text.clone()),
        ("kind", kind.map(str::to_owned)),
        ("from", number(wish.from)),
        ("limit", number(wish.limit)),
    ];
    let given = given.into_iter().filter_map(|(name, value)| {
        let value = value?;
        Some(format!("{name}={}", escaped(&value)))
    });
    format!("/api/library?{}", given.collect::<Vec<_>>().join("&"))
}
