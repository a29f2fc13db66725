//! What a search means: phrases that must all be in a text, and where they are in it.

use std::ops::Range;

use super::{Shape, TAG, Word, of};

/// The last word is only a beginning from so many letters on.
const BEGINNING_LETTERS_MIN: usize = 2;
/// Most phrases of a search; what follows is read over.
const PHRASES_MAX: usize = 32;

/// Words that stand one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Phrase {
    words: Vec<String>,
    /// Whether the last word may go on.
    is_beginning: bool,
}

/// What is searched for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Terms {
    phrases: Vec<Phrase>,
}

impl Terms {
    /// Reads what somebody typed: every word must be there, in any order; what stands in quotation marks must be
    /// there as it stands; the last word may be unfinished.
    pub fn of(text: &str) -> Self {
        let mut terms = Self::default();
        let mut quoted = text.split(['"', '\u{201c}', '\u{201d}', '«', '»']).peekable();
        let mut is_quoted = false;
        while let Some(part) = quoted.next() {
            let is_last = quoted.peek().is_none();
            if is_quoted && !is_last {
                terms.add(part, false);
            } else {
                let is_open = is_last && !part.ends_with(char::is_whitespace);
                let mut chunks = part.split_whitespace().peekable();
                while let Some(chunk) = chunks.next() {
                    terms.add(chunk, is_open && chunks.peek().is_none());
                }
            }
            is_quoted = !is_quoted;
        }
        terms.phrases.truncate(PHRASES_MAX);
        terms
    }

    /// Whether nothing is left of what was typed.
    pub fn is_empty(&self) -> bool {
        self.phrases.is_empty()
    }

    /// Words without a gap are a phrase; emojis stand for themselves.
    fn add(&mut self, chunk: &str, is_open: bool) {
        let mut words: Vec<String> = Vec::new();
        let mut is_beginning = false;
        for word in of(chunk) {
            match word.shape {
                Shape::Kin => {}
                Shape::Emoji => {
                    self.push(std::mem::take(&mut words), false);
                    self.push(vec![word.text], false);
                    is_beginning = false;
                }
                Shape::Letters | Shape::Sign => {
                    is_beginning = is_open
                        && word.shape == Shape::Letters
                        && word
                            .text
                            .chars()
                            .nth(BEGINNING_LETTERS_MIN.saturating_sub(1))
                            .is_some();
                    words.push(word.text);
                }
            }
        }
        self.push(words, is_beginning);
    }

    fn push(&mut self, words: Vec<String>, is_beginning: bool) {
        if !words.is_empty() {
            self.phrases.push(Phrase { words, is_beginning });
        }
    }

    /// What the index is asked: all phrases and tags. Words and tags hold no quotation marks.
    pub(crate) fn expression(&self, tags: &[String]) -> String {
        let phrases = self.phrases.iter().map(|phrase| {
            let star = if phrase.is_beginning { " *" } else { "" };
            format!("\"{}\"{star}", phrase.words.join(" "))
        });
        let tags = tags.iter().map(|tag| format!("\"{TAG}{tag}\""));
        phrases.chain(tags).collect::<Vec<_>>().join(" AND ")
    }

    /// Where the phrases are in a text, in bytes, in order and apart; nothing when one of them isn't there.
    pub fn marks(&self, text: &str) -> Option<Vec<Range<usize>>> {
        let words = of(text);
        let mut marks: Vec<Range<usize>> = Vec::new();
        for phrase in &self.phrases {
            let before = marks.len();
            for start in 0..words.len() {
                marks.extend(phrase.at(words.get(start..).unwrap_or_default()));
            }
            if marks.len() == before {
                return None;
            }
        }
        Some(merged(marks))
    }
}

impl Phrase {
    /// Where it is, when these words begin with it.
    fn at(&self, words: &[Word]) -> Option<Range<usize>> {
        let found = words.get(..self.words.len())?;
        let (last, others) = self.words.split_last()?;
        let (found_last, found_others) = found.split_last()?;
        let is_last = match self.is_beginning {
            true => found_last.text.starts_with(last.as_str()),
            false => found_last.text == *last,
        };
        let is_there = is_last
            && others
                .iter()
                .zip(found_others)
                .all(|(one, other)| *one == other.text);
        is_there.then(|| found.first().map_or(0, |word| word.from)..found_last.to)
    }
}

fn merged(mut marks: Vec<Range<usize>>) -> Vec<Range<usize>> {
    marks.sort_by_key(|mark| (mark.start, mark.end));
    let mut merged: Vec<Range<usize>> = Vec::new();
    for mark in marks {
        match merged.last_mut() {
            Some(last) if mark.start < last.end => last.end = last.end.max(mark.end),
            _ => merged.push(mark),
        }
    }
    merged
}
