//! Pictures in boxes, HEIC and AVIF: ISO/IEC 23008-12. Items that are pictures stay, all others become zero.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Seek};

use super::StripError;
use super::film::forget_name;
use crate::boxes::{Area, Boxes};
use crate::cursor::Cursor;
use crate::limits::{DATA_MAX, ITEMS_MAX, PIECES_MAX};

/// Items that are pictures, or are made of others: coded ones, tiles, layers, tone maps.
const PICTURES: [&[u8; 4]; 13] = [
    b"hvc1", b"hvc2", b"hvt1", b"lhv1", b"av01", b"avc1", b"vvc1", b"jpeg", b"j2k1", b"grid", b"iovl",
    b"iden", b"tmap",
];

/// Properties that change how a picture is decoded or seen.
const PROPERTIES: [&[u8; 4]; 27] = [
    b"hvcC", b"av1C", b"avcC", b"vvcC", b"lhvC", b"jpgC", b"j2kH", b"ispe", b"pixi", b"colr", b"irot",
    b"imir", b"clap", b"pasp", b"auxC", b"lsel", b"a1op", b"a1lx", b"clli", b"mdcv", b"cclv", b"amve",
    b"ndwt", b"reve", b"rloc", b"oinf", b"tols",
];

/// An Exif item that says nothing: no offset, and an empty directory.
const EMPTY_EXIF: &[u8] = b"\0\0\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0";

/// Whether a box describes the items of a picture, and not a film.
pub(super) fn is_picture<S: Read + Seek>(boxes: &mut Boxes<'_, S>, meta: Area) -> Result<bool, StripError> {
    let Some(head) = boxes.head::<24>(meta)? else {
        return Ok(false);
    };
    // Its first box must be the handler's.
    Ok(head.get(8..12) == Some(b"hdlr") && head.get(20..24) == Some(b"pict"))
}

/// MED-15.
pub(super) fn strip<S: Read + Seek>(
    boxes: &mut Boxes<'_, S>,
    meta: Area,
    data: &[Area],
    has_film: bool,
) -> Result<(), StripError> {
    let mut items = Items::default();
    let mut places = None;
    let mut inner = Vec::new();
    // Version and flags come before the boxes.
    for area in boxes.list(meta.body.saturating_add(4), meta.end)? {
        match &area.name {
            b"hdlr" => forget_name(boxes, area),
            b"pitm" => items.first = item_id(&boxes.content(area)?).ok_or(StripError::Damaged)?,
            b"iinf" => items.read(boxes, area)?,
            b"iloc" => places = Some(boxes.content(area)?),
            b"iprp" => properties(boxes, area)?,
            b"idat" => inner.push(area),
            b"iref" | b"grpl" => {}
            _ => boxes.erase(area),
        }
    }
    if !items.pictures.contains(&items.first) {
        return Err(StripError::NotReached);
    }
    let places = places.ok_or(StripError::Damaged)?;
    if data.len().max(inner.len()) > DATA_MAX {
        return Err(StripError::TooManyParts);
    }
    let mut walk = Places {
        inner,
        data,
        kept: BTreeMap::new(),
        pieces: 0,
    };
    walk.read(boxes, &items, &places)?;
    // A film's samples are in the same data; without one, what belongs to no picture is nobody's.
    if !has_film {
        walk.zero_gaps(boxes, data, 0);
    }
    let inner = walk.inner.clone();
    walk.zero_gaps(boxes, &inner, 1);
    Ok(())
}

fn item_id(content: &[u8]) -> Option<u32> {
    let mut cursor = Cursor::new(content);
    let version = cursor.byte()?;
    cursor.take(3)?;
    if version == 0 {
        cursor.u16_be().map(u32::from)
    } else {
        cursor.u32_be()
    }
}

/// What the items are.
#[derive(Default)]
struct Items {
    first: u32,
    pictures: BTreeSet<u32>,
    exif: BTreeSet<u32>,
}

impl Items {
    fn read<S: Read + Seek>(&mut self, boxes: &mut Boxes<'_, S>, area: Area) -> Result<(), StripError> {
        let [version]: [u8; 1] = boxes.head(area)?.ok_or(StripError::Damaged)?;
        let count_length = if version == 0 { 2 } else { 4 };
        let start = area.body.saturating_add(4).saturating_add(count_length);
        for entry in boxes.list(start, area.end)? {
            let content = boxes.content(entry)?;
            self.entry(&content).ok_or(StripError::NotReached)?;
            // After the type come a name, and of other items more to read.
            let named = entry
                .body
                .saturating_add(if content.first() == Some(&2) { 12 } else { 14 });
            boxes.edits.zero(named, entry.end);
            if self.pictures.len() > ITEMS_MAX {
                return Err(StripError::TooManyParts);
            }
        }
        Ok(())
    }

    fn entry(&mut self, content: &[u8]) -> Option<()> {
        let mut cursor = Cursor::new(content);
        let version = cursor.byte()?;
        cursor.take(3)?;
        let id = match version {
            2 => u32::from(cursor.u16_be()?),
            3 => cursor.u32_be()?,
            _ => return None,
        };
        let protection = cursor.u16_be()?;
        let kind: [u8; 4] = cursor.array()?;
        if PICTURES.contains(&&kind) && protection == 0 {
            self.pictures.insert(id);
        } else if kind == *b"Exif" {
            self.exif.insert(id);
        }
        Some(())
    }
}

/// Properties of items: those that tell more than how to show them go. Items name them by number, so each keeps its
/// place.
fn properties<S: Read + Seek>(boxes: &mut Boxes<'_, S>, area: Area) -> Result<(), StripError> {
    for child in boxes.within(area)? {
        match &child.name {
            b"ipco" => {
                for property in boxes.within(child)? {
                    if !PROPERTIES.contains(&&property.name) {
                        boxes.erase(property);
                    }
                }
            }
            b"ipma" => {}
            _ => boxes.erase(child),
        }
    }
    Ok(())
}

/// Where the items are: ISO/IEC 14496-12, section 8.11.3.
struct Places<'a> {
    /// Data within the description, and those beside it.
    inner: Vec<Area>,
    data: &'a [Area],
    /// What stays, for each way to count offsets.
    kept: BTreeMap<u16, Vec<(u64, u64)>>,
    pieces: usize,
}

impl Places<'_> {
    fn read<S: Read + Seek>(
        &mut self,
        boxes: &mut Boxes<'_, S>,
        items: &Items,
        table: &[u8],
    ) -> Result<(), StripError> {
        let mut cursor = Cursor::new(table);
        let form = Form::read(&mut cursor).ok_or(StripError::Damaged)?;
        for _ in 0..form.count {
            let item = form.item(&mut cursor).ok_or(StripError::Damaged)?;
            if item.method > 1 || item.is_elsewhere {
                return Err(StripError::NotReached);
            }
            for piece in 0..item.pieces {
                self.pieces = self.pieces.saturating_add(1);
                if self.pieces > PIECES_MAX {
                    return Err(StripError::TooManyParts);
                }
                let (offset, length) = form.piece(&mut cursor).ok_or(StripError::Damaged)?;
                let place = self.place(&item, offset, length)?;
                if items.pictures.contains(&item.id) {
                    self.kept.entry(item.method).or_default().push(place);
                    continue;
                }
                boxes.edits.zero(place.0, place.1);
                let room = u64::try_from(EMPTY_EXIF.len()).unwrap_or(u64::MAX);
                if piece == 0 && items.exif.contains(&item.id) && length >= room {
                    boxes.edits.write(place.0, EMPTY_EXIF);
                }
            }
        }
        Ok(())
    }

    /// A piece within the file, which must lie in data.
    fn place(&self, item: &Item, offset: u64, length: u64) -> Result<(u64, u64), StripError> {
        let origin = if item.method == 0 {
            0
        } else {
            self.inner.first().map_or(0, |area| area.body)
        };
        let sum = |one: u64, other: u64| one.checked_add(other).ok_or(StripError::Damaged);
        let start = sum(sum(origin, item.base)?, offset)?;
        let end = sum(start, length)?;
        let areas = if item.method == 0 { self.data } else { &self.inner };
        let is_inside = areas.iter().any(|area| area.body <= start && end <= area.end);
        // No length means all there is, which nobody writes.
        if length == 0 || !is_inside {
            return Err(StripError::Damaged);
        }
        Ok((start, end))
    }

    /// What no picture names becomes zero.
    fn zero_gaps<S: Read + Seek>(&mut self, boxes: &mut Boxes<'_, S>, areas: &[Area], method: u16) {
        let kept = self.kept.entry(method).or_default();
        kept.sort_unstable();
        for area in areas {
            let mut at = area.body;
            let inside = kept
                .iter()
                .filter(|(start, end)| area.body <= *start && *end <= area.end);
            for (start, end) in inside {
                boxes.edits.zero(at, *start);
                at = at.max(*end);
            }
            boxes.edits.zero(at, area.end);
        }
    }
}

/// How the table is written.
struct Form {
    version: u8,
    offset: u8,
    length: u8,
    base: u8,
    index: u8,
    count: u32,
}

struct Item {
    id: u32,
    method: u16,
    is_elsewhere: bool,
    base: u64,
    pieces: u16,
}

impl Form {
    fn read(cursor: &mut Cursor<'_>) -> Option<Self> {
        let version = cursor.byte()?;
        cursor.take(3)?;
        let (sizes, more) = (cursor.byte()?, cursor.byte()?);
        let count = if version < 2 {
            u32::from(cursor.u16_be()?)
        } else {
            cursor.u32_be()?
        };
        (version <= 2).then_some(Self {
            version,
            offset: sizes >> 4,
            length: sizes & 15,
            base: more >> 4,
            index: if version == 0 { 0 } else { more & 15 },
            count,
        })
    }

    fn item(&self, cursor: &mut Cursor<'_>) -> Option<Item> {
        let id = if self.version < 2 {
            u32::from(cursor.u16_be()?)
        } else {
            cursor.u32_be()?
        };
        let method = if self.version == 0 {
            0
        } else {
            cursor.u16_be()? & 15
        };
        let is_elsewhere = cursor.u16_be()? != 0;
        let base = number(cursor, self.base)?;
        let pieces = cursor.u16_be()?;
        Some(Item {
            id,
            method,
            is_elsewhere,
            base,
            pieces,
        })
    }

    fn piece(&self, cursor: &mut Cursor<'_>) -> Option<(u64, u64)> {
        number(cursor, self.index)?;
        Some((number(cursor, self.offset)?, number(cursor, self.length)?))
    }
}

/// A number of so many bytes; none is zero.
fn number(cursor: &mut Cursor<'_>, length: u8) -> Option<u64> {
    let bytes = matches!(length, 0 | 4 | 8).then(|| cursor.take(usize::from(length)))??;
    Some(bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}
