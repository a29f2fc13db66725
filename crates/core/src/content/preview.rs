//! Previews: small pictures from others, of which nothing is decoded here.

use crate::limits::{AVATAR_BYTES_MAX, AVATAR_SIDE};

/// The longest side of a preview that is kept, in points.
const SIDE_MAX: u16 = 512;

/// Markers of frames: baseline, extended and progressive. Nobody else's decoder is asked for the others.
const FRAMES: [u8; 3] = [0xc0, 0xc1, 0xc2];

/// Whether bytes are the beginning and end of a JPEG, and say that it is small (CNT-08). Whoever shows it decodes it.
pub(crate) fn is_small_jpeg(bytes: &[u8]) -> bool {
    let is_framed = bytes.starts_with(&[0xff, 0xd8, 0xff]) && bytes.ends_with(&[0xff, 0xd9]);
    is_framed && size(bytes).is_some_and(|sides| sides.iter().all(|side| (1..=SIDE_MAX).contains(side)))
}

/// Whether bytes are the beginning and end of a JPEG, and say that it has the size of a picture of a person (CNT-09).
pub(crate) fn is_avatar(bytes: &[u8]) -> bool {
    let is_framed = bytes.starts_with(&[0xff, 0xd8, 0xff]) && bytes.ends_with(&[0xff, 0xd9]);
    is_framed && bytes.len() <= AVATAR_BYTES_MAX && size(bytes) == Some([AVATAR_SIDE; 2])
}

/// The sides that the first frame of a JPEG names.
fn size(bytes: &[u8]) -> Option<[u16; 2]> {
    let mut rest = bytes.get(2..)?;
    loop {
        let [0xff, marker, high, low, ..] = *rest else {
            return None;
        };
        let length = u16::from_be_bytes([high, low]);
        let segment = rest.get(2..usize::from(length).checked_add(2)?)?;
        if FRAMES.contains(&marker) {
            let [_, _, _precision, y1, y2, x1, x2, ..] = *segment else {
                return None;
            };
            return Some([u16::from_be_bytes([y1, y2]), u16::from_be_bytes([x1, x2])]);
        }
        // A segment has its length at least; scans come after frames, and what has no length not before them.
        if length < 2 || !matches!(marker, 0xc4 | 0xdb | 0xdd | 0xe0..=0xef | 0xfe) {
            return None;
        }
        rest = rest.get(usize::from(length).checked_add(2)?..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A JPEG of so many points, without what is between its frame and its end.
    fn jpeg(height: u16, width: u16) -> Vec<u8> {
        let mut bytes = vec![0xff, 0xd8, 0xff, 0xe0, 0, 4, b'J', b'F', 0xff, 0xc0, 0, 17, 8];
        bytes.extend(height.to_be_bytes());
        bytes.extend(width.to_be_bytes());
        bytes.extend([3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 0xff, 0xd9]);
        bytes
    }

    #[test]
    fn cnt_09_a_picture_of_a_person_is_a_jpeg_of_256_points() {
        assert!(is_avatar(&jpeg(256, 256)));
        for other in [jpeg(255, 256), jpeg(256, 512), b"GIF89a".to_vec(), Vec::new()] {
            assert!(!is_avatar(&other));
        }
        let mut long = jpeg(256, 256);
        long.splice(23..23, vec![0; AVATAR_BYTES_MAX]);
        assert!(!is_avatar(&long));
    }

    #[test]
    fn cnt_08_only_a_small_jpeg_is_kept_as_a_preview() {
        assert!(is_small_jpeg(&jpeg(120, 160)));
        assert!(is_small_jpeg(&jpeg(512, 512)));
        assert!(!is_small_jpeg(&jpeg(513, 10)), "too high");
        assert!(!is_small_jpeg(&jpeg(10, 60_000)), "too wide");
        assert!(!is_small_jpeg(&jpeg(0, 10)), "the height comes later");
        for other in [
            &b""[..],
            b"<svg/>",
            b"GIF89a",
            b"\x89PNG\r\n\x1a\n",
            b"RIFF....WEBPVP8 ",
        ] {
            assert!(!is_small_jpeg(other), "{other:?}");
        }
        let whole = jpeg(120, 160);
        for length in 0..whole.len() {
            assert!(!is_small_jpeg(whole.get(..length).unwrap()));
        }
        let mut lossless = whole;
        *lossless.get_mut(9).unwrap() = 0xc3;
        assert!(!is_small_jpeg(&lossless));
        // A segment of no length would be looked at for ever.
        assert!(!is_small_jpeg(&[0xff, 0xd8, 0xff, 0xe0, 0, 0, 0xff, 0xd9]));
    }
}
