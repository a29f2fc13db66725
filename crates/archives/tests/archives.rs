//! Reads archives built as the services write them, and spoilt ones.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

#[path = "archives/again.rs"]
mod again;
#[path = "archives/builder.rs"]
mod builder;
#[path = "archives/packing.rs"]
mod packing;
#[path = "archives/telegram.rs"]
mod telegram;
#[path = "archives/whatsapp.rs"]
mod whatsapp;
#[path = "archives/x.rs"]
mod x;
