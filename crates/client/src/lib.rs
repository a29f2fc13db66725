//! The body of the messenger and the SDK: an async facade over the core machine.
//!
//! [`Messenger`] is all that a host program needs: plain data in, plain data and [`Update`]s out. `examples/embed.rs`
//! shows it. Behind it one thread owns the machine with its database, and tasks carry out what the machine says.
//!
//! Architecture Invariant: this crate decides nothing about messages: when to retry, whom to dial and what to subscribe
//! to is the machine's policy. Here are the one real clock, the one source of randomness, and the sockets.

mod body;
mod clock;
mod entropy;
mod error;
mod imports;
mod invite;
mod media;
mod messenger;
mod network;
mod profile;
mod report;
mod updates;
mod window;

pub use xchat_archives::{DateOrder, Place as ProblemPlace, Problem, What as ProblemKind, Zone};
pub use xchat_core::account::{Identity, RegistrationError};
pub use xchat_core::contacts::ContactError;
pub use xchat_core::content::{MediaKind, Poll};
pub use xchat_core::directory::{
    DirectoryView, EvidenceView, NodeFault, NodeView, OperatorView, OwnRecordChange, RecordPart,
    ReleaseError, TrustError,
};
pub use xchat_core::error::MachineError;
pub use xchat_core::exposure::{Exposure, LogExposure, LogRole, NameAsked, NodeExposure, Sample, Tally};
pub use xchat_core::io::{
    Arrivals, BlobFailure, BlockView, ChatChange, ChatView, ChoiceView, Cleared, ConversationId,
    ConversationState, ConversationView, Direction, Event, FileSweep, FileUse, FileView, FolderView,
    GalleryKind, ImportChange, ImportId, ImportSource, ImportView, ImportedFile, ImportedKind,
    ImportedPerson, ImportedQuote, ImportedView, LibraryChange, LibraryId, LibraryItem, LibraryKind,
    LibraryPage, LibraryQuery, LibraryUse, MessageState, MessageView, NoticeView, PollView, Privacy,
    PrivacyChoice, ProfileView, ReactionView, ReplyView, RequestId, RequestPolicy, RequestView,
    ScheduledView, StorageView, TransferState, TransferView, VersionView, Whom,
};
pub use xchat_core::lookup::{LookupError, NameStanding};
pub use xchat_core::machine::{
    AboutError, AcceptError, ActError, ChatError, DeleteFor, FileError, ImportError, LibraryError, NoteError,
    Outgoing, PageError, Place, ScheduleError, SendError,
};
pub use xchat_core::phrase::{Phrase, PhraseError};
pub use xchat_core::reader::{
    ImportedHit, ImportedPage, ImportedQuery, Reader, SearchError, SearchHit, SearchKind, SearchPage,
    SearchQuery,
};
pub use xchat_core::safety::{ContactChange, ProofView, SafetyError, SafetyView, Verification};
pub use xchat_net::endpoint::Listen;
pub use xchat_proto::address::{Endpoint, Socket};
pub use xchat_proto::genesis::Genesis;
pub use xchat_proto::ids::{AccountId, MessageId, NodeId};
pub use xchat_proto::invitation::{LinkError, NetworkInvitation};
pub use xchat_proto::keys::PublicKey;
pub use xchat_proto::name::{Name, NameError};
pub use xchat_proto::record::Record;

pub use entropy::EntropyError;
pub use error::{CallError, Coded, NoNetwork};
pub use imports::{ImportFrom, ImportState, ImportWish, TakeOverError};
pub use invite::{InviteError, invitation};
pub use media::{
    OpenFileError, PICTURE_BYTES_MAX, Quality, UploadError, UploadId, UploadNote, UploadView, UploadWriter,
    numbered, own_name, run_media_worker,
};
pub use messenger::{
    KeepError, LibrarySendError, Messenger, MessengerConfig, OpenFile, Pieces, SendFilesError,
    SetPictureError, sealed_bytes,
};
pub use profile::{Profile, ProfileError};
pub use report::{Lanes, NetworkReport, NodeReport, RelayReport};
pub use updates::{Update, Updates};
