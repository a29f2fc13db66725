//! The calls of the user's side.

use rand_core::CryptoRng;
use xchat_proto::codec::Blob;
use xchat_proto::contact::InboxKey;
use xchat_proto::ids::LogId;
use xchat_proto::invitation::NetworkInvitation;
use xchat_proto::name::Name;
use xchat_proto::record::part_hash;

use crate::account::{Account, RegistrationError, Seeds, Stage as AccountStage};
use crate::contacts::ContactError;
use crate::error::MachineError;
use crate::group;
use crate::io::{
    ConversationId, ConversationState, ConversationView, MessageView, RequestId, RequestView, Tag,
};
use crate::machine::live::Purpose;
use crate::machine::refusals::AcceptError;
use crate::machine::step::Step;
use crate::machine::{
    Machine, chats, commits, contacting, directory, ephemeral, expiry, files, inbox, receipts, registration,
    restore, subscriptions, views,
};
use crate::meta::{self, Key};
use crate::phrase::Phrase;
use crate::rows::act::Item;
use crate::rows::conversation::Conversation;
use crate::rows::member::Member;
use crate::rows::message::{self, People};
use crate::rows::request::{RequestState, StoredRequest};
use crate::seal;
use zeroize::Zeroizing;

impl Machine {
    /// Joins a network: its genesis is pinned from now on. When it is joined already, its nodes are taken.
    ///
    /// # Errors
    /// [`MachineError::ApiMisuse`] when the profile belongs to another one.
    pub fn join_network(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        invitation: &NetworkInvitation,
    ) -> Result<(), MachineError> {
        self.step(now_ms, rng, |step| {
            if step
                .network
                .as_ref()
                .is_some_and(|known| known.genesis != invitation.genesis)
            {
                return Err(MachineError::ApiMisuse("this profile belongs to another network"));
            }
            let is_new = step.network.is_none();
            // Who decides by now is taken from an invitation once: when the network is joined.
            let checkpoint = match step.network.take() {
                None => invitation.checkpoint.clone(),
                Some(known) => known.checkpoint,
            };
            *step.network = Some(NetworkInvitation {
                checkpoint,
                ..invitation.clone()
            });
            // Before anything else relies on it.
            directory::light(step)?;
            if is_new {
                registration::move_to(step)?;
            }
            meta::put(step.connection, Key::Network, step.network)
        })
    }

    /// Makes an account on this device. The phrase is given once and never kept.
    ///
    /// # Errors
    /// [`MachineError::ApiMisuse`] when there is one.
    pub fn create_account(&mut self, now_ms: u64, rng: &mut dyn CryptoRng) -> Result<Phrase, MachineError> {
        self.step(now_ms, rng, |step| {
            if step.account.is_some() {
                return Err(MachineError::ApiMisuse("this profile has an account already"));
            }
            let phrase = Phrase::generate(step.rng).map_err(|error| MachineError::Bug(error.to_string()))?;
            let inbox = LogId(step.random());
            *step.account = Some(new_account(step, &phrase, 0, inbox)?);
            step.save_account()?;
            Ok(phrase)
        })
    }

    /// Brings an account back with its words; [`crate::io::Event::Registered`] or `RegistrationFailed` tells. This
    /// becomes a new device with a new identity key; the old device's certificate is void from then on.
    ///
    /// # Errors
    /// [`RegistrationError`] when there is an account here, or no network.
    pub fn restore(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        phrase: Phrase,
        name: Name,
    ) -> Result<(), RegistrationError> {
        self.step(now_ms, rng, |step| restore::begin(step, phrase, name))
    }

    /// Takes a name; [`crate::io::Event::Registered`] or `RegistrationFailed` tells.
    ///
    /// # Errors
    /// [`RegistrationError`] when there is no account or network, or it has a name.
    pub fn register(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        name: Name,
    ) -> Result<(), RegistrationError> {
        self.step(now_ms, rng, |step| registration::begin(step, name))
    }

    /// Finds or starts the conversation with a name; `ContactReady` or `ContactFailed` tells, with this tag.
    ///
    /// # Errors
    /// [`ContactError`] when it can be told at once.
    pub fn contact(&mut self, now_ms: u64, rng: &mut dyn CryptoRng, name: Name) -> Result<Tag, ContactError> {
        self.step(now_ms, rng, |step| contacting::begin(step, name))
    }

    /// The message requests that wait.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn requests(&self) -> Result<Vec<RequestView>, MachineError> {
        let waiting = StoredRequest::in_state(&self.connection, RequestState::Waiting)?;
        Ok(waiting.iter().map(StoredRequest::view).collect())
    }

    /// Accepts a message request.
    ///
    /// # Errors
    /// [`AcceptError`] when its Welcome does not hold.
    pub fn accept(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        request: RequestId,
    ) -> Result<ConversationId, AcceptError> {
        self.step(now_ms, rng, |step| accept(step, request))
    }

    /// Declines a message request. Its sender learns nothing.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn decline(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        request: RequestId,
    ) -> Result<(), MachineError> {
        self.step(now_ms, rng, |step| {
            if let Some(mut stored) = StoredRequest::by_id(step.connection, request)? {
                stored.state = RequestState::Done;
                // The Welcome is of no use any more.
                stored.sealed.clear();
                stored.save(step.connection)?;
            }
            Ok(())
        })
    }

    /// Marks everything up to a received message as read.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn mark_read(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        conversation: ConversationId,
        row: i64,
    ) -> Result<(), MachineError> {
        self.step(now_ms, rng, |step| {
            chats::unmark(step, conversation)?;
            let Some((device, counter)) = message::received(step.connection, conversation, row)? else {
                return Ok(());
            };
            let Some(mut member) = Member::one(step.connection, conversation, &device)? else {
                return Ok(());
            };
            if counter > member.read {
                let before = std::mem::replace(&mut member.read, counter);
                member.save(step.connection)?;
                receipts::due(step, conversation)?;
                if let Some(conversation) = Conversation::by_id(step.connection, conversation)? {
                    expiry::read(step, &conversation, &device, (before, counter))?;
                    views::changed(step, &conversation)?;
                }
            }
            Ok(())
        })
    }

    /// Tells the other side that the user is typing, or stopped.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn set_typing(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        conversation: ConversationId,
        typing: bool,
    ) -> Result<(), MachineError> {
        self.step(now_ms, rng, |step| {
            match Conversation::by_id(step.connection, conversation)? {
                Some(conversation) => ephemeral::set_typing(step, &conversation, typing),
                None => Ok(()),
            }
        })
    }

    /// Tells contacts that the user is there, until it is told otherwise.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn set_present(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        present: bool,
    ) -> Result<(), MachineError> {
        self.step(now_ms, rng, |step| ephemeral::set_present(step, present))
    }

    fn own_name(&self) -> Option<Name> {
        self.account.as_ref().and_then(|account| account.name.clone())
    }

    /// The conversation that is used with a name.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn conversation_with(&self, name: &Name) -> Result<Option<ConversationId>, MachineError> {
        Ok(Conversation::with_name(&self.connection, name)?.map(|conversation| conversation.id))
    }

    /// Whether all that lay at the homes at the start has been read: the inbox, with the senders of its requests looked
    /// up, and the log of every conversation in use. Where nobody answers this may never come. A profile without a name
    /// has nothing to read.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn is_caught_up(&self) -> Result<bool, MachineError> {
        let account = self.account.as_ref();
        let stage = account.map_or(AccountStage::Unnamed, |account| account.stage);
        if matches!(stage, AccountStage::Unnamed | AccountStage::Registering) {
            return Ok(true);
        }
        let mut queries = self.live.questions.queries.values();
        let is_checking = queries.any(|query| matches!(query.purpose(), Purpose::RequestSender(_)));
        if (!self.live.inbox_read_up && stage == AccountStage::Registered) || is_checking {
            return Ok(false);
        }
        let all = Conversation::all(&self.connection)?;
        let in_use = all.iter().filter(|conversation| conversation.is_active());
        Ok(in_use
            .map(|conversation| conversation.id)
            .all(|id| self.live.read_up.contains(&id)))
    }

    /// All conversations but those that the user has deleted here, the one with the newest message first.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn conversations(&self) -> Result<Vec<ConversationView>, MachineError> {
        let (Some(own), Some(account)) = (self.own_name(), &self.account) else {
            return Ok(Vec::new());
        };
        let own = (&own, &account.id());
        let mut all = Conversation::all(&self.connection)?
            .iter()
            .map(|conversation| views::conversation(&self.connection, &self.live, conversation, own))
            .collect::<Result<Vec<_>, _>>()?;
        all.retain(|view| !view.settings.is_hidden);
        all.sort_by_key(|view| std::cmp::Reverse(view.last.as_ref().map_or(0, |last| last.sent_ms)));
        Ok(all)
    }

    /// One conversation.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn conversation(&self, id: ConversationId) -> Result<Option<ConversationView>, MachineError> {
        let found = Conversation::by_id(&self.connection, id)?;
        let (Some(own), Some(account), Some(found)) = (self.own_name(), &self.account, found) else {
            return Ok(None);
        };
        let own = (&own, &account.id());
        views::conversation(&self.connection, &self.live, &found, own).map(Some)
    }

    /// One message.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn message(&self, row: i64) -> Result<Option<MessageView>, MachineError> {
        let (Some(own), Some(account)) = (self.own_name(), &self.account) else {
            return Ok(None);
        };
        let item = Item::by_row(&self.connection, row)?;
        let conversation = match item.filter(|item| !item.is_removed) {
            Some(item) => Conversation::by_id(&self.connection, item.conversation)?,
            None => None,
        };
        let Some(conversation) = conversation else {
            return Ok(None);
        };
        let people = People {
            own: &own,
            own_account: &account.id(),
            peer: &conversation.peer,
        };
        let mut found = message::by_row(&self.connection, row, &people)?;
        if let Some(view) = &mut found {
            files::stand(&self.connection, &self.live, view)?;
        }
        Ok(found)
    }

    /// The newest `limit` messages (at most 500) that stand before the message in row `before`; oldest first.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn messages(
        &self,
        conversation: ConversationId,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<MessageView>, MachineError> {
        let Some(account) = &self.account else {
            return Ok(Vec::new());
        };
        match (
            self.own_name(),
            Conversation::by_id(&self.connection, conversation)?,
        ) {
            (Some(own), Some(found)) => {
                let people = People {
                    own: &own,
                    own_account: &account.id(),
                    peer: &found.peer,
                };
                let mut page = message::page(&self.connection, conversation, before, limit, &people)?;
                for view in &mut page {
                    files::stand(&self.connection, &self.live, view)?;
                }
                Ok(page)
            }
            _ => Ok(Vec::new()),
        }
    }
}

/// A new device of the account of a phrase, certified by identity key `number`.
pub(crate) fn new_account(
    step: &mut Step<'_>,
    phrase: &Phrase,
    number: u32,
    inbox: LogId,
) -> Result<Account, MachineError> {
    let seeds = Seeds {
        identity: phrase.identity_key(number).seed(),
        device: Zeroizing::new(step.random()),
        inbox: Zeroizing::new(step.random()),
        endpoint: Zeroizing::new(step.random()),
    };
    let backup = seal::key_pair(step.crypto, &phrase.backup_secret())
        .map_err(|error| MachineError::Bug(error.to_string()))?;
    let inbox_key = new_inbox_key(step, inbox)?;
    let links = phrase.identity_links(number)?;
    Ok(Account::new(
        links,
        &seeds,
        inbox_key,
        backup.public,
        step.now_ms,
    )?)
}

/// A new key of an inbox.
pub(crate) fn new_inbox_key(step: &mut Step<'_>, log: LogId) -> Result<InboxKey, MachineError> {
    let secret = Zeroizing::new(step.random());
    let pair = seal::key_pair(step.crypto, &secret).map_err(|error| MachineError::Bug(error.to_string()))?;
    let key = InboxKey {
        public: Blob::new(pair.public.clone())?,
        log,
        created_ms: step.now_ms,
    };
    let mut statement = step.connection.prepare_cached(
        "INSERT INTO inbox_key (public_hash, created_ms, public, private) VALUES (?1, ?2, ?3, ?4)",
    )?;
    let hash = part_hash(&key);
    statement.execute((
        hash.as_bytes(),
        crate::rows::signed(step.now_ms),
        pair.public,
        pair.private.as_slice(),
    ))?;
    Ok(key)
}

/// Joins the conversation that a request leads into. The Welcome stays inert until the log opens its epoch (LOG-09).
pub(crate) fn accept(step: &mut Step<'_>, request: RequestId) -> Result<ConversationId, AcceptError> {
    let stored = StoredRequest::by_id(step.connection, request)?;
    let mut stored = stored
        .filter(|stored| stored.state == RequestState::Waiting)
        .ok_or(AcceptError::UnknownRequest)?;
    let Some((content, sender)) = inbox::verify(step, &stored.sealed)? else {
        return Err(AcceptError::Refused("the invitation is damaged".to_owned()));
    };
    let invitation = content.invitation;
    let own = step.account()?.id();
    let opened = step
        .mls(|provider, _| {
            group::open_welcome(provider, invitation.welcome.as_slice(), &sender.account, &own)
        })?
        .map_err(|error| AcceptError::Refused(error.to_string()))?;
    if opened.log != invitation.log {
        return Err(AcceptError::Refused(
            "the Welcome is of another conversation".to_owned(),
        ));
    }
    let devices = opened.devices.clone();
    let group = step
        .mls(|provider, _| group::join(provider, opened))?
        .map_err(MachineError::from)?;
    if group.epoch().as_u64() != invitation.epoch {
        return Err(AcceptError::Refused(
            "the Welcome leads into another epoch".to_owned(),
        ));
    }
    let (log, homes) = (invitation.log, invitation.homes);
    let mut conversation = Conversation {
        state: ConversationState::Joining,
        epoch: invitation.epoch,
        update_due: true,
        ..Conversation::new(log, homes, sender.name, sender.account, step.now_ms)
    };
    conversation.insert(step.connection)?;
    step.live.groups.insert(conversation.id, group);
    commits::save_members(step, &conversation, devices)?;
    stored.state = RequestState::Done;
    stored.sealed.clear();
    stored.save(step.connection)?;
    subscriptions::subscribe(step, &conversation)?;
    views::changed(step, &conversation)?;
    Ok(conversation.id)
}
