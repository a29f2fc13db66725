//! Films in boxes: MP4 (ISO/IEC 14496-12 and -14) and QuickTime.
//!
//! What is known to be needed to play stays; all other boxes become free space. Tracks that are neither picture, sound
//! nor text, such as the places that cameras write down every second, go with their samples, and so does what lies
//! between the samples of the others.

use std::io::{Read, Seek};

use super::samples::Tables;
use super::{StripError, heif};
use crate::boxes::{Area, Boxes};
use crate::cursor::array;
use crate::edit::Patch;
use crate::limits::DATA_MAX;

/// Kinds of tracks that stay: picture, sound, subtitles of all kinds, and layers of pictures.
const HANDLERS: [&[u8; 4]; 8] = [
    b"vide", b"soun", b"sbtl", b"subt", b"text", b"clcp", b"auxv", b"pict",
];

/// MED-14.
pub(super) fn patches<S: Read + Seek>(source: &mut S) -> Result<Vec<Patch>, StripError> {
    let mut boxes = Boxes::new(source)?;
    let (top, end) = boxes.top()?;
    let has = |name: &[u8; 4]| top.iter().any(|area| area.name == *name);
    // A film in one piece, or what follows the beginning of one.
    let is_whole = has(b"moov") && (has(b"mdat") || has(b"moof"));
    let is_picture = has(b"meta") && (has(b"mdat") || !has(b"moov"));
    if !is_whole && !is_picture {
        return Err(StripError::Damaged);
    }
    if end < boxes.source.length() {
        boxes.edits.cut(end);
    }
    let mut walk = Walk {
        data: top.iter().copied().filter(|area| area.name == *b"mdat").collect(),
        has_fragments: has(b"moof"),
        boxes,
        pieces: 0,
        kept_pieces: 0,
        kept: Vec::new(),
        tracks: 0,
        has_picture: false,
        has_auxiliary: false,
    };
    for area in &top {
        walk.top(*area, has(b"moov"))?;
    }
    if walk.tracks == 0 && !walk.has_picture {
        return Err(StripError::Damaged);
    }
    walk.zero_gaps()?;
    Ok(walk.boxes.edits.into_patches())
}

struct Walk<'a, S> {
    boxes: Boxes<'a, S>,
    /// Where the coded data are.
    data: Vec<Area>,
    has_fragments: bool,
    /// Chunks of the tracks that go, and of those that stay.
    pieces: usize,
    kept_pieces: usize,
    kept: Vec<Chunk>,
    tracks: usize,
    has_picture: bool,
    /// Whether there is something beside the samples that tells how to read them.
    has_auxiliary: bool,
}

/// Samples that stay, one after the other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Chunk {
    start: u64,
    end: u64,
    /// Whether it may reach up to the next.
    is_open: bool,
}

impl<S: Read + Seek> Walk<'_, S> {
    fn top(&mut self, area: Area, has_film: bool) -> Result<(), StripError> {
        match &area.name {
            b"ftyp" | b"styp" | b"mdat" | b"sidx" | b"ssix" | b"pdin" | b"mfra" => Ok(()),
            b"moov" => self.film(area),
            b"moof" => self.fragment(area),
            b"meta" if !self.has_picture && heif::is_picture(&mut self.boxes, area)? => {
                self.has_picture = true;
                heif::strip(&mut self.boxes, area, &self.data, has_film)
            }
            _ => {
                self.boxes.erase(area);
                Ok(())
            }
        }
    }

    fn film(&mut self, film: Area) -> Result<(), StripError> {
        for area in self.boxes.within(film)? {
            match &area.name {
                b"mvhd" => self.forget_times(area)?,
                b"trak" => self.track(area)?,
                b"mvex" => self.keep_only(area, &[b"mehd", b"trex", b"leva"])?,
                b"iods" => {}
                // A film packed whole: what it tells can't be reached where it stands.
                b"cmov" => return Err(StripError::NotReached),
                _ => self.boxes.erase(area),
            }
        }
        Ok(())
    }

    fn track(&mut self, track: Area) -> Result<(), StripError> {
        let children = self.boxes.within(track)?;
        let media = children.iter().find(|child| child.name == *b"mdia").copied();
        let handler = match media {
            Some(media) => self.handler(media)?,
            None => None,
        };
        let Some(handler) = handler.filter(|handler| HANDLERS.contains(&handler)) else {
            return self.drop_track(track, media);
        };
        self.tracks = self.tracks.saturating_add(1);
        for area in children {
            match &area.name {
                b"tkhd" => self.forget_times(area)?,
                b"mdia" => self.media(area, handler)?,
                b"edts" => self.keep_only(area, &[b"elst"])?,
                b"tapt" => self.keep_only(area, &[b"clef", b"prof", b"enof"])?,
                b"tref" => {}
                _ => self.boxes.erase(area),
            }
        }
        Ok(())
    }

    fn handler(&mut self, media: Area) -> Result<Option<[u8; 4]>, StripError> {
        let Some(area) = self.boxes.child(media, b"hdlr")? else {
            return Ok(None);
        };
        let head: Option<[u8; 12]> = self.boxes.head(area)?;
        Ok(head.and_then(|head| array(&head, 8)))
    }

    fn media(&mut self, media: Area, handler: [u8; 4]) -> Result<(), StripError> {
        for area in self.boxes.within(media)? {
            match &area.name {
                b"mdhd" => self.forget_times(area)?,
                b"hdlr" => forget_name(&mut self.boxes, area),
                b"minf" => self.media_information(area, handler)?,
                b"elng" => {}
                _ => self.boxes.erase(area),
            }
        }
        Ok(())
    }

    fn media_information(&mut self, information: Area, handler: [u8; 4]) -> Result<(), StripError> {
        for area in self.boxes.within(information)? {
            match &area.name {
                b"vmhd" | b"smhd" | b"nmhd" | b"sthd" | b"gmhd" => {}
                b"hdlr" => forget_name(&mut self.boxes, area),
                b"dinf" => self.references(area)?,
                b"stbl" => self.samples(area, handler)?,
                _ => self.boxes.erase(area),
            }
        }
        Ok(())
    }

    /// Where data are, if not here: QuickTime writes paths there.
    fn references(&mut self, information: Area) -> Result<(), StripError> {
        for area in self.boxes.within(information)? {
            if area.name != *b"dref" {
                self.boxes.erase(area);
                continue;
            }
            // The list begins after version and count.
            for entry in self.boxes.list(area.body.saturating_add(8), area.end)? {
                // Version and flags say that the data are here.
                let start = entry.body.saturating_add(4).min(entry.end);
                self.boxes.edits.zero(start, entry.end);
            }
        }
        Ok(())
    }

    fn samples(&mut self, table: Area, handler: [u8; 4]) -> Result<(), StripError> {
        if !self.has_fragments {
            let tables = Tables::read(&mut self.boxes, table)?;
            // Old sound has samples of one byte that stand for more.
            let is_open = handler == *b"soun" && tables.same_size() == Some(1);
            self.has_auxiliary |= tables.has_auxiliary;
            let chunks = tables.chunks(&mut self.kept_pieces)?;
            let chunks = chunks
                .into_iter()
                .map(|(start, end)| Chunk { start, end, is_open });
            self.kept.extend(chunks);
        }
        for area in self.boxes.within(table)? {
            match &area.name {
                b"stsd" => self.forget_coder(area, handler)?,
                b"stts" | b"ctts" | b"cslg" | b"stss" | b"stps" | b"stsc" | b"stsz" | b"stz2" | b"stco"
                | b"co64" | b"sbgp" | b"sgpd" | b"sdtp" | b"subs" | b"saiz" | b"saio" | b"padb" | b"stdp"
                | b"stsh" => {}
                _ => self.boxes.erase(area),
            }
        }
        Ok(())
    }

    fn fragment(&mut self, fragment: Area) -> Result<(), StripError> {
        for area in self.boxes.within(fragment)? {
            match &area.name {
                b"mfhd" => {}
                b"traf" => self.keep_only(
                    area,
                    &[
                        b"tfhd", b"tfdt", b"trun", b"sbgp", b"sgpd", b"sdtp", b"subs", b"saiz", b"saio",
                        b"senc",
                    ],
                )?,
                _ => self.boxes.erase(area),
            }
        }
        Ok(())
    }

    fn keep_only(&mut self, area: Area, names: &[&[u8; 4]]) -> Result<(), StripError> {
        for child in self.boxes.within(area)? {
            if !names.contains(&&child.name) {
                self.boxes.erase(child);
            }
        }
        Ok(())
    }

    /// When it was made and changed: two numbers at the beginning.
    fn forget_times(&mut self, area: Area) -> Result<(), StripError> {
        let [version]: [u8; 1] = self.boxes.head(area)?.ok_or(StripError::Damaged)?;
        let start = area.body.saturating_add(4);
        let length = if version == 1 { 16 } else { 8 };
        let end = start.saturating_add(length);
        if end > area.end {
            return Err(StripError::Damaged);
        }
        self.boxes.edits.zero(start, end);
        Ok(())
    }

    /// Who made the coder and what it calls itself, in each description of samples: cameras put their names there.
    fn forget_coder(&mut self, area: Area, handler: [u8; 4]) -> Result<(), StripError> {
        // The list begins after version and count.
        for entry in self.boxes.list(area.body.saturating_add(8), area.end)? {
            let place = |at: u64| entry.body.saturating_add(at).min(entry.end);
            if matches!(&handler, b"vide" | b"soun") {
                self.boxes.edits.zero(place(12), place(16));
            }
            if matches!(&handler, b"vide" | b"auxv" | b"pict") {
                self.boxes.edits.zero(place(42), place(74));
            }
        }
        Ok(())
    }

    /// A track with its samples.
    fn drop_track(&mut self, track: Area, media: Option<Area>) -> Result<(), StripError> {
        if self.has_fragments {
            // Its samples are wherever fragments say, and nobody taught us to follow them.
            return Err(StripError::NotReached);
        }
        if let Some(media) = media {
            self.drop_samples(media)?;
        }
        self.boxes.erase(track);
        Ok(())
    }

    fn drop_samples(&mut self, media: Area) -> Result<(), StripError> {
        let information = self.boxes.child(media, b"minf")?;
        let table = match information {
            Some(information) => self.boxes.child(information, b"stbl")?,
            None => None,
        };
        let Some(table) = table else {
            return Ok(());
        };
        if self.data.len() > DATA_MAX {
            return Err(StripError::TooManyParts);
        }
        let tables = Tables::read(&mut self.boxes, table)?;
        for (start, end) in tables.chunks(&mut self.pieces)? {
            let is_data = |area: &Area| area.body <= start && end <= area.end;
            if !self.data.iter().any(is_data) {
                return Err(StripError::Damaged);
            }
            self.boxes.edits.zero(start, end);
        }
        Ok(())
    }

    /// What no track that stays names: cameras of cars write their places between the samples.
    fn zero_gaps(&mut self) -> Result<(), StripError> {
        // Samples in fragments, and items of a picture, are found in other ways.
        if self.has_fragments || self.has_picture || self.has_auxiliary {
            return Ok(());
        }
        if self.data.len() > DATA_MAX {
            return Err(StripError::TooManyParts);
        }
        self.kept.sort_unstable();
        for area in &self.data {
            let mut at = area.body;
            for (place, chunk) in self.kept.iter().enumerate() {
                let next = self.kept.get(place.saturating_add(1));
                let end = match chunk.is_open {
                    true => next
                        .map_or(area.end, |next| next.start.min(area.end))
                        .max(chunk.end),
                    false => chunk.end,
                };
                if area.body <= chunk.start && chunk.start < area.end {
                    self.boxes.edits.zero(at, chunk.start);
                    at = at.max(end);
                }
            }
            self.boxes.edits.zero(at, area.end);
        }
        Ok(())
    }
}

/// The name that a handler gives itself, and who made it.
pub(super) fn forget_name<S: Read + Seek>(boxes: &mut Boxes<'_, S>, area: Area) {
    boxes
        .edits
        .zero(area.body.saturating_add(12).min(area.end), area.end);
}
