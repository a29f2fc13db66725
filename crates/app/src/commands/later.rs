//! Messages for later: listing them, letting one wait, sending and taking back.

use std::collections::BTreeMap;

use super::conversations;
use crate::cli::{Common, Later, LaterAct};
use crate::dto::{LaterWish, Scheduled};
use crate::failure::Failure;
use crate::link::Link;
use crate::screen::{self, washed};
use crate::{clock, host};

/// Names and texts are judged before anything is started.
pub(crate) fn checked(later: Later) -> Result<Later, Failure> {
    let Some(LaterAct::Add { name, text, seconds }) = later.act else {
        return Ok(later);
    };
    let act = LaterAct::Add {
        name: host::name(&name)?,
        text: Some(conversations::text(text)?),
        seconds,
    };
    Ok(Later { act: Some(act) })
}

pub(crate) async fn run(link: &Link, common: &Common, later: Later) -> Result<(), Failure> {
    match later.act {
        None => list(link, common).await,
        Some(LaterAct::Add { name, text, seconds }) => {
            let conversation = conversations::found(link, &name).await?.id;
            let wish = LaterWish {
                conversation,
                text: text.unwrap_or_default(),
                due_ms: clock::now_ms().saturating_add(u64::from(seconds).saturating_mul(1_000)),
                reply_to: None,
                timer_s: None,
            };
            let scheduled = link.schedule(wish).await?;
            if common.json {
                screen::json(&scheduled);
            } else {
                screen::line(format!("{} waits until {}", scheduled.id, when(scheduled.due_ms)));
                screen::note("It is sent while X Chat runs; else as soon as it runs again.");
            }
            Ok(())
        }
        Some(LaterAct::Send { id }) => {
            let message = link.send_scheduled(id).await?;
            link.settle(common).await;
            if common.json {
                screen::json(&message);
            }
            Ok(())
        }
        Some(LaterAct::Remove { id }) => link.unschedule(id).await,
    }
}

async fn list(link: &Link, common: &Common) -> Result<(), Failure> {
    let waiting = link.scheduled().await?;
    if common.json {
        waiting.iter().for_each(screen::json);
        return Ok(());
    }
    let people = link.conversations().await?;
    let people: BTreeMap<i64, String> = people.into_iter().map(|one| (one.id, one.peer)).collect();
    for one in &waiting {
        screen::line(told(one, people.get(&one.conversation)));
    }
    if waiting.is_empty() {
        screen::note("Nothing waits.");
    }
    Ok(())
}

fn told(one: &Scheduled, name: Option<&String>) -> String {
    let name = name.map_or("?", String::as_str);
    let refusal = one
        .refusal
        .as_ref()
        .map_or_else(String::new, |code| format!(" (not sent: {code})"));
    format!(
        "{} @{name} {}{refusal}: {}",
        one.id,
        when(one.due_ms),
        washed(&one.text)
    )
}

fn when(ms: u64) -> String {
    format!("{} {} UTC", clock::day(ms), clock::time_of_day(ms))
}
