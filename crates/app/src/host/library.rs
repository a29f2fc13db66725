//! The library of GIFs and stickers.

use xchat_client::{LibraryChange, LibraryId, LibraryItem, LibraryKind, LibraryQuery, LibraryUse, UploadId};

use super::Host;
use super::failures::refused;
use super::files::base64;
use crate::dto;
use crate::failure::Failure;

/// Pictures of a page.
const PAGE: usize = 60;

/// A picture of the library, as it is shown.
#[derive(Debug)]
pub(crate) struct Picture {
    /// Its media type, by its content.
    pub(crate) media_type: String,
    /// All of it.
    pub(crate) bytes: Vec<u8>,
}

impl Host {
    /// Some of the library.
    pub(crate) async fn library(&self, wish: dto::LibraryWish) -> Result<dto::LibraryPage, Failure> {
        let query = LibraryQuery {
            text: wish.text.unwrap_or_default(),
            kind: wish.kind.map(|kind| match kind {
                dto::LibraryKind::Gif => LibraryKind::Gif,
                dto::LibraryKind::Sticker => LibraryKind::Sticker,
            }),
            from: wish.from.unwrap_or(0),
            limit: wish.limit.unwrap_or(PAGE),
        };
        let page = self.messenger.library(query).await.map_err(refused)?;
        Ok(dto::LibraryPage {
            items: page.items.iter().map(item).collect(),
            total: page.total,
        })
    }

    /// Keeps a picture to be sent again.
    pub(crate) async fn add_to_library(
        &self,
        wish: dto::LibraryAddition,
    ) -> Result<dto::LibraryAdded, Failure> {
        let added = match (wish.upload, wish.row) {
            (Some(upload), None) => self.messenger.add_to_library(UploadId(upload), wish.tags).await,
            (None, Some(row)) => {
                let part = wish.part.unwrap_or(0);
                self.messenger.add_received_to_library(row, part, wish.tags).await
            }
            _ => {
                return Err(Failure::usage(
                    "either a file that was given is kept, or one of a message",
                ));
            }
        };
        let (kept, is_new) = added.map_err(refused)?;
        Ok(dto::LibraryAdded {
            item: item(&kept),
            new: is_new,
        })
    }

    /// Changes what is kept about a picture of the library.
    pub(crate) async fn change_library_item(
        &self,
        id: i64,
        change: dto::LibraryChange,
    ) -> Result<(), Failure> {
        let change = LibraryChange {
            tags: change.tags,
            description: change.description,
            is_favourite: change.favourite,
        };
        let changed = self.messenger.change_library_item(LibraryId(id), change).await;
        changed.map(|_| ()).map_err(refused)
    }

    /// Takes a picture out of the library.
    pub(crate) async fn remove_library_item(&self, id: i64) -> Result<(), Failure> {
        self.messenger
            .remove_library_item(LibraryId(id))
            .await
            .map_err(refused)
    }

    /// A picture of the library, to be shown.
    pub(crate) async fn library_picture(&self, id: i64) -> Result<Picture, Failure> {
        let (item, bytes) = self
            .messenger
            .library_picture(LibraryId(id))
            .await
            .map_err(refused)?;
        Ok(Picture {
            media_type: item.media_type,
            bytes,
        })
    }
}

fn item(item: &LibraryItem) -> dto::LibraryItem {
    dto::LibraryItem {
        id: item.id.0,
        kind: match item.kind {
            LibraryKind::Gif => dto::LibraryKind::Gif,
            LibraryKind::Sticker => dto::LibraryKind::Sticker,
        },
        name: item.name.clone(),
        description: (!item.description.is_empty()).then(|| item.description.clone()),
        tags: item.tags.clone(),
        media_type: item.media_type.clone(),
        size: item.size,
        width: item.width,
        height: item.height,
        thumbhash: base64(&item.thumbhash),
        preview: base64(&item.preview),
        favourite: item.is_favourite,
        used_ms: item.used_ms,
    }
}

pub(super) fn used(used: LibraryUse) -> dto::LibraryUse {
    dto::LibraryUse {
        items: used.items,
        bytes: used.bytes,
    }
}
