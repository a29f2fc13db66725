//! The 24 words: shown once, and asked for at three places.

use crate::entropy;
use crate::failure::Failure;

/// How many are asked for.
pub(crate) const ASKED: usize = 3;
const COLUMNS: usize = 4;

/// The words in numbered columns, read downwards.
pub(crate) fn columns(words: &[String]) -> String {
    let rows = words.len().div_ceil(COLUMNS);
    let width = words.iter().map(String::len).max().unwrap_or(0);
    let cell = |row: usize, column: usize| {
        let place = column * rows + row;
        words
            .get(place)
            .map(|word| format!("  {:>2}  {word:<width$}", place + 1))
    };
    let line = |row| {
        (0..COLUMNS)
            .filter_map(|column| cell(row, column))
            .collect::<String>()
    };
    (0..rows)
        .map(|row| line(row).trim_end().to_owned() + "\n")
        .collect()
}

/// Three different places, counted from zero, in order.
///
/// # Errors
/// When the system has no randomness.
pub(crate) fn places(count: usize) -> Result<Vec<usize>, Failure> {
    let mut free: Vec<usize> = (0..count).collect();
    let mut chosen = Vec::new();
    for byte in entropy::bytes::<ASKED>()? {
        if !free.is_empty() {
            chosen.push(free.remove(usize::from(byte) % free.len()));
        }
    }
    chosen.sort_unstable();
    Ok(chosen)
}

/// Whether what was typed is the word.
pub(crate) fn is_same(typed: &str, word: &str) -> bool {
    typed.trim().to_lowercase() == word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_in_numbered_columns() {
        let words: Vec<String> = (1..=24).map(|number| format!("word{number}")).collect();
        let shown = columns(&words);
        let lines: Vec<_> = shown.lines().collect();
        assert_eq!(lines.len(), 6);
        assert_eq!(lines[0], "   1  word1    7  word7   13  word13  19  word19");
        assert_eq!(lines[5], "   6  word6   12  word12  18  word18  24  word24");
    }

    #[test]
    fn three_different_places_are_asked_for() {
        for _ in 0..50 {
            let places = places(24).unwrap();
            assert_eq!(places.len(), 3);
            assert!(places.is_sorted_by(|one, other| one < other));
            assert!(places.iter().all(|place| *place < 24));
        }
        assert_eq!(places(2).unwrap(), [0, 1]);
    }

    #[test]
    fn a_word_is_read_as_people_type_it() {
        assert!(is_same(" Apple\n", "apple"));
        assert!(!is_same("appl", "apple"));
    }
}
