//! Renewing the inbox key every week, so that what was sealed to an old one can't be opened with what a thief finds.

use xchat_proto::limits::{LAST_RESORT_AGE_MS_MAX, LAST_RESORT_ROTATION_MS};
use xchat_proto::name_proof::VerifiedName;
use xchat_proto::record::Operation;

use crate::account::{NextInboxKey, Stage};
use crate::error::MachineError;
use crate::machine::calls::new_inbox_key;
use crate::machine::live::Purpose;
use crate::machine::step::Step;
use crate::machine::submission;
use crate::meta::{self, Key};
use crate::rows::signed;
use zeroize::Zeroizing;

/// How long a replaced inbox key still opens what strangers have sealed to it, in milliseconds: an invitation may wait
/// at its sender for as long as its home is away.
const OVERLAP_MS: u64 = LAST_RESORT_AGE_MS_MAX;

/// Begins, or goes on with, a renewal when it is time for one.
pub(crate) fn renew_if_due(step: &mut Step<'_>) -> Result<(), MachineError> {
    let account = step.account()?;
    if account.stage != Stage::Registered || !account.published || account.release.is_some() {
        return Ok(());
    }
    if account.next.is_none() {
        if step.now_ms.saturating_sub(account.inbox_key.created_ms) < LAST_RESORT_ROTATION_MS {
            return Ok(());
        }
        prepare(step)?;
    }
    submit(step)
}

/// Renews the record now, because its term ends before the next change that comes by itself would be made.
pub(crate) fn renew(step: &mut Step<'_>) -> Result<(), MachineError> {
    if step.account()?.next.is_none() {
        prepare(step)?;
    }
    submit(step)
}

fn submit(step: &mut Step<'_>) -> Result<(), MachineError> {
    let mut submissions = step.live.questions.submissions.values();
    let is_under_way = submissions.any(|submission| matches!(submission.purpose(), Purpose::Update));
    match step.account()?.next.clone() {
        Some(next) if !is_under_way => {
            let operation = Operation::Update { record: next.record };
            submission::begin(step, Purpose::Update, None, operation)
        }
        _ => Ok(()),
    }
}

/// Makes a new inbox key, and the record that names it with the present device.
fn prepare(step: &mut Step<'_>) -> Result<(), MachineError> {
    let account = step.account()?;
    let (log, name) = (account.inbox, account.name.clone());
    let before = account
        .record
        .as_ref()
        .and_then(|record| record.unverified().ok());
    let (Some(name), Some(before)) = (name, before) else {
        return Ok(());
    };
    let key = new_inbox_key(step, log)?;
    let sequence = before.sequence.saturating_add(1);
    let record = step.account()?.record(before.network, name, sequence, &key)?;
    if let Some(account) = step.account.as_mut() {
        account.next = Some(NextInboxKey { key, record });
    }
    step.save_account()
}

/// Makes this an entirely new device of its account: the database is an old copy, and the newer one may have used what
/// stands in it.
pub(crate) fn replace_device(step: &mut Step<'_>) -> Result<(), MachineError> {
    let seed = Zeroizing::new(step.random());
    let now_ms = step.now_ms;
    match step.account.as_mut() {
        Some(account) if account.stage == Stage::Registered => account.replace_device(&seed, now_ms)?,
        _ => return Ok(()),
    }
    step.save_account()?;
    // No KeyPackage of the old device may lead here any more.
    meta::put(step.connection, Key::LastResortMs, &0_u64)?;
    prepare(step)
}

/// Whether the directory has the new key now; then it is ours, and the old ones go when their time is over.
pub(crate) fn is_final(step: &mut Step<'_>, verified: &VerifiedName) -> Result<bool, MachineError> {
    let proved = verified.record.as_ref().map(|found| &found.stored.record);
    let Some(account) = step.account.as_mut() else {
        return Ok(false);
    };
    let Some(next) = account.next.take_if(|next| Some(&next.record) == proved) else {
        return Ok(false);
    };
    account.inbox_key = next.key;
    account.record = Some(next.record);
    account.owes_card = Some(true);
    step.save_account()?;
    let mut statement = step.connection.prepare_cached(
        "DELETE FROM inbox_key WHERE created_ms < (SELECT max(created_ms) FROM inbox_key WHERE created_ms < ?1)",
    )?;
    // A key serves until it is replaced, however late that is, and then as long as a sender may have kept the old card.
    statement.execute([signed(step.now_ms.saturating_sub(OVERLAP_MS))])?;
    Ok(true)
}
