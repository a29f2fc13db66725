//! What people say of themselves: told inside the encryption, to those who have accepted, and to nobody before
//! (docs/spec/privacy.md).

use crate::limits::{BIO_BYTES_MAX, DISPLAY_NAME_BYTES_MAX, WORD_AHEAD_MS_MAX};
use rand_core::CryptoRng;
use xchat_proto::codec::{Blob, Text};
use xchat_proto::identity::VerifiedDevice;
use xchat_proto::ids::AccountId;

use crate::content::{Content, Part, Profile, is_avatar};
use crate::error::MachineError;
use crate::io::{ProfileChange, ProfileView};
use crate::machine::refusals::AboutError;
use crate::machine::step::Step;
use crate::machine::{Machine, expiry, outgoing, safety, views};
use crate::rows::conversation::Conversation;
use crate::rows::member::Member;
use crate::rows::{block, expiry as expiry_rows, outbox, profile};

impl Machine {
    /// What this account says of itself.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn own_profile(&self) -> Result<ProfileView, MachineError> {
        let own = match &self.account {
            Some(account) => profile::view(&self.connection, &account.id())?,
            None => None,
        };
        Ok(own.unwrap_or_default())
    }

    /// Sets what this account says of itself. Those who have accepted are told, now or when they do.
    ///
    /// # Errors
    /// [`AboutError`] when something is too long, or the picture is none.
    pub fn set_profile(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        change: &ProfileChange,
    ) -> Result<(), AboutError> {
        let name = checked(change.name.as_deref(), false, DISPLAY_NAME_BYTES_MAX)?;
        let bio = checked(change.bio.as_deref(), true, BIO_BYTES_MAX)?;
        let is_picture = |avatar: &Vec<u8>| avatar.is_empty() || is_avatar(avatar);
        if !change.avatar.as_ref().is_none_or(is_picture) {
            return Err(AboutError::NoPicture);
        }
        self.step(now_ms, rng, |step| {
            let account = step.account()?;
            let (own, device) = (account.id(), account.device_key().public());
            let before = profile::view(step.connection, &own)?.unwrap_or_default();
            let known = profile::avatar(step.connection, &own)?;
            let avatar = change.avatar.as_ref().unwrap_or(&known);
            let name = name.as_ref().unwrap_or(&before.name);
            let bio = bio.as_ref().unwrap_or(&before.bio);
            if (name, bio, avatar) == (&before.name, &before.bio, &known) {
                return Ok(());
            }
            let clock_ms = match profile::since(step.connection, &own)? {
                Some((clock_ms, _)) => step.now_ms.max(clock_ms.saturating_add(1)),
                None => step.now_ms,
            };
            profile::save(step.connection, &own, (clock_ms, device), (name, bio, avatar))?;
            expiry::scrub(step);
            for mut conversation in Conversation::all(step.connection)? {
                tell(step, &mut conversation)?;
            }
            Ok(())
        })
    }

    /// The picture of an account, as a JPEG; empty when it has none, or none is known.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn avatar(&self, account: &AccountId) -> Result<Vec<u8>, MachineError> {
        profile::avatar(&self.connection, account)
    }
}

/// A text about oneself, without what no text has.
fn checked(text: Option<&str>, is_long: bool, bytes_max: usize) -> Result<Option<String>, AboutError> {
    let Some(text) = text else {
        return Ok(None);
    };
    let is_kept = |letter: &char| !letter.is_control() || (is_long && *letter == '\n');
    let text: String = text.trim().chars().filter(is_kept).collect();
    match text.len() > bytes_max {
        true => Err(AboutError::TooLong(bytes_max)),
        false => Ok(Some(text)),
    }
}

/// Tells the other person of a conversation what this account says of itself, if they have accepted and don't know it.
pub(crate) fn tell(step: &mut Step<'_>, conversation: &mut Conversation) -> Result<(), MachineError> {
    if !conversation.is_active() {
        return Ok(());
    }
    let own = step.account()?.id();
    let Some((clock_ms, _)) = profile::since(step.connection, &own)? else {
        return Ok(());
    };
    if profile::told(step.connection, conversation.id)? >= clock_ms
        || conversation.is_note(&own)
        || block::is_blocked(step.connection, &conversation.account)?
        || safety::is_in_doubt(step.connection, conversation)?
        || !views::is_accepted(step.connection, conversation, &own)?
    {
        return Ok(());
    }
    let view = profile::view(step.connection, &own)?.unwrap_or_default();
    let part = Profile {
        name: Text::new(view.name)?,
        bio: Text::new(view.bio)?,
        avatar: Blob::new(profile::avatar(step.connection, &own)?)?,
    };
    // What was said before is of no use to anybody who has not got it.
    for (row, id, counter) in profile::written(step.connection, conversation.id)? {
        let gone = expiry::will_not_come(step, counter)?;
        outbox::silence(step.connection, conversation.id, &id, &gone)?;
        expiry_rows::empty(step.connection, row)?;
    }
    profile::set_told(step.connection, conversation.id, clock_ms)?;
    outgoing::write(step, conversation, Part::Profile(part))?;
    Ok(())
}

/// Devices are in a conversation: one that was not has been told nothing yet.
pub(crate) fn met(
    step: &Step<'_>,
    conversation: &Conversation,
    devices: &[VerifiedDevice],
) -> Result<(), MachineError> {
    for device in devices {
        if Member::one(step.connection, conversation.id, &device.device)?.is_none() {
            return profile::set_told(step.connection, conversation.id, 0);
        }
    }
    Ok(())
}

/// Somebody says something of themselves. The last word counts, in whichever order the words come; the row keeps its
/// place and nothing else.
pub(crate) fn received(
    step: &mut Step<'_>,
    member: &Member,
    (content, told, row): (&Content, &Profile, i64),
) -> Result<(), MachineError> {
    expiry_rows::empty(step.connection, row)?;
    // A clock that runs ahead must not have the last word for long.
    let latest_ms = step.now_ms.saturating_add(WORD_AHEAD_MS_MAX);
    let since = (content.clock_ms.min(latest_ms), member.device);
    let before = profile::since(step.connection, &member.account)?;
    if member.account == step.account()?.id() || before.is_some_and(|before| before >= since) {
        return Ok(());
    }
    let texts = (told.name.as_str(), told.bio.as_str(), told.avatar.as_slice());
    profile::save(step.connection, &member.account, since, texts)?;
    expiry::scrub(step);
    for conversation in Conversation::all(step.connection)? {
        if conversation.account == member.account {
            views::changed(step, &conversation)?;
        }
    }
    Ok(())
}
