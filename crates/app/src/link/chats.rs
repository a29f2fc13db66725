//! What is set about conversations.

use super::Link;
use crate::dto::Timer;
use crate::failure::Failure;

impl Link {
    /// Sets after how long messages disappear.
    pub(crate) async fn set_timer(&self, conversation: i64, timer: Timer) -> Result<(), Failure> {
        match self {
            Self::Here(host, _) => host.set_timer(conversation, timer.timer_s).await,
            Self::There(remote) => {
                remote
                    .put(&format!("/api/conversations/{conversation}/timer"), &timer)
                    .await
            }
        }
    }
}
