//! Files on their way: carries out what the machine says of them, each in a task of its own.
//!
//! One task keeps them all and takes orders one after another. Before a file is erased it waits until nothing uses it.
//!
//! NOT its concern: which files go where, and what is tried again.

mod asks;
mod home;
mod peer;

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, JoinSet, spawn_blocking};
use xchat_blobs::{Blob, BlobName, BlobStore, DiskError, SealedSize};
use xchat_core::io::{BlobFailure, BlobFile, BlobInput, BlobOutput, BlobSource, Capability, Input, Tag};
use xchat_proto::address::Endpoint;

use super::blobs::BlobHomes;
use super::bytes::{Gone, InUse, usage};
use super::peers::Book;
use crate::window::Windows;
pub(super) use asks::Asks;
use home::AtHome;

/// Files on their way.
pub(super) struct Transfers {
    orders: mpsc::UnboundedSender<Order>,
    keeping: JoinHandle<()>,
    pub(super) asks: Arc<Asks>,
}

#[expect(
    clippy::large_enum_variant,
    reason = "one for each thing to do, and it is done at once"
)]
enum Order {
    Carry(BlobOutput),
    /// Where devices are connected from now on.
    Peers(Arc<Book>),
}

impl Transfers {
    pub(super) fn new(
        store: BlobStore,
        windows: Windows,
        homes: Arc<BlobHomes>,
        inputs: mpsc::Sender<Input>,
    ) -> Self {
        // The machine lets few of them be under way at a time.
        let (orders, taken) = mpsc::unbounded_channel();
        let asks = Arc::new(Asks::new(inputs.clone()));
        let keeper = Keeper {
            store,
            windows,
            homes,
            inputs,
            asks: asks.clone(),
            peers: None,
            under_way: BTreeMap::new(),
            tasks: JoinSet::new(),
            next: 0,
        };
        Self {
            orders,
            keeping: tokio::spawn(keeper.run(taken)),
            asks,
        }
    }

    pub(super) fn set_peers(&self, book: Arc<Book>) {
        self.order(Order::Peers(book));
    }

    pub(super) fn carry_out(&self, output: BlobOutput) {
        self.order(Order::Carry(output));
    }

    fn order(&self, order: Order) {
        // Nobody is left to obey when the body is ending.
        let _ = self.orders.send(order);
    }

    /// Stops all, and waits until nothing uses a file any more.
    pub(super) async fn shut_down(self) {
        drop(self.orders);
        let _ = self.keeping.await;
    }
}

/// A transfer that is under way.
struct UnderWay {
    /// None, when another device fetches.
    tag: Option<Tag>,
    /// What of the disk it uses.
    file: Option<[u8; 16]>,
    /// Held for as long as it is wanted.
    _wanted: oneshot::Sender<()>,
    gone: Gone,
}

struct Keeper {
    store: BlobStore,
    windows: Windows,
    homes: Arc<BlobHomes>,
    inputs: mpsc::Sender<Input>,
    asks: Arc<Asks>,
    peers: Option<Arc<Book>>,
    under_way: BTreeMap<u64, UnderWay>,
    /// Each gives the number of what it was.
    tasks: JoinSet<u64>,
    next: u64,
}

impl Keeper {
    async fn run(mut self, mut orders: mpsc::UnboundedReceiver<Order>) {
        loop {
            tokio::select! {
                order = orders.recv() => match order {
                    Some(Order::Carry(output)) => self.carry_out(output).await,
                    Some(Order::Peers(book)) => self.peers = Some(book),
                    None => break,
                },
                Some(Ok(number)) = self.tasks.join_next() => {
                    self.under_way.remove(&number);
                }
            }
        }
        for (_, under_way) in std::mem::take(&mut self.under_way) {
            under_way.stop().await;
        }
    }

    async fn carry_out(&mut self, output: BlobOutput) {
        match output {
            BlobOutput::Put {
                tag,
                home,
                capability,
                blob,
                secret,
            } => {
                let put = self.at_home(tag, (home, capability), blob);
                let store = self.store.clone();
                self.start(Some(tag), Some(blob.file), move |in_use| {
                    put.put(store, secret, in_use)
                });
            }
            BlobOutput::Withdraw {
                tag,
                home,
                log,
                hash,
                secret,
            } => {
                let homes = self.homes.clone();
                self.start(Some(tag), None, move |_| {
                    home::erase(homes, home, log, hash, secret)
                });
            }
            BlobOutput::Get { tag, from, blob } => self.get(tag, from, blob).await,
            BlobOutput::Stop { tag } => {
                self.stop(|under_way| under_way.tag == Some(tag)).await;
            }
            BlobOutput::Erase { file } => {
                self.stop(|under_way| under_way.file == Some(file)).await;
                self.erase(file).await;
            }
            BlobOutput::Grant { ask, blob } => self.grant(ask, blob),
            BlobOutput::Deny { ask } => {
                if let Some(asked) = self.asks.take(ask) {
                    tokio::spawn(asked.deny());
                }
            }
        }
    }

    async fn get(&mut self, tag: Tag, from: BlobSource, file: BlobFile) {
        let window = self.windows.of(file.file);
        let (peer, log) = match from {
            BlobSource::Peer { peer, log } => (peer, log),
            BlobSource::Home { home, capability } => {
                let get = self.at_home(tag, (home, capability), file);
                let store = self.store.clone();
                return self.start(Some(tag), Some(file.file), move |in_use| {
                    get.get(store, window, in_use)
                });
            }
        };
        let Some(connection) = self.peers.as_ref().and_then(|book| book.connection(&peer)) else {
            return self.done(tag, Err(BlobFailure::Unreachable)).await;
        };
        let (store, inputs) = (self.store.clone(), self.inputs.clone());
        self.start(Some(tag), Some(file.file), move |in_use| async move {
            let get = peer::Get {
                log,
                file,
                tag,
                inputs,
            };
            get.run(store, connection, window, in_use).await
        });
    }

    fn at_home(&self, tag: Tag, (home, capability): (Endpoint, Capability), file: BlobFile) -> AtHome {
        AtHome {
            homes: self.homes.clone(),
            home,
            capability,
            file,
            tag,
            inputs: self.inputs.clone(),
        }
    }

    fn grant(&mut self, ask: u64, file: BlobFile) {
        let Some(asked) = self.asks.take(ask) else {
            return;
        };
        let store = self.store.clone();
        self.start(None, Some(file.file), move |in_use| async move {
            match open(store, file, in_use.clone()).await {
                Ok(blob) => asked.give(blob, in_use).await,
                Err(error) => {
                    tracing::warn!(%error, "a file that was asked for can't be opened");
                    asked.deny().await;
                }
            }
            Ok(())
        });
    }

    /// Begins something with a file. How it ends is told, unless it is stopped before.
    fn start<F>(&mut self, tag: Option<Tag>, file: Option<[u8; 16]>, work: impl FnOnce(InUse) -> F)
    where
        F: Future<Output = Result<(), BlobFailure>> + Send + 'static,
    {
        let (in_use, gone) = usage();
        let (wanted, stopped) = oneshot::channel();
        let number = self.next;
        self.next = number.wrapping_add(1);
        let under_way = UnderWay {
            tag,
            file,
            _wanted: wanted,
            gone,
        };
        self.under_way.insert(number, under_way);
        let work = work(in_use);
        let inputs = self.inputs.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                outcome = work => {
                    if let Some(tag) = tag {
                        tell(&inputs, tag, outcome).await;
                    }
                }
                _ = stopped => {}
            }
            number
        });
    }

    async fn stop(&mut self, which: impl Fn(&UnderWay) -> bool) {
        let under_way = std::mem::take(&mut self.under_way);
        for (number, under_way) in under_way {
            match which(&under_way) {
                true => under_way.stop().await,
                false => {
                    self.under_way.insert(number, under_way);
                }
            }
        }
    }

    async fn erase(&self, file: [u8; 16]) {
        let store = self.store.clone();
        let erased = spawn_blocking(move || store.erase(BlobName::new(file))).await;
        if let Ok(Err(error)) = erased {
            // What opens it is gone already, and the next start looks for what is left.
            tracing::warn!(%error, "a file could not be erased");
        }
    }

    async fn done(&self, tag: Tag, outcome: Result<(), BlobFailure>) {
        tell(&self.inputs, tag, outcome).await;
    }
}

impl UnderWay {
    /// Ends it, and waits until it has.
    async fn stop(self) {
        let Self { _wanted, gone, .. } = self;
        drop(_wanted);
        gone.wait().await;
    }
}

async fn tell(inputs: &mpsc::Sender<Input>, tag: Tag, outcome: Result<(), BlobFailure>) {
    // Nobody is left to be told when the body is ending.
    let _ = inputs.send(Input::Blob(BlobInput::Done { tag, outcome })).await;
}

/// Opens a file that is here.
async fn open(store: BlobStore, file: BlobFile, in_use: InUse) -> Result<Blob, xchat_blobs::OpenError> {
    let opened = spawn_blocking(move || {
        let _in_use = in_use;
        let size = SealedSize::of_plain(file.size).ok_or(xchat_blobs::OpenError::Unknown)?;
        store.open(BlobName::new(file.file), address(&file), size)
    });
    opened.await.unwrap_or(Err(xchat_blobs::OpenError::Unknown))
}

fn address(file: &BlobFile) -> blake3::Hash {
    blake3::Hash::from_bytes(*file.hash.as_bytes())
}

/// What the machine is told of a fault of the disk.
fn fault(error: &DiskError) -> BlobFailure {
    tracing::warn!(%error, "the disk does not take a file");
    match error {
        DiskError::Full => BlobFailure::DiskFull,
        DiskError::Failed(_) => BlobFailure::DiskFailed,
    }
}

#[cfg(test)]
mod tests;
