//! Limits of what stands inside messages, and of what a device does at once: those who write messages agree on the
//! former, and nobody between them sees any.

use xchat_proto::limits::DAY_MS;

/// How far ahead of ours a peer's clock counts where the last word does, in milliseconds: a day. Who has heard a word
/// speaks after it, so that it is not the last for long.
pub const WORD_AHEAD_MS_MAX: u64 = DAY_MS;
/// Most messages of a conversation that are pinned.
pub const PINS_MAX: usize = 50;
/// Longest name that somebody gives themselves, in bytes of UTF-8.
pub const DISPLAY_NAME_BYTES_MAX: usize = 64;
/// Longest text about oneself, in bytes of UTF-8.
pub const BIO_BYTES_MAX: usize = 512;
/// Largest picture of a person, in bytes.
pub const AVATAR_BYTES_MAX: usize = 24 * 1024;
/// Its sides, in points.
pub const AVATAR_SIDE: u16 = 256;
/// Most entries of an archive that are taken over at once.
pub const IMPORT_ENTRIES_MAX: usize = 1_000;
/// Longest question of a poll, in bytes of UTF-8.
pub const POLL_QUESTION_BYTES_MAX: usize = 1024;
/// Fewest and most choices of a poll.
pub const POLL_CHOICES_MIN: usize = 2;
/// See [`POLL_CHOICES_MIN`].
pub const POLL_CHOICES_MAX: usize = 12;
/// Longest choice of a poll, in bytes of UTF-8.
pub const POLL_CHOICE_BYTES_MAX: usize = 256;
/// Most answers that a message offers.
pub const ANSWERS_MAX: usize = 8;
/// Longest of them, in bytes of UTF-8.
pub const ANSWER_BYTES_MAX: usize = 128;
/// Most pictures that the library of GIFs and stickers has.
pub const LIBRARY_ITEMS_MAX: u64 = 4_096;
/// The largest of them, in bytes: as much as comes by itself where nobody has set anything else.
pub const LIBRARY_ITEM_BYTES_MAX: u64 = 10 * 1024 * 1024;
/// Most tags of one.
pub const LIBRARY_TAGS_MAX: usize = 16;
/// Longest tag, in bytes of UTF-8.
pub const LIBRARY_TAG_BYTES_MAX: usize = 64;
/// Most that are given at once.
pub const LIBRARY_PAGE_MAX: usize = 200;
/// Longest search in it, in bytes of UTF-8.
pub const LIBRARY_QUERY_BYTES_MAX: usize = 1024;
