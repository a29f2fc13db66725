//! Which groups of a blob: ranges in order, with something between one and the next.

use std::iter;
use std::ops::Range;

/// Ranges of groups, each of 16 KiB of the sealed blob.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Groups {
    ranges: Vec<Range<u64>>,
}

impl Groups {
    /// Of ranges in any order that may overlap. Empty ones, and those that end before they begin, are nothing.
    pub fn new(ranges: impl IntoIterator<Item = Range<u64>>) -> Self {
        let mut ranges: Vec<_> = ranges.into_iter().filter(|range| !range.is_empty()).collect();
        ranges.sort_unstable_by_key(|range| range.start);
        let mut groups = Self::default();
        ranges.into_iter().for_each(|range| groups.push(range));
        groups
    }

    /// All groups of a blob: what lies beyond its end is nothing.
    #[must_use]
    pub fn all() -> Self {
        Self::from(0..u64::MAX)
    }

    /// The ranges: ascending, none empty, no two that touch.
    #[must_use]
    pub fn ranges(&self) -> &[Range<u64>] {
        &self.ranges
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// How many groups they are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.ranges.iter().map(|range| range.end - range.start).sum()
    }

    /// Those before `end`.
    #[must_use]
    pub fn before(&self, end: u64) -> Self {
        let cut = |range: &Range<u64>| range.start..range.end.min(end);
        Self::new(self.ranges.iter().map(cut))
    }

    /// The first so many.
    #[must_use]
    pub fn first(&self, count: u64) -> Self {
        let mut left = count;
        let cut = |range: &Range<u64>| {
            let end = range.end.min(range.start.saturating_add(left));
            left -= end - range.start;
            range.start..end
        };
        Self::new(self.ranges.iter().map(cut))
    }

    /// Those that are not in another.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let gaps = iter::once(0).chain(other.ranges.iter().map(|range| range.end));
        let ends = other.ranges.iter().map(|range| range.start).chain([u64::MAX]);
        self.and(&Self::new(gaps.zip(ends).map(|(start, end)| start..end)))
    }

    /// Those in both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let mut both = Self::default();
        let (mut ours, mut theirs) = (self.ranges.iter().peekable(), other.ranges.iter().peekable());
        while let (Some(one), Some(another)) = (ours.peek(), theirs.peek()) {
            let shared = one.start.max(another.start)..one.end.min(another.end);
            if one.end <= another.end {
                ours.next();
            } else {
                theirs.next();
            }
            if !shared.is_empty() {
                both.push(shared);
            }
        }
        both
    }

    /// Adds a range that doesn't begin before the last one.
    pub(crate) fn push(&mut self, range: Range<u64>) {
        match self.ranges.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => self.ranges.push(range),
        }
    }
}

impl From<Range<u64>> for Groups {
    fn from(range: Range<u64>) -> Self {
        Self::new(Some(range))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn set(groups: &Groups) -> BTreeSet<u64> {
        groups.ranges().iter().cloned().flatten().collect()
    }

    proptest! {
        #[test]
        fn groups_are_sets_of_numbers(
            ours in prop::collection::vec((0..60_u64, 0..60_u64), 0..8),
            theirs in prop::collection::vec((0..60_u64, 0..60_u64), 0..8),
            end in 0..60_u64,
        ) {
            let ranges = |pairs: &[(u64, u64)]| pairs.iter().map(|(from, to)| *from..*to).collect::<Vec<_>>();
            let numbers = |pairs: &[(u64, u64)]| ranges(pairs).into_iter().flatten().collect::<BTreeSet<_>>();
            let (one, another) = (Groups::new(ranges(&ours)), Groups::new(ranges(&theirs)));
            prop_assert_eq!(set(&one), numbers(&ours));
            prop_assert_eq!(one.count(), numbers(&ours).len() as u64);
            let shared: BTreeSet<_> = numbers(&ours).intersection(&numbers(&theirs)).copied().collect();
            prop_assert_eq!(set(&one.and(&another)), shared);
            let rest: BTreeSet<_> = numbers(&ours).difference(&numbers(&theirs)).copied().collect();
            prop_assert_eq!(set(&one.without(&another)), rest);
            let first: BTreeSet<_> = (0..end).zip(numbers(&ours)).map(|(_, number)| number).collect();
            prop_assert_eq!(set(&one.first(end)), first);
            prop_assert_eq!(set(&one.before(end)), numbers(&ours).range(..end).copied().collect());
            prop_assert!(one.ranges().windows(2).all(|pair| pair[0].end < pair[1].start));
        }
    }
}
