//! Losing one's place and getting it back: a device asks, sealed, to be removed from a conversation and added again.
//!
//! An old copy of the database must never encrypt again under keys that the newer one may have used, so it becomes a
//! new device of its account and asks for a new leaf. A device that fell behind retention asks for a new leaf of its
//! own.

use std::collections::BTreeMap;

use openmls::prelude::{BasicCredential, KeyPackage, MlsGroup};
use xchat_proto::codec::{self, Blob};
use xchat_proto::contact::ContactCard;
use xchat_proto::identity::{DeviceChain, VerifiedDevice};
use xchat_proto::ids::MessageId;
use xchat_proto::invitation::{ConversationInvitation, InboxMessage, RejoinRequest, RejoinStatement};
use xchat_proto::keys::PublicKey;
use xchat_proto::limits::{CLOCK_AHEAD_MS_MAX, DEPOSIT_WORK_BITS};
use xchat_proto::mailbox_wire::{Request, deposit_challenge};
use xchat_proto::record::Record;
use xchat_proto::signed::Signed;
use xchat_proto::work::Work;

use crate::account::Stage as AccountStage;
use crate::content::Content;
use crate::error::MachineError;
use crate::group::{self, GroupError};
use crate::io::{ConversationId, ConversationState, Lane, Price};
use crate::machine::contacting::{self, Goal};
use crate::machine::live::{Purpose, Retry};
use crate::machine::step::{Step, Via};
use crate::machine::{acts, commits, notes, subscriptions, views};
use crate::rows::conversation::Conversation;
use crate::rows::member::Member;
use crate::rows::pending::{Deposit, PendingCommit, Stage};
use crate::rows::{block, message, outbox};
use crate::seal;

const AWAY: &str = "This device was away for longer than the network keeps messages. It asks the other side to take \
                    it in anew; what you write waits until then.";
const ASK_FIRST_MS: u64 = 5_000;
const ASK_MOST_MS: u64 = 10 * 60 * 1000;
/// How often it is looked whether the directory has this device, in milliseconds.
const READY_EVERY_MS: u64 = 500;

/// Whether a conversation waits for this device to be added again.
fn is_lost(conversation: &Conversation) -> bool {
    use ConversationState as State;
    matches!(conversation.state, State::Restored | State::Removed) || conversation.is_returning()
}

/// Plans to ask for every conversation in which this device has lost its place.
pub(crate) fn plan(step: &mut Step<'_>) -> Result<(), MachineError> {
    let lost: Vec<ConversationId> = Conversation::all(step.connection)?
        .iter()
        .filter(|conversation| is_lost(conversation))
        .map(|conversation| conversation.id)
        .collect();
    for id in lost {
        let at_ms = step.now_ms;
        step.live
            .rejoin_at
            .entry(id)
            .or_insert(Retry { at_ms, attempt: 0 });
    }
    Ok(())
}

/// The commit that closed this device's epoch is gone (CNV-14): nothing is encrypted any more until it is in again, or
/// the home shows that it is not so.
pub(crate) fn fall_behind(step: &mut Step<'_>, conversation: &mut Conversation) -> Result<(), MachineError> {
    if conversation.is_returning() {
        return Ok(());
    }
    conversation.state = ConversationState::Joining;
    conversation.trouble = Some(AWAY.to_owned());
    conversation.save(step.connection)?;
    commits::forget_requests(step, conversation)?;
    views::changed(step, conversation)?;
    plan(step)
}

/// Asks where it is time, again and again until it is heard.
pub(crate) fn wake(step: &mut Step<'_>) -> Result<(), MachineError> {
    let now_ms = step.now_ms;
    let due = step
        .live
        .rejoin_at
        .iter()
        .filter(|(_, retry)| retry.at_ms <= now_ms);
    let due: Vec<ConversationId> = due.map(|(id, _)| *id).collect();
    // Whoever is to answer must find this device in the directory.
    let ready = step
        .account
        .as_ref()
        .is_some_and(|account| account.stage == AccountStage::Registered && account.next.is_none());
    for id in due {
        let conversation = Conversation::by_id(step.connection, id)?.filter(is_lost);
        let Some(conversation) = conversation else {
            step.live.rejoin_at.remove(&id);
            continue;
        };
        if conversation.is_note(&step.account()?.id()) {
            // There is nobody to ask.
            notes::begin_anew(step, conversation)?;
            continue;
        }
        let chance = u32::from_be_bytes(step.random());
        let before = step.live.rejoin_at.get(&id).copied().unwrap_or_default();
        let next = if ready {
            before.after(now_ms, ASK_FIRST_MS, ASK_MOST_MS, chance)
        } else {
            let at_ms = now_ms.saturating_add(READY_EVERY_MS);
            Retry { at_ms, ..before }
        };
        step.live.rejoin_at.insert(id, next);
        if ready && !contacting::is_pursued(step, Goal::AskBack(id)) {
            let tag = step.live.fresh_tag();
            contacting::look_for(step, tag, conversation.peer.clone(), Goal::AskBack(id))?;
        }
    }
    Ok(())
}

/// The peer has been found: the sealed question goes into their inbox.
pub(crate) fn ask_with(
    step: &mut Step<'_>,
    id: ConversationId,
    record: &Record,
    card: &ContactCard,
) -> Result<(), MachineError> {
    let conversation = Conversation::by_id(step.connection, id)?.filter(is_lost);
    let (Some(conversation), Some(home)) = (conversation, record.inbox.homes.as_slice().first()) else {
        return Ok(());
    };
    if record.account != conversation.account {
        return Ok(());
    }
    let leaf = step
        .with_group(&conversation, |_, _, group| {
            Ok(group
                .own_leaf_node()
                .and_then(|leaf| device_of(leaf.credential())))
        })?
        .map_err(MachineError::from)?;
    let account = step.account()?;
    // Removed, it has no leaf; what may be in its place is a leaf of this very device.
    let replaces = leaf.unwrap_or_else(|| account.device_key().public());
    let sender = account
        .chain()
        .ok_or(MachineError::ApiMisuse("this account has no name yet"))?;
    let statement = RejoinStatement {
        recipient: record.account,
        log: conversation.log,
        replaces,
        sent_ms: step.now_ms,
    };
    let statement = Signed::new(&statement, &account.device_key())?;
    let message = codec::encode(&InboxMessage::Rejoin(RejoinRequest { sender, statement }));
    let log = record.inbox.log;
    let Ok(envelope) = seal::seal(step.crypto, card.inbox_key.public.as_slice(), &log, &message) else {
        return Ok(());
    };
    let price = Some(Price {
        challenge: deposit_challenge(&log, &envelope),
        bits: DEPOSIT_WORK_BITS,
    });
    let request = Request::Deposit {
        log,
        envelope: Blob::new(envelope)?,
        work: Work(0),
    };
    let via = Via {
        home,
        lane: Lane::Conversations,
        capability: None,
        price,
    };
    step.ask_home(Purpose::AskBack, via, request);
    Ok(())
}

fn device_of(credential: &openmls::prelude::Credential) -> Option<PublicKey> {
    let basic = BasicCredential::try_from(credential.clone()).ok()?;
    let chain: DeviceChain = codec::decode(basic.identity(), 32 * 1024).ok()?;
    Some(chain.device.unverified().ok()?.device)
}

/// A device asks us to be added again (CON-04).
pub(crate) fn asked(step: &mut Step<'_>, request: &RejoinRequest) -> Result<(), MachineError> {
    let own = step.account()?.id();
    let Ok(sender) = request.sender.verify() else {
        return Ok(());
    };
    let Ok(statement) = request.statement.verify(&sender.device) else {
        return Ok(());
    };
    let Some(conversation) = Conversation::by_log(step.connection, &statement.log)? else {
        return Ok(());
    };
    let replaced = Member::one(step.connection, conversation.id, &statement.replaces)?;
    let Some(mut replaced) = replaced.filter(|member| member.account == sender.account) else {
        return Ok(());
    };
    // Once each, and never an older one: what lies in an inbox can be shown again at any time.
    let is_new = statement.sent_ms > replaced.asked_ms;
    if statement.recipient != own || !is_new || !conversation.is_active() {
        return Ok(());
    }
    if block::is_blocked(step.connection, &sender.account)? {
        return Ok(());
    }
    replaced.asked_ms = statement
        .sent_ms
        .min(step.now_ms.saturating_add(CLOCK_AHEAD_MS_MAX));
    replaced.save(step.connection)?;
    let goal = Goal::AddBack {
        conversation: conversation.id,
        replaces: statement.replaces,
        device: sender.device,
    };
    if !contacting::is_pursued(step, goal) {
        let tag = step.live.fresh_tag();
        contacting::look_for(step, tag, conversation.peer.clone(), goal)?;
    }
    Ok(())
}

/// Their new device is known to the directory and has a KeyPackage: one commit removes the old leaf and adds the new.
pub(crate) fn add_back(
    step: &mut Step<'_>,
    id: ConversationId,
    replaces: &PublicKey,
    key_packages: Vec<KeyPackage>,
    record: &Record,
    card: &ContactCard,
) -> Result<(), MachineError> {
    let conversation = Conversation::by_id(step.connection, id)?.filter(Conversation::is_active);
    let Some(conversation) = conversation.filter(|found| found.account == record.account) else {
        return Ok(());
    };
    if PendingCommit::of(step.connection, id)?.is_some() {
        // One commit per epoch. They ask again.
        return Ok(());
    }
    let replaced = *replaces;
    let committed = step.with_group(&conversation, |provider, own, group| {
        let members = crate::policy::members(group)?;
        let leaf = members.iter().find(|(_, device)| device.device == replaced);
        let (index, _) = leaf.ok_or_else(|| GroupError::Invalid("the leaf is gone".to_owned()))?;
        group::commit(provider, own, group, &[*index], key_packages)
    })?;
    let commit = match committed {
        Ok(commit) => commit,
        Err(GroupError::Bug(error)) => return Err(MachineError::Bug(error)),
        Err(_) => return Ok(()),
    };
    let mut pending = commits::pending(step, &conversation, &commit.commit)?;
    let welcome = commit
        .welcome
        .ok_or_else(|| MachineError::Bug("an add without a Welcome".to_owned()))?;
    let Ok(envelope) = contacting::invite(step, &conversation, record, card, welcome)? else {
        return Err(MachineError::Bug(
            "an inbox key that was believed is no key".to_owned(),
        ));
    };
    pending.stage = Stage::Deposit;
    pending.deposit = Some(Deposit {
        inbox: record.inbox.log,
        homes: record.inbox.homes.clone(),
        envelope,
    });
    pending.save(step.connection, id)?;
    commits::submit(step, &conversation)
}

/// An invitation came into a conversation that is known here: it gives this device its place back.
pub(crate) fn welcomed(
    step: &mut Step<'_>,
    mut conversation: Conversation,
    invitation: ConversationInvitation,
    sender: &VerifiedDevice,
) -> Result<(), MachineError> {
    let log = conversation.log;
    if !is_lost(&conversation) || sender.account != conversation.account {
        return Ok(());
    }
    let Some((group, devices)) = open(step, &conversation, &invitation, sender)? else {
        return Ok(());
    };
    conversation.state = ConversationState::Joining;
    // Until the log shows its epoch: another commit may have been decided, and then this one leads nowhere.
    conversation.trouble.get_or_insert_with(|| AWAY.to_owned());
    commits::forget_requests(step, &conversation)?;
    conversation.epoch = group.epoch().as_u64();
    conversation.cursor = 0;
    conversation.generation = 0;
    conversation.update_due = true;
    conversation.leaf_ms = step.now_ms;
    conversation.announced = None;
    conversation.homes = invitation.homes;
    conversation.save_homes(step.connection)?;
    conversation.save(step.connection)?;
    step.live.groups.insert(conversation.id, group);
    step.live.keys.remove(&conversation.id);
    step.live.read_up.remove(&conversation.id);
    step.live.resubscribe.remove(&log);
    PendingCommit::remove(step.connection, conversation.id)?;
    outbox::unseal_all(step.connection, conversation.id)?;
    outbox::forget_seen(step.connection, conversation.id)?;
    commits::save_members(step, &conversation, devices)?;
    count_anew(step, &mut conversation)?;
    subscriptions::subscribe(step, &conversation)?;
    views::changed(step, &conversation)
}

/// The group that a Welcome leads into, when it holds and leads on from where this device was: the keys of an epoch
/// are used by one life of a leaf only.
fn open(
    step: &mut Step<'_>,
    conversation: &Conversation,
    invitation: &ConversationInvitation,
    sender: &VerifiedDevice,
) -> Result<Option<(MlsGroup, Vec<VerifiedDevice>)>, MachineError> {
    let own = step.account()?.id();
    let (log, epoch) = (conversation.log, conversation.epoch);
    // What does not hold must not cost the group and the KeyPackage that are there.
    step.connection.execute_batch("SAVEPOINT welcome")?;
    let opened = step.mls(|provider, _| {
        group::erase(provider, &log)?;
        let opened = group::open_welcome(provider, invitation.welcome.as_slice(), &sender.account, &own)?;
        let devices = opened.devices.clone();
        let is_of_another = opened.log != log;
        let group = group::join(provider, opened)?;
        if is_of_another || group.epoch().as_u64() <= epoch {
            return Err(GroupError::Invalid("the Welcome leads elsewhere".to_owned()));
        }
        Ok((group, devices))
    })?;
    let end = match opened {
        Ok(_) => "RELEASE welcome",
        Err(_) => "ROLLBACK TO welcome; RELEASE welcome",
    };
    step.connection.execute_batch(end)?;
    match opened {
        Ok(joined) => Ok(Some(joined)),
        Err(error) => {
            tracing::debug!(%error, "a Welcome does not hold");
            Ok(None)
        }
    }
}

/// A new device counts its messages from 1: what waits gets its numbers anew, and nobody has any of them yet.
pub(crate) fn count_anew(step: &mut Step<'_>, conversation: &mut Conversation) -> Result<(), MachineError> {
    let device = step.account()?.device_key().public();
    let highest = message::highest(step.connection, conversation.id, &device)?;
    if highest == conversation.counter {
        return Ok(());
    }
    conversation.counter = highest;
    for mut member in Member::all(step.connection, conversation.id)? {
        (member.has, member.has_read) = (0, 0);
        member.save(step.connection)?;
    }
    let mut renamed: BTreeMap<MessageId, MessageId> = BTreeMap::new();
    for (row, before, bytes) in outbox::all_open(step.connection, conversation.id)? {
        outbox::remove(step.connection, row)?;
        let Ok(mut content) = Content::decode(&bytes) else {
            continue;
        };
        if content.counter == 0 {
            continue;
        }
        conversation.counter = conversation.counter.saturating_add(1);
        content.counter = conversation.counter;
        content.salt = step.random();
        for reference in [&mut content.replaces, &mut content.in_reply_to] {
            *reference = reference.map(|id| *renamed.get(&id).unwrap_or(&id));
        }
        let bytes = content.encode()?;
        let id = content.id(&device, &conversation.log, &bytes);
        renamed.insert(before, id);
        let (_, target) = acts::kind(&content);
        message::renumber(
            step.connection,
            conversation.id,
            &before,
            &device,
            (&id, target.as_ref(), content.counter, &bytes),
        )?;
        outbox::insert(step.connection, conversation.id, &id, &bytes)?;
    }
    conversation.save(step.connection)
}
