//! What others could know about this account, for people.

use std::collections::BTreeMap;

use crate::cli::Common;
use crate::dto::{Exposure, LogExposure, LogRole, NodeExposure, Tally};
use crate::failure::Failure;
use crate::link::Link;
use crate::screen;
use crate::terminal::talk::size;

pub(crate) async fn seen(link: &Link, common: &Common) -> Result<(), Failure> {
    link.settle(common).await;
    let exposure = link.exposure().await?;
    if common.json {
        screen::json(&exposure);
        return Ok(());
    }
    let people = link.conversations().await?;
    let people: BTreeMap<i64, String> = people.into_iter().map(|one| (one.id, one.peer)).collect();
    public(&exposure);
    for node in &exposure.nodes {
        of_node(node, &people);
    }
    screen::note("What was asked and sent is counted since the program began; nobody keeps this list.");
    Ok(())
}

fn public(exposure: &Exposure) {
    let Some(record) = &exposure.record else {
        screen::line("everybody: nothing; this account is in no directory");
        return;
    };
    screen::line(format!(
        "everybody: @{}, account {}, changed {}, inbox {} ({} in the directory)",
        record.username,
        short(&record.account),
        times(record.sequence),
        short(&record.inbox),
        size(record.bytes)
    ));
}

fn of_node(node: &NodeExposure, people: &BTreeMap<i64, String>) {
    let operator = node
        .operator
        .as_ref()
        .map_or("", |operator| operator.name.as_str());
    screen::line(format!("node {} {operator}", short(&node.id)));
    for log in &node.logs {
        screen::line(format!("  {}", of_log(log, people)));
    }
    for asked in &node.names {
        screen::line(format!(
            "  was asked for @{} {}",
            asked.username,
            times(asked.tally.times)
        ));
    }
    if node.changes.times > 0 {
        screen::line(format!(
            "  was given {}",
            counted(node.changes, "change of the record")
        ));
    }
}

fn of_log(log: &LogExposure, people: &BTreeMap<i64, String>) -> String {
    let whose = match (log.role, log.conversation.and_then(|id| people.get(&id))) {
        (LogRole::Inbox, _) => "your inbox".to_owned(),
        (_, Some(name)) => format!("to you it is @{name}"),
        (LogRole::Conversation, None) => "to you it is a chat".to_owned(),
        (LogRole::Foreign, _) => "to you it is somebody's inbox".to_owned(),
    };
    let kept = match log.role {
        LogRole::Conversation => format!(
            "{} of ciphertext in {}; {}",
            size(log.entry_bytes),
            plural(log.entries, "entry", "entries"),
            plural(log.files.len() as u64, "file", "files")
        ),
        LogRole::Inbox | LogRole::Foreign => "letters of strangers, sealed".to_owned(),
    };
    format!(
        "log {}: {kept}; {}, {}; {whose}",
        short(&log.log),
        counted(log.appended, "envelope from here"),
        counted(log.signs, "sign of life")
    )
}

fn counted(tally: Tally, what: &str) -> String {
    match tally.times {
        1 => format!("1 {what}"),
        times => format!("{times} × {what}"),
    }
}

fn plural(count: u64, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}

fn times(count: u64) -> String {
    plural(count, "time", "times")
}

/// Enough of an id to tell it from others.
fn short(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}
