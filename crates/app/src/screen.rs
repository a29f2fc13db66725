//! All that is printed goes through here: results to stdout, the rest to stderr, and nothing of a peer's unwashed.
//!
//! A reader that goes away (`xchat chats | head -1`) is no failure: what is left unsaid then is left unsaid.

use std::io::{IsTerminal, Write, stderr, stdin, stdout};

use serde::Serialize;

use crate::failure::{Failure, FailureBody};

/// A line of the result.
pub(crate) fn line(text: impl AsRef<str>) {
    let mut out = stdout().lock();
    let _gone = writeln!(out, "{}", text.as_ref()).and_then(|()| out.flush());
}

/// Text of the result without an end of line.
pub(crate) fn part(text: impl AsRef<str>) {
    let mut out = stdout().lock();
    let _gone = write!(out, "{}", text.as_ref()).and_then(|()| out.flush());
}

/// A result as one line of JSON.
pub(crate) fn json(value: &impl Serialize) {
    if let Ok(text) = serde_json::to_string(value) {
        line(text);
    }
}

/// Something to know that is no result.
pub(crate) fn note(text: impl AsRef<str>) {
    let _gone = writeln!(stderr().lock(), "xchat: {}", text.as_ref());
}

/// A failure, as one line.
pub(crate) fn failure(failure: &Failure, as_json: bool) {
    if as_json {
        let body = FailureBody {
            error: failure.clone(),
        };
        if let Ok(text) = serde_json::to_string(&body) {
            let _gone = writeln!(stderr().lock(), "{text}");
        }
    } else {
        note(failure.to_string());
    }
}

/// Whether a person sits at both ends.
pub(crate) fn is_interactive() -> bool {
    stdin().is_terminal() && stdout().is_terminal()
}

/// A peer's text as a terminal may show it: control characters could move the cursor, rename the window or worse, and
/// direction marks could turn the line around.
pub(crate) fn washed(text: &str) -> String {
    let washed = |letter: char| match letter {
        '\n' | '\t' => letter,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        letter if letter.is_control() => '\u{fffd}',
        letter => letter,
    };
    text.chars().map(washed).collect()
}

/// The same in one line of at most `length_max` characters.
pub(crate) fn glimpse(text: &str, length_max: usize) -> String {
    let flat = washed(text).split_whitespace().collect::<Vec<_>>().join(" ");
    match flat.char_indices().nth(length_max) {
        Some((end, _)) => format!("{}...", flat.get(..end).unwrap_or_default()),
        None => flat,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cli_03_a_message_cannot_drive_the_terminal() {
        assert_eq!(
            washed("a\u{1b}]0;owned\u{7}b\u{9b}31m"),
            "a\u{fffd}]0;owned\u{fffd}b\u{fffd}31m"
        );
        assert_eq!(washed("\u{202e}live\r\n\tok"), "\u{fffd}live\u{fffd}\n\tok");
        assert_eq!(washed("سلام، كيف الحال؟ 👋"), "سلام، كيف الحال؟ 👋");
    }

    #[test]
    fn a_glimpse_is_one_short_line() {
        assert_eq!(glimpse("one\n two", 20), "one two");
        assert_eq!(glimpse("ééééé", 3), "ééé...");
    }
}
