//! Polls: voting, and ending them.

use std::collections::BTreeSet;

use rand_core::CryptoRng;
use xchat_proto::codec::Bounded;

use crate::content::{Content, Part, Poll, Vote};
use crate::error::MachineError;
use crate::machine::outgoing::Draft;
use crate::machine::refusals::{ActError, SendError};
use crate::machine::step::Step;
use crate::machine::writing::{self, Outgoing};
use crate::machine::{Machine, outgoing};
use crate::rows::act::Item;
use crate::rows::conversation::Conversation;
use crate::rows::message::{self, People};

impl Machine {
    /// Votes in a poll, in place of what this account had voted for; no choice takes that back.
    ///
    /// # Errors
    /// [`ActError`] when it can't be.
    pub fn vote(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        row: i64,
        choices: &[u8],
    ) -> Result<(), ActError> {
        self.step(now_ms, rng, |step| {
            let (mut conversation, item) = writing::standing(step, row)?;
            let poll = open(step, &conversation, &item)?;
            let wanted: BTreeSet<u8> = choices.iter().copied().collect();
            let is_valid = wanted.iter().all(|place| usize::from(*place) < poll.own.len())
                && (poll.is_multiple || wanted.len() <= 1);
            if !is_valid {
                return Err(ActError::NoChoice);
            }
            let own = (0_u8..).zip(&poll.own).filter(|(_, is_own)| **is_own);
            if own.map(|(place, _)| place).collect::<BTreeSet<u8>>() == wanted {
                return Ok(());
            }
            writing::check_room(step, &item)?;
            let choices = Bounded::new(wanted.into_iter().collect()).map_err(|_| ActError::NoChoice)?;
            let draft = Draft {
                in_reply_to: Some(item.id),
                timer_s: item.timer_s,
                ..Draft::from(Part::Vote(Vote { choices }))
            };
            outgoing::write(step, &mut conversation, draft)?;
            Ok(())
        })
    }

    /// Ends an own poll: nobody votes any more.
    ///
    /// # Errors
    /// [`ActError`] when it can't be.
    pub fn end_poll(&mut self, now_ms: u64, rng: &mut dyn CryptoRng, row: i64) -> Result<(), ActError> {
        self.step(now_ms, rng, |step| {
            let (mut conversation, item) = writing::standing(step, row)?;
            match open(step, &conversation, &item) {
                Ok(_) if item.author.is_some() => return Err(ActError::NotYours),
                Ok(_) => {}
                Err(ActError::PollEnded) if item.author.is_none() => return Ok(()),
                Err(error) => return Err(error),
            }
            writing::check_room(step, &item)?;
            let draft = Draft {
                in_reply_to: Some(item.id),
                timer_s: item.timer_s,
                ..Draft::from(Part::PollEnd)
            };
            outgoing::write(step, &mut conversation, draft)?;
            Ok(())
        })
    }
}

/// What this account has chosen in a poll that is not over.
struct Open {
    own: Vec<bool>,
    is_multiple: bool,
}

fn open(step: &Step<'_>, conversation: &Conversation, item: &Item) -> Result<Open, ActError> {
    let account = step.account()?;
    let (own, name) = (account.id(), account.name.clone());
    let name = name.ok_or_else(|| MachineError::Bug("a poll without an own name".to_owned()))?;
    let people = People {
        own: &name,
        own_account: &own,
        peer: &conversation.peer,
    };
    let view = message::by_row(step.connection, item.row, &people)?;
    let poll = view.and_then(|view| view.poll).ok_or(ActError::NoPoll)?;
    match poll.is_ended {
        true => Err(ActError::PollEnded),
        false => Ok(Open {
            own: poll.choices.iter().map(|choice| choice.mine).collect(),
            is_multiple: poll.is_multiple,
        }),
    }
}

/// The poll that a message is, as it was written.
pub(crate) fn written(item: &Item) -> Result<Option<Poll>, MachineError> {
    match Content::decode(&item.content)?.part {
        Part::Poll(poll) => Ok(Some(poll)),
        _ => Ok(None),
    }
}

/// Whether a poll may be sent so: alone.
pub(crate) fn check(outgoing: &Outgoing) -> Result<(), SendError> {
    let is_alone = outgoing.text.is_empty() && outgoing.files.is_empty() && outgoing.answers.is_empty();
    match is_alone {
        true => Ok(()),
        false => Err(SendError::NoPoll),
    }
}
