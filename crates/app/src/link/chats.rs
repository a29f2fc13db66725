//! What is set about conversations and people.

use super::Link;
use crate::dto::{
    BlockWish, Blocked, ChatChange, LaterWish, Message, ProfileSettings, Scheduled, SettingsChange, Switch,
    Timer,
};
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

    /// Sets something about a conversation.
    pub(crate) async fn change_chat(&self, conversation: i64, change: ChatChange) -> Result<(), Failure> {
        match self {
            Self::Here(host, _) => host.change_chat(conversation, change).await,
            Self::There(remote) => {
                remote
                    .patch(&format!("/api/conversations/{conversation}"), &change)
                    .await
            }
        }
    }

    /// Blocks somebody.
    pub(crate) async fn block(&self, wish: BlockWish) -> Result<(), Failure> {
        match self {
            Self::Here(host, _) => host.block(wish).await,
            Self::There(remote) => remote.post("/api/blocks", &wish).await,
        }
    }

    /// Blocks an account no more.
    pub(crate) async fn unblock(&self, account: &str) -> Result<(), Failure> {
        match self {
            Self::Here(host, _) => host.unblock(account).await,
            Self::There(remote) => remote.delete(&format!("/api/blocks/{account}")).await,
        }
    }

    /// Who is blocked.
    pub(crate) async fn blocks(&self) -> Result<Vec<Blocked>, Failure> {
        match self {
            Self::Here(host, _) => host.blocks().await,
            Self::There(remote) => remote.get("/api/blocks").await,
        }
    }

    /// Puts a star on a message, or takes it away.
    pub(crate) async fn star(&self, row: i64, on: bool) -> Result<(), Failure> {
        match self {
            Self::Here(host, _) => host.star(row, on).await,
            Self::There(remote) => {
                remote
                    .post(&format!("/api/messages/{row}/star"), &Switch { on })
                    .await
            }
        }
    }

    /// Messages with a star, the newest first.
    pub(crate) async fn starred(&self, limit: usize) -> Result<Vec<Message>, Failure> {
        match self {
            Self::Here(host, _) => host.starred(None, limit).await,
            Self::There(remote) => remote.get(&format!("/api/starred?limit={limit}")).await,
        }
    }

    /// Messages for later.
    pub(crate) async fn scheduled(&self) -> Result<Vec<Scheduled>, Failure> {
        match self {
            Self::Here(host, _) => host.scheduled().await,
            Self::There(remote) => remote.get("/api/scheduled").await,
        }
    }

    /// Lets a message wait.
    pub(crate) async fn schedule(&self, wish: LaterWish) -> Result<Scheduled, Failure> {
        match self {
            Self::Here(host, _) => host.schedule(wish).await,
            Self::There(remote) => remote.post("/api/scheduled", &wish).await,
        }
    }

    /// Sends a message that waits.
    pub(crate) async fn send_scheduled(&self, id: i64) -> Result<Message, Failure> {
        match self {
            Self::Here(host, _) => host.send_scheduled(id).await,
            Self::There(remote) => remote.post(&format!("/api/scheduled/{id}/send"), &()).await,
        }
    }

    /// Takes a message that waits back.
    pub(crate) async fn unschedule(&self, id: i64) -> Result<(), Failure> {
        match self {
            Self::Here(host, _) => host.unschedule(id).await,
            Self::There(remote) => remote.delete(&format!("/api/scheduled/{id}")).await,
        }
    }

    /// What holds for the whole profile.
    pub(crate) async fn settings(&self) -> Result<ProfileSettings, Failure> {
        match self {
            Self::Here(host, _) => host.settings().await,
            Self::There(remote) => remote.get("/api/settings").await,
        }
    }

    /// Sets something for the whole profile.
    pub(crate) async fn change_settings(&self, change: SettingsChange) -> Result<(), Failure> {
        match self {
            Self::Here(host, _) => host.change_settings(change).await,
            Self::There(remote) => remote.patch("/api/settings", &change).await,
        }
    }
}
