//! What others are told, from whom something is taken, and what of it comes by itself.

use minicbor::{Decode, Encode};
use rand_core::CryptoRng;
use rusqlite::Connection;
use xchat_proto::ids::AccountId;

use crate::error::MachineError;
use crate::io::{Arrivals, Privacy, PrivacyChoice, RequestPolicy};
use crate::machine::step::Step;
use crate::machine::{Machine, peers, views};
use crate::meta::{self, Key};
use crate::rows::block;
use crate::rows::chat::Chat;
use crate::rows::conversation::Conversation;

/// What the user has set for the whole profile.
#[derive(Debug, Clone, Copy, Default, Encode, Decode)]
#[cbor(array)]
struct Settings {
    #[n(0)]
    privacy: PrivacyChoice,
    #[n(1)]
    requests: RequestPolicy,
    #[n(2)]
    arrivals: Option<Arrivals>,
}

fn settings(connection: &Connection) -> Result<Settings, MachineError> {
    Ok(meta::fetch(connection, Key::Settings)?.unwrap_or_default())
}

impl Machine {
    /// What others are told, where nothing else is set for a conversation.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn privacy(&self) -> Result<Privacy, MachineError> {
        Ok(settings(&self.connection)?.privacy.over(Privacy::default()))
    }

    /// Sets what others are told. What is switched off is not sent.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn set_privacy(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        choice: PrivacyChoice,
    ) -> Result<(), MachineError> {
        self.step(now_ms, rng, |step| {
            let mut settings = settings(step.connection)?;
            let Privacy {
                read,
                delivery,
                typing,
                presence,
            } = choice.over(settings.privacy.over(Privacy::default()));
            settings.privacy = PrivacyChoice {
                read: Some(read),
                delivery: Some(delivery),
                typing: Some(typing),
                presence: Some(presence),
            };
            meta::put(step.connection, Key::Settings, &settings)?;
            for mut conversation in Conversation::all(step.connection)? {
                changed(step, &mut conversation)?;
            }
            Ok(())
        })
    }

    /// From whom message requests are taken.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn request_policy(&self) -> Result<RequestPolicy, MachineError> {
        Ok(settings(&self.connection)?.requests)
    }

    /// Sets from whom message requests are taken. Those that wait stay.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn set_request_policy(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        policy: RequestPolicy,
    ) -> Result<(), MachineError> {
        self.step(now_ms, rng, |step| {
            let mut settings = settings(step.connection)?;
            settings.requests = policy;
            meta::put(step.connection, Key::Settings, &settings)
        })
    }

    /// How large the files of others may be that come by themselves.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn arrivals(&self) -> Result<Arrivals, MachineError> {
        arrivals(&self.connection)
    }

    /// Sets how large they may be. What has been offered stays offered, and what is on its way comes.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn set_arrivals(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        arrivals: Arrivals,
    ) -> Result<(), MachineError> {
        self.step(now_ms, rng, |step| {
            let mut settings = settings(step.connection)?;
            settings.arrivals = Some(arrivals);
            meta::put(step.connection, Key::Settings, &settings)
        })
    }
}

/// How large the files of others may be that come by themselves.
pub(crate) fn arrivals(connection: &Connection) -> Result<Arrivals, MachineError> {
    Ok(settings(connection)?.arrivals.unwrap_or_default())
}

/// What others are told in a conversation; nothing, when its other person is blocked.
pub(crate) fn of(connection: &Connection, conversation: &Conversation) -> Result<Privacy, MachineError> {
    if block::is_blocked(connection, &conversation.account)? {
        return Ok(Privacy::SILENT);
    }
    let everywhere = settings(connection)?.privacy.over(Privacy::default());
    Ok(Chat::of(connection, conversation.id)?.privacy.over(everywhere))
}

/// What others are told in a conversation may be another now: what they need for what is switched on is said.
pub(crate) fn changed(step: &mut Step<'_>, conversation: &mut Conversation) -> Result<(), MachineError> {
    peers::announce(step, conversation)?;
    views::changed(step, conversation)
}

/// Whether a stranger's message request is taken.
pub(crate) fn takes_request(step: &Step<'_>, sender: &AccountId) -> Result<bool, MachineError> {
    if block::is_blocked(step.connection, sender)? {
        return Ok(false);
    }
    if settings(step.connection)?.requests == RequestPolicy::Anyone {
        return Ok(true);
    }
    // Somebody with whom there is a conversation is no stranger.
    let all = Conversation::all(step.connection)?;
    Ok(all.iter().any(|known| known.account == *sender))
}
