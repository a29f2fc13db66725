//! Messages: writing them, and what is done to them afterwards.

use xchat_core::error::MachineError;
use xchat_core::io::{ConversationId, GalleryKind, MessageView, VersionView};
use xchat_core::machine::{ActError, DeleteFor, Outgoing, SendError};

use super::Messenger;
use crate::error::CallError;

impl Messenger {
    /// Writes a text that answers nothing. When this returns, it is on disk and on its way; its state is told by
    /// updates.
    ///
    /// # Errors
    /// [`SendError`] when it is too long, or the conversation takes none.
    pub async fn send_text(
        &self,
        conversation: ConversationId,
        text: impl Into<String>,
    ) -> Result<MessageView, CallError<SendError>> {
        let outgoing = Outgoing {
            text: text.into(),
            ..Outgoing::default()
        };
        self.send(conversation, outgoing).await
    }

    /// Writes a message. When this returns, it is on disk and on its way; its state is told by updates.
    ///
    /// # Errors
    /// [`SendError`] when it is too long, answers what is not there, or the conversation takes none.
    pub async fn send(
        &self,
        conversation: ConversationId,
        outgoing: Outgoing,
    ) -> Result<MessageView, CallError<SendError>> {
        self.call(move |machine, now_ms, rng| machine.send(now_ms, rng, conversation, outgoing))
            .await
    }

    /// Gives an own message another text, on all devices that have it.
    ///
    /// # Errors
    /// [`ActError`] when it is not one's own, deleted, or the text is none.
    pub async fn edit(&self, row: i64, text: impl Into<String>) -> Result<(), CallError<ActError>> {
        let text = text.into();
        self.call(move |machine, now_ms, rng| machine.edit(now_ms, rng, row, &text))
            .await
    }

    /// Deletes a message, here or for everyone. What has not left this device never will.
    ///
    /// # Errors
    /// [`ActError`] when it is not there, or not one's own.
    pub async fn delete(&self, row: i64, whom: DeleteFor) -> Result<(), CallError<ActError>> {
        self.call(move |machine, now_ms, rng| machine.delete(now_ms, rng, row, whom))
            .await
    }

    /// Reacts to a message with an emoji, or takes that back.
    ///
    /// # Errors
    /// [`ActError`] when it is not there, or one has reacted too often.
    pub async fn react(
        &self,
        row: i64,
        emoji: impl Into<String>,
        is_on: bool,
    ) -> Result<(), CallError<ActError>> {
        let emoji = emoji.into();
        self.call(move |machine, now_ms, rng| machine.react(now_ms, rng, row, &emoji, is_on))
            .await
    }

    /// Pins a message for all who are in its conversation, or takes that back, whoever pinned it.
    ///
    /// # Errors
    /// [`ActError`] when it is not there.
    pub async fn pin(&self, row: i64, is_on: bool) -> Result<(), CallError<ActError>> {
        self.call(move |machine, now_ms, rng| machine.pin(now_ms, rng, row, is_on))
            .await
    }

    /// The pinned messages of a conversation, at most 50, the one that was pinned last first.
    ///
    /// # Errors
    /// [`MachineError`] when the profile can't be read.
    pub async fn pins(
        &self,
        conversation: ConversationId,
    ) -> Result<Vec<MessageView>, CallError<MachineError>> {
        self.call(move |machine, _, _| machine.pins(conversation)).await
    }

    /// Votes in a poll, in place of what this account had voted for; no choice takes that back. Choices are their
    /// places, from 0.
    ///
    /// # Errors
    /// [`ActError`] when it is no poll, it is over, or there is no such choice.
    pub async fn vote(&self, row: i64, choices: Vec<u8>) -> Result<(), CallError<ActError>> {
        self.call(move |machine, now_ms, rng| machine.vote(now_ms, rng, row, &choices))
            .await
    }

    /// Ends an own poll: nobody votes any more.
    ///
    /// # Errors
    /// [`ActError`] when it is no poll, or somebody else's.
    pub async fn end_poll(&self, row: i64) -> Result<(), CallError<ActError>> {
        self.call(move |machine, now_ms, rng| machine.end_poll(now_ms, rng, row))
            .await
    }

    /// Messages of a conversation with files of a kind, before a row (at most 500), the newest here first.
    ///
    /// # Errors
    /// [`MachineError`] when the profile can't be read.
    pub async fn messages_with_files(
        &self,
        conversation: ConversationId,
        kind: GalleryKind,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<MessageView>, CallError<MachineError>> {
        self.call(move |machine, _, _| machine.messages_with_files(conversation, kind, before, limit))
            .await
    }

    /// All texts that a message had, the first first.
    ///
    /// # Errors
    /// [`ActError`] when it is not there.
    pub async fn versions(&self, row: i64) -> Result<Vec<VersionView>, CallError<ActError>> {
        self.call(move |machine, _, _| machine.versions(row)).await
    }

    /// One message.
    ///
    /// # Errors
    /// [`MachineError`] when the profile can't be read.
    pub async fn message(&self, row: i64) -> Result<Option<MessageView>, CallError<MachineError>> {
        self.call(move |machine, _, _| machine.message(row)).await
    }

    /// The newest `limit` messages (500 at most) before the row `before`, oldest first.
    ///
    /// # Errors
    /// [`MachineError`] when the profile can't be read.
    pub async fn messages(
        &self,
        conversation: ConversationId,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<MessageView>, CallError<MachineError>> {
        self.call(move |machine, _, _| machine.messages(conversation, before, limit))
            .await
    }
}
