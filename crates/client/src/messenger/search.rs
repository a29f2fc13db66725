//! Finding messages, and reading on from them.

use xchat_core::io::{ConversationId, MessageView};
use xchat_core::machine::{PageError, Place};
use xchat_core::reader::{SearchError, SearchPage, SearchQuery};

use super::Messenger;
use crate::body::Command;
use crate::error::CallError;

impl Messenger {
    /// Searches all messages, newest first. Whoever stops waiting costs nothing more.
    ///
    /// # Errors
    /// [`SearchError`] when it is too long, or too much is searched at once.
    pub async fn search(&self, query: SearchQuery) -> Result<SearchPage, CallError<SearchError>> {
        self.ask(|answer| Command::Search(query, answer)).await
    }

    /// At most `limit` messages (500 at most) at a place in a conversation, oldest first. Where there are fewer, the
    /// conversation begins or ends there.
    ///
    /// # Errors
    /// [`PageError`] when there is no message at that place.
    pub async fn messages_at(
        &self,
        conversation: ConversationId,
        place: Place,
        limit: usize,
    ) -> Result<Vec<MessageView>, CallError<PageError>> {
        self.call(move |machine, _, _| machine.messages_at(conversation, place, limit))
            .await
    }
}
