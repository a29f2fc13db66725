//! One connection to the blob service: what it asks is admitted, answered, or turned into something to do.

use xchat_proto::blob_wire::{
    BlobRefusal, BlobReply, BlobRequest, GroupRanges, blob_challenge, blob_work_bits,
};
use xchat_proto::capability::Role;
use xchat_proto::ids::{Hash, LogId, NodeId};
use xchat_proto::work::{Challenge, Work};

use crate::blob::{BlobCommand, BlobFile, BlobPlace};
use crate::capabilities::Capabilities;
use crate::mailbox::Mailbox;
use crate::store::Store;

/// Room for a blob that has its price. Checking it takes a fraction of a millisecond of one core: do it off the
/// mailbox's lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricedBlob {
    challenge: Challenge,
    work: Work,
    bits: u8,
    command: BlobCommand,
}

impl PricedBlob {
    /// The command, if the price is paid.
    ///
    /// # Errors
    /// [`BlobRefusal::WorkNeeded`] when it is not.
    pub fn settle(self) -> Result<BlobCommand, BlobRefusal> {
        // BLB-16
        match self.challenge.is_solved_by(self.work, self.bits) {
            true => Ok(self.command),
            false => Err(BlobRefusal::WorkNeeded { bits: self.bits }),
        }
    }
}

/// What is to be done about a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlobRoute {
    /// This is the answer.
    Reply(BlobReply),
    /// Settle the price, then apply it.
    Priced(PricedBlob),
    /// Apply it.
    Write(BlobCommand),
    /// Take what is missing of this blob.
    Take(BlobPlace),
    /// Give these groups of this blob.
    Give(BlobPlace, GroupRanges),
}

/// One connection.
#[derive(Debug, Clone)]
pub struct BlobSession {
    capabilities: Capabilities,
}

impl BlobSession {
    /// A connection to `home` whose TLS exporter is `binding`.
    pub fn new(home: NodeId, binding: Hash) -> Self {
        Self {
            capabilities: Capabilities::new(home, binding),
        }
    }

    /// Decides what is to be done about a request. `file` is the random name of a new blob, should one be made.
    pub fn route<S: Store>(
        &mut self,
        request: BlobRequest,
        file: BlobFile,
        mailbox: &Mailbox<S>,
    ) -> BlobRoute {
        self.admit(request, file, mailbox)
            .unwrap_or_else(|refusal| BlobRoute::Reply(BlobReply::Refused(refusal)))
    }

    fn admit<S: Store>(
        &mut self,
        request: BlobRequest,
        file: BlobFile,
        mailbox: &Mailbox<S>,
    ) -> Result<BlobRoute, BlobRefusal> {
        match request {
            BlobRequest::Prove { claim } => {
                self.capabilities.prove(&claim, mailbox)?;
                Ok(BlobRoute::Reply(BlobReply::Done))
            }
            BlobRequest::Reserve {
                log,
                epoch,
                hash,
                sealed_bytes,
                erase,
                keep_days,
                work,
            } => {
                self.require_open(mailbox, &log, epoch)?;
                Ok(BlobRoute::Priced(PricedBlob {
                    challenge: blob_challenge(&log, &hash, sealed_bytes),
                    work,
                    bits: blob_work_bits(sealed_bytes),
                    command: BlobCommand::Reserve {
                        log,
                        epoch,
                        hash,
                        sealed_bytes,
                        erase,
                        keep_days,
                        file,
                    },
                }))
            }
            BlobRequest::Put { log, epoch, hash } => {
                self.require_open(mailbox, &log, epoch)?;
                Ok(match mailbox.blob(&log, epoch, &hash)? {
                    (_, true) => BlobRoute::Reply(BlobReply::Stored),
                    (place, false) => BlobRoute::Take(place),
                })
            }
            BlobRequest::Get {
                log,
                epoch,
                hash,
                groups,
            } => {
                self.require(mailbox, &log, epoch)?;
                match mailbox.blob(&log, epoch, &hash)? {
                    (place, true) => Ok(BlobRoute::Give(place, groups)),
                    (_, false) => Err(BlobRefusal::NotYet),
                }
            }
            BlobRequest::Have { log, epoch, hash } => {
                self.require(mailbox, &log, epoch)?;
                match mailbox.blob(&log, epoch, &hash)? {
                    (_, true) => Ok(BlobRoute::Reply(BlobReply::Stored)),
                    (_, false) => Err(BlobRefusal::NotYet),
                }
            }
            BlobRequest::Erase { log, hash, secret } => Ok(BlobRoute::Write(BlobCommand::Erase {
                log,
                hash,
                erase: secret.hash(),
            })),
        }
    }

    /// BLB-03: without the proof nothing is said but why it would be refused anyway.
    fn require<S: Store>(&self, mailbox: &Mailbox<S>, log: &LogId, epoch: u64) -> Result<(), BlobRefusal> {
        if self.capabilities.check(log, Role::Member, epoch) {
            return Ok(());
        }
        mailbox.access(log, Role::Member, epoch)?;
        Err(BlobRefusal::NotProved)
    }

    fn require_open<S: Store>(
        &self,
        mailbox: &Mailbox<S>,
        log: &LogId,
        epoch: u64,
    ) -> Result<(), BlobRefusal> {
        self.require(mailbox, log, epoch)?;
        let open = mailbox.open_epoch(log)?;
        match epoch == open {
            true => Ok(()),
            false => Err(BlobRefusal::StaleEpoch { open }),
        }
    }
}
