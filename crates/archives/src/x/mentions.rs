//! Names of people, from the posts in which their owner mentioned them.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::{number, open_and_walk};
use crate::files::Files;
use crate::json::{Guide, Json, Plan, Step, Stop};
use crate::limits::PEOPLE_TOTAL_MAX;
use crate::model::{Archive, Person};
use crate::names;
use crate::report::label;

/// Looks through one's own posts for the names of people who are only numbers in messages. Nothing here proves that a
/// name is still theirs: it is something to offer when the caller asks.
#[must_use]
pub fn people_mentioned(files: &mut dyn Files, archive: &Archive) -> BTreeMap<String, Person> {
    let folder = archive.files.first().map_or("", |first| names::split(first).0);
    let is_posts = |name: &&str| {
        let (of, base) = names::split(name);
        let is_part =
            |rest: &str| rest.starts_with(".js") || rest.starts_with("-part") || rest.starts_with("s-part");
        let rest = base.strip_prefix("tweet").filter(|_| base.ends_with(".js"));
        of == folder && rest.is_some_and(|rest| is_part(rest) || rest == "s.js")
    };
    let directory = files.directory();
    let posts: Vec<_> = directory
        .names(folder)
        .filter(is_posts)
        .map(str::to_owned)
        .collect();
    let mut mentions = Mentions {
        people: BTreeMap::new(),
    };
    for name in posts {
        // A file that breaks off has told the names before that.
        let _ = open_and_walk(files, &name, &mut mentions, Rc::default());
    }
    mentions.people
}

struct Mentions {
    people: BTreeMap<String, Person>,
}

impl Guide for Mentions {
    fn plan(&mut self, path: &[Step]) -> Plan {
        let key = |at: usize| match path.get(at) {
            Some(Step::Key(key)) => Some(key.as_str()),
            _ => None,
        };
        // Early archives have the post itself in the list.
        let at = if key(1) == Some("tweet") { 2 } else { 1 };
        match path.len().checked_sub(at) {
            None | Some(0) => Plan::Walk,
            Some(1) if key(at) == Some("entities") => Plan::Walk,
            Some(2) if key(at) == Some("entities") && key(at + 1) == Some("user_mentions") => Plan::Walk,
            Some(3) if key(at) == Some("entities") => Plan::Take,
            _ => Plan::Skip,
        }
    }

    fn take(&mut self, _path: &[Step], value: Json) -> Result<(), Stop> {
        if let Some(id) = value.get("id_str").text().and_then(number)
            && self.people.len() < PEOPLE_TOTAL_MAX
        {
            let person = Person {
                id: id.to_owned(),
                name: value.get("name").text().map(label),
                username: value.get("screen_name").text().map(label),
            };
            self.people.insert(id.to_owned(), person);
        }
        Ok(())
    }

    fn leave(&mut self, _path: &[Step]) -> Result<(), Stop> {
        Ok(())
    }
}
