//! Taking a name: inbox, record, proof, then card and KeyPackages. Every step may be repeated.

use xchat_proto::codec::Bounded;
use xchat_proto::contact::ContactCard;
use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest, RejectReason};
use xchat_proto::limits::{DEPOSIT_WORK_BITS, LOG_WORK_BITS};
use xchat_proto::mailbox_wire::{Reply, Request, log_challenge};
use xchat_proto::name::Name;
use xchat_proto::name_proof::VerifiedName;
use xchat_proto::record::{Operation, registration_challenge};
use xchat_proto::work::Work;

use crate::account::{RegistrationError, Stage};
use crate::error::MachineError;
use crate::io::{Event, Lane, Price, Unreachable};
use crate::machine::directory::{self, NoAnswer};
use crate::machine::live::{Purpose, Retry};
use crate::machine::step::{Step, Via};
use crate::machine::{inbox, keypackages, rotation, subscriptions};

/// Begins to take a name.
pub(crate) fn begin(step: &mut Step<'_>, name: Name) -> Result<(), RegistrationError> {
    if step.network.is_none() {
        return Err(RegistrationError::NoNetwork);
    }
    let homes = Bounded::new(step.own_homes()).map_err(MachineError::from)?;
    let account = step.account.as_mut().ok_or(RegistrationError::NoAccount)?;
    if account.stage == Stage::Registered {
        return Err(RegistrationError::AlreadyRegistered);
    }
    account.name = Some(name);
    account.homes = homes;
    account.stage = Stage::Registering;
    account.record = None;
    step.save_account()?;
    step.live.registering = false;
    Ok(resume(step)?)
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
        Stage::Unnamed => Ok(()),
        Stage::Registering => create_inbox(step),
        Stage::Registered if !account.published => publish(step),
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
        Ok(Reply::Done) => submit(step),
        Ok(Reply::Refused(refusal)) => fail(step, &RegistrationError::Refused(refusal.to_string())),
        _ => later(step, &RegistrationError::Unreachable),
    }
}

fn submit(step: &mut Step<'_>) -> Result<(), MachineError> {
    let genesis = step.genesis()?;
    let account = step.account()?;
    let Some(name) = account.name.clone() else {
        return Ok(());
    };
    // The work binds every byte of the record, so a record that was made stays.
    let record = match account.record.clone() {
        Some(record) => record,
        None => account.record(genesis.id(), name, 0, &account.inbox_key)?,
    };
    let price = Price {
        challenge: registration_challenge(&record),
        bits: genesis.registration_work_bits,
    };
    if let Some(account) = step.account.as_mut() {
        account.record = Some(record.clone());
    }
    step.save_account()?;
    let first = record.unverified().is_ok_and(|record| record.sequence == 0);
    // A restored account has its name; it replaces the identity key by the one that was committed to.
    let (operation, price) = if first {
        let work = Work(0);
        (Operation::Register { record, work }, Some(price))
    } else {
        (Operation::Rotate { record }, None)
    };
    step.ask_directory(Purpose::Register, price, DirectoryRequest::Submit { operation });
    Ok(())
}

/// The directory answered the registration. Whatever it says, the proof decides.
pub(crate) fn submitted(
    step: &mut Step<'_>,
    outcome: Result<DirectoryReply, Unreachable>,
) -> Result<(), MachineError> {
    match outcome {
        Ok(DirectoryReply::Accepted { .. })
        | Ok(DirectoryReply::Rejected {
            reason: RejectReason::NameTaken | RejectReason::Undecided | RejectReason::BadSequence,
        }) => look_up(step),
        Ok(DirectoryReply::Rejected {
            reason: RejectReason::NameReserved,
        }) => fail(step, &RegistrationError::NameReserved),
        Ok(DirectoryReply::Rejected { reason }) if !reason.is_temporary() => {
            fail(step, &RegistrationError::Refused(reason.to_string()))
        }
        _ => later(step, &RegistrationError::Unreachable),
    }
}

/// Looks the own name up.
pub(crate) fn look_up(step: &mut Step<'_>) -> Result<(), MachineError> {
    let Some(name) = step.account()?.name.clone() else {
        return Ok(());
    };
    step.ask_directory(Purpose::OwnName, None, DirectoryRequest::Lookup { name });
    Ok(())
}

/// The directory answered about the own name.
pub(crate) fn looked_up(
    step: &mut Step<'_>,
    outcome: Result<DirectoryReply, Unreachable>,
) -> Result<(), MachineError> {
    let Some(name) = step.account()?.name.clone() else {
        return Ok(());
    };
    let stage = step.account()?.stage;
    match (directory::verify(step, &name, outcome)?, stage) {
        (Ok(verified), Stage::Registering) => registered(step, &verified),
        (Ok(verified), _) => watch(step, &verified),
        (Err(NoAnswer::Unreachable), Stage::Registering) => later(step, &RegistrationError::Unreachable),
        (Err(reason), Stage::Registering) => later(step, &reason.into()),
        (Err(_), _) => Ok(()),
    }
}

fn registered(step: &mut Step<'_>, verified: &VerifiedName) -> Result<(), MachineError> {
    let account = step.account()?.id();
    let own_record = step.account()?.record.clone();
    match &verified.record {
        Some(found)
            if found.record.account == account && Some(&found.stored.record) == own_record.as_ref() =>
        {
            if let Some(account) = step.account.as_mut() {
                account.stage = Stage::Registered;
            }
            step.save_account()?;
            step.live.registration = None;
            publish(step)
        }
        Some(_) => fail(step, &RegistrationError::NameTaken),
        // Accepted, and not there: not final yet.
        None => later(step, &RegistrationError::Unreachable),
    }
}

/// Watches over the own record: whoever changes it from elsewhere is shown at once.
fn watch(step: &mut Step<'_>, verified: &VerifiedName) -> Result<(), MachineError> {
    if rotation::is_final(step, verified)? {
        return publish(step);
    }
    let own = step.account()?.record.clone();
    let proved = verified.record.as_ref().map(|found| &found.stored.record);
    if proved != own.as_ref() {
        let sequence = verified.record.as_ref().map_or(0, |found| found.record.sequence);
        step.emit(Event::OwnRecordChanged { sequence });
    }
    Ok(())
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
    if !key_packages || step.account()?.published {
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
