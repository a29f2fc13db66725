//! The one clock of the app.

use std::time::{SystemTime, UNIX_EPOCH};

/// Now, in Unix milliseconds.
#[expect(clippy::disallowed_methods, reason = "the one real clock of this body")]
pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// A time of the day in UTC, as `hh:mm`.
pub(crate) fn time_of_day(unix_ms: u64) -> String {
    let minutes = unix_ms / 60_000 % (24 * 60);
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// A day in UTC, as `yyyy-mm-dd` (Howard Hinnant's `civil_from_days`).
pub(crate) fn day(unix_ms: u64) -> String {
    let days = i64::try_from(unix_ms / 86_400_000).unwrap_or(0) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// When a day begins in UTC, in Unix milliseconds; nothing when it is none (Howard Hinnant's `days_from_civil`).
pub(crate) fn day_ms(text: &str) -> Option<u64> {
    let mut parts = text.splitn(3, '-').map(|part| part.parse::<u32>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let shifted_year = u64::from(year) - u64::from(month <= 2);
    let era = shifted_year / 400;
    let year_of_era = shifted_year - era * 400;
    let shifted_month = u64::from((month + 9) % 12);
    let day_of_year = (153 * shifted_month + 2) / 5 + u64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let begins = ((era * 146_097 + day_of_era).checked_sub(719_468)?).checked_mul(86_400_000)?;
    // The 30th of February is no day.
    (self::day(begins) == format!("{year:04}-{month:02}-{day:02}")).then_some(begins)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times_are_read_off_the_clock() {
        assert_eq!(day(0), "1970-01-01");
        assert_eq!(day(951_782_400_000), "2000-02-29");
        assert_eq!(day(1_795_353_600_000), "2026-11-22");
        for text in ["1970-01-01", "2000-02-29", "2026-11-22", "1999-12-31"] {
            assert_eq!(day_ms(text).map(day).as_deref(), Some(text));
        }
        for text in [
            "2026-02-30",
            "1969-12-31",
            "2026-13-01",
            "2026",
            "today",
            "2026-1-1-1",
            "",
        ] {
            assert_eq!(day_ms(text), None, "{text}");
        }
        assert_eq!(
            time_of_day(951_782_400_000 + 13 * 3_600_000 + 5 * 60_000),
            "13:05"
        );
    }
}
