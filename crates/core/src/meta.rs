//! Small values of the profile, by name.

use minicbor::{Decode, Encode};
use rusqlite::{Connection, OptionalExtension as _};
use xchat_proto::codec;

use crate::error::MachineError;

const VALUE_BYTES_MAX: usize = 1024 * 1024;

/// Which value.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Key {
    Account,
    Network,
    /// What has been verified last of the network.
    Anchor,
    /// Who decides in the network, as it was proved.
    Committee,
    /// What became of the own record without this device.
    OwnRecord,
    InboxCursor,
    Mark,
    LastResortMs,
    /// What the user has set for the whole profile.
    Settings,
    /// Folders of conversations.
    Folders,
}

impl Key {
    fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Network => "network",
            Self::Anchor => "anchor",
            Self::Committee => "committee",
            Self::OwnRecord => "own-record",
            Self::InboxCursor => "inbox-cursor",
            Self::Mark => "mark",
            Self::LastResortMs => "last-resort-ms",
            Self::Settings => "settings",
            Self::Folders => "folders",
        }
    }
}

pub(crate) fn fetch<T: for<'b> Decode<'b, ()>>(
    connection: &Connection,
    key: Key,
) -> Result<Option<T>, MachineError> {
    let mut statement = connection.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
    let bytes: Option<Vec<u8>> = statement.query_row([key.name()], |row| row.get(0)).optional()?;
    Ok(bytes
        .map(|bytes| codec::decode(&bytes, VALUE_BYTES_MAX))
        .transpose()?)
}

pub(crate) fn put<T: Encode<()>>(connection: &Connection, key: Key, value: &T) -> Result<(), MachineError> {
    let mut statement =
        connection.prepare_cached("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)")?;
    statement.execute((key.name(), codec::encode(value)))?;
    Ok(())
}
