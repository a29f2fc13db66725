//! Proof of work, done beside everything else and stopped when nobody wants it any more.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Semaphore;
use xchat_core::io::Price;
use xchat_proto::limits::WORK_BITS_MAX;
use xchat_proto::work::Work;

/// Proofs that are worked on at once: one long one must not hold up all others.
const AT_ONCE: usize = 2;
/// Attempts between two looks at whether the result is still wanted; a few milliseconds.
const SLICE: u64 = 32;

/// Does proofs of work.
#[derive(Clone)]
pub(super) struct Labour {
    permits: Arc<Semaphore>,
}

/// Stops the work when the future that waits for it is dropped.
struct Wanted(Arc<AtomicBool>);

impl Drop for Wanted {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

impl Labour {
    pub(super) fn new() -> Self {
        Self {
            permits: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// Pays `price`. `None` when it is more than anybody may ask for, or the process is ending.
    pub(super) async fn pay(&self, price: Price) -> Option<Work> {
        if price.bits > WORK_BITS_MAX {
            return None;
        }
        let _permit = self.permits.acquire().await.ok()?;
        let wanted = Wanted(Arc::new(AtomicBool::new(true)));
        let is_wanted = wanted.0.clone();
        tokio::task::spawn_blocking(move || solve(price, &is_wanted))
            .await
            .ok()?
    }
}

fn solve(price: Price, is_wanted: &AtomicBool) -> Option<Work> {
    slices()
        .take_while(|_| is_wanted.load(Ordering::Relaxed))
        .find_map(|slice| price.challenge.solve(price.bits, slice))
}

fn slices() -> impl Iterator<Item = Range<u64>> {
    (0_u64..).map(|number| {
        let first = number.saturating_mul(SLICE);
        first..first.saturating_add(SLICE)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use xchat_proto::work::Challenge;

    fn price(bits: u8) -> Price {
        Price {
            challenge: Challenge::new("test", &[b"labour"]),
            bits,
        }
    }

    #[tokio::test]
    async fn a_price_is_paid() {
        let work = Labour::new().pay(price(6)).await.unwrap();
        assert!(price(6).challenge.is_solved_by(work, 6));
    }

    #[tokio::test]
    async fn an_unpayable_price_is_refused_at_once() {
        assert_eq!(Labour::new().pay(price(WORK_BITS_MAX + 1)).await, None);
    }

    #[test]
    fn unwanted_work_is_stopped() {
        assert_eq!(solve(price(WORK_BITS_MAX), &AtomicBool::new(false)), None);
    }
}
