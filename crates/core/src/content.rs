//! Message content: the IETF MIMI content format (draft-ietf-mimi-content), and our own named parts.
//!
//! A content is encoded once, when it is written, and its bytes never change: the message id is their hash, so an
//! encryption under a later epoch is recognised as the same message. docs/spec/content.md says which fields of the
//! draft are used and which are always empty.

use minicbor::data::Type;
use minicbor::{Decoder, Encoder};
use thiserror::Error;
use xchat_proto::address::Endpoint;
use xchat_proto::codec::{self, Bounded};
use xchat_proto::ids::{Hash, LogId, MessageId};
use xchat_proto::keys::PublicKey;
use xchat_proto::limits::{CONTENT_BYTES_MAX, MEMBERS_MAX, MESSAGE_TEXT_BYTES_MAX};
use xchat_proto::name_proof::Certified;

const SALT_BYTES: usize = 16;
const DISPOSITION_RENDER: u8 = 1;
const DISPOSITION_SESSION: u8 = 7;
const SINGLE_PART: u8 = 1;
const EXTENSION_COUNTER: &str = "xchat-counter";
const EXTENSION_CLOCK: &str = "xchat-clock-ms";
const TEXT: &str = "text/markdown;variant=GFM-MIMI";
const RECEIPT: &str = "application/vnd.xchat.receipt+cbor";
const ENDPOINT: &str = "application/vnd.xchat.endpoint+cbor";
const RESEND: &str = "application/vnd.xchat.resend+cbor";

/// One message's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Random, so that equal texts have different ids.
    pub salt: [u8; SALT_BYTES],
    /// The sender device's count of messages in this conversation, from 1; 0 for parts that are not counted.
    pub counter: u64,
    /// The hybrid clock of the sender, in Unix milliseconds: never behind what the sender had seen.
    pub clock_ms: u64,
    /// What it says.
    pub part: Part,
}

/// What a content says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A text (Markdown subset).
    Text(String),
    /// How far this device has received and its user has read.
    Receipt(Receipt),
    /// Where this device can be dialled.
    Endpoint(Endpoint),
    /// Asks a device to send messages again that never arrived.
    Resend(Resend),
    /// A part that this version doesn't know; shown as such.
    Unknown(String),
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

/// Why bytes inside a decrypted message are no content.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ContentError {
    /// Larger than any content.
    #[error("the content has {0} bytes, at most {CONTENT_BYTES_MAX} are allowed")]
    TooLarge(usize),
    /// The text is too long.
    #[error("the text has {0} bytes, at most {MESSAGE_TEXT_BYTES_MAX} are allowed")]
    TextTooLong(usize),
    /// Not MIMI content.
    #[error("malformed content: {0}")]
    Malformed(String),
}

impl From<minicbor::decode::Error> for ContentError {
    fn from(error: minicbor::decode::Error) -> Self {
        Self::Malformed(error.to_string())
    }
}

impl Content {
    /// The encoding, once and for all.
    ///
    /// # Errors
    /// [`ContentError::TextTooLong`] when the text is.
    pub fn encode(&self) -> Result<Vec<u8>, ContentError> {
        if let Part::Text(text) = &self.part
            && text.len() > MESSAGE_TEXT_BYTES_MAX
        {
            return Err(ContentError::TextTooLong(text.len()));
        }
        let mut bytes = Vec::new();
        // Writing to a vector is infallible.
        let written = self.write(&mut Encoder::new(&mut bytes));
        debug_assert!(written.is_ok());
        Ok(bytes)
    }

    fn write(
        &self,
        e: &mut Encoder<&mut Vec<u8>>,
    ) -> Result<(), minicbor::encode::Error<std::convert::Infallible>> {
        let (disposition, kind, body) = match &self.part {
            Part::Text(text) => (DISPOSITION_RENDER, TEXT, text.as_bytes().to_vec()),
            Part::Receipt(receipt) => (DISPOSITION_SESSION, RECEIPT, codec::encode(receipt)),
            Part::Endpoint(endpoint) => (DISPOSITION_SESSION, ENDPOINT, codec::encode(endpoint)),
            Part::Resend(resend) => (DISPOSITION_SESSION, RESEND, codec::encode(resend)),
            Part::Unknown(kind) => (DISPOSITION_RENDER, kind.as_str(), Vec::new()),
        };
        e.array(7)?.bytes(&self.salt)?;
        // replaces, topicId, expires, inReplyTo
        e.null()?.bytes(&[])?.null()?.null()?;
        e.map(2)?
            .str(EXTENSION_COUNTER)?
            .u64(self.counter)?
            .str(EXTENSION_CLOCK)?
            .u64(self.clock_ms)?;
        e.array(5)?
            .u8(disposition)?
            .str("")?
            .u8(SINGLE_PART)?
            .str(kind)?
            .bytes(&body)?;
        Ok(())
    }

    /// Reads a content of a peer.
    ///
    /// # Errors
    /// [`ContentError`] when it is not one.
    pub fn decode(bytes: &[u8]) -> Result<Self, ContentError> {
        if bytes.len() > CONTENT_BYTES_MAX {
            return Err(ContentError::TooLarge(bytes.len()));
        }
        let mut d = Decoder::new(bytes);
        expect_array(&mut d, 7)?;
        let salt = d
            .bytes()?
            .try_into()
            .map_err(|_| ContentError::Malformed("salt".to_owned()))?;
        for _ in 0..4 {
            d.skip()?;
        }
        let (counter, clock_ms) = extensions(&mut d)?;
        expect_array(&mut d, 5)?;
        let _disposition = d.u8()?;
        let _language = d.str()?;
        if d.u8()? != SINGLE_PART {
            return Err(ContentError::Malformed("only single parts are known".to_owned()));
        }
        let kind = d.str()?;
        let body = d.bytes()?;
        if d.position() != bytes.len() {
            return Err(ContentError::Malformed("bytes follow the content".to_owned()));
        }
        Ok(Self {
            salt,
            counter,
            clock_ms,
            part: part(kind, body)?,
        })
    }

    /// The id of the message with this encoding, sent by `device` into `log`.
    pub fn message_id(device: &PublicKey, log: &LogId, encoding: &[u8]) -> MessageId {
        MessageId(Hash::of("xchat v1 message id", &[&device.0, log.as_bytes(), encoding]).0)
    }
}

fn expect_array(d: &mut Decoder<'_>, length: u64) -> Result<(), ContentError> {
    match d.array()? {
        Some(found) if found == length => Ok(()),
        found => Err(ContentError::Malformed(format!(
            "an array of {length}, found {found:?}"
        ))),
    }
}

fn extensions(d: &mut Decoder<'_>) -> Result<(u64, u64), ContentError> {
    let length = d.map()?.filter(|length| *length <= 16);
    let length = length.ok_or_else(|| ContentError::Malformed("extensions".to_owned()))?;
    let (mut counter, mut clock_ms) = (0, 0);
    for _ in 0..length {
        if d.datatype()? != Type::String {
            d.skip()?;
            d.skip()?;
            continue;
        }
        match d.str()? {
            EXTENSION_COUNTER => counter = d.u64()?,
            EXTENSION_CLOCK => clock_ms = d.u64()?,
            _ => d.skip()?,
        }
    }
    // SQLite's integers are signed.
    if i64::try_from(counter).is_err() || i64::try_from(clock_ms).is_err() {
        return Err(ContentError::Malformed("a counter out of range".to_owned()));
    }
    Ok((counter, clock_ms))
}

fn part(kind: &str, body: &[u8]) -> Result<Part, ContentError> {
    let malformed = |error: codec::DecodeError| ContentError::Malformed(error.to_string());
    Ok(match kind {
        TEXT => {
            if body.len() > MESSAGE_TEXT_BYTES_MAX {
                return Err(ContentError::TextTooLong(body.len()));
            }
            let text =
                std::str::from_utf8(body).map_err(|_| ContentError::Malformed("not UTF-8".to_owned()))?;
            Part::Text(text.to_owned())
        }
        RECEIPT => Part::Receipt(codec::decode(body, CONTENT_BYTES_MAX).map_err(malformed)?),
        ENDPOINT => Part::Endpoint(codec::decode(body, CONTENT_BYTES_MAX).map_err(malformed)?),
        RESEND => Part::Resend(codec::decode(body, CONTENT_BYTES_MAX).map_err(malformed)?),
        other => Part::Unknown(other.chars().take(100).collect()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Content {
        Content {
            salt: [7; 16],
            counter: 3,
            clock_ms: 1_000,
            part: Part::Text(text.to_owned()),
        }
    }

    #[test]
    fn cnt_01_content_survives_the_way() {
        let endpoint = Endpoint {
            id: xchat_proto::ids::NodeId([1; 32]),
            sockets: Bounded::default(),
            relay: None,
        };
        let mark = Mark {
            device: PublicKey([2; 32]),
            delivered: 5,
            read: 4,
        };
        for part in [
            Part::Text("مرحبا 👋".to_owned()),
            Part::Endpoint(endpoint),
            Part::Receipt(Receipt {
                marks: Bounded::new(vec![mark]).unwrap(),
                seen: None,
            }),
            Part::Resend(Resend {
                device: PublicKey([2; 32]),
                from: 1,
                to: 2,
            }),
        ] {
            let content = Content { part, ..text("") };
            assert_eq!(Content::decode(&content.encode().unwrap()), Ok(content));
        }
    }

    #[test]
    fn cnt_02_the_limits_hold_on_both_sides() {
        let long = text(&"x".repeat(MESSAGE_TEXT_BYTES_MAX + 1));
        assert!(matches!(long.encode(), Err(ContentError::TextTooLong(_))));
        assert!(matches!(
            Content::decode(&vec![0; CONTENT_BYTES_MAX + 1]),
            Err(ContentError::TooLarge(_))
        ));
    }

    #[test]
    fn cnt_03_a_message_id_binds_sender_log_and_bytes() {
        let bytes = text("hello").encode().unwrap();
        let (alice, log) = (PublicKey([1; 32]), LogId([2; 32]));
        let id = Content::message_id(&alice, &log, &bytes);
        assert_ne!(id, Content::message_id(&PublicKey([3; 32]), &log, &bytes));
        assert_ne!(id, Content::message_id(&alice, &LogId([3; 32]), &bytes));
        assert_ne!(
            id,
            Content::message_id(&alice, &log, &text("hullo").encode().unwrap())
        );
    }

    #[test]
    fn cnt_04_any_cut_is_refused_without_panic() {
        let bytes = text("hello").encode().unwrap();
        for length in 0..bytes.len() {
            assert!(Content::decode(&bytes[..length]).is_err());
        }
    }
}
