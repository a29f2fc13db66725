//! From a name to a conversation: directory, contact card, KeyPackage, group, log, invitation.

use openmls::prelude::KeyPackage;
use xchat_proto::address::Endpoint;
use xchat_proto::codec::{self, Blob};
use xchat_proto::contact::ContactCard;
use xchat_proto::identity::VerifiedDevice;
use xchat_proto::ids::LogId;
use xchat_proto::invitation::{
    ConversationInvitation, InboxMessage, InvitationStatement, SealedContent, invitation_hash,
};
use xchat_proto::keys::PublicKey;
use xchat_proto::limits::KEY_PACKAGE_WORK_BITS;
use xchat_proto::mailbox_wire::{Refusal, Reply, Request, key_package_challenge};
use xchat_proto::name::Name;
use xchat_proto::record::Record;
use xchat_proto::signed::Signed;
use xchat_proto::work::Work;

use crate::account::Stage as AccountStage;
use crate::contacts::ContactError;
use crate::error::MachineError;
use crate::group;
use crate::io::{ConversationId, ConversationState, Event, Lane, Price, Tag, Unreachable};
use crate::machine::directory::{Answered, NoAnswer};
use crate::machine::live::Purpose;
use crate::machine::query::{self, Care};
use crate::machine::step::{self, Step, Via};
use crate::machine::{chats, commits, rejoin, safety, subscriptions, views};
use crate::rows::conversation::Conversation;
use crate::rows::evidence;
use crate::rows::identity::Proved;
use crate::rows::pending::{Deposit, PendingCommit, Stage};
use crate::seal;

/// What a contact is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Goal {
    /// To start a conversation.
    Start,
    /// To ask them to add this device again.
    AskBack(ConversationId),
    /// To add a device of theirs again, in the place of another.
    AddBack {
        /// The conversation.
        conversation: ConversationId,
        /// The device to remove.
        replaces: PublicKey,
        /// The device to add.
        device: PublicKey,
    },
}

/// How far the search for a contact has come.
#[derive(Debug, Clone)]
pub(crate) struct ContactFlow {
    goal: Goal,
    name: Name,
    record: Option<Record>,
    card: Option<ContactCard>,
    key_packages: Vec<Vec<u8>>,
}

/// Begins to look for a conversation with a name.
pub(crate) fn begin(step: &mut Step<'_>, name: Name) -> Result<Tag, ContactError> {
    let account = step
        .account
        .as_ref()
        .filter(|account| account.stage == AccountStage::Registered);
    let account = account.ok_or(ContactError::NotRegistered)?;
    if account.name.as_ref() == Some(&name) {
        return Err(ContactError::Myself);
    }
    let tag = step.live.fresh_tag();
    let known = Conversation::with_name(step.connection, &name)?;
    if let Some(conversation) = known.filter(|known| known.state <= ConversationState::Active) {
        chats::came(step, &conversation, false)?;
        step.emit(Event::ContactReady {
            tag,
            conversation: conversation.id,
        });
        return Ok(tag);
    }
    if evidence::is_unseen(step.connection)? {
        return Err(ContactError::NetworkForked);
    }
    look_for(step, tag, name, Goal::Start)?;
    Ok(tag)
}

/// Looks a name up, with its card.
pub(crate) fn look_for(step: &mut Step<'_>, tag: Tag, name: Name, goal: Goal) -> Result<(), MachineError> {
    let flow = ContactFlow {
        goal,
        name: name.clone(),
        record: None,
        card: None,
        key_packages: Vec::new(),
    };
    step.live.questions.flows.insert(tag, flow);
    query::look_up(step, Purpose::Contact(tag), name, Care::Two)
}

/// Whether a goal is being pursued.
pub(crate) fn is_pursued(step: &Step<'_>, goal: Goal) -> bool {
    step.live.questions.flows.values().any(|flow| flow.goal == goal)
}

fn fail(step: &mut Step<'_>, tag: Tag, goal: Goal, error: ContactError) {
    step.live.questions.flows.remove(&tag);
    match goal {
        Goal::Start => step.emit(Event::ContactFailed { tag, error }),
        // Asked for again in a while.
        Goal::AskBack(_) | Goal::AddBack { .. } => tracing::debug!(%error, "a contact can't be looked up"),
    }
}

/// The directory answered.
pub(crate) fn looked_up(
    step: &mut Step<'_>,
    tag: Tag,
    outcome: Result<Box<Answered>, NoAnswer>,
) -> Result<(), MachineError> {
    let Some(mut flow) = step.live.questions.flows.remove(&tag) else {
        return Ok(());
    };
    let answered = match outcome {
        Ok(answered) => answered,
        Err(reason) => {
            fail(step, tag, flow.goal, reason.into());
            return Ok(());
        }
    };
    Proved::keep(step.connection, &flow.name, answered.parts(), step.now_ms)?;
    safety::proved(step, &flow.name)?;
    let Some(found) = answered.name.record else {
        fail(step, tag, flow.goal, ContactError::UnknownName);
        return Ok(());
    };
    let record = found.record;
    let Some(home) = record.inbox.homes.as_slice().first().cloned() else {
        fail(step, tag, flow.goal, ContactError::NotReachableYet);
        return Ok(());
    };
    let log = record.inbox.log;
    flow.record = Some(record);
    step.live.questions.flows.insert(tag, flow);
    ask(step, tag, &home, None, Request::FetchCard { log });
    Ok(())
}

fn ask(step: &mut Step<'_>, tag: Tag, home: &Endpoint, price: Option<Price>, request: Request) {
    let via = Via {
        home,
        lane: Lane::Conversations,
        capability: None,
        price,
    };
    step.ask_home(Purpose::Contact(tag), via, request);
}

/// Their home answered.
pub(crate) fn answered(
    step: &mut Step<'_>,
    tag: Tag,
    outcome: Result<Reply, Unreachable>,
) -> Result<(), MachineError> {
    let Some(flow) = step.live.questions.flows.get_mut(&tag) else {
        return Ok(());
    };
    let goal = flow.goal;
    let Some(record) = flow.record.clone() else {
        return Ok(());
    };
    let refused = match outcome {
        Ok(Reply::Card(card)) => match card.verify(&record) {
            Ok(()) => {
                flow.card = Some(card);
                return next(step, tag, &record);
            }
            Err(error) => ContactError::ProofRefused(error.to_string()),
        },
        Ok(Reply::KeyPackage { key_package, .. }) => {
            flow.key_packages.push(key_package.into_vec());
            return next(step, tag, &record);
        }
        Ok(Reply::Refused(Refusal::NothingThere | Refusal::UnknownLog)) => ContactError::NotReachableYet,
        Ok(Reply::Refused(refusal)) => ContactError::ProofRefused(refusal.to_string()),
        Ok(_) => ContactError::ProofRefused("the home answered something else".to_owned()),
        Err(Unreachable) => ContactError::Unreachable,
    };
    fail(step, tag, goal, refused);
    Ok(())
}

/// One KeyPackage for each device that is to be added, then what it was for.
fn next(step: &mut Step<'_>, tag: Tag, record: &Record) -> Result<(), MachineError> {
    let Some(flow) = step.live.questions.flows.get(&tag).cloned() else {
        return Ok(());
    };
    let (Some(card), Some(home)) = (flow.card.as_ref(), record.inbox.homes.as_slice().first().cloned())
    else {
        return Ok(());
    };
    let wanted = match flow.goal {
        Goal::Start => devices(card),
        Goal::AskBack(_) => Vec::new(),
        Goal::AddBack { device, .. } => vec![device],
    };
    let Some(device) = wanted.get(flow.key_packages.len()).copied() else {
        step.live.questions.flows.remove(&tag);
        return reached(step, tag, &flow, record, card);
    };
    let log = record.inbox.log;
    let salt = u64::from_be_bytes(step.random());
    let challenge = key_package_challenge(&log, &device, salt);
    let price = Some(Price {
        challenge,
        bits: KEY_PACKAGE_WORK_BITS,
    });
    let request = Request::FetchKeyPackage {
        log,
        device,
        salt,
        work: Work(0),
    };
    ask(step, tag, &home, price, request);
    Ok(())
}

/// The devices on a card, which is the record's.
fn devices(card: &ContactCard) -> Vec<PublicKey> {
    let certificates = card.devices.devices.as_slice().iter();
    certificates
        .filter_map(|signed| signed.unverified().ok().map(|certificate| certificate.device))
        .collect()
}

fn reached(
    step: &mut Step<'_>,
    tag: Tag,
    flow: &ContactFlow,
    record: &Record,
    card: &ContactCard,
) -> Result<(), MachineError> {
    match flow.goal {
        Goal::Start => match start(step, flow, record, card)? {
            Ok(conversation) => step.emit(Event::ContactReady { tag, conversation }),
            Err(error) => fail(step, tag, flow.goal, error),
        },
        Goal::AskBack(conversation) => rejoin::ask_with(step, conversation, record, card)?,
        Goal::AddBack {
            conversation,
            replaces,
            ..
        } => match key_packages(step, flow, record, card)? {
            Ok((key_packages, _)) => {
                rejoin::add_back(step, conversation, &replaces, key_packages, record, card)?;
            }
            Err(error) => fail(step, tag, flow.goal, error),
        },
    }
    Ok(())
}

/// Builds group, pending commit and invitation, all in this transaction.
fn start(
    step: &mut Step<'_>,
    flow: &ContactFlow,
    record: &Record,
    card: &ContactCard,
) -> Result<Result<ConversationId, ContactError>, MachineError> {
    if let Some(known) = Conversation::with_account(step.connection, &record.account)? {
        return Ok(Ok(known.id));
    }
    let (key_packages, devices) = match key_packages(step, flow, record, card)? {
        Ok(found) => found,
        Err(error) => return Ok(Err(error)),
    };
    let homes = step::homes(step.own_homes());
    let log = LogId(step.random());
    let mut conversation = Conversation::new(log, homes, flow.name.clone(), record.account, step.now_ms);
    conversation.insert(step.connection)?;
    safety::met(step, &conversation, &devices)?;
    let (mut pending, welcome) = commits::found(step, &conversation, key_packages)?;
    let welcome = welcome.ok_or_else(|| MachineError::Bug("an add without a Welcome".to_owned()))?;
    let envelope = match invite(step, &conversation, record, card, welcome)? {
        Ok(envelope) => envelope,
        Err(error) => return Ok(Err(ContactError::ProofRefused(error.to_string()))),
    };
    pending.deposit = Some(Deposit {
        inbox: record.inbox.log,
        homes: record.inbox.homes.clone(),
        envelope,
    });
    pending.save(step.connection, conversation.id)?;
    commits::submit(step, &conversation)?;
    views::changed(step, &conversation)?;
    Ok(Ok(conversation.id))
}

/// KeyPackages, and the devices that they are of.
type KeyPackages = (Vec<KeyPackage>, Vec<VerifiedDevice>);

/// Their KeyPackages, each of a device that the record's device list names, and those devices.
fn key_packages(
    step: &mut Step<'_>,
    flow: &ContactFlow,
    record: &Record,
    card: &ContactCard,
) -> Result<Result<KeyPackages, ContactError>, MachineError> {
    let expected = devices(card);
    let now_ms = step.now_ms;
    let (mut key_packages, mut found) = (Vec::new(), Vec::new());
    for bytes in &flow.key_packages {
        match step.mls(|provider, _| group::verify_key_package(provider, bytes, now_ms))? {
            Ok((key_package, device))
                if device.account == record.account && expected.contains(&device.device) =>
            {
                key_packages.push(key_package);
                found.push(device);
            }
            Ok(_) => {
                return Ok(Err(ContactError::ProofRefused(
                    "a KeyPackage of another account".to_owned(),
                )));
            }
            Err(error) => return Ok(Err(ContactError::ProofRefused(error.to_string()))),
        }
    }
    Ok(Ok((key_packages, found)))
}

/// The invitation, signed by this device and sealed to their inbox key (CON-01).
pub(crate) fn invite(
    step: &mut Step<'_>,
    conversation: &Conversation,
    record: &Record,
    card: &ContactCard,
    welcome: Vec<u8>,
) -> Result<Result<Vec<u8>, seal::SealError>, MachineError> {
    let account = step.account()?;
    let sender = account
        .chain()
        .ok_or(MachineError::ApiMisuse("this account has no name yet"))?;
    let invitation = ConversationInvitation {
        recipient: record.account,
        log: conversation.log,
        epoch: conversation.epoch.saturating_add(1),
        homes: conversation.homes.clone(),
        welcome: Blob::new(welcome)?,
        sent_ms: step.now_ms,
    };
    let statement = InvitationStatement {
        recipient: record.account,
        invitation: invitation_hash(&invitation),
    };
    let statement = Signed::new(&statement, &account.device_key())?;
    let content = codec::encode(&InboxMessage::Invitation(SealedContent {
        sender,
        invitation,
        statement,
    }));
    let key = card.inbox_key.public.as_slice();
    Ok(seal::seal(step.crypto, key, &record.inbox.log, &content))
}

/// The log of a new conversation is there: follow it, and go on.
pub(crate) fn log_created(step: &mut Step<'_>, conversation: &Conversation) -> Result<(), MachineError> {
    subscriptions::subscribe(step, conversation)?;
    let pending = PendingCommit::of(step.connection, conversation.id)?;
    let invites = pending.is_some_and(|pending| pending.deposit.is_some());
    commits::advance(
        step,
        conversation,
        if invites { Stage::Deposit } else { Stage::Submit },
    )
}
