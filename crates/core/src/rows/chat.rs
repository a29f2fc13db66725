//! Chat rows: what is set about a conversation, by all who are in it or by this device's user alone.

use rusqlite::{Connection, OptionalExtension as _, Row};
use xchat_proto::codec;
use xchat_proto::keys::PublicKey;

use crate::error::MachineError;
use crate::io::{ConversationId, PrivacyChoice};
use crate::rows::message::Kind;
use crate::rows::{damaged, id32, signed, unsigned};

const PRIVACY_BYTES_MAX: usize = 64;

/// What is set about a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chat {
    pub(crate) conversation: ConversationId,
    /// How long after they were read messages disappear, in seconds.
    pub(crate) timer_s: Option<u32>,
    /// By whose word that is, and when it was given: the last one counts.
    pub(crate) timer_since: Option<(u64, PublicKey)>,
    /// Its place among those that always stand first.
    pub(crate) place: Option<u64>,
    pub(crate) is_archived: bool,
    /// Whether the user wants to see it as unread.
    pub(crate) is_marked: bool,
    pub(crate) muted_until_ms: u64,
    pub(crate) nickname: Option<String>,
    /// What others are told in it, where that is otherwise than everywhere.
    pub(crate) privacy: PrivacyChoice,
    /// The user has deleted it, and nothing has come since.
    pub(crate) is_hidden: bool,
    /// Messages up to this row are deleted, as soon as there is time for it.
    pub(crate) cleared_row: Option<i64>,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Chat> {
    let timer_s: Option<i64> = row.get(1)?;
    let timer_s = timer_s.map(u32::try_from).transpose();
    let device: Option<Vec<u8>> = row.get(3)?;
    let since = unsigned(row.get(2)?);
    let privacy: Option<Vec<u8>> = row.get(9)?;
    let privacy = privacy
        .map(|bytes| codec::decode(&bytes, PRIVACY_BYTES_MAX))
        .transpose();
    Ok(Chat {
        conversation: ConversationId(row.get(0)?),
        timer_s: timer_s.map_err(|_| damaged(1, "a timer"))?,
        timer_since: match device {
            Some(_) => Some((since, PublicKey(id32(row, 3)?))),
            None => None,
        },
        place: row.get::<_, Option<i64>>(4)?.map(unsigned),
        is_archived: row.get(5)?,
        is_marked: row.get(6)?,
        muted_until_ms: unsigned(row.get(7)?),
        nickname: row.get(8)?,
        privacy: privacy
            .map_err(|_| damaged(9, "what others are told"))?
            .unwrap_or_default(),
        is_hidden: row.get(10)?,
        cleared_row: row.get(11)?,
    })
}

impl Chat {
    /// What is set about a conversation.
    pub(crate) fn of(connection: &Connection, conversation: ConversationId) -> Result<Self, MachineError> {
        let mut statement = connection.prepare_cached(
            "SELECT conversation, timer_s, timer_clock_ms, timer_device, place, is_archived, is_marked, muted_until_ms,
                nickname, privacy, is_hidden, cleared_row FROM chat WHERE conversation = ?1",
        )?;
        let found = statement.query_row([conversation.0], read).optional()?;
        Ok(found.unwrap_or(Self {
            conversation,
            timer_s: None,
            timer_since: None,
            place: None,
            is_archived: false,
            is_marked: false,
            muted_until_ms: 0,
            nickname: None,
            privacy: PrivacyChoice::default(),
            is_hidden: false,
            cleared_row: None,
        }))
    }

    /// Stores all of it.
    pub(crate) fn save(&self, connection: &Connection) -> Result<(), MachineError> {
        let mut statement = connection.prepare_cached(
            "INSERT INTO chat (conversation, timer_s, timer_clock_ms, timer_device, place, is_archived, is_marked,
                muted_until_ms, nickname, privacy, is_hidden, cleared_row)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
             ON CONFLICT (conversation) DO UPDATE SET timer_s = excluded.timer_s,
                timer_clock_ms = excluded.timer_clock_ms, timer_device = excluded.timer_device,
                place = excluded.place, is_archived = excluded.is_archived, is_marked = excluded.is_marked,
                muted_until_ms = excluded.muted_until_ms, nickname = excluded.nickname, privacy = excluded.privacy,
                is_hidden = excluded.is_hidden, cleared_row = excluded.cleared_row",
        )?;
        statement.execute((
            self.conversation.0,
            self.timer_s,
            signed(self.timer_since.map_or(0, |(clock_ms, _)| clock_ms)),
            self.timer_since.map(|(_, device)| device.0.to_vec()),
            self.place.map(signed),
            self.is_archived,
            self.is_marked,
            signed(self.muted_until_ms),
            self.nickname.as_deref(),
            (self.privacy != PrivacyChoice::default()).then(|| codec::encode(&self.privacy)),
            self.is_hidden,
            self.cleared_row,
        ))?;
        Ok(())
    }

    /// Those that always stand first, in their order.
    pub(crate) fn pinned(connection: &Connection) -> Result<Vec<ConversationId>, MachineError> {
        let mut statement = connection.prepare_cached(
            "SELECT conversation FROM chat WHERE place IS NOT NULL ORDER BY place, conversation",
        )?;
        let rows = statement.query_map([], |row| row.get(0).map(ConversationId))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Those whose messages are being deleted.
    pub(crate) fn being_cleared(connection: &Connection) -> Result<Vec<ConversationId>, MachineError> {
        let mut statement =
            connection.prepare_cached("SELECT conversation FROM chat WHERE cleared_row IS NOT NULL")?;
        let rows = statement.query_map([], |row| row.get(0).map(ConversationId))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// What the user has begun to write.
pub(crate) fn draft(
    connection: &Connection,
    conversation: ConversationId,
) -> Result<Option<String>, MachineError> {
    let mut statement = connection.prepare_cached("SELECT draft FROM chat WHERE conversation = ?1")?;
    let found = statement
        .query_row([conversation.0], |row| row.get(0))
        .optional()?;
    Ok(found.flatten())
}

/// Keeps what the user has begun to write.
pub(crate) fn set_draft(
    connection: &Connection,
    conversation: ConversationId,
    text: Option<&str>,
) -> Result<(), MachineError> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO chat (conversation, draft) VALUES (?1, ?2)
         ON CONFLICT (conversation) DO UPDATE SET draft = excluded.draft",
    )?;
    statement.execute((conversation.0, text))?;
    Ok(())
}

/// How many bytes of files have begun to come by themselves in a conversation on a day.
pub(crate) fn coming(
    connection: &Connection,
    conversation: ConversationId,
    day: u64,
) -> Result<u64, MachineError> {
    let mut statement = connection
        .prepare_cached("SELECT coming_bytes FROM chat WHERE conversation = ?1 AND coming_day = ?2")?;
    let found = statement
        .query_row((conversation.0, signed(day)), |row| row.get(0))
        .optional()?;
    Ok(found.map_or(0, unsigned))
}

/// Keeps how many that are, whatever becomes of the files.
pub(crate) fn set_coming(
    connection: &Connection,
    conversation: ConversationId,
    day: u64,
    bytes: u64,
) -> Result<(), MachineError> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO chat (conversation, coming_day, coming_bytes) VALUES (?1, ?2, ?3)
         ON CONFLICT (conversation) DO UPDATE SET coming_day = excluded.coming_day,
            coming_bytes = excluded.coming_bytes",
    )?;
    statement.execute((conversation.0, signed(day), signed(bytes)))?;
    Ok(())
}

/// The newest row of a conversation.
pub(crate) fn newest_row(
    connection: &Connection,
    conversation: ConversationId,
) -> Result<Option<i64>, MachineError> {
    let mut statement = connection.prepare_cached("SELECT max(id) FROM message WHERE conversation = ?1")?;
    Ok(statement.query_row([conversation.0], |row| row.get(0))?)
}

/// Some of what people see of a conversation up to a row.
pub(crate) fn rows_up_to(
    connection: &Connection,
    conversation: ConversationId,
    row: i64,
    limit: usize,
) -> Result<Vec<i64>, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM message WHERE conversation = ?1 AND kind < 32 AND id <= ?2 LIMIT ?3",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map((conversation.0, row, limit), |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Empties some of what others did to messages up to a row, and of what this version does not know; gives whether there
/// was any. That something is deleted stays said.
pub(crate) fn empty_up_to(
    connection: &Connection,
    conversation: ConversationId,
    row: i64,
    limit: usize,
) -> Result<bool, MachineError> {
    let mut statement = connection.prepare_cached(
        "UPDATE message SET content = x'', expires_ms = NULL WHERE id IN
            (SELECT id FROM message WHERE conversation = ?1 AND kind >= 32 AND kind <> ?4 AND id <= ?2 AND NOT mine
                AND length(content) > 0 LIMIT ?3)",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    Ok(statement.execute((conversation.0, row, limit, Kind::Delete as i64))? > 0)
}
