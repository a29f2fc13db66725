//! One connection of a client: what it asks is admitted, answered, or turned into a command.
//!
//! NOT its concern: how many requests are in flight; only the body sees them finish.

use xchat_proto::capability::Role;
use xchat_proto::codec::{Blob, Bounded};
use xchat_proto::ids::{Hash, LogId, NodeId};
use xchat_proto::limits::{
    EPHEMERAL_BYTES_MAX, KEY_PACKAGE_WORK_BITS, LOG_WORK_BITS, SUBSCRIPTIONS_PER_CONNECTION_MAX,
};
use xchat_proto::mailbox_wire::{
    Refusal, Reply, Request, deposit_challenge, key_package_challenge, log_challenge,
};
use xchat_proto::work::{Challenge, Work};

use crate::capabilities::Capabilities;
use crate::command::Command;
use crate::mailbox::{Mailbox, PageLimits};
use crate::store::Store;
use crate::subscription::Subscription;

/// An envelope for the present subscribers of a segment, and for nobody's disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EphemeralNotice {
    /// The log.
    pub log: LogId,
    /// The epoch of the segment.
    pub epoch: u64,
    /// The envelope.
    pub envelope: Blob<EPHEMERAL_BYTES_MAX>,
}

/// A command that has its price. Checking it takes a fraction of a millisecond of one core: do it off the mailbox's
/// lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Priced {
    challenge: Challenge,
    work: Work,
    bits: u8,
    command: Command,
}

impl Priced {
    /// The command, if the price is paid.
    ///
    /// # Errors
    /// [`Refusal::WorkNeeded`] when it is not.
    pub fn settle(self) -> Result<Command, Refusal> {
        // LOG-10
        if self.challenge.is_solved_by(self.work, self.bits) {
            Ok(self.command)
        } else {
            Err(Refusal::WorkNeeded { bits: self.bits })
        }
    }
}

/// What is to be done about a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// This is the answer.
    Reply(Reply),
    /// Apply this; its reply is the answer.
    Write(Command),
    /// Settle the price, then apply it.
    Priced(Priced),
    /// Pass this on to the segment's subscribers; the answer is [`Reply::Done`].
    Ephemeral(EphemeralNotice),
    /// Serve this subscription on the request's stream, and say [`Session::unsubscribed`] when it ends.
    Subscribe(Subscription),
}

/// One connection.
#[derive(Debug, Clone)]
pub struct Session {
    capabilities: Capabilities,
    subscriptions: usize,
}

impl Session {
    /// A connection to `home` whose TLS exporter is `binding`.
    pub fn new(home: NodeId, binding: Hash) -> Self {
        Self {
            capabilities: Capabilities::new(home, binding),
            subscriptions: 0,
        }
    }

    /// A subscription of this connection has ended.
    pub fn unsubscribed(&mut self) {
        self.subscriptions = self.subscriptions.saturating_sub(1);
    }

    /// Decides what is to be done about a request.
    pub fn route<S: Store>(&mut self, request: Request, mailbox: &Mailbox<S>) -> Route {
        self.admit(request, mailbox)
            .unwrap_or_else(|refusal| Route::Reply(Reply::Refused(refusal)))
    }

    fn admit<S: Store>(&mut self, request: Request, mailbox: &Mailbox<S>) -> Result<Route, Refusal> {
        match request {
            Request::Prove { claim } => {
                self.capabilities.prove(&claim, mailbox)?;
                Ok(Route::Reply(Reply::Done))
            }
            Request::CreateConversation {
                log,
                epoch,
                capability,
                work,
            } => Ok(Route::Priced(Priced {
                challenge: log_challenge(&log, &capability),
                work,
                bits: LOG_WORK_BITS,
                command: Command::CreateConversation {
                    log,
                    epoch,
                    capability,
                },
            })),
            Request::CreateInbox {
                log,
                owner,
                deposit_bits,
                work,
            } => Ok(Route::Priced(Priced {
                challenge: log_challenge(&log, &owner),
                work,
                bits: LOG_WORK_BITS,
                command: Command::CreateInbox {
                    log,
                    owner,
                    deposit_bits,
                },
            })),
            Request::Append { log, epoch, envelope } => {
                self.require(mailbox, &log, Role::Member, epoch)?;
                Ok(Route::Write(Command::Append { log, epoch, envelope }))
            }
            Request::SubmitCommit { log, epoch, value } => {
                self.require(mailbox, &log, Role::Member, epoch)?;
                Ok(Route::Write(Command::SubmitCommit { log, epoch, value }))
            }
            Request::Read { log, epoch, from } => self.read(mailbox, &log, epoch, from),
            Request::Subscribe { log, epoch, from } => self.subscribe(mailbox, log, epoch, from),
            Request::Ephemeral { log, epoch, envelope } => {
                self.require(mailbox, &log, Role::Member, epoch)?;
                let open = mailbox.open_epoch(&log)?;
                // LOG-16
                if epoch != open {
                    return Err(Refusal::StaleEpoch { open });
                }
                Ok(Route::Ephemeral(EphemeralNotice { log, epoch, envelope }))
            }
            inbox => self.admit_inbox(inbox, mailbox),
        }
    }

    fn admit_inbox<S: Store>(&self, request: Request, mailbox: &Mailbox<S>) -> Result<Route, Refusal> {
        match request {
            Request::Deposit { log, envelope, work } => Ok(Route::Priced(Priced {
                challenge: deposit_challenge(&log, envelope.as_slice()),
                work,
                bits: mailbox.deposit_bits(&log)?,
                command: Command::Deposit { log, envelope },
            })),
            Request::FetchKeyPackage {
                log,
                device,
                salt,
                work,
            } => Ok(Route::Priced(Priced {
                challenge: key_package_challenge(&log, &device, salt),
                work,
                bits: KEY_PACKAGE_WORK_BITS,
                command: Command::FetchKeyPackage { log, device, salt },
            })),
            Request::FetchCard { log } => Ok(Route::Reply(Reply::Card(mailbox.card(&log)?))),
            Request::CountKeyPackages { log, device } => {
                self.require(mailbox, &log, Role::Owner, 0)?;
                Ok(Route::Reply(Reply::Count(mailbox.count(&log, &device)?)))
            }
            Request::TrimInbox { log, before } => {
                self.require(mailbox, &log, Role::Owner, 0)?;
                Ok(Route::Write(Command::TrimInbox { log, before }))
            }
            Request::PublishCard { log, card } => {
                self.require(mailbox, &log, Role::Owner, 0)?;
                Ok(Route::Write(Command::PublishCard { log, card }))
            }
            Request::PublishKeyPackages {
                log,
                device,
                one_time,
                last_resort,
            } => {
                self.require(mailbox, &log, Role::Owner, 0)?;
                Ok(Route::Write(Command::PublishKeyPackages {
                    log,
                    device,
                    one_time,
                    last_resort,
                }))
            }
            _ => Err(Refusal::Malformed),
        }
    }

    /// LOG-05: without the proof nothing is said but why it would be refused anyway.
    fn require<S: Store>(
        &self,
        mailbox: &Mailbox<S>,
        log: &LogId,
        role: Role,
        epoch: u64,
    ) -> Result<(), Refusal> {
        if self.capabilities.check(log, role, epoch) {
            return Ok(());
        }
        mailbox.access(log, role, epoch)?;
        Err(Refusal::NotProved)
    }

    fn require_reader<S: Store>(&self, mailbox: &Mailbox<S>, log: &LogId, epoch: u64) -> Result<(), Refusal> {
        match self.require(mailbox, log, Role::Member, epoch) {
            Err(Refusal::WrongKind) => self.require(mailbox, log, Role::Owner, epoch),
            other => other,
        }
    }

    fn read<S: Store>(
        &self,
        mailbox: &Mailbox<S>,
        log: &LogId,
        epoch: u64,
        from: u64,
    ) -> Result<Route, Refusal> {
        self.require_reader(mailbox, log, epoch)?;
        let page = mailbox.read(log, epoch, from, PageLimits::default())?;
        let entries = Bounded::new(page.entries).map_err(|_| Refusal::TooLarge)?;
        let more = page.more;
        Ok(Route::Reply(Reply::Entries { entries, more }))
    }

    fn subscribe<S: Store>(
        &mut self,
        mailbox: &Mailbox<S>,
        log: LogId,
        epoch: u64,
        from: u64,
    ) -> Result<Route, Refusal> {
        self.require_reader(mailbox, &log, epoch)?;
        if self.subscriptions >= SUBSCRIPTIONS_PER_CONNECTION_MAX {
            return Err(Refusal::TooMany);
        }
        self.subscriptions = self.subscriptions.saturating_add(1);
        Ok(Route::Subscribe(Subscription::new(log, epoch, from)))
    }
}
