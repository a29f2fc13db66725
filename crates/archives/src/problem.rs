//! What can be wrong with an archive: by the file, the place in it, and what it is.

use std::fmt;

/// Something that was left out or mended, while the rest was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file of the archive.
    pub file: String,
    /// Where in it.
    pub place: Place,
    /// What is wrong.
    pub what: What,
}

/// Where in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// All of it.
    Whole,
    /// A line, counted from 1.
    Line(u64),
    /// A conversation, by its id or else its place in the list.
    Conversation(String),
    /// A message of a conversation, by its id or else its place in the list.
    Message(String, String),
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum What {
    /// The file ends in the middle: its beginning was read.
    #[error("the file ends too early; what stands before was read")]
    CutShort,
    /// No JSON: what stands before was read.
    #[error("from here on this is no JSON; what stands before was read")]
    NotJson,
    /// The file has something else than such a file has.
    #[error("this is not what such a file holds")]
    NotAsExpected,
    /// A field is missing or of a wrong type.
    #[error("{0} is missing, or not what it should be")]
    Field(&'static str),
    /// More than is taken.
    #[error("there are more {0} than can be taken; the rest is left out")]
    TooMany(&'static str),
    /// A text was cut.
    #[error("a text is too long and was cut")]
    TextCut,
    /// Decompresses to too much.
    #[error("the file unpacks to far more than it should; it was not read to its end")]
    Bomb,
    /// A name that leads out of the archive, or is no name.
    #[error("the name of a file in the archive is unsafe, so the file is left alone")]
    UnsafeName,
    /// Encrypted, or packed in a way that isn't known.
    #[error("the file is packed in a way that can't be read")]
    Packing,
    /// The medium failed, or the checksum is wrong.
    #[error("the file can't be read: {0}")]
    Unreadable(String),
    /// A second item of the same id.
    #[error("the same id came twice; the first was kept")]
    Twice,
    /// Something unknown.
    #[error("{0} is not known and was left out")]
    Unknown(String),
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.file)?;
        match &self.place {
            Place::Whole => {}
            Place::Line(line) => write!(out, ", line {line}")?,
            Place::Conversation(id) => write!(out, ", conversation {id}")?,
            Place::Message(conversation, id) => write!(out, ", conversation {conversation}, message {id}")?,
        }
        write!(out, ": {}", self.what)
    }
}
