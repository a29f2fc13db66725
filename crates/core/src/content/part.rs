//! The nested part of a content: what it says.

use minicbor::{Decoder, Encoder};
use xchat_proto::address::Endpoint;
use xchat_proto::codec::{self, Blob, Bounded, Text};
use xchat_proto::ids::Hash;
use xchat_proto::keys::PublicKey;
use xchat_proto::limits::{CONTENT_BYTES_MAX, MEMBERS_MAX, MESSAGE_TEXT_BYTES_MAX, REACTION_BYTES_MAX};
use xchat_proto::name_proof::Certified;

use super::ContentError;
use super::file::Files;
use super::poll::{Poll, Vote};
use super::preview::is_avatar;
use crate::limits::{AVATAR_BYTES_MAX, BIO_BYTES_MAX, DISPLAY_NAME_BYTES_MAX};

/// Dispositions of the draft.
const UNSPECIFIED: u8 = 0;
pub(super) const RENDER: u8 = 1;
const REACTION: u8 = 2;
const SESSION: u8 = 7;
/// Cardinalities of the draft.
const NULL_PART: u8 = 0;
pub(super) const SINGLE_PART: u8 = 1;
pub(super) const EXTERNAL_PART: u8 = 2;
pub(super) const MULTI_PART: u8 = 3;
/// The most elements that a nested part of the draft has.
const ELEMENTS_MAX: u64 = 16;

pub(super) const MARKDOWN: &str = "text/markdown;variant=GFM-MIMI";
pub(super) const PLAIN: &str = "text/plain;charset=utf-8";
const RECEIPT: &str = "application/vnd.xchat.receipt+cbor";
const ENDPOINT: &str = "application/vnd.xchat.endpoint+cbor";
const RESEND: &str = "application/vnd.xchat.resend+cbor";
const GONE: &str = "application/vnd.xchat.gone+cbor";
const FETCHED: &str = "application/vnd.xchat.fetched+cbor";
const SETTING: &str = "application/vnd.xchat.setting+cbor";
const PROFILE: &str = "application/vnd.xchat.profile+cbor";
const PIN: &str = "application/vnd.xchat.pin+cbor";
const POLL: &str = "application/vnd.xchat.poll+cbor";
const VOTE: &str = "application/vnd.xchat.vote+cbor";
const POLL_END: &str = "application/vnd.xchat.poll-end+cbor";
/// How much of an unknown type is told, in letters.
const TYPE_LETTERS_MAX: usize = 100;
/// Most files that one content tells of.
const FETCHED_MAX: usize = 32;

/// What a content says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A text (Markdown subset).
    Text(String),
    /// Files, with a text.
    Files(Files),
    /// A question with choices.
    Poll(Poll),
    /// What its sender chooses in a poll.
    Vote(Vote),
    /// A poll takes no more votes.
    PollEnd,
    /// One emoji about another message.
    Reaction(String),
    /// Nothing: what it replaces is deleted, or taken back.
    Void,
    /// What holds in the conversation from now on.
    Setting(Setting),
    /// Whether another message is pinned.
    Pin(Pin),
    /// What its sender says of themselves.
    Profile(Profile),
    /// How far this device has received and its user has read.
    Receipt(Receipt),
    /// Where this device can be dialled.
    Endpoint(Endpoint),
    /// Asks a device to send messages again that never arrived.
    Resend(Resend),
    /// What was asked for is deleted and will not come.
    Gone(Gone),
    /// Files that this device has.
    Fetched(Fetched),
    /// A part that this version doesn't know.
    Unknown {
        /// Its type.
        kind: String,
        /// Whether its sender wants people to see something.
        is_shown: bool,
    },
}

/// Cumulative receipts, one mark for each sending device.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Receipt {
    /// The marks.
    #[n(0)]
    pub marks: Bounded<Mark, MEMBERS_MAX>,
    /// Now and then the newest block of the directory that this device was shown: two people who are shown two truths
    /// find out by it.
    #[n(1)]
    pub seen: Option<Box<Certified>>,
}

/// How far one sending device's messages have come.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Mark {
    /// The sending device.
    #[n(0)]
    pub device: PublicKey,
    /// All messages up to this count are on disk here.
    #[n(1)]
    pub delivered: u64,
    /// All messages up to this count have been read. 0 when read receipts are off.
    #[n(2)]
    pub read: u64,
}

/// Which messages of a device are missing.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Resend {
    /// The device that sent them.
    #[n(0)]
    pub device: PublicKey,
    /// The first missing count.
    #[n(1)]
    pub from: u64,
    /// The last missing count.
    #[n(2)]
    pub to: u64,
}

/// Which of the sending device's messages will not come.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Gone {
    /// The first such count.
    #[n(0)]
    pub from: u64,
    /// The last such count.
    #[n(1)]
    pub to: u64,
}

/// Which files the sending device has, by their addresses.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Fetched {
    /// The addresses.
    #[n(0)]
    pub hashes: Bounded<Hash, FETCHED_MAX>,
}

/// What holds in a conversation for all who are in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Setting {
    /// How long after they were read messages disappear, in seconds; nothing when they stay.
    #[n(0)]
    pub timer_s: Option<u32>,
}

/// Whether a message is pinned for all who are in the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Pin {
    /// Whether it is.
    #[n(0)]
    pub is_on: bool,
}

/// What somebody says of themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Profile {
    /// What they want to be called.
    #[n(0)]
    pub name: Text<DISPLAY_NAME_BYTES_MAX>,
    /// A few words.
    #[n(1)]
    pub bio: Text<BIO_BYTES_MAX>,
    /// A JPEG of 256 points a side; empty when there is none.
    #[n(2)]
    pub avatar: Blob<AVATAR_BYTES_MAX>,
}

impl Profile {
    /// A picture that is none is not kept.
    fn sound(mut self) -> Self {
        if !is_avatar(self.avatar.as_slice()) {
            self.avatar = Blob::default();
        }
        self
    }
}

/// Whether a text may be a reaction: short, and no word of a language. What an emoji is changes every year; what does
/// no harm is let through.
pub fn is_reaction(text: &str) -> bool {
    let is_fit = |letter: char| match letter {
        // Digits of keycaps; letters in circles and squares.
        '0'..='9' | '#' | '*' | '\u{2100}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}' => true,
        letter => !letter.is_alphanumeric() && !letter.is_whitespace() && !letter.is_control(),
    };
    !text.is_ascii() && text.len() <= REACTION_BYTES_MAX && text.chars().all(is_fit)
}

impl Part {
    /// Whether it counts among its sender's messages, and so is never lost.
    pub fn is_counted(&self) -> bool {
        matches!(
            self,
            Self::Text(_)
                | Self::Files(_)
                | Self::Poll(_)
                | Self::Vote(_)
                | Self::PollEnd
                | Self::Reaction(_)
                | Self::Void
                | Self::Setting(_)
                | Self::Pin(_)
                | Self::Profile(_)
        )
    }

    pub(super) fn check(&self) -> Result<(), ContentError> {
        match self {
            Self::Text(text) if text.len() > MESSAGE_TEXT_BYTES_MAX => {
                Err(ContentError::TextTooLong(text.len()))
            }
            Self::Reaction(emoji) if !is_reaction(emoji) => Err(ContentError::NoReaction),
            Self::Setting(Setting {
                timer_s: Some(timer_s),
            }) if !super::is_timer(*timer_s) => Err(ContentError::NoTimer),
            Self::Files(files) => files.check(),
            Self::Poll(poll) => poll.check(),
            _ => Ok(()),
        }
    }

    pub(super) fn write(
        &self,
        e: &mut Encoder<&mut Vec<u8>>,
    ) -> Result<(), minicbor::encode::Error<std::convert::Infallible>> {
        let (disposition, kind, body) = match self {
            Self::Void => {
                e.array(3)?.u8(UNSPECIFIED)?.str("")?.u8(NULL_PART)?;
                return Ok(());
            }
            Self::Files(files) => return files.write(e),
            Self::Text(text) => (RENDER, MARKDOWN, text.as_bytes().to_vec()),
            Self::Reaction(emoji) => (REACTION, PLAIN, emoji.as_bytes().to_vec()),
            Self::Setting(setting) => (UNSPECIFIED, SETTING, codec::encode(setting)),
            Self::Pin(pin) => (UNSPECIFIED, PIN, codec::encode(pin)),
            Self::Poll(poll) => (RENDER, POLL, codec::encode(poll)),
            Self::Vote(vote) => (UNSPECIFIED, VOTE, codec::encode(vote)),
            Self::PollEnd => (UNSPECIFIED, POLL_END, Vec::new()),
            Self::Profile(profile) => (UNSPECIFIED, PROFILE, codec::encode(profile)),
            Self::Receipt(receipt) => (SESSION, RECEIPT, codec::encode(receipt)),
            Self::Endpoint(endpoint) => (SESSION, ENDPOINT, codec::encode(endpoint)),
            Self::Resend(resend) => (SESSION, RESEND, codec::encode(resend)),
            Self::Gone(gone) => (SESSION, GONE, codec::encode(gone)),
            Self::Fetched(fetched) => (SESSION, FETCHED, codec::encode(fetched)),
            Self::Unknown { kind, is_shown } => {
                let disposition = if *is_shown { RENDER } else { UNSPECIFIED };
                (disposition, kind.as_str(), Vec::new())
            }
        };
        e.array(5)?
            .u8(disposition)?
            .str("")?
            .u8(SINGLE_PART)?
            .str(kind)?
            .bytes(&body)?;
        Ok(())
    }

    pub(super) fn read(d: &mut Decoder<'_>, is_counted: bool) -> Result<Self, ContentError> {
        let length = d.array()?.filter(|length| (3..=ELEMENTS_MAX).contains(length));
        let length = length.ok_or_else(|| ContentError::Malformed("nested part".to_owned()))?;
        let disposition = d.u8()?;
        let _language = d.str()?;
        let cardinality = d.u8()?;
        let unknown = |kind: &str| Self::Unknown {
            kind: kind.chars().take(TYPE_LETTERS_MAX).collect(),
            is_shown: disposition != UNSPECIFIED && disposition != REACTION && disposition != SESSION,
        };
        match (length, cardinality) {
            (3, NULL_PART) => Ok(Self::Void),
            (5, SINGLE_PART) => {
                let kind = d.str()?;
                let body = d.bytes()?;
                match single(disposition, kind, body) {
                    Ok(Some(part)) => Ok(part),
                    Ok(None) => Ok(unknown(kind)),
                    Err(_) if is_counted => Ok(unknown(kind)),
                    Err(error) => Err(error),
                }
            }
            (5, MULTI_PART) => {
                let start = d.position();
                d.skip()?;
                d.skip()?;
                let parts = d.input().get(start..d.position()).and_then(Files::read);
                Ok(parts.map_or_else(|| unknown("multipart"), Self::Files))
            }
            _ => {
                for _ in 3..length {
                    d.skip()?;
                }
                Ok(unknown(match cardinality {
                    EXTERNAL_PART => "external",
                    MULTI_PART => "multipart",
                    _ => "part",
                }))
            }
        }
    }
}

fn single(disposition: u8, kind: &str, body: &[u8]) -> Result<Option<Part>, ContentError> {
    let malformed = |error: codec::DecodeError| ContentError::Malformed(error.to_string());
    let text = || std::str::from_utf8(body).map_err(|_| ContentError::Malformed("not UTF-8".to_owned()));
    let part = match kind {
        MARKDOWN | PLAIN if disposition == REACTION => Part::Reaction(text()?.to_owned()),
        MARKDOWN | PLAIN => Part::Text(text()?.to_owned()),
        RECEIPT => Part::Receipt(codec::decode(body, CONTENT_BYTES_MAX).map_err(malformed)?),
        ENDPOINT => Part::Endpoint(codec::decode(body, CONTENT_BYTES_MAX).map_err(malformed)?),
        RESEND => Part::Resend(codec::decode(body, CONTENT_BYTES_MAX).map_err(malformed)?),
        PROFILE => {
            let profile: Profile = codec::decode(body, CONTENT_BYTES_MAX).map_err(malformed)?;
            Part::Profile(profile.sound())
        }
        POLL => Part::Poll(codec::decode(body, CONTENT_BYTES_MAX).map_err(malformed)?),
        VOTE => Part::Vote(codec::decode(body, CONTENT_BYTES_MAX).map_err(malformed)?),
        POLL_END => Part::PollEnd,
        PIN => Part::Pin(codec::decode(body, CONTENT_BYTES_MAX).map_err(malformed)?),
        SETTING => Part::Setting(codec::decode(body, CONTENT_BYTES_MAX).map_err(malformed)?),
        GONE => Part::Gone(codec::decode(body, CONTENT_BYTES_MAX).map_err(malformed)?),
        FETCHED => Part::Fetched(codec::decode(body, CONTENT_BYTES_MAX).map_err(malformed)?),
        _ => return Ok(None),
    };
    part.check()?;
    Ok(Some(part))
}
