//! Member rows: the other devices of a conversation, and how far messages have come with each.

use rusqlite::{Connection, OptionalExtension as _, Row};
use xchat_proto::address::Endpoint;
use xchat_proto::codec;
use xchat_proto::identity::VerifiedDevice;
use xchat_proto::ids::{AccountId, NodeId};
use xchat_proto::keys::PublicKey;

use crate::error::MachineError;
use crate::io::ConversationId;
use crate::rows::{damaged, id32, signed, unsigned};

/// A device in a conversation.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) conversation: ConversationId,
    pub(crate) device: PublicKey,
    pub(crate) account: AccountId,
    pub(crate) endpoint: Option<Endpoint>,
    /// All its messages up to this count are here.
    pub(crate) seen: u64,
    /// What it has been told of that.
    pub(crate) told_seen: u64,
    /// Its messages up to this count have been read here.
    pub(crate) read: u64,
    /// What it has been told of that.
    pub(crate) told_read: u64,
    /// Our messages up to this count are there.
    pub(crate) has: u64,
    /// Our messages up to this count have been read there.
    pub(crate) has_read: u64,
    /// When it sent the newest request to be added again that was heard, by its own clock, in Unix milliseconds.
    pub(crate) asked_ms: u64,
}

const COLUMNS: &str = "conversation, device, account, endpoint, seen_counter, told_counter, read_counter, \
                       told_read, has_counter, has_read, asked_ms";

fn read(row: &Row<'_>) -> rusqlite::Result<Member> {
    let endpoint: Option<Vec<u8>> = row.get(3)?;
    let endpoint = endpoint.map(|bytes| codec::decode(&bytes, 16 * 1024)).transpose();
    Ok(Member {
        conversation: ConversationId(row.get(0)?),
        device: PublicKey(id32(row, 1)?),
        account: AccountId(id32(row, 2)?),
        endpoint: endpoint.map_err(|_| damaged(3, "an endpoint"))?,
        seen: unsigned(row.get(4)?),
        told_seen: unsigned(row.get(5)?),
        read: unsigned(row.get(6)?),
        told_read: unsigned(row.get(7)?),
        has: unsigned(row.get(8)?),
        has_read: unsigned(row.get(9)?),
        asked_ms: unsigned(row.get(10)?),
    })
}

impl Member {
    pub(crate) fn all(
        connection: &Connection,
        conversation: ConversationId,
    ) -> Result<Vec<Self>, MachineError> {
        let sql = format!("SELECT {COLUMNS} FROM member WHERE conversation = ?1 ORDER BY device");
        let mut statement = connection.prepare_cached(&sql)?;
        Ok(statement
            .query_map([conversation.0], read)?
            .collect::<Result<_, _>>()?)
    }

    pub(crate) fn one(
        connection: &Connection,
        conversation: ConversationId,
        device: &PublicKey,
    ) -> Result<Option<Self>, MachineError> {
        let sql = format!("SELECT {COLUMNS} FROM member WHERE conversation = ?1 AND device = ?2");
        let mut statement = connection.prepare_cached(&sql)?;
        Ok(statement
            .query_row((conversation.0, device.0.as_slice()), read)
            .optional()?)
    }

    /// The conversations in which this endpoint is a member's.
    pub(crate) fn by_endpoint(connection: &Connection, endpoint: &NodeId) -> Result<Vec<Self>, MachineError> {
        let sql = format!("SELECT {COLUMNS} FROM member WHERE endpoint IS NOT NULL");
        let mut statement = connection.prepare_cached(&sql)?;
        let mut members = statement.query_map([], read)?.collect::<Result<Vec<Self>, _>>()?;
        members.retain(|member| {
            member
                .endpoint
                .as_ref()
                .is_some_and(|known| known.id == *endpoint)
        });
        Ok(members)
    }

    pub(crate) fn save(&self, connection: &Connection) -> Result<(), MachineError> {
        let mut statement = connection.prepare_cached(
            "UPDATE member SET endpoint = ?3, seen_counter = ?4, told_counter = ?5, read_counter = ?6, told_read = ?7,
                has_counter = ?8, has_read = ?9, asked_ms = ?10 WHERE conversation = ?1 AND device = ?2",
        )?;
        statement.execute((
            self.conversation.0,
            self.device.0.as_slice(),
            self.endpoint.as_ref().map(codec::encode),
            signed(self.seen),
            signed(self.told_seen),
            signed(self.read),
            signed(self.told_read),
            signed(self.has),
            signed(self.has_read),
            signed(self.asked_ms),
        ))?;
        Ok(())
    }
}

/// Makes the rows those of `devices`, keeping what is known of the ones that stay.
pub(crate) fn replace_all(
    connection: &Connection,
    conversation: ConversationId,
    devices: &[VerifiedDevice],
) -> Result<(), MachineError> {
    for member in Member::all(connection, conversation)? {
        if !devices.iter().any(|device| device.device == member.device) {
            let mut statement =
                connection.prepare_cached("DELETE FROM member WHERE conversation = ?1 AND device = ?2")?;
            statement.execute((conversation.0, member.device.0.as_slice()))?;
        }
    }
    let mut statement = connection.prepare_cached(
        "INSERT OR IGNORE INTO member (conversation, device, account, name) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for device in devices {
        let account = device.account.as_bytes().as_slice();
        statement.execute((
            conversation.0,
            device.device.0.as_slice(),
            account,
            device.name.as_str(),
        ))?;
    }
    Ok(())
}
