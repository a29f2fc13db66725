//! How far own messages have come.

use rusqlite::{Connection, OptionalExtension as _};
use xchat_proto::ids::MessageId;
use xchat_proto::keys::PublicKey;

use super::{Kind, state_number, state_of};
use crate::error::MachineError;
use crate::io::{ConversationId, MessageState};
use crate::rows::{damaged, id32, signed};

pub(super) const RAISE: &str = "UPDATE message SET state = ?3,
        content = CASE WHEN kind = 99 AND ?3 >= 2 THEN x'' ELSE content END
    WHERE conversation = ?1 AND message_id = ?2 AND mine AND state < ?3 RETURNING kind";
/// What was deleted here alone is kept until nobody can ask for it any more.
const RAISE_BETWEEN: &str = "UPDATE message SET state = ?5,
        content = CASE WHEN kind = 99 AND ?5 >= 2 THEN x'' ELSE content END
    WHERE conversation = ?1 AND device = ?2 AND counter > ?3 AND counter <= ?4 AND mine AND state < ?5
    RETURNING message_id, counter, kind";

/// Raises the state of an own message.
pub(crate) fn raise_state(
    connection: &Connection,
    conversation: ConversationId,
    id: &MessageId,
    state: MessageState,
) -> Result<Raised, MachineError> {
    let mut statement = connection.prepare_cached(RAISE)?;
    let parameters = (conversation.0, id.as_bytes(), state_number(state));
    let kind: Option<i64> = statement.query_row(parameters, |row| row.get(0)).optional()?;
    Ok(Raised {
        is_seen: kind.is_some_and(is_shown),
        is_erased: kind == Some(Kind::Void as i64),
    })
}

/// What came of raising a state.
pub(crate) struct Raised {
    /// Whether people see it.
    pub(crate) is_seen: bool,
    /// Whether the message is one of which nothing is left.
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
    let mut statement = connection.prepare_cached(RAISE_BETWEEN)?;
    let parameters = (
        conversation.0,
        device.0.as_slice(),
        signed(from),
        signed(to),
        state_number(state),
    );
    let mut changed = statement
        .query_map(parameters, |row| {
            Ok((
                row.get::<_, i64>(1)?,
                MessageId(id32(row, 0)?),
                row.get::<_, i64>(2)?,
            ))
        })?
        .collect::<Result<Vec<_>, _>>()?;
    changed.sort_by_key(|(counter, ..)| *counter);
    let has_erased = changed.iter().any(|(.., kind)| *kind == Kind::Void as i64);
    changed.retain(|(.., kind)| is_shown(*kind));
    Ok((changed.into_iter().map(|(_, id, _)| id).collect(), has_erased))
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
