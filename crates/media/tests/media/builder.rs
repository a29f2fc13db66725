//! Files as encoders write them, with all that phones and programs add.

use std::io::Cursor;

use image::codecs::gif::{GifEncoder, Repeat};
use image::metadata::Orientation;
use image::{Delay, DynamicImage, Frame, ImageDecoder, ImageFormat, ImageReader, Rgba, RgbaImage};

/// What must not be left anywhere.
pub(crate) const SECRET: &[u8] = b"48.85837N 2.29448E";

/// Colours of the corners of an upright picture: above left, above right, below left, below right.
pub(crate) const CORNERS: [[u8; 3]; 4] = [[250, 10, 10], [10, 250, 10], [10, 10, 250], [240, 240, 10]];

/// A picture whose quarters differ.
pub(crate) fn quarters(width: u32, height: u32) -> DynamicImage {
    let colour = |x, y| {
        let [red, green, blue] = CORNERS[usize::from(x * 2 >= width) + 2 * usize::from(y * 2 >= height)];
        Rgba([red, green, blue, 255])
    };
    DynamicImage::ImageRgba8(RgbaImage::from_fn(width, height, colour))
}

/// Whether the corners of a picture are as those of [`quarters`], give or take what JPEG loses.
pub(crate) fn is_upright(picture: &DynamicImage) -> bool {
    let picture = picture.to_rgb8();
    let (right, bottom) = (picture.width() - 2, picture.height() - 2);
    let places = [(1, 1), (right, 1), (1, bottom), (right, bottom)];
    places.into_iter().zip(CORNERS).all(|((x, y), colour)| {
        let found = picture.get_pixel(x, y).0;
        found
            .into_iter()
            .zip(colour)
            .all(|(one, other)| one.abs_diff(other) < 40)
    })
}

pub(crate) fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    match format {
        ImageFormat::Jpeg => picture.to_rgb8().write_to(&mut bytes, format).unwrap(),
        _ => picture.write_to(&mut bytes, format).unwrap(),
    }
    bytes.into_inner()
}

/// The picture as it is stored, and which way it is to be turned.
pub(crate) fn decoded(bytes: &[u8], format: ImageFormat) -> (DynamicImage, Orientation) {
    let reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut decoder = reader.into_decoder().unwrap();
    let orientation = decoder.orientation().unwrap();
    (DynamicImage::from_decoder(decoder).unwrap(), orientation)
}

pub(crate) fn shown(bytes: &[u8], format: ImageFormat) -> DynamicImage {
    let (mut picture, orientation) = decoded(bytes, format);
    picture.apply_orientation(orientation);
    picture
}

pub(crate) const ORIENTATIONS: [Orientation; 8] = [
    Orientation::NoTransforms,
    Orientation::FlipHorizontal,
    Orientation::Rotate180,
    Orientation::FlipVertical,
    Orientation::Rotate90FlipH,
    Orientation::Rotate90,
    Orientation::Rotate270FlipH,
    Orientation::Rotate270,
];

/// An upright picture as a camera stores it that was held so.
pub(crate) fn stored(picture: &DynamicImage, orientation: Orientation) -> DynamicImage {
    let mut stored = picture.clone();
    stored.apply_orientation(match orientation {
        Orientation::Rotate90 => Orientation::Rotate270,
        Orientation::Rotate270 => Orientation::Rotate90,
        // The others are their own opposite.
        other => other,
    });
    stored
}

/// Exif as a phone writes it: maker, orientation, maker note, place, and a second directory.
pub(crate) fn exif(orientation: Orientation) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0".to_vec();
    let secret_length = u32::try_from(SECRET.len()).unwrap();
    let entry = |tag: u16, form: u16, count: u32, value: u32| {
        let head = [tag.to_le_bytes(), form.to_le_bytes()].concat();
        [head, count.to_le_bytes().to_vec(), value.to_le_bytes().to_vec()].concat()
    };
    // Directories of 4, 1 and 1 entries, then what they point to.
    let (second, third) = (8 + 2 + 4 * 12 + 4, 8 + 2 + 4 * 12 + 4 + 18);
    let secret = third + 18;
    tiff.extend([4, 0]);
    tiff.extend(entry(0x010f, 2, secret_length, secret));
    tiff.extend(entry(0x0112, 3, 1, u32::from(orientation.to_exif())));
    tiff.extend(entry(0x8769, 4, 1, second));
    tiff.extend(entry(0x8825, 4, 1, third));
    tiff.extend([0; 4]);
    for tag in [0x927c, 0x001b] {
        tiff.extend([1, 0]);
        tiff.extend(entry(tag, 7, secret_length, secret));
        tiff.extend([0; 4]);
    }
    tiff.extend(SECRET);
    tiff
}

fn segment(marker: u8, parts: &[&[u8]]) -> Vec<u8> {
    let data = parts.concat();
    let length = u16::try_from(data.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker][..], &length, &data].concat()
}

/// A JPEG with all that a phone and a program for pictures add.
pub(crate) fn jpeg(picture: &DynamicImage, orientation: Orientation) -> Vec<u8> {
    let plain = encoded(picture, ImageFormat::Jpeg);
    let (start, rest) = plain.split_at(2);
    let (body, end) = rest.split_at(rest.len() - 2);
    [
        start,
        &segment(0xe1, &[b"Exif\0\0", &exif(orientation)]),
        &segment(0xe1, &[b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>", SECRET]),
        &segment(
            0xe1,
            &[
                b"http://ns.adobe.com/xmp/extension/\0",
                &[b'A'; 32],
                &[0, 0, 0, 18, 0, 0, 0, 0],
                SECRET,
            ],
        ),
        &segment(0xe0, &[b"JFXX\0\x10", SECRET]),
        &segment(0xe2, &[b"ICC_PROFILE\0\x01\x01", &profile()]),
        &segment(0xe2, &[b"MPF\0", SECRET]),
        &segment(0xe4, &[SECRET]),
        &segment(0xed, &[b"Photoshop 3.0\x008BIM\x04\x04\0\0", SECRET]),
        &segment(0xef, &[SECRET]),
        &segment(0xfe, &[SECRET]),
        SECRET,
        body,
        &segment(0xfe, &[SECRET]),
        end,
        // A second picture, and a film, as phones put them after the first.
        &plain,
        &segment(0xe1, &[b"Exif\0\0", SECRET]),
        SECRET,
    ]
    .concat()
}

/// The beginning of a colour profile for pictures in red, green and blue.
pub(crate) fn profile() -> Vec<u8> {
    let mut profile = vec![0; 132];
    profile[0..4].copy_from_slice(&132_u32.to_be_bytes());
    profile[12..24].copy_from_slice(b"mntrRGB XYZ ");
    profile[36..40].copy_from_slice(b"acsp");
    profile
}

pub(crate) fn png_chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let checksum = !name.iter().chain(data).fold(!0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xedb8_8320 * (sum & 1))
        })
    });
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    [&length[..], name, data, &checksum.to_be_bytes()].concat()
}

/// A PNG with all texts that it may have, an own chunk of somebody's, and an old picture after the end.
pub(crate) fn png(picture: &DynamicImage, orientation: Orientation) -> Vec<u8> {
    let plain = encoded(picture, ImageFormat::Png);
    let (start, rest) = plain.split_at(33);
    let (body, end) = rest.split_at(rest.len() - 12);
    [
        start,
        &png_chunk(b"gAMA", &45_455_u32.to_be_bytes()),
        &png_chunk(b"tEXt", &[b"Comment\0", SECRET].concat()),
        &png_chunk(b"iTXt", &[b"XML:com.adobe.xmp\0\0\0\0\0", SECRET].concat()),
        &png_chunk(b"zTXt", &[b"Raw profile type exif\0\0", SECRET].concat()),
        &png_chunk(b"tIME", &[0x07, 0xe8, 1, 2, 3, 4, 5]),
        &png_chunk(b"eXIf", &exif(orientation)),
        &png_chunk(b"sPLT", &[SECRET, b"\0\x08"].concat()),
        &png_chunk(b"caBX", SECRET),
        body,
        &png_chunk(b"tEXt", &[b"Place\0", SECRET].concat()),
        &png_chunk(b"abCd", SECRET),
        end,
        &png_chunk(b"IDAT", SECRET),
        SECRET,
    ]
    .concat()
}

/// A PNG of two frames.
pub(crate) fn moving_png(picture: &DynamicImage) -> Vec<u8> {
    let plain = encoded(picture, ImageFormat::Png);
    let (start, rest) = plain.split_at(33);
    let mut chunks = rest;
    let mut data = Vec::new();
    while chunks.len() > 12 {
        let length = usize::try_from(u32::from_be_bytes(chunks[..4].try_into().unwrap())).unwrap();
        if &chunks[4..8] == b"IDAT" {
            data.extend_from_slice(&chunks[8..8 + length]);
        }
        chunks = &chunks[12 + length..];
    }
    let size = [picture.width().to_be_bytes(), picture.height().to_be_bytes()].concat();
    let control = |number: u32| {
        let place = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 10, 0, 0];
        png_chunk(b"fcTL", &[&number.to_be_bytes()[..], &size, &place].concat())
    };
    [
        start,
        &png_chunk(b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0]),
        &png_chunk(b"tEXt", &[b"Comment\0", SECRET].concat()),
        &control(0),
        &png_chunk(b"IDAT", &data),
        &control(1),
        &png_chunk(b"fdAT", &[&[0, 0, 0, 2][..], &data].concat()),
        &png_chunk(b"IEND", b""),
    ]
    .concat()
}

pub(crate) fn riff_chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap().to_le_bytes();
    let padding = if data.len() % 2 == 1 { &[0][..] } else { &[] };
    [name, &length[..], data, padding].concat()
}

fn riff(chunks: &[u8]) -> Vec<u8> {
    [riff_chunk(b"RIFF", &[b"WEBP", chunks].concat()), SECRET.to_vec()].concat()
}

fn extended(flags: u8, picture: &DynamicImage) -> Vec<u8> {
    let width = (picture.width() - 1).to_le_bytes();
    let height = (picture.height() - 1).to_le_bytes();
    riff_chunk(b"VP8X", &[&[flags, 0, 0, 0], &width[..3], &height[..3]].concat())
}

/// A WebP with Exif, XMP, a chunk of somebody's, and something after the end.
pub(crate) fn webp(picture: &DynamicImage, orientation: Orientation) -> Vec<u8> {
    let plain = encoded(picture, ImageFormat::WebP);
    riff(
        &[
            extended(0x2c, picture),
            riff_chunk(b"ICCP", &profile()),
            riff_chunk(b"OWN ", SECRET),
            plain[12..].to_vec(),
            riff_chunk(b"EXIF", &exif(orientation)),
            riff_chunk(b"XMP ", SECRET),
        ]
        .concat(),
    )
}

/// A WebP of two frames, with something hidden in each.
pub(crate) fn moving_webp(picture: &DynamicImage) -> Vec<u8> {
    let plain = encoded(picture, ImageFormat::WebP);
    let sizes = extended(0, picture)[12..18].to_vec();
    let frame = riff_chunk(
        b"ANMF",
        &[
            &[0; 6][..],
            &sizes,
            &[100, 0, 0, 0],
            &plain[12..],
            &riff_chunk(b"OWN ", SECRET),
        ]
        .concat(),
    );
    riff(
        &[
            extended(0x0e, picture),
            riff_chunk(b"ANIM", &[0; 6]),
            frame.clone(),
            frame,
            riff_chunk(b"EXIF", &exif(Orientation::NoTransforms)),
            riff_chunk(b"XMP ", SECRET),
        ]
        .concat(),
    )
}

fn gif_blocks(data: &[u8]) -> Vec<u8> {
    let pieces = data
        .chunks(255)
        .flat_map(|piece| [&[u8::try_from(piece.len()).unwrap()], piece].concat());
    pieces.chain([0]).collect()
}

/// A GIF of some frames, with comments, a text, XMP, and something after the end.
pub(crate) fn gif(picture: &DynamicImage, frames: usize) -> Vec<u8> {
    let mut plain = Vec::new();
    let mut encoder = GifEncoder::new(&mut plain);
    encoder.set_repeat(Repeat::Infinite).unwrap();
    for turn in 0..frames {
        let mut frame = picture.to_rgba8();
        frame.put_pixel(
            u32::try_from(turn).unwrap() % frame.width(),
            0,
            Rgba([0, 0, 0, 255]),
        );
        let delay = Delay::from_numer_denom_ms(100, 1);
        encoder
            .encode_frame(Frame::from_parts(frame, 0, 0, delay))
            .unwrap();
    }
    drop(encoder);
    // The header ends with a table of colours.
    assert_eq!(plain[10] & 0x80, 0x80);
    let (start, rest) = plain.split_at(13 + 3 * (2 << (plain[10] & 7)));
    let (body, end) = rest.split_at(rest.len() - 1);
    [
        start,
        &[b"\x21\xfe", &gif_blocks(SECRET)[..]].concat(),
        &[b"\x21\xff\x0bXMP DataXMP", &gif_blocks(SECRET)[..]].concat(),
        &[b"\x21\xff\x0bNETSCAPE2.0", &gif_blocks(SECRET)[..]].concat(),
        &[b"\x21\x01\x0c\0\0\0\0\0\0\0\0\0\0\0\0", &gif_blocks(SECRET)[..]].concat(),
        body,
        &[b"\x21\xfe", &gif_blocks(SECRET)[..]].concat(),
        end,
        SECRET,
    ]
    .concat()
}

/// Whether a text is anywhere in bytes.
pub(crate) fn holds(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}
