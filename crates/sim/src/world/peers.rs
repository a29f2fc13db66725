//! Direct connections between devices.

use xchat_core::io::Input;
use xchat_proto::ids::NodeId;
use xchat_proto::peer_wire::PeerFrame;

use super::{Happening, World};
use crate::device::DeviceId;

/// How long a dead connection may go unnoticed, in milliseconds.
const PATIENCE_MS: u64 = 10_000;

/// A direct connection that stands.
pub(crate) struct PeerLink {
    id: u64,
    /// When the newest frame arrives, to the lesser and to the greater device.
    newest_ms: [u64; 2],
}

fn pair(a: DeviceId, b: DeviceId) -> (DeviceId, DeviceId) {
    (a.min(b), a.max(b))
}

impl World {
    pub(super) fn device_at(&self, peer: NodeId) -> Option<DeviceId> {
        self.devices
            .iter()
            .position(|device| device.endpoint().is_some_and(|endpoint| endpoint.id == peer))
    }

    pub(super) fn node_of(&self, device: DeviceId) -> Option<NodeId> {
        self.devices[device].endpoint().map(|endpoint| endpoint.id)
    }

    pub(super) fn peer_dialled(&mut self, device: DeviceId, life: u64, peer: NodeId) {
        if self.devices[device].life != life || !self.devices[device].is_up {
            return;
        }
        let late = self.dice.below(PATIENCE_MS);
        let reached = self
            .device_at(peer)
            .filter(|other| self.devices[*other].is_up && !self.cut.contains(&pair(device, *other)));
        let (Some(other), Some(own)) = (reached, self.node_of(device)) else {
            return self.after(late, Happening::PeerDown(device, life, peer, None));
        };
        let other_life = self.devices[other].life;
        if let Some(standing) = self.peers.get(&pair(device, other)) {
            let id = standing.id;
            return self.after(0, Happening::PeerUp(device, life, peer, id));
        }
        let (here_ms, there_ms) = (self.now_ms + self.delay(), self.now_ms + self.delay());
        let newest_ms = match device < other {
            true => [here_ms, there_ms],
            false => [there_ms, here_ms],
        };
        let id = self.fresh_id();
        self.peers.insert(pair(device, other), PeerLink { id, newest_ms });
        self.at(here_ms, Happening::PeerUp(device, life, peer, id));
        self.at(there_ms, Happening::PeerUp(other, other_life, own, id));
    }

    /// A connection stands at this end. One that this end took for standing has been replaced by it.
    pub(super) fn peer_up(&mut self, device: DeviceId, life: u64, peer: NodeId, link: u64) {
        if self.devices[device].life != life {
            return;
        }
        if !self.peers.values().any(|standing| standing.id == link) {
            return self.peer_down(device, life, peer, None);
        }
        match self.devices[device].lines.insert(peer, link) {
            Some(before) if before != link => self.give_to(device, life, Input::PeerDown(peer)),
            _ => {}
        }
        self.give_to(device, life, Input::PeerUp(peer));
    }

    /// This end notices that a connection is gone, or could not be made.
    pub(super) fn peer_down(&mut self, device: DeviceId, life: u64, peer: NodeId, link: Option<u64>) {
        let lines = &mut self.devices[device].lines;
        if lines.get(&peer).copied() == link {
            lines.remove(&peer);
            self.give_to(device, life, Input::PeerDown(peer));
        }
    }

    pub(super) fn send_to_peer(&mut self, device: DeviceId, peer: NodeId, frame: PeerFrame) {
        let Some(other) = self.device_at(peer) else {
            return;
        };
        let Some(own) = self.node_of(device) else {
            return;
        };
        let at_ms = self.now_ms.saturating_add(self.delay());
        let breaks = self.dice.chance(self.weather.peer_breaks);
        let Some(link) = self.peers.get_mut(&pair(device, other)) else {
            return;
        };
        let newest_ms = &mut link.newest_ms[usize::from(other > device)];
        *newest_ms = at_ms.max(*newest_ms);
        let (id, at_ms) = (link.id, *newest_ms);
        self.at(at_ms, Happening::PeerFrame(id, other, own, frame));
        if breaks {
            self.break_peers(device, other);
        }
    }

    pub(super) fn peer_frame(&mut self, link: u64, to: DeviceId, from: NodeId, frame: PeerFrame) {
        if !self.peers.values().any(|standing| standing.id == link) {
            return;
        }
        self.note(|world| {
            let what = match &frame {
                PeerFrame::Offer { epoch, .. } => format!("an offer of epoch {epoch}"),
                PeerFrame::Answer { verdict, .. } => format!("{verdict:?}"),
                PeerFrame::Ephemeral { .. } => "an ephemeral".to_owned(),
            };
            format!("{} is told directly: {what}", world.devices[to].name.as_str())
        });
        self.give(to, Input::Peer { peer: from, frame });
    }

    pub(super) fn break_peers(&mut self, a: DeviceId, b: DeviceId) {
        let Some(PeerLink { id, .. }) = self.peers.remove(&pair(a, b)) else {
            return;
        };
        for (device, other) in [(a, b), (b, a)] {
            if let Some(node) = self.node_of(other) {
                let (late, life) = (self.dice.below(PATIENCE_MS), self.devices[device].life);
                self.after(late, Happening::PeerDown(device, life, node, Some(id)));
            }
        }
    }

    pub(super) fn break_peers_of(&mut self, device: DeviceId) {
        for other in 0..self.devices.len() {
            self.break_peers(device, other);
        }
    }
}
