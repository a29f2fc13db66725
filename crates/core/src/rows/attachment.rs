//! Attachment rows: what is known of the files of messages, whether they are here or not.

use rusqlite::{Connection, Row};

use crate::content::{File, MediaKind, preview};
use crate::error::MachineError;
use crate::io::{ConversationId, FileView, GalleryKind, TransferState};
use crate::rows::{damaged, signed, unsigned};

/// Stores what a message tells of one of its files. A preview that is none is left out: it is shown without a look.
pub(crate) fn insert(
    connection: &Connection,
    conversation: ConversationId,
    (message, part): (i64, u32),
    file: &File,
) -> Result<(), MachineError> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO attachment
            (message, part, kind, name, media_type, description, size, width, height, duration_ms, thumbhash,
             preview, waveform, conversation)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )?;
    let media = &file.media;
    let preview = match preview::is_small_jpeg(media.preview.as_slice()) {
        true => media.preview.as_slice(),
        false => &[],
    };
    statement.execute((
        message,
        part,
        media.kind.number(),
        file.name.as_str(),
        file.media_type.as_str(),
        file.description.as_str(),
        signed(file.size),
        media.width,
        media.height,
        signed(media.duration_ms),
        media.thumbhash.as_slice(),
        preview,
        media.waveform.as_slice(),
        conversation.0,
    ))?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<FileView> {
    Ok(FileView {
        part: row.get(0)?,
        kind: MediaKind::of_number(row.get(1)?).ok_or_else(|| damaged(1, "a kind of file"))?,
        name: row.get(2)?,
        media_type: row.get(3)?,
        description: row.get(4)?,
        size: unsigned(row.get(5)?),
        width: row.get(6)?,
        height: row.get(7)?,
        duration_ms: unsigned(row.get(8)?),
        thumbhash: row.get(9)?,
        preview: row.get(10)?,
        waveform: row.get(11)?,
        is_here: false,
        transfer: TransferState::Offered,
        bytes: 0,
    })
}

/// The files of a message, in their order. How far they have come is told elsewhere.
pub(crate) fn of_message(connection: &Connection, message: i64) -> Result<Vec<FileView>, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT part, kind, name, media_type, description, size, width, height, duration_ms, thumbhash, preview,
             waveform
         FROM attachment WHERE message = ?1 ORDER BY part",
    )?;
    Ok(statement.query_map([message], read)?.collect::<Result<_, _>>()?)
}

/// What the first file of a message is.
pub(crate) fn first_kind(connection: &Connection, message: i64) -> Result<Option<MediaKind>, MachineError> {
    let mut statement =
        connection.prepare_cached("SELECT kind FROM attachment WHERE message = ?1 ORDER BY part LIMIT 1")?;
    let mut rows = statement.query([message])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    Ok(MediaKind::of_number(row.get(0)?))
}

/// Messages of a conversation that have such files, before a row, the newest row first.
pub(crate) fn messages_with(
    connection: &Connection,
    conversation: ConversationId,
    kind: GalleryKind,
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<i64>, MachineError> {
    let mut statement = connection.prepare_cached(&with(kind))?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map((conversation.0, before.unwrap_or(i64::MAX), limit), |row| {
        row.get(0)
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Each kind has an index of its own, whose words the condition has to repeat.
fn with(kind: GalleryKind) -> String {
    let kinds = match kind {
        GalleryKind::Media => "kind IN (1, 2, 3)",
        GalleryKind::Sounds => "kind IN (4, 5)",
        GalleryKind::Files => "kind = 0",
    };
    format!(
        "SELECT DISTINCT message FROM attachment WHERE conversation = ?1 AND {kinds} AND message < ?2
         ORDER BY message DESC LIMIT ?3"
    )
}

/// Forgets what is known of the files of a message.
pub(crate) fn remove(connection: &Connection, message: i64) -> Result<(), MachineError> {
    let mut statement = connection.prepare_cached("DELETE FROM attachment WHERE message = ?1")?;
    statement.execute([message])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database;

    #[test]
    fn a_page_of_files_is_found_however_many_there_are() {
        let connection = database::in_memory().unwrap();
        for (kind, index) in [
            (GalleryKind::Media, "attachment_seen"),
            (GalleryKind::Sounds, "attachment_heard"),
            (GalleryKind::Files, "attachment_other"),
        ] {
            let sql = format!("EXPLAIN QUERY PLAN {}", with(kind));
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
