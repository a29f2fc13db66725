//! Taking conversations out: for each a folder with all messages as JSON, the same as a page to read, and beside them
//! the files that are on this device.

mod page;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::cli::Common;
use crate::dto::{Conversation, FileState, Message};
use crate::failure::{Failure, Kind};
use crate::link::Link;
use crate::private_file::create_folder;
use crate::screen;

/// Messages that are read at once.
const PAGE: usize = 500;
const JSON: &str = "messages.json";
const HTML: &str = "messages.html";
const FILES: &str = "files";

/// What of a conversation was taken out.
#[derive(serde::Serialize)]
struct Taken {
    with: String,
    folder: PathBuf,
    messages: u64,
    files: u64,
    /// Files that are not on this device.
    missing: u64,
}

pub(crate) async fn run(
    link: &Link,
    common: &Common,
    path: &Path,
    chat: Option<&str>,
) -> Result<(), Failure> {
    link.catch_up(common).await;
    let mut all = link.conversations().await?;
    if let Some(name) = chat {
        all.retain(|conversation| conversation.peer == name);
        if all.is_empty() {
            let message = format!("there is no conversation with @{name}");
            return Err(Failure::new(Kind::NotFound, "unknown-conversation", message));
        }
    }
    let mut names: BTreeMap<&str, u32> = BTreeMap::new();
    for conversation in &all {
        let count = names.entry(&conversation.peer).or_default();
        *count += 1;
        // Somebody else may have had the name before.
        let name = match *count {
            1 => conversation.peer.clone(),
            count => format!("{}-{count}", conversation.peer),
        };
        let taken = take(link, conversation, path.join(name)).await?;
        if common.json {
            screen::json(&taken);
        } else {
            screen::line(format!(
                "@{}: {} messages and {} files in {}",
                taken.with,
                taken.messages,
                taken.files,
                taken.folder.display()
            ));
        }
        if taken.missing > 0 && !common.json {
            screen::note(format!(
                "{} files are not on this device; xchat save fetches them",
                taken.missing
            ));
        }
    }
    if !common.json {
        screen::line("What was taken out is not encrypted: keep it where only you can read it.");
    }
    Ok(())
}

async fn take(link: &Link, conversation: &Conversation, folder: PathBuf) -> Result<Taken, Failure> {
    if folder.exists() {
        let message = format!("there is something at {} already", folder.display());
        return Err(Failure::new(Kind::Refused, "file-exists", message).advise("Name another folder"));
    }
    let beside = folder.join(FILES);
    create_folder(&beside)?;
    let failed =
        |error: std::io::Error| Failure::storage(format!("{} can't be written", folder.display()), &error);
    let mut json = BufWriter::new(File::create(folder.join(JSON)).map_err(failed)?);
    let mut html = BufWriter::new(File::create(folder.join(HTML)).map_err(failed)?);
    let mut taken = Taken {
        with: conversation.peer.clone(),
        folder: folder.clone(),
        messages: 0,
        files: 0,
        missing: 0,
    };
    html.write_all(page::head(&conversation.peer).as_bytes())
        .map_err(failed)?;
    let mut last = None;
    loop {
        let messages = link.messages_from(conversation.id, last, PAGE).await?;
        let Some(newest) = messages.last() else {
            break;
        };
        last = Some(newest.row);
        for message in &messages {
            let files = save(link, message, &beside, &mut taken).await?;
            let lead = if taken.messages == 0 { "[\n" } else { ",\n" };
            let line = serde_json::json!({ "message": message, "files": files });
            write!(json, "{lead}{line}").map_err(failed)?;
            html.write_all(page::message(message, &files).as_bytes())
                .map_err(failed)?;
            taken.messages += 1;
        }
    }
    let end = if taken.messages == 0 { "[]\n" } else { "\n]\n" };
    json.write_all(end.as_bytes()).map_err(failed)?;
    html.write_all(page::END.as_bytes()).map_err(failed)?;
    json.flush().and_then(|()| html.flush()).map_err(failed)?;
    Ok(taken)
}

/// Saves the files of a message that are here, and gives where each is, beside the page; nothing for one that is not.
async fn save(
    link: &Link,
    message: &Message,
    beside: &Path,
    taken: &mut Taken,
) -> Result<Vec<Option<String>>, Failure> {
    let mut places = Vec::new();
    for file in &message.attachments {
        if file.state != FileState::Here {
            taken.missing += 1;
            places.push(None);
            continue;
        }
        let path = link.save(message.row, file, beside).await?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        places.push(Some(format!("{FILES}/{name}")));
        taken.files += 1;
    }
    Ok(places)
}
