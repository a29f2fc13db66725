//! What holds when everything has healed and come to rest.

mod files;

use std::collections::BTreeMap;

use xchat_core::io::{ChoiceView, ConversationState, ConversationView, MessageState, MessageView};
use xchat_proto::name::Name;

use crate::device::DeviceId;
use crate::world::World;

struct Told {
    view: ConversationView,
    messages: Vec<MessageView>,
}

/// A message as both sides see it: whose, its text, and what was done to it.
type Line = (String, String, String);

impl Told {
    /// What both sides show alike: all but what disappears, at another time on each side.
    fn lines(&self, world: &World) -> Vec<Line> {
        let line = |message: &MessageView| {
            let MessageView {
                edited_ms,
                is_deleted,
                reply,
                reactions,
                is_pinned,
                poll,
                answers,
                ..
            } = message;
            let reply = reply.as_ref().map(|reply| {
                let disappears = is_timed(world, &reply.text);
                let is_gone = disappears || reply.is_deleted || reply.from.is_none();
                (!is_gone).then_some((&reply.from, &reply.text))
            });
            let reactions = reactions.iter().map(|reaction| {
                let mut names: Vec<&str> = reaction.names.iter().map(Name::as_str).collect();
                names.sort_unstable();
                format!("{} {names:?}", reaction.emoji)
            });
            let reactions: Vec<String> = reactions.collect();
            let poll = poll.as_ref().map(|poll| {
                let choice = |choice: &ChoiceView| {
                    let mut names: Vec<&str> = choice.names.iter().map(Name::as_str).collect();
                    names.sort_unstable();
                    format!("{} {names:?}", choice.text)
                };
                let choices: Vec<String> = poll.choices.iter().map(choice).collect();
                format!("{} {} {choices:?}", poll.is_ended, poll.voters)
            });
            let done = format!(
                "{edited_ms:?} {is_deleted} {is_pinned} {reply:?} {reactions:?} {poll:?} {answers:?}"
            );
            (message.from.as_str().to_owned(), message.text.clone(), done)
        };
        let timer = (
            "timer".to_owned(),
            format!("{:?}", self.view.timer_s),
            String::new(),
        );
        let messages = self.messages.iter().filter(|message| message.timer_s.is_none());
        messages.map(line).chain([timer]).collect()
    }
}

fn is_timed(world: &World, text: &str) -> bool {
    world.written.get(text).is_some_and(|written| written.is_timed)
}

fn conversations(world: &World, device: DeviceId) -> Result<Vec<Told>, String> {
    let it = &world.devices[device];
    let machine = it.machine.as_ref().ok_or("a device without a machine")?;
    let mut all = Vec::new();
    for view in machine.conversations().map_err(|e| e.to_string())? {
        let mut messages: Vec<MessageView> = Vec::new();
        loop {
            let before = messages.first().map(|message| message.row);
            let mut page = machine
                .messages(view.id, before, 500)
                .map_err(|e| e.to_string())?;
            if page.is_empty() {
                break;
            }
            page.append(&mut messages);
            messages = page;
        }
        all.push(Told { view, messages });
    }
    Ok(all)
}

fn declined(world: &World, a: DeviceId, b: DeviceId) -> bool {
    let (a, b) = (&world.devices[a], &world.devices[b]);
    a.declined.contains(&b.name) || b.declined.contains(&a.name)
}

/// Whether the world is at rest as it should be; otherwise the first thing that isn't.
///
/// # Errors
/// That thing.
pub fn settled(world: &World) -> Result<(), String> {
    let all = (0..world.devices.len())
        .map(|device| conversations(world, device))
        .collect::<Result<Vec<_>, _>>()?;
    let place: BTreeMap<&Name, DeviceId> = world
        .devices
        .iter()
        .enumerate()
        .map(|(at, device)| (&device.name, at))
        .collect();
    for (device, told) in all.iter().enumerate() {
        let own = world.devices[device].name.as_str();
        if !world.devices[device].is_registered() {
            return Err(format!("{own} has no name"));
        }
        for told in told {
            let other = place.get(&told.view.peer).copied();
            let other = other.ok_or_else(|| format!("{own} talks to nobody"))?;
            if declined(world, device, other) {
                continue;
            }
            at_rest(own, told)?;
            files::at_rest(world, device, &told.messages)?;
            if told.view.is_note {
                noted(world, device, told)?;
            }
        }
    }
    for a in 0..all.len() {
        for b in a + 1..all.len() {
            if !declined(world, a, b) {
                agree(world, (a, &all[a]), (b, &all[b]))?;
            }
        }
    }
    files::leftovers(world)?;
    epochs(world)
}

fn at_rest(own: &str, told: &Told) -> Result<(), String> {
    let peer = told.view.peer.as_str();
    if told.view.state != ConversationState::Active {
        let state = told.view.state;
        return Err(format!(
            "{own}'s conversation with {peer} is {state:?}: {:?}",
            told.view.trouble
        ));
    }
    if told.view.missing > 0 {
        return Err(format!("{own} misses {} of {peer}'s messages", told.view.missing));
    }
    let reached = if told.view.is_note {
        MessageState::Sent
    } else {
        MessageState::Delivered
    };
    let undelivered = told
        .messages
        .iter()
        .find(|message| message.mine && message.state < reached);
    if let Some(message) = undelivered {
        return Err(format!(
            "{own}'s {:?} to {peer} is {:?}",
            message.text, message.state
        ));
    }
    Ok(())
}

/// A note holds what was written there, each text once, in the order of writing, and nobody has read it.
fn noted(world: &World, device: DeviceId, told: &Told) -> Result<(), String> {
    let mut written: Vec<(u64, &str)> = world
        .written
        .iter()
        .filter(|(_, written)| written.author == device && written.conversation == told.view.id)
        .filter(|(_, written)| !written.is_timed)
        .map(|(text, written)| (written.order, text.as_str()))
        .collect();
    written.sort_unstable();
    let stays = |message: &&MessageView| message.timer_s.is_none() && message.notice.is_none();
    let shown = told.messages.iter().filter(stays);
    let shown = shown.map(|message| message.text.as_str());
    if !shown.eq(written.iter().map(|(_, text)| *text)) {
        let (shown, written) = (told.messages.len(), written.len());
        return Err(format!(
            "a note shows {shown} of {written} texts, or in another order"
        ));
    }
    match told
        .messages
        .iter()
        .find(|message| message.state != MessageState::Sent)
    {
        Some(message) => Err(format!("a note's {:?} is {:?}", message.text, message.state)),
        None => Ok(()),
    }
}

fn agree(
    world: &World,
    (a, of_a): (DeviceId, &[Told]),
    (b, of_b): (DeviceId, &[Told]),
) -> Result<(), String> {
    let (a_name, b_name) = (&world.devices[a].name, &world.devices[b].name);
    let with = |all: &'_ [Told], name: &Name| -> Vec<Vec<Line>> {
        let of_pair = all.iter().filter(|told| told.view.peer == *name);
        let mut lists: Vec<Vec<Line>> = of_pair.map(|told| told.lines(world)).collect();
        lists.sort();
        lists
    };
    let (of_a, of_b) = (with(of_a, b_name), with(of_b, a_name));
    if of_a != of_b {
        let count = |lists: &[Vec<_>]| lists.iter().map(Vec::len).collect::<Vec<_>>();
        let mut pairs = of_a.iter().flatten().zip(of_b.iter().flatten());
        let first = pairs.find(|(one, other)| one != other);
        return Err(format!(
            "{} and {} differ: {:?} and {:?} messages, first in {first:?}",
            a_name.as_str(),
            b_name.as_str(),
            count(&of_a),
            count(&of_b)
        ));
    }
    for list in &of_a {
        let mut newest: BTreeMap<&str, u64> = BTreeMap::new();
        for (from, text, _) in list {
            // What was edited or deleted keeps the place of what was there before.
            let Some(order) = world
                .written
                .get(text)
                .filter(|written| !written.is_edit)
                .map(|written| written.order)
            else {
                continue;
            };
            let before = newest.insert(from, order);
            if before.is_some_and(|before| before >= order) {
                return Err(format!("{from}'s {text:?} stands out of order"));
            }
        }
    }
    let written = world
        .written
        .iter()
        .filter(|(_, written)| written.author == a || written.author == b)
        .filter(|(_, written)| !written.is_edit && !written.is_changed && !written.is_timed);
    for (text, written) in written {
        let shown = of_a.iter().flatten();
        let shown = shown.filter(|(_, shown, _)| shown == text).count();
        let meant_for = world.devices[written.author]
            .machine
            .as_ref()
            .and_then(|machine| machine.conversation(written.conversation).ok().flatten())
            .map(|view| view.peer);
        let pair = [Some(a_name.clone()), Some(b_name.clone())];
        if pair.contains(&meant_for)
            && shown != 1
            && meant_for.as_ref() != Some(&world.devices[written.author].name)
        {
            let others = [a, b].contains(&written.author);
            if others {
                return Err(format!("{text:?} stands {shown} times"));
            }
        }
    }
    Ok(())
}

/// Both sides of each log are in its open epoch, and the one who joined has renewed its leaf.
fn epochs(world: &World) -> Result<(), String> {
    let mut logs: BTreeMap<_, Vec<(DeviceId, u64)>> = BTreeMap::new();
    for (device, it) in world.devices.iter().enumerate() {
        for (log, epoch) in &it.epochs {
            logs.entry(*log).or_default().push((device, *epoch));
        }
    }
    for (log, followers) in logs {
        let [(a, a_epoch), (b, b_epoch)] = followers.as_slice() else {
            continue;
        };
        let open = world.home.open_epoch(&log);
        if open != Some(*a_epoch) || a_epoch != b_epoch {
            return Err(format!(
                "{log:?} is in epoch {open:?}, its members in {a_epoch} and {b_epoch}"
            ));
        }
        if *a_epoch < 2 && !declined(world, *a, *b) {
            return Err(format!("{log:?} was never renewed after joining"));
        }
    }
    Ok(())
}

/// The first own message that its reader has read and its author doesn't know as read.
///
/// # Errors
/// A text, when a machine can't be read.
pub fn unread(world: &World) -> Result<Option<String>, String> {
    for device in 0..world.devices.len() {
        let own = &world.devices[device].name;
        for told in conversations(world, device)? {
            let peer = world.devices.iter().position(|it| it.name == told.view.peer);
            if told.view.is_note || peer.is_none_or(|peer| declined(world, device, peer)) {
                continue;
            }
            let unread = told
                .messages
                .iter()
                .find(|message| message.mine && message.state < MessageState::Read);
            if let Some(message) = unread {
                return Ok(Some(format!(
                    "{}'s {:?} was never read",
                    own.as_str(),
                    message.text
                )));
            }
        }
    }
    Ok(None)
}

/// The first message that should have disappeared and did not.
///
/// # Errors
/// A text, when a machine can't be read.
pub fn lasting(world: &World) -> Result<Option<String>, String> {
    for device in 0..world.devices.len() {
        for told in conversations(world, device)? {
            let mut timed = told.messages.iter().filter(|message| message.timer_s.is_some());
            if let Some(message) = timed.find(|message| !message.is_deleted) {
                let own = world.devices[device].name.as_str();
                return Ok(Some(format!("{own} still sees {:?}", message.text)));
            }
        }
    }
    Ok(None)
}
