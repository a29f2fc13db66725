//! Zips and lists of files: hostile names, bombs, damage.

use std::io::{Cursor, Read, Write};

use xchat_archives::{Files, Listing, What, ZipError, ZipFiles};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::builder::{Folder, hear, hear_zip};
use crate::x::archive;

const UNSAFE: [&str; 8] = [
    "../outside.js",
    "data/../../outside.js",
    "/etc/passwd",
    "C:/windows/x",
    "data\\..\\x",
    "data//x",
    "./x",
    "data/a\u{0}b",
];

fn open(bytes: &[u8]) -> ZipFiles<Cursor<&[u8]>> {
    ZipFiles::new(Cursor::new(bytes)).unwrap()
}

fn read_all(files: &mut dyn Files, name: &str) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    files.open(name)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[test]
fn arc_01_names_that_lead_out_are_never_there() {
    let folder = UNSAFE
        .iter()
        .fold(Folder::default().with("data/fine.js", "fine"), |folder, name| {
            folder.with(name, "bad")
        });
    let listing: &mut dyn Files = &mut folder.listing();
    let names: Vec<_> = listing.directory().names("").map(str::to_owned).collect();
    assert_eq!(names, ["data/fine.js"]);
    assert_eq!(listing.directory().problems().len(), UNSAFE.len());
    assert!(UNSAFE.iter().all(|name| listing.open(name).is_err()));
    // A writer of zips turns some of these names into better ones, so a directory is given them by hand.
    let long = "x".repeat(40);
    let bytes = Folder::default()
        .with("data/fine.js", "fine")
        .with(&long, "bad")
        .to_zip();
    for name in UNSAFE {
        let padded = format!("{name}{}", "y".repeat(long.len() - name.len()));
        let bytes = replaced(&bytes, long.as_bytes(), padded.as_bytes());
        let mut files = open(&bytes);
        assert_eq!(
            files.directory().names("").collect::<Vec<_>>(),
            ["data/fine.js"],
            "{name}"
        );
        assert_eq!(files.directory().problems()[0].what, What::UnsafeName);
        assert!(files.open(&padded).is_err());
        assert_eq!(read_all(&mut files, "data/fine.js").unwrap(), b"fine");
    }
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for at in 0..bytes.len() - from.len() {
        if bytes[at..].starts_with(from) {
            bytes[at..at + to.len()].copy_from_slice(to);
        }
    }
    bytes
}

#[test]
fn arc_02_a_bomb_is_cut_off() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("bomb", SimpleFileOptions::default()).unwrap();
    let zeros = vec![0; 1 << 20];
    (0..64).for_each(|_| zip.write_all(&zeros).unwrap());
    let bytes = zip.finish().unwrap().into_inner();
    let mut files = open(&bytes);
    let mut read = 0;
    let mut bomb = files.open("bomb").unwrap();
    let mut buffer = vec![0; 1 << 16];
    let error = loop {
        match bomb.read(&mut buffer) {
            Ok(0) => panic!("a bomb was read whole"),
            Ok(count) => read += count,
            Err(error) => break error,
        }
    };
    assert_eq!(
        error.get_ref().and_then(|what| what.downcast_ref()),
        Some(&What::Bomb)
    );
    assert!(read <= 17 << 20, "{read}");
    // What is small may be as dense as it likes.
    let dense = Folder::default().with("dense", vec![0; 1 << 20]).to_zip();
    assert_eq!(read_all(&mut open(&dense), "dense").unwrap().len(), 1 << 20);
}

#[test]
fn arc_02_a_file_ends_where_the_directory_says() {
    let bytes = Folder::default().with("a.js", "some text, some text").to_zip();
    let directory = bytes.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    for (at, wrong) in [(24, What::Bomb), (16, What::Unreadable("wrong checksum".into()))] {
        let mut bytes = bytes.clone();
        bytes[directory + at] -= 1;
        let error = read_all(&mut open(&bytes), "a.js").unwrap_err();
        assert_eq!(error.get_ref().and_then(|what| what.downcast_ref()), Some(&wrong));
    }
}

#[test]
fn arc_03_a_directory_has_no_more_entries_than_are_taken() {
    let bytes = Folder::default().with("a.js", "a").to_zip();
    let end = bytes.windows(4).position(|four| four == b"PK\x05\x06").unwrap();
    // The long form of the directory's end, which claims eleven million entries.
    let mut long = b"PK\x06\x06".to_vec();
    long.extend_from_slice(&44_u64.to_le_bytes());
    long.extend_from_slice(&[45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    long.extend_from_slice(&11_000_000_u64.to_le_bytes());
    long.extend_from_slice(&11_000_000_u64.to_le_bytes());
    long.extend_from_slice(&[0; 16]);
    long.extend_from_slice(b"PK\x06\x07\0\0\0\0");
    long.extend_from_slice(&(end as u64).to_le_bytes());
    long.extend_from_slice(&[1, 0, 0, 0]);
    let mut bomb = bytes[..end].to_vec();
    bomb.extend_from_slice(&long);
    let mut short = bytes[end..].to_vec();
    short[8..12].fill(0xff);
    bomb.extend_from_slice(&short);
    assert!(matches!(ZipFiles::new(Cursor::new(bomb)), Err(ZipError::TooMany)));
    // Fewer, but none of them there: nothing is reserved for them, and what is there is read.
    let mut liar = bytes;
    liar[end + 8..end + 12].fill(0xfe);
    let files = open(&liar);
    assert_eq!(files.directory().names("").count(), 1);
    assert_eq!(files.directory().problems()[0].what, What::CutShort);
}

#[test]
fn arc_04_stored_deflated_and_prefixed_zips_are_read() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, method) in [
        ("stored", CompressionMethod::Stored),
        ("deflated", CompressionMethod::Deflated),
    ] {
        let options = SimpleFileOptions::default().compression_method(method);
        zip.start_file(name, options.large_file(name == "stored"))
            .unwrap();
        zip.write_all(b"text text text text").unwrap();
    }
    zip.add_directory("folder", SimpleFileOptions::default()).unwrap();
    zip.add_symlink("link", "/etc/passwd", SimpleFileOptions::default())
        .unwrap();
    zip.set_comment("a comment at the end").unwrap();
    let bytes = zip.finish().unwrap().into_inner();
    let prefixed = [b"#!/bin/sh\n".as_slice(), &bytes].concat();
    for bytes in [bytes, prefixed] {
        let mut files = open(&bytes);
        assert_eq!(
            files.directory().names("").collect::<Vec<_>>(),
            ["deflated", "stored"]
        );
        assert_eq!(files.directory().problems()[0].what, What::UnsafeName);
        for name in ["stored", "deflated"] {
            assert_eq!(read_all(&mut files, name).unwrap(), b"text text text text");
        }
    }
}

/// One stored file in the long form, in which every number stands in 64 bits.
fn long_zip(directory_gap: &[u8]) -> Vec<u8> {
    let (name, text) = (b"a.js", b"long");
    let crc = zip_crc(text);
    let mut local = b"PK\x03\x04\x2d\0\0\0\0\0\0\0\0\0".to_vec();
    local.extend_from_slice(&crc.to_le_bytes());
    local.extend_from_slice(&[0xff; 8]);
    local.extend_from_slice(&[4, 0, 0, 0]);
    local.extend_from_slice(name);
    local.extend_from_slice(text);
    let mut entry = b"PK\x01\x02\x2d\0\x2d\0\0\0\0\0\0\0\0\0".to_vec();
    entry.extend_from_slice(&crc.to_le_bytes());
    entry.extend_from_slice(&[0xff; 8]);
    // An extra field of another kind before the one with the numbers.
    entry.extend_from_slice(&[4, 0, 33, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
    entry.extend_from_slice(name);
    entry.extend_from_slice(&[7, 7, 1, 0, 9, 1, 0, 24, 0]);
    for number in [4_u64, 4, 0] {
        entry.extend_from_slice(&number.to_le_bytes());
    }
    let (entry_at, end_at) = (local.len(), local.len() + entry.len() + directory_gap.len());
    let mut end = b"PK\x06\x06".to_vec();
    end.extend_from_slice(&44_u64.to_le_bytes());
    end.extend_from_slice(&[45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for number in [1, 1, entry.len() as u64, entry_at as u64] {
        end.extend_from_slice(&number.to_le_bytes());
    }
    end.extend_from_slice(b"PK\x06\x07\0\0\0\0");
    end.extend_from_slice(&(end_at as u64).to_le_bytes());
    end.extend_from_slice(&[1, 0, 0, 0]);
    end.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    end.extend_from_slice(&[0xff; 12]);
    end.extend_from_slice(&[0, 0]);
    [local.as_slice(), &entry, directory_gap, &end].concat()
}

/// The checksum of a text, as another writer makes it.
fn zip_crc(text: &[u8]) -> u32 {
    let bytes = Folder::default().with("x", text).to_zip();
    let directory = bytes.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    u32::from_le_bytes(*bytes[directory + 16..].first_chunk().unwrap())
}

#[test]
fn arc_04_the_long_form_is_read() {
    for gap in [b"".as_slice(), b"PK\x05\x05\x02\0ab"] {
        let bytes = long_zip(gap);
        let mut files = open(&bytes);
        assert_eq!(files.directory().size("a.js"), Some(4));
        assert_eq!(read_all(&mut files, "a.js").unwrap(), b"long");
        assert_eq!(files.directory().problems(), []);
    }
}

#[test]
fn arc_04_a_count_that_is_too_small_hides_nothing() {
    let mut bytes = Folder::default()
        .with("a", "1")
        .with("b", "2")
        .with("c", "3")
        .to_zip();
    let end = bytes.windows(4).rposition(|four| four == b"PK\x05\x06").unwrap();
    bytes[end + 8..end + 12].copy_from_slice(&[1, 0, 1, 0]);
    let files = open(&bytes);
    assert_eq!(files.directory().names("").count(), 3);
    assert_eq!(files.directory().problems(), []);
}

#[test]
fn arc_04_encrypted_and_unknown_packings_are_told() {
    let bytes = Folder::default().with("a", "1").with("b", "2").to_zip();
    let directory = bytes.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    for (at, value) in [(8, 1), (10, 12)] {
        let mut bytes = bytes.clone();
        bytes[directory + at] = value;
        let mut files = open(&bytes);
        assert_eq!(files.directory().names("").collect::<Vec<_>>(), ["b"]);
        assert_eq!(files.directory().problems()[0].what, What::Packing);
        assert!(files.open("a").is_err());
    }
}

#[test]
fn arc_05_a_zip_and_a_list_of_the_same_files_read_alike() {
    let folder = archive();
    assert_eq!(hear_zip(&folder.to_zip()).unwrap(), hear(&folder));
}

#[test]
fn arc_06_a_zip_cut_at_any_byte_or_turned_in_any_bit_never_panics() {
    let bytes = archive().to_zip();
    for at in (0..bytes.len()).step_by(7) {
        hear_zip(&bytes[..at]);
        let mut turned = bytes.clone();
        turned[at] ^= 1 << (at % 8);
        hear_zip(&turned);
    }
}

#[test]
fn a_list_that_opens_nothing_is_told() {
    let list = [("data/direct-messages.js".to_owned(), 10)];
    let mut files = Listing::new(list, |_| Err(std::io::ErrorKind::PermissionDenied.into()));
    let heard = crate::builder::hear_files(&mut files, &xchat_archives::Choices::default()).unwrap();
    assert!(
        heard
            .problems_said()
            .iter()
            .any(|said| said.contains("permission denied")),
        "{heard:?}"
    );
}
