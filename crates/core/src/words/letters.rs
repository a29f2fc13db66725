//! Letters as they are compared: one for all ways of writing it.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// What a normal character does to words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// It stands in a word.
    Letter,
    /// It is a word.
    Sign,
    /// It parts words.
    Break,
    /// It is read over.
    Nothing,
}

/// Whether a character is written upon the one before it.
pub(super) fn joins(character: char) -> bool {
    // The later letters of a syllable of Hangul, and the marks of narrow kana.
    let is_later = matches!(character,
        '\u{1160}'..='\u{11ff}' | '\u{d7b0}'..='\u{d7ff}' | '\u{ff9e}' | '\u{ff9f}');
    is_later || is_combining_mark(character)
}

/// A character with its marks, as all ways of writing it are compared: of one width and form, in small letters, without
/// the marks that people leave out.
pub(super) fn normal(cluster: &str) -> String {
    let small = cluster
        .nfkc()
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase);
    let mut base = ' ';
    let mut normal = String::new();
    for character in small.nfkd() {
        if !is_combining_mark(character) {
            base = alike(character);
            match spelled(base) {
                Some(letters) => normal.push_str(letters),
                None => normal.push(base),
            }
        } else if counts(character, base) {
            normal.push(character);
        }
    }
    normal.nfc().collect()
}

/// Whether a mark makes another letter of its base, rather than showing how it is spoken.
fn counts(mark: char, base: char) -> bool {
    match mark {
        // й and ў, ї; ё is written е by most.
        '\u{306}' => matches!(base, 'и' | 'у'),
        '\u{308}' => base == 'і',
        '\u{654}' => matches!(base, '\u{648}' | '\u{64a}'),
        '\u{300}'..='\u{36f}'
        | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}'
        | '\u{302a}'..='\u{302f}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{fe20}'..='\u{fe2f}'
        | '\u{e0100}'..='\u{e01ef}' => false,
        // Hebrew, Arabic, Syriac.
        '\u{591}'..='\u{5c7}'
        | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}'
        | '\u{670}'
        | '\u{6d6}'..='\u{6ed}'
        | '\u{730}'..='\u{74a}'
        | '\u{898}'..='\u{89f}'
        | '\u{8ca}'..='\u{8ff}' => false,
        _ => true,
    }
}

/// The letter that stands for all which people write for one another.
fn alike(letter: char) -> char {
    match letter {
        '\u{671}'..='\u{673}' | '\u{675}' => '\u{627}',
        '\u{649}' | '\u{6cc}' | '\u{6cd}' => '\u{64a}',
        '\u{6a9}' | '\u{6aa}' => '\u{643}',
        '\u{629}' | '\u{6c1}' | '\u{6c3}' | '\u{6d5}' => '\u{647}',
        'ł' => 'l',
        'ø' => 'o',
        'đ' => 'd',
        letter => digit(letter).unwrap_or(letter),
    }
}

/// Letters that are written as two where a keyboard lacks them.
fn spelled(letter: char) -> Option<&'static str> {
    match letter {
        'æ' => Some("ae"),
        'œ' => Some("oe"),
        _ => None,
    }
}

/// The first digits of the scripts that have their own.
const ZEROS: [u32; 19] = [
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0, 0xf20,
    0x1040, 0x17e0, 0x1810, 0xff10,
];

fn digit(letter: char) -> Option<char> {
    let number = u32::from(letter);
    let value = ZEROS
        .iter()
        .find_map(|zero| number.checked_sub(*zero).filter(|value| *value < 10))?;
    char::from_digit(value, 10)
}

/// What a normal character does to words.
pub(super) fn class(character: char) -> Class {
    if is_nothing(character) {
        Class::Nothing
    } else if !character.is_alphanumeric() && !is_combining_mark(character) {
        Class::Break
    } else if is_of_unparted_script(character) {
        Class::Sign
    } else {
        Class::Letter
    }
}

fn is_nothing(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{640}' | '\u{6e5}' | '\u{6e6}' | '\u{7fa}' | '\u{115f}' | '\u{1160}'
        | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180e}' | '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3099}' | '\u{309a}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}

/// Han, kana, bopomofo, Hangul, Thai, Lao, Myanmar, Khmer and their neighbours: where a word ends is not written.
fn is_of_unparted_script(character: char) -> bool {
    matches!(character,
        '\u{e01}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{11ff}' | '\u{1780}'..='\u{17ff}'
        | '\u{1950}'..='\u{19df}' | '\u{1a00}'..='\u{1aad}' | '\u{2e80}'..='\u{2fdf}' | '\u{3005}'..='\u{3007}'
        | '\u{3021}'..='\u{3029}' | '\u{3031}'..='\u{303c}' | '\u{3041}'..='\u{31bf}' | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{a4cf}' | '\u{a960}'..='\u{a97f}' | '\u{a9e0}'..='\u{a9ff}'
        | '\u{aa60}'..='\u{aadf}' | '\u{ac00}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}'
        | '\u{1aff0}'..='\u{1b16f}' | '\u{20000}'..='\u{3ffff}')
}
