//! Times as archives write them. Some are local times without a zone, and only the caller knows which it was.

use crate::limits::TIME_MS_MAX;

/// What clocks showed where an archive was made: since when they were how many minutes ahead of UTC.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Zone {
    /// Unix milliseconds, and minutes ahead of UTC from then on. Sorted; what is before the first is as the first.
    pub offsets: Vec<(u64, i32)>,
}

impl Zone {
    /// A zone that never changes its clocks.
    #[must_use]
    pub fn fixed(minutes: i32) -> Self {
        Self {
            offsets: vec![(0, minutes)],
        }
    }

    /// When clocks showed this. An hour that came twice is taken as the second.
    pub(crate) fn to_ms(&self, local: Civil) -> Option<u64> {
        let shown_ms = local.shown_ms()?;
        let begins = |(since, minutes): &(u64, i32)| {
            let since = i64::try_from(*since).unwrap_or(i64::MAX);
            since.saturating_add(i64::from(*minutes) * 60_000) <= shown_ms
        };
        let last = self.offsets.iter().rev().find(|offset| begins(offset));
        let minutes = last.or(self.offsets.first()).map_or(0, |(_, minutes)| *minutes);
        believed(shown_ms.checked_sub(i64::from(minutes) * 60_000)?)
    }
}

/// A date and a time of day, without a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Civil {
    pub(crate) year: u32,
    pub(crate) month: u32,
    pub(crate) day: u32,
    pub(crate) hour: u32,
    pub(crate) minute: u32,
    pub(crate) second: u32,
    pub(crate) ms: u32,
}

impl Civil {
    /// Whether there is such a day and time.
    pub(crate) fn is_sound(&self) -> bool {
        (1970..=2199).contains(&self.year)
            && (1..=12).contains(&self.month)
            && (1..=days_of(self.year, self.month)).contains(&self.day)
            && self.hour < 24
            && self.minute < 60
            && self.second < 61
            && self.ms < 1_000
    }

    /// As if clocks showed UTC.
    fn shown_ms(&self) -> Option<i64> {
        if !self.is_sound() {
            return None;
        }
        let year = i64::from(self.year);
        let leaps = |year: i64| year / 4 - year / 100 + year / 400;
        let years = (year - 1970) * 365 + leaps(year - 1) - leaps(1969);
        let months: u32 = (1..self.month).map(|month| days_of(self.year, month)).sum();
        let days = years + i64::from(months) + i64::from(self.day) - 1;
        let seconds = days * 86_400
            + i64::from(self.hour) * 3_600
            + i64::from(self.minute) * 60
            + i64::from(self.second.min(59));
        Some(seconds * 1_000 + i64::from(self.ms))
    }
}

fn days_of(year: u32, month: u32) -> u32 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn believed(ms: i64) -> Option<u64> {
    u64::try_from(ms).ok().filter(|ms| *ms <= TIME_MS_MAX)
}

/// Seconds since 1970, as Telegram writes them.
pub(crate) fn of_seconds(seconds: i64) -> Option<u64> {
    believed(seconds.checked_mul(1_000)?)
}

/// Reads `2016-02-20T06:22:05.085Z`, with or without parts of a second. What has no zone is of the one given.
pub(crate) fn of_iso(text: &str, zone: &Zone) -> Option<u64> {
    let mut rest = text;
    let civil = Civil {
        year: digits(&mut rest, 4, "-")?,
        month: digits(&mut rest, 2, "-")?,
        day: digits(&mut rest, 2, "T")?,
        hour: digits(&mut rest, 2, ":")?,
        minute: digits(&mut rest, 2, ":")?,
        second: digits(&mut rest, 2, "")?,
        ms: 0,
    };
    let mut ms = 0;
    if let Some(after) = rest.strip_prefix('.') {
        let count = after.bytes().take_while(u8::is_ascii_digit).count();
        let padded = format!("{:0<3}", after.get(..count)?);
        ms = padded.get(..3)?.parse().ok()?;
        rest = after.get(count..)?;
    }
    let civil = Civil { ms, ..civil };
    match rest {
        "" => zone.to_ms(civil),
        "Z" | "z" => Zone::default().to_ms(civil),
        _ => {
            let sign = match rest.as_bytes().first()? {
                b'+' => 1,
                b'-' => -1,
                _ => return None,
            };
            let mut rest = rest.get(1..)?;
            let hours = i32::try_from(digits(&mut rest, 2, "")?).ok()?;
            let mut rest = rest.strip_prefix(':').unwrap_or(rest);
            let minutes = i32::try_from(digits(&mut rest, 2, "")?).ok()?;
            Zone::fixed(sign * (hours * 60 + minutes)).to_ms(civil)
        }
    }
}

/// Takes so many digits and what must follow.
fn digits(rest: &mut &str, count: usize, then: &str) -> Option<u32> {
    let (number, after) = rest.split_at_checked(count)?;
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    *rest = after.strip_prefix(then)?;
    number.parse().ok()
}
