//! KeyPackages: each one-time one is handed out once, then the last-resort one.

use minicbor::{Decode, Encode};
use xchat_proto::codec;
use xchat_proto::contact::ContactCard;
use xchat_proto::ids::{Hash, LogId};
use xchat_proto::keys::PublicKey;
use xchat_proto::limits::{DEVICES_PER_ACCOUNT_MAX, KEY_PACKAGE_WORK_BITS, KEY_PACKAGES_MAX};
use xchat_proto::mailbox_wire::{KeyPackageBytes, Refusal, Reply};

use crate::layout;
use crate::store::{Store, StoreError, Table};
use crate::transaction::{Fault, Transaction};

/// How many hashes of published KeyPackages are remembered for a device: several times what it may keep here, so a
/// publication that is sent again late adds nothing.
const PUBLISHED_MAX: usize = 5 * KEY_PACKAGES_MAX;

/// The one-time KeyPackages `first..next` of a device.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Queue {
    #[n(0)]
    pub(super) device: PublicKey,
    #[n(1)]
    first: u64,
    #[n(2)]
    next: u64,
}

impl Queue {
    pub(super) fn count(&self) -> u64 {
        self.next.saturating_sub(self.first)
    }
}

/// The devices with KeyPackages at an inbox.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Devices {
    #[n(0)]
    pub(super) queues: Vec<Queue>,
}

/// The hashes of KeyPackages published lately, oldest first.
#[derive(Debug, Clone, Default, Encode, Decode)]
#[cbor(array)]
struct Published {
    #[n(0)]
    hashes: Vec<Hash>,
}

impl<S: Store> Transaction<'_, S> {
    pub(crate) fn publish_key_packages(
        &mut self,
        log: LogId,
        device: PublicKey,
        one_time: Vec<KeyPackageBytes>,
        last_resort: Option<KeyPackageBytes>,
    ) -> Result<Reply, Fault> {
        self.inbox(&log)?;
        let mut devices: Devices = self.read_record(&layout::devices(&log))?.unwrap_or_default();
        let mut evicted = Vec::new();
        if !devices.queues.iter().any(|queue| queue.device == device) {
            evicted = self.make_room(&log, &mut devices)?;
            devices.queues.push(Queue {
                device,
                first: 0,
                next: 0,
            });
        }
        let queue = devices.queues.iter_mut().find(|queue| queue.device == device);
        let queue = queue.ok_or(Refusal::QuotaExceeded)?;
        let key = layout::published(&log, &device);
        let mut published: Published = self.read_record(&key)?.unwrap_or_default();
        let mut added = Vec::new();
        for package in one_time {
            // LOG-12: one that was published before is not added again, or it could be handed out twice.
            let hash = Hash::of_envelope(package.as_slice());
            if !published.hashes.contains(&hash) {
                published.hashes.push(hash);
                added.push((queue.next, package));
                queue.next = queue.next.saturating_add(1);
            }
        }
        if queue.count() > KEY_PACKAGES_MAX as u64 {
            return Err(Refusal::QuotaExceeded.into());
        }
        let surplus = published.hashes.len().saturating_sub(PUBLISHED_MAX);
        published.hashes.drain(..surplus);
        for gone in evicted {
            self.evict(&log, &gone);
        }
        for (number, package) in added {
            self.put(
                Table::Main,
                layout::one_time(&log, &device, number),
                package.into_vec(),
            );
        }
        if let Some(package) = last_resort {
            self.put(
                Table::Main,
                layout::last_resort(&log, &device),
                package.into_vec(),
            );
        }
        self.put_record(key, &published);
        self.put_record(layout::devices(&log), &devices);
        Ok(Reply::Done)
    }

    /// Where all places are taken, those of devices that the card no longer names are free.
    fn make_room(&self, log: &LogId, devices: &mut Devices) -> Result<Vec<Queue>, Fault> {
        if devices.queues.len() < DEVICES_PER_ACCOUNT_MAX {
            return Ok(Vec::new());
        }
        let card: Option<ContactCard> = self.read_record(&layout::card(log))?;
        let card = card.ok_or(Refusal::QuotaExceeded)?;
        let named = card.devices.devices.as_slice().iter();
        let named: Vec<_> = named
            .filter_map(|signed| signed.unverified().ok())
            .map(|body| body.device)
            .collect();
        let queues = std::mem::take(&mut devices.queues);
        let (kept, gone): (Vec<_>, Vec<_>) = queues
            .into_iter()
            .partition(|queue| named.contains(&queue.device));
        if gone.is_empty() {
            return Err(Refusal::QuotaExceeded.into());
        }
        devices.queues = kept;
        Ok(gone)
    }

    fn evict(&mut self, log: &LogId, queue: &Queue) {
        for number in queue.first..queue.next {
            self.remove(Table::Main, layout::one_time(log, &queue.device, number));
        }
        self.remove(Table::Main, layout::last_resort(log, &queue.device));
        self.remove(Table::Main, layout::published(log, &queue.device));
    }

    pub(crate) fn fetch_key_package(
        &mut self,
        log: LogId,
        device: PublicKey,
        salt: u64,
    ) -> Result<Reply, Fault> {
        self.inbox(&log)?;
        let spent = layout::salt(&log, &device, salt);
        let days = self.store.days().into_iter().chain(std::iter::once(self.today));
        for day in days {
            // LOG-12: work is spent once, or one payment could empty the shelf.
            if self.read(Table::Day(day), &spent)?.is_some() {
                let bits = KEY_PACKAGE_WORK_BITS;
                return Err(Refusal::WorkNeeded { bits }.into());
            }
        }
        let mut devices: Devices = self.read_record(&layout::devices(&log))?.unwrap_or_default();
        let queue = devices.queues.iter_mut().find(|queue| queue.device == device);
        let queue = queue.ok_or(Refusal::NothingThere)?;
        let one_time = queue.count() > 0;
        let key = if one_time {
            layout::one_time(&log, &device, queue.first)
        } else {
            layout::last_resort(&log, &device)
        };
        let package = match self.read(Table::Main, &key)? {
            Some(package) => package,
            None if one_time => return Err(StoreError::Damaged("a KeyPackage is missing").into()),
            None => return Err(Refusal::NothingThere.into()),
        };
        let key_package =
            KeyPackageBytes::new(package).map_err(|_| StoreError::Damaged("a KeyPackage is too long"))?;
        if one_time {
            queue.first = queue.first.saturating_add(1);
            self.remove(Table::Main, key);
            self.put(Table::Main, layout::devices(&log), codec::encode(&devices));
        }
        self.put(Table::Day(self.today), spent, Vec::new());
        Ok(Reply::KeyPackage {
            key_package,
            last_resort: !one_time,
        })
    }
}
