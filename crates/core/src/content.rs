//! Message content: the IETF MIMI content format (draft-ietf-mimi-content-08), and our own named parts.
//!
//! A content is encoded once, when it is written, and its bytes never change: the message id is their hash, so an
//! encryption under a later epoch is recognised as the same message. docs/spec/content.md says which fields of the
//! draft are used and which are always empty.

mod file;
mod part;
mod poll;
pub(crate) mod preview;

use minicbor::{Decoder, Encoder};
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use xchat_proto::ids::{LogId, MessageId};
use xchat_proto::keys::PublicKey;
use xchat_proto::limits::{
    CAPTION_BYTES_MAX, CONTENT_BYTES_MAX, FILE_BYTES_MAX, FILES_MAX, MESSAGE_TEXT_BYTES_MAX,
    REACTION_BYTES_MAX, TIMER_S_MAX, TIMER_S_MIN,
};

use crate::limits::{
    ANSWER_BYTES_MAX, ANSWERS_MAX, POLL_CHOICE_BYTES_MAX, POLL_CHOICES_MAX, POLL_CHOICES_MIN,
    POLL_QUESTION_BYTES_MAX,
};
pub use file::{File, FileKey, Files, Media, MediaKind};
pub use part::{Fetched, Gone, Mark, Part, Pin, Profile, Receipt, Resend, Setting, is_reaction};
pub use poll::{Poll, Vote};
pub(crate) use preview::is_avatar;

const SALT_BYTES: usize = 16;
/// Our extensions (private integers of the draft's map).
const EXTENSION_COUNTER: i64 = -1;
const EXTENSION_CLOCK: i64 = -2;
const EXTENSION_FORWARDED: i64 = -3;
const EXTENSION_ANSWERS: i64 = -4;
const EXTENSIONS_MAX: u64 = 16;

/// One message's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Random, so that equal texts have different ids.
    pub salt: [u8; SALT_BYTES],
    /// The first version of the message that this one changes or takes back.
    pub replaces: Option<MessageId>,
    /// How long after it was read it disappears, in seconds.
    pub timer_s: Option<u32>,
    /// The first version of the message that this one answers or is about.
    pub in_reply_to: Option<MessageId>,
    /// The sender device's count of messages in this conversation, from 1; 0 for parts that are not counted.
    pub counter: u64,
    /// The hybrid clock of the sender, in Unix milliseconds: never behind what the sender had seen.
    pub clock_ms: u64,
    /// Whether it was written elsewhere. Where, and by whom, is not told.
    pub is_forwarded: bool,
    /// What its readers can answer with one touch, in that order. Programs offer this.
    pub answers: Vec<String>,
    /// What it says.
    pub part: Part,
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
    /// Not one emoji.
    #[error("a reaction is one emoji of at most {REACTION_BYTES_MAX} bytes")]
    NoReaction,
    /// Disappears too early or too late.
    #[error("messages disappear after {TIMER_S_MIN} to {TIMER_S_MAX} seconds")]
    NoTimer,
    /// The text that goes with files is too long.
    #[error("the caption has {0} bytes, at most {CAPTION_BYTES_MAX} are allowed")]
    CaptionTooLong(usize),
    /// No files, or too many.
    #[error("a message has 1 to {FILES_MAX} files, not {0}")]
    FileCount(usize),
    /// A file is too large.
    #[error("the file has {0} bytes, at most {FILE_BYTES_MAX} are allowed")]
    FileTooLarge(u64),
    /// Not a poll.
    #[error(
        "a poll has a question of at most {POLL_QUESTION_BYTES_MAX} bytes, and {POLL_CHOICES_MIN} to \
         {POLL_CHOICES_MAX} different choices of at most {POLL_CHOICE_BYTES_MAX}"
    )]
    NoPoll,
    /// Not what one can answer with.
    #[error("a message offers at most {ANSWERS_MAX} answers of at most {ANSWER_BYTES_MAX} bytes")]
    NoAnswers,
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
    /// [`ContentError::TextTooLong`] when the text is, [`ContentError::NoReaction`] when a reaction is none.
    pub fn encode(&self) -> Result<Vec<u8>, ContentError> {
        self.part.check()?;
        if self.timer_s.is_some_and(|timer_s| !is_timer(timer_s)) {
            return Err(ContentError::NoTimer);
        }
        if !are_answers(&self.answers) {
            return Err(ContentError::NoAnswers);
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
        e.array(7)?.bytes(&self.salt)?;
        write_id(e, self.replaces.as_ref())?;
        // topicId
        e.bytes(&[])?;
        match self.timer_s {
            Some(timer_s) => e.array(2)?.bool(true)?.u32(timer_s)?,
            None => e.null()?,
        };
        write_id(e, self.in_reply_to.as_ref())?;
        let extensions = [self.is_forwarded, !self.answers.is_empty()];
        e.map(
            extensions
                .into_iter()
                .map(u64::from)
                .sum::<u64>()
                .saturating_add(2),
        )?
        .i64(EXTENSION_COUNTER)?
        .u64(self.counter)?
        .i64(EXTENSION_CLOCK)?
        .u64(self.clock_ms)?;
        if self.is_forwarded {
            e.i64(EXTENSION_FORWARDED)?.bool(true)?;
        }
        if !self.answers.is_empty() {
            e.i64(EXTENSION_ANSWERS)?.encode(&self.answers)?;
        }
        self.part.write(e)
    }

    /// Reads a content of a peer. A part that this version doesn't know, or that does not hold, is
    /// [`Part::Unknown`] when it is counted: it keeps its place.
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
        let replaces = read_id(&mut d)?;
        // topicId
        d.skip()?;
        let timer_s = read_timer(&mut d)?;
        let in_reply_to = read_id(&mut d)?;
        let Extensions {
            counter,
            clock_ms,
            is_forwarded,
            answers,
        } = extensions(&mut d)?;
        let part = Part::read(&mut d, counter > 0)?;
        if d.position() != bytes.len() {
            return Err(ContentError::Malformed("bytes follow the content".to_owned()));
        }
        Ok(Self {
            salt,
            replaces,
            timer_s,
            in_reply_to,
            counter,
            clock_ms,
            is_forwarded,
            answers,
            part,
        })
    }

    /// The id of the message with this encoding, sent by `device` into `log` (draft-ietf-mimi-content-08, "Message
    /// ID"). The URIs of sender and room are implied: they are never encoded.
    pub fn message_id(device: &PublicKey, log: &LogId, salt: &[u8; 16], encoding: &[u8]) -> MessageId {
        let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
        let sender = format!("xchat:d/{}", hex(&device.0));
        let room = format!("xchat:r/{}", hex(log.as_bytes()));
        let mut hash = Sha256::new();
        for uri in [sender, room] {
            let length = u16::try_from(uri.len()).unwrap_or(u16::MAX);
            hash.update(length.to_be_bytes());
            hash.update(uri.as_bytes());
        }
        hash.update(encoding);
        hash.update(salt);
        let digest: [u8; 32] = hash.finalize().into();
        let mut id = [1; 32];
        // One byte says which hash it is, and the rest is cut.
        id.iter_mut()
            .skip(1)
            .zip(digest)
            .for_each(|(to, from)| *to = from);
        MessageId(id)
    }

    /// The id of this content, whose encoding it is.
    pub fn id(&self, device: &PublicKey, log: &LogId, encoding: &[u8]) -> MessageId {
        Self::message_id(device, log, &self.salt, encoding)
    }
}

fn write_id(
    e: &mut Encoder<&mut Vec<u8>>,
    id: Option<&MessageId>,
) -> Result<(), minicbor::encode::Error<std::convert::Infallible>> {
    match id {
        Some(id) => e.bytes(id.as_bytes())?,
        None => e.null()?,
    };
    Ok(())
}

fn read_id(d: &mut Decoder<'_>) -> Result<Option<MessageId>, ContentError> {
    if d.datatype()? == minicbor::data::Type::Null {
        d.skip()?;
        return Ok(None);
    }
    let id: [u8; 32] = d
        .bytes()?
        .try_into()
        .map_err(|_| ContentError::Malformed("a message id has 32 bytes".to_owned()))?;
    Ok(Some(MessageId(id)))
}

/// Whether messages may disappear after so many seconds.
pub fn is_timer(timer_s: u32) -> bool {
    (TIMER_S_MIN..=TIMER_S_MAX).contains(&timer_s)
}

/// A time from reading on; one out of bounds is the nearest within. What is not that, as an hour of some day, is read
/// over.
fn read_timer(d: &mut Decoder<'_>) -> Result<Option<u32>, ContentError> {
    let mut probe = d.probe();
    let is_relative = matches!(probe.array(), Ok(Some(2))) && matches!(probe.bool(), Ok(true));
    let seconds = is_relative.then(|| probe.u64().ok()).flatten();
    d.skip()?;
    let within = |seconds| {
        u32::try_from(seconds)
            .unwrap_or(u32::MAX)
            .clamp(TIMER_S_MIN, TIMER_S_MAX)
    };
    Ok(seconds.map(within))
}

fn expect_array(d: &mut Decoder<'_>, length: u64) -> Result<(), ContentError> {
    match d.array()? {
        Some(found) if found == length => Ok(()),
        found => Err(ContentError::Malformed(format!(
            "an array of {length}, found {found:?}"
        ))),
    }
}

#[derive(Default)]
struct Extensions {
    counter: u64,
    clock_ms: u64,
    is_forwarded: bool,
    answers: Vec<String>,
}

/// Whether these can be offered: few, short, none empty, no two the same.
pub(crate) fn are_answers(answers: &[String]) -> bool {
    let is_sound = |(at, answer): (usize, &String)| {
        answer.len() <= ANSWER_BYTES_MAX
            && !answer.trim().is_empty()
            && !answer.chars().any(char::is_control)
            && !answers.iter().take(at).any(|before| before == answer)
    };
    answers.len() <= ANSWERS_MAX && answers.iter().enumerate().all(is_sound)
}

/// The answers that are offered; none if they are not as they must be.
fn read_answers(d: &mut Decoder<'_>) -> Result<Vec<String>, ContentError> {
    let mut probe = d.probe();
    let length = probe.array().ok().flatten().unwrap_or(0);
    let mut answers = Vec::new();
    if length <= u64::try_from(ANSWERS_MAX).unwrap_or(0) {
        for _ in 0..length {
            answers.extend(probe.str().ok().map(str::to_owned));
        }
    }
    d.skip()?;
    let is_whole = u64::try_from(answers.len()) == Ok(length);
    Ok(if is_whole && are_answers(&answers) {
        answers
    } else {
        Vec::new()
    })
}

fn extensions(d: &mut Decoder<'_>) -> Result<Extensions, ContentError> {
    let length = d.map()?.filter(|length| *length <= EXTENSIONS_MAX);
    let length = length.ok_or_else(|| ContentError::Malformed("extensions".to_owned()))?;
    let mut found = Extensions::default();
    for _ in 0..length {
        // Names are integers or texts; those of others are read over.
        let Ok(name) = d.probe().i64() else {
            d.skip()?;
            d.skip()?;
            continue;
        };
        d.skip()?;
        match name {
            EXTENSION_COUNTER => found.counter = d.u64()?,
            EXTENSION_CLOCK => found.clock_ms = d.u64()?,
            EXTENSION_FORWARDED => found.is_forwarded = d.bool()?,
            EXTENSION_ANSWERS => found.answers = read_answers(d)?,
            _ => d.skip()?,
        }
    }
    // SQLite's integers are signed.
    if i64::try_from(found.counter).is_err() || i64::try_from(found.clock_ms).is_err() {
        return Err(ContentError::Malformed("a counter out of range".to_owned()));
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
