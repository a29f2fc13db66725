//! Files on their way: what is put at the home, what comes from where, what is tried again (docs/spec/transfers.md).
//!
//! A transfer is a row that is due at some time. What is under way is known in memory only: after a crash all is due
//! again, and the bytes that have arrived are found by looking.
//!
//! NOT its concern: moving bytes, and what is on the disk.

mod asked;
mod fate;
mod source;
mod wishes;

use std::collections::{BTreeMap, BTreeSet};

use xchat_proto::ids::NodeId;

use crate::error::MachineError;
use crate::io::{
    BlobFailure, BlobInput, BlobOutput, BlobSource, Direction, Event, Output, Tag, TransferState,
    TransferView,
};
use crate::machine::live::{Live, Retry};
use crate::machine::step::Step;
use crate::rows::blob::{self, Blob};
use crate::rows::block;
use crate::rows::conversation::Conversation;
use crate::rows::transfer::{self, Kind, State, Transfer, UNDER_WAY_MS};
use rusqlite::Connection;

pub(crate) use fate::{attached, lacking};
pub(crate) use fate::{erased, fetched, gone_here, kept_for_others, let_go};
pub use wishes::FileError;

/// Transfers at the same time.
const AT_ONCE_MAX: usize = 4;
/// The first pause before something is tried again, and the longest, in milliseconds.
const RETRY_FIRST_MS: u64 = 2_000;
const RETRY_MOST_MS: u64 = 10 * 60 * 1000;

/// Who may have a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    Peer(NodeId),
    Home(NodeId),
}

/// A transfer that is under way.
struct UnderWay {
    transfer: i64,
    source: Option<Source>,
    bytes: u64,
}

/// What is known of transfers in memory only.
#[derive(Default)]
pub(crate) struct Transfers {
    under_way: BTreeMap<Tag, UnderWay>,
    /// Those of a transaction that was lost.
    orphans: Vec<Tag>,
    /// Who has been asked in vain since it was last begun from the first, by transfer.
    tried: BTreeMap<i64, BTreeSet<Source>>,
    /// Who has given something else in the place of a file, by file: it is not asked again.
    liars: BTreeMap<i64, BTreeSet<Source>>,
    /// When something is to be begun.
    wake_at: Option<u64>,
    /// Whether files of deleted messages wait for others to have them.
    keeps_for_others: bool,
}

impl Transfers {
    /// A transaction was lost: nobody knows what of it is under way.
    pub(crate) fn after_failure(&mut self) {
        let under_way = std::mem::take(&mut self.under_way);
        self.orphans.extend(under_way.into_keys());
    }

    pub(crate) fn wake_at(&self) -> Option<u64> {
        self.wake_at
    }

    /// Something is to be looked at as soon as this step is over.
    fn hurry(&mut self, now_ms: u64) {
        self.wake_at = Some(self.wake_at.map_or(now_ms, |at| at.min(now_ms)));
    }

    fn tag_of(&self, transfer: i64) -> Option<Tag> {
        let mut under_way = self.under_way.iter();
        under_way
            .find(|(_, it)| it.transfer == transfer)
            .map(|(tag, _)| *tag)
    }
}

/// Takes up all that was under way.
pub(crate) fn resume(step: &mut Step<'_>) -> Result<(), MachineError> {
    step.live.blobs.after_failure();
    for tag in std::mem::take(&mut step.live.blobs.orphans) {
        put_out(step, BlobOutput::Stop { tag });
    }
    step.live.blobs.tried.clear();
    transfer::reset(step.connection, step.now_ms)?;
    step.live.blobs.keeps_for_others = true;
    let_go(step)?;
    go(step)
}

/// The time has come for something, or may have.
pub(crate) fn wake(step: &mut Step<'_>) -> Result<(), MachineError> {
    match step.live.blobs.wake_at {
        Some(at) if at <= step.now_ms => go(step),
        _ => Ok(()),
    }
}

/// Something in a conversation has become reachable, or isn't any more: what waits in it is looked at again.
pub(crate) fn look_again(step: &mut Step<'_>, conversation: &Conversation) -> Result<(), MachineError> {
    if transfer::hasten(step.connection, conversation.id, step.now_ms)? {
        step.live.blobs.hurry(step.now_ms);
    }
    Ok(())
}

/// The other person of a conversation is blocked: no file goes to them or comes from them.
pub(crate) fn blocked(step: &mut Step<'_>, conversation: &Conversation) -> Result<(), MachineError> {
    let under_way = step.live.blobs.under_way.values();
    let ids: Vec<i64> = under_way.map(|it| it.transfer).collect();
    for id in ids {
        let transfer = Transfer::by_id(step.connection, id)?;
        let is_theirs = |transfer: &Transfer| {
            transfer.conversation == conversation.id && transfer.kind != Kind::Withdrawal
        };
        if let Some(mut transfer) = transfer.filter(is_theirs) {
            transfer.bytes = stop(step, &transfer);
            later(step, transfer, BlobFailure::Unreachable)?;
        }
    }
    Ok(())
}

/// Something about files happened outside.
pub(crate) fn input(step: &mut Step<'_>, input: BlobInput) -> Result<(), MachineError> {
    match input {
        BlobInput::Done { tag, outcome } => done(step, tag, outcome),
        BlobInput::Progress { tag, bytes } => progress(step, tag, bytes),
        BlobInput::Asked { ask, peer, log, hash } => asked::answer(step, ask, peer, (&log, &hash)),
    }
}

fn put_out(step: &mut Step<'_>, output: BlobOutput) {
    step.outputs.push(Output::Blob(output));
}

/// Begins what is due, as much as there may be at a time.
fn go(step: &mut Step<'_>) -> Result<(), MachineError> {
    loop {
        let room = AT_ONCE_MAX.saturating_sub(step.live.blobs.under_way.len());
        let due = match room {
            0 => Vec::new(),
            room => Transfer::due(step.connection, step.now_ms, room)?,
        };
        if due.is_empty() {
            step.live.blobs.wake_at = match room {
                0 => None,
                _ => transfer::next_ms(step.connection)?,
            };
            return Ok(());
        }
        for transfer in due {
            // Under way, or later, or gone: it is not due any more.
            begin(step, transfer)?;
        }
    }
}

fn begin(step: &mut Step<'_>, transfer: Transfer) -> Result<(), MachineError> {
    let Some(conversation) = Conversation::by_id(step.connection, transfer.conversation)? else {
        return transfer.remove(step.connection);
    };
    let blob = match transfer.blob {
        Some(blob) => blob::by_id(step.connection, blob)?,
        None => None,
    };
    match (transfer.kind, blob) {
        (Kind::Withdrawal, _) => withdraw(step, &conversation, transfer),
        (_, None) => transfer.remove(step.connection),
        _ if block::is_blocked(step.connection, &conversation.account)? => {
            later(step, transfer, BlobFailure::Unreachable)
        }
        (Kind::Upload, Some(blob)) => put(step, &conversation, transfer, &blob),
        (Kind::Download, Some(blob)) => get(step, &conversation, transfer, &blob),
    }
}

/// The home of a conversation, when there is hope that it answers.
fn home(step: &Step<'_>, conversation: &Conversation) -> Option<xchat_proto::address::Endpoint> {
    let home = conversation.home()?;
    step.live.home_is_up(&home.id).then(|| home.clone())
}

fn withdraw(
    step: &mut Step<'_>,
    conversation: &Conversation,
    transfer: Transfer,
) -> Result<(), MachineError> {
    let (Some(home), Some(secret)) = (home(step, conversation), transfer.secret) else {
        return later(step, transfer, BlobFailure::Unreachable);
    };
    let (log, hash) = (conversation.log, transfer.hash);
    let tag = start(step, transfer, None)?;
    put_out(
        step,
        BlobOutput::Withdraw {
            tag,
            home,
            log,
            hash,
            secret,
        },
    );
    Ok(())
}

fn put(
    step: &mut Step<'_>,
    conversation: &Conversation,
    mut transfer: Transfer,
    blob: &Blob,
) -> Result<(), MachineError> {
    let home = home(step, conversation).filter(|_| conversation.is_active());
    let (Some(home), Some(secret)) = (home, transfer.secret) else {
        return later(step, transfer, BlobFailure::Unreachable);
    };
    let capability = step.capability(conversation)?;
    transfer.is_placed = true;
    let tag = start(step, transfer, None)?;
    put_out(
        step,
        BlobOutput::Put {
            tag,
            home,
            capability,
            blob: blob.sealed.blob,
            secret,
        },
    );
    Ok(())
}

fn get(
    step: &mut Step<'_>,
    conversation: &Conversation,
    transfer: Transfer,
    blob: &Blob,
) -> Result<(), MachineError> {
    let Some(source) = source::next(step, conversation, &transfer, blob)? else {
        // All have been asked. Why the last of them hadn't got it is what people are told.
        step.live.blobs.tried.remove(&transfer.id);
        let reason = transfer.reason.unwrap_or(BlobFailure::Unknown);
        return later(step, transfer, reason);
    };
    let from = match (source, conversation.home()) {
        (Source::Peer(peer), _) => BlobSource::Peer {
            peer,
            log: conversation.log,
        },
        (Source::Home(_), Some(home)) => BlobSource::Home {
            home: home.clone(),
            capability: step.capability(conversation)?,
        },
        (Source::Home(_), None) => return later(step, transfer, BlobFailure::Unknown),
    };
    let tag = start(step, transfer, Some(source))?;
    put_out(
        step,
        BlobOutput::Get {
            tag,
            from,
            blob: blob.sealed.blob,
        },
    );
    Ok(())
}

/// Notes that a transfer is under way.
fn start(step: &mut Step<'_>, mut transfer: Transfer, source: Option<Source>) -> Result<Tag, MachineError> {
    transfer.at_ms = UNDER_WAY_MS;
    transfer.save(step.connection)?;
    let tag = step.live.fresh_tag();
    let under_way = UnderWay {
        transfer: transfer.id,
        source,
        bytes: transfer.bytes,
    };
    step.live.blobs.under_way.insert(tag, under_way);
    tell(step, &transfer)?;
    Ok(tag)
}

/// It is tried again, later each time.
fn later(step: &mut Step<'_>, mut transfer: Transfer, reason: BlobFailure) -> Result<(), MachineError> {
    let chance = u32::from_be_bytes(step.random());
    let before = Retry {
        at_ms: 0,
        attempt: transfer.attempt,
    };
    let next = before.after(step.now_ms, RETRY_FIRST_MS, RETRY_MOST_MS, chance);
    // It is later in any case: or the same would be due for ever.
    transfer.at_ms = next.at_ms.max(step.now_ms.saturating_add(1));
    transfer.attempt = next.attempt;
    transfer.reason = Some(reason);
    transfer.save(step.connection)?;
    tell(step, &transfer)
}

fn progress(step: &mut Step<'_>, tag: Tag, bytes: u64) -> Result<(), MachineError> {
    let Some(under_way) = step.live.blobs.under_way.get_mut(&tag) else {
        return Ok(());
    };
    under_way.bytes = bytes;
    let id = under_way.transfer;
    match Transfer::by_id(step.connection, id)? {
        Some(transfer) => tell(step, &transfer),
        None => Ok(()),
    }
}

fn done(step: &mut Step<'_>, tag: Tag, outcome: Result<(), BlobFailure>) -> Result<(), MachineError> {
    let Some(under_way) = step.live.blobs.under_way.remove(&tag) else {
        // It was stopped.
        return Ok(());
    };
    let transfer = Transfer::by_id(step.connection, under_way.transfer)?;
    if let Some(mut transfer) = transfer {
        transfer.bytes = under_way.bytes;
        match (transfer.kind, outcome) {
            (Kind::Withdrawal, Ok(()) | Err(BlobFailure::Unknown | BlobFailure::Denied)) => {
                transfer.remove(step.connection)?;
            }
            (Kind::Withdrawal, Err(reason)) => later(step, transfer, reason)?,
            (Kind::Upload, Ok(())) => fate::placed(step, transfer)?,
            (Kind::Upload, Err(reason)) => put_failed(step, transfer, reason)?,
            (Kind::Download, Ok(())) => fate::arrived(step, &transfer)?,
            (Kind::Download, Err(reason)) => get_failed(step, transfer, under_way.source, reason)?,
        }
    }
    go(step)
}

fn put_failed(step: &mut Step<'_>, mut transfer: Transfer, reason: BlobFailure) -> Result<(), MachineError> {
    match reason {
        BlobFailure::TooLarge | BlobFailure::Taken | BlobFailure::Lost | BlobFailure::Corrupt => {
            transfer.state = State::Refused;
            transfer.reason = Some(reason);
            transfer.save(step.connection)?;
            tell(step, &transfer)
        }
        BlobFailure::Unreachable
        | BlobFailure::Unknown
        | BlobFailure::Denied
        | BlobFailure::NoRoom
        | BlobFailure::DiskFull
        | BlobFailure::DiskFailed => later(step, transfer, reason),
    }
}

fn get_failed(
    step: &mut Step<'_>,
    mut transfer: Transfer,
    source: Option<Source>,
    reason: BlobFailure,
) -> Result<(), MachineError> {
    if matches!(reason, BlobFailure::DiskFull | BlobFailure::DiskFailed) {
        return later(step, transfer, reason);
    }
    if let Some(source) = source {
        let blobs = &mut step.live.blobs;
        blobs.tried.entry(transfer.id).or_default().insert(source);
        if let (BlobFailure::Corrupt, Some(blob)) = (reason, transfer.blob) {
            blobs.liars.entry(blob).or_default().insert(source);
        }
    }
    // At once from somebody else, where what was verified ends.
    transfer.reason = Some(reason);
    transfer.at_ms = step.now_ms;
    transfer.save(step.connection)
}

/// Stops a transfer, if it is under way; gives how far it had come.
fn stop(step: &mut Step<'_>, transfer: &Transfer) -> u64 {
    let blobs = &mut step.live.blobs;
    blobs.tried.remove(&transfer.id);
    let Some(tag) = blobs.tag_of(transfer.id) else {
        return transfer.bytes;
    };
    let under_way = blobs.under_way.remove(&tag);
    blobs.hurry(step.now_ms);
    put_out(step, BlobOutput::Stop { tag });
    under_way.map_or(transfer.bytes, |it| it.bytes)
}

/// Says how a transfer stands.
fn tell(step: &mut Step<'_>, transfer: &Transfer) -> Result<(), MachineError> {
    let blob = match transfer.blob {
        Some(blob) => blob::by_id(step.connection, blob)?,
        None => None,
    };
    if let Some(blob) = blob {
        tell_of(step, &blob)?;
    }
    Ok(())
}

fn tell_of(step: &mut Step<'_>, blob: &Blob) -> Result<(), MachineError> {
    if let Some(view) = view(step.connection, step.live, blob)? {
        step.emit(Event::Transfer(view));
    }
    Ok(())
}

/// How a file of a message stands.
pub(crate) fn view(
    connection: &Connection,
    live: &Live,
    blob: &Blob,
) -> Result<Option<TransferView>, MachineError> {
    let (row, part) = blob.place;
    let Some((conversation, mine)) = blob::message(connection, row)? else {
        return Ok(None);
    };
    let (kind, direction) = match mine {
        true => (Kind::Upload, Direction::Up),
        false => (Kind::Download, Direction::Down),
    };
    let size = blob.sealed.blob.size;
    let view = |state, bytes: u64| TransferView {
        conversation,
        row,
        part,
        direction,
        state,
        bytes: bytes.min(size),
        size,
    };
    let transfer = Transfer::of_blob(connection, blob.id, kind)?;
    Ok(Some(match transfer {
        None if mine || blob.is_whole => view(TransferState::Done, size),
        None => view(TransferState::Offered, 0),
        Some(transfer) => {
            let reason = transfer.reason;
            let under_way = live.blobs.tag_of(transfer.id);
            let under_way = under_way.and_then(|tag| live.blobs.under_way.get(&tag));
            match (transfer.state, under_way) {
                (State::Due, Some(under_way)) => view(TransferState::Running, under_way.bytes),
                (State::Due, None) => view(TransferState::Waiting(reason), transfer.bytes),
                (State::Paused, _) => view(TransferState::Paused, transfer.bytes),
                (State::Done, _) => view(TransferState::Done, size),
                (State::Refused, _) => {
                    let reason = reason.unwrap_or(BlobFailure::Unknown);
                    view(TransferState::Refused(reason), transfer.bytes)
                }
            }
        }
    }))
}
