//! Words: what of a text is found by searching, and what of it a search means (docs/spec/search.md).
//!
//! The index of messages holds words as this makes them, and an entry can only be taken out of it by the very words
//! that were put in. So whatever changes here changes [`VERSION`], and the index is built anew.
//!
//! NOT its concern: where the index is, and which messages are in it.

mod emoji;
mod letters;
mod query;

use letters::Class;

pub use query::Terms;

/// Which words these are: another version makes others of the same text.
pub const VERSION: i64 = 1;

/// Longer words are cut into several, in letters.
const WORD_LETTERS_MAX: usize = 64;
/// Most characters that are looked at as one.
const CLUSTER_MAX: usize = 32;
/// What stands before the words that say where a message is from. No text has it in its words.
pub(crate) const TAG: char = '\u{e000}';

/// How a word is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Letters and digits, up to what isn't.
    Letters,
    /// One character of a script that doesn't part its words.
    Sign,
    /// An emoji, as exactly as it was written.
    Emoji,
    /// The same emoji less exactly: without the colour of its skin, or the first of several that are joined.
    Kin,
}

/// A word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// As it stands in the index.
    pub text: String,
    /// Where it begins in the text, in bytes.
    pub from: usize,
    /// Where it ends, in bytes.
    pub to: usize,
    /// How it is searched.
    pub shape: Shape,
}

/// The words of a text, in their order.
pub fn of(text: &str) -> Vec<Word> {
    let mut parts = Parts {
        characters: text.char_indices().collect(),
        at: 0,
    };
    let mut words = Vec::new();
    let mut open: Option<(Word, usize)> = None;
    while let Some(from) = parts.position() {
        if let Some(forms) = emoji::read(&mut parts) {
            words.extend(open.take().map(|(word, _)| word));
            let to = parts.position().unwrap_or(text.len());
            words.extend(forms.into_iter().map(|(text, shape)| Word {
                text,
                from,
                to,
                shape,
            }));
            continue;
        }
        let cluster = parts.cluster();
        let to = parts.position().unwrap_or(text.len());
        for letter in letters::normal(&cluster).chars() {
            match letters::class(letter) {
                Class::Nothing => {}
                Class::Break => words.extend(open.take().map(|(word, _)| word)),
                Class::Sign => {
                    words.extend(open.take().map(|(word, _)| word));
                    words.push(Word {
                        text: letter.to_string(),
                        from,
                        to,
                        shape: Shape::Sign,
                    });
                }
                Class::Letter => {
                    if open
                        .as_ref()
                        .is_some_and(|(_, length)| *length >= WORD_LETTERS_MAX)
                    {
                        words.extend(open.take().map(|(word, _)| word));
                    }
                    let (word, length) = open.get_or_insert_with(|| (Word::empty(from), 0));
                    word.text.push(letter);
                    word.to = to;
                    *length = length.saturating_add(1);
                }
            }
        }
    }
    words.extend(open.map(|(word, _)| word));
    words
}

impl Word {
    fn empty(from: usize) -> Self {
        Self {
            text: String::new(),
            from,
            to: from,
            shape: Shape::Letters,
        }
    }
}

/// The words as one string, for the index.
pub(crate) fn joined(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    for word in of(text) {
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(&word.text);
    }
    joined
}

/// Whether a text has an address in it that can be opened.
pub(crate) fn has_link(text: &str) -> bool {
    let begins = |address: &str| {
        text.match_indices(address).any(|(at, _)| {
            let before = text.get(..at).and_then(|before| before.chars().next_back());
            !before.is_some_and(char::is_alphanumeric)
        })
    };
    begins("https://") || begins("http://") || begins("www.")
}

/// A text, character by character.
struct Parts {
    characters: Vec<(usize, char)>,
    at: usize,
}

impl Parts {
    /// Where the next character is, in bytes; nothing at the end.
    fn position(&self) -> Option<usize> {
        self.characters.get(self.at).map(|(from, _)| *from)
    }

    /// The character so many after the next.
    fn ahead(&self, count: usize) -> Option<char> {
        let at = self.at.saturating_add(count);
        self.characters.get(at).map(|(_, character)| *character)
    }

    fn advance(&mut self, count: usize) {
        self.at = self.at.saturating_add(count).min(self.characters.len());
    }

    /// The next character with all that is written upon it.
    fn cluster(&mut self) -> String {
        let mut cluster = String::new();
        while let Some(character) = self.ahead(0) {
            let is_full = cluster.chars().nth(CLUSTER_MAX).is_some();
            if !cluster.is_empty() && (is_full || !letters::joins(character)) {
                break;
            }
            cluster.push(character);
            self.advance(1);
        }
        cluster
    }
}

#[cfg(test)]
mod tests;
