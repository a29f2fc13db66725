//! What this program does when another measurement starts it.

use std::path::PathBuf;

use clap::Subcommand;
use xchat_client::ConversationId;

use crate::{directory, history, memory};

/// A process that another measurement starts.
#[derive(Debug, Subcommand)]
pub(crate) enum Child {
    /// Part of the measurement of memory.
    #[command(flatten)]
    Memory(memory::Child),
    /// Part of the measurement of the directory.
    #[command(flatten)]
    Directory(directory::Child),
    /// Puts messages of the past into the first conversation of a profile.
    #[command(hide = true)]
    Fill { profile: PathBuf, count: u32 },
}

impl Child {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Memory(child) => child.run().await,
            Self::Directory(child) => child.run().await,
            Self::Fill { profile, count } => history::fill(&profile, ConversationId(1), count),
        }
    }
}
