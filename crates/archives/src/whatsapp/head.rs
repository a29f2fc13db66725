//! The head of a message: `[31/12/23, 23:59:01] ` or `31/12/2023, 11:59 PM - `, in many customs.
//!
//! Digits may be of any script. Direction marks stand anywhere and mean nothing; spaces may be narrow or not break.
//! Between and beside date and time stand words of many languages.

use super::dates::Date;
use crate::names::cut;
use crate::report::label;

/// The zeros of scripts whose digits telephones show.
const ZEROS: [char; 13] = ['٠', '۰', '०', '০', '੦', '૦', '୦', '௦', '౦', '೦', '൦', '๐', '၀'];

const BEFORE_NOON: [&str; 17] = [
    "am",
    "ص",
    "صباحا",
    "قظ",
    "上午",
    "早上",
    "凌晨",
    "清晨",
    "午前",
    "오전",
    "πμ",
    "पूर्वाह्न",
    "sa",
    "öö",
    "pg",
    "de",
    "dop",
];
const AFTER_NOON: [&str; 17] = [
    "pm",
    "م",
    "مساء",
    "بظ",
    "下午",
    "晚上",
    "中午",
    "傍晚",
    "午後",
    "오후",
    "μμ",
    "अपराह्न",
    "ch",
    "ös",
    "ptg",
    "du",
    "odp",
];

/// Words beside a time that say nothing of the half of the day.
const EMPTY_WORDS: [&str; 4] = ["", "uhr", "h", "hrs"];

/// No head is longer, in bytes.
const HEAD_BYTES_MAX: usize = 160;
const WORDS_MAX: usize = 24;
const NAME_BYTES_MAX: usize = 200;

/// What stands before a message, and the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head<'a> {
    pub(super) date: Date,
    /// Hour, minute and second, of 24 hours.
    pub(super) time: [u32; 3],
    /// In brackets, as iPhones write it.
    pub(super) is_bracketed: bool,
    /// A word beside the time that may say which half of the day it is.
    pub(super) unknown_word: Option<String>,
    pub(super) rest: &'a str,
}

impl<'a> Head<'a> {
    /// Reads the head of a line, if it has one.
    pub(super) fn read(line: &'a str) -> Option<Self> {
        let beginning = cut(line, HEAD_BYTES_MAX);
        let mut cursor = Cursor { rest: beginning };
        let is_bracketed = cursor.eat(|letter| letter == '[').is_some();
        let date = cursor.date()?;
        let before = cursor.words(|_| false)?;
        let hour = cursor.number(2)?;
        cursor.spaces();
        let colon = cursor.eat(|letter| matches!(letter, ':' | '.' | 'h' | '٫' | '時' | '시'))?;
        cursor.spaces();
        let minute = cursor.number(2)?;
        let mut after_second = Cursor { rest: cursor.rest };
        let mut second = 0;
        if after_second.eat(|letter| letter == colon).is_some()
            && let Some(number) = after_second.number(2)
        {
            second = number;
            cursor = after_second;
        }
        let after = cursor.words(|letter| matches!(letter, ']' | '-' | '\u{2013}'))?;
        let end = cursor.eat(|_| true)?;
        if is_bracketed != (end == ']') || !is_bracketed && !after.ends_with(' ') {
            return None;
        }
        if !is_bracketed {
            cursor.eat(|letter| letter == ' ')?;
        }
        let rest = line.get(beginning.len() - cursor.rest.len()..)?;
        let (after, before) = (word(&after), word(&before));
        let is_later = is_later(&after).or_else(|| is_later(&before));
        let hour = match is_later {
            Some(_) if hour > 12 => return None,
            Some(is_later) => hour % 12 + if is_later { 12 } else { 0 },
            None => hour,
        };
        let is_known = is_later.is_some() || EMPTY_WORDS.contains(&after.as_str());
        (hour < 24 && minute < 60 && second < 61).then(|| Self {
            date,
            time: [hour, minute, second],
            is_bracketed,
            unknown_word: (!is_known).then_some(after),
            rest: rest.strip_prefix(' ').unwrap_or(rest),
        })
    }

    /// The name before the first colon, and the message behind it, with its marks.
    pub(super) fn person(&self) -> Option<(String, &'a str)> {
        let (name, text) = match self.rest.find(": ") {
            Some(at) => (self.rest.get(..at)?, self.rest.get(at + 2..)?),
            None => (self.rest.strip_suffix(':')?, ""),
        };
        let name = plain(name);
        // Who isn't in the address book is shown so.
        let name = label(name.trim().trim_start_matches("~ ").trim_start_matches('~'));
        (!name.is_empty() && name.len() <= NAME_BYTES_MAX).then_some((name, text))
    }
}

/// Whether a word says that it is the later half of the day.
fn is_later(word: &str) -> Option<bool> {
    if AFTER_NOON.contains(&word) {
        Some(true)
    } else {
        BEFORE_NOON.contains(&word).then_some(false)
    }
}

/// A word without dots and spaces, in small letters: `p. m.` is `pm`.
fn word(text: &str) -> String {
    let letters = text
        .chars()
        .filter(|letter| letter.is_alphabetic() || is_joined(*letter));
    letters.flat_map(char::to_lowercase).collect()
}

/// Marks that belong to the letter before them.
fn is_joined(letter: char) -> bool {
    matches!(letter, '\u{900}'..='\u{903}' | '\u{93a}'..='\u{94f}' | '\u{64b}'..='\u{652}')
}

/// Marks of direction and order.
fn is_mark(letter: char) -> bool {
    matches!(
        letter,
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}' | '\u{feff}'
    )
}

fn spaced(letter: char) -> char {
    match letter {
        '\u{a0}' | '\u{202f}' | '\u{2007}' | '\u{2009}' => ' ',
        _ => letter,
    }
}

/// A text without marks, with plain spaces.
pub(super) fn plain(text: &str) -> String {
    text.chars()
        .filter(|letter| !is_mark(*letter))
        .map(spaced)
        .collect()
}

/// Goes along a line, over marks.
struct Cursor<'a> {
    rest: &'a str,
}

impl Cursor<'_> {
    fn peek(&mut self) -> Option<char> {
        let letter = self.rest.chars().next()?;
        if letter.is_ascii() {
            return Some(letter);
        }
        self.rest = self.rest.trim_start_matches(is_mark);
        self.rest.chars().next().map(spaced)
    }

    /// Takes the next letter if it is so.
    fn eat(&mut self, is_so: impl Fn(char) -> bool) -> Option<char> {
        let letter = self.peek().filter(|letter| is_so(*letter))?;
        let mut letters = self.rest.chars();
        letters.next();
        self.rest = letters.as_str();
        Some(letter)
    }

    fn spaces(&mut self) {
        while self.eat(|letter| letter == ' ').is_some() {}
    }

    /// Takes a number of at most so many digits, which no further digit follows.
    fn number(&mut self, digits_max: usize) -> Option<u32> {
        let mut number = None;
        for _ in 0..digits_max {
            let Some(letter) = self.eat(|letter| digit(letter).is_some()) else {
                break;
            };
            number = Some(number.unwrap_or(0) * 10 + digit(letter)?);
        }
        number.filter(|_| self.peek().and_then(digit).is_none())
    }

    fn date(&mut self) -> Option<Date> {
        let is_between = |letter| matches!(letter, '/' | '.' | '-' | '年' | '月' | '\u{2010}' | '\u{2011}');
        let first = self.number(4)?;
        self.eat(is_between)?;
        self.spaces();
        let second = self.number(2)?;
        self.eat(is_between)?;
        self.spaces();
        let third = self.number(4)?;
        Some([first, second, third])
    }

    /// Takes what stands between numbers, up to a digit or what ends it: letters, stops and spaces, at least one.
    fn words(&mut self, is_end: impl Fn(char) -> bool) -> Option<String> {
        let mut words = String::new();
        loop {
            let letter = self.peek()?;
            if is_end(letter) || digit(letter).is_some() && !words.is_empty() {
                return Some(words);
            }
            let is_word = letter.is_alphabetic()
                || is_joined(letter)
                || matches!(letter, ' ' | ',' | '.' | '،' | '、' | '\'');
            if !is_word || words.chars().count() >= WORDS_MAX {
                return None;
            }
            self.eat(|_| true);
            words.push(letter);
        }
    }
}

fn digit(letter: char) -> Option<u32> {
    if letter.is_ascii() {
        return letter.to_digit(10);
    }
    ZEROS.iter().find_map(|zero| {
        let digit = u32::from(letter).checked_sub(u32::from(*zero))?;
        (digit < 10).then_some(digit)
    })
}

#[cfg(test)]
mod tests;
