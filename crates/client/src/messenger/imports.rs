//! Conversations that are taken over from other messengers.

use xchat_core::error::MachineError;
use xchat_core::io::{ImportChange, ImportId, ImportView, ImportedView};
use xchat_core::machine::ImportError;
use xchat_core::reader::{ImportedPage, ImportedQuery, SearchError};

use super::Messenger;
use crate::body::Command;
use crate::error::CallError;
use crate::imports::{ImportState, ImportWish, TakeOverError};

impl Messenger {
    /// Begins to take an archive over; [`Messenger::import_state`] says how far it is.
    ///
    /// # Errors
    /// [`TakeOverError::Busy`] when another one is being taken over.
    pub fn start_import(&self, wish: ImportWish) -> Result<(), TakeOverError> {
        self.imports
            .start(wish, self.files.clone(), self.commands.clone())
    }

    /// How far it is with the archive that is being taken over, or was last.
    pub fn import_state(&self) -> ImportState {
        self.imports.state()
    }

    /// Ends the taking over that is under way. What was taken over stays.
    pub fn stop_import(&self) {
        self.imports.stop();
    }

    /// All conversations that were taken over, the one that was last used first.
    ///
    /// # Errors
    /// [`MachineError`] when the profile can't be read.
    pub async fn imports(&self) -> Result<Vec<ImportView>, CallError<MachineError>> {
        self.call(|machine, _, _| machine.imports()).await
    }

    /// At most `limit` items (500 at most) of one of them before a row, or its newest; oldest first.
    ///
    /// # Errors
    /// [`ImportError`] when there is no such conversation or row.
    pub async fn imported_before(
        &self,
        id: ImportId,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<ImportedView>, CallError<ImportError>> {
        self.call(move |machine, _, _| machine.imported_before(id, before, limit))
            .await
    }

    /// At most `limit` items (500 at most) of one of them after a row, or half of them before it; oldest first.
    ///
    /// # Errors
    /// [`ImportError`] when there is no such conversation or row.
    pub async fn imported_after(
        &self,
        id: ImportId,
        row: i64,
        is_around: bool,
        limit: usize,
    ) -> Result<Vec<ImportedView>, CallError<ImportError>> {
        self.call(move |machine, _, _| machine.imported_after(id, row, is_around, limit))
            .await
    }

    /// Sets in which conversation one of them goes on, and who of its people the user is.
    ///
    /// # Errors
    /// [`ImportError`] when something of this is not there.
    pub async fn change_import(
        &self,
        id: ImportId,
        change: ImportChange,
    ) -> Result<(), CallError<ImportError>> {
        self.call(move |machine, now_ms, rng| machine.change_import(now_ms, rng, id, &change))
            .await
    }

    /// Takes one of them away from this device. Where that breaks off, it is still listed with what is left.
    ///
    /// # Errors
    /// [`ImportError`] when there is no such conversation.
    pub async fn remove_import(&self, id: ImportId) -> Result<(), CallError<ImportError>> {
        while self
            .call(move |machine, now_ms, rng| machine.remove_import(now_ms, rng, id))
            .await?
        {}
        Ok(())
    }

    /// Searches what was taken over, newest first.
    ///
    /// # Errors
    /// [`SearchError`] when it is too long, or too much is searched at once.
    pub async fn search_imported(
        &self,
        query: ImportedQuery,
    ) -> Result<ImportedPage, CallError<SearchError>> {
        self.ask(|answer| Command::SearchImported(query, answer)).await
    }
}
