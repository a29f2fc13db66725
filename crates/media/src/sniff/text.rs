//! What a text is: much of what can run is written by hand.

use crate::Kind;
use crate::limits::TEXT_HEAD_BYTES;

/// Beginnings, in small letters, of texts that a system runs or follows.
const BEGINNINGS: [(&str, Kind); 12] = [
    ("#!", Kind::Script),
    ("@echo", Kind::Script),
    ("<?php", Kind::Script),
    ("regedit4", Kind::Script),
    ("windows registry editor", Kind::Script),
    ("[internetshortcut", Kind::Shortcut),
    ("[desktop entry]", Kind::Shortcut),
    ("[{000214a0", Kind::Shortcut),
    ("%pdf-", Kind::Pdf),
    ("begin:vcard", Kind::VCard),
    ("begin:vcalendar", Kind::Calendar),
    ("{\\rt", Kind::RichText),
];

/// What makes a browser take a text for a page (WHATWG MIME Sniffing, section 7.1).
const TAGS: [&str; 19] = [
    "<!doctype",
    "<html",
    "<head",
    "<script",
    "<iframe",
    "<h1",
    "<div",
    "<font",
    "<table",
    "<a",
    "<style",
    "<title",
    "<b",
    "<body",
    "<br",
    "<p",
    "<!--",
    "<meta",
    "<form",
];

/// The kind of a text, if it is one.
pub(super) fn kind(bytes: &[u8]) -> Option<Kind> {
    let head = head(bytes);
    if !is_text(head) {
        return None;
    }
    let mut text = String::from_utf8_lossy(without_mark(head)).to_ascii_lowercase();
    if is_wide(head) {
        // Every other letter, which is enough for beginnings in ASCII.
        text.retain(|letter| letter != '\0' && letter != '\u{fffd}');
    }
    let text = text.trim_start();
    let begins = BEGINNINGS
        .iter()
        .find(|(beginning, _)| text.starts_with(beginning));
    if let Some((_, kind)) = begins {
        return Some(*kind);
    }
    Some(if !text.starts_with('<') {
        Kind::Text
    } else if text.contains("<svg") && !is_page(text) {
        Kind::Svg
    } else if is_page(text) || text.contains("<html") {
        Kind::Html
    } else {
        Kind::Xml
    })
}

fn is_page(text: &str) -> bool {
    let is_tag = |tag: &&str| {
        let rest = text.strip_prefix(*tag);
        rest.is_some_and(|rest| !rest.starts_with(|next: char| next.is_alphanumeric()))
    };
    let is_picture = text.starts_with("<!doctype svg") || text.starts_with("<!--") && text.contains("<svg");
    !is_picture && TAGS.iter().any(is_tag)
}

/// Whether bytes are text: UTF-8 or UTF-16 without control letters that no text has.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    let head = head(bytes);
    if is_wide(head) {
        return true;
    }
    let whole = match std::str::from_utf8(head) {
        Ok(_) => true,
        // Cut in the middle of a letter.
        Err(error) => error.error_len().is_none(),
    };
    let is_control =
        |byte: &u8| byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b);
    whole && !head.is_empty() && !head.iter().any(is_control)
}

fn is_wide(head: &[u8]) -> bool {
    head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff")
}

fn without_mark(head: &[u8]) -> &[u8] {
    head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head)
}

fn head(bytes: &[u8]) -> &[u8] {
    bytes.get(..TEXT_HEAD_BYTES).unwrap_or(bytes)
}
