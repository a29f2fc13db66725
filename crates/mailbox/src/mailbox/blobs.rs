//! Blobs: room for them, what of it is used, and when it is free again. The bytes are the body's concern.

use std::ops::ControlFlow;

use xchat_proto::blob_wire::BlobRefusal;
use xchat_proto::ids::{Hash, LogId};
use xchat_proto::limits::{BLOB_CHUNK_BYTES, BLOB_KEEP_DAYS_MAX, BLOB_SEALED_BYTES_MAX};

use super::Mailbox;
use crate::blob::{BlobCommand, BlobDone, BlobFile, BlobPlace, BlobRecord, UNFINISHED_DAYS, last_day};
use crate::layout;
use crate::log_state::{Kind, decode, is_over};
use crate::store::{Store, StoreError, Table};
use crate::transaction::{Fault, Transaction};

/// Blobs that one step of expiry forgets.
const BLOBS_PER_STEP: usize = 256;

/// Why a command on a blob is not carried out.
#[derive(Debug)]
pub(crate) enum BlobFault {
    /// It is refused, and changed nothing.
    Refused(BlobRefusal),
    /// The store failed: the whole batch fails.
    Store(StoreError),
}

impl From<BlobRefusal> for BlobFault {
    fn from(refusal: BlobRefusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<StoreError> for BlobFault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Fault> for BlobFault {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refused(refusal) => Self::Refused(refusal.into()),
            Fault::Store(error) => Self::Store(error),
        }
    }
}

impl<S: Store> Transaction<'_, S> {
    /// Carries out a command on a blob: refused before its first change, or done.
    pub(crate) fn execute_blob(&mut self, command: &BlobCommand) -> Result<BlobDone, BlobFault> {
        match command {
            BlobCommand::Reserve { .. } => self.reserve(command),
            BlobCommand::Grow { place, bytes } => self.grow(place, *bytes),
            BlobCommand::Keep { place } => self.keep(place),
            BlobCommand::Lose { place } => self.lose(place),
            BlobCommand::Forget { place } => {
                let record = self.blob_at(place)?;
                self.forget(&place.log, &place.hash, &record)
            }
            BlobCommand::Erase { log, hash, erase } => self.erase(log, hash, erase),
        }
    }

    fn blob(&self, log: &LogId, hash: &Hash) -> Result<Option<BlobRecord>, StoreError> {
        self.read_record(&layout::blob(log, hash))
    }

    /// The record of a blob, if it still lies in those files.
    fn blob_at(&self, place: &BlobPlace) -> Result<BlobRecord, BlobFault> {
        let record = self.blob(&place.log, &place.hash)?;
        let record = record.filter(|record| record.file == place.file);
        Ok(record.ok_or(BlobRefusal::UnknownBlob)?)
    }

    fn reserve(&mut self, command: &BlobCommand) -> Result<BlobDone, BlobFault> {
        let &BlobCommand::Reserve {
            log,
            epoch,
            hash,
            sealed_bytes,
            erase,
            keep_days,
            file,
        } = command
        else {
            return Err(BlobRefusal::Malformed.into());
        };
        let is_sound = (1..=BLOB_SEALED_BYTES_MAX).contains(&sealed_bytes)
            && sealed_bytes.is_multiple_of(BLOB_CHUNK_BYTES)
            && (1..=BLOB_KEEP_DAYS_MAX).contains(&keep_days);
        if !is_sound {
            return Err(BlobRefusal::Malformed.into());
        }
        self.require_open(&log, epoch)?;
        if let Some(found) = self.blob(&log, &hash)? {
            // BLB-04: of this log alone. What lies elsewhere under this address is not even looked for.
            if found.sealed_bytes != sealed_bytes || found.erase != erase {
                return Err(BlobRefusal::Taken.into());
            }
            return Ok(match found.is_stored {
                true => BlobDone::Stored,
                false => BlobDone::Done,
            });
        }
        let record = BlobRecord {
            epoch,
            sealed_bytes,
            last_day: last_day(self.now_ms, UNFINISHED_DAYS),
            keep_days,
            erase,
            file,
            counted: 0,
            is_stored: false,
        };
        // The least that any blob takes: so there is an end to them, too.
        let record = self.count(&log, record, BLOB_CHUNK_BYTES)?;
        self.write_blob(&log, &hash, &record);
        Ok(BlobDone::Done)
    }

    fn require_open(&mut self, log: &LogId, epoch: u64) -> Result<(), BlobFault> {
        let Kind::Conversation { open, .. } = self.state(log)?.state.kind else {
            return Err(BlobRefusal::UnknownLog.into());
        };
        let open = open.epoch;
        match epoch.cmp(&open) {
            std::cmp::Ordering::Less => Err(BlobRefusal::StaleEpoch { open }.into()),
            std::cmp::Ordering::Equal => Ok(()),
            std::cmp::Ordering::Greater => Err(BlobRefusal::FutureEpoch.into()),
        }
    }

    /// BLB-17: who sends nothing takes no room from anybody.
    fn grow(&mut self, place: &BlobPlace, bytes: u64) -> Result<BlobDone, BlobFault> {
        let record = self.blob_at(place)?;
        if record.is_stored {
            return Ok(BlobDone::Stored);
        }
        let bytes = bytes.clamp(BLOB_CHUNK_BYTES, record.sealed_bytes);
        let counted = self.count(&place.log, record, bytes)?;
        let last_day = last_day(self.now_ms, UNFINISHED_DAYS).max(record.last_day);
        self.move_blob(place, BlobRecord { last_day, ..counted });
        Ok(BlobDone::Done)
    }

    fn keep(&mut self, place: &BlobPlace) -> Result<BlobDone, BlobFault> {
        let record = self.blob_at(place)?;
        if record.is_stored {
            return Ok(BlobDone::Stored);
        }
        let counted = self.count(&place.log, record, record.sealed_bytes)?;
        let last_day = last_day(self.now_ms, u64::from(record.keep_days));
        let kept = BlobRecord {
            last_day,
            is_stored: true,
            ..counted
        };
        self.move_blob(place, kept);
        Ok(BlobDone::Stored)
    }

    fn lose(&mut self, place: &BlobPlace) -> Result<BlobDone, BlobFault> {
        let record = self.blob_at(place)?;
        let lost = BlobRecord {
            is_stored: false,
            ..record
        };
        self.move_blob(place, lost);
        Ok(BlobDone::Done)
    }

    fn erase(&mut self, log: &LogId, hash: &Hash, erase: &Hash) -> Result<BlobDone, BlobFault> {
        match self.blob(log, hash)? {
            Some(record) if record.erase != *erase => Err(BlobRefusal::NotProved.into()),
            Some(record) => self.forget(log, hash, &record),
            None => Ok(BlobDone::Done),
        }
    }

    fn forget(&mut self, log: &LogId, hash: &Hash, record: &BlobRecord) -> Result<BlobDone, BlobFault> {
        self.count(log, *record, 0)?;
        self.remove(Table::Main, layout::blob(log, hash));
        self.remove(Table::Main, layout::blob_end(record.last_day, log, hash));
        Ok(BlobDone::Gone(record.file))
    }

    /// Counts so many bytes for a blob, of the log and of the home. More than there is room for is refused.
    fn count(&mut self, log: &LogId, record: BlobRecord, bytes: u64) -> Result<BlobRecord, BlobFault> {
        let quotas = self.blob_quotas;
        for (key, quota) in [
            (layout::blobs_of_log(log), quotas.log_bytes),
            (layout::all_blobs(), quotas.bytes),
        ] {
            let before: u64 = self.read_record(&key)?.unwrap_or(0);
            let others = before.saturating_sub(record.counted);
            let after = others.saturating_add(bytes);
            if bytes > record.counted && after > quota {
                return Err(BlobRefusal::QuotaExceeded.into());
            }
        }
        for key in [layout::blobs_of_log(log), layout::all_blobs()] {
            let before: u64 = self.read_record(&key)?.unwrap_or(0);
            let after = before.saturating_sub(record.counted).saturating_add(bytes);
            match after {
                0 => self.remove(Table::Main, key),
                after => self.put_record(key, &after),
            }
        }
        Ok(BlobRecord {
            counted: bytes,
            ..record
        })
    }

    fn write_blob(&mut self, log: &LogId, hash: &Hash, record: &BlobRecord) {
        self.put_record(layout::blob(log, hash), record);
        self.put(
            Table::Main,
            layout::blob_end(record.last_day, log, hash),
            Vec::new(),
        );
    }

    /// Writes a record whose last day may have changed.
    fn move_blob(&mut self, place: &BlobPlace, record: BlobRecord) {
        // An earlier end that stays behind is found out when its day comes.
        self.write_blob(&place.log, &place.hash, &record);
    }

    /// Forgets a blob whose end has come, if it really has.
    fn expire_blob(&mut self, day: u64, log: &LogId, hash: &Hash) -> Result<Option<BlobFile>, BlobFault> {
        match self.blob(log, hash)? {
            Some(record) if record.last_day == day => match self.forget(log, hash, &record)? {
                BlobDone::Gone(file) => Ok(Some(file)),
                BlobDone::Done | BlobDone::Stored => Ok(None),
            },
            _ => {
                self.remove(Table::Main, layout::blob_end(day, log, hash));
                Ok(None)
            }
        }
    }
}

impl<S: Store> Mailbox<S> {
    /// A blob that was reserved in a log, if a member of this epoch may have it.
    ///
    /// # Errors
    /// [`BlobRefusal`] when there is none, or it came after that epoch.
    pub(crate) fn blob(
        &self,
        log: &LogId,
        epoch: u64,
        hash: &Hash,
    ) -> Result<(BlobPlace, bool), BlobRefusal> {
        let record: Option<BlobRecord> = self.record(&layout::blob(log, hash))?;
        let record = record.ok_or(BlobRefusal::UnknownBlob)?;
        // BLB-03: a removed member gets nothing that came after.
        if record.epoch > epoch {
            return Err(BlobRefusal::NotProved);
        }
        Ok((record.place(*log, *hash), record.is_stored))
    }

    /// The bytes that are counted for all blobs.
    ///
    /// # Errors
    /// [`StoreError`] when the store can't be read.
    pub fn blob_bytes(&self) -> Result<u64, StoreError> {
        let record = self.store.read(Table::Main, &layout::all_blobs())?;
        record.map_or(Ok(0), |record| decode(&record))
    }

    /// Shows the files of all blobs: what else is there belongs to none.
    ///
    /// # Errors
    /// [`StoreError`] when the store can't be read.
    pub fn blob_files(&self, mut visit: impl FnMut(BlobFile)) -> Result<(), StoreError> {
        let (from, to) = layout::every_blob();
        let mut damaged = None;
        self.store.scan(
            Table::Main,
            &from,
            &to,
            &mut |_, record| match decode::<BlobRecord>(record) {
                Ok(record) => {
                    visit(record.file);
                    ControlFlow::Continue(())
                }
                Err(error) => {
                    damaged = Some(error);
                    ControlFlow::Break(())
                }
            },
        )?;
        damaged.map_or(Ok(()), Err)
    }

    /// Forgets blobs whose last day is over, in steps: their files are to be removed. None means that there are no more
    /// now.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails; it may be tried again at any time.
    pub fn expire_blobs(&mut self, now_ms: u64) -> Result<Option<Vec<BlobFile>>, StoreError> {
        let expired = self.try_expire_blobs(now_ms);
        if expired.is_err() {
            self.fail();
        }
        expired
    }

    fn try_expire_blobs(&mut self, now_ms: u64) -> Result<Option<Vec<BlobFile>>, StoreError> {
        self.ensure_sound()?;
        let mut ended = Vec::new();
        let (from, to) = layout::every_blob_end();
        self.store.scan(
            Table::Main,
            &from,
            &to,
            &mut |key, _| match layout::blob_end_of(key) {
                Some(end) if is_over(end.0, now_ms) && ended.len() < BLOBS_PER_STEP => {
                    ended.push(end);
                    ControlFlow::Continue(())
                }
                _ => ControlFlow::Break(()),
            },
        )?;
        if ended.is_empty() {
            return Ok(None);
        }
        let mut transaction = self.transaction(now_ms);
        let mut files = Vec::new();
        for (day, log, hash) in ended {
            match transaction.expire_blob(day, &log, &hash) {
                Ok(file) => files.extend(file),
                Err(BlobFault::Store(error)) => return Err(error),
                Err(BlobFault::Refused(refusal)) => {
                    tracing::error!(%refusal, "a blob is refused its end");
                }
            }
        }
        let finished = transaction.finish();
        self.commit(finished)?;
        Ok(Some(files))
    }
}
