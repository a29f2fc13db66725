//! Who is connected.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use iroh::endpoint::Connection;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};
use xchat_core::io::Input;
use xchat_net::address;
use xchat_net::close::CloseCode;
use xchat_proto::address::Endpoint;
use xchat_proto::ids::NodeId;
use xchat_proto::peer_wire::PeerFrame;

use super::{DIAL, peer};
use crate::network::transfers::Asks;

/// Frames that wait to be written to one device. When it is full, the device doesn't keep up, and the log must do.
const FRAMES_MAX: usize = 256;
/// Connected devices with which the machine has had nothing to do yet; the oldest makes room.
const STRANGERS_MAX: usize = 16;

/// Who dialled a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialler {
    Us,
    Them,
}

struct Line {
    connection: Connection,
    frames: mpsc::Sender<PeerFrame>,
    dialler: Dialler,
    since: Instant,
    /// Whether the machine has dialled it or sent it something.
    is_welcome: Arc<AtomicBool>,
}

/// The one dial to a device that is under way.
struct Dialling {
    number: u64,
    device: Endpoint,
    /// Held for as long as the dial is wanted.
    _wanted: oneshot::Sender<()>,
}

/// What a dial knows of itself.
pub(super) struct Dial {
    pub(super) peer: NodeId,
    number: u64,
    /// Resolves when the dial is not wanted any more.
    pub(super) given_up: oneshot::Receiver<()>,
}

#[derive(Default)]
struct Lines {
    lines: BTreeMap<NodeId, Line>,
    dials: BTreeMap<NodeId, Dialling>,
    dials_begun: u64,
}

/// All lines to devices.
pub(in crate::network) struct Book {
    me: NodeId,
    lines: Mutex<Lines>,
    asks: Arc<Asks>,
    inputs: mpsc::Sender<Input>,
}

/// What became of a connection.
enum Admission {
    New,
    /// It took the place of another, whose frames may be lost.
    Replaced,
    /// Another stays in its place.
    Refused,
}

impl Book {
    pub(super) fn new(me: NodeId, inputs: mpsc::Sender<Input>, asks: Arc<Asks>) -> Self {
        Self {
            me,
            lines: Mutex::default(),
            asks,
            inputs,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        // No code panics while it holds the lock.
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn connected(&self) -> usize {
        self.lock().lines.len()
    }

    /// The standing connection to a device.
    pub(in crate::network) fn connection(&self, peer: &NodeId) -> Option<Connection> {
        let lines = self.lock();
        let line = lines.lines.get(peer)?;
        line.is_welcome.store(true, Ordering::Relaxed);
        Some(line.connection.clone())
    }

    /// The machine wants to talk to a device. Whether it is connected.
    pub(super) fn welcome(&self, peer: &NodeId) -> bool {
        let lines = self.lock();
        let line = lines
            .lines
            .get(peer)
            .filter(|line| line.connection.close_reason().is_none());
        if let Some(line) = line {
            line.is_welcome.store(true, Ordering::Relaxed);
        }
        line.is_some()
    }

    /// Begins a dial, unless one to the same address is under way. One to another address is given up: what a device
    /// tells of itself last is what holds, and it may have told the first before it knew its relay.
    pub(super) fn begin_dial(&self, device: &Endpoint) -> Option<Dial> {
        let mut lines = self.lock();
        let peer = device.id;
        if lines
            .dials
            .get(&peer)
            .is_some_and(|under_way| under_way.device == *device)
        {
            return None;
        }
        let number = lines.dials_begun;
        lines.dials_begun = number.wrapping_add(1);
        let (wanted, given_up) = oneshot::channel();
        let dialling = Dialling {
            number,
            device: device.clone(),
            _wanted: wanted,
        };
        lines.dials.insert(peer, dialling);
        Some(Dial {
            peer,
            number,
            given_up,
        })
    }

    pub(super) async fn dial_failed(&self, dial: &Dial) {
        let is_last_hope = {
            let mut lines = self.lock();
            let is_newest = lines
                .dials
                .get(&dial.peer)
                .is_some_and(|newest| newest.number == dial.number);
            if is_newest {
                lines.dials.remove(&dial.peer);
            }
            // It may have dialled us meanwhile; then the machine has been told better news.
            is_newest && !lines.lines.contains_key(&dial.peer)
        };
        if is_last_hope {
            self.tell(Input::PeerDown(dial.peer)).await;
        }
    }

    /// Whether the frame waits to be written. If not, the connection is given up.
    pub(super) fn send(&self, peer: &NodeId, frame: PeerFrame) -> bool {
        let mut lines = self.lock();
        let Some(line) = lines.lines.get(peer) else {
            return false;
        };
        line.is_welcome.store(true, Ordering::Relaxed);
        if line.frames.try_send(frame).is_ok() {
            return true;
        }
        CloseCode::Done.close(&line.connection);
        lines.lines.remove(peer);
        false
    }

    /// Takes a connection whose handshake is done, and serves it in tasks of its own.
    pub(super) async fn admit(self: &Arc<Self>, connection: Connection, dialler: Dialler) {
        let peer = address::node_id(&connection.remote_id());
        // The first stream is for frames, before anything else can open one.
        let Ok(Ok((own, _))) = timeout(DIAL, connection.open_bi()).await else {
            return CloseCode::Done.close(&connection);
        };
        let (frames, waiting) = mpsc::channel(FRAMES_MAX);
        let is_welcome = Arc::new(AtomicBool::new(dialler == Dialler::Us));
        let line = Line {
            connection: connection.clone(),
            frames,
            dialler,
            since: Instant::now(),
            is_welcome: is_welcome.clone(),
        };
        match self.enter(peer, line) {
            Admission::Refused => return CloseCode::Done.close(&connection),
            Admission::Replaced => self.tell(Input::PeerDown(peer)).await,
            Admission::New => {}
        }
        self.tell(Input::PeerUp(peer)).await;
        tokio::spawn(peer::write(connection.clone(), own, waiting));
        let book = self.clone();
        tokio::spawn(async move {
            let id = connection.stable_id();
            tokio::select! {
                () = peer::read(connection.clone(), peer, is_welcome, &book.inputs, &book.asks) => {}
                _ = connection.closed() => {}
            }
            CloseCode::Done.close(&connection);
            book.leave(peer, id).await;
        });
    }

    fn enter(&self, peer: NodeId, line: Line) -> Admission {
        let mut lines = self.lock();
        if line.dialler == Dialler::Us {
            // A newer dial is not needed any more either.
            lines.dials.remove(&peer);
        }
        let admission = match lines.lines.get(&peer) {
            None => Admission::New,
            Some(standing) if self.stays(peer, standing, &line) => return Admission::Refused,
            Some(standing) => {
                CloseCode::Done.close(&standing.connection);
                Admission::Replaced
            }
        };
        lines.make_room();
        lines.lines.insert(peer, line);
        admission
    }

    /// Whether the standing line stays. A device that dials although it has a connection has lost it (PER-03), unless
    /// both dialled at the same moment: then both ends keep the one that the smaller id dialled (PER-02).
    fn stays(&self, peer: NodeId, standing: &Line, new: &Line) -> bool {
        let is_same_moment = standing.dialler != new.dialler
            && standing.since.elapsed() < DIAL
            && standing.connection.close_reason().is_none();
        let kept = match self.me < peer {
            true => Dialler::Us,
            false => Dialler::Them,
        };
        is_same_moment && standing.dialler == kept
    }

    async fn leave(&self, peer: NodeId, id: usize) {
        let is_standing = {
            let mut lines = self.lock();
            let is_standing = lines
                .lines
                .get(&peer)
                .is_some_and(|line| line.connection.stable_id() == id);
            if is_standing {
                lines.lines.remove(&peer);
            }
            is_standing
        };
        if is_standing {
            self.tell(Input::PeerDown(peer)).await;
        }
    }

    async fn tell(&self, input: Input) {
        // Nobody is left to be told when the body is ending.
        let _ = self.inputs.send(input).await;
    }
}

impl Lines {
    /// Strangers that hold connections only make each other leave.
    fn make_room(&mut self) {
        let strangers = self
            .lines
            .values()
            .filter(|line| !line.is_welcome.load(Ordering::Relaxed));
        let (count, oldest) = strangers.fold((0_usize, None::<&Line>), |(count, oldest), line| {
            let older = oldest.filter(|oldest| oldest.since <= line.since).unwrap_or(line);
            (count.saturating_add(1), Some(older))
        });
        if count >= STRANGERS_MAX
            && let Some(oldest) = oldest
        {
            // Its reader notices, and tells the machine.
            CloseCode::TooMany.close(&oldest.connection);
        }
    }
}
