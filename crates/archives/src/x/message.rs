//! The lists of conversations and messages.

use std::sync::Arc;

use super::{links, number};
use crate::files::Directory;
use crate::ids::Ids;
use crate::json::{Guide, Json, Plan, Step, Stop};
use crate::limits::{MEDIA_MAX, REACTIONS_MAX};
use crate::model::{Body, Edited, Item, Media, MediaKind, Message, Notice, Person, Reaction};
use crate::names;
use crate::problem::{Place, What};
use crate::report::{Report, label};
use crate::time::{self, Zone};

/// Where files of messages are, as archives of several years have it.
const MEDIA_FOLDERS: [&str; 2] = ["direct_messages_media/", "direct_message_media/"];
const GROUP_MEDIA_FOLDERS: [&str; 2] = ["direct_messages_group_media/", "direct_message_group_media/"];

/// The words that archives have for reactions, and what the app showed.
const REACTIONS: [(&str, &str); 7] = [
    ("like", "\u{2764}\u{fe0f}"),
    ("excited", "\u{1f525}"),
    ("funny", "\u{1f602}"),
    ("surprised", "\u{1f632}"),
    ("sad", "\u{1f622}"),
    ("agree", "\u{1f44d}"),
    ("disagree", "\u{1f44e}"),
];

const CONVERSATION_ID_BYTES_MAX: usize = 64;
const EMOJI_BYTES_MAX: usize = 64;

/// Where the files of messages are, called `<message id>-<name>`.
pub(super) struct MediaFolder {
    directory: Arc<Directory>,
    folders: [String; 2],
}

impl MediaFolder {
    pub(super) fn new(directory: &Arc<Directory>, folder: &str, is_group: bool) -> Self {
        let folders = if is_group {
            GROUP_MEDIA_FOLDERS
        } else {
            MEDIA_FOLDERS
        };
        Self {
            directory: Arc::clone(directory),
            folders: folders.map(|media| format!("{folder}{media}")),
        }
    }

    /// The files of a message.
    fn of(&self, id: &str) -> Vec<String> {
        let mut found = Vec::new();
        for start in self.folders.iter().map(|folder| format!("{folder}{id}-")) {
            let names = self.directory.names(&start).take(MEDIA_MAX);
            found.extend(
                names
                    .filter(|name| !name.get(start.len()..).unwrap_or_default().contains('/'))
                    .map(str::to_owned),
            );
        }
        found
    }
}

/// Takes messages from a file.
pub(super) struct Messages<'a, 'b> {
    report: &'a mut Report<'b>,
    own: Option<Person>,
    media: MediaFolder,
    is_group: bool,
    is_headers: bool,
    conversation: Option<String>,
    ids: Ids,
}

impl<'a, 'b> Messages<'a, 'b> {
    pub(super) fn new(
        report: &'a mut Report<'b>,
        own: Option<Person>,
        media: MediaFolder,
        is_group: bool,
        is_headers: bool,
    ) -> Self {
        Self {
            report,
            own,
            media,
            is_group,
            is_headers,
            conversation: None,
            ids: Ids::default(),
        }
    }

    fn enter(&mut self, path: &[Step], id: &Json) -> Result<(), Stop> {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let is_id =
            |id: &&str| (1..=CONVERSATION_ID_BYTES_MAX).contains(&id.len()) && id.bytes().all(is_letter);
        let Some(id) = id.text().filter(is_id) else {
            return self.report.problem(place_of(path), What::Field("conversationId"));
        };
        let pair = id
            .split_once('-')
            .and_then(|(one, other)| Some([number(one)?, number(other)?]));
        if self.report.enter(id, None, self.is_group || pair.is_none())? {
            self.conversation = Some(id.to_owned());
            for person in pair.into_iter().flatten() {
                self.person(person);
            }
        }
        Ok(())
    }

    /// Notes somebody as one of the conversation.
    fn person(&mut self, id: &str) {
        let own = self.own.as_ref().filter(|own| own.id == id);
        let person = own.cloned().unwrap_or_else(|| Person::of_id(id));
        self.report.person(person);
    }

    fn entry(&mut self, conversation: &str, index: u64, entry: &Json) -> Result<(), Stop> {
        let Some((kind, event)) = entry.fields().first() else {
            let place = Place::Message(conversation.to_owned(), format!("#{index}"));
            return self.report.problem(place, What::NotAsExpected);
        };
        let made = match kind.as_str() {
            "messageCreate" | "welcomeMessageCreate" => self.message(conversation, event),
            _ => self.notice(conversation, kind, event),
        };
        match made {
            Ok(item) => {
                // The text was told already by the full file.
                if self.is_headers && self.report.has_told(conversation, &item.id) {
                    return Ok(());
                }
                self.report.item(item)
            }
            Err(what) => {
                let id = event.get("id").text().map_or_else(|| format!("#{index}"), label);
                self.report
                    .problem(Place::Message(conversation.to_owned(), id), what)
            }
        }
    }

    fn message(&mut self, conversation: &str, event: &Json) -> Result<Item, What> {
        let id = id_of(event, "id").ok_or(What::Field("id"))?;
        let person = id_of(event, "senderId").ok_or(What::Field("senderId"))?;
        let at_ms = at_of(event).ok_or(What::Field("createdAt"))?;
        self.person(&person);
        let media = self.media_of(&id, event);
        let text = match event.get("text") {
            Json::Text(text) => Some(links::expand(text, event.get("urls").list(), !media.is_empty())),
            _ if self.is_headers => None,
            _ if !media.is_empty() => Some(String::new()),
            _ => return Err(What::Field("text")),
        };
        let message = Message {
            person,
            text,
            media,
            reactions: reactions_of(event),
            edited: edited_of(event),
            ..Message::default()
        };
        Ok(Item {
            conversation: conversation.to_owned(),
            id,
            at_ms,
            body: Body::Message(message),
        })
    }

    /// Each address of `mediaUrls` ends with the name of a file; of films the archive may have another size.
    fn media_of(&self, id: &str, event: &Json) -> Vec<Media> {
        let listed = event.get("mediaUrls").list();
        let mut there = if listed.is_empty() {
            Vec::new()
        } else {
            self.media.of(id)
        };
        let addresses = listed.iter().filter_map(Json::text);
        let mut media = Vec::new();
        for address in addresses.take(MEDIA_MAX) {
            let path = address.split(['?', '#']).next().unwrap_or_default();
            let base = names::split(path).1;
            let wanted = format!("{id}-{base}");
            let found = there.iter().position(|name| names::split(name).1 == wanted);
            let file = found.map(|at| there.swap_remove(at));
            let shown = if base.is_empty() { "file" } else { base };
            media.push(media_of_name(file, shown, address));
        }
        for one in media.iter_mut().filter(|one| one.file.is_none()) {
            one.file = there.pop();
        }
        media
    }

    fn notice(&mut self, conversation: &str, kind: &str, event: &Json) -> Result<Item, What> {
        let at_ms = at_of(event).ok_or(What::Field("createdAt"))?;
        let by = id_of(event, "initiatingUserId");
        let people = |key: &str| -> Vec<String> {
            let ids = event.get(key).list().iter();
            ids.filter_map(|id| id.text().and_then(number))
                .map(str::to_owned)
                .collect()
        };
        let notice = match kind {
            "joinConversation" => {
                people("participantsSnapshot")
                    .iter()
                    .for_each(|id| self.person(id));
                let own = self.own.iter().map(|own| own.id.clone()).collect();
                Notice::Joined {
                    people: own,
                    by: by.clone(),
                }
            }
            "participantsJoin" => Notice::Joined {
                people: people("userIds"),
                by: by.clone(),
            },
            "participantsLeave" => Notice::Left {
                people: people("userIds"),
                by: by.clone(),
            },
            "conversationNameUpdate" => {
                let title = label(event.get("name").text().ok_or(What::Field("name"))?);
                self.report.name(&title, at_ms);
                Notice::Renamed {
                    title,
                    by: by.clone(),
                }
            }
            _ => return Err(What::Unknown(label(kind))),
        };
        if let Notice::Joined { people, .. } | Notice::Left { people, .. } = &notice {
            people.iter().for_each(|id| self.person(id));
        }
        by.iter().for_each(|id| self.person(id));
        let about = [people("userIds"), people("participantsSnapshot")]
            .concat()
            .join(" ");
        let name = event.get("name").text().unwrap_or_default();
        let by = by.unwrap_or_default();
        let parts: [&[u8]; 5] = [
            kind.as_bytes(),
            &at_ms.to_be_bytes(),
            by.as_bytes(),
            about.as_bytes(),
            name.as_bytes(),
        ];
        Ok(Item {
            conversation: conversation.to_owned(),
            id: self.ids.next(conversation, &parts),
            at_ms,
            body: Body::Notice(notice),
        })
    }
}

impl Guide for Messages<'_, '_> {
    fn plan(&mut self, path: &[Step]) -> Plan {
        match path {
            [] | [Step::Index(_)] => Plan::Walk,
            [_, Step::Key(key)] if key == "dmConversation" => {
                self.conversation = None;
                Plan::Walk
            }
            [_, _, Step::Key(key)] if key == "conversationId" => Plan::Take,
            [_, _, Step::Key(key)] if key == "messages" && self.conversation.is_some() => Plan::Walk,
            // Without its id nothing can be told of a conversation.
            [_, _, Step::Key(key)] if key == "messages" => Plan::Take,
            [_, _, _, Step::Index(_)] => Plan::Take,
            _ => Plan::Skip,
        }
    }

    fn take(&mut self, path: &[Step], value: Json) -> Result<(), Stop> {
        match path {
            [_, _, Step::Key(key)] if key == "conversationId" => self.enter(path, &value),
            [_, _, _, Step::Index(index)] => {
                let Some(conversation) = self.conversation.clone() else {
                    return Ok(());
                };
                if *index == 0 {
                    self.report.announce()?;
                }
                self.entry(&conversation, *index, &value)
            }
            _ => self.report.problem(place_of(path), What::NotAsExpected),
        }
    }

    fn leave(&mut self, path: &[Step]) -> Result<(), Stop> {
        if path.len() == 2 {
            self.report.leave()
        } else {
            Ok(())
        }
    }
}

fn place_of(path: &[Step]) -> Place {
    match path.first() {
        Some(Step::Index(index)) => Place::Conversation(format!("#{index}")),
        _ => Place::Whole,
    }
}

fn id_of(event: &Json, key: &str) -> Option<String> {
    match event.get(key) {
        Json::Int(id) if *id >= 0 => Some(id.to_string()),
        value => value.text().and_then(number).map(str::to_owned),
    }
}

fn at_of(event: &Json) -> Option<u64> {
    time::of_iso(event.get("createdAt").text()?, &Zone::default())
}

fn reactions_of(event: &Json) -> Vec<Reaction> {
    let reaction = |reaction: &Json| {
        let key = reaction.get("reactionKey").text()?;
        let known = REACTIONS.iter().find(|(word, _)| *word == key);
        let emoji = known.map_or_else(
            || names::cut(&label(key), EMOJI_BYTES_MAX).to_owned(),
            |(_, emoji)| (*emoji).to_owned(),
        );
        Some(Reaction {
            person: Some(id_of(reaction, "senderId")?),
            emoji,
            count: 1,
            at_ms: at_of(reaction),
        })
    };
    event
        .get("reactions")
        .list()
        .iter()
        .take(REACTIONS_MAX)
        .filter_map(reaction)
        .collect()
}

/// The list has what the text was before, each with the second from which it was so.
fn edited_of(event: &Json) -> Edited {
    let history = event.get("editHistory").list();
    let seconds = |edit: &Json| edit.get("createdAtSec").int().and_then(time::of_seconds);
    match history.iter().filter_map(seconds).max() {
        Some(at_ms) => Edited::AtMs(at_ms),
        None if history.is_empty() => Edited::No,
        None => Edited::Yes,
    }
}

fn media_of_name(file: Option<String>, shown: &str, address: &str) -> Media {
    let kind = match names::extension(shown).as_deref() {
        _ if address.contains("/dm_gif/") => MediaKind::Animation,
        Some("jpg" | "jpeg" | "png" | "webp") => MediaKind::Image,
        Some("gif") => MediaKind::Animation,
        Some("mp4" | "mov" | "m4v" | "webm") => MediaKind::Video,
        Some("m4a" | "mp3" | "aac" | "ogg") => MediaKind::Audio,
        _ => MediaKind::File,
    };
    Media {
        file,
        name: label(shown),
        kind,
        mime: None,
        duration_ms: None,
        size: None,
    }
}
