//! What one connection has proved.

use std::collections::BTreeSet;

use xchat_proto::capability::{CapabilityClaim, Role, verify_claim};
use xchat_proto::ids::{Hash, LogId, NodeId};
use xchat_proto::limits::CAPABILITIES_PER_CONNECTION_MAX;
use xchat_proto::mailbox_wire::Refusal;
use xchat_proto::signed::Signed;

use crate::mailbox::Mailbox;
use crate::store::Store;

/// The capabilities proved on one connection. A segment's key never changes, so what is proved stays proved.
#[derive(Debug, Clone)]
pub struct Capabilities {
    home: NodeId,
    binding: Hash,
    proved: BTreeSet<(LogId, u64, Role)>,
}

impl Capabilities {
    /// Nothing proved yet, on the connection to `home` whose exporter is `binding`.
    pub fn new(home: NodeId, binding: Hash) -> Self {
        Self {
            home,
            binding,
            proved: BTreeSet::new(),
        }
    }

    /// Accepts a claim that is signed by the segment's key for this home and connection.
    ///
    /// # Errors
    /// [`Refusal`] when it is not, or when the connection has proved too many.
    pub fn prove<S: Store>(
        &mut self,
        claim: &Signed<CapabilityClaim>,
        mailbox: &Mailbox<S>,
    ) -> Result<(), Refusal> {
        let claimed = claim.unverified().map_err(|_| Refusal::Malformed)?;
        let key = mailbox.access(&claimed.log, claimed.role, claimed.epoch)?;
        // LOG-05
        let proved = verify_claim(claim, &key, &self.home, &self.binding).map_err(|_| Refusal::NotProved)?;
        let proved = (proved.log, proved.epoch, proved.role);
        if !self.proved.contains(&proved) && self.proved.len() >= CAPABILITIES_PER_CONNECTION_MAX {
            // A long-lived connection goes from epoch to epoch: the oldest of the same log makes room.
            let (log, _, role) = proved;
            let oldest = self
                .proved
                .range((log, 0, role)..=(log, u64::MAX, role))
                .next()
                .copied();
            self.proved.remove(&oldest.ok_or(Refusal::TooMany)?);
        }
        self.proved.insert(proved);
        Ok(())
    }

    /// Whether `role` is proved for the segment of `epoch`.
    pub fn check(&self, log: &LogId, role: Role, epoch: u64) -> bool {
        self.proved.contains(&(*log, epoch, role))
    }
}
