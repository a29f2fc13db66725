//! Files that are read while they come: who reads says what it waits for, and who fetches goes there first.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::watch;

/// The files that are read or fetched now, by their names on the disk. Clones are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Windows(Arc<Mutex<BTreeMap<[u8; 16], Weak<Window>>>>);

/// One file, for those who read it and those who fetch it.
#[derive(Debug)]
pub(crate) struct Window {
    /// Which groups are waited for, those who wait longest first.
    wanted: watch::Sender<Vec<Wanted>>,
    arrived: watch::Sender<()>,
}

#[derive(Debug)]
struct Wanted {
    reader: u64,
    group: u64,
}

impl Windows {
    /// The window of a file.
    pub(crate) fn of(&self, file: [u8; 16]) -> Arc<Window> {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(window) = windows.get(&file).and_then(Weak::upgrade) {
            return window;
        }
        windows.retain(|_, window| window.strong_count() > 0);
        let window = Arc::new(Window {
            wanted: watch::channel(Vec::new()).0,
            arrived: watch::channel(()).0,
        });
        windows.insert(file, Arc::downgrade(&window));
        window
    }
}

impl Window {
    /// Says that somebody waits for a group, until what is returned is dropped.
    pub(crate) fn wait_for(self: &Arc<Self>, group: u64) -> Waiting {
        let mut reader = 0;
        self.wanted.send_modify(|wanted| {
            reader = wanted.last().map_or(0, |last| last.reader.wrapping_add(1));
            wanted.push(Wanted { reader, group });
        });
        Waiting {
            window: Arc::clone(self),
            reader,
        }
    }

    /// The group that is waited for; of several, what was said last: that is where people look now.
    pub(crate) fn wanted(&self) -> Option<u64> {
        self.wanted.borrow().last().map(|wanted| wanted.group)
    }

    /// Resolves when something else may be waited for than before it was made. It can be dropped at any time.
    pub(crate) fn changes(&self) -> Changes {
        Changes(self.wanted.subscribe())
    }

    /// Says that something has come, and can be read.
    pub(crate) fn arrived(&self) {
        self.arrived.send_replace(());
    }

    /// Changes whenever something has come since this was called.
    pub(crate) fn arrivals(&self) -> watch::Receiver<()> {
        self.arrived.subscribe()
    }
}

/// Changes of what is waited for.
pub(crate) struct Changes(watch::Receiver<Vec<Wanted>>);

impl Changes {
    /// The next one.
    pub(crate) async fn next(&mut self) {
        if self.0.changed().await.is_err() {
            // Nobody is left who could wait for anything.
            std::future::pending::<()>().await;
        }
    }
}

/// Somebody waits for a group, as long as this is held.
#[derive(Debug)]
pub(crate) struct Waiting {
    window: Arc<Window>,
    reader: u64,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.window
            .wanted
            .send_modify(|wanted| wanted.retain(|one| one.reader != self.reader));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_came_last_is_served_first() {
        let windows = Windows::default();
        let window = windows.of([1; 16]);
        assert_eq!(window.wanted(), None);
        let first = window.wait_for(7);
        let second = windows.of([1; 16]).wait_for(3);
        assert_eq!(window.wanted(), Some(3));
        drop(second);
        assert_eq!(window.wanted(), Some(7));
        let third = window.wait_for(9);
        drop(first);
        assert_eq!(window.wanted(), Some(9), "the right one went");
        drop(third);
        assert_eq!(window.wanted(), None);
        assert_eq!(windows.of([2; 16]).wanted(), None);
    }

    #[tokio::test]
    async fn arrivals_are_not_missed() {
        let window = Windows::default().of([1; 16]);
        let mut arrivals = window.arrivals();
        window.arrived();
        arrivals.changed().await.unwrap();
        assert!(!arrivals.has_changed().unwrap());
    }
}
