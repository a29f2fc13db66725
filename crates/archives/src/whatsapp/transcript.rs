//! The second reading: lines become messages and notices.

use super::Survey;
use super::body::{self, Parts};
use super::head::{Head, plain};
use super::lines::Line;
use crate::files::Directory;
use crate::ids::Ids;
use crate::json::Stop;
use crate::limits::TEXT_BYTES_MAX;
use crate::model::{Body, Edited, Item, Message, Notice, Person};
use crate::names::cut;
use crate::problem::{Place, What};
use crate::report::Report;
use crate::time::{Civil, Zone};

/// A message while its further lines may come.
struct Pending {
    at_ms: u64,
    /// Date and time as numbers, as they were written: an id must not depend on how they are understood.
    written: Vec<u8>,
    person: Option<String>,
    raw: String,
    is_bracketed: bool,
    is_cut: bool,
    line: u64,
}

pub(super) struct Transcript<'a, 'b> {
    report: &'a mut Report<'b>,
    directory: &'a Directory,
    folder: &'a str,
    title: &'a str,
    survey: &'a Survey,
    zone: &'a Zone,
    ids: Ids,
    pending: Option<Pending>,
    has_begun: bool,
    is_group: bool,
}

impl<'a, 'b> Transcript<'a, 'b> {
    pub(super) fn new(
        report: &'a mut Report<'b>,
        directory: &'a Directory,
        folder: &'a str,
        title: &'a str,
        survey: &'a Survey,
        zone: &'a Zone,
    ) -> Self {
        let others = survey.people.keys().filter(|person| *person != title);
        let is_group = others.count() > 2;
        Self {
            is_group,
            report,
            directory,
            folder,
            title,
            survey,
            zone,
            ids: Ids::default(),
            pending: None,
            has_begun: false,
        }
    }

    pub(super) fn begin(&mut self) -> Result<(), Stop> {
        self.report.enter(self.title, Some(self.title), self.is_group)?;
        self.report.announce()
    }

    pub(super) fn line(&mut self, line: &Line) -> Result<(), Stop> {
        let head = Head::read(&line.text);
        let dated = head.and_then(|head| Some((self.at_ms(&head)?, head)));
        let Some((at_ms, head)) = dated else {
            return self.more(line);
        };
        self.end()?;
        self.has_begun = true;
        let person = head.person().filter(|(name, _)| !self.is_of_app(name));
        let (person, raw) = match person {
            Some((person, text)) => (Some(person), text),
            None => (None, head.rest),
        };
        let numbers = head.date.iter().chain(&head.time);
        self.pending = Some(Pending {
            at_ms,
            written: numbers.flat_map(|number| number.to_be_bytes()).collect(),
            person,
            raw: raw.to_owned(),
            is_bracketed: head.is_bracketed,
            is_cut: line.is_cut,
            line: line.number,
        });
        Ok(())
    }

    /// A date that doesn't exist makes a line one of a text.
    fn at_ms(&self, head: &Head<'_>) -> Option<u64> {
        let [year, month, day] = self.survey.order.sort(head.date);
        let [hour, minute, second] = head.time;
        self.zone.to_ms(Civil {
            year,
            month,
            day,
            hour,
            minute,
            second,
            ms: 0,
        })
    }

    /// `Alice changed the subject to “A: B”` has a colon too: what has quotes and stands there only once is no name.
    fn is_of_app(&self, name: &str) -> bool {
        let is_quoting = name.contains(['"', '\u{201c}', '\u{201d}', '\u{201e}', '«', '»']);
        is_quoting && self.survey.people.get(name).is_none_or(|count| *count <= 1)
    }

    /// A line that goes on with what is pending.
    fn more(&mut self, line: &Line) -> Result<(), Stop> {
        let Some(pending) = &mut self.pending else {
            if self.has_begun || line.text.trim().is_empty() {
                return Ok(());
            }
            self.has_begun = true;
            return self.report.problem(Place::Line(line.number), What::NotAsExpected);
        };
        let room = TEXT_BYTES_MAX.saturating_sub(pending.raw.len());
        if line.is_cut || line.text.len() >= room {
            pending.is_cut = true;
        }
        if room > 0 {
            pending.raw.push('\n');
            pending.raw.push_str(cut(&line.text, room - 1));
        }
        Ok(())
    }

    /// Tells what is pending: all of it has come.
    pub(super) fn end(&mut self) -> Result<(), Stop> {
        let Some(pending) = self.pending.take() else {
            return Ok(());
        };
        if pending.is_cut {
            self.report.problem(Place::Line(pending.line), What::TextCut)?;
        }
        let name = pending.person.clone().unwrap_or_default();
        let parts: [&[u8]; 3] = [&pending.written, name.as_bytes(), pending.raw.as_bytes()];
        let id = self.ids.next(self.title, &parts);
        let at_ms = pending.at_ms;
        let body = self.body(pending);
        self.report.item(Item {
            conversation: self.title.to_owned(),
            id,
            at_ms,
            body,
        })
    }

    fn body(&mut self, pending: Pending) -> Body {
        let Some(person) = pending.person else {
            return Body::Notice(Notice::Other {
                words: plain(&pending.raw),
                by: None,
            });
        };
        let Parts {
            text,
            media,
            is_edited,
            is_of_app,
        } = body::parts(&pending.raw, pending.is_bracketed, self.directory, self.folder);
        // Of a group the app speaks under the group's name.
        let is_of_group = is_of_app && self.is_group && person == self.title;
        if !is_of_group {
            self.report.person(Person {
                id: person.clone(),
                name: Some(person.clone()),
                username: None,
            });
        }
        if is_of_app {
            return Body::Notice(Notice::Other {
                words: text,
                by: Some(person).filter(|_| !is_of_group),
            });
        }
        Body::Message(Message {
            person,
            text: Some(text),
            media: media.into_iter().collect(),
            edited: if is_edited { Edited::Yes } else { Edited::No },
            ..Message::default()
        })
    }
}
