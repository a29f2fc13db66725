//! How much an archive may ask of us. What is beyond is left out and said, never a reason to fail or to fill memory.

/// Entries of a zip, and names of a list.
pub const ENTRIES_MAX: u64 = 1_000_000;

/// Bytes of all names of an archive together: they are held in memory while it is open.
pub const NAMES_BYTES_MAX: usize = 96 * 1024 * 1024;

/// A name in an archive, in bytes.
pub const NAME_BYTES_MAX: usize = 1_024;

/// Folders within folders of a name.
pub const NAME_DEPTH_MAX: usize = 16;

/// Bytes that come out for each that is stored: beyond it a file is a bomb.
pub const RATIO_MAX: u64 = 200;

/// So much may come out of any file, whatever the ratio.
pub const RATIO_FREE_BYTES: u64 = 16 * 1024 * 1024;

/// Bytes of one file with messages.
pub const FILE_BYTES_MAX: u64 = 8 * 1024 * 1024 * 1024;

/// Files with messages, of each kind, that an archive may have.
pub const PARTS_MAX: usize = 1_000;

/// Bytes of any text within an archive, of a line too: the longest message of the three services fits.
pub const TEXT_BYTES_MAX: usize = 256 * 1024;

/// Bytes of a name or title that is kept.
pub const LABEL_BYTES_MAX: usize = 256;

/// Values within one message: what is beyond is left out.
pub const MESSAGE_VALUES_MAX: usize = 10_000;

/// Bytes of all texts within one message.
pub const MESSAGE_BYTES_MAX: usize = 1024 * 1024;

/// Messages of an archive, so that the ids seen fit in memory.
pub const MESSAGES_MAX: u64 = 3_000_000;

/// Conversations of an archive.
pub const CONVERSATIONS_MAX: usize = 100_000;

/// People of a conversation.
pub const PEOPLE_MAX: usize = 10_000;

/// People of all conversations together.
pub const PEOPLE_TOTAL_MAX: usize = 500_000;

/// Lists and objects within each other in JSON.
pub const NESTING_MAX: u32 = 100;

/// Files of a message.
pub const MEDIA_MAX: usize = 100;

/// Reactions to a message.
pub const REACTIONS_MAX: usize = 1_000;

/// Problems that are told one by one; the rest is counted.
pub const PROBLEMS_MAX: u64 = 1_000;

/// Messages between two words of progress.
pub const PROGRESS_MESSAGES: u64 = 1_000;

/// The latest time that is believed: the end of the year 2199, in Unix milliseconds.
pub const TIME_MS_MAX: u64 = 7_258_118_399_999;
