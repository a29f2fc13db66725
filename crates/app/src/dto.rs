//! What travels over the local API and comes out of `--json`: twins of the SDK's plain data, written by hand so that
//! the SDK stays free of formats and the format free of the SDK.

mod access;
mod account;
mod chat;
mod conversation;
mod directory;
mod event;
mod exposure;
mod file;
mod imports;
mod library;
mod me;
mod message;
mod network;
mod poll;
mod search;
mod storage;

pub(crate) use self::access::{Challenge, Code, NewToken, Proof, Scope, Session, Token, TokenWish};
pub(crate) use self::account::{
    Beginning, Identity, NameLookup, NameStanding, NameWish, Passphrase, PassphraseChange, Profile,
    RememberedWords, RestorationWish, Stage, Words,
};
pub(crate) use self::chat::{
    Arrivals, BlockWish, Blocked, ChatChange, ChatSettings, ConversationOrder, Draft, Folder, LaterChange,
    LaterWish, PrivacyChoice, ProfileSettings, RequestPolicy, Scheduled, SettingsChange, StarredPage,
};
pub(crate) use self::conversation::{
    Comparison, ContactChange, Conversation, ConversationRef, ConversationState, DirectoryProof, Page,
    Request, Row, Safety, ScannedCode, Switch, Timer, Verification,
};
pub(crate) use self::directory::{
    Directory, Evidence, NodeFault, OperatorRef, OwnRecord, RecordChange, RecordPart,
};
pub(crate) use self::event::{Event, Hello};
pub(crate) use self::exposure::{
    Exposure, Lanes, LogExposure, LogRole, NameAsked, NodeExposure, PublicRecord, Sample, SealedFile, Tally,
};
pub(crate) use self::file::{
    Attachment, FileAction, FileKind, FileState, GalleryKind, GalleryPage, MediaTicket, Quality, Upload,
    UploadNote, UploadWish,
};
pub(crate) use self::imports::{
    ClockOffset, DateOrder, Import, ImportChange, ImportProblem, ImportProgress, ImportSource, ImportWish,
    ImportedFile, ImportedFound, ImportedFoundPage, ImportedKind, ImportedMessage, ImportedPerson,
    ImportedPlace, ImportedQuote, ImportedReaction, ImportedSearch, Imports,
};
pub(crate) use self::library::{
    LibraryAdded, LibraryAddition, LibraryChange, LibraryItem, LibraryKind, LibraryPage, LibraryUse,
    LibraryWish,
};
pub(crate) use self::me::{About, AboutChange};
pub(crate) use self::message::{
    Deletion, Edit, Message, MessageState, Notice, Reaction, ReactionWish, Reply, Text, Version,
};
pub(crate) use self::network::{Invitation, Link, Node, Qr, Reach, Report};
pub(crate) use self::poll::{Choice, Poll, PollWish, VoteWish};
pub(crate) use self::search::{Found, FoundPage, Mark, SearchKind, SearchWish};
pub(crate) use self::storage::{FileUse, Storage, Sweep, Swept};

#[cfg(test)]
mod tests;
