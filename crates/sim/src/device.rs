//! A simulated device: the real machine, its clock, and what survives its crashes.

use std::collections::{BTreeMap, BTreeSet};

use xchat_core::contacts::ContactError;
use xchat_core::io::{ConversationId, Event, Lane, MessageState, Output, RequestId};
use xchat_core::machine::Machine;
use xchat_proto::address::Endpoint;
use xchat_proto::codec::Bounded;
use xchat_proto::ids::{LogId, MessageId, NodeId};
use xchat_proto::keys::SigningKey;
use xchat_proto::mailbox_wire::Request;
use xchat_proto::name::Name;
use xchat_proto::peer_wire::{PeerFrame, Verdict};

use crate::dice::Dice;
use crate::home::{ConnectionId, StreamId};
use crate::world::Pieces;

/// Which device.
pub type DeviceId = usize;

/// What a device has sent, as others can count it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sent {
    /// Envelopes to the home.
    pub envelopes: u64,
    /// Envelopes that it offered to other devices.
    pub offers: u64,
    /// Offers of others that it has taken.
    pub taken: u64,
    /// Signs of presence and typing, to whomever.
    pub signs: u64,
}

impl Sent {
    /// What was sent since it was as it was `before`.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        Self {
            envelopes: self.envelopes - before.envelopes,
            offers: self.offers - before.offers,
            taken: self.taken - before.taken,
            signs: self.signs - before.signs,
        }
    }

    pub(crate) fn count(&mut self, output: &Output) {
        let of = match output {
            Output::Home { request, .. } => match request {
                Request::Append { .. } => &mut self.envelopes,
                Request::Ephemeral { .. } => &mut self.signs,
                _ => return,
            },
            Output::Peer { frame, .. } => match frame {
                PeerFrame::Offer { .. } => &mut self.offers,
                PeerFrame::Answer {
                    verdict: Verdict::Stored,
                    ..
                } => &mut self.taken,
                PeerFrame::Ephemeral { .. } => &mut self.signs,
                PeerFrame::Answer { .. } => return,
            },
            _ => return,
        };
        *of += 1;
    }
}

/// A device of a simulated person.
pub struct Device {
    /// Its person's name.
    pub name: Name,
    /// The machine. While the device is down it only keeps the database.
    pub machine: Option<Machine>,
    /// Whether it runs.
    pub is_up: bool,
    /// How often it has been started: what was meant for a life before is lost.
    pub life: u64,
    /// The mark that it keeps outside its database.
    pub mark: Option<[u8; 32]>,
    /// How far its clock is ahead of the world's, in milliseconds.
    pub ahead_ms: i64,
    /// Requests that it was told of.
    pub requests: Vec<RequestId>,
    /// Names whose request it declined.
    pub declined: BTreeSet<Name>,
    /// Texts that it was told of, by conversation.
    pub shown: BTreeSet<(ConversationId, String)>,
    /// Rows that it was told are gone.
    pub gone: BTreeSet<(ConversationId, i64)>,
    /// The newest state that it was told of each own message.
    pub states: BTreeMap<(ConversationId, MessageId), MessageState>,
    /// The newest epoch of each log that it has followed.
    pub epochs: BTreeMap<LogId, u64>,
    /// Why contacts came to nothing.
    pub contact_errors: Vec<ContactError>,
    /// What it has sent.
    pub sent: Sent,
    /// What it was told of the network, of its own name and of this account's record.
    pub alarms: Vec<Event>,
    /// The sealed files on its disk, by what they are called.
    pub disk: BTreeMap<[u8; 16], Pieces>,
    pub(crate) dice: Dice,
    pub(crate) lanes: BTreeMap<Lane, ConnectionId>,
    pub(crate) streams: BTreeMap<LogId, (ConnectionId, StreamId)>,
    /// The direct connections that this end takes for standing.
    pub(crate) lines: BTreeMap<NodeId, u64>,
    pub(crate) wake_planned: Option<u64>,
    pub(crate) wakes_at_once: u32,
}

impl Device {
    pub(crate) fn new(name: Name, machine: Machine, dice: Dice, ahead_ms: i64) -> Self {
        Self {
            name,
            machine: Some(machine),
            is_up: true,
            life: 0,
            mark: None,
            ahead_ms,
            requests: Vec::new(),
            declined: BTreeSet::new(),
            shown: BTreeSet::new(),
            gone: BTreeSet::new(),
            states: BTreeMap::new(),
            epochs: BTreeMap::new(),
            contact_errors: Vec::new(),
            sent: Sent::default(),
            alarms: Vec::new(),
            disk: BTreeMap::new(),
            dice,
            lanes: BTreeMap::new(),
            streams: BTreeMap::new(),
            lines: BTreeMap::new(),
            wake_planned: None,
            wakes_at_once: 0,
        }
    }

    /// Whether its name is registered.
    pub fn is_registered(&self) -> bool {
        let identity = self.machine.as_ref().and_then(Machine::identity);
        identity.is_some_and(|identity| identity.registered)
    }

    /// Where it can be dialled, once it has an account.
    pub fn endpoint(&self) -> Option<Endpoint> {
        let seed = self.machine.as_ref()?.endpoint_seed()?;
        let id = NodeId(SigningKey::from_seed(&seed).public().0);
        Some(Endpoint {
            id,
            sockets: Bounded::default(),
            relay: None,
        })
    }

    /// Its time when the world's is `now_ms`.
    pub fn local_ms(&self, now_ms: u64) -> u64 {
        now_ms.saturating_add_signed(self.ahead_ms)
    }

    /// The world's time when its own is `local_ms`.
    pub(crate) fn world_ms(&self, local_ms: u64) -> u64 {
        local_ms.saturating_add_signed(self.ahead_ms.saturating_neg())
    }
}
