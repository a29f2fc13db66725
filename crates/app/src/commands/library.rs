//! The library of GIFs and stickers: adding, finding, sending.

use std::fs;
use std::path::{Path, PathBuf};

use super::conversations;
use crate::cli::{Common, Library};
use crate::dto::{LibraryAdded, LibraryAddition, LibraryChange, LibraryItem, LibraryWish, Quality, Text};
use crate::failure::{Failure, Kind};
use crate::host;
use crate::link::Link;
use crate::screen;
use crate::terminal::talk::size;

/// Pictures that are asked for at a time.
const PAGE: usize = 200;
/// Files that are looked at in folders; whoever has more gives them in parts.
const FILES_MAX: usize = 20_000;
/// Folders in folders that are looked into.
const DEPTH_MAX: usize = 16;

/// Names are judged before anything is started.
pub(crate) fn checked(library: Library) -> Result<Library, Failure> {
    Ok(match library {
        Library::Send { name, id } => Library::Send {
            name: host::name(&name)?,
            id,
        },
        other => other,
    })
}

pub(crate) async fn run(link: &Link, common: &Common, library: Library) -> Result<(), Failure> {
    match library {
        Library::Add { paths, tags } => add(link, common, &paths, &tags).await,
        Library::Keep { row, part, tags } => {
            let wish = LibraryAddition {
                row: Some(row),
                part: Some(part),
                tags,
                ..LibraryAddition::default()
            };
            told(common, &link.add_to_library(wish).await?);
            Ok(())
        }
        Library::List { text, kind } => {
            let wish = LibraryWish {
                text: (!text.is_empty()).then(|| text.join(" ")),
                kind,
                ..LibraryWish::default()
            };
            list(link, common, wish).await
        }
        Library::Tag { id, tags } => {
            let change = LibraryChange {
                tags: Some(tags),
                ..LibraryChange::default()
            };
            link.change_library_item(id, change).await
        }
        Library::Favourite { id, undo } => {
            let change = LibraryChange {
                favourite: Some(!undo),
                ..LibraryChange::default()
            };
            link.change_library_item(id, change).await
        }
        Library::Remove { ids } => {
            for id in ids {
                link.remove_library_item(id).await?;
            }
            Ok(())
        }
        Library::Send { name, id } => {
            let text = Text {
                library: Some(id),
                ..Text::default()
            };
            conversations::deliver(link, common, &name, text, false).await
        }
    }
}

/// Adds what is named, and what of folders is a picture: the rest of a folder is passed over.
async fn add(link: &Link, common: &Common, paths: &[PathBuf], tags: &[String]) -> Result<(), Failure> {
    for path in paths {
        if !path.is_dir() {
            told(common, &one(link, path, tags).await?);
            continue;
        }
        let mut files = Vec::new();
        gather(path, 0, &mut files)?;
        for file in files {
            match one(link, &file, tags).await {
                Ok(added) => told(common, &added),
                Err(failure) if is_passed_over(&failure) => {}
                Err(failure) => return Err(failure),
            }
        }
    }
    Ok(())
}

/// Whether a file is merely no picture for the library, and the next may be one.
fn is_passed_over(failure: &Failure) -> bool {
    let of_the_file = [
        "no-picture",
        "item-too-large",
        "file-too-large",
        "metadata-stays",
        "picture-damaged",
        "picture-too-large",
        "picture-unusual",
    ];
    of_the_file.contains(&failure.code.as_str())
}

async fn one(link: &Link, path: &Path, tags: &[String]) -> Result<LibraryAdded, Failure> {
    let given = link.give(path, Quality::Standard).await?;
    let wish = LibraryAddition {
        upload: Some(given.id),
        tags: tags.to_vec(),
        ..LibraryAddition::default()
    };
    link.add_to_library(wish).await
}

/// The files in a folder that end like pictures, in order; links are left alone.
fn gather(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let unread =
        |error: std::io::Error| Failure::storage(format!("{} can't be read", folder.display()), &error);
    let mut entries = fs::read_dir(folder)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(unread)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let kind = entry.file_type().map_err(unread)?;
        let path = entry.path();
        if kind.is_dir() && depth < DEPTH_MAX {
            gather(&path, depth.saturating_add(1), files)?;
        } else if kind.is_file() && ends_like_a_picture(&path) {
            if files.len() >= FILES_MAX {
                let message = format!("at most {FILES_MAX} files are added at once");
                return Err(Failure::new(Kind::Refused, "too-many-files", message)
                    .advise("Name some of its folders, one after the other"));
            }
            files.push(path);
        }
    }
    Ok(())
}

fn ends_like_a_picture(path: &Path) -> bool {
    let endings = ["gif", "webp", "png", "apng", "jpg", "jpeg"];
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| endings.iter().any(|own| own.eq_ignore_ascii_case(ending)))
}

async fn list(link: &Link, common: &Common, wish: LibraryWish) -> Result<(), Failure> {
    let mut from = 0;
    loop {
        let page = link
            .library(LibraryWish {
                from: Some(from),
                limit: Some(PAGE),
                ..wish.clone()
            })
            .await?;
        for item in &page.items {
            match common.json {
                true => screen::json(item),
                false => screen::line(line(item)),
            }
        }
        from = from.saturating_add(page.items.len());
        if page.items.is_empty() || from >= page.total {
            return Ok(());
        }
    }
}

fn line(item: &LibraryItem) -> String {
    let star = if item.favourite { "* " } else { "" };
    let tags: String = item.tags.iter().map(|tag| format!(" [{tag}]")).collect();
    let kind = match item.kind {
        crate::dto::LibraryKind::Gif => "GIF",
        crate::dto::LibraryKind::Sticker => "sticker",
    };
    format!(
        "{}  {star}{kind} {}, {}{tags}",
        item.id,
        item.name,
        size(item.size)
    )
}

fn told(common: &Common, added: &LibraryAdded) {
    if common.json {
        screen::json(added);
    } else {
        let known = if added.new { "" } else { " (was there)" };
        screen::line(format!("{}{known}", line(&added.item)));
    }
}
