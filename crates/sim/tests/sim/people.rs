//! The people of the stories, and what is asked of their machines.

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use xchat_core::io::ConversationId;
use xchat_core::machine::Machine;
use xchat_proto::ids::LogId;
use xchat_proto::name::Name;
use xchat_sim::device::DeviceId;
use xchat_sim::story;
use xchat_sim::weather::Weather;
use xchat_sim::world::World;

pub(crate) const ALICE: DeviceId = 0;
pub(crate) const BOB: DeviceId = 1;
pub(crate) const CAROL: DeviceId = 2;

pub(crate) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// The first so many of Alice, Bob and Carol, each with a name, in fine weather.
pub(crate) fn people(seed: u64, count: usize) -> World {
    let mut world = World::new(seed, Weather::fine()).unwrap();
    for name in ["alice", "bob", "carol"].iter().take(count) {
        world.add_device(name, 0).unwrap();
    }
    world.run_for(10_000);
    world
}

pub(crate) fn machine(world: &World, device: DeviceId) -> &Machine {
    world.devices[device].machine.as_ref().unwrap()
}

/// A device's conversation with somebody.
pub(crate) fn with(world: &World, device: DeviceId, other: &str) -> ConversationId {
    let found = machine(world, device).conversation_with(&name(other)).unwrap();
    found.unwrap()
}

/// Finds somebody, and everybody accepts.
pub(crate) fn contact(world: &mut World, device: DeviceId, other: &str) {
    let begun = world.call(device, |machine, now_ms, rng| {
        machine.contact(now_ms, rng, name(other))
    });
    begun.unwrap().unwrap();
    world.run_for(10_000);
    for device in 0..world.devices.len() {
        story::answer_requests(world, device, false);
    }
    world.run_for(10_000);
}

/// The log of the conversation that Bob has.
pub(crate) fn log(world: &World) -> LogId {
    // The inbox, which has epoch 0 only, is among them.
    let followed = world.devices[BOB].epochs.iter();
    *followed.max_by_key(|(_, epoch)| **epoch).unwrap().0
}

/// The epoch that is open in it.
pub(crate) fn open_epoch(world: &World) -> u64 {
    world.home.open_epoch(&log(world)).unwrap()
}

/// A number from a device's database.
pub(crate) fn look_into(world: &mut World, device: DeviceId, sql: &str, text: &str) -> i64 {
    let it = &mut world.devices[device];
    let connection = it.machine.take().unwrap().into_connection();
    let found = connection.query_row(sql, [text], |row| row.get(0)).unwrap();
    let (now_ms, mark) = (it.local_ms(world.now_ms), it.mark);
    let mut rng = ChaCha20Rng::from_seed([4; 32]);
    it.machine = Some(Machine::open(connection, mark, now_ms, &mut rng).unwrap());
    found
}
