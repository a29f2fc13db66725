//! What is set about conversations and people.

use xchat_client::{
    AccountId, Arrivals, ChatChange, ChatView, ConversationId, FolderView, Outgoing, PrivacyChoice,
    RequestId, RequestPolicy, ScheduledView, Whom,
};

use super::failures::refused;
use super::{Host, hex, twins};
use crate::dto;
use crate::failure::Failure;

impl Host {
    /// Sets how long after they were read messages disappear, for all in the conversation.
    pub(crate) async fn set_timer(&self, conversation: i64, timer_s: Option<u32>) -> Result<(), Failure> {
        self.messenger
            .set_timer(ConversationId(conversation), timer_s)
            .await
            .map_err(refused)
    }

    /// Sets something about a conversation.
    pub(crate) async fn change_chat(
        &self,
        conversation: i64,
        change: dto::ChatChange,
    ) -> Result<(), Failure> {
        let change = ChatChange {
            is_pinned: change.pinned,
            is_archived: change.archived,
            is_marked: change.marked_unread,
            muted_until_ms: change.muted_until_ms,
            nickname: change.nickname,
            privacy: change.privacy.map(choice),
        };
        self.messenger
            .change_chat(ConversationId(conversation), change)
            .await
            .map_err(refused)
    }

    /// Sets which conversations always stand first.
    pub(crate) async fn order_pinned(&self, order: dto::ConversationOrder) -> Result<(), Failure> {
        let order = order.conversations.into_iter().map(ConversationId).collect();
        self.messenger.order_pinned(order).await.map_err(refused)
    }

    /// What the owner has begun to write.
    pub(crate) async fn draft(&self, conversation: i64) -> Result<dto::Draft, Failure> {
        let text = self.messenger.draft(ConversationId(conversation)).await;
        let text = text.map_err(refused)?.unwrap_or_default();
        Ok(dto::Draft { text })
    }

    /// Keeps what the owner has begun to write.
    pub(crate) async fn set_draft(&self, conversation: i64, draft: dto::Draft) -> Result<(), Failure> {
        self.messenger
            .set_draft(ConversationId(conversation), draft.text)
            .await
            .map_err(refused)
    }

    /// Deletes a conversation from this device.
    pub(crate) async fn clear_chat(&self, conversation: i64) -> Result<(), Failure> {
        self.messenger
            .clear_chat(ConversationId(conversation))
            .await
            .map_err(refused)
    }

    /// Puts a star on a message, or takes it away.
    pub(crate) async fn star(&self, row: i64, on: bool) -> Result<(), Failure> {
        self.messenger.star(row, on).await.map_err(refused)
    }

    /// Messages with a star.
    pub(crate) async fn starred(
        &self,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<dto::Message>, Failure> {
        let views = self.messenger.starred(before, limit).await.map_err(refused)?;
        Ok(views.iter().map(twins::message).collect())
    }

    /// Blocks somebody.
    pub(crate) async fn block(&self, wish: dto::BlockWish) -> Result<(), Failure> {
        let whom = match (wish.conversation, wish.request) {
            (Some(id), None) => Whom::Conversation(ConversationId(id)),
            (None, Some(id)) => Whom::Request(RequestId(id)),
            _ => return Err(Failure::usage("name a conversation or a request")),
        };
        self.messenger.block(whom).await.map_err(refused)
    }

    /// Blocks somebody no more.
    pub(crate) async fn unblock(&self, account: &str) -> Result<(), Failure> {
        let bytes = data_encoding::HEXLOWER.decode(account.as_bytes()).ok();
        let account: Option<[u8; 32]> = bytes.and_then(|bytes| bytes.try_into().ok());
        let account = account.ok_or_else(|| Failure::usage("an account has 64 hexadecimal digits"))?;
        self.messenger.unblock(AccountId(account)).await.map_err(refused)
    }

    /// All who are blocked.
    pub(crate) async fn blocks(&self) -> Result<Vec<dto::Blocked>, Failure> {
        let blocks = self.messenger.blocks().await.map_err(refused)?;
        let blocked = |block: xchat_client::BlockView| dto::Blocked {
            account: hex(&block.account.0),
            name: block.name.as_str().to_owned(),
            since_ms: block.since_ms,
        };
        Ok(blocks.into_iter().map(blocked).collect())
    }

    /// What holds for the whole profile.
    pub(crate) async fn settings(&self) -> Result<dto::ProfileSettings, Failure> {
        let privacy = self.messenger.privacy().await.map_err(refused)?;
        let requests = self.messenger.request_policy().await.map_err(refused)?;
        let arrivals = self.messenger.arrivals().await.map_err(refused)?;
        Ok(dto::ProfileSettings {
            privacy: dto::PrivacyChoice {
                read: Some(privacy.read),
                delivery: Some(privacy.delivery),
                typing: Some(privacy.typing),
                presence: Some(privacy.presence),
            },
            requests: match requests {
                RequestPolicy::Anyone => dto::RequestPolicy::Anyone,
                RequestPolicy::Nobody => dto::RequestPolicy::Nobody,
            },
            arrivals: dto::Arrivals {
                photos: arrivals.photos,
                voices: arrivals.voices,
                films: arrivals.films,
                sounds: arrivals.sounds,
                files: arrivals.files,
            },
        })
    }

    /// Sets something for the whole profile.
    pub(crate) async fn change_settings(&self, change: dto::SettingsChange) -> Result<(), Failure> {
        if change.privacy != dto::PrivacyChoice::default() {
            let privacy = choice(change.privacy);
            self.messenger.set_privacy(privacy).await.map_err(refused)?;
        }
        if let Some(wish) = change.arrivals {
            let arrivals = Arrivals {
                photos: wish.photos,
                voices: wish.voices,
                films: wish.films,
                sounds: wish.sounds,
                files: wish.files,
            };
            self.messenger.set_arrivals(arrivals).await.map_err(refused)?;
        }
        let policy = match change.requests {
            None => return Ok(()),
            Some(dto::RequestPolicy::Anyone) => RequestPolicy::Anyone,
            Some(dto::RequestPolicy::Nobody) => RequestPolicy::Nobody,
        };
        self.messenger.set_request_policy(policy).await.map_err(refused)
    }

    /// Has a text sent later.
    pub(crate) async fn schedule(&self, wish: dto::LaterWish) -> Result<dto::Scheduled, Failure> {
        let outgoing = Outgoing {
            text: wish.text,
            reply_to: wish.reply_to,
            timer_s: wish.timer_s,
            ..Outgoing::default()
        };
        let conversation = ConversationId(wish.conversation);
        let view = self.messenger.schedule(conversation, outgoing, wish.due_ms).await;
        view.map(scheduled).map_err(refused)
    }

    /// Texts that wait for their time.
    pub(crate) async fn scheduled(&self) -> Result<Vec<dto::Scheduled>, Failure> {
        let views = self.messenger.scheduled().await.map_err(refused)?;
        Ok(views.into_iter().map(scheduled).collect())
    }

    /// Gives a text that waits another time or another text.
    pub(crate) async fn reschedule(
        &self,
        id: i64,
        change: dto::LaterChange,
    ) -> Result<dto::Scheduled, Failure> {
        let view = self.messenger.reschedule(id, change.text, change.due_ms).await;
        view.map(scheduled).map_err(refused)
    }

    /// Writes a text that waits at once.
    pub(crate) async fn send_scheduled(&self, id: i64) -> Result<dto::Message, Failure> {
        let view = self.messenger.send_scheduled(id).await.map_err(refused)?;
        Ok(twins::message(&view))
    }

    /// Takes back a text that waits for its time.
    pub(crate) async fn unschedule(&self, id: i64) -> Result<(), Failure> {
        self.messenger.unschedule(id).await.map_err(refused)
    }

    /// The folders of conversations.
    pub(crate) async fn folders(&self) -> Result<Vec<dto::Folder>, Failure> {
        let folders = self.messenger.folders().await.map_err(refused)?;
        let folder = |folder: FolderView| dto::Folder {
            name: folder.name,
            conversations: folder.conversations.iter().map(|id| id.0).collect(),
        };
        Ok(folders.into_iter().map(folder).collect())
    }

    /// Sets the folders, all of them.
    pub(crate) async fn set_folders(&self, folders: Vec<dto::Folder>) -> Result<(), Failure> {
        let folder = |folder: dto::Folder| FolderView {
            name: folder.name,
            conversations: folder.conversations.into_iter().map(ConversationId).collect(),
        };
        let folders = folders.into_iter().map(folder).collect();
        self.messenger.set_folders(folders).await.map_err(refused)
    }
}

fn scheduled(view: ScheduledView) -> dto::Scheduled {
    dto::Scheduled {
        id: view.id,
        conversation: view.conversation.0,
        due_ms: view.due_ms,
        text: view.text,
        reply_to: view.reply_to,
        timer_s: view.timer_s,
        refusal: view.refusal,
    }
}

fn choice(choice: dto::PrivacyChoice) -> PrivacyChoice {
    PrivacyChoice {
        read: choice.read,
        delivery: choice.delivery,
        typing: choice.typing,
        presence: choice.presence,
    }
}

/// What the owner has set about a conversation.
pub(super) fn settings(view: &ChatView) -> dto::ChatSettings {
    dto::ChatSettings {
        place: view.place,
        archived: view.is_archived,
        marked_unread: view.is_marked,
        muted_until_ms: view.muted_until_ms,
        nickname: view.nickname.clone(),
        draft: view.draft.clone(),
        hidden: view.is_hidden,
        blocked: view.is_blocked,
        privacy: dto::PrivacyChoice {
            read: view.privacy.read,
            delivery: view.privacy.delivery,
            typing: view.privacy.typing,
            presence: view.privacy.presence,
        },
    }
}
