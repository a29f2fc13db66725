//! The rules once more, as plain facts about who did what: no keys, no hashes, no map. It may not use the crate that it
//! judges.

use std::collections::{BTreeMap, BTreeSet};

use xchat_proto::certificate::quorum;
use xchat_proto::directory_wire::RejectReason;
use xchat_proto::limits::{
    BALLOT_MS_MAX, BALLOTS_MAX, DAY_MS, LOAD_BITS_MAX, LOAD_WINDOW_MS, ROTATION_LEAP_MAX, TOKEN_MS_MAX,
};

use crate::testing::{BITS, GRACE_MS, NOON_MS, TERM_MS};

mod attempt;
mod exhaustive;
mod histories;

pub(super) use histories::{Steps, blocks, history};

/// The blocks of an epoch.
const EPOCH: u64 = 3;
/// The registrations of a window before the next costs more.
const TARGET: u64 = 2;
const TOKENS_PER_DAY: u32 = 2;
const UPDATES_PER_DAY: u32 = 2;

type Outcome = Result<(), RejectReason>;

/// What somebody tries.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Attempt {
    this_network: bool,
    act: Act,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Act {
    Register(Claim, Pay),
    Update(Claim),
    Rotate(Claim),
    Release(Claim),
    Vote {
        voter: u8,
        signer: u8,
        /// The validators whom the voter believes to vote.
        among: BTreeSet<u8>,
        change: Change,
        closes_ms: u64,
    },
    Describe {
        operator: u8,
        signer: u8,
        about: About,
    },
}

/// A record, or a release, as somebody claims it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Claim {
    place: u8,
    /// Which of the spellings that are taken for each other.
    spelling: u8,
    person: u8,
    /// Whose identity link it carries, and which.
    identity: (u8, u32),
    /// Whose key signs it, and which.
    signer: (u8, u32),
    sequence: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Pay {
    Work(u8),
    Token {
        operator: u8,
        bearer: u8,
        expires_ms: u64,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    Add(u8, About),
    Remove(u8),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct About {
    revision: u32,
    reachable: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stand {
    Held { renewed_ms: u64 },
    Released { at_ms: u64 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    spelling: u8,
    person: u8,
    /// The number of the identity key, and the sequence number of the record.
    number: u32,
    sequence: u64,
    /// The day of the last change, and the updates on it.
    updates: (u64, u32),
    stand: Stand,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Ballot {
    change: Change,
    closes_ms: u64,
    voters: BTreeSet<u8>,
}

#[derive(Debug, Clone)]
struct Model {
    height: u64,
    time_ms: u64,
    places: BTreeMap<u8, Place>,
    spent: BTreeSet<u8>,
    let_in: BTreeMap<u8, u32>,
    /// The price in the next block.
    price: u8,
    /// The price at the beginning of the window, and its registrations.
    window: (u8, u64),
    operators: BTreeMap<u8, About>,
    ballots: Vec<Ballot>,
}

fn least_or(price: u8) -> u8 {
    price.max(BITS)
}

impl Place {
    /// Held, lapsed or resting: nobody else can have it.
    fn is_free(&self, now_ms: u64) -> bool {
        match self.stand {
            Stand::Held { renewed_ms } => now_ms >= renewed_ms + TERM_MS + GRACE_MS,
            Stand::Released { at_ms } => now_ms >= at_ms + GRACE_MS,
        }
    }

    fn is_in_term(&self, now_ms: u64) -> bool {
        matches!(self.stand, Stand::Held { renewed_ms } if now_ms < renewed_ms + TERM_MS)
    }
}

impl Model {
    fn new(validators: u8) -> Self {
        let about = About {
            revision: 0,
            reachable: true,
        };
        Self {
            height: 0,
            time_ms: NOON_MS,
            places: BTreeMap::new(),
            spent: BTreeSet::new(),
            let_in: BTreeMap::new(),
            price: BITS,
            window: (BITS, 0),
            operators: (0..validators).map(|number| (number, about)).collect(),
            ballots: Vec::new(),
        }
    }

    fn validators(&self) -> BTreeSet<u8> {
        self.operators.keys().copied().collect()
    }

    /// Makes the next block.
    fn block(&mut self, time_ms: u64, attempts: &[Attempt]) -> Vec<Outcome> {
        if time_ms / DAY_MS > self.time_ms / DAY_MS {
            self.let_in.clear();
        }
        for _ in self.time_ms / LOAD_WINDOW_MS..time_ms / LOAD_WINDOW_MS {
            let (_, registrations) = self.window;
            let fallen = u8::from(registrations * 2 < TARGET);
            self.window = (least_or(self.window_price() - fallen), 0);
        }
        self.height += 1;
        self.time_ms = time_ms;
        let needed = quorum(self.operators.len());
        self.ballots
            .retain(|ballot| time_ms < ballot.closes_ms || ballot.voters.len() >= needed);
        let outcomes = attempts.iter().map(|attempt| self.judge(attempt)).collect();
        if (self.height + 1).is_multiple_of(EPOCH) {
            self.end_epoch();
        }
        self.price = self.window_price();
        outcomes
    }

    fn window_price(&self) -> u8 {
        let (bits, registrations) = self.window;
        let risen = u64::from(bits) + registrations / TARGET;
        u8::try_from(risen.min(u64::from(BITS + LOAD_BITS_MAX))).unwrap()
    }

    fn judge(&mut self, attempt: &Attempt) -> Outcome {
        if !attempt.this_network {
            return Err(RejectReason::OtherNetwork);
        }
        match &attempt.act {
            Act::Register(claim, pay) => self.register(claim, pay),
            Act::Update(claim) => {
                well_made(claim)?;
                let place = self.present(claim)?;
                if claim.person != place.person {
                    return Err(RejectReason::OtherAccount);
                }
                if claim.identity != (place.person, place.number) {
                    return Err(RejectReason::OtherIdentity);
                }
                let updates = self.updates_today(&place);
                if updates >= UPDATES_PER_DAY {
                    return Err(RejectReason::TooManyUpdates);
                }
                self.hold(claim, updates + 1);
                Ok(())
            }
            Act::Rotate(claim) => {
                well_made(claim)?;
                let place = self.place(claim)?;
                let is_released = matches!(place.stand, Stand::Released { .. });
                let last = place.sequence + u64::from(is_released);
                if claim.sequence <= last || claim.sequence > last + ROTATION_LEAP_MAX {
                    return Err(RejectReason::BadSequence);
                }
                if claim.person != place.person {
                    return Err(RejectReason::OtherAccount);
                }
                if claim.identity != (place.person, place.number + 1) {
                    return Err(RejectReason::NotCommitted);
                }
                let updates = self.updates_today(&place);
                self.hold(claim, updates);
                Ok(())
            }
            Act::Release(claim) => {
                let place = self.present(claim)?;
                if claim.signer != (place.person, place.number) {
                    return Err(RejectReason::BadSignature);
                }
                let at_ms = self.time_ms;
                self.places
                    .entry(claim.place)
                    .and_modify(|place| place.stand = Stand::Released { at_ms });
                Ok(())
            }
            Act::Vote {
                voter,
                signer,
                among,
                change,
                closes_ms,
            } => self.vote(*voter, *signer, among, *change, *closes_ms),
            Act::Describe {
                operator,
                signer,
                about,
            } => self.describe(*operator, *signer, *about),
        }
    }

    fn updates_today(&self, place: &Place) -> u32 {
        let (day, updates) = place.updates;
        if day == self.time_ms / DAY_MS { updates } else { 0 }
    }

    fn hold(&mut self, claim: &Claim, updates: u32) {
        let place = Place {
            spelling: claim.spelling,
            person: claim.person,
            number: claim.identity.1,
            sequence: claim.sequence,
            updates: (self.time_ms / DAY_MS, updates),
            stand: Stand::Held {
                renewed_ms: self.time_ms,
            },
        };
        self.places.insert(claim.place, place);
    }

    fn register(&mut self, claim: &Claim, pay: &Pay) -> Outcome {
        if claim.sequence != 0 {
            return Err(RejectReason::NotFirst);
        }
        if claim.signer != claim.identity {
            return Err(RejectReason::BadSignature);
        }
        if claim.identity != (claim.person, 0) {
            return Err(RejectReason::NotFirst);
        }
        if matches!(pay, Pay::Work(bits) if *bits < BITS) {
            return Err(RejectReason::BadWork);
        }
        if let Some(place) = self.places.get(&claim.place) {
            if place.is_free(self.time_ms) {
                if place.person == claim.person {
                    return Err(RejectReason::FormerOwner);
                }
            } else if place.spelling != claim.spelling {
                return Err(RejectReason::NameSimilar);
            } else if place.is_in_term(self.time_ms) {
                return Err(RejectReason::NameTaken);
            } else {
                return Err(RejectReason::NameResting);
            }
        }
        match *pay {
            Pay::Work(bits) if bits < least_or(self.price - 1) => return Err(RejectReason::BadWork),
            Pay::Work(_) => self.window.1 += 1,
            Pay::Token {
                operator,
                bearer,
                expires_ms,
            } => self.spend(operator, bearer, expires_ms)?,
        }
        self.hold(claim, 0);
        Ok(())
    }

    fn spend(&mut self, operator: u8, bearer: u8, expires_ms: u64) -> Outcome {
        if expires_ms > self.time_ms + TOKEN_MS_MAX || !self.operators.contains_key(&operator) {
            return Err(RejectReason::BadToken);
        }
        if expires_ms <= self.time_ms {
            return Err(RejectReason::TokenExpired);
        }
        if self.spent.contains(&bearer) {
            return Err(RejectReason::TokenSpent);
        }
        let let_in = self.let_in.entry(operator).or_default();
        if *let_in >= TOKENS_PER_DAY {
            return Err(RejectReason::TokensUsedUp);
        }
        *let_in += 1;
        self.spent.insert(bearer);
        Ok(())
    }

    /// The place that is claimed, while somebody's word counts there.
    fn place(&self, claim: &Claim) -> Result<Place, RejectReason> {
        let place = self.places.get(&claim.place);
        place
            .filter(|place| place.spelling == claim.spelling && !place.is_free(self.time_ms))
            .copied()
            .ok_or(RejectReason::NotRegistered)
    }

    /// What its present key may change.
    fn present(&self, claim: &Claim) -> Result<Place, RejectReason> {
        let place = self.place(claim)?;
        if matches!(place.stand, Stand::Released { .. }) {
            return Err(RejectReason::NotRegistered);
        }
        if claim.sequence != place.sequence + 1 {
            return Err(RejectReason::BadSequence);
        }
        Ok(place)
    }

    fn vote(
        &mut self,
        voter: u8,
        signer: u8,
        among: &BTreeSet<u8>,
        change: Change,
        closes_ms: u64,
    ) -> Outcome {
        if matches!(change, Change::Add(_, about) if about.revision != 0) {
            return Err(RejectReason::BadChange);
        }
        if signer != voter {
            return Err(RejectReason::BadSignature);
        }
        if *among != self.validators() {
            return Err(RejectReason::OtherValidators);
        }
        if !self.operators.contains_key(&voter) {
            return Err(RejectReason::NotAValidator);
        }
        if closes_ms <= self.time_ms || closes_ms > self.time_ms + BALLOT_MS_MAX {
            return Err(RejectReason::BallotClosed);
        }
        if changed(&self.operators, change).is_none() {
            return Err(RejectReason::BadChange);
        }
        let same = |ballot: &&mut Ballot| ballot.change == change && ballot.closes_ms == closes_ms;
        if let Some(ballot) = self.ballots.iter_mut().find(same) {
            return if ballot.voters.insert(voter) {
                Ok(())
            } else {
                Err(RejectReason::VotedAlready)
            };
        }
        let faulty = self.operators.len() - quorum(self.operators.len());
        let own = self
            .ballots
            .iter()
            .filter(|ballot| ballot.voters.contains(&voter) && ballot.voters.len() <= faulty);
        if self.ballots.len() >= BALLOTS_MAX || own.count() >= (BALLOTS_MAX / (faulty + 1)).max(1) {
            return Err(RejectReason::TooManyBallots);
        }
        self.ballots.push(Ballot {
            change,
            closes_ms,
            voters: BTreeSet::from([voter]),
        });
        Ok(())
    }

    fn describe(&mut self, operator: u8, signer: u8, about: About) -> Outcome {
        if signer != operator {
            return Err(RejectReason::BadSignature);
        }
        let alone = self.operators.len() == 1;
        let present = self
            .operators
            .get_mut(&operator)
            .ok_or(RejectReason::NotAValidator)?;
        if about.revision != present.revision + 1 {
            return Err(RejectReason::BadRevision);
        }
        if !alone && !about.reachable {
            return Err(RejectReason::BadChange);
        }
        *present = about;
        Ok(())
    }

    fn end_epoch(&mut self) {
        let needed = quorum(self.operators.len());
        let before = self.validators();
        for ballot in &self.ballots {
            if ballot.voters.len() >= needed {
                self.operators = changed(&self.operators, ballot.change).unwrap_or(self.operators.clone());
            }
        }
        let same = self.validators() == before;
        self.ballots.retain(|ballot| same && ballot.voters.len() < needed);
    }
}

/// What can be seen from a change alone.
fn well_made(claim: &Claim) -> Outcome {
    if claim.sequence == 0 {
        return Err(RejectReason::BadSequence);
    }
    if claim.signer != claim.identity {
        return Err(RejectReason::BadSignature);
    }
    Ok(())
}

/// The operators after a change, when it can be made.
fn changed(operators: &BTreeMap<u8, About>, change: Change) -> Option<BTreeMap<u8, About>> {
    let mut after = operators.clone();
    match change {
        Change::Add(number, about) => {
            if after.insert(number, about).is_some() {
                return None;
            }
        }
        Change::Remove(number) => {
            after.remove(&number)?;
        }
    }
    let hidden = after.len() > 1 && after.values().any(|about| !about.reachable);
    (!after.is_empty() && !hidden).then_some(after)
}
