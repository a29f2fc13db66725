//! Following logs: subscribe, read on, and try again.

use xchat_proto::codec;
use xchat_proto::ids::LogId;
use xchat_proto::mailbox_wire::{Entry, EntryBody, Refusal, SubscriptionFrame};

use crate::error::MachineError;
use crate::io::{ConversationState, Event, Lane, Output};
use crate::machine::commits::{self, Decided};
use crate::machine::live::{HomeState, Retry};
use crate::machine::step::Step;
use crate::machine::{
    blobs, ephemeral, inbox, incoming, lacking, outgoing, peers, profile, registration, rejoin, resume, views,
};
use crate::rows::conversation::Conversation;
use crate::rows::outbox;
use xchat_proto::ids::{Hash, NodeId};

const RETRY_FIRST_MS: u64 = 300;
const RETRY_MOST_MS: u64 = 15_000;
/// The pauses after an answer that what is wanted has expired.
pub(crate) const EXPIRED_FIRST_MS: u64 = 1_000;
pub(crate) const EXPIRED_MOST_MS: u64 = 60_000;
/// How long such an answer makes the pauses grow on, in milliseconds: for longer than the longest of them.
const PATIENCE_MS: u64 = 2 * EXPIRED_MOST_MS;

/// Subscribes to the present epoch's segment from the cursor on.
pub(crate) fn subscribe(step: &mut Step<'_>, conversation: &Conversation) -> Result<(), MachineError> {
    let Some(home) = conversation.home().filter(|_| conversation.follows_log()) else {
        return Ok(());
    };
    let capability = step.capability(conversation)?;
    let position = step.live.positions.entry(conversation.log).or_default();
    let skip_to = position.skip_to.take();
    position.has_skipped |= skip_to.is_some();
    position.from = skip_to.unwrap_or(0).max(conversation.cursor);
    let from = position.from;
    step.live.subscribed.insert(conversation.log, conversation.epoch);
    step.live
        .resubscribe
        .entry(conversation.log)
        .and_modify(|retry| retry.at_ms = u64::MAX);
    step.outputs.push(Output::Subscribe {
        home: home.clone(),
        lane: Lane::Conversations,
        capability,
        log: conversation.log,
        epoch: conversation.epoch,
        from,
    });
    Ok(())
}

/// A frame of a subscription came.
pub(crate) fn frame(
    step: &mut Step<'_>,
    log: &LogId,
    epoch: u64,
    frame: SubscriptionFrame,
) -> Result<(), MachineError> {
    if step.account.as_ref().is_some_and(|account| account.inbox == *log) {
        return inbox::frame(step, frame);
    }
    let Some(mut conversation) = Conversation::by_log(step.connection, log)? else {
        return Ok(());
    };
    if conversation.epoch != epoch {
        return Ok(());
    }
    if let SubscriptionFrame::Refused(refusal) = frame {
        return refused(step, &mut conversation, refusal);
    }
    if conversation.state == ConversationState::Joining {
        joined(step, &mut conversation)?;
    }
    match frame {
        SubscriptionFrame::Entry(entry) => self::entry(step, &mut conversation, &entry)?,
        SubscriptionFrame::Ephemeral(bytes) => ephemeral::received(step, &conversation, bytes.as_slice())?,
        SubscriptionFrame::CaughtUp => caught_up(step, &mut conversation)?,
        SubscriptionFrame::Refused(_) => {}
    }
    match conversation.home().map(|home| home.id) {
        Some(home) => home_up(step, home),
        None => Ok(()),
    }
}

/// The log has the epoch in which this device is: its Welcome leads there, or it had never lost its place.
fn joined(step: &mut Step<'_>, conversation: &mut Conversation) -> Result<(), MachineError> {
    let returns = conversation.is_returning();
    conversation.state = ConversationState::Active;
    conversation.trouble = None;
    conversation.save(step.connection)?;
    step.live.rejoin_at.remove(&conversation.id);
    views::changed(step, conversation)?;
    peers::announce(step, conversation)?;
    profile::tell(step, conversation)?;
    if returns {
        lacking::ask(step, conversation)?;
    }
    Ok(())
}

fn caught_up(step: &mut Step<'_>, conversation: &mut Conversation) -> Result<(), MachineError> {
    let log = &conversation.log;
    let is_patient = is_patient(step, log);
    match step.live.resubscribe.get_mut(log) {
        // It may say the one and the other in turn.
        Some(retry) if is_patient => retry.at_ms = u64::MAX,
        _ => {
            step.live.resubscribe.remove(log);
        }
    }
    step.live.read_up.insert(conversation.id);
    let position = step.live.positions.get_mut(&conversation.log);
    if position.is_some_and(|it| std::mem::take(&mut it.has_skipped)) {
        // Again: the answers to what was asked before may be among what was skipped.
        lacking::ask(step, conversation)?;
    }
    outgoing::append_all(step, conversation)?;
    outgoing::flush(step, conversation)?;
    commits::update_if_due(step, conversation)?;
    ephemeral::greet(step, conversation)
}

fn entry(step: &mut Step<'_>, conversation: &mut Conversation, entry: &Entry) -> Result<(), MachineError> {
    if entry.index < conversation.cursor {
        return Ok(());
    }
    match &entry.body {
        EntryBody::Envelope(bytes) => {
            let bytes = bytes.as_slice();
            conversation.log_bytes = conversation.log_bytes.saturating_add(bytes.len() as u64);
            let own = outbox::by_hash(step.connection, &Hash::of_envelope(bytes))?;
            match own.filter(|sealed| sealed.conversation == conversation.id) {
                Some(sealed) => outgoing::acknowledge(step, conversation, &sealed)?,
                None => {
                    let fate = incoming::envelope(step, conversation, bytes)?;
                    if fate == incoming::Fate::Refused {
                        tracing::debug!("an entry of a log could not be read");
                    }
                }
            }
            conversation.cursor = entry.index.saturating_add(1);
            conversation.save(step.connection)
        }
        EntryBody::Commit { value, certificate } => {
            let length = codec::encode(value).len() as u64;
            conversation.log_bytes = conversation.log_bytes.saturating_add(length);
            match commits::decided(step, conversation, entry.index, value, certificate)? {
                Decided::Next => Ok(()),
                Decided::NotCertified => retry(step, &conversation.log),
            }
        }
    }
}

fn refused(
    step: &mut Step<'_>,
    conversation: &mut Conversation,
    refusal: Refusal,
) -> Result<(), MachineError> {
    step.live.subscribed.remove(&conversation.log);
    match refusal {
        Refusal::Expired { open, first } => expired(step, conversation, open, first),
        // While starting or joining, the log or the epoch may just not be there yet.
        _ => retry(step, &conversation.log),
    }
}

/// What this device has not read yet is gone (CNV-13, CNV-14). A home may say so at will: it costs a subscription or a
/// request to be added again, with pauses that grow, and never a position or a key (CNV-15).
fn expired(
    step: &mut Step<'_>,
    conversation: &mut Conversation,
    open: u64,
    first: u64,
) -> Result<(), MachineError> {
    use ConversationState as State;
    let log = conversation.log;
    let position = step.live.positions.entry(log).or_default();
    let at_once = position.patient_until_ms <= step.now_ms;
    position.patient_until_ms = step.now_ms.saturating_add(PATIENCE_MS);
    if open >= conversation.epoch && first > position.from {
        // What comes after may still be there, perhaps even the commit of an epoch that is closed.
        position.skip_to = Some(first);
        if conversation.is_active() {
            lacking::ask(step, conversation)?;
        }
        if at_once {
            return subscribe(step, conversation);
        }
    } else if open > conversation.epoch && matches!(conversation.state, State::Joining | State::Active) {
        rejoin::fall_behind(step, conversation)?;
    }
    retry_between(step, &log, (EXPIRED_FIRST_MS, EXPIRED_MOST_MS));
    Ok(())
}

/// Whether a home has said lately that what is wanted has expired.
pub(crate) fn is_patient(step: &Step<'_>, log: &LogId) -> bool {
    let position = step.live.positions.get(log);
    position.is_some_and(|it| it.patient_until_ms > step.now_ms)
}

/// A request was answered as if the log had gone on without this device: the log itself must tell.
pub(crate) fn look_again(step: &mut Step<'_>, conversation: &Conversation) -> Result<(), MachineError> {
    let log = &conversation.log;
    let planned = step.live.resubscribe.get(log);
    if planned.is_some_and(|retry| retry.at_ms != u64::MAX) {
        return Ok(());
    }
    retry_between(step, log, (EXPIRED_FIRST_MS, EXPIRED_MOST_MS));
    Ok(())
}

fn retry(step: &mut Step<'_>, log: &LogId) -> Result<(), MachineError> {
    retry_between(step, log, (RETRY_FIRST_MS, RETRY_MOST_MS));
    Ok(())
}

fn retry_between(step: &mut Step<'_>, log: &LogId, (first_ms, most_ms): (u64, u64)) {
    let chance = u32::from_be_bytes(step.random());
    let before = step.live.resubscribe.get(log).copied().unwrap_or_default();
    let next = before.after(step.now_ms, first_ms, most_ms, chance);
    step.live.resubscribe.insert(*log, next);
}

/// A subscription broke.
pub(crate) fn lost(step: &mut Step<'_>, log: &LogId, epoch: u64) -> Result<(), MachineError> {
    if step.live.subscribed.get(log) != Some(&epoch) {
        return Ok(());
    }
    step.live.subscribed.remove(log);
    if let Some(home) = home_of(step, log)? {
        home_down(step, home);
    }
    retry(step, log)
}

fn home_of(step: &Step<'_>, log: &LogId) -> Result<Option<NodeId>, MachineError> {
    if let Some(account) = step.account.as_ref().filter(|account| account.inbox == *log) {
        return Ok(account.homes.as_slice().first().map(|home| home.id));
    }
    let conversation = Conversation::by_log(step.connection, log)?;
    Ok(conversation.and_then(|conversation| conversation.home().map(|home| home.id)))
}

/// Subscribes again where it is time.
pub(crate) fn wake(step: &mut Step<'_>) -> Result<(), MachineError> {
    let now_ms = step.now_ms;
    let due: Vec<LogId> = step
        .live
        .resubscribe
        .iter()
        .filter(|(_, retry)| retry.at_ms <= now_ms)
        .map(|(log, _)| *log)
        .collect();
    for log in due {
        if let Some(retry) = step.live.resubscribe.get_mut(&log) {
            // Until it is answered.
            *retry = Retry {
                at_ms: u64::MAX,
                attempt: retry.attempt,
            };
        }
        if step.account.as_ref().is_some_and(|account| account.inbox == log) {
            inbox::subscribe(step)?;
        } else if let Some(conversation) = Conversation::by_log(step.connection, &log)? {
            subscribe(step, &conversation)?;
        }
    }
    Ok(())
}

/// A home answers: everything that waited for it goes on.
pub(crate) fn home_up(step: &mut Step<'_>, home: NodeId) -> Result<(), MachineError> {
    let before = step
        .live
        .homes
        .insert(
            home,
            HomeState {
                up: true,
                known: true,
            },
        )
        .unwrap_or_default();
    if before.up {
        return Ok(());
    }
    step.emit(Event::Home {
        home,
        reachable: true,
    });
    for mut conversation in Conversation::all(step.connection)? {
        if conversation.home().map(|endpoint| endpoint.id) == Some(home) {
            if !step.live.subscribed.contains_key(&conversation.log) {
                resume::follow(step, &conversation)?;
            }
            outgoing::append_all(step, &conversation)?;
            outgoing::flush(step, &mut conversation)?;
            commits::submit(step, &conversation)?;
            blobs::look_again(step, &conversation)?;
        }
    }
    registration::resume(step)?;
    inbox::check_unchecked(step)
}

/// A home does not answer.
pub(crate) fn home_down(step: &mut Step<'_>, home: NodeId) {
    let before = step
        .live
        .homes
        .insert(
            home,
            HomeState {
                up: false,
                known: true,
            },
        )
        .unwrap_or_default();
    if before.up || !before.known {
        step.emit(Event::Home {
            home,
            reachable: false,
        });
    }
}
