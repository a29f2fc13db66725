//! What goes out: contents into the outbox, envelopes to the home and to the devices.

use xchat_proto::codec::Blob;
use xchat_proto::ids::{Hash, MessageId};
use xchat_proto::limits::{DIRECT_DEVICES_MAX, GENERATION_MAX, UNACKNOWLEDGED_MAX};
use xchat_proto::mailbox_wire::Request;
use xchat_proto::peer_wire::PeerFrame;

use crate::content::{Content, Part};
use crate::envelope::EnvelopeTag;
use crate::error::MachineError;
use crate::group;
use crate::io::{ConversationId, Event, Lane, MessageState, MessageView, Output};
use crate::machine::live::Purpose;
use crate::machine::step::{Step, Via};
use crate::machine::{acts, chats, commits, expiry, files, privacy, resume, safety, views};
use crate::rows::conversation::Conversation;
use crate::rows::member::Member;
use crate::rows::message::{self, Kind, NewMessage};
use crate::rows::outbox::{self, Sealed};
use crate::rows::{block, transfer};

/// A generation count at which the leaf is renewed, well before the limit.
const GENERATION_UPDATE: u64 = (GENERATION_MAX as u64) / 5 * 4;

/// Most envelopes on their way to homes, of all conversations.
const APPENDING_MAX: usize = UNACKNOWLEDGED_MAX * 3;

/// A content that is to be written.
pub(crate) struct Draft {
    pub(crate) part: Part,
    pub(crate) replaces: Option<MessageId>,
    pub(crate) in_reply_to: Option<MessageId>,
    pub(crate) timer_s: Option<u32>,
    pub(crate) is_forwarded: bool,
    /// What its readers can answer with one touch.
    pub(crate) answers: Vec<String>,
    /// What it must not sort before, by its clock in Unix milliseconds.
    pub(crate) after_ms: u64,
    /// What its files are called on the disk.
    pub(crate) on_disk: Vec<[u8; 16]>,
}

impl From<Part> for Draft {
    fn from(part: Part) -> Self {
        Self {
            part,
            replaces: None,
            in_reply_to: None,
            timer_s: None,
            is_forwarded: false,
            answers: Vec::new(),
            after_ms: 0,
            on_disk: Vec::new(),
        }
    }
}

/// Writes a content: message row (when it is counted) and outbox row, and sends it as far as possible. Gives what
/// people see of it.
pub(crate) fn write(
    step: &mut Step<'_>,
    conversation: &mut Conversation,
    draft: impl Into<Draft>,
) -> Result<Option<MessageView>, MachineError> {
    let Draft {
        part,
        replaces,
        in_reply_to,
        timer_s,
        is_forwarded,
        answers,
        after_ms,
        on_disk,
    } = draft.into();
    let device = step.account()?.device_key().public();
    let is_counted = part.is_counted();
    // Behind nothing that this device has seen, so that an answer never sorts before its question.
    let clock_ms = step.now_ms.max(conversation.clock_ms.saturating_add(1));
    let mut counter = 0;
    if is_counted {
        // What comes later need not come after what this must come after.
        conversation.clock_ms = clock_ms;
        conversation.counter = conversation.counter.saturating_add(1);
        counter = conversation.counter;
    }
    let clock_ms = clock_ms.max(after_ms.saturating_add(1));
    let content = Content {
        salt: step.random(),
        replaces,
        timer_s,
        in_reply_to,
        counter,
        clock_ms,
        is_forwarded,
        answers,
        part,
    };
    let bytes = content.encode()?;
    let id = content.id(&device, &conversation.log, &bytes);
    let mut view = None;
    let about = acts::kind(&content);
    if is_counted {
        let (kind, target) = about;
        let new = NewMessage {
            conversation: conversation.id,
            device,
            id,
            counter,
            clock_ms,
            stored_ms: step.now_ms,
            kind,
            author: None,
            target: target.as_ref(),
            is_forwarded,
            content: &bytes,
            text: &acts::text(&content, kind),
        };
        if let Some(row) = message::insert(step.connection, &new)? {
            tell_of(step, conversation, (&content, kind, row), &on_disk)?;
            view = views::message(step, conversation, row)?;
        }
    }
    outbox::insert(step.connection, conversation.id, &id, &bytes)?;
    conversation.save(step.connection)?;
    if let Some(view) = &view {
        step.emit(Event::Message(view.clone()));
        chats::came(step, conversation, false)?;
        if view.notice.is_some() {
            views::changed(step, conversation)?;
        }
    }
    acts::stored(step, conversation, about)?;
    flush(step, conversation)?;
    Ok(view)
}

/// Stores what people see of a content besides its text, and when it disappears.
fn tell_of(
    step: &mut Step<'_>,
    conversation: &Conversation,
    (content, kind, row): (&Content, Kind, i64),
    on_disk: &[[u8; 16]],
) -> Result<(), MachineError> {
    if kind.is_shown() {
        acts::asked(step.connection, row, content)?;
    }
    if let Part::Files(attached) = &content.part {
        files::written(step, conversation, row, (attached, on_disk))?;
    }
    expiry::stored(step, conversation.id, None, (content, kind, row))
}

/// Encrypts what waits, as far as window and generation allow, and sends it (CNV-07, CNV-08).
pub(crate) fn flush(step: &mut Step<'_>, conversation: &mut Conversation) -> Result<(), MachineError> {
    if !conversation.is_active() || !may_encrypt(step, conversation) {
        return Ok(());
    }
    if block::is_blocked(step.connection, &conversation.account)? {
        return Ok(());
    }
    if safety::is_in_doubt(step.connection, conversation)? {
        // What was written to somebody who had been verified does not go to another key unseen (SAF-05).
        return Ok(());
    }
    let mut room =
        UNACKNOWLEDGED_MAX.saturating_sub(outbox::unacknowledged(step.connection, conversation.id)?);
    while room > 0 && conversation.generation.saturating_add(1) < u64::from(GENERATION_MAX) {
        let Some((row, id, content)) = outbox::next_open(step.connection, conversation.id)? else {
            break;
        };
        seal(step, conversation, row, &id, &content)?;
        room = room.saturating_sub(1);
    }
    if conversation.generation >= GENERATION_UPDATE {
        commits::update(step, conversation)?;
    }
    Ok(())
}

/// After the start nothing is encrypted before the log has been read to its end, or its home is known to be away: it
/// might show that this database is an old copy (CNV-12).
fn may_encrypt(step: &Step<'_>, conversation: &Conversation) -> bool {
    let away = conversation
        .home()
        .is_some_and(|home| !step.live.home_is_up(&home.id));
    away || step.live.read_up.contains(&conversation.id)
}

fn seal(
    step: &mut Step<'_>,
    conversation: &mut Conversation,
    row: i64,
    id: &MessageId,
    content: &[u8],
) -> Result<(), MachineError> {
    let keys = step.keys(conversation)?;
    let mls = step.with_group(conversation, |provider, own, group| {
        group::send(provider, own, group, content)
    })??;
    let tag = EnvelopeTag::of_device(&step.account()?.device_key());
    let envelope = keys.seal(&conversation.log, &mls, &tag)?;
    let hash = Hash::of_envelope(&envelope);
    outbox::seal(step.connection, row, conversation.epoch, &envelope, &hash)?;
    outbox::see(step.connection, conversation.id, &hash, Some(id))?;
    conversation.generation = conversation.generation.saturating_add(1);
    conversation.save(step.connection)?;
    resume::count_generation(step)?;
    let sealed = Sealed {
        row,
        conversation: conversation.id,
        message: *id,
        envelope,
        direct: false,
    };
    // The direct way is the faster one, and the home has its own disk to wait for.
    offer_to_all(step, conversation, &sealed)?;
    append(step, conversation, &sealed)
}

/// Sends what is encrypted and not acknowledged to the home, in order.
pub(crate) fn append_all(step: &mut Step<'_>, conversation: &Conversation) -> Result<(), MachineError> {
    if !conversation.is_active() || block::is_blocked(step.connection, &conversation.account)? {
        return Ok(());
    }
    for sealed in outbox::sealed(step.connection, conversation.id)? {
        append(step, conversation, &sealed)?;
    }
    Ok(())
}

fn append(step: &mut Step<'_>, conversation: &Conversation, sealed: &Sealed) -> Result<(), MachineError> {
    let Some(home) = conversation.home() else {
        return Ok(());
    };
    if !step.live.home_is_up(&home.id) {
        return Ok(());
    }
    if step.live.appending.len() >= APPENDING_MAX {
        step.live.crowded_out.insert(conversation.id);
        return Ok(());
    }
    if !step.live.appending.insert(sealed.row) {
        return Ok(());
    }
    let capability = Some(step.capability(conversation)?);
    let purpose = Purpose::Append {
        conversation: conversation.id,
        row: sealed.row,
    };
    let envelope = Blob::new(sealed.envelope.clone())?;
    let request = Request::Append {
        log: conversation.log,
        epoch: conversation.epoch,
        envelope,
    };
    step.ask_home(
        purpose,
        Via {
            home,
            lane: Lane::Conversations,
            capability,
            price: None,
        },
        request,
    );
    Ok(())
}

fn offer_to_all(
    step: &mut Step<'_>,
    conversation: &Conversation,
    sealed: &Sealed,
) -> Result<(), MachineError> {
    let members = Member::all(step.connection, conversation.id)?;
    if members.len() > DIRECT_DEVICES_MAX || !privacy::of(step.connection, conversation)?.delivery {
        return Ok(());
    }
    for member in members {
        if let Some(endpoint) = &member.endpoint {
            if step.live.peers.contains(&endpoint.id) {
                offer(step, conversation, endpoint.id, sealed)?;
            } else {
                crate::machine::peers::dial_when_due(step, endpoint);
            }
        }
    }
    Ok(())
}

/// Offers one envelope to one device.
pub(crate) fn offer(
    step: &mut Step<'_>,
    conversation: &Conversation,
    peer: xchat_proto::ids::NodeId,
    sealed: &Sealed,
) -> Result<(), MachineError> {
    let envelope = Blob::new(sealed.envelope.clone())?;
    let frame = PeerFrame::Offer {
        log: conversation.log,
        epoch: conversation.epoch,
        envelope,
    };
    step.outputs.push(Output::Peer { peer, frame });
    Ok(())
}

/// The home has the envelope on disk.
pub(crate) fn appended(
    step: &mut Step<'_>,
    conversation: ConversationId,
    row: i64,
) -> Result<(), MachineError> {
    step.live.appending.remove(&row);
    let Some(mut conversation) = Conversation::by_id(step.connection, conversation)? else {
        return Ok(());
    };
    if let Some(sealed) = outbox::by_row(step.connection, row)? {
        acknowledge(step, &mut conversation, &sealed)?;
    }
    // There is room for those that found none.
    if let Some(id) = step.live.crowded_out.pop_first()
        && let Some(conversation) = Conversation::by_id(step.connection, id)?
    {
        append_all(step, &conversation)?;
    }
    Ok(())
}

/// Takes a stored envelope out of the outbox.
pub(crate) fn acknowledge(
    step: &mut Step<'_>,
    conversation: &mut Conversation,
    sealed: &Sealed,
) -> Result<(), MachineError> {
    outbox::remove(step.connection, sealed.row)?;
    if message::is_erased(step.connection, conversation.id, &sealed.message)? {
        expiry::scrub(step);
    }
    step.live.appending.remove(&sealed.row);
    raise(step, conversation.id, &sealed.message, MessageState::Sent)?;
    flush(step, conversation)
}

/// Raises a message's state and says so.
pub(crate) fn raise(
    step: &mut Step<'_>,
    conversation: ConversationId,
    id: &MessageId,
    state: MessageState,
) -> Result<(), MachineError> {
    let raised = message::raise_state(step.connection, conversation, id, state)?;
    if raised.is_erased {
        expiry::scrub(step);
    }
    if raised.is_seen && !transfer::is_waited_for(step.connection, conversation, id)? {
        step.emit(Event::State {
            conversation,
            id: *id,
            state,
        });
    }
    Ok(())
}
