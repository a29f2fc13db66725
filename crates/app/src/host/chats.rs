//! What is set about conversations.

use xchat_client::ConversationId;

use super::Host;
use super::failures::refused;
use crate::failure::Failure;

impl Host {
    /// Sets how long after they were read messages disappear, for all in the conversation.
    pub(crate) async fn set_timer(&self, conversation: i64, timer_s: Option<u32>) -> Result<(), Failure> {
        self.messenger
            .set_timer(ConversationId(conversation), timer_s)
            .await
            .map_err(refused)
    }
}
