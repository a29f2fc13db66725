//! The pace of a connection.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{self, Instant};

/// What may be saved up while nothing moves.
const BURST: Duration = Duration::from_millis(250);

/// So many bytes in a second, over all that share it.
#[derive(Debug)]
pub(super) struct Pace {
    bytes_per_second: f64,
    /// When all that was spent is paid for.
    paid: Mutex<Instant>,
}

impl Pace {
    pub(super) fn new(bytes_per_second: f64) -> Self {
        Self {
            bytes_per_second,
            paid: Mutex::new(Instant::now()),
        }
    }

    /// Spends so many bytes, and waits until they are paid for.
    pub(super) async fn spend(&self, bytes: u64) {
        let due = self.due(bytes);
        time::sleep_until(due).await;
    }

    fn due(&self, bytes: u64) -> Instant {
        let cost = Duration::from_secs_f64(bytes as f64 / self.bytes_per_second);
        let now = Instant::now();
        let mut paid = self.paid.lock().unwrap_or_else(PoisonError::into_inner);
        let from = now.checked_sub(BURST).map_or(now, |saved| saved.max(*paid));
        *paid = from + cost;
        *paid
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_spends_more_waits_and_what_is_saved_has_an_end() {
        let pace = Pace::new(1000.0);
        time::advance(Duration::from_secs(60)).await;
        let begun = Instant::now();
        pace.spend(250).await;
        assert_eq!(begun.elapsed(), Duration::ZERO, "saved up");
        pace.spend(1000).await;
        assert_eq!(
            begun.elapsed(),
            Duration::from_secs(1),
            "no more than a quarter of a second is"
        );
        tokio::join!(pace.spend(1000), pace.spend(1000));
        assert_eq!(begun.elapsed(), Duration::from_secs(3), "all who share it wait");
    }
}
