//! Bringing an account back with its words: a new device, and the next identity key in the place of the present one.
//!
//! The words alone hold the key that the record commits to, so whoever has a stolen device can't do the same
//! (DIR-07), and gets back even a name that was given up (DIR-22). Conversations don't come back: their keys were on
//! the old device only.

use xchat_proto::codec::Bounded;
use xchat_proto::ids::LogId;
use xchat_proto::limits::IDENTITY_LINKS_MAX;
use xchat_proto::name::Name;
use xchat_proto::record::Record;

use crate::account::{RegistrationError, Stage};
use crate::error::MachineError;
use crate::io::Event;
use crate::machine::calls::new_account;
use crate::machine::directory::{Answered, NoAnswer};
use crate::machine::live::Purpose;
use crate::machine::query::{self, Care};
use crate::machine::registration;
use crate::machine::step::Step;
use crate::phrase::Phrase;

/// How many changes a thief of the present key would have to make before the rotation is final to get ahead of it
/// (DIR-23).
const LEAP: u64 = 1 << 20;

/// Begins: the directory says which identity key is to be replaced.
pub(crate) fn begin(step: &mut Step<'_>, phrase: Phrase, name: Name) -> Result<(), RegistrationError> {
    if step.network.is_none() {
        return Err(RegistrationError::NoNetwork);
    }
    if step.account.is_some() {
        return Err(RegistrationError::AlreadyRegistered);
    }
    step.live.restoring = Some((phrase, name.clone()));
    Ok(query::look_up(step, Purpose::Restore, name, Care::Two)?)
}

/// The directory answered.
pub(crate) fn looked_up(
    step: &mut Step<'_>,
    outcome: Result<Box<Answered>, NoAnswer>,
) -> Result<(), MachineError> {
    let Some((phrase, name)) = step.live.restoring.take() else {
        return Ok(());
    };
    if step.account.is_some() {
        return Ok(());
    }
    let restored = match outcome {
        Ok(answered) => match answered.name.record.or(answered.name.released) {
            Some(found) => restore(step, &phrase, &name, &found.record)?,
            None => Err(RegistrationError::UnknownName),
        },
        Err(reason) => Err(reason.into()),
    };
    match restored {
        Ok(()) => registration::resume(step),
        Err(error) => {
            step.emit(Event::RegistrationFailed(error));
            Ok(())
        }
    }
}

fn restore(
    step: &mut Step<'_>,
    phrase: &Phrase,
    name: &Name,
    record: &Record,
) -> Result<Result<(), RegistrationError>, MachineError> {
    let Ok(link) = record.identity.unverified() else {
        return Ok(Err(RegistrationError::ProofRefused(
            "the record has no identity".to_owned(),
        )));
    };
    let known =
        usize::try_from(link.number).is_ok_and(|number| number.saturating_add(1) < IDENTITY_LINKS_MAX);
    if !known || phrase.identity_key(link.number).public() != link.key {
        return Ok(Err(RegistrationError::OtherPhrase));
    }
    let inbox = LogId(step.random());
    let mut account = new_account(step, phrase, link.number.saturating_add(1), inbox)?;
    account.homes = Bounded::new(step.own_homes())?;
    account.name = Some(name.clone());
    account.stage = Stage::Registering;
    let sequence = record.sequence.saturating_add(LEAP);
    account.record = Some(account.record(record.network, name.clone(), sequence, &account.inbox_key)?);
    *step.account = Some(account);
    step.save_account()?;
    Ok(Ok(()))
}
