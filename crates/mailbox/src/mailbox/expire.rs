//! Expiry: whole days are dropped once they are over.

use std::ops::ControlFlow;

use xchat_proto::ids::LogId;

use super::Mailbox;
use crate::layout;
use crate::log_state::is_over;
use crate::store::{Store, StoreError, Table};
use crate::transaction::Transaction;

/// Logs that one step of expiry goes through, so that appends don't wait long.
const LOGS_PER_STEP: usize = 1000;

impl<S: Store> Mailbox<S> {
    /// Drops what is older than the retention, in steps. Whether there is more to do: then call again, between batches.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails; it may be tried again at any time.
    pub fn expire(&mut self, now_ms: u64) -> Result<bool, StoreError> {
        let expired = self.try_expire(now_ms);
        if expired.is_err() {
            self.fail();
        }
        expired
    }

    fn try_expire(&mut self, now_ms: u64) -> Result<bool, StoreError> {
        self.ensure_sound()?;
        let Some(day) = self.store.days().into_iter().find(|day| is_over(*day, now_ms)) else {
            return Ok(false);
        };
        let start = match self.expiring.take() {
            Some((expiring, next)) if expiring == day => next,
            _ => LogId([0; 32]),
        };
        let mut next = Some(start);
        let mut transaction = Transaction::new(
            &self.store,
            &mut self.cache,
            &self.home,
            (&self.quotas, self.blob_quotas),
            now_ms,
        );
        for _ in 0..LOGS_PER_STEP {
            let Some(from) = next else { break };
            let Some(log) = first_log(&self.store, day, &from)? else {
                next = None;
                break;
            };
            transaction.expire_log(&log, day)?;
            next = successor(&log);
        }
        let finished = transaction.finish();
        self.commit(finished)?;
        // LOG-14: the heads are safe, so the entries may go.
        match next {
            Some(log) => self.expiring = Some((day, log)),
            None => self.store.drop_day(day)?,
        }
        Ok(next.is_some() || self.store.days().into_iter().any(|day| is_over(day, now_ms)))
    }
}

impl<S: Store> Transaction<'_, S> {
    /// Takes the entries up to `day` out of the log's state, and the segments that lie before what is left.
    fn expire_log(&mut self, log: &LogId, day: u64) -> Result<(), StoreError> {
        let Some(touched) = self.find(log)? else {
            return Ok(());
        };
        if !touched.state.expire(day) {
            return Ok(());
        }
        touched.changed = true;
        let kept = touched.state.kept;
        let mut gone = Vec::new();
        let mut damaged = None;
        let (from, to) = (layout::segment(log, 0), layout::segment(log, u64::MAX));
        self.store.scan(
            Table::Main,
            &from,
            &to,
            &mut |key, record| match crate::log_state::decode::<crate::log_state::Segment>(record) {
                Ok(segment) if segment.end.is_some_and(|end| end <= kept) => {
                    gone.push(key.to_vec());
                    ControlFlow::Continue(())
                }
                Ok(_) => ControlFlow::Break(()),
                Err(error) => {
                    damaged = Some(error);
                    ControlFlow::Break(())
                }
            },
        )?;
        for key in gone {
            self.remove(Table::Main, key);
        }
        damaged.map_or(Ok(()), Err)
    }
}

fn first_log<S: Store>(store: &S, day: u64, from: &LogId) -> Result<Option<LogId>, StoreError> {
    let (from, to) = (
        layout::entry(from, 0),
        layout::entry(&LogId([0xff; 32]), u64::MAX),
    );
    let mut found = None;
    store.scan(Table::Day(day), &from, &to, &mut |key, _| {
        found = layout::entry_of(key).map(|(log, _)| log);
        ControlFlow::Break(())
    })?;
    Ok(found)
}

fn successor(log: &LogId) -> Option<LogId> {
    let mut bytes = log.0;
    for byte in bytes.iter_mut().rev() {
        let (sum, carried) = byte.overflowing_add(1);
        *byte = sum;
        if !carried {
            return Some(LogId(bytes));
        }
    }
    None
}
