//! Encrypted files on disk, verified while they are streamed: sealed once, kept with a tree of their hashes, given to
//! peers and taken from them piece by piece, and found again after any crash by looking.
//!
//! The rules are in docs/spec/blobs.md. Everything blocks on the disk and nothing on the network: bytes of a peer are
//! pushed in and pulled out, so an asynchronous caller moves a call at a time to a thread that may block. Who may have
//! which blob, where it comes from and how long it stays is not this crate's concern; nor is any key kept here.

mod blob;
mod decode;
mod disk;
mod groups;
mod import;
pub mod limits;
mod name;
mod read;
mod receive;
mod seal;
mod serve;
mod size;
mod store;
mod tree;

pub use blob::{Blob, OpenError};
pub use decode::{Decoder, PeerFault, Verified};
pub use disk::DiskError;
pub use groups::Groups;
pub use import::{Import, ImportError, Imported};
pub use name::BlobName;
pub use read::{ReadError, Reading};
pub use receive::{ReceiveError, Receiving};
pub use seal::BlobKey;
pub use serve::{ServeError, Serving};
pub use size::SealedSize;
pub use store::{BlobStore, Swept};
