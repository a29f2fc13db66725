//! Whether opening a file needs a word of warning.

use std::collections::BTreeSet;

use crate::{Group, Kind};

/// Why somebody should think before opening a file; the gravest comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Warning {
    /// The content is a program, a script or a shortcut, whatever its name says.
    ProgramByContent,
    /// The system runs files with such a name, whatever is in them.
    ProgramByName,
    /// The name has a harmless ending before the one that counts.
    DoubleEnding,
    /// The name holds letters that turn, hide or push away a part of it.
    HiddenLetters,
    /// The ending promises something else than what the content is.
    OtherContent,
    /// The document brings macros, or is of a format that may.
    Macros,
    /// A page or picture with scripts in it, as browsers understand them.
    Scripts,
    /// A disc image or archive of a kind that systems open without marking what is in it as foreign.
    DiscImage,
}

/// Endings of files that some system runs, follows or installs when they are opened.
const RUN: &[&str] = &[
    "exe",
    "com",
    "scr",
    "pif",
    "bat",
    "cmd",
    "msi",
    "msp",
    "mst",
    "msix",
    "msixbundle",
    "appx",
    "appxbundle",
    "appinstaller",
    "application",
    "appref-ms",
    "cpl",
    "dll",
    "ocx",
    "sys",
    "drv",
    "gadget",
    "hta",
    "inf",
    "ins",
    "isp",
    "jar",
    "jnlp",
    "js",
    "jse",
    "vbs",
    "vbe",
    "vb",
    "wsf",
    "wsh",
    "wsc",
    "ws",
    "sct",
    "ps1",
    "ps1xml",
    "ps2",
    "psc1",
    "psc2",
    "psd1",
    "psm1",
    "msh",
    "reg",
    "rgs",
    "lnk",
    "url",
    "scf",
    "library-ms",
    "search-ms",
    "searchconnector-ms",
    "settingcontent-ms",
    "website",
    "theme",
    "themepack",
    "diagcab",
    "diagcfg",
    "chm",
    "hlp",
    "msc",
    "job",
    "xll",
    "wll",
    "xbap",
    "xnk",
    "mcl",
    "apk",
    "xapk",
    "apkm",
    "apks",
    "aab",
    "dex",
    "ipa",
    "app",
    "action",
    "command",
    "tool",
    "workflow",
    "osx",
    "pkg",
    "mpkg",
    "prefpane",
    "terminal",
    "webloc",
    "inetloc",
    "fileloc",
    "scpt",
    "scptd",
    "applescript",
    "dylib",
    "kext",
    "sh",
    "bash",
    "zsh",
    "csh",
    "ksh",
    "fish",
    "run",
    "bin",
    "elf",
    "out",
    "so",
    "ko",
    "deb",
    "rpm",
    "flatpakref",
    "flatpak",
    "snap",
    "appimage",
    "desktop",
    "py",
    "pyc",
    "pyw",
    "pyz",
    "pl",
    "rb",
    "php",
    "lua",
    "tcl",
    "class",
    "swf",
    "crx",
    "xpi",
    "air",
    "iqy",
    "oqy",
    "dqy",
    "slk",
    "rdp",
    "one",
    "onepkg",
];

/// Endings of documents that may bring macros.
const MACROS: &[&str] = &[
    "docm", "dotm", "xlsm", "xltm", "xlam", "xlsb", "pptm", "potm", "ppam", "ppsm", "sldm", "doc", "dot",
    "xls", "xlt", "xla", "ppt", "pot", "pps", "ppa", "mdb", "accdb", "accde", "accdr", "ade", "adp", "pub",
    "odb",
];

const DISCS: &[&str] = &["iso", "img", "udf", "dmg", "vhd", "vhdx", "vmdk", "cab"];

const SCRIPTED: &[&str] = &[
    "html", "htm", "xhtml", "xht", "mht", "mhtml", "shtml", "svg", "svgz", "xml", "xsl", "xslt",
];

/// Endings that people take for harmless, and the group that they promise.
const HARMLESS: &[(&str, Group)] = &[
    ("jpg", Group::Image),
    ("jpeg", Group::Image),
    ("png", Group::Image),
    ("gif", Group::Image),
    ("webp", Group::Image),
    ("heic", Group::Image),
    ("avif", Group::Image),
    ("bmp", Group::Image),
    ("tif", Group::Image),
    ("tiff", Group::Image),
    ("mp4", Group::Video),
    ("mov", Group::Video),
    ("m4v", Group::Video),
    ("mkv", Group::Video),
    ("webm", Group::Video),
    ("avi", Group::Video),
    ("mp3", Group::Audio),
    ("m4a", Group::Audio),
    ("wav", Group::Audio),
    ("ogg", Group::Audio),
    ("opus", Group::Audio),
    ("flac", Group::Audio),
    ("pdf", Group::Document),
    ("txt", Group::Document),
    ("doc", Group::Document),
    ("docx", Group::Document),
    ("xls", Group::Document),
    ("xlsx", Group::Document),
    ("ppt", Group::Document),
    ("pptx", Group::Document),
    ("odt", Group::Document),
    ("rtf", Group::Document),
    ("csv", Group::Document),
    ("epub", Group::Document),
    ("zip", Group::Archive),
    ("rar", Group::Archive),
    ("7z", Group::Archive),
];

/// What to say before a file of this kind and name is opened; nothing for most files (MED-02, MED-03).
///
/// A file is judged for every system, because it may be passed on to any.
#[must_use]
pub fn advice(kind: Kind, name: &str) -> Vec<Warning> {
    let mut warnings = BTreeSet::new();
    let endings = endings(name);
    let last = endings.last().map_or("", String::as_str);
    let is_macro = kind == Kind::OfficeWithMacros;
    if kind.is_dangerous() && !is_macro {
        warnings.insert(Warning::ProgramByContent);
    }
    if RUN.contains(&last) || has_stream(name) {
        warnings.insert(Warning::ProgramByName);
    }
    let before = endings.iter().rev().nth(1);
    let is_bad = RUN.contains(&last) || MACROS.contains(&last) || SCRIPTED.contains(&last);
    if is_bad && before.is_some_and(|before| promise(before).is_some()) {
        warnings.insert(Warning::DoubleEnding);
    }
    if has_hidden_letters(name) {
        warnings.insert(Warning::HiddenLetters);
    }
    if promise(last).is_some_and(|group| is_broken(group, kind)) {
        warnings.insert(Warning::OtherContent);
    }
    if is_macro || kind == Kind::OldOffice || MACROS.contains(&last) {
        warnings.insert(Warning::Macros);
    }
    if kind.has_scripts() || SCRIPTED.contains(&last) {
        warnings.insert(Warning::Scripts);
    }
    if matches!(kind, Kind::DiscImage | Kind::Cabinet) || DISCS.contains(&last) {
        warnings.insert(Warning::DiscImage);
    }
    warnings.into_iter().collect()
}

fn promise(ending: &str) -> Option<Group> {
    let known = HARMLESS.iter().find(|(harmless, _)| *harmless == ending);
    known.map(|(_, group)| *group)
}

/// Whether the content is not of the group that the ending promises. Sound and film share containers, and what is
/// unknown may be a format that we don't know.
fn is_broken(promised: Group, kind: Kind) -> bool {
    let is_moving = |group| matches!(group, Group::Audio | Group::Video);
    let group = kind.group();
    kind != Kind::Unknown
        && group != promised
        && !(is_moving(promised) && is_moving(group))
        && kind != Kind::OfficeWithMacros
}

/// The endings of a name as the most generous system reads them: without dots and spaces at the end, in small letters,
/// and without letters that can't be seen.
fn endings(name: &str) -> Vec<String> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let seen: String = name.chars().filter(|letter| !is_hidden(*letter)).collect();
    // What follows a colon is a part of the file on Windows, and is looked at apart.
    let stem = seen.split(':').next().unwrap_or_default();
    let end = |letter: char| letter == '.' || letter.is_whitespace();
    let stem = stem.trim_end_matches(end).to_lowercase();
    stem.split(['.', '\u{ff0e}', '\u{3002}', '\u{2024}'])
        .skip(1)
        .map(|ending| ending.trim().to_owned())
        .collect()
}

/// A colon in a name opens another stream of a file on Windows: "a.txt:b.exe".
fn has_stream(name: &str) -> bool {
    name.split(':').skip(1).any(|stream| {
        let ending = stream.rsplit('.').next().unwrap_or_default();
        RUN.contains(&ending.to_lowercase().as_str())
    })
}

fn has_hidden_letters(name: &str) -> bool {
    // Spaces push an ending out of sight.
    name.contains("      ") || name.chars().any(|letter| is_hidden(letter) && !is_joiner(letter))
}

/// Scripts and emoji need these two.
fn is_joiner(letter: char) -> bool {
    matches!(letter, '\u{200c}' | '\u{200d}')
}

/// Letters that turn the direction of those around them, or that can't be seen.
fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}
