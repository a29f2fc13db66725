//! Direct connections: whom to dial, what to offer, what to take.

use xchat_proto::address::Endpoint;
use xchat_proto::codec;
use xchat_proto::ids::{Hash, LogId, NodeId};
use xchat_proto::peer_wire::{PeerFrame, Verdict};

use crate::content::Part;
use crate::error::MachineError;
use crate::io::{MessageState, Output};
use crate::machine::incoming::{self, Fate};
use crate::machine::live::Retry;
use crate::machine::step::Step;
use crate::machine::{blobs, ephemeral, outgoing, privacy, receipts, views};
use crate::rows::conversation::Conversation;
use crate::rows::member::Member;
use crate::rows::{message, outbox};

const REDIAL_FIRST_MS: u64 = 2_000;
const REDIAL_MOST_MS: u64 = 60_000;
/// Most devices that are dialled.
const PEERS_MAX: usize = 256;

/// Tells the members where this device is, when that has changed.
pub(crate) fn announce(step: &mut Step<'_>, conversation: &mut Conversation) -> Result<(), MachineError> {
    let Some(endpoint) = step.live.own_endpoint.clone() else {
        return Ok(());
    };
    if !conversation.is_active() || conversation.is_note(&step.account()?.id()) {
        return Ok(());
    }
    if !privacy::of(step.connection, conversation)?.delivery {
        return Ok(());
    }
    let encoded = codec::encode(&endpoint);
    if conversation.announced.as_deref() == Some(encoded.as_slice()) {
        return Ok(());
    }
    conversation.announced = Some(encoded);
    conversation.save(step.connection)?;
    outgoing::write(step, conversation, Part::Endpoint(endpoint))?;
    Ok(())
}

/// Where this device can be dialled, at start or when it changed.
pub(crate) fn own_endpoint(step: &mut Step<'_>, endpoint: Endpoint) -> Result<(), MachineError> {
    step.live.own_endpoint = Some(endpoint);
    for mut conversation in Conversation::all(step.connection)? {
        announce(step, &mut conversation)?;
        if conversation.is_active() && privacy::of(step.connection, &conversation)?.delivery {
            for member in Member::all(step.connection, conversation.id)? {
                if let Some(endpoint) = member.endpoint {
                    dial(step, &endpoint);
                }
            }
        }
    }
    Ok(())
}

/// Dials now, unless it stands or is under way.
pub(crate) fn dial(step: &mut Step<'_>, endpoint: &Endpoint) {
    if step.live.peers.contains(&endpoint.id) || step.live.redial.len() >= PEERS_MAX {
        return;
    }
    let under_way = step
        .live
        .redial
        .get(&endpoint.id)
        .is_some_and(|(known, retry)| retry.at_ms == u64::MAX && known == endpoint);
    if !under_way {
        let retry = Retry {
            at_ms: u64::MAX,
            attempt: 0,
        };
        step.live.redial.insert(endpoint.id, (endpoint.clone(), retry));
        step.outputs.push(Output::Dial(endpoint.clone()));
    }
}

/// Dials when nothing was planned for it yet.
pub(crate) fn dial_when_due(step: &mut Step<'_>, endpoint: &Endpoint) {
    if !step.live.redial.contains_key(&endpoint.id) {
        dial(step, endpoint);
    }
}

/// Dials again where it is time.
pub(crate) fn wake(step: &mut Step<'_>) {
    let now_ms = step.now_ms;
    let mut dials = Vec::new();
    for (endpoint, retry) in step.live.redial.values_mut() {
        if retry.at_ms <= now_ms {
            retry.at_ms = u64::MAX;
            dials.push(Output::Dial(endpoint.clone()));
        }
    }
    step.outputs.extend(dials);
}

/// A direct connection stands.
pub(crate) fn up(step: &mut Step<'_>, peer: NodeId) -> Result<(), MachineError> {
    step.live.redial.remove(&peer);
    if !step.live.peers.insert(peer) {
        return Ok(());
    }
    for member in Member::by_endpoint(step.connection, &peer)? {
        if let Some(mut conversation) = Conversation::by_id(step.connection, member.conversation)? {
            connected(step, &mut conversation, peer)?;
        }
    }
    Ok(())
}

/// A member has told where it is. It may have dialled us before we knew that it is the one.
pub(crate) fn told(
    step: &mut Step<'_>,
    conversation: &mut Conversation,
    endpoint: &Endpoint,
) -> Result<(), MachineError> {
    if step.live.peers.contains(&endpoint.id) {
        return connected(step, conversation, endpoint.id);
    }
    if privacy::of(step.connection, conversation)?.delivery {
        dial(step, endpoint);
    }
    Ok(())
}

/// A member is connected directly: what is on its way is offered.
fn connected(step: &mut Step<'_>, conversation: &mut Conversation, peer: NodeId) -> Result<(), MachineError> {
    if !conversation.is_active() {
        return Ok(());
    }
    let goes_directly = privacy::of(step.connection, conversation)?.delivery;
    for sealed in outbox::sealed(step.connection, conversation.id)? {
        if goes_directly && !sealed.direct {
            outgoing::offer(step, conversation, peer, &sealed)?;
        }
    }
    outgoing::flush(step, conversation)?;
    blobs::look_again(step, conversation)?;
    ephemeral::greet(step, conversation)?;
    views::changed(step, conversation)
}

/// A direct connection is gone, or could not be made.
pub(crate) fn down(step: &mut Step<'_>, peer: NodeId) -> Result<(), MachineError> {
    let stood = step.live.peers.remove(&peer);
    let members = Member::by_endpoint(step.connection, &peer)?;
    if let Some(endpoint) = members.first().and_then(|member| member.endpoint.clone()) {
        let before = step
            .live
            .redial
            .get(&peer)
            .map(|(_, retry)| *retry)
            .unwrap_or_default();
        let chance = u32::from_be_bytes(step.random());
        let retry = before.after(step.now_ms, REDIAL_FIRST_MS, REDIAL_MOST_MS, chance);
        step.live.redial.insert(peer, (endpoint, retry));
    } else {
        step.live.redial.remove(&peer);
    }
    if stood {
        for member in members {
            if let Some(conversation) = Conversation::by_id(step.connection, member.conversation)? {
                blobs::look_again(step, &conversation)?;
                views::changed(step, &conversation)?;
            }
        }
    }
    Ok(())
}

/// The conversation of a log, when the endpoint belongs to one of its members.
pub(crate) fn known(
    step: &Step<'_>,
    peer: &NodeId,
    log: &LogId,
) -> Result<Option<(Conversation, Member)>, MachineError> {
    let Some(conversation) = Conversation::by_log(step.connection, log)? else {
        return Ok(None);
    };
    let members = Member::all(step.connection, conversation.id)?;
    let is_theirs = |member: &Member| {
        member
            .endpoint
            .as_ref()
            .is_some_and(|endpoint| endpoint.id == *peer)
    };
    Ok(members
        .into_iter()
        .find(is_theirs)
        .map(|member| (conversation, member)))
}

/// A frame came over a direct connection.
pub(crate) fn frame(step: &mut Step<'_>, peer: NodeId, frame: PeerFrame) -> Result<(), MachineError> {
    match frame {
        PeerFrame::Offer { log, epoch, envelope } => {
            let verdict = offered(step, &peer, &log, epoch, envelope.as_slice())?;
            let envelope = Hash::of_envelope(envelope.as_slice());
            step.outputs.push(Output::Peer {
                peer,
                frame: PeerFrame::Answer {
                    log,
                    envelope,
                    verdict,
                },
            });
            Ok(())
        }
        PeerFrame::Answer {
            log,
            envelope,
            verdict,
        } => answered(step, &peer, &log, &envelope, verdict),
        PeerFrame::Ephemeral { log, epoch, envelope } => match known(step, &peer, &log)? {
            Some((conversation, _)) => ephemeral::came(step, &conversation, epoch, envelope.as_slice()),
            None => Ok(()),
        },
    }
}

/// A device offers an envelope. A stale epoch is refused: only the log says what came before its end (CNV-10).
fn offered(
    step: &mut Step<'_>,
    peer: &NodeId,
    log: &LogId,
    epoch: u64,
    envelope: &[u8],
) -> Result<Verdict, MachineError> {
    let Some((mut conversation, _)) = known(step, peer, log)? else {
        return Ok(Verdict::Refused);
    };
    // That it has come is a receipt.
    if !conversation.is_active() || !privacy::of(step.connection, &conversation)?.delivery {
        return Ok(Verdict::Refused);
    }
    match epoch.cmp(&conversation.epoch) {
        std::cmp::Ordering::Less => Ok(Verdict::StaleEpoch),
        std::cmp::Ordering::Greater => Ok(Verdict::FutureEpoch),
        std::cmp::Ordering::Equal => Ok(match incoming::envelope(step, &mut conversation, envelope)? {
            Fate::Stored => Verdict::Stored,
            Fate::Refused => Verdict::Refused,
        }),
    }
}

/// A device answers an offer of ours.
fn answered(
    step: &mut Step<'_>,
    peer: &NodeId,
    log: &LogId,
    envelope: &Hash,
    verdict: Verdict,
) -> Result<(), MachineError> {
    if verdict != Verdict::Stored {
        return Ok(());
    }
    let Some((mut conversation, mut member)) = known(step, peer, log)? else {
        return Ok(());
    };
    // The home may have been faster: then it is in the outbox no more.
    let Some(own) = outbox::own_message(step.connection, conversation.id, envelope)? else {
        return Ok(());
    };
    // With one other device, its answer is everybody's.
    let alone = Member::all(step.connection, conversation.id)?.len() == 1;
    if alone
        && let Some(sealed) = outbox::by_hash(step.connection, envelope)?
        && !sealed.direct
    {
        outbox::mark_direct(step.connection, sealed.row)?;
    }
    if let Some(counter) = message::counter_of(step.connection, conversation.id, &own)? {
        let before = receipts::reached(step, &conversation)?;
        if counter == member.has.saturating_add(1) {
            member.has = counter;
            member.save(step.connection)?;
        }
        if alone {
            outgoing::raise(step, conversation.id, &own, MessageState::Delivered)?;
        } else {
            receipts::raise(step, &conversation, before)?;
        }
    }
    outgoing::flush(step, &mut conversation)
}
