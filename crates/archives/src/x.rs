//! The archive that X gives its users: JSON behind an assignment, in files under `data/`.
//!
//! `direct-messages.js` and `direct-messages-group.js` have the messages, further parts of them the rest;
//! `direct-message-headers.js` and its like have the same without texts. People are numbers: only one's own name is in
//! the archive. Whom the others are is for the caller to ask; `people_mentioned` has names from one's own posts.

mod links;
mod mentions;
mod message;

use std::cell::Cell;
use std::io::{BufRead, BufReader, Read};
use std::rc::Rc;

pub use self::mentions::people_mentioned;
use self::message::{MediaFolder, Messages};
use crate::files::{Directory, Files, read_error};
use crate::json::{self, Guide, Json, Plan, Step, Stop, Walked};
use crate::limits::PARTS_MAX;
use crate::model::{Archive, Person, Source};
use crate::names;
use crate::problem::{Place, What};
use crate::report::{Counted, Report, label};

/// Before the JSON stands something like `window.YTD.direct_messages.part0 = `.
const PREFIX_BYTES_MAX: u64 = 1_024;

/// A file with messages, in the order of reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    is_headers: bool,
    is_group: bool,
    number: u32,
}

impl Part {
    /// Reads a name such as `direct-messages-group-part1.js`. Early archives say `direct-message`.
    fn of(base: &str) -> Option<Self> {
        let rest = base.strip_prefix("direct-message")?.strip_suffix(".js")?;
        let mut rest = rest.strip_prefix('s').unwrap_or(rest);
        let mut take = |word: &str| rest.strip_prefix(word).map(|after| rest = after).is_some();
        let is_group = take("-group");
        let is_headers = take("-headers");
        let number = match rest.strip_prefix("-part") {
            Some(number) if number.len() <= 6 => number.parse().ok()?,
            Some(_) => return None,
            None if rest.is_empty() => 0,
            None => return None,
        };
        Some(Self {
            is_headers,
            is_group,
            number,
        })
    }
}

/// Finds the files with messages.
pub(crate) fn find(files: &Directory) -> Option<Archive> {
    let parts = |name: &str| {
        let (folder, base) = names::split(name);
        Part::of(base).map(|part| {
            (
                folder.split('/').count(),
                folder.to_owned(),
                part,
                name.to_owned(),
            )
        })
    };
    let mut found: Vec<_> = files.names("").filter_map(parts).collect();
    found.sort();
    let (_, folder, ..) = found.first()?.clone();
    found.retain(|(_, other, ..)| *other == folder);
    found.truncate(PARTS_MAX);
    let files_found: Vec<_> = found.into_iter().map(|(.., name)| name).collect();
    let bytes = files_found
        .iter()
        .filter_map(|name| files.size(name))
        .fold(0, u64::saturating_add);
    Some(Archive {
        source: Source::X,
        files: files_found,
        bytes,
    })
}

pub(crate) fn read(files: &mut dyn Files, archive: &Archive, report: &mut Report<'_>) -> Result<(), Stop> {
    let Some(first) = archive.files.first() else {
        return Ok(());
    };
    let directory = files.directory();
    let folder = names::split(first).0.to_owned();
    let account = format!("{folder}account.js");
    let mut own = Own { found: None };
    if directory.size(&account).is_some() {
        let read = report.begin(&account, 0);
        let walked = open_and_walk(files, &account, &mut own, read);
        report.walked(walked)?;
        report.end()?;
    }
    let own = own.found;
    if let Some(own) = own.clone() {
        report.own(own)?;
    } else {
        report.begin(&account, 0);
        report.problem(Place::Whole, What::Field("accountId"))?;
    }
    for name in &archive.files {
        let Some(part) = Part::of(names::split(name).1) else {
            continue;
        };
        let media = MediaFolder::new(&directory, &folder, part.is_group);
        let read = report.begin(name, directory.size(name).unwrap_or(0));
        let mut messages = Messages::new(report, own.clone(), media, part.is_group, part.is_headers);
        let walked = open_and_walk(files, name, &mut messages, read);
        report.walked(walked)?;
        report.end()?;
    }
    Ok(())
}

fn open_and_walk(files: &mut dyn Files, name: &str, guide: &mut dyn Guide, read: Rc<Cell<u64>>) -> Walked {
    let opened = files.open(name).map_err(|error| read_error(&error));
    match opened.and_then(|inner| behind_prefix(Counted { inner, read })) {
        Ok(file) => json::walk(file, guide),
        Err(what) => Walked::broken(what),
    }
}

/// Reads over the assignment, up to the list.
fn behind_prefix<R: Read>(file: R) -> Result<impl Read + use<R>, What> {
    let mut file = BufReader::new(file);
    let mut prefix = Vec::new();
    let read = Read::by_ref(&mut file)
        .take(PREFIX_BYTES_MAX)
        .read_until(b'[', &mut prefix);
    read.map_err(|error| read_error(&error))?;
    let text = String::from_utf8_lossy(&prefix);
    let text = text.trim_start_matches('\u{feff}').trim();
    let Some(assignment) = text.strip_suffix('[') else {
        return Err(if text.is_empty() {
            What::CutShort
        } else {
            What::NotAsExpected
        });
    };
    let is_ours =
        assignment.is_empty() || assignment.starts_with("window.") && assignment.trim_end().ends_with('=');
    if !is_ours {
        return Err(What::NotAsExpected);
    }
    Ok(b"[".as_slice().chain(file))
}

/// Takes one's own account from `account.js`.
struct Own {
    found: Option<Person>,
}

impl Guide for Own {
    fn plan(&mut self, path: &[Step]) -> Plan {
        match path {
            [] => Plan::Walk,
            _ if self.found.is_none() => Plan::Take,
            _ => Plan::Skip,
        }
    }

    fn take(&mut self, _path: &[Step], value: Json) -> Result<(), Stop> {
        let account = value.get("account");
        if let Some(id) = account.get("accountId").text().and_then(number) {
            self.found = Some(Person {
                id: id.to_owned(),
                name: account.get("accountDisplayName").text().map(label),
                username: account.get("username").text().map(label),
            });
        }
        Ok(())
    }

    fn leave(&mut self, _path: &[Step]) -> Result<(), Stop> {
        Ok(())
    }
}

/// The numbers that X gives to everything.
fn number(text: &str) -> Option<&str> {
    let is_one = (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_one.then_some(text)
}
