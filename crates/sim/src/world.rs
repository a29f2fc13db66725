//! The simulated world: devices, one home, a directory, and the network between them. Its time is virtual.

mod blobs;
mod directory;
mod files;
mod homes;
mod life;
mod peers;
mod pieces;
mod polls;

use std::collections::{BTreeMap, BTreeSet};

use xchat_core::io::{
    BlobFailure, BlobInput, ConversationId, ConversationState, Event, Input, MessageState, Output, Tag,
};
use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest};
use xchat_proto::genesis::Parameters;
use xchat_proto::ids::{Hash, NodeId};
use xchat_proto::keys::SigningKey;
use xchat_proto::mailbox_wire::{Reply, SubscriptionFrame};
use xchat_proto::peer_wire::PeerFrame;

use crate::book::{Book, SimOperator};
use crate::device::{Device, DeviceId};
use crate::dice::Dice;
use crate::home::{ConnectionId, Home, StreamId};
use crate::villain::Villain;
use crate::weather::Weather;
pub use blobs::{BlobVice, Files, Placed};
use homes::{Link, Sending};
use peers::PeerLink;
pub use pieces::Pieces;

/// When every simulation begins, in Unix milliseconds.
pub const BEGIN_MS: u64 = 1_800_000_000_000;

/// What simulated networks have agreed on: little work, epochs that end while somebody looks, and no limit to how long
/// somebody may be away.
pub fn parameters() -> Parameters {
    Parameters {
        registration_work_bits: 1,
        epoch_blocks: 16,
        ..Parameters::alone()
    }
}

/// Something that will happen.
pub(crate) enum Happening {
    Dialled(ConnectionId),
    AtHome(ConnectionId, Sending),
    Reply(ConnectionId, Tag, Reply),
    Frame(ConnectionId, StreamId, SubscriptionFrame),
    Told(ConnectionId),
    AtDirectory(DeviceId, u64, (Tag, NodeId), DirectoryRequest),
    Directory(DeviceId, u64, Tag, Option<DirectoryReply>),
    PeerDialled(DeviceId, u64, NodeId),
    PeerUp(DeviceId, u64, NodeId, u64),
    PeerDown(DeviceId, u64, NodeId, Option<u64>),
    PeerFrame(u64, DeviceId, NodeId, PeerFrame),
    Blob(u64),
    BlobEnds(DeviceId, u64, Tag, Result<(), BlobFailure>),
    Asked(DeviceId, u64, Box<BlobInput>),
    Unanswered(u64),
    Wake(DeviceId, u64),
    Start(DeviceId),
    HomeUp,
    Reunite,
}

/// A text that somebody wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Who.
    pub author: DeviceId,
    /// Where, on the author's device.
    pub conversation: ConversationId,
    /// The how-manieth text of all.
    pub order: u64,
    /// Whether it stands in the place of another one.
    pub is_edit: bool,
    /// Whether another text, or nothing, may stand in its place.
    pub is_changed: bool,
    /// Whether it disappears.
    pub is_timed: bool,
}

/// The world.
pub struct World {
    /// The time, in Unix milliseconds.
    pub now_ms: u64,
    /// The devices.
    pub devices: Vec<Device>,
    /// The home of all logs.
    pub home: Home,
    /// The directory.
    pub book: Book,
    /// Those who run its nodes, or did. The home is the first one's.
    pub operators: Vec<SimOperator>,
    /// What their nodes do with the truth, where they do not just tell it.
    pub liars: BTreeMap<NodeId, Box<dyn Villain>>,
    /// The truths that all nodes show to some devices, where it is another than to the rest.
    pub truths: BTreeMap<DeviceId, Book>,
    /// Nodes that do not answer.
    pub silent_nodes: BTreeSet<NodeId>,
    /// How bad it is.
    pub weather: Weather,
    /// Files at the home, and on their way.
    pub files: Files,
    /// All texts that were written.
    pub written: BTreeMap<String, Written>,
    /// What registrations were paid with, in bits of work.
    pub paid_bits: Vec<u8>,
    /// What must never happen, and did.
    pub violations: Vec<String>,
    /// Whether somebody lies or restores an old copy: only then may a conversation close.
    pub has_villains: bool,
    /// Whether things are told as they happen.
    pub is_verbose: bool,
    /// One line for each thing that happened, when verbose.
    pub trace: Vec<String>,
    /// How many inputs the machines were given.
    pub steps: u64,
    pub(crate) dice: Dice,
    sequence: u64,
    queue: BTreeMap<(u64, u64), Happening>,
    next_id: u64,
    links: BTreeMap<ConnectionId, Link>,
    peers: BTreeMap<(DeviceId, DeviceId), PeerLink>,
    /// Devices that can't reach the home, and pairs that can't reach each other.
    cut_from_home: BTreeSet<DeviceId>,
    cut: BTreeSet<(DeviceId, DeviceId)>,
}

impl World {
    /// A new world without devices, in which one operator decides.
    ///
    /// # Errors
    /// A text, when home or directory don't open.
    pub fn new(seed: u64, weather: Weather) -> Result<Self, String> {
        Self::with_operators(seed, weather, 1, parameters())
    }

    /// A new world without devices, with so many operators.
    ///
    /// # Errors
    /// A text, when home or directory don't open.
    pub fn with_operators(
        seed: u64,
        weather: Weather,
        count: usize,
        parameters: Parameters,
    ) -> Result<Self, String> {
        let mut dice = Dice::new(seed, 0);
        let key = SigningKey::from_seed(&dice.bytes());
        let salt = Hash(dice.bytes());
        let home = Home::new(SigningKey::from_seed(&dice.bytes())).map_err(|e| e.to_string())?;
        let mut operators = vec![SimOperator { key, node: home.id() }];
        for _ in 1..count {
            operators.push(SimOperator {
                key: SigningKey::from_seed(&dice.bytes()),
                node: NodeId(SigningKey::from_seed(&dice.bytes()).public().0),
            });
        }
        let book = Book::new(&operators, parameters, BEGIN_MS - 60_000, salt).map_err(|e| e.to_string())?;
        Ok(Self {
            now_ms: BEGIN_MS,
            devices: Vec::new(),
            home,
            book,
            operators,
            liars: BTreeMap::new(),
            truths: BTreeMap::new(),
            silent_nodes: BTreeSet::new(),
            weather,
            files: Files::default(),
            written: BTreeMap::new(),
            paid_bits: Vec::new(),
            violations: Vec::new(),
            has_villains: false,
            is_verbose: false,
            trace: Vec::new(),
            steps: 0,
            dice,
            sequence: 0,
            queue: BTreeMap::new(),
            next_id: 0,
            links: BTreeMap::new(),
            peers: BTreeMap::new(),
            cut_from_home: BTreeSet::new(),
            cut: BTreeSet::new(),
        })
    }

    pub(crate) fn note(&mut self, line: impl FnOnce(&Self) -> String) {
        if self.is_verbose {
            let line = format!("{:>9} {}", self.now_ms.saturating_sub(BEGIN_MS), line(self));
            self.trace.push(line);
        }
    }

    pub(crate) fn violate(&mut self, what: String) {
        self.note(|_| format!("VIOLATION {what}"));
        self.violations.push(what);
    }

    fn fresh_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    fn delay(&mut self) -> u64 {
        let Weather {
            delay_ms_min,
            delay_ms_max,
            ..
        } = self.weather;
        self.dice.between(delay_ms_min, delay_ms_max)
    }

    pub(crate) fn at(&mut self, at_ms: u64, happening: Happening) {
        self.sequence += 1;
        self.queue
            .insert((at_ms.max(self.now_ms), self.sequence), happening);
    }

    pub(crate) fn after(&mut self, delay_ms: u64, happening: Happening) {
        self.at(self.now_ms.saturating_add(delay_ms), happening);
    }

    /// Lets everything happen that happens up to a time, or until something did that must not.
    pub fn run_until(&mut self, until_ms: u64) {
        while self.violations.is_empty() {
            let Some(entry) = self.queue.first_entry().filter(|entry| entry.key().0 <= until_ms) else {
                break;
            };
            let ((at_ms, _), happening) = entry.remove_entry();
            self.now_ms = self.now_ms.max(at_ms);
            self.happen(happening);
        }
        self.now_ms = self.now_ms.max(until_ms);
    }

    /// Lets some time pass.
    pub fn run_for(&mut self, ms: u64) {
        self.run_until(self.now_ms.saturating_add(ms));
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Dialled(connection) => self.dialled(connection),
            Happening::AtHome(connection, sending) => self.at_home(connection, sending),
            Happening::Reply(connection, tag, reply) => self.reply(connection, tag, reply),
            Happening::Frame(connection, stream, frame) => self.frame(connection, stream, frame),
            Happening::Told(connection) => self.told(connection),
            Happening::AtDirectory(device, life, to, request) => self.at_directory(device, life, to, request),
            Happening::Directory(device, life, tag, reply) => self.directory_reply(device, life, tag, reply),
            Happening::PeerDialled(device, life, peer) => self.peer_dialled(device, life, peer),
            Happening::PeerUp(device, life, peer, link) => self.peer_up(device, life, peer, link),
            Happening::PeerDown(device, life, peer, link) => self.peer_down(device, life, peer, link),
            Happening::PeerFrame(link, to, from, frame) => self.peer_frame(link, to, from, frame),
            Happening::Blob(id) => self.blob_moves(id),
            Happening::BlobEnds(device, life, tag, outcome) => self.blob_ends(device, life, tag, outcome),
            Happening::Asked(device, life, asked) => self.asked(device, life, *asked),
            Happening::Unanswered(ask) => self.unanswered(ask),
            Happening::Wake(device, life) => self.wake(device, life),
            Happening::Start(device) => self.start(device),
            Happening::HomeUp => self.home_up(),
            Happening::Reunite => self.reunite(),
        }
    }

    fn give_to(&mut self, device: DeviceId, life: u64, input: Input) {
        if self.devices[device].life == life {
            self.give(device, input);
        }
    }

    /// Carries out what a machine says.
    fn carry_out(&mut self, device: DeviceId, output: Output) {
        self.devices[device].sent.count(&output);
        match output {
            Output::Home {
                tag,
                lane,
                capability,
                price,
                request,
                ..
            } => self.ask_home(device, lane, Sending::request(tag, capability, price, request)),
            Output::Subscribe {
                lane,
                capability,
                log,
                epoch,
                from,
                ..
            } => self.subscribe(device, lane, capability, (log, epoch, from)),
            Output::Directory {
                tag,
                node,
                price,
                request,
            } => self.ask_directory(device, (tag, node.id), price, request),
            Output::Dial(endpoint) => {
                let (delay, life) = (self.delay(), self.devices[device].life);
                self.after(delay, Happening::PeerDialled(device, life, endpoint.id));
            }
            Output::Peer { peer, frame } => self.send_to_peer(device, peer, frame),
            Output::Blob(output) => self.carry_blob(device, output),
            Output::Mark(mark) => self.devices[device].mark = Some(mark),
            Output::Event(event) => self.event(device, event),
        }
    }

    fn event(&mut self, device: DeviceId, event: Event) {
        self.note(|world| format!("{} <- {}", world.devices[device].name.as_str(), tell(&event)));
        match event {
            Event::Request(request) => self.devices[device].requests.push(request.id),
            Event::ContactFailed { error, .. } => self.devices[device].contact_errors.push(error),
            event @ (Event::NetworkForked { .. }
            | Event::TrustExpired { .. }
            | Event::OwnRecordChanged(_)
            | Event::Registered(_)
            | Event::RegistrationFailed(_)
            | Event::Released(_)
            | Event::ReleaseFailed(_)
            | Event::ClockOff { .. }) => self.devices[device].alarms.push(event),
            Event::Removed { conversation, row } => {
                self.devices[device].gone.insert((conversation, row));
            }
            Event::Message(message) | Event::Changed(message)
                if self.devices[device]
                    .gone
                    .contains(&(message.conversation, message.row)) =>
            {
                let name = self.devices[device].name.as_str().to_owned();
                self.violate(format!("{name} was shown {:?}, which was gone", message.text));
            }
            Event::Message(message) if !message.mine && message.notice.is_none() => {
                self.check_shown(device, message.conversation, message.from.as_str(), &message.text);
            }
            Event::State {
                conversation,
                id,
                state,
            } => {
                let known = self.devices[device].states.insert((conversation, id), state);
                if known.is_some_and(|known| known > state || state == MessageState::Received) {
                    self.violate(format!("a message went back from {known:?} to {state:?}"));
                }
            }
            Event::Conversation(view) if view.state > ConversationState::Active && !self.has_villains => {
                let (name, state) = (self.devices[device].name.as_str().to_owned(), view.state);
                self.violate(format!(
                    "{name}'s conversation became {state:?}: {:?}",
                    view.trouble
                ));
            }
            _ => {}
        }
    }

    /// Nobody is shown a text twice, or one that its author has not written.
    fn check_shown(&mut self, device: DeviceId, conversation: ConversationId, from: &str, text: &str) {
        let name = self.devices[device].name.as_str().to_owned();
        match self.written.get(text) {
            None => self.violate(format!("{name} was shown {text:?}, which nobody wrote")),
            Some(written) if self.devices[written.author].name.as_str() != from => {
                self.violate(format!("{name} was shown {text:?} as {from}'s"));
            }
            Some(_) => {
                if !self.devices[device].shown.insert((conversation, text.to_owned())) {
                    self.violate(format!("{name} was shown {text:?} twice"));
                }
            }
        }
    }
}

fn tell(event: &Event) -> String {
    match event {
        Event::Message(message) => format!("{:?} from {}", message.text, message.from.as_str()),
        Event::Conversation(view) => format!(
            "with {}: {:?}, missing {}, unread {}, direct {}{}",
            view.peer.as_str(),
            view.state,
            view.missing,
            view.unread,
            view.direct,
            view.trouble
                .as_ref()
                .map(|trouble| format!(", {trouble}"))
                .unwrap_or_default()
        ),
        other => format!("{other:?}"),
    }
}
