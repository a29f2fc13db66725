//! The machine: one input, one transaction, then its outputs.
//!
//! `handle` and the calls of the user's side change the database in one transaction each. What is to be done outside is
//! queued and comes out of `poll_output` only after the transaction is on disk. Whatever is kept in memory can be
//! lost at any moment: `open` builds it again.

mod acts;
mod blobs;
mod calls;
mod chats;
mod commits;
mod contacting;
mod directory;
mod durability;
mod ephemeral;
mod expiry;
mod exposure;
mod files;
mod imports;
mod inbox;
mod incoming;
mod indexing;
mod keypackages;
mod lacking;
mod library;
mod live;
mod lookups;
mod nodes;
mod notes;
mod outgoing;
mod overview;
mod paging;
mod peers;
mod pins;
mod polls;
mod privacy;
mod profile;
mod query;
mod receipts;
mod refusals;
mod registration;
mod rejoin;
mod release;
mod replies;
mod restore;
mod resume;
mod rotation;
mod safety;
mod scheduled;
mod step;
mod submission;
mod subscriptions;
mod timers;
mod views;
mod watch;
mod witness;
mod writing;

use std::collections::VecDeque;

use openmls_rust_crypto::RustCrypto;
use rand_core::CryptoRng;
use rusqlite::Connection;
use xchat_proto::invitation::NetworkInvitation;
use zeroize::Zeroizing;

pub use blobs::FileError;
pub use paging::{PageError, Place};
pub use refusals::{
    AboutError, AcceptError, ActError, ChatError, ImportError, LibraryError, NoteError, ScheduleError,
    SendError,
};
pub use writing::{DeleteFor, NewFile, Outgoing};

use crate::account::{Account, Identity};
use crate::error::MachineError;
use crate::io::{Input, Output};
use crate::meta::{self, Key};
use durability::Durability;
use live::Live;
use step::Step;

/// The messenger. See the module's documentation.
pub struct Machine {
    connection: Connection,
    crypto: RustCrypto,
    account: Option<Account>,
    network: Option<NetworkInvitation>,
    live: Live,
    outputs: VecDeque<Output>,
    durability: Durability,
}

impl std::fmt::Debug for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Machine(..)")
    }
}

impl Machine {
    /// Opens the machine on a database of [`crate::database`], and resumes all that was under way.
    ///
    /// `mark` is the token that the last [`Output::Mark`] gave to keep outside the database. When it is not the
    /// database's, this is an old copy: conversations are set to `Restored`, so that no key is used twice (CNV-09).
    ///
    /// # Errors
    /// [`MachineError`] when the database can't be read.
    pub fn open(
        connection: Connection,
        mark: Option<[u8; 32]>,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, MachineError> {
        let mut machine = Self {
            account: meta::fetch(&connection, Key::Account)?,
            network: meta::fetch(&connection, Key::Network)?,
            connection,
            crypto: RustCrypto::default(),
            live: Live::default(),
            outputs: VecDeque::new(),
            durability: Durability::OnDisk,
        };
        // Before anything changes what the index holds.
        machine.step(now_ms, rng, indexing::resume)?;
        // A crash may have come between the erasing of something and this.
        machine.live.scrub_at = Some(now_ms);
        // What is due is gone before anything is done with it, or shown.
        machine.step(now_ms, rng, expiry::plan)?;
        machine.expire(now_ms, rng)?;
        machine.go_on_clearing(now_ms, rng)?;
        machine.step(now_ms, rng, |step| {
            resume::check_mark(step, mark)?;
            resume::resume(step)
        })?;
        Ok(machine)
    }

    /// Handles an input.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails; then nothing of the input has happened, and it may be given again.
    pub fn handle(&mut self, now_ms: u64, rng: &mut dyn CryptoRng, input: Input) -> Result<(), MachineError> {
        if matches!(input, Input::Wake) {
            self.expire(now_ms, rng)?;
        }
        self.set_durability(durability::of(&self.connection, &input)?)?;
        let handled = self.step(now_ms, rng, |step| match input {
            Input::Home { tag, outcome } => replies::home(step, tag, outcome),
            Input::Subscription { log, epoch, frame } => subscriptions::frame(step, &log, epoch, frame),
            Input::SubscriptionLost { log, epoch } => subscriptions::lost(step, &log, epoch),
            Input::Directory { tag, outcome } => replies::directory(step, tag, outcome),
            Input::PeerUp(peer) => peers::up(step, peer),
            Input::PeerDown(peer) => peers::down(step, peer),
            Input::Peer { peer, frame } => peers::frame(step, peer, frame),
            Input::OwnEndpoint(endpoint) => peers::own_endpoint(step, endpoint),
            Input::Blob(input) => blobs::input(step, input),
            Input::Wake => timers::wake(step),
        });
        self.set_durability(Durability::OnDisk)?;
        handled
    }

    /// Ends the machine and gives its database back. What was in memory only is gone, as after a crash.
    pub fn into_connection(self) -> Connection {
        self.connection
    }

    /// The next thing to do outside.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// The earliest time at which [`Input::Wake`] is wanted, in Unix milliseconds.
    pub fn wake_at(&self) -> Option<u64> {
        self.live.wake_at()
    }

    /// The account, when there is one.
    pub fn identity(&self) -> Option<Identity> {
        self.account.as_ref().map(Account::identity)
    }

    /// The network that the profile has joined.
    pub fn network(&self) -> Option<&NetworkInvitation> {
        self.network.as_ref()
    }

    /// The seed of the endpoint under which this device is dialled directly, once there is an account.
    pub fn endpoint_seed(&self) -> Option<Zeroizing<[u8; 32]>> {
        self.account.as_ref().map(Account::endpoint_seed)
    }

    /// One transaction: all of `work`, or nothing.
    fn step<T, E: From<MachineError>>(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        work: impl FnOnce(&mut Step<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let before = (self.account.clone(), self.network.clone());
        let questions = self.live.questions.clone();
        let transaction = self.connection.transaction().map_err(MachineError::from)?;
        let mut step = Step {
            connection: &transaction,
            crypto: &self.crypto,
            rng,
            now_ms,
            account: &mut self.account,
            network: &mut self.network,
            live: &mut self.live,
            outputs: Vec::new(),
        };
        let result = work(&mut step);
        let outputs = std::mem::take(&mut step.outputs);
        let committed = match result {
            Ok(value) => transaction
                .commit()
                .map(|()| value)
                .map_err(|error| E::from(MachineError::from(error))),
            Err(error) => {
                drop(transaction);
                Err(error)
            }
        };
        let committed = committed.and_then(|value| {
            self.ensure_durable(&outputs)?;
            Ok(value)
        });
        match committed {
            Ok(value) => {
                self.live.told.count(now_ms, &outputs);
                self.outputs.extend(outputs);
                self.scrub(now_ms);
                Ok(value)
            }
            Err(error) => {
                (self.account, self.network) = before;
                self.live.questions = questions;
                self.live.after_failure(now_ms);
                Err(error)
            }
        }
    }
}
