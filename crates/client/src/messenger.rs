//! The SDK: a messenger in a host program.

mod chats;
mod exposure;
mod files;
mod imports;
mod library;
mod messages;
mod profile;
mod search;

use std::path::PathBuf;
use std::sync::Arc;

pub use exposure::sealed_bytes;
pub use files::{OpenFile, Pieces, SendFilesError};
pub use library::{KeepError, LibrarySendError};
pub use profile::SetPictureError;
use tokio::runtime::Handle;
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use xchat_blobs::BlobStore;
use xchat_core::account::{Identity, RegistrationError};
use xchat_core::contacts::ContactError;
use xchat_core::directory::{DirectoryView, EvidenceView, OwnRecordChange, ReleaseError, TrustError};
use xchat_core::error::MachineError;
use xchat_core::io::{ConversationId, ConversationView, RequestId, RequestView};
use xchat_core::lookup::{LookupError, NameStanding};
use xchat_core::machine::{AcceptError, Machine, NoteError};
use xchat_core::phrase::Phrase;
use xchat_core::safety::{SafetyError, SafetyView};
use xchat_net::endpoint::Listen;
use xchat_proto::invitation::NetworkInvitation;
use xchat_proto::name::Name;
use zeroize::Zeroizing;

use crate::body::{Body, COMMANDS_MAX, Command, reply};
use crate::error::{CallError, NoNetwork};
use crate::imports::Imports;
use crate::media::Files;
use crate::profile::{Profile, ProfileError};
use crate::report::NetworkReport;
use crate::updates::{UPDATES_MAX, Update, Updates};
use crate::window::Windows;
use rand_chacha::ChaCha20Rng;

/// What makes a messenger.
#[derive(Debug)]
pub struct MessengerConfig {
    /// The profile. The messenger keeps it until it is shut down.
    pub profile: Profile,
    /// Where other devices can connect directly. Port 0 takes the one of the last run if it is free.
    pub listen: Listen,
    /// A program that decodes a picture when it is started with the argument `media-worker`: a `main` that confines the
    /// process and then calls [`crate::run_media_worker`]. Without one pictures are decoded in this process.
    pub media_worker: Option<PathBuf>,
}

impl MessengerConfig {
    /// A messenger on all interfaces, at any port.
    pub fn new(profile: Profile) -> Self {
        Self {
            profile,
            listen: Listen::Everywhere { port: 0 },
            media_worker: None,
        }
    }
}

/// A running messenger. Clones are the same messenger; when the last is dropped, it stops.
///
/// It runs on a thread of its own and on the tokio runtime in which it was started, which must outlive it. Before a
/// process ends, [`Self::shutdown`] is to be waited for: what the database works with is freed then, and a thread that
/// still has it would crash.
#[derive(Clone)]
pub struct Messenger {
    commands: mpsc::Sender<Command>,
    updates: broadcast::WeakSender<Update>,
    /// Closed when the body has ended.
    running: watch::Receiver<()>,
    files: Arc<Files>,
    windows: Windows,
    imports: Arc<Imports>,
}

impl std::fmt::Debug for Messenger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Messenger(..)")
    }
}

impl Messenger {
    /// Starts the messenger of a profile. What was under way when it last stopped goes on by itself.
    ///
    /// # Errors
    /// [`ProfileError`] when the database can't be opened.
    pub async fn start(config: MessengerConfig) -> Result<Self, ProfileError> {
        let (commands, obeyed) = mpsc::channel(COMMANDS_MAX);
        let (updates, _) = broadcast::channel(UPDATES_MAX);
        let (stopped, running) = watch::channel(());
        let (opened, is_open) = oneshot::channel();
        let store = BlobStore::new(config.profile.blobs_folder()).map_err(ProfileError::from)?;
        let files = Arc::new(Files::new(store, config.media_worker)?);
        let windows = Windows::default();
        let messenger = Self {
            commands,
            updates: updates.downgrade(),
            running,
            files: Arc::clone(&files),
            windows: windows.clone(),
            imports: Arc::default(),
        };
        let runtime = Handle::current();
        let thread = std::thread::Builder::new().name("xchat-messenger".to_owned());
        thread.spawn(move || {
            match Body::open(config.profile, config.listen, windows, obeyed, updates) {
                Err(error) => reply(opened, Err(error)),
                Ok(body) => {
                    body.sweep(&files);
                    drop(files);
                    reply(opened, Ok(()));
                    runtime.block_on(body.run());
                }
            }
            drop(stopped);
        })?;
        match is_open.await {
            Ok(outcome) => outcome.map(|()| messenger),
            Err(_) => Err(ProfileError::Storage("the messenger could not start".to_owned())),
        }
    }

    /// What happens from now on. Whoever doesn't take it in time is told what it missed.
    pub fn subscribe(&self) -> Updates {
        match self.updates.upgrade() {
            Some(updates) => Updates::new(updates.subscribe()),
            // A stopped messenger tells nothing more.
            None => Updates::new(broadcast::channel(1).1),
        }
    }

    /// Makes an account in this profile, and returns its recovery phrase, which is shown this once.
    ///
    /// # Errors
    /// [`MachineError`] when there is an account already or it can't be stored.
    pub async fn create_account(&self) -> Result<Phrase, CallError<MachineError>> {
        self.call(|machine, now_ms, rng| machine.create_account(now_ms, rng))
            .await
    }

    /// The account, when there is one.
    ///
    /// # Errors
    /// Only when the messenger has stopped.
    pub async fn identity(&self) -> Result<Option<Identity>, CallError<MachineError>> {
        self.call(|machine, _, _| Ok(machine.identity())).await
    }

    /// Joins a network, or learns new nodes of it.
    ///
    /// # Errors
    /// [`MachineError`] when it is another network than the joined one, or it can't be stored.
    pub async fn join_network(&self, invitation: NetworkInvitation) -> Result<(), CallError<MachineError>> {
        self.call(move |machine, now_ms, rng| machine.join_network(now_ms, rng, &invitation))
            .await
    }

    /// The network that the profile has joined, as it was invited.
    ///
    /// # Errors
    /// Only when the messenger has stopped.
    pub async fn network(&self) -> Result<Option<NetworkInvitation>, CallError<MachineError>> {
        self.call(|machine, _, _| Ok(machine.network().cloned())).await
    }

    /// The invitation into the network for others: its nodes, and who decides by now, where the genesis doesn't tell.
    ///
    /// # Errors
    /// [`MachineError`] when the profile can't be read.
    pub async fn invitation(&self) -> Result<Option<NetworkInvitation>, CallError<MachineError>> {
        self.call(|machine, _, _| machine.invitation()).await
    }

    /// Takes from an invitation into the joined network who decides by now, after this device has not seen the network
    /// for so long that it can't tell ([`crate::Event::TrustExpired`]). Whoever made it is believed in this.
    ///
    /// # Errors
    /// [`TrustError`] when it is of no use.
    pub async fn renew_trust(&self, invitation: NetworkInvitation) -> Result<(), CallError<TrustError>> {
        self.call(move |machine, now_ms, rng| machine.renew_trust(now_ms, rng, &invitation))
            .await
    }

    /// What is known of the network's directory: height, operators, and the nodes with what they did.
    ///
    /// # Errors
    /// [`MachineError`] when the profile can't be read.
    pub async fn directory(&self) -> Result<Option<DirectoryView>, CallError<MachineError>> {
        self.call(|machine, _, _| machine.directory()).await
    }

    /// Proofs that the network's operators have shown two truths. As long as the user has not seen them, nobody new is
    /// looked up.
    ///
    /// # Errors
    /// [`MachineError`] when the profile can't be read.
    pub async fn evidence(&self) -> Result<Vec<EvidenceView>, CallError<MachineError>> {
        self.call(|machine, _, _| machine.evidence()).await
    }

    /// The user has seen the proofs that the network's operators have shown two truths.
    ///
    /// # Errors
    /// [`MachineError`] when the profile can't be written.
    pub async fn acknowledge_evidence(&self) -> Result<(), CallError<MachineError>> {
        self.call(|machine, now_ms, rng| machine.acknowledge_evidence(now_ms, rng))
            .await
    }

    /// A change of the own record that was made elsewhere, until it is acknowledged.
    ///
    /// # Errors
    /// [`MachineError`] when the profile can't be read.
    pub async fn own_record_change(&self) -> Result<Option<OwnRecordChange>, CallError<MachineError>> {
        self.call(|machine, _, _| machine.own_record_change()).await
    }

    /// The user has seen the change of the own record.
    ///
    /// # Errors
    /// [`MachineError`] when the profile can't be written.
    pub async fn acknowledge_own_record_change(&self) -> Result<(), CallError<MachineError>> {
        self.call(|machine, now_ms, rng| machine.acknowledge_own_record_change(now_ms, rng))
            .await
    }

    /// Gives the name up, and waits until that is final. Conversations go on under it; nobody new finds this account.
    /// While the name rests, a restoration with the account's words takes it back; afterwards nothing does.
    ///
    /// # Errors
    /// [`ReleaseError`], most likely that the network is out of reach.
    pub async fn release_name(&self) -> Result<(), CallError<ReleaseError>> {
        self.ask(Command::Release).await
    }

    /// The user opens a conversation: the directory is asked whether the other person has changed, unless it was
    /// lately.
    ///
    /// # Errors
    /// [`MachineError`] when the profile can't be read.
    pub async fn open_conversation(
        &self,
        conversation: ConversationId,
    ) -> Result<(), CallError<MachineError>> {
        self.call(move |machine, now_ms, rng| machine.open_conversation(now_ms, rng, conversation))
            .await
    }

    /// How a name stands, as the directory proves. It needs a network and no account. Asked often, as while somebody
    /// types, it is cheap: of many questions at a time only the newest are answered.
    ///
    /// # Errors
    /// [`LookupError`], most likely that the network is out of reach.
    pub async fn look_up(&self, name: Name) -> Result<NameStanding, CallError<LookupError>> {
        self.ask(|answer| Command::LookUp(name, answer)).await
    }

    /// Takes a name for the account, and waits until it is final.
    ///
    /// # Errors
    /// [`RegistrationError`], most likely that the name is taken.
    pub async fn register(&self, name: Name) -> Result<(), CallError<RegistrationError>> {
        self.ask(|answer| Command::Register(name, answer)).await
    }

    /// Brings an account back with its words and name, and waits until that is final. This becomes a new device.
    ///
    /// # Errors
    /// [`RegistrationError`], most likely that the words don't belong to the name.
    pub async fn restore(&self, phrase: Phrase, name: Name) -> Result<(), CallError<RegistrationError>> {
        let phrase = Box::new(phrase);
        self.ask(|answer| Command::Restore(phrase, name, answer)).await
    }

    /// Finds a person by name. The conversation is there at once if there is one; else a request is on its way to them.
    ///
    /// # Errors
    /// [`ContactError`], most likely that nobody has the name.
    pub async fn contact(&self, name: Name) -> Result<ConversationId, CallError<ContactError>> {
        self.ask(|answer| Command::Contact(name, answer)).await
    }

    /// The conversation with oneself, made when there is none yet: messages are kept at the home like others, and come
    /// as far as sent.
    ///
    /// # Errors
    /// [`NoteError`] when this account has no name yet.
    pub async fn note(&self) -> Result<ConversationId, CallError<NoteError>> {
        self.call(|machine, now_ms, rng| machine.note(now_ms, rng)).await
    }

    /// Waits until all that lay at the homes when the messenger started has been read: the inbox, and every
    /// conversation in use. As long as a home is out of reach it waits, so the caller sets the limit.
    ///
    /// # Errors
    /// Only when the messenger has stopped.
    pub async fn caught_up(&self) -> Result<(), CallError<MachineError>> {
        self.ask(Command::CaughtUp).await
    }

    /// All conversations.
    ///
    /// # Errors
    /// [`MachineError`] when the profile can't be read.
    pub async fn conversations(&self) -> Result<Vec<ConversationView>, CallError<MachineError>> {
        self.call(|machine, _, _| machine.conversations()).await
    }

    /// One conversation.
    ///
    /// # Errors
    /// [`MachineError`] when the profile can't be read.
    pub async fn conversation(
        &self,
        conversation: ConversationId,
    ) -> Result<Option<ConversationView>, CallError<MachineError>> {
        self.call(move |machine, _, _| machine.conversation(conversation))
            .await
    }

    /// The conversation with a person, when there is one.
    ///
    /// # Errors
    /// [`MachineError`] when the profile can't be read.
    pub async fn conversation_with(
        &self,
        name: Name,
    ) -> Result<Option<ConversationId>, CallError<MachineError>> {
        self.call(move |machine, _, _| machine.conversation_with(&name))
            .await
    }

    /// Message requests that wait for a decision.
    ///
    /// # Errors
    /// [`MachineError`] when the profile can't be read.
    pub async fn requests(&self) -> Result<Vec<RequestView>, CallError<MachineError>> {
        self.call(|machine, _, _| machine.requests()).await
    }

    /// Accepts a message request.
    ///
    /// # Errors
    /// [`AcceptError`] when the request is gone or doesn't hold.
    pub async fn accept(&self, request: RequestId) -> Result<ConversationId, CallError<AcceptError>> {
        self.call(move |machine, now_ms, rng| machine.accept(now_ms, rng, request))
            .await
    }

    /// Declines a message request. Who sent it is not told.
    ///
    /// # Errors
    /// [`MachineError`] when the profile can't be written.
    pub async fn decline(&self, request: RequestId) -> Result<(), CallError<MachineError>> {
        self.call(move |machine, now_ms, rng| machine.decline(now_ms, rng, request))
            .await
    }

    /// Everything up to the row has been read.
    ///
    /// # Errors
    /// [`MachineError`] when the profile can't be written.
    pub async fn mark_read(
        &self,
        conversation: ConversationId,
        row: i64,
    ) -> Result<(), CallError<MachineError>> {
        self.call(move |machine, now_ms, rng| machine.mark_read(now_ms, rng, conversation, row))
            .await
    }

    /// The safety number of a conversation. The directory is asked anew when its last answer is older than a minute;
    /// the conversation's next event tells that it has answered.
    ///
    /// # Errors
    /// [`SafetyError`] when there is no such conversation, or nobody in it yet.
    pub async fn safety(&self, conversation: ConversationId) -> Result<SafetyView, CallError<SafetyError>> {
        self.call(move |machine, now_ms, rng| machine.safety(now_ms, rng, conversation))
            .await
    }

    /// The user has compared the safety number, or takes that back, which also accepts one that has changed.
    ///
    /// # Errors
    /// [`SafetyError`] when there is no such conversation, or nobody in it yet.
    pub async fn set_verified(
        &self,
        conversation: ConversationId,
        is_verified: bool,
    ) -> Result<(), CallError<SafetyError>> {
        self.call(move |machine, now_ms, rng| machine.set_verified(now_ms, rng, conversation, is_verified))
            .await
    }

    /// Compares with the code that the other side shows ([`SafetyView::code`]). When it is the same, the conversation
    /// is verified.
    ///
    /// # Errors
    /// [`SafetyError`] when it is no code, or another person's.
    pub async fn compare(
        &self,
        conversation: ConversationId,
        scanned_code: &str,
    ) -> Result<bool, CallError<SafetyError>> {
        let scanned = scanned_code.to_owned();
        self.call(move |machine, now_ms, rng| machine.compare(now_ms, rng, conversation, &scanned))
            .await
    }

    /// Whether the user is typing in a conversation.
    ///
    /// # Errors
    /// [`MachineError`] when the profile can't be read.
    pub async fn set_typing(
        &self,
        conversation: ConversationId,
        is_typing: bool,
    ) -> Result<(), CallError<MachineError>> {
        self.call(move |machine, now_ms, rng| machine.set_typing(now_ms, rng, conversation, is_typing))
            .await
    }

    /// Whether the user is looking.
    ///
    /// # Errors
    /// [`MachineError`] when the profile can't be read.
    pub async fn set_present(&self, is_present: bool) -> Result<(), CallError<MachineError>> {
        self.call(move |machine, now_ms, rng| machine.set_present(now_ms, rng, is_present))
            .await
    }

    /// Sets, changes or (with `None`) removes the passphrase of the profile.
    ///
    /// # Errors
    /// [`ProfileError`] when it can't be written; then the old one holds.
    pub async fn set_passphrase(&self, passphrase: Option<String>) -> Result<(), CallError<ProfileError>> {
        let passphrase = passphrase.map(Zeroizing::new);
        self.ask(|answer| Command::SetPassphrase(passphrase, answer))
            .await
    }

    /// How the network looks from here. It asks every node, so it may take seconds.
    ///
    /// # Errors
    /// [`NoNetwork`] when there is none to ask.
    pub async fn network_report(&self) -> Result<NetworkReport, CallError<NoNetwork>> {
        self.ask(Command::Report).await
    }

    /// Stops: everything is on disk already, the connections are closed in order, and the profile is free again.
    pub async fn shutdown(&self) {
        // An error means that it has stopped already.
        let _ = self.commands.send(Command::ShutDown).await;
        let mut running = self.running.clone();
        while running.changed().await.is_ok() {}
    }

    async fn call<T, E>(
        &self,
        call: impl FnOnce(&mut Machine, u64, &mut ChaCha20Rng) -> Result<T, E> + Send + 'static,
    ) -> Result<T, CallError<E>>
    where
        T: Send + 'static,
        E: Send + 'static,
    {
        self.ask(|answer| {
            Command::Call(Box::new(move |machine, now_ms, rng| {
                reply(answer, call(machine, now_ms, rng));
            }))
        })
        .await
    }

    async fn ask<T, E>(
        &self,
        command: impl FnOnce(oneshot::Sender<Result<T, E>>) -> Command,
    ) -> Result<T, CallError<E>> {
        let (answer, answered) = oneshot::channel();
        let sent = self.commands.send(command(answer)).await;
        sent.map_err(|_| CallError::Stopped)?;
        let outcome = answered.await.map_err(|_| CallError::Stopped)?;
        Ok(outcome?)
    }
}
