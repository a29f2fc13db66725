//! Taking a name: inbox, record, proof, then card and KeyPackages. Every step may be repeated.

use xchat_proto::codec::Bounded;
use xchat_proto::contact::ContactCard;
use xchat_proto::directory_wire::RejectReason;
use xchat_proto::keys::SigningKey;
use xchat_proto::limits::{DEPOSIT_WORK_BITS, LOG_WORK_BITS};
use xchat_proto::mailbox_wire::{Reply, Request, log_challenge};
use xchat_proto::name::Name;
use xchat_proto::name_proof::{Standing, VerifiedName};
use xchat_proto::record::{Fee, Operation, Record, registration_challenge};
use xchat_proto::signed::Signed;
use xchat_proto::token::{Spending, SpentToken};
use xchat_proto::work::Work;

use crate::account::{RegistrationError, Stage};
use crate::directory::NodeFault;
use crate::error::MachineError;
use crate::io::{Event, Lane, Price, Unreachable};
use crate::machine::directory::{Answered, NoAnswer};
use crate::machine::live::{Purpose, Retry};
use crate::machine::query::{self, Care};
use crate::machine::step::{Step, Via};
use crate::machine::submission::{self, Submitted};
use crate::machine::{inbox, keypackages, nodes, subscriptions, watch};
use crate::meta::{self, Key};

/// Begins to take a name.
pub(crate) fn begin(step: &mut Step<'_>, name: Name) -> Result<(), RegistrationError> {
    if step.network.is_none() {
        return Err(RegistrationError::NoNetwork);
    }
    let homes = Bounded::new(step.own_homes()).map_err(MachineError::from)?;
    let account = step.account.as_mut().ok_or(RegistrationError::NoAccount)?;
    match account.stage {
        Stage::Registered => return Err(RegistrationError::AlreadyRegistered),
        Stage::Released => return Err(RegistrationError::NameReleased),
        Stage::Unnamed | Stage::Registering => {}
    }
    if name.is_reserved() {
        return Err(RegistrationError::NameReserved);
    }
    // Once more after a crash: the directory may have the record already, and it would be said to be somebody else's.
    let is_again = account.stage == Stage::Registering && account.name.as_ref() == Some(&name);
    if !is_again {
        account.name = Some(name);
        account.homes = homes;
        account.stage = Stage::Registering;
        account.record = None;
        step.save_account()?;
    }
    step.live.registering = false;
    step.live.works_instead = false;
    Ok(resume(step)?)
}

/// A network is joined by an account that has its name in another one: it is to be registered in this one too.
pub(crate) fn move_to(step: &mut Step<'_>) -> Result<(), MachineError> {
    let network = step.genesis()?.id();
    let homes = Bounded::new(step.own_homes())?;
    let Some(account) = step.account.as_mut() else {
        return Ok(());
    };
    let record = account
        .record
        .as_ref()
        .and_then(|record| record.unverified().ok());
    if record.is_some_and(|record| record.network != network) {
        account.stage = Stage::Registering;
        account.record = None;
        account.next = None;
        account.published = false;
        account.homes = homes;
        step.save_account()?;
        return resume(step);
    }
    Ok(())
}

/// Takes up a registration where it stands.
pub(crate) fn resume(step: &mut Step<'_>) -> Result<(), MachineError> {
    let Some(account) = step.account.as_ref() else {
        return Ok(());
    };
    if step.live.registering {
        return Ok(());
    }
    match account.stage {
        Stage::Unnamed | Stage::Released => Ok(()),
        Stage::Registering => create_inbox(step),
        Stage::Registered if !account.published || account.owes_card == Some(true) => publish(step),
        Stage::Registered => Ok(()),
    }
}

fn create_inbox(step: &mut Step<'_>) -> Result<(), MachineError> {
    let account = step.account()?;
    let (log, owner) = (account.inbox, account.inbox_owner().public());
    let Some(home) = account.homes.as_slice().first().cloned() else {
        return Ok(());
    };
    step.live.registering = true;
    let price = Some(Price {
        challenge: log_challenge(&log, &owner),
        bits: LOG_WORK_BITS,
    });
    let request = Request::CreateInbox {
        log,
        owner,
        deposit_bits: DEPOSIT_WORK_BITS,
        work: Work(0),
    };
    step.ask_home(
        Purpose::CreateInbox,
        Via {
            home: &home,
            lane: Lane::Inbox,
            capability: None,
            price,
        },
        request,
    );
    Ok(())
}

/// The home answered about the inbox.
pub(crate) fn inbox_created(
    step: &mut Step<'_>,
    outcome: Result<Reply, Unreachable>,
) -> Result<(), MachineError> {
    match outcome {
        Ok(Reply::Done) => ask_price(step),
        Ok(Reply::Refused(refusal)) => fail(step, &RegistrationError::Refused(refusal.to_string())),
        _ => later(step, &RegistrationError::Unreachable),
    }
}

/// Asks what the name costs by now, and whether it is free: nobody works for a name that can't be had.
fn ask_price(step: &mut Step<'_>) -> Result<(), MachineError> {
    let Some(name) = step.account()?.name.clone() else {
        return Ok(());
    };
    query::look_up(step, Purpose::Price, name, Care::One)
}

/// The directory says how the name stands, and what a registration costs.
pub(crate) fn priced(
    step: &mut Step<'_>,
    outcome: Result<Box<Answered>, NoAnswer>,
) -> Result<(), MachineError> {
    let account = step.account()?;
    if account.stage != Stage::Registering {
        return Ok(());
    }
    let verified = match outcome {
        Ok(answered) => answered.name,
        Err(reason) => return later(step, &reason.into()),
    };
    let own = account.record.as_ref();
    let is_new = own.is_none_or(|record| record.unverified().is_ok_and(|record| record.sequence == 0));
    if own.is_some() && verified.record.as_ref().map(|found| &found.stored.record) == own {
        // An earlier try arrived.
        return look_up(step);
    }
    if is_new && let Some(error) = obstacle(&verified) {
        return fail(step, &error);
    }
    submit(step, verified.work_bits)
}

/// Why nobody can have a name.
fn obstacle(verified: &VerifiedName) -> Option<RegistrationError> {
    match (&verified.similar, verified.standing) {
        (_, Standing::Free) => None,
        (Some(other), _) => Some(RegistrationError::NameSimilar(other.clone())),
        (None, Standing::Resting { .. }) => Some(RegistrationError::NameResting),
        (None, Standing::Held { .. } | Standing::Lapsed { .. }) => Some(RegistrationError::NameTaken),
    }
}

fn submit(step: &mut Step<'_>, work_bits: u8) -> Result<(), MachineError> {
    let genesis = step.genesis()?;
    let account = step.account()?;
    let Some(name) = account.name.clone() else {
        return Ok(());
    };
    // Work and token bind every byte of the record, so a record that was made stays.
    let record = match account.record.clone() {
        Some(record) => record,
        None => account.record(genesis.id(), name, 0, &account.inbox_key)?,
    };
    if let Some(account) = step.account.as_mut() {
        account.record = Some(record.clone());
    }
    step.save_account()?;
    let first = record.unverified().is_ok_and(|record| record.sequence == 0);
    // A restored account has its name; it replaces the identity key by the one that was committed to.
    let (operation, price) = if first {
        let (fee, price) = fee(step, &record, work_bits)?;
        (Operation::Register { record, fee }, price)
    } else {
        (Operation::Rotate { record }, None)
    };
    submission::begin(step, Purpose::Register, price, operation)
}

/// What the registration is paid with: the token of the invitation while it is good, or work.
fn fee(
    step: &Step<'_>,
    record: &Signed<Record>,
    work_bits: u8,
) -> Result<(Fee, Option<Price>), MachineError> {
    let pass = step.network.as_ref().and_then(|network| network.pass.as_ref());
    if let Some(pass) = pass.filter(|_| !step.live.works_instead) {
        let spent = SpentToken {
            token: pass.token.clone(),
            spending: Signed::new(&Spending::on(record), &SigningKey::from_seed(&pass.bearer.0))?,
        };
        return Ok((Fee::Token(spent), None));
    }
    let price = Price {
        challenge: registration_challenge(record),
        bits: work_bits,
    };
    Ok((Fee::Work(Work(0)), Some(price)))
}

/// Whether a record may yet be followed by the own one.
fn is_before(found: &Record, own: Option<&Signed<Record>>) -> bool {
    own.and_then(|own| own.unverified().ok())
        .is_some_and(|own| found.account == own.account && found.sequence < own.sequence)
}

/// The directory answered the registration. Whatever it says, the proof decides.
pub(crate) fn submitted(step: &mut Step<'_>, outcome: Submitted) -> Result<(), MachineError> {
    use RejectReason as Reason;
    let reason = match outcome {
        Ok(Ok(claimed)) => {
            step.live.claimed = Some(claimed);
            return look_up(step);
        }
        Err(Unreachable) => return later(step, &RegistrationError::Unreachable),
        Ok(Err(reason)) => reason,
    };
    match reason {
        Reason::NameTaken
        | Reason::NameSimilar
        | Reason::NameResting
        | Reason::NotRegistered
        | Reason::Undecided
        | Reason::BadSequence => look_up(step),
        Reason::NameReserved => fail(step, &RegistrationError::NameReserved),
        // It may cost more by now.
        Reason::BadWork => later(step, &RegistrationError::Unreachable),
        Reason::BadToken | Reason::TokenExpired | Reason::TokenSpent => {
            drop_pass(step)?;
            ask_price(step)
        }
        Reason::TokensUsedUp => {
            step.live.works_instead = true;
            ask_price(step)
        }
        reason if !reason.is_temporary() => fail(step, &RegistrationError::Refused(reason.to_string())),
        _ => later(step, &RegistrationError::Unreachable),
    }
}

/// The token of the invitation is of no use any more.
fn drop_pass(step: &mut Step<'_>) -> Result<(), MachineError> {
    match step.network.as_mut() {
        Some(network) => {
            network.pass = None;
            meta::put(step.connection, Key::Network, network)
        }
        None => Ok(()),
    }
}

/// Looks the own name up.
pub(crate) fn look_up(step: &mut Step<'_>) -> Result<(), MachineError> {
    let Some(name) = step.account()?.name.clone() else {
        return Ok(());
    };
    if query::is_asked(step, |purpose| matches!(purpose, Purpose::OwnName)) {
        // What that one is told may be from before.
        step.live.looks_again = true;
        return Ok(());
    }
    watch::asked(step);
    query::look_up(step, Purpose::OwnName, name, Care::Two)
}

/// The directory answered about the own name.
pub(crate) fn looked_up(
    step: &mut Step<'_>,
    outcome: Result<Box<Answered>, NoAnswer>,
) -> Result<(), MachineError> {
    watch::told(step)?;
    if std::mem::take(&mut step.live.looks_again) {
        return look_up(step);
    }
    match (outcome, step.account()?.stage) {
        (_, Stage::Unnamed | Stage::Released) => Ok(()),
        (Ok(answered), Stage::Registering) => registered(step, &answered.name),
        (Err(reason), Stage::Registering) => later(step, &reason.into()),
        (Ok(answered), Stage::Registered) => watch::own_record(step, &answered.name),
        (Err(_), _) => Ok(()),
    }
}

fn registered(step: &mut Step<'_>, verified: &VerifiedName) -> Result<(), MachineError> {
    let own_record = step.account()?.record.clone();
    match &verified.record {
        Some(found) if Some(&found.stored.record) == own_record.as_ref() => {
            if let Some(account) = step.account.as_mut() {
                account.stage = Stage::Registered;
            }
            step.save_account()?;
            step.live.registration = None;
            publish(step)
        }
        Some(found) if !is_before(&found.record, own_record.as_ref()) => {
            fail(step, &RegistrationError::NameTaken)
        }
        // Accepted, and not there: not final yet.
        _ => {
            if let Some((node, height)) = step.live.claimed.take()
                && height <= verified.height
            {
                nodes::blame(step, &node, NodeFault::Untrue)?;
            }
            let may_come = verified.record.as_ref().or(verified.released.as_ref());
            let may_come = may_come.is_some_and(|found| is_before(&found.record, own_record.as_ref()));
            match obstacle(verified) {
                Some(error) if !may_come => fail(step, &error),
                _ => later(step, &RegistrationError::Unreachable),
            }
        }
    }
}

pub(crate) fn publish(step: &mut Step<'_>) -> Result<(), MachineError> {
    let account = step.account()?;
    let card = ContactCard {
        devices: account.device_list()?,
        inbox_key: account.inbox_key.clone(),
    };
    let log = account.inbox;
    let Some(home) = account.homes.as_slice().first().cloned() else {
        return Ok(());
    };
    step.live.registering = true;
    let capability = Some(step.inbox_capability()?);
    let via = Via {
        home: &home,
        lane: Lane::Inbox,
        capability,
        price: None,
    };
    step.ask_home(Purpose::PublishCard, via, Request::PublishCard { log, card });
    keypackages::publish(step, &home)?;
    Ok(())
}

/// The home answered about the card or the KeyPackages.
pub(crate) fn published(
    step: &mut Step<'_>,
    outcome: Result<Reply, Unreachable>,
    key_packages: bool,
) -> Result<(), MachineError> {
    if !matches!(outcome, Ok(Reply::Done)) {
        return later(step, &RegistrationError::Unreachable);
    }
    if !key_packages && step.account()?.owes_card.is_some() {
        if let Some(account) = step.account.as_mut() {
            account.owes_card = None;
        }
        step.save_account()?;
    }
    if !key_packages || step.account()?.published {
        if key_packages {
            step.live.registering = false;
        }
        return Ok(());
    }
    if let Some(account) = step.account.as_mut() {
        account.published = true;
    }
    step.save_account()?;
    // Only now: whoever hears of the name can be written to.
    if let Some(name) = step.account()?.name.clone() {
        step.emit(Event::Registered(name));
    }
    step.live.registering = false;
    step.live.registration = None;
    keypackages::plan(step);
    watch::plan(step);
    if !step.live.subscribed.contains_key(&step.account()?.inbox) {
        inbox::subscribe(step)?;
    }
    let home = step.account()?.homes.as_slice().first().map(|home| home.id);
    home.map_or(Ok(()), |home| subscriptions::home_up(step, home))
}

/// It is over: the user chooses again.
fn fail(step: &mut Step<'_>, error: &RegistrationError) -> Result<(), MachineError> {
    if let Some(account) = step.account.as_mut() {
        account.stage = Stage::Unnamed;
        account.name = None;
        account.record = None;
    }
    step.save_account()?;
    step.live.registering = false;
    step.live.registration = None;
    step.emit(Event::RegistrationFailed(error.clone()));
    Ok(())
}

/// Not now: it is tried again by itself. The user is told once.
fn later(step: &mut Step<'_>, error: &RegistrationError) -> Result<(), MachineError> {
    let first = step.live.registration.is_none();
    let chance = u32::from_be_bytes(step.random());
    let before = step.live.registration.unwrap_or_default();
    step.live.registration = Some(before.after(step.now_ms, 500, 15_000, chance));
    step.live.registering = false;
    if first && step.account()?.stage == Stage::Registering {
        step.emit(Event::RegistrationFailed(error.clone()));
    }
    Ok(())
}

/// Tries again when it is time.
pub(crate) fn wake(step: &mut Step<'_>) -> Result<(), MachineError> {
    let now_ms = step.now_ms;
    match step.live.registration {
        Some(retry) if retry.at_ms <= now_ms => {
            step.live.registration = Some(Retry {
                at_ms: u64::MAX,
                attempt: retry.attempt,
            });
            resume(step)
        }
        _ => Ok(()),
    }
}
