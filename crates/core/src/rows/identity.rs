//! Identity rows: which identity keys the leaves of conversations carry, and which of them the user knows.

use rusqlite::{Connection, OptionalExtension as _};
use xchat_proto::codec;
use xchat_proto::identity::{IdentityLink, VerifiedDevice};
use xchat_proto::ids::{AccountId, Hash};
use xchat_proto::keys::PublicKey;
use xchat_proto::name::Name;
use xchat_proto::name_proof::{StoredRecord, VerifiedName};
use xchat_proto::signed::VerifyError;

use crate::directory::Checked;
use crate::error::MachineError;
use crate::io::ConversationId;
use crate::rows::{id32, signed, unsigned};
use crate::safety::Fingerprint;

const RECORD_BYTES_MAX: usize = 1024 * 1024;
const DEVICES_BYTES_MAX: usize = 1024 * 1024;

/// An identity key of an account, and its place in the account's chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IdentityKey {
    pub(crate) key: PublicKey,
    pub(crate) number: u64,
}

impl From<&IdentityLink> for IdentityKey {
    fn from(link: &IdentityLink) -> Self {
        Self {
            key: link.key,
            number: u64::from(link.number),
        }
    }
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<IdentityKey> {
    Ok(IdentityKey {
        key: PublicKey(id32(row, 0)?),
        number: unsigned(row.get(1)?),
    })
}

/// The identity key that an account's leaves in a conversation carry: the newest, where they differ.
pub(crate) fn in_leaves(
    connection: &Connection,
    conversation: ConversationId,
    account: &AccountId,
) -> Result<Option<IdentityKey>, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT identity, number FROM leaf_identity WHERE conversation = ?1 AND account = ?2",
    )?;
    let found = statement.query_row((conversation.0, account.as_bytes()), read);
    Ok(found.optional()?)
}

/// The newest identity key that an account's leaves carry in any conversation.
pub(crate) fn newest(
    connection: &Connection,
    account: &AccountId,
) -> Result<Option<IdentityKey>, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT identity, number FROM leaf_identity WHERE account = ?1 ORDER BY number DESC LIMIT 1",
    )?;
    Ok(statement.query_row([account.as_bytes()], read).optional()?)
}

/// Keeps what the verified leaves of a conversation carry.
pub(crate) fn keep_leaves(
    connection: &Connection,
    conversation: ConversationId,
    devices: &[VerifiedDevice],
) -> Result<(), MachineError> {
    let mut forget = connection.prepare_cached("DELETE FROM leaf_identity WHERE conversation = ?1")?;
    forget.execute([conversation.0])?;
    let mut keep = connection.prepare_cached(
        "INSERT INTO leaf_identity (conversation, account, identity, number) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (conversation, account) DO UPDATE SET identity = excluded.identity, number = excluded.number
         WHERE excluded.number > number",
    )?;
    for device in devices {
        let identity = IdentityKey::from(&device.identity);
        keep.execute((
            conversation.0,
            device.account.as_bytes(),
            identity.key.0.as_slice(),
            signed(identity.number),
        ))?;
    }
    Ok(())
}

/// The devices that an account's leaves in a conversation are of.
pub(crate) fn devices_in(
    connection: &Connection,
    conversation: ConversationId,
    account: &AccountId,
) -> Result<Vec<PublicKey>, MachineError> {
    let mut statement =
        connection.prepare_cached("SELECT device FROM member WHERE conversation = ?1 AND account = ?2")?;
    let rows = statement.query_map((conversation.0, account.as_bytes()), |row| {
        Ok(PublicKey(id32(row, 0)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What the user knows of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) fingerprint: Fingerprint,
    /// Whether the user has compared it, and not just met it first.
    pub(crate) is_verified: bool,
    /// Its devices; nothing when an older version kept none.
    pub(crate) devices: Option<Vec<PublicKey>>,
    /// The hash of its device list, as the directory proved it; nothing when it hasn't yet.
    pub(crate) list: Option<Hash>,
}

impl Known {
    pub(crate) fn of(connection: &Connection, account: &AccountId) -> Result<Option<Self>, MachineError> {
        let mut statement = connection.prepare_cached(
            "SELECT fingerprint, is_verified, devices, list FROM known_identity WHERE account = ?1",
        )?;
        let found = statement.query_row([account.as_bytes()], |row| {
            let list: Option<Vec<u8>> = row.get(3)?;
            let known = Self {
                fingerprint: Fingerprint(id32(row, 0)?),
                is_verified: row.get(1)?,
                devices: None,
                list: list.map(|_| id32(row, 3).map(Hash)).transpose()?,
            };
            Ok((known, row.get::<_, Option<Vec<u8>>>(2)?))
        });
        let Some((known, devices)) = found.optional()? else {
            return Ok(None);
        };
        let devices = devices
            .map(|bytes| codec::decode(&bytes, DEVICES_BYTES_MAX))
            .transpose()?;
        Ok(Some(Self { devices, ..known }))
    }

    /// Keeps it, in the place of what was known before.
    pub(crate) fn save(&self, connection: &Connection, account: &AccountId) -> Result<(), MachineError> {
        let mut statement = connection.prepare_cached(
            "INSERT OR REPLACE INTO known_identity (account, fingerprint, is_verified, devices, list)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        statement.execute((
            account.as_bytes(),
            self.fingerprint.0.as_slice(),
            self.is_verified,
            self.devices.as_ref().map(codec::encode),
            self.list.map(|list| list.0),
        ))?;
        Ok(())
    }
}

/// What the directory last proved about a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Proved {
    pub(crate) account: AccountId,
    pub(crate) identity: IdentityKey,
    /// The hash of the device list.
    pub(crate) devices: Hash,
    pub(crate) height: u64,
    pub(crate) checked_ms: u64,
    pub(crate) checked: Checked,
}

impl Proved {
    pub(crate) fn of(connection: &Connection, name: &Name) -> Result<Option<Self>, MachineError> {
        let mut statement = connection.prepare_cached(
            "SELECT record, height, checked_ms, block_ms, operators, signers, asked, agreed FROM contact
                 WHERE name = ?1",
        )?;
        let found = statement.query_row([name.as_str()], |row| {
            let record: Vec<u8> = row.get(0)?;
            let checked = Checked {
                block_ms: unsigned(row.get(3)?),
                operators: row.get(4)?,
                signers: row.get(5)?,
                asked: row.get(6)?,
                agreed: row.get(7)?,
            };
            Ok((record, unsigned(row.get(1)?), unsigned(row.get(2)?), checked))
        });
        let Some((record, height, checked_ms, checked)) = found.optional()? else {
            return Ok(None);
        };
        let stored: StoredRecord = codec::decode(&record, RECORD_BYTES_MAX)?;
        let unreadable = |error: VerifyError| MachineError::Storage(error.to_string());
        let record = stored.record.unverified().map_err(unreadable)?;
        let link = record.identity.unverified().map_err(unreadable)?;
        Ok(Some(Self {
            account: record.account,
            identity: IdentityKey::from(&link),
            devices: record.devices,
            height,
            checked_ms,
            checked,
        }))
    }

    /// Keeps a verified answer of the directory. A name that nobody has leaves nothing to keep.
    pub(crate) fn keep(
        connection: &Connection,
        name: &Name,
        (verified, checked): (&VerifiedName, &Checked),
        now_ms: u64,
    ) -> Result<(), MachineError> {
        let Some(found) = &verified.record else {
            return Ok(());
        };
        let mut statement = connection.prepare_cached(
            "INSERT OR REPLACE INTO contact
             (name, account, record, height, checked_ms, block_ms, operators, signers, asked, agreed)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?;
        statement.execute((
            name.as_str(),
            found.record.account.as_bytes(),
            codec::encode(&found.stored),
            signed(verified.height),
            signed(now_ms),
            signed(checked.block_ms),
            checked.operators,
            checked.signers,
            checked.asked,
            checked.agreed,
        ))?;
        Ok(())
    }
}
