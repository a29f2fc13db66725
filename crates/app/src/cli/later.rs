//! Messages for later.

use clap::{Args, Subcommand};

use super::chats::seconds;

/// Messages that are sent later, while X Chat runs.
#[derive(Debug, Args)]
pub(crate) struct Later {
    /// What is to be done; without it those that wait are listed.
    #[command(subcommand)]
    pub(crate) act: Option<LaterAct>,
}

/// What is done with them.
#[derive(Debug, Subcommand)]
pub(crate) enum LaterAct {
    /// Let a message wait.
    Add {
        /// To whom.
        #[arg(value_name = "@NAME")]
        name: String,
        /// The text; without it, or with -, it is read from stdin.
        text: Option<String>,
        /// How long it waits: 90m, 2h, 3d, 1w.
        #[arg(long = "in", value_name = "TIME", value_parser = wait)]
        seconds: u32,
    },
    /// Send one now.
    Send {
        /// Its number, as the list has it.
        id: i64,
    },
    /// Take one back.
    Remove {
        /// Its number, as the list has it.
        id: i64,
    },
}

/// How long something waits, in seconds.
fn wait(text: &str) -> Result<u32, String> {
    match seconds(text)? {
        0 => Err("send is for what is not to wait".to_owned()),
        seconds => Ok(seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_waits_for_a_while() {
        assert_eq!(wait("90m"), Ok(5_400));
        for wrong in ["off", "0m", "soon"] {
            assert!(wait(wrong).is_err(), "{wrong}");
        }
    }
}
