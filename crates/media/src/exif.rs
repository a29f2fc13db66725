//! The one thing of Exif that is kept: which way is up.

use image::metadata::Orientation;

use crate::cursor::{array, find, part};

/// The tag of the orientation.
const ORIENTATION: u16 = 0x0112;

/// Entries of a directory that are looked at: real ones have about twenty.
const ENTRIES_MAX: u16 = 512;

/// The orientation that a TIFF header with its first directory tells.
pub(crate) fn orientation(tiff: &[u8]) -> Option<Orientation> {
    let order = match part(tiff, 0, 4)? {
        b"II*\0" => Order::Little,
        b"MM\0*" => Order::Big,
        _ => return None,
    };
    let directory = usize::try_from(order.u32(array(tiff, 4)?)).ok()?;
    let entries = tiff.get(directory..)?;
    let count = order.u16(array(entries, 0)?).min(ENTRIES_MAX);
    let (entries, _) = entries.get(2..)?.as_chunks::<12>();
    let entries = entries.iter().take(usize::from(count));
    let found = entries.filter_map(|entry| order.orientation(entry)).next();
    Orientation::from_exif(u8::try_from(found?).ok()?)
}

/// The orientation in what a picture calls its Exif, with or without the letters that JPEG puts before it.
pub(crate) fn orientation_of_chunk(chunk: &[u8]) -> Option<Orientation> {
    orientation(chunk).or_else(|| {
        // Some encoders put more before the header than they should.
        let head = chunk.get(..chunk.len().min(32))?;
        let start = find(head, b"II*\0").or_else(|| find(head, b"MM\0*"))?;
        orientation(chunk.get(start..)?)
    })
}

#[derive(Clone, Copy)]
enum Order {
    Little,
    Big,
}

impl Order {
    fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        }
    }

    fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        }
    }

    fn orientation(self, entry: &[u8; 12]) -> Option<u16> {
        let is_tag = self.u16(array(entry, 0)?) == ORIENTATION;
        // One number of two bytes, as the standard has it.
        let is_short = self.u16(array(entry, 2)?) == 3 && self.u32(array(entry, 4)?) == 1;
        (is_tag && is_short).then(|| array(entry, 8).map(|bytes| self.u16(bytes)))?
    }
}

/// A TIFF header and a directory of one entry.
pub(crate) fn of_orientation(orientation: Orientation) -> [u8; 26] {
    let mut tiff = *b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0";
    if let Some(value) = tiff.get_mut(19) {
        *value = orientation.to_exif();
    }
    tiff
}

/// Whether a picture is upright as it is stored, and needs nothing said about it.
pub(crate) fn is_upright(orientation: Orientation) -> bool {
    matches!(orientation, Orientation::NoTransforms)
}

/// Whether width and height change places when a picture is turned upright.
pub(crate) fn is_on_its_side(orientation: Orientation) -> bool {
    matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    )
}
