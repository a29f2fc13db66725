//! What a reader tells goes through here: it is counted, bounded, and told once.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::rc::Rc;

use crate::ids::{Short, short};
use crate::json::{Broken, Stop, Walked};
use crate::limits::{
    CONVERSATIONS_MAX, LABEL_BYTES_MAX, MESSAGES_MAX, PEOPLE_MAX, PEOPLE_TOTAL_MAX, PROBLEMS_MAX,
    PROGRESS_MESSAGES,
};
use crate::model::{Conversation, Entry, Item, Person, Progress, Sink};
use crate::names::cut;
use crate::problem::{Place, Problem, What};

/// What is known of a conversation so far.
#[derive(Debug)]
struct Talk {
    title: Option<(u64, String)>,
    is_group: bool,
    people: BTreeMap<String, Person>,
    has_news: bool,
    told: u32,
}

/// How often a conversation is told before the end: each time costs as much as it has people.
const TOLD_MAX: u32 = 8;

/// Tells a sink what is read.
pub(crate) struct Report<'a> {
    sink: &'a mut dyn Sink,
    progress: Progress,
    /// Bytes read of the present file, and of those before.
    read: Rc<Cell<u64>>,
    file: String,
    file_began: u64,
    file_bytes: u64,
    talks: BTreeMap<String, Talk>,
    people: usize,
    present: Option<String>,
    seen: BTreeSet<Short>,
    is_full: bool,
}

impl<'a> Report<'a> {
    pub(crate) fn new(sink: &'a mut dyn Sink) -> Self {
        Self {
            sink,
            progress: Progress::default(),
            read: Rc::default(),
            file: String::new(),
            file_began: 0,
            file_bytes: 0,
            talks: BTreeMap::new(),
            people: 0,
            present: None,
            seen: BTreeSet::new(),
            is_full: false,
        }
    }

    fn tell(&mut self, entry: Entry) -> Result<(), Stop> {
        if self.sink.take(entry).is_break() {
            Err(Stop)
        } else {
            Ok(())
        }
    }

    /// Begins a file that says that it has so many bytes; what is read of these counts as progress.
    pub(crate) fn begin(&mut self, file: &str, bytes: u64) -> Rc<Cell<u64>> {
        file.clone_into(&mut self.file);
        self.file_bytes = bytes;
        self.read.set(0);
        Rc::clone(&self.read)
    }

    /// Ends the file.
    pub(crate) fn end(&mut self) -> Result<(), Stop> {
        self.leave()?;
        self.file_began = self.file_began.saturating_add(self.file_bytes);
        self.read.set(0);
        self.tell_progress()
    }

    fn tell_progress(&mut self) -> Result<(), Stop> {
        self.progress.bytes = self
            .file_began
            .saturating_add(self.read.get().min(self.file_bytes));
        self.tell(Entry::Progress(self.progress.clone()))
    }

    pub(crate) fn own(&mut self, person: Person) -> Result<(), Stop> {
        self.tell(Entry::Own(person))
    }

    pub(crate) fn problem(&mut self, place: Place, what: What) -> Result<(), Stop> {
        let file = self.file.clone();
        self.tell_problem(Problem { file, place, what })
    }

    pub(crate) fn tell_problem(&mut self, problem: Problem) -> Result<(), Stop> {
        self.progress.problems = self.progress.problems.saturating_add(1);
        if self.progress.problems > PROBLEMS_MAX {
            return Ok(());
        }
        self.tell(Entry::Problem(problem))
    }

    /// Tells how a walk through the present file ended.
    pub(crate) fn walked(&mut self, walked: Walked) -> Result<(), Stop> {
        for line in walked.cuts {
            self.problem(Place::Line(line), What::TextCut)?;
        }
        match walked.result {
            Ok(()) => Ok(()),
            Err(Broken::Stopped) => Err(Stop),
            Err(Broken::At(0, what)) => self.problem(Place::Whole, what),
            Err(Broken::At(line, what)) => self.problem(Place::Line(line), what),
        }
    }

    /// Goes on with a conversation, which may be new. False if there are too many.
    pub(crate) fn enter(&mut self, id: &str, title: Option<&str>, is_group: bool) -> Result<bool, Stop> {
        self.leave()?;
        if !self.talks.contains_key(id) {
            if self.talks.len() >= CONVERSATIONS_MAX {
                self.full("conversations")?;
                return Ok(false);
            }
            let title = title.map(|title| (0, label(title)));
            let talk = Talk {
                title,
                is_group,
                people: BTreeMap::new(),
                has_news: true,
                told: 0,
            };
            self.talks.insert(id.to_owned(), talk);
            self.progress.conversations += 1;
        }
        self.present = Some(id.to_owned());
        Ok(true)
    }

    fn talk(&mut self) -> Option<&mut Talk> {
        self.talks.get_mut(self.present.as_ref()?)
    }

    /// Names the present conversation; the latest name counts.
    pub(crate) fn name(&mut self, title: &str, at_ms: u64) {
        if let Some(talk) = self.talk()
            && talk.title.as_ref().is_none_or(|(since, _)| *since <= at_ms)
        {
            talk.has_news = true;
            talk.title = Some((at_ms, label(title)));
        }
    }

    /// Somebody is in the present conversation. Of names the first counts: the newest message, in most archives.
    pub(crate) fn person(&mut self, person: Person) {
        let has_room = self.people < PEOPLE_TOTAL_MAX;
        let Some(talk) = self.talk() else {
            return;
        };
        if let Some(known) = talk.people.get_mut(&person.id) {
            if known.name.is_none() && person.name.is_some() {
                known.name = person.name;
                talk.has_news = true;
            }
        } else if has_room && talk.people.len() < PEOPLE_MAX {
            talk.people.insert(person.id.clone(), person);
            talk.has_news = true;
            self.people += 1;
        }
    }

    /// Tells the present conversation, if anything of it is new.
    fn tell_conversation(&mut self) -> Result<(), Stop> {
        let Some(id) = self.present.clone() else {
            return Ok(());
        };
        if self.talks.get(&id).is_some_and(|talk| talk.told < TOLD_MAX) {
            self.tell_news(&id)
        } else {
            Ok(())
        }
    }

    fn tell_news(&mut self, id: &str) -> Result<(), Stop> {
        let Some(talk) = self.talks.get_mut(id).filter(|talk| talk.has_news) else {
            return Ok(());
        };
        talk.has_news = false;
        talk.told += 1;
        let conversation = Conversation {
            id: id.to_owned(),
            title: talk.title.as_ref().map(|(_, title)| title.clone()),
            is_group: talk.is_group,
            people: talk.people.values().cloned().collect(),
        };
        self.tell(Entry::Conversation(conversation))
    }

    /// Begins the items of the present conversation.
    pub(crate) fn announce(&mut self) -> Result<(), Stop> {
        self.tell_conversation()
    }

    /// Ends the present conversation.
    pub(crate) fn leave(&mut self) -> Result<(), Stop> {
        self.tell_conversation()?;
        self.present = None;
        Ok(())
    }

    fn full(&mut self, of: &'static str) -> Result<(), Stop> {
        if self.is_full {
            return Ok(());
        }
        self.is_full = true;
        self.problem(Place::Whole, What::TooMany(of))
    }

    /// Tells an item, unless one of its id was told.
    pub(crate) fn item(&mut self, item: Item) -> Result<(), Stop> {
        if self.progress.items >= MESSAGES_MAX {
            return self.full("messages");
        }
        if !self.seen.insert(short(&item.conversation, &[item.id.as_bytes()])) {
            return self.problem(Place::Message(item.conversation, item.id), What::Twice);
        }
        self.progress.items += 1;
        self.tell(Entry::Item(item))?;
        if self.progress.items.is_multiple_of(PROGRESS_MESSAGES) {
            self.tell_progress()?;
        }
        Ok(())
    }

    /// Whether an item of this id was told.
    pub(crate) fn has_told(&self, conversation: &str, id: &str) -> bool {
        self.seen.contains(&short(conversation, &[id.as_bytes()]))
    }

    /// Tells what of conversations is still new.
    pub(crate) fn finish(mut self) -> Result<Progress, Stop> {
        let news = self.talks.iter().filter(|(_, talk)| talk.has_news);
        let ids: Vec<_> = news.map(|(id, _)| id.clone()).collect();
        for id in ids {
            self.tell_news(&id)?;
        }
        Ok(self.progress)
    }
}

/// A name or title that is kept: short, on one line.
pub(crate) fn label(text: &str) -> String {
    let visible = |letter: char| if letter.is_control() { ' ' } else { letter };
    cut(text.trim(), LABEL_BYTES_MAX).chars().map(visible).collect()
}

/// Counts what is read.
pub(crate) struct Counted<R> {
    pub(crate) inner: R,
    pub(crate) read: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let more = u64::try_from(count).unwrap_or(u64::MAX);
        self.read.set(self.read.get().saturating_add(more));
        Ok(count)
    }
}
