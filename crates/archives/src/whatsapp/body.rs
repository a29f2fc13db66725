//! What a message's text says beside its words: attached files, files left out, that it was changed.

use super::head::plain;
use crate::files::Directory;
use crate::model::{Media, MediaKind};
use crate::names;
use crate::report::label;

/// iPhones put this before what the app says, not the person.
pub(super) const APP_MARK: char = '\u{200e}';

/// What stands for files that were not exported, in small letters.
const OMITTED: [&str; 16] = [
    "<media omitted>",
    "<multimedia omitido>",
    "<archivo omitido>",
    "<médias omis>",
    "<medien ausgeschlossen>",
    "<medien weggelassen>",
    "<mídia oculta>",
    "<arquivo de mídia oculto>",
    "<ficheiro não revelado>",
    "<media omessi>",
    "<media weggelaten>",
    "<medya dahil edilmedi>",
    "<без медиафайлов>",
    "<media tidak disertakan>",
    "<تم استبعاد الوسائط>",
    "<मीडिया शामिल नहीं है>",
];

/// How an iPhone's words for a file that was not exported end.
const OMITTED_ENDS: [&str; 9] = [
    " omitted",
    " omitido",
    " omitida",
    " omis",
    " omise",
    " weggelassen",
    " weggelaten",
    " omesso",
    " ocultado",
];

/// What stands in brackets behind the name of an attached file, where the file itself isn't there.
const ATTACHED: [&str; 9] = [
    "file attached",
    "archivo adjunto",
    "fichier joint",
    "datei angehängt",
    "arquivo anexado",
    "file allegato",
    "bestand bijgevoegd",
    "файл добавлен",
    "الملف مرفق",
];

/// No word of the app's own is longer, in letters.
const WORD_LETTERS_MAX: usize = 60;

/// A message's text, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) text: String,
    pub(super) media: Option<Media>,
    pub(super) is_edited: bool,
    /// The app says it, not the person.
    pub(super) is_of_app: bool,
}

/// Takes a text apart. Files are looked for in this folder.
pub(super) fn parts(raw: &str, is_bracketed: bool, directory: &Directory, folder: &str) -> Parts {
    let (raw, is_edited) = without_edit(raw);
    let found = in_angles(raw, directory, folder)
        .or_else(|| in_brackets(raw, directory, folder))
        .or_else(|| omitted(raw));
    let is_of_app = is_bracketed && found.is_none() && raw.starts_with(APP_MARK);
    let (text, media) = match found {
        Some((text, media)) => (text, Some(media)),
        None => (raw.to_owned(), None),
    };
    let text: String = text
        .chars()
        .filter(|letter| !matches!(letter, '\u{200e}' | '\u{feff}'))
        .collect();
    Parts {
        text: text.trim().to_owned(),
        media,
        is_edited,
        is_of_app,
    }
}

/// `words <This message was edited>`, in any language: the app's mark tells that nobody wrote it.
fn without_edit(raw: &str) -> (&str, bool) {
    let inside = raw
        .strip_suffix('>')
        .and_then(|rest| rest.rsplit_once("\u{200e}<"));
    match inside {
        Some((text, word))
            if !word.contains([':', '：', '<']) && is_short(word) && !text.trim().is_empty() =>
        {
            (text, true)
        }
        _ => (raw, false),
    }
}

fn is_short(word: &str) -> bool {
    word.chars().count() <= WORD_LETTERS_MAX
}

/// `caption <attached: 00000012-PHOTO.jpg>`, in any language.
fn in_angles(raw: &str, directory: &Directory, folder: &str) -> Option<(String, Media)> {
    let (caption, inside) = raw.strip_suffix('>')?.rsplit_once('<')?;
    let (word, name) = inside.split_once([':', '：'])?;
    let name = plain(name);
    let name = name.trim();
    let is_marked = caption.ends_with(APP_MARK);
    let file = there(directory, folder, name);
    let is_file = file.is_some() || is_marked && names::extension(name).is_some();
    (is_file && is_short(word)).then(|| (caption.to_owned(), media(file, name)))
}

/// `IMG-20231231-WA0001.jpg (file attached)`, in any language if the file is there; the caption is in the next lines.
fn in_brackets(raw: &str, directory: &Directory, folder: &str) -> Option<(String, Media)> {
    let (first, caption) = raw.split_once('\n').unwrap_or((raw, ""));
    let first = plain(first);
    let (name, word) = first.trim_end().strip_suffix(')')?.rsplit_once(" (")?;
    let name = name.trim();
    let file = there(directory, folder, name);
    let is_file = file.is_some()
        || ATTACHED.contains(&word.to_lowercase().as_str()) && names::extension(name).is_some();
    (is_file && is_short(word)).then(|| (caption.to_owned(), media(file, name)))
}

fn omitted(raw: &str) -> Option<(String, Media)> {
    let (first, caption) = raw.split_once('\n').unwrap_or((raw, ""));
    let said = plain(first).trim().to_lowercase();
    let is_known = OMITTED.contains(&said.as_str());
    let ends = || OMITTED_ENDS.iter().any(|end| said.ends_with(end));
    let is_said_so = || raw.starts_with(APP_MARK) && is_short(&said) && ends();
    if !(is_known || is_said_so()) {
        return None;
    }
    let kind = match said.split(' ').next().unwrap_or_default() {
        "image" | "imagen" | "imagem" | "bild" | "photo" => MediaKind::Image,
        "video" | "vídeo" | "vidéo" => MediaKind::Video,
        "audio" | "áudio" => MediaKind::Voice,
        "gif" => MediaKind::Animation,
        "sticker" => MediaKind::Sticker,
        _ => MediaKind::File,
    };
    let media = Media {
        file: None,
        name: String::new(),
        kind,
        mime: None,
        duration_ms: None,
        size: None,
    };
    Some((caption.to_owned(), media))
}

/// The file of this name in the chat's folder. A name with a slash is none that the app gives.
fn there(directory: &Directory, folder: &str, name: &str) -> Option<String> {
    let file = format!("{folder}{name}");
    (!name.contains('/') && directory.size(&file).is_some()).then_some(file)
}

fn media(file: Option<String>, name: &str) -> Media {
    let upper = name.to_uppercase();
    let is = |word: &str| upper.starts_with(&format!("{word}-")) || upper.contains(&format!("-{word}-"));
    let kind = match names::extension(name).as_deref() {
        Some("opus") => MediaKind::Voice,
        Some("webp") => MediaKind::Sticker,
        Some("jpg" | "jpeg" | "png" | "heic") => MediaKind::Image,
        Some("gif") => MediaKind::Animation,
        Some("mp4" | "mov" | "3gp") if is("GIF") => MediaKind::Animation,
        Some("mp4" | "mov" | "3gp" | "mkv") => MediaKind::Video,
        Some("m4a" | "mp3" | "aac" | "ogg" | "amr") if is("PTT") => MediaKind::Voice,
        Some("m4a" | "mp3" | "aac" | "ogg" | "amr" | "wav") => MediaKind::Audio,
        _ => MediaKind::File,
    };
    Media {
        file,
        name: label(names::split(name).1),
        kind,
        mime: None,
        duration_ms: None,
        size: None,
    }
}
