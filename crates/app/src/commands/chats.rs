//! What is set about conversations and people.

use super::conversations;
use crate::cli::{Chat, Choice, Common, Strangers};
use crate::clock;
use crate::dto::{BlockWish, ChatChange, PrivacyChoice, RequestPolicy, SettingsChange, Timer};
use crate::failure::{Failure, Kind};
use crate::host;
use crate::link::Link;
use crate::screen;
use crate::terminal::talk;

/// Names are judged before anything is started.
pub(crate) fn checked(mut chat: Chat) -> Result<Chat, Failure> {
    match &mut chat {
        Chat::Timer { name, .. }
        | Chat::Mute { name, .. }
        | Chat::Archive { name, .. }
        | Chat::Pin { name, .. }
        | Chat::Block { name }
        | Chat::Unblock { name } => *name = host::name(name)?,
        Chat::Blocked | Chat::Privacy { .. } | Chat::Star { .. } | Chat::Starred { .. } => {}
    }
    Ok(chat)
}

pub(crate) async fn run(link: &Link, common: &Common, chat: Chat) -> Result<(), Failure> {
    match chat {
        Chat::Timer { name, after } => {
            let id = conversations::found(link, &name).await?.id;
            let timer_s = (after > 0).then_some(after);
            link.set_timer(id, Timer { timer_s }).await?;
            link.settle(common).await;
            Ok(())
        }
        Chat::Mute { name, time } => {
            let until_ms = clock::now_ms().saturating_add(u64::from(time) * 1000);
            let change = ChatChange {
                muted_until_ms: Some(if time == 0 { 0 } else { until_ms }),
                ..ChatChange::default()
            };
            link.change_chat(conversations::found(link, &name).await?.id, change)
                .await
        }
        Chat::Archive { name, undo } => {
            let change = ChatChange {
                archived: Some(!undo),
                ..ChatChange::default()
            };
            link.change_chat(conversations::found(link, &name).await?.id, change)
                .await
        }
        Chat::Pin { name, undo } => {
            let change = ChatChange {
                pinned: Some(!undo),
                ..ChatChange::default()
            };
            link.change_chat(conversations::found(link, &name).await?.id, change)
                .await
        }
        Chat::Block { name } => link.block(whom(link, &name).await?).await,
        Chat::Unblock { name } => unblock(link, &name).await,
        Chat::Blocked => blocked(link, common).await,
        Chat::Star { row, undo } => link.star(row, !undo).await,
        Chat::Starred { limit } => starred(link, common, usize::from(limit)).await,
        Chat::Privacy {
            read,
            delivery,
            typing,
            presence,
            requests,
        } => {
            let is_on = |choice: Option<Choice>| choice.map(|choice| choice == Choice::On);
            let change = SettingsChange {
                privacy: PrivacyChoice {
                    read: is_on(read),
                    delivery: is_on(delivery),
                    typing: is_on(typing),
                    presence: is_on(presence),
                },
                requests: requests.map(|whom| match whom {
                    Strangers::Anyone => RequestPolicy::Anyone,
                    Strangers::Nobody => RequestPolicy::Nobody,
                }),
                arrivals: None,
            };
            privacy(link, common, change).await
        }
    }
}

/// The other person of a conversation, else who sent a request.
async fn whom(link: &Link, name: &str) -> Result<BlockWish, Failure> {
    if let Some(conversation) = link.conversation_with(name).await? {
        return Ok(BlockWish {
            conversation: Some(conversation.id),
            ..BlockWish::default()
        });
    }
    Ok(BlockWish {
        request: Some(link.request_from(name).await?.id),
        ..BlockWish::default()
    })
}

async fn unblock(link: &Link, name: &str) -> Result<(), Failure> {
    let mut is_found = false;
    for blocked in link.blocks().await?.iter().filter(|blocked| blocked.name == name) {
        link.unblock(&blocked.account).await?;
        is_found = true;
    }
    if is_found {
        return Ok(());
    }
    Err(
        Failure::new(Kind::NotFound, "not-blocked", format!("@{name} is not blocked"))
            .advise("xchat blocked lists who is"),
    )
}

async fn blocked(link: &Link, common: &Common) -> Result<(), Failure> {
    let blocks = link.blocks().await?;
    if common.json {
        blocks.iter().for_each(screen::json);
    } else if blocks.is_empty() {
        screen::line("Nobody is blocked.");
    } else {
        blocks
            .iter()
            .for_each(|blocked| screen::line(format!("@{}", blocked.name)));
    }
    Ok(())
}

async fn privacy(link: &Link, common: &Common, change: SettingsChange) -> Result<(), Failure> {
    if change != SettingsChange::default() {
        link.change_settings(change).await?;
    }
    let settings = link.settings().await?;
    if common.json {
        screen::json(&settings);
        return Ok(());
    }
    let word = |is_on: Option<bool>| if is_on == Some(true) { "on" } else { "off" };
    let privacy = settings.privacy;
    screen::line(format!(
        "read {}, delivery {}, typing {}, presence {}; requests from {}",
        word(privacy.read),
        word(privacy.delivery),
        word(privacy.typing),
        word(privacy.presence),
        match settings.requests {
            RequestPolicy::Anyone => "anyone",
            RequestPolicy::Nobody => "nobody",
        }
    ));
    Ok(())
}

async fn starred(link: &Link, common: &Common, limit: usize) -> Result<(), Failure> {
    let mut messages = link.starred(limit).await?;
    messages.reverse();
    for message in &messages {
        if common.json {
            screen::json(message);
        } else {
            screen::line(talk::message(message));
        }
    }
    Ok(())
}
