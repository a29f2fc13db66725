//! Library rows: GIFs and stickers that are kept to be sent, with what opens each.

use rusqlite::{Connection, OptionalExtension as _, Row};
use xchat_proto::codec::{Blob, Text};
use xchat_proto::ids::Hash;
use zeroize::Zeroizing;

use crate::content::{File, FileKey, Media};
use crate::error::MachineError;
use crate::io::{
    BlobFile, LibraryId, LibraryItem, LibraryKind, LibraryQuery, LibraryUse, NewLibraryItem, SealedFile,
};
use crate::rows::{damaged, id32, signed, unsigned};
use crate::words::Terms;

/// Between the tags of one picture; none has it in it.
const BETWEEN: char = '\n';
/// Favourites first, and what was used last first; an index has the same order.
const ORDER: &str = "ORDER BY is_favourite DESC, used_ms DESC, id DESC";
const COLUMNS: &str =
    "id, kind, name, description, tags, media_type, size, width, height, thumbhash, preview,
    is_favourite, used_ms";

fn number(kind: LibraryKind) -> i64 {
    i64::from(kind.media_kind().number())
}

fn kind(row: &Row<'_>, column: usize) -> rusqlite::Result<LibraryKind> {
    let stored: i64 = row.get(column)?;
    [LibraryKind::Gif, LibraryKind::Sticker]
        .into_iter()
        .find(|kind| number(*kind) == stored)
        .ok_or_else(|| damaged(column, "a kind of picture"))
}

fn joined(tags: &[String]) -> String {
    tags.join(&BETWEEN.to_string())
}

fn read(row: &Row<'_>) -> rusqlite::Result<LibraryItem> {
    let tags: String = row.get(4)?;
    Ok(LibraryItem {
        id: LibraryId(row.get(0)?),
        kind: kind(row, 1)?,
        name: row.get(2)?,
        description: row.get(3)?,
        tags: tags
            .split(BETWEEN)
            .filter(|tag| !tag.is_empty())
            .map(str::to_owned)
            .collect(),
        media_type: row.get(5)?,
        size: unsigned(row.get(6)?),
        width: row.get(7)?,
        height: row.get(8)?,
        thumbhash: row.get(9)?,
        preview: row.get(10)?,
        is_favourite: row.get(11)?,
        used_ms: unsigned(row.get(12)?),
    })
}

/// Stores a picture that is not there yet; gives its id.
pub(crate) fn insert(
    connection: &Connection,
    item: &NewLibraryItem,
    now_ms: u64,
) -> Result<LibraryId, MachineError> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO library_item (digest, file, hash, key, nonce, size, kind, name, description, tags,
            media_type, width, height, thumbhash, preview, used_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
    )?;
    let File {
        name,
        media_type,
        description,
        size,
        hash,
        key,
        media,
    } = &item.content;
    statement.execute(rusqlite::params![
        item.digest.as_slice(),
        item.file.as_slice(),
        hash.as_bytes(),
        key.key.as_slice(),
        key.nonce.as_slice(),
        signed(*size),
        number(item.kind),
        name.as_str(),
        description.as_str(),
        joined(&item.tags),
        media_type.as_str(),
        media.width,
        media.height,
        media.thumbhash.as_slice(),
        media.preview.as_slice(),
        signed(now_ms),
    ])?;
    Ok(LibraryId(connection.last_insert_rowid()))
}

/// Gives a picture that is there another sealed file.
pub(crate) fn replace_file(
    connection: &Connection,
    id: LibraryId,
    item: &NewLibraryItem,
) -> Result<(), MachineError> {
    let mut statement = connection.prepare_cached(
        "UPDATE library_item SET file = ?2, hash = ?3, key = ?4, nonce = ?5, size = ?6 WHERE id = ?1",
    )?;
    statement.execute((
        id.0,
        item.file.as_slice(),
        item.content.hash.as_bytes(),
        item.content.key.key.as_slice(),
        item.content.key.nonce.as_slice(),
        signed(item.content.size),
    ))?;
    Ok(())
}

/// The picture with this content.
pub(crate) fn by_digest(
    connection: &Connection,
    digest: &[u8; 32],
) -> Result<Option<LibraryItem>, MachineError> {
    let sql = format!("SELECT {COLUMNS} FROM library_item WHERE digest = ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    Ok(statement.query_row([digest.as_slice()], read).optional()?)
}

/// A picture.
pub(crate) fn by_id(connection: &Connection, id: LibraryId) -> Result<Option<LibraryItem>, MachineError> {
    let sql = format!("SELECT {COLUMNS} FROM library_item WHERE id = ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    Ok(statement.query_row([id.0], read).optional()?)
}

/// What opens a picture, and what others are told of it when it is sent: neither its name nor its tags.
pub(crate) fn sealed(
    connection: &Connection,
    item: &LibraryItem,
) -> Result<(File, SealedFile), MachineError> {
    let mut statement =
        connection.prepare_cached("SELECT file, hash, key, nonce FROM library_item WHERE id = ?1")?;
    let (file, hash, key, nonce): ([u8; 16], _, [u8; 32], [u8; 7]) = statement
        .query_row([item.id.0], |row| {
            Ok((row.get(0)?, Hash(id32(row, 1)?), id32(row, 2)?, row.get(3)?))
        })?;
    let told = File {
        name: Text::new(told_name(item)).unwrap_or_default(),
        media_type: Text::new(item.media_type.clone()).unwrap_or_default(),
        description: Text::new(item.description.clone()).unwrap_or_default(),
        size: item.size,
        hash,
        key: FileKey { key, nonce },
        media: Media {
            kind: item.kind.media_kind(),
            width: item.width,
            height: item.height,
            thumbhash: Blob::new(item.thumbhash.clone()).unwrap_or_default(),
            preview: Blob::new(item.preview.clone()).unwrap_or_default(),
            ..Media::default()
        },
    };
    let blob = BlobFile {
        file,
        hash,
        size: item.size,
    };
    let sealed = SealedFile {
        blob,
        key: Zeroizing::new(key),
        nonce,
    };
    Ok((told, sealed))
}

fn told_name(item: &LibraryItem) -> String {
    let stem = match item.kind {
        LibraryKind::Gif => "animation",
        LibraryKind::Sticker => "sticker",
    };
    let ending = match item.media_type.as_str() {
        "image/gif" => "gif",
        "image/webp" => "webp",
        "image/png" => "png",
        _ => "jpg",
    };
    format!("{stem}.{ending}")
}

/// What a file that is one of the library's is called on the disk.
pub(crate) fn file(connection: &Connection, id: LibraryId) -> Result<Option<[u8; 16]>, MachineError> {
    let mut statement = connection.prepare_cached("SELECT file FROM library_item WHERE id = ?1")?;
    Ok(statement.query_row([id.0], |row| row.get(0)).optional()?)
}

/// What all of them are called on the disk.
pub(crate) fn files(connection: &Connection) -> Result<Vec<[u8; 16]>, MachineError> {
    let mut statement = connection.prepare_cached("SELECT file FROM library_item")?;
    Ok(statement
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?)
}

/// Stores what may change of a picture.
pub(crate) fn save(connection: &Connection, item: &LibraryItem) -> Result<(), MachineError> {
    let mut statement = connection.prepare_cached(
        "UPDATE library_item SET tags = ?2, description = ?3, is_favourite = ?4, used_ms = ?5 WHERE id = ?1",
    )?;
    statement.execute((
        item.id.0,
        joined(&item.tags),
        &item.description,
        item.is_favourite,
        signed(item.used_ms),
    ))?;
    Ok(())
}

/// Forgets a picture and what opens it: the database overwrites what it deletes.
pub(crate) fn remove(connection: &Connection, id: LibraryId) -> Result<(), MachineError> {
    let mut statement = connection.prepare_cached("DELETE FROM library_item WHERE id = ?1")?;
    statement.execute([id.0])?;
    Ok(())
}

/// What the library takes.
pub(crate) fn uses(connection: &Connection) -> Result<LibraryUse, MachineError> {
    let mut statement =
        connection.prepare_cached("SELECT count(*), coalesce(sum(size), 0) FROM library_item")?;
    Ok(statement.query_row([], |row| {
        Ok(LibraryUse {
            items: unsigned(row.get(0)?),
            bytes: unsigned(row.get(1)?),
        })
    })?)
}

/// The ids of the pictures that fit, in order. There are few enough to look at each.
pub(crate) fn found(connection: &Connection, query: &LibraryQuery) -> Result<Vec<LibraryId>, MachineError> {
    let terms = Terms::of(&query.text);
    let mut statement = connection.prepare_cached(&wanted(&terms))?;
    let mut rows = statement.query([query.kind.map(number)])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let fits = terms.is_empty() || {
            let (name, tags): (String, String) = (row.get(1)?, row.get(2)?);
            let description: String = row.get(3)?;
            terms.marks(&[name, tags, description].join("\n")).is_some()
        };
        if fits {
            found.push(LibraryId(row.get(0)?));
        }
    }
    Ok(found)
}

/// Without words the index alone has all that is asked.
fn wanted(terms: &Terms) -> String {
    let columns = match terms.is_empty() {
        true => "id",
        false => "id, name, tags, description",
    };
    format!("SELECT {columns} FROM library_item WHERE (?1 IS NULL OR kind = ?1) {ORDER}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database;

    #[test]
    fn the_order_is_that_of_the_index() {
        let connection = database::in_memory().unwrap();
        for (text, index) in [
            ("", "COVERING INDEX library_order"),
            ("cat", "INDEX library_order"),
        ] {
            let sql = format!("EXPLAIN QUERY PLAN {}", wanted(&Terms::of(text)));
            let mut statement = connection.prepare(&sql).unwrap();
            let mut rows = statement.raw_query();
            let mut plan = String::new();
            while let Some(row) = rows.next().unwrap() {
                plan += &row.get::<_, String>("detail").unwrap();
            }
            assert!(plan.contains(index) && !plan.contains("TEMP"), "{plan}");
        }
    }
}
