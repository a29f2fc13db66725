//! Taking archives of other messengers over, and reading what was.

use std::time::Duration;

use crate::cli::{Common, Import, Imported};
use crate::clock;
use crate::dto::{
    self, ClockOffset, ImportChange, ImportProgress, ImportWish, ImportedKind, ImportedMessage,
};
use crate::failure::{Failure, Kind};
use crate::link::Link;
use crate::screen::{self, washed};

/// Between two looks at how far it is.
const LOOK_PAUSE: Duration = Duration::from_millis(200);
/// How often that is said, in looks.
const SAID_EVERY: u32 = 10;
/// Problems that are told one by one.
const PROBLEMS_TOLD: usize = 20;
/// No conversation.
const NONE: i64 = 0;

pub(crate) async fn take(link: &Link, common: &Common, wish: Import) -> Result<(), Failure> {
    let path =
        std::path::absolute(&wish.path).map_err(|error| Failure::storage(wish.path.display(), &error))?;
    let path = path.into_os_string().into_string();
    let offset = wish
        .utc_offset
        .map(|minutes| ClockOffset { since_ms: 0, minutes });
    link.start_import(ImportWish {
        path: Some(path.map_err(|_| Failure::usage("the path must be of letters"))?),
        me: wish.me,
        offsets: offset.into_iter().collect(),
        date_order: wish.dates,
        ..ImportWish::default()
    })
    .await?;
    let mut looks = 0_u32;
    let done = loop {
        let progress = link.import_progress().await?;
        if !progress.running {
            break progress;
        }
        looks = looks.wrapping_add(1);
        if looks.is_multiple_of(SAID_EVERY) && !common.json {
            screen::note(format!("{} messages so far", progress.items));
        }
        tokio::time::sleep(LOOK_PAUSE).await;
    };
    tell(common, &done);
    match done.failure {
        Some(failure) if failure.code == "ambiguous-dates" => {
            Err(failure.advise("Say --dates day, month or year"))
        }
        Some(failure) => Err(failure),
        None => Ok(()),
    }
}

fn tell(common: &Common, done: &ImportProgress) {
    if common.json {
        screen::json(done);
        return;
    }
    for problem in done.problems.iter().take(PROBLEMS_TOLD) {
        screen::note(washed(&problem.message));
    }
    if done.problems_count > PROBLEMS_TOLD as u64 {
        let count = done.problems_count;
        screen::note(format!("{count} problems in all; what is sound was taken over"));
    }
    if done.failure.is_none() {
        let name = done.source.map_or("", dto::ImportSource::title);
        screen::line(format!(
            "{name}: {} conversations with {} messages, {} of them new. xchat imported lists them.",
            done.conversations, done.items, done.new_items
        ));
        screen::line("Files of messages were not taken over: keep the archive for them.");
    }
}

pub(crate) async fn run(link: &Link, common: &Common, wish: Imported) -> Result<(), Failure> {
    let Some(id) = wish.id else {
        return list(link, common).await;
    };
    if wish.remove {
        return link.remove_import(id).await;
    }
    if wish.link.is_some() || wish.me.is_some() {
        let conversation = match wish.link.as_deref() {
            None => None,
            Some("off") => Some(NONE),
            Some(name) => {
                let name = crate::host::name(name)?;
                let found = link.conversation_with(&name).await?;
                Some(found.ok_or_else(|| unknown(&name))?.id)
            }
        };
        let me = wish.me;
        return link.change_import(id, ImportChange { conversation, me }).await;
    }
    let page = link.imported(id, wish.before, usize::from(wish.limit)).await?;
    for message in &page {
        if common.json {
            screen::json(message);
        } else {
            screen::line(line(message));
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
    .advise(format!("xchat add @{name} begins one"))
}

async fn list(link: &Link, common: &Common) -> Result<(), Failure> {
    let all = link.imports().await?.conversations;
    if common.json {
        all.iter().for_each(screen::json);
    } else if all.is_empty() {
        screen::line("Nothing was taken over yet. xchat import PATH does.");
    }
    for import in all.iter().filter(|_| !common.json) {
        screen::line(format!(
            "{:>4}  {:<8}  {} to {}  {:>7}  {}",
            import.id,
            import.source.title(),
            clock::day(import.first_ms),
            clock::day(import.last_ms),
            import.items,
            washed(&import.title)
        ));
    }
    Ok(())
}

/// A message with its row, day, time and author.
fn line(message: &ImportedMessage) -> String {
    let (day, time) = (clock::day(message.at_ms), clock::time_of_day(message.at_ms));
    let from = washed(message.from.as_deref().unwrap_or_default());
    let mut words = washed(message.text.as_deref().unwrap_or_default());
    match message.kind {
        ImportedKind::Message | ImportedKind::Other => {}
        ImportedKind::Joined => words = format!("* joined: {}", washed(&message.people.join(", "))),
        ImportedKind::Left => words = format!("* left: {}", washed(&message.people.join(", "))),
        ImportedKind::Renamed => words = format!("* named this {words}"),
        ImportedKind::Created => words = format!("* made this {words}"),
        ImportedKind::Pinned => words = "* pinned a message".to_owned(),
        ImportedKind::Called => words = format!("* called, {} s", message.duration_ms / 1000),
    }
    if message.kind == ImportedKind::Message && message.text.is_none() {
        words = "(the archive has no text of this message)".to_owned();
    }
    for file in &message.files {
        let place = if file.in_archive {
            "in the archive"
        } else {
            "not in the archive"
        };
        words.push_str(&format!(" [{}, {place}]", washed(&file.name)));
    }
    format!(
        "{:>6}  {day} {time}  {from}  {}",
        message.row,
        words.replace('\n', " ")
    )
}
