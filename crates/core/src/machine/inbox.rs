//! The own inbox: sealed invitations become message requests.

use xchat_proto::codec;
use xchat_proto::identity::VerifiedDevice;
use xchat_proto::invitation::{InboxMessage, SealedContent, invitation_hash};
use xchat_proto::limits::ENVELOPE_BYTES_MAX;
use xchat_proto::mailbox_wire::{EntryBody, Request, SubscriptionFrame};

use crate::account::Stage;
use crate::error::MachineError;
use crate::io::{Event, Lane, Output, RequestId};
use crate::machine::directory::Answered;
use crate::machine::live::Purpose;
use crate::machine::query::{self, Care};
use crate::machine::step::{Step, Via};
use crate::machine::{calls, privacy, rejoin, safety, subscriptions};
use crate::meta::{self, Key};
use crate::rows::conversation::Conversation;
use crate::rows::evidence;
use crate::rows::identity::Proved;
use crate::rows::request::{RequestState, StoredRequest};
use crate::seal;

/// How many requests may wait for the user; strangers pay for each, and more than this nobody reads.
const REQUESTS_MAX: usize = 1000;

/// Subscribes to the own inbox.
pub(crate) fn subscribe(step: &mut Step<'_>) -> Result<(), MachineError> {
    let account = step.account()?;
    if account.stage != Stage::Registered {
        return Ok(());
    }
    let (log, homes) = (account.inbox, account.homes.clone());
    let Some(home) = homes.as_slice().first() else {
        return Ok(());
    };
    let capability = step.inbox_capability()?;
    let from = meta::fetch(step.connection, Key::InboxCursor)?.unwrap_or(0);
    step.live.subscribed.insert(log, 0);
    let lane = Lane::Inbox;
    step.outputs.push(Output::Subscribe {
        home: home.clone(),
        lane,
        capability,
        log,
        epoch: 0,
        from,
    });
    Ok(())
}

/// A frame of the inbox subscription.
pub(crate) fn frame(step: &mut Step<'_>, frame: SubscriptionFrame) -> Result<(), MachineError> {
    let (log, home) = {
        let account = step.account()?;
        (account.inbox, account.homes.as_slice().first().cloned())
    };
    match frame {
        SubscriptionFrame::Entry(entry) => {
            if let EntryBody::Envelope(bytes) = &entry.body {
                deposited(step, bytes.as_slice())?;
            }
            meta::put(step.connection, Key::InboxCursor, &entry.index.saturating_add(1))?;
        }
        SubscriptionFrame::CaughtUp => {
            step.live.resubscribe.remove(&log);
            step.live.inbox_read_up = true;
            let before: u64 = meta::fetch(step.connection, Key::InboxCursor)?.unwrap_or(0);
            if let Some(home) = home.as_ref().filter(|_| before > 0) {
                let capability = Some(step.inbox_capability()?);
                let via = Via {
                    home,
                    lane: Lane::Inbox,
                    capability,
                    price: None,
                };
                step.ask_home(Purpose::TrimInbox, via, Request::TrimInbox { log, before });
            }
        }
        SubscriptionFrame::Refused(_) => {
            step.live.subscribed.remove(&log);
            let before = step.live.resubscribe.get(&log).copied().unwrap_or_default();
            let retry = before.after(step.now_ms, 1_000, 60_000, 0);
            step.live.resubscribe.insert(log, retry);
            return Ok(());
        }
        SubscriptionFrame::Ephemeral(_) => {}
    }
    match home {
        Some(home) => subscriptions::home_up(step, home.id),
        None => Ok(()),
    }
}

fn deposited(step: &mut Step<'_>, bytes: &[u8]) -> Result<(), MachineError> {
    let Some(opened) = unseal(step, bytes)? else {
        tracing::debug!("a deposit does not open under any inbox key");
        return Ok(());
    };
    let content = match codec::decode::<InboxMessage>(&opened, ENVELOPE_BYTES_MAX) {
        Ok(InboxMessage::Invitation(content)) => content,
        Ok(InboxMessage::Rejoin(request)) => return rejoin::asked(step, &request),
        Err(error) => {
            tracing::debug!(%error, "a deposit is malformed");
            return Ok(());
        }
    };
    let opened = codec::encode(&content);
    let Some((content, sender)) = verify(step, &opened)? else {
        tracing::debug!("a deposit's sender is not who it claims to be");
        return Ok(());
    };
    if let Some(conversation) = Conversation::by_log(step.connection, &content.invitation.log)? {
        return rejoin::welcomed(step, conversation, content.invitation, &sender);
    }
    if !privacy::takes_request(step, &sender.account)? {
        return Ok(());
    }
    if StoredRequest::in_state(step.connection, RequestState::Waiting)?.len() >= REQUESTS_MAX {
        return Ok(());
    }
    let mut request = StoredRequest {
        id: RequestId(0),
        log: content.invitation.log,
        from: sender.name,
        account: sender.account,
        since_ms: None,
        received_ms: step.now_ms,
        state: RequestState::Unchecked,
        sealed: opened,
    };
    if request.insert(step.connection)? {
        check(step, &request)?;
    }
    Ok(())
}

fn unseal(step: &Step<'_>, bytes: &[u8]) -> Result<Option<Vec<u8>>, MachineError> {
    let log = step.account()?.inbox;
    let mut statement = step
        .connection
        .prepare_cached("SELECT private FROM inbox_key ORDER BY created_ms DESC LIMIT 8")?;
    let keys = statement
        .query_map([], |row| row.get::<_, Vec<u8>>(0))?
        .collect::<Result<Vec<_>, _>>()?;
    Ok(keys
        .iter()
        .find_map(|private| seal::open(step.crypto, private, &log, bytes).ok()))
}

/// Checks a deposit from itself alone: the chain, and that its device signed exactly this, for us (CON-03).
pub(crate) fn verify(
    step: &Step<'_>,
    opened: &[u8],
) -> Result<Option<(SealedContent, VerifiedDevice)>, MachineError> {
    let own = step.account()?.id();
    let Ok(content) = codec::decode::<SealedContent>(opened, ENVELOPE_BYTES_MAX) else {
        return Ok(None);
    };
    let Ok(sender) = content.sender.verify() else {
        return Ok(None);
    };
    let Ok(statement) = content.statement.verify(&sender.device) else {
        return Ok(None);
    };
    let genuine = statement.recipient == own
        && content.invitation.recipient == own
        && statement.invitation == invitation_hash(&content.invitation)
        && sender.account != own;
    Ok(genuine.then_some((content, sender)))
}

/// Asks the directory whether the sender has the name that it claims.
fn check(step: &mut Step<'_>, request: &StoredRequest) -> Result<(), MachineError> {
    if evidence::is_unseen(step.connection)? {
        // Asked once the user has seen that the operators lie.
        return Ok(());
    }
    let purpose = Purpose::RequestSender(request.id);
    query::look_up(step, purpose, request.from.clone(), Care::Two)
}

/// Asks again for those that could not be checked.
pub(crate) fn check_unchecked(step: &mut Step<'_>) -> Result<(), MachineError> {
    if !query::is_asked(step, |purpose| matches!(purpose, Purpose::RequestSender(_))) {
        for request in StoredRequest::in_state(step.connection, RequestState::Unchecked)? {
            check(step, &request)?;
        }
    }
    Ok(())
}

/// The directory proved what the sender's name stands for.
pub(crate) fn checked(step: &mut Step<'_>, id: RequestId, answered: &Answered) -> Result<(), MachineError> {
    let Some(mut request) = StoredRequest::by_id(step.connection, id)? else {
        return Ok(());
    };
    if request.state != RequestState::Unchecked {
        return Ok(());
    }
    let record = answered
        .name
        .record
        .as_ref()
        .filter(|found| found.record.account == request.account);
    let genuine = match record {
        None => false,
        Some(found) => {
            // The chain must lead to the identity key that the directory has now.
            let content = verify(step, &request.sealed)?;
            let newest = content.map(|(_, sender)| sender.identity.key);
            let present = found.record.identity.unverified().ok().map(|link| link.key);
            newest.is_some() && newest == present
        }
    };
    if !genuine {
        tracing::debug!("a message request claims a name that is not its sender's");
        request.state = RequestState::Done;
        return request.save(step.connection);
    }
    request.since_ms = record.map(|found| found.stored.registered_ms);
    Proved::keep(step.connection, &request.from, answered.parts(), step.now_ms)?;
    safety::proved(step, &request.from)?;
    request.state = RequestState::Waiting;
    request.save(step.connection)?;
    let known = Conversation::all(step.connection)?
        .into_iter()
        .any(|known| known.account == request.account);
    if known {
        // Somebody with whom there is a conversation already: it goes on in this one.
        if let Err(error) = calls::accept(step, id) {
            tracing::debug!(%error, "a known contact's invitation does not hold");
        }
        return Ok(());
    }
    step.emit(Event::Request(request.view()));
    Ok(())
}

/// The sender could not be checked now.
pub(crate) fn check_later(step: &mut Step<'_>) {
    let at_ms = step.now_ms.saturating_add(15_000);
    step.live.upkeep_at = Some(step.live.upkeep_at.map_or(at_ms, |before| before.min(at_ms)));
}
