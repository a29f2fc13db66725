//! What must be on disk before its outputs come out, and what may follow with the next commit.
//!
//! An acknowledgement only says what this device could learn again: that the home or a device has an envelope, or what
//! the log repeats. Its transaction is whole and in order like any other, but nobody waits for the disk: the next
//! commit that matters carries it along. When the power fails before, the envelope is sent once more, and the other end
//! knows it. As soon as anything is to leave this device because of it, it is on disk first.

use rusqlite::{Connection, OptionalExtension as _};
use xchat_proto::ids::{Hash, LogId};
use xchat_proto::mailbox_wire::{Entry, EntryBody, Reply, SubscriptionFrame};
use xchat_proto::peer_wire::PeerFrame;

use super::Machine;
use crate::error::MachineError;
use crate::io::{BlobInput, Event, Input, Output};

/// When a transaction must be on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// Before its outputs come out.
    OnDisk,
    /// With the next that must be.
    WithTheNext,
}

/// What an input needs, as far as can be told before it is handled.
pub(super) fn of(connection: &Connection, input: &Input) -> Result<Durability, MachineError> {
    let is_acknowledgement = match input {
        Input::Home {
            outcome: Ok(Reply::Appended { .. }),
            ..
        }
        | Input::Blob(BlobInput::Progress { .. })
        | Input::Peer {
            frame: PeerFrame::Answer { .. },
            ..
        } => true,
        Input::Subscription {
            log,
            frame:
                SubscriptionFrame::Entry(Entry {
                    body: EntryBody::Envelope(envelope),
                    ..
                }),
            ..
        } => is_seen(connection, log, envelope.as_slice())?,
        _ => false,
    };
    Ok(match is_acknowledgement {
        true => Durability::WithTheNext,
        false => Durability::OnDisk,
    })
}

fn is_seen(connection: &Connection, log: &LogId, envelope: &[u8]) -> Result<bool, MachineError> {
    let mut statement = connection.prepare_cached(
        "SELECT 1 FROM seen JOIN conversation ON conversation.id = seen.conversation
         WHERE conversation.log = ?1 AND seen.hash = ?2",
    )?;
    let hash = Hash::of_envelope(envelope);
    let found = statement.query_row((log.as_bytes(), hash.as_bytes()), |_| Ok(()));
    Ok(found.optional()?.is_some())
}

/// Whether it may be learnt again from the other end, so that nothing is lost if it comes out too early.
fn may_come_early(output: &Output) -> bool {
    matches!(output, Output::Event(Event::State { .. } | Event::Transfer(_)))
}

impl Machine {
    pub(super) fn set_durability(&mut self, durability: Durability) -> Result<(), MachineError> {
        if self.durability != durability {
            // In the write-ahead log NORMAL leaves out the flush at a commit, and nothing else.
            let pragma = match durability {
                Durability::OnDisk => "PRAGMA synchronous = FULL",
                Durability::WithTheNext => "PRAGMA synchronous = NORMAL",
            };
            // Not cached: this pragma acts when it is compiled.
            self.connection.execute_batch(pragma)?;
            self.durability = durability;
        }
        Ok(())
    }

    /// Brings what was committed to the disk when one of these outputs needs it.
    pub(super) fn ensure_durable(&mut self, outputs: &[Output]) -> Result<(), MachineError> {
        if self.durability == Durability::OnDisk || outputs.iter().all(may_come_early) {
            return Ok(());
        }
        self.set_durability(Durability::OnDisk)?;
        // A flush covers the whole write-ahead log, but only a commit that writes makes one.
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO meta (key, value) VALUES ('flushed', randomblob(8))
             ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        )?;
        statement.execute([])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
