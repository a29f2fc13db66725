//! What takes space.

use clap::{Args, Subcommand};

/// What takes space, and making room.
#[derive(Debug, Args)]
pub(crate) struct Storage {
    /// What is to be done; without it what takes space is shown.
    #[command(subcommand)]
    pub(crate) act: Option<MakeRoom>,
}

/// Making room.
#[derive(Debug, Subcommand)]
pub(crate) enum MakeRoom {
    /// Erase files of others from this device. They can be had again only from those who still have them.
    Clear(Clear),
}

/// Which files are to go; all that is given must fit.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(crate) struct Clear {
    /// Those of the conversation with somebody.
    #[arg(long, value_name = "@NAME")]
    pub(crate) chat: Option<String>,
    /// Those of at least so many megabytes.
    #[arg(long, value_name = "MB")]
    pub(crate) larger: Option<u32>,
    /// Those that came before a day, such as 2026-11-22.
    #[arg(long, value_name = "DAY")]
    pub(crate) before: Option<String>,
    /// All of them.
    #[arg(long, conflicts_with_all = ["chat", "larger", "before"])]
    pub(crate) all: bool,
}
