//! Following logs: subscribe, read on, and try again.

use xchat_proto::ids::LogId;
use xchat_proto::mailbox_wire::{Entry, EntryBody, Refusal, SubscriptionFrame};

use crate::error::MachineError;
use crate::io::{ConversationState, Event, Lane, Output};
use crate::machine::commits::{self, Decided};
use crate::machine::live::{HomeState, Retry};
use crate::machine::step::Step;
use crate::machine::{ephemeral, inbox, incoming, outgoing, peers, registration, resume, views};
use crate::rows::conversation::Conversation;
use crate::rows::outbox;
use xchat_proto::ids::{Hash, NodeId};

const RETRY_FIRST_MS: u64 = 300;
const RETRY_MOST_MS: u64 = 15_000;

/// Subscribes to the present epoch's segment from the cursor on.
pub(crate) fn subscribe(step: &mut Step<'_>, conversation: &Conversation) -> Result<(), MachineError> {
    let Some(home) = conversation.home().filter(|_| conversation.follows_log()) else {
        return Ok(());
    };
    let capability = step.capability(conversation)?;
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
        from: conversation.cursor,
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

/// The log has opened the epoch that our Welcome leads into.
fn joined(step: &mut Step<'_>, conversation: &mut Conversation) -> Result<(), MachineError> {
    conversation.state = ConversationState::Active;
    conversation.save(step.connection)?;
    views::changed(step, conversation)?;
    peers::announce(step, conversation)
}

fn caught_up(step: &mut Step<'_>, conversation: &mut Conversation) -> Result<(), MachineError> {
    step.live.resubscribe.remove(&conversation.log);
    step.live.read_up.insert(conversation.id);
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
    if refusal == Refusal::Expired {
        conversation.trouble =
            Some("This device was away for longer than the network keeps messages.".to_owned());
        conversation.save(step.connection)?;
        views::changed(step, conversation)?;
    }
    // While starting or joining, the log or the epoch may just not be there yet.
    retry(step, &conversation.log)
}

fn retry(step: &mut Step<'_>, log: &LogId) -> Result<(), MachineError> {
    let chance = u32::from_be_bytes(step.random());
    let before = step.live.resubscribe.get(log).copied().unwrap_or_default();
    let next = before.after(step.now_ms, RETRY_FIRST_MS, RETRY_MOST_MS, chance);
    step.live.resubscribe.insert(*log, next);
    Ok(())
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
