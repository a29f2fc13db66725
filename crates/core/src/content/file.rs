//! Files of a message: where each is found, what opens it, and what is known of it before it is here.

use minicbor::{Decoder, Encoder};
use xchat_proto::codec::{self, Blob, Text};
use xchat_proto::ids::Hash;
use xchat_proto::limits::{
    CAPTION_BYTES_MAX, FILE_BYTES_MAX, FILE_DESCRIPTION_BYTES_MAX, FILE_NAME_BYTES_MAX, FILE_TYPE_BYTES_MAX,
    FILES_MAX, PREVIEW_BYTES_MAX, THUMBHASH_BYTES_MAX, WAVEFORM_PEAKS,
};
use zeroize::ZeroizeOnDrop;

use super::ContentError;
use super::part::{EXTERNAL_PART, MARKDOWN, MULTI_PART, PLAIN, RENDER, SINGLE_PART};

/// Dispositions of the draft.
const ATTACHMENT: u8 = 6;
const PREVIEW: u8 = 8;
/// All parts of a multipart are to be shown.
const PROCESS_ALL: u8 = 2;
/// The sealing of docs/spec/blobs.md, of the private range of AEADs.
const SEALED: u16 = 0xf0c1;
/// BLAKE3, as multihash numbers it.
const BLAKE3: u8 = 0x1e;
const MEDIA: &str = "application/vnd.xchat.media+cbor";
/// Elements of an ExternalPart.
const EXTERNAL_LENGTH: u64 = 15;
/// Most parts of a multipart that is looked at: caption, files, what is known of each, and as many of later versions.
const PARTS_MAX: u64 = 48;
/// Most elements of one part.
const ELEMENTS_MAX: u64 = 32;

/// Files that are sent together, with a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// The text; empty when there is none.
    pub caption: String,
    /// The files, in their order; one at least.
    pub files: Vec<File>,
}

/// One file. Name, type and description are what its sender says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name, without folders.
    pub name: Text<FILE_NAME_BYTES_MAX>,
    /// Its media type.
    pub media_type: Text<FILE_TYPE_BYTES_MAX>,
    /// What it shows, for those who can't see it.
    pub description: Text<FILE_DESCRIPTION_BYTES_MAX>,
    /// Its size in bytes.
    pub size: u64,
    /// The hash of the sealed file, by which it is found and verified.
    pub hash: Hash,
    /// What opens it.
    pub key: FileKey,
    /// What is known of it before it is here.
    pub media: Media,
}

/// What opens a sealed file.
#[derive(Clone, PartialEq, Eq, ZeroizeOnDrop)]
pub struct FileKey {
    /// The key.
    pub key: [u8; 32],
    /// The nonce.
    pub nonce: [u8; 7],
}

impl std::fmt::Debug for FileKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FileKey(..)")
    }
}

/// What a file is to people.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode,
)]
#[cbor(index_only)]
pub enum MediaKind {
    /// Any file.
    #[default]
    #[n(0)]
    File,
    /// A still picture.
    #[n(1)]
    Photo,
    /// A picture that moves.
    #[n(2)]
    Gif,
    /// A film.
    #[n(3)]
    Video,
    /// A sound.
    #[n(4)]
    Audio,
    /// A recorded voice.
    #[n(5)]
    Voice,
    /// A picture that stands for itself.
    #[n(6)]
    Sticker,
}

impl MediaKind {
    /// The kind with this number, as it travels and is stored.
    pub fn of_number(number: u8) -> Option<Self> {
        Some(match number {
            0 => Self::File,
            1 => Self::Photo,
            2 => Self::Gif,
            3 => Self::Video,
            4 => Self::Audio,
            5 => Self::Voice,
            6 => Self::Sticker,
            _ => return None,
        })
    }

    /// Its number.
    pub fn number(self) -> u8 {
        match self {
            Self::File => 0,
            Self::Photo => 1,
            Self::Gif => 2,
            Self::Video => 3,
            Self::Audio => 4,
            Self::Voice => 5,
            Self::Sticker => 6,
        }
    }

    /// Whether it is shown where it stands, rather than as a name.
    fn is_rendered(self) -> bool {
        self != Self::File
    }
}

/// What is known of a file before it is here. All of it is what the sender says.
#[derive(Debug, Clone, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Media {
    /// What it is to people.
    #[n(0)]
    pub kind: MediaKind,
    /// How wide it is shown, in points; 0 for what is not seen.
    #[n(1)]
    pub width: u32,
    /// How high it is shown, in points.
    #[n(2)]
    pub height: u32,
    /// How long it lasts, in milliseconds; 0 for what doesn't, or isn't known.
    #[n(3)]
    pub duration_ms: u64,
    /// A hash that draws a blurred picture.
    #[n(4)]
    pub thumbhash: Blob<THUMBHASH_BYTES_MAX>,
    /// A small JPEG.
    #[n(5)]
    pub preview: Blob<PREVIEW_BYTES_MAX>,
    /// How loud each part of a sound is.
    #[n(6)]
    pub waveform: Blob<WAVEFORM_PEAKS>,
}

type Written = Result<(), minicbor::encode::Error<std::convert::Infallible>>;

impl Files {
    pub(super) fn check(&self) -> Result<(), ContentError> {
        if self.caption.len() > CAPTION_BYTES_MAX {
            return Err(ContentError::CaptionTooLong(self.caption.len()));
        }
        if self.files.is_empty() || self.files.len() > FILES_MAX {
            return Err(ContentError::FileCount(self.files.len()));
        }
        match self.files.iter().find(|file| file.size > FILE_BYTES_MAX) {
            Some(file) => Err(ContentError::FileTooLarge(file.size)),
            None => Ok(()),
        }
    }

    pub(super) fn write(&self, e: &mut Encoder<&mut Vec<u8>>) -> Written {
        let has_caption = !self.caption.is_empty();
        let parts = self
            .files
            .len()
            .saturating_mul(2)
            .saturating_add(usize::from(has_caption));
        e.array(5)?
            .u8(RENDER)?
            .str("")?
            .u8(MULTI_PART)?
            .u8(PROCESS_ALL)?
            .array(parts as u64)?;
        if has_caption {
            single(e, RENDER, MARKDOWN, self.caption.as_bytes())?;
        }
        self.files.iter().try_for_each(|file| file.write(e))
    }

    /// Reads what follows the cardinality of a multipart: of what isn't files of ours there is nothing.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut d = Decoder::new(bytes);
        if d.u8().ok()? != PROCESS_ALL {
            return None;
        }
        let length = d.array().ok()?.filter(|length| *length <= PARTS_MAX)?;
        let mut caption = None;
        let mut files: Vec<Pending> = Vec::new();
        for _ in 0..length {
            match Entry::read(&mut d).ok()? {
                Entry::Text(text) if caption.is_none() && files.is_empty() => caption = Some(text?),
                Entry::File(file) => files.push(Pending {
                    file: *file?,
                    is_described: false,
                }),
                Entry::Media(media) => {
                    if let Some(last) = files.last_mut().filter(|last| !last.is_described) {
                        (last.file.media, last.is_described) = (*media, true);
                    }
                }
                // What a later version adds.
                Entry::Text(_) | Entry::Other => {}
            }
        }
        let found = Self {
            caption: caption.unwrap_or_default(),
            files: files.into_iter().map(|pending| pending.file).collect(),
        };
        found.check().ok().map(|()| found)
    }
}

struct Pending {
    file: File,
    is_described: bool,
}

fn single(e: &mut Encoder<&mut Vec<u8>>, disposition: u8, media_type: &str, body: &[u8]) -> Written {
    e.array(5)?
        .u8(disposition)?
        .str("")?
        .u8(SINGLE_PART)?
        .str(media_type)?
        .bytes(body)?;
    Ok(())
}

impl File {
    fn write(&self, e: &mut Encoder<&mut Vec<u8>>) -> Written {
        let disposition = match self.media.kind.is_rendered() {
            true => RENDER,
            false => ATTACHMENT,
        };
        e.array(EXTERNAL_LENGTH)?
            .u8(disposition)?
            .str("")?
            .u8(EXTERNAL_PART)?;
        e.str(self.media_type.as_str())?;
        // No address: it is at the homes of the conversation, or at the device that sent it. It does not expire.
        e.str("")?.u8(0)?.u64(self.size)?;
        e.u16(SEALED)?
            .bytes(&self.key.key)?
            .bytes(&self.key.nonce)?
            .bytes(&[])?;
        e.u8(BLAKE3)?.bytes(self.hash.as_bytes())?;
        e.str(self.description.as_str())?.str(self.name.as_str())?;
        single(e, PREVIEW, MEDIA, &codec::encode(&self.media))
    }

    /// Reads what follows the cardinality; nothing when it isn't sealed as ours are, or beyond a limit.
    fn read(d: &mut Decoder<'_>) -> Result<Option<Self>, minicbor::decode::Error> {
        let media_type = Text::new(d.str()?.to_owned());
        let (_url, _expires) = (d.str()?, d.u64()?);
        let size = d.u64()?;
        let sealing = d.u64()?;
        let (key, nonce) = (d.bytes()?.try_into(), d.bytes()?.try_into());
        let has_associated_data = !d.bytes()?.is_empty();
        let hashing = d.u64()?;
        let hash: Result<[u8; 32], _> = d.bytes()?.try_into();
        let description = Text::new(d.str()?.to_owned());
        let name = Text::new(d.str()?.to_owned());
        let is_ours = sealing == u64::from(SEALED) && hashing == u64::from(BLAKE3) && !has_associated_data;
        let file = match (media_type, description, name, hash, key, nonce) {
            (Ok(media_type), Ok(description), Ok(name), Ok(hash), Ok(key), Ok(nonce)) if is_ours => {
                Some(Self {
                    name,
                    media_type,
                    description,
                    size,
                    hash: Hash(hash),
                    key: FileKey { key, nonce },
                    media: Media::default(),
                })
            }
            _ => None,
        };
        Ok(file)
    }
}

/// A part of a multipart. What is of ours and does not hold is nothing.
enum Entry {
    Text(Option<String>),
    File(Option<Box<File>>),
    Media(Box<Media>),
    Other,
}

impl Entry {
    fn read(d: &mut Decoder<'_>) -> Result<Self, minicbor::decode::Error> {
        let malformed = || minicbor::decode::Error::message("a part of a multipart");
        let length = d.array()?.filter(|length| (3..=ELEMENTS_MAX).contains(length));
        let length = length.ok_or_else(malformed)?;
        let (_disposition, _language, cardinality) = (d.u8()?, d.str()?, d.u8()?);
        match (length, cardinality) {
            (5, SINGLE_PART) => {
                let (media_type, body) = (d.str()?, d.bytes()?);
                Ok(match media_type {
                    MARKDOWN | PLAIN => Self::Text(String::from_utf8(body.to_vec()).ok()),
                    MEDIA => codec::decode(body, body.len()).map_or(Self::Other, Self::Media),
                    _ => Self::Other,
                })
            }
            (EXTERNAL_LENGTH, EXTERNAL_PART) => Ok(Self::File(File::read(d)?.map(Box::new))),
            _ => {
                for _ in 3..length {
                    d.skip()?;
                }
                Ok(Self::Other)
            }
        }
    }
}
