//! Pinned messages: for all who are in the conversation, a number of the latest.

use rand_core::CryptoRng;

use crate::acts::Deed;
use crate::content::{Part, Pin};
use crate::error::MachineError;
use crate::io::{ConversationId, Event, MessageView};
use crate::machine::outgoing::Draft;
use crate::machine::refusals::ActError;
use crate::machine::step::Step;
use crate::machine::{Machine, acts, outgoing, views, writing};
use crate::rows::conversation::Conversation;
use crate::rows::pin;

impl Machine {
    /// Pins a message for all who are in its conversation, or takes that back, whoever pinned it. Of more than 50 those
    /// that were pinned first are not shown as such.
    ///
    /// # Errors
    /// [`ActError`] when it can't be.
    pub fn pin(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        row: i64,
        is_on: bool,
    ) -> Result<(), ActError> {
        self.step(now_ms, rng, |step| {
            let (mut conversation, item) = writing::standing(step, row)?;
            if item.is_notice {
                return Err(ActError::UnknownMessage);
            }
            let is_there = match pin::of(step.connection, row)? {
                // One that is shown no more is pinned once more.
                Some((_, is_shown)) => is_shown || !is_on,
                None => false,
            };
            if is_there == is_on {
                return Ok(());
            }
            writing::check_room(step, &item)?;
            let own = step.account()?.id();
            let words = acts::on(step.connection, &own, &item)?;
            let words = words.iter().filter(|act| matches!(act.deed, Deed::Pin(_)));
            let draft = Draft {
                in_reply_to: Some(item.id),
                timer_s: item.timer_s,
                after_ms: words.map(|act| act.clock_ms).max().unwrap_or(0),
                ..Draft::from(Part::Pin(Pin { is_on }))
            };
            outgoing::write(step, &mut conversation, draft)?;
            Ok(())
        })
    }

    /// The pinned messages of a conversation, at most 50, the one that was pinned last first.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn pins(&self, conversation: ConversationId) -> Result<Vec<MessageView>, MachineError> {
        let mut views = Vec::new();
        for row in pin::shown(&self.connection, conversation)? {
            views.extend(self.message(row)?);
        }
        Ok(views)
    }
}

/// Pins have changed: the latest are shown. Says which other messages than the one in a row read otherwise for that.
pub(crate) fn arrange(step: &mut Step<'_>, id: ConversationId, row: i64) -> Result<(), MachineError> {
    let changed = pin::arrange(step.connection, id)?;
    if changed.iter().all(|changed| *changed == row) {
        return Ok(());
    }
    let Some(conversation) = Conversation::by_id(step.connection, id)? else {
        return Ok(());
    };
    for changed in changed.into_iter().filter(|changed| *changed != row) {
        if let Some(view) = views::message(step, &conversation, changed)? {
            step.emit(Event::Changed(view));
        }
    }
    Ok(())
}
