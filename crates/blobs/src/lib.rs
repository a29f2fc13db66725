//! Encrypted files on disk, verified while they are streamed: sealed once, kept with a tree of their hashes, given to
//! peers and taken from them piece by piece, and found again after any crash by looking.
//!
//! The rules are in docs/spec/blobs.md. Who may have which blob, where it comes from and how long it stays is not this
//! crate's concern; nor is any key kept here.
//!
//! Everything blocks on the disk and on nothing else. Bytes are pushed in (`Import`, `Receiving`) and pulled out
//! (`Serving`, `Reading`), so an asynchronous caller waits for the network itself, and moves such a value to a thread
//! that may block and back, once for each piece of some 100 KiB. To stop is to drop it.
//!
//! ```
//! # use std::ops::ControlFlow;
//! # use xchat_blobs::{BlobKey, BlobName, BlobStore, Groups};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let (here, there) = (tempfile::tempdir()?, tempfile::tempdir()?);
//! # let (here, there) = (BlobStore::new(here.path())?, BlobStore::new(there.path())?);
//! # let (name, key) = (BlobName::new([1; 16]), BlobKey::new([2; 32], [3; 7]));
//! let sealed = here.import(name, &key, &b"a film"[..], |_| ControlFlow::Continue(()))?;
//!
//! let from = here.open(name, sealed.hash, sealed.size)?;
//! let to = there.create(name, sealed.hash, sealed.size)?;
//! let wanted = to.missing(&Groups::all())?;
//! let mut receiving = to.receive(&wanted);
//! for piece in from.serve(&wanted) {
//!     receiving.push(&piece?)?;
//! }
//! receiving.finish()?;
//! to.sync()?;
//!
//! let film: Vec<_> = to.read_plain(&key, sealed.plain_bytes, 2..6)?.collect::<Result<_, _>>()?;
//! assert_eq!(film.concat(), b"film");
//! # Ok(())
//! # }
//! ```

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
