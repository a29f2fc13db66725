//! The pending commit of a conversation: stored before its first byte leaves, sent again byte for byte.

use rusqlite::{Connection, OptionalExtension as _};
use xchat_proto::codec;
use xchat_proto::decision::CommitValue;
use xchat_proto::ids::{Hash, LogId};
use xchat_proto::limits::COMMIT_VALUE_BYTES_MAX;

use crate::error::MachineError;
use crate::io::ConversationId;
use crate::rows::conversation::Homes;
use crate::rows::{damaged, id32, signed, unsigned};

/// How far a commit has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The conversation's log is to be created.
    CreateLog,
    /// The Welcome is to be deposited: before the commit, so that nobody is added who was never told.
    Deposit,
    /// The commit is to be submitted.
    Submit,
}

/// The sealed invitation that goes before a commit.
#[derive(Debug, Clone)]
pub(crate) struct Deposit {
    pub(crate) inbox: LogId,
    pub(crate) homes: Homes,
    pub(crate) envelope: Vec<u8>,
}

/// A commit that waits for its decision.
#[derive(Debug, Clone)]
pub(crate) struct PendingCommit {
    pub(crate) epoch: u64,
    pub(crate) stage: Stage,
    pub(crate) value: CommitValue,
    pub(crate) hash: Hash,
    pub(crate) deposit: Option<Deposit>,
}

impl PendingCommit {
    pub(crate) fn of(
        connection: &Connection,
        conversation: ConversationId,
    ) -> Result<Option<Self>, MachineError> {
        let mut statement = connection.prepare_cached(
            "SELECT epoch, stage, value, hash, deposit, deposit_inbox, deposit_homes FROM pending_commit
             WHERE conversation = ?1",
        )?;
        let found = statement
            .query_row([conversation.0], |row| {
                let value: Vec<u8> = row.get(2)?;
                let deposit = match row.get::<_, Option<Vec<u8>>>(4)? {
                    None => None,
                    Some(envelope) => Some(Deposit {
                        envelope,
                        inbox: LogId(id32(row, 5)?),
                        homes: codec::decode(&row.get::<_, Vec<u8>>(6)?, 64 * 1024)
                            .map_err(|_| damaged(6, "homes"))?,
                    }),
                };
                Ok(Self {
                    epoch: unsigned(row.get(0)?),
                    stage: match row.get(1)? {
                        0 => Stage::CreateLog,
                        1 => Stage::Deposit,
                        _ => Stage::Submit,
                    },
                    value: codec::decode(&value, COMMIT_VALUE_BYTES_MAX)
                        .map_err(|_| damaged(2, "a commit"))?,
                    hash: Hash(id32(row, 3)?),
                    deposit,
                })
            })
            .optional()?;
        Ok(found)
    }

    pub(crate) fn save(
        &self,
        connection: &Connection,
        conversation: ConversationId,
    ) -> Result<(), MachineError> {
        let mut statement = connection.prepare_cached(
            "INSERT OR REPLACE INTO pending_commit
                (conversation, epoch, stage, value, hash, deposit, deposit_inbox, deposit_homes)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?;
        let stage = match self.stage {
            Stage::CreateLog => 0_i64,
            Stage::Deposit => 1,
            Stage::Submit => 2,
        };
        statement.execute((
            conversation.0,
            signed(self.epoch),
            stage,
            codec::encode(&self.value),
            self.hash.as_bytes(),
            self.deposit.as_ref().map(|deposit| deposit.envelope.as_slice()),
            self.deposit.as_ref().map(|deposit| deposit.inbox.0.to_vec()),
            self.deposit.as_ref().map(|deposit| codec::encode(&deposit.homes)),
        ))?;
        Ok(())
    }

    pub(crate) fn remove(connection: &Connection, conversation: ConversationId) -> Result<(), MachineError> {
        connection
            .prepare_cached("DELETE FROM pending_commit WHERE conversation = ?1")?
            .execute([conversation.0])?;
        Ok(())
    }
}
