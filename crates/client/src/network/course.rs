//! In which order what is missing of a file is asked for.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use xchat_blobs::Groups;
use xchat_proto::blob_wire::GroupRanges;

use crate::window::Window;

/// Groups that may still come before one that somebody waits for: 4 MiB. To ask anew costs a journey there and back.
const LEAP: u64 = 256;

/// What is missing of a file: asked for from where somebody reads on, else from its beginning.
pub(super) struct Course {
    missing: Groups,
    asked: Groups,
    window: Arc<Window>,
}

impl Course {
    pub(super) fn new(missing: Groups, window: Arc<Window>) -> Self {
        Self {
            missing,
            asked: Groups::default(),
            window,
        }
    }

    /// What is still missing.
    pub(super) fn missing(&self) -> &Groups {
        &self.missing
    }

    /// What is asked for next.
    pub(super) fn ask(&mut self) -> GroupRanges {
        let from = self.window.wanted().unwrap_or_default();
        let behind = self.missing.and(&Groups::from(from..u64::MAX));
        let next = match behind.is_empty() {
            true => &self.missing,
            false => &behind,
        };
        let ranges = GroupRanges::first_of(next.ranges().iter().cloned());
        self.asked = Groups::new(ranges.as_slice().iter().cloned());
        ranges
    }

    /// What was asked for last.
    pub(super) fn asked(&self) -> &Groups {
        &self.asked
    }

    /// So many of those that were asked for have come.
    pub(super) fn came(&mut self, groups: u64) {
        self.missing = self.missing.without(&self.asked.first(groups));
    }

    /// Who reads the file.
    pub(super) fn window(&self) -> &Arc<Window> {
        &self.window
    }

    /// Resolves when somebody waits for what comes too late, if it goes on like this.
    pub(super) async fn elsewhere(&self, came: &AtomicU64) {
        let mut changes = self.window.changes();
        while !self
            .window
            .wanted()
            .is_some_and(|group| self.is_far(group, came.load(Ordering::Relaxed)))
        {
            changes.next().await;
        }
    }

    fn is_far(&self, group: u64, came: u64) -> bool {
        let one = Groups::from(group..group.saturating_add(1));
        if self.missing.and(&one).is_empty() {
            return false;
        }
        // Those that have come are before those that are to come.
        let before = self.asked.before(group).count();
        let is_asked = !self.asked.and(&one).is_empty();
        !is_asked || before > came.saturating_add(LEAP)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{Duration, timeout};

    use super::*;
    use crate::window::Windows;

    fn course(missing: &[(u64, u64)]) -> Course {
        let missing = Groups::new(missing.iter().map(|(from, to)| *from..*to));
        Course::new(missing, Windows::default().of([1; 16]))
    }

    #[test]
    fn trf_18_what_is_waited_for_is_asked_for_first_and_all_is_in_the_end() {
        let mut course = course(&[(0, 1_000), (2_000, 3_000)]);
        let waiting = course.window().wait_for(2_500);
        course.ask();
        assert_eq!(course.asked(), &Groups::from(2_500..3_000));
        course.came(500);
        // The reader has it; the rest comes from its beginning.
        course.ask();
        assert_eq!(course.asked(), &Groups::new([0..1_000, 2_000..2_500]));
        drop(waiting);
        course.came(100);
        course.ask();
        assert_eq!(course.asked(), &Groups::new([100..1_000, 2_000..2_500]));
        course.came(1_400);
        assert!(course.missing().is_empty());
    }

    #[tokio::test]
    async fn trf_18_only_what_comes_too_late_breaks_off_what_comes() {
        let mut course = course(&[(0, 10_000)]);
        course.ask();
        let is_broken_off = async |group, came| {
            let _waiting = course.window().wait_for(group);
            let came = AtomicU64::new(came);
            timeout(Duration::ZERO, course.elsewhere(&came)).await.is_ok()
        };
        assert!(!is_broken_off(0, 0).await);
        assert!(!is_broken_off(LEAP, 0).await, "it comes soon");
        assert!(is_broken_off(LEAP + 1, 0).await);
        assert!(!is_broken_off(LEAP + 1, 1).await);
        assert!(!is_broken_off(10, 5_000).await, "it has come");
        assert!(!is_broken_off(20_000, 0).await, "it was here before");
        let nobody = AtomicU64::new(0);
        assert!(timeout(Duration::ZERO, course.elsewhere(&nobody)).await.is_err());
    }
}
