//! A whole run from a seed: people in weather, then healing, then rest.

use xchat_core::io::ConversationId;
use xchat_proto::limits::TIMER_S_MIN;

use crate::check;
use crate::dice::Dice;
use crate::story;
use crate::villain::liar::{Liar, Lie};
use crate::weather::Weather;
use crate::world::{BEGIN_MS, World, parameters};

/// How long the world may take to come to rest after it has healed, in milliseconds of its own time.
const REST_MS: u64 = 20 * 60 * 1000;
/// How often it is looked at.
const LOOK_MS: u64 = 5_000;

/// What became of a run.
#[derive(Debug)]
pub struct Outcome {
    /// What was violated, if anything.
    pub violation: Option<String>,
    /// What happened, when that was wanted.
    pub trace: Vec<String>,
    /// Texts that were written.
    pub written: usize,
    /// Inputs that the machines were given.
    pub steps: u64,
    /// How long it took in the world's own time, in milliseconds.
    pub lasted_ms: u64,
}

/// Runs a seed.
pub fn run(seed: u64, is_verbose: bool) -> Outcome {
    let mut dice = Dice::new(seed, 7);
    let weather = Weather::of(&mut dice);
    match world(seed, weather, &mut dice) {
        Err(error) => Outcome {
            violation: Some(error),
            trace: Vec::new(),
            written: 0,
            steps: 0,
            lasted_ms: 0,
        },
        Ok(mut world) => {
            world.is_verbose = is_verbose;
            world.note(|world| format!("{:?}", world.weather));
            let violation = live(&mut world, &mut dice).err();
            Outcome {
                violation: world.violations.first().cloned().or(violation),
                written: world.written.len(),
                steps: world.steps,
                lasted_ms: world.now_ms.saturating_sub(BEGIN_MS),
                trace: world.trace,
            }
        }
    }
}

/// A world with one operator, or with several, of whom one may lie: not the first, whose node is everybody's home.
fn world(seed: u64, weather: Weather, dice: &mut Dice) -> Result<World, String> {
    let count = match dice.below(2) {
        0 => 1,
        _ => usize::try_from(dice.between(2, 5)).unwrap_or(2),
    };
    let mut world = World::with_operators(seed, weather, count, parameters())?;
    if count > 1 && dice.chance(500) {
        let node = world.operators[1 + dice.place(count - 1)].node;
        world.liars.insert(node, Box::new(Liar::new(Lie::any(dice))));
    }
    Ok(world)
}

fn live(world: &mut World, dice: &mut Dice) -> Result<(), String> {
    let people = usize::try_from(dice.between(2, 4)).unwrap_or(2);
    story::people(world, people)?;
    world.run_for(10_000);
    let actions = dice.between(20, 120);
    let pause_ms = dice.between(10, 4_000);
    for _ in 0..actions {
        if !world.violations.is_empty() {
            break;
        }
        story::act(world);
        let pause = dice.below(pause_ms);
        world.run_for(pause);
    }
    rest(world)?;
    // Now everything is read, and that arrives too.
    for device in 0..world.devices.len() {
        for conversation in conversations(world, device) {
            story::read_all(world, device, conversation);
        }
    }
    rest(world)?;
    all_read(world)?;
    // What disappears after it was read is gone some time later, on all sides; nothing else is. A clock that was set
    // back from one end of what clocks are off to the other delays it by as much.
    world.run_for(u64::from(3 * TIMER_S_MIN) * 1000 + 2 * story::CLOCK_OFF_MS_MAX + LOOK_MS);
    match world.violations.first().cloned().or(check::lasting(world)?) {
        Some(violation) => Err(violation),
        None => check::settled(world),
    }
}

fn conversations(world: &World, device: usize) -> Vec<ConversationId> {
    let machine = world.devices[device].machine.as_ref();
    let views = machine.and_then(|machine| machine.conversations().ok());
    views.unwrap_or_default().iter().map(|view| view.id).collect()
}

/// Heals the world, and waits until it is at rest as it should be.
///
/// # Errors
/// What still isn't, when it took too long.
pub fn rest(world: &mut World) -> Result<(), String> {
    world.heal();
    for device in 0..world.devices.len() {
        story::resume_uploads(world, device);
    }
    let end_ms = world.now_ms.saturating_add(REST_MS);
    // What was under way may undo what looks like rest.
    world.run_for(LOOK_MS);
    loop {
        for device in 0..world.devices.len() {
            story::answer_requests(world, device, false);
        }
        world.run_for(LOOK_MS);
        if let Some(violation) = world.violations.first() {
            return Err(violation.clone());
        }
        match check::settled(world) {
            Ok(()) => return Ok(()),
            Err(reason) if world.now_ms >= end_ms => return Err(format!("never came to rest: {reason}")),
            Err(_) => {}
        }
    }
}

fn all_read(world: &mut World) -> Result<(), String> {
    let end_ms = world.now_ms.saturating_add(REST_MS);
    loop {
        let unread = check::unread(world)?;
        match unread {
            None => return Ok(()),
            Some(what) if world.now_ms >= end_ms => return Err(what),
            Some(_) => world.run_for(LOOK_MS),
        }
        if let Some(violation) = world.violations.first() {
            return Err(violation.clone());
        }
    }
}
