//! What a zip is: half of all formats are zips.

use crate::Kind;
use crate::cursor::{Cursor, array, find, part};
use crate::limits::ZIP_ENTRIES_MAX;

/// The longest end of a directory, with its comment.
const END_BYTES_MAX: usize = 22 + 65_535;

/// Names that a directory holds, in small letters. What is shown to matter by one of them is kept, not the names.
#[derive(Debug, Default)]
struct Marks {
    android: bool,
    iphone: bool,
    java: bool,
    windows: bool,
    office: bool,
    macros: bool,
}

/// The kind of a zip, if it is one.
pub(super) fn kind(bytes: &[u8]) -> Option<Kind> {
    if !bytes.starts_with(b"PK\x03\x04") && !bytes.starts_with(b"PK\x05\x06") {
        return None;
    }
    let mut marks = Marks::default();
    let mut count = 0;
    // Both, because programs disagree on which of them counts.
    directory(bytes, |name| marks.note(name), &mut count);
    headers(bytes, |name| marks.note(name), &mut count);
    Some(marks.kind(first_type(bytes)))
}

impl Marks {
    fn note(&mut self, name: &[u8]) {
        let name = name.to_ascii_lowercase();
        let is = |text: &[u8]| name == text;
        self.android |= is(b"androidmanifest.xml") || is(b"classes.dex");
        self.iphone |= name.starts_with(b"payload/") && find(&name, b".app/").is_some();
        self.java |= is(b"meta-inf/manifest.mf");
        self.windows |= is(b"appxmanifest.xml") || is(b"appxbundlemanifest.xml");
        self.office |= is(b"[content_types].xml");
        self.macros |= name.ends_with(b"vbaproject.bin")
            || name.starts_with(b"xl/macrosheets/")
            || name.starts_with(b"basic/")
            || name.starts_with(b"scripts/");
    }

    /// What may run comes first: a zip can be several things at once.
    fn kind(&self, mimetype: Option<&[u8]>) -> Kind {
        let is_open = mimetype.is_some_and(|text| text.starts_with(b"application/vnd.oasis.opendocument"));
        let is_book = mimetype.is_some_and(|text| text.starts_with(b"application/epub+zip"));
        if self.android {
            Kind::Apk
        } else if self.iphone {
            Kind::Ipa
        } else if self.java {
            Kind::Java
        } else if self.windows {
            Kind::WindowsProgram
        } else if (self.office || is_open) && self.macros {
            Kind::OfficeWithMacros
        } else if self.office {
            Kind::Office
        } else if is_open {
            Kind::OpenDocument
        } else if is_book {
            Kind::Epub
        } else {
            Kind::Zip
        }
    }
}

/// What the first file says, where the format asks for it to be a type.
fn first_type(bytes: &[u8]) -> Option<&[u8]> {
    let name_length = usize::from(u16::from_le_bytes(array(bytes, 26)?));
    let extra_length = usize::from(u16::from_le_bytes(array(bytes, 28)?));
    (part(bytes, 30, name_length)? == b"mimetype").then_some(())?;
    bytes.get(name_length.checked_add(extra_length)?.checked_add(30)?..)
}

/// Names of the directory at the end.
fn directory(bytes: &[u8], mut note: impl FnMut(&[u8]), count: &mut usize) -> Option<()> {
    let tail = bytes.get(bytes.len().saturating_sub(END_BYTES_MAX)..)?;
    let end = tail.windows(4).rposition(|window| window == b"PK\x05\x06")?;
    let start = u32::from_le_bytes(array(tail, end.checked_add(16)?)?);
    let mut cursor = Cursor::new(bytes.get(usize::try_from(start).ok()?..)?);
    while *count < ZIP_ENTRIES_MAX {
        let head: [u8; 46] = cursor.array()?;
        head.starts_with(b"PK\x01\x02").then_some(())?;
        let length = |at: usize| array(&head, at).map(u16::from_le_bytes).map(usize::from);
        note(cursor.take(length(28)?)?);
        cursor.take(length(30)?)?;
        cursor.take(length(32)?)?;
        *count = count.saturating_add(1);
    }
    None
}

/// Names before the files, as far as their lengths are told there.
fn headers(bytes: &[u8], mut note: impl FnMut(&[u8]), count: &mut usize) -> Option<()> {
    let mut cursor = Cursor::new(bytes);
    let most = ZIP_ENTRIES_MAX.saturating_mul(2);
    while *count < most {
        let head: [u8; 30] = cursor.array()?;
        head.starts_with(b"PK\x03\x04").then_some(())?;
        let length = |at: usize| array(&head, at).map(u16::from_le_bytes).map(usize::from);
        note(cursor.take(length(26)?)?);
        cursor.take(length(28)?)?;
        cursor.take(usize::try_from(u32::from_le_bytes(array(&head, 18)?)).ok()?)?;
        *count = count.saturating_add(1);
    }
    None
}
