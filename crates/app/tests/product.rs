//! The real binary, used as people, scripts and foes use it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests fail by panicking, and look at the clock to give up"
)]

mod product {
    pub(crate) mod machines;
    pub(crate) mod not_tested;
    pub(crate) mod wire;
    pub(crate) mod xchat;

    mod api;
    mod bad_input;
    mod chats;
    mod commands;
    mod export;
    mod files;
    mod imports;
    mod isolation;
    mod library;
    mod metrics;
    mod network;
    mod operators;
    mod page;
    mod polls;
    mod refusals;
    mod search;
    mod story;
    #[cfg(target_os = "linux")]
    mod terminal;
}
