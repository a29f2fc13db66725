//! Files on their way into messages: taken in as a stream, freed of what they tell, sealed, and kept until they are
//! sent or not wanted.
//!
//! NOT its concern: how sealed files get to others, and what is in the messages that name them.

mod again;
mod copy;
mod error;
mod intake;
mod kinds;
mod source;
mod uploads;
mod worker;

pub use error::{OpenFileError, UploadError};
pub use intake::{Quality, UploadWriter};
pub use kinds::{numbered, own_name};
pub use uploads::{UploadId, UploadNote, UploadView};
pub use worker::{PICTURE_BYTES_MAX, run_media_worker};

pub(crate) use again::Copies;
pub(crate) use source::Opened;
pub(crate) use uploads::{Files, Taken, describe};
