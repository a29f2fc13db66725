//! Disappearing: when a message goes, and that nothing is left of it (docs/spec/content.md, "Disappearing messages").

use std::collections::BTreeSet;
use std::time::Duration;

use rand_core::CryptoRng;
use xchat_proto::keys::PublicKey;
use xchat_proto::limits::{CLOCK_AHEAD_MS_MAX, UNREAD_MS_MAX};

use crate::content::{Content, Gone, Part, Setting};
use crate::error::MachineError;
use crate::io::{ConversationId, Event};
use crate::machine::refusals::SendError;
use crate::machine::step::Step;
use crate::machine::{Machine, acts, blobs, outgoing, views, writing};
use crate::rows::act::{Item, Left};
use crate::rows::chat::Chat;
use crate::rows::conversation::Conversation;
use crate::rows::member::Member;
use crate::rows::message::Kind;
use crate::rows::{expiry, outbox};

/// How long after it could not be done what was erased is looked for in the write-ahead log again, in milliseconds.
const SCRUB_AGAIN_MS: u64 = 1_000;

/// How long messages wait for somebody who reads in the database at this moment.
const SCRUB_PATIENCE: Duration = Duration::from_millis(20);
/// How long everything else does.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

impl Machine {
    /// Sets how long after they were read messages of a conversation disappear, for all who are in it; nothing for
    /// messages that stay. What was written before keeps its time.
    ///
    /// # Errors
    /// [`SendError`] when the time is out of bounds, or the conversation takes nothing.
    pub fn set_timer(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        conversation: ConversationId,
        timer_s: Option<u32>,
    ) -> Result<(), SendError> {
        writing::check_timer(timer_s)?;
        self.step(now_ms, rng, |step| {
            let mut conversation = writing::writable(step, conversation)?;
            if Chat::of(step.connection, conversation.id)?.timer_s == timer_s {
                return Ok(());
            }
            outgoing::write(step, &mut conversation, Part::Setting(Setting { timer_s }))?;
            Ok(())
        })
    }

    /// Lets all that is due disappear, as many steps as that takes.
    pub(super) fn expire(&mut self, now_ms: u64, rng: &mut dyn CryptoRng) -> Result<(), MachineError> {
        while self.live.expire_at.is_some_and(|at| at <= now_ms) {
            self.step(now_ms, rng, run)?;
        }
        Ok(())
    }

    /// Empties the write-ahead log when something was erased: what stood there before stands in it once more.
    pub(super) fn scrub(&mut self, now_ms: u64) {
        if self.live.scrub_at.is_none_or(|at| at > now_ms) {
            return;
        }
        let is_busy = self.truncate_log();
        if let Err(error) = &is_busy {
            tracing::warn!(%error, "the write-ahead log can't be emptied");
        }
        // Somebody reads at this moment and needs what is in it, or the disk is full.
        let again = is_busy.unwrap_or(true);
        self.live.scrub_at = again.then(|| now_ms.saturating_add(SCRUB_AGAIN_MS));
    }

    fn truncate_log(&self) -> rusqlite::Result<bool> {
        self.connection.busy_timeout(SCRUB_PATIENCE)?;
        let truncated = self
            .connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0));
        self.connection.busy_timeout(BUSY_TIMEOUT)?;
        truncated
    }
}

/// Something was erased: nothing of it is to stay in the write-ahead log.
pub(crate) fn scrub(step: &mut Step<'_>) {
    step.live.scrub_at = Some(step.now_ms);
}

/// Looks when the next message disappears.
pub(crate) fn plan(step: &mut Step<'_>) -> Result<(), MachineError> {
    step.live.expire_at = expiry::next(step.connection)?;
    Ok(())
}

/// A content is stored in a row: when it disappears, if it does, and what it sets. `member` sent it; nobody did when it
/// was written here.
pub(crate) fn stored(
    step: &mut Step<'_>,
    conversation: ConversationId,
    member: Option<&Member>,
    (content, kind, row): (&Content, Kind, i64),
) -> Result<(), MachineError> {
    if let (Part::Setting(setting), Kind::Notice) = (&content.part, kind) {
        let device = match member {
            Some(member) => member.device,
            None => step.account()?.device_key().public(),
        };
        // A clock that runs ahead must not have the last word for long.
        let clock_ms = content
            .clock_ms
            .min(step.now_ms.saturating_add(CLOCK_AHEAD_MS_MAX));
        expiry::note(step.connection, row, setting.timer_s.unwrap_or(0))?;
        return set(step, conversation, (clock_ms, device), *setting);
    }
    let Some(timer_s) = content.timer_s else {
        return Ok(());
    };
    let is_read = member.is_none_or(|member| content.counter <= member.read);
    let waits_ms = match kind.is_shown() && is_read {
        true => 0,
        false => UNREAD_MS_MAX,
    };
    let end_ms = step
        .now_ms
        .saturating_add(waits_ms)
        .saturating_add(u64::from(timer_s) * 1000);
    expiry::set(step.connection, row, timer_s, end_ms)?;
    plan(step)
}

/// The last word counts, in whichever order the words come.
fn set(
    step: &Step<'_>,
    conversation: ConversationId,
    since: (u64, PublicKey),
    setting: Setting,
) -> Result<(), MachineError> {
    let mut chat = Chat::of(step.connection, conversation)?;
    if chat.timer_since.is_none_or(|before| before < since) {
        chat.timer_since = Some(since);
        chat.timer_s = setting.timer_s;
        chat.save(step.connection)?;
    }
    Ok(())
}

/// A device's messages after one count and up to another have been read.
pub(crate) fn read(
    step: &mut Step<'_>,
    conversation: &Conversation,
    device: &PublicKey,
    counts: (u64, u64),
) -> Result<(), MachineError> {
    let started = expiry::start(step.connection, conversation.id, device, counts, step.now_ms)?;
    if started.is_empty() {
        return Ok(());
    }
    for row in started {
        if let Some(view) = views::message(step, conversation, row)? {
            step.emit(Event::Changed(view));
        }
    }
    plan(step)
}

/// Lets what is due disappear, a step's worth of it.
fn run(step: &mut Step<'_>) -> Result<(), MachineError> {
    let mut conversations = BTreeSet::new();
    for due in expiry::due(step.connection, step.now_ms)? {
        if let Some((id, counter)) = expiry::own(step.connection, due.row)? {
            if outbox::never_left(step.connection, due.conversation, &id)? {
                blobs::erased(step, due.row)?;
            }
            let gone = will_not_come(step, counter)?;
            outbox::silence(step.connection, due.conversation, &id, &gone)?;
        }
        let item = Item::by_row(step.connection, due.row)?.filter(|_| due.is_shown);
        match item {
            Some(item) => {
                silence_acts(step, &item)?;
                acts::remove(step, &item, Left::Place)?;
                conversations.insert(due.conversation);
            }
            None => {
                expiry::empty(step.connection, due.row)?;
                scrub(step);
            }
        }
    }
    for id in conversations {
        if let Some(conversation) = Conversation::by_id(step.connection, id)? {
            views::changed(step, &conversation)?;
        }
    }
    plan(step)
}

/// Edits and reactions of this device that wait to go out go no more: what they are about is gone.
pub(crate) fn silence_acts(step: &mut Step<'_>, item: &Item) -> Result<(), MachineError> {
    for (id, counter) in expiry::own_acts(step.connection, item.conversation, &item.id)? {
        let gone = will_not_come(step, counter)?;
        outbox::silence(step.connection, item.conversation, &id, &gone)?;
    }
    Ok(())
}

/// What goes in the place of something of this device that nobody is to get any more.
pub(crate) fn will_not_come(step: &mut Step<'_>, counter: u64) -> Result<Vec<u8>, MachineError> {
    let content = Content {
        salt: step.random(),
        replaces: None,
        timer_s: None,
        in_reply_to: None,
        counter: 0,
        clock_ms: step.now_ms,
        is_forwarded: false,
        answers: Vec::new(),
        part: Part::Gone(Gone {
            from: counter,
            to: counter,
        }),
    };
    Ok(content.encode()?)
}

#[cfg(test)]
mod tests;
