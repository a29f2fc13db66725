//! What a block does, when it is executed and not committed.

use xchat_proto::directory_wire::RejectReason;
use xchat_proto::ids::Hash;
use xchat_proto::operator::Committee;

use crate::ballots;
use crate::map::MapChange;
use crate::rules::Checked;
use crate::transition::Ledger;

/// What a block does, when it is executed and not committed.
#[derive(Debug, Clone)]
pub struct Executed {
    pub(crate) height: u64,
    pub(crate) time_ms: u64,
    pub(crate) root: Hash,
    pub(crate) version: u64,
    pub(crate) work_bits: u8,
    pub(crate) outcomes: Vec<Result<(), RejectReason>>,
    pub(crate) accepted: Vec<Checked>,
    pub(crate) ledger: Ledger,
    pub(crate) change: Option<MapChange>,
}

impl Executed {
    /// The height of the block.
    pub fn height(&self) -> u64 {
        self.height
    }

    /// The root of the map after the block.
    pub fn root(&self) -> Hash {
        self.root
    }

    /// What became of each operation.
    pub fn outcomes(&self) -> &[Result<(), RejectReason>] {
        &self.outcomes
    }

    /// The operations that the rules let pass, in their order. What was refused has changed nothing: the block is
    /// that of these alone.
    pub fn accepted(&self) -> &[Checked] {
        &self.accepted
    }

    /// The committee after the block: who decides the next height.
    pub fn committee(&self) -> &Committee {
        &self.ledger.committee
    }

    /// What a registration costs in the next block, in bits of proof of work.
    pub fn work_bits(&self) -> u8 {
        self.work_bits
    }

    /// Whether an approved change of the validators waits for the end of the epoch.
    pub fn has_decided(&self) -> bool {
        ballots::has_decided(&self.ledger.committee)
    }
}
