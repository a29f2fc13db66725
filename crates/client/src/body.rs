//! The body: one thread that owns the machine, feeds it and has its outputs carried out.
//!
//! SQLite is synchronous, so the machine has a thread of its own; it waits for nothing but its own disk. Everything
//! that comes from outside waits in bounded queues, and their fullness holds the network back.

mod asked;
mod searches;
mod substitute;

use std::collections::VecDeque;
use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::time::sleep;
use xchat_blobs::BlobStore;
use xchat_core::account::RegistrationError;
use xchat_core::contacts::ContactError;
use xchat_core::directory::ReleaseError;
use xchat_core::error::MachineError;
use xchat_core::io::{ConversationId, Event, Input, Output};
use xchat_core::lookup::{LookupError, NameStanding};
use xchat_core::machine::Machine;
use xchat_core::phrase::Phrase;
use xchat_core::reader::{ImportedPage, ImportedQuery, SearchError, SearchPage, SearchQuery};
use xchat_net::endpoint::{BindError, Listen};
use xchat_proto::address::Endpoint;
use xchat_proto::name::Name;
use zeroize::Zeroizing;

use crate::clock;
use crate::entropy::Entropy;
use crate::error::NoNetwork;
use crate::media::Files;
use crate::network::{Network, NetworkStart};
use crate::profile::{Profile, ProfileError};
use crate::report::{Lanes, NetworkReport};
use crate::updates::Update;
use crate::window::Windows;
use asked::Asked;
use searches::Searches;
use substitute::substitute;

/// Commands that wait for the machine.
pub(crate) const COMMANDS_MAX: usize = 256;
/// Inputs from the network that wait for the machine.
const INPUTS_MAX: usize = 256;
/// How long after a failure of the disk it is tried again.
const STORAGE_RETRY: Duration = Duration::from_secs(1);
/// How long after a failure of the sockets it is tried again.
const NETWORK_RETRY: Duration = Duration::from_secs(5);
/// The timer of a sleeping computer stands still, so no single sleep is longer.
const SLEEP_MS_MAX: u64 = 30_000;
/// A machine that wants to be woken all the time gets a chance to do other things.
const SLEEP_MS_MIN: u64 = 1;
/// Commands go before inputs, as somebody waits for them; after so many it is an input's turn.
const COMMANDS_IN_A_ROW: u32 = 8;

/// A call of the machine, with its answer inside.
pub(crate) type Call = Box<dyn FnOnce(&mut Machine, u64, &mut ChaCha20Rng) + Send>;
/// Where an answer goes.
pub(crate) type Answer<T> = oneshot::Sender<T>;

/// What the user's side asks.
pub(crate) enum Command {
    Call(Call),
    Register(Name, Answer<Result<(), RegistrationError>>),
    Restore(Box<Phrase>, Name, Answer<Result<(), RegistrationError>>),
    Contact(Name, Answer<Result<ConversationId, ContactError>>),
    LookUp(Name, Answer<Result<NameStanding, LookupError>>),
    Release(Answer<Result<(), ReleaseError>>),
    /// Waits until there is nothing more to read.
    CaughtUp(Answer<Result<(), MachineError>>),
    SetPassphrase(Option<Zeroizing<String>>, Answer<Result<(), ProfileError>>),
    Report(Answer<Result<NetworkReport, NoNetwork>>),
    Lanes(Answer<Result<Lanes, NoNetwork>>),
    Search(SearchQuery, Answer<Result<SearchPage, SearchError>>),
    SearchImported(ImportedQuery, Answer<Result<ImportedPage, SearchError>>),
    ShutDown,
}

/// What decides whether the network side must be made anew.
#[derive(PartialEq, Eq)]
struct Ground {
    nodes: Vec<Endpoint>,
    device_seed: Option<Zeroizing<[u8; 32]>>,
}

pub(crate) struct Body {
    machine: Machine,
    profile: Profile,
    files: BlobStore,
    windows: Windows,
    searches: Searches,
    entropy: Entropy,
    listen: Listen,
    network: Option<Network>,
    ground: Option<Ground>,
    commands: mpsc::Receiver<Command>,
    inputs: mpsc::Receiver<Input>,
    hand_in: mpsc::Sender<Input>,
    /// Inputs that are known already, and go before those that wait outside.
    due: VecDeque<Input>,
    is_stalled: bool,
    commands_in_a_row: u32,
    /// The last step was a wake.
    is_awake: bool,
    /// A mark of the machine that could not be written to its file yet.
    unkept_mark: Option<[u8; 32]>,
    asked: Asked,
    updates: broadcast::Sender<Update>,
}

#[expect(
    clippy::large_enum_variant,
    reason = "one at a time, on the stack: a box would cost each input an allocation"
)]
enum Step {
    Command(Option<Command>),
    Input(Input),
    RetryStorage,
    RetryNetwork,
    Look,
}

impl Body {
    /// Opens the profile's database. It blocks.
    pub(crate) fn open(
        mut profile: Profile,
        listen: Listen,
        windows: Windows,
        commands: mpsc::Receiver<Command>,
        updates: broadcast::Sender<Update>,
    ) -> Result<Self, ProfileError> {
        let machine = profile.machine(clock::now_ms())?;
        let files = BlobStore::new(profile.blobs_folder())?;
        let searches = Searches::start(profile.reader()?)?;
        let (hand_in, inputs) = mpsc::channel(INPUTS_MAX);
        Ok(Self {
            machine,
            profile,
            files,
            windows,
            searches,
            entropy: Entropy::new()?,
            listen,
            network: None,
            ground: None,
            commands,
            inputs,
            hand_in,
            due: VecDeque::new(),
            is_stalled: false,
            commands_in_a_row: 0,
            is_awake: false,
            unkept_mark: None,
            asked: Asked::default(),
            updates,
        })
    }

    /// Removes files that no message has. It blocks.
    pub(crate) fn sweep(&self, files: &Files) {
        let swept = match self.machine.blob_files() {
            Ok(known) => files.sweep(known).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        if let Err(error) = swept {
            tracing::warn!(error, "what a crash has left could not be removed");
        }
    }

    /// Runs until it is shut down, or nobody can command it any more.
    pub(crate) async fn run(mut self) {
        loop {
            self.follow_ground().await;
            self.carry_out();
            let step = self.next().await;
            self.commands_in_a_row = match step {
                Step::Command(_) => self.commands_in_a_row.saturating_add(1),
                _ => 0,
            };
            self.is_awake = matches!(step, Step::Input(Input::Wake));
            match step {
                Step::Command(None | Some(Command::ShutDown)) => break,
                Step::Command(Some(command)) => self.obey(command),
                Step::Input(input) => self.feed(input),
                Step::RetryStorage => self.retry_storage(),
                Step::RetryNetwork => self.ground = None,
                Step::Look => {}
            }
        }
        // From here on no network task waits for a machine that takes nothing more.
        self.inputs.close();
        self.searches.end().await;
        if let Some(network) = self.network {
            network.shut_down().await;
        }
    }

    async fn next(&mut self) -> Step {
        let now_ms = clock::now_ms();
        let wake_ms = self.machine.wake_at().map(|at_ms| at_ms.saturating_sub(now_ms));
        // However much comes in, timers have their turn.
        if !self.is_stalled && !self.is_awake && wake_ms == Some(0) {
            return Step::Input(Input::Wake);
        }
        if !self.is_stalled
            && let Some(input) = self.due.pop_front()
        {
            return match self.commands.try_recv() {
                Err(_) => Step::Input(input),
                Ok(command) => {
                    self.due.push_front(input);
                    Step::Command(Some(command))
                }
            };
        }
        if !self.is_stalled
            && self.commands_in_a_row >= COMMANDS_IN_A_ROW
            && let Ok(input) = self.inputs.try_recv()
        {
            return Step::Input(input);
        }
        let nap_ms = wake_ms.unwrap_or(u64::MAX).clamp(SLEEP_MS_MIN, SLEEP_MS_MAX);
        let is_wake = wake_ms.is_some_and(|wake_ms| wake_ms <= SLEEP_MS_MAX);
        let lacks_network = self.network.is_none() && self.ground.is_some();
        tokio::select! {
            biased;
            command = self.commands.recv() => Step::Command(command),
            Some(input) = self.inputs.recv(), if !self.is_stalled => Step::Input(input),
            () = sleep(STORAGE_RETRY), if self.is_stalled => Step::RetryStorage,
            () = sleep(NETWORK_RETRY), if lacks_network => Step::RetryNetwork,
            () = sleep(Duration::from_millis(nap_ms)), if !self.is_stalled => match is_wake {
                true => Step::Input(Input::Wake),
                false => Step::Look,
            },
        }
    }

    fn obey(&mut self, command: Command) {
        self.keep_mark();
        let (now_ms, rng) = (clock::now_ms(), self.entropy.fresh());
        match command {
            Command::Call(call) => call(&mut self.machine, now_ms, rng),
            Command::Register(name, answer) => match self.machine.register(now_ms, rng, name) {
                Ok(()) => self.asked.registration(answer),
                Err(error) => reply(answer, Err(error)),
            },
            Command::Restore(phrase, name, answer) => {
                match self.machine.restore(now_ms, rng, *phrase, name) {
                    Ok(()) => self.asked.registration(answer),
                    Err(error) => reply(answer, Err(error)),
                }
            }
            Command::Contact(name, answer) => match self.machine.contact(now_ms, rng, name) {
                Ok(tag) => self.asked.contact(tag, answer),
                Err(error) => reply(answer, Err(error)),
            },
            Command::LookUp(name, answer) => match self.machine.look_up(now_ms, rng, name) {
                Ok(tag) => self.asked.name(tag, answer),
                Err(error) => reply(answer, Err(error)),
            },
            Command::Release(answer) => match self.machine.release_name(now_ms, rng) {
                Ok(()) => self.asked.release(answer),
                Err(error) => reply(answer, Err(error)),
            },
            Command::CaughtUp(answer) => self.asked.caught_up(answer),
            Command::SetPassphrase(passphrase, answer) => {
                let passphrase = passphrase.as_ref().map(|text| text.as_str());
                reply(answer, self.profile.set_passphrase(passphrase));
            }
            Command::Report(answer) => match &self.network {
                None => reply(answer, Err(NoNetwork)),
                Some(network) => {
                    let known = self.machine.directory().ok().flatten();
                    let nodes = known.map_or_else(Vec::new, |known| known.nodes);
                    let report = network.report(nodes);
                    tokio::spawn(async move { reply(answer, Ok(report.await)) });
                }
            },
            Command::Lanes(answer) => {
                reply(answer, self.network.as_ref().map(Network::lanes).ok_or(NoNetwork));
            }
            Command::Search(query, answer) => {
                self.searches.ask(answer, move |reader| reader.search(&query));
            }
            Command::SearchImported(query, answer) => {
                self.searches
                    .ask(answer, move |reader| reader.search_imported(&query));
            }
            Command::ShutDown => {}
        }
    }

    /// Gives the machine an input. When it can't keep it, it gets the equivalent of a lost connection later on.
    fn feed(&mut self, input: Input) {
        let (stands_in, log) = substitute(&input);
        let fed = self.machine.handle(clock::now_ms(), self.entropy.fresh(), input);
        match fed {
            Ok(()) => self.recover(),
            Err(error) => {
                tracing::error!(code = error.code(), "an input could not be handled");
                if let (Some(log), Some(network)) = (log, &mut self.network) {
                    // The frames behind the lost one must not reach the machine: it subscribes again at its cursor.
                    network.unsubscribe(&log);
                }
                self.due.extend(stands_in);
                self.stall(matches!(error, MachineError::DiskFull));
            }
        }
    }

    fn stall(&mut self, is_full: bool) {
        if !std::mem::replace(&mut self.is_stalled, true) {
            self.tell(Update::StorageFailed { is_full });
        }
    }

    fn recover(&mut self) {
        if self.unkept_mark.is_none() && std::mem::replace(&mut self.is_stalled, false) {
            self.tell(Update::StorageRecovered);
        }
    }

    fn retry_storage(&mut self) {
        self.keep_mark();
        if self.unkept_mark.is_none() {
            let input = self.due.pop_front().unwrap_or(Input::Wake);
            self.feed(input);
        }
    }

    /// Keeps the machine's mark. Until it is kept nothing more comes in: a second mark must not be made before it.
    fn keep_mark(&mut self) {
        let Some(mark) = &self.unkept_mark else {
            return;
        };
        match self.profile.keep_mark(mark) {
            Ok(()) => self.unkept_mark = None,
            Err(error) => {
                tracing::error!(code = error.code(), "the mark could not be kept");
                self.stall(matches!(error, ProfileError::DiskFull));
            }
        }
    }

    /// Carries out all that the machine has put out. It never waits for the network.
    fn carry_out(&mut self) {
        while let Some(output) = self.machine.poll_output() {
            match output {
                Output::Event(event) => {
                    self.asked.settle(&event);
                    // Of use to whoever asked, and to nobody else.
                    if !matches!(event, Event::NameLookedUp { .. }) {
                        self.tell(Update::Event(event));
                    }
                }
                Output::Mark(mark) => {
                    self.unkept_mark = Some(mark);
                    self.keep_mark();
                }
                output => {
                    let known = match &mut self.network {
                        Some(network) => network.carry_out(output),
                        None => substitute::without_network(output),
                    };
                    self.due.extend(known);
                }
            }
        }
        if self.asked.waits_to_catch_up() {
            match self.machine.is_caught_up() {
                Ok(false) => {}
                Ok(true) => self.asked.settle_caught_up(),
                Err(error) => {
                    tracing::error!(code = error.code(), "the conversations could not be read");
                }
            }
        }
    }

    /// Makes the network side anew when the nodes have changed, and its endpoint for devices when there is an account.
    async fn follow_ground(&mut self) {
        let Some(invitation) = self.machine.network() else {
            return;
        };
        let nodes = invitation.nodes.as_slice();
        let device_seed = self.machine.endpoint_seed();
        if let Some(ground) = &self.ground
            && ground.nodes == nodes
            && ground.device_seed == device_seed
        {
            return;
        }
        let nodes = nodes.to_vec();
        if self.network.is_none() || self.ground.as_ref().is_none_or(|ground| ground.nodes != nodes) {
            self.start_network(nodes.clone()).await;
        }
        if let Some(seed) = &device_seed {
            self.open_device(seed).await;
        }
        self.ground = Some(Ground { nodes, device_seed });
    }

    async fn start_network(&mut self, nodes: Vec<Endpoint>) {
        if let Some(network) = self.network.take() {
            network.shut_down().await;
        }
        let start = NetworkStart {
            listen: self.listen.clone(),
            nodes,
            files: self.files.clone(),
            windows: self.windows.clone(),
            seeds: std::array::from_fn(|_| self.entropy.secret()),
        };
        match Network::start(start, self.hand_in.clone()).await {
            Ok(network) => self.network = Some(network),
            Err(error) => self.lament(&error),
        }
    }

    async fn open_device(&mut self, seed: &Zeroizing<[u8; 32]>) {
        let Some(network) = &mut self.network else {
            return;
        };
        match network.open_device(seed, self.profile.last_port()).await {
            Ok(port) => port.into_iter().for_each(|port| self.profile.remember_port(port)),
            Err(error) => {
                // A network side without it is made anew as a whole, after a while.
                self.network = None;
                self.lament(&error);
            }
        }
    }

    fn lament(&self, error: &BindError) {
        tracing::warn!(%error, "the network can't be used");
        self.tell(Update::NetworkFailed(error.to_string()));
    }

    fn tell(&self, update: Update) {
        // Nobody has to listen.
        let _ = self.updates.send(update);
    }
}

/// Answers a command. Who asked may have stopped waiting.
pub(crate) fn reply<T>(answer: Answer<T>, value: T) {
    let _ = answer.send(value);
}
