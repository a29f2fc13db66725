//! What is set about conversations.

use crate::cli::{Chat, Common};
use crate::dto::{Conversation, Timer};
use crate::failure::{Failure, Kind};
use crate::host;
use crate::link::Link;

/// Names are judged before anything is started.
pub(crate) fn checked(chat: Chat) -> Result<Chat, Failure> {
    Ok(match chat {
        Chat::Timer { name, after } => Chat::Timer {
            name: host::name(&name)?,
            after,
        },
    })
}

pub(crate) async fn run(link: &Link, common: &Common, chat: Chat) -> Result<(), Failure> {
    match chat {
        Chat::Timer { name, after } => {
            let id = found(link, &name).await?.id;
            let timer_s = (after > 0).then_some(after);
            link.set_timer(id, Timer { timer_s }).await?;
            link.settle(common).await;
        }
    }
    Ok(())
}

async fn found(link: &Link, name: &str) -> Result<Conversation, Failure> {
    link.conversation_with(name).await?.ok_or_else(|| {
        Failure::new(
            Kind::NotFound,
            "unknown-conversation",
            format!("there is no conversation with @{name}"),
        )
        .advise("xchat add begins one")
    })
}
