//! Writing, and what the user does to what was written: replies, edits, deletions, reactions.

use std::collections::BTreeSet;

use rand_core::CryptoRng;
use xchat_proto::ids::MessageId;
use xchat_proto::limits::{ACTS_MAX, CAPTION_BYTES_MAX, FILES_MAX, MESSAGE_TEXT_BYTES_MAX, REACTIONS_MAX};

use crate::acts::{Act, Deed};
use crate::content::{Content, File, Files, Part, Poll, are_answers, is_reaction, is_timer};
use crate::error::MachineError;
use crate::io::{ConversationId, ConversationState, MessageView, VersionView};
use crate::machine::outgoing::Draft;
use crate::machine::refusals::{ActError, SendError};
use crate::machine::step::Step;
use crate::machine::{Machine, acts, blobs, expiry, outgoing, polls, safety};
use crate::rows::act::{Item, Left};
use crate::rows::chat::Chat;
use crate::rows::conversation::Conversation;
use crate::rows::{block, outbox};

/// A file to be sent, whose sealed form is on the disk of this device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// What it is called on the disk.
    pub file: [u8; 16],
    /// What others are told of it.
    pub content: File,
}

/// A message to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outgoing {
    /// The text; with files it may be empty.
    pub text: String,
    /// The files.
    pub files: Vec<NewFile>,
    /// The message in the same conversation that it answers, by its row.
    pub reply_to: Option<i64>,
    /// Whether it was written elsewhere.
    pub is_forwarded: bool,
    /// How long after it was read it disappears, in seconds; 0 for never. Without it, as the conversation has it.
    pub timer_s: Option<u32>,
    /// What is asked, in place of text and files.
    pub poll: Option<Poll>,
    /// What its readers can answer with one touch: at most 8, each of at most 128 bytes. Not with a poll.
    pub answers: Vec<String>,
}

impl From<&str> for Outgoing {
    fn from(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            ..Self::default()
        }
    }
}

/// Who is to lose a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeleteFor {
    /// This device.
    Me,
    /// Everybody in the conversation. Whoever has read it has read it.
    Everyone,
}

impl Machine {
    /// Writes a text that answers nothing; see [`Self::send`].
    ///
    /// # Errors
    /// [`SendError`] when it can't be.
    pub fn send_text(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        conversation: ConversationId,
        text: &str,
    ) -> Result<MessageView, SendError> {
        self.send(now_ms, rng, conversation, text.into())
    }

    /// Writes a text. When this returns, it is on disk and will be sent.
    ///
    /// # Errors
    /// [`SendError`] when it can't be.
    pub fn send(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        conversation: ConversationId,
        outgoing: Outgoing,
    ) -> Result<MessageView, SendError> {
        check(&outgoing)?;
        self.step(now_ms, rng, |step| send(step, conversation, outgoing))
    }

    /// Writes a message into a conversation once more, with copies of its files: no two conversations share a sealed
    /// file. Where it is from is not told.
    ///
    /// # Errors
    /// [`ActError`] when it can't be.
    pub fn forward(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        row: i64,
        conversation: ConversationId,
        files: Vec<NewFile>,
    ) -> Result<MessageView, ActError> {
        let item = Item::by_row(&self.connection, row)?.ok_or(ActError::UnknownMessage)?;
        if item.is_gone || !(item.has_text || item.is_poll) {
            return Err(ActError::Deleted);
        }
        if item.has_files == files.is_empty() {
            return Err(ActError::NoCopies);
        }
        let poll = match item.is_poll {
            true => polls::written(&item)?,
            false => None,
        };
        let outgoing = Outgoing {
            text: if poll.is_some() { String::new() } else { item.text },
            poll,
            files,
            is_forwarded: true,
            ..Outgoing::default()
        };
        Ok(self.send(now_ms, rng, conversation, outgoing)?)
    }

    /// Gives an own message another text, on all devices that have it.
    ///
    /// # Errors
    /// [`ActError`] when it can't be.
    pub fn edit(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        row: i64,
        text: &str,
    ) -> Result<(), ActError> {
        self.step(now_ms, rng, |step| {
            let (mut conversation, item) = standing(step, row)?;
            match item.has_files {
                true => check_caption(text)?,
                false => check_text(text)?,
            }
            if item.author.is_some() || !item.has_text {
                return Err(ActError::NotYours);
            }
            if item.text == text {
                return Ok(());
            }
            check_room(step, &item)?;
            let draft = Draft {
                replaces: Some(item.id),
                timer_s: item.timer_s,
                ..Draft::from(Part::Text(text.to_owned()))
            };
            outgoing::write(step, &mut conversation, draft)?;
            Ok(())
        })
    }

    /// Deletes a message. What has not left this device never will.
    ///
    /// # Errors
    /// [`ActError`] when it can't be.
    pub fn delete(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        row: i64,
        whom: DeleteFor,
    ) -> Result<(), ActError> {
        self.step(now_ms, rng, |step| {
            let item = Item::by_row(step.connection, row)?.ok_or(ActError::UnknownMessage)?;
            let is_done = match whom {
                DeleteFor::Me => item.is_removed,
                DeleteFor::Everyone => item.is_gone,
            };
            if is_done {
                return Ok(());
            }
            let found = Conversation::by_id(step.connection, item.conversation)?;
            let mut conversation = found.ok_or(ActError::UnknownMessage)?;
            if whom == DeleteFor::Me {
                // What others may still ask for is kept until they have it.
                let is_kept = item.author.is_none() && !item.is_delivered;
                let left = if is_kept { Left::Content } else { Left::Place };
                return Ok(acts::remove(step, &item, left)?);
            }
            if item.author.is_some() {
                return Err(ActError::NotYours);
            }
            if withdraw(step, &item)? {
                expiry::silence_acts(step, &item)?;
                blobs::erased(step, item.row)?;
                return Ok(acts::remove(step, &item, Left::Place)?);
            }
            if conversation.state > ConversationState::Active {
                return Err(SendError::Closed(conversation.trouble.unwrap_or_default()).into());
            }
            let draft = Draft {
                replaces: Some(item.id),
                ..Draft::from(Part::Void)
            };
            outgoing::write(step, &mut conversation, draft)?;
            Ok(())
        })
    }

    /// Reacts to a message with an emoji, or takes that back.
    ///
    /// # Errors
    /// [`ActError`] when it can't be.
    pub fn react(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        row: i64,
        emoji: &str,
        is_on: bool,
    ) -> Result<(), ActError> {
        if !is_reaction(emoji) {
            return Err(ActError::NoReaction);
        }
        self.step(now_ms, rng, |step| {
            let (mut conversation, item) = standing(step, row)?;
            let own = own_reactions(step, &item)?;
            let is_there = own.iter().any(|(_, stands)| stands == emoji);
            if is_there == is_on {
                return Ok(());
            }
            if !is_on {
                for (id, _) in own.iter().filter(|(_, stands)| stands == emoji) {
                    let draft = Draft {
                        replaces: Some(*id),
                        in_reply_to: Some(item.id),
                        ..Draft::from(Part::Void)
                    };
                    outgoing::write(step, &mut conversation, draft)?;
                }
                return Ok(());
            }
            let emojis: BTreeSet<&String> = own.iter().map(|(_, emoji)| emoji).collect();
            if emojis.len() >= REACTIONS_MAX {
                return Err(ActError::TooManyReactions);
            }
            check_room(step, &item)?;
            let draft = Draft {
                in_reply_to: Some(item.id),
                timer_s: item.timer_s,
                ..Draft::from(Part::Reaction(emoji.to_owned()))
            };
            outgoing::write(step, &mut conversation, draft)?;
            Ok(())
        })
    }

    /// All texts that a message had, the first first. Empty when it is deleted.
    ///
    /// # Errors
    /// [`ActError::UnknownMessage`], or that the database fails.
    pub fn versions(&self, row: i64) -> Result<Vec<VersionView>, ActError> {
        let item = Item::by_row(&self.connection, row)?.ok_or(ActError::UnknownMessage)?;
        let mut versions = Vec::new();
        let Some(account) = self.account.as_ref().filter(|_| !item.is_gone) else {
            return Ok(versions);
        };
        if let Ok(content) = Content::decode(&item.content)
            && let Part::Text(text) | Part::Files(Files { caption: text, .. }) = content.part
        {
            versions.push(VersionView {
                text,
                written_ms: content.clock_ms,
            });
        }
        let own = account.id();
        let author = item.author.unwrap_or(own);
        for act in in_order(acts::on(&self.connection, &own, &item)?) {
            if let Deed::Edit(text) = act.deed
                && act.account == author
            {
                versions.push(VersionView {
                    text,
                    written_ms: act.clock_ms,
                });
            }
        }
        Ok(versions)
    }
}

/// Whether a text may be sent so.
pub(crate) fn check(outgoing: &Outgoing) -> Result<(), SendError> {
    if !are_answers(&outgoing.answers) {
        return Err(SendError::NoAnswers);
    }
    match outgoing.files.len() {
        _ if outgoing.poll.is_some() => polls::check(outgoing)?,
        0 => check_text(&outgoing.text)?,
        1..=FILES_MAX => check_caption(&outgoing.text)?,
        _ => return Err(SendError::TooManyFiles),
    }
    check_timer(outgoing.timer_s.filter(|timer_s| *timer_s > 0))
}

/// Writes a text that may be sent.
pub(crate) fn send(
    step: &mut Step<'_>,
    conversation: ConversationId,
    outgoing: Outgoing,
) -> Result<MessageView, SendError> {
    let mut conversation = writable(step, conversation)?;
    let timer_s = match outgoing.timer_s {
        Some(own) => (own > 0).then_some(own),
        None => Chat::of(step.connection, conversation.id)?.timer_s,
    };
    let in_reply_to = match outgoing.reply_to {
        Some(row) => Some(answered(step, &conversation, row)?),
        None => None,
    };
    let (part, on_disk) = match outgoing.poll {
        Some(poll) => (Part::Poll(poll), Vec::new()),
        None => part(outgoing.text, outgoing.files),
    };
    let draft = Draft {
        in_reply_to,
        timer_s,
        is_forwarded: outgoing.is_forwarded,
        answers: outgoing.answers,
        on_disk,
        ..Draft::from(part)
    };
    let view = outgoing::write(step, &mut conversation, draft)?;
    view.ok_or_else(|| SendError::Machine(MachineError::Bug("a text without a row".to_owned())))
}

fn in_order(mut acts: Vec<Act>) -> Vec<Act> {
    acts.sort_by_key(|act| (act.clock_ms, act.device, act.counter));
    acts
}

fn check_text(text: &str) -> Result<(), SendError> {
    if text.trim().is_empty() {
        return Err(SendError::Empty);
    }
    if text.len() > MESSAGE_TEXT_BYTES_MAX {
        return Err(SendError::TooLong {
            length: text.len(),
            limit: MESSAGE_TEXT_BYTES_MAX,
        });
    }
    Ok(())
}

/// A time after which messages may disappear, if any.
pub(crate) fn check_timer(timer_s: Option<u32>) -> Result<(), SendError> {
    match timer_s {
        Some(timer_s) if !is_timer(timer_s) => Err(SendError::NoTimer),
        _ => Ok(()),
    }
}

fn check_caption(text: &str) -> Result<(), SendError> {
    match text.len() > CAPTION_BYTES_MAX {
        true => Err(SendError::TooLong {
            length: text.len(),
            limit: CAPTION_BYTES_MAX,
        }),
        false => Ok(()),
    }
}

/// What a text with files, or without any, is; and what the files are called on the disk.
fn part(text: String, files: Vec<NewFile>) -> (Part, Vec<[u8; 16]>) {
    if files.is_empty() {
        return (Part::Text(text), Vec::new());
    }
    let (on_disk, files) = files.into_iter().map(|file| (file.file, file.content)).unzip();
    let files = Files { caption: text, files };
    (Part::Files(files), on_disk)
}

/// A conversation in which this user may write now.
pub(crate) fn writable(step: &Step<'_>, id: ConversationId) -> Result<Conversation, SendError> {
    let conversation = Conversation::by_id(step.connection, id)?.ok_or(SendError::UnknownConversation)?;
    if conversation.state > ConversationState::Active {
        return Err(SendError::Closed(conversation.trouble.unwrap_or_default()));
    }
    if block::is_blocked(step.connection, &conversation.account)? {
        return Err(SendError::Blocked);
    }
    if safety::is_in_doubt(step.connection, &conversation)? {
        return Err(SendError::IdentityChanged);
    }
    Ok(conversation)
}

/// The message in a conversation that is answered.
pub(crate) fn answered(
    step: &Step<'_>,
    conversation: &Conversation,
    row: i64,
) -> Result<MessageId, SendError> {
    Item::by_row(step.connection, row)?
        .filter(|item| item.conversation == conversation.id && !item.is_gone)
        .map(|item| item.id)
        .ok_or(SendError::UnknownReply)
}

/// A message that is not deleted, in a conversation in which this user may write.
pub(super) fn standing(step: &Step<'_>, row: i64) -> Result<(Conversation, Item), ActError> {
    let item = Item::by_row(step.connection, row)?.ok_or(ActError::UnknownMessage)?;
    if item.is_gone {
        return Err(ActError::Deleted);
    }
    Ok((writable(step, item.conversation)?, item))
}

/// What one device may do to one message has an end, on all devices alike.
pub(super) fn check_room(step: &Step<'_>, item: &Item) -> Result<(), ActError> {
    let account = step.account()?;
    let (own, device) = (account.id(), account.device_key().public());
    let acts = acts::on(step.connection, &own, item)?;
    if acts.iter().filter(|act| act.device == device).count() >= ACTS_MAX {
        return Err(ActError::TooManyChanges);
    }
    Ok(())
}

/// This account's reactions to a message, by their ids.
fn own_reactions(step: &Step<'_>, item: &Item) -> Result<Vec<(MessageId, String)>, MachineError> {
    let own = step.account()?.id();
    let mut acts = acts::on(step.connection, &own, item)?;
    acts.retain(|act| act.account == own);
    let taken_back: BTreeSet<MessageId> = acts
        .iter()
        .filter_map(|act| match &act.deed {
            Deed::Unreact(id) => Some(*id),
            _ => None,
        })
        .collect();
    let standing = acts.into_iter().filter_map(|act| match act.deed {
        Deed::React(emoji) if !taken_back.contains(&act.id) => Some((act.id, emoji)),
        _ => None,
    });
    Ok(standing.collect())
}

/// Takes a message back that has never been encrypted, and says whether that could be done. In its place goes that it
/// will not come.
fn withdraw(step: &mut Step<'_>, item: &Item) -> Result<bool, MachineError> {
    let gone = expiry::will_not_come(step, item.counter)?;
    outbox::withdraw(step.connection, item.conversation, &item.id, &gone)
}
