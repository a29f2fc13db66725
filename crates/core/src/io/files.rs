//! What people see of the files of messages.

use super::TransferState;
use crate::content::MediaKind;

/// A file of a message as people see it. All but how far it has come is what its sender says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileView {
    /// Which of the message's files it is, from 0.
    pub part: u32,
    /// What it is to people.
    pub kind: MediaKind,
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// What it shows, for those who can't see it; empty when nobody said.
    pub description: String,
    /// Its size in bytes.
    pub size: u64,
    /// How wide it is shown, in points; 0 when it isn't known.
    pub width: u32,
    /// How high it is shown, in points; 0 when it isn't known.
    pub height: u32,
    /// How long it lasts, in milliseconds; 0 when it isn't known.
    pub duration_ms: u64,
    /// A hash that draws a blurred picture; empty when there is none.
    pub thumbhash: Vec<u8>,
    /// A small JPEG; empty when there is none.
    pub preview: Vec<u8>,
    /// How loud each part of a sound is; empty when it isn't known.
    pub waveform: Vec<u8>,
    /// Whether all of it is on this device.
    pub is_here: bool,
    /// How far it has come; of an own message, how far it has gone.
    pub transfer: TransferState,
    /// How much of it is where it should be, in bytes.
    pub bytes: u64,
}
