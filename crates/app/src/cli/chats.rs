//! What is set about conversations.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// What can be set about a conversation.
#[derive(Debug, Subcommand)]
pub(crate) enum Chat {
    /// Let messages with somebody disappear after they were read. Both of you see that it was set.
    Timer {
        /// With whom.
        #[arg(value_name = "@NAME")]
        name: String,
        /// How long after: 5m, 8h, 1d, 4w, or off.
        #[arg(value_name = "TIME", value_parser = seconds)]
        after: u32,
    },
    /// Let a conversation make no noise for a while.
    Mute {
        /// With whom.
        #[arg(value_name = "@NAME")]
        name: String,
        /// For how long: 8h, 1d, 1w, or off.
        #[arg(value_name = "TIME", value_parser = seconds)]
        time: u32,
    },
    /// Put a conversation away until something new comes.
    Archive {
        /// With whom.
        #[arg(value_name = "@NAME")]
        name: String,
        /// Bring it back.
        #[arg(long)]
        undo: bool,
    },
    /// Let a conversation always stand first.
    Pin {
        /// With whom.
        #[arg(value_name = "@NAME")]
        name: String,
        /// No more.
        #[arg(long)]
        undo: bool,
    },
    /// Block somebody: nothing of theirs is kept, shown or answered, and they are not told.
    Block {
        /// Whom.
        #[arg(value_name = "@NAME")]
        name: String,
    },
    /// Block somebody no more.
    Unblock {
        /// Whom.
        #[arg(value_name = "@NAME")]
        name: String,
    },
    /// List who is blocked.
    Blocked,
    /// Put a star on a message, for yourself alone. Its row is shown by read and search, with --json.
    Star {
        /// The row of the message.
        row: i64,
        /// Take it away.
        #[arg(long)]
        undo: bool,
    },
    /// Show the messages with a star, the newest last.
    Starred {
        /// How many at most.
        #[arg(long, default_value_t = 50)]
        #[arg(value_parser = clap::value_parser!(u16).range(1..=500))]
        limit: u16,
    },
    /// Show what others are told, and change it. What is off is not sent.
    Privacy {
        /// How far you have read.
        #[arg(long, value_name = "ON|OFF")]
        read: Option<Choice>,
        /// How far messages have come. Off, nothing goes directly from device to device.
        #[arg(long, value_name = "ON|OFF")]
        delivery: Option<Choice>,
        /// That you are typing.
        #[arg(long, value_name = "ON|OFF")]
        typing: Option<Choice>,
        /// That you are there.
        #[arg(long, value_name = "ON|OFF")]
        presence: Option<Choice>,
        /// From whom you take message requests.
        #[arg(long, value_name = "WHOM")]
        requests: Option<Strangers>,
    },
}

/// What to say of oneself.
#[derive(Debug, Clone, Args)]
pub(crate) struct Me {
    /// What you want to be called, beside your username; "" for nothing.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// A few words about you; "" for none.
    #[arg(long, value_name = "TEXT")]
    pub(crate) bio: Option<String>,
    /// A picture; its middle is made small, and what it tells of where it was made is taken out.
    #[arg(long, value_name = "FILE")]
    pub(crate) picture: Option<PathBuf>,
    /// Take the picture away.
    #[arg(long, conflicts_with = "picture")]
    pub(crate) no_picture: bool,
}

/// Whether something is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Choice {
    On,
    Off,
}

/// Strangers whose requests are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Strangers {
    Anyone,
    Nobody,
}

/// A time as people write it, in seconds; 0 for `off`.
///
/// # Errors
/// When it is none.
pub(crate) fn seconds(text: &str) -> Result<u32, String> {
    const HOW: &str = "write a number with m, h, d or w behind it, or off";
    if text == "off" {
        return Ok(0);
    }
    let unit = match text.chars().next_back() {
        Some('m') => 60,
        Some('h') => 60 * 60,
        Some('d') => 24 * 60 * 60,
        Some('w') => 7 * 24 * 60 * 60,
        _ => return Err(HOW.to_owned()),
    };
    let number = text.strip_suffix(['m', 'h', 'd', 'w']).unwrap_or_default();
    let number: u32 = number.parse().map_err(|_| HOW.to_owned())?;
    number
        .checked_mul(unit)
        .ok_or_else(|| "that is too long".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_people_write_it() {
        for (text, expected) in [
            ("off", 0),
            ("5m", 300),
            ("8h", 28_800),
            ("1d", 86_400),
            ("4w", 2_419_200),
        ] {
            assert_eq!(seconds(text), Ok(expected));
        }
        for text in ["", "m", "5", "5 m", "-1d", "99999999w", "1y", "5ü"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
