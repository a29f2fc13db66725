//! Searching messages.

use crate::cli::{Common, Search};
use crate::clock;
use crate::dto::{Found, ImportedFound, ImportedFoundPage, SearchWish};
use crate::failure::{Failure, Kind};
use crate::link::Link;
use crate::screen::{self, washed};

/// What the options mean; judged before anything is started.
pub(crate) fn checked(search: Search) -> Result<Search, Failure> {
    let name = |name: Option<String>| name.as_deref().map(crate::host::name).transpose();
    if let Some(since) = &search.since {
        day(since)?;
    }
    Ok(Search {
        from: name(search.from)?,
        within: name(search.within)?,
        ..search
    })
}

fn day(text: &str) -> Result<u64, Failure> {
    clock::day_ms(text).ok_or_else(|| Failure::usage("a day looks like 2026-11-22"))
}

pub(crate) async fn run(link: &Link, common: &Common, search: Search) -> Result<(), Failure> {
    link.catch_up(common).await;
    let conversation = match &search.within {
        None => None,
        Some(name) => {
            let found = link.conversation_with(name).await?;
            Some(found.ok_or_else(|| unknown(name))?.id)
        }
    };
    let wish = SearchWish {
        text: Some(search.text.join(" ")),
        conversation,
        from: search.from,
        from_ms: search.since.as_deref().map(day).transpose()?,
        limit: Some(usize::from(search.limit)),
        ..SearchWish::default()
    };
    // Who wrote elsewhere is nobody whom a name here means.
    let is_everywhere = wish.from.is_none() && wish.conversation.is_none() && wish.from_ms.is_none();
    let text = wish.text.clone().unwrap_or_default();
    let page = link.search(wish).await?;
    let elsewhere = match is_everywhere {
        true => link.search_imported(&text, usize::from(search.limit)).await?,
        false => ImportedFoundPage::default(),
    };
    for found in &page.found {
        if common.json {
            screen::json(found);
        } else {
            screen::line(line(found));
        }
    }
    for found in &elsewhere.found {
        if common.json {
            screen::json(found);
        } else {
            screen::line(line_elsewhere(found));
        }
    }
    if !common.json {
        if page.found.is_empty() && elsewhere.found.is_empty() {
            screen::line("Nothing was found.");
        }
        if page.partial || elsewhere.partial {
            screen::line("Older messages are still being made ready for searching.");
        }
    }
    Ok(())
}

fn unknown(name: &str) -> Failure {
    Failure::new(
        Kind::NotFound,
        "unknown-conversation",
        format!("there is no conversation with @{name}"),
    )
}

/// A message that was found, with its day, author and conversation.
fn line(found: &Found) -> String {
    let (day, time) = (clock::day(found.sent_ms), clock::time_of_day(found.sent_ms));
    let to = match found.mine && found.with != found.from {
        true => format!(" to @{}", found.with),
        false => String::new(),
    };
    let text = washed(&found.excerpt).replace('\n', " ");
    format!("{day} {time}  @{}{to}  {text}", found.from)
}

/// A message that was found among what was taken over.
fn line_elsewhere(found: &ImportedFound) -> String {
    let (day, time) = (clock::day(found.at_ms), clock::time_of_day(found.at_ms));
    let from = washed(found.from.as_deref().unwrap_or_default());
    let text = washed(&found.excerpt).replace('\n', " ");
    format!(
        "{day} {time}  {from} ({}, taken over as {})  {text}",
        washed(&found.title),
        found.import
    )
}
