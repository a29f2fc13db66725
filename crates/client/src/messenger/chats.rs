//! What is set about conversations, by all who are in them or by this user alone.

use xchat_core::io::ConversationId;
use xchat_core::machine::SendError;

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
}
