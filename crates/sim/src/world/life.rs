//! The life of devices and of the home: inputs, crashes, starts, disasters.

use rand_chacha::ChaCha20Rng;
use xchat_core::database;
use xchat_core::io::{ConversationId, Input, MessageView, Output};
use xchat_core::machine::{ActError, DeleteFor, Machine, Outgoing};
use xchat_proto::codec::{self, Blob, Bounded};
use xchat_proto::invitation::NetworkInvitation;
use xchat_proto::name::Name;

use super::{Happening, World, Written};
use crate::book::endpoint;
use crate::device::{Device, DeviceId};
use crate::dice::Dice;

/// More wakes at one instant than any machine needs.
const WAKES_AT_ONCE_MAX: u32 = 200;

impl World {
    /// The invitation into the network.
    ///
    /// # Errors
    /// A text, when it can't be made.
    pub fn invitation(&self) -> Result<NetworkInvitation, String> {
        let node = endpoint(self.home.id());
        Ok(NetworkInvitation {
            genesis: Blob::new(codec::encode(self.book.genesis())).map_err(|e| e.to_string())?,
            nodes: Bounded::new(vec![node]).map_err(|e| e.to_string())?,
            from: None,
            checkpoint: None,
            pass: None,
        })
    }

    /// A new device, with an account, in the network, asking for a name.
    ///
    /// # Errors
    /// A text, when the machine refuses.
    pub fn add_device(&mut self, name: &str, ahead_ms: i64) -> Result<DeviceId, String> {
        let name: Name = name.parse().map_err(|_| "not a name".to_owned())?;
        let seed = u64::from_le_bytes(self.dice.bytes()[..8].try_into().unwrap_or_default());
        let mut dice = Dice::new(seed, 1);
        let connection = database::in_memory().map_err(|e| e.to_string())?;
        let local_ms = self.now_ms.saturating_add_signed(ahead_ms);
        let machine = Machine::open(connection, None, local_ms, dice.rng()).map_err(|e| e.to_string())?;
        let id = self.devices.len();
        self.devices
            .push(Device::new(name.clone(), machine, dice, ahead_ms));
        let invitation = self.invitation()?;
        let calm = std::mem::replace(&mut self.weather.crashes, 0);
        self.call(id, |machine, now_ms, rng| {
            machine.join_network(now_ms, rng, &invitation)
        })
        .ok_or("down")?
        .map_err(|e| e.to_string())?;
        self.call(id, |machine, now_ms, rng| machine.create_account(now_ms, rng))
            .ok_or("down")?
            .map_err(|e| e.to_string())?;
        self.call(id, |machine, now_ms, rng| machine.register(now_ms, rng, name))
            .ok_or("down")?
            .map_err(|e| e.to_string())?;
        self.weather.crashes = calm;
        self.tell_endpoint(id);
        Ok(id)
    }

    /// Calls a device's machine, as its user's side does. `None` when the device is down.
    pub fn call<T>(
        &mut self,
        device: DeviceId,
        work: impl FnOnce(&mut Machine, u64, &mut ChaCha20Rng) -> T,
    ) -> Option<T> {
        let now_ms = self.devices[device].local_ms(self.now_ms);
        let it = &mut self.devices[device];
        let machine = it.machine.as_mut().filter(|_| it.is_up)?;
        let result = work(machine, now_ms, it.dice.rng());
        self.drain(device);
        Some(result)
    }

    /// A text that nobody wrote before, and that somebody is going to write.
    pub fn announce_text(&mut self, device: DeviceId, conversation: ConversationId) -> String {
        self.fresh_text(device, conversation, false)
    }

    /// A text that nobody wrote before.
    fn fresh_text(&mut self, device: DeviceId, conversation: ConversationId, is_edit: bool) -> String {
        let order = self.written.len() as u64;
        let text = format!("{order} {}", self.devices[device].name.as_str());
        self.announce(text.clone(), device, conversation);
        if let Some(written) = self.written.get_mut(&text) {
            written.is_edit = is_edit;
        }
        text
    }

    /// Somebody is going to write this. Before the call: what it says comes out within it.
    pub(super) fn announce(&mut self, text: String, device: DeviceId, conversation: ConversationId) {
        let written = Written {
            author: device,
            conversation,
            order: self.written.len() as u64,
            is_edit: false,
            is_changed: false,
            is_timed: false,
        };
        self.written.insert(text, written);
    }

    /// Edits an own message.
    pub fn edit(&mut self, device: DeviceId, message: &MessageView) {
        let text = self.fresh_text(device, message.conversation, true);
        self.change(&message.text);
        self.mark_timed(&text, message.timer_s.is_some());
        self.act(device, |machine, now_ms, rng| {
            machine.edit(now_ms, rng, message.row, &text)
        });
    }

    /// Deletes an own message for everyone.
    pub fn delete(&mut self, device: DeviceId, message: &MessageView) {
        self.change(&message.text);
        self.act(device, |machine, now_ms, rng| {
            machine.delete(now_ms, rng, message.row, DeleteFor::Everyone)
        });
    }

    /// Reacts to a message, or takes that back.
    pub fn react(&mut self, device: DeviceId, message: &MessageView, emoji: &str, is_on: bool) {
        self.act(device, |machine, now_ms, rng| {
            machine.react(now_ms, rng, message.row, emoji, is_on)
        });
    }

    /// Pins a message, or takes that back.
    pub fn pin(&mut self, device: DeviceId, message: &MessageView, is_on: bool) {
        self.act(device, |machine, now_ms, rng| {
            machine.pin(now_ms, rng, message.row, is_on)
        });
    }

    /// Sets after how long messages of a conversation disappear.
    pub fn set_timer(&mut self, device: DeviceId, conversation: ConversationId, timer_s: Option<u32>) {
        let set = self.call(device, |machine, now_ms, rng| {
            machine.set_timer(now_ms, rng, conversation, timer_s)
        });
        if let Some(Err(error)) = set {
            self.violate(format!("a timer was not taken: {error}"));
        }
    }

    fn mark_timed(&mut self, text: &str, is_timed: bool) {
        if let Some(written) = self.written.get_mut(text) {
            written.is_timed = is_timed;
        }
    }

    fn change(&mut self, text: &str) {
        if let Some(written) = self.written.get_mut(text) {
            written.is_changed = true;
        }
    }

    pub(super) fn act(
        &mut self,
        device: DeviceId,
        work: impl FnOnce(&mut Machine, u64, &mut ChaCha20Rng) -> Result<(), ActError>,
    ) {
        if let Some(Err(error)) = self.call(device, work) {
            self.violate(format!("an act was not taken: {error}"));
        }
    }

    /// Writes a text that nobody wrote before.
    pub fn write(&mut self, device: DeviceId, conversation: ConversationId) -> Option<String> {
        self.answer(device, conversation, None)
    }

    /// Writes a text that nobody wrote before, and that may answer a message.
    pub fn answer(
        &mut self,
        device: DeviceId,
        conversation: ConversationId,
        reply_to: Option<i64>,
    ) -> Option<String> {
        let outgoing = Outgoing {
            reply_to,
            ..Outgoing::default()
        };
        self.send(device, conversation, outgoing)
    }

    /// Writes a text that nobody wrote before, otherwise as is said.
    pub fn send(
        &mut self,
        device: DeviceId,
        conversation: ConversationId,
        outgoing: Outgoing,
    ) -> Option<String> {
        let text = self.fresh_text(device, conversation, false);
        let outgoing = Outgoing {
            text: text.clone(),
            ..outgoing
        };
        self.send_announced(device, conversation, text, outgoing)
    }

    pub(super) fn send_announced(
        &mut self,
        device: DeviceId,
        conversation: ConversationId,
        text: String,
        outgoing: Outgoing,
    ) -> Option<String> {
        let sent = self.call(device, |machine, now_ms, rng| {
            machine.send(now_ms, rng, conversation, outgoing)
        });
        match sent {
            Some(Ok(view)) => {
                self.mark_timed(&text, view.timer_s.is_some());
                Some(text)
            }
            Some(Err(error)) => {
                self.violate(format!("a text was not taken: {error}"));
                None
            }
            None => {
                self.written.remove(&text);
                None
            }
        }
    }

    pub(super) fn give(&mut self, device: DeviceId, input: Input) {
        if !self.devices[device].is_up {
            return;
        }
        self.steps += 1;
        // A crash within a transaction is a crash before it.
        if self.dice.chance(self.weather.crashes / 4) {
            return self.crash(device);
        }
        let now_ms = self.devices[device].local_ms(self.now_ms);
        let it = &mut self.devices[device];
        let Some(machine) = it.machine.as_mut() else {
            return;
        };
        if let Err(error) = machine.handle(now_ms, it.dice.rng(), input) {
            let name = it.name.as_str().to_owned();
            return self.violate(format!("{name}'s machine fails: {error}"));
        }
        self.drain(device);
    }

    fn drain(&mut self, device: DeviceId) {
        let mut outputs: Vec<Output> = Vec::new();
        if let Some(machine) = self.devices[device].machine.as_mut() {
            while let Some(output) = machine.poll_output() {
                outputs.push(output);
            }
        }
        let mut kept = outputs.len();
        let crashes = self.dice.chance(self.weather.crashes / 4);
        if crashes {
            kept = self.dice.place(outputs.len().saturating_add(1));
        }
        outputs.truncate(kept);
        for output in outputs {
            self.carry_out(device, output);
        }
        match crashes {
            true => self.crash(device),
            false => self.plan_wake(device),
        }
    }

    fn plan_wake(&mut self, device: DeviceId) {
        let it = &self.devices[device];
        let machine = it.machine.as_ref().filter(|_| it.is_up);
        let Some(wake_ms) = machine.and_then(Machine::wake_at) else {
            return;
        };
        let at_ms = it.world_ms(wake_ms).max(self.now_ms);
        if it.wake_planned.is_none_or(|planned| planned > at_ms) {
            let life = it.life;
            self.devices[device].wake_planned = Some(at_ms);
            self.at(at_ms, Happening::Wake(device, life));
        }
    }

    pub(super) fn wake(&mut self, device: DeviceId, life: u64) {
        let now_ms = self.now_ms;
        let it = &mut self.devices[device];
        if it.life != life || !it.is_up {
            return;
        }
        let planned = it.wake_planned.take_if(|planned| *planned <= now_ms);
        let local_ms = it.local_ms(now_ms);
        let due = it
            .machine
            .as_ref()
            .and_then(Machine::wake_at)
            .is_some_and(|at| at <= local_ms);
        if !due {
            return self.plan_wake(device);
        }
        it.wakes_at_once = match planned {
            Some(planned) if planned == now_ms => it.wakes_at_once + 1,
            _ => 0,
        };
        let before = it.wakes_at_once;
        self.give(device, Input::Wake);
        let it = &mut self.devices[device];
        if it
            .machine
            .as_ref()
            .and_then(Machine::wake_at)
            .is_none_or(|at| at > local_ms)
        {
            it.wakes_at_once = 0;
        } else if before > WAKES_AT_ONCE_MAX {
            let name = it.name.as_str().to_owned();
            self.violate(format!("{name}'s machine wants to be woken without end"));
        }
    }

    /// A device falls: its database stays, and the mark that it keeps outside.
    pub fn crash(&mut self, device: DeviceId) {
        self.note(|world| format!("{} crashes", world.devices[device].name.as_str()));
        self.stop(device);
        let late = match self.dice.chance(300) {
            true => 0,
            false => self.dice.below(20_000),
        };
        self.after(late, Happening::Start(device));
    }

    fn stop(&mut self, device: DeviceId) {
        self.forget_links_of(device);
        self.break_peers_of(device);
        self.forget_blobs_of(device);
        let it = &mut self.devices[device];
        it.is_up = false;
        it.lines.clear();
        it.life += 1;
        it.wake_planned = None;
        it.wakes_at_once = 0;
    }

    pub(super) fn start(&mut self, device: DeviceId) {
        if self.devices[device].is_up {
            return;
        }
        let now_ms = self.devices[device].local_ms(self.now_ms);
        let it = &mut self.devices[device];
        let Some(machine) = it.machine.take() else {
            return;
        };
        it.is_up = true;
        match Machine::open(machine.into_connection(), it.mark, now_ms, it.dice.rng()) {
            Ok(machine) => it.machine = Some(machine),
            Err(error) => return self.violate(format!("a machine does not start again: {error}")),
        }
        self.sweep_blobs(device);
        self.note(|world| format!("{} starts", world.devices[device].name.as_str()));
        self.drain(device);
        self.tell_endpoint(device);
    }

    fn tell_endpoint(&mut self, device: DeviceId) {
        if let Some(endpoint) = self.devices[device].endpoint() {
            self.give(device, Input::OwnEndpoint(endpoint));
        }
    }

    /// The home falls, and comes up again some time later.
    pub fn crash_home(&mut self) {
        self.note(|_| "the home crashes".to_owned());
        self.home.crash();
        self.break_links_of(None);
        let late = self.dice.below(30_000);
        self.after(late, Happening::HomeUp);
    }

    pub(super) fn home_up(&mut self) {
        self.note(|_| "the home is up".to_owned());
        if let Err(error) = self.home.restart() {
            self.violate(format!("the home does not start again: {error}"));
        }
        self.expire();
    }

    /// Cuts a device from the home, or two devices from each other.
    pub fn cut(&mut self, device: DeviceId, other: Option<DeviceId>) {
        match other {
            None => {
                self.cut_from_home.insert(device);
                self.break_links_of(Some(device));
                self.note(|world| format!("{} is cut off", world.devices[device].name.as_str()));
            }
            Some(other) => {
                self.cut.insert((device.min(other), device.max(other)));
                self.break_peers(device, other);
            }
        }
        let late = self.dice.below(60_000);
        self.after(late, Happening::Reunite);
    }

    pub(super) fn reunite(&mut self) {
        self.cut_from_home.clear();
        self.cut.clear();
    }

    /// Ends all faults: the home and every device run, and everybody reaches everybody.
    pub fn heal(&mut self) {
        self.note(|_| "everything heals".to_owned());
        self.weather = crate::weather::Weather::fine();
        self.reunite();
        if !self.home.is_up() {
            self.home_up();
        }
        for device in 0..self.devices.len() {
            self.start(device);
        }
    }
}

impl World {
    /// Two devices can't reach each other directly until everything heals.
    pub fn separate(&mut self, a: DeviceId, b: DeviceId) {
        self.cut.insert((a.min(b), a.max(b)));
        self.break_peers(a, b);
    }

    /// A device can't reach the home until everything heals.
    pub fn cut_off(&mut self, device: DeviceId) {
        self.cut_from_home.insert(device);
        self.break_links_of(Some(device));
    }

    /// Everybody can reach everybody again.
    pub fn reunite_all(&mut self) {
        self.reunite();
    }

    /// A device dies right after it has opened its database, before anything came out, and starts once more.
    pub fn die_at_start(&mut self, device: DeviceId) {
        self.stop(device);
        let now_ms = self.devices[device].local_ms(self.now_ms);
        let it = &mut self.devices[device];
        let opened = it
            .machine
            .take()
            .map(|machine| Machine::open(machine.into_connection(), it.mark, now_ms, it.dice.rng()));
        match opened {
            Some(Ok(machine)) => it.machine = Some(machine),
            Some(Err(error)) => return self.violate(format!("a machine does not start again: {error}")),
            None => {}
        }
        self.start(device);
    }

    /// Sets a device's clock.
    pub fn set_clock(&mut self, device: DeviceId, ahead_ms: i64) {
        self.devices[device].ahead_ms = ahead_ms;
        self.devices[device].wake_planned = None;
        self.plan_wake(device);
    }

    fn expire(&mut self) {
        if let Err(error) = self.home.expire(self.now_ms) {
            self.violate(format!("what has expired can't be removed: {error}"));
        }
    }

    /// A device is switched off. [`World::switch_on`] starts it again, or [`World::heal`].
    pub fn switch_off(&mut self, device: DeviceId) {
        self.note(|world| format!("{} is switched off", world.devices[device].name.as_str()));
        self.stop(device);
    }

    /// A device is switched on again.
    pub fn switch_on(&mut self, device: DeviceId) {
        self.start(device);
    }

    /// All sleep for a while: what was on its way stays so, connections break.
    pub fn skip(&mut self, ms: u64) {
        self.now_ms = self.now_ms.saturating_add(ms);
        self.break_links_of(None);
        self.expire();
    }
}
