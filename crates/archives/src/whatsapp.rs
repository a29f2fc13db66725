//! The chat export of WhatsApp: a text file as the app shows it, in the language and customs of the telephone that
//! wrote it, alone or with media beside it.
//!
//! A file is read twice: how its dates are meant shows only in all of them together, and what is a person's name in how
//! often it stands there. Who oneself is, it doesn't say.

mod body;
mod dates;
mod head;
mod lines;
mod transcript;

use std::collections::BTreeMap;
use std::io::{self, Read};

pub use self::dates::DateOrder;
use self::dates::Evidence;
use self::head::Head;
use self::lines::Lines;
use self::transcript::Transcript;
use crate::files::{Directory, Files, read_error};
use crate::json::Stop;
use crate::limits::{PARTS_MAX, PEOPLE_MAX, PEOPLE_TOTAL_MAX};
use crate::model::{Archive, Source};
use crate::names;
use crate::problem::{Place, What};
use crate::read::Choices;
use crate::report::{Counted, Report, label};

/// What an iPhone calls the file of any chat.
const NAMELESS: &str = "_chat.txt";

/// So many lines are looked at to see whether a file is a chat.
const SNIFFED_LINES: usize = 50;

/// So many text files are looked at: others may be attached to messages.
const SNIFFED_FILES: usize = 50;

/// What stands before a chat's name in the name of its file.
const TITLES: [&str; 17] = [
    "whatsapp chat with ",
    "whatsapp chat - ",
    "whatsapp-chat mit ",
    "whatsapp-chat met ",
    "whatsapp sohbeti - ",
    "chat de whatsapp con ",
    "chat whatsapp con ",
    "chat whatsapp dengan ",
    "conversa do whatsapp com ",
    "conversa whatsapp com ",
    "discussion whatsapp avec ",
    "чат whatsapp с контактом ",
    "чат whatsapp с ",
    "محادثة واتساب مع ",
    "دردشة واتساب مع ",
    "محادثة whatsapp مع ",
    "whatsapp - ",
];

/// Finds the text files that are chats.
pub(crate) fn find(files: &mut dyn Files) -> Option<Archive> {
    let directory = files.directory();
    let is_text = |name: &&str| names::extension(name).as_deref() == Some("txt");
    let mut texts: Vec<_> = directory.names("").filter(is_text).map(str::to_owned).collect();
    if texts.iter().any(|name| is_called_so(name)) {
        texts.retain(|name| is_called_so(name));
        texts.truncate(PARTS_MAX);
    } else {
        texts.truncate(SNIFFED_FILES);
    }
    texts.retain(|name| is_chat(files, name));
    if texts.is_empty() {
        return None;
    }
    let bytes = texts
        .iter()
        .filter_map(|name| directory.size(name))
        .fold(0, u64::saturating_add);
    Some(Archive {
        source: Source::WhatsApp,
        files: texts,
        bytes,
    })
}

fn is_called_so(name: &str) -> bool {
    let base = names::split(name).1.to_lowercase();
    base == NAMELESS || base.contains("whatsapp") || base.contains("واتساب")
}

/// Whether one of the first lines begins as messages do.
fn is_chat(files: &mut dyn Files, name: &str) -> bool {
    let Ok(file) = files.open(name) else {
        return false;
    };
    let lines = Lines::new(file).map_while(Result::ok).take(SNIFFED_LINES);
    lines.into_iter().any(|line| Head::read(&line.text).is_some())
}

/// The dates of this file can be read in two ways; its owner has to say which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ambiguous {
    pub(crate) file: String,
    pub(crate) example: String,
}

/// What the first reading of a file shows.
pub(crate) struct Survey {
    order: DateOrder,
    /// How often each stands where names stand.
    people: BTreeMap<String, u64>,
    /// A word beside the time that isn't known.
    unknown_word: Option<(u64, String)>,
}

/// Reads the files for the first time.
pub(crate) fn survey(
    files: &mut dyn Files,
    archive: &Archive,
    choices: &Choices,
) -> Result<BTreeMap<String, Survey>, Ambiguous> {
    let mut surveys = BTreeMap::new();
    let mut room = PEOPLE_TOTAL_MAX;
    for name in &archive.files {
        // What can't be read is told at the second reading, once.
        let survey = match files.open(name) {
            Ok(file) => survey_file(file, name, choices, &mut room)?,
            Err(_) => survey_file(io::empty(), name, choices, &mut room)?,
        };
        surveys.insert(name.clone(), survey);
    }
    Ok(surveys)
}

fn survey_file(
    file: impl Read,
    name: &str,
    choices: &Choices,
    room: &mut usize,
) -> Result<Survey, Ambiguous> {
    let mut evidence = Evidence::default();
    let mut people = BTreeMap::new();
    let mut unknown_word = None;
    for line in Lines::new(file).map_while(Result::ok) {
        let Some(head) = Head::read(&line.text) else {
            continue;
        };
        evidence.add(head.date);
        if let Some((person, _)) = head.person() {
            if let Some(count) = people.get_mut(&person) {
                *count += 1;
            } else if people.len() < PEOPLE_MAX && *room > 0 {
                *room -= 1;
                people.insert(person, 1);
            }
        }
        if let Some(word) = head.unknown_word.filter(|_| unknown_word.is_none()) {
            unknown_word = Some((line.number, word));
        }
    }
    let order = evidence.order().or(choices.date_order).ok_or_else(|| Ambiguous {
        file: label(name),
        example: evidence.example(),
    })?;
    Ok(Survey {
        order,
        people,
        unknown_word,
    })
}

pub(crate) fn read(
    files: &mut dyn Files,
    surveys: &BTreeMap<String, Survey>,
    choices: &Choices,
    report: &mut Report<'_>,
) -> Result<(), Stop> {
    let directory = files.directory();
    for (name, survey) in surveys {
        let read = report.begin(name, directory.size(name).unwrap_or(0));
        match files.open(name) {
            Ok(inner) => read_file(Counted { inner, read }, name, survey, choices, &directory, report)?,
            Err(error) => report.problem(Place::Whole, read_error(&error))?,
        }
        report.end()?;
    }
    Ok(())
}

fn read_file(
    file: impl Read,
    name: &str,
    survey: &Survey,
    choices: &Choices,
    directory: &Directory,
    report: &mut Report<'_>,
) -> Result<(), Stop> {
    if let Some((line, word)) = &survey.unknown_word {
        report.problem(
            Place::Line(*line),
            What::Unknown(format!("the word \u{201c}{word}\u{201d} beside a time")),
        )?;
    }
    let title = title(name, choices, survey);
    let mut transcript = Transcript::new(
        report,
        directory,
        names::split(name).0,
        &title,
        survey,
        &choices.zone,
    );
    transcript.begin()?;
    for line in Lines::new(file) {
        match line {
            Ok(line) => transcript.line(&line)?,
            Err(error) => {
                transcript.end()?;
                return report.problem(Place::Whole, read_error(&error));
            }
        }
    }
    transcript.end()
}

/// What the chat is called: the name of its file says, or of what it came in, or else of the people in it.
fn title(name: &str, choices: &Choices, survey: &Survey) -> String {
    let base = names::split(name).1;
    let given = choices.name.as_deref().map(|name| names::split(name).1);
    let called = if base == NAMELESS { given } else { Some(base) };
    let people = || survey.people.keys().cloned().collect::<Vec<_>>().join(", ");
    let title = called.map(of_file).filter(|title| !title.is_empty());
    let title = title.unwrap_or_else(people);
    if title.is_empty() {
        NAMELESS.to_owned()
    } else {
        label(&title)
    }
}

fn of_file(base: &str) -> String {
    let clean = head::plain(base);
    let stem = clean
        .strip_suffix(".txt")
        .or_else(|| clean.strip_suffix(".zip"))
        .unwrap_or(&clean);
    // A browser counts what is fetched twice.
    let counted = stem.strip_suffix(')').and_then(|stem| stem.rsplit_once(" ("));
    let is_count = |count: &str| !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit());
    let stem = counted
        .filter(|(_, count)| is_count(count))
        .map_or(stem, |(stem, _)| stem);
    let begins = |title: &&&str| {
        stem.get(..title.len())
            .is_some_and(|start| start.to_lowercase() == ***title)
    };
    let rest = TITLES
        .iter()
        .find(begins)
        .and_then(|title| stem.get(title.len()..));
    rest.unwrap_or(stem).trim().to_owned()
}
