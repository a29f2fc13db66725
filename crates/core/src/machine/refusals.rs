//! Why calls of the user's side did nothing.

use thiserror::Error;
use xchat_proto::limits::{ACTS_MAX, FILES_MAX, REACTIONS_MAX};

use crate::error::MachineError;
use crate::limits::{
    ANSWER_BYTES_MAX, ANSWERS_MAX, LIBRARY_ITEMS_MAX, LIBRARY_TAGS_MAX, POLL_CHOICE_BYTES_MAX,
    POLL_CHOICES_MAX, POLL_CHOICES_MIN, POLL_QUESTION_BYTES_MAX,
};

/// Why a text was not taken.
#[derive(Debug, Error)]
pub enum SendError {
    /// Nothing to say.
    #[error("the message is empty")]
    Empty,
    /// Longer than a message may be.
    #[error("the message has {length} bytes, at most {limit} are allowed; send it in parts")]
    TooLong {
        /// Its length in bytes.
        length: usize,
        /// The most allowed.
        limit: usize,
    },
    /// More files than a message may have.
    #[error("a message has at most {FILES_MAX} files; send them in parts")]
    TooManyFiles,
    /// No such conversation.
    #[error("there is no such conversation")]
    UnknownConversation,
    /// The message that is to be answered is not in this conversation, or deleted.
    #[error("the message that you answer is not there any more")]
    UnknownReply,
    /// No poll, or one with something beside it.
    #[error(
        "a poll has a question of at most {POLL_QUESTION_BYTES_MAX} bytes, {POLL_CHOICES_MIN} to {POLL_CHOICES_MAX} \
         different choices of at most {POLL_CHOICE_BYTES_MAX}, and nothing else"
    )]
    NoPoll,
    /// Too many answers are offered, or some that none can be.
    #[error("a message offers at most {ANSWERS_MAX} different answers of at most {ANSWER_BYTES_MAX} bytes")]
    NoAnswers,
    /// Messages can't disappear so early or so late.
    #[error(
        "messages disappear five minutes after they were read at the earliest, and four weeks at the latest"
    )]
    NoTimer,
    /// The conversation can't be used any more.
    #[error("nothing can be sent here any more: {0}")]
    Closed(String),
    /// The user has blocked the other person.
    #[error("you have blocked this person; unblock them to write to them")]
    Blocked,
    /// The person was verified, and the identity key is another one now.
    #[error(
        "the safety number of this contact has changed since you verified it; compare it again, or accept it"
    )]
    IdentityChanged,
    /// The machine fails.
    #[error(transparent)]
    Machine(#[from] MachineError),
}

impl SendError {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong { .. } => "too-long",
            Self::TooManyFiles => "too-many-files",
            Self::UnknownConversation => "unknown-conversation",
            Self::UnknownReply => "unknown-reply",
            Self::NoPoll => "malformed-poll",
            Self::NoAnswers => "malformed-answers",
            Self::NoTimer => "no-timer",
            Self::Closed(_) => "conversation-closed",
            Self::Blocked => "blocked",
            Self::IdentityChanged => "identity-changed",
            Self::Machine(error) => error.code(),
        }
    }

    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Machine(error) if error.retryable())
    }
}

/// Why something was not done to a message.
#[derive(Debug, Error)]
pub enum ActError {
    /// No such message.
    #[error("there is no such message")]
    UnknownMessage,
    /// It is deleted.
    #[error("the message is deleted")]
    Deleted,
    /// It has files, and no copies of them were made.
    #[error("its files are not here yet")]
    NoCopies,
    /// Only its author may.
    #[error("only who wrote the message can do that")]
    NotYours,
    /// Not one emoji.
    #[error("a reaction is one emoji")]
    NoReaction,
    /// This user has reacted with as many emojis as one may.
    #[error("you have reacted to this message with {REACTIONS_MAX} emojis; take one back first")]
    TooManyReactions,
    /// It is no poll.
    #[error("this is not a poll")]
    NoPoll,
    /// Its author has ended it.
    #[error("this poll is over")]
    PollEnded,
    /// There is no such choice, or one may choose one only.
    #[error("this poll has no such choice, or one may choose only one")]
    NoChoice,
    /// This device has changed the message as often as it may.
    #[error("this message was changed {ACTS_MAX} times from here; write a new one")]
    TooManyChanges,
    /// Nothing can be sent in its conversation, or not this.
    #[error(transparent)]
    Send(#[from] SendError),
}

impl From<MachineError> for ActError {
    fn from(error: MachineError) -> Self {
        Self::Send(error.into())
    }
}

impl ActError {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownMessage => "unknown-message",
            Self::Deleted => "message-deleted",
            Self::NoCopies => "file-not-here",
            Self::NotYours => "not-yours",
            Self::NoReaction => "no-reaction",
            Self::TooManyReactions => "too-many-reactions",
            Self::NoPoll => "no-poll",
            Self::PollEnded => "poll-ended",
            Self::NoChoice => "no-choice",
            Self::TooManyChanges => "too-many-changes",
            Self::Send(error) => error.code(),
        }
    }

    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Send(error) if error.retryable())
    }
}

/// Why there is no note to oneself.
#[derive(Debug, Error)]
pub enum NoteError {
    /// This device has no name yet.
    #[error("choose a name for yourself first")]
    NotRegistered,
    /// The machine fails.
    #[error(transparent)]
    Machine(#[from] MachineError),
}

impl NoteError {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotRegistered => "not-registered",
            Self::Machine(error) => error.code(),
        }
    }

    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Machine(error) if error.retryable())
    }
}

/// Why a message request could not be accepted.
#[derive(Debug, Error)]
pub enum AcceptError {
    /// No such request.
    #[error("there is no such request")]
    UnknownRequest,
    /// What it brought does not hold.
    #[error("this request can't be accepted: {0}")]
    Refused(String),
    /// The machine fails.
    #[error(transparent)]
    Machine(#[from] MachineError),
}

impl AcceptError {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownRequest => "unknown-request",
            Self::Refused(_) => "request-refused",
            Self::Machine(error) => error.code(),
        }
    }

    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Machine(error) if error.retryable())
    }
}

/// Why something was not set about a conversation.
#[derive(Debug, Error)]
pub enum ChatError {
    /// No such conversation.
    #[error("there is no such conversation")]
    UnknownConversation,
    /// No such message request.
    #[error("there is no such request")]
    UnknownRequest,
    /// A text is longer than that.
    #[error("at most {0} bytes are allowed here")]
    TooLong(usize),
    /// So many can't all stand first.
    #[error("so many conversations can't all stand first; take one away before")]
    TooManyPinned,
    /// So many folders, or in one folder, can't be.
    #[error("at most 50 folders with 500 conversations each are kept")]
    TooManyFolders,
    /// Nobody blocks themselves.
    #[error("that is you")]
    Myself,
    /// The machine fails.
    #[error(transparent)]
    Machine(#[from] MachineError),
}

impl ChatError {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownConversation => "unknown-conversation",
            Self::UnknownRequest => "unknown-request",
            Self::TooLong(_) => "too-long",
            Self::TooManyPinned => "too-many-pinned",
            Self::TooManyFolders => "too-many-folders",
            Self::Myself => "myself",
            Self::Machine(error) => error.code(),
        }
    }

    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Machine(error) if error.retryable())
    }
}

/// Why what somebody says of themselves was not set.
#[derive(Debug, Error)]
pub enum AboutError {
    /// A text is longer than that.
    #[error("at most {0} bytes are allowed here")]
    TooLong(usize),
    /// Not a picture as one of a person is.
    #[error("the picture is damaged; choose another")]
    NoPicture,
    /// The machine fails.
    #[error(transparent)]
    Machine(#[from] MachineError),
}

impl AboutError {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong(_) => "too-long",
            Self::NoPicture => "picture-damaged",
            Self::Machine(error) => error.code(),
        }
    }

    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Machine(error) if error.retryable())
    }
}

/// Why a text is not sent later.
#[derive(Debug, Error)]
pub enum ScheduleError {
    /// The time is past, or too far ahead.
    #[error("choose a time from now on, at most a year ahead")]
    NotThen,
    /// So many can't wait.
    #[error("1,000 messages wait for their time already")]
    TooMany,
    /// None of that number waits.
    #[error("there is no such message; it may have been sent")]
    Unknown,
    /// The text can't be written.
    #[error(transparent)]
    Send(#[from] SendError),
}

impl From<MachineError> for ScheduleError {
    fn from(error: MachineError) -> Self {
        Self::Send(error.into())
    }
}

impl ScheduleError {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotThen => "not-then",
            Self::TooMany => "too-many-scheduled",
            Self::Unknown => "unknown-scheduled",
            Self::Send(error) => error.code(),
        }
    }

    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Send(error) if error.retryable())
    }
}

/// Why something was not done with a conversation that was taken over.
#[derive(Debug, Error)]
pub enum ImportError {
    /// No such one.
    #[error("there is no such conversation among those that were taken over")]
    UnknownImport,
    /// No such message in it.
    #[error("there is no such message in it")]
    UnknownMessage,
    /// Nobody of that name is in it.
    #[error("nobody of that name is in it")]
    UnknownPerson,
    /// No such conversation to go on in.
    #[error("there is no such conversation")]
    UnknownConversation,
    /// The machine fails.
    #[error(transparent)]
    Machine(#[from] MachineError),
}

impl ImportError {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownImport => "unknown-import",
            Self::UnknownMessage => "unknown-message",
            Self::UnknownPerson => "unknown-person",
            Self::UnknownConversation => "unknown-conversation",
            Self::Machine(error) => error.code(),
        }
    }

    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Machine(error) if error.retryable())
    }
}

/// Why something was not done with the library.
#[derive(Debug, Error)]
pub enum LibraryError {
    /// No such picture.
    #[error("there is no such picture in the library")]
    UnknownItem,
    /// It has as many as it may have.
    #[error("the library has {LIBRARY_ITEMS_MAX} pictures; remove some before")]
    Full,
    /// Larger than a picture of the library may be.
    #[error("a picture of the library has at most 10 MiB")]
    TooLarge,
    /// Not a picture that is known here.
    #[error("only GIF, WebP, PNG and JPEG pictures are kept in the library")]
    NoPicture,
    /// One picture has more tags than that.
    #[error("a picture has at most {LIBRARY_TAGS_MAX} tags")]
    TooManyTags,
    /// A text is longer than that.
    #[error("at most {0} bytes are allowed here")]
    TooLong(usize),
    /// The machine fails.
    #[error(transparent)]
    Machine(#[from] MachineError),
}

impl LibraryError {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownItem => "unknown-item",
            Self::Full => "library-full",
            Self::TooLarge => "item-too-large",
            Self::NoPicture => "no-picture",
            Self::TooManyTags => "too-many-tags",
            Self::TooLong(_) => "too-long",
            Self::Machine(error) => error.code(),
        }
    }

    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Machine(error) if error.retryable())
    }
}
