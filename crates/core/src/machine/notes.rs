//! The note to oneself: a conversation with nobody else in it. Its log at the home is written like any other.

use rand_core::CryptoRng;
use xchat_proto::ids::LogId;

use crate::account::Stage as AccountStage;
use crate::error::MachineError;
use crate::group;
use crate::io::{ConversationId, ConversationState};
use crate::machine::refusals::NoteError;
use crate::machine::step::{self, Step};
use crate::machine::{Machine, commits, rejoin, views};
use crate::rows::conversation::Conversation;
use crate::rows::outbox;
use crate::rows::pending::PendingCommit;

impl Machine {
    /// The note to oneself; it is made when there is none yet.
    ///
    /// # Errors
    /// [`NoteError`] when this account has no name yet.
    pub fn note(&mut self, now_ms: u64, rng: &mut dyn CryptoRng) -> Result<ConversationId, NoteError> {
        self.step(now_ms, rng, |step| {
            let account = step.account.as_ref();
            let is_named = |stage| matches!(stage, AccountStage::Registered | AccountStage::Released);
            let account = account.filter(|account| is_named(account.stage));
            let account = account.ok_or(NoteError::NotRegistered)?;
            let (own, name) = (account.id(), account.name.clone());
            let all = Conversation::all(step.connection)?;
            match all.into_iter().find(|known| known.is_note(&own)) {
                Some(known) if known.state <= ConversationState::Active => Ok(known.id),
                Some(known) => Ok(begin_anew(step, known)?),
                None => {
                    let peer = name.ok_or(NoteError::NotRegistered)?;
                    let homes = step::homes(step.own_homes());
                    let mut note = Conversation::new(LogId(step.random()), homes, peer, own, step.now_ms);
                    note.insert(step.connection)?;
                    begin(step, &note)?;
                    Ok(note.id)
                }
            }
        })
    }
}

/// Builds the group, and the commit that makes the conversation active once its log is there.
fn begin(step: &mut Step<'_>, note: &Conversation) -> Result<(), MachineError> {
    let (pending, _) = commits::found(step, note, Vec::new())?;
    pending.save(step.connection, note.id)?;
    commits::submit(step, note)?;
    views::changed(step, note)
}

/// Goes on in a new group and a new log: there is nobody who could take this device in again. History stays, and what
/// waited goes there.
pub(crate) fn begin_anew(
    step: &mut Step<'_>,
    mut note: Conversation,
) -> Result<ConversationId, MachineError> {
    let (id, before) = (note.id, note.log);
    step.mls(|provider, _| group::erase(provider, &before))??;
    for sealed in outbox::sealed(step.connection, id)? {
        step.live.appending.remove(&sealed.row);
    }
    PendingCommit::remove(step.connection, id)?;
    outbox::unseal_all(step.connection, id)?;
    outbox::forget_seen(step.connection, id)?;
    step.live.groups.remove(&id);
    step.live.keys.remove(&id);
    step.live.committing.remove(&id);
    step.live.read_up.remove(&id);
    step.live.rejoin_at.remove(&id);
    step.live.subscribed.remove(&before);
    step.live.resubscribe.remove(&before);
    let log = LogId(step.random());
    let homes = step::homes(step.own_homes());
    note = Conversation {
        id,
        clock_ms: note.clock_ms,
        counter: note.counter,
        ..Conversation::new(log, homes, note.peer, note.account, step.now_ms)
    };
    note.save_log(step.connection)?;
    note.save(step.connection)?;
    rejoin::count_anew(step, &mut note)?;
    begin(step, &note)?;
    Ok(id)
}
