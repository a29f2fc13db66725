//! The seam to the messenger and the node: starts them, asks them, and translates between their plain data and ours.
//!
//! Architecture Invariant: nothing else in the app names the SDK or the node's crate, save the stand-alone node.

mod chats;
mod directory;
mod exposure;
mod failures;
pub(crate) mod files;
mod imports;
pub(crate) mod library;
pub(crate) mod me;
mod messages;
pub(crate) mod nodes;
pub(crate) mod operators;
mod search;
mod storage;
mod texts;
mod twins;

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, PoisonError};

use tokio::sync::Mutex;
pub(crate) use xchat_client::run_media_worker;
use xchat_client::{
    ConversationId, Listen, Messenger, MessengerConfig, NetworkInvitation, Profile as Store, ProfileError,
    RequestId, Update, Updates,
};
use xchat_node::NodeHandle;
use zeroize::Zeroizing;

use self::failures::{failed, refused};
pub(crate) use xchat_client::Place;

pub(crate) use self::texts::{check_link, check_phrase, name};
use self::texts::{parse_link, parse_name, parse_phrase};
use crate::clock;
use crate::dto;
use crate::failure::{Failure, Kind};
use crate::profile::Profile;
use crate::profile::settings::Settings;

/// The version of the program.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// No difference of the clocks has been told.
const CLOCK_UNKNOWN: i64 = i64::MIN;

/// What is wished of a messenger that is started.
#[derive(Clone, Default)]
pub(crate) struct Wishes {
    /// The invitation into the network to join.
    pub(crate) join: Option<String>,
    /// The port of the own network's node.
    pub(crate) node_port: Option<u16>,
    /// Whether the own network is for this machine only.
    pub(crate) loopback: bool,
    /// Whether a profile may be begun.
    pub(crate) may_begin: bool,
    /// The passphrase.
    pub(crate) passphrase: Option<String>,
}

/// A running messenger, with the node of its network where that runs in this process.
#[derive(Debug)]
pub(crate) struct Host {
    profile: String,
    messenger: Messenger,
    node: Mutex<Option<NodeHandle>>,
    runs_node: bool,
    has_passphrase: AtomicBool,
    /// The words of an account that was made here, until they are confirmed.
    words: std::sync::Mutex<Option<Zeroizing<String>>>,
    clock_difference_ms: Arc<AtomicI64>,
}

/// What happens, in our words.
#[derive(Debug)]
pub(crate) struct Events(Updates);

impl Events {
    /// The next event, or nothing more once the messenger has stopped.
    pub(crate) async fn next(&mut self) -> Option<dto::Event> {
        loop {
            if let Some(event) = twins::event(self.0.next().await?) {
                return Some(event);
            }
        }
    }
}

/// Bytes in hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

/// Whether a passphrase protects the messenger's store.
///
/// # Errors
/// When the store can't be opened for another reason.
pub(crate) fn is_protected(profile: &Profile) -> Result<bool, Failure> {
    let folder = profile.client_folder();
    if !Store::is_there(&folder) {
        return Ok(false);
    }
    match Store::open(&folder, None) {
        Ok(_) => Ok(false),
        Err(ProfileError::PassphraseNeeded) => Ok(true),
        Err(error) => Err(failed(&error)),
    }
}

impl Host {
    /// Starts the messenger, and before it the node where the network is the profile's own.
    ///
    /// # Errors
    /// When either can't be started, or the profile belongs to another network.
    pub(crate) async fn start(profile: &Profile, wishes: Wishes) -> Result<Self, Failure> {
        let invitation = wishes.join.as_deref().map(parse_link).transpose()?;
        let before = Settings::read(profile)?;
        let settings = match before.begun {
            true => before.clone(),
            false => Settings {
                begun: true,
                own_network: invitation.is_none(),
                loopback: wishes.loopback,
                page_port: before.page_port,
            },
        };
        if settings.own_network && invitation.is_some() {
            let message = "this profile has a network of its own";
            return Err(Failure::new(Kind::Refused, "other-network", message)
                .advise("Join the other one as somebody else, with --profile"));
        }
        let has_passphrase = wishes.passphrase.is_some() || is_protected(profile)?;
        // A wrong passphrase shows before anything runs, and a port in use before anything is made.
        let store = match Store::is_there(&profile.client_folder()) {
            true => Some(open_store(profile, wishes.passphrase.as_deref())?),
            false => None,
        };
        let node = match settings.own_network {
            true => Some(nodes::start_own(profile, settings.loopback, wishes.node_port).await?),
            false => None,
        };
        let store = match store {
            Some(store) => store,
            None => open_store(profile, wishes.passphrase.as_deref())?,
        };
        let listen = match settings.loopback {
            true => Listen::Sockets(vec![nodes::loopback(0)]),
            false => Listen::Everywhere { port: 0 },
        };
        let messenger = Messenger::start(MessengerConfig {
            listen,
            media_worker: std::env::current_exe().ok(),
            ..MessengerConfig::new(store)
        })
        .await
        .map_err(|error| failed(&error))?;
        let own = node.as_ref().and_then(NodeHandle::invitation);
        let host = Self {
            profile: profile.name().to_owned(),
            runs_node: node.is_some(),
            has_passphrase: AtomicBool::new(has_passphrase),
            words: std::sync::Mutex::new(None),
            node: Mutex::new(node),
            clock_difference_ms: watch_clock(&messenger),
            messenger,
        };
        match host.enter(own.or(invitation), profile, &settings, &before).await {
            Ok(()) => Ok(host),
            Err(failure) => {
                host.shutdown().await;
                Err(failure)
            }
        }
    }

    async fn enter(
        &self,
        invitation: Option<NetworkInvitation>,
        profile: &Profile,
        settings: &Settings,
        before: &Settings,
    ) -> Result<(), Failure> {
        if let Some(invitation) = invitation {
            self.join_invitation(invitation).await?;
        }
        if settings == before {
            Ok(())
        } else {
            settings.write(profile)
        }
    }

    /// Resolves when all that lay at the homes at the start has been read.
    pub(crate) async fn caught_up(&self) {
        // An error means that it has stopped: nothing more comes.
        let _stopped = self.messenger.caught_up().await;
    }

    /// Stops: what was begun is on disk, and goes on at the next start.
    pub(crate) async fn shutdown(&self) {
        self.messenger.shutdown().await;
        if let Some(node) = self.node.lock().await.take() {
            node.shutdown().await;
        }
    }

    /// What happens from now on.
    pub(crate) fn subscribe(&self) -> Events {
        Events(self.messenger.subscribe())
    }

    /// Where the profile stands.
    pub(crate) async fn profile(&self) -> Result<dto::Profile, Failure> {
        let identity = self.messenger.identity().await.map_err(refused)?;
        let network = self.messenger.network().await.map_err(refused)?;
        Ok(dto::Profile {
            profile: self.profile.clone(),
            identity: identity.as_ref().map(twins::identity),
            stage: dto::Stage::Open,
            in_network: network.is_some(),
            runs_node: self.runs_node,
            has_passphrase: self.has_passphrase.load(Ordering::Relaxed),
            version: VERSION.to_owned(),
        })
    }

    /// Creates the account, and gives its words. An account without a name gives them again while they are remembered.
    pub(crate) async fn create_account(&self) -> Result<Vec<String>, Failure> {
        let identity = self.messenger.identity().await.map_err(refused)?;
        if let (Some(identity), Some(words)) = (identity, self.words())
            && identity.name.is_none()
        {
            return Ok(words);
        }
        let phrase = self.messenger.create_account().await.map_err(refused)?;
        let words: Vec<String> = phrase.words().into_iter().map(str::to_owned).collect();
        *self.remembered() = Some(Zeroizing::new(words.join(" ")));
        Ok(words)
    }

    /// The words of the account that was made here, while they are remembered.
    pub(crate) fn words(&self) -> Option<Vec<String>> {
        let remembered = self.remembered();
        let words = remembered.as_ref()?;
        Some(words.split_whitespace().map(str::to_owned).collect())
    }

    /// Forgets the words.
    pub(crate) fn forget_words(&self) {
        *self.remembered() = None;
    }

    fn remembered(&self) -> std::sync::MutexGuard<'_, Option<Zeroizing<String>>> {
        // A panic while it was held can't leave it half changed.
        self.words.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets, changes or removes the passphrase.
    pub(crate) async fn set_passphrase(&self, passphrase: Option<String>) -> Result<(), Failure> {
        if passphrase.as_ref().is_some_and(String::is_empty) {
            return Err(Failure::usage("an empty passphrase protects nothing"));
        }
        let is_set = passphrase.is_some();
        self.messenger.set_passphrase(passphrase).await.map_err(refused)?;
        self.has_passphrase.store(is_set, Ordering::Relaxed);
        Ok(())
    }

    /// How a name stands.
    pub(crate) async fn look_up(&self, name: &str) -> Result<dto::NameLookup, Failure> {
        let name = parse_name(name)?;
        let standing = self.messenger.look_up(name.clone()).await.map_err(refused)?;
        Ok(twins::name_lookup(&name, standing))
    }

    /// Registers a name, and waits until the network has it.
    pub(crate) async fn register(&self, name: &str) -> Result<(), Failure> {
        self.messenger.register(parse_name(name)?).await.map_err(refused)
    }

    /// Brings an account back with its words and name. This becomes a new device of it.
    pub(crate) async fn restore(&self, words: &str, name: &str) -> Result<(), Failure> {
        self.messenger
            .restore(parse_phrase(words)?, parse_name(name)?)
            .await
            .map_err(refused)
    }

    /// Begins a conversation, or finds the one that there is.
    pub(crate) async fn contact(&self, name: &str) -> Result<i64, Failure> {
        let id = self.messenger.contact(parse_name(name)?).await.map_err(refused)?;
        Ok(id.0)
    }

    /// All conversations.
    pub(crate) async fn conversations(&self) -> Result<Vec<dto::Conversation>, Failure> {
        let views = self.messenger.conversations().await.map_err(refused)?;
        Ok(views.iter().map(twins::conversation).collect())
    }

    /// One conversation.
    pub(crate) async fn conversation(&self, id: i64) -> Result<dto::Conversation, Failure> {
        let view = self
            .messenger
            .conversation(ConversationId(id))
            .await
            .map_err(refused)?;
        view.as_ref().map(twins::conversation).ok_or_else(|| {
            Failure::new(
                Kind::NotFound,
                "unknown-conversation",
                "there is no such conversation",
            )
        })
    }

    /// Makes or finds the note to oneself.
    pub(crate) async fn note(&self) -> Result<i64, Failure> {
        Ok(self.messenger.note().await.map_err(refused)?.0)
    }

    /// The safety number of a conversation.
    pub(crate) async fn safety(&self, id: i64) -> Result<dto::Safety, Failure> {
        let view = self.messenger.safety(ConversationId(id)).await.map_err(refused)?;
        twins::safety(&view)
    }

    /// The owner has made sure who the other person is, or takes that back.
    pub(crate) async fn set_verified(&self, id: i64, is_verified: bool) -> Result<(), Failure> {
        let set = self.messenger.set_verified(ConversationId(id), is_verified);
        set.await.map_err(refused)
    }

    /// Compares a code that was scanned from the other person's screen.
    pub(crate) async fn compare(&self, id: i64, code: &str) -> Result<bool, Failure> {
        self.messenger
            .compare(ConversationId(id), code)
            .await
            .map_err(refused)
    }

    /// All message requests.
    pub(crate) async fn requests(&self) -> Result<Vec<dto::Request>, Failure> {
        let views = self.messenger.requests().await.map_err(refused)?;
        Ok(views.iter().map(twins::request).collect())
    }

    /// Accepts a message request.
    pub(crate) async fn accept(&self, id: i64) -> Result<i64, Failure> {
        let conversation = self.messenger.accept(RequestId(id)).await.map_err(refused)?;
        Ok(conversation.0)
    }

    /// Declines a message request.
    pub(crate) async fn decline(&self, id: i64) -> Result<(), Failure> {
        self.messenger.decline(RequestId(id)).await.map_err(refused)
    }

    /// Marks everything up to a row as read.
    pub(crate) async fn mark_read(&self, conversation: i64, row: i64) -> Result<(), Failure> {
        self.messenger
            .mark_read(ConversationId(conversation), row)
            .await
            .map_err(refused)
    }

    /// Shows that the owner is typing, or no longer.
    pub(crate) async fn set_typing(&self, conversation: i64, on: bool) -> Result<(), Failure> {
        self.messenger
            .set_typing(ConversationId(conversation), on)
            .await
            .map_err(refused)
    }

    /// Says whether the owner is looking.
    pub(crate) async fn set_present(&self, on: bool) -> Result<(), Failure> {
        self.messenger.set_present(on).await.map_err(refused)
    }

    /// What is reachable; every node is asked.
    pub(crate) async fn report(&self) -> Result<dto::Report, Failure> {
        let network = self.messenger.network().await.map_err(refused)?;
        let Some(network) = network else {
            return Ok(twins::report_without_network());
        };
        // Without an account nobody can be asked yet; what is known is told all the same.
        let report = self.messenger.network_report().await.ok();
        let people = self.messenger.conversations().await.map_err(refused)?;
        let difference = self.clock_difference_ms.load(Ordering::Relaxed);
        let difference = (difference != CLOCK_UNKNOWN).then_some(difference);
        Ok(twins::report(&network, report.as_ref(), &people, difference))
    }

    /// The invitation into the network.
    pub(crate) async fn invitation(&self) -> Result<dto::Invitation, Failure> {
        let network = self.messenger.invitation().await.map_err(refused)?;
        let mut network = network.ok_or_else(|| {
            Failure::new(
                Kind::Unreachable,
                "no-network",
                "this profile belongs to no network yet",
            )
            .advise("Join one with xchat --join INVITATION")
        })?;
        let identity = self.messenger.identity().await.map_err(refused)?;
        network.from = identity
            .filter(|identity| identity.registered)
            .and_then(|identity| identity.name);
        twins::invitation(&network)
    }

    /// Joins the network of an invitation.
    pub(crate) async fn join(&self, link: &str) -> Result<(), Failure> {
        self.join_invitation(parse_link(link)?).await
    }

    async fn join_invitation(&self, invitation: NetworkInvitation) -> Result<(), Failure> {
        let known = self.messenger.network().await.map_err(refused)?;
        if known.is_some_and(|known| known.genesis != invitation.genesis) {
            let message = "this profile belongs to another network";
            return Err(Failure::new(Kind::Refused, "other-network", message)
                .advise("Join this one as somebody else, with --profile"));
        }
        self.messenger.join_network(invitation).await.map_err(refused)
    }
}

fn open_store(profile: &Profile, passphrase: Option<&str>) -> Result<Store, Failure> {
    let folder = profile.client_folder();
    let opened = match Store::is_there(&folder) {
        true => Store::open(&folder, passphrase),
        false => Store::create(&folder, passphrase),
    };
    opened.map_err(|error| failed(&error))
}

/// Remembers by how much the clocks differ, when the messenger tells.
fn watch_clock(messenger: &Messenger) -> Arc<AtomicI64> {
    let difference_ms = Arc::new(AtomicI64::new(CLOCK_UNKNOWN));
    let told = Arc::clone(&difference_ms);
    let mut updates = messenger.subscribe();
    tokio::spawn(async move {
        while let Some(update) = updates.next().await {
            if let Update::Event(xchat_client::Event::ClockOff { network_ms }) = update {
                let signed = |ms| i64::try_from(ms).unwrap_or(i64::MAX);
                told.store(
                    signed(clock::now_ms()).saturating_sub(signed(network_ms)),
                    Ordering::Relaxed,
                );
            }
        }
    });
    difference_ms
}
