//! A home in the laboratory: a mailbox on a store that can be made to fail, and a clock.

use std::cell::Cell;
use std::rc::Rc;

use tempfile::TempDir;
use xchat_mailbox::store::{Changes, FjallStore, MemoryStore, Row, Store, StoreError, Table, Visit};
use xchat_mailbox::{Applied, Command, Mailbox, Notice, PageLimits, Quotas};
use xchat_proto::address::Endpoint;
use xchat_proto::codec::{Blob, Bounded};
use xchat_proto::decision::CommitValue;
use xchat_proto::ids::{LogId, NodeId};
use xchat_proto::keys::{PublicKey, SigningKey};
use xchat_proto::limits::DAY_MS;
use xchat_proto::mailbox_wire::{Entry, EntryBody, EnvelopeBytes, Refusal, Reply};

/// A kind of store under test.
pub(crate) trait Lab {
    type Store: Store;
    /// Whether opening it hundreds of times takes no time.
    const CHEAP: bool;
    fn new() -> Self;
    fn open(&self) -> Self::Store;
    fn reopen(&self, store: Self::Store) -> Self::Store;
}

pub(crate) struct Memory;

impl Lab for Memory {
    type Store = MemoryStore;
    const CHEAP: bool = true;
    fn new() -> Self {
        Self
    }
    fn open(&self) -> MemoryStore {
        MemoryStore::new()
    }
    fn reopen(&self, store: MemoryStore) -> MemoryStore {
        store
    }
}

pub(crate) struct Fjall(TempDir);

impl Lab for Fjall {
    type Store = FjallStore;
    const CHEAP: bool = false;
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }
    fn open(&self) -> FjallStore {
        FjallStore::open(self.0.path()).unwrap()
    }
    fn reopen(&self, store: FjallStore) -> FjallStore {
        drop(store);
        self.open()
    }
}

/// How the disk behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disk {
    Sound,
    /// Nothing can be written.
    Full,
    /// The next commit is written, but the answer is an error.
    WritesAndFails,
    /// Nothing can be read or written.
    Gone,
}

pub(crate) struct Faulty<S> {
    pub(crate) inner: S,
    pub(crate) disk: Rc<Cell<Disk>>,
    pub(crate) commits: Rc<Cell<usize>>,
}

impl<S> Faulty<S> {
    fn readable(&self) -> Result<&S, StoreError> {
        match self.disk.get() {
            Disk::Gone => Err(StoreError::Failed("gone".to_owned())),
            _ => Ok(&self.inner),
        }
    }
}

impl<S: Store> Store for Faulty<S> {
    fn read(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.readable()?.read(table, key)
    }
    fn scan(&self, table: Table, from: &[u8], to: &[u8], visit: &mut Visit<'_>) -> Result<(), StoreError> {
        self.readable()?.scan(table, from, to, visit)
    }
    fn last(&self, table: Table, from: &[u8], to: &[u8]) -> Result<Option<Row>, StoreError> {
        self.readable()?.last(table, from, to)
    }
    fn days(&self) -> Vec<u64> {
        self.inner.days()
    }
    fn commit(&mut self, changes: Changes) -> Result<(), StoreError> {
        self.commits.set(self.commits.get() + 1);
        match self.disk.get() {
            Disk::Sound => self.inner.commit(changes),
            Disk::WritesAndFails => {
                self.disk.set(Disk::Sound);
                self.inner.commit(changes)?;
                Err(StoreError::Failed("no answer to the flush".to_owned()))
            }
            Disk::Full | Disk::Gone => Err(StoreError::Full),
        }
    }
    fn drop_day(&mut self, day: u64) -> Result<(), StoreError> {
        match self.disk.get() {
            Disk::Gone => Err(StoreError::Failed("gone".to_owned())),
            _ => self.inner.drop_day(day),
        }
    }
    fn recover(&mut self) -> Result<(), StoreError> {
        match self.disk.get() {
            Disk::Sound | Disk::WritesAndFails => self.inner.recover(),
            Disk::Full | Disk::Gone => Err(StoreError::Full),
        }
    }
}

pub(crate) type LabMailbox<L> = Mailbox<Faulty<<L as Lab>::Store>>;

/// A home with its clock.
pub(crate) struct Home<L: Lab> {
    lab: L,
    mailbox: Option<LabMailbox<L>>,
    quotas: Quotas,
    pub(crate) disk: Rc<Cell<Disk>>,
    pub(crate) commits: Rc<Cell<usize>>,
    pub(crate) now_ms: u64,
}

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

pub(crate) fn public(seed: u8) -> PublicKey {
    key(seed).public()
}

pub(crate) fn home_id() -> NodeId {
    NodeId(public(99).0)
}

pub(crate) const CONVERSATION: LogId = LogId([1; 32]);
pub(crate) const INBOX: LogId = LogId([2; 32]);
pub(crate) const EPOCH: u64 = 7;
/// The capability key of epoch e is `key(MEMBER + e)`.
pub(crate) const MEMBER: u8 = 10;
pub(crate) const OWNER: u8 = 50;

pub(crate) fn envelope(text: &str) -> EnvelopeBytes {
    Blob::new(text.as_bytes().to_vec()).unwrap()
}

pub(crate) fn append(epoch: u64, text: &str) -> Command {
    Command::Append {
        log: CONVERSATION,
        epoch,
        envelope: envelope(text),
    }
}

pub(crate) fn deposit(text: &str) -> Command {
    Command::Deposit {
        log: INBOX,
        envelope: envelope(text),
    }
}

pub(crate) fn member(epoch: u64) -> u8 {
    MEMBER + u8::try_from(epoch).unwrap()
}

pub(crate) fn endpoint(id: NodeId) -> Endpoint {
    Endpoint {
        id,
        sockets: Bounded::default(),
        relay: None,
    }
}

/// The value of a commit that closes `epoch`.
pub(crate) fn value(epoch: u64, text: &str) -> CommitValue {
    CommitValue {
        envelope: envelope(text),
        next_capability: public(member(epoch + 1)),
        next_homes: Bounded::new(vec![endpoint(home_id())]).unwrap(),
    }
}

pub(crate) fn submit(epoch: u64, text: &str) -> Command {
    Command::SubmitCommit {
        log: CONVERSATION,
        epoch,
        value: value(epoch, text),
    }
}

pub(crate) fn texts(entries: &[Entry]) -> Vec<(u64, String)> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let of = |entry: &Entry| match &entry.body {
        EntryBody::Envelope(envelope) => (entry.index, text(envelope.as_slice())),
        EntryBody::Commit { value, .. } => {
            (entry.index, format!("commit {}", text(value.envelope.as_slice())))
        }
    };
    entries.iter().map(of).collect()
}

pub(crate) fn appended(index: u64) -> Reply {
    Reply::Appended { index }
}

pub(crate) fn refused(refusal: Refusal) -> Reply {
    Reply::Refused(refusal)
}

impl<L: Lab> Home<L> {
    pub(crate) fn with_quotas(quotas: Quotas) -> Self {
        let lab = L::new();
        let (disk, commits) = (Rc::new(Cell::new(Disk::Sound)), Rc::new(Cell::new(0)));
        let store = Faulty {
            inner: lab.open(),
            disk: Rc::clone(&disk),
            commits: Rc::clone(&commits),
        };
        let mailbox = Mailbox::open_with(key(99), store, quotas).unwrap();
        let mut home = Self {
            lab,
            mailbox: Some(mailbox),
            quotas,
            disk,
            commits,
            now_ms: 20_000 * DAY_MS,
        };
        let create = Command::CreateConversation {
            log: CONVERSATION,
            epoch: EPOCH,
            capability: public(member(EPOCH)),
        };
        assert_eq!(home.one(create), Reply::Done);
        let create = Command::CreateInbox {
            log: INBOX,
            owner: public(OWNER),
            deposit_bits: 3,
        };
        assert_eq!(home.one(create), Reply::Done);
        home
    }

    /// A home with a conversation at [`EPOCH`] and an inbox.
    pub(crate) fn new() -> Self {
        Self::with_quotas(Quotas::default())
    }

    pub(crate) fn mailbox(&mut self) -> &mut LabMailbox<L> {
        self.mailbox.as_mut().unwrap()
    }

    pub(crate) fn batch(&mut self, batch: Vec<Command>) -> Applied {
        let now_ms = self.now_ms;
        self.mailbox().apply(batch, now_ms)
    }

    pub(crate) fn one(&mut self, command: Command) -> Reply {
        let mut replies = self.batch(vec![command]).replies;
        assert_eq!(replies.len(), 1);
        replies.pop().unwrap()
    }

    pub(crate) fn one_applied(&mut self, command: Command) -> Applied {
        self.batch(vec![command])
    }

    pub(crate) fn restart(&mut self) {
        let store = self.mailbox.take().unwrap().into_store();
        let Faulty { inner, disk, commits } = store;
        let store = Faulty {
            inner: self.lab.reopen(inner),
            disk,
            commits,
        };
        self.mailbox = Some(Mailbox::open_with(key(99), store, self.quotas).unwrap());
    }

    pub(crate) fn read(&mut self, log: LogId, epoch: u64, from: u64) -> Result<Vec<(u64, String)>, Refusal> {
        let page = self.mailbox().read(&log, epoch, from, PageLimits::default())?;
        Ok(texts(&page.entries))
    }

    pub(crate) fn expire_all(&mut self) {
        let now_ms = self.now_ms;
        while self.mailbox().expire(now_ms).unwrap() {}
    }
}

pub(crate) fn noticed(notices: &[Notice]) -> Vec<(u64, Vec<(u64, String)>)> {
    notices
        .iter()
        .map(|notice| (notice.epoch, texts(&notice.entries)))
        .collect()
}

pub(crate) fn list(pairs: &[(u64, &str)]) -> Vec<(u64, String)> {
    pairs
        .iter()
        .map(|(index, text)| (*index, (*text).to_owned()))
        .collect()
}
