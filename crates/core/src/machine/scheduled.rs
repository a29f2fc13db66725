//! Texts that are sent later: each once, however often the device dies in between.

use rand_core::CryptoRng;
use xchat_proto::limits::DAY_MS;

use crate::error::MachineError;
use crate::io::{ConversationId, Event, MessageView, ScheduledView};
use crate::machine::refusals::{ScheduleError, SendError};
use crate::machine::step::Step;
use crate::machine::writing::{self, Outgoing};
use crate::machine::{Machine, expiry};
use crate::rows::scheduled;

/// Most texts that wait.
const SCHEDULED_MAX: u64 = 1_000;
/// The farthest time, in milliseconds from now.
const AHEAD_MS_MAX: u64 = 365 * DAY_MS;
/// Most that are sent in one step.
const BATCH: usize = 50;

impl Machine {
    /// Writes a text at a later time, or as soon as the device runs after it. What it answers may be gone by then.
    ///
    /// # Errors
    /// [`ScheduleError`] when the time is past or more than a year ahead, too many wait, or the text can't be written.
    pub fn schedule(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        conversation: ConversationId,
        outgoing: Outgoing,
        due_ms: u64,
    ) -> Result<ScheduledView, ScheduleError> {
        writing::check(&outgoing)?;
        check_time(now_ms, due_ms)?;
        self.step(now_ms, rng, |step| {
            let conversation = writing::writable(step, conversation)?;
            if let Some(row) = outgoing.reply_to {
                writing::answered(step, &conversation, row)?;
            }
            if scheduled::count(step.connection)? >= SCHEDULED_MAX {
                return Err(ScheduleError::TooMany);
            }
            let mut wish = ScheduledView {
                id: 0,
                conversation: conversation.id,
                due_ms,
                text: outgoing.text,
                reply_to: outgoing.reply_to,
                timer_s: outgoing.timer_s,
                refusal: None,
            };
            scheduled::insert(step.connection, &mut wish)?;
            plan(step)?;
            step.emit(Event::Scheduled(conversation.id));
            Ok(wish)
        })
    }

    /// Texts that wait for their time, and those that could not be sent then; the earliest first.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn scheduled(&self) -> Result<Vec<ScheduledView>, MachineError> {
        scheduled::all(&self.connection)
    }

    /// Gives a text that waits another time, another text, or both; one that could not be sent waits again.
    ///
    /// # Errors
    /// [`ScheduleError`] when there is none, or as for [`Self::schedule`].
    pub fn reschedule(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        id: i64,
        text: Option<String>,
        due_ms: Option<u64>,
    ) -> Result<ScheduledView, ScheduleError> {
        self.step(now_ms, rng, |step| {
            let mut wish = scheduled::by_id(step.connection, id)?.ok_or(ScheduleError::Unknown)?;
            writing::writable(step, wish.conversation)?;
            wish.text = text.unwrap_or(wish.text);
            wish.due_ms = due_ms.unwrap_or(wish.due_ms);
            wish.refusal = None;
            writing::check(&wish.text.as_str().into())?;
            check_time(now_ms, wish.due_ms)?;
            scheduled::update(step.connection, &wish)?;
            expiry::scrub(step);
            plan(step)?;
            step.emit(Event::Scheduled(wish.conversation));
            Ok(wish)
        })
    }

    /// Writes a text that waits at once.
    ///
    /// # Errors
    /// [`ScheduleError`] when there is none, or it can't be written: then it goes on waiting.
    pub fn send_scheduled(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        id: i64,
    ) -> Result<MessageView, ScheduleError> {
        self.step(now_ms, rng, |step| {
            let wish = scheduled::by_id(step.connection, id)?.ok_or(ScheduleError::Unknown)?;
            let view = write(step, &wish)?;
            plan(step)?;
            step.emit(Event::Scheduled(wish.conversation));
            Ok(view)
        })
    }

    /// Takes back a text that waits for its time.
    ///
    /// # Errors
    /// [`ScheduleError::Unknown`] when there is none, or it has been sent.
    pub fn unschedule(&mut self, now_ms: u64, rng: &mut dyn CryptoRng, id: i64) -> Result<(), ScheduleError> {
        self.step(now_ms, rng, |step| {
            let conversation = scheduled::remove(step.connection, id)?.ok_or(ScheduleError::Unknown)?;
            expiry::scrub(step);
            step.emit(Event::Scheduled(conversation));
            Ok(plan(step)?)
        })
    }
}

fn check_time(now_ms: u64, due_ms: u64) -> Result<(), ScheduleError> {
    if due_ms <= now_ms || due_ms > now_ms.saturating_add(AHEAD_MS_MAX) {
        return Err(ScheduleError::NotThen);
    }
    Ok(())
}

/// Looks when the next is due.
pub(crate) fn plan(step: &mut Step<'_>) -> Result<(), MachineError> {
    step.live.scheduled_at = scheduled::next(step.connection)?;
    Ok(())
}

/// Writes what is due. It leaves the waiting ones in the same transaction.
pub(crate) fn wake(step: &mut Step<'_>) -> Result<(), MachineError> {
    if step.live.scheduled_at.is_none_or(|at| at > step.now_ms) {
        return Ok(());
    }
    for _ in 0..BATCH {
        let Some(wish) = scheduled::due(step.connection, step.now_ms)? else {
            break;
        };
        send(step, wish)?;
    }
    plan(step)
}

fn send(step: &mut Step<'_>, wish: ScheduledView) -> Result<(), MachineError> {
    match write(step, &wish) {
        Ok(_) => (),
        Err(SendError::Machine(error)) => return Err(error),
        // It stays, and the user sees why.
        Err(refusal) => scheduled::refuse(step.connection, wish.id, refusal.code())?,
    }
    step.emit(Event::Scheduled(wish.conversation));
    Ok(())
}

/// Writes one, which waits no more.
fn write(step: &mut Step<'_>, wish: &ScheduledView) -> Result<MessageView, SendError> {
    let outgoing = |reply_to| Outgoing {
        text: wish.text.clone(),
        reply_to,
        timer_s: wish.timer_s,
        ..Outgoing::default()
    };
    let mut sent = writing::send(step, wish.conversation, outgoing(wish.reply_to));
    if let Err(SendError::UnknownReply) = sent {
        sent = writing::send(step, wish.conversation, outgoing(None));
    }
    let view = sent?;
    scheduled::remove(step.connection, wish.id)?;
    expiry::scrub(step);
    Ok(view)
}
