//! Whole machines under a seeded network: the rules that need more than one of them, random days, and villains.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod chats;
mod conversation_rules;
mod crowd;
mod expiry;
mod files;
mod names;
mod note;
mod people;
mod pins;
mod polls;
mod profiles;
mod retention;
mod safety;
mod scheduled;
mod seeds;
mod villains;
mod watching;
