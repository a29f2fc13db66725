//! Films and pictures in boxes: metadata out, nothing moved, and what they say of themselves.

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use xchat_media::limits::{BOXES_MAX, DATA_MAX, ELEMENTS_MAX};
use xchat_media::{Facts, Kind, Patch, StripError, facts, patches, sniff, strip};

use crate::builder::{SECRET, holds};
use crate::films::{ON_ITS_SIDE, UPRIGHT, bx, element, film, fragments, long_box, still, still_naming, webm};

/// What must hold of every film that was stripped.
fn stripped(bytes: &[u8], kind: Kind, tail: usize) -> Vec<u8> {
    assert!(holds(bytes, SECRET), "the secret was there");
    assert_eq!(sniff(bytes), kind);
    let out = strip(bytes, kind).unwrap();
    assert_eq!(out.len(), bytes.len() - tail, "nothing moves");
    assert!(!holds(&out, SECRET) && !holds(&out, &SECRET[..8]));
    assert_eq!(strip(&out, kind).unwrap(), out, "stripping again changes nothing");
    assert_eq!(
        facts(&mut Cursor::new(&out), kind),
        facts(&mut Cursor::new(bytes), kind)
    );
    out
}

fn told(bytes: &[u8]) -> (Option<u64>, Option<(u32, u32)>) {
    let Facts {
        duration_ms, size, ..
    } = facts(&mut Cursor::new(bytes), sniff(bytes)).unwrap();
    (duration_ms, size)
}

#[test]
fn med_14_a_film_keeps_its_samples_in_their_places_only() {
    for (brand, kind) in [
        (b"isom", Kind::Mp4),
        (b"qt  ", Kind::QuickTime),
        (b"M4A ", Kind::M4a),
    ] {
        let film = film(brand, UPRIGHT);
        let out = stripped(&film.bytes, kind, SECRET.len());
        for (at, sample) in &film.samples {
            assert_eq!(&out[*at..at + sample.len()], sample);
        }
        // Neither when it was made, nor who made the coder; the codec's own box is untouched.
        assert!(!holds(&out, b"\xd1\xce\xfa\xce") && !holds(&out, b"appl"));
        assert!(holds(&out, b"avcCcodec") && holds(&out, b"soun") && holds(&out, b"vide"));
        for name in [b"udta", b"meta", b"uuid", b"sefd", b"mebx", b"\xa9xyz"] {
            assert!(!holds(&out, name), "{}", name.escape_ascii());
        }
    }
}

/// The place of the content of a box, by its name and how many of that name come before.
fn content_of(bytes: &[u8], name: &[u8; 4], number: usize) -> usize {
    let found = bytes.windows(4).enumerate().filter(|(_, at)| at == name);
    found.map(|(at, _)| at + 4).nth(number).unwrap()
}

#[test]
fn med_14_sizes_are_read_in_every_form() {
    let film = film(b"isom", UPRIGHT);
    // Of the picture: three sizes of 16, 8 and 4 bits, in the room of three of 32.
    let forms: [(u8, &[u8], usize); 3] = [
        (16, &[0, 30, 0, 25, 0, 25], 80),
        (8, &[30, 25, 25], 80),
        (4, &[0xff, 0xf0], 45),
    ];
    for (bits, sizes, kept) in forms {
        let mut bytes = film.bytes.clone();
        let at = content_of(&bytes, b"stsz", 1);
        bytes[at - 4..at].copy_from_slice(b"stz2");
        bytes[at + 4..at + 24].fill(0);
        bytes[at + 7] = bits;
        bytes[at + 11] = 3;
        bytes[at + 12..at + 12 + sizes.len()].copy_from_slice(sizes);
        let out = stripped(&bytes, Kind::Mp4, SECRET.len());
        let picture = [&film.samples[0], &film.samples[2]];
        let left = picture.map(|(at, sample)| &out[*at..at + sample.len()]).concat();
        assert_eq!(
            left.iter().filter(|byte| **byte != 0).count(),
            kept,
            "{bits} bits"
        );
    }
}

#[test]
fn med_14_old_sound_is_not_cut_short() {
    let film = film(b"qt  ", UPRIGHT);
    let mut bytes = film.bytes.clone();
    // All samples have one byte, which stands for a frame of twenty.
    let at = content_of(&bytes, b"stsz", 0);
    bytes[at + 7] = 1;
    let out = strip(&bytes, Kind::QuickTime).unwrap();
    for (at, sample) in &film.samples {
        assert_eq!(&out[*at..at + sample.len()], sample);
    }
}

#[test]
fn med_14_fragments_lose_their_metadata_too() {
    let bytes = fragments();
    let out = stripped(&bytes, Kind::Mp4, 0);
    assert_eq!(out.windows(4).filter(|name| name == b"traf").count(), 2);
    assert!(!holds(&out, b"emsg") && !holds(&out, b"uuid") && !holds(&out, b"udta"));
}

#[test]
fn med_14_a_track_of_places_in_fragments_is_refused() {
    let mut film = film(b"isom", UPRIGHT).bytes;
    film.truncate(film.len() - SECRET.len());
    film.extend(bx(b"moof", &[]));
    assert_eq!(strip(&film, Kind::Mp4), Err(StripError::NotReached));
}

#[test]
fn med_14_samples_outside_the_data_are_refused() {
    let film = film(b"isom", UPRIGHT);
    // The third table of places is the one of the track that goes.
    let at = film
        .bytes
        .windows(4)
        .enumerate()
        .filter(|(_, name)| *name == b"stco")
        .nth(2)
        .unwrap()
        .0;
    for place in [4_u32, u32::MAX] {
        let mut bytes = film.bytes.clone();
        bytes[at + 12..at + 16].copy_from_slice(&place.to_be_bytes());
        assert_eq!(strip(&bytes, Kind::Mp4), Err(StripError::Damaged));
    }
}

#[test]
fn med_15_a_still_keeps_its_picture_and_its_properties_only() {
    for (brand, coding, kind) in [(b"heic", b"hvc1", Kind::Heic), (b"avif", b"av01", Kind::Avif)] {
        let still = still(brand, coding);
        let out = stripped(&still.bytes, kind, SECRET.len());
        let (at, picture) = &still.picture;
        assert_eq!(&out[*at..at + picture.len()], picture);
        assert!(holds(&out, b"ispe") && holds(&out, b"irot") && holds(&out, b"idattilesize\0\0"));
        for name in [b"udes", b"uuid", b"xml ", b"mpvd", b"rdf+"] {
            assert!(!holds(&out, name), "{}", name.escape_ascii());
        }
        // Where the Exif was is one that says nothing: whoever looks for it finds no damage.
        let exif = &out[still.exif..still.exif + 40];
        assert_eq!(
            exif,
            [b"\0\0\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0", &[0; 22][..]].concat()
        );
        assert_eq!(told(&out), (None, Some((3024, 4032))));
    }
}

#[test]
fn med_15_items_elsewhere_or_unknown_are_refused() {
    let still = still(b"heic", b"hvc1");
    let table = still.bytes.windows(4).position(|name| name == b"iloc").unwrap();
    // Method and reference of the first item, then a place outside the data.
    for (at, value, error) in [
        (table + 15, 2, StripError::NotReached),
        (table + 17, 1, StripError::NotReached),
        (table + 22, 0, StripError::Damaged),
    ] {
        let mut bytes = still.bytes.clone();
        bytes[at] = value;
        assert_eq!(strip(&bytes, Kind::Heic), Err(error), "{at}");
    }
    let unknown = crate::films::still(b"heic", b"what");
    assert_eq!(strip(&unknown.bytes, Kind::Heic), Err(StripError::NotReached));
}

#[test]
fn med_18_a_webm_keeps_its_samples_in_their_places_only() {
    for is_live in [false, true] {
        let bytes = webm(is_live);
        let tail = if is_live { 0 } else { SECRET.len() };
        let out = stripped(&bytes, Kind::WebM, tail);
        let places = |bytes: &[u8]| -> Vec<usize> {
            let found = bytes
                .windows(7)
                .enumerate()
                .filter(|(_, text)| text == b"samples");
            found.map(|(at, _)| at).collect()
        };
        assert_eq!(places(&out), places(&bytes));
        assert!(!holds(&out, b"\xd1\xce\xfa\xce"));
    }
}

#[test]
fn med_19_a_long_file_is_changed_where_it_stands() {
    let film = film(b"isom", UPRIGHT).bytes;
    let changes = patches(&mut Cursor::new(&film), Kind::Mp4).unwrap();
    let mut bytes = film.clone();
    let mut zeros_end = 0;
    for change in changes {
        match change {
            Patch::Zeros { at, length } => {
                // In order, and none twice: whoever writes them goes through the file once.
                assert!(length > 0 && at >= zeros_end);
                zeros_end = at + length;
                let (at, end) = (usize::try_from(at).unwrap(), usize::try_from(zeros_end).unwrap());
                bytes[at..end].fill(0);
            }
            Patch::Bytes { at, bytes: new } => {
                let at = usize::try_from(at).unwrap();
                bytes[at..at + new.len()].copy_from_slice(&new);
            }
            Patch::Cut { at } => bytes.truncate(usize::try_from(at).unwrap()),
        }
    }
    assert!(bytes == strip(&film, Kind::Mp4).unwrap());
}

/// A file of 4 GiB of which little is there, and that counts what is read.
struct Long {
    head: Vec<u8>,
    tail: Vec<u8>,
    length: u64,
    at: u64,
    read: u64,
}

impl Read for Long {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let tail_start = self.length - u64::try_from(self.tail.len()).unwrap();
        let byte = |at: u64| match usize::try_from(at).unwrap() {
            at if at < self.head.len() => self.head[at],
            at if at as u64 >= tail_start => self.tail[at - usize::try_from(tail_start).unwrap()],
            _ => 0x55,
        };
        let length = into
            .len()
            .min(usize::try_from(self.length.saturating_sub(self.at)).unwrap());
        for (place, at) in into[..length].iter_mut().zip(self.at..) {
            *place = byte(at);
        }
        self.at += length as u64;
        self.read += length as u64;
        Ok(length)
    }
}

impl Seek for Long {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::End(0) => self.length,
            _ => return Err(io::ErrorKind::Unsupported.into()),
        };
        Ok(self.at)
    }
}

#[test]
fn med_19_of_a_long_file_little_is_read() {
    let film = fragments();
    let moov = film.windows(4).position(|name| name == b"moov").unwrap() - 4;
    let moov_end = film.windows(4).position(|name| name == b"emsg").unwrap() - 4;
    let data = 4_u64 << 30;
    let head = [&film[..moov], &long_box(b"mdat", data)].concat();
    let tail = film[moov..moov_end].to_vec();
    let length = u64::try_from(moov + tail.len()).unwrap() + data;
    let mut long = Long {
        head,
        tail,
        length,
        at: 0,
        read: 0,
    };
    let changes = patches(&mut long, Kind::Mp4).unwrap();
    assert!(
        changes
            .iter()
            .any(|change| matches!(change, Patch::Zeros { at, .. } if *at > data))
    );
    assert_eq!(facts(&mut long, Kind::Mp4).unwrap().duration_ms, Some(2_000));
    assert!(long.read < 16 * 1024, "{} bytes", long.read);
}

#[test]
fn med_40_films_say_how_long_and_how_large_they_are() {
    assert_eq!(
        told(&film(b"isom", UPRIGHT).bytes),
        (Some(5_050), Some((1920, 1080)))
    );
    assert_eq!(
        told(&film(b"qt  ", ON_ITS_SIDE).bytes),
        (Some(5_050), Some((1920, 1080)))
    );
    assert_eq!(told(&fragments()), (Some(2_000), Some((1920, 1080))));
    assert_eq!(told(&webm(false)), (Some(2_500), Some((1280, 720))));
    assert_eq!(told(&webm(true)), (Some(2_500), Some((1280, 720))));
    for kind in [Kind::Mp4, Kind::Heic, Kind::WebM, Kind::Mp3] {
        assert_eq!(facts(&mut Cursor::new(b"nothing"), kind), None);
    }
    // Nobody knows, and no division by nothing.
    let mut film = film(b"isom", UPRIGHT).bytes;
    let at = film.windows(4).position(|name| name == b"mvhd").unwrap();
    film[at + 20..at + 24].fill(0xff);
    assert_eq!(told(&film).0, None);
    film[at + 16..at + 24].copy_from_slice(&[0, 0, 0, 0, 0, 0, 0, 9]);
    assert_eq!(told(&film).0, None);
}

#[test]
fn med_17_boxes_that_lie_about_their_length_are_refused() {
    let brand = bx(b"ftyp", &[b"isom", &[0; 4]]);
    let damaged = Err(StripError::Damaged);
    for size in [0, 15, 17, u64::MAX, u64::MAX - 20] {
        let lie = long_box(b"mdat", size);
        assert_eq!(strip(&[&brand[..], &lie].concat(), Kind::Mp4), damaged, "{size}");
        // Within another.
        let film = bx(b"moov", &[&lie]);
        assert_eq!(
            strip(&[&brand[..], &film, &bx(b"mdat", &[])].concat(), Kind::Mp4),
            damaged,
            "{size}"
        );
    }
    // Longer than the box that it is in.
    let long = [&[0, 0, 0, 99], &b"trak"[..], &[0; 8]].concat();
    let film = bx(b"moov", &[&long]);
    assert_eq!(
        strip(
            &[&brand[..], &film, &bx(b"mdat", &[&[0; 200]])].concat(),
            Kind::Mp4
        ),
        damaged
    );
}

#[test]
fn med_17_deep_and_many_boxes_end_at_once() {
    let brand = bx(b"ftyp", &[b"isom", &[0; 4]]);
    // A hundred thousand boxes, each in the other: none is entered but the first.
    let depth = 100_000;
    let mut nested = Vec::new();
    for left in (1..=depth).rev() {
        nested.extend(u32::try_from(left * 8).unwrap().to_be_bytes());
        nested.extend(if left == depth { b"moov" } else { b"trak" });
    }
    let bytes = [&brand[..], &nested, &bx(b"mdat", &[])].concat();
    assert_eq!(strip(&bytes, Kind::Mp4), Err(StripError::Damaged));
    let many = [brand, bx(b"free", &[]).repeat(BOXES_MAX + 1), bx(b"mdat", &[])].concat();
    assert_eq!(strip(&many, Kind::Mp4), Err(StripError::TooManyParts));
}

#[test]
fn med_17_a_place_named_a_million_times_is_cleared_once() {
    let bytes = still_naming(b"heic", b"hvc1", 15).bytes;
    let changes = patches(&mut Cursor::new(&bytes), Kind::Heic).unwrap();
    let zeros = changes.iter().map(|change| match change {
        Patch::Zeros { length, .. } => *length,
        _ => 0,
    });
    assert!(zeros.sum::<u64>() < 2_000);
    let bytes = still_naming(b"heic", b"hvc1", 16).bytes;
    assert_eq!(strip(&bytes, Kind::Heic), Err(StripError::TooManyParts));
}

#[test]
fn med_17_data_in_many_places_are_refused() {
    let mut film = film(b"isom", UPRIGHT).bytes;
    film.truncate(film.len() - SECRET.len());
    film.extend(bx(b"mdat", &[]).repeat(DATA_MAX));
    assert_eq!(strip(&film, Kind::Mp4), Err(StripError::TooManyParts));
}

#[test]
fn med_17_elements_without_end_are_refused() {
    let live = webm(true);
    let many = [&live[..], &element(b"\xa3", &[]).repeat(ELEMENTS_MAX)].concat();
    assert_eq!(strip(&many, Kind::WebM), Err(StripError::TooManyParts));
    let head = &live[..live.windows(4).position(|id| id == b"\x18\x53\x80\x67").unwrap()];
    let longer = [head, b"\x18\x53\x80\x67\x85abc"].concat();
    assert_eq!(strip(&longer, Kind::WebM), Err(StripError::Damaged));
}
