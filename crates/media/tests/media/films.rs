//! Films and pictures in boxes, and elements, as phones, cameras and browsers write them.

use crate::builder::{SECRET, exif};
use image::metadata::Orientation;

/// A box.
pub(crate) fn bx(name: &[u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let size = u32::try_from(body.len() + 8).unwrap().to_be_bytes();
    [&size, &name[..], &body].concat()
}

/// A box with a length of 64 bits.
pub(crate) fn long_box(name: &[u8; 4], size: u64) -> Vec<u8> {
    [&[0, 0, 0, 1], &name[..], &size.to_be_bytes()].concat()
}

/// A box with version and flags.
fn full(name: &[u8; 4], version: u8, parts: &[&[u8]]) -> Vec<u8> {
    bx(name, &[&[version, 0, 0, 0], &parts.concat()])
}

fn be(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap().to_be_bytes()
}

const TIMES: [u8; 8] = [0xd1, 0xce, 0xfa, 0xce, 0xd1, 0xce, 0xfa, 0xce];
pub(crate) const UPRIGHT: [u32; 9] = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x4000_0000];
pub(crate) const ON_ITS_SIDE: [u32; 9] = [0, 0x10000, 0, 0xffff_0000, 0, 0, 0, 0, 0x4000_0000];

struct Track<'a> {
    handler: &'a [u8; 4],
    entry: Vec<u8>,
    matrix: [u32; 9],
    /// Sizes of its samples, and where its chunks are; the first has one sample, the others two.
    sizes: &'a [usize],
    chunks: Vec<usize>,
}

impl Track<'_> {
    fn boxes(&self) -> Vec<u8> {
        let matrix = self.matrix.map(u32::to_be_bytes).concat();
        let (width, height) = (be(1920 << 16), be(1080 << 16));
        let head = full(
            b"tkhd",
            0,
            &[
                &TIMES,
                &be(1),
                &be(0),
                &be(5000),
                &[0; 16],
                &matrix,
                &width,
                &height,
            ],
        );
        let sizes: Vec<u8> = self.sizes.iter().flat_map(|size| be(*size)).collect();
        let chunks: Vec<u8> = self.chunks.iter().flat_map(|place| be(*place)).collect();
        let runs = [be(1), be(1), be(1), be(2), be(2), be(1)].concat();
        let table = bx(
            b"stbl",
            &[
                &full(b"stsd", 0, &[&be(1), &self.entry]),
                &full(b"stts", 0, &[&be(0)]),
                &full(b"stsc", 0, &[&be(2), &runs]),
                &full(b"stsz", 0, &[&be(0), &be(self.sizes.len()), &sizes]),
                &full(b"stco", 0, &[&be(self.chunks.len()), &chunks]),
                &bx(b"udta", &[SECRET]),
            ],
        );
        let url = full(b"dref", 0, &[&be(1), &bx(b"alis", &[&[0, 0, 0, 1], SECRET])]);
        let information = bx(
            b"minf",
            &[&full(b"vmhd", 0, &[&[0; 8]]), &bx(b"dinf", &[&url]), &table],
        );
        let handler = full(
            b"hdlr",
            0,
            &[b"mhlr", self.handler, b"appl", &[0; 8], SECRET, &[0]],
        );
        let media_head = full(b"mdhd", 0, &[&TIMES, &be(1000), &be(5000), &[0; 4]]);
        let media = bx(b"mdia", &[&media_head, &handler, &information]);
        let user = bx(b"udta", &[&bx(b"name", &[SECRET]), &[0; 4]]);
        bx(b"trak", &[&head, &media, &user, &full(b"meta", 0, &[SECRET])])
    }
}

/// A film of a phone: picture, sound, and a track of places.
pub(crate) struct Film {
    pub(crate) bytes: Vec<u8>,
    /// Where the samples of picture and sound are, and what they are.
    pub(crate) samples: Vec<(usize, Vec<u8>)>,
}

pub(crate) fn film(brand: &[u8; 4], matrix: [u32; 9]) -> Film {
    let start = bx(b"ftyp", &[brand, &[0; 4], brand]);
    let places = [SECRET; 3].concat();
    let samples = [
        vec![0x11; 30],
        vec![0x22; 20],
        places.clone(),
        vec![0x33; 50],
        places[..36].to_vec(),
    ];
    // Cameras of cars write where they are between the samples.
    let gap = [b"freeGPS ", SECRET].concat();
    let data = samples.iter().flat_map(|sample| [&sample[..], &gap].concat());
    let data = bx(b"mdat", &[&data.collect::<Vec<u8>>()]);
    let wide = bx(b"wide", &[]);
    let mut at = start.len() + wide.len() + 8;
    let mut offsets = Vec::new();
    for sample in &samples {
        offsets.push(at);
        at += sample.len() + gap.len();
    }
    let mut visual = vec![0; 78];
    visual[12..16].copy_from_slice(b"appl");
    visual[42] = 18;
    visual[43..43 + SECRET.len()].copy_from_slice(SECRET);
    let track = |handler, entry, matrix, sizes, chunks| {
        Track {
            handler,
            entry,
            matrix,
            sizes,
            chunks,
        }
        .boxes()
    };
    let (video, sound) = (
        bx(b"avc1", &[&visual, &bx(b"avcC", &[b"codec"])]),
        bx(b"mp4a", &[&[0; 28]]),
    );
    let tracks = [
        track(b"soun", sound, [0; 9], &[20], vec![offsets[1]]),
        track(
            b"vide",
            video,
            matrix,
            &[30, 25, 25],
            vec![offsets[0], offsets[3]],
        ),
        track(
            b"meta",
            bx(b"mebx", &[SECRET]),
            [0; 9],
            &[54, 18, 18],
            vec![offsets[2], offsets[4]],
        ),
    ];
    let moov = movie(&tracks.concat());
    let rest = [
        bx(b"uuid", &[&[8; 16], SECRET]),
        bx(b"free", &[SECRET]),
        bx(b"sefd", &[SECRET]),
    ]
    .concat();
    Film {
        bytes: [start, wide, data, moov, rest, SECRET.to_vec()].concat(),
        samples: [0, 1, 3]
            .map(|place: usize| (offsets[place], samples[place].clone()))
            .to_vec(),
    }
}

/// The description of a film with all that phones and programs put into it.
fn movie(tracks: &[u8]) -> Vec<u8> {
    let head = full(b"mvhd", 0, &[&TIMES, &be(600), &be(3_030), &[0; 80]]);
    let place = bx(b"\xa9xyz", &[&[0, 18, 0x15, 0xc7], SECRET]);
    let keys = [
        full(b"hdlr", 0, &[&[0; 4], b"mdta", &[0; 12]]),
        bx(b"ilst", &[SECRET]),
    ]
    .concat();
    bx(
        b"moov",
        &[
            &head,
            tracks,
            &bx(b"udta", &[&place, &[0; 4]]),
            &bx(b"meta", &[&keys]),
            &bx(b"uuid", &[&[7; 16], SECRET]),
            &bx(b"free", &[SECRET]),
        ],
    )
}

/// A film in fragments, as browsers record it.
pub(crate) fn fragments() -> Vec<u8> {
    let film = film(b"iso5", UPRIGHT).bytes;
    // Its first track only.
    let at = film.windows(4).position(|window| window == b"trak").unwrap() - 4;
    let length = usize::try_from(u32::from_be_bytes(film[at..at + 4].try_into().unwrap())).unwrap();
    let head = full(b"mvhd", 0, &[&TIMES, &be(600), &be(0), &[0; 80]]);
    let extends = bx(
        b"mvex",
        &[&full(b"mehd", 0, &[&be(1_200)]), &full(b"trex", 0, &[&[0; 20]])],
    );
    let moov = bx(
        b"moov",
        &[&head, &film[at..at + length], &extends, &bx(b"udta", &[SECRET])],
    );
    let run = bx(
        b"traf",
        &[&full(b"tfhd", 0, &[&be(1)]), &bx(b"uuid", &[&[9; 16], SECRET])],
    );
    let fragment = bx(
        b"moof",
        &[&full(b"mfhd", 0, &[&be(1)]), &run, &bx(b"udta", &[SECRET])],
    );
    let data = bx(b"mdat", &[b"samples"]);
    let event = full(b"emsg", 0, &[SECRET]);
    [
        bx(b"ftyp", &[b"iso5", &[0; 4]]),
        moov,
        event,
        fragment.clone(),
        data.clone(),
        fragment,
        data,
    ]
    .concat()
}

/// A picture in boxes, in whose description and data all is hidden that may be.
pub(crate) struct Still {
    pub(crate) bytes: Vec<u8>,
    pub(crate) picture: (usize, Vec<u8>),
    pub(crate) exif: usize,
}

pub(crate) fn still(brand: &[u8; 4], coding: &[u8; 4]) -> Still {
    still_naming(brand, coding, 0)
}

/// The same, with entries that name the Exif item 65,535 times each.
pub(crate) fn still_naming(brand: &[u8; 4], coding: &[u8; 4], again: usize) -> Still {
    let (picture, exif) = (
        vec![0x44; 40],
        [&[0; 4][..], &exif(Orientation::Rotate90)].concat(),
    );
    let xmp = [b"<x:xmpmeta>", SECRET].concat();
    let entry =
        |id: u8, kind: &[u8; 4], more: &[u8]| full(b"infe", 2, &[&[0, id, 0, 0], kind, SECRET, &[0], more]);
    let make = |start: usize| {
        let offsets = [start, start + 40, start + 40 + exif.len()];
        let sizes = [40, exif.len(), xmp.len()];
        let mut places = vec![0x44, 0, 0, u8::try_from(4 + again).unwrap()];
        for item in 0..3 {
            places.extend([0, u8::try_from(item + 1).unwrap(), 0, 0, 0, 0, 0, 1]);
            places.extend([be(offsets[item]), be(sizes[item])].concat());
        }
        // A tile's recipe, within the description.
        places.extend([0, 4, 0, 1, 0, 0, 0, 1]);
        places.extend([be(0), be(8)].concat());
        let pieces = [be(offsets[1]), be(sizes[1])].concat().repeat(65_535);
        places.extend(
            [&[0, 2, 0, 0, 0, 0, 0xff, 0xff], &pieces[..]]
                .concat()
                .repeat(again),
        );
        let entries = [
            entry(1, coding, &[]),
            entry(2, b"Exif", &[]),
            entry(3, b"mime", b"application/rdf+xml\0"),
            entry(4, b"grid", &[]),
        ];
        let properties = bx(
            b"ipco",
            &[
                &full(b"ispe", 0, &[&be(4032), &be(3024)]),
                &full(b"udes", 0, &[SECRET]),
                &bx(b"irot", &[&[1]]),
            ],
        );
        let names = full(b"ipma", 0, &[&be(1), &[0, 1, 3, 0x81, 2, 0x83]]);
        let meta = full(
            b"meta",
            0,
            &[
                &full(b"hdlr", 0, &[&[0; 4], b"pict", &[0; 12], SECRET, &[0]]),
                &full(b"pitm", 0, &[&[0, 1]]),
                &full(b"iinf", 0, &[&[0, 4], &entries.concat()]),
                &full(b"iloc", 1, &[&places]),
                &bx(b"iprp", &[&properties, &names]),
                &full(b"iref", 0, &[&bx(b"cdsc", &[&[0, 2, 0, 1, 0, 1]])]),
                &bx(b"idat", &[b"tilesize", SECRET]),
                &bx(b"uuid", &[&[7; 16], SECRET]),
                &bx(b"xml ", &[SECRET]),
            ],
        );
        let head = [bx(b"ftyp", &[brand, &[0; 4], b"mif1", brand]), meta].concat();
        let data = bx(b"mdat", &[&picture, &exif, &xmp, SECRET]);
        (
            head.len() + 8,
            [head, data, bx(b"mpvd", &[SECRET]), SECRET.to_vec()].concat(),
        )
    };
    // Its length does not depend on what it says.
    let start = make(0).0;
    Still {
        bytes: make(start).1,
        picture: (start, picture.clone()),
        exif: start + picture.len(),
    }
}

/// An element with a size of so many bytes.
pub(crate) fn element(id: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let size = u16::try_from(body.len()).unwrap() | 0x4000;
    [id, &size.to_be_bytes(), &body].concat()
}

/// A film of a browser: of known length, or as it was recorded.
pub(crate) fn webm(is_live: bool) -> Vec<u8> {
    let info = element(
        b"\x15\x49\xa9\x66",
        &[
            &element(b"\x2a\xd7\xb1", &[&[0x0f, 0x42, 0x40]]),
            &element(b"\x44\x89", &[&2_500.4_f32.to_be_bytes()]),
            &element(b"\x4d\x80", &[SECRET]),
            &element(b"\x57\x41", &[SECRET]),
            &element(b"\x44\x61", &[&TIMES]),
            &element(b"\x7b\xa9", &[SECRET]),
        ],
    );
    let video = element(
        b"\xe0",
        &[&element(b"\xb0", &[&[5, 0]]), &element(b"\xba", &[&[2, 0xd0]])],
    );
    let track = element(
        b"\xae",
        &[
            &element(b"\xd7", &[&[1]]),
            &element(b"\x83", &[&[1]]),
            &element(b"\x53\x6e", &[SECRET]),
            &video,
        ],
    );
    let tracks = element(b"\x16\x54\xae\x6b", &[&track, &[0xec, 0x80]]);
    let blocks = [
        element(b"\xe7", &[&[0]]),
        element(b"\xa3", &[b"\x81\0\0\x80samples"]),
    ]
    .concat();
    let tags = element(b"\x12\x54\xc3\x67", &[SECRET]);
    let attachment = element(b"\x19\x41\xa4\x69", &[SECRET]);
    // Ten bytes at the least get a size of eight; a short one gets one of one.
    let small = [0xec, 0x83, 1, 2, 3];
    let parts: Vec<u8> = if is_live {
        let cluster = [b"\x1f\x43\xb6\x75\xff", &blocks[..]].concat();
        [&info[..], &tracks, &tags, &cluster, &cluster, &tags].concat()
    } else {
        let cluster = element(b"\x1f\x43\xb6\x75", &[&blocks]);
        [
            &info[..],
            &small,
            &tracks,
            &tags,
            &cluster,
            &attachment,
            &cluster,
            &tags,
        ]
        .concat()
    };
    let head = element(b"\x1a\x45\xdf\xa3", &[&element(b"\x42\x82", &[b"webm"])]);
    if is_live {
        [
            &head,
            &b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff"[..],
            &parts,
        ]
        .concat()
    } else {
        [head, element(b"\x18\x53\x80\x67", &[&parts]), SECRET.to_vec()].concat()
    }
}
