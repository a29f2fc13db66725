//! Polls: asking, voting, ending.

use super::conversations;
use crate::cli::{Ask, Common, Poll};
use crate::dto::{PollWish, Text, VoteWish};
use crate::failure::Failure;
use crate::host;
use crate::link::Link;

/// Names are judged before anything is started.
pub(crate) fn checked(poll: Poll) -> Result<Poll, Failure> {
    Ok(match poll {
        Poll::Ask(ask) => Poll::Ask(Ask {
            name: host::name(&ask.name)?,
            ..ask
        }),
        other => other,
    })
}

pub(crate) async fn run(link: &Link, common: &Common, poll: Poll) -> Result<(), Failure> {
    match poll {
        Poll::Ask(ask) => {
            let text = Text {
                poll: Some(PollWish {
                    question: ask.question,
                    choices: ask.choices,
                    multiple: ask.several,
                }),
                ..Text::default()
            };
            conversations::deliver(link, common, &ask.name, text, false).await
        }
        Poll::Vote { row, choices } => {
            let choices = choices
                .into_iter()
                .map(|number| number.saturating_sub(1))
                .collect();
            link.vote(row, VoteWish { choices }).await?;
            link.settle(common).await;
            Ok(())
        }
        Poll::End { row } => {
            link.end_poll(row).await?;
            link.settle(common).await;
            Ok(())
        }
    }
}
