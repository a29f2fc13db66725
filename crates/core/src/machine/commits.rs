//! Commits: one per device and epoch, stored before it leaves, merged only when certified.

use openmls::prelude::KeyPackage;
use xchat_proto::address::Endpoint;
use xchat_proto::codec::Blob;
use xchat_proto::decision::{CommitValue, DecisionCertificate, verify_decision};
use xchat_proto::identity::VerifiedDevice;
use xchat_proto::limits::LEAF_AGE_MS_MAX;
use xchat_proto::limits::{DEPOSIT_WORK_BITS, LOG_WORK_BITS};
use xchat_proto::mailbox_wire::{Request, deposit_challenge, log_challenge};
use xchat_proto::work::Work;

use crate::envelope::{EnvelopeTag, EpochKeys};
use crate::error::MachineError;
use crate::group::{self, GroupError, Received};
use crate::io::{ConversationState, Lane, Price};
use crate::machine::live::Purpose;
use crate::machine::step::{Step, Via};
use crate::machine::{ephemeral, outgoing, peers, profile, rejoin, resume, safety, subscriptions, views};
use crate::policy::{self, Policy};
use crate::rows::conversation::Conversation;
use crate::rows::pending::{PendingCommit, Stage};
use crate::rows::{member, outbox};

/// Makes an update commit, unless one is pending (CNV-08).
pub(crate) fn update(step: &mut Step<'_>, conversation: &mut Conversation) -> Result<(), MachineError> {
    if !conversation.is_active() || PendingCommit::of(step.connection, conversation.id)?.is_some() {
        return Ok(());
    }
    let commit = step.with_group(conversation, |provider, own, group| {
        group::commit(provider, own, group, &[], Vec::new())
    })??;
    let pending = pending(step, conversation, &commit.commit)?;
    pending.save(step.connection, conversation.id)?;
    submit(step, conversation)
}

/// Updates when it is due: after joining, and when the leaf is old.
pub(crate) fn update_if_due(
    step: &mut Step<'_>,
    conversation: &mut Conversation,
) -> Result<(), MachineError> {
    let old = step.now_ms.saturating_sub(conversation.leaf_ms) > LEAF_AGE_MS_MAX;
    if conversation.update_due || old {
        update(step, conversation)
    } else {
        Ok(())
    }
}

/// Builds the group of a conversation that begins, with its first commit: the log is created before that. Gives the
/// Welcome too when somebody is added.
pub(crate) fn found(
    step: &mut Step<'_>,
    conversation: &Conversation,
    key_packages: Vec<KeyPackage>,
) -> Result<(PendingCommit, Option<Vec<u8>>), MachineError> {
    let policy = Policy::Pair {
        initiator: step.account()?.id(),
        responder: conversation.account,
    };
    let log = conversation.log;
    let created = step.mls(|provider, own| group::create(provider, own, &log, &policy))??;
    step.live.groups.insert(conversation.id, created);
    let commit = step.with_group(conversation, |provider, own, group| {
        group::commit(provider, own, group, &[], key_packages)
    })??;
    let pending = pending(step, conversation, &commit.commit)?;
    let stage = Stage::CreateLog;
    Ok((PendingCommit { stage, ..pending }, commit.welcome))
}

/// The pending commit of the group, with what goes with it, ready to be stored.
pub(crate) fn pending(
    step: &mut Step<'_>,
    conversation: &Conversation,
    commit: &[u8],
) -> Result<PendingCommit, MachineError> {
    let keys = step.keys(conversation)?;
    let crypto = step.crypto;
    let next = step.with_group(conversation, |_, _, group| {
        let staged = group
            .pending_commit()
            .ok_or_else(|| GroupError::Bug("no pending commit".to_owned()))?;
        EpochKeys::of_staged(staged, crypto).map_err(|error| GroupError::Bug(error.to_string()))
    })??;
    let tag = EnvelopeTag::of_device(&step.account()?.device_key());
    let value = CommitValue {
        envelope: Blob::new(keys.seal(&conversation.log, commit, &tag)?)?,
        next_capability: next.capability.public(),
        next_homes: conversation.homes.clone(),
    };
    let hash = value.hash();
    Ok(PendingCommit {
        epoch: conversation.epoch,
        stage: Stage::Submit,
        value,
        hash,
        deposit: None,
    })
}

/// Takes the pending commit's next step at the home. Asking twice is harmless: every step is idempotent.
pub(crate) fn submit(step: &mut Step<'_>, conversation: &Conversation) -> Result<(), MachineError> {
    let (Some(home), Some(pending)) = (
        conversation.home(),
        PendingCommit::of(step.connection, conversation.id)?,
    ) else {
        return Ok(());
    };
    // A device that has lost its place commits nothing.
    let has_place = conversation.is_active() || conversation.state == ConversationState::Starting;
    if !has_place || pending.epoch != conversation.epoch || !step.live.home_is_up(&home.id) {
        return Ok(());
    }
    if !step.live.committing.insert(conversation.id) {
        return Ok(());
    }
    match pending.stage {
        Stage::CreateLog => create_log(step, conversation, home),
        Stage::Deposit => deposit(step, conversation, &pending),
        Stage::Submit => {
            let capability = Some(step.capability(conversation)?);
            let request = Request::SubmitCommit {
                log: conversation.log,
                epoch: pending.epoch,
                value: pending.value,
            };
            let via = Via {
                home,
                lane: Lane::Conversations,
                capability,
                price: None,
            };
            let purpose = Purpose::SubmitCommit {
                conversation: conversation.id,
                epoch: pending.epoch,
            };
            step.ask_home(purpose, via, request);
            Ok(())
        }
    }
}

fn create_log(step: &mut Step<'_>, conversation: &Conversation, home: &Endpoint) -> Result<(), MachineError> {
    let (log, epoch) = (conversation.log, conversation.epoch);
    let capability = step.keys(conversation)?.capability.public();
    let price = Some(Price {
        challenge: log_challenge(&log, &capability),
        bits: LOG_WORK_BITS,
    });
    let request = Request::CreateConversation {
        log,
        epoch,
        capability,
        work: Work(0),
    };
    let via = Via {
        home,
        lane: Lane::Conversations,
        capability: None,
        price,
    };
    step.ask_home(Purpose::CreateLog(conversation.id), via, request);
    Ok(())
}

fn deposit(
    step: &mut Step<'_>,
    conversation: &Conversation,
    pending: &PendingCommit,
) -> Result<(), MachineError> {
    let deposit = pending.deposit.as_ref();
    let Some((deposit, home)) =
        deposit.and_then(|deposit| Some((deposit, deposit.homes.as_slice().first()?)))
    else {
        return Err(MachineError::Bug("a deposit without an inbox".to_owned()));
    };
    let challenge = deposit_challenge(&deposit.inbox, &deposit.envelope);
    let price = Some(Price {
        challenge,
        bits: DEPOSIT_WORK_BITS,
    });
    let envelope = Blob::new(deposit.envelope.clone())?;
    let request = Request::Deposit {
        log: deposit.inbox,
        envelope,
        work: Work(0),
    };
    let via = Via {
        home,
        lane: Lane::Conversations,
        capability: None,
        price,
    };
    step.ask_home(Purpose::Deposit(conversation.id), via, request);
    Ok(())
}

/// A step of the pending commit is done at the home: take the next.
pub(crate) fn advance(
    step: &mut Step<'_>,
    conversation: &Conversation,
    to: Stage,
) -> Result<(), MachineError> {
    let Some(mut pending) = PendingCommit::of(step.connection, conversation.id)? else {
        return Ok(());
    };
    pending.stage = to;
    pending.save(step.connection, conversation.id)?;
    submit(step, conversation)
}

/// What the log says about the end of the present epoch.
pub(crate) enum Decided {
    /// The next epoch is open.
    Next,
    /// The home shows something that its homes never decided.
    NotCertified,
}

/// The decided commit of the present epoch came out of the log. All earlier entries have been processed.
pub(crate) fn decided(
    step: &mut Step<'_>,
    conversation: &mut Conversation,
    index: u64,
    value: &CommitValue,
    certificate: &DecisionCertificate,
) -> Result<Decided, MachineError> {
    let hash = value.hash();
    let homes = conversation.home_ids();
    if let Err(error) = verify_decision(certificate, &homes, &conversation.log, conversation.epoch, &hash) {
        tracing::warn!(%error, "a home shows a commit that was not decided");
        return Ok(Decided::NotCertified);
    }
    let pending = PendingCommit::of(step.connection, conversation.id)?;
    let own = pending.as_ref().is_some_and(|pending| pending.hash == hash);
    let altered = pending
        .as_ref()
        .is_some_and(|pending| !own && pending.value.envelope == value.envelope);
    if altered {
        // Its home has signed it with another continuation: this database is no old copy, the home lies.
        refuse(
            step,
            conversation,
            "the home changed what goes with this device's own commit",
        )?;
        return Ok(Decided::Next);
    }
    let merged = if own {
        step.with_group(conversation, |provider, _, group| {
            group::merge_own(provider, group)
        })?
        .map(|()| true)
    } else {
        merge_foreign(step, conversation, value, pending.is_some())?
    };
    conversation.cursor = index.saturating_add(1);
    match merged {
        Ok(true) => open_next(step, conversation, value, own)?,
        Ok(false) => {
            conversation.state = ConversationState::Removed;
            conversation.trouble = Some("This device was removed from the conversation.".to_owned());
            conversation.save(step.connection)?;
            views::changed(step, conversation)?;
            // Somebody heard an older request of this device: it was to be added again.
            rejoin::plan(step)?;
        }
        Err(GroupError::Bug(error)) => return Err(MachineError::Bug(error)),
        // Our own commit, and not known here: a newer copy of this database has made it (CNV-12).
        Err(GroupError::KeyUsed) => resume::freeze(step)?,
        Err(error) => refuse(step, conversation, &error.to_string())?,
    }
    Ok(Decided::Next)
}

/// Merges somebody else's commit; false when it removes this device.
fn merge_foreign(
    step: &mut Step<'_>,
    conversation: &Conversation,
    value: &CommitValue,
    had_own: bool,
) -> Result<Result<bool, GroupError>, MachineError> {
    let keys = step.keys(conversation)?;
    let Ok(mls) = keys.open(&conversation.log, value.envelope.as_slice()) else {
        return Ok(Err(GroupError::Invalid(
            "the decided commit does not open".to_owned(),
        )));
    };
    let tag = EnvelopeTag::of_device(&step.account()?.device_key());
    let own = keys.is_own(&conversation.log, value.envelope.as_slice(), &mls, &tag);
    let crypto = step.crypto;
    let next_capability = value.next_capability;
    step.with_group(conversation, |provider, _, group| {
        if had_own {
            group::clear_own(provider, group)?;
        }
        let staged = match group::receive(provider, group, &mls)? {
            Received::Commit(staged) => staged,
            Received::Own if own => return Err(GroupError::KeyUsed),
            // It names this device, and is not by it.
            Received::Own | Received::Message(..) => {
                return Err(GroupError::Invalid(
                    "the decided value is not a commit".to_owned(),
                ));
            }
        };
        if staged.self_removed() {
            group::merge(provider, group, *staged)?;
            return Ok(false);
        }
        // Checked before merging: otherwise the next segment would stand under a key that no member has.
        match EpochKeys::of_staged(&staged, crypto) {
            Ok(next) if next.capability.public() == next_capability => {}
            _ => {
                return Err(GroupError::Invalid(
                    "the commit names a wrong capability key".to_owned(),
                ));
            }
        }
        group::merge(provider, group, *staged)?;
        Ok(true)
    })
}

/// The group is in its next epoch: everything that depends on it follows, in the same transaction.
fn open_next(
    step: &mut Step<'_>,
    conversation: &mut Conversation,
    value: &CommitValue,
    own: bool,
) -> Result<(), MachineError> {
    PendingCommit::remove(step.connection, conversation.id)?;
    let (epoch, devices) = step.with_group(conversation, |_, _, group| {
        Ok((group.epoch().as_u64(), policy::members(group)?))
    })??;
    conversation.epoch = epoch;
    conversation.generation = 0;
    if own {
        conversation.leaf_ms = step.now_ms;
        conversation.update_due = false;
    }
    let was_starting = conversation.state == ConversationState::Starting;
    if was_starting {
        conversation.state = ConversationState::Active;
    }
    conversation.homes = value.next_homes.clone();
    conversation.save_homes(step.connection)?;
    conversation.save(step.connection)?;
    save_members(
        step,
        conversation,
        devices.into_iter().map(|(_, device)| device).collect(),
    )?;
    // Whatever the closed segment did not take is encrypted again (CNV-07); nothing of the old epoch is accepted now.
    forget_requests(step, conversation)?;
    outbox::unseal_all(step.connection, conversation.id)?;
    outbox::forget_seen(step.connection, conversation.id)?;
    subscriptions::subscribe(step, conversation)?;
    if was_starting {
        views::changed(step, conversation)?;
    }
    peers::announce(step, conversation)?;
    profile::tell(step, conversation)?;
    ephemeral::epoch_opened(step, conversation)?;
    outgoing::flush(step, conversation)?;
    update_if_due(step, conversation)
}

/// Whatever is under way at the home is of an epoch that counts no more.
pub(crate) fn forget_requests(step: &mut Step<'_>, conversation: &Conversation) -> Result<(), MachineError> {
    for sealed in outbox::sealed(step.connection, conversation.id)? {
        step.live.appending.remove(&sealed.row);
    }
    step.live.committing.remove(&conversation.id);
    Ok(())
}

/// Makes the member rows those of the group, but for this device.
pub(crate) fn save_members(
    step: &Step<'_>,
    conversation: &Conversation,
    mut devices: Vec<VerifiedDevice>,
) -> Result<(), MachineError> {
    let own = step.account()?.device_key().public();
    devices.retain(|device| device.device != own);
    safety::met(step, conversation, &devices)?;
    profile::met(step, conversation, &devices)?;
    member::replace_all(step.connection, conversation.id, &devices)
}

fn refuse(step: &mut Step<'_>, conversation: &mut Conversation, reason: &str) -> Result<(), MachineError> {
    // The group in memory may have moved; what counts is what is on disk.
    step.live.groups.remove(&conversation.id);
    conversation.state = ConversationState::Broken;
    conversation.trouble = Some(format!("A change to this conversation was refused: {reason}"));
    conversation.save(step.connection)?;
    views::changed(step, conversation)
}
