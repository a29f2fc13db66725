//! What is known of a film or a sound without decoding it.

use std::io::{Read, Seek};

use crate::boxes::{Area, Boxes};
use crate::cursor::{Cursor, array};
use crate::elements::{Element, Elements, id};
use crate::{Kind, StripError};

/// How long something is, and how large it is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Facts {
    /// In milliseconds; recordings that were written as they came often don't say.
    pub duration_ms: Option<u64>,
    /// Width and height in points, turned as it is shown; a sound has none.
    pub size: Option<(u32, u32)>,
}

/// What a film, a sound in boxes, or a picture in boxes says of itself (MED-40). It is a claim: it may be any number.
///
/// Nothing for kinds that we can't read, and for files that are damaged.
pub fn facts<S: Read + Seek>(source: &mut S, kind: Kind) -> Option<Facts> {
    let read = match kind {
        Kind::Mp4 | Kind::QuickTime | Kind::M4a => film(source),
        Kind::Heic | Kind::Avif => picture(source),
        Kind::WebM | Kind::Matroska => webm(source),
        _ => return None,
    };
    read.ok()
}

fn film<S: Read + Seek>(source: &mut S) -> Result<Facts, StripError> {
    let mut boxes = Boxes::new(source)?;
    let (top, _) = boxes.top()?;
    let film = top
        .into_iter()
        .find(|area| area.name == *b"moov")
        .ok_or(StripError::Damaged)?;
    let mut facts = Facts::default();
    let (mut scale, mut whole, mut fragments) = (0, None, None);
    for area in boxes.within(film)? {
        match &area.name {
            b"mvhd" => (scale, whole) = times(&boxes.content(area)?).ok_or(StripError::Damaged)?,
            b"mvex" => {
                if let Some(header) = boxes.child(area, b"mehd")? {
                    fragments = versioned(&boxes.content(header)?, 4);
                }
            }
            b"trak" if facts.size.is_none() => facts.size = shown_size(&mut boxes, area)?,
            _ => {}
        }
    }
    let ticks = whole.filter(|ticks| *ticks > 0).or(fragments);
    facts.duration_ms = ticks.and_then(|ticks| milliseconds(ticks, scale));
    Ok(facts)
}

/// Ticks of a second, and ticks in all.
fn times(content: &[u8]) -> Option<(u32, Option<u64>)> {
    let after_times = if content.first()? == &1 { 20 } else { 12 };
    let scale = u32::from_be_bytes(array(content, after_times)?);
    Some((scale, versioned(content, after_times.checked_add(4)?)))
}

/// A number of eight bytes in the first version, else of four; one of ones only says that nobody knows.
fn versioned(content: &[u8], at: usize) -> Option<u64> {
    if content.first()? == &1 {
        Some(u64::from_be_bytes(array(content, at)?)).filter(|number| *number != u64::MAX)
    } else {
        let number = u32::from_be_bytes(array(content, at)?);
        (number != u32::MAX).then(|| u64::from(number))
    }
}

fn milliseconds(ticks: u64, scale: u32) -> Option<u64> {
    let thousandths = u128::from(ticks).checked_mul(1_000)?;
    u64::try_from(thousandths.checked_div(u128::from(scale))?).ok()
}

/// The size of a track that is seen, which may lie on its side.
fn shown_size<S: Read + Seek>(
    boxes: &mut Boxes<'_, S>,
    track: Area,
) -> Result<Option<(u32, u32)>, StripError> {
    let Some(header) = boxes.child(track, b"tkhd")? else {
        return Ok(None);
    };
    let content = boxes.content(header)?;
    Ok(size_and_turn(&content))
}

fn size_and_turn(content: &[u8]) -> Option<(u32, u32)> {
    let matrix = if content.first()? == &1 { 52 } else { 40 };
    let mut cursor = Cursor::new(content.get(matrix..)?);
    let mut parts = [0; 9];
    for part in &mut parts {
        *part = cursor.u32_be()?;
    }
    // Whole points and fractions of them.
    let (width, height) = (cursor.u32_be()? >> 16, cursor.u32_be()? >> 16);
    let [a, b, _, c, d, ..] = parts;
    let is_on_its_side = a == 0 && d == 0 && b != 0 && c != 0;
    let size = if is_on_its_side {
        (height, width)
    } else {
        (width, height)
    };
    (width > 0 && height > 0).then_some(size)
}

fn picture<S: Read + Seek>(source: &mut S) -> Result<Facts, StripError> {
    let mut boxes = Boxes::new(source)?;
    let (top, _) = boxes.top()?;
    let meta = top
        .into_iter()
        .find(|area| area.name == *b"meta")
        .ok_or(StripError::Damaged)?;
    let (mut first, mut properties, mut names) = (None, Vec::new(), Vec::new());
    for area in boxes.list(meta.body.saturating_add(4), meta.end)? {
        match &area.name {
            b"pitm" => first = first_item(&boxes.content(area)?),
            b"iprp" => {
                for child in boxes.within(area)? {
                    match &child.name {
                        b"ipco" => properties = boxes.within(child)?,
                        b"ipma" => names = boxes.content(child)?,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    let numbers = first
        .and_then(|first| properties_of(&names, first))
        .unwrap_or_default();
    let (mut size, mut is_on_its_side) = (None, false);
    for number in numbers {
        let Some(property) = number.checked_sub(1).and_then(|at| properties.get(at)) else {
            continue;
        };
        let content: Option<[u8; 12]> = boxes.head(*property)?;
        match (&property.name, content) {
            (b"ispe", Some(content)) => {
                size = array(&content, 4)
                    .zip(array(&content, 8))
                    .map(|(width, height)| (u32::from_be_bytes(width), u32::from_be_bytes(height)));
            }
            (b"irot", _) => {
                is_on_its_side = boxes
                    .content(*property)?
                    .first()
                    .is_some_and(|turn| turn & 1 == 1)
            }
            _ => {}
        }
    }
    let size = size.map(|(width, height)| {
        if is_on_its_side {
            (height, width)
        } else {
            (width, height)
        }
    });
    Ok(Facts {
        duration_ms: None,
        size,
    })
}

fn first_item(content: &[u8]) -> Option<u32> {
    match content.first()? {
        0 => array(content, 4).map(u16::from_be_bytes).map(u32::from),
        _ => array(content, 4).map(u32::from_be_bytes),
    }
}

/// The numbers of an item's properties, counted from one: ISO/IEC 23008-12, section 9.3.
fn properties_of(content: &[u8], item: u32) -> Option<Vec<usize>> {
    let mut cursor = Cursor::new(content);
    let (version, flags) = (cursor.byte()?, cursor.take(3)?);
    let is_wide = flags.last()? & 1 == 1;
    let count = cursor.u32_be()?;
    for _ in 0..count {
        let id = if version == 0 {
            u32::from(cursor.u16_be()?)
        } else {
            cursor.u32_be()?
        };
        let mut numbers = Vec::new();
        for _ in 0..cursor.byte()? {
            // The highest bit says that it is essential.
            let number = if is_wide {
                cursor.u16_be()? & 0x7fff
            } else {
                u16::from(cursor.byte()? & 0x7f)
            };
            numbers.push(usize::from(number));
        }
        if id == item {
            return Some(numbers);
        }
    }
    None
}

fn webm<S: Read + Seek>(source: &mut S) -> Result<Facts, StripError> {
    let mut elements = Elements::new(source)?;
    let segment = elements.segment()?;
    let mut facts = Facts::default();
    let (mut at, mut has_info, mut has_tracks) = (segment.body, false, false);
    while !(has_info && has_tracks) {
        let Some(element) = elements.element(at, segment.end)? else {
            break;
        };
        at = element.end;
        match element.id {
            id::INFO => {
                has_info = true;
                facts.duration_ms = duration(&mut elements, element)?;
            }
            id::TRACKS => {
                has_tracks = true;
                facts.size = seen_size(&mut elements, element)?;
            }
            _ if !element.is_sized => break,
            _ => {}
        }
    }
    if has_info || has_tracks {
        Ok(facts)
    } else {
        Err(StripError::Damaged)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a float becomes the nearest number, and never wraps"
)]
fn duration<S: Read + Seek>(
    elements: &mut Elements<'_, S>,
    info: Element,
) -> Result<Option<u64>, StripError> {
    let (mut scale, mut ticks) = (1_000_000, None);
    for element in elements.within(info)? {
        let content = elements.number(element)?;
        match element.id {
            id::TIMESTAMP_SCALE => scale = unsigned(&content),
            id::DURATION => ticks = float(&content),
            _ => {}
        }
    }
    let milliseconds = ticks.map(|ticks| ticks * scale as f64 / 1e6);
    let sensible = milliseconds.filter(|number| number.is_finite() && *number >= 0.0 && *number < 1e15);
    Ok(sensible.map(|number| number.round() as u64))
}

fn seen_size<S: Read + Seek>(
    elements: &mut Elements<'_, S>,
    tracks: Element,
) -> Result<Option<(u32, u32)>, StripError> {
    for track in elements.within(tracks)? {
        if track.id != id::TRACK {
            continue;
        }
        let parts = elements.within(track)?;
        let Some(video) = parts.into_iter().find(|part| part.id == id::VIDEO) else {
            continue;
        };
        let (mut width, mut height) = (0, 0);
        for part in elements.within(video)? {
            let number = u32::try_from(unsigned(&elements.number(part)?)).unwrap_or(0);
            match part.id {
                id::PIXEL_WIDTH => width = number,
                id::PIXEL_HEIGHT => height = number,
                _ => {}
            }
        }
        return Ok((width > 0 && height > 0).then_some((width, height)));
    }
    Ok(None)
}

fn unsigned(content: &[u8]) -> u64 {
    content.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

fn float(content: &[u8]) -> Option<f64> {
    match content.len() {
        4 => array(content, 0).map(f32::from_be_bytes).map(f64::from),
        8 => array(content, 0).map(f64::from_be_bytes),
        _ => None,
    }
}
