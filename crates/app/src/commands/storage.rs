//! What takes space on this device, and making room.

use std::collections::BTreeMap;

use super::conversations;
use crate::cli::{Clear, Common, MakeRoom, Storage};
use crate::clock;
use crate::dto::Sweep;
use crate::failure::Failure;
use crate::host;
use crate::link::Link;
use crate::screen;
use crate::terminal::talk::size;

const MEGABYTE: u64 = 1_000_000;

/// What the options mean; judged before anything is started.
pub(crate) fn checked(storage: Storage) -> Result<Storage, Failure> {
    let Some(MakeRoom::Clear(clear)) = storage.act else {
        return Ok(storage);
    };
    if let Some(before) = &clear.before {
        day(before)?;
    }
    let chat = clear.chat.as_deref().map(host::name).transpose()?;
    Ok(Storage {
        act: Some(MakeRoom::Clear(Clear { chat, ..clear })),
    })
}

fn day(text: &str) -> Result<u64, Failure> {
    clock::day_ms(text).ok_or_else(|| Failure::usage("a day looks like 2026-11-22"))
}

pub(crate) async fn run(link: &Link, common: &Common, storage: Storage) -> Result<(), Failure> {
    match storage.act {
        None => show(link, common).await,
        Some(MakeRoom::Clear(wish)) => clear(link, common, wish).await,
    }
}

async fn show(link: &Link, common: &Common) -> Result<(), Failure> {
    let storage = link.storage().await?;
    if common.json {
        screen::json(&storage);
        return Ok(());
    }
    let names: BTreeMap<i64, String> = link
        .conversations()
        .await?
        .into_iter()
        .map(|conversation| (conversation.id, conversation.peer))
        .collect();
    let mut uses: BTreeMap<i64, (u64, u64)> = BTreeMap::new();
    for used in &storage.files {
        let (files, bytes) = uses.entry(used.conversation).or_default();
        *files = files.saturating_add(used.files);
        *bytes = bytes.saturating_add(used.bytes);
    }
    let mut largest: Vec<_> = uses.into_iter().collect();
    largest.sort_by_key(|(_, (_, bytes))| std::cmp::Reverse(*bytes));
    screen::line(format!(
        "texts, and what is known of people: {}",
        size(storage.database)
    ));
    if storage.library.items > 0 {
        let pictures = storage.library.items;
        screen::line(format!(
            "the library of GIFs and stickers: {}, {}",
            counted(pictures),
            size(storage.library.bytes)
        ));
    }
    for (conversation, (files, bytes)) in largest {
        let name = names.get(&conversation).map_or("?", String::as_str);
        screen::line(format!("@{name}: {}, {}", counted(files), size(bytes)));
    }
    Ok(())
}

fn counted(files: u64) -> String {
    format!("{files} {}", if files == 1 { "file" } else { "files" })
}

async fn clear(link: &Link, common: &Common, wish: Clear) -> Result<(), Failure> {
    let conversation = match &wish.chat {
        None => None,
        Some(name) => Some(conversations::found(link, name).await?.id),
    };
    let sweep = Sweep {
        conversation,
        bytes_min: wish
            .larger
            .map(|larger| u64::from(larger).saturating_mul(MEGABYTE)),
        before_ms: wish.before.as_deref().map(day).transpose()?,
    };
    let swept = link.sweep(sweep).await?;
    if common.json {
        screen::json(&swept);
    } else {
        screen::line(format!(
            "gone from here: {}, {}",
            counted(swept.files),
            size(swept.bytes)
        ));
    }
    Ok(())
}
