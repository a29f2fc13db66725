//! Whether this node votes: a machine without I/O.
//!
//! A key must never vote twice in one view with different memories. A node remembers on disk that it has been there
//! from the start, or since when; a node whose disk was wiped remembers neither. It was there from the start when its
//! key has never been used, which a mark beside a new key says until it is; or when a
//! quorum, itself among it, says that it has no block: who has decided on one shares a validator with them. Silence
//! says nothing. Otherwise, whatever an earlier self has voted
//! on, it did before the new one woke up. So the new one votes above a final block that is certainly younger than
//! itself: to vote in a later view than that block's, the earlier self would have needed a quorum that had left the
//! block's view before the block was made, and the quorum that decided on it shares an honest validator with that
//! one. An epoch that begins after such a block is free as a whole. Until then the node follows.

use minicbor::{Decode, Encode};

/// How much younger than the node a block must be, by the clocks: those of validators that speak to each other differ
/// by half a minute at most, and a block's time from the clocks of those who accept it by ten seconds.
const BIRTH_MARGIN_MS: u64 = 45_000;

/// What a node must not forget while its engine's votes are on its disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Memory {
    /// When the folder was made, by the node's clock.
    #[n(0)]
    pub(crate) born_ms: u64,
    /// Whether no earlier self can have voted: the key was made for this folder, or a quorum had no block yet after
    /// the folder was made.
    #[n(1)]
    pub(crate) from_start: bool,
    /// The newest epoch in which it has voted.
    #[n(2)]
    pub(crate) voted: Option<u64>,
}

impl Memory {
    /// The memory of a key that has never been used.
    pub(crate) fn of_unused(now_ms: u64) -> Self {
        Self {
            born_ms: now_ms,
            from_start: true,
            voted: None,
        }
    }
}

/// Where the chain stands, as far as this node has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The height of the newest block.
    pub(crate) height: u64,
    /// The epoch of the next block.
    pub(crate) epoch: u64,
    /// The time of the block before that epoch's first. None when the engine can't start from it.
    pub(crate) began_ms: Option<u64>,
    /// The time of the newest block of that epoch that has a certificate, and can be started from.
    pub(crate) certified_ms: Option<u64>,
    /// Whether this node's key is in that epoch's set.
    pub(crate) is_member: bool,
}

/// What a node does in an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It votes.
    Validator,
    /// It is a validator, has no block, and doesn't vote before a quorum says the same.
    Waiting,
    /// It is a validator that has lost its disk, or has come late, and waits for a block that is younger than itself;
    /// or one that has begun with a snapshot, and waits for the block after it.
    Recovering,
    /// It takes what others have decided.
    Follower,
}

/// What the machine is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Input {
    /// Where the chain stands.
    Chain(Standing),
    /// So many validators have said that they have no block that they are a quorum with this one.
    QuorumIsNew,
}

/// What the machine wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    /// This must be on disk before anything that follows is done.
    Remember(Memory),
    /// From now on, this is the role in this epoch.
    Become {
        /// The role.
        role: Role,
        /// The epoch.
        epoch: u64,
    },
}

/// Whether this node votes.
#[derive(Debug)]
pub(crate) struct Duty {
    memory: Memory,
    is_remembered: bool,
    quorum_is_new: bool,
    standing: Option<Standing>,
    current: Option<(Role, u64)>,
}

impl Duty {
    /// A node that finds `memory` on its disk, or nothing, and is the network's only validator (`is_alone`) or not.
    pub(crate) fn new(now_ms: u64, memory: Option<Memory>, is_alone: bool) -> Self {
        Self {
            is_remembered: memory.is_some(),
            memory: memory.unwrap_or(Memory {
                born_ms: now_ms,
                from_start: false,
                voted: None,
            }),
            quorum_is_new: is_alone,
            standing: None,
            current: None,
        }
    }

    /// The present role.
    #[cfg(test)]
    pub(crate) fn role(&self) -> Role {
        self.current.map_or(Role::Follower, |(role, _)| role)
    }

    /// Takes an input, and says what is to be done, in this order.
    pub(crate) fn handle(&mut self, input: Input) -> Vec<Output> {
        match input {
            Input::Chain(standing) => self.standing = Some(standing),
            Input::QuorumIsNew => self.quorum_is_new = true,
        }
        let Some(standing) = self.standing else {
            return Vec::new();
        };
        let before = self.memory;
        let role = self.judge(&standing);
        let mut outputs = Vec::new();
        if self.memory != before || !self.is_remembered {
            self.is_remembered = true;
            outputs.push(Output::Remember(self.memory));
        }
        if self.current != Some((role, standing.epoch)) {
            self.current = Some((role, standing.epoch));
            outputs.push(Output::Become {
                role,
                epoch: standing.epoch,
            });
        }
        outputs
    }

    fn judge(&mut self, standing: &Standing) -> Role {
        if !standing.is_member {
            return Role::Follower;
        }
        // Once it votes in an epoch it goes on until the epoch ends.
        if self.current == Some((Role::Validator, standing.epoch)) {
            return Role::Validator;
        }
        if self.memory.voted.is_some_and(|voted| voted > standing.epoch) {
            // The folder holds an older state than the one it voted with.
            return Role::Recovering;
        }
        // Right after a snapshot the engine has no block to start above: the next one that is imported will do.
        if standing.certified_ms.is_none() && standing.began_ms.is_none() {
            return Role::Recovering;
        }
        let has_voted_here = self.memory.voted == Some(standing.epoch);
        if !self.memory.from_start && !has_voted_here && standing.height == 0 {
            if !self.quorum_is_new {
                return Role::Waiting;
            }
            self.memory.from_start = true;
        }
        let is_younger = |time_ms: u64| time_ms > self.memory.born_ms.saturating_add(BIRTH_MARGIN_MS);
        // The engine starts above the newest certified block, so that block's view and those before it are out of
        // reach.
        let youngest = standing.certified_ms.or(standing.began_ms);
        if !self.memory.from_start && !has_voted_here && !youngest.is_some_and(is_younger) {
            return Role::Recovering;
        }
        self.memory.voted = Some(standing.epoch);
        Role::Validator
    }
}

#[cfg(test)]
mod tests;
