//! Giving the own name up. Conversations go on under it; nobody new finds this account.

use rand_core::CryptoRng;
use xchat_proto::directory_wire::RejectReason;
use xchat_proto::name_proof::VerifiedName;
use xchat_proto::record::Operation;

use crate::account::Stage;
use crate::directory::ReleaseError;
use crate::error::MachineError;
use crate::io::{Event, Unreachable};
use crate::machine::live::Purpose;
use crate::machine::step::Step;
use crate::machine::submission::{self, Submitted};
use crate::machine::{Machine, registration};

impl Machine {
    /// Gives the name up; [`Event::Released`] or [`Event::ReleaseFailed`] tells. While it rests, a restoration with the
    /// account's words takes it back. After that the account never gets it again.
    ///
    /// # Errors
    /// [`ReleaseError::NotRegistered`] when there is no name to give up.
    pub fn release_name(&mut self, now_ms: u64, rng: &mut dyn CryptoRng) -> Result<(), ReleaseError> {
        self.step(now_ms, rng, |step| {
            let account = step.account.as_ref();
            if account.is_none_or(|account| account.stage != Stage::Registered) {
                return Err(ReleaseError::NotRegistered);
            }
            Ok(submit(step)?)
        })
    }
}

/// Whether the name is being given up.
pub(crate) fn is_under_way(step: &Step<'_>) -> bool {
    step.account
        .as_ref()
        .is_some_and(|account| account.release.is_some() && account.stage == Stage::Registered)
}

/// Asks for it, with the sequence number that the record has by now.
pub(crate) fn submit(step: &mut Step<'_>) -> Result<(), MachineError> {
    let mut submissions = step.live.questions.submissions.values();
    if submissions.any(|submission| matches!(submission.purpose(), Purpose::Release)) {
        return Ok(());
    }
    let account = step.account()?;
    let record = account
        .record
        .as_ref()
        .and_then(|record| record.unverified().ok());
    let Some(record) = record else {
        return Ok(());
    };
    let release = account.release(&record)?;
    if let Some(account) = step.account.as_mut() {
        account.release = Some(release.clone());
        // The word counts on the present record being the last.
        account.next = None;
    }
    step.save_account()?;
    submission::begin(step, Purpose::Release, None, Operation::Release { release })
}

/// The directory answered. Whatever it says, the proof decides.
pub(crate) fn submitted(step: &mut Step<'_>, outcome: Submitted) -> Result<(), MachineError> {
    match outcome {
        Err(Unreachable) => {
            step.emit(Event::ReleaseFailed(ReleaseError::Unreachable));
            Ok(())
        }
        Ok(Err(
            reason @ (RejectReason::Malformed | RejectReason::BadSignature | RejectReason::OtherNetwork),
        )) => {
            if let Some(account) = step.account.as_mut() {
                account.release = None;
            }
            step.save_account()?;
            step.emit(Event::ReleaseFailed(ReleaseError::Refused(reason.to_string())));
            Ok(())
        }
        Ok(_) => registration::look_up(step),
    }
}

/// Whether the directory shows that the name is given up; then it is.
pub(crate) fn is_final(step: &mut Step<'_>, verified: &VerifiedName) -> Result<bool, MachineError> {
    if !is_under_way(step) || verified.record.is_some() {
        return Ok(false);
    }
    let name = step.account()?.name.clone();
    if let Some(account) = step.account.as_mut() {
        account.stage = Stage::Released;
        account.next = None;
    }
    step.save_account()?;
    if let Some(name) = name {
        step.emit(Event::Released(name));
    }
    Ok(true)
}
