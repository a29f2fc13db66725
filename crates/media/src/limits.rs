//! How much a file may ask of us. What is beyond is refused with an error of its own.

/// Points of a side of a picture that is decoded.
pub const SIDE_MAX: u32 = 16_384;

/// Points of a picture that is decoded.
pub const PIXELS_MAX: u64 = 80_000_000;

/// Points of a picture that moves: whoever looks at it decodes each frame.
pub const MOVING_PIXELS_MAX: u64 = 20_000_000;

/// Bytes that a decoder may take, the decoded picture among them.
pub const DECODED_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// The long side of a picture that is sent in the usual quality.
pub const STANDARD_SIDE_MAX: u32 = 2_048;

/// The long side of a picture that is sent as it is in the usual quality, because making it smaller makes it longer.
pub const STANDARD_KEPT_SIDE_MAX: u32 = 4_096;

/// Quality of a JPEG that we write, of 100.
pub const STANDARD_QUALITY: u8 = 82;

/// Bytes of a colour profile that is kept when a picture is written anew.
pub const PROFILE_BYTES_MAX: usize = 16 * 1024;

/// The long side of a preview.
pub const PREVIEW_SIDE_MAX: u32 = 160;

/// Bytes of a preview.
pub const PREVIEW_BYTES_MAX: usize = 6 * 1024;

/// Both sides of the picture of a person.
pub const AVATAR_SIDE: u32 = 256;

/// Bytes of the picture of a person.
pub const AVATAR_BYTES_MAX: usize = 24 * 1024;

/// Bytes of a ThumbHash.
pub const THUMBHASH_BYTES_MAX: usize = 28;

/// Segments of a JPEG: one of 10 MB of depth in its Exif has two hundred.
pub const JPEG_SEGMENTS_MAX: usize = 4_096;

/// Scans of a JPEG that is decoded. Each is a pass over the whole picture; encoders write about ten.
pub const JPEG_SCANS_MAX: u64 = 64;

/// Points times scans of a JPEG that is decoded.
pub const JPEG_SCANNED_PIXELS_MAX: u64 = 1_600_000_000;

/// Chunks of a PNG: one of 500 MB in pieces of 8 KiB fits.
pub const PNG_CHUNKS_MAX: usize = 65_536;

/// Chunks of a WebP, those within its frames too.
pub const WEBP_CHUNKS_MAX: usize = 16_384;

/// Frames of an animation.
pub const FRAMES_MAX: usize = 1_000;

/// Pieces of data, each of at most 255 bytes, of a GIF: 128 MiB in all.
pub const GIF_BLOCKS_MAX: usize = 524_288;

/// Boxes of a film. One in fragments has a dozen for each: two hours of them in pieces of two seconds fit.
pub const BOXES_MAX: usize = 65_536;

/// Places with coded data in a file whose pieces are followed; there is one, or two.
pub const DATA_MAX: usize = 64;

/// Bytes of one table of a film that is read whole.
pub const TABLE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Items of a picture made of boxes: a photo of a phone has about sixty, as tiles.
pub const ITEMS_MAX: usize = 4_096;

/// Pieces of all items.
pub const PIECES_MAX: usize = 1_000_000;

/// Chunks of samples of all tracks: a day of film with each sample in one of its own.
pub const CHUNKS_MAX: usize = 4_000_000;

/// Elements of a WebM that are looked at. A recording of unknown length has one for each of its frames: three hours.
pub const ELEMENTS_MAX: usize = 1_000_000;

/// Entries of a zip that are looked at to tell what it is.
pub const ZIP_ENTRIES_MAX: usize = 4_096;

/// Bytes at the beginning of a file that are looked at to tell what kind of text it is.
pub const TEXT_HEAD_BYTES: usize = 4_096;

/// Peaks of a voice note.
pub const PEAKS: usize = 64;
