//! Acts: what people do to messages after they were written. Edits, deletions, reactions, pins and votes are a set, and
//! what is shown is a function of the message and that set: in which order they arrived can't matter
//! (docs/spec/content.md).

use std::collections::{BTreeMap, BTreeSet};

use xchat_proto::ids::{AccountId, MessageId};
use xchat_proto::keys::PublicKey;
use xchat_proto::limits::{ACTS_MAX, REACTIONS_MAX};

/// What an act does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Gives the message another text.
    Edit(String),
    /// Deletes it for everyone.
    Delete,
    /// Adds an emoji.
    React(String),
    /// Takes back the reaction with this id.
    Unreact(MessageId),
    /// Pins it for all in the conversation, or takes that back.
    Pin(bool),
    /// Votes for these choices of a poll, in place of what the account had voted for.
    Vote(BTreeSet<u8>),
    /// Ends a poll.
    End,
}

/// An act on one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// The id of the content that is the act.
    pub id: MessageId,
    /// Whose it is.
    pub account: AccountId,
    /// The device that sent it.
    pub device: PublicKey,
    /// That device's count of messages.
    pub counter: u64,
    /// Its hybrid clock, in Unix milliseconds.
    pub clock_ms: u64,
    /// What it does.
    pub deed: Deed,
}

/// What a message is after all acts on it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shown {
    /// Its author has deleted it: there is nothing else.
    pub is_deleted: bool,
    /// The newest text, and when its author wrote it, in Unix milliseconds; nothing when it stands as it was written.
    pub edited: Option<(String, u64)>,
    /// Who reacted with what.
    pub reactions: BTreeMap<String, BTreeSet<AccountId>>,
    /// When it was pinned, in the order of all pins; nothing when it is not.
    pub pinned: Option<Order>,
    /// Who voted for which choices of a poll.
    pub votes: BTreeMap<AccountId, BTreeSet<u8>>,
    /// Whether it is a poll that its author has ended.
    pub is_ended: bool,
}

/// When an act was, in an order on which all devices agree: clock, device and count.
pub type Order = (u64, PublicKey, u64);

fn order(act: &Act) -> Order {
    (act.clock_ms, act.device, act.counter)
}

/// What is shown of a message that `author` wrote, after these acts.
pub fn reduce(author: &AccountId, acts: &[Act]) -> Shown {
    let is_deleted = |act: &Act| act.deed == Deed::Delete && act.account == *author;
    if acts.iter().any(is_deleted) {
        return Shown {
            is_deleted: true,
            ..Shown::default()
        };
    }
    let counted = counted(acts);
    let mut edits: Vec<(_, &String)> = Vec::new();
    for act in &counted {
        if let Deed::Edit(text) = &act.deed
            && act.account == *author
        {
            edits.push((order(act), text));
        }
    }
    let end = end(author, &counted);
    let newest = edits.into_iter().max_by_key(|(order, _)| *order);
    Shown {
        is_deleted: false,
        edited: newest.map(|((clock_ms, ..), text)| (text.clone(), clock_ms)),
        reactions: reactions(&counted),
        pinned: pinned(&counted),
        votes: votes(&counted, end),
        is_ended: end.is_some(),
    }
}

/// When its author has ended a poll for the first time.
fn end(author: &AccountId, acts: &[&Act]) -> Option<Order> {
    let ends = acts
        .iter()
        .filter(|act| act.deed == Deed::End && act.account == *author);
    ends.map(|act| order(act)).min()
}

/// The last vote of each account before the end.
fn votes(acts: &[&Act], end: Option<Order>) -> BTreeMap<AccountId, BTreeSet<u8>> {
    let mut last: BTreeMap<AccountId, (Order, MessageId, &BTreeSet<u8>)> = BTreeMap::new();
    for act in acts {
        if let Deed::Vote(choices) = &act.deed
            && end.is_none_or(|end| order(act) < end)
        {
            let vote = (order(act), act.id, choices);
            let before = last.entry(act.account).or_insert(vote);
            *before = (*before).max(vote);
        }
    }
    let standing = last.into_iter().filter(|(_, (.., choices))| !choices.is_empty());
    standing
        .map(|(account, (.., choices))| (account, choices.clone()))
        .collect()
}

/// Whoever is in the conversation pins, and the last word counts.
fn pinned(acts: &[&Act]) -> Option<Order> {
    let words = acts.iter().filter_map(|act| match act.deed {
        Deed::Pin(is_on) => Some((order(act), act.id, is_on)),
        _ => None,
    });
    let (order, _, is_on) = words.max()?;
    is_on.then_some(order)
}

/// The first acts of each device: nobody makes another's work endless, and all devices cut alike.
fn counted(acts: &[Act]) -> Vec<&Act> {
    let mut by_device: BTreeMap<PublicKey, BTreeMap<(u64, MessageId), &Act>> = BTreeMap::new();
    for act in acts {
        let of_device = by_device.entry(act.device).or_default();
        of_device.insert((act.counter, act.id), act);
    }
    let first = by_device
        .values()
        .flat_map(|of_device| of_device.values().take(ACTS_MAX));
    first.copied().collect()
}

fn reactions(acts: &[&Act]) -> BTreeMap<String, BTreeSet<AccountId>> {
    let mut taken_back: BTreeSet<(AccountId, MessageId)> = BTreeSet::new();
    for act in acts {
        if let Deed::Unreact(id) = &act.deed {
            taken_back.insert((act.account, *id));
        }
    }
    let mut standing: Vec<(_, &Act, &String)> = Vec::new();
    for act in acts {
        if let Deed::React(emoji) = &act.deed
            && !taken_back.contains(&(act.account, act.id))
        {
            standing.push((order(act), act, emoji));
        }
    }
    standing.sort_by_key(|(order, ..)| *order);
    let mut of_account: BTreeMap<AccountId, BTreeSet<&String>> = BTreeMap::new();
    let mut shown: BTreeMap<String, BTreeSet<AccountId>> = BTreeMap::new();
    for (_, act, emoji) in standing {
        let own = of_account.entry(act.account).or_default();
        if own.contains(emoji) || own.len() < REACTIONS_MAX {
            own.insert(emoji);
            shown.entry(emoji.clone()).or_default().insert(act.account);
        }
    }
    shown
}

#[cfg(test)]
mod tests;
