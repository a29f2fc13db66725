//! Polls.

use clap::{Args, Subcommand};

/// A poll to send.
#[derive(Debug, Args)]
pub(crate) struct Ask {
    /// Whom.
    #[arg(value_name = "@NAME")]
    pub(crate) name: String,
    /// The question.
    pub(crate) question: String,
    /// What can be chosen, two to twelve.
    #[arg(required = true, num_args = 2..=12, value_name = "CHOICE")]
    pub(crate) choices: Vec<String>,
    /// Let everybody choose several.
    #[arg(long)]
    pub(crate) several: bool,
}

/// What is done with polls.
#[derive(Debug, Subcommand)]
pub(crate) enum Poll {
    /// Ask something, with choices.
    Ask(Ask),
    /// Vote in a poll, in place of what you voted for before; its row and its choices are shown by read.
    Vote {
        /// The row of the poll.
        row: i64,
        /// The numbers of your choices, from 1; none takes your vote back.
        #[arg(value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(1..=12))]
        choices: Vec<u8>,
    },
    /// End a poll of yours: nobody votes any more.
    End {
        /// The row of the poll.
        row: i64,
    },
}
