//! Boxes: ISO/IEC 14496-12, section 4. Films, and pictures of phones, are made of them.
//!
//! Only boxes that are known to hold boxes are entered, so no file decides how deep a walk goes. Boxes beside each
//! other never overlap, so no byte is read more often than the walk is deep.

use std::io::{Read, Seek};

use crate::StripError;
use crate::cursor::{Cursor, array};
use crate::edit::{Edits, Source};
use crate::limits::{BOXES_MAX, TABLE_BYTES_MAX};

/// A box: where it begins, where its content does, and where it ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Area {
    pub(crate) name: [u8; 4],
    pub(crate) start: u64,
    pub(crate) body: u64,
    pub(crate) end: u64,
}

/// Reads boxes of a file, and collects what is to be changed in it.
pub(crate) struct Boxes<'a, S> {
    pub(crate) source: Source<'a, S>,
    pub(crate) edits: Edits,
    count: usize,
}

impl<'a, S: Read + Seek> Boxes<'a, S> {
    pub(crate) fn new(source: &'a mut S) -> Result<Self, StripError> {
        Ok(Self {
            source: Source::new(source)?,
            edits: Edits::default(),
            count: 0,
        })
    }

    /// The boxes of the file, and where they end: what follows is no box.
    pub(crate) fn top(&mut self) -> Result<(Vec<Area>, u64), StripError> {
        let end = self.source.length();
        self.boxes(0, end, true)
    }

    /// The boxes in a part of the file. QuickTime ends some lists with a zero, and what follows the last box of a list
    /// is nothing that anybody reads: it becomes zero.
    pub(crate) fn list(&mut self, start: u64, end: u64) -> Result<Vec<Area>, StripError> {
        let (found, rest) = self.boxes(start, end, false)?;
        if end.saturating_sub(rest) >= 8 && self.source.read(rest, end, 4)? != [0; 4] {
            return Err(StripError::Damaged);
        }
        self.edits.zero(rest, end);
        Ok(found)
    }

    /// The boxes in another.
    pub(crate) fn within(&mut self, area: Area) -> Result<Vec<Area>, StripError> {
        self.list(area.body, area.end)
    }

    /// The first box of a name in another.
    pub(crate) fn child(&mut self, area: Area, name: &[u8; 4]) -> Result<Option<Area>, StripError> {
        let children = self.within(area)?;
        Ok(children.into_iter().find(|child| child.name == *name))
    }

    fn boxes(&mut self, start: u64, end: u64, is_top: bool) -> Result<(Vec<Area>, u64), StripError> {
        let (mut found, mut at) = (Vec::new(), start);
        while let Some(area) = self.area(at, end, is_top)? {
            self.count = self.count.saturating_add(1);
            if self.count > BOXES_MAX {
                return Err(StripError::TooManyParts);
            }
            found.push(area);
            at = area.end;
        }
        Ok((found, at))
    }

    /// The box at a place, if there is one that ends where it may.
    fn area(&mut self, start: u64, end: u64, is_top: bool) -> Result<Option<Area>, StripError> {
        let head = self.source.read(start, end, 16)?;
        let mut cursor = Cursor::new(&head);
        let (Some(stated), Some(name)) = (cursor.u32_be(), cursor.array::<4>()) else {
            return Ok(None);
        };
        let mut head_length = 8;
        let size = match stated {
            0 if is_top => end.saturating_sub(start),
            1 => {
                head_length = 16;
                let Some(size) = cursor.array().map(u64::from_be_bytes) else {
                    return Ok(None);
                };
                size
            }
            _ => u64::from(stated),
        };
        let fits = start
            .checked_add(size)
            .filter(|last| *last <= end && size >= head_length);
        Ok(fits.map(|end| Area {
            name,
            start,
            body: start.saturating_add(head_length),
            end,
        }))
    }

    /// The content of a box that is small, or a table of a sensible size.
    pub(crate) fn content(&mut self, area: Area) -> Result<Vec<u8>, StripError> {
        if area.end.saturating_sub(area.body) > TABLE_BYTES_MAX {
            return Err(StripError::TooManyParts);
        }
        self.source.read(area.body, area.end, TABLE_BYTES_MAX)
    }

    /// The first bytes of the content of a box.
    pub(crate) fn head<const N: usize>(&mut self, area: Area) -> Result<Option<[u8; N]>, StripError> {
        let most = u64::try_from(N).unwrap_or(u64::MAX);
        let bytes = self.source.read(area.body, area.end, most)?;
        Ok(array(&bytes, 0))
    }

    /// A box that nobody is to read any more: its length stays, its name says that it is free, its content is zero.
    pub(crate) fn erase(&mut self, area: Area) {
        self.edits.write(area.start.saturating_add(4), b"free");
        self.edits.zero(area.body, area.end);
    }
}
