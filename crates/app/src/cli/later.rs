//! Messages for later.

use clap::{Args, Subcommand};

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
        /// How long it waits: a number with m, h or d, such as 90m.
        #[arg(long = "in", value_name = "TIME", value_parser = minutes)]
        minutes: u64,
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

/// A span of time in minutes: `90m`, `2h`, `3d`.
fn minutes(text: &str) -> Result<u64, String> {
    let wrong = || "a time looks like 90m, 2h or 3d".to_owned();
    let (number, unit) = text
        .split_at_checked(text.len().saturating_sub(1))
        .ok_or_else(wrong)?;
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let minutes = match unit {
        "m" => 1,
        "h" => 60,
        "d" => 24 * 60,
        _ => return Err(wrong()),
    };
    number
        .checked_mul(minutes)
        .filter(|minutes| *minutes > 0)
        .ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_time_are_numbers_with_a_unit() {
        assert_eq!(minutes("90m"), Ok(90));
        assert_eq!(minutes("2h"), Ok(120));
        assert_eq!(minutes("3d"), Ok(4_320));
        for wrong in [
            "",
            "m",
            "0m",
            "5",
            "1w",
            "-1h",
            "1.5h",
            "5\u{645}",
            "18446744073709551615d",
        ] {
            assert!(minutes(wrong).is_err(), "{wrong}");
        }
    }
}
