//! What every archive is turned into: conversations, the people in them, messages and notices, one after the other.
//!
//! Nothing here is believed: it is what a file said, made bounded and well-formed. Who a person is among our contacts
//! is not this crate's concern.

use std::ops::ControlFlow;

use crate::problem::Problem;

/// Where an archive comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The archive that X, once Twitter, gives its users.
    X,
    /// An exported chat of WhatsApp.
    WhatsApp,
    /// The JSON export of Telegram Desktop.
    Telegram,
}

/// What was found on opening: what it is, and how much there is to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    /// Where it comes from.
    pub source: Source,
    /// The files with messages that will be read.
    pub files: Vec<String>,
    /// What these have together, in bytes.
    pub bytes: u64,
}

/// A person as an archive names them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Person {
    /// The same for this person everywhere in archives of one source. WhatsApp has nothing but the shown name.
    pub id: String,
    /// A shown name, where the archive has one.
    pub name: Option<String>,
    /// A user name without the @, where the archive has one.
    pub username: Option<String>,
}

impl Person {
    /// Somebody of whom nothing but the id is known.
    pub fn of_id(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: None,
            username: None,
        }
    }
}

/// A conversation. It comes before its items, and once more after them with all that is known by then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// The same in every archive of one source that has this conversation.
    pub id: String,
    /// Its title, where it has one.
    pub title: Option<String>,
    /// Whether it is more than a talk of two.
    pub is_group: bool,
    /// Everybody who was seen in it.
    pub people: Vec<Person>,
}

/// What happened in a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The conversation.
    pub conversation: String,
    /// The same at every reading: with source and conversation it says whether an item is there already.
    pub id: String,
    /// When, in Unix milliseconds.
    pub at_ms: u64,
    /// What.
    pub body: Body,
}

/// A message, or what a service says between messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Somebody wrote.
    Message(Message),
    /// Something changed.
    Notice(Notice),
}

/// What somebody wrote.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message {
    /// Whose id, which is among the conversation's people.
    pub person: String,
    /// Plain text. `None`: the archive names the message and hasn't its text.
    pub text: Option<String>,
    /// Files that came with it.
    pub media: Vec<Media>,
    /// Who reacted how.
    pub reactions: Vec<Reaction>,
    /// The item that it answers, in the same conversation. It may be missing from the archive.
    pub reply_to: Option<String>,
    /// Who wrote it first, as a shown name.
    pub forwarded_from: Option<String>,
    /// Whether and when it was changed.
    pub edited: Edited,
}

/// Whether a message was changed after it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Edited {
    /// It wasn't, as far as the archive says.
    #[default]
    No,
    /// It was; the archive doesn't say when.
    Yes,
    /// It was, in Unix milliseconds.
    AtMs(u64),
}

/// A reaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// Whose id. Where it is `None`, the archive has the number of them only.
    pub person: Option<String>,
    /// An emoji, or the service's word for it.
    pub emoji: String,
    /// How many times, 1 if a person is named.
    pub count: u64,
    /// When, in Unix milliseconds.
    pub at_ms: Option<u64>,
}

/// A file that came with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// Where it is in the archive, as a name for `Files::open`. `None`: it isn't there.
    pub file: Option<String>,
    /// What to show as its name.
    pub name: String,
    /// What the archive says that it is; the bytes decide.
    pub kind: MediaKind,
    /// Its type, as the archive says.
    pub mime: Option<String>,
    /// How long it plays.
    pub duration_ms: Option<u64>,
    /// Width and height in pixels.
    pub size: Option<(u32, u32)>,
}

/// What a file is said to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaKind {
    /// A still picture.
    Image,
    /// A moving picture without sound.
    Animation,
    /// A film.
    Video,
    /// A round or short film message.
    VideoNote,
    /// A voice message.
    Voice,
    /// Music and other sound.
    Audio,
    /// A sticker.
    Sticker,
    /// Anything else.
    File,
}

/// What a service says between messages. Ids are of people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Somebody came, or was brought by another.
    Joined {
        /// Who came.
        people: Vec<String>,
        /// Who brought them.
        by: Option<String>,
    },
    /// Somebody left, or was taken out by another.
    Left {
        /// Who left.
        people: Vec<String>,
        /// Who took them out.
        by: Option<String>,
    },
    /// The conversation was named.
    Renamed {
        /// Its new title.
        title: String,
        /// Who did it.
        by: Option<String>,
    },
    /// The conversation was made.
    Created {
        /// Its title.
        title: Option<String>,
        /// Who did it.
        by: Option<String>,
    },
    /// A message was pinned.
    Pinned {
        /// The id of the item.
        item: String,
        /// Who did it.
        by: Option<String>,
    },
    /// Somebody called.
    Called {
        /// Who did.
        by: Option<String>,
        /// How long it took; 0 if nobody answered.
        duration_ms: u64,
    },
    /// Anything else, in the words of the archive.
    Other {
        /// A sentence, or the service's word for it.
        words: String,
        /// Who did it.
        by: Option<String>,
    },
}

/// How far reading is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Progress {
    /// Bytes of `Archive::bytes` that are read.
    pub bytes: u64,
    /// Conversations so far.
    pub conversations: u64,
    /// Items so far.
    pub items: u64,
    /// What went wrong so far.
    pub problems: u64,
}

/// What a reader tells, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// Whose archive it is, where it says so. Comes once, and first in what the services write.
    Own(Person),
    /// A conversation: before its items, and again when more is known of it. The last one counts.
    Conversation(Conversation),
    /// What happened in the conversation told before. Items of one conversation need not be in order of time.
    Item(Item),
    /// What was left out, or mended. Reading goes on.
    Problem(Problem),
    /// How far it is: every 1,000 items and at the end of each file.
    Progress(Progress),
}

/// Takes what is read, and says whether to go on. A long stretch in which there is nothing to tell can be ended only by
/// the caller's reader, with an error.
pub trait Sink {
    /// Takes one entry; `Break` ends the reading.
    fn take(&mut self, entry: Entry) -> ControlFlow<()>;
}

impl<F: FnMut(Entry) -> ControlFlow<()>> Sink for F {
    fn take(&mut self, entry: Entry) -> ControlFlow<()> {
        self(entry)
    }
}
