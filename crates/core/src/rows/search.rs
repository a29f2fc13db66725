//! The index of messages: which words are in which of them.
//!
//! Triggers keep it: whatever writes, changes or takes away the text of a message changes the index in the same
//! transaction, and an entry is taken out by the very words that were put in (FND-01).
//!
//! An entry's place is its time, so that newest first is the order of the index and a span of time is a range of it.

use std::ops::Range;

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::{Connection, OptionalExtension as _};
use xchat_proto::ids::AccountId;
use xchat_proto::limits::CLOCK_AHEAD_MS_MAX;

use crate::error::MachineError;
use crate::io::ConversationId;
use crate::rows::{imported_search, signed, unsigned};
use crate::words;

/// The places of one second. What finds none free goes behind the newest.
const PLACES: u64 = 1024;
/// When places begin: the year 2000, in Unix seconds.
const EPOCH_S: u64 = 946_684_800;
/// Seconds that have places: 136 years.
const SECONDS_MAX: u64 = 1 << 32;

/// Gives a message a place, when it is one that is found.
macro_rules! place {
    ($message:literal) => {
        concat!(
            "INSERT INTO found (place, message)
    SELECT CASE WHEN next < first + 1024 THEN next ELSE (SELECT max(place) + 1 FROM found) END, id FROM
        (SELECT id, first, coalesce((SELECT max(place) + 1 FROM found WHERE place >= first AND place < first + 1024),
            first) AS next FROM
            (SELECT id, first_place(clock_ms, stored_ms) AS first FROM message
                WHERE id = ",
            $message,
            " AND kind < 4 AND gone = 0));\n"
        )
    };
}

/// Puts the words of a message into the index, when it has a place.
macro_rules! put_in {
    ($message:literal) => {
        concat!(
            "INSERT INTO search (rowid, words)
    SELECT place, message_words(conversation, author, kind, text) FROM found
        JOIN message ON message.id = found.message WHERE found.message = ",
            $message,
            ";\n"
        )
    };
}

/// Takes what was in the index before out of it.
macro_rules! take_out {
    () => {
        "INSERT INTO search (search, rowid, words)
    SELECT 'delete', place, message_words(old.conversation, old.author, old.kind, old.text) FROM found
        WHERE message = old.id;
DELETE FROM found WHERE message = old.id;\n"
    };
}

/// The index, which has no copy of the texts. Without `secure-delete` the words of what was deleted would stay in it.
pub(crate) const SCHEMA: &str = concat!(
    "CREATE TABLE found (place INTEGER PRIMARY KEY, message INTEGER NOT NULL UNIQUE) STRICT;
CREATE TABLE found_state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    words INTEGER NOT NULL,
    rest INTEGER NOT NULL
) STRICT;
INSERT INTO found_state VALUES (1, 0, 0);
CREATE VIRTUAL TABLE search USING fts5(words, content='', columnsize=0, tokenize='ascii');
INSERT INTO search (search, rank) VALUES ('secure-delete', 1);
CREATE TRIGGER message_found AFTER INSERT ON message WHEN new.kind < 4 AND new.gone = 0 BEGIN\n",
    place!("new.id"),
    put_in!("new.id"),
    "END;
CREATE TRIGGER message_refound AFTER UPDATE OF text, kind, gone, clock_ms, author, conversation ON message
    WHEN old.text IS NOT new.text OR old.kind IS NOT new.kind OR old.gone IS NOT new.gone
        OR old.clock_ms IS NOT new.clock_ms OR old.author IS NOT new.author
        OR old.conversation IS NOT new.conversation BEGIN\n",
    take_out!(),
    place!("new.id"),
    put_in!("new.id"),
    "END;
CREATE TRIGGER message_lost AFTER DELETE ON message BEGIN\n",
    take_out!(),
    "END;\n"
);

/// Gives a connection the functions that the triggers call.
pub(crate) fn equip(connection: &Connection) -> rusqlite::Result<()> {
    let flags =
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    imported_search::equip(connection)?;
    connection.create_scalar_function("message_words", 4, flags, message_words)?;
    connection.create_scalar_function("first_place", 2, flags, |context| {
        let (clock_ms, stored_ms) = (unsigned(context.get(0)?), unsigned(context.get(1)?));
        // A clock that runs far ahead does not put its messages before all others for ever.
        Ok(first_place(
            clock_ms.min(stored_ms.saturating_add(CLOCK_AHEAD_MS_MAX)),
        ))
    })
}

fn message_words(context: &Context<'_>) -> rusqlite::Result<String> {
    let conversation: i64 = context.get(0)?;
    let author: Option<[u8; 32]> = context.get(1)?;
    let kind: i64 = context.get(2)?;
    let text = context.get_raw(3).as_str().unwrap_or_default();
    let mut all = words::joined(text);
    let mut tags = vec![
        in_conversation(ConversationId(conversation)),
        by_person(author.map(AccountId).as_ref()),
        of_kind(kind),
    ];
    if words::has_link(text) {
        tags.push(with_link());
    }
    for tag in tags {
        all.push(' ');
        all.push(words::TAG);
        all.push_str(&tag);
    }
    Ok(all)
}

/// The tag of the messages of a conversation.
pub(crate) fn in_conversation(conversation: ConversationId) -> String {
    format!("c{}", conversation.0)
}

/// The tag of the messages of a person; nobody is this account.
pub(crate) fn by_person(account: Option<&AccountId>) -> String {
    match account {
        Some(account) => format!("p{}", data_encoding::HEXLOWER.encode(&account.0)),
        None => "mine".to_owned(),
    }
}

/// The tag of the messages of a kind.
pub(crate) fn of_kind(kind: i64) -> String {
    format!("k{kind}")
}

/// The tag of messages with a link.
pub(crate) fn with_link() -> String {
    "link".to_owned()
}

fn first_place(clock_ms: u64) -> i64 {
    let seconds = (clock_ms / 1000).saturating_sub(EPOCH_S).min(SECONDS_MAX);
    signed(seconds.saturating_mul(PLACES))
}

/// The places of a span of time, both ends in it.
pub(crate) fn places(from_ms: Option<u64>, to_ms: Option<u64>) -> Range<i64> {
    let from = from_ms.map_or(0, first_place);
    let to = to_ms.map_or(i64::MAX, |to_ms| first_place(to_ms.saturating_add(1000)));
    from..to
}

/// Sees to it that the index holds words as they are made now; gives whether rows wait to be put into it.
pub(crate) fn prepare(connection: &Connection) -> Result<bool, MachineError> {
    let (words, rest): (i64, i64) = connection
        .prepare_cached("SELECT words, rest FROM found_state")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if words == words::VERSION {
        return Ok(rest > 0 || imported_search::rest(connection)? > 0);
    }
    let has_imported = imported_search::empty(connection)?;
    connection.execute_batch(
        "INSERT INTO search (search) VALUES ('delete-all');
         DELETE FROM found;",
    )?;
    let changed = connection
        .prepare_cached(
            "UPDATE found_state SET words = ?1, rest = (SELECT coalesce(max(id), 0) FROM message) RETURNING rest",
        )?
        .query_row([words::VERSION], |row| row.get::<_, i64>(0))?;
    Ok(changed > 0 || has_imported)
}

/// Puts the newest `count` rows that wait into the index; gives whether more wait.
pub(crate) fn build(connection: &Connection, count: u32) -> Result<bool, MachineError> {
    let rest = rest(connection)?;
    if rest == 0 {
        return imported_search::build(connection, count);
    }
    let rows: Vec<i64> = connection
        .prepare_cached("SELECT id FROM message WHERE id <= ?1 ORDER BY id DESC LIMIT ?2")?
        .query_map((rest, count), |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut is_found = connection.prepare_cached("SELECT 1 FROM found WHERE message = ?1")?;
    let mut place = connection.prepare_cached(place!("?1"))?;
    let mut put_in = connection.prepare_cached(put_in!("?1"))?;
    for row in &rows {
        // One that was written in the meantime is in it already.
        let found: Option<i64> = is_found.query_row([row], |row| row.get(0)).optional()?;
        if found.is_none() && place.execute([row])? > 0 {
            put_in.execute([row])?;
        }
    }
    let is_over = rows.len() < usize::try_from(count).unwrap_or(usize::MAX);
    let rest = match rows.last() {
        Some(last) if !is_over => last.saturating_sub(1),
        _ => 0,
    };
    connection
        .prepare_cached("UPDATE found_state SET rest = ?1")?
        .execute([rest])?;
    Ok(rest > 0 || imported_search::rest(connection)? > 0)
}

/// The newest row that waits to be put into the index, and with it all that are older; 0 when none does.
pub(crate) fn rest(connection: &Connection) -> Result<i64, MachineError> {
    let mut statement = connection.prepare_cached("SELECT rest FROM found_state")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

const NEWEST_FIRST: &str = "SELECT rowid FROM search WHERE search MATCH ?1 AND rowid >= ?2 AND rowid < ?3
    ORDER BY rowid DESC LIMIT ?4";

/// The places of the newest `count` entries that fit an expression.
pub(crate) fn newest(
    connection: &Connection,
    expression: &str,
    places: &Range<i64>,
    count: usize,
) -> Result<Vec<i64>, MachineError> {
    let mut statement = connection.prepare_cached(NEWEST_FIRST)?;
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let rows = statement.query_map((expression, places.start, places.end, count), |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The message at a place.
pub(crate) struct Found {
    pub(crate) row: i64,
    pub(crate) conversation: ConversationId,
    pub(crate) mine: bool,
    pub(crate) sent_ms: u64,
    pub(crate) text: String,
}

/// The message at a place of the index.
pub(crate) fn at(connection: &Connection, place: i64) -> Result<Option<Found>, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT message.id, conversation, mine, clock_ms, text FROM found JOIN message ON message.id = found.message
         WHERE place = ?1",
    )?;
    let found = statement
        .query_row([place], |row| {
            Ok(Found {
                row: row.get(0)?,
                conversation: ConversationId(row.get(1)?),
                mine: row.get(2)?,
                sent_ms: unsigned(row.get(3)?),
                text: row.get(4)?,
            })
        })
        .optional()?;
    Ok(found)
}

#[cfg(test)]
mod tests;
