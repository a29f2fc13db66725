//! Emojis as words: each stands for itself, and is found without the colour of its skin too.

use super::{Parts, Shape};

/// Most characters that are joined into one emoji.
const JOINED_MAX: usize = 32;
const JOINER: char = '\u{200d}';
const KEYCAP: char = '\u{20e3}';

/// Reads the emoji that comes next, in all forms under which it is found; nothing when there is none.
pub(super) fn read(parts: &mut Parts) -> Option<Vec<(String, Shape)>> {
    let first = parts.ahead(0)?;
    keycap(parts, first)
        .or_else(|| flag(parts, first))
        .or_else(|| picture(parts, first))
}

fn keycap(parts: &mut Parts, first: char) -> Option<Vec<(String, Shape)>> {
    let key = match first {
        '0'..='9' => first,
        // The index knows no words with these.
        '#' => '\u{ff03}',
        '*' => '\u{ff0a}',
        _ => return None,
    };
    let is_dressed = parts.ahead(1).is_some_and(is_selector);
    let length = 2_usize.saturating_add(usize::from(is_dressed));
    if parts.ahead(length.saturating_sub(1)) != Some(KEYCAP) {
        return None;
    }
    parts.advance(length);
    Some(vec![(format!("{key}{KEYCAP}"), Shape::Emoji)])
}

fn flag(parts: &mut Parts, first: char) -> Option<Vec<(String, Shape)>> {
    let second = parts.ahead(1)?;
    if !is_flag_letter(first) || !is_flag_letter(second) {
        return None;
    }
    parts.advance(2);
    Some(vec![(format!("{first}{second}"), Shape::Emoji)])
}

fn picture(parts: &mut Parts, first: char) -> Option<Vec<(String, Shape)>> {
    let is_dressed = parts.ahead(1) == Some('\u{fe0f}');
    if !is_picture(first) && (!is_dressed || !is_picture_when_dressed(first)) {
        return None;
    }
    let (mut plain, mut exact) = (String::from(first), String::from(first));
    let mut is_joined = false;
    parts.advance(1);
    for _ in 0..JOINED_MAX {
        match (parts.ahead(0), parts.ahead(1)) {
            (Some(selector), _) if is_selector(selector) => parts.advance(1),
            (Some(tone @ '\u{1f3fb}'..='\u{1f3ff}'), _) => {
                exact.push(tone);
                parts.advance(1);
            }
            (Some(tag @ '\u{e0020}'..='\u{e007f}'), _) => {
                plain.push(tag);
                exact.push(tag);
                parts.advance(1);
            }
            (Some(JOINER), Some(next)) if is_picture(next) => {
                plain.extend([JOINER, next]);
                exact.extend([JOINER, next]);
                is_joined = true;
                parts.advance(2);
            }
            _ => break,
        }
    }
    let mut forms = Vec::new();
    if exact != plain {
        forms.push((plain, Shape::Kin));
    }
    forms.push((exact, Shape::Emoji));
    if is_joined {
        forms.push((first.to_string(), Shape::Kin));
    }
    Some(forms)
}

fn is_selector(character: char) -> bool {
    matches!(character, '\u{fe0e}' | '\u{fe0f}')
}

fn is_flag_letter(character: char) -> bool {
    matches!(character, '\u{1f1e6}'..='\u{1f1ff}')
}

/// Characters that are pictures whatever follows. What becomes an emoji in later years is among the last.
fn is_picture(character: char) -> bool {
    matches!(character,
        '\u{2194}'..='\u{2199}' | '\u{21a9}' | '\u{21aa}' | '\u{231a}' | '\u{231b}' | '\u{2328}' | '\u{23cf}'
        | '\u{23e9}'..='\u{23f3}' | '\u{23f8}'..='\u{23fa}' | '\u{25aa}' | '\u{25ab}' | '\u{25b6}' | '\u{25c0}'
        | '\u{25fb}'..='\u{25fe}' | '\u{2600}'..='\u{2775}' | '\u{2794}'..='\u{27bf}' | '\u{2934}' | '\u{2935}'
        | '\u{2b05}'..='\u{2b07}' | '\u{2b1b}' | '\u{2b1c}' | '\u{2b50}' | '\u{2b55}' | '\u{3030}' | '\u{303d}'
        | '\u{1f000}'..='\u{1f0ff}' | '\u{1f18e}' | '\u{1f191}'..='\u{1f19a}' | '\u{1f200}'..='\u{1faff}')
}

/// Characters that are letters or signs, unless they are told to be pictures.
fn is_picture_when_dressed(character: char) -> bool {
    matches!(
        character,
        '\u{a9}'
            | '\u{ae}'
            | '\u{203c}'
            | '\u{2049}'
            | '\u{2122}'
            | '\u{2139}'
            | '\u{24c2}'
            | '\u{3297}'
            | '\u{3299}'
            | '\u{1f170}'
            | '\u{1f171}'
            | '\u{1f17e}'
            | '\u{1f17f}'
    )
}
