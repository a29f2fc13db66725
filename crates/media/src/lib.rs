//! What is done to a file before it is sent: what it is, what it would give away, how it is shown.
//!
//! The rules are in docs/spec/media.md. All are functions of bytes: nothing is opened, kept or fetched, and nobody is
//! asked for the time. Only films, which may not fit in memory, are read through a reader of the caller's. Files are
//! hostile: work and memory are bounded by [`limits`] and by the length of the file, and no bytes make a function
//! panic. A decoder that is safe in memory can still be made to work hard, so whoever prepares a stranger's file does
//! it in a process that can be ended. Reading and sending files, and the pictures of films, are not this crate's
//! concern.
#![warn(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::string_slice
)]

mod advice;
mod boxes;
mod cursor;
mod edit;
mod elements;
mod exif;
mod facts;
mod kind;
pub mod limits;
mod prepare;
mod sniff;
mod strip;
mod waveform;

pub use advice::{Warning, advice};
pub use edit::Patch;
pub use facts::{Facts, facts};
pub use kind::{Group, Kind};
pub use prepare::{PrepareError, Prepared, Quality, avatar, prepare};
pub use sniff::sniff;
pub use strip::{StripError, patches, strip};
pub use waveform::peaks;
