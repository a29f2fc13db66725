//! What people do, and what befalls them, at random.

use xchat_core::content::MediaKind;
use xchat_core::io::{ConversationId, ConversationState, FileView, TransferState};
use xchat_proto::limits::TIMER_S_MIN;

use crate::device::DeviceId;
use crate::world::{BEGIN_MS, World};

/// How wrong a clock may be that was set, in milliseconds, either way.
pub const CLOCK_OFF_MS_MAX: u64 = 180_000;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;
const NAMES: [&str; 4] = ["alice", "bob", "carol", "dave"];

/// The people of a seed, registering.
///
/// # Errors
/// A text, when a machine refuses.
pub fn people(world: &mut World, count: usize) -> Result<(), String> {
    for name in NAMES.iter().take(count) {
        // Clocks are off by up to a minute and a half either way.
        let ahead_ms = i64::try_from(world.dice.below(180_000)).unwrap_or(0) - 90_000;
        world.add_device(name, ahead_ms)?;
    }
    Ok(())
}

/// One action of somebody, or a disaster.
pub fn act(world: &mut World) {
    if world.dice.chance(world.weather.disasters) {
        return disaster(world);
    }
    let device = world.dice.place(world.devices.len());
    match world.dice.below(100) {
        0..15 => contact(world, device),
        15..30 => answer_request(world, device),
        30..56 => write(world, device, 1),
        56..60 => send_file(world, device),
        60..62 => do_to_a_file(world, device),
        62..74 => do_to_a_message(world, device),
        74..76 => {
            let many = world.dice.between(65, 150);
            write(world, device, many);
        }
        76..90 => read(world, device),
        90..94 => type_something(world, device),
        94..96 => set_timer(world, device),
        _ => {
            let present = world.dice.chance(500);
            world.call(device, |machine, now_ms, rng| {
                machine.set_present(now_ms, rng, present)
            });
        }
    }
}

fn contact(world: &mut World, device: DeviceId) {
    let other = world.dice.place(world.devices.len());
    if !world.devices[device].is_registered() {
        return;
    }
    if other == device {
        world.note(|world| format!("{} opens the note", world.devices[device].name.as_str()));
        world.call(device, |machine, now_ms, rng| machine.note(now_ms, rng).is_ok());
        return;
    }
    let name = world.devices[other].name.clone();
    world.note(|world| {
        format!(
            "{} looks for {}",
            world.devices[device].name.as_str(),
            name.as_str()
        )
    });
    // What can be told at once is told; the rest comes as an event.
    world.call(device, |machine, now_ms, rng| {
        machine.contact(now_ms, rng, name).is_ok()
    });
}

fn answer_request(world: &mut World, device: DeviceId) {
    let declines = world.dice.chance(60);
    answer_requests(world, device, declines);
}

/// Accepts or declines all requests that wait.
pub fn answer_requests(world: &mut World, device: DeviceId, declines: bool) {
    let waiting = world.devices[device]
        .machine
        .as_ref()
        .filter(|_| world.devices[device].is_up)
        .and_then(|machine| machine.requests().ok());
    for request in waiting.unwrap_or_default() {
        let name = request.from.clone();
        world.note(|world| {
            let what = if declines { "declines" } else { "accepts" };
            format!("{} {what} {}", world.devices[device].name.as_str(), name.as_str())
        });
        if declines {
            world.devices[device].declined.insert(request.from);
            world.call(device, |machine, now_ms, rng| {
                machine.decline(now_ms, rng, request.id)
            });
        } else if let Some(Err(error)) = world.call(device, |machine, now_ms, rng| {
            machine.accept(now_ms, rng, request.id)
        }) {
            world.violate(format!("an honest request can't be accepted: {error}"));
        }
    }
}

fn some_conversation(world: &mut World, device: DeviceId) -> Option<ConversationId> {
    let it = &world.devices[device];
    let machine = it.machine.as_ref().filter(|_| it.is_up)?;
    let mut open = machine.conversations().ok()?;
    open.retain(|view| view.state <= ConversationState::Active);
    open.sort_by_key(|view| view.id);
    let place = world.dice.place(open.len());
    open.get(place).map(|view| view.id)
}

fn write(world: &mut World, device: DeviceId, count: u64) {
    let Some(conversation) = some_conversation(world, device) else {
        return;
    };
    for _ in 0..count {
        let Some(text) = world.write(device, conversation) else {
            return;
        };
        world.note(|world| format!("{} writes {text:?}", world.devices[device].name.as_str()));
    }
}

fn send_file(world: &mut World, device: DeviceId) {
    let Some(conversation) = some_conversation(world, device) else {
        return;
    };
    // Some come by themselves, some don't, some go to the home only when nobody fetches them.
    let kinds = [
        MediaKind::Photo,
        MediaKind::Photo,
        MediaKind::Video,
        MediaKind::File,
    ];
    let kind = kinds[world.dice.place(kinds.len())];
    let sizes = [0, 200_000, 5_000_000, 19_000_000, 40_000_000];
    let size = sizes[world.dice.place(sizes.len())];
    if let Some(text) = world.send_file(device, conversation, kind, size) {
        world.note(|world| {
            let own = world.devices[device].name.as_str();
            format!("{own} sends {text:?} with a {kind:?} of {size} bytes")
        });
    }
}

/// Fetches, pauses, resumes or gives up one of the newest files, or deletes its message here.
fn do_to_a_file(world: &mut World, device: DeviceId) {
    let Some(conversation) = some_conversation(world, device) else {
        return;
    };
    let Some(machine) = world.devices[device].machine.as_ref() else {
        return;
    };
    let mut newest = machine.messages(conversation, None, 20).unwrap_or_default();
    newest.retain(|message| !message.files.is_empty());
    let Some(message) = newest.get(world.dice.place(newest.len())) else {
        return;
    };
    let (row, what) = (message.row, world.dice.below(4));
    world.note(|world| {
        let own = world.devices[device].name.as_str();
        format!("{own} does {what} to the file of row {row}")
    });
    // What can't be done is said, and that is no fault.
    world.call(device, |machine, now_ms, rng| match what {
        0 => machine.pause_file(now_ms, rng, row, 0).is_ok(),
        1 => machine.resume_file(now_ms, rng, row, 0).is_ok(),
        2 => machine.cancel_file(now_ms, rng, row, 0).is_ok(),
        _ => machine.fetch_file(now_ms, rng, row, 0).is_ok(),
    });
}

/// Goes on with all own files that were paused: nobody gets a message whose files are held back.
pub fn resume_uploads(world: &mut World, device: DeviceId) {
    let machine = world.devices[device].machine.as_ref();
    let views = machine.and_then(|machine| machine.conversations().ok());
    for view in views.unwrap_or_default() {
        let machine = world.devices[device].machine.as_ref();
        let messages = machine.and_then(|machine| machine.messages(view.id, None, 500).ok());
        for message in messages.unwrap_or_default() {
            let is_paused = |file: &FileView| file.transfer == TransferState::Paused;
            if message.mine && message.files.iter().any(is_paused) {
                world.call(device, |machine, now_ms, rng| {
                    machine.resume_file(now_ms, rng, message.row, 0).is_ok()
                });
            }
        }
    }
}

/// Answers, edits, deletes, pins, votes on or reacts to one of the newest messages, or asks something.
fn do_to_a_message(world: &mut World, device: DeviceId) {
    let Some(conversation) = some_conversation(world, device) else {
        return;
    };
    let Some(machine) = world.devices[device].machine.as_ref() else {
        return;
    };
    let is_note = machine
        .conversation(conversation)
        .is_ok_and(|view| view.is_some_and(|view| view.is_note));
    let mut newest = machine.messages(conversation, None, 12).unwrap_or_default();
    newest.retain(|message| !message.is_deleted && message.notice.is_none());
    let Some(message) = newest.get(world.dice.place(newest.len())).cloned() else {
        return;
    };
    let (what, text) = (world.dice.below(11), message.text.clone());
    let own = world.devices[device].name.as_str().to_owned();
    if let Some(poll) = message.poll.as_ref().filter(|poll| !poll.is_ended)
        && what > 3
    {
        let ends = message.mine && poll.voters > 0 && what > 8;
        world.note(|_| format!("{own} {} {text:?}", if ends { "ends" } else { "votes on" }));
        return match ends {
            true => world.end_poll(device, &message),
            false => world.vote(device, &message),
        };
    }
    match what {
        0..3 => {
            world.note(|_| format!("{own} answers {text:?}"));
            world.answer(device, conversation, Some(message.row));
        }
        3 if message.mine && !is_note => {
            world.note(|_| format!("{own} deletes {text:?}"));
            world.delete(device, &message);
        }
        4..=6 if message.mine && !is_note && message.poll.is_none() => {
            world.note(|_| format!("{own} edits {text:?}"));
            world.edit(device, &message);
        }
        8 => {
            world.note(|_| format!("{own} asks something"));
            let is_multiple = world.dice.chance(500);
            world.ask(device, conversation, is_multiple);
        }
        9 => {
            world.note(|_| format!("{own} pins {text:?}, or takes that back"));
            world.pin(device, &message, !message.is_pinned);
        }
        _ => {
            let emoji = ["👍", "❤️", "😂"][world.dice.place(3)];
            let stands = message
                .reactions
                .iter()
                .any(|stands| stands.mine && stands.emoji == emoji);
            world.note(|_| format!("{own} reacts to {text:?} with {emoji}, or takes it back"));
            world.react(device, &message, emoji, !stands);
        }
    }
}

fn read(world: &mut World, device: DeviceId) {
    let Some(conversation) = some_conversation(world, device) else {
        return;
    };
    read_all(world, device, conversation);
}

/// Reads a conversation to its end.
pub fn read_all(world: &mut World, device: DeviceId, conversation: ConversationId) {
    let machine = world.devices[device].machine.as_ref();
    let messages = machine.and_then(|machine| machine.messages(conversation, None, 500).ok());
    let newest = messages
        .unwrap_or_default()
        .iter()
        .rfind(|message| !message.mine)
        .map(|message| message.row);
    if let Some(row) = newest {
        world.call(device, |machine, now_ms, rng| {
            machine.mark_read(now_ms, rng, conversation, row)
        });
    }
}

fn type_something(world: &mut World, device: DeviceId) {
    let typing = world.dice.chance(600);
    if let Some(conversation) = some_conversation(world, device) {
        world.call(device, |machine, now_ms, rng| {
            machine.set_typing(now_ms, rng, conversation, typing)
        });
    }
}

/// Lets messages of a conversation disappear, or stay.
fn set_timer(world: &mut World, device: DeviceId) {
    let timer_s = [None, Some(TIMER_S_MIN), Some(3 * TIMER_S_MIN)][world.dice.place(3)];
    if let Some(conversation) = some_conversation(world, device) {
        world.note(|world| format!("{} sets {timer_s:?}", world.devices[device].name.as_str()));
        world.set_timer(device, conversation, timer_s);
    }
}

fn disaster(world: &mut World) {
    let device = world.dice.place(world.devices.len());
    match world.dice.below(10) {
        0..3 => world.cut(device, None),
        3..5 => {
            let other = world.dice.place(world.devices.len());
            if other != device {
                world.cut(device, Some(other));
            }
        }
        5 => world.crash_home(),
        6 => {
            let ahead_ms = i64::try_from(world.dice.below(2 * CLOCK_OFF_MS_MAX)).unwrap_or(0)
                - i64::try_from(CLOCK_OFF_MS_MAX).unwrap_or(0);
            world.note(|world| format!("{}'s clock is set", world.devices[device].name.as_str()));
            world.set_clock(device, ahead_ms);
        }
        7 if world.now_ms < BEGIN_MS + DAY_MS => {
            // Leaves grow old: everybody renews at the same time. Once only: an invitation that lies for more than a
            // week at its sender is sealed to a key that may be gone (docs/spec/simulation.md).
            world.note(|_| "eight days pass".to_owned());
            world.skip(8 * DAY_MS);
        }
        8 => world.change_operators(),
        _ if world.devices[device].is_up => world.crash(device),
        _ => {}
    }
}
