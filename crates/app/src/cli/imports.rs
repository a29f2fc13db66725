//! The commands about other messengers.

use std::path::PathBuf;

use clap::Args;

use crate::dto::DateOrder;

/// An archive to take over.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// A zip, a folder or a file: the archive of X, an export of Telegram Desktop in JSON, a chat of WhatsApp.
    pub(crate) path: PathBuf,
    /// Who you are in it, where it doesn't say (WhatsApp): your name as it stands there.
    #[arg(long, value_name = "NAME")]
    pub(crate) me: Option<String>,
    /// What clocks showed where it was made, where it doesn't say (WhatsApp), like +03:00; else UTC.
    #[arg(long, value_name = "OFFSET", value_parser = minutes, allow_hyphen_values = true)]
    pub(crate) utc_offset: Option<i32>,
    /// What stands first in its dates, where they don't show it (WhatsApp).
    #[arg(long, value_name = "ORDER")]
    pub(crate) dates: Option<DateOrder>,
}

/// What was taken over.
#[derive(Debug, Args)]
pub(crate) struct Imported {
    /// Which conversation, by its number in the list; without one they are listed.
    pub(crate) id: Option<i64>,
    /// How many messages at most.
    #[arg(long, default_value_t = 50)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=500))]
    pub(crate) limit: u16,
    /// Those before the message in this row.
    #[arg(long, value_name = "ROW", requires = "id")]
    pub(crate) before: Option<i64>,
    /// Say that it goes on in the chat with this person; off for in none.
    #[arg(long, value_name = "@NAME", requires = "id")]
    pub(crate) link: Option<String>,
    /// Say who you are in it.
    #[arg(long, value_name = "NAME", requires = "id")]
    pub(crate) me: Option<String>,
    /// Take it away from this device.
    #[arg(long, requires = "id", conflicts_with_all = ["before", "link", "me"])]
    pub(crate) remove: bool,
}

/// Minutes ahead of UTC, from `+03:00`, `-0530` or `2`.
fn minutes(text: &str) -> Result<i32, String> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let digits = rest.replace(':', "");
    let (hours, minutes) = match digits.len() {
        1 | 2 => (digits.as_str(), "0"),
        3 | 4 => digits.split_at_checked(digits.len() - 2).unwrap_or_default(),
        _ => ("", ""),
    };
    match (hours.parse::<u8>(), minutes.parse::<u8>()) {
        (Ok(hours @ 0..=14), Ok(minutes @ 0..60)) => Ok(sign * (i32::from(hours) * 60 + i32::from(minutes))),
        _ => Err("an offset looks like +03:00".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::minutes;

    #[test]
    fn offsets_are_read_as_people_write_them() {
        for (text, read) in [
            ("+03:00", 180),
            ("-0530", -330),
            ("2", 120),
            ("+14", 840),
            ("0", 0),
        ] {
            assert_eq!(minutes(text), Ok(read), "{text}");
        }
        for text in ["", "three", "+15:00", "+3:60", "03:00:00", "+٣"] {
            assert!(minutes(text).is_err(), "{text}");
        }
    }
}
