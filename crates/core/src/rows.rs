//! The rows of the database, one file for each noun.

pub(crate) mod act;
pub(crate) mod answer;
pub(crate) mod attachment;
pub(crate) mod blob;
pub(crate) mod block;
pub(crate) mod chat;
pub(crate) mod conversation;
pub(crate) mod evidence;
pub(crate) mod expiry;
pub(crate) mod identity;
pub(crate) mod imported;
pub(crate) mod imported_search;
pub(crate) mod library;
pub(crate) mod member;
pub(crate) mod message;
pub(crate) mod node;
pub(crate) mod outbox;
pub(crate) mod pending;
pub(crate) mod pin;
pub(crate) mod poll;
pub(crate) mod profile;
pub(crate) mod request;
pub(crate) mod scheduled;
pub(crate) mod search;
pub(crate) mod star;
pub(crate) mod timeline;
pub(crate) mod transfer;

use rusqlite::types::Type;

/// An unsigned number as SQLite keeps it. Ours stay far below its limit; a larger one saturates.
pub(crate) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A stored number that is never negative.
pub(crate) fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

/// The error of a stored value that is not what was written.
pub(crate) fn damaged(column: usize, what: &'static str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Blob, what.into())
}

/// A stored id.
pub(crate) fn id32(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<[u8; 32]> {
    row.get::<_, Vec<u8>>(column)?
        .try_into()
        .map_err(|_| damaged(column, "an id has 32 bytes"))
}

/// A stored name.
pub(crate) fn name(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<xchat_proto::name::Name> {
    row.get::<_, String>(column)?
        .parse()
        .map_err(|_| damaged(column, "a name"))
}
