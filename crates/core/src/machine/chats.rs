//! What the user sets about conversations on this device, and whom they block.

use rand_core::CryptoRng;
use xchat_proto::ids::AccountId;
use xchat_proto::limits::MESSAGE_TEXT_BYTES_MAX;

use crate::error::MachineError;
use crate::io::{BlockView, ChatChange, ChatView, ConversationId, FolderView, MessageView, Whom};
use crate::machine::refusals::{ActError, ChatError};
use crate::machine::step::Step;
use crate::machine::{Machine, acts, blobs, expiry, files, outgoing, privacy, receipts, views};
use crate::meta::{self, Key};
use crate::rows::act::{Item, Left};
use crate::rows::chat::{self, Chat};
use crate::rows::conversation::Conversation;
use crate::rows::message::{self, People};
use crate::rows::request::{RequestState, StoredRequest};
use crate::rows::{block, scheduled, star};
use rusqlite::Connection;

/// Longest name that the user gives somebody, in bytes.
const NICKNAME_BYTES_MAX: usize = 64;
/// Most conversations that always stand first.
const PINNED_MAX: usize = 100;
/// How much of a draft is shown in the list, in letters.
const DRAFT_LETTERS: usize = 100;
/// Most folders, and conversations in one.
const FOLDERS_MAX: usize = 50;
const FOLDER_CHATS_MAX: usize = 500;
/// Most messages that are deleted in one step.
const BATCH: usize = 300;

impl Machine {
    /// Sets something about a conversation on this device.
    ///
    /// # Errors
    /// [`ChatError`] when there is no such conversation, a name is too long, or too many are to stand first.
    pub fn change_chat(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        conversation: ConversationId,
        change: ChatChange,
    ) -> Result<(), ChatError> {
        self.step(now_ms, rng, |step| {
            let mut conversation = known(step, conversation)?;
            let mut chat = Chat::of(step.connection, conversation.id)?;
            if let Some(is_pinned) = change.is_pinned
                && is_pinned != chat.place.is_some()
            {
                chat.place = place(step, is_pinned)?;
            }
            if let Some(nickname) = change.nickname {
                chat.nickname = checked_nickname(&nickname)?;
            }
            chat.is_archived = change.is_archived.unwrap_or(chat.is_archived);
            chat.is_marked = change.is_marked.unwrap_or(chat.is_marked);
            chat.muted_until_ms = change.muted_until_ms.unwrap_or(chat.muted_until_ms);
            chat.privacy = change.privacy.unwrap_or(chat.privacy);
            chat.save(step.connection)?;
            Ok(privacy::changed(step, &mut conversation)?)
        })
    }

    /// Sets which conversations always stand first, in their order.
    ///
    /// # Errors
    /// [`ChatError`] when there are too many, or one is not known.
    pub fn order_pinned(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        order: &[ConversationId],
    ) -> Result<(), ChatError> {
        if order.len() > PINNED_MAX {
            return Err(ChatError::TooManyPinned);
        }
        self.step(now_ms, rng, |step| {
            let before = Chat::pinned(step.connection)?;
            for id in before.iter().filter(|id| !order.contains(id)) {
                set_place(step, *id, None)?;
            }
            for (id, place) in order.iter().zip(0..) {
                set_place(step, *id, Some(place))?;
            }
            Ok(())
        })
    }

    /// Keeps what the user has begun to write; an empty text for nothing.
    ///
    /// # Errors
    /// [`ChatError`] when it is longer than a message may be, or there is no such conversation.
    pub fn set_draft(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        conversation: ConversationId,
        text: &str,
    ) -> Result<(), ChatError> {
        if text.len() > MESSAGE_TEXT_BYTES_MAX {
            return Err(ChatError::TooLong(MESSAGE_TEXT_BYTES_MAX));
        }
        self.step(now_ms, rng, |step| {
            let conversation = known(step, conversation)?;
            let text = (!text.is_empty()).then_some(text);
            if chat::draft(step.connection, conversation.id)?.as_deref() == text {
                return Ok(());
            }
            chat::set_draft(step.connection, conversation.id, text)?;
            expiry::scrub(step);
            Ok(views::changed(step, &conversation)?)
        })
    }

    /// What the user has begun to write.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn draft(&self, conversation: ConversationId) -> Result<Option<String>, MachineError> {
        chat::draft(&self.connection, conversation)
    }

    /// Puts a star on a message, or takes it away. Nobody else is told.
    ///
    /// # Errors
    /// [`ActError`] when it is not there.
    pub fn star(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        row: i64,
        is_on: bool,
    ) -> Result<(), ActError> {
        self.step(now_ms, rng, |step| {
            let item = Item::by_row(step.connection, row)?.ok_or(ActError::UnknownMessage)?;
            if item.is_gone {
                return Err(ActError::Deleted);
            }
            let found = Conversation::by_id(step.connection, item.conversation)?;
            let conversation = found.ok_or(ActError::UnknownMessage)?;
            star::set(step.connection, row, is_on, step.now_ms)?;
            Ok(acts::tell(step, &conversation, &item.id)?)
        })
    }

    /// Messages with a star, of all conversations, before a row (at most 500), the newest here first.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn starred(&self, before: Option<i64>, limit: usize) -> Result<Vec<MessageView>, MachineError> {
        let own_name = self.account.as_ref().and_then(|account| account.name.clone());
        let (Some(own), Some(account)) = (own_name, &self.account) else {
            return Ok(Vec::new());
        };
        let mut views = Vec::new();
        for (row, conversation) in star::before(&self.connection, before, limit.min(500))? {
            let found = Conversation::by_id(&self.connection, ConversationId(conversation))?;
            let Some(found) = found else { continue };
            let people = People {
                own: &own,
                own_account: &account.id(),
                peer: &found.peer,
            };
            let mut found = message::by_row(&self.connection, row, &people)?;
            if let Some(view) = &mut found {
                files::stand(&self.connection, &self.live, view)?;
            }
            views.extend(found);
        }
        Ok(views)
    }

    /// Deletes a conversation from this device, with all that was said; it is shown again when something new comes, or
    /// when the user looks for the person. Nobody else is told.
    ///
    /// # Errors
    /// [`ChatError`] when there is no such conversation.
    pub fn clear_chat(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        conversation: ConversationId,
    ) -> Result<(), ChatError> {
        self.step(now_ms, rng, |step| {
            let conversation = known(step, conversation)?;
            let mut chat = Chat::of(step.connection, conversation.id)?;
            chat.cleared_row = chat::newest_row(step.connection, conversation.id)?;
            (chat.place, chat.is_archived, chat.is_marked) = (None, false, false);
            chat.is_hidden = true;
            chat.save(step.connection)?;
            chat::set_draft(step.connection, conversation.id, None)?;
            scheduled::remove_all(step.connection, conversation.id)?;
            expiry::scrub(step);
            Ok::<_, ChatError>(views::changed(step, &conversation)?)
        })?;
        Ok(self.go_on_clearing(now_ms, rng)?)
    }

    /// Deletes what is left of conversations that the user has deleted, as many steps as that takes.
    pub(super) fn go_on_clearing(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), MachineError> {
        while let Some(id) = Chat::being_cleared(&self.connection)?.first().copied() {
            self.step(now_ms, rng, |step| clear(step, id))?;
        }
        Ok(())
    }

    /// The user's folders of conversations, in their order.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn folders(&self) -> Result<Vec<FolderView>, MachineError> {
        Ok(meta::fetch(&self.connection, Key::Folders)?.unwrap_or_default())
    }

    /// Sets the user's folders, all of them.
    ///
    /// # Errors
    /// [`ChatError`] when there are too many, a name is too long, or a conversation is not known.
    pub fn set_folders(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        folders: Vec<FolderView>,
    ) -> Result<(), ChatError> {
        let is_full = |folder: &FolderView| folder.conversations.len() > FOLDER_CHATS_MAX;
        if folders.len() > FOLDERS_MAX || folders.iter().any(is_full) {
            return Err(ChatError::TooManyFolders);
        }
        if folders
            .iter()
            .any(|folder| folder.name.len() > NICKNAME_BYTES_MAX)
        {
            return Err(ChatError::TooLong(NICKNAME_BYTES_MAX));
        }
        self.step(now_ms, rng, |step| {
            for id in folders.iter().flat_map(|folder| &folder.conversations) {
                known(step, *id)?;
            }
            Ok(meta::put(step.connection, Key::Folders, &folders)?)
        })
    }

    /// Blocks somebody: nothing of theirs is stored, shown or answered, and they are not told.
    ///
    /// # Errors
    /// [`ChatError`] when there is no such conversation or request, or it is oneself.
    pub fn block(&mut self, now_ms: u64, rng: &mut dyn CryptoRng, whom: Whom) -> Result<(), ChatError> {
        self.step(now_ms, rng, |step| {
            let (account, name) = match whom {
                Whom::Conversation(id) => {
                    let conversation = known(step, id)?;
                    (conversation.account, conversation.peer)
                }
                Whom::Request(id) => {
                    let request = StoredRequest::by_id(step.connection, id)?;
                    let request = request.ok_or(ChatError::UnknownRequest)?;
                    (request.account, request.from)
                }
            };
            if account == step.account()?.id() {
                return Err(ChatError::Myself);
            }
            block::insert(step.connection, &account, &name, step.now_ms)?;
            for state in [RequestState::Waiting, RequestState::Unchecked] {
                for mut request in StoredRequest::in_state(step.connection, state)? {
                    if request.account == account {
                        request.state = RequestState::Done;
                        request.sealed.clear();
                        request.save(step.connection)?;
                    }
                }
            }
            Ok(tell_of(step, &account)?)
        })
    }

    /// Blocks somebody no more. What they wrote meanwhile comes when they write again.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn unblock(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        account: &AccountId,
    ) -> Result<(), MachineError> {
        self.step(now_ms, rng, |step| {
            block::remove(step.connection, account)?;
            tell_of(step, account)
        })
    }

    /// All who are blocked, the latest first.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn blocks(&self) -> Result<Vec<BlockView>, MachineError> {
        block::all(&self.connection)
    }
}

fn known(step: &Step<'_>, id: ConversationId) -> Result<Conversation, ChatError> {
    Conversation::by_id(step.connection, id)?.ok_or(ChatError::UnknownConversation)
}

/// Behind all that stand first already.
fn place(step: &Step<'_>, is_pinned: bool) -> Result<Option<u64>, ChatError> {
    if !is_pinned {
        return Ok(None);
    }
    let pinned = Chat::pinned(step.connection)?;
    if pinned.len() >= PINNED_MAX {
        return Err(ChatError::TooManyPinned);
    }
    let mut places = pinned.iter().map(|id| Chat::of(step.connection, *id));
    let last = places.try_fold(None, |last, chat| chat.map(|chat| last.max(chat.place)))?;
    Ok(Some(last.map_or(0, |last: u64| last.saturating_add(1))))
}

fn set_place(step: &mut Step<'_>, id: ConversationId, place: Option<u64>) -> Result<(), ChatError> {
    let conversation = known(step, id)?;
    let mut chat = Chat::of(step.connection, id)?;
    if chat.place != place {
        chat.place = place;
        chat.save(step.connection)?;
        views::changed(step, &conversation)?;
    }
    Ok(())
}

fn checked_nickname(text: &str) -> Result<Option<String>, ChatError> {
    let text = text.trim();
    if text.len() > NICKNAME_BYTES_MAX {
        return Err(ChatError::TooLong(NICKNAME_BYTES_MAX));
    }
    let text: String = text.chars().filter(|letter| !letter.is_control()).collect();
    Ok((!text.is_empty()).then_some(text))
}

/// Deletes a step's worth of a conversation.
fn clear(step: &mut Step<'_>, id: ConversationId) -> Result<(), MachineError> {
    let mut chat = Chat::of(step.connection, id)?;
    let up_to = chat.cleared_row.unwrap_or(0);
    let rows = chat::rows_up_to(step.connection, id, up_to, BATCH)?;
    for row in &rows {
        if let Some(item) = Item::by_row(step.connection, *row)? {
            // What others may still ask for is kept until they have it.
            let is_kept = item.author.is_none() && !item.is_delivered && !item.is_gone;
            let left = if is_kept { Left::Content } else { Left::Place };
            acts::erase(step, &item, left)?;
        }
    }
    if rows.is_empty() {
        let has_acts = chat::empty_up_to(step.connection, id, up_to, BATCH)?;
        if !has_acts {
            chat.cleared_row = None;
            chat.save(step.connection)?;
        }
        expiry::scrub(step);
    }
    expiry::plan(step)
}

/// Something new is in a conversation: one that was deleted is shown again, and one that was put away, unless it is
/// mute.
pub(crate) fn came(
    step: &mut Step<'_>,
    conversation: &Conversation,
    is_received: bool,
) -> Result<(), MachineError> {
    let mut chat = Chat::of(step.connection, conversation.id)?;
    let is_back = chat.is_archived && is_received && chat.muted_until_ms <= step.now_ms;
    if !chat.is_hidden && !is_back {
        return Ok(());
    }
    chat.is_hidden = false;
    chat.is_archived &= !is_back;
    chat.save(step.connection)?;
    views::changed(step, conversation)
}

/// The user reads a conversation that they had marked as unread.
pub(crate) fn unmark(step: &mut Step<'_>, id: ConversationId) -> Result<(), MachineError> {
    let mut chat = Chat::of(step.connection, id)?;
    if !chat.is_marked {
        return Ok(());
    }
    chat.is_marked = false;
    chat.save(step.connection)?;
    match Conversation::by_id(step.connection, id)? {
        Some(conversation) => views::changed(step, &conversation),
        None => Ok(()),
    }
}

/// What goes to an account and comes from it is another now.
fn tell_of(step: &mut Step<'_>, account: &AccountId) -> Result<(), MachineError> {
    let is_blocked = block::is_blocked(step.connection, account)?;
    for mut conversation in Conversation::all(step.connection)? {
        if conversation.account != *account {
            continue;
        }
        privacy::changed(step, &mut conversation)?;
        receipts::due(step, conversation.id)?;
        if is_blocked {
            blobs::blocked(step, &conversation)?;
        } else {
            outgoing::append_all(step, &conversation)?;
            outgoing::flush(step, &mut conversation)?;
            blobs::look_again(step, &conversation)?;
        }
    }
    Ok(())
}

/// What the user has set about a conversation.
pub(crate) fn view(
    connection: &Connection,
    conversation: &Conversation,
    chat: &Chat,
) -> Result<ChatView, MachineError> {
    let draft = chat::draft(connection, conversation.id)?;
    Ok(ChatView {
        place: chat.place,
        is_archived: chat.is_archived,
        is_marked: chat.is_marked,
        muted_until_ms: chat.muted_until_ms,
        nickname: chat.nickname.clone(),
        draft: draft.map(|text| text.chars().take(DRAFT_LETTERS).collect()),
        is_hidden: chat.is_hidden,
        is_blocked: block::is_blocked(connection, &conversation.account)?,
        privacy: chat.privacy,
    })
}
