//! How far own messages have come.

use rusqlite::{Connection, OptionalExtension as _};
use xchat_proto::ids::MessageId;
use xchat_proto::keys::PublicKey;

use super::{state_number, state_of};
use crate::error::MachineError;
use crate::io::{ConversationId, MessageState};
use crate::rows::{damaged, id32, signed};

/// What was deleted here alone is kept until nobody can ask for it any more, and what this device did to it.
const CONTENT: &str = "CASE WHEN ?3 >= 2 AND (kind = 99 OR kind BETWEEN 32 AND 63 AND EXISTS
            (SELECT 1 FROM message AS about WHERE about.conversation = message.conversation
                AND about.message_id = message.target AND about.kind = 99))
        THEN x'' ELSE content END";

pub(super) fn raise() -> String {
    format!(
        "UPDATE message SET state = ?3, content = {CONTENT}
         WHERE conversation = ?1 AND message_id = ?2 AND mine AND state < ?3 RETURNING kind, length(content) = 0"
    )
}

fn raise_all_between() -> String {
    format!(
        "UPDATE message SET state = ?3, content = {CONTENT}
         WHERE conversation = ?1 AND device = ?2 AND counter > ?4 AND counter <= ?5 AND mine AND state < ?3
         RETURNING message_id, counter, kind, length(content) = 0"
    )
}

/// Raises the state of an own message.
pub(crate) fn raise_state(
    connection: &Connection,
    conversation: ConversationId,
    id: &MessageId,
    state: MessageState,
) -> Result<Raised, MachineError> {
    let mut statement = connection.prepare_cached(&raise())?;
    let parameters = (conversation.0, id.as_bytes(), state_number(state));
    let raised = statement.query_row(parameters, |row| {
        Ok(Raised {
            is_seen: is_shown(row.get(0)?),
            is_erased: row.get(1)?,
        })
    });
    Ok(raised.optional()?.unwrap_or_default())
}

/// What came of raising a state.
#[derive(Default)]
pub(crate) struct Raised {
    /// Whether people see it.
    pub(crate) is_seen: bool,
    /// Whether it is a message or an act of which nothing is left.
    pub(crate) is_erased: bool,
}

/// Whether people see rows of this kind.
fn is_shown(kind: i64) -> bool {
    kind < 32
}

/// Raises the state of own messages after one count and up to another; gives those of which people see it, oldest
/// first, and whether nothing is left of another.
pub(crate) fn raise_between(
    connection: &Connection,
    conversation: ConversationId,
    device: &PublicKey,
    (from, to): (u64, u64),
    state: MessageState,
) -> Result<(Vec<MessageId>, bool), MachineError> {
    let mut statement = connection.prepare_cached(&raise_all_between())?;
    let parameters = (
        conversation.0,
        device.0.as_slice(),
        state_number(state),
        signed(from),
        signed(to),
    );
    let mut changed = statement
        .query_map(parameters, |row| {
            Ok((
                row.get::<_, i64>(1)?,
                MessageId(id32(row, 0)?),
                row.get::<_, i64>(2)?,
                row.get::<_, bool>(3)?,
            ))
        })?
        .collect::<Result<Vec<_>, _>>()?;
    changed.sort_by_key(|(counter, ..)| *counter);
    let has_erased = changed.iter().any(|(.., is_erased)| *is_erased);
    changed.retain(|(_, _, kind, _)| is_shown(*kind));
    Ok((changed.into_iter().map(|(_, id, ..)| id).collect(), has_erased))
}

/// Where an own message is that people see, its id, and what has become of it without its files.
pub(crate) fn own_state(
    connection: &Connection,
    row: i64,
) -> Result<Option<(ConversationId, MessageId, MessageState)>, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT conversation, message_id, state FROM message WHERE id = ?1 AND mine AND kind < 32",
    )?;
    let found = statement.query_row([row], |row| {
        let state = state_of(row.get(2)?).ok_or_else(|| damaged(2, "a state"))?;
        Ok((ConversationId(row.get(0)?), MessageId(id32(row, 1)?), state))
    });
    Ok(found.optional()?)
}
