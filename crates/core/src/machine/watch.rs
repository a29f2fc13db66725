//! Watching over records: the own one, so that whoever changes it from elsewhere is noticed at once, and those of
//! people whose identity has been compared.

use minicbor::{Decode, Encode};
use rusqlite::Connection;
use xchat_proto::ids::Hash;
use xchat_proto::limits::DAY_MS;
use xchat_proto::name_proof::{Standing, VerifiedName, VerifiedRecord};
use xchat_proto::record::Record;

use crate::account::Stage;
use crate::directory::{NodeFault, OwnRecordChange, RecordPart};
use crate::error::MachineError;
use crate::io::Event;
use crate::machine::directory::{self, NoAnswer};
use crate::machine::step::Step;
use crate::machine::{nodes, query, registration, release, rotation, safety, witness};
use crate::meta::{self, Key};
use crate::rows::conversation::Conversation;
use crate::rows::identity::{Known, Proved};

/// How often the own record is looked at, in milliseconds.
const WATCH_EVERY_MS: u64 = 3 * 60 * 1000;
/// How often at most, when newer blocks show up in between, in milliseconds.
const WATCH_PAUSE_MS: u64 = 10_000;
/// How long after a question about the operators the next may be asked, in milliseconds.
const OPERATORS_PAUSE_MS: u64 = 10 * 60 * 1000;
/// The same when nobody could say: until then fewer nodes are known to ask.
const OPERATORS_AGAIN_MS: u64 = 30_000;
/// How old what is known of somebody's record may be whose identity has been compared, in milliseconds.
const CONTACT_AGE_MS_MAX: u64 = DAY_MS;
/// Most people who are asked for at a time.
const CONTACTS_AT_ONCE: usize = 4;

/// What became of the own record without this device.
#[derive(Debug, Clone, Default, Encode, Decode)]
#[cbor(array)]
struct Noticed {
    /// What the user has not acknowledged yet.
    #[n(0)]
    change: Option<OwnRecordChange>,
    /// What was proved when the user was told: nothing else is told twice.
    #[n(1)]
    proved: Option<Hash>,
}

/// The change of the own record that the user has not acknowledged.
pub(crate) fn own_change(connection: &Connection) -> Result<Option<OwnRecordChange>, MachineError> {
    let noticed: Option<Noticed> = meta::fetch(connection, Key::OwnRecord)?;
    Ok(noticed.and_then(|noticed| noticed.change))
}

/// The user has seen it.
pub(crate) fn acknowledge(step: &Step<'_>) -> Result<(), MachineError> {
    let noticed: Option<Noticed> = meta::fetch(step.connection, Key::OwnRecord)?;
    match noticed {
        None => Ok(()),
        Some(noticed) => {
            let change = None;
            meta::put(step.connection, Key::OwnRecord, &Noticed { change, ..noticed })
        }
    }
}

/// Plans the next look.
pub(crate) fn plan(step: &mut Step<'_>) {
    step.live.watch_at = Some(step.now_ms.saturating_add(WATCH_EVERY_MS));
}

/// Looks when it is time.
pub(crate) fn wake(step: &mut Step<'_>) -> Result<(), MachineError> {
    if step.live.watch_at.is_none_or(|at_ms| at_ms > step.now_ms) {
        return Ok(());
    }
    plan(step);
    match step.account.as_ref().map(|account| account.stage) {
        Some(Stage::Registered) => registration::look_up(step)?,
        Some(Stage::Released) => {}
        _ => {
            step.live.watch_at = None;
            return Ok(());
        }
    }
    if release::is_under_way(step) {
        release::submit(step)?;
    }
    contacts(step)
}

/// Asks for people whose identity has been compared, and who were not asked for lately.
fn contacts(step: &mut Step<'_>) -> Result<(), MachineError> {
    let own = step.account()?.id();
    let mut asked = 0_usize;
    for conversation in Conversation::all(step.connection)? {
        if asked >= CONTACTS_AT_ONCE {
            break;
        }
        let is_compared =
            Known::of(step.connection, &conversation.account)?.is_some_and(|known| known.is_verified);
        let checked_ms =
            Proved::of(step.connection, &conversation.peer)?.map_or(0, |proved| proved.checked_ms);
        let is_due = step.now_ms.saturating_sub(checked_ms) >= CONTACT_AGE_MS_MAX;
        if is_compared && is_due && !conversation.is_note(&own) {
            safety::ask_directory(step, &conversation.peer, CONTACT_AGE_MS_MAX)?;
            asked = asked.saturating_add(1);
        }
    }
    Ok(())
}

/// Something was heard from the directory. A newer block may have changed the own record; another set of validators has
/// other nodes.
pub(crate) fn heard(step: &mut Step<'_>) -> Result<(), MachineError> {
    if step.now_ms >= step.live.operators_after_ms && directory::operators_are_due(step)? {
        // Before it is asked: the answer leads here again.
        step.live.operators_after_ms = step.now_ms.saturating_add(OPERATORS_PAUSE_MS);
        query::ask_operators(step)?;
    }
    witness::compare(step)?;
    let stage = step.account.as_ref().map(|account| account.stage);
    if stage != Some(Stage::Registered) {
        return Ok(());
    }
    let seen = directory::light(step)?.anchor().seen();
    let is_newer = step.live.watched.is_none_or(|(_, height)| seen > height);
    let asked_ms = step.live.watched.map_or(0, |(asked_ms, _)| asked_ms);
    let at_ms = asked_ms.saturating_add(WATCH_PAUSE_MS);
    if is_newer && at_ms > step.now_ms {
        step.live.watch_at = Some(step.live.watch_at.map_or(at_ms, |before| before.min(at_ms)));
    } else if is_newer {
        registration::look_up(step)?;
    }
    Ok(())
}

/// The own name is asked for now.
pub(crate) fn asked(step: &mut Step<'_>) {
    let height = step.live.watched.map_or(0, |(_, height)| height);
    step.live.watched = Some((step.now_ms, height));
}

/// The own name has been answered for.
pub(crate) fn told(step: &mut Step<'_>) -> Result<(), MachineError> {
    let seen = directory::light(step)?.anchor().seen();
    let asked_ms = step.live.watched.map_or(step.now_ms, |(asked_ms, _)| asked_ms);
    step.live.watched = Some((asked_ms, seen));
    Ok(())
}

/// It is known who the operators are, or nobody could say.
pub(crate) fn operators_told(step: &mut Step<'_>, outcome: &Result<(), NoAnswer>) {
    match outcome {
        Ok(()) => step.live.operators_after_ms = 0,
        Err(reason) => {
            tracing::debug!(?reason, "the operators are not known");
            step.live.operators_after_ms = step.now_ms.saturating_add(OPERATORS_AGAIN_MS);
        }
    }
}

/// The directory says how the own name stands.
pub(crate) fn own_record(step: &mut Step<'_>, verified: &VerifiedName) -> Result<(), MachineError> {
    if release::is_final(step, verified)? {
        return Ok(());
    }
    if rotation::is_final(step, verified)? {
        return registration::publish(step);
    }
    if let Some((node, height)) = step.live.claimed.take()
        && release::is_under_way(step)
        && height <= verified.height
    {
        nodes::blame(step, &node, NodeFault::Untrue)?;
    }
    let own = step.account()?.record.clone();
    let proved = verified.record.as_ref().map(|found| &found.stored.record);
    let is_own = proved == own.as_ref();
    if is_own && !matches!(verified.standing, Standing::Lapsed { .. }) {
        return renew_in_time(step, verified.standing);
    }
    notice(step, verified)?;
    if is_own { rotation::renew(step) } else { Ok(()) }
}

/// A record is renewed well before its term ends: when half of it is over.
fn renew_in_time(step: &mut Step<'_>, standing: Standing) -> Result<(), MachineError> {
    let Standing::Held { until_ms } = standing else {
        return Ok(());
    };
    let left_ms = until_ms.saturating_sub(step.now_ms);
    let term_ms = step.genesis()?.parameters.term_ms;
    if left_ms <= term_ms / 2 && !release::is_under_way(step) {
        rotation::renew(step)?;
    }
    Ok(())
}

/// Tells the user what has changed, once.
fn notice(step: &mut Step<'_>, verified: &VerifiedName) -> Result<(), MachineError> {
    let proved = fingerprint(verified);
    let before: Noticed = meta::fetch(step.connection, Key::OwnRecord)?.unwrap_or_default();
    if before.proved == Some(proved) {
        return Ok(());
    }
    let own = step
        .account()?
        .record
        .as_ref()
        .and_then(|record| record.unverified().ok());
    let change = OwnRecordChange {
        parts: own.map_or_else(Vec::new, |own| parts(&own, verified)),
        sequence: verified.record.as_ref().map_or(0, |found| found.record.sequence),
        height: verified.height,
        noticed_ms: step.now_ms,
    };
    let noticed = Noticed {
        change: Some(change.clone()),
        proved: Some(proved),
    };
    meta::put(step.connection, Key::OwnRecord, &noticed)?;
    step.emit(Event::OwnRecordChanged(change));
    Ok(())
}

/// What tells one state of a name from another.
fn fingerprint(verified: &VerifiedName) -> Hash {
    let standing: &[u8] = match verified.standing {
        Standing::Held { .. } => b"held",
        Standing::Lapsed { .. } => b"lapsed",
        Standing::Resting { .. } => b"resting",
        Standing::Free => b"free",
    };
    let record = verified.record.as_ref();
    let body = record.map_or(&[][..], |found| found.stored.record.body());
    Hash::of("xchat v1 noticed record", &[standing, body])
}

fn parts(own: &Record, verified: &VerifiedName) -> Vec<RecordPart> {
    let Some(VerifiedRecord { record, .. }) = &verified.record else {
        return vec![match (&verified.similar, verified.standing) {
            (Some(_), _) => RecordPart::Account,
            (None, Standing::Resting { .. }) => RecordPart::Released,
            (None, _) => RecordPart::Lapsed,
        }];
    };
    let key = |record: &Record| record.identity.unverified().ok().map(|link| link.key);
    let all = [
        (RecordPart::Account, record.account != own.account),
        (RecordPart::IdentityKey, key(record) != key(own)),
        (RecordPart::Devices, record.devices != own.devices),
        (RecordPart::Inbox, record.inbox != own.inbox),
        (
            RecordPart::Lapsed,
            matches!(verified.standing, Standing::Lapsed { .. }),
        ),
    ];
    all.into_iter()
        .filter(|(_, has_changed)| *has_changed)
        .map(|(part, _)| part)
        .collect()
}
