//! A sample of durations, and its percentiles.

use std::time::Duration;

/// Durations that were measured one after the other.
#[derive(Debug, Default)]
pub(crate) struct Sample(Vec<Duration>);

impl Sample {
    pub(crate) fn add(&mut self, duration: Duration) {
        self.0.push(duration);
    }

    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The duration that `percent` of the sample don't exceed, in milliseconds; 0 of an empty sample.
    pub(crate) fn percentile_ms(&self, percent: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let place = sorted.len().saturating_sub(1).saturating_mul(percent) / 100;
        sorted
            .get(place)
            .map_or(0.0, |duration| duration.as_secs_f64() * 1000.0)
    }

    /// The median in milliseconds.
    pub(crate) fn p50_ms(&self) -> f64 {
        self.percentile_ms(50)
    }

    pub(crate) fn p99_ms(&self) -> f64 {
        self.percentile_ms(99)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_sorted_sample() {
        let mut sample = Sample::default();
        for ms in (1..=101).rev() {
            sample.add(Duration::from_millis(ms));
        }
        assert_eq!(sample.p50_ms(), 51.0);
        assert_eq!(sample.p99_ms(), 100.0);
        assert_eq!(Sample::default().p50_ms(), 0.0);
    }
}
