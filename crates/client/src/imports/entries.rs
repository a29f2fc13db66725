//! What a reader of archives tells, in the words of the machine.

use std::collections::BTreeMap;

use xchat_archives::{Body, Conversation, Edited, Item, Media, MediaKind, Message, Notice, Person, Source};
use xchat_core::content;
use xchat_core::io::{
    ImportSource, ImportedConversation, ImportedDetail, ImportedFile, ImportedItem, ImportedKind,
    ImportedPerson, ImportedReaction,
};

pub(super) fn source(source: Source) -> ImportSource {
    match source {
        Source::X => ImportSource::X,
        Source::WhatsApp => ImportSource::WhatsApp,
        Source::Telegram => ImportSource::Telegram,
    }
}

/// Who is who, beyond what conversations tell.
#[derive(Debug, Default)]
pub(super) struct People {
    /// Whose archive it is.
    pub(super) own: Option<Person>,
    /// Who the user says that they are.
    pub(super) said: Option<String>,
    /// Names from elsewhere in the archive, of people who are numbers in conversations.
    pub(super) mentioned: BTreeMap<String, Person>,
}

impl People {
    fn of(&self, person: Person) -> ImportedPerson {
        let own = self.own.as_ref().filter(|own| own.id == person.id);
        let known = own.or_else(|| self.mentioned.get(&person.id));
        ImportedPerson {
            name: person.name.or_else(|| known.and_then(|known| known.name.clone())),
            username: person
                .username
                .or_else(|| known.and_then(|known| known.username.clone())),
            id: person.id,
        }
    }

    fn is_own(&self, person: &ImportedPerson) -> bool {
        let said = self
            .said
            .as_ref()
            .map(|said| said.trim().trim_start_matches('@').to_lowercase());
        let is_said = |name: &String| said.as_ref() == Some(&name.to_lowercase());
        self.own.as_ref().is_some_and(|own| own.id == person.id)
            || is_said(&person.id)
            || person.name.as_ref().is_some_and(is_said)
            || person.username.as_ref().is_some_and(is_said)
    }

    pub(super) fn conversation(&self, source: ImportSource, told: Conversation) -> ImportedConversation {
        let people: Vec<_> = told.people.into_iter().map(|person| self.of(person)).collect();
        ImportedConversation {
            source,
            id: told.id,
            title: told.title.filter(|title| !title.is_empty()),
            is_group: told.is_group,
            own: people
                .iter()
                .find(|person| self.is_own(person))
                .map(|person| person.id.clone()),
            people,
        }
    }
}

pub(super) fn item(item: Item) -> ImportedItem {
    let empty = ImportedItem {
        conversation: item.conversation,
        id: item.id,
        at_ms: item.at_ms,
        kind: ImportedKind::Message,
        person: None,
        text: None,
        detail: ImportedDetail::default(),
        files: Vec::new(),
    };
    match item.body {
        Body::Message(told) => message(empty, told),
        Body::Notice(told) => notice(empty, told),
    }
}

fn message(item: ImportedItem, told: Message) -> ImportedItem {
    let reactions = told.reactions.into_iter().map(|reaction| ImportedReaction {
        emoji: reaction.emoji,
        person: reaction.person,
        count: reaction.count,
    });
    ImportedItem {
        person: Some(told.person),
        text: told.text,
        detail: ImportedDetail {
            target: told.reply_to,
            forwarded_from: told.forwarded_from,
            is_edited: told.edited != Edited::No,
            reactions: reactions.collect(),
            ..ImportedDetail::default()
        },
        files: told.media.into_iter().map(file).collect(),
        ..item
    }
}

fn file(told: Media) -> ImportedFile {
    ImportedFile {
        is_in_archive: told.file.is_some(),
        name: told.name,
        kind: match told.kind {
            MediaKind::Image => content::MediaKind::Photo,
            MediaKind::Animation => content::MediaKind::Gif,
            MediaKind::Video | MediaKind::VideoNote => content::MediaKind::Video,
            MediaKind::Voice => content::MediaKind::Voice,
            MediaKind::Audio => content::MediaKind::Audio,
            MediaKind::Sticker => content::MediaKind::Sticker,
            MediaKind::File => content::MediaKind::File,
        },
    }
}

fn notice(item: ImportedItem, told: Notice) -> ImportedItem {
    let mut detail = ImportedDetail::default();
    let (kind, person, text) = match told {
        Notice::Joined { people, by } => {
            detail.people = people;
            (ImportedKind::Joined, by, None)
        }
        Notice::Left { people, by } => {
            detail.people = people;
            (ImportedKind::Left, by, None)
        }
        Notice::Renamed { title, by } => (ImportedKind::Renamed, by, Some(title)),
        Notice::Created { title, by } => (ImportedKind::Created, by, title),
        Notice::Pinned { item, by } => {
            detail.target = Some(item);
            (ImportedKind::Pinned, by, None)
        }
        Notice::Called { by, duration_ms } => {
            detail.duration_ms = duration_ms;
            (ImportedKind::Called, by, None)
        }
        Notice::Other { words, by } => (ImportedKind::Other, by, Some(words)),
    };
    ImportedItem {
        kind,
        person,
        text,
        detail,
        ..item
    }
}
