//! How messages, conversations and events read in a terminal.

use crate::clock;
use crate::dto::{
    Attachment, Conversation, ConversationState, Event, FileState, Message, Poll, Reaction, RecordChange,
    RecordPart, Reply, Report, Request,
};
use crate::screen::{glimpse, washed};

/// Letters of an answered message.
const QUOTE: usize = 24;
/// In characters, of a message that is only mentioned.
const GLIMPSE: usize = 40;

/// A message with its time, author and state, what it answers, and what was done to it.
pub(crate) fn message(message: &Message) -> String {
    let (time, from) = (clock::time_of_day(message.sent_ms), &message.from);
    if message.deleted {
        return format!("{time}  @{from}  (deleted)");
    }
    let marks = [
        message.mine.then(|| message.state.word()),
        message.edited_ms.map(|_| "edited"),
        message.forwarded.then_some("forwarded"),
        message.timer_s.map(|_| "disappears"),
    ];
    let marks: Vec<&str> = marks.into_iter().flatten().collect();
    let marks = if marks.is_empty() {
        String::new()
    } else {
        format!("  [{}]", marks.join(", "))
    };
    let quote = message.reply.as_ref().map_or_else(String::new, quote);
    let text = match &message.poll {
        Some(poll) => self::poll(message.row, poll),
        None => washed(&message.text).replace('\n', "\n    "),
    };
    let answers: Vec<String> = message
        .answers
        .iter()
        .map(|answer| format!("[{}]", washed(answer)))
        .collect();
    let answers = match answers.is_empty() {
        true => String::new(),
        false => format!("\n       {}", answers.join(" ")),
    };
    let reactions: Vec<String> = message.reactions.iter().map(reaction).collect();
    let reactions = if reactions.is_empty() {
        String::new()
    } else {
        format!("\n       {}", reactions.join("  "))
    };
    let files: String = message
        .attachments
        .iter()
        .map(|file| self::file(message.row, file))
        .collect();
    format!("{time}  @{from}  {quote}{text}{marks}{files}{answers}{reactions}")
}

/// A poll with its row, and each choice on a line of its own with its number and who has chosen it.
fn poll(row: i64, poll: &Poll) -> String {
    let mut lines = format!("{}  (poll {row}", washed(&poll.question).replace('\n', "\n    "));
    lines.push_str(if poll.multiple {
        ", choose any"
    } else {
        ", choose one"
    });
    lines.push_str(if poll.ended { ", over)" } else { ")" });
    for (choice, number) in poll.choices.iter().zip(1_u32..) {
        let names: Vec<String> = choice.names.iter().map(|name| format!("@{name}")).collect();
        let text = washed(&choice.text).replace('\n', " ");
        let line = format!("\n       {number}. {text}  {}", names.join(", "));
        lines.push_str(line.trim_end());
    }
    lines
}

/// A file on a line of its own, with what saves it.
fn file(row: i64, file: &Attachment) -> String {
    let state = match (file.state, file.going) {
        (FileState::Here, Some(_)) => ", on its way",
        (FileState::Here, None) => "",
        (FileState::Offered, _) => ", not here yet",
        (FileState::Waiting, _) => ", waits for somebody who has it",
        (FileState::Loading, _) => ", coming",
        (FileState::Paused, _) => ", paused",
        (FileState::Nowhere, _) => ", will not come",
    };
    let (name, size) = (washed(&file.name), size(file.size));
    format!("\n       {row}/{}  {name} ({size}{state})", file.part)
}

/// A size in bytes, as people say it.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["bytes", "kB", "MB", "GB"];
    let (mut tenths, mut unit) = (bytes.saturating_mul(10), 0);
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        (tenths, unit) = (tenths / 1000, unit + 1);
    }
    let name = UNITS.get(unit).copied().unwrap_or_default();
    match tenths < 100 && unit > 0 {
        true => format!("{}.{} {name}", tenths / 10, tenths % 10),
        false => format!("{} {name}", tenths / 10),
    }
}

fn quote(reply: &Reply) -> String {
    match (&reply.from, reply.deleted) {
        (Some(from), false) => format!("(to @{from}: {})  ", glimpse(&reply.text, QUOTE)),
        (Some(from), true) => format!("(to @{from}: deleted)  "),
        (None, _) => "(to a message that is not here)  ".to_owned(),
    }
}

/// A conversation in one line.
pub(crate) fn conversation(conversation: &Conversation) -> String {
    let mut parts = vec![format!("@{}", conversation.peer)];
    if conversation.unread > 0 {
        parts.push(format!("{} unread", conversation.unread));
    }
    parts.extend(standing(conversation));
    if conversation.online {
        parts.push(
            if conversation.direct {
                "online, direct"
            } else {
                "online"
            }
            .to_owned(),
        );
    }
    if let Some(last) = &conversation.last {
        parts.push(format!(
            "{} {}",
            clock::time_of_day(last.sent_ms),
            glimpse(&last.text, GLIMPSE)
        ));
    }
    parts.join("  ")
}

/// What is to know of a conversation that isn't simply in use.
pub(crate) fn standing(conversation: &Conversation) -> Option<String> {
    let what = match conversation.state {
        ConversationState::Active => None,
        ConversationState::Starting => Some("being set up: what you write waits here"),
        ConversationState::Joining => Some("waiting for the other side"),
        ConversationState::Broken => Some("broken: nothing is sent any more"),
        ConversationState::Restored => {
            Some("this is an old copy: nothing is sent, so that no key is used twice")
        }
        ConversationState::Removed => Some("this device was removed"),
    };
    let missing =
        (conversation.missing > 0).then(|| format!("{} messages are missing", conversation.missing));
    let parts: Vec<_> = what
        .map(str::to_owned)
        .into_iter()
        .chain(conversation.trouble.as_deref().map(washed))
        .chain(missing)
        .collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// A message request in one line.
pub(crate) fn request(request: &Request) -> String {
    let since = match request.name_since_ms {
        Some(since) => format!("a name since {}", clock::day(since)),
        None => "the age of the name is unknown".to_owned(),
    };
    format!("@{} would like to write to you ({since})", request.from)
}

/// An event in one line, if it is for people. `known` is what is known of the conversation's person.
pub(crate) fn event(event: &Event, known: &mut Known) -> Option<String> {
    Some(match event {
        Event::Message { message } => {
            known.keep(message);
            self::message(message)
        }
        Event::Changed { message } => changed(message, known),
        Event::Removed { .. } | Event::Scheduled { .. } | Event::Transfer { .. } => return None,
        Event::State { id, state, .. } => {
            let (text, _) = known.texts.get(id)?;
            format!("       {}: {text}", state.word())
        }
        Event::Request { request } => format!(
            "{}. Answer: /accept @{} or /decline @{1}",
            self::request(request),
            request.from
        ),
        Event::Conversation { conversation } => known.changed(conversation)?,
        Event::Home { reachable: false, .. } => {
            "The network is out of reach. Messages to people who are connected directly still go through."
                .to_owned()
        }
        Event::Home { reachable: true, .. } => "The network is in reach.".to_owned(),
        Event::OwnRecordChanged { change } => own_record(change),
        Event::Released { name } => format!("@{name} is given up. Nobody new finds this account."),
        Event::ReleaseFailed { error } => error.to_string(),
        Event::NetworkForked { height } => format!(
            "The network's operators have shown two truths (block {height}). xchat evidence shows the proofs. \
             Nobody new is looked up until you have looked at them on the page."
        ),
        Event::TrustExpired { .. } => {
            "The network was not seen for too long. Ask somebody in it for a new invitation, and give it to the page."
                .to_owned()
        }
        Event::ClockOff { network_ms } => format!(
            "This machine's clock is off: the network says {} {} UTC. Set it right.",
            clock::day(*network_ms),
            clock::time_of_day(*network_ms)
        ),
        Event::StorageFailed { full: true } => {
            "The disk is full. Nothing is lost; free some space, and it goes on by itself.".to_owned()
        }
        Event::StorageFailed { full: false } => {
            "The profile can't be written. Nothing is lost; it is tried again by itself.".to_owned()
        }
        Event::StorageRecovered => "The profile can be written again.".to_owned(),
        Event::NetworkFailed { reason } => {
            format!(
                "The network can't be used on this machine ({}). It is tried again by itself.",
                washed(reason)
            )
        }
        Event::Registered { name } => format!("You are @{name}."),
        Event::RegistrationFailed { error } => error.to_string(),
        Event::Lagged => "Some events were missed; /chats shows where things stand.".to_owned(),
        Event::Ready => return None,
    })
}

/// A message that reads otherwise than before.
fn changed(message: &Message, known: &mut Known) -> String {
    let from = &message.from;
    let before = known.texts.get(&message.id).cloned();
    if message.deleted {
        known.texts.remove(&message.id);
        let text = before.map(|(text, _)| text).unwrap_or_default();
        return format!("       @{from} deleted: {text}");
    }
    known.keep(message);
    let is_edit = match before {
        Some((_, edited_ms)) => edited_ms != message.edited_ms,
        // From before the start: of both, what there is to tell.
        None => message.edited_ms.is_some() && message.reactions.is_empty(),
    };
    if is_edit {
        return format!("       edited:\n{}", self::message(message));
    }
    let reactions: Vec<String> = message.reactions.iter().map(reaction).collect();
    let reactions = if reactions.is_empty() {
        "no reactions".to_owned()
    } else {
        reactions.join("  ")
    };
    format!("       {reactions}: {}", glimpse(&message.text, GLIMPSE))
}

fn reaction(reaction: &Reaction) -> String {
    let names: Vec<String> = reaction.names.iter().map(|name| format!("@{name}")).collect();
    format!("{} {}", washed(&reaction.emoji), names.join(", "))
}

/// What became of the own record elsewhere.
fn own_record(change: &RecordChange) -> String {
    let part = |part: &RecordPart| match part {
        RecordPart::IdentityKey => "its identity key (whoever did it has your 24 words)",
        RecordPart::Devices => "its devices",
        RecordPart::Inbox => "where messages from new people go",
        RecordPart::Released => "the name was given up",
        RecordPart::Lapsed => "the name was not renewed in time",
        RecordPart::Account => "the name is another account's",
    };
    let parts: Vec<_> = change.parts.iter().map(part).collect();
    format!(
        "Your directory record was changed elsewhere: {}. If that was not you, somebody has your keys.",
        parts.join("; ")
    )
}

/// What a reader of events has seen already, so that only news is told.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// The beginning of each message, and when it was edited.
    texts: std::collections::BTreeMap<String, (String, Option<u64>)>,
    people: std::collections::BTreeMap<i64, (bool, bool, Option<String>)>,
    homes: std::collections::BTreeMap<String, bool>,
}

impl Known {
    fn keep(&mut self, message: &Message) {
        let now = (glimpse(&message.text, GLIMPSE), message.edited_ms);
        self.texts.insert(message.id.clone(), now);
    }

    fn changed(&mut self, conversation: &Conversation) -> Option<String> {
        let now = (conversation.online, conversation.typing, standing(conversation));
        let before = self
            .people
            .insert(conversation.id, now.clone())
            .unwrap_or_default();
        let name = &conversation.peer;
        if now.2 != before.2 {
            return Some(match now.2 {
                Some(standing) => format!("@{name}: {standing}"),
                None => format!("@{name}: ready"),
            });
        }
        match (before, now) {
            ((_, false, _), (_, true, _)) => Some(format!("@{name} is typing ...")),
            ((false, ..), (true, ..)) => Some(format!("@{name} is online")),
            ((true, ..), (false, ..)) => Some(format!("@{name} is offline")),
            _ => None,
        }
    }

    /// Whether a home's state is new to this reader.
    pub(crate) fn is_news(&mut self, event: &Event) -> bool {
        match event {
            Event::Home { home, reachable } => {
                let before = self.homes.insert(home.clone(), *reachable);
                before.map_or(!*reachable, |before| before != *reachable)
            }
            _ => true,
        }
    }
}

/// What is reachable and what isn't, in a few lines.
pub(crate) fn report(report: &Report) -> String {
    let mut lines = Vec::new();
    if !report.in_network {
        lines.push("Network: none yet. xchat --join INVITATION joins one.".to_owned());
    }
    for node in &report.nodes {
        let word = match node.reachable {
            Some(true) => "answers",
            Some(false) => "out of reach",
            None => "not asked yet",
        };
        let id = node.id.get(..8).unwrap_or(&node.id);
        let whose = match &node.operator {
            Some(operator) if !operator.name.is_empty() => format!(" of {}", glimpse(&operator.name, 64)),
            _ => String::new(),
        };
        lines.push(format!("Node {id}{whose}: {word} ({})", node.sockets.join(", ")));
        if node.faults > 0 {
            lines.push(format!("  {} of its answers were not believed", node.faults));
        }
        if let Some(relay) = &node.relay {
            lines.push(format!("  relay {relay}"));
        }
    }
    if report.in_network {
        lines.push(format!("Network: {}", report.reach.sentence()));
    }
    let own = if report.own_sockets.is_empty() {
        "unknown yet".to_owned()
    } else {
        report.own_sockets.join(", ")
    };
    lines.push(format!("This device: {own}"));
    let direct: Vec<_> = report.direct.iter().map(|name| format!("@{name}")).collect();
    lines.push(match direct.is_empty() {
        true => "Direct connections: none".to_owned(),
        false => format!("Direct connections: {}", direct.join(", ")),
    });
    lines.push(match report.clock_difference_ms {
        Some(difference) => format!(
            "Clock: {:.1} s from the network's",
            std::time::Duration::from_millis(difference.unsigned_abs()).as_secs_f64()
        ),
        None => "Clock: not compared yet".to_owned(),
    });
    lines.join("\n")
}

#[cfg(test)]
mod tests;
