//! Pages of a conversation from anywhere in it: about a message that was found, or on a day.

use thiserror::Error;

use crate::error::MachineError;
use crate::io::{ConversationId, MessageView};
use crate::machine::{Machine, files};
use crate::rows::conversation::Conversation;
use crate::rows::message::People;
use crate::rows::timeline;

/// Most messages of a page.
const PAGE_MAX: usize = 500;

/// Where in a conversation a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// At its end.
    Newest,
    /// Before the message in a row.
    Before(i64),
    /// After the message in a row.
    After(i64),
    /// About the message in a row: half of the page before it, the other half from it on.
    Around(i64),
    /// About a time, in Unix milliseconds: half of the page before it, the other half from it on.
    At(u64),
}

/// Why there is no page.
#[derive(Debug, Error)]
pub enum PageError {
    /// The conversation has no message in that row.
    #[error("there is no such message in this conversation")]
    UnknownMessage,
    /// The machine failed.
    #[error(transparent)]
    Machine(#[from] MachineError),
}

impl PageError {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownMessage => "unknown-message",
            Self::Machine(error) => error.code(),
        }
    }

    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        match self {
            Self::UnknownMessage => false,
            Self::Machine(error) => error.retryable(),
        }
    }
}

impl Machine {
    /// At most `limit` messages (500 at most) at a place in a conversation, oldest first. Where there are fewer, the
    /// conversation begins or ends there.
    ///
    /// # Errors
    /// [`PageError::UnknownMessage`], or that the database fails.
    pub fn messages_at(
        &self,
        conversation: ConversationId,
        place: Place,
        limit: usize,
    ) -> Result<Vec<MessageView>, PageError> {
        let limit = limit.min(PAGE_MAX);
        if let Place::Before(row) | Place::After(row) | Place::Around(row) = place
            && !timeline::holds(&self.connection, conversation, row)?
        {
            return Err(PageError::UnknownMessage);
        }
        let half = limit / 2;
        let rest = i64::try_from(limit.saturating_sub(half)).unwrap_or(0);
        let (mut page, newer) = match place {
            Place::Newest => (self.messages(conversation, None, limit)?, Vec::new()),
            Place::Before(row) => (self.messages(conversation, Some(row), limit)?, Vec::new()),
            Place::After(row) => {
                let limit = i64::try_from(limit).unwrap_or(0);
                let newer = self.with_people(conversation, |people| {
                    timeline::from_row(&self.connection, conversation, (row, false), limit, people)
                })?;
                (Vec::new(), newer)
            }
            Place::Around(row) => {
                let newer = self.with_people(conversation, |people| {
                    timeline::from_row(&self.connection, conversation, (row, true), rest, people)
                })?;
                (self.messages(conversation, Some(row), half)?, newer)
            }
            Place::At(at_ms) => {
                let half = i64::try_from(half).unwrap_or(0);
                let older = self.with_people(conversation, |people| {
                    timeline::until_time(&self.connection, conversation, at_ms, half, people)
                })?;
                let newer = self.with_people(conversation, |people| {
                    timeline::from_time(&self.connection, conversation, at_ms, rest, people)
                })?;
                (older, newer)
            }
        };
        page.extend(newer);
        for view in &mut page {
            files::stand(&self.connection, &self.live, view)?;
        }
        Ok(page)
    }

    /// Reads with the names of a conversation's people; nothing where there are none.
    fn with_people(
        &self,
        conversation: ConversationId,
        read: impl FnOnce(&People<'_>) -> Result<Vec<MessageView>, MachineError>,
    ) -> Result<Vec<MessageView>, MachineError> {
        let account = self.account.as_ref();
        let own = account.and_then(|account| account.name.clone());
        let found = Conversation::by_id(&self.connection, conversation)?;
        match (account, own, found) {
            (Some(account), Some(own), Some(found)) => read(&People {
                own: &own,
                own_account: &account.id(),
                peer: &found.peer,
            }),
            _ => Ok(Vec::new()),
        }
    }
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::reader::tests::Filled;

    fn conversation() -> Filled {
        let texts: Vec<String> = (1..=20).map(|number| format!("number {number}")).collect();
        // Of every second message the other one is in another conversation.
        let messages: Vec<(i64, bool, u64, &str)> = (1_u64..)
            .zip(&texts)
            .map(|(number, text)| {
                (
                    1 + (number % 2).cast_signed(),
                    number % 3 == 0,
                    1000 * number,
                    text.as_str(),
                )
            })
            .collect();
        Filled::new(&messages)
    }

    fn rows(filled: &Filled, place: Place, limit: usize) -> Vec<i64> {
        let page = filled
            .machine
            .messages_at(ConversationId(1), place, limit)
            .unwrap();
        page.iter().map(|view| view.row).collect()
    }

    #[test]
    fn fnd_14_a_page_can_be_anywhere() {
        let filled = conversation();
        assert_eq!(rows(&filled, Place::Newest, 3), [16, 18, 20]);
        assert_eq!(rows(&filled, Place::Before(10), 3), [4, 6, 8]);
        assert_eq!(rows(&filled, Place::After(10), 3), [12, 14, 16]);
        assert_eq!(rows(&filled, Place::Around(10), 4), [6, 8, 10, 12]);
        assert_eq!(rows(&filled, Place::Around(2), 4), [2, 4]);
        assert_eq!(rows(&filled, Place::Around(20), 5), [16, 18, 20]);
        assert_eq!(rows(&filled, Place::At(10_000), 4), [6, 8, 10, 12]);
        assert_eq!(rows(&filled, Place::At(9_001), 5), [6, 8, 10, 12, 14]);
        assert_eq!(rows(&filled, Place::At(0), 4), [2, 4]);
        assert_eq!(rows(&filled, Place::At(u64::MAX), 4), [18, 20]);
        assert!(rows(&filled, Place::After(20), 4).is_empty());
        assert_eq!(rows(&filled, Place::Around(10), 1), [10]);
    }

    #[test]
    fn fnd_14_a_row_of_another_conversation_is_none_of_this() {
        let filled = conversation();
        for row in [9, 99] {
            for place in [Place::Before(row), Place::After(row), Place::Around(row)] {
                let refused = filled.machine.messages_at(ConversationId(1), place, 10);
                assert!(matches!(refused, Err(PageError::UnknownMessage)), "{place:?}");
            }
        }
    }
}
