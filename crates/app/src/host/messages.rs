//! Messages, and what is done to them.

use xchat_client::{
    ConversationId, DeleteFor, GalleryKind, LibraryId, Outgoing, Place, Poll, SendError, UploadId,
};

use super::failures::{failed, refused};
use super::{Host, twins};
use crate::dto;
use crate::failure::{Failure, Kind};

impl Host {
    /// Sends a message; it is on disk when this returns.
    pub(crate) async fn send(&self, conversation: i64, wish: dto::Text) -> Result<dto::Message, Failure> {
        let poll = wish.poll.as_ref();
        let poll = poll.map(|poll| Poll::new(&poll.question, &poll.choices, poll.multiple));
        let outgoing = Outgoing {
            text: wish.text,
            reply_to: wish.reply_to,
            timer_s: wish.timer_s,
            poll: poll.transpose().map_err(|_| failed(&SendError::NoPoll))?,
            answers: wish.answers,
            ..Outgoing::default()
        };
        let conversation = ConversationId(conversation);
        let uploads: Vec<_> = wish.attachments.into_iter().map(UploadId).collect();
        let sent = match (wish.library, uploads.is_empty()) {
            (Some(_), false) => return Err(Failure::usage("a picture of the library is sent without files")),
            (Some(item), true) => {
                let sent = self
                    .messenger
                    .send_from_library(conversation, outgoing, LibraryId(item));
                sent.await.map_err(refused)
            }
            (None, true) => self.messenger.send(conversation, outgoing).await.map_err(refused),
            (None, false) => {
                let sent = self.messenger.send_files(conversation, outgoing, &uploads);
                sent.await.map_err(refused)
            }
        };
        sent.map(|view| twins::message(&view))
    }

    /// Sends a message once more, into another conversation.
    pub(crate) async fn forward(&self, row: i64, conversation: i64) -> Result<dto::Message, Failure> {
        let sent = self.messenger.forward(row, ConversationId(conversation)).await;
        sent.map(|view| twins::message(&view)).map_err(refused)
    }

    /// One message.
    pub(crate) async fn message(&self, row: i64) -> Result<dto::Message, Failure> {
        let found = self.messenger.message(row).await.map_err(refused)?;
        let unknown = || Failure::new(Kind::NotFound, "unknown-message", "there is no such message");
        found.map(|view| twins::message(&view)).ok_or_else(unknown)
    }

    /// Messages at a place in a conversation, oldest first.
    pub(crate) async fn messages(
        &self,
        id: i64,
        place: Place,
        limit: usize,
    ) -> Result<Vec<dto::Message>, Failure> {
        self.conversation(id).await?;
        let views = self
            .messenger
            .messages_at(ConversationId(id), place, limit)
            .await
            .map_err(refused)?;
        Ok(views.iter().map(twins::message).collect())
    }

    /// Gives an own message another text.
    pub(crate) async fn edit(&self, row: i64, text: &str) -> Result<(), Failure> {
        self.messenger.edit(row, text).await.map_err(refused)
    }

    /// Deletes a message, here or for everyone.
    pub(crate) async fn delete(&self, row: i64, everyone: bool) -> Result<(), Failure> {
        let whom = if everyone {
            DeleteFor::Everyone
        } else {
            DeleteFor::Me
        };
        self.messenger.delete(row, whom).await.map_err(refused)
    }

    /// Reacts to a message, or takes that back.
    pub(crate) async fn react(&self, row: i64, emoji: &str, on: bool) -> Result<(), Failure> {
        self.messenger.react(row, emoji, on).await.map_err(refused)
    }

    /// Pins a message, or takes that back.
    pub(crate) async fn pin(&self, row: i64, on: bool) -> Result<(), Failure> {
        self.messenger.pin(row, on).await.map_err(refused)
    }

    /// Votes in a poll.
    pub(crate) async fn vote(&self, row: i64, wish: dto::VoteWish) -> Result<(), Failure> {
        self.messenger.vote(row, wish.choices).await.map_err(refused)
    }

    /// Ends a poll.
    pub(crate) async fn end_poll(&self, row: i64) -> Result<(), Failure> {
        self.messenger.end_poll(row).await.map_err(refused)
    }

    /// The pinned messages of a conversation.
    pub(crate) async fn pins(&self, id: i64) -> Result<Vec<dto::Message>, Failure> {
        self.conversation(id).await?;
        let views = self.messenger.pins(ConversationId(id)).await.map_err(refused)?;
        Ok(views.iter().map(twins::message).collect())
    }

    /// Messages of a conversation with files.
    pub(crate) async fn gallery(
        &self,
        id: i64,
        page: dto::GalleryPage,
        limit: usize,
    ) -> Result<Vec<dto::Message>, Failure> {
        self.conversation(id).await?;
        let kind = match page.kind {
            dto::GalleryKind::Media => GalleryKind::Media,
            dto::GalleryKind::Sounds => GalleryKind::Sounds,
            dto::GalleryKind::Files => GalleryKind::Files,
        };
        let found = self
            .messenger
            .messages_with_files(ConversationId(id), kind, page.before, limit);
        let views = found.await.map_err(refused)?;
        Ok(views.iter().map(twins::message).collect())
    }

    /// All texts that a message had.
    pub(crate) async fn versions(&self, row: i64) -> Result<Vec<dto::Version>, Failure> {
        let versions = self.messenger.versions(row).await.map_err(refused)?;
        let version = |version: xchat_client::VersionView| dto::Version {
            text: version.text,
            written_ms: version.written_ms,
        };
        Ok(versions.into_iter().map(version).collect())
    }
}
