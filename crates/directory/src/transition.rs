//! The judgement against the state: what operations of a block do, one after the other (docs/spec/directory.md, DIR,
//! LOD and VOT).

use std::collections::BTreeMap;
use std::sync::Arc;

use xchat_proto::codec;
use xchat_proto::directory_wire::RejectReason;
use xchat_proto::genesis::Parameters;
use xchat_proto::identity::{IdentityLink, key_commitment};
use xchat_proto::ids::Hash;
use xchat_proto::limits::{DAY_MS, ROTATION_LEAP_MAX, STORED_RECORD_BYTES_MAX, TOKEN_MS_MAX};
use xchat_proto::map_proof::{committee_key, load_key, token_key};
use xchat_proto::name::Name;
use xchat_proto::name_proof::{Entry, Standing, StoredRecord};
use xchat_proto::operator::Committee;
use xchat_proto::record::{Operation, Record, Release};
use xchat_proto::signed::{Signed, SignedBody};
use xchat_proto::token::Token;

use crate::ballots;
use crate::error::DirectoryError;
use crate::load::{Load, accepted_bits};
use crate::map::MapView;
use crate::rules::{Checked, Claim, Paid, Rules, verify_reason};
use crate::store::Read;

/// What the map holds besides names and tokens, kept at hand.
#[derive(Debug, Clone)]
pub(crate) struct Ledger {
    pub(crate) committee: Arc<Committee>,
    pub(crate) load: Arc<Load>,
}

/// Why an operation is not made.
enum Stop {
    /// The rules refuse it.
    Rejected(RejectReason),
    /// The directory can't go on.
    Failed(DirectoryError),
}

impl From<RejectReason> for Stop {
    fn from(reason: RejectReason) -> Self {
        Self::Rejected(reason)
    }
}

impl From<DirectoryError> for Stop {
    fn from(error: DirectoryError) -> Self {
        Self::Failed(error)
    }
}

/// A block that is being executed.
pub(crate) struct Transition<'a, R> {
    rules: &'a Rules,
    view: &'a MapView<'a, R>,
    height: u64,
    time_ms: u64,
    /// What registrations of this block cost.
    price: u8,
    before: Ledger,
    ledger: Ledger,
    names: BTreeMap<Hash, Entry>,
    tokens: BTreeMap<Hash, u64>,
}

fn stored<T: for<'b> minicbor::Decode<'b, ()>>(value: &[u8], limit: usize) -> Result<T, DirectoryError> {
    Ok(codec::decode(value, limit)?)
}

/// The present body of what the map holds, whose signature was checked when it came.
fn present<T: SignedBody>(signed: &Signed<T>) -> Result<T, DirectoryError> {
    signed
        .unverified()
        .map_err(|error| DirectoryError::Corrupt(error.to_string()))
}

/// Reads what the map holds at a name's place.
pub(crate) fn read_entry(value: &[u8]) -> Result<Entry, DirectoryError> {
    stored(value, STORED_RECORD_BYTES_MAX)
}

/// The record at a name's place, given up or not, when it is this name's and not anybody's by now.
pub(crate) fn counting(
    entry: &Entry,
    name: &Name,
    parameters: &Parameters,
    now_ms: u64,
) -> Result<Option<Record>, DirectoryError> {
    if entry.standing(parameters, now_ms) == Standing::Free {
        return Ok(None);
    }
    let record = present(&entry.stored().record)?;
    Ok((record.name == *name).then_some(record))
}

impl<'a, R: Read> Transition<'a, R> {
    pub(crate) fn new(
        rules: &'a Rules,
        view: &'a MapView<'a, R>,
        before: &Ledger,
        (height, time_ms, price): (u64, u64, u8),
    ) -> Self {
        let mut ledger = before.clone();
        if let Some(committee) = ballots::without_closed(&before.committee, time_ms) {
            ledger.committee = Arc::new(committee);
        }
        Self {
            rules,
            view,
            height,
            time_ms,
            price,
            before: before.clone(),
            ledger,
            names: BTreeMap::new(),
            tokens: BTreeMap::new(),
        }
    }

    /// Makes an operation, or says why not: then nothing has changed.
    pub(crate) fn make(&mut self, operation: &Checked) -> Result<Result<(), RejectReason>, DirectoryError> {
        match self.try_make(operation) {
            Ok(()) => Ok(Ok(())),
            Err(Stop::Rejected(reason)) => Ok(Err(reason)),
            Err(Stop::Failed(error)) => Err(error),
        }
    }

    fn try_make(&mut self, checked: &Checked) -> Result<(), Stop> {
        let place = checked.place();
        match (checked.claim(), checked.operation()) {
            (Claim::Register { record, paid }, Operation::Register { record: signed, .. }) => {
                self.register(place, record, paid, signed)
            }
            (Claim::Update { record }, Operation::Update { record: signed }) => {
                let (stored, before) = self.owned(&place, &record.name, record.sequence)?;
                of_account(&before, record)?;
                if record.identity != before.identity {
                    return Err(RejectReason::OtherIdentity.into());
                }
                let updates = self.updates_today(&stored);
                let updates_max = self.rules.parameters().updates_per_day;
                if updates_max != 0 && updates >= updates_max {
                    return Err(RejectReason::TooManyUpdates.into());
                }
                self.hold(place, signed, stored.registered_ms, updates.saturating_add(1));
                Ok(())
            }
            (Claim::Rotate { record, link }, Operation::Rotate { record: signed }) => {
                let (stored, before) = self.rotates(&place, record)?;
                committed(&present(&before.identity)?, link)?;
                self.hold(place, signed, stored.registered_ms, self.updates_today(&stored));
                Ok(())
            }
            (Claim::Release(release), Operation::Release { release: signed }) => {
                self.release(place, release, signed)
            }
            (Claim::Vote(vote), Operation::Vote { .. }) => {
                self.ledger.committee = Arc::new(ballots::vote(&self.ledger.committee, vote, self.time_ms)?);
                Ok(())
            }
            (Claim::Describe(operator), Operation::Describe { .. }) => {
                self.ledger.committee = Arc::new(ballots::describe(&self.ledger.committee, operator)?);
                Ok(())
            }
            // A claim is made from its operation.
            _ => Err(RejectReason::Malformed.into()),
        }
    }

    fn entry(&self, place: &Hash) -> Result<Option<Entry>, DirectoryError> {
        if let Some(entry) = self.names.get(place) {
            return Ok(Some(entry.clone()));
        }
        let value = self.view.value(place)?;
        value.map(|value| read_entry(&value)).transpose()
    }

    /// How often a record has been updated on the day of the block.
    fn updates_today(&self, stored: &StoredRecord) -> u32 {
        let is_today = stored.renewed_ms / DAY_MS == self.time_ms / DAY_MS;
        if is_today { stored.updates } else { 0 }
    }

    fn hold(&mut self, place: Hash, record: &Signed<Record>, registered_ms: u64, updates: u32) {
        let stored = StoredRecord {
            record: record.clone(),
            registered_ms,
            height: self.height,
            renewed_ms: self.time_ms,
            updates,
        };
        self.names.insert(place, Entry::Held(stored));
    }

    fn register(
        &mut self,
        place: Hash,
        record: &Record,
        paid: &Paid,
        signed: &Signed<Record>,
    ) -> Result<(), Stop> {
        if let Some(entry) = self.entry(&place)? {
            let Record { name, account, .. } = present(&entry.stored().record)?;
            let is_same = name == record.name;
            match entry.standing(self.rules.parameters(), self.time_ms) {
                Standing::Free if account == record.account => return Err(RejectReason::FormerOwner.into()),
                Standing::Free => {}
                _ if !is_same => return Err(RejectReason::NameSimilar.into()),
                Standing::Held { .. } => return Err(RejectReason::NameTaken.into()),
                Standing::Lapsed { .. } | Standing::Resting { .. } => {
                    return Err(RejectReason::NameResting.into());
                }
            }
        }
        self.pay(paid)?;
        self.hold(place, signed, self.time_ms, 0);
        Ok(())
    }

    fn pay(&mut self, paid: &Paid) -> Result<(), Stop> {
        let parameters = self.rules.parameters();
        let token = match paid {
            Paid::Token(token) => token,
            Paid::Work(bits) => {
                if *bits < accepted_bits(parameters, self.price) {
                    return Err(RejectReason::BadWork.into());
                }
                let load = Arc::make_mut(&mut self.ledger.load);
                load.advance(parameters, self.time_ms);
                load.count_work();
                return Ok(());
            }
        };
        let mark = self.spendable(token)?;
        self.tokens.insert(mark, token.expires_ms);
        let load = Arc::make_mut(&mut self.ledger.load);
        load.advance(parameters, self.time_ms);
        load.count_token(&self.ledger.committee, &token.operator);
        Ok(())
    }

    /// The key of the token's mark, when it may be spent.
    fn spendable(&self, token: &Token) -> Result<Hash, Stop> {
        let is_long = token.expires_ms > self.time_ms.saturating_add(TOKEN_MS_MAX);
        if is_long || self.ledger.committee.operator(&token.operator).is_none() {
            return Err(RejectReason::BadToken.into());
        }
        if token.expires_ms <= self.time_ms {
            return Err(RejectReason::TokenExpired.into());
        }
        let mark = token_key(self.rules.network(), &token.bearer);
        if self.tokens.contains_key(&mark) || self.view.value(&mark)?.is_some() {
            return Err(RejectReason::TokenSpent.into());
        }
        let spent = self.ledger.load.tokens_at(&token.operator, self.time_ms);
        if spent >= self.rules.parameters().tokens_per_day {
            return Err(RejectReason::TokensUsedUp.into());
        }
        Ok(mark)
    }

    /// The record that a rotation replaces. It brings one back that was given up, and may leap.
    fn rotates(&self, place: &Hash, record: &Record) -> Result<(StoredRecord, Record), Stop> {
        let (entry, before) = self.counting(place, &record.name)?;
        let is_released = matches!(entry, Entry::Released { .. });
        let last = before.sequence.saturating_add(u64::from(is_released));
        let leap = record.sequence.saturating_sub(last);
        if !(1..=ROTATION_LEAP_MAX).contains(&leap) {
            return Err(RejectReason::BadSequence.into());
        }
        of_account(&before, record)?;
        Ok((entry.stored().clone(), before))
    }

    /// The record that its present key may change, by the next sequence number.
    fn owned(&self, place: &Hash, name: &Name, sequence: u64) -> Result<(StoredRecord, Record), Stop> {
        let (Entry::Held(stored), before) = self.counting(place, name)? else {
            return Err(RejectReason::NotRegistered.into());
        };
        if before.sequence.checked_add(1) != Some(sequence) {
            return Err(RejectReason::BadSequence.into());
        }
        Ok((stored, before))
    }

    /// What stands at a name's place, when it is this name's and not anybody's by now.
    fn counting(&self, place: &Hash, name: &Name) -> Result<(Entry, Record), Stop> {
        let entry = self.entry(place)?.ok_or(RejectReason::NotRegistered)?;
        let record = counting(&entry, name, self.rules.parameters(), self.time_ms)?;
        Ok((entry, record.ok_or(RejectReason::NotRegistered)?))
    }

    fn release(&mut self, place: Hash, release: &Release, signed: &Signed<Release>) -> Result<(), Stop> {
        let (stored, before) = self.owned(&place, &release.name, release.sequence)?;
        let link = present(&before.identity)?;
        signed.verify(&link.key).map_err(|error| verify_reason(&error))?;
        let released = Entry::Released {
            stored,
            released_ms: self.time_ms,
            height: self.height,
        };
        self.names.insert(place, released);
        Ok(())
    }

    /// Ends the block: what stands after it, the changed values of the map, and the price in the next block.
    pub(crate) fn finish(mut self) -> (Ledger, Vec<(Hash, Vec<u8>)>, u8) {
        let parameters = self.rules.parameters();
        if parameters.ends_epoch(self.height)
            && let Some(committee) = ballots::at_epoch_end(&self.ledger.committee)
        {
            self.ledger.committee = Arc::new(committee);
        }
        let network = self.rules.network();
        let names = self.names.iter().map(|(key, entry)| (*key, codec::encode(entry)));
        let tokens = self
            .tokens
            .iter()
            .map(|(key, expires_ms)| (*key, codec::encode(expires_ms)));
        let mut values: Vec<(Hash, Vec<u8>)> = names.chain(tokens).collect();
        if self.ledger.committee != self.before.committee {
            values.push((committee_key(network), codec::encode(&*self.ledger.committee)));
        }
        if self.ledger.load != self.before.load {
            values.push((load_key(network), codec::encode(&*self.ledger.load)));
        }
        let price = self.ledger.load.price_at(parameters, self.time_ms);
        (self.ledger, values, price)
    }
}

fn of_account(before: &Record, after: &Record) -> Result<(), RejectReason> {
    if before.account != after.account {
        return Err(RejectReason::OtherAccount);
    }
    Ok(())
}

fn committed(before: &IdentityLink, after: &IdentityLink) -> Result<(), RejectReason> {
    if before.number.checked_add(1) != Some(after.number) || key_commitment(&after.key) != before.next {
        return Err(RejectReason::NotCommitted);
    }
    Ok(())
}
