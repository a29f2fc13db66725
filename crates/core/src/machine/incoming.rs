//! What comes in: envelopes by the log or directly, and the contents inside them.

use xchat_proto::ids::Hash;
use xchat_proto::keys::PublicKey;
use xchat_proto::limits::CLOCK_AHEAD_MS_MAX;
use xchat_proto::name::Name;

use crate::content::{Content, Gone, Part, Resend};
use crate::envelope::EnvelopeTag;
use crate::error::MachineError;
use crate::group::{self, GroupError, Received};
use crate::io::Event;
use crate::machine::step::Step;
use crate::machine::{acts, blobs, chats, expiry, files, outgoing, peers, profile, receipts, resume, views};
use crate::rows::conversation::Conversation;
use crate::rows::member::Member;
use crate::rows::message::{self, Kind, NewMessage};
use crate::rows::outbox;
use crate::rows::{act, block};

/// How long a gap may stand before the missing messages are asked for, in milliseconds.
const GAP_PATIENCE_MS: u64 = 10_000;
/// Most messages asked for, or sent again, at once.
const RESEND_MAX: u64 = 64;

/// What became of an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// On disk, now or before.
    Stored,
    /// Not for us, or not decipherable.
    Refused,
}

/// Takes an envelope of the present epoch, from wherever it came.
pub(crate) fn envelope(
    step: &mut Step<'_>,
    conversation: &mut Conversation,
    bytes: &[u8],
) -> Result<Fate, MachineError> {
    let hash = Hash::of_envelope(bytes);
    if outbox::is_seen(step.connection, conversation.id, &hash)? {
        return Ok(Fate::Stored);
    }
    let keys = step.keys(conversation)?;
    let Ok(mls) = keys.open(&conversation.log, bytes) else {
        return Ok(Fate::Refused);
    };
    let tag = EnvelopeTag::of_device(&step.account()?.device_key());
    let own = keys.is_own(&conversation.log, bytes, &mls, &tag);
    let received = step.with_group(conversation, |provider, _, group| {
        group::receive(provider, group, &mls)
    })?;
    let fate = match received {
        Ok(Received::Message(device, bytes)) => {
            content(step, conversation, device, &bytes)?;
            Fate::Stored
        }
        // Ours by its tag, and not known here: a newer copy of this database has sent it (CNV-12).
        Ok(Received::Own) if own => {
            resume::freeze(step)?;
            *conversation = Conversation::by_id(step.connection, conversation.id)?
                .ok_or_else(|| MachineError::Bug("a conversation vanished".to_owned()))?;
            Fate::Stored
        }
        // It names this device, and is not by it: another member's mischief.
        Ok(Received::Own) => Fate::Refused,
        Err(GroupError::KeyUsed) => Fate::Stored,
        // A commit counts only as a decided value (LOG-08), never as an envelope.
        Ok(Received::Commit(_)) => Fate::Refused,
        Err(GroupError::Bug(error)) => return Err(MachineError::Bug(error)),
        Err(_) => Fate::Refused,
    };
    if fate == Fate::Stored {
        outbox::see(step.connection, conversation.id, &hash, None)?;
    }
    Ok(fate)
}

fn content(
    step: &mut Step<'_>,
    conversation: &mut Conversation,
    device: PublicKey,
    bytes: &[u8],
) -> Result<(), MachineError> {
    let Some(mut member) = Member::one(step.connection, conversation.id, &device)? else {
        return Ok(());
    };
    if block::is_blocked(step.connection, &member.account)? {
        // Nothing of it is kept, not even its place: should they ever be unblocked, it is asked for.
        return Ok(());
    }
    let content = match Content::decode(bytes) {
        Ok(content) => content,
        Err(error) => {
            tracing::debug!(%error, "a member sent a malformed content");
            return Ok(());
        }
    };
    let taken = match &content.part {
        _ if content.counter > 0 => store(step, conversation, &mut member, &content, bytes),
        Part::Text(_)
        | Part::Files(_)
        | Part::Poll(_)
        | Part::Vote(_)
        | Part::PollEnd
        | Part::Reaction(_)
        | Part::Void
        | Part::Setting(_)
        | Part::Pin(_)
        | Part::Profile(_)
        | Part::Unknown { .. } => Ok(()),
        Part::Receipt(receipt) => receipts::received(step, conversation, &mut member, receipt),
        Part::Endpoint(endpoint) => {
            member.endpoint = Some(endpoint.clone());
            member.save(step.connection)?;
            views::changed(step, conversation)?;
            peers::told(step, conversation, endpoint)
        }
        Part::Resend(resend) => resend_own(step, conversation, &mut member, resend),
        Part::Gone(gone) => will_not_come(step, conversation, &mut member, gone),
        Part::Fetched(files) => blobs::fetched(step, conversation, &member.device, files.hashes.as_slice()),
    };
    taken?;
    // Whoever says anything has accepted.
    profile::tell(step, conversation)
}

fn store(
    step: &mut Step<'_>,
    conversation: &mut Conversation,
    member: &mut Member,
    content: &Content,
    bytes: &[u8],
) -> Result<(), MachineError> {
    let (kind, target) = acts::kind(content);
    let id = content.id(&member.device, &conversation.log, bytes);
    let new = NewMessage {
        conversation: conversation.id,
        device: member.device,
        id,
        counter: content.counter,
        clock_ms: content.clock_ms,
        stored_ms: step.now_ms,
        kind,
        author: Some(&member.account),
        target: target.as_ref(),
        is_forwarded: content.is_forwarded,
        content: bytes,
        text: &acts::text(content, kind),
    };
    let Some(row) = message::insert(step.connection, &new)? else {
        // Sent again, or encrypted again under a later epoch: the sender did not know that it is here.
        return receipts::due(step, conversation.id);
    };
    if kind.is_shown() {
        acts::asked(step.connection, row, content)?;
        if let Part::Files(attached) = &content.part {
            files::came(step, conversation, row, attached)?;
        }
    }
    expiry::stored(step, conversation.id, Some(member), (content, kind, row))?;
    // A clock that runs far ahead must not drag ours along.
    if content.clock_ms <= step.now_ms.saturating_add(CLOCK_AHEAD_MS_MAX) {
        conversation.clock_ms = conversation.clock_ms.max(content.clock_ms);
        conversation.save(step.connection)?;
    }
    member.seen = message::contiguous(step.connection, conversation.id, &member.device, member.seen)?;
    member.save(step.connection)?;
    watch_gap(step, conversation, member)?;
    if kind.is_shown() {
        acts::settle(step, conversation, &id)?;
        if let Some(view) = views::message(step, conversation, row)? {
            if view.notice.is_some() {
                views::changed(step, conversation)?;
            } else if !view.is_deleted {
                chats::came(step, conversation, true)?;
            }
            // Nobody is called to what was deleted before it came.
            step.emit(if view.is_deleted {
                Event::Changed(view)
            } else {
                Event::Message(view)
            });
        }
    } else {
        if let Some(target) = &target {
            act::keep_first(step.connection, conversation.id, &member.device, target)?;
        }
        acts::stored(step, conversation, (kind, target))?;
        if let (Part::Profile(told), Kind::Profile) = (&content.part, kind) {
            profile::received(step, member, (content, told, row))?;
        }
    }
    receipts::due(step, conversation.id)
}

/// A gap in a device's messages is to be asked for, unless it closes soon by itself.
pub(crate) fn watch_gap(
    step: &mut Step<'_>,
    conversation: &Conversation,
    member: &Member,
) -> Result<(), MachineError> {
    if message::highest(step.connection, conversation.id, &member.device)? > member.seen {
        let at = step.now_ms.saturating_add(GAP_PATIENCE_MS);
        step.live.gaps_at.entry(conversation.id).or_insert(at);
    }
    Ok(())
}

/// Asks for what is missing, for each device once; a later gap is asked for when it shows.
pub(crate) fn ask_for_missing(
    step: &mut Step<'_>,
    conversation: &mut Conversation,
) -> Result<(), MachineError> {
    if block::is_blocked(step.connection, &conversation.account)? {
        return Ok(());
    }
    for member in Member::all(step.connection, conversation.id)? {
        let gap = message::first_gap(step.connection, conversation.id, &member.device, member.seen)?;
        if let Some((from, to)) = gap {
            let to = to.min(from.saturating_add(RESEND_MAX - 1));
            let part = Part::Resend(Resend {
                device: member.device,
                from,
                to,
            });
            outgoing::write(step, conversation, part)?;
            views::changed(step, conversation)?;
        }
    }
    Ok(())
}

fn resend_own(
    step: &mut Step<'_>,
    conversation: &mut Conversation,
    member: &mut Member,
    resend: &Resend,
) -> Result<(), MachineError> {
    let device = step.account()?.device_key().public();
    if resend.device != device {
        return Ok(());
    }
    let to = resend.to.min(resend.from.saturating_add(RESEND_MAX - 1));
    let range = |from, to| message::own_range(step.connection, conversation.id, &device, from, to);
    let mut again = range(resend.from, to)?;
    let asks_for_all = resend.to > conversation.counter;
    if asks_for_all && to < conversation.counter {
        // It shows how many there are between.
        again.extend(range(conversation.counter, conversation.counter)?);
    }
    for (id, counter, content) in again {
        if content.is_empty() {
            // It was deleted. Who asks is told, or would ask for ever.
            let gone = Gone {
                from: counter,
                to: counter,
            };
            outgoing::write(step, conversation, Part::Gone(gone))?;
        } else if !outbox::holds(step.connection, conversation.id, &id)? {
            let row = outbox::insert(step.connection, conversation.id, &id, &content)?;
            outbox::mark_left(step.connection, row)?;
        }
    }
    if asks_for_all {
        // What isn't counted may be gone as well: how far its messages have come, and where this device is.
        (member.told_seen, member.told_read) = (0, 0);
        member.save(step.connection)?;
        receipts::due(step, conversation.id)?;
        conversation.announced = None;
        peers::announce(step, conversation)?;
    }
    outgoing::flush(step, conversation)
}

/// Messages that were asked for are deleted where they came from.
fn will_not_come(
    step: &mut Step<'_>,
    conversation: &mut Conversation,
    member: &mut Member,
    gone: &Gone,
) -> Result<(), MachineError> {
    let to = gone.to.min(gone.from.saturating_add(RESEND_MAX - 1));
    for counter in gone.from.max(1)..=to {
        if i64::try_from(counter).is_err() {
            break;
        }
        let sender = (&member.device, &member.account);
        act::void(step.connection, conversation.id, sender, counter, step.now_ms)?;
    }
    member.seen = message::contiguous(step.connection, conversation.id, &member.device, member.seen)?;
    member.save(step.connection)?;
    views::changed(step, conversation)?;
    receipts::due(step, conversation.id)
}

/// Both names of a conversation: ours and theirs.
pub(crate) fn names(step: &Step<'_>, conversation: &Conversation) -> Result<(Name, Name), MachineError> {
    let own = step.account()?.name.clone();
    let own = own.ok_or_else(|| MachineError::Bug("a conversation without an own name".to_owned()))?;
    Ok((own, conversation.peer.clone()))
}
