//! Connections between devices and the home: ordered within a stream, lost as a whole, noticed late.

use std::collections::{BTreeMap, BTreeSet};

use xchat_core::io::{Capability, Input, Lane, Price, Tag, Unreachable};
use xchat_proto::ids::{Hash, LogId};
use xchat_proto::mailbox_wire::{Entry, EntryBody, Reply, Request, SubscriptionFrame};
use xchat_proto::work::{Challenge, Work};

use super::{Happening, World};
use crate::device::DeviceId;
use crate::home::{ConnectionId, Said, Sent, StreamId};

/// How long a dead connection may go unnoticed, in milliseconds.
const PATIENCE_MS: u64 = 15_000;
/// How long an attempt to connect may take, in milliseconds.
const DIAL_MS: u64 = 5_000;

/// Something that a device sends to the home.
pub(crate) enum Sending {
    Request {
        tag: Tag,
        capability: Option<Capability>,
        request: Box<Request>,
    },
    Subscribe {
        stream: StreamId,
        capability: Capability,
        from: u64,
    },
    Stop {
        stream: StreamId,
    },
}

#[derive(PartialEq, Eq, Clone, Copy)]
enum State {
    Opening,
    Open,
    Broken,
}

/// One connection, seen from both ends.
pub(crate) struct Link {
    device: DeviceId,
    lane: Lane,
    state: State,
    waiting: Vec<Sending>,
    tags: BTreeSet<Tag>,
    streams: BTreeMap<StreamId, (LogId, u64)>,
    /// When the newest packet of each stream arrives: those after it arrive later.
    requests_ms: u64,
    replies_ms: u64,
    frames_ms: BTreeMap<StreamId, u64>,
}

/// Solves a challenge.
pub(crate) fn solve(challenge: &Challenge, bits: u8) -> Work {
    challenge.solve(bits, 0..u64::MAX).unwrap_or(Work(0))
}

impl Sending {
    pub(crate) fn request(
        tag: Tag,
        capability: Option<Capability>,
        price: Option<Price>,
        mut request: Request,
    ) -> Self {
        if let Some(price) = price {
            let solved = solve(&price.challenge, price.bits);
            match &mut request {
                Request::CreateConversation { work, .. }
                | Request::CreateInbox { work, .. }
                | Request::Deposit { work, .. }
                | Request::FetchKeyPackage { work, .. } => *work = solved,
                _ => {}
            }
        }
        Self::Request {
            tag,
            capability,
            request: Box::new(request),
        }
    }
}

impl World {
    fn link_of(&mut self, device: DeviceId, lane: Lane) -> ConnectionId {
        if let Some(connection) = self.devices[device].lanes.get(&lane) {
            return *connection;
        }
        let connection = self.fresh_id();
        let link = Link {
            device,
            lane,
            state: State::Opening,
            waiting: Vec::new(),
            tags: BTreeSet::new(),
            streams: BTreeMap::new(),
            requests_ms: 0,
            replies_ms: 0,
            frames_ms: BTreeMap::new(),
        };
        self.links.insert(connection, link);
        self.devices[device].lanes.insert(lane, connection);
        let delay = self.delay();
        self.after(delay, Happening::Dialled(connection));
        connection
    }

    pub(super) fn ask_home(&mut self, device: DeviceId, lane: Lane, sending: Sending) {
        let connection = self.link_of(device, lane);
        self.send_home(connection, sending);
    }

    pub(super) fn subscribe(
        &mut self,
        device: DeviceId,
        lane: Lane,
        capability: Capability,
        (log, epoch, from): (LogId, u64, u64),
    ) {
        self.note(|world| {
            format!(
                "{} follows {log:?} epoch {epoch} from {from}",
                world.devices[device].name.as_str()
            )
        });
        let newest = self.devices[device].epochs.entry(log).or_default();
        *newest = epoch.max(*newest);
        if let Some((connection, stream)) = self.devices[device].streams.remove(&log) {
            if let Some(link) = self.links.get_mut(&connection) {
                link.streams.remove(&stream);
            }
            self.send_home(connection, Sending::Stop { stream });
        }
        let connection = self.link_of(device, lane);
        let stream = self.fresh_id();
        self.devices[device].streams.insert(log, (connection, stream));
        if let Some(link) = self.links.get_mut(&connection) {
            link.streams.insert(stream, (log, epoch));
        }
        let sending = Sending::Subscribe {
            stream,
            capability,
            from,
        };
        self.send_home(connection, sending);
    }

    fn send_home(&mut self, connection: ConnectionId, sending: Sending) {
        let delay = self.delay();
        let now_ms = self.now_ms;
        let breaks = self.dice.chance(self.weather.breaks);
        let Some(link) = self.links.get_mut(&connection) else {
            return;
        };
        if let Sending::Request { tag, .. } = &sending {
            link.tags.insert(*tag);
        }
        match link.state {
            State::Opening => link.waiting.push(sending),
            State::Broken => {}
            State::Open => {
                // Each subscription has a stream of its own; requests share one.
                let mut at_ms = now_ms.saturating_add(delay);
                if matches!(sending, Sending::Request { .. }) {
                    at_ms = at_ms.max(link.requests_ms);
                    link.requests_ms = at_ms;
                }
                self.at(at_ms, Happening::AtHome(connection, sending));
                if breaks {
                    self.break_after_a_while(connection);
                }
            }
        }
    }

    /// The connection breaks now, or when some of what is on its way has arrived.
    fn break_after_a_while(&mut self, connection: ConnectionId) {
        if self.dice.chance(500) {
            return self.break_link(connection);
        }
        let delay = self.delay();
        let stop = Sending::Stop { stream: 0 };
        // Stream 0 is nobody's: its end stands for the connection's.
        self.after(delay, Happening::AtHome(connection, stop));
    }

    pub(super) fn break_link(&mut self, connection: ConnectionId) {
        self.home.disconnect(connection);
        let patience = self.dice.below(PATIENCE_MS);
        let Some(link) = self
            .links
            .get_mut(&connection)
            .filter(|link| link.state != State::Broken)
        else {
            return;
        };
        link.state = State::Broken;
        let (device, lane) = (link.device, link.lane);
        self.note(|world| {
            format!(
                "{}'s {lane:?} connection breaks",
                world.devices[device].name.as_str()
            )
        });
        self.after(patience, Happening::Told(connection));
    }

    /// All connections of a device break, or of all devices.
    pub(super) fn break_links_of(&mut self, device: Option<DeviceId>) {
        let broken: Vec<ConnectionId> = self
            .links
            .iter()
            .filter(|(_, link)| device.is_none_or(|device| device == link.device))
            .map(|(connection, _)| *connection)
            .collect();
        for connection in broken {
            self.break_link(connection);
        }
    }

    /// The device is gone: nobody is left to be told.
    pub(super) fn forget_links_of(&mut self, device: DeviceId) {
        let gone: Vec<ConnectionId> = self.devices[device].lanes.values().copied().collect();
        for connection in gone {
            self.links.remove(&connection);
            self.home.disconnect(connection);
        }
        self.devices[device].lanes.clear();
        self.devices[device].streams.clear();
    }

    pub(super) fn dialled(&mut self, connection: ConnectionId) {
        let late = self.dice.below(DIAL_MS);
        let binding = Hash(self.dice.bytes());
        let home_is_up = self.home.is_up();
        let cut = &self.cut_from_home;
        let Some(link) = self
            .links
            .get_mut(&connection)
            .filter(|link| link.state == State::Opening)
        else {
            return;
        };
        if !home_is_up || cut.contains(&link.device) {
            link.state = State::Broken;
            return self.after(late, Happening::Told(connection));
        }
        link.state = State::Open;
        let waiting = std::mem::take(&mut link.waiting);
        self.home.connect(connection, binding);
        for sending in waiting {
            self.send_home(connection, sending);
        }
    }

    pub(super) fn told(&mut self, connection: ConnectionId) {
        let Some(link) = self.links.remove(&connection) else {
            return;
        };
        let device = link.device;
        if self.devices[device].lanes.get(&link.lane) == Some(&connection) {
            self.devices[device].lanes.remove(&link.lane);
        }
        let life = self.devices[device].life;
        for tag in link.tags {
            let outcome = Err(Unreachable);
            self.give_to(device, life, Input::Home { tag, outcome });
        }
        for (stream, (log, epoch)) in link.streams {
            if self.devices[device].streams.get(&log) == Some(&(connection, stream)) {
                self.devices[device].streams.remove(&log);
                self.give_to(device, life, Input::SubscriptionLost { log, epoch });
            }
        }
    }

    fn is_open(&self, connection: ConnectionId) -> bool {
        self.links
            .get(&connection)
            .is_some_and(|link| link.state == State::Open)
    }

    pub(super) fn at_home(&mut self, connection: ConnectionId, sending: Sending) {
        if !self.is_open(connection) {
            return;
        }
        let sent = match sending {
            Sending::Request {
                tag,
                capability,
                request,
            } => self
                .home
                .request(self.now_ms, connection, tag, capability.as_ref(), *request),
            Sending::Subscribe {
                stream,
                capability,
                from,
            } => self.home.subscribe(connection, stream, &capability, from),
            Sending::Stop { stream: 0 } => return self.break_link(connection),
            Sending::Stop { stream } => {
                self.home.stop(connection, stream);
                Vec::new()
            }
        };
        for Sent { connection, what } in sent {
            self.send_device(connection, what);
        }
    }

    fn send_device(&mut self, connection: ConnectionId, what: Said) {
        let at_ms = self.now_ms.saturating_add(self.delay());
        let breaks = self.dice.chance(self.weather.breaks);
        let Some(link) = self.links.get_mut(&connection) else {
            return;
        };
        let (newest_ms, happening) = match what {
            Said::Reply { tag, reply } => (&mut link.replies_ms, Happening::Reply(connection, tag, reply)),
            Said::Frame { stream, frame } => (
                link.frames_ms.entry(stream).or_default(),
                Happening::Frame(connection, stream, frame),
            ),
        };
        *newest_ms = at_ms.max(*newest_ms);
        let at_ms = *newest_ms;
        self.at(at_ms, happening);
        if breaks {
            self.break_link(connection);
        }
    }

    pub(super) fn reply(&mut self, connection: ConnectionId, tag: Tag, reply: Reply) {
        let open = self
            .links
            .get_mut(&connection)
            .filter(|link| link.state == State::Open);
        let Some(link) = open else {
            return;
        };
        if link.tags.remove(&tag) {
            let device = link.device;
            if let Reply::Refused(refusal) = &reply {
                let refusal = *refusal;
                self.note(|world| format!("{} is refused: {refusal}", world.devices[device].name.as_str()));
            }
            let outcome = Ok(reply);
            self.give(device, Input::Home { tag, outcome });
        }
    }

    pub(super) fn frame(&mut self, connection: ConnectionId, stream: StreamId, frame: SubscriptionFrame) {
        let open = self
            .links
            .get_mut(&connection)
            .filter(|link| link.state == State::Open);
        let Some(link) = open else {
            return;
        };
        let Some((log, epoch)) = link.streams.get(&stream).copied() else {
            return;
        };
        let device = link.device;
        let is_last = matches!(
            &frame,
            SubscriptionFrame::Refused(_)
                | SubscriptionFrame::Entry(Entry {
                    body: EntryBody::Commit { .. },
                    ..
                })
        );
        if is_last {
            link.streams.remove(&stream);
            self.devices[device].streams.remove(&log);
        }
        self.note(|world| {
            let what = match &frame {
                SubscriptionFrame::Entry(entry) => match &entry.body {
                    EntryBody::Envelope(_) => format!("envelope {}", entry.index),
                    EntryBody::Commit { .. } => format!("commit {}", entry.index),
                },
                SubscriptionFrame::Ephemeral(_) => "ephemeral".to_owned(),
                other => format!("{other:?}"),
            };
            format!(
                "{} reads {log:?} epoch {epoch}: {what}",
                world.devices[device].name.as_str()
            )
        });
        self.give(device, Input::Subscription { log, epoch, frame });
    }
}
