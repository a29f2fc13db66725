//! WebM and Matroska: RFC 9559. What is known to be needed to play stays; all other elements become void.

use std::io::{Read, Seek};

use super::StripError;
use crate::edit::Patch;
use crate::elements::{Element, Elements, id};

/// Elements of a segment that stay as they are: where others are, and where one can jump to.
const SEGMENT: [u32; 2] = [0x114d_9b74, 0x1c53_bb6b];

/// Elements of a cluster of unknown length, which stand in the segment.
const CLUSTER: [u32; 7] = [0xe7, 0xa3, 0xa0, 0xa7, 0xab, 0x5854, 0xaf];

/// Elements of the description of a track that change how it is played.
const TRACK: [u32; 26] = [
    0xd7, 0x73c5, 0x83, 0xb9, 0x88, 0x55aa, 0x55ab, 0x55ac, 0x55ad, 0x55ae, 0x55af, 0x9c, 0x6de7, 0x6df8,
    0x23_e383, 0x23_4e7a, 0x55ee, 0x22_b59c, 0x22_b59d, 0x86, 0x63a2, 0x56aa, 0x56bb, 0xe0, 0xe1, 0x6d80,
];

/// MED-18.
pub(super) fn patches<S: Read + Seek>(source: &mut S) -> Result<Vec<Patch>, StripError> {
    let mut elements = Elements::new(source)?;
    let segment = elements.segment()?;
    let (mut at, mut has_tracks, mut has_data) = (segment.body, false, false);
    while at < segment.end {
        let Some(element) = elements.element(at, segment.end)? else {
            // Cut off while it was recorded: what is whole is played.
            if !has_data {
                return Err(StripError::Damaged);
            }
            break;
        };
        at = element.end;
        match element.id {
            id::INFO => info(&mut elements, element)?,
            id::TRACKS => {
                has_tracks = true;
                tracks(&mut elements, element)?;
            }
            id::CLUSTER => {
                has_data = true;
                if !element.is_sized {
                    at = element.body;
                }
            }
            _ if !element.is_sized => return Err(StripError::Damaged),
            known if SEGMENT.contains(&known) || CLUSTER.contains(&known) => {}
            _ => elements.erase(element),
        }
    }
    if !has_tracks {
        return Err(StripError::Damaged);
    }
    if at < elements.source.length() {
        elements.edits.cut(at);
    }
    Ok(elements.edits.into_patches())
}

fn info<S: Read + Seek>(elements: &mut Elements<'_, S>, info: Element) -> Result<(), StripError> {
    for element in elements.within(info)? {
        match element.id {
            id::TIMESTAMP_SCALE | id::DURATION => {}
            // These two must be there; a text of zeros is an empty one.
            id::MUXING_APP | id::WRITING_APP => elements.edits.zero(element.body, element.end),
            _ => elements.erase(element),
        }
    }
    Ok(())
}

fn tracks<S: Read + Seek>(elements: &mut Elements<'_, S>, tracks: Element) -> Result<(), StripError> {
    for track in elements.within(tracks)? {
        if track.id != id::TRACK {
            elements.erase(track);
            continue;
        }
        for element in elements.within(track)? {
            if !TRACK.contains(&element.id) {
                elements.erase(element);
            }
        }
    }
    Ok(())
}
