//! Alice and Bob in conversation, in fine weather.

use rand_chacha::ChaCha20Rng;
use xchat_core::directory::NodeFault;
use xchat_core::io::{ConversationId, ConversationView};
use xchat_core::machine::Machine;
use xchat_sim::device::DeviceId;
use xchat_sim::weather::Weather;
use xchat_sim::world::{World, parameters};

use crate::people::{self, ALICE, BOB};

pub(crate) struct Lab {
    pub(crate) world: World,
}

impl Lab {
    /// Both registered, and nothing else.
    pub(crate) fn strangers() -> Self {
        Self::among(1)
    }

    /// Both registered, among so many operators.
    pub(crate) fn among(operators: usize) -> Self {
        let mut world = World::with_operators(7, Weather::fine(), operators, parameters()).unwrap();
        world.has_villains = true;
        world.add_device("alice", 0).unwrap();
        world.add_device("bob", 0).unwrap();
        let mut lab = Self { world };
        lab.pass(5_000);
        lab
    }

    /// Alice asks, Bob accepts; only the log lies between them when they are not `direct`.
    pub(crate) fn friends(direct: bool) -> Self {
        let mut lab = Self::strangers();
        if !direct {
            lab.world.separate(ALICE, BOB);
        }
        lab.befriend();
        lab
    }

    /// Alice asks, Bob accepts, among so many operators.
    pub(crate) fn befriended(operators: usize) -> Self {
        let mut lab = Self::among(operators);
        lab.befriend();
        lab
    }

    fn befriend(&mut self) {
        self.contact(ALICE, "bob");
        self.pass(5_000);
        let request = self.world.devices[BOB].requests[0];
        let accepted = self
            .world
            .call(BOB, |machine, now_ms, rng| machine.accept(now_ms, rng, request));
        accepted.unwrap().unwrap();
        self.pass(10_000);
    }

    pub(crate) fn pass(&mut self, ms: u64) {
        self.world.run_for(ms);
        assert_eq!(self.world.violations, Vec::<String>::new());
    }

    pub(crate) fn contact(&mut self, device: DeviceId, name: &str) {
        let name = name.parse().unwrap();
        let begun = self
            .world
            .call(device, |machine, now_ms, rng| machine.contact(now_ms, rng, name));
        begun.unwrap().unwrap();
    }

    pub(crate) fn machine(&self, device: DeviceId) -> &Machine {
        people::machine(&self.world, device)
    }

    /// What a device holds against an operator's node.
    pub(crate) fn fault(&self, device: DeviceId, operator: usize) -> Option<NodeFault> {
        let node = self.world.operators[operator].node;
        let nodes = self.machine(device).directory().unwrap().unwrap().nodes;
        let view = nodes.into_iter().find(|view| view.endpoint.id == node).unwrap();
        view.last_fault.map(|(fault, _)| fault)
    }

    /// Calls the machine of a device.
    pub(crate) fn call<T>(
        &mut self,
        device: DeviceId,
        work: impl FnOnce(&mut Machine, u64, &mut ChaCha20Rng) -> T,
    ) -> T {
        self.world.call(device, work).unwrap()
    }

    pub(crate) fn view(&self, device: DeviceId) -> ConversationView {
        self.machine(device).conversations().unwrap().pop().unwrap()
    }

    pub(crate) fn conversation(&self, device: DeviceId) -> ConversationId {
        self.view(device).id
    }

    pub(crate) fn write(&mut self, device: DeviceId) -> String {
        let conversation = self.conversation(device);
        self.world.write(device, conversation).unwrap()
    }

    /// What a device shows, in order.
    pub(crate) fn texts(&self, device: DeviceId) -> Vec<String> {
        let messages = self
            .machine(device)
            .messages(self.conversation(device), None, 500)
            .unwrap();
        messages.into_iter().map(|message| message.text).collect()
    }
}
