//! Polls: a question with choices, votes on it, and its end.

use xchat_proto::codec::{Bounded, Text};

use super::ContentError;
use crate::limits::{POLL_CHOICE_BYTES_MAX, POLL_CHOICES_MAX, POLL_CHOICES_MIN, POLL_QUESTION_BYTES_MAX};

/// A question, and what can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Poll {
    /// The question.
    #[n(0)]
    pub question: Text<POLL_QUESTION_BYTES_MAX>,
    /// The choices, in their order, two at least; no two are the same.
    #[n(1)]
    pub choices: Bounded<Text<POLL_CHOICE_BYTES_MAX>, POLL_CHOICES_MAX>,
    /// Whether one may choose several.
    #[n(2)]
    pub is_multiple: bool,
}

/// What somebody has chosen in a poll; nothing takes back what they had chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Vote {
    /// The places of the choices, from 0.
    #[n(0)]
    pub choices: Bounded<u8, POLL_CHOICES_MAX>,
}

impl Poll {
    /// A poll as somebody has written it, without the spaces around.
    ///
    /// # Errors
    /// [`ContentError::NoPoll`] when it is none.
    pub fn new(question: &str, choices: &[String], is_multiple: bool) -> Result<Self, ContentError> {
        let texts = choices.iter().map(|choice| Text::new(choice.trim().to_owned()));
        let texts: Option<Vec<_>> = texts.map(Result::ok).collect();
        let poll = Self {
            question: Text::new(question.trim().to_owned()).map_err(|_| ContentError::NoPoll)?,
            choices: Bounded::new(texts.ok_or(ContentError::NoPoll)?).map_err(|_| ContentError::NoPoll)?,
            is_multiple,
        };
        poll.check()?;
        Ok(poll)
    }

    pub(super) fn check(&self) -> Result<(), ContentError> {
        let choices = self.choices.as_slice();
        let is_said = |text: &str| !text.trim().is_empty();
        let is_sound = is_said(self.question.as_str())
            && choices.len() >= POLL_CHOICES_MIN
            && choices.iter().all(|choice| is_said(choice.as_str()))
            && (1..choices.len()).all(|at| {
                let (before, from) = choices.split_at(at);
                from.first().is_some_and(|choice| !before.contains(choice))
            });
        match is_sound {
            true => Ok(()),
            false => Err(ContentError::NoPoll),
        }
    }

    /// The poll as text, for searches, for notifications, and where nothing better can be shown.
    pub fn text(&self) -> String {
        let mut text = self.question.as_str().to_owned();
        for choice in self.choices.as_slice() {
            text.push_str("\n• ");
            text.push_str(choice.as_str());
        }
        text
    }
}
