//! Start: what was under way is taken up, and an old copy of the database is recognised.

use minicbor::{Decode, Encode};

use crate::account::Stage;
use crate::error::MachineError;
use crate::io::{ConversationState, Output};
use crate::machine::step::Step;
use crate::machine::{
    blobs, commits, inbox, incoming, keypackages, receipts, registration, rejoin, rotation, safety,
    scheduled, subscriptions, views, watch,
};
use crate::meta::{self, Key};
use crate::rows::conversation::Conversation;
use crate::rows::member::Member;
use crate::rows::pending::{PendingCommit, Stage as CommitStage};
use xchat_proto::ids::Hash;

/// After this many encryptions the mark outside the database is renewed.
const GENERATIONS_PER_MARK: u32 = 64;

/// Most marks that are remembered between two starts.
const MARKS_MAX: usize = 64;

/// The marks of this database since the one that is known to have been kept outside.
#[derive(Debug, Clone, Default, Encode, Decode)]
#[cbor(array)]
struct Marks {
    /// Whether any is known to have been kept.
    #[n(0)]
    is_kept: bool,
    /// The one that was, and those after it: a crash may come between the database and the keeping of any of them.
    #[n(1)]
    issued: Vec<Hash>,
}

/// Compares the mark that was kept outside, and makes a new one. A copy of this database that is older than the mark
/// outside can't know it; one that is newer remembers it.
pub(crate) fn check_mark(step: &mut Step<'_>, outside: Option<[u8; 32]>) -> Result<(), MachineError> {
    let marks: Marks = meta::fetch(step.connection, Key::Mark)?.unwrap_or_default();
    let outside = outside.map(Hash);
    let is_present = match outside {
        Some(mark) => marks.issued.contains(&mark),
        None => !marks.is_kept,
    };
    if !is_present {
        freeze(step)?;
    }
    let marks = Marks {
        is_kept: marks.is_kept || outside.is_some(),
        issued: match outside {
            Some(mark) => vec![mark],
            None => marks.issued,
        },
    };
    meta::put(step.connection, Key::Mark, &marks)?;
    renew_mark(step)
}

/// This database is an old copy: nothing is encrypted again under keys that the newer one may have used.
pub(crate) fn freeze(step: &mut Step<'_>) -> Result<(), MachineError> {
    let mut frozen = Vec::new();
    for mut conversation in Conversation::all(step.connection)? {
        if conversation.state <= ConversationState::Active {
            conversation.state = ConversationState::Restored;
            let trouble = match conversation.is_note(&step.account()?.id()) {
                true => "This profile was restored from an old copy. Your notes go on in a new log.",
                false => {
                    "This profile was restored from an old copy. To keep both of you safe it asks the other side to \
                     take it in anew; until then nothing is sent."
                }
            };
            conversation.trouble = Some(trouble.to_owned());
            conversation.save(step.connection)?;
            frozen.push(conversation);
        }
    }
    if frozen.is_empty() {
        return Ok(());
    }
    for conversation in frozen {
        views::changed(step, &conversation)?;
    }
    rotation::replace_device(step)?;
    rotation::renew_if_due(step)?;
    rejoin::plan(step)
}

fn renew_mark(step: &mut Step<'_>) -> Result<(), MachineError> {
    let mut marks: Marks = meta::fetch(step.connection, Key::Mark)?.unwrap_or_default();
    let mark = Hash(step.random());
    if marks.issued.len() >= MARKS_MAX {
        // The first is the one that is known to be outside.
        marks.issued.remove(1);
    }
    marks.issued.push(mark);
    meta::put(step.connection, Key::Mark, &marks)?;
    step.live.sent_since_mark = 0;
    step.outputs.push(Output::Mark(mark.0));
    Ok(())
}

/// Counts an encryption; every so many the mark is renewed.
pub(crate) fn count_generation(step: &mut Step<'_>) -> Result<(), MachineError> {
    step.live.sent_since_mark = step.live.sent_since_mark.saturating_add(1);
    if step.live.sent_since_mark >= GENERATIONS_PER_MARK {
        renew_mark(step)
    } else {
        Ok(())
    }
}

/// Takes up all that was under way.
pub(crate) fn resume(step: &mut Step<'_>) -> Result<(), MachineError> {
    let Some(stage) = step.account.as_ref().map(|account| account.stage) else {
        return Ok(());
    };
    registration::resume(step)?;
    match stage {
        Stage::Unnamed | Stage::Registering => return Ok(()),
        Stage::Released => {}
        Stage::Registered => {
            inbox::subscribe(step)?;
            inbox::check_unchecked(step)?;
            registration::look_up(step)?;
            keypackages::plan(step);
            keypackages::look_after(step)?;
            rotation::renew_if_due(step)?;
        }
    }
    watch::plan(step);
    scheduled::plan(step)?;
    rejoin::plan(step)?;
    for conversation in Conversation::all(step.connection)? {
        if receipts::is_owed(step, &conversation)? {
            receipts::due(step, conversation.id)?;
        }
        for member in Member::all(step.connection, conversation.id)? {
            incoming::watch_gap(step, &conversation, &member)?;
        }
        safety::catch_up(step, &conversation)?;
        follow(step, &conversation)?;
        if conversation.state == ConversationState::Starting {
            commits::submit(step, &conversation)?;
        }
    }
    blobs::resume(step)
}

/// Follows a conversation's log, unless the log has not been created yet.
pub(crate) fn follow(step: &mut Step<'_>, conversation: &Conversation) -> Result<(), MachineError> {
    let pending = PendingCommit::of(step.connection, conversation.id)?;
    if pending.is_some_and(|pending| pending.stage == CommitStage::CreateLog) {
        return Ok(());
    }
    subscriptions::subscribe(step, conversation)
}
