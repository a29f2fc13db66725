//! Conversations that are taken over from other messengers. They stand apart from live ones: nobody else is told, and
//! nothing is written to them but what an archive says (docs/spec/imports.md).

use rand_core::CryptoRng;

use crate::error::MachineError;
use crate::io::{
    ConversationId, ImportChange, ImportEntry, ImportId, ImportSource, ImportView, ImportedView,
};
use crate::limits::IMPORT_ENTRIES_MAX;
use crate::machine::refusals::ImportError;
use crate::machine::{Machine, expiry};
use crate::rows::conversation::Conversation;
use crate::rows::imported;

/// Items of a page at most.
const PAGE_MAX: usize = 500;
/// Items that are taken away in one step, between which all else has its turn.
const REMOVED_AT_A_TIME: u32 = 1_000;

impl Machine {
    /// Takes a part of an archive over, in one transaction; gives how many of its items were not there before. What is
    /// there already stays as it is, or becomes what the archive says now: the same part may be taken over again.
    ///
    /// # Errors
    /// [`MachineError::ApiMisuse`] when it is too much at once or an item comes before its conversation, or the
    /// database fails.
    pub fn import(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        source: ImportSource,
        entries: &[ImportEntry],
    ) -> Result<u64, MachineError> {
        if entries.len() > IMPORT_ENTRIES_MAX {
            return Err(MachineError::ApiMisuse("too much at once; take it over in parts"));
        }
        self.step(now_ms, rng, |step| {
            let mut new = 0_u64;
            for entry in entries {
                match entry {
                    ImportEntry::Conversation(told) => {
                        imported::put_conversation(step.connection, told)?;
                    }
                    ImportEntry::Item(item) => {
                        let found = imported::conversation(step.connection, source, &item.conversation)?;
                        let found = found.ok_or(MachineError::ApiMisuse("an item of no conversation"))?;
                        new = new.saturating_add(imported::put_item(step.connection, found, item)?.into());
                    }
                }
            }
            Ok(new)
        })
    }

    /// All conversations that were taken over, the one that was last used first.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn imports(&self) -> Result<Vec<ImportView>, MachineError> {
        imported::all(&self.connection)
    }

    /// At most `limit` items (500 at most) of one of them before a row, or its newest; oldest first.
    ///
    /// # Errors
    /// [`ImportError`] when there is no such conversation or row.
    pub fn imported_before(
        &self,
        id: ImportId,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<ImportedView>, ImportError> {
        self.has_import(id, before)?;
        Ok(imported::before(&self.connection, id, before, page(limit))?)
    }

    /// At most `limit` items (500 at most) of one of them after a row, or with half of them before it; oldest first.
    ///
    /// # Errors
    /// [`ImportError`] when there is no such conversation or row.
    pub fn imported_after(
        &self,
        id: ImportId,
        row: i64,
        is_around: bool,
        limit: usize,
    ) -> Result<Vec<ImportedView>, ImportError> {
        self.has_import(id, Some(row))?;
        let half = if is_around { page(limit) / 2 } else { 0 };
        let mut items = match half {
            0 => Vec::new(),
            half => imported::before(&self.connection, id, Some(row), half)?,
        };
        let rest = page(limit).saturating_sub(half);
        items.extend(imported::after(&self.connection, id, (row, is_around), rest)?);
        Ok(items)
    }

    fn has_import(&self, id: ImportId, row: Option<i64>) -> Result<(), ImportError> {
        if imported::one(&self.connection, id)?.is_none() {
            return Err(ImportError::UnknownImport);
        }
        match row {
            Some(row) if !imported::holds(&self.connection, id, row)? => Err(ImportError::UnknownMessage),
            _ => Ok(()),
        }
    }

    /// Sets in which conversation one of them goes on, and who of its people the user is.
    ///
    /// # Errors
    /// [`ImportError`] when something of this is not there.
    pub fn change_import(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        id: ImportId,
        change: &ImportChange,
    ) -> Result<(), ImportError> {
        self.has_import(id, None)?;
        self.step(now_ms, rng, |step| {
            if let Some(chat) = change.chat {
                let is_there = |chat: ConversationId| Conversation::by_id(step.connection, chat);
                if let Some(chat) = chat
                    && is_there(chat)?.is_none()
                {
                    return Err(ImportError::UnknownConversation);
                }
                imported::set_chat(step.connection, id, chat)?;
            }
            if let Some(own) = &change.own {
                if !imported::has_person(step.connection, id, own)? {
                    return Err(ImportError::UnknownPerson);
                }
                imported::set_own(step.connection, id, own)?;
            }
            Ok(())
        })
    }

    /// Takes a part of one of them away from this device; gives whether something of it is left to be taken away. As
    /// long as something is, it is still listed.
    ///
    /// # Errors
    /// [`ImportError`] when there is no such conversation.
    pub fn remove_import(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        id: ImportId,
    ) -> Result<bool, ImportError> {
        self.has_import(id, None)?;
        self.step(now_ms, rng, |step| {
            let has_more = imported::remove(step.connection, id, REMOVED_AT_A_TIME)?;
            expiry::scrub(step);
            Ok(has_more)
        })
    }
}

fn page(limit: usize) -> i64 {
    i64::try_from(limit.min(PAGE_MAX)).unwrap_or(0)
}

#[cfg(test)]
mod tests;
