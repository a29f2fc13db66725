//! The JSON export of Telegram Desktop: `result.json` with one chat, or with all, and media in folders beside it.

mod media;
mod message;

use crate::files::{Directory, Files, read_error};
use crate::json::{self, Guide, Json, Plan, Step, Stop, Walked};
use crate::model::{Archive, Person, Source};
use crate::names;
use crate::problem::{Place, What};
use crate::read::Choices;
use crate::report::{Counted, Report, label};

const FILE: &str = "result.json";

/// Finds the export that lies at the least depth.
pub(crate) fn find(files: &Directory) -> Option<Archive> {
    let exports = files.names("").filter(|name| names::split(name).1 == FILE);
    let file = exports.min_by_key(|name| name.split('/').count())?;
    Some(Archive {
        source: Source::Telegram,
        files: vec![file.to_owned()],
        bytes: files.size(file).unwrap_or(0),
    })
}

pub(crate) fn read(
    files: &mut dyn Files,
    archive: &Archive,
    choices: &Choices,
    report: &mut Report<'_>,
) -> Result<(), Stop> {
    for name in &archive.files {
        let directory = files.directory();
        let read = report.begin(name, directory.size(name).unwrap_or(0));
        let mut chats = Chats {
            report,
            surroundings: message::Surroundings {
                zone: &choices.zone,
                media: media::Folder::new(&directory, names::split(name).0),
            },
            chat: Chat::default(),
            is_known: false,
        };
        let walked = match files.open(name) {
            Ok(inner) => json::walk(Counted { inner, read }, &mut chats),
            Err(error) => Walked::broken(read_error(&error)),
        };
        let is_other = walked.result.is_ok() && !chats.is_known;
        report.walked(walked)?;
        if is_other {
            report.problem(Place::Whole, What::NotAsExpected)?;
        }
        report.end()?;
    }
    Ok(())
}

/// A chat, as far as it is read.
#[derive(Debug, Default)]
struct Chat {
    number: Option<i64>,
    kind: Option<String>,
    title: Option<String>,
    /// Its id, once it was told.
    entered: Option<String>,
}

impl Chat {
    /// Numbers of people, groups and channels overlap, so the kind is a part of the id.
    fn id(&self) -> Option<String> {
        let class = match self.kind.as_deref()? {
            "personal_chat" | "bot_chat" => "user",
            "saved_messages" => "saved",
            "private_group" => "group",
            "private_supergroup" | "public_supergroup" | "private_channel" | "public_channel" => "channel",
            _ => return None,
        };
        Some(format!("{class}{}", self.number?))
    }

    fn is_group(&self) -> bool {
        !matches!(
            self.kind.as_deref(),
            Some("personal_chat" | "bot_chat" | "saved_messages")
        )
    }
}

struct Chats<'a, 'b> {
    report: &'a mut Report<'b>,
    surroundings: message::Surroundings<'a>,
    chat: Chat,
    /// Whether anything was as in an export.
    is_known: bool,
}

/// What of a chat a path leads to, whether the chat is the whole file or one of a list.
fn in_chat(path: &[Step]) -> Option<&[Step]> {
    match path {
        [Step::Key(chats), Step::Key(list), Step::Index(_), rest @ ..]
            if is_chats(chats) && list == "list" =>
        {
            Some(rest)
        }
        [Step::Key(chats), ..] if is_chats(chats) => None,
        _ => Some(path),
    }
}

fn is_chats(key: &str) -> bool {
    key == "chats" || key == "left_chats"
}

impl Chats<'_, '_> {
    fn place(&self, path: &[Step]) -> Place {
        match (self.chat.id(), path.get(2)) {
            (Some(id), _) => Place::Conversation(id),
            (None, Some(Step::Index(index))) => Place::Conversation(format!("#{index}")),
            (None, _) => Place::Whole,
        }
    }

    fn own(&mut self, own: &Json) -> Result<(), Stop> {
        let Some(number) = own.get("user_id").int() else {
            return Ok(());
        };
        let names = ["first_name", "last_name"].map(|key| own.get(key).text().unwrap_or_default());
        let name = label(&names.join(" "));
        let username = own
            .get("username")
            .text()
            .map(|name| label(name.trim_start_matches('@')));
        self.report.own(Person {
            id: format!("user{number}"),
            name: Some(name).filter(|name| !name.is_empty()),
            username: username.filter(|name| !name.is_empty()),
        })
    }

    /// Tells the chat before its first message.
    fn enter(&mut self) -> Result<(), Stop> {
        let Some(id) = self.chat.id() else {
            return Ok(());
        };
        if self
            .report
            .enter(&id, self.chat.title.as_deref(), self.chat.is_group())?
        {
            if !self.chat.is_group() && id.starts_with("user") {
                self.report.person(Person {
                    id: id.clone(),
                    name: self.chat.title.clone(),
                    username: None,
                });
            }
            self.report.announce()?;
            self.chat.entered = Some(id);
        }
        Ok(())
    }

    fn item(&mut self, index: u64, value: &Json) -> Result<(), Stop> {
        if index == 0 {
            self.enter()?;
        }
        let Some(id) = self.chat.entered.clone() else {
            return Ok(());
        };
        match message::item(self.report, &self.surroundings, &id, value) {
            Ok(item) => self.report.item(item),
            Err(what) => {
                let number = value.get("id").int();
                let message = number.map_or_else(|| format!("#{index}"), |number| number.to_string());
                self.report.problem(Place::Message(id, message), what)
            }
        }
    }
}

impl Guide for Chats<'_, '_> {
    fn plan(&mut self, path: &[Step]) -> Plan {
        match path {
            [Step::Key(key)] if key == "personal_information" => return Plan::Take,
            [Step::Key(key)] if is_chats(key) => {
                self.is_known = true;
                return Plan::Walk;
            }
            [Step::Key(chats), Step::Key(list)] if is_chats(chats) && list == "list" => return Plan::Walk,
            _ => {}
        }
        match in_chat(path) {
            Some([]) => {
                self.chat = Chat::default();
                Plan::Walk
            }
            Some([Step::Key(key)]) if matches!(key.as_str(), "id" | "type" | "name") => Plan::Take,
            Some([Step::Key(key)]) if key == "messages" => {
                self.is_known = true;
                // Without its id nothing can be told of a chat.
                if self.chat.id().is_some() {
                    Plan::Walk
                } else {
                    Plan::Take
                }
            }
            Some([Step::Key(key), Step::Index(_)]) if key == "messages" => Plan::Take,
            _ => Plan::Skip,
        }
    }

    fn take(&mut self, path: &[Step], value: Json) -> Result<(), Stop> {
        if matches!(path, [Step::Key(key)] if key == "personal_information") {
            return self.own(&value);
        }
        match in_chat(path) {
            // Told once, after the walk: this is no export.
            _ if path.is_empty() => {}
            Some([Step::Key(key)]) if key == "id" => self.chat.number = value.int(),
            Some([Step::Key(key)]) if key == "type" => self.chat.kind = value.text().map(label),
            Some([Step::Key(key)]) if key == "name" => {
                self.chat.title = value.text().map(label);
                if let (Some(title), Some(_)) = (&self.chat.title, &self.chat.entered) {
                    self.report.name(title, 0);
                }
            }
            Some([_, Step::Index(index)]) => return self.item(*index, &value),
            Some([Step::Key(_)]) if self.chat.id().is_none() => {
                return self.report.problem(self.place(path), What::Field("id or type"));
            }
            _ => return self.report.problem(self.place(path), What::NotAsExpected),
        }
        Ok(())
    }

    fn leave(&mut self, path: &[Step]) -> Result<(), Stop> {
        if in_chat(path).is_some_and(<[Step]>::is_empty) {
            self.report.leave()
        } else {
            Ok(())
        }
    }
}
