//! What a file is to people, and what it is called.

use xchat_core::content::MediaKind;
use xchat_media::{Group, Kind};
use xchat_proto::limits::FILE_NAME_BYTES_MAX;

/// What a file is called when its name says nothing.
const NAMELESS: &str = "file";
/// Endings are not longer than this; what is, is part of the name.
const ENDING_BYTES_MAX: usize = 16;

/// What a file is to people, by its content.
pub(crate) fn media_kind(kind: Kind, is_animated: bool) -> MediaKind {
    match (kind, kind.group()) {
        (Kind::Gif, _) => MediaKind::Gif,
        (Kind::Jpeg | Kind::Png | Kind::WebP, _) if is_animated => MediaKind::Gif,
        // What browsers show. Others would be an empty frame.
        (Kind::Jpeg | Kind::Png | Kind::WebP | Kind::Avif, _) => MediaKind::Photo,
        (Kind::Mp4 | Kind::QuickTime | Kind::WebM, _) => MediaKind::Video,
        (_, Group::Audio) if kind != Kind::Midi => MediaKind::Audio,
        _ => MediaKind::File,
    }
}

/// The endings that a kind of picture may have; the first is given to those that have another.
fn endings(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Jpeg => &["jpg", "jpeg", "jpe", "jfif"],
        Kind::Png => &["png", "apng"],
        Kind::WebP => &["webp"],
        Kind::Gif => &["gif"],
        _ => &[],
    }
}

/// Letters that turn, hide or push away a part of a name, or break a line.
fn is_deceiving(letter: char) -> bool {
    let marks = [
        '\u{200b}'..='\u{200f}',
        '\u{2028}'..='\u{202e}',
        '\u{2060}'..='\u{206f}',
    ];
    let is_mark = marks.iter().any(|marks| marks.contains(&letter));
    letter.is_control() || is_mark || matches!(letter, '\u{61c}' | '\u{feff}')
}

/// A name for others: without folders, without letters that deceive, with an ending that a picture may have.
pub(crate) fn told_name(given: &str, kind: Kind) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last.chars().filter(|letter| !is_deceiving(*letter)).collect();
    let plain = plain.trim().trim_end_matches('.');
    let (stem, ending) = match plain.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && ending.len() <= ENDING_BYTES_MAX => (stem, Some(ending)),
        _ => (plain, None),
    };
    let may_have = endings(kind);
    let fits = |ending: &str| may_have.iter().any(|own| own.eq_ignore_ascii_case(ending));
    let ending = match (may_have.first(), ending) {
        (Some(own), Some(ending)) if !fits(ending) => Some(*own),
        (Some(own), None) => Some(*own),
        (_, ending) => ending,
    };
    let ending = ending.map_or_else(String::new, |ending| format!(".{ending}"));
    let room = FILE_NAME_BYTES_MAX.saturating_sub(ending.len());
    let stem = cut(if stem.is_empty() { NAMELESS } else { stem }, room);
    format!("{stem}{ending}")
}

/// Names that mean devices on Windows.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// A name for a file of somebody else in a folder here: nothing of it leads elsewhere, hides it, or means a device.
pub fn own_name(told: &str) -> String {
    let last = told.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last
        .chars()
        .filter(|letter| !is_deceiving(*letter))
        .map(|letter| match letter {
            '<' | '>' | ':' | '"' | '|' | '?' | '*' => '_',
            letter => letter,
        })
        .collect();
    let plain = plain.trim_matches(|letter: char| letter == '.' || letter.is_whitespace());
    let stem = plain.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let is_port = (stem.starts_with("com") || stem.starts_with("lpt")) && stem.chars().count() == 4;
    let plain = match plain.is_empty() {
        true => NAMELESS,
        false => plain,
    };
    if DEVICES.contains(&stem.as_str()) || is_port {
        return cut(&format!("_{plain}"), FILE_NAME_BYTES_MAX).to_owned();
    }
    cut(plain, FILE_NAME_BYTES_MAX).to_owned()
}

/// A file's name, or the same with a number before its ending.
pub fn numbered(name: &str, number: u32) -> String {
    match (number, name.rsplit_once('.')) {
        (0 | 1, _) => name.to_owned(),
        (number, Some((stem, ending))) if !stem.is_empty() => format!("{stem} ({number}).{ending}"),
        (number, _) => format!("{name} ({number})"),
    }
}

/// As much of the beginning of a text as has so many bytes.
fn cut(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn med_65_names_tell_no_folders_and_deceive_nobody() {
        for (given, told) in [
            ("cat.jpg", "cat.jpg"),
            ("C:\\Users\\alice\\cat.jpg", "cat.jpg"),
            ("/home/alice/../cat.jpeg", "cat.jpeg"),
            ("cat.png", "cat.jpg"),
            ("cat", "cat.jpg"),
            (".jpg", ".jpg.jpg"),
            ("", "file.jpg"),
            ("../..", "file.jpg"),
            ("in\u{202e}gpj.jpg", "ingpj.jpg"),
            ("a\nb\u{0}.jpg", "ab.jpg"),
            ("صورة.JPG", "صورة.JPG"),
        ] {
            assert_eq!(told_name(given, Kind::Jpeg), told, "{given:?}");
        }
        assert_eq!(told_name("report.final.pdf", Kind::Pdf), "report.final.pdf");
        assert_eq!(told_name("notes", Kind::Text), "notes");
        let long = told_name(&format!("{}.jpg", "ü".repeat(300)), Kind::Jpeg);
        assert!(long.len() <= FILE_NAME_BYTES_MAX && long.ends_with("ü.jpg"));
    }

    #[test]
    fn med_65_names_of_others_stay_in_their_folder() {
        for (told, own) in [
            ("cat.jpg", "cat.jpg"),
            ("../../.bashrc", "bashrc"),
            ("..", "file"),
            ("/etc/passwd", "passwd"),
            ("C:\\x\\y.exe", "y.exe"),
            ("a:b?.txt", "a_b_.txt"),
            ("NUL", "_NUL"),
            ("com1.txt", "_com1.txt"),
            ("common.txt", "common.txt"),
            ("in\u{202e}gpj.exe", "ingpj.exe"),
            ("", "file"),
        ] {
            assert_eq!(own_name(told), own, "{told:?}");
        }
    }

    #[test]
    fn a_file_is_to_people_what_its_content_is() {
        assert_eq!(media_kind(Kind::Jpeg, false), MediaKind::Photo);
        assert_eq!(media_kind(Kind::WebP, true), MediaKind::Gif);
        assert_eq!(media_kind(Kind::Gif, false), MediaKind::Gif);
        assert_eq!(media_kind(Kind::Mp4, false), MediaKind::Video);
        assert_eq!(media_kind(Kind::Ogg, false), MediaKind::Audio);
        for other in [
            Kind::Svg,
            Kind::Heic,
            Kind::Html,
            Kind::Pdf,
            Kind::Elf,
            Kind::Matroska,
        ] {
            assert_eq!(media_kind(other, false), MediaKind::File);
        }
    }
}
