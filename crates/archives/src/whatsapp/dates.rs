//! Whether a file's dates have the day, the month or the year first.

/// What stands first in a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateOrder {
    /// 31/12/2023.
    DayFirst,
    /// 12/31/2023.
    MonthFirst,
    /// 2023/12/31.
    YearFirst,
}

/// The three numbers of a date, as they are written.
pub(super) type Date = [u32; 3];

impl DateOrder {
    const ALL: [Self; 3] = [Self::DayFirst, Self::MonthFirst, Self::YearFirst];

    /// Year, month, day.
    pub(super) const fn sort(self, [first, second, third]: Date) -> Date {
        let [year, month, day] = match self {
            Self::DayFirst => [third, second, first],
            Self::MonthFirst => [third, first, second],
            Self::YearFirst => [first, second, third],
        };
        [if year < 100 { 2000 + year } else { year }, month, day]
    }
}

/// What all dates of a file show. Chats are in order of time, so the right order seldom goes back.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    count: u64,
    /// Dates whose first number is a year only.
    years: u64,
    /// Dates whose last number is a year only.
    last_years: u64,
    /// Dates whose first or second number is no month.
    over_12: [u64; 2],
    /// Dates that would be another day with day and month the other way round.
    unlike: u64,
    /// How often time goes back, in each order.
    back: [u64; 3],
    last: Option<Date>,
    example: Option<Date>,
}

impl Evidence {
    pub(super) fn add(&mut self, date: Date) {
        let [first, second, third] = date;
        self.count += 1;
        self.years += u64::from(first > 31);
        self.last_years += u64::from(third > 31);
        if first <= 31 {
            let [firsts, seconds] = &mut self.over_12;
            *firsts += u64::from(first > 12);
            *seconds += u64::from(second > 12);
            if first != second {
                self.unlike += 1;
                self.example.get_or_insert(date);
            }
        }
        if let Some(last) = self.last {
            for (order, back) in DateOrder::ALL.iter().zip(&mut self.back) {
                *back += u64::from(order.sort(date) < order.sort(last));
            }
        }
        self.last = Some(date);
    }

    /// The order, if the dates show one.
    pub(super) fn order(&self) -> Option<DateOrder> {
        if self.years.saturating_mul(2) > self.count {
            return Some(DateOrder::YearFirst);
        }
        let [back_day, back_month, back_year] = self.back;
        let [firsts, seconds] = self.over_12;
        let (order, back) = match firsts.cmp(&seconds) {
            std::cmp::Ordering::Greater => (Some(DateOrder::DayFirst), back_day),
            std::cmp::Ordering::Less => (Some(DateOrder::MonthFirst), back_month),
            std::cmp::Ordering::Equal if self.unlike == 0 => (Some(DateOrder::DayFirst), 0),
            std::cmp::Ordering::Equal if is_far_less(back_day, back_month) => (Some(DateOrder::DayFirst), 0),
            std::cmp::Ordering::Equal if is_far_less(back_month, back_day) => {
                (Some(DateOrder::MonthFirst), 0)
            }
            std::cmp::Ordering::Equal => (None, back_day.min(back_month)),
        };
        // 23/03/30, 23/03/31, 23/04/01: with a day first, time would leap to and fro.
        if back_year == 0 && back > 0 && self.last_years == 0 {
            Some(DateOrder::YearFirst)
        } else {
            order
        }
    }

    pub(super) fn example(&self) -> String {
        self.example.map_or_else(String::new, |[first, second, third]| {
            format!("{first}/{second}/{third}")
        })
    }
}

/// Telephones travel and set their clocks, so even the right order may go back now and then.
const fn is_far_less(few: u64, many: u64) -> bool {
    few.saturating_mul(10) < many
}
