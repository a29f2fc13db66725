//! Conversations that were taken over from other messengers, their people, items and files.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, Row};
use xchat_proto::codec;

use crate::content::MediaKind;
use crate::error::MachineError;
use crate::io::{
    ConversationId, ImportId, ImportSource, ImportView, ImportedConversation, ImportedDetail, ImportedFile,
    ImportedItem, ImportedKind, ImportedPerson, ImportedQuote, ImportedView,
};
use crate::rows::{damaged, signed, unsigned};

/// What is stored of an item beside its words, in bytes: many times what an archive may say of one.
const DETAIL_BYTES_MAX: usize = 8 * 1024 * 1024;
/// People of a conversation that are listed with it.
const PEOPLE_LISTED: i64 = 50;
/// How much of an answered text is shown, in letters.
const QUOTE_LETTERS: i64 = 200;

const SHOWN: &str =
    "imported_message.id, imported_message.at_ms, imported_message.kind, imported_message.person,
    imported_message.text, imported_message.detail, imported_message.conversation";

fn source(number: i64) -> rusqlite::Result<ImportSource> {
    Ok(match number {
        0 => ImportSource::X,
        1 => ImportSource::WhatsApp,
        2 => ImportSource::Telegram,
        _ => return Err(damaged(0, "a source")),
    })
}

fn kind(number: i64) -> rusqlite::Result<ImportedKind> {
    Ok(match number {
        0 => ImportedKind::Message,
        1 => ImportedKind::Joined,
        2 => ImportedKind::Left,
        3 => ImportedKind::Renamed,
        4 => ImportedKind::Created,
        5 => ImportedKind::Pinned,
        6 => ImportedKind::Called,
        7 => ImportedKind::Other,
        _ => return Err(damaged(0, "a kind of item")),
    })
}

/// Stores a conversation with its people, or what is new of it.
pub(crate) fn put_conversation(
    connection: &Connection,
    told: &ImportedConversation,
) -> Result<ImportId, MachineError> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO imported_conversation (source, source_id, title, is_group, own) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (source, source_id) DO UPDATE SET title = coalesce(excluded.title, title),
            is_group = excluded.is_group, own = coalesce(excluded.own, own) RETURNING id",
    )?;
    let id = ImportId(statement.query_row(
        (
            told.source as i64,
            &told.id,
            &told.title,
            told.is_group,
            &told.own,
        ),
        |row| row.get(0),
    )?);
    let mut statement = connection.prepare_cached(
        "INSERT INTO imported_person (conversation, person, name, username) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (conversation, person) DO UPDATE SET name = coalesce(excluded.name, name),
            username = coalesce(excluded.username, username)",
    )?;
    for person in &told.people {
        statement.execute((id.0, &person.id, &person.name, &person.username))?;
    }
    Ok(id)
}

/// The conversation that a source calls so.
pub(crate) fn conversation(
    connection: &Connection,
    source: ImportSource,
    id: &str,
) -> Result<Option<ImportId>, MachineError> {
    let mut statement = connection
        .prepare_cached("SELECT id FROM imported_conversation WHERE source = ?1 AND source_id = ?2")?;
    let found = statement.query_row((source as i64, id), |row| row.get(0).map(ImportId));
    Ok(found.optional()?)
}

/// Stores an item, or what is new of it; gives whether it was not there.
pub(crate) fn put_item(
    connection: &Connection,
    conversation: ImportId,
    item: &ImportedItem,
) -> Result<bool, MachineError> {
    let detail = codec::encode(&item.detail);
    let known: Option<i64> = connection
        .prepare_cached("SELECT id FROM imported_message WHERE conversation = ?1 AND source_id = ?2")?
        .query_row((conversation.0, &item.id), |row| row.get(0))
        .optional()?;
    let row = match known {
        Some(row) => {
            // Some archives name a message without its text: what is known of it stays.
            let mut statement = connection.prepare_cached(
                "UPDATE imported_message SET text = coalesce(?2, text), detail = ?3
                 WHERE id = ?1 AND (text IS NOT coalesce(?2, text) OR (?2 IS NOT NULL AND detail IS NOT ?3))",
            )?;
            if statement.execute((row, &item.text, &detail))? == 0 {
                return Ok(false);
            }
            row
        }
        None => insert(connection, conversation, item, &detail)?,
    };
    put_files(connection, row, &item.files)?;
    Ok(known.is_none())
}

fn insert(
    connection: &Connection,
    conversation: ImportId,
    item: &ImportedItem,
    detail: &[u8],
) -> Result<i64, MachineError> {
    let at_ms = signed(item.at_ms);
    let mut statement = connection.prepare_cached(
        "WITH place AS (SELECT first_place(?3, ?3) AS first), free AS (
            SELECT first, coalesce((SELECT max(place) + 1 FROM imported_message
                WHERE place >= first AND place < first + 1024), first) AS next FROM place)
         INSERT INTO imported_message (conversation, source_id, at_ms, kind, person, text, detail, place)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, CASE WHEN next < first + 1024 THEN next
            ELSE (SELECT max(place) + 1 FROM imported_message) END FROM free",
    )?;
    statement.execute((
        conversation.0,
        &item.id,
        at_ms,
        item.kind as i64,
        &item.person,
        &item.text,
        detail,
    ))?;
    let row = connection.last_insert_rowid();
    connection
        .prepare_cached("UPDATE imported_conversation SET items = items + 1 WHERE id = ?1")?
        .execute([conversation.0])?;
    Ok(row)
}

fn put_files(connection: &Connection, row: i64, files: &[ImportedFile]) -> Result<(), MachineError> {
    // A later export may have left out what an earlier one had.
    let mut statement = connection.prepare_cached(
        "INSERT INTO imported_file (message, part, kind, name, is_in_archive) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (message, part) DO UPDATE SET kind = excluded.kind, name = excluded.name,
            is_in_archive = excluded.is_in_archive",
    )?;
    for (part, file) in (0_i64..).zip(files) {
        statement.execute((row, part, file.kind.number(), &file.name, file.is_in_archive))?;
    }
    Ok(())
}

/// All conversations, the one that was last used first.
pub(crate) fn all(connection: &Connection) -> Result<Vec<ImportView>, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, source, title, is_group, own, items, chat,
            (SELECT min(at_ms) FROM imported_message WHERE conversation = imported_conversation.id),
            (SELECT max(at_ms) FROM imported_message WHERE conversation = imported_conversation.id) AS last_ms
         FROM imported_conversation ORDER BY last_ms DESC, id",
    )?;
    let rows = statement.query_map([], read_conversation)?;
    rows.map(|read| with_people(connection, read?)).collect()
}

/// One conversation.
pub(crate) fn one(connection: &Connection, id: ImportId) -> Result<Option<ImportView>, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, source, title, is_group, own, items, chat,
            (SELECT min(at_ms) FROM imported_message WHERE conversation = ?1),
            (SELECT max(at_ms) FROM imported_message WHERE conversation = ?1)
         FROM imported_conversation WHERE id = ?1",
    )?;
    let found = statement.query_row([id.0], read_conversation).optional()?;
    found.map(|read| with_people(connection, read)).transpose()
}

fn read_conversation(row: &Row<'_>) -> rusqlite::Result<ImportView> {
    Ok(ImportView {
        id: ImportId(row.get(0)?),
        source: source(row.get(1)?)?,
        title: row.get::<_, Option<String>>(2)?.unwrap_or_default(),
        is_group: row.get(3)?,
        people: Vec::new(),
        people_count: 0,
        own: row.get(4)?,
        items: unsigned(row.get(5)?),
        chat: row.get::<_, Option<i64>>(6)?.map(ConversationId),
        first_ms: unsigned(row.get::<_, Option<i64>>(7)?.unwrap_or_default()),
        last_ms: unsigned(row.get::<_, Option<i64>>(8)?.unwrap_or_default()),
    })
}

fn with_people(connection: &Connection, mut view: ImportView) -> Result<ImportView, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT person, name, username FROM imported_person WHERE conversation = ?1 ORDER BY person LIMIT ?2",
    )?;
    let people = statement.query_map((view.id.0, PEOPLE_LISTED), person)?;
    view.people = people.collect::<Result<_, _>>()?;
    let mut statement =
        connection.prepare_cached("SELECT count(*) FROM imported_person WHERE conversation = ?1")?;
    view.people_count = unsigned(statement.query_row([view.id.0], |row| row.get(0))?);
    if view.title.is_empty() {
        let others = view
            .people
            .iter()
            .filter(|person| view.own.as_ref() != Some(&person.id));
        let names: Vec<String> = others.take(3).map(ImportedPerson::shown).collect();
        view.title = names.join(", ");
    }
    Ok(view)
}

fn person(row: &Row<'_>) -> rusqlite::Result<ImportedPerson> {
    Ok(ImportedPerson {
        id: row.get(0)?,
        name: row.get(1)?,
        username: row.get(2)?,
    })
}

/// Whether somebody is in a conversation.
pub(crate) fn has_person(connection: &Connection, id: ImportId, person: &str) -> Result<bool, MachineError> {
    let mut statement = connection
        .prepare_cached("SELECT count(*) > 0 FROM imported_person WHERE conversation = ?1 AND person = ?2")?;
    Ok(statement.query_row((id.0, person), |row| row.get(0))?)
}

/// Stores in which conversation one goes on; gives whether it is there.
pub(crate) fn set_chat(
    connection: &Connection,
    id: ImportId,
    chat: Option<ConversationId>,
) -> Result<bool, MachineError> {
    let mut statement =
        connection.prepare_cached("UPDATE imported_conversation SET chat = ?2 WHERE id = ?1")?;
    Ok(statement.execute((id.0, chat.map(|chat| chat.0)))? > 0)
}

/// Stores who of its people the user is; gives whether it is there.
pub(crate) fn set_own(connection: &Connection, id: ImportId, own: &str) -> Result<bool, MachineError> {
    let mut statement =
        connection.prepare_cached("UPDATE imported_conversation SET own = ?2 WHERE id = ?1")?;
    Ok(statement.execute((id.0, own))? > 0)
}

/// Takes at most `count` items of a conversation away, and with the last of them the conversation; gives whether
/// something is left.
pub(crate) fn remove(connection: &Connection, id: ImportId, count: u32) -> Result<bool, MachineError> {
    let gone = connection
        .prepare_cached(
            "DELETE FROM imported_message WHERE id IN
                (SELECT id FROM imported_message WHERE conversation = ?1 ORDER BY at_ms, id LIMIT ?2)",
        )?
        .execute((id.0, count))?;
    if gone >= usize::try_from(count).unwrap_or(usize::MAX) {
        connection
            .prepare_cached("UPDATE imported_conversation SET items = items - ?2 WHERE id = ?1")?
            .execute((id.0, count))?;
        return Ok(true);
    }
    connection
        .prepare_cached("DELETE FROM imported_conversation WHERE id = ?1")?
        .execute([id.0])?;
    Ok(false)
}

/// Whether an item is in a conversation.
pub(crate) fn holds(connection: &Connection, id: ImportId, row: i64) -> Result<bool, MachineError> {
    let mut statement = connection
        .prepare_cached("SELECT count(*) > 0 FROM imported_message WHERE id = ?2 AND conversation = ?1")?;
    Ok(statement.query_row((id.0, row), |row| row.get(0))?)
}

/// A page of a conversation before a row, or its newest; oldest first.
pub(crate) fn before(
    connection: &Connection,
    id: ImportId,
    row: Option<i64>,
    limit: i64,
) -> Result<Vec<ImportedView>, MachineError> {
    let sql = format!(
        "SELECT {SHOWN} FROM imported_message WHERE conversation = ?1
            AND (?2 IS NULL OR (at_ms, id) < (SELECT at_ms, id FROM imported_message WHERE id = ?2))
         ORDER BY at_ms DESC, id DESC LIMIT ?3"
    );
    let mut page = pages(connection, &sql, (id.0, row, limit))?;
    page.reverse();
    Ok(page)
}

/// A page of a conversation after a row, and with it where `is_included`; oldest first.
pub(crate) fn after(
    connection: &Connection,
    id: ImportId,
    (row, is_included): (i64, bool),
    limit: i64,
) -> Result<Vec<ImportedView>, MachineError> {
    let than = if is_included { ">=" } else { ">" };
    let sql = format!(
        "SELECT {SHOWN} FROM imported_message WHERE conversation = ?1
            AND (at_ms, id) {than} (SELECT at_ms, id FROM imported_message WHERE id = ?2)
         ORDER BY at_ms, id LIMIT ?3"
    );
    pages(connection, &sql, (id.0, row, limit))
}

/// An item as it was stored, before its people have names.
struct Stored {
    view: ImportedView,
    conversation: i64,
    person: Option<String>,
    detail: Vec<u8>,
}

fn pages(
    connection: &Connection,
    sql: &str,
    parameters: impl rusqlite::Params,
) -> Result<Vec<ImportedView>, MachineError> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(parameters, stored)?;
    rows.map(|read| whole(connection, read?)).collect()
}

/// An item by its row, with its conversation.
pub(crate) fn item(
    connection: &Connection,
    row: i64,
) -> Result<Option<(ImportId, ImportedView)>, MachineError> {
    let mut statement =
        connection.prepare_cached(&format!("SELECT {SHOWN} FROM imported_message WHERE id = ?1"))?;
    let found = statement.query_row([row], stored).optional()?;
    found
        .map(|found| Ok((ImportId(found.conversation), whole(connection, found)?)))
        .transpose()
}

fn stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    Ok(Stored {
        view: ImportedView {
            row: row.get(0)?,
            at_ms: unsigned(row.get(1)?),
            kind: kind(row.get(2)?)?,
            from: None,
            mine: false,
            text: row.get(4)?,
            people: Vec::new(),
            quote: None,
            forwarded_from: None,
            is_edited: false,
            duration_ms: 0,
            reactions: Vec::new(),
            files: Vec::new(),
        },
        person: row.get(3)?,
        detail: row.get(5)?,
        conversation: row.get(6)?,
    })
}

fn whole(connection: &Connection, stored: Stored) -> Result<ImportedView, MachineError> {
    let detail: ImportedDetail = codec::decode(&stored.detail, DETAIL_BYTES_MAX)?;
    let conversation = stored.conversation;
    let shown = |id: &String| shown(connection, conversation, id);
    let mut reactions: BTreeMap<String, u64> = BTreeMap::new();
    for reaction in detail.reactions {
        let count = reactions.entry(reaction.emoji).or_default();
        *count = count.saturating_add(reaction.count);
    }
    Ok(ImportedView {
        from: stored.person.as_ref().map(shown).transpose()?,
        mine: is_own(connection, conversation, stored.person.as_deref())?,
        people: detail.people.iter().map(shown).collect::<Result<_, _>>()?,
        quote: match &detail.target {
            Some(target) => quote(connection, conversation, target)?,
            None => None,
        },
        forwarded_from: detail.forwarded_from,
        is_edited: detail.is_edited,
        duration_ms: detail.duration_ms,
        reactions: reactions.into_iter().collect(),
        files: files(connection, stored.view.row)?,
        ..stored.view
    })
}

fn is_own(connection: &Connection, conversation: i64, person: Option<&str>) -> Result<bool, MachineError> {
    let mut statement = connection
        .prepare_cached("SELECT count(*) > 0 FROM imported_conversation WHERE id = ?1 AND own = ?2")?;
    Ok(statement.query_row((conversation, person), |row| row.get(0))?)
}

/// What somebody is called.
fn shown(connection: &Connection, conversation: i64, id: &str) -> Result<String, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT person, name, username FROM imported_person WHERE conversation = ?1 AND person = ?2",
    )?;
    let found = statement.query_row((conversation, id), person).optional()?;
    Ok(found.map_or_else(|| id.to_owned(), |person| person.shown()))
}

fn quote(
    connection: &Connection,
    conversation: i64,
    target: &str,
) -> Result<Option<ImportedQuote>, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, person, substr(coalesce(text, ''), 1, ?3) FROM imported_message
         WHERE conversation = ?1 AND source_id = ?2",
    )?;
    let found = statement
        .query_row((conversation, target, QUOTE_LETTERS), |row| {
            Ok((row.get(0)?, row.get::<_, Option<String>>(1)?, row.get(2)?))
        })
        .optional()?;
    let Some((row, from, excerpt)) = found else {
        return Ok(None);
    };
    let from = from.map(|id| shown(connection, conversation, &id)).transpose()?;
    Ok(Some(ImportedQuote { row, from, excerpt }))
}

fn files(connection: &Connection, row: i64) -> Result<Vec<ImportedFile>, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT kind, name, is_in_archive FROM imported_file WHERE message = ?1 ORDER BY part",
    )?;
    let rows = statement.query_map([row], |row| {
        Ok(ImportedFile {
            kind: MediaKind::of_number(row.get(0)?).ok_or_else(|| damaged(0, "a kind of file"))?,
            name: row.get(1)?,
            is_in_archive: row.get(2)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
