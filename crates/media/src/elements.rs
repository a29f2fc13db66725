//! Elements: EBML (RFC 8794), of which Matroska and WebM (RFC 9559) are made.

use std::io::{Read, Seek};

use crate::StripError;
use crate::cursor::Cursor;
use crate::edit::{Edits, Source};
use crate::limits::ELEMENTS_MAX;

/// Ids, as RFC 9559 lists them.
pub(crate) mod id {
    pub(crate) const HEADER: u32 = 0x1a45_dfa3;
    pub(crate) const SEGMENT: u32 = 0x1853_8067;
    pub(crate) const INFO: u32 = 0x1549_a966;
    pub(crate) const TRACKS: u32 = 0x1654_ae6b;
    pub(crate) const CLUSTER: u32 = 0x1f43_b675;
    pub(crate) const TIMESTAMP_SCALE: u32 = 0x2a_d7b1;
    pub(crate) const DURATION: u32 = 0x4489;
    pub(crate) const TRACK: u32 = 0xae;
    pub(crate) const VIDEO: u32 = 0xe0;
    pub(crate) const PIXEL_WIDTH: u32 = 0xb0;
    pub(crate) const PIXEL_HEIGHT: u32 = 0xba;
    pub(crate) const MUXING_APP: u32 = 0x4d80;
    pub(crate) const WRITING_APP: u32 = 0x5741;
}

/// An element: where it begins, where its content does, and where it ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Element {
    pub(crate) id: u32,
    pub(crate) start: u64,
    pub(crate) body: u64,
    pub(crate) end: u64,
    /// Whether it says how long it is. One that was written as it was recorded often doesn't.
    pub(crate) is_sized: bool,
}

/// Reads elements of a file, and collects what is to be changed in it.
pub(crate) struct Elements<'a, S> {
    pub(crate) source: Source<'a, S>,
    pub(crate) edits: Edits,
    count: usize,
}

impl<'a, S: Read + Seek> Elements<'a, S> {
    pub(crate) fn new(source: &'a mut S) -> Result<Self, StripError> {
        Ok(Self {
            source: Source::new(source)?,
            edits: Edits::default(),
            count: 0,
        })
    }

    /// The segment, which holds all that is played.
    pub(crate) fn segment(&mut self) -> Result<Element, StripError> {
        let end = self.source.length();
        let header = self
            .element(0, end)?
            .filter(|element| element.id == id::HEADER && element.is_sized);
        let header = header.ok_or(StripError::Damaged)?;
        let segment = self.element(header.end, end)?;
        segment
            .filter(|segment| segment.id == id::SEGMENT)
            .ok_or(StripError::Damaged)
    }

    /// The element at a place, if there is one that ends where it may.
    pub(crate) fn element(&mut self, start: u64, end: u64) -> Result<Option<Element>, StripError> {
        self.count = self.count.saturating_add(1);
        if self.count > ELEMENTS_MAX {
            return Err(StripError::TooManyParts);
        }
        let head = self.source.read(start, end, 12)?;
        let mut cursor = Cursor::new(&head);
        let Some((id, size)) = id_of(&mut cursor).zip(size_of(&mut cursor)) else {
            return Ok(None);
        };
        let used = head.len().saturating_sub(cursor.rest().len());
        let body = start.saturating_add(u64::try_from(used).unwrap_or(u64::MAX));
        let is_sized = size.is_some();
        let last = size.map_or(Some(end), |size| body.checked_add(size));
        Ok(last.filter(|last| *last <= end).map(|end| Element {
            id,
            start,
            body,
            end,
            is_sized,
        }))
    }

    /// The elements in another, which must fill it.
    pub(crate) fn within(&mut self, element: Element) -> Result<Vec<Element>, StripError> {
        let (mut found, mut at) = (Vec::new(), element.body);
        while at < element.end {
            let child = self.element(at, element.end)?.filter(|child| child.is_sized);
            let child = child.ok_or(StripError::Damaged)?;
            at = child.end;
            found.push(child);
        }
        Ok(found)
    }

    /// The content of an element that is a number, as bytes: at most eight.
    pub(crate) fn number(&mut self, element: Element) -> Result<Vec<u8>, StripError> {
        self.source.read(element.body, element.end, 8)
    }

    /// An element that nobody is to read any more: its length stays, but it is void, and its content is zero.
    pub(crate) fn erase(&mut self, element: Element) {
        let length = element.end.saturating_sub(element.start);
        let mut head = vec![0xec];
        match (length.checked_sub(9), length.checked_sub(2)) {
            (Some(rest), _) => head.extend((rest | 1 << 56).to_be_bytes()),
            (None, Some(rest)) => head.extend(u8::try_from(rest | 0x80)),
            (None, None) => {}
        }
        self.edits.write(element.start, &head);
        self.edits.zero(element.start, element.end);
    }
}

/// An id: as many bytes as its first says, and all its bits.
fn id_of(cursor: &mut Cursor<'_>) -> Option<u32> {
    let first = *cursor.rest().first()?;
    let length = usize::try_from(first.leading_zeros().saturating_add(1)).ok()?;
    let bytes = (length <= 4).then(|| cursor.take(length))??;
    Some(bytes.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
}

/// A size: as many bytes as its first says, without the bit that says so. One of ones only is no size.
#[expect(clippy::option_option, reason = "no size is told, or none can be read")]
fn size_of(cursor: &mut Cursor<'_>) -> Option<Option<u64>> {
    let first = *cursor.rest().first()?;
    let length = first.leading_zeros().saturating_add(1);
    let bytes = (length <= 8).then(|| cursor.take(usize::try_from(length).unwrap_or(8)))??;
    let all = bytes.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    let mask = (1_u64 << length.saturating_mul(7)).saturating_sub(1);
    let size = all & mask;
    Some((size != mask).then_some(size))
}
