//! What a file is, by its content.

mod text;
mod zip;

use crate::Kind;
use crate::cursor::{array, find, part};

/// What a file is. The name it has and the type that anyone claims play no part (MED-01).
///
/// The first kind that matches counts, and what can run comes before what can't. The whole file is wanted, because some
/// kinds say what they are at the end; of a film the beginning is enough.
#[must_use]
pub fn sniff(bytes: &[u8]) -> Kind {
    by_magic(bytes)
        .or_else(|| riff(bytes))
        .or_else(|| boxes(bytes))
        .or_else(|| zip::kind(bytes))
        .or_else(|| program(bytes))
        .or_else(|| by_shape(bytes))
        .or_else(|| text::kind(bytes))
        .unwrap_or(Kind::Unknown)
}

/// Beginnings that are enough.
const MAGICS: [(&[u8], Kind); 50] = [
    (b"\xff\xd8\xff", Kind::Jpeg),
    (b"\x89PNG\r\n\x1a\n", Kind::Png),
    (b"GIF87a", Kind::Gif),
    (b"GIF89a", Kind::Gif),
    (b"\xff\x0a", Kind::JpegXl),
    (b"\0\0\0\x0cJXL \r\n\x87\n", Kind::JpegXl),
    (b"II*\0", Kind::Tiff),
    (b"MM\0*", Kind::Tiff),
    (b"II+\0", Kind::Tiff),
    (b"MM\0+", Kind::Tiff),
    (b"FUJIFILMCCD-RAW", Kind::Tiff),
    (b"8BPS\0", Kind::Photoshop),
    (b"FLV\x01", Kind::FlashVideo),
    (b"\0\0\x01\xba", Kind::Mpeg),
    (b"\0\0\x01\xb3", Kind::Mpeg),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Kind::Asf),
    (b"ID3", Kind::Mp3),
    (b"OggS\0", Kind::Ogg),
    (b"fLaC", Kind::Flac),
    (b"#!AMR", Kind::Amr),
    (b"MThd\0\0\0\x06", Kind::Midi),
    (b"%PDF-", Kind::Pdf),
    (b"%!PS", Kind::PostScript),
    (b"\xc5\xd0\xd3\xc6", Kind::PostScript),
    (b"{\\rtf", Kind::RichText),
    (b"\x1f\x8b\x08", Kind::Gzip),
    (b"\xfd7zXZ\0", Kind::Xz),
    (b"\x28\xb5\x2f\xfd", Kind::Zstd),
    (b"7z\xbc\xaf\x27\x1c", Kind::SevenZip),
    (b"Rar!\x1a\x07", Kind::Rar),
    (b"MSCF\0\0\0\0", Kind::Cabinet),
    (b"SQLite format 3\0", Kind::Sqlite),
    (b"\0\x01\0\0\0", Kind::Font),
    (b"OTTO\0", Kind::Font),
    (b"ttcf\0", Kind::Font),
    (b"wOFF", Kind::Font),
    (b"wOF2", Kind::Font),
    (b"\x7fELF", Kind::Elf),
    (b"\xfe\xed\xfa\xce", Kind::MachO),
    (b"\xfe\xed\xfa\xcf", Kind::MachO),
    (b"\xce\xfa\xed\xfe", Kind::MachO),
    (b"\xcf\xfa\xed\xfe", Kind::MachO),
    (b"\0asm", Kind::Wasm),
    (b"dex\n", Kind::Dex),
    (b"!<arch>\ndebian", Kind::LinuxPackage),
    (b"\xed\xab\xee\xdb", Kind::LinuxPackage),
    (b"L\0\0\0\x01\x14\x02\0", Kind::Shortcut),
    (b"ITSF\x03\0\0\0", Kind::WindowsHelp),
    (b"BEGIN:VCARD", Kind::VCard),
    (b"BEGIN:VCALENDAR", Kind::Calendar),
];

fn by_magic(bytes: &[u8]) -> Option<Kind> {
    let known = MAGICS.iter().find(|(magic, _)| bytes.starts_with(magic));
    known.map(|(_, kind)| *kind)
}

fn riff(bytes: &[u8]) -> Option<Kind> {
    match (part(bytes, 0, 4)?, part(bytes, 8, 4)?) {
        (b"RIFF", b"WEBP") => Some(Kind::WebP),
        (b"RIFF", b"WAVE") => Some(Kind::Wav),
        (b"RIFF", b"AVI ") => Some(Kind::Avi),
        (b"FORM", b"AIFF" | b"AIFC") => Some(Kind::Aiff),
        _ => None,
    }
}

/// Films and pictures in boxes: ISO/IEC 14496-12. Their first box lists the formats that they keep to.
fn boxes(bytes: &[u8]) -> Option<Kind> {
    let size = u32::from_be_bytes(array(bytes, 0)?);
    match part(bytes, 4, 4)? {
        b"ftyp" => {}
        // Before 2001 films began without.
        b"moov" | b"mdat" | b"wide" | b"pnot" => return Some(Kind::QuickTime),
        b"free" | b"skip" if matches!(part(bytes, 12, 4), Some(b"moov" | b"mdat" | b"wide")) => {
            return Some(Kind::QuickTime);
        }
        _ => return None,
    }
    let size = usize::try_from(size).unwrap_or(usize::MAX).min(256);
    let major: [u8; 4] = array(bytes, 8)?;
    let list = bytes.get(16..size.min(bytes.len())).unwrap_or_default();
    let (brands, _) = list.as_chunks::<4>();
    let kind = brand(major).or_else(|| brands.iter().find_map(|other| brand(*other)));
    Some(kind.unwrap_or(match &major {
        b"mif1" | b"msf1" => Kind::Heic,
        _ => Kind::Mp4,
    }))
}

fn brand(brand: [u8; 4]) -> Option<Kind> {
    match &brand {
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"hevm" | b"hevs" => Some(Kind::Heic),
        b"avif" | b"avis" => Some(Kind::Avif),
        b"qt  " => Some(Kind::QuickTime),
        b"M4A " | b"M4B " | b"M4P " | b"F4A " | b"F4B " => Some(Kind::M4a),
        b"jxl " => Some(Kind::JpegXl),
        // Raw pictures of Canon.
        b"crx " => Some(Kind::Tiff),
        b"isom" | b"iso2" | b"iso4" | b"iso5" | b"iso6" | b"mp41" | b"mp42" | b"M4V " => Some(Kind::Mp4),
        _ => None,
    }
}

/// Programs whose beginning is not enough.
fn program(bytes: &[u8]) -> Option<Kind> {
    if bytes.starts_with(b"MZ") && !text::is_text(bytes) {
        return Some(Kind::WindowsProgram);
    }
    if bytes.starts_with(b"\xca\xfe\xba\xbe") {
        // A class of Java has its version here, which is above 44; a program for several machines, how many they are.
        let next = u32::from_be_bytes(array(bytes, 4)?);
        return Some(if next < 40 { Kind::MachO } else { Kind::Java });
    }
    if bytes.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        let macros: Vec<u8> = b"_VBA_PROJECT".iter().flat_map(|letter| [*letter, 0]).collect();
        let has_macros = find(bytes, &macros).is_some();
        return Some(if has_macros {
            Kind::OfficeWithMacros
        } else {
            Kind::OldOffice
        });
    }
    None
}

/// Kinds without a beginning of their own.
fn by_shape(bytes: &[u8]) -> Option<Kind> {
    let is = |at: usize, text: &[u8]| part(bytes, at, text.len()) == Some(text);
    if bytes.starts_with(b"\x1a\x45\xdf\xa3") {
        let head = bytes.get(..bytes.len().min(64)).unwrap_or_default();
        let is_webm = find(head, b"webm").is_some();
        return Some(if is_webm { Kind::WebM } else { Kind::Matroska });
    }
    if is(0, b"BM")
        && matches!(
            array(bytes, 14).map(u32::from_le_bytes),
            Some(12 | 40 | 52 | 56 | 64 | 108 | 124)
        )
    {
        return Some(Kind::Bmp);
    }
    if (is(0, b"\0\0\x01\0") || is(0, b"\0\0\x02\0")) && is(5, b"\0") && is(9, b"\0") && !is(4, b"\0") {
        return Some(Kind::Ico);
    }
    if is(0, b"BZh") && is(4, b"1AY&SY") {
        return Some(Kind::Bzip2);
    }
    if is(257, b"ustar") {
        return Some(Kind::Tar);
    }
    let is_dmg = bytes
        .len()
        .checked_sub(512)
        .is_some_and(|at| is(at, b"koly\0\0\0\x04"));
    if is(32_769, b"CD001") || is_dmg {
        return Some(Kind::DiscImage);
    }
    if is(0, b"G") && is(188, b"G") && is(376, b"G") {
        return Some(Kind::Mpeg);
    }
    match array(bytes, 0)? {
        [0xff, second, third] if second & 0xf6 == 0xf0 && third & 0x3c < 0x34 => Some(Kind::Aac),
        [0xff, second, third] if second & 0xe6 == 0xe2 && third & 0xf0 != 0xf0 && third & 0x0c != 0x0c => {
            Some(Kind::Mp3)
        }
        _ => None,
    }
}
