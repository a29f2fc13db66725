//! Searching, beside the machine: a second connection on the same file, which changes nothing.

use std::collections::BTreeMap;
use std::ops::Range;

use rusqlite::Connection;
use thiserror::Error;
use xchat_proto::limits::{SEARCH_PAGE_MAX, SEARCH_TEXT_BYTES_MAX};
use xchat_proto::name::Name;

use crate::account::Account;
use crate::error::MachineError;
use crate::io::{ConversationId, ImportId, ImportedKind};
use crate::meta::{self, Key};
use crate::rows::conversation::Conversation;
use crate::rows::message::Kind;
use crate::rows::search::{self, Found};
use crate::rows::{imported, imported_search};
use crate::words::Terms;

/// How much of a text is shown before what was found in it, in letters.
const LEAD_LETTERS: usize = 40;
/// How much of a text is shown, in letters.
const EXCERPT_LETTERS: usize = 240;

/// What kind of message is searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchKind {
    /// A text.
    Text,
    /// One with a link in it.
    Link,
}

/// What is searched for. All that is given must fit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchQuery {
    /// Words, and phrases in quotation marks. The last word may be unfinished.
    pub text: String,
    /// In this conversation.
    pub conversation: Option<ConversationId>,
    /// By this person.
    pub from: Option<Name>,
    /// Of this kind.
    pub kind: Option<SearchKind>,
    /// Not before this time, in Unix milliseconds.
    pub from_ms: Option<u64>,
    /// Not after this time, in Unix milliseconds.
    pub to_ms: Option<u64>,
    /// Where the page before this one ended ([`SearchPage::next`]).
    pub before: Option<i64>,
    /// How many messages at most; 100 at most.
    pub limit: usize,
}

/// A message that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchHit {
    /// Its position in this device's history.
    pub row: i64,
    /// Its conversation.
    pub conversation: ConversationId,
    /// Who the conversation is with.
    pub with: Name,
    /// Who wrote it.
    pub from: Name,
    /// Whether this account did.
    pub mine: bool,
    /// When it was written, by its author's clock, in Unix milliseconds.
    pub sent_ms: u64,
    /// The part of its text in which something was found.
    pub excerpt: String,
    /// Where in the excerpt it was, in bytes, in order.
    pub marks: Vec<Range<usize>>,
}

/// A part of what was found, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchPage {
    /// The messages.
    pub hits: Vec<SearchHit>,
    /// Where the next page begins ([`SearchQuery::before`]); nothing when this is the last.
    pub next: Option<i64>,
    /// Whether older messages are still being made ready for searching.
    pub is_partial: bool,
}

/// What is searched for among what was taken over from other messengers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportedQuery {
    /// As [`SearchQuery::text`].
    pub text: String,
    /// In this conversation.
    pub import: Option<ImportId>,
    /// Where the page before this one ended ([`ImportedPage::next`]).
    pub before: Option<i64>,
    /// How many at most; 100 at most.
    pub limit: usize,
}

/// A message that was found among those.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedHit {
    /// Its row among what was taken over.
    pub row: i64,
    /// Its conversation.
    pub import: ImportId,
    /// What the conversation is called.
    pub title: String,
    /// Who wrote it, as a shown name.
    pub from: Option<String>,
    /// Whether that is the user.
    pub mine: bool,
    /// What it is.
    pub kind: ImportedKind,
    /// When it was written, in Unix milliseconds.
    pub at_ms: u64,
    /// The part of its text in which something was found.
    pub excerpt: String,
    /// Where in the excerpt it was, in bytes, in order.
    pub marks: Vec<Range<usize>>,
}

/// A part of what was found among those, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportedPage {
    /// The messages.
    pub hits: Vec<ImportedHit>,
    /// Where the next page begins; nothing when this is the last.
    pub next: Option<i64>,
    /// Whether older messages are still being made ready for searching.
    pub is_partial: bool,
}

/// Why nothing was searched.
#[derive(Debug, Error)]
pub enum SearchError {
    /// A search this long is none.
    #[error("a search has at most {SEARCH_TEXT_BYTES_MAX} bytes")]
    TooLong,
    /// Too many searches at once.
    #[error("other searches are still running")]
    Busy,
    /// The database can't be read.
    #[error(transparent)]
    Machine(#[from] MachineError),
}

impl SearchError {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong => "too-long",
            Self::Busy => "busy",
            Self::Machine(error) => error.code(),
        }
    }

    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        match self {
            Self::TooLong => false,
            Self::Busy => true,
            Self::Machine(error) => error.retryable(),
        }
    }
}

/// See the module's documentation.
pub struct Reader {
    connection: Connection,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reader(..)")
    }
}

impl Reader {
    /// Reads over a connection that [`crate::database::open_reader`] gave.
    pub fn new(connection: Connection) -> Self {
        Self { connection }
    }

    /// The connection, for tests that look on.
    #[cfg(test)]
    pub(crate) fn into_connection(self) -> Connection {
        self.connection
    }

    /// Searches all messages.
    ///
    /// # Errors
    /// [`SearchError::TooLong`], or that the database can't be read.
    pub fn search(&mut self, query: &SearchQuery) -> Result<SearchPage, SearchError> {
        if query.text.len() > SEARCH_TEXT_BYTES_MAX {
            return Err(SearchError::TooLong);
        }
        // Index and messages of one moment.
        let transaction = self.connection.transaction().map_err(MachineError::from)?;
        let page = page(&transaction, query)?;
        Ok(page)
    }

    /// Searches what was taken over from other messengers.
    ///
    /// # Errors
    /// As [`Reader::search`].
    pub fn search_imported(&mut self, query: &ImportedQuery) -> Result<ImportedPage, SearchError> {
        if query.text.len() > SEARCH_TEXT_BYTES_MAX {
            return Err(SearchError::TooLong);
        }
        let transaction = self.connection.transaction().map_err(MachineError::from)?;
        Ok(imported_page(&transaction, query)?)
    }
}

fn imported_page(connection: &Connection, query: &ImportedQuery) -> Result<ImportedPage, MachineError> {
    let mut page = ImportedPage {
        is_partial: imported_search::rest(connection)? > 0,
        ..ImportedPage::default()
    };
    let terms = Terms::of(&query.text);
    if terms.is_empty() {
        return Ok(page);
    }
    let tags: Vec<String> = query
        .import
        .map(imported_search::in_conversation)
        .into_iter()
        .collect();
    let limit = query.limit.clamp(1, SEARCH_PAGE_MAX);
    let places = 0..query.before.unwrap_or(i64::MAX);
    let mut found = imported_search::newest(
        connection,
        &terms.expression(&tags),
        &places,
        limit.saturating_add(1),
    )?;
    let has_more = found.len() > limit;
    found.truncate(limit);
    page.next = found.last().copied().filter(|_| has_more);
    let mut titles: BTreeMap<ImportId, String> = BTreeMap::new();
    for place in found {
        let Some(row) = imported_search::at(connection, place)? else {
            continue;
        };
        let Some((import, item)) = imported::item(connection, row)? else {
            continue;
        };
        if let std::collections::btree_map::Entry::Vacant(entry) = titles.entry(import) {
            let title = imported::one(connection, import)?.map(|view| view.title);
            entry.insert(title.unwrap_or_default());
        }
        let text = item.text.unwrap_or_default();
        let marks = terms.marks(&text).unwrap_or_default();
        let (excerpt, marks) = excerpt(&text, &marks);
        page.hits.push(ImportedHit {
            row,
            import,
            title: titles.get(&import).cloned().unwrap_or_default(),
            from: item.from,
            mine: item.mine,
            kind: item.kind,
            at_ms: item.at_ms,
            excerpt,
            marks,
        });
    }
    Ok(page)
}

/// Whom and what the words are searched in; nothing when nobody is meant.
fn tags(
    connection: &Connection,
    own: &Name,
    query: &SearchQuery,
) -> Result<Option<Vec<String>>, MachineError> {
    let mut tags = Vec::new();
    if let Some(conversation) = query.conversation {
        tags.push(search::in_conversation(conversation));
    }
    match &query.from {
        None => {}
        Some(from) if from == own => tags.push(search::by_person(None)),
        Some(from) => match Conversation::with_name(connection, from)? {
            Some(found) => tags.push(search::by_person(Some(&found.account))),
            None => return Ok(None),
        },
    }
    match query.kind {
        None => {}
        Some(SearchKind::Text) => tags.push(search::of_kind(Kind::Text as i64)),
        Some(SearchKind::Link) => tags.push(search::with_link()),
    }
    Ok(Some(tags))
}

fn page(connection: &Connection, query: &SearchQuery) -> Result<SearchPage, MachineError> {
    let is_partial = search::rest(connection)? > 0;
    let nothing = SearchPage {
        is_partial,
        ..SearchPage::default()
    };
    let account: Option<Account> = meta::fetch(connection, Key::Account)?;
    let Some(own) = account.and_then(|account| account.name) else {
        return Ok(nothing);
    };
    let terms = Terms::of(&query.text);
    let Some(tags) = tags(connection, &own, query)? else {
        return Ok(nothing);
    };
    let is_typed = !query.text.trim().is_empty();
    if terms.is_empty() && (is_typed || tags.is_empty()) {
        return Ok(nothing);
    }
    let mut places = search::places(query.from_ms, query.to_ms);
    places.end = places.end.min(query.before.unwrap_or(i64::MAX));
    let limit = query.limit.clamp(1, SEARCH_PAGE_MAX);
    let expression = terms.expression(&tags);
    let mut found = search::newest(connection, &expression, &places, limit.saturating_add(1))?;
    let has_more = found.len() > limit;
    found.truncate(limit);
    let mut people: BTreeMap<ConversationId, Name> = BTreeMap::new();
    let mut hits = Vec::new();
    for place in &found {
        let Some(message) = search::at(connection, *place)? else {
            continue;
        };
        // Places are of whole seconds, and the time is what its author says.
        let is_early = query.from_ms.is_some_and(|from_ms| message.sent_ms < from_ms);
        let is_late = query.to_ms.is_some_and(|to_ms| message.sent_ms > to_ms);
        if is_early || is_late {
            continue;
        }
        let with = match people.get(&message.conversation) {
            Some(with) => with.clone(),
            None => {
                let Some(conversation) = Conversation::by_id(connection, message.conversation)? else {
                    continue;
                };
                people.insert(message.conversation, conversation.peer.clone());
                conversation.peer
            }
        };
        hits.push(hit(message, &terms, &own, with));
    }
    Ok(SearchPage {
        hits,
        next: found.last().copied().filter(|_| has_more),
        is_partial,
    })
}

fn hit(message: Found, terms: &Terms, own: &Name, with: Name) -> SearchHit {
    let marks = terms.marks(&message.text).unwrap_or_default();
    let (excerpt, marks) = excerpt(&message.text, &marks);
    SearchHit {
        row: message.row,
        conversation: message.conversation,
        from: if message.mine { own.clone() } else { with.clone() },
        with,
        mine: message.mine,
        sent_ms: message.sent_ms,
        excerpt,
        marks,
    }
}

/// The part of a text about the first mark, and where the marks are in it.
fn excerpt(text: &str, marks: &[Range<usize>]) -> (String, Vec<Range<usize>>) {
    let first = marks.first().map_or(0, |mark| mark.start);
    let before = text.get(..first).unwrap_or_default();
    let lead = before.char_indices().rev().nth(LEAD_LETTERS.saturating_sub(1));
    // At the beginning of a word, where one is near.
    let start = lead.map_or(0, |(at, _)| {
        let rest = before.get(at..).unwrap_or_default();
        let space = rest.char_indices().find(|(_, letter)| letter.is_whitespace());
        space.map_or(at, |(offset, letter)| {
            at.saturating_add(offset).saturating_add(letter.len_utf8())
        })
    });
    let rest = text.get(start..).unwrap_or_default();
    let length = rest
        .char_indices()
        .nth(EXCERPT_LETTERS)
        .map_or(rest.len(), |(at, _)| at);
    let lead = if start > 0 { "…" } else { "" };
    let tail = if length < rest.len() { "…" } else { "" };
    let shown = rest.get(..length).unwrap_or_default();
    let marks = marks.iter().filter_map(|mark| {
        let from = mark.start.checked_sub(start)?;
        let to = mark.end.checked_sub(start)?.min(length);
        (from < to).then(|| from.saturating_add(lead.len())..to.saturating_add(lead.len()))
    });
    (format!("{lead}{shown}{tail}"), marks.collect())
}

#[cfg(test)]
pub(crate) mod tests;
