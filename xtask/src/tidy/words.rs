//! Rule: some words stand nowhere in the tree: promises to do it later, and talk of how it was written.

use super::{Finding, Source};

/// What a word may be part of.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// As it is written here, with no letter or digit beside it.
    Exact,
    /// The same, in capitals or not.
    AnyCase,
    /// At the start of a path.
    Path,
}

const WORDS: [(&str, Place); 9] = [
    ("TODO", Place::Exact),
    ("FIXME", Place::Exact),
    ("XXX", Place::Exact),
    ("dbg!", Place::Exact),
    ("AI-generated", Place::AnyCase),
    ("as an AI", Place::AnyCase),
    ("claude", Place::AnyCase),
    ("gpt", Place::AnyCase),
    ("/work/", Place::Path),
];

/// Written by tools, or by lawyers.
const NOT_OUR_WORDS: [&str; 2] = ["Cargo.lock", "LICENSE-APACHE"];

/// The one file that has to name them.
const THIS_FILE: &str = "xtask/src/tidy/words.rs";

pub(crate) fn check(source: &Source) -> Vec<Finding> {
    if source.path() == THIS_FILE || NOT_OUR_WORDS.contains(&source.name()) || source.is_below("vectors") {
        return Vec::new();
    }
    let lines = source.text().lines().zip(1..);
    let banned = lines.flat_map(|(line, number)| words_in(line).map(move |word| (number, word)));
    banned
        .map(|(number, word)| Finding::error(source, number, format!("the word {word} is banned")))
        .collect()
}

fn words_in(line: &str) -> impl Iterator<Item = &'static str> {
    let lower = line.to_ascii_lowercase();
    WORDS
        .into_iter()
        .filter(move |(word, place)| match place {
            Place::Exact => stands_alone(line, word),
            Place::AnyCase => stands_alone(&lower, &word.to_ascii_lowercase()),
            Place::Path => line
                .match_indices(word)
                .any(|(start, _)| !ends_in_name(line.get(..start))),
        })
        .map(|(word, _)| word)
}

fn stands_alone(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(start, _)| {
        let follows = line
            .get(start + word.len()..)
            .and_then(|rest| rest.chars().next());
        !ends_in_name(line.get(..start)) && !follows.is_some_and(char::is_alphanumeric)
    })
}

fn ends_in_name(before: Option<&str>) -> bool {
    before
        .and_then(|text| text.chars().next_back())
        .is_some_and(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<usize> {
        check(&Source::new("docs/a.md", text))
            .into_iter()
            .map(|finding| finding.line)
            .collect()
    }

    #[test]
    fn every_banned_word_is_found() {
        for (word, _) in WORDS {
            assert_eq!(found(&format!("fine\nhere: {word} b\n")), [2], "{word}");
        }
    }

    #[test]
    fn capitals_hide_nothing_in_talk() {
        assert_eq!(found("Claude\nGPT-9\nai-Generated\n"), [1, 2, 3]);
    }

    #[test]
    fn ordinary_words_are_allowed() {
        assert_eq!(
            found("a session, a user agent, todo lists, mastodon, XXXX, /home/network/work\n"),
            [0; 0]
        );
        assert_eq!(
            found("https://example.org/frame/work/1 and nawork/work/b\n"),
            [0; 0]
        );
    }

    #[test]
    fn locks_and_vectors_are_not_our_words() {
        assert!(check(&Source::new("Cargo.lock", "TODO")).is_empty());
        assert!(check(&Source::new("crates/proto/tests/vectors/a.json", "TODO")).is_empty());
    }
}
