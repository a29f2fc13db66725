//! Every limit of the protocol, in one place.
//!
//! A limit that two parties must agree on stands here; what a party may choose for itself stands where it is used.

/// Shortest username, in characters.
pub const NAME_LENGTH_MIN: usize = 3;
/// Longest username, in characters.
pub const NAME_LENGTH_MAX: usize = 32;
/// Most devices that an account may have.
pub const DEVICES_PER_ACCOUNT_MAX: usize = 10;
/// Most rotations of an account's identity key.
pub const IDENTITY_LINKS_MAX: usize = 64;
/// Most homes that a log may have.
pub const HOMES_MAX: usize = 3;

/// Largest frame on any stream, in bytes. A frame holds one request, reply, entry or peer message.
pub const FRAME_BYTES_MAX: usize = 1024 * 1024;
/// Largest envelope in a log, in bytes; a commit that adds many members is the largest thing there is.
pub const ENVELOPE_BYTES_MAX: usize = 512 * 1024;
/// Largest ephemeral envelope, in bytes.
pub const EPHEMERAL_BYTES_MAX: usize = 4 * 1024;
/// Largest value of a decided commit, in bytes: the commit and what goes with it.
pub const COMMIT_VALUE_BYTES_MAX: usize = ENVELOPE_BYTES_MAX + 4 * 1024;
/// Largest text of one message, in bytes of UTF-8.
pub const MESSAGE_TEXT_BYTES_MAX: usize = 64 * 1024;
/// Longest reaction, in bytes of UTF-8.
pub const REACTION_BYTES_MAX: usize = 64;
/// Most different reactions of one account to one message.
pub const REACTIONS_MAX: usize = 8;
/// Most changes of one message that count from one device; deletions always do.
pub const ACTS_MAX: usize = 256;
/// The longest text that is searched for, in bytes.
pub const SEARCH_TEXT_BYTES_MAX: usize = 1024;
/// Most messages of one page of what was found.
pub const SEARCH_PAGE_MAX: usize = 100;
/// Most files of one message.
pub const FILES_MAX: usize = 10;
/// Largest file, in bytes: 4 GiB.
pub const FILE_BYTES_MAX: u64 = 4 << 30;
/// Longest text that goes with files, in bytes of UTF-8.
pub const CAPTION_BYTES_MAX: usize = 16 * 1024;
/// Longest name of a file, in bytes of UTF-8.
pub const FILE_NAME_BYTES_MAX: usize = 255;
/// Longest media type of a file, in bytes.
pub const FILE_TYPE_BYTES_MAX: usize = 127;
/// Longest description of a file, in bytes of UTF-8.
pub const FILE_DESCRIPTION_BYTES_MAX: usize = 1024;
/// Largest preview of a file, in bytes.
pub const PREVIEW_BYTES_MAX: usize = 6 * 1024;
/// Largest ThumbHash, in bytes.
pub const THUMBHASH_BYTES_MAX: usize = 28;
/// Most peaks of a sound, one byte each.
pub const WAVEFORM_PEAKS: usize = 64;
/// Largest encoded content of one message, in bytes.
pub const CONTENT_BYTES_MAX: usize = 96 * 1024;
/// The sizes to which a stored envelope's plaintext is padded, in bytes; above the last, multiples of it.
pub const PADDING_BUCKETS: [usize; 9] = [512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536, 131_072];

/// How long a node keeps an entry of a conversation log, in milliseconds: 90 days.
pub const RETENTION_MS: u64 = 90 * DAY_MS;
/// A day in milliseconds.
pub const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// Most bytes that one log may hold at its home.
pub const LOG_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// The part of [`LOG_BYTES_MAX`] that only commits may use, so that a full log can still be healed.
pub const LOG_BYTES_FOR_COMMITS: u64 = 16 * 1024 * 1024;
/// Most entries in an inbox log; a deposit beyond is refused until the owner trims.
pub const INBOX_ENTRIES_MAX: u64 = 4096;
/// Most logs on one connection whose capability has been proved.
pub const CAPABILITIES_PER_CONNECTION_MAX: usize = 4096;
/// Most subscriptions on one connection.
pub const SUBSCRIPTIONS_PER_CONNECTION_MAX: usize = 2048;
/// Most requests of one connection that wait for their reply.
pub const REQUESTS_IN_FLIGHT_MAX: usize = 256;
/// Most entries in the reply to one read.
pub const READ_ENTRIES_MAX: usize = 256;
/// Most bytes of entries in the reply to one read.
pub const READ_BYTES_MAX: usize = 512 * 1024;

/// Largest file that goes with a message, in bytes.
pub const BLOB_BYTES_MAX: u64 = 4 << 30;
/// The same when it is sealed (docs/spec/blobs.md, BLB-02), in bytes.
pub const BLOB_SEALED_BYTES_MAX: u64 = 67_584 * 65_536;
/// What of a sealed file is asked for and verified at a time, in bytes.
pub const BLOB_GROUP_BYTES: u64 = 16 * 1024;
/// What a sealed file is made of, in bytes: the smallest one, and of which all are multiples.
pub const BLOB_CHUNK_BYTES: u64 = 64 * 1024;
/// Most ranges of groups in one request or answer; who lacks more asks again.
pub const BLOB_RANGES_MAX: usize = 64;
/// Longest that a home keeps a blob, in days.
pub const BLOB_KEEP_DAYS_MAX: u8 = 30;

/// Most one-time KeyPackages that a device may keep at its home.
pub const KEY_PACKAGES_MAX: usize = 100;
/// Largest KeyPackage, in bytes.
pub const KEY_PACKAGE_BYTES_MAX: usize = 16 * 1024;
/// How long a last-resort KeyPackage is accepted, in milliseconds: 30 days.
pub const LAST_RESORT_AGE_MS_MAX: u64 = 30 * DAY_MS;
/// How often a device makes a new last-resort KeyPackage and a new inbox key, in milliseconds: a week.
pub const LAST_RESORT_ROTATION_MS: u64 = 7 * DAY_MS;
/// Largest contact card (device list and inbox key) at a home, in bytes.
pub const CONTACT_CARD_BYTES_MAX: usize = 32 * 1024;

/// Most envelopes of one sender in one conversation that no home has acknowledged.
pub const UNACKNOWLEDGED_MAX: usize = 64;
/// How far out of order a sender's messages of one epoch may arrive (`out_of_order_tolerance`). More than
/// [`GENERATION_MAX`], so that none of an epoch is ever too old: what comes directly may overtake the log by far.
pub const OUT_OF_ORDER_TOLERANCE: u32 = 512;
/// How many messages of a sender may be skipped at once (`maximum_forward_distance`).
pub const FORWARD_DISTANCE_MAX: u32 = 1000;
/// A device commits before its generation in an epoch reaches this.
pub const GENERATION_MAX: u32 = 500;
/// A device updates its leaf at the latest after this time, in milliseconds: 7 days.
pub const LEAF_AGE_MS_MAX: u64 = 7 * DAY_MS;
/// Most commits a day in one conversation, the ceiling for updates that are not urgent.
pub const COMMITS_PER_DAY_MAX: u32 = 100;
/// Most members of a conversation.
pub const MEMBERS_MAX: usize = 1000;
/// Conversations of more devices than this use the log only.
pub const DIRECT_DEVICES_MAX: usize = 30;

/// Proof-of-work bits of a registration, unless the genesis says otherwise.
pub const REGISTRATION_WORK_BITS: u8 = 11;
/// Proof-of-work bits of a deposit into a stranger's inbox, unless its owner says otherwise.
pub const DEPOSIT_WORK_BITS: u8 = 8;
/// Proof-of-work bits of taking a one-time KeyPackage.
pub const KEY_PACKAGE_WORK_BITS: u8 = 6;
/// Proof-of-work bits of creating a log.
pub const LOG_WORK_BITS: u8 = 6;
/// Proof-of-work bits of room for a blob at a home, up to [`BLOB_WORK_FREE_BYTES`]; one more for each factor of four
/// above.
pub const BLOB_WORK_BITS: u8 = 8;
/// How large a sealed blob may be at the lowest price, in bytes: 16 MiB.
pub const BLOB_WORK_FREE_BYTES: u64 = 16 * 1024 * 1024;
/// The most that anybody may ask for, so that no peer can make a device work for ever.
pub const WORK_BITS_MAX: u8 = 20;

/// Most validators of a network.
pub const VALIDATORS_MAX: usize = 64;
/// Longest name of an operator, in bytes of UTF-8.
pub const OPERATOR_NAME_BYTES_MAX: usize = 64;
/// Most changes of the validators that are voted on at a time.
pub const BALLOTS_MAX: usize = 16;
/// How far ahead a vote's closing time may lie, in milliseconds: 30 days.
pub const BALLOT_MS_MAX: u64 = 30 * DAY_MS;
/// How long a registration token may be good for, in milliseconds: a year.
pub const TOKEN_MS_MAX: u64 = 365 * DAY_MS;
/// The window in which registrations are counted for their price, in milliseconds: ten minutes.
pub const LOAD_WINDOW_MS: u64 = 10 * 60 * 1000;
/// How many bits the price of a registration may rise above the network's least.
pub const LOAD_BITS_MAX: u8 = 8;
/// Largest committee as the map holds it, in bytes.
pub const COMMITTEE_BYTES_MAX: usize = 256 * 1024;
/// Most changes of the validators that one answer proves; more are asked for again.
pub const HANDOVERS_MAX: usize = 16;
/// Most headers that lead from a block to a certificate above it: as many as one answer has blocks.
pub const HEADERS_MAX: usize = BLOCKS_MAX;
/// Most blocks in one answer.
pub const BLOCKS_MAX: usize = 256;
/// Most entries of a snapshot in one answer.
pub const SNAPSHOT_ENTRIES_MAX: usize = 2048;
/// Largest proof that a snapshot's entries are all there are up to the last, in bytes.
pub const RANGE_PROOF_BYTES_MAX: usize = 16 * 1024;
/// Most bytes of blocks, or of a snapshot, in one answer; one block is always given.
pub const SYNC_BYTES_MAX: usize = 512 * 1024;
/// Largest operation on the directory, in bytes.
pub const OPERATION_BYTES_MAX: usize = 8 * 1024;
/// Largest signed record, in bytes; with its certificate and map proof it fits [`NAME_PROOF_BYTES_MAX`].
pub const RECORD_BYTES_MAX: usize = 6 * 1024;
/// Most by which a rotation's sequence number may be higher than the last: nobody who has only the present key gets
/// ahead of the owner by changing the record over and over.
pub const ROTATION_LEAP_MAX: u64 = 1 << 32;
/// Largest record as the map holds it, in bytes.
pub const STORED_RECORD_BYTES_MAX: usize = RECORD_BYTES_MAX + 64;
/// Largest finality certificate, in bytes: every one of the most validators signs.
pub const CERTIFICATE_BYTES_MAX: usize = VALIDATORS_MAX * 64 + 128;
/// Most levels of the authenticated map above a leaf: more than any honest map has, and than anybody can bring about by
/// choosing names.
pub const MAP_DEPTH_MAX: usize = 128;
/// Largest block of the directory, in bytes. With its certificate, or with all headers that lead to one, it fits a
/// frame.
pub const BLOCK_BYTES_MAX: usize = FRAME_BYTES_MAX - 64 * 1024;
/// How far a block's time may differ from a validator's clock for its vote, in milliseconds.
pub const BLOCK_CLOCK_SKEW_MS_MAX: u64 = 10 * 1000;
/// Most operations in one block.
pub const OPERATIONS_PER_BLOCK_MAX: usize = 2048;
/// Largest proof of a name, with its certificate and header, in bytes.
pub const NAME_PROOF_BYTES_MAX: usize = 16 * 1024;
/// For first contact a directory answer may be at most this old, in milliseconds: an hour.
pub const FRESHNESS_MS_MAX: u64 = 60 * 60 * 1000;
/// How far a peer's clock may run ahead of ours, in milliseconds.
pub const CLOCK_AHEAD_MS_MAX: u64 = 5 * 60 * 1000;
/// The shortest time after which messages may disappear, in seconds: five minutes.
pub const TIMER_S_MIN: u32 = 5 * 60;
/// The longest time after which messages may disappear, in seconds: four weeks.
pub const TIMER_S_MAX: u32 = 28 * 24 * 60 * 60;
/// How long a disappearing message waits to be read, in milliseconds: four weeks, and then its own time.
pub const UNREAD_MS_MAX: u64 = 28 * DAY_MS;
