//! Replies: each goes to what asked for it.

use xchat_proto::directory_wire::DirectoryReply;
use xchat_proto::mailbox_wire::{Refusal, Reply};

use crate::error::MachineError;
use crate::io::{ConversationId, Tag, Unreachable};
use crate::machine::live::{Purpose, Retry};
use crate::machine::query::Told;
use crate::machine::step::Step;
use crate::machine::submission::Submitted;
use crate::machine::subscriptions::{EXPIRED_FIRST_MS, EXPIRED_MOST_MS};
use crate::machine::{
    commits, contacting, inbox, keypackages, lookups, outgoing, query, registration, release, restore,
    safety, submission, subscriptions, watch, witness,
};
use crate::rows::conversation::Conversation;
use crate::rows::pending::Stage;

/// A home answered, or can't be reached.
pub(crate) fn home(
    step: &mut Step<'_>,
    tag: Tag,
    outcome: Result<Reply, Unreachable>,
) -> Result<(), MachineError> {
    let Some(purpose) = step.live.purposes.remove(&tag) else {
        return Ok(());
    };
    match purpose {
        Purpose::Append { conversation, row } => appended(step, conversation, row, outcome),
        Purpose::CreateLog(id) | Purpose::Deposit(id) | Purpose::SubmitCommit { conversation: id, .. } => {
            committed(step, id, &purpose, outcome)
        }
        Purpose::CreateInbox => registration::inbox_created(step, outcome),
        Purpose::PublishCard => registration::published(step, outcome, false),
        Purpose::PublishKeyPackages => registration::published(step, outcome, true),
        Purpose::CountKeyPackages => keypackages::counted(step, outcome),
        Purpose::Contact(tag) => contacting::answered(step, tag, outcome),
        Purpose::TrimInbox | Purpose::Ephemeral | Purpose::AskBack => Ok(()),
        Purpose::Register
        | Purpose::Update
        | Purpose::Release
        | Purpose::Price
        | Purpose::Restore
        | Purpose::OwnName
        | Purpose::Standing(_)
        | Purpose::Operators
        | Purpose::RequestSender(_)
        | Purpose::CheckContact(_) => Ok(()),
    }
}

fn retry_later(step: &mut Step<'_>, conversation: ConversationId) {
    let chance = u32::from_be_bytes(step.random());
    let before = step
        .live
        .retry_at
        .get(&conversation)
        .copied()
        .filter(|retry| retry.at_ms != u64::MAX);
    let before = before.unwrap_or_default();
    // One timer for all of a conversation's requests: those that fail together are tried together.
    if before.at_ms <= step.now_ms {
        let next = before.after(step.now_ms, 500, 15_000, chance);
        step.live.retry_at.insert(conversation, next);
    }
}

fn appended(
    step: &mut Step<'_>,
    conversation: ConversationId,
    row: i64,
    outcome: Result<Reply, Unreachable>,
) -> Result<(), MachineError> {
    match outcome {
        Ok(Reply::Appended { .. }) => {
            step.live.retry_at.remove(&conversation);
            outgoing::appended(step, conversation, row)
        }
        // The log will bring the commit, and the content is encrypted again: until then the row counts as under way.
        Ok(Reply::Refused(Refusal::StaleEpoch { .. })) => Ok(()),
        Ok(Reply::Refused(Refusal::Expired { .. })) => {
            step.live.appending.remove(&row);
            expired(step, conversation)
        }
        Ok(_) => {
            step.live.appending.remove(&row);
            retry_later(step, conversation);
            Ok(())
        }
        Err(Unreachable) => {
            step.live.appending.remove(&row);
            unreachable(step, conversation)
        }
    }
}

/// The epoch of what was sent is gone. The log tells whether it is so, and then nothing is sent any more; until it
/// does, and against a home that only says so, there are the pauses of a retry.
fn expired(step: &mut Step<'_>, id: ConversationId) -> Result<(), MachineError> {
    let chance = u32::from_be_bytes(step.random());
    let before = step.live.retry_at.get(&id).copied().unwrap_or_default();
    if before.at_ms <= step.now_ms || before.at_ms == u64::MAX {
        let next = before.after(step.now_ms, EXPIRED_FIRST_MS, EXPIRED_MOST_MS, chance);
        step.live.retry_at.insert(id, next);
    }
    match Conversation::by_id(step.connection, id)? {
        Some(conversation) => subscriptions::look_again(step, &conversation),
        None => Ok(()),
    }
}

/// The home of a conversation does not answer: its log is what tells when it does.
fn unreachable(step: &mut Step<'_>, conversation: ConversationId) -> Result<(), MachineError> {
    retry_later(step, conversation);
    let conversation = Conversation::by_id(step.connection, conversation)?;
    if let Some(home) = conversation.as_ref().and_then(Conversation::home) {
        subscriptions::home_down(step, home.id);
    }
    Ok(())
}

fn committed(
    step: &mut Step<'_>,
    id: ConversationId,
    purpose: &Purpose,
    outcome: Result<Reply, Unreachable>,
) -> Result<(), MachineError> {
    let Some(conversation) = Conversation::by_id(step.connection, id)? else {
        step.live.committing.remove(&id);
        return Ok(());
    };
    if let Purpose::SubmitCommit { epoch, .. } = purpose
        && *epoch != conversation.epoch
    {
        // The log was faster. What is under way now, if anything, is the commit of another epoch.
        return Ok(());
    }
    step.live.committing.remove(&id);
    match (purpose, outcome) {
        (Purpose::CreateLog(_), Ok(Reply::Done)) => contacting::log_created(step, &conversation),
        (Purpose::Deposit(_), Ok(Reply::Appended { .. })) => {
            commits::advance(step, &conversation, Stage::Submit)
        }
        // Decided, perhaps another one: the log brings it in its place, after all that came before.
        (
            Purpose::SubmitCommit { .. },
            Ok(Reply::Decided { .. } | Reply::Refused(Refusal::StaleEpoch { .. })),
        ) => {
            step.live.committing.insert(id);
            Ok(())
        }
        (Purpose::SubmitCommit { .. }, Ok(Reply::Refused(Refusal::Expired { .. }))) => expired(step, id),
        (Purpose::Deposit(_), Err(Unreachable)) | (_, Ok(_)) => {
            retry_later(step, id);
            Ok(())
        }
        (_, Err(Unreachable)) => unreachable(step, id),
    }
}

/// Tries conversations again whose requests failed.
pub(crate) fn wake(step: &mut Step<'_>) -> Result<(), MachineError> {
    let now_ms = step.now_ms;
    let due: Vec<ConversationId> = step
        .live
        .retry_at
        .iter()
        .filter(|(_, retry)| retry.at_ms <= now_ms)
        .map(|(id, _)| *id)
        .collect();
    for id in due {
        if let Some(retry) = step.live.retry_at.get_mut(&id) {
            *retry = Retry {
                at_ms: u64::MAX,
                attempt: retry.attempt,
            };
        }
        let Some(mut conversation) = Conversation::by_id(step.connection, id)? else {
            continue;
        };
        if let Some(state) = conversation
            .home()
            .and_then(|home| step.live.homes.get_mut(&home.id))
        {
            // Worth another try.
            state.known = false;
        }
        let log = &conversation.log;
        if !step.live.subscribed.contains_key(log) && !subscriptions::is_patient(step, log) {
            crate::machine::resume::follow(step, &conversation)?;
        }
        outgoing::append_all(step, &conversation)?;
        outgoing::flush(step, &mut conversation)?;
        commits::submit(step, &conversation)?;
    }
    Ok(())
}

/// A node answered for the directory, or can't be reached.
pub(crate) fn directory(
    step: &mut Step<'_>,
    tag: Tag,
    outcome: Result<DirectoryReply, Unreachable>,
) -> Result<(), MachineError> {
    if step.live.questions.submissions.contains_key(&tag) {
        submission::answered(step, tag, outcome)
    } else if step.live.questions.witnesses.is_asked(tag) {
        witness::answered(step, tag, outcome)
    } else {
        query::answered(step, tag, outcome)
    }
}

/// What came of a question to the directory.
pub(crate) fn told(step: &mut Step<'_>, purpose: &Purpose, told: Told) -> Result<(), MachineError> {
    let outcome = match told {
        Told::Name(outcome) => outcome,
        Told::Operators(outcome) => {
            watch::operators_told(step, &outcome);
            return Ok(());
        }
    };
    match purpose {
        Purpose::Contact(tag) => contacting::looked_up(step, *tag, outcome),
        Purpose::Price => registration::priced(step, outcome),
        Purpose::OwnName => registration::looked_up(step, outcome),
        Purpose::Restore => restore::looked_up(step, outcome),
        Purpose::CheckContact(name) => safety::checked(step, name, outcome),
        Purpose::Standing(tag) => {
            lookups::answered(step, *tag, outcome);
            Ok(())
        }
        Purpose::RequestSender(id) => match outcome {
            Ok(answered) => inbox::checked(step, *id, &answered),
            Err(_) => {
                inbox::check_later(step);
                Ok(())
            }
        },
        _ => Ok(()),
    }
}

/// What came of a change that the directory was asked for. Whatever it is, the proof decides.
pub(crate) fn submitted(
    step: &mut Step<'_>,
    purpose: &Purpose,
    outcome: Submitted,
) -> Result<(), MachineError> {
    match purpose {
        Purpose::Register => registration::submitted(step, outcome),
        Purpose::Release => release::submitted(step, outcome),
        Purpose::Update => registration::look_up(step),
        _ => Ok(()),
    }
}
