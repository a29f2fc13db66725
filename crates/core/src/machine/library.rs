//! The library of GIFs and stickers (docs/spec/library.md): pictures that are kept on this device to be sent again.
//!
//! NOT its concern: making a picture fit to be sent, and the bytes themselves.

use std::collections::BTreeSet;

use rand_core::CryptoRng;
use xchat_proto::limits::FILE_DESCRIPTION_BYTES_MAX;

use crate::content::File;
use crate::error::MachineError;
use crate::io::{
    BlobOutput, ConversationId, LibraryChange, LibraryId, LibraryItem, LibraryPage, LibraryQuery,
    MessageView, NewLibraryItem, Output, SealedFile,
};
use crate::limits::{
    LIBRARY_ITEM_BYTES_MAX, LIBRARY_ITEMS_MAX, LIBRARY_PAGE_MAX, LIBRARY_QUERY_BYTES_MAX,
    LIBRARY_TAG_BYTES_MAX, LIBRARY_TAGS_MAX,
};
use crate::machine::refusals::{LibraryError, SendError};
use crate::machine::step::Step;
use crate::machine::writing::{self, Outgoing};
use crate::machine::{Machine, expiry};
use crate::rows::library;
use crate::words;

impl Machine {
    /// Keeps a picture to be sent again; gives what is kept, and whether it was not there. One that is there gets the
    /// new file, with its tags beside those of before.
    ///
    /// # Errors
    /// [`LibraryError`] when it is no such picture, or there is no room.
    pub fn add_to_library(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        mut item: NewLibraryItem,
    ) -> Result<(LibraryItem, bool), LibraryError> {
        check_picture(&item.content)?;
        item.tags = neat(&item.tags)?;
        self.step(now_ms, rng, |step| {
            let known = library::by_digest(step.connection, &item.digest)?;
            if let Some(mut known) = known {
                let all = known.tags.iter().chain(&item.tags).cloned().collect::<Vec<_>>();
                known.tags = neat(&all)?;
                erase(step, known.id)?;
                library::replace_file(step.connection, known.id, &item)?;
                library::save(step.connection, &known)?;
                return Ok((known, false));
            }
            if library::uses(step.connection)?.items >= LIBRARY_ITEMS_MAX {
                return Err(LibraryError::Full);
            }
            let id = library::insert(step.connection, &item, step.now_ms)?;
            Ok((standing(step, id)?, true))
        })
    }

    /// Some of the library, favourites first.
    ///
    /// # Errors
    /// [`LibraryError`] when more is searched than may be.
    pub fn library(&self, query: &LibraryQuery) -> Result<LibraryPage, LibraryError> {
        if query.text.len() > LIBRARY_QUERY_BYTES_MAX {
            return Err(LibraryError::TooLong(LIBRARY_QUERY_BYTES_MAX));
        }
        let found = library::found(&self.connection, query)?;
        let mut page = LibraryPage {
            total: found.len(),
            ..LibraryPage::default()
        };
        let limit = query.limit.min(LIBRARY_PAGE_MAX);
        for id in found.into_iter().skip(query.from).take(limit) {
            page.items.extend(library::by_id(&self.connection, id)?);
        }
        Ok(page)
    }

    /// A picture of the library, what others are told of it when it is sent, and what opens it here.
    ///
    /// # Errors
    /// [`LibraryError`] when there is no such picture.
    pub fn library_item(&self, id: LibraryId) -> Result<(LibraryItem, File, SealedFile), LibraryError> {
        let item = library::by_id(&self.connection, id)?.ok_or(LibraryError::UnknownItem)?;
        let (told, sealed) = library::sealed(&self.connection, &item)?;
        Ok((item, told, sealed))
    }

    /// Changes what is kept about a picture of the library.
    ///
    /// # Errors
    /// [`LibraryError`] when there is no such picture, or what is said is too long.
    pub fn change_library_item(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        id: LibraryId,
        change: LibraryChange,
    ) -> Result<LibraryItem, LibraryError> {
        let tags = change.tags.map(|tags| neat(&tags)).transpose()?;
        let description = change.description.map(|told| shown(&told));
        if description
            .as_ref()
            .is_some_and(|told| told.len() > FILE_DESCRIPTION_BYTES_MAX)
        {
            return Err(LibraryError::TooLong(FILE_DESCRIPTION_BYTES_MAX));
        }
        self.step(now_ms, rng, |step| {
            let mut item = standing(step, id)?;
            item.tags = tags.unwrap_or(item.tags);
            item.description = description.unwrap_or(item.description);
            item.is_favourite = change.is_favourite.unwrap_or(item.is_favourite);
            library::save(step.connection, &item)?;
            Ok(item)
        })
    }

    /// Takes a picture out of the library: what opens it goes in this transaction, and then its bytes. Messages that it
    /// was sent in have files of their own.
    ///
    /// # Errors
    /// [`LibraryError`] when there is no such picture.
    pub fn remove_library_item(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        id: LibraryId,
    ) -> Result<(), LibraryError> {
        self.step(now_ms, rng, |step| {
            standing(step, id)?;
            erase(step, id)?;
            library::remove(step.connection, id)?;
            expiry::scrub(step);
            Ok(())
        })
    }

    /// Writes a message whose file is a copy of a picture of the library, and notes that it was used.
    ///
    /// # Errors
    /// [`SendError`] when the conversation takes no message.
    pub fn send_from_library(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        conversation: ConversationId,
        outgoing: Outgoing,
        id: LibraryId,
    ) -> Result<MessageView, SendError> {
        writing::check(&outgoing)?;
        self.step(now_ms, rng, |step| {
            let sent = writing::send(step, conversation, outgoing)?;
            // It may have been taken out since it was copied.
            if let Some(mut item) = library::by_id(step.connection, id)? {
                item.used_ms = item.used_ms.max(step.now_ms);
                library::save(step.connection, &item)?;
            }
            Ok(sent)
        })
    }
}

fn standing(step: &Step<'_>, id: LibraryId) -> Result<LibraryItem, LibraryError> {
    library::by_id(step.connection, id)?.ok_or(LibraryError::UnknownItem)
}

/// The bytes of a picture go, as soon as this is on the disk.
fn erase(step: &mut Step<'_>, id: LibraryId) -> Result<(), MachineError> {
    if let Some(file) = library::file(step.connection, id)? {
        step.outputs.push(Output::Blob(BlobOutput::Erase { file }));
    }
    Ok(())
}

/// Whether a file is one that was prepared as a picture, and not too large.
fn check_picture(file: &File) -> Result<(), LibraryError> {
    let is_decoded = matches!(
        file.media_type.as_str(),
        "image/gif" | "image/webp" | "image/png" | "image/jpeg"
    );
    if !is_decoded || file.media.width == 0 || file.media.height == 0 {
        return Err(LibraryError::NoPicture);
    }
    match file.size <= LIBRARY_ITEM_BYTES_MAX {
        true => Ok(()),
        false => Err(LibraryError::TooLarge),
    }
}

/// A text without what doesn't show, and without room around its words.
fn shown(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Tags in their order, each once, however it is written; empty ones are none.
fn neat(tags: &[String]) -> Result<Vec<String>, LibraryError> {
    let mut seen = BTreeSet::new();
    let mut kept = Vec::new();
    for tag in tags {
        let tag = shown(tag);
        if tag.len() > LIBRARY_TAG_BYTES_MAX {
            return Err(LibraryError::TooLong(LIBRARY_TAG_BYTES_MAX));
        }
        let key = match words::joined(&tag) {
            none if none.is_empty() => tag.clone(),
            words => words,
        };
        if !tag.is_empty() && seen.insert(key) {
            kept.push(tag);
        }
    }
    match kept.len() <= LIBRARY_TAGS_MAX {
        true => Ok(kept),
        false => Err(LibraryError::TooManyTags),
    }
}

#[cfg(test)]
mod tests;
