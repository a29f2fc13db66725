//! Safety numbers of conversations: what the leaves carry, what the user knows, what the directory says.

use rand_core::CryptoRng;
use rusqlite::Connection;
use xchat_proto::identity::VerifiedDevice;
use xchat_proto::ids::Hash;
use xchat_proto::name::Name;

use crate::account::Account;
use crate::error::MachineError;
use crate::io::{ConversationId, ConversationState};
use crate::machine::directory::{Answered, NoAnswer};
use crate::machine::live::Purpose;
use crate::machine::query::{self, Care};
use crate::machine::step::Step;
use crate::machine::{Machine, outgoing, views};
use crate::policy;
use crate::rows::conversation::Conversation;
use crate::rows::identity::{self, IdentityKey, Known, Proved};
use crate::safety::{
    ContactChange, Fingerprint, ProofView, SafetyCode, SafetyError, SafetyView, Verification, groups,
};

/// How old what the directory said may be when a safety number is looked at, in milliseconds.
const PROOF_AGE_MS_MAX: u64 = 60_000;

impl Machine {
    /// The safety number of a conversation. The directory is asked anew when its last answer is older than a minute;
    /// [`crate::io::Event::Conversation`] tells when it has answered.
    ///
    /// # Errors
    /// [`SafetyError`] when there is no such conversation, or nobody in it yet.
    pub fn safety(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        conversation: ConversationId,
    ) -> Result<SafetyView, SafetyError> {
        self.step(now_ms, rng, |step| {
            let both = Both::of(step, conversation)?;
            ask_directory(step, &both.conversation.peer, PROOF_AGE_MS_MAX)?;
            both.view(step)
        })
    }

    /// The user has compared the safety number, or takes that back. To take it back is also to accept a changed one.
    ///
    /// # Errors
    /// [`SafetyError`] when there is no such conversation, or nobody in it yet.
    pub fn set_verified(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        conversation: ConversationId,
        is_verified: bool,
    ) -> Result<(), SafetyError> {
        self.step(now_ms, rng, |step| {
            let both = Both::of(step, conversation)?;
            both.set_verified(step, is_verified)
        })
    }

    /// Compares with a code that the other side shows. When it is the same, the conversation is verified.
    ///
    /// # Errors
    /// [`SafetyError::MalformedCode`] and [`SafetyError::OtherPerson`] when it is nothing to compare with.
    pub fn compare(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        conversation: ConversationId,
        scanned: &str,
    ) -> Result<bool, SafetyError> {
        self.step(now_ms, rng, |step| {
            let both = Both::of(step, conversation)?;
            let code = SafetyCode::read(scanned)?;
            if code.account != both.conversation.account {
                return Err(SafetyError::OtherPerson);
            }
            let is_same = code.own == both.theirs && code.other == both.own;
            if is_same {
                both.set_verified(step, true)?;
            }
            Ok(is_same)
        })
    }
}

/// The two people of a conversation.
struct Both {
    conversation: Conversation,
    own: Fingerprint,
    theirs: Fingerprint,
    identity: IdentityKey,
}

impl Both {
    fn of(step: &Step<'_>, id: ConversationId) -> Result<Self, SafetyError> {
        let conversation =
            Conversation::by_id(step.connection, id)?.ok_or(SafetyError::UnknownConversation)?;
        let account = step.account()?;
        if conversation.is_note(&account.id()) {
            return Err(SafetyError::NobodyElse);
        }
        let identity = identity::in_leaves(step.connection, id, &conversation.account)?;
        let identity = identity.ok_or(SafetyError::NotReady)?;
        Ok(Self {
            own: own_fingerprint(account)?,
            theirs: Fingerprint::of(&conversation.account, &identity.key),
            conversation,
            identity,
        })
    }

    fn view(&self, step: &Step<'_>) -> Result<SafetyView, SafetyError> {
        let code = SafetyCode {
            account: step.account()?.id(),
            own: self.own,
            other: self.theirs,
        };
        let proved = Proved::of(step.connection, &self.conversation.peer)?;
        let confirmed = proved.filter(|proved| {
            proved.account == self.conversation.account && proved.identity.key == self.identity.key
        });
        let proof = confirmed.map(|proved| ProofView {
            height: proved.height,
            block_ms: proved.checked.block_ms,
            operators: proved.checked.operators,
            signers: proved.checked.signers,
            asked: proved.checked.asked,
            agreed: proved.checked.agreed,
            checked_ms: proved.checked_ms,
        });
        Ok(SafetyView {
            groups: groups(&self.own, &self.theirs),
            code: code.text(),
            verification: verification(step.connection, &self.conversation)?,
            change: change(step.connection, &self.conversation)?,
            proof,
        })
    }

    fn set_verified(&self, step: &mut Step<'_>, is_verified: bool) -> Result<(), SafetyError> {
        let account = self.conversation.account;
        let fingerprint = if is_verified {
            self.theirs
        } else {
            // What is accepted is the present key, also where an older conversation carries the one before.
            let newest = identity::newest(step.connection, &account)?.unwrap_or(self.identity);
            Fingerprint::of(&account, &newest.key)
        };
        let before = Known::of(step.connection, &account)?;
        let mut devices = before.and_then(|before| before.devices).unwrap_or_default();
        for conversation in Conversation::all(step.connection)? {
            for device in identity::devices_in(step.connection, conversation.id, &account)? {
                if !devices.contains(&device) {
                    devices.push(device);
                }
            }
        }
        let known = Known {
            fingerprint,
            is_verified,
            devices: Some(devices),
            list: proved_list(step.connection, &self.conversation)?,
        };
        known.save(step.connection, &account)?;
        tell(step, |conversation| conversation.account == account)?;
        for mut conversation in Conversation::all(step.connection)? {
            if conversation.account == account {
                // What waited for the decision goes on its way.
                outgoing::flush(step, &mut conversation)?;
            }
        }
        Ok(())
    }
}

fn own_fingerprint(account: &Account) -> Result<Fingerprint, MachineError> {
    let link = account.links.as_slice().last();
    let link = link.ok_or_else(|| MachineError::Bug("an account without identity".to_owned()))?;
    let link = link
        .unverified()
        .map_err(|error| MachineError::Storage(error.to_string()))?;
    Ok(Fingerprint::of(&account.id(), &link.key))
}

/// The directory was asked about a person for another reason: what it says shows in all chats with them.
pub(crate) fn proved(step: &mut Step<'_>, name: &Name) -> Result<(), MachineError> {
    tell(step, |conversation| {
        conversation.peer == *name && conversation.is_active()
    })
}

fn tell(step: &mut Step<'_>, whose: impl Fn(&Conversation) -> bool) -> Result<(), MachineError> {
    for conversation in Conversation::all(step.connection)? {
        if whose(&conversation) {
            views::changed(step, &conversation)?;
        }
    }
    Ok(())
}

/// The hash of the device list that the directory has proved for the person in a conversation.
fn proved_list(connection: &Connection, conversation: &Conversation) -> Result<Option<Hash>, MachineError> {
    let proved = Proved::of(connection, &conversation.peer)?;
    Ok(proved
        .filter(|proved| proved.account == conversation.account)
        .map(|proved| proved.devices))
}

/// What the user has made sure of about the person in a conversation. With nobody's leaf in it there is nothing to say.
pub(crate) fn verification(
    connection: &Connection,
    conversation: &Conversation,
) -> Result<Verification, MachineError> {
    if change(connection, conversation)?.is_some() {
        return Ok(Verification::Changed);
    }
    let has_leaf = identity::in_leaves(connection, conversation.id, &conversation.account)?.is_some();
    let known = Known::of(connection, &conversation.account)?;
    Ok(match known.is_some_and(|known| known.is_verified) && has_leaf {
        true => Verification::Verified,
        false => Verification::None,
    })
}

/// What has changed about the person in a conversation since the user knew them.
pub(crate) fn change(
    connection: &Connection,
    conversation: &Conversation,
) -> Result<Option<ContactChange>, MachineError> {
    let account = conversation.account;
    let Some(leaf) = identity::in_leaves(connection, conversation.id, &account)? else {
        return Ok(None);
    };
    let proved = Proved::of(connection, &conversation.peer)?;
    if proved.as_ref().is_some_and(|proved| proved.account != account) {
        return Ok(Some(ContactChange::Account));
    }
    let Some(known) = Known::of(connection, &account)? else {
        return Ok(None);
    };
    // An answer about an older key is only an old answer: the newer one was committed to by it.
    let newer = proved
        .as_ref()
        .filter(|proved| proved.identity.number >= leaf.number);
    if known.fingerprint != Fingerprint::of(&account, &leaf.key)
        || newer.is_some_and(|proved| proved.identity.key != leaf.key)
    {
        return Ok(Some(ContactChange::IdentityKey));
    }
    let Some(devices) = &known.devices else {
        return Ok(None);
    };
    let present = identity::devices_in(connection, conversation.id, &account)?;
    let is_new = present.iter().any(|device| !devices.contains(device));
    let is_announced = newer
        .zip(known.list)
        .is_some_and(|(proved, list)| proved.devices != list);
    Ok((is_new || is_announced).then_some(ContactChange::Device))
}

/// Whether the person was verified and is not the one who was: nothing more is written until the user has decided.
pub(crate) fn is_in_doubt(
    connection: &Connection,
    conversation: &Conversation,
) -> Result<bool, MachineError> {
    let was_verified = Known::of(connection, &conversation.account)?.is_some_and(|known| known.is_verified);
    Ok(was_verified && verification(connection, conversation)? == Verification::Changed)
}

/// The verified leaves of a conversation are these. An account that is met for the first time is known from now on.
pub(crate) fn met(
    step: &Step<'_>,
    conversation: &Conversation,
    devices: &[VerifiedDevice],
) -> Result<(), MachineError> {
    identity::keep_leaves(step.connection, conversation.id, devices)?;
    let account = conversation.account;
    let leaf = identity::in_leaves(step.connection, conversation.id, &account)?;
    if let Some(leaf) = leaf.filter(|_| account != step.account.as_ref().map_or(account, Account::id))
        && Known::of(step.connection, &account)?.is_none()
    {
        let theirs = devices.iter().filter(|device| device.account == account);
        let known = Known {
            fingerprint: Fingerprint::of(&account, &leaf.key),
            is_verified: false,
            devices: Some(theirs.map(|device| device.device).collect()),
            list: proved_list(step.connection, conversation)?,
        };
        known.save(step.connection, &account)?;
    }
    Ok(())
}

/// Reads the leaves of a conversation whose identities or devices were not kept yet: older versions didn't.
pub(crate) fn catch_up(step: &mut Step<'_>, conversation: &Conversation) -> Result<(), MachineError> {
    use ConversationState as State;
    let account = conversation.account;
    if let Some(known) = Known::of(step.connection, &account)?.filter(|known| known.devices.is_none()) {
        let devices = identity::devices_in(step.connection, conversation.id, &account)?;
        let devices = Some(devices).filter(|devices| !devices.is_empty());
        Known { devices, ..known }.save(step.connection, &account)?;
    }
    let has_members = matches!(conversation.state, State::Joining | State::Active);
    if !has_members || identity::in_leaves(step.connection, conversation.id, &conversation.account)?.is_some()
    {
        return Ok(());
    }
    let members = step.with_group(conversation, |_, _, group| Ok(policy::members(group)?))??;
    let own = step.account()?.device_key().public();
    let devices = members.into_iter().map(|(_, device)| device);
    let others: Vec<VerifiedDevice> = devices.filter(|device| device.device != own).collect();
    met(step, conversation, &others)
}

/// Asks what the directory says about a name by now, unless it is known and no older than this.
pub(crate) fn ask_directory(step: &mut Step<'_>, name: &Name, age_ms_max: u64) -> Result<(), MachineError> {
    let proved = Proved::of(step.connection, name)?;
    let is_fresh = proved.is_some_and(|proved| step.now_ms.saturating_sub(proved.checked_ms) < age_ms_max);
    let is_it = |purpose: &Purpose| matches!(purpose, Purpose::CheckContact(asked) if asked == name);
    if !is_fresh && !query::is_asked(step, is_it) && step.network.is_some() {
        query::look_up(step, Purpose::CheckContact(name.clone()), name.clone(), Care::Two)?;
    }
    Ok(())
}

/// The directory answered about somebody with whom there is a conversation.
pub(crate) fn checked(
    step: &mut Step<'_>,
    name: &Name,
    outcome: Result<Box<Answered>, NoAnswer>,
) -> Result<(), MachineError> {
    let answered = match outcome {
        Ok(answered) => answered,
        Err(reason) => {
            tracing::debug!(?reason, "a contact could not be checked");
            return Ok(());
        }
    };
    Proved::keep(step.connection, name, answered.parts(), step.now_ms)?;
    for conversation in Conversation::all(step.connection)? {
        if conversation.peer != *name {
            continue;
        }
        // The first list that is proved is the one that is known.
        let known = Known::of(step.connection, &conversation.account)?;
        if let Some(known) = known.filter(|known| known.list.is_none()) {
            let list = proved_list(step.connection, &conversation)?;
            Known { list, ..known }.save(step.connection, &conversation.account)?;
        }
    }
    tell(step, |conversation| conversation.peer == *name)
}
