//! What is kept in memory only. All of it can be lost at any moment.

use std::collections::{BTreeMap, BTreeSet};

use openmls::prelude::MlsGroup;
use xchat_proto::address::Endpoint;
use xchat_proto::ids::{LogId, NodeId};
use xchat_proto::keys::PublicKey;
use xchat_proto::name::Name;

use crate::envelope::EpochKeys;
use crate::io::{ConversationId, Tag};
use crate::machine::blobs::Transfers;
use crate::machine::contacting::ContactFlow;
use crate::machine::exposure::Told;
use crate::machine::query::{self, Query};
use crate::machine::submission::Submission;
use crate::machine::witness::Witnesses;
use crate::phrase::Phrase;

/// How long after a failed transaction all is taken up again, in milliseconds.
const RECOVERY_DELAY_MS: u64 = 1_000;

/// What a request to a home or the directory was for.
#[derive(Debug, Clone)]
pub(crate) enum Purpose {
    /// Outbox row `row` of a conversation.
    Append {
        conversation: ConversationId,
        row: i64,
    },
    CreateLog(ConversationId),
    Deposit(ConversationId),
    /// The commit that closes `epoch` of a conversation.
    SubmitCommit {
        conversation: ConversationId,
        epoch: u64,
    },
    CreateInbox,
    PublishCard,
    PublishKeyPackages,
    CountKeyPackages,
    TrimInbox,
    Ephemeral,
    Contact(Tag),
    Register,
    /// A change of the own record.
    Update,
    /// Looking up the name that a phrase is to bring back.
    Restore,
    /// Looking one's own name up: to see the registration final, or to watch over it.
    OwnName,
    /// What a name costs, and whether it is free, before it is registered.
    Price,
    /// How a name stands, for whoever asked with this tag.
    Standing(Tag),
    /// Who the operators are.
    Operators,
    /// Giving the own name up.
    Release,
    /// Asking to be added to a conversation again.
    AskBack,
    /// Looking the sender of a message request up.
    RequestSender(crate::io::RequestId),
    /// What the directory says by now about somebody with whom there is a conversation.
    CheckContact(Name),
}

/// Whether a home answers.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct HomeState {
    pub(crate) up: bool,
    pub(crate) known: bool,
}

/// When to try something again.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Retry {
    pub(crate) at_ms: u64,
    pub(crate) attempt: u32,
}

impl Retry {
    /// The next try after a failure: doubling from `first_ms` up to `most_ms`, a quarter of it by chance.
    pub(crate) fn after(self, now_ms: u64, first_ms: u64, most_ms: u64, chance: u32) -> Self {
        let doubled = first_ms.saturating_mul(1_u64.checked_shl(self.attempt.min(16)).unwrap_or(u64::MAX));
        let delay = doubled.min(most_ms);
        let jitter = (delay / 4).saturating_mul(u64::from(chance % 1024)) / 1024;
        Self {
            at_ms: now_ms.saturating_add(delay).saturating_add(jitter),
            attempt: self.attempt.saturating_add(1),
        }
    }
}

/// Where a log is followed from.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Position {
    /// The index that the last subscription began with.
    pub(crate) from: u64,
    /// The index that the next one is to begin with, when it is not the conversation's own. For one time only: the
    /// home says so, and what is really there decides.
    pub(crate) skip_to: Option<u64>,
    /// Whether something was skipped since the log was last read to its end.
    pub(crate) has_skipped: bool,
    /// Until when nothing is skipped without a pause.
    pub(crate) patient_until_ms: u64,
}

/// Who is there, as far as ephemerals tell.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Presence {
    pub(crate) online_until_ms: u64,
    pub(crate) typing_until_ms: u64,
    pub(crate) newest_ms: u64,
}

/// What the directory is asked. When a transaction is lost, this is as before it: somebody waits for each answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Questions {
    pub(crate) queries: BTreeMap<Tag, Query>,
    /// Those whose last answers nobody waits for any more.
    pub(crate) late: BTreeMap<Tag, Query>,
    /// Changes that the directory was asked for.
    pub(crate) submissions: BTreeMap<Tag, Submission>,
    /// Names that somebody waits to hear of.
    pub(crate) lookups: BTreeMap<Tag, Name>,
    /// People who are looked for.
    pub(crate) flows: BTreeMap<Tag, ContactFlow>,
    /// Blocks that contacts were shown.
    pub(crate) witnesses: Witnesses,
}

/// See the module's documentation.
#[derive(Default)]
pub(crate) struct Live {
    pub(crate) groups: BTreeMap<ConversationId, MlsGroup>,
    pub(crate) keys: BTreeMap<ConversationId, EpochKeys>,
    next_tag: Tag,
    pub(crate) purposes: BTreeMap<Tag, Purpose>,
    pub(crate) homes: BTreeMap<NodeId, HomeState>,
    /// Outbox rows with an append under way.
    pub(crate) appending: BTreeSet<i64>,
    /// Conversations with something to append that found no room.
    pub(crate) crowded_out: BTreeSet<ConversationId>,
    /// Conversations with a commit request under way.
    pub(crate) committing: BTreeSet<ConversationId>,
    /// Logs with a standing subscription, and its epoch.
    pub(crate) subscribed: BTreeMap<LogId, u64>,
    /// Conversations whose log has been read to its end since the start.
    pub(crate) read_up: BTreeSet<ConversationId>,
    /// The inbox has been read to its end since the start.
    pub(crate) inbox_read_up: bool,
    /// Logs whose subscription is to be tried again.
    pub(crate) resubscribe: BTreeMap<LogId, Retry>,
    pub(crate) questions: Questions,
    /// Nodes that did not answer when they were last asked.
    pub(crate) silent: BTreeSet<NodeId>,
    /// Work pays for the registration, though there is a token.
    pub(crate) works_instead: bool,
    /// Who said that the registration is final, and at which height.
    pub(crate) claimed: Option<(NodeId, u64)>,
    /// When the own record is looked at next.
    pub(crate) watch_at: Option<u64>,
    /// When it was last asked for, and the height that had been seen when the answer came.
    pub(crate) watched: Option<(u64, u64)>,
    /// The own record is to be asked for once more, when it has been.
    pub(crate) looks_again: bool,
    /// Until when it is not asked again who the operators are.
    pub(crate) operators_after_ms: u64,
    pub(crate) told: Told,
    pub(crate) blobs: Transfers,
    pub(crate) own_endpoint: Option<Endpoint>,
    pub(crate) peers: BTreeSet<NodeId>,
    pub(crate) redial: BTreeMap<NodeId, (Endpoint, Retry)>,
    pub(crate) receipts_at: BTreeMap<ConversationId, u64>,
    /// Logs of which entries are gone, and how that is dealt with.
    pub(crate) positions: BTreeMap<LogId, Position>,
    /// Conversations in which all that may be missing is to be asked for again, after it was.
    pub(crate) lacking: BTreeMap<ConversationId, Retry>,
    pub(crate) gaps_at: BTreeMap<ConversationId, u64>,
    pub(crate) retry_at: BTreeMap<ConversationId, Retry>,
    /// Conversations in which this device waits to be added again.
    pub(crate) rejoin_at: BTreeMap<ConversationId, Retry>,
    pub(crate) registration: Option<Retry>,
    pub(crate) registering: bool,
    /// The words that bring an account back, until the directory has said which key they must replace.
    pub(crate) restoring: Option<(Phrase, Name)>,
    pub(crate) upkeep_at: Option<u64>,
    /// When the next message disappears.
    pub(crate) expire_at: Option<u64>,
    /// When the next text is written that was to wait.
    pub(crate) scheduled_at: Option<u64>,
    /// When what was erased is to be taken out of the write-ahead log.
    pub(crate) scrub_at: Option<u64>,
    /// When the next part of the index is built.
    pub(crate) index_at: Option<u64>,
    pub(crate) recover_at: Option<u64>,
    pub(crate) presence: BTreeMap<(ConversationId, PublicKey), Presence>,
    pub(crate) present: bool,
    /// Until when the user counts as typing.
    pub(crate) typing: BTreeMap<ConversationId, u64>,
    /// Signs of an epoch that has not begun here yet.
    pub(crate) early: BTreeMap<ConversationId, Vec<(u64, Vec<u8>)>>,
    /// The time of the newest sign of ours.
    pub(crate) signed_ms: u64,
    pub(crate) present_at: Option<u64>,
    /// Messages sent since the mark outside the database was renewed.
    pub(crate) sent_since_mark: u32,
}

impl Live {
    pub(crate) fn tag(&mut self, purpose: Purpose) -> Tag {
        let tag = self.fresh_tag();
        self.purposes.insert(tag, purpose);
        tag
    }

    pub(crate) fn fresh_tag(&mut self) -> Tag {
        self.next_tag = self.next_tag.wrapping_add(1);
        self.next_tag
    }

    /// A transaction was lost: what is in memory may be ahead of the disk. It is built again from there, a moment
    /// later.
    pub(crate) fn after_failure(&mut self, now_ms: u64) {
        self.groups.clear();
        self.keys.clear();
        self.appending.clear();
        self.committing.clear();
        self.subscribed.clear();
        self.registering = false;
        self.blobs.after_failure();
        // What was taken for gone may be there.
        self.expire_at = Some(now_ms);
        self.scheduled_at = Some(now_ms);
        self.recover_at = Some(now_ms.saturating_add(RECOVERY_DELAY_MS));
    }

    pub(crate) fn home_is_up(&self, home: &NodeId) -> bool {
        // A home that was never asked is worth a try.
        self.homes.get(home).is_none_or(|state| state.up || !state.known)
    }

    pub(crate) fn wake_at(&self) -> Option<u64> {
        let presence = self
            .presence
            .values()
            .flat_map(|p| [p.online_until_ms, p.typing_until_ms]);
        [
            self.resubscribe.values().map(|retry| retry.at_ms).min(),
            self.redial.values().map(|(_, retry)| retry.at_ms).min(),
            self.receipts_at.values().copied().min(),
            self.lacking.values().map(|retry| retry.at_ms).min(),
            self.gaps_at.values().copied().min(),
            self.retry_at.values().map(|retry| retry.at_ms).min(),
            self.rejoin_at.values().map(|retry| retry.at_ms).min(),
            self.registration.map(|retry| retry.at_ms),
            self.upkeep_at,
            self.expire_at,
            self.scrub_at,
            self.index_at,
            self.scheduled_at,
            self.watch_at,
            query::wake_at(&self.questions.queries),
            self.recover_at,
            self.blobs.wake_at(),
            self.present_at,
            presence.filter(|at| *at > 0).min(),
        ]
        .into_iter()
        .flatten()
        .min()
    }
}
