//! What is set about conversations, by all who are in them or by this user alone.

use xchat_core::error::MachineError;
use xchat_core::io::{
    Arrivals, BlockView, ChatChange, Cleared, ConversationId, FileSweep, FolderView, MessageView, Privacy,
    PrivacyChoice, RequestPolicy, ScheduledView, StorageView, Whom,
};
use xchat_core::machine::{ActError, ChatError, Outgoing, ScheduleError, SendError};
use xchat_proto::ids::AccountId;

use super::Messenger;
use crate::error::CallError;

impl Messenger {
    /// Sets how long after they were read messages of a conversation disappear, in seconds, for all who are in it, who
    /// see that it was set; nothing for messages that stay. What was written before keeps its time.
    ///
    /// # Errors
    /// [`SendError`] when it is less than five minutes or more than four weeks, or the conversation takes nothing.
    pub async fn set_timer(
        &self,
        conversation: ConversationId,
        timer_s: Option<u32>,
    ) -> Result<(), CallError<SendError>> {
        self.call(move |machine, now_ms, rng| machine.set_timer(now_ms, rng, conversation, timer_s))
            .await
    }

    /// Sets something about a conversation on this device; nobody else is told.
    ///
    /// # Errors
    /// [`ChatError`] when there is no such conversation, or what is set is out of bounds.
    pub async fn change_chat(
        &self,
        conversation: ConversationId,
        change: ChatChange,
    ) -> Result<(), CallError<ChatError>> {
        self.call(move |machine, now_ms, rng| machine.change_chat(now_ms, rng, conversation, change))
            .await
    }

    /// Sets which conversations always stand first, in their order.
    ///
    /// # Errors
    /// [`ChatError`] when there are too many, or one is not known.
    pub async fn order_pinned(&self, order: Vec<ConversationId>) -> Result<(), CallError<ChatError>> {
        self.call(move |machine, now_ms, rng| machine.order_pinned(now_ms, rng, &order))
            .await
    }

    /// Keeps what the user has begun to write in a conversation; an empty text for nothing.
    ///
    /// # Errors
    /// [`ChatError`] when it is too long, or there is no such conversation.
    pub async fn set_draft(
        &self,
        conversation: ConversationId,
        text: impl Into<String>,
    ) -> Result<(), CallError<ChatError>> {
        let text = text.into();
        self.call(move |machine, now_ms, rng| machine.set_draft(now_ms, rng, conversation, &text))
            .await
    }

    /// What the user has begun to write in a conversation.
    ///
    /// # Errors
    /// [`MachineError`] when the profile can't be read.
    pub async fn draft(
        &self,
        conversation: ConversationId,
    ) -> Result<Option<String>, CallError<MachineError>> {
        self.call(move |machine, _, _| machine.draft(conversation)).await
    }

    /// Deletes a conversation from this device, with all that was said. It is shown again when something new comes.
    ///
    /// # Errors
    /// [`ChatError`] when there is no such conversation.
    pub async fn clear_chat(&self, conversation: ConversationId) -> Result<(), CallError<ChatError>> {
        self.call(move |machine, now_ms, rng| machine.clear_chat(now_ms, rng, conversation))
            .await
    }

    /// Puts a star on a message, or takes it away; nobody else is told.
    ///
    /// # Errors
    /// [`ActError`] when it is not there.
    pub async fn star(&self, row: i64, is_on: bool) -> Result<(), CallError<ActError>> {
        self.call(move |machine, now_ms, rng| machine.star(now_ms, rng, row, is_on))
            .await
    }

    /// Messages with a star, of all conversations, before a row, the newest here first; 500 at most.
    ///
    /// # Errors
    /// [`MachineError`] when the profile can't be read.
    pub async fn starred(
        &self,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<MessageView>, CallError<MachineError>> {
        self.call(move |machine, _, _| machine.starred(before, limit))
            .await
    }

    /// Blocks somebody: nothing of theirs is stored, shown or answered, and they are not told.
    ///
    /// # Errors
    /// [`ChatError`] when there is no such conversation or request, or it is oneself.
    pub async fn block(&self, whom: Whom) -> Result<(), CallError<ChatError>> {
        self.call(move |machine, now_ms, rng| machine.block(now_ms, rng, whom))
            .await
    }

    /// Blocks somebody no more. What they wrote meanwhile comes when they write again.
    ///
    /// # Errors
    /// [`MachineError`] when the profile can't be written.
    pub async fn unblock(&self, account: AccountId) -> Result<(), CallError<MachineError>> {
        self.call(move |machine, now_ms, rng| machine.unblock(now_ms, rng, &account))
            .await
    }

    /// All who are blocked, the latest first.
    ///
    /// # Errors
    /// [`MachineError`] when the profile can't be read.
    pub async fn blocks(&self) -> Result<Vec<BlockView>, CallError<MachineError>> {
        self.call(|machine, _, _| machine.blocks()).await
    }

    /// What others are told, where nothing else is set for a conversation.
    ///
    /// # Errors
    /// [`MachineError`] when the profile can't be read.
    pub async fn privacy(&self) -> Result<Privacy, CallError<MachineError>> {
        self.call(|machine, _, _| machine.privacy()).await
    }

    /// Sets what others are told; what is not named stays. What is switched off is not sent.
    ///
    /// # Errors
    /// [`MachineError`] when the profile can't be written.
    pub async fn set_privacy(&self, choice: PrivacyChoice) -> Result<(), CallError<MachineError>> {
        self.call(move |machine, now_ms, rng| machine.set_privacy(now_ms, rng, choice))
            .await
    }

    /// From whom message requests are taken.
    ///
    /// # Errors
    /// [`MachineError`] when the profile can't be read.
    pub async fn request_policy(&self) -> Result<RequestPolicy, CallError<MachineError>> {
        self.call(|machine, _, _| machine.request_policy()).await
    }

    /// Sets from whom message requests are taken. Those that wait stay.
    ///
    /// # Errors
    /// [`MachineError`] when the profile can't be written.
    pub async fn set_request_policy(&self, policy: RequestPolicy) -> Result<(), CallError<MachineError>> {
        self.call(move |machine, now_ms, rng| machine.set_request_policy(now_ms, rng, policy))
            .await
    }

    /// How large the files of others may be that come by themselves.
    ///
    /// # Errors
    /// [`MachineError`] when the profile can't be read.
    pub async fn arrivals(&self) -> Result<Arrivals, CallError<MachineError>> {
        self.call(|machine, _, _| machine.arrivals()).await
    }

    /// Sets how large they may be. What has been offered stays offered, and what is on its way comes.
    ///
    /// # Errors
    /// [`MachineError`] when the profile can't be written.
    pub async fn set_arrivals(&self, arrivals: Arrivals) -> Result<(), CallError<MachineError>> {
        self.call(move |machine, now_ms, rng| machine.set_arrivals(now_ms, rng, arrivals))
            .await
    }

    /// What takes space on this device.
    ///
    /// # Errors
    /// [`MachineError`] when the profile can't be read.
    pub async fn storage(&self) -> Result<StorageView, CallError<MachineError>> {
        self.call(|machine, _, _| machine.storage()).await
    }

    /// Erases files of others from this device: each can be fetched again as long as somebody has it.
    ///
    /// # Errors
    /// [`MachineError`] when the profile can't be written; then some may be gone.
    pub async fn clear_files(&self, sweep: FileSweep) -> Result<Cleared, CallError<MachineError>> {
        let mut all = Cleared::default();
        while !all.is_done {
            // In steps: messages have their turn in between.
            let some = self
                .call(move |machine, now_ms, rng| machine.clear_files(now_ms, rng, sweep))
                .await?;
            all.files = all.files.saturating_add(some.files);
            all.bytes = all.bytes.saturating_add(some.bytes);
            all.is_done = some.is_done;
        }
        Ok(all)
    }

    /// Writes a text at a later time, in Unix milliseconds, or as soon as the messenger runs after it.
    ///
    /// # Errors
    /// [`ScheduleError`] when the time is past or more than a year ahead, too many wait, or the text can't be written.
    pub async fn schedule(
        &self,
        conversation: ConversationId,
        outgoing: Outgoing,
        due_ms: u64,
    ) -> Result<ScheduledView, CallError<ScheduleError>> {
        self.call(move |machine, now_ms, rng| machine.schedule(now_ms, rng, conversation, outgoing, due_ms))
            .await
    }

    /// Texts that wait for their time, and those that could not be sent then; the earliest first.
    ///
    /// # Errors
    /// [`MachineError`] when the profile can't be read.
    pub async fn scheduled(&self) -> Result<Vec<ScheduledView>, CallError<MachineError>> {
        self.call(|machine, _, _| machine.scheduled()).await
    }

    /// Gives a text that waits another time, another text, or both; one that could not be sent waits again.
    ///
    /// # Errors
    /// [`ScheduleError`] when there is none, or as for [`Self::schedule`].
    pub async fn reschedule(
        &self,
        id: i64,
        text: Option<String>,
        due_ms: Option<u64>,
    ) -> Result<ScheduledView, CallError<ScheduleError>> {
        self.call(move |machine, now_ms, rng| machine.reschedule(now_ms, rng, id, text, due_ms))
            .await
    }

    /// Writes a text that waits at once.
    ///
    /// # Errors
    /// [`ScheduleError`] when there is none, or it can't be written: then it goes on waiting.
    pub async fn send_scheduled(&self, id: i64) -> Result<MessageView, CallError<ScheduleError>> {
        self.call(move |machine, now_ms, rng| machine.send_scheduled(now_ms, rng, id))
            .await
    }

    /// Takes back a text that waits for its time.
    ///
    /// # Errors
    /// [`ScheduleError::Unknown`] when there is none, or it has been sent.
    pub async fn unschedule(&self, id: i64) -> Result<(), CallError<ScheduleError>> {
        self.call(move |machine, now_ms, rng| machine.unschedule(now_ms, rng, id))
            .await
    }

    /// The user's folders of conversations, in their order.
    ///
    /// # Errors
    /// [`MachineError`] when the profile can't be read.
    pub async fn folders(&self) -> Result<Vec<FolderView>, CallError<MachineError>> {
        self.call(|machine, _, _| machine.folders()).await
    }

    /// Sets the user's folders, all of them.
    ///
    /// # Errors
    /// [`ChatError`] when there are too many, a name is too long, or a conversation is not known.
    pub async fn set_folders(&self, folders: Vec<FolderView>) -> Result<(), CallError<ChatError>> {
        self.call(move |machine, now_ms, rng| machine.set_folders(now_ms, rng, folders))
            .await
    }
}
