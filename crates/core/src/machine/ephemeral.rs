//! Ephemerals: typing and presence. Passed on, never stored, and never using up an MLS generation.

use xchat_proto::codec::{self, Blob};
use xchat_proto::limits::EPHEMERAL_BYTES_MAX;
use xchat_proto::mailbox_wire::Request;
use xchat_proto::peer_wire::PeerFrame;
use xchat_proto::signed::Signed;

use crate::error::MachineError;
use crate::io::{Lane, Output};
use crate::machine::live::{Presence, Purpose};
use crate::machine::step::{Step, Via};
use crate::machine::{privacy, views};
use crate::rows::block;
use crate::rows::conversation::Conversation;
use crate::rows::member::Member;
use crate::sign::{self, Ephemeral, Sign};

/// How long somebody counts as typing after the last sign, in milliseconds.
const TYPING_MS: u64 = 6_000;
/// How long somebody counts as present after the last sign, in milliseconds.
const PRESENT_MS: u64 = 60_000;
/// How often presence is told, in milliseconds.
const PRESENT_EVERY_MS: u64 = 25_000;

/// Most signs of the next epoch that are kept for a conversation.
const EARLY_MAX: usize = 8;

/// Tells all devices of a conversation: directly where connected, else through the home.
pub(crate) fn send(step: &mut Step<'_>, conversation: &Conversation, sign: Sign) -> Result<(), MachineError> {
    let privacy = privacy::of(step.connection, conversation)?;
    let is_told = match sign {
        Sign::Typing | Sign::NotTyping => privacy.typing,
        Sign::Present | Sign::Away => privacy.presence,
    };
    if !conversation.is_active() || !is_told {
        return Ok(());
    }
    let key = step.account()?.device_key();
    // Each sign is newer than the one before, also within a millisecond: others take the rest for replays.
    let at_ms = step.now_ms.max(step.live.signed_ms.saturating_add(1));
    step.live.signed_ms = at_ms;
    let body = Ephemeral {
        device: key.public(),
        log: conversation.log,
        epoch: conversation.epoch,
        at_ms,
        sign,
    };
    let signed = codec::encode(&Signed::new(&body, &key)?);
    let keys = step.keys(conversation)?;
    let envelope: Blob<EPHEMERAL_BYTES_MAX> =
        Blob::new(keys.seal_ephemeral(&conversation.log, &signed, step.rng)?)?;
    let (log, epoch) = (conversation.log, conversation.epoch);
    let mut all_direct = true;
    for member in Member::all(step.connection, conversation.id)? {
        match member
            .endpoint
            .filter(|endpoint| step.live.peers.contains(&endpoint.id))
        {
            Some(endpoint) => {
                let frame = PeerFrame::Ephemeral {
                    log,
                    epoch,
                    envelope: envelope.clone(),
                };
                step.outputs.push(Output::Peer {
                    peer: endpoint.id,
                    frame,
                });
            }
            None => all_direct = false,
        }
    }
    let home = conversation
        .home()
        .filter(|home| !all_direct && step.live.home_is_up(&home.id));
    if let Some(home) = home {
        let capability = Some(step.capability(conversation)?);
        let via = Via {
            home,
            lane: Lane::Conversations,
            capability,
            price: None,
        };
        step.ask_home(
            Purpose::Ephemeral,
            via,
            Request::Ephemeral { log, epoch, envelope },
        );
    }
    Ok(())
}

/// Says that this device is there, when its user is, and whether the user types: to whoever has just come, and in a new
/// epoch, in which what was said before it may have been lost.
pub(crate) fn greet(step: &mut Step<'_>, conversation: &Conversation) -> Result<(), MachineError> {
    if step.live.present {
        send(step, conversation, Sign::Present)?;
    }
    let typing = step.live.typing.get(&conversation.id);
    if typing.is_some_and(|until| *until > step.now_ms) {
        send(step, conversation, Sign::Typing)?;
    }
    Ok(())
}

/// The user types, or stopped.
pub(crate) fn set_typing(
    step: &mut Step<'_>,
    conversation: &Conversation,
    typing: bool,
) -> Result<(), MachineError> {
    if typing {
        let until = step.now_ms.saturating_add(TYPING_MS);
        step.live.typing.insert(conversation.id, until);
        send(step, conversation, Sign::Typing)
    } else {
        step.live.typing.remove(&conversation.id);
        send(step, conversation, Sign::NotTyping)
    }
}

/// A sign of some epoch came directly; one of the next epoch waits for it.
pub(crate) fn came(
    step: &mut Step<'_>,
    conversation: &Conversation,
    epoch: u64,
    bytes: &[u8],
) -> Result<(), MachineError> {
    if epoch == conversation.epoch {
        return received(step, conversation, bytes);
    }
    if epoch == conversation.epoch.saturating_add(1) {
        let early = step.live.early.entry(conversation.id).or_default();
        if early.len() < EARLY_MAX {
            early.push((epoch, bytes.to_vec()));
        }
    }
    Ok(())
}

/// A new epoch has begun: what came too early is looked at now.
pub(crate) fn epoch_opened(step: &mut Step<'_>, conversation: &Conversation) -> Result<(), MachineError> {
    for (epoch, bytes) in step.live.early.remove(&conversation.id).unwrap_or_default() {
        if epoch == conversation.epoch {
            received(step, conversation, &bytes)?;
        }
    }
    greet(step, conversation)
}

/// The user came or went.
pub(crate) fn set_present(step: &mut Step<'_>, present: bool) -> Result<(), MachineError> {
    step.live.present = present;
    step.live.present_at = present.then(|| step.now_ms.saturating_add(PRESENT_EVERY_MS));
    let sign = if present { Sign::Present } else { Sign::Away };
    for conversation in Conversation::all(step.connection)? {
        send(step, &conversation, sign)?;
    }
    Ok(())
}

/// An ephemeral envelope came. A sign that is not newer than the last one of its device is a replay.
pub(crate) fn received(
    step: &mut Step<'_>,
    conversation: &Conversation,
    bytes: &[u8],
) -> Result<(), MachineError> {
    if !conversation.is_active() || block::is_blocked(step.connection, &conversation.account)? {
        return Ok(());
    }
    let keys = step.keys(conversation)?;
    let Ok(plain) = keys.open_ephemeral(&conversation.log, bytes) else {
        return Ok(());
    };
    let Ok(signed) = sign::decode(&plain) else {
        return Ok(());
    };
    let Ok(claimed) = signed.unverified() else {
        return Ok(());
    };
    if Member::one(step.connection, conversation.id, &claimed.device)?.is_none() {
        return Ok(());
    }
    let Ok(body) = signed.verify(&claimed.device) else {
        return Ok(());
    };
    if body.log != conversation.log || body.epoch != conversation.epoch {
        return Ok(());
    }
    let now_ms = step.now_ms;
    let presence = step
        .live
        .presence
        .entry((conversation.id, body.device))
        .or_default();
    if body.at_ms <= presence.newest_ms {
        return Ok(());
    }
    presence.newest_ms = body.at_ms;
    match body.sign {
        Sign::Present => presence.online_until_ms = now_ms.saturating_add(PRESENT_MS),
        Sign::Away => (presence.online_until_ms, presence.typing_until_ms) = (0, 0),
        Sign::Typing => {
            presence.typing_until_ms = now_ms.saturating_add(TYPING_MS);
            presence.online_until_ms = now_ms.saturating_add(PRESENT_MS);
        }
        Sign::NotTyping => presence.typing_until_ms = 0,
    }
    views::changed(step, conversation)
}

/// Lets signs run out, and tells presence again.
pub(crate) fn wake(step: &mut Step<'_>) -> Result<(), MachineError> {
    let now_ms = step.now_ms;
    let mut changed = Vec::new();
    for ((conversation, _), presence) in &mut step.live.presence {
        let Presence {
            online_until_ms,
            typing_until_ms,
            ..
        } = presence;
        for until in [online_until_ms, typing_until_ms] {
            if *until > 0 && *until <= now_ms {
                *until = 0;
                changed.push(*conversation);
            }
        }
    }
    for id in changed {
        if let Some(conversation) = Conversation::by_id(step.connection, id)? {
            views::changed(step, &conversation)?;
        }
    }
    if step.live.present_at.is_some_and(|at| at <= now_ms) {
        set_present(step, true)?;
    }
    Ok(())
}
