//! Where the samples of a track are: ISO/IEC 14496-12, sections 8.7.3 to 8.7.5.

use std::io::{Read, Seek};

use super::StripError;
use crate::boxes::{Area, Boxes};
use crate::cursor::Cursor;
use crate::limits::CHUNKS_MAX;

/// The tables of a track.
#[derive(Default)]
pub(super) struct Tables {
    /// From which chunk on a chunk has how many samples.
    runs: Vec<u8>,
    sizes: Vec<u8>,
    /// Whether sizes have less than four bytes.
    is_compact: bool,
    places: Vec<u8>,
    place_length: usize,
    /// Whether samples have something beside them that tells how to read them.
    pub(super) has_auxiliary: bool,
}

impl Tables {
    pub(super) fn read<S: Read + Seek>(boxes: &mut Boxes<'_, S>, table: Area) -> Result<Self, StripError> {
        let mut tables = Self::default();
        for area in boxes.within(table)? {
            match &area.name {
                b"stsc" => tables.runs = boxes.content(area)?,
                b"stsz" => (tables.sizes, tables.is_compact) = (boxes.content(area)?, false),
                b"stz2" => (tables.sizes, tables.is_compact) = (boxes.content(area)?, true),
                b"stco" => (tables.places, tables.place_length) = (boxes.content(area)?, 4),
                b"co64" => (tables.places, tables.place_length) = (boxes.content(area)?, 8),
                b"saio" => tables.has_auxiliary = true,
                _ => {}
            }
        }
        Ok(tables)
    }

    /// The size that all samples have, if they have one.
    pub(super) fn same_size(&self) -> Option<u32> {
        match self.sizes() {
            Some(Sizes::Same { size, .. }) => Some(size),
            _ => None,
        }
    }

    /// Beginning and end of each chunk. `count` grows by their number.
    pub(super) fn chunks(&self, count: &mut usize) -> Result<Vec<(u64, u64)>, StripError> {
        let mut sizes = self.sizes().ok_or(StripError::Damaged)?;
        let (runs, _) = self.runs.get(8..).unwrap_or_default().as_chunks::<12>();
        let mut runs = runs.iter().map(|run| (be_u32(run, 0), be_u32(run, 4))).peekable();
        let mut samples = 0;
        let places = self.places.get(8..).unwrap_or_default();
        let mut found = Vec::new();
        for (place, number) in places.chunks_exact(self.place_length.max(1)).zip(1_u32..) {
            *count = count.saturating_add(1);
            if *count > CHUNKS_MAX {
                return Err(StripError::TooManyParts);
            }
            while let Some((_, count)) = runs.next_if(|(first, _)| *first <= number) {
                samples = count;
            }
            let start = place.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
            found.push((start, start.saturating_add(sizes.next(samples))));
        }
        Ok(found)
    }

    fn sizes(&self) -> Option<Sizes<'_>> {
        if self.sizes.is_empty() {
            return Some(Sizes::Same { size: 0, left: 0 });
        }
        let mut cursor = Cursor::new(&self.sizes);
        cursor.take(4)?;
        let (form, count) = (cursor.u32_be()?, cursor.u32_be()?);
        if self.is_compact {
            // The last of the four bytes says how many bits a size has.
            let bits = form & 0xff;
            return matches!(bits, 4 | 8 | 16).then(|| Sizes::Compact {
                bits,
                at: 0,
                count,
                bytes: cursor.rest(),
            });
        }
        if form > 0 {
            let (size, left) = (form, count);
            return Some(Sizes::Same { size, left });
        }
        let (each, _) = cursor.rest().as_chunks::<4>();
        Some(Sizes::Each(each.iter()))
    }
}

/// The sizes of all samples in turn.
enum Sizes<'a> {
    Same {
        size: u32,
        left: u32,
    },
    Each(std::slice::Iter<'a, [u8; 4]>),
    Compact {
        bits: u32,
        at: u32,
        count: u32,
        bytes: &'a [u8],
    },
}

impl Sizes<'_> {
    /// How long the next samples are together.
    fn next(&mut self, samples: u32) -> u64 {
        match self {
            Self::Same { size, left } => {
                let taken = samples.min(*left);
                *left = left.saturating_sub(taken);
                u64::from(*size).saturating_mul(u64::from(taken))
            }
            Self::Each(sizes) => {
                let some = sizes.by_ref().take(crate::cursor::length(samples));
                some.map(|size| u64::from(u32::from_be_bytes(*size))).sum()
            }
            Self::Compact {
                bits,
                at,
                count,
                bytes,
            } => {
                let last = at.saturating_add(samples).min(*count);
                let sum = (*at..last).map_while(|place| compact(bytes, *bits, place)).sum();
                *at = last;
                sum
            }
        }
    }
}

/// A size of 4, 8 or 16 bits at a place in their list. None beyond its end.
fn compact(bytes: &[u8], bits: u32, place: u32) -> Option<u64> {
    let place = crate::cursor::length(place);
    match bits {
        4 => {
            let byte = bytes.get(place / 2)?;
            let size = if place.is_multiple_of(2) {
                byte >> 4
            } else {
                byte & 15
            };
            Some(u64::from(size))
        }
        8 => bytes.get(place).map(|size| u64::from(*size)),
        _ => {
            let start = place.checked_mul(2)?;
            let size: [u8; 2] = crate::cursor::array(bytes, start)?;
            Some(u64::from(u16::from_be_bytes(size)))
        }
    }
}

fn be_u32(bytes: &[u8; 12], at: usize) -> u32 {
    crate::cursor::array(bytes, at).map_or(0, u32::from_be_bytes)
}
