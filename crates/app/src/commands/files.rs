//! Saving the files of messages.

use std::path::Path;

use super::patience;
use crate::cli::Common;
use crate::dto::{Attachment, Event, FileAction, FileState};
use crate::failure::{Failure, Kind};
use crate::link::{Events, Link};
use crate::screen;

/// Saves the files of a message, or one of them; what isn't here yet is fetched first.
pub(crate) async fn save(
    link: &Link,
    common: &Common,
    row: i64,
    part: Option<u32>,
    folder: &Path,
) -> Result<(), Failure> {
    let mut events = link.events().await?;
    let mut files = link.attachments(row).await?;
    if let Some(part) = part {
        files.retain(|file| file.part == part);
    }
    if files.is_empty() {
        let message = "the message in this row has no such file";
        return Err(Failure::new(Kind::NotFound, "unknown-file", message)
            .advise("xchat read shows the rows of messages with files"));
    }
    for file in &files {
        if file.state != FileState::Here {
            let fetched = fetched(link, &mut events, row, file);
            if tokio::time::timeout(patience(common), fetched).await.is_err() {
                return Err(late(file));
            }
        }
        let path = link.save(row, file, folder).await?;
        match common.json {
            true => screen::json(&path),
            false => screen::line(path.to_string_lossy()),
        }
    }
    Ok(())
}

/// Waits until a file is here.
async fn fetched(link: &Link, events: &mut Events, row: i64, file: &Attachment) -> Result<(), Failure> {
    link.act_on_file(row, file.part, FileAction::Fetch).await?;
    loop {
        let is_here = match events.next().await {
            Some(Event::Transfer {
                row: of, part, state, ..
            }) => of == row && part == file.part && state == FileState::Here,
            Some(Event::Lagged) => {
                let files = link.attachments(row).await?;
                let mut same = files.iter().filter(|other| other.part == file.part);
                same.any(|other| other.state == FileState::Here)
            }
            Some(_) => false,
            None => return Err(late(file)),
        };
        if is_here {
            return Ok(());
        }
    }
}

fn late(file: &Attachment) -> Failure {
    let message = format!("{} is not here yet", file.name);
    Failure::new(Kind::Unreachable, "file-not-here", message)
        .advise("It comes by itself when somebody who has it is in reach; wait longer with --timeout")
}
