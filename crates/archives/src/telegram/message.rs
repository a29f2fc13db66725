//! Messages, and what the service says between them.

use super::media::Folder;
use crate::json::Json;
use crate::limits::{REACTIONS_MAX, TEXT_BYTES_MAX};
use crate::model::{Body, Edited, Item, Message, Notice, Person, Reaction};
use crate::names::cut;
use crate::problem::What;
use crate::report::{Report, label};
use crate::time::{self, Zone};

/// Old exports say 1970 of what was never edited.
const EDITED_MS_MIN: u64 = 2 * 86_400_000;

const EMOJI_BYTES_MAX: usize = 64;

/// What a message is read with.
pub(super) struct Surroundings<'a> {
    pub(super) zone: &'a Zone,
    pub(super) media: Folder,
}

pub(super) fn item(
    report: &mut Report<'_>,
    surroundings: &Surroundings<'_>,
    conversation: &str,
    value: &Json,
) -> Result<Item, What> {
    let id = value.get("id").int().ok_or(What::Field("id"))?;
    let at_ms = at_of(value, "date_unixtime", "date", surroundings.zone).ok_or(What::Field("date"))?;
    let body = match value.get("type").text() {
        Some("message") => Body::Message(message(report, surroundings, value)?),
        Some("service") => Body::Notice(notice(report, value)?),
        Some(other) => return Err(What::Unknown(label(other))),
        None => return Err(What::Field("type")),
    };
    if let Body::Notice(Notice::Renamed { title, .. }) = &body {
        report.name(title, at_ms);
    }
    Ok(Item {
        conversation: conversation.to_owned(),
        id: id.to_string(),
        at_ms,
        body,
    })
}

/// The second if it is there; else what clocks showed where the export was made.
fn at_of(value: &Json, second: &str, local: &str, zone: &Zone) -> Option<u64> {
    let second = value.get(second).int();
    second
        .and_then(time::of_seconds)
        .or_else(|| time::of_iso(value.get(local).text()?, zone))
}

fn message(report: &mut Report<'_>, surroundings: &Surroundings<'_>, value: &Json) -> Result<Message, What> {
    let person = person(report, value, "from", "from_id").ok_or(What::Field("from_id"))?;
    let media: Vec<_> = surroundings.media.media_of(value).into_iter().collect();
    let text = match value.get("text") {
        Json::Text(_) | Json::List(_) => plain(value.get("text")),
        _ if !media.is_empty() => String::new(),
        _ => return Err(What::Field("text")),
    };
    let text = [text, attached_words(value)]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>();
    let edited = at_of(value, "edited_unixtime", "edited", surroundings.zone);
    let is_here = *value.get("reply_to_peer_id") == Json::Null;
    Ok(Message {
        person,
        text: Some(cut(&text.join("\n"), TEXT_BYTES_MAX).to_owned()),
        media,
        reactions: reactions(report, value, surroundings.zone),
        reply_to: value
            .get("reply_to_message_id")
            .int()
            .filter(|_| is_here)
            .map(|id| id.to_string()),
        forwarded_from: value.get("forwarded_from").text().map(label),
        edited: edited
            .filter(|at_ms| *at_ms >= EDITED_MS_MIN)
            .map_or(Edited::No, Edited::AtMs),
    })
}

/// The id of a person, who is noted as one of the chat: `user` or `channel` and a number, early only the number.
/// Who has no id there goes by name.
fn person(report: &mut Report<'_>, value: &Json, name: &str, id: &str) -> Option<String> {
    let name = value.get(name).text().map(label).filter(|name| !name.is_empty());
    let is_id = |id: &&str| {
        let number = id.trim_start_matches(|letter: char| letter.is_ascii_lowercase());
        id.len() <= 40 && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    };
    let id = match value.get(id) {
        Json::Int(number) if *number >= 0 => Some(format!("user{number}")),
        id => id.text().filter(is_id).map(str::to_owned),
    };
    let id = id.or_else(|| Some(named(name.as_deref()?)))?;
    report.person(Person {
        id: id.clone(),
        name,
        username: None,
    });
    Some(id)
}

/// The id of somebody of whom the export has only a name.
fn named(name: &str) -> String {
    format!("name:{name}")
}

/// A text, or a list of texts and of pieces with a kind.
fn plain(text: &Json) -> String {
    let mut out = String::new();
    if let Json::Text(text) = text {
        out.push_str(text);
    }
    for piece in text.list() {
        let words = piece
            .text()
            .or_else(|| piece.get("text").text())
            .unwrap_or_default();
        out.push_str(words);
        let link = piece.get("href").text().filter(|link| *link != words);
        if let Some(link) = link.filter(|link| link.starts_with("http")) {
            out.push_str(&format!(" ({link})"));
        }
        if out.len() > TEXT_BYTES_MAX {
            break;
        }
    }
    out
}

/// Polls, contacts and places, in words.
fn attached_words(value: &Json) -> String {
    let mut lines = Vec::new();
    let poll = value.get("poll");
    if let Some(question) = poll.get("question").text() {
        lines.push(question.to_owned());
        for answer in poll.get("answers").list() {
            let votes = answer.get("voters").int().unwrap_or(0);
            lines.push(format!(
                "- {} ({votes})",
                answer.get("text").text().unwrap_or_default()
            ));
        }
    }
    let contact = value.get("contact_information");
    let of_contact =
        ["first_name", "last_name", "phone_number"].map(|key| contact.get(key).text().unwrap_or_default());
    let of_contact = of_contact
        .iter()
        .filter(|word| !word.is_empty())
        .copied()
        .collect::<Vec<_>>();
    lines.push(of_contact.join(" "));
    for key in ["place_name", "address"] {
        lines.push(value.get(key).text().unwrap_or_default().to_owned());
    }
    let location = value.get("location_information");
    if let (Json::Float(latitude), Json::Float(longitude)) =
        (location.get("latitude"), location.get("longitude"))
    {
        lines.push(format!("geo:{latitude},{longitude}"));
    }
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

/// The latest few people who reacted are named, the others counted.
fn reactions(report: &mut Report<'_>, value: &Json, zone: &Zone) -> Vec<Reaction> {
    let mut reactions = Vec::new();
    for reaction in value.get("reactions").list() {
        let shown = reaction
            .get("emoji")
            .text()
            .or_else(|| reaction.get("type").text());
        let Some(emoji) = shown.map(|shown| cut(&label(shown), EMOJI_BYTES_MAX).to_owned()) else {
            continue;
        };
        let before = reactions.len();
        for recent in reaction.get("recent").list() {
            if let Some(person) = person(report, recent, "from", "from_id") {
                reactions.push(Reaction {
                    person: Some(person),
                    emoji: emoji.clone(),
                    count: 1,
                    at_ms: time::of_iso(recent.get("date").text().unwrap_or_default(), zone),
                });
            }
        }
        let named = u64::try_from(reactions.len() - before).unwrap_or(u64::MAX);
        let count = reaction
            .get("count")
            .int()
            .and_then(|count| u64::try_from(count).ok())
            .unwrap_or(0);
        if count > named {
            reactions.push(Reaction {
                person: None,
                emoji,
                count: count - named,
                at_ms: None,
            });
        }
    }
    reactions.truncate(REACTIONS_MAX);
    reactions
}

fn notice(report: &mut Report<'_>, value: &Json) -> Result<Notice, What> {
    let action = value.get("action").text().ok_or(What::Field("action"))?;
    let by = person(report, value, "actor", "actor_id");
    let title = || value.get("title").text().map(label);
    let missing = What::Field("title");
    Ok(match action {
        "create_group" | "create_channel" => {
            members(report, value);
            Notice::Created { title: title(), by }
        }
        "invite_members" => Notice::Joined {
            people: members(report, value),
            by,
        },
        "join_group_by_link" | "join_group_by_request" => Notice::Joined {
            people: by.into_iter().collect(),
            by: None,
        },
        "remove_members" if is_own(value) => Notice::Left {
            people: by.into_iter().collect(),
            by: None,
        },
        "remove_members" => Notice::Left {
            people: members(report, value),
            by,
        },
        "edit_group_title" | "edit_chat_title" => Notice::Renamed {
            title: title().ok_or(missing)?,
            by,
        },
        "pin_message" => Notice::Pinned {
            item: value
                .get("message_id")
                .int()
                .ok_or(What::Field("message_id"))?
                .to_string(),
            by,
        },
        "phone_call" => {
            let seconds = value
                .get("duration_seconds")
                .int()
                .and_then(|seconds| u64::try_from(seconds).ok());
            let duration_ms = seconds
                .and_then(|seconds| seconds.checked_mul(1_000))
                .unwrap_or(0);
            Notice::Called { by, duration_ms }
        }
        _ => Notice::Other {
            words: label(action),
            by,
        },
    })
}

/// Whether somebody took out themselves, and so has left.
fn is_own(value: &Json) -> bool {
    let actor = value.get("actor").text();
    actor.is_some() && matches!(value.get("members").list(), [member] if member.text() == actor)
}

/// The export has the names of members, not their ids.
fn members(report: &mut Report<'_>, value: &Json) -> Vec<String> {
    let names = value.get("members").list().iter().filter_map(Json::text);
    let mut ids = Vec::new();
    for name in names.map(label).filter(|name| !name.is_empty()) {
        let id = named(&name);
        report.person(Person {
            id: id.clone(),
            name: Some(name),
            username: None,
        });
        ids.push(id);
    }
    ids
}
