//! A command's way to the messenger: the running profile if there is one, else one of its own for as long as it takes.

mod chats;
mod exposure;
mod files;
mod imports;
mod library;
mod me;
mod polls;
mod search;
mod storage;

use std::sync::Arc;
use std::time::Duration;

use crate::cli::Common;
use crate::dto::{
    Conversation, ConversationRef, Event, Evidence, Identity, Invitation, Message, MessageState, NameWish,
    Profile as ProfileState, Report, Request, RestorationWish, Row, Switch, Text, Words,
};
use crate::failure::{Failure, Kind};
use crate::host::{self, Host, Place, Wishes};
use crate::passphrase;
use crate::profile::Profile;
use crate::profile::daemon_file::DaemonFile;
use crate::profile::lock::{Attempt, Holder, Lock, in_use};
use crate::profile::settings::Settings;
use crate::remote::{Remote, RemoteEvents};

/// Between two looks at a lock that somebody else holds.
const LOOK_PAUSE: Duration = Duration::from_millis(50);
/// Nothing has happened for so long: what was begun has been done.
const QUIET: Duration = Duration::from_millis(700);

/// Nobody has answered for so long: the network is out of reach.
const SILENCE: Duration = Duration::from_secs(2);

/// The way.
#[derive(Debug, Clone)]
pub(crate) enum Link {
    /// A messenger in this process.
    Here(Arc<Host>, Option<Arc<Lock>>),
    /// The running profile.
    There(Remote),
}

/// What happens, whichever way it comes.
#[derive(Debug)]
pub(crate) enum Events {
    /// From this process.
    Here(host::Events),
    /// From the running profile.
    There(Box<RemoteEvents>),
}

impl Events {
    /// The next event, or nothing more once the messenger stops.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        match self {
            Self::Here(events) => events.next().await,
            Self::There(events) => events.next().await,
        }
    }
}

impl Link {
    /// Finds the running profile, or starts a messenger.
    ///
    /// # Errors
    /// When there is no account yet, the profile is held too long by another command, or it can't be started.
    pub(crate) async fn open(profile: &Profile, common: &Common, wishes: Wishes) -> Result<Self, Failure> {
        let patience = Duration::from_secs(common.timeout);
        let found = tokio::time::timeout(patience, Self::find(profile, patience)).await;
        let lock = match found.map_err(|_| in_use(profile))?? {
            Found::Running(remote) => return Ok(Self::There(remote)),
            Found::Free(lock) => lock,
        };
        if !wishes.may_begin && !Settings::read(profile)?.begun {
            return Err(Failure::new(
                Kind::Refused,
                "no-account",
                "there is no account in this profile yet",
            )
            .advise("Create one with xchat init"));
        }
        let wishes = Wishes {
            passphrase: passphrase::read(profile, common)?,
            ..wishes
        };
        let host = Arc::new(Host::start(profile, wishes).await?);
        Ok(Self::Here(host, Some(Arc::new(lock))))
    }

    /// A link to a messenger that this process serves.
    pub(crate) fn here(host: Arc<Host>) -> Self {
        Self::Here(host, None)
    }

    async fn find(profile: &Profile, patience: Duration) -> Result<Found, Failure> {
        loop {
            if let Some(file) = DaemonFile::read(profile)?
                && let Some(remote) = Remote::verified(file, patience).await
            {
                return Ok(Found::Running(remote));
            }
            if let Attempt::Held(lock) = Lock::attempt(profile, Holder::Command)? {
                return Ok(Found::Free(lock));
            }
            // A server that is just starting, or another command: either ends soon.
            tokio::time::sleep(LOOK_PAUSE).await;
        }
    }

    /// Ends what was started for this command.
    pub(crate) async fn close(self) {
        if let Self::Here(host, lock) = self {
            host.shutdown().await;
            // Only now may another process have the profile.
            drop(lock);
        }
    }

    /// In a messenger of our own: waits until what was begun has gone out.
    pub(crate) async fn settle(&self, common: &Common) {
        if let Self::Here(host, _) = self {
            let mut events = host.subscribe();
            let quiet = async { while let Ok(Some(_)) = tokio::time::timeout(QUIET, events.next()).await {} };
            let _late = tokio::time::timeout(Duration::from_secs(common.timeout), quiet).await;
        }
    }

    /// In a messenger of our own: waits until all that lay at the homes has been read, or nobody answers.
    pub(crate) async fn catch_up(&self, common: &Common) {
        if let Self::Here(host, _) = self {
            let mut events = host.subscribe();
            let silence = async {
                while let Ok(Some(event)) = tokio::time::timeout(SILENCE, events.next()).await {
                    if matches!(event, Event::Home { reachable: false, .. }) {
                        return;
                    }
                }
            };
            let read = async {
                tokio::select! {
                    () = host.caught_up() => {}
                    () = silence => {}
                }
            };
            let _late = tokio::time::timeout(Duration::from_secs(common.timeout), read).await;
        }
    }

    /// Follows what happens from now on.
    pub(crate) async fn events(&self) -> Result<Events, Failure> {
        Ok(match self {
            Self::Here(host, _) => Events::Here(host.subscribe()),
            Self::There(remote) => Events::There(Box::new(remote.events().await?)),
        })
    }

    /// Where the profile stands.
    pub(crate) async fn profile(&self) -> Result<ProfileState, Failure> {
        match self {
            Self::Here(host, _) => host.profile().await,
            Self::There(remote) => remote.get("/api/profile").await,
        }
    }

    /// Who this is.
    pub(crate) async fn identity(&self) -> Result<Identity, Failure> {
        self.profile().await?.identity.ok_or_else(|| {
            Failure::new(
                Kind::Refused,
                "no-account",
                "there is no account in this profile yet",
            )
            .advise("Create one with xchat init")
        })
    }

    /// Creates the account, and gives its words.
    pub(crate) async fn create_account(&self) -> Result<Vec<String>, Failure> {
        match self {
            Self::Here(host, _) => host.create_account().await,
            Self::There(remote) => remote
                .post::<(), Words>("/api/account", &())
                .await
                .map(|words| words.words),
        }
    }

    /// Registers a name.
    pub(crate) async fn register(&self, name: &str) -> Result<(), Failure> {
        match self {
            Self::Here(host, _) => host.register(name).await,
            Self::There(remote) => {
                remote
                    .post(
                        "/api/registration",
                        &NameWish {
                            name: name.to_owned(),
                        },
                    )
                    .await
            }
        }
    }

    /// Brings an account back with its words and name.
    pub(crate) async fn restore(&self, words: &str, name: &str) -> Result<(), Failure> {
        match self {
            Self::Here(host, _) => host.restore(words, name).await,
            Self::There(remote) => {
                let wish = RestorationWish {
                    words: words.to_owned(),
                    name: name.to_owned(),
                };
                remote.post("/api/restoration", &wish).await
            }
        }
    }

    /// Joins a network.
    pub(crate) async fn join(&self, link: &str) -> Result<(), Failure> {
        match self {
            Self::Here(host, _) => host.join(link).await,
            Self::There(remote) => {
                remote
                    .post(
                        "/api/network",
                        &crate::dto::Link {
                            link: link.to_owned(),
                        },
                    )
                    .await
            }
        }
    }

    /// Begins a conversation, or finds the one that there is.
    pub(crate) async fn contact(&self, name: &str) -> Result<i64, Failure> {
        match self {
            Self::Here(host, _) => host.contact(name).await,
            Self::There(remote) => {
                let wish = NameWish {
                    name: name.to_owned(),
                };
                let found: ConversationRef = remote.post("/api/conversations", &wish).await?;
                Ok(found.conversation)
            }
        }
    }

    /// Sends a text.
    pub(crate) async fn send(&self, conversation: i64, text: Text) -> Result<Message, Failure> {
        match self {
            Self::Here(host, _) => host.send(conversation, text).await,
            Self::There(remote) => {
                let path = format!("/api/conversations/{conversation}/messages");
                remote.post(&path, &text).await
            }
        }
    }

    /// All conversations.
    pub(crate) async fn conversations(&self) -> Result<Vec<Conversation>, Failure> {
        match self {
            Self::Here(host, _) => host.conversations().await,
            Self::There(remote) => remote.get("/api/conversations").await,
        }
    }

    /// One conversation.
    pub(crate) async fn conversation(&self, id: i64) -> Result<Conversation, Failure> {
        match self {
            Self::Here(host, _) => host.conversation(id).await,
            Self::There(remote) => remote.get(&format!("/api/conversations/{id}")).await,
        }
    }

    /// The conversation with somebody, if there is one.
    pub(crate) async fn conversation_with(&self, name: &str) -> Result<Option<Conversation>, Failure> {
        let all = self.conversations().await?;
        Ok(all.into_iter().find(|conversation| conversation.peer == name))
    }

    /// The newest messages, oldest first.
    pub(crate) async fn messages(&self, conversation: i64, limit: usize) -> Result<Vec<Message>, Failure> {
        match self {
            Self::Here(host, _) => host.messages(conversation, Place::Newest, limit).await,
            Self::There(remote) => {
                remote
                    .get(&format!(
                        "/api/conversations/{conversation}/messages?limit={limit}"
                    ))
                    .await
            }
        }
    }

    /// Messages after a row, or the first; oldest first.
    pub(crate) async fn messages_from(
        &self,
        conversation: i64,
        after: Option<i64>,
        limit: usize,
    ) -> Result<Vec<Message>, Failure> {
        match self {
            Self::Here(host, _) => {
                let place = after.map_or(Place::At(0), Place::After);
                host.messages(conversation, place, limit).await
            }
            Self::There(remote) => {
                let place = after.map_or_else(|| "at_ms=0".to_owned(), |row| format!("after={row}"));
                remote
                    .get(&format!(
                        "/api/conversations/{conversation}/messages?limit={limit}&{place}"
                    ))
                    .await
            }
        }
    }

    /// Marks everything up to a row as read.
    pub(crate) async fn mark_read(&self, conversation: i64, row: i64) -> Result<(), Failure> {
        match self {
            Self::Here(host, _) => host.mark_read(conversation, row).await,
            Self::There(remote) => {
                remote
                    .post(&format!("/api/conversations/{conversation}/read"), &Row { row })
                    .await
            }
        }
    }

    /// Says whether somebody is looking.
    pub(crate) async fn set_present(&self, on: bool) -> Result<(), Failure> {
        match self {
            Self::Here(host, _) => host.set_present(on).await,
            Self::There(remote) => remote.post("/api/presence", &Switch { on }).await,
        }
    }

    /// All message requests.
    pub(crate) async fn requests(&self) -> Result<Vec<Request>, Failure> {
        match self {
            Self::Here(host, _) => host.requests().await,
            Self::There(remote) => remote.get("/api/requests").await,
        }
    }

    /// The message request of somebody.
    pub(crate) async fn request_from(&self, name: &str) -> Result<Request, Failure> {
        let all = self.requests().await?;
        all.into_iter()
            .find(|request| request.from == name)
            .ok_or_else(|| {
                Failure::new(
                    Kind::NotFound,
                    "unknown-request",
                    format!("there is no message request from @{name}"),
                )
                .advise("xchat requests lists them")
            })
    }

    /// Accepts a message request.
    pub(crate) async fn accept(&self, id: i64) -> Result<i64, Failure> {
        match self {
            Self::Here(host, _) => host.accept(id).await,
            Self::There(remote) => {
                let found: ConversationRef = remote.post(&format!("/api/requests/{id}/accept"), &()).await?;
                Ok(found.conversation)
            }
        }
    }

    /// Declines a message request.
    pub(crate) async fn decline(&self, id: i64) -> Result<(), Failure> {
        match self {
            Self::Here(host, _) => host.decline(id).await,
            Self::There(remote) => remote.post(&format!("/api/requests/{id}/decline"), &()).await,
        }
    }

    /// What is reachable.
    pub(crate) async fn report(&self) -> Result<Report, Failure> {
        match self {
            Self::Here(host, _) => host.report().await,
            Self::There(remote) => remote.get("/api/network/report").await,
        }
    }

    /// Proofs that the network's operators have shown two truths.
    pub(crate) async fn evidence(&self) -> Result<Vec<Evidence>, Failure> {
        match self {
            Self::Here(host, _) => host.evidence().await,
            Self::There(remote) => remote.get("/api/network/evidence").await,
        }
    }

    /// Gives the name up.
    pub(crate) async fn release(&self, name: &str) -> Result<(), Failure> {
        match self {
            Self::Here(host, _) => host.release(name).await,
            Self::There(remote) => {
                let wish = NameWish {
                    name: name.to_owned(),
                };
                remote.post("/api/release", &wish).await
            }
        }
    }

    /// The invitation into the network.
    pub(crate) async fn invitation(&self) -> Result<Invitation, Failure> {
        match self {
            Self::Here(host, _) => host.invitation().await,
            Self::There(remote) => remote.get("/api/network").await,
        }
    }
}

enum Found {
    Running(Remote),
    Free(Lock),
}

/// Waits until a message is at least on disk at its conversation's home. `events` must be older than the message.
pub(crate) async fn wait_until_sent(
    link: &Link,
    events: &mut Events,
    message: &Message,
    patience: Duration,
) -> MessageState {
    let sent = async {
        loop {
            match events.next().await {
                Some(Event::State {
                    conversation,
                    id,
                    state,
                }) if conversation == message.conversation
                    && id == message.id
                    && state > MessageState::Waiting =>
                {
                    return state;
                }
                Some(Event::Lagged) => {
                    let newest = link.messages(message.conversation, 100).await.unwrap_or_default();
                    let ours = newest.into_iter().find(|other| other.id == message.id);
                    if let Some(ours) = ours.filter(|ours| ours.state > MessageState::Waiting) {
                        return ours.state;
                    }
                }
                Some(_) => {}
                None => return MessageState::Waiting,
            }
        }
    };
    if message.state > MessageState::Waiting {
        return message.state;
    }
    tokio::time::timeout(patience, sent)
        .await
        .unwrap_or(MessageState::Waiting)
}
