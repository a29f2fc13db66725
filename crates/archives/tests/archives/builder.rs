//! Builds archives in memory, and gathers what is read of them.

use std::io::{Cursor, Write};
use std::ops::ControlFlow;

use serde_json::Value;
use xchat_archives::{
    Body, Choices, Conversation, Entry, Files, Item, Listing, Message, Notice, Person, Problem, Progress,
    ZipFiles, read, recognise,
};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Files by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Folder(pub(crate) Vec<(String, Vec<u8>)>);

impl Folder {
    pub(crate) fn with(mut self, name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.0.push((name.to_owned(), bytes.into()));
        self
    }

    /// A file of X: an assignment of a list.
    pub(crate) fn with_script(self, name: &str, variable: &str, list: &Value) -> Self {
        let list = serde_json::to_string_pretty(list).unwrap();
        self.with(name, format!("window.YTD.{variable}.part0 = {list}"))
    }

    pub(crate) fn with_json(self, name: &str, value: &Value) -> Self {
        self.with(name, ordered(value))
    }

    pub(crate) fn to_zip(&self) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in &self.0 {
            zip.start_file(name.as_str(), SimpleFileOptions::default())
                .unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    pub(crate) fn listing(&self) -> Listing<'_> {
        let sizes = self
            .0
            .iter()
            .map(|(name, bytes)| (name.clone(), bytes.len() as u64));
        Listing::new(sizes, |name| {
            let (_, bytes) = self.0.iter().find(|(other, _)| other == name).unwrap();
            Ok(Box::new(bytes.as_slice()))
        })
    }
}

/// JSON in which lists come after what they belong to, as the services write it.
pub(crate) fn ordered(value: &Value) -> String {
    let Value::Object(fields) = value else {
        return match value {
            Value::Array(list) => format!("[{}]", list.iter().map(ordered).collect::<Vec<_>>().join(",\n")),
            _ => value.to_string(),
        };
    };
    let mut fields: Vec<_> = fields.iter().collect();
    fields.sort_by_key(|(key, _)| match key.as_str() {
        "personal_information" => 0,
        "messages" | "list" => 2,
        _ => 1,
    });
    let fields = fields
        .iter()
        .map(|(key, value)| format!("\"{key}\": {}", ordered(value)));
    format!("{{{}}}", fields.collect::<Vec<_>>().join(",\n"))
}

/// What was read.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Heard {
    pub(crate) own: Option<Person>,
    /// As they were told, also again.
    pub(crate) told: Vec<Conversation>,
    pub(crate) items: Vec<Item>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) progress: Progress,
}

impl Heard {
    /// The conversation, as it was told last.
    pub(crate) fn conversation(&self, id: &str) -> &Conversation {
        self.told.iter().rev().find(|told| told.id == id).unwrap()
    }

    pub(crate) fn item(&self, id: &str) -> &Item {
        self.items
            .iter()
            .find(|item| item.id == id)
            .unwrap_or_else(|| panic!("no item {id}"))
    }

    pub(crate) fn message(&self, id: &str) -> &Message {
        message(self.item(id))
    }

    pub(crate) fn messages(&self) -> Vec<&Message> {
        let messages = self
            .items
            .iter()
            .filter(|item| matches!(item.body, Body::Message(_)));
        messages.map(message).collect()
    }

    pub(crate) fn texts(&self) -> Vec<&str> {
        self.messages()
            .iter()
            .map(|message| message.text.as_deref().unwrap_or("-"))
            .collect()
    }

    pub(crate) fn notices(&self) -> Vec<&Notice> {
        let notice = |item: &'_ Item| matches!(item.body, Body::Notice(_));
        let notices = self.items.iter().filter(|item| notice(item));
        notices
            .map(|item| match &item.body {
                Body::Notice(notice) => notice,
                Body::Message(_) => panic!("a message"),
            })
            .collect()
    }

    pub(crate) fn problems_said(&self) -> Vec<String> {
        self.problems.iter().map(ToString::to_string).collect()
    }
}

fn message(item: &Item) -> &Message {
    match &item.body {
        Body::Message(message) => message,
        Body::Notice(notice) => panic!("a notice: {notice:?}"),
    }
}

/// Reads files, and holds that a conversation comes before its items and what is counted is what came.
pub(crate) fn hear_files(files: &mut dyn Files, choices: &Choices) -> Option<Heard> {
    let archive = recognise(files)?;
    let mut heard = Heard::default();
    let mut take = |entry: Entry| {
        match entry {
            Entry::Own(own) => heard.own = Some(own),
            Entry::Conversation(told) => heard.told.push(told),
            Entry::Item(item) => {
                assert!(
                    heard.told.iter().any(|told| told.id == item.conversation),
                    "{item:?}"
                );
                heard.items.push(item);
            }
            Entry::Problem(problem) => heard.problems.push(problem),
            Entry::Progress(progress) => heard.progress = progress,
        }
        ControlFlow::Continue(())
    };
    let progress = read(files, &archive, choices, &mut take).unwrap();
    assert_eq!(progress.items, heard.items.len() as u64);
    heard.progress = progress;
    Some(heard)
}

pub(crate) fn hear(folder: &Folder) -> Heard {
    hear_files(&mut folder.listing(), &Choices::default()).unwrap()
}

pub(crate) fn hear_zip(bytes: &[u8]) -> Option<Heard> {
    let mut files = ZipFiles::new(Cursor::new(bytes)).ok()?;
    hear_files(&mut files, &Choices::default())
}
