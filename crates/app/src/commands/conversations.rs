//! Conversations: begin, write, list, read, follow.

use std::io::{IsTerminal, Read};

use super::patience;
use crate::cli::{Common, Send};
use crate::dto::{Conversation, ConversationState, Event, MessageState, Text};
use crate::failure::{Failure, Kind};
use crate::link::{Events, Link, wait_until_sent};
use crate::screen;
use crate::serve::stopped;
use crate::terminal::talk::{self, Known};

/// In bytes. More than any message may have: the messenger names the limit.
const TEXT_BYTES_READ_MAX: u64 = 256 * 1024;

/// The text of the command line, or what stdin holds.
pub(crate) fn text(given: Option<String>) -> Result<String, Failure> {
    match given {
        Some(text) if text != "-" => return Ok(text),
        None if std::io::stdin().is_terminal() => {
            return Err(Failure::usage("there is no text").advise("Write it behind the name, or pipe it in"));
        }
        _ => {}
    }
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .take(TEXT_BYTES_READ_MAX)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::storage("stdin can't be read", &error))?;
    let text = String::from_utf8(bytes).map_err(|_| Failure::usage("the text is not UTF-8"))?;
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}

pub(crate) async fn add(link: &Link, common: &Common, name: &str) -> Result<(), Failure> {
    let mut events = link.events().await?;
    let id = link.contact(name).await?;
    let conversation = wait_until_set_up(link, &mut events, id, common).await?;
    if common.json {
        screen::json(&conversation);
    } else if conversation.state == ConversationState::Starting {
        screen::line(format!(
            "@{name} is added; the invitation goes out when the network is in reach."
        ));
    } else {
        screen::line(format!(
            "@{name} is added. What you write arrives as a message request until it is accepted."
        ));
    }
    Ok(())
}

async fn wait_until_set_up(
    link: &Link,
    events: &mut Events,
    id: i64,
    common: &Common,
) -> Result<Conversation, Failure> {
    let changed = async {
        loop {
            let conversation = link.conversation(id).await?;
            if conversation.state != ConversationState::Starting {
                return Ok(conversation);
            }
            if events.next().await.is_none() {
                return Ok(conversation);
            }
        }
    };
    match tokio::time::timeout(patience(common), changed).await {
        Ok(conversation) => conversation,
        Err(_) => link.conversation(id).await,
    }
}

pub(crate) async fn send(link: &Link, common: &Common, wish: Send) -> Result<(), Failure> {
    let mut attachments = Vec::new();
    for path in &wish.files {
        attachments.push(link.give(path, wish.quality()).await?.id);
    }
    let text = Text {
        attachments,
        timer_s: wish.disappear,
        answers: wish.answers,
        ..wish.text.as_deref().unwrap_or_default().into()
    };
    deliver(link, common, &wish.name, text, wish.no_wait).await
}

/// Sends a message to somebody, and waits until it is on the network if that is wanted.
pub(super) async fn deliver(
    link: &Link,
    common: &Common,
    name: &str,
    text: Text,
    no_wait: bool,
) -> Result<(), Failure> {
    let mut events = link.events().await?;
    let conversation = match link.conversation_with(name).await? {
        Some(conversation) => conversation.id,
        None => link.contact(name).await?,
    };
    let mut message = link.send(conversation, text).await?;
    if !no_wait {
        message.state = wait_until_sent(link, &mut events, &message, patience(common)).await;
    }
    if common.json {
        screen::json(&message);
    }
    if message.state == MessageState::Waiting && !no_wait {
        return Err(Failure::new(
            Kind::Unreachable,
            "waiting",
            "the message is kept here, and not yet on the network",
        )
        .advise("It goes out by itself when xchat runs and the network is in reach"));
    }
    Ok(())
}

pub(crate) async fn list(link: &Link, common: &Common) -> Result<(), Failure> {
    link.catch_up(common).await;
    let conversations = link.conversations().await?;
    if common.json {
        conversations.iter().for_each(screen::json);
    } else if conversations.is_empty() {
        screen::line("No conversations yet. xchat add @name begins one.");
    } else {
        conversations
            .iter()
            .for_each(|conversation| screen::line(talk::conversation(conversation)));
    }
    Ok(())
}

/// The conversation with somebody.
pub(crate) async fn found(link: &Link, name: &str) -> Result<Conversation, Failure> {
    link.conversation_with(name).await?.ok_or_else(|| {
        Failure::new(
            Kind::NotFound,
            "unknown-conversation",
            format!("there is no conversation with @{name}"),
        )
        .advise("xchat add begins one")
    })
}

pub(crate) async fn read(
    link: &Link,
    common: &Common,
    name: &str,
    limit: usize,
    peek: bool,
) -> Result<(), Failure> {
    link.catch_up(common).await;
    let conversation = found(link, name).await?;
    let messages = link.messages(conversation.id, limit).await?;
    for message in &messages {
        if common.json {
            screen::json(message);
        } else {
            screen::line(talk::message(message));
        }
    }
    if let Some(newest) = messages.iter().rfind(|message| !message.mine).filter(|_| !peek) {
        link.mark_read(conversation.id, newest.row).await?;
        link.settle(common).await;
    }
    Ok(())
}

pub(crate) async fn tail(link: &Link, common: &Common) -> Result<(), Failure> {
    let mut events = link.events().await?;
    if common.json {
        screen::json(&Event::Ready);
    }
    let mut known = Known::default();
    let follow = async {
        while let Some(event) = events.next().await {
            if common.json {
                screen::json(&event);
            } else if known.is_news(&event)
                && let Some(line) = talk::event(&event, &mut known)
            {
                screen::line(line);
            }
        }
    };
    tokio::select! {
        () = follow => Err(Failure::new(Kind::Unreachable, "daemon-gone", "the running profile has stopped")
            .advise("Start it again with xchat")),
        () = stopped() => Ok(()),
    }
}
