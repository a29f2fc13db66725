//! What is set about conversations.

use clap::Subcommand;

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
